"""The ledger as an object: open it, then read or write in transactions.

Every write is one `BEGIN IMMEDIATE` transaction: the lock is taken before the first read, so a
transaction can never discover half-way that somebody else wrote (SQLite answers that with an error
that no timeout cures). WAL lets readers go on meanwhile; `synchronous=FULL` makes a commit survive
a power cut, which the control numbers and the RENAMING intents need. On PostgreSQL an advisory lock
for the transaction does the work of the one write lock, so the same code means the same there.

A killed process leaves no half state: either the commit is on disk or nothing is.
"""

import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import local
from typing import Any

from attrs import evolve, field, frozen
from sqlalchemy import Connection, CursorResult, Engine, Executable, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from x12_pa.clock import Clock, system_clock
from x12_pa.errors import ConfigError
from x12_pa.ledger.failures import translated
from x12_pa.ledger.filesystem import prepare_copy, prepare_database_file
from x12_pa.ledger.migrations import migrate
from x12_pa.ledger.spool import Spool

BUSY_SECONDS = 10
WRITE_LOCK = 271_278
"""Number of the advisory lock that every writer takes on PostgreSQL."""

_LOG_NAME = "x12_pa"


def _is_no_row(record: logging.LogRecord) -> bool:
    """Keep statements; drop SQLAlchemy's DEBUG records, which print rows and so patient data."""
    return record.levelno > logging.DEBUG


logging.getLogger(f"sqlalchemy.engine.Engine.{_LOG_NAME}").addFilter(_is_no_row)

_PRAGMAS = (
    f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}",
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA trusted_schema=OFF",
)


@frozen(kw_only=True)
class Tx:
    """One open transaction: what the functions of this package take first.

    Attributes:
        connection: the SQLAlchemy connection, inside its transaction.
        now: the time of this transaction, one value for everything it writes.
        actor: who writes, for the audit chain.
        spool: the file store that belongs to this ledger.
    """

    connection: Connection
    now: datetime
    actor: str
    spool: Spool

    def execute(
        self,
        statement: Executable,
        values: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
    ) -> CursorResult[Any]:
        """Run a statement inside the transaction, with the values that it leaves open.

        Given several sets of values it is run for each, which costs a fraction of as many calls.
        A statement that is made once and given its values here costs a fraction of one that is
        made for each row: SQLAlchemy knows its text already.
        """
        return self.connection.execute(statement, values)

    @property
    def dialect(self) -> str:
        """Return "sqlite" or "postgresql"."""
        return self.connection.dialect.name


@frozen(kw_only=True)
class Ledger:
    """An open ledger. Threads may share it; processes each open their own.

    Attributes:
        engine: the SQLAlchemy engine; only this package uses it.
        clock: where transactions take their time from.
        spool: the content-addressed store of the files that were sent and received.
        actor: who writes, unless a transaction names somebody else.
        path: the database file, None on PostgreSQL.
    """

    engine: Engine
    clock: Clock
    spool: Spool
    actor: str = "x12-pa"
    path: Path | None = None
    _open: local = field(factory=local, init=False, repr=False, eq=False)

    @contextmanager
    def write(self, *, actor: str | None = None) -> Iterator[Tx]:
        """Open a transaction that writes: all of it is committed, or nothing.

        Inside another `write` of the same thread it joins that one: the inner block is undone
        alone if it raises, and is committed with the outer one.

        Raises:
            LocalError: the database is locked, full or not writable.
        """
        outer: Tx | None = getattr(self._open, "tx", None)
        if outer is None:
            with self._transaction(write=True, actor=actor) as tx:
                self._open.tx = tx
                try:
                    yield tx
                finally:
                    self._open.tx = None
        else:
            with _savepoint(outer.connection):
                yield evolve(outer, actor=actor or outer.actor)

    @contextmanager
    def read(self) -> Iterator[Tx]:
        """Open a transaction that sees one unchanging state and writes nothing.

        Inside a `write` of the same thread it sees what that one has written so far.
        """
        outer: Tx | None = getattr(self._open, "tx", None)
        if outer is not None:
            yield outer
            return
        with self._transaction(write=False, actor=None) as tx:
            yield tx

    @contextmanager
    def _transaction(self, *, write: bool, actor: str | None) -> Iterator[Tx]:
        with translated(self.engine.url), self.engine.connect() as plain:
            connection = plain.execution_options(**_options(plain, write))
            with connection.begin():
                if write and connection.dialect.name == "postgresql":
                    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{BUSY_SECONDS}s'")
                    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITE_LOCK})")
                now = self.clock().astimezone(UTC)
                yield Tx(
                    connection=connection, now=now, actor=actor or self.actor, spool=self.spool
                )

    def close(self) -> None:
        """Give the connections back; the ledger may not be used afterwards."""
        self.engine.dispose()


def open_ledger(
    url: str | Path,
    *,
    clock: Clock = system_clock,
    spool: Path | None = None,
    actor: str = "x12-pa",
) -> Ledger:
    """Open a ledger, creating it or bringing it up to date.

    Args:
        url: `sqlite:///path/to/ledger.db`, a plain path, or `postgresql+psycopg://…`.
        clock: where the ledger takes the time from.
        spool: directory of the file store; default: `spool` beside the SQLite file.
        actor: the name that audit rows carry.

    Raises:
        ConfigError: the URL is wrong, the file is not a ledger, was made by a newer x12-pa, or
            lies on a network file system.
        LocalError: the database cannot be read or written now.
    """
    address = _address(url)
    path = _file_of(address)
    files = _spool(path, spool)
    if path is not None:
        prepare_database_file(path)
    ledger = Ledger(engine=_engine(address), clock=clock, spool=files, actor=actor, path=path)
    try:
        migrate(ledger)
    except BaseException:
        ledger.close()
        raise
    return ledger


def require_existing(url: str | Path) -> None:
    """Raise `ConfigError` if the file of a SQLite ledger is not there."""
    if path := missing_file(url):
        raise ConfigError(
            f"There is no ledger at {path}. Say where it is with --config or --ledger"
        )


def missing_file(url: str | Path) -> Path | None:
    """Return the file of a SQLite ledger if it is not there yet."""
    path = _file_of(_address(url))
    return path if path is not None and not path.exists() else None


def _spool(path: Path | None, given: Path | None) -> Spool:
    if given is not None:
        return Spool(root=given)
    if path is None:
        raise ConfigError(
            "a ledger on a server needs a spool directory here: set `spool` under [ledger]"
        )
    return Spool(root=path.parent / "spool")


def _address(url: str | Path) -> URL:
    text = str(url)
    if "://" not in text:
        return URL.create("sqlite", database=text)
    try:
        address = make_url(text)
    except ArgumentError as error:
        raise ConfigError(
            "the ledger URL cannot be read; expected sqlite:///path/ledger.db or "
            "postgresql+psycopg://user@host/name"
        ) from error
    if address.get_backend_name() not in ("sqlite", "postgresql"):
        raise ConfigError(
            f"the ledger cannot live in {address.get_backend_name()!r}: use sqlite or postgresql"
        )
    return address


def _file_of(address: URL) -> Path | None:
    if address.get_backend_name() != "sqlite":
        return None
    if not address.database or address.database == ":memory:":
        raise ConfigError("the ledger needs a file: sqlite:///path/ledger.db")
    return Path(os.path.abspath(address.database))


def _engine(address: URL) -> Engine:
    try:
        engine = create_engine(
            address,
            hide_parameters=True,
            logging_name=_LOG_NAME,
            connect_args=_connect_args(address),
        )
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise ConfigError(
            "the driver of the ledger's database is not installed: "
            "pip install 'x12-pa[postgres]' and use postgresql+psycopg://"
        ) from error
    if address.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _on_connect)
        event.listen(engine, "begin", _on_begin)
    return engine


def _connect_args(address: URL) -> dict[str, Any]:
    return {"timeout": BUSY_SECONDS} if address.get_backend_name() == "sqlite" else {}


def _options(connection: Connection, write: bool) -> dict[str, Any]:
    if connection.dialect.name == "sqlite":
        return {"x12_pa_write": write}
    level = "READ COMMITTED" if write else "REPEATABLE READ"
    return {"isolation_level": level, "postgresql_readonly": not write}


@contextmanager
def _savepoint(connection: Connection) -> Iterator[None]:
    savepoint = connection.begin_nested()
    try:
        yield
    except BaseException:
        try:
            savepoint.rollback()
        except DBAPIError:
            # A full disk ends the whole transaction; nothing may be written on this connection now.
            connection.invalidate()
        raise
    savepoint.commit()


def _on_connect(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    try:
        for pragma in _PRAGMAS:
            cursor.execute(pragma)
    finally:
        cursor.close()


def _on_begin(connection: Connection) -> None:
    write = connection.get_execution_options().get("x12_pa_write", True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def backup(ledger: Ledger, path: Path) -> None:
    """Copy a SQLite ledger to a new file while it is in use.

    Uses SQLite's online backup, which sees one committed state; copying the file would not.

    The copy gets its name when it is whole, so that a crash leaves nothing that looks like one.

    Raises:
        ConfigError: the ledger is not SQLite, the target exists, or its directory does not.
        Forbidden: this user may not write there.
        LocalError: the target cannot be written now.
    """
    if ledger.path is None:
        raise ConfigError("this ledger lives on PostgreSQL: back it up with pg_dump")
    draft = prepare_copy(path)
    copy = create_engine(URL.create("sqlite", database=str(draft)))
    try:
        with (
            translated(ledger.engine.url, f"the backup {path}"),
            ledger.engine.connect() as source,
            copy.connect() as target,
        ):
            source.connection.driver_connection.backup(  # type: ignore[union-attr]
                target.connection.driver_connection
            )
        copy.dispose()
        draft.rename(path)
    finally:
        copy.dispose()
        draft.unlink(missing_ok=True)
