"""Whether authorization is required, from statements that differ in what they hold for.

Each EB with EB11 is one statement with a scope. Those that contradict what is asked (another
network, another place of service, other modifiers, other days) do not count. Of the rest, a more
specific one replaces a less specific one wherever it holds for all that the other holds for:
dependent before subscriber, procedure before service type, the asked place or network before any.
What is left is not collapsed: statements that agree give the answer, statements that differ leave
"unknown" together with what would decide between them.

A "no" without dates holds for the days that the answer speaks for, like the coverage: of another
day it leaves "unknown", and what it depends on is the date.

A statement about the plan as a whole is no answer about one service, whichever way it points: it is
a hint, and so is free text.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date

from x12_pa.eligibility import codes
from x12_pa.eligibility.records import (
    Ask,
    Authorization,
    Hint,
    Network,
    Required,
    Scope,
    Statement,
)
from x12_pa.eligibility.rows import Row, fit_of, names_service
from x12_pa.eligibility.windows import window_of
from x12_pa.models.codecs import Period
from x12_pa.models.eligibility_parts import DatedFact

_SERVICE_RANK = {"plan": 0, "service type": 1, "procedure": 2}

_ABOUT = re.compile(
    r"\b((pre|prior)[- ]?(auth|cert|approv|determin)\w*|authoriz\w*|auth|"
    r"pa(?= (is )?(not )?(req|need)))\b",
    re.I,
)
_NEGATED = re.compile(r"\b(not|no|without|never|waived)\b|n't\b", re.I)
_DEMANDED = re.compile(r"\b(req('?d|uired?|uires)?|must|need(ed|s)?|necessary|mandatory)\b", re.I)
_LIMITED = re.compile(r"\b(but|unless|except\w*|if|only|when|until|after|over|outside)\b", re.I)


def authorization(
    rows: Sequence[Row],
    ask: Ask,
    on: date,
    *,
    spoken: Period | None = None,
    dates: Sequence[DatedFact] = (),
) -> Authorization:
    """Return what the statements of one plan say about authorization for a service on a day.

    Args:
        rows: the statements.
        spoken: the day or days that a statement without dates speaks for; any when left out.
        dates: those that hold for every benefit of the patient.
    """
    counting, hints = [], []
    sources: list[Row] = []
    for row in rows:
        said = codes.REQUIRED.get(row.benefit.authorization or "")
        fit = fit_of(row.benefit, ask) if said or row.benefit.messages else None
        if fit is None or not _in_force(row, on):
            continue
        scope = row.scope(fit)
        if not _possible(scope, ask):
            continue
        hints += _messages(row)
        if said is None:
            continue
        if names_service(fit, ask):
            if said == "no" and row.benefit.information in codes.UNPAID:
                said = "unknown"
            counting.append(Statement(required=said, scope=scope, evidence=row.place()))
            sources.append(row)
        else:
            hints.append(Hint(kind="plan-wide", says=said, evidence=row.place()))
    kept = [one for one in counting if not _replaced(one, counting, ask)]
    required, depends = _verdict(kept, ask)
    if required == "no" and spoken is not None:
        told = zip(counting, sources, strict=True)
        speaking = [o for o, row in told if o in kept and _speaks_for(row, dates, on, spoken)]
        if _verdict(speaking, ask)[0] != "no":
            required, depends = "unknown", ("date",)
    return Authorization(
        required=required,
        statements=tuple(kept),
        replaced=tuple(one for one in counting if one not in kept),
        depends_on=depends,
        hints=tuple(hints),
        numbers=_numbers(rows, ask, on),
    )


def _in_force(row: Row, on: date) -> bool:
    return window_of(row.benefit.dates).holds(on)


def _speaks_for(row: Row, dates: Sequence[DatedFact], on: date, spoken: Period) -> bool:
    """Say whether a statement holds for a day: by its dates, the patient's, or the answer's."""
    if spoken.start <= on <= spoken.last:
        return True
    window = window_of(row.benefit.dates)
    if window.empty:
        window = window_of(dates, skip=frozenset({codes.SERVICE_DATE}))
    open_ended = window.ends is None and (window.vague or window.begins is None)
    return window.holds(on) and not open_ended


def _possible(scope: Scope, ask: Ask) -> bool:
    """Say whether a statement does not contradict what is known of the service."""
    if ask.network and scope.network in ("in", "out") and scope.network != ask.network:
        return False
    return not (ask.place and scope.places and ask.place not in scope.places)


def _replaced(one: Statement, others: Iterable[Statement], ask: Ask) -> bool:
    return any(_specific(other.scope, one.scope, ask) for other in others)


def _specific(a: Scope, b: Scope, ask: Ask) -> bool:
    """Say whether `a` is more specific than `b` and holds wherever `b` holds for this service.

    Who and which service come first; network and place decide between equals.
    """
    named, other = _named(a), _named(b)
    if named == other:
        named, other = _sides(a, ask), _sides(b, ask)
    finer = named != other and all(x >= y for x, y in zip(named, other, strict=True))
    return finer and _covers(a, b, ask)


def _named(scope: Scope) -> tuple[int, ...]:
    return int(scope.level == "dependent"), _SERVICE_RANK[scope.service], len(scope.modifiers)


def _sides(scope: Scope, ask: Ask) -> tuple[int, ...]:
    network = bool(ask.network) and scope.network in ("in", "out")
    return int(network), int(bool(ask.place) and bool(scope.places))


def _covers(a: Scope, b: Scope, ask: Ask) -> bool:
    network = bool(ask.network) or a.network in (None, "any") or a.network == b.network
    inside = not a.places or (bool(b.places) and set(b.places) <= set(a.places))
    condition = not a.conditions or a.conditions == b.conditions
    return network and (bool(ask.place) or inside) and condition


def _verdict(kept: Sequence[Statement], ask: Ask) -> tuple[Required, tuple[str, ...]]:
    said = {one.required for one in kept}
    if not said:
        return "not said", ()
    if len(said) == 1:
        required = next(iter(said))
        missing = _uncovered(kept, ask) if required == "no" else ()
        return ("unknown", missing) if missing else (required, ())
    scopes = [one.scope for one in kept]
    differing = {
        "network": len({scope.network for scope in scopes}) > 1 and not ask.network,
        "place": len({scope.places for scope in scopes}) > 1 and not ask.place,
        "condition": len({scope.conditions for scope in scopes}) > 1,
        "service": len({(scope.service, scope.modifiers) for scope in scopes}) > 1,
        "level": len({scope.level for scope in scopes}) > 1,
    }
    return "unknown", tuple(name for name, yes in differing.items() if yes) or ("contradiction",)


def _uncovered(kept: Sequence[Statement], ask: Ask) -> tuple[str, ...]:
    """Return what must be known before a "no" may be relied on: its limits that are not asked.

    Each side of the network that matters needs a "no" for every place and without conditions.
    """
    at_places = [one for one in kept if one.scope.places and not ask.place]
    conditional = [one for one in kept if one.scope.conditions]
    whole = [one for one in kept if one not in at_places and one not in conditional]
    if whole and not _bounded({one.scope.network for one in whole}, ask):
        return ()
    missing = {
        "network": _bounded({one.scope.network for one in kept}, ask),
        "place": bool(at_places),
        "condition": bool(conditional),
    }
    return tuple(name for name, yes in missing.items() if yes)


def _bounded(networks: set[Network | None], ask: Ask) -> bool:
    """Say whether statements leave open what holds on the side of the network that matters."""
    if networks & {None, "any"} or {"in", "out"} <= networks:
        return False
    return not ask.network or ask.network not in networks


def _messages(row: Row) -> list[Hint]:
    found = []
    for number, message in enumerate(row.benefit.messages):
        if says := reading(message.text):
            place = row.place(f"messages[{number}]")
            found.append(Hint(kind="message", says=says, text=message.text, evidence=place))
    return found


def reading(text: str) -> str:
    """Return how free text speaks of authorization: "yes", "no", "mentions", or "" for not at all.

    A hint for a person: free text is never turned into the answer. A "no" with a condition is none.
    """
    if not _ABOUT.search(text):
        return ""
    if _DEMANDED.search(text):
        if not _NEGATED.search(text):
            return "yes"
        return "mentions" if _LIMITED.search(text) else "no"
    return "mentions"


def _numbers(rows: Iterable[Row], ask: Ask, on: date) -> tuple[tuple[str, str], ...]:
    return tuple(
        (number.type, number.value)
        for row in rows
        if row.benefit.identifiers and _in_force(row, on)
        if names_service(fit_of(row.benefit, ask), ask)
        for number in row.benefit.identifiers
        if number.type in codes.HELD_NUMBERS
    )
