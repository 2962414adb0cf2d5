"""Find the authorization of a claim line among all that are known, or say why there is none.

Every candidate that shares the member id or the person is held against the line, check by check
(`evaluate`). Then one answer is chosen (`choose`): a number that is on the claim already and fits
stays; else the better grade, then the window that ends first, so that the older of two overlapping
numbers is used up first. Two different numbers that are equally good are a person's decision.

When nothing fits, the refusal of the candidate that came furthest down `checks.CHECKS` is reported;
between candidates stopped by the same check the closer one, then the lower id. Neither the order of
the candidates nor that of the lines has any influence.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date

from attrs import evolve, frozen

from x12_pa.authorizations.records import Authorization, Patient
from x12_pa.authorizations.states import State
from x12_pa.reconcile import checks, limits
from x12_pa.reconcile.case import Case, Grade, name_of, spelled
from x12_pa.reconcile.policy import Policy


@frozen(kw_only=True)
class Match:
    """How one authorization fits one line.

    `progress` is the index in `CHECKS` of the check that ruled it out, or the number of checks.
    """

    authorization: Authorization
    grade: Grade
    reason: str
    detail: str
    progress: int
    closeness: int = 0


@frozen(kw_only=True)
class Answer:
    """What is known about a line: the chosen match, if any, and the reason either way.

    `grade` EXACT or EXPLAINED: use `match`'s number. EVIDENCE: no number is needed. MANUAL: a
    person decides. CONFLICT: refused.
    """

    grade: Grade
    reason: str
    detail: str
    match: Match | None = None

    @property
    def number(self) -> str | None:
        """The number to use; None unless one fits."""
        usable = self.match is not None and self.grade <= Grade.EXPLAINED
        return self.match.authorization.number if usable and self.match else None


NOTHING_KNOWN = Answer(
    grade=Grade.CONFLICT,
    reason="no-authorization",
    detail="No authorization of this member, payer, service and date is known.",
)


class Candidates:
    """The authorizations of a run, found by member id or by person.

    Only current versions take part. The decision for an event is left out where its services have
    decisions of their own, because theirs are the ones that count; an admission keeps it, since
    the stay as a whole is what was decided.
    """

    def __init__(self, authorizations: Iterable[Authorization]) -> None:
        self._by_member: dict[str, list[Authorization]] = {}
        self._by_person: dict[tuple[str, str, date | None], list[Authorization]] = {}
        for item in _speaking(_current(authorizations)):
            self._by_member.setdefault(checks.canonical(item.member_id), []).append(item)
            self._by_person.setdefault(_person(item.patient), []).append(item)

    def of(self, member_id: str, patient: Patient, policy: Policy) -> list[Authorization]:
        """Return the candidates for a member, or for a person of that name, by payer and id."""
        found = list(self._by_person.get(_person(patient), ()))
        for known in _ids(member_id, policy) if member_id else ():
            found += self._by_member.get(known, ())
        unique = {(item.payer, item.id): item for item in found}
        return [unique[key] for key in sorted(unique)]


def _ids(member_id: str, policy: Policy) -> set[str]:
    """Return every id that the member has or had."""
    current = checks.canonical_member(member_id, policy)
    former = {
        old for old in policy.member_aliases if checks.canonical_member(old, policy) == current
    }
    return {current, checks.canonical(member_id), *former}


def _person(patient: Patient) -> tuple[str, str, date | None]:
    return (*checks.person_key(patient), patient.birth_date)


def _current(authorizations: Iterable[Authorization]) -> list[Authorization]:
    latest: dict[tuple[str, str], Authorization] = {}
    for item in authorizations:
        key = item.payer, item.id
        if key not in latest or latest[key].version < item.version:
            latest[key] = item
    return [item for item in latest.values() if item.state != State.SUPERSEDED]


def _speaking(current: list[Authorization]) -> list[Authorization]:
    served = {(a.payer, a.request, a.event) for a in current if a.level == "service"}
    return [
        item
        for item in current
        if item.level == "service"
        or item.category == checks.ADMISSION_REVIEW
        or (item.payer, item.request, item.event) not in served
    ]


def evaluate(case: Case) -> Match:
    """Hold one authorization against one line."""
    best = Match(
        authorization=case.authorization,
        grade=Grade.EXACT,
        reason="exact",
        detail=_exact(case),
        progress=len(checks.CHECKS),
    )
    for index, check in enumerate(checks.CHECKS):
        verdict = check(case)
        if verdict is None:
            continue
        if verdict.grade is Grade.CONFLICT:
            telling = verdict.reason != "no-authorization" and _telling(case, check)
            return evolve(
                best,
                grade=Grade.CONFLICT,
                reason=verdict.reason if telling else NOTHING_KNOWN.reason,
                detail=verdict.detail if telling else NOTHING_KNOWN.detail,
                progress=index if telling else -1,
                closeness=verdict.closeness,
            )
        if verdict.grade > best.grade:
            best = evolve(best, grade=verdict.grade, reason=verdict.reason, detail=verdict.detail)
    return best


def _telling(case: Case, check: Callable[[Case], object]) -> bool:
    """Say whether a conflict is worth a person's time.

    An authorization for another service explains a missing number only if it could be used
    otherwise: a denial or a window of last year for another service says nothing about this one.
    """
    if check is not checks.procedure:
        return True
    if checks.decision(case) is not None:
        return False
    late = limits.window(case)
    return late is None or late.grade is not Grade.CONFLICT


def _exact(case: Case) -> str:
    billed = spelled(case.line.procedure)
    granted = case.authorization
    holds = f"valid from {granted.effective_on} to {granted.expires_on}"
    source = f" ({granted.window_source})" if granted.window_source else ""
    return f"The line bills {billed}, {name_of(granted)} grants it, {holds}{source}."


def choose(matches: Sequence[Match], existing: Sequence[str] = ()) -> Answer:
    """Return the answer for a line from its matches and the numbers that it carries already."""
    if not matches:
        return NOTHING_KNOWN
    fitting = sorted((m for m in matches if m.grade <= Grade.EXPLAINED), key=_preference)
    if fitting:
        return _chosen(fitting, existing)
    for grade in (Grade.EVIDENCE, Grade.MANUAL):
        found = [match for match in matches if match.grade is grade]
        if found:
            return _answer(min(found, key=_preference))
    return _answer(min(matches, key=_distance))


def _chosen(fitting: list[Match], existing: Sequence[str]) -> Answer:
    present = [match for match in fitting if match.authorization.number in existing]
    best = present[0] if present else fitting[0]
    rivals = [m for m in fitting if _rank(m) == _rank(best)]
    numbers = sorted({match.authorization.number or "" for match in rivals})
    if present or len(numbers) == 1:
        return _answer(best)
    detail = f"Several authorizations fit equally well: {', '.join(numbers)}. Choose one."
    return Answer(grade=Grade.MANUAL, reason="ambiguous", detail=detail, match=best)


def _answer(match: Match) -> Answer:
    return Answer(grade=match.grade, reason=match.reason, detail=match.detail, match=match)


def _rank(match: Match) -> tuple[int, date]:
    return match.grade, match.authorization.expires_on or date.max


def _preference(match: Match) -> tuple[int, date, str]:
    return (*_rank(match), match.authorization.id)


def _distance(match: Match) -> tuple[int, int, str]:
    return -match.progress, -match.closeness, match.authorization.id
