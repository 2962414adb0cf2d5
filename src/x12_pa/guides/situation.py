"""One rule across segments in its scope, and what can be told about it before it is judged.

Most rules hold most of the time, and most files never come near them. So a rule says, from its form
alone, when it need not be looked at: which segments could break it (`wakes`), which texts are known
to be right (`texts`), which values make its `when` possible (`probe`). Each of these is
exact in one direction: a rule that is passed over holds.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from itertools import combinations
from operator import itemgetter
from typing import Any

from attrs import define, field, frozen

from x12_pa.guides import expressions
from x12_pa.guides.balances import Balance
from x12_pa.guides.checks import Check, Count, Equals, Sets
from x12_pa.guides.conditions import Condition, condition, positive
from x12_pa.guides.model import LoopUse
from x12_pa.guides.nesting import before, inside, owner
from x12_pa.guides.paths import Place, is_context
from x12_pa.syntax import Delimiters

# Operators that judge each value of one path by itself, whatever stands beside it.
_BY_ITSELF = frozenset(
    ["values", "format", "length", "charset", "date_window", "equals", "differs"]
)


@frozen
class Probe:
    """What a rule waits for in single segments.

    Attributes:
        uses: `id()` of the uses to look in.
        test: the entry of `when` that such a segment must fulfil.
        values: expressions of which a whole element or component must match one.
        places: where such a value stands.
    """

    uses: frozenset[int]
    test: Condition
    values: tuple[str, ...]
    places: tuple[Place, ...]


def searching(probes: Iterable[Probe], marks: Delimiters, use: int) -> Callable[[str], object]:
    """Return what finds, in the text of a segment, a value that some probe waits for.

    It may find what is none, and never misses one.

    Args:
        use: `id()` of the use of the segment.
    """
    values: dict[str, dict[str, None]] = {}
    for probe in probes:
        for place in probe.places:
            if id(place.use) == use:
                values.setdefault(_before(place, marks), {}).update(dict.fromkeys(probe.values))
    options = (f"{before}(?:{'|'.join(wanted)})" for before, wanted in values.items())
    ends = re.escape(marks.element + marks.component + marks.repetition)
    return re.compile(f"(?:{'|'.join(options)})(?=[{ends}]|\\Z)").match


def rivalry(
    rivals: Mapping[int, tuple[tuple[int, int], ...]], marks: Delimiters
) -> Callable[[str], object]:
    """Return what finds two elements that exclude each other in one segment."""
    element = re.escape(marks.element)
    ((*found,),) = rivals.values()
    pairs = combinations(sorted(found, key=itemgetter(1)), 2)
    skip, some = f"{element}[^{element}]*+", f"{element}[^{element}]++"
    options = (
        f"[^{element}]*+(?:{skip}){{{low - 1}}}{some}(?:{skip}){{{high - low - 1}}}{some}"
        for (one, low), (other, high) in pairs
        if one != other
    )
    return re.compile("|".join(options)).match


def _before(place: Place, marks: Delimiters) -> str:
    """Return an expression of what stands before the value of a place in its segment."""
    element, component = re.escape(marks.element), re.escape(marks.component)
    if place.element is None or place.every:
        return f".*?[{element}{component}{re.escape(marks.repetition)}]"
    before = f"[^{element}]*+{element}" * place.element
    return before + f"[^{component}{element}]*+{component}" * ((place.component or 1) - 1)


@define(kw_only=True, eq=False, slots=False)
class Situation:
    """One rule in one scope.

    Attributes:
        id: stable id of the rule.
        code: finding code that reports a breach.
        severity: overrides that of the code when given.
        scope: the loop in whose instances it is judged.
        when: guard; None means always.
        checks: what must hold.
        watched: the places it looks at, by path, as far as they lie in this branch of the guide.
        message: what a person is told; "" means a text made from the breach.
        source: `guide` or `profile:<id>`; `section` says where the rule is written.
        answer: what the partner answers to a breach, as words.
        guard: `when` as written.
        singly: each segment that the rule is about is judged by itself, not the scope as a whole.
    """

    id: str
    code: str
    scope: LoopUse
    checks: tuple[Check, ...]
    watched: Mapping[str, tuple[Place, ...]] = field(repr=False)
    when: Condition | None = None
    severity: str | None = None
    message: str = ""
    source: str = "guide"
    section: str = ""
    answer: str = ""
    guard: Mapping[str, Any] | None = field(default=None, repr=False)
    singly: bool = False

    @cached_property
    def probe(self) -> Probe | None:
        """For a `when` about values in the scope: where such a value stands, and how to tell.

        Judged on a single segment it says whether that one can make the rule apply.
        """
        for path, wanted in (self.guard or {}).items():
            entries = wanted if path == "any" else {path: wanted}
            here = [self.watched.get(name, ()) for name in entries]
            plain = all(here) and all(map(_is_positive, entries.values()))
            found = [place for each in here for place in each]
            if plain and all(inside(place.loop, self.scope) for place in found):
                uses = frozenset(id(place.use) for place in found)
                test = self.when if self.singly and self.when else condition({path: wanted})[0]
                return Probe(uses, test, _alternatives(entries.values()), tuple(found))
        return None

    @cached_property
    def sleeps(self) -> frozenset[int]:
        """The uses that it looks at only after one that its `when` waits for.

        All of them stand behind that one, so until it comes they need not be kept in mind.
        """
        if self.probe is None or self.singly:
            return frozenset()
        first = [place.use for place in self.probe.places]
        rest = {place.use for here in self.watched.values() for place in here} - set(first)
        within = (use for use in rest if inside(use.parent, self.scope))
        return frozenset(
            id(use) for use in within if all(before(early, use, self.scope) for early in first)
        )

    @cached_property
    def triggers(self) -> tuple[tuple[str, Condition], ...]:
        """The entries of `when` one of which made the rule apply: path and test of a value."""
        return tuple(positive(self.guard or {}))

    @cached_property
    def few(self) -> tuple[frozenset[int], int] | None:
        """For a plain count: its uses, and how many of them may come before it is looked at."""
        check = self.checks[0]
        if self.when or len(self.checks) > 1 or not isinstance(check, Count):
            return None
        here = self.watched[check.path]
        if check.low or check.high is None or any(p.every for p in here):
            return None
        plain = all(inside(place.loop, self.scope) for place in here)
        return (frozenset(id(place.use) for place in here), check.high) if plain else None

    @cached_property
    def texts(self) -> frozenset[int] | None:
        """For a check of each value by itself: the uses whose texts can be remembered as right."""
        check = self.checks[0]
        if self.rivals is not None and self.rivals.keys() == {id(self.scope.trigger)}:
            return frozenset(self.rivals)  # each instance of the scope has one such segment
        if self.when or len(self.checks) > 1 or check.operator not in _BY_ITSELF:
            return None
        place = self.watched.get(check.paths[0], ())
        if len(self.watched) != 1 or not all(inside(p.loop, self.scope) for p in place):
            return None
        return frozenset(id(p.use) for p in place) or None

    @cached_property
    def cell(self) -> tuple[int, int] | None:
        """For a check of each value of one element, with a `when` or without: its use, its number.

        What such elements of a scope hold decides whether the rule is kept there.
        """
        if len(self.watched) != 1 or len(self.checks) != 1 or self.singly:
            return None
        (here,) = self.watched.values()
        if self.checks[0].operator not in _BY_ITSELF or len(here) != 1:
            return None
        place = here[0]
        if place.element is None or place.selector or not inside(place.loop, self.scope):
            return None
        return id(place.use), place.element

    @cached_property
    def presences(self) -> tuple[frozenset[int], ...] | None:
        """For a choice between whole segments of the scope: the uses of each alternative."""
        check = self.checks[0]
        if self.when or len(self.checks) > 1 or not isinstance(check, Sets):
            return None
        found: list[frozenset[int]] = []
        for paths in check.sets:
            places = self.watched.get(paths[0], ())
            plain = all(not (p.element or p.selector or p.every) for p in places)
            if len(paths) > 1 or is_context(paths[0]) or not plain:
                return None
            if not all(inside(place.loop, self.scope) for place in places):
                return None
            found.append(frozenset(id(place.use) for place in places))
        return tuple(found)

    @cached_property
    def rivals(self) -> Mapping[int, tuple[tuple[int, int], ...]] | None:
        """For elements of the scope that exclude each other: use -> (number of the set, element).

        Of most segments one glance tells that not two of them are there.
        """
        check = self.checks[0]
        exclusive = isinstance(check, Sets) and check.operator == "exclusive"
        if self.when or len(self.checks) > 1 or not exclusive or any(map(is_context, check.paths)):
            return None
        found: dict[int, tuple[tuple[int, int], ...]] = {}
        for number, path in enumerate(check.paths):
            for place in self.watched.get(path, ()):
                if not place.element or not inside(place.loop, self.scope):
                    return None
                found[id(place.use)] = (*found.get(id(place.use), ()), (number, place.element))
        return found

    @cached_property
    def sums(self) -> Mapping[int, tuple[tuple[int, int], ...]] | None:
        """For a plain balance: `id()` of a use -> (element, sign) pairs, sign 0 being the total.

        Nearly every claim balances, so that is found out without looking at the rule itself.
        """
        check = self.checks[0]
        if self.when or len(self.checks) > 1 or not isinstance(check, Balance):
            return None
        found: dict[int, tuple[tuple[int, int], ...]] = {}
        for part in (check.total, *check.parts):
            sign = 0 if part is check.total else -1 if part.startswith("-") else 1
            for place in self.watched[part.lstrip("-")]:
                plain = place.element and not (place.component or place.selector or place.every)
                if check.where or not plain or not inside(place.loop, self.scope):
                    return None
                pair = (place.element or 0, sign)
                found[id(place.use)] = (*found.get(id(place.use), ()), pair)
        return found

    @cached_property
    def wakes(self) -> frozenset[int] | None:
        """`id()` of the uses one of which must stand in the scope before it can be broken at all.

        None: it must always be judged. Most sums and comparisons are about segments that most
        files do not have, so this saves nearly all of their cost.
        """
        if self.texts is not None:
            return self.texts
        found: set[int] = set()
        for check in self.checks:
            if not isinstance(check, Balance | Equals):
                return None
            paths = check.parts if isinstance(check, Balance) else (check.left,)
            for path in paths:
                places = self.watched.get(path.lstrip("-"), ())
                if not places or not all(inside(p.loop, self.scope) for p in places):
                    return None
                found.update(id(place.use) for place in places)
        return frozenset(found)

    @cached_property
    def owners(self) -> Mapping[int, int]:
        """`id()` of a place around the scope -> `id()` of the loop that owns it."""
        outside = (place for here in self.watched.values() for place in here)
        found = ((place, owner(self.scope, place)) for place in outside)
        return {id(place): id(loop) for place, loop in found if loop is not None}

    @cached_property
    def only_if_clean(self) -> bool:
        """Whether it is judged only where nothing else is wrong: a lost line unbalances a claim."""
        return any(check.operator == "balance" for check in self.checks)


def _is_positive(wanted: Any) -> bool:
    """Tell whether an entry of a `when` holds only by a value that is there."""
    if isinstance(wanted, Mapping):
        return "matches" in wanted or wanted.get("present") is True
    values = wanted if isinstance(wanted, list) else [wanted]
    return all(isinstance(value, str) and not is_context(value) for value in values)


def _alternatives(entries: Iterable[Any]) -> tuple[str, ...]:
    """Return expressions of which a value must match one; any text when nothing is known of it."""
    found: list[str] = []
    for wanted in entries:
        if isinstance(wanted, Mapping):
            text = str(wanted.get("matches", ".*"))
            found.append(expressions.safe_pattern(text, "when"))
        else:
            values = wanted if isinstance(wanted, list) else [wanted]
            found += map(re.escape, values)
    return tuple(dict.fromkeys(found))
