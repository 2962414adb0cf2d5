"""Forward-only steps from one version of the schema to the next.

A new ledger is made from `schema` and stamped with the newest number. An older one is copied aside
first, then brought forward step by step, each step and its number in one transaction, so a killed
migration goes on where it stopped. A ledger from a newer x12-pa is refused: writing to it with
old code would lose what the new columns promise.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen
from sqlalchemy import Connection, func, insert, inspect, select

from x12_pa.errors import ConfigError
from x12_pa.ledger import schema

if TYPE_CHECKING:
    from x12_pa.ledger.database import Ledger, Tx


@frozen(kw_only=True)
class Migration:
    """One step: what it is for, and the function that does it on an open connection."""

    number: int
    title: str
    apply: Callable[[Connection], None]


def _add_eligibility(connection: Connection) -> None:
    for table in (schema.eligibility_check, schema.eligibility_answer):
        table.create(connection)


def _add_seen(connection: Connection) -> None:
    for table in (schema.seen_read, schema.seen_value):
        table.create(connection)


MIGRATIONS: tuple[Migration, ...] = (
    Migration(number=2, title="checks of eligibility and their answers", apply=_add_eligibility),
    Migration(number=3, title="values of earlier interchanges", apply=_add_seen),
)
"""Steps after the first schema. Add to the end, never change one that was released."""


def migrate(ledger: Ledger, steps: Sequence[Migration] = MIGRATIONS) -> None:
    """Create the tables or bring them up to date.

    Raises:
        ConfigError: the database holds something else, or was made by a newer x12-pa.
    """
    newest = max((step.number for step in steps), default=1)
    with ledger.read() as tx:
        found = version_of(tx)
    if found == newest:
        return
    if found is not None and found < newest:
        _copy_aside(ledger, found)
    with ledger.write() as tx:
        found = version_of(tx)
        if found is None:
            _create(tx, newest)
        elif found > newest:
            raise ConfigError(
                f"this ledger has schema {found}, made by a newer x12-pa; this one knows schemas "
                f"up to {newest}. Upgrade x12-pa, or use another ledger"
            )
    for step in sorted(steps, key=lambda each: each.number):
        with ledger.write() as tx:
            if step.number > (version_of(tx) or 0):
                step.apply(tx.connection)
                _stamp(tx, step.number)


def version_of(tx: Tx) -> int | None:
    """Return the schema number of the database, None when it has no tables yet.

    Raises:
        ConfigError: there are tables, but not ours.
    """
    names = inspect(tx.connection).get_table_names()
    if not names:
        return None
    if schema.schema_version.name not in names:
        raise ConfigError(
            "this database belongs to another program (it has tables, but none of x12-pa). "
            "Name another file in [ledger] url"
        )
    return int(tx.execute(select(func.max(schema.schema_version.c.n))).scalar_one())


def _create(tx: Tx, number: int) -> None:
    schema.metadata.create_all(tx.connection)
    tx.execute(insert(schema.meta).values(name="member_key", value=secrets.token_hex(32)))
    _stamp(tx, number)


def _stamp(tx: Tx, number: int) -> None:
    tx.execute(insert(schema.schema_version).values(n=number, applied_at=tx.now))


def _copy_aside(ledger: Ledger, found: int) -> None:
    from x12_pa.ledger.database import backup

    if ledger.path is None:
        return
    target = Path(f"{ledger.path}.schema-{found}")
    if not target.exists():
        backup(ledger, target)
