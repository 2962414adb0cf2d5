"""Statements that SQLite and PostgreSQL spell alike but SQLAlchemy keeps apart.

Inserts are made once per table and given their values when they run.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Table, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from x12_pa.ledger.database import Tx


def insert_new(tx: Tx, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert a row unless a unique constraint is against it; return whether it was inserted."""
    return tx.execute(_insert_once(tx.dialect, table), values).first() is not None


def upsert(tx: Tx, table: Table, keys: Sequence[str], values: Mapping[str, Any]) -> None:
    """Insert a row, or write its other columns where the keys exist already."""
    rest = {name: value for name, value in values.items() if name not in keys}
    statement = _insert(tx.dialect, table).values(**values)
    tx.execute(statement.on_conflict_do_update(index_elements=list(keys), set_=rest))


def new_id(tx: Tx, table: Table, values: Mapping[str, Any]) -> int:
    """Insert a row and return its number."""
    return int(tx.execute(_insert_numbered(tx.dialect, table), values).scalar_one())


def new_ids(tx: Tx, table: Table, key: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Insert rows with one statement and return the number of each.

    Args:
        tx: the transaction.
        table: a table with an `id`.
        key: its column that differs in all rows.
        rows: some hundred at most; all with the same columns.

    Returns:
        The numbers by the value of `key`.
    """
    if not rows:
        return {}
    tx.execute(_insert_all(tx.dialect, table), rows)
    numbers = tx.execute(_numbers_by(table, key), {"keys": [row[key] for row in rows]})
    return {row[key]: row["id"] for row in numbers.mappings()}


@cache
def _insert_all(dialect: str, table: Table) -> Any:
    return _insert(dialect, table)


@cache
def _numbers_by(table: Table, key: str) -> Any:
    column = table.c[key]
    return select(column, table.c.id).where(column.in_(bindparam("keys", expanding=True)))


@cache
def _insert_once(dialect: str, table: Table) -> Any:
    statement = _insert(dialect, table).on_conflict_do_nothing()
    return statement.returning(*table.primary_key.columns)


@cache
def _insert_numbered(dialect: str, table: Table) -> Any:
    return _insert(dialect, table).returning(table.c.id)


def _insert(dialect: str, table: Table) -> Any:
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
