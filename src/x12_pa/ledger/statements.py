"""Statements that SQLite and PostgreSQL spell alike but SQLAlchemy keeps apart."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite

from x12_pa.ledger.database import Tx


def insert_new(tx: Tx, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert a row unless a unique constraint is against it; return whether it was inserted."""
    key = list(table.primary_key.columns)
    statement = _insert(tx, table).values(**values).on_conflict_do_nothing()
    return tx.execute(statement.returning(*key)).first() is not None


def upsert(tx: Tx, table: Table, keys: Sequence[str], values: Mapping[str, Any]) -> None:
    """Insert a row, or write its other columns where the keys exist already."""
    rest = {name: value for name, value in values.items() if name not in keys}
    statement = _insert(tx, table).values(**values)
    tx.execute(statement.on_conflict_do_update(index_elements=list(keys), set_=rest))


def new_id(tx: Tx, table: Table, values: Mapping[str, Any]) -> int:
    """Insert a row and return its number."""
    result = tx.execute(_insert(tx, table).values(**values).returning(table.c.id))
    return int(result.scalar_one())


def _insert(tx: Tx, table: Table) -> Any:
    return postgresql.insert(table) if tx.dialect == "postgresql" else sqlite.insert(table)
