"""What is told of requests, gathered in its order and written with one statement for each table.

A file may answer a hundred thousand requests. What is said of them (audit rows, events and states
of requests, answers) is not read again while the file is read, so it is kept until there are some
hundred and then written together, in the order in which it happened.
"""

from collections.abc import Mapping
from typing import Any

from attrs import define, field
from sqlalchemy import Table, insert

from x12_pa.ledger import audit
from x12_pa.ledger.database import Tx
from x12_pa.ledger.requests import NewEvent, add_events, move_all


@define
class Steps:
    """Steps that are not written yet."""

    _happened: list[audit.Happening] = field(factory=list)
    _events: list[NewEvent] = field(factory=list)
    _rows: dict[Table, list[Mapping[str, Any]]] = field(factory=dict)

    def audit(self, event: str, subject: str, data: Mapping[str, Any]) -> None:
        """Add a row of the audit chain; as `audit.append`."""
        self._happened.append(audit.Happening(event, subject, data))

    def event(self, new: NewEvent) -> None:
        """Add a step to the history of a request; one with a state moves the request there."""
        self._events.append(new)

    def row(self, table: Table, values: Mapping[str, Any]) -> None:
        """Add a row of a table; those of one table have the same columns."""
        self._rows.setdefault(table, []).append(values)

    def write(self, tx: Tx) -> None:
        """Write what was gathered; does nothing when there is nothing."""
        for table, rows in self._rows.items():
            tx.execute(insert(table), rows)
        audit.append_all(tx, self._happened)
        add_events(tx, self._events)
        move_all(tx, [(new.request_id, new.to_state) for new in self._events if new.to_state])
        self._happened.clear()
        self._events.clear()
        self._rows.clear()
