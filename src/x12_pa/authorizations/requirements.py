"""Which services need authorization, as a payer's profile says it, and what decides between rules.

Each entry of the section `services:` names a set of services by up to six dimensions (procedure,
service type, place of service, plan, age, day) and says whether those need authorization, who
reviews them and what the request must carry. A dimension that is left out means all values.

A question fits an entry surely, perhaps (a value was not given), or not at all. Of the entries that
fit surely the most specific wins: the one that names a subset of the other in every dimension. What
no entry speaks of is `unknown`, never `no`; entries that contradict each other with neither being
the narrower, and entries that perhaps fit and say otherwise, make the answer `unknown` too.
"""

import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Literal

from attrs import field, frozen

Needed = Literal["yes", "no", "unknown"]
_MODIFIER = 2
_SHAPE = re.compile(r"([A-Z]*)([0-9]+)([A-Z]*)")


@frozen(kw_only=True)
class CodeSpan:
    """A procedure code, or all codes from one to another of the same form."""

    first: str
    last: str

    @classmethod
    def parse(cls, text: str) -> "CodeSpan":
        """Read `73721` or `73718-73723`.

        Raises:
            ValueError: a range whose ends differ in more than digits, or run backwards.
        """
        first, dash, last = (part.strip().upper() for part in str(text).partition("-"))
        return cls.between(first, last if dash else first)

    @classmethod
    def between(cls, first: str, last: str) -> "CodeSpan":
        """Return the codes from one to another; raises as `parse`."""
        found = cls(first=first, last=last)
        if not (first.isalnum() and first.isascii() and last.isalnum() and last.isascii()):
            raise ValueError("a code is letters and digits, without modifiers")
        if first != last and len(last) == _MODIFIER < len(first):
            raise ValueError("a code stands without modifiers, which no entry asks about")
        if first != last and (_form(first) != _form(last) or first > last):
            raise ValueError("a range runs upwards between codes that differ in digits only")
        return found

    def holds(self, other: "CodeSpan") -> bool:
        """Tell whether every code of another span is in this one."""
        return self._alike(other) and self.first <= other.first and other.last <= self.last

    def meets(self, other: "CodeSpan") -> bool:
        """Tell whether any code is in both."""
        return self._alike(other) and self.first <= other.last and other.first <= self.last

    def _alike(self, other: "CodeSpan") -> bool:
        return _form(self.first) == _form(other.first)

    def is_covered_by(self, spans: Sequence["CodeSpan"]) -> bool:
        """Tell whether every code of this span is in one of several, which may lie side by side."""
        if any(span.holds(self) for span in spans):
            return True
        near = [span for span in spans if self.meets(span)]
        pairs = sorted((_number(span.first), _number(span.last)) for span in near)
        reached = _number(self.first)
        for low, high in pairs:
            if low > reached:
                return False
            reached = max(reached, high + 1)
        return reached > _number(self.last)

    def __str__(self) -> str:
        return self.first if self.first == self.last else f"{self.first}-{self.last}"


def _number(code: str) -> int:
    found = _SHAPE.fullmatch(code)
    return int(found[2]) if found else 0


def _form(code: str) -> tuple[str, int, str]:
    """Return what the codes of a range share: 0042T is not between 0001U and 0473U."""
    found = _SHAPE.fullmatch(code)
    return (found[1], len(found[2]), found[3]) if found else (code, 0, "")


@frozen(kw_only=True)
class Ages:
    """Ages in full years, both ends included; None is open."""

    low: int | None = None
    high: int | None = None

    def holds(self, other: "Ages") -> bool:
        """Tell whether every age of another range is in this one."""
        return (self.low or 0) <= (other.low or 0) and (
            self.high is None or (other.high is not None and other.high <= self.high)
        )


@frozen(kw_only=True)
class Reviewer:
    """Who reviews: the identifier for 2010A NM109, a name, and the mailbox that reaches them.

    Attributes:
        source: who says so, where it is not the entry's own source.
    """

    umo: str | None = None
    name: str | None = None
    mailbox: str | None = None
    source: str | None = None


@frozen(kw_only=True)
class Document:
    """A document that the request announces in PWK; any one of `reports` (PWK01) will do."""

    reports: tuple[str, ...]
    name: str = ""
    level: Literal["event", "service", "any"] = "any"
    required: bool = True

    def __str__(self) -> str:
        codes = " or ".join(self.reports)
        return f"document PWK01 {codes}" + (f" ({self.name})" if self.name else "")


@frozen(kw_only=True)
class Question:
    """An answer that the request carries.

    Attributes:
        path: a field of the request record, `event.home_health.prognosis`; or
        label: a name in the message, which then reads `LABEL=answer; LABEL=answer`.
    """

    path: tuple[str, ...] = ()
    label: str = ""
    name: str = ""
    required: bool = True

    def __str__(self) -> str:
        what = f"field {'.'.join(self.path)}" if self.path else f"{self.label}= in the message"
        return what + (f" ({self.name})" if self.name else "")


@frozen(kw_only=True)
class StepTherapy:
    """Earlier treatments that the message must tell of: how many, and what of each."""

    count: int = 1
    fields: tuple[str, ...] = ("drug", "dose", "duration", "outcome")


@frozen(kw_only=True)
class Requirement:
    """One entry: a set of services, and what the payer says of it.

    Attributes:
        needed: whether these services need authorization.
        source: document and section; `last_verified` the day a person last compared it.
        profile: id of the profile that says it.
    """

    id: str
    profile: str
    needed: bool
    source: str
    last_verified: date
    procedures: tuple[CodeSpan, ...] = ()
    service_types: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    plans: tuple[str, ...] = ()
    ages: Ages | None = None
    starts: date | None = None
    ends: date | None = None
    reviewer: Reviewer | None = None
    documents: tuple[Document, ...] = ()
    questions: tuple[Question, ...] = ()
    steps: StepTherapy | None = None
    confidence: str = "unknown"
    note: str = ""

    @property
    def window(self) -> str:
        """The dates of service it holds for, in words; "" when it has no limits."""
        if self.starts and self.ends:
            return f"from {self.starts} to {self.ends}"
        return f"from {self.starts} on" if self.starts else f"until {self.ends}" * bool(self.ends)


@frozen(kw_only=True)
class Requirements:
    """What a profile says of services.

    Attributes:
        payers: identifiers (2010A NM109) it speaks for; empty is every one.
        stale_after: days after which an entry should be compared with its source again.
        reviewer: who reviews where an entry names nobody else.
    """

    profile: str
    entries: tuple[Requirement, ...] = ()
    payers: tuple[str, ...] = ()
    stale_after: int | None = None
    reviewer: Reviewer | None = None

    def speak_for(self, payer: str | None) -> bool:
        """Tell whether a request to this payer is meant."""
        return not self.payers or (payer or "").upper() in {each.upper() for each in self.payers}


@frozen(kw_only=True)
class Query:
    """What is asked about: one service; None is not known."""

    day: date
    procedure: CodeSpan | None = None
    service_type: str | None = None
    place: str | None = None
    plan: str | None = None
    age: int | None = None


@frozen(kw_only=True)
class Answer:
    """Whether a service needs authorization.

    Attributes:
        entries: those that decide, or between which nothing decides.
        reason: one sentence.
        ask: what is not known and could change the answer or the documents: `plan` …
    """

    needed: Needed
    reason: str
    entries: tuple[Requirement, ...] = ()
    ask: tuple[str, ...] = ()
    reviewers: tuple[Reviewer, ...] = field(init=False)

    @reviewers.default
    def _reviewers(self) -> tuple[Reviewer, ...]:
        found = (entry.reviewer for entry in self.entries if self.needed == "yes")
        return tuple(dict.fromkeys(each for each in found if each))


def decide(requirements: Requirements, query: Query) -> Answer:
    """Say whether a service needs authorization, by which entries, or why that is unknown."""
    fits = [(entry, _fit(entry, query)) for entry in requirements.entries]
    sure = [entry for entry, fit in fits if fit]
    top = [e for e in sure if not any(_narrower(other, e, query) for other in sure)]
    perhaps = [e for e, fit in fits if fit is None]
    rivals = [e for e in perhaps if not any(_narrower(other, e, query) for other in sure)]
    ask = tuple(dict.fromkeys(name for entry in rivals for name in _unknown(entry, query)))
    if not top:
        reason = _silence(requirements, query)
        if rivals:
            reason = f"it depends on what was not given: {', '.join(ask)}"
        return Answer(needed="unknown", reason=reason, entries=tuple(rivals), ask=ask)
    verdicts = {entry.needed for entry in top}
    if len(verdicts) > 1:
        reason = "entries contradict each other, and none is more specific than the other"
        return Answer(needed="unknown", reason=reason, entries=tuple(top), ask=ask)
    others = [entry for entry in rivals if entry.needed not in verdicts]
    if others:
        reason = f"it depends on what was not given: {', '.join(ask)}"
        return Answer(needed="unknown", reason=reason, entries=(*top, *others), ask=ask)
    names = ", ".join(entry.id for entry in top)
    needed: Needed = "yes" if verdicts == {True} else "no"
    return Answer(needed=needed, reason=f"{names} says so", entries=tuple(top), ask=ask)


def _silence(requirements: Requirements, query: Query) -> str:
    """Say why no entry speaks of a service: there is none, or none in force on its day."""
    others = [
        f"{entry.id} holds {entry.window}"
        for entry in requirements.entries
        if not _in_force(entry, query) and False not in _judged(entry, query)
    ]
    if others:
        return f"no entry is in force on {query.day}: {', '.join(others)}"
    return "no entry speaks of this service"


def _in_force(entry: Requirement, query: Query) -> bool:
    return (not entry.starts or entry.starts <= query.day) and (
        not entry.ends or query.day <= entry.ends
    )


def _judged(entry: Requirement, query: Query) -> list[bool | None]:
    return [judge(entry, query) for judge in _DIMENSIONS.values()]


def _fit(entry: Requirement, query: Query) -> bool | None:
    """Tell whether an entry is about the service; None if that depends on what is not known."""
    if not _in_force(entry, query):
        return False
    found = _judged(entry, query)
    return False if False in found else None if None in found else True


def _unknown(entry: Requirement, query: Query) -> list[str]:
    return [name for name, judge in _DIMENSIONS.items() if judge(entry, query) is None]


def _procedure(entry: Requirement, query: Query) -> bool | None:
    asked = query.procedure
    if not entry.procedures:
        return True
    if asked is None:
        return None
    if asked.is_covered_by(entry.procedures):
        return True
    return None if any(span.meets(asked) for span in entry.procedures) else False


def _listed(values: Sequence[str], asked: str | None) -> bool | None:
    if not values:
        return True
    return None if asked is None else _plain(asked) in map(_plain, values)


def _plain(value: str) -> str:
    """Return a value as it is compared: a plan is the same in capitals or not."""
    return " ".join(value.casefold().split())


def _age(entry: Requirement, query: Query) -> bool | None:
    if entry.ages is None:
        return True
    if query.age is None:
        return None
    return entry.ages.holds(Ages(low=query.age, high=query.age))


_DIMENSIONS: dict[str, Callable[[Requirement, Query], bool | None]] = {
    "procedure": _procedure,
    "service type": lambda entry, query: _listed(entry.service_types, query.service_type),
    "place of service": lambda entry, query: _listed(entry.places, query.place),
    "plan": lambda entry, query: _listed(entry.plans, query.plan),
    "age": _age,
}


def _narrower(one: Requirement, other: Requirement, query: Query) -> bool:
    """Tell whether an entry is the more specific, for this service."""
    return _within(one, other, query) and not _within(other, one, query)


def _within(one: Requirement, other: Requirement, query: Query) -> bool:
    """Tell whether an entry is at least as narrow as another in every dimension."""
    return (
        _spans_within(_spans(one, query), _spans(other, query))
        and _values_within(one.service_types, other.service_types, query.service_type)
        and _values_within(one.places, other.places, query.place)
        and _values_within(one.plans, other.plans, query.plan)
        and (other.ages is None or (one.ages is not None and other.ages.holds(one.ages)))
    )


def _spans(entry: Requirement, query: Query) -> tuple[CodeSpan, ...]:
    """Return the spans that matter: those the service is in, or all if its code is not known."""
    asked = query.procedure
    return tuple(span for span in entry.procedures if asked is None or span.meets(asked))


def _spans_within(one: Sequence[CodeSpan], other: Sequence[CodeSpan]) -> bool:
    if not other:
        return True
    return bool(one) and all(any(wide.holds(span) for wide in other) for span in one)


def _values_within(one: Sequence[str], other: Sequence[str], asked: str | None) -> bool:
    """Compare lists of values; of a known value both name it, whatever else they list."""
    if not other:
        return True
    return bool(one) and (asked is not None or set(one) <= set(other))
