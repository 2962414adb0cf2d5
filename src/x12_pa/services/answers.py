"""Take in a 278 response: find its request, record the decisions, move the request."""

from datetime import UTC, datetime

from attrs import frozen

from x12_pa.authorizations.decisions import decisions
from x12_pa.authorizations.history import settle_all
from x12_pa.authorizations.matching import Candidate, Match, candidate, find_request
from x12_pa.authorizations.records import Authorization
from x12_pa.authorizations.states import ANSWERS, State, advance
from x12_pa.errors import UsageError
from x12_pa.ledger.database import Tx
from x12_pa.ledger.decisions import Source, current, find_by_number, record_decisions, versions
from x12_pa.ledger.decisions import find_by_administrative_reference as by_administrative
from x12_pa.ledger.lookups import find_by_bht03, find_by_member, find_by_trace
from x12_pa.ledger.requests import get_request, set_state, traces
from x12_pa.ledger.responses import (
    NewResponse,
    StoredResponse,
    assign_response,
    record_response,
    unmatched,
)
from x12_pa.models import EligibilityResponse, ReviewResponse, Service, from_json, to_json
from x12_pa.models import Event as ReviewEvent

REVIEW = "278"


@frozen(kw_only=True)
class Place:
    """Where a transaction set lies: its interchange, its offset in the file, its numbers."""

    interchange_id: int
    offset: int
    gs06: str
    st02: str


def take(tx: Tx, response: ReviewResponse, place: Place) -> bool:
    """Record a response and what it decides; return whether its request was found.

    One without a request, or with several that fit, is kept for a person. Whether a file of ours
    is answered now is left to who reads the file (`settle_answered`).
    """
    request_id = _request_of(tx, response)
    stored = record_response(
        tx,
        NewResponse(
            kind=REVIEW,
            data=to_json(response),
            request_id=request_id,
            interchange_id=place.interchange_id,
            gs06=place.gs06,
            st02=place.st02,
            segment_offset=place.offset,
            bht03=response.reference,
            responded_at=written_at(response),
        ),
        settle=False,
    )
    if request_id is None:
        return False
    if stored.created:
        _decide(tx, request_id, response, _source(stored))
    return True


def match_late(tx: Tx) -> int:
    """Give answers that came before their request to it, now that it is known; return how many."""
    matched = 0
    for stored in unmatched(tx, kind=REVIEW):
        response = from_json(stored.data)
        if not isinstance(response, ReviewResponse):
            continue
        request_id = _request_of(tx, response)
        if request_id is None:
            continue
        if assign_response(tx, stored.id, request_id, reason="its request was recorded later"):
            _decide(tx, request_id, response, _source(stored))
            matched += 1
    return matched


def _request_of(tx: Tx, response: ReviewResponse) -> int | None:
    found = find_request(response, _candidates(tx, response))
    return int(found.request_id) if isinstance(found, Match) else None


def _source(stored: StoredResponse) -> Source:
    return Source(
        response_id=stored.id,
        interchange_id=stored.interchange_id,
        segment_offset=stored.segment_offset,
    )


def written_at(response: ReviewResponse | EligibilityResponse) -> datetime | None:
    """Return BHT04 and BHT05 as an instant; the file names no zone, so UTC is assumed."""
    if response.created_on is None:
        return None
    hour, minute = 0, 0
    if response.created_at is not None:
        digits = "".join(filter(str.isdigit, str(response.created_at)))
        hour, minute = int(digits[:2] or 0), int(digits[2:4] or 0)
    day = response.created_on
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


def _candidates(tx: Tx, response: ReviewResponse) -> list[Candidate]:
    """Return the requests that a response could belong to, by any identifier that it carries."""
    found: set[int] = set()
    if response.reference:
        found |= {request.id for request in find_by_bht03(tx, response.reference)}
    for event in response.events:
        levels: tuple[ReviewEvent | Service, ...] = (event, *event.services)
        for level in levels:
            for trace in level.traces:
                found |= {request.id for request, _ in find_by_trace(tx, trace.number)}
            for number in (level.administrative_reference, level.previous_authorization):
                if number:
                    found |= {d.request_id for d in by_administrative(tx, number)}
                    found |= {d.request_id for d in find_by_number(tx, number)}
            if level.decision and level.decision.number:
                found |= {d.request_id for d in find_by_number(tx, level.decision.number)}
    if not found and response.subscriber and response.subscriber.member_id:
        member = response.subscriber.member_id
        found |= {request.id for request in find_by_member(tx, member, kind="278")}
    return [_candidate(tx, number) for number in sorted(found) if versions(tx, number)]


def _candidate(tx: Tx, request_id: int) -> Candidate:
    sent = [(trace.number, trace.originator) for trace in traces(tx, request_id)]
    return candidate(str(request_id), versions(tx, request_id), sent)


def _decide(tx: Tx, request_id: int, response: ReviewResponse, source: Source) -> None:
    """Record what a response decides about a request, and the state this leads to."""
    asked = current(tx, request_id=request_id)
    incoming = decisions(response, asked)
    changes = settle_all(versions(tx, request_id), incoming)
    news = [change.record for change in changes if change.outcome != "unchanged"]
    record_decisions(tx, request_id, news, source=source)
    _move(tx, request_id, source)


def _move(tx: Tx, request_id: int, source: Source) -> None:
    """Bring the request to the state that its decisions in force lead to."""
    request, records = get_request(tx, request_id), current(tx, request_id=request_id)
    answered = [record for record in records if record.version]
    if request is None or not answered:
        return
    state = overall(answered)
    event = next((event for event, target in ANSWERS.items() if target == state), None)
    if event is not None:
        try:
            state = advance(request.state, event)
        except UsageError:
            return
    if state.value != request.state:
        reference = f"response:{source.response_id}"
        cause = event.value if event else "answered"
        set_state(tx, request_id, state.value, event=cause, reference=reference)


def overall(records: list[Authorization]) -> State:
    """Return the state of a request whose event and services are in these states.

    The event speaks for the request, unless its services were decided differently.
    """
    event = next((r for r in records if r.level == "event"), records[0])
    services = {r.state for r in records if r.level == "service"}
    if not services or services == {event.state}:
        return State(event.state)
    if len(services) == 1 and event.state not in (State.PARTIAL.value, State.REJECTED.value):
        return State(services.pop())
    return State(event.state)
