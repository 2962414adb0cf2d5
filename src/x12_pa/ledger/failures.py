"""What a database failure means to a person, and whose fault it is.

Drivers say "database is locked" or raise an error with SQL and values in it. Here each becomes one
sentence that names the ledger, says what happened and what to do. Statement values never get into
a message: the engine hides them, and the original error is only kept as the cause.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.engine import URL
from sqlalchemy.exc import DatabaseError, DBAPIError, IntegrityError, InterfaceError

from x12_pa.errors import ConfigError, Forbidden, InternalError, LocalError, X12PAError

WORKING_SPACE = 128 << 10
"""Bytes that SQLite needs beside the database to work at all (-shm alone takes 32 KiB)."""

_MEANINGS: tuple[tuple[str, type[X12PAError], str], ...] = (
    (
        "database is locked",
        LocalError,
        "{where} is busy: another process has been writing for too long. Try again; "
        "`x12-pa exchange status` shows who works on a mailbox",
    ),
    (
        "lock timeout",
        LocalError,
        "{where} is busy: another process has been writing for too long. Try again; "
        "`x12-pa exchange status` shows who works on a mailbox",
    ),
    (
        "disk is full",
        LocalError,
        "{where} could not be written: the disk is full. Nothing was changed. Make room, then run "
        "the command again; reading needs some, too",
    ),
    (
        "not a database",
        ConfigError,
        "{where} is not an x12-pa ledger (it is another kind of file). Name another file in "
        "[ledger] url, or restore a backup",
    ),
    (
        "malformed",
        LocalError,
        "{where} is damaged. Stop all x12-pa processes, keep a copy of the file, and restore the "
        "latest backup",
    ),
    (
        "unable to open",
        LocalError,
        "{where} could not be opened. Check that the directory exists and that this user may "
        "write to it",
    ),
    (
        "readonly",
        Forbidden,
        "{where} is read-only for this user. Check the owner and the mode of the file and its "
        "directory",
    ),
    (
        "disk i/o error",
        LocalError,
        "{where} could not be read or written: the disk reports an error. Check the disk and the "
        "free space",
    ),
    (
        "could not connect",
        LocalError,
        "{where} does not answer. Check that the database server runs and may be reached from here",
    ),
    (
        "connection",
        LocalError,
        "{where}: the connection to the database failed. Check that the server runs, then try "
        "again",
    ),
)


def meaning_of(error: BaseException, where: str) -> X12PAError | None:
    """Return the error that a person should see for a driver's error, or None if unknown."""
    text = str(error).lower()
    for mark, kind, message in _MEANINGS:
        if mark in text:
            return kind(message.format(where=where))
    return None


def _is_of_the_disk(error: BaseException) -> bool:
    """Say whether SQLite blames the disk or a file beside the database, as it does on a full one.

    It says "full" only where writing failed, not where making or stretching its -wal or -shm did.
    """
    text = str(error).lower()
    return "disk i/o error" in text or "unable to open" in text


def _full_disk(url: URL) -> X12PAError | None:
    """Return the error of a full disk if the disk of a SQLite ledger is full now."""
    if url.get_backend_name() != "sqlite" or not url.database:
        return None
    try:
        disk = os.statvfs(os.path.dirname(os.path.abspath(url.database)))
    except OSError:
        return None
    if disk.f_bavail * disk.f_frsize >= WORKING_SPACE:
        return None
    return meaning_of(sqlite3.OperationalError("disk is full"), name_of(url))


def name_of(url: URL) -> str:
    """Return how messages call the ledger: its path or its address, never a password."""
    if url.get_backend_name() == "sqlite":
        return f"the ledger {url.database}"
    return f"the ledger {url.render_as_string(hide_password=True)}"


@contextmanager
def translated(url: URL, where: str = "") -> Iterator[None]:
    """Turn the driver's errors of the block into ours; `where` is what it works on, if no ledger.

    Raises:
        LocalError: locked, full, damaged, unreachable.
        ConfigError: the file is not a database.
        InternalError: a constraint that our own code should have respected, or an unknown error.
    """
    where = where or name_of(url)
    try:
        yield
    except IntegrityError as error:
        raise InternalError(f"{where} refused a change that breaks one of its rules") from error
    except (DBAPIError, DatabaseError, InterfaceError, sqlite3.Error) as error:
        cause = getattr(error, "orig", None) or error
        known = (_full_disk(url) if _is_of_the_disk(cause) else None) or meaning_of(cause, where)
        if known is None:
            known = InternalError(f"{where} failed in a way that x12-pa does not know")
        raise known from error
