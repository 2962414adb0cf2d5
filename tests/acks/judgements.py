"""Short ways to write down what was received, for tests that need no file."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

from x12_pa.acks import ControlNumbers
from x12_pa.validation.results import (
    Ack999,
    FileResult,
    Finding,
    GroupResult,
    InterchangeResult,
    TransactionResult,
)

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
NUMBERS = ControlNumbers(interchange=lambda received: 9001, group=lambda received: 701)


def counting() -> ControlNumbers:
    """Numbers as a ledger gives them: each once."""
    interchanges, groups = count(9001), count(701)
    return ControlNumbers(
        interchange=lambda received: next(interchanges), group=lambda received: next(groups)
    )


def clock() -> datetime:
    return NOW


def fault(
    code: str = "X999",
    *,
    at: tuple[str | None, ...] = ("000000101", "11", "0001"),
    ik304: str | None = None,
    ik403: str | None = None,
    **fields: Any,
) -> Finding:
    """A finding at an interchange, group, set; without 999 codes it is one of the envelope."""
    interchange, group, transaction = (*at, None, None, None)[:3]
    ack = Ack999(ik304, ik403) if ik304 or ik403 else None
    return Finding(
        code=code,
        severity=fields.pop("severity", "error"),
        snip=1,
        interchange=interchange,
        group=group,
        transaction=transaction,
        ack=ack,
        **fields,
    )


def received(
    *findings: Finding,
    sets: tuple[str, ...] = ("0001",),
    set_id: str = "278",
    announced: int | None = -1,
    **interchange: Any,
) -> FileResult:
    """One interchange 000000101 with one group 11; errors are counted from the findings."""

    def errors(*key: str | None) -> int:
        wanted = (*key, None, None, None)[:3]
        return sum(
            (f.interchange, f.group, f.transaction) == wanted and f.severity == "error"
            for f in findings
        )

    group = GroupResult(
        control="11",
        functional_id={"278": "HI", "837": "HC", "270": "HS", "999": "FA"}[set_id],
        version="005010X217",
        sender="CLINIC001",
        receiver="DEMOPAYER",
        announced=len(sets) if announced == -1 else announced,
        errors=errors("000000101", "11"),
        transactions=[
            TransactionResult(
                set=set_id,
                guide="005010X217",
                kind="request",
                control=control,
                convention="005010X217",
                errors=errors("000000101", "11", control),
            )
            for control in sets
        ],
    )
    values: dict[str, Any] = {
        "control": "000000101",
        "sender": "CLINIC001",
        "receiver": "DEMOPAYER",
        "usage": "T",
        "sender_qualifier": "ZZ",
        "receiver_qualifier": "30",
        "date": "261122",
        "time": "1300",
        "ack_requested": True,
        "errors": errors("000000101"),
        "groups": [group] if sets else [],
    }
    return FileResult(
        path="-",
        interchanges=[InterchangeResult(**{**values, **interchange})],
        findings=list(findings),
    )
