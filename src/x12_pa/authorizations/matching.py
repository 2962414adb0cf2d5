"""Which of our requests an answer belongs to: a ladder of evidence, never a guess.

Rungs, best first: our trace number with its originator, echoed (TRN*2); the transaction identifier
(BHT03); a reference or earlier number (REF*NT, REF*BB) that we hold; a review number (HCR02) that
we hold; the content. The first rung that leaves exactly one request decides. A rung that fits
several narrows the choice for those below it, and no lower rung can bring in a request that a
higher one left out. Content alone never decides: people with the same name and date exist, so it
only proposes. The payer's id is no evidence at all, because payers answer under other ids than
they are asked under.

Source: domain description 2.3.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from enum import StrEnum

from attrs import frozen

from x12_pa.authorizations.adapters import view_response
from x12_pa.authorizations.records import Authorization
from x12_pa.authorizations.views import TransactionView
from x12_pa.models.review import ReviewResponse


class Rung(StrEnum):
    """What an answer was matched by, best first."""

    TRACE = "trace"
    REFERENCE = "reference"
    ADMINISTRATIVE = "administrative_reference"
    NUMBER = "number"
    CONTENT = "content"


@frozen(kw_only=True)
class Candidate:
    """What is known of a request that may have been answered.

    `traces` are (TRN02, TRN03) of all levels; `references` every REF*NT and REF*BB, `numbers` every
    HCR02 that was ever received for it, current or not.
    """

    request_id: str
    reference: str = ""
    traces: frozenset[tuple[str, str]] = frozenset()
    references: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    member_id: str = ""
    birth_date: date | None = None
    requester_npi: str = ""
    category: str | None = None
    service_type: str | None = None
    procedures: frozenset[str] = frozenset()
    requested_from: date | None = None
    requested_to: date | None = None


@frozen(kw_only=True)
class Match:
    """Exactly one request fits; `evidence` says in words what was compared, without values."""

    request_id: str
    rung: Rung
    evidence: tuple[str, ...] = ()


@frozen(kw_only=True)
class Ambiguous:
    """A person must choose among these: several fit, or only the content speaks for one."""

    request_ids: tuple[str, ...]
    rung: Rung
    evidence: tuple[str, ...] = ()


@frozen(kw_only=True)
class NoMatch:
    """Nothing fits: a request made elsewhere, or an answer meant for somebody else."""

    evidence: tuple[str, ...] = ()


Test = Callable[[TransactionView, Candidate], bool]


def find_request(
    response: ReviewResponse | TransactionView, candidates: Iterable[Candidate]
) -> Match | Ambiguous | NoMatch:
    """Return which request a response answers."""
    view = view_response(response) if isinstance(response, ReviewResponse) else response
    left: Sequence[Candidate] = tuple(candidates)
    narrowed: Rung | None = None
    evidence: list[str] = []
    for rung, test in _LADDER:
        fitting = [candidate for candidate in left if test(view, candidate)]
        evidence.append(f"{rung}: {len(fitting)} of {len(left)} fit")
        if not fitting:
            continue
        if len(fitting) == 1 and rung is not Rung.CONTENT:
            only = fitting[0].request_id
            return Match(request_id=only, rung=rung, evidence=tuple(evidence))
        left, narrowed = fitting, narrowed or rung
    if narrowed is None:
        return NoMatch(evidence=tuple(evidence))
    ids = tuple(sorted(candidate.request_id for candidate in left))
    return Ambiguous(request_ids=ids, rung=narrowed, evidence=tuple(evidence))


def candidate(
    request_id: str, records: Sequence[Authorization], traces: Iterable[tuple[str, str]] = ()
) -> Candidate:
    """Return the candidate of a request from all versions of its authorizations.

    Args:
        request_id: how the caller names the request.
        records: its authorizations, past versions included: a payer may quote an old number.
        traces: TRN02 and TRN03 of every trace number it was sent with.
    """
    first = min(records, key=lambda record: (record.level != "event", record.version))
    held = (n for r in records for n in (r.administrative_reference, r.previous_number))
    days = [d for r in records for d in (r.requested_from, r.requested_to) if d]
    return Candidate(
        request_id=request_id,
        reference=first.request,
        traces=frozenset(traces),
        references=frozenset(number for number in held if number),
        numbers=frozenset(record.number for record in records if record.number),
        member_id=first.member_id,
        birth_date=first.patient.birth_date,
        category=first.category,
        service_type=first.service_type,
        procedures=frozenset(p.code for r in records for p in r.procedures if p.code),
        requested_from=min(days, default=None),
        requested_to=max(days, default=None),
    )


def _by_trace(view: TransactionView, candidate: Candidate) -> bool:
    echoed = {
        (t.number.strip(), t.originator.strip())
        for level in view.levels
        for t in level.traces
        if t.kind == "2" and t.number.strip()
    }
    return not echoed.isdisjoint(candidate.traces)


def _by_reference(view: TransactionView, candidate: Candidate) -> bool:
    return bool(view.reference.strip()) and view.reference.strip() == candidate.reference.strip()


def _by_administrative_reference(view: TransactionView, candidate: Candidate) -> bool:
    named = {n for v in view.levels for n in (v.administrative_reference, v.previous_number) if n}
    return not named.isdisjoint(candidate.references | candidate.numbers)


def _by_number(view: TransactionView, candidate: Candidate) -> bool:
    numbers = {level.number.strip() for level in view.levels if level.number}
    return not numbers.isdisjoint(candidate.numbers)


def _by_content(view: TransactionView, candidate: Candidate) -> bool:
    """Compare member, birth date and at least one fact about the care; nothing may contradict."""
    if not view.member_id or view.member_id != candidate.member_id:
        return False
    birth = view.patient.birth_date
    if birth and candidate.birth_date and birth != candidate.birth_date:
        return False
    if view.requester_npi and candidate.requester_npi not in ("", view.requester_npi):
        return False
    codes = {p.code for level in view.levels for p in level.procedures if p.code}
    if codes and candidate.procedures and codes.isdisjoint(candidate.procedures):
        return False
    kinds = {(e.event.category, e.event.service_type) for e in view.events}
    same_kind = (candidate.category, candidate.service_type) in kinds
    same_code = not codes.isdisjoint(candidate.procedures)
    return (same_kind or same_code) and _overlap(view, candidate)


def _overlap(view: TransactionView, candidate: Candidate) -> bool:
    days = [day for level in view.levels for day in level.dates if day.qualifier != "102"]
    first, last = candidate.requested_from, candidate.requested_to
    if not days or first is None or last is None:
        return True
    return any(day.start <= last and (day.end or day.start) >= first for day in days)


_LADDER: tuple[tuple[Rung, Test], ...] = (
    (Rung.TRACE, _by_trace),
    (Rung.REFERENCE, _by_reference),
    (Rung.ADMINISTRATIVE, _by_administrative_reference),
    (Rung.NUMBER, _by_number),
    (Rung.CONTENT, _by_content),
)
