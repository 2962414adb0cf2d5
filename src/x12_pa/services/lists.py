"""What people ask for: the worklist, the list of authorizations, and a number for a claim."""

from collections.abc import Iterator
from datetime import date, datetime
from functools import cache
from typing import Any

from x12_pa.authorizations.cases import Case, Labels
from x12_pa.authorizations.labels import guide_labels
from x12_pa.authorizations.records import Authorization
from x12_pa.authorizations.worklist import Row, worklist
from x12_pa.guides import load_guide
from x12_pa.guides.index import code_lists
from x12_pa.ledger.database import Tx
from x12_pa.ledger.decisions import current_by_request, history
from x12_pa.ledger.lookups import Moments, moments
from x12_pa.services.office import Office
from x12_pa.validation.privacy import partly_hidden

SCHEMA = "x12-pa/authorizations/1"
_ACCEPTED = frozenset({"A", "E", "P"})
_NOTHING = Moments()


@cache
def labels() -> Labels:
    """Return the labels of code values: those of the response guide and the external lists."""
    return guide_labels(load_guide("278-response"), code_lists())


def rows(office: Office, view: str, *, now: datetime | None = None) -> tuple[Row, ...]:
    """Return the rows of a worklist view."""
    with office.ledger.read() as tx:
        found = list(cases(tx, zone=office.settings.zone.key))
    return worklist(found, view, now=now or office.clock(), labels=labels())


def cases(tx: Tx, *, zone: str = "UTC") -> Iterator[Case]:
    """Yield every authorization in force with what the ledger knows around it.

    A constant number of queries: the list of a year must not take a query for each request.
    """
    around = moments(tx, good=_ACCEPTED)
    for request_id, record in current_by_request(tx, kind="278"):
        known = around.get(request_id, _NOTHING)
        yield Case(
            authorization=record,
            sent_at=known.sent_at,
            acknowledged_at=known.acknowledged_at,
            answered_at=known.answered_at,
            zone=zone,
        )


def authorizations(office: Office, *, past: bool = False) -> list[Authorization]:
    """Return the authorizations in force, or every version there ever was."""
    with office.ledger.read() as tx:
        if past:
            return [item.authorization for item in history(tx)]
        return [case.authorization for case in cases(tx)]


def find(
    records: list[Authorization],
    *,
    payer: str | None = None,
    member: str | None = None,
    day: date | None = None,
    procedure: str | None = None,
    npi: str | None = None,
) -> list[Authorization]:
    """Return the authorizations that could cover a service, usable or not, usable ones first."""
    found = [
        record
        for record in records
        if (payer is None or record.payer.upper() == payer.upper())
        and (member is None or record.member_id.upper() == member.upper())
        and (npi is None or npi in record.provider_npis)
        and (procedure is None or _covers_code(record, procedure))
        and (day is None or _covers_day(record, day))
    ]
    return sorted(found, key=lambda record: (not record.usable_on_claim, record.id))


def _covers_code(record: Authorization, code: str) -> bool:
    return any(
        item.code <= code <= (item.code_end or item.code) and len(item.code) == len(code)
        for item in record.procedures
    )


def _covers_day(record: Authorization, day: date) -> bool:
    start, end = record.effective_on, record.expires_on
    if start is None and end is None:
        start, end = record.requested_from, record.requested_to
    return (start is None or start <= day) and (end is None or day <= end)


def as_json(record: Authorization, *, show_phi: bool = False) -> dict[str, Any]:
    """Return an authorization in the published shape; the member id is masked by default."""
    return {
        "id": record.id,
        "request": record.request,
        "trace": record.trace,
        "level": record.level,
        "service": record.service,
        "payer": record.payer,
        "member": record.member_id if show_phi else masked(record.member_id),
        "state": record.state,
        "action": record.action,
        "reason": list(record.reasons),
        "number": record.number,
        "effective_on": _day(record.effective_on),
        "expires_on": _day(record.expires_on),
        "window_source": record.window_source,
        "usable_on_claim": record.usable_on_claim,
        "decided_at": record.decided_at.isoformat() if record.decided_at else None,
        "version": record.version,
    }


def masked(value: str) -> str:
    """Return an identifier of a person as a list may show it: `•••123`."""
    return partly_hidden(value)


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
