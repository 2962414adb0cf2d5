"""Whether what an authorization rests on still holds, and when to ask again.

An approval is no promise of coverage. So eligibility is verified on three occasions: when the
service is ordered, when it is approved, and on the day of service. An occasion is done by an answer
that was given on its day or later; only the latest occasion that has come counts, because a newer
answer says more than the one that was missed. What answers say is held against the authorization:
coverage that has ended or ends before the authorized days do, another member id, another plan. Only
answers about the days of service count; what holds after the last of them is no concern.

An authorization of several services is looked at for each: an answer about one of them says nothing
of the others, while one about the plan, or about anything else, speaks for all.

Everything is a function of the authorization, the answers and the day; nothing is remembered.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Literal

from attrs import Factory, evolve, field, frozen

from x12_pa.eligibility.records import Answer

SETTLED = timedelta(days=90)
"""So long after the last day of service changes are still told: the claim may be on its way."""

Occasion = Literal["order", "approval", "service"]
Kind = Literal["coverage ended", "coverage ends", "member id changed", "plan changed", "due"]
_OTHER_MEMBER = frozenset({"identity changed", "prior member id", "member id differs"})


@frozen(kw_only=True)
class Watched:
    """One authorization, or a request that waits for one.

    Attributes:
        ordered_on: the day on which it was asked for.
        approved_at: when it was decided in favour, in the zone whose days count; None while it
            waits.
        first, last: the days of service that are authorized or asked for.
        services: what `Check.service` says of each; without them it is looked at as a whole.
    """

    id: str
    member_id: str = field(repr=False)
    ordered_on: date
    approved_at: datetime | None = None
    first: date | None = None
    last: date | None = None
    services: tuple[str, ...] = ()


@frozen(kw_only=True)
class Seen:
    """One response about the patient: when it was given, and what it told, for each plan.

    Attributes:
        told_at: as in `Watched`; `day` is that of the answer where it is known to be a later one.
        service: what was asked about, as in `Watched.services`.
    """

    told_at: datetime
    answers: tuple[Answer, ...]
    service: str = ""
    day: date = field(default=Factory(lambda seen: seen.told_at.date(), takes_self=True))


@frozen(kw_only=True)
class Concern:
    """Something to look at.

    Attributes:
        services: those of the authorization that it is about.
        occasion, due: of a verification that is due.
        detail: a sentence for people, without personal data.
        answer: what says so.
    """

    authorization: str
    kind: Kind
    detail: str
    services: tuple[str, ...] = ()
    occasion: Occasion | None = None
    due: date | None = None
    answer: Answer | None = field(default=None, repr=False)


def occasions(item: Watched) -> list[tuple[date, Occasion]]:
    """Return when the authorization is verified, in the order of the days."""
    found: list[tuple[date, Occasion]] = [(item.ordered_on, "order")]
    if item.approved_at is not None:
        found.append((item.approved_at.date(), "approval"))
    if item.first is not None:
        found.append((item.first, "service"))
    return sorted(found, key=lambda each: each[0])


def is_past(item: Watched, day: date) -> bool:
    """Say whether the last day of service is so long ago that nothing is a concern any more."""
    return item.last is not None and item.last + SETTLED < day


def watch(item: Watched, seen: Sequence[Seen], *, until: date) -> tuple[Concern, ...]:
    """Return what is to be looked at.

    Args:
        item: the authorization.
        seen: the responses about its patient, in any order.
        until: the day up to which verifications count as due, mostly today.
    """
    if is_past(item, until):
        return ()
    about = [evolve(one, answers=tuple(_about(item, one.answers))) for one in seen]
    told = sorted((one for one in about if one.answers), key=lambda one: one.told_at)
    changes, due = [], []
    for service in item.services or ("",):
        others = set(item.services) - {service}
        speaking = [one for one in told if one.service not in others]
        named = tuple(filter(None, (service,)))
        changes += [evolve(each, services=named) for each in _changes(item, speaking)]
        due += [evolve(each, services=named) for each in _due(item, speaking, until)]
    return tuple([*_merged(changes), *due])


def _merged(concerns: Sequence[Concern]) -> Iterator[Concern]:
    """Yield what is the same of several services once."""
    alike: dict[tuple[str, str], list[Concern]] = {}
    for concern in concerns:
        alike.setdefault((concern.kind, concern.detail), []).append(concern)
    for first, *more in alike.values():
        yield evolve(first, services=sum((each.services for each in more), first.services))


def _about(item: Watched, answers: Sequence[Answer]) -> Iterator[Answer]:
    """Yield the answers about days of service; of earlier days only that there is no coverage."""
    for answer in answers:
        late = item.last is not None and answer.on > item.last
        early = item.first is not None and answer.on < item.first
        gone = answer.coverage.state == "inactive"
        if answer.coverage.evidence and not late and (gone or not early):
            yield answer


def _due(item: Watched, told: Sequence[Seen], until: date) -> Iterator[Concern]:
    if item.last is not None and item.last < until:
        return
    come = [each for each in occasions(item) if each[0] <= until]
    if not come:
        return
    due, occasion = come[-1]
    if not any(one.day >= due for one in told):
        last = f"last verified {told[-1].day}" if told else "never verified"
        yield Concern(
            authorization=item.id,
            kind="due",
            occasion=occasion,
            due=due,
            detail=f"eligibility is to be verified on {occasion}; {last}",
        )


def _changes(item: Watched, told: Sequence[Seen]) -> Iterator[Concern]:
    """Yield what the newest answer says against the authorization."""
    if not told:
        return
    newest = told[-1]
    yield from _coverage(item, newest)
    for answer in newest.answers:
        differs = bool(answer.member_id) and answer.member_id.upper() != item.member_id.upper()
        if differs or any(change.kind in _OTHER_MEMBER for change in answer.changes):
            yield Concern(
                authorization=item.id,
                kind="member id changed",
                detail="the payer knows the member by another id; the claim needs the new one",
                answer=answer,
            )
            break
    yield from _plan(item, told)


def _coverage(item: Watched, newest: Seen) -> Iterator[Concern]:
    speaking = newest.answers
    if all(answer.coverage.state == "inactive" for answer in speaking):
        day = max((a.coverage.ends for a in speaking if a.coverage.ends), default=None)
        when = f" on {day}" if day else ""
        yield Concern(
            authorization=item.id,
            kind="coverage ended",
            detail=f"the coverage ended{when}, or is not in force on {speaking[0].on}",
            answer=speaking[0],
        )
        return
    ends = [a.coverage.ends or date.max for a in speaking if a.coverage.state == "active"]
    if item.last is not None and ends and max(ends) < item.last:
        yield Concern(
            authorization=item.id,
            kind="coverage ends",
            detail=f"the coverage ends {max(ends)}, the authorization {item.last}",
            answer=speaking[0],
        )


def _plan(item: Watched, told: Sequence[Seen]) -> Iterator[Concern]:
    """Yield that the plan is another one than when the authorization was decided."""
    approved = item.approved_at
    before = [one for one in told if approved is None or one.told_at <= approved]
    base = before[-1] if before else told[0]
    known, now = _plans(base), _plans(told[-1])
    told_outright = any(c.kind == "plan differs" for a in told[-1].answers for c in a.changes)
    if told_outright or (known and now and known.isdisjoint(now)):
        yield Concern(
            authorization=item.id,
            kind="plan changed",
            detail=f"the plan is {', '.join(sorted(now)) or 'another one'}"
            + (f", it was {', '.join(sorted(known))}" if known else ""),
            answer=told[-1].answers[0],
        )


def _plans(one: Seen) -> set[str]:
    active = [answer for answer in one.answers if answer.coverage.state == "active"]
    return {answer.plan.name for answer in active if answer.plan.name}
