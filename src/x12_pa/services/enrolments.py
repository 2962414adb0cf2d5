"""The roster beside the ledger: which enrolments wait or end, and the requests that hang on them.

A request is at risk when a provider that it names is not enrolled with its payer on the day that
counts, and no answer has settled it. Requests that have not gone out yet count as well: they are
those that can still be helped.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from attrs import evolve, frozen

from x12_pa.authorizations.enrolment import Named, providers_of
from x12_pa.authorizations.roster import Asked, Enrolment, Roster, Verdict
from x12_pa.authorizations.states import State
from x12_pa.eligibility.plain import inquiry_from
from x12_pa.guides import load_guide
from x12_pa.ledger.database import Tx
from x12_pa.ledger.lookups import requests
from x12_pa.ledger.requests import StoredRequest
from x12_pa.models import InputProblem, ReviewRequest, build_eligibility, build_request, from_json
from x12_pa.services.office import REQUEST_GUIDE, Office
from x12_pa.syntax import TransactionSet

INQUIRY_GUIDE = "270"
SOON = timedelta(days=60)
WAITING = tuple(
    state.value
    for state in (
        State.QUEUED,
        State.SENT,
        State.RECEIVED,
        State.PENDED_INFORMATION,
        State.PENDED_REVIEW,
        State.CONTACT_PAYER,
        State.UNCLEAR,
    )
)


@frozen(kw_only=True)
class AtRisk:
    """A request that may be refused for its provider.

    Attributes:
        kind: `278` or `270`.
        element: where the provider stands, `2010B/NM109`.
    """

    reference: str
    kind: str
    state: str
    element: str
    asked: Asked
    day: date
    verdict: Verdict


@frozen(kw_only=True)
class Standing:
    """One row of the roster that needs a look, and the requests that it puts at risk.

    Attributes:
        why: `pending`, `ends`, or `not in force`.
    """

    enrolment: Enrolment
    why: str
    requests: tuple[AtRisk, ...] = ()


@frozen(kw_only=True)
class Checked:
    """What a look at the roster found.

    Attributes:
        others: requests at risk that no row of the roster is about.
    """

    rows: int
    standings: tuple[Standing, ...]
    others: tuple[AtRisk, ...]

    @property
    def at_risk(self) -> bool:
        """Whether any request hangs on an enrolment that is not there."""
        return bool(self.others) or any(one.requests for one in self.standings)


def check_roster(office: Office, roster: Roster) -> Checked:
    """Look for enrolments that wait or end, and for the requests that hang on them."""
    today = office.today()
    with office.ledger.read() as tx:
        found = list(at_risk(tx, roster, today))
    standings = []
    for row in roster.rows:
        about = tuple(one for one in found if one.verdict.row == row.row)
        why = _why(row, today)
        if why or about:
            standings.append(Standing(enrolment=row, why=why or "not in force", requests=about))
    known = {row.row for row in roster.rows}
    others = tuple(one for one in found if one.verdict.row not in known)
    return Checked(rows=len(roster.rows), standings=tuple(standings), others=others)


def _why(row: Enrolment, today: date) -> str:
    if row.status == "pending":
        return "pending"
    if row.term is None or row.term > today + SOON:
        return ""
    return "ends" if row.term >= today else ""


def at_risk(tx: Tx, roster: Roster, today: date) -> Iterator[AtRisk]:
    """Yield the requests that wait and name a provider who is not enrolled, oldest first."""
    for stored in requests(tx, states=WAITING):
        told: set[tuple[str, str]] = set()
        for named in _named(stored, roster, today):
            key = (named.use.parent.path, named.verdict.standing)
            if named.verdict.standing in ("pending", "not enrolled") and key not in told:
                told.add(key)
                yield AtRisk(
                    reference=stored.bht03,
                    kind=stored.kind,
                    state=stored.state,
                    element=f"{named.use.parent.id}/{named.element}",
                    asked=named.asked,
                    day=named.day,
                    verdict=named.verdict,
                )


def _named(stored: StoredRequest, roster: Roster, today: date) -> Sequence[Named]:
    """Return the providers of a stored request; one that cannot be written names none."""
    try:
        if stored.kind == INQUIRY_GUIDE:
            guide = load_guide(INQUIRY_GUIDE)
            segments = build_eligibility(inquiry_from(stored.data), guide)
        else:
            request = from_json(stored.data)
            if not isinstance(request, ReviewRequest):
                return ()
            guide = load_guide(REQUEST_GUIDE)
            segments = build_request(evolve(request, unplaced=()), guide)
    except InputProblem:
        return ()
    return list(providers_of(TransactionSet(segments), guide, roster, today))
