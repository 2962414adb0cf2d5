"""Judge rules across segments while a transaction set is walked.

The walker hands over each watched segment as it passes (`Captured`) and says when an instance of a
scope loop ends. Then the rules of that scope are judged on the segments captured since the instance
began, and on those of the loops around it; afterwards what nobody needs any more is dropped. So
memory depends on the size of one scope, not of the set.
"""

from collections.abc import Callable, Container, Mapping
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import Any

from x12_pa.guides.checks import Unknown
from x12_pa.guides.model import LoopUse
from x12_pa.guides.nesting import inside
from x12_pa.guides.situation import Situation, rivalry, searching
from x12_pa.guides.situations import Situations
from x12_pa.syntax import Delimiters
from x12_pa.validation.breaches import Breaches, Captured, Here
from x12_pa.validation.harmless import EVERYTHING, NOTHING, Harmless
from x12_pa.validation.partner_state import Surroundings
from x12_pa.validation.report import Reporter
from x12_pa.validation.views import RuleView

# How many texts a rule remembers as right, at most.
_REMEMBERED = 20_000
_ENOUGH: Mapping[str, Callable[[int], bool]] = {
    "any_of": lambda there: there > 0,
    "exclusive": lambda there: there < 2,
    "one_of": lambda there: there == 1,
}
_LONGEST_PLAN, _MOST_PLANS = 100, 2_000
_Plan = tuple[tuple[Situation, ...], bool, bool]
_WAKES = "wakes"
_SUMS = 3  # SNIP type; a sum that does not agree says nothing against another one


class Judge:
    """The captured segments of one transaction set, and the rules that wait for them.

    Attributes:
        captured: the segments, for the walker to add to.
        starts: for each open scope how many were captured, and how many errors there were, before.
        known: texts that need not be captured, by `id()` of their use: they are right, or the
            rules that look at them sleep.
        fresh: how many were captured with the last one whose text was not known to be right.
    """

    def __init__(
        self,
        situations: Situations,
        marks: Delimiters,
        around: Surroundings,
        reporter: Reporter,
        here: Here,
    ) -> None:
        """Start with nothing captured."""
        self.situations = situations
        self.captured: list[Captured] = []
        self._marks = marks
        self._around = around
        self._reporter = reporter
        self._here = here
        self._breaches = Breaches(reporter, marks, here)
        self.starts: list[tuple[int, int]] = [(0, reporter.errors)]
        self.fresh = 0
        self._carriers: dict[int, Captured] = {}
        self._over: dict[int, int] = {}
        # What is worked out once for a file: searches by scope, plans by what a scope holds.
        self._searches: dict[Any, Any] = around.memory(situations, "@file")
        self._unsure = False
        self._right: dict[int, dict[Any, Any]] = {}
        self._sleep: dict[int, Container[object]] = {
            use: self._harmless(situation) for use, situation in situations.alone.items()
        }
        self._sleep |= dict.fromkeys(situations.sleepers, NOTHING)
        self.known = dict(self._sleep)

    def _harmless(self, situation: Situation | None) -> Container[object]:
        """Return the texts of a use that one rule looks at, or that only sleeping rules do."""
        if situation is None:
            return EVERYTHING
        right = self._remembered(situation)
        if situation.rivals is None:
            return right
        return Harmless(rivalry(situation.rivals, self._marks), right)

    def met(self, item: Captured) -> None:
        """Note that the segment captured last is not known to be right; it may wake rules."""
        self.fresh, use = len(self.captured), id(item.use)
        rules = self.situations.sleepers.get(use)
        if rules is None:
            return
        search = self._searches.get((_WAKES, use))
        if search is None:
            search = searching([rule.probe for rule in rules if rule.probe], self._marks, use)
            self._searches[_WAKES, use] = search
        if search(item.text):
            for rule in (rule for rule in rules if self._is_roused(rule, item)):
                self.known.update(dict.fromkeys(rule.sleeps, NOTHING))

    def again(self) -> None:
        """Start with nothing captured in the next set of the same group."""
        self.known.update(self._sleep)
        self.captured.clear()
        self.starts[:] = [(0, self._reporter.errors)]
        self.fresh = 0
        self._carriers.clear()
        self._over.clear()

    def begin(self) -> None:
        """Note that an instance of a scope loop begins."""
        self.starts.append((len(self.captured), self._reporter.errors))

    def end(self, loop: LoopUse) -> None:
        """Judge the rules of a scope loop whose instance ends."""
        start, errors = self.starts.pop() if self.starts else (0, 0)
        captured, key = self.captured, id(loop)
        here = [id(item.use) for item in captured[start:]]
        rules, rouses, prunes = self._searches.get((key, *here)) or self._plan(key, here)
        for situation in rules:
            self._consider(situation, start, errors)
        if rouses:
            self._rouse(key, start, errors)
        if prunes:
            kept, carried = self.situations.kept[key], self.situations.carried
            if (kept and not kept.isdisjoint(here)) or not carried.keys().isdisjoint(here):
                captured[start:] = [
                    item
                    for use, item in zip(here, captured[start:], strict=True)
                    if use in kept or (use in carried and self._carries(item))
                ]
            else:
                del captured[start:]
            self.fresh = min(self.fresh, len(captured))
        if self._over or key in self.situations.owners:
            self._pass(key)

    def _plan(self, key: int, here: list[int]) -> _Plan:
        """Return what is to be done when a scope ends that holds segments of these uses.

        That is the same for all that hold the same, and few files hold many kinds; so rules that
        these uses alone show to be kept are looked at once.
        """
        situations = self.situations
        rules = tuple(rule for rule in situations.plain[key] if not _surely_kept(rule, here))
        rouses = not set(situations.probed.get(key, ())).isdisjoint(here)
        plan = rules, rouses, not situations.kept[key].issuperset(here)
        if len(here) <= _LONGEST_PLAN and len(self._searches) < _MOST_PLANS:
            self._searches[(key, *here)] = plan
        return plan

    def _pass(self, key: int) -> None:
        """Remember that what is captured so far belongs to instances of a loop that are over."""
        size = len(self.captured)
        for loop, passed in self._over.items():
            if passed > size:
                self._over[loop] = size
        if key in self.situations.owners:
            self._over[key] = size

    def _carries(self, item: Captured) -> bool:
        """Add an amount to those before it; True for the segment that carries them from now on.

        An amount that cannot be read is an error of its own, and then no sum over it is judged.
        """
        element = self.situations.carried[id(item.use)]
        carrier = self._carriers.get(id(item.use))
        if carrier is item:
            return True
        try:
            amount = Decimal(item.text.split(self._marks.element)[element])
            before = carrier.text.rpartition(self._marks.element)[2] if carrier else "0"
            text = f"{amount + Decimal(before):f}"
        except (IndexError, InvalidOperation):
            return False
        added = self._marks.element.join([item.use.id, *[""] * (element - 1), text])
        if carrier is not None:
            carrier.text = added
            return False
        self._carriers[id(item.use)] = item
        item.text = added
        return True

    def _rouse(self, key: int, start: int, errors: int) -> None:
        """Judge the rules of a scope for which one of its segments has a value they wait for."""
        searches = self._searches.get(key)
        if searches is None:
            searches = self._searches[key] = self._compiled(key)
        found = [
            item
            for item in self.captured[start:]
            if (search := searches.get(id(item.use))) is not None and search(item.text)
        ]
        if not found:
            return
        roused: dict[Situation, list[Captured]] = {}
        cells: dict[Situation, tuple[str, ...]] = {}
        for item in found:
            for situation in self.situations.probed[key][id(item.use)]:
                if situation.cell is not None and situation not in cells:
                    cells[situation] = self._values(situation.cell, start)
                if cells.get(situation) in self._remembered(situation):
                    continue
                if self._is_roused(situation, item):
                    roused.setdefault(situation, []).append(item)
        for situation, values in cells.items():
            right = self._remembered(situation)
            if situation not in roused and len(right) < _REMEMBERED:
                right[values] = None
        for situation, items in roused.items():
            if situation.only_if_clean and not self._clean(situation, errors):
                continue
            before = self._said()
            for item in items if situation.singly else items[:1]:
                self._judge(situation, start, item if situation.singly else None)
            right, kept = self._remembered(situation), self._said() == before and not self._unsure
            if situation in cells and kept and len(right) < _REMEMBERED:
                right[cells[situation]] = None

    def _values(self, cell: tuple[int, int], start: int) -> tuple[str, ...]:
        """Return what an element holds in each segment of a use in the scope."""
        use, number = cell
        mark = self._marks.element
        split = (i.text.split(mark, number + 1) for i in self.captured[start:] if id(i.use) == use)
        return tuple(parts[number] if number < len(parts) else "" for parts in split)

    def _said(self) -> int:
        """Return a number that grows with everything that is reported."""
        reporter = self._reporter
        return reporter.errors + reporter.warnings + len(reporter.findings) + reporter.unlisted

    def _is_roused(self, situation: Situation, item: Captured) -> bool:
        """Tell whether one segment can make a rule apply; what cannot be decided can."""
        view = RuleView(situation, [item], 0, {}, self._marks, self._around)
        try:
            return situation.probe is not None and situation.probe.test(view)
        except Unknown:
            return True

    def _compiled(self, key: int) -> dict[int, Callable[[str], object]]:
        """Return for each use what finds the texts that some rule of a scope waits for."""
        return {
            use: searching([rule.probe for rule in rules if rule.probe], self._marks, use)
            for use, rules in self.situations.probed[key].items()
        }

    def _consider(self, situation: Situation, start: int, errors: int) -> None:
        """Judge a rule unless it is plain that it holds."""
        if situation.only_if_clean and not self._clean(situation, errors):
            return
        sums, rivals = situation.sums, situation.rivals
        if sums:
            kept = self._balanced(sums, start)
        elif rivals:
            kept = self._alone(rivals, start)
        else:
            kept = self._kept(situation, start)
        if not kept:
            self._judge(situation, start)

    def _clean(self, situation: Situation, errors: int) -> bool:
        """Tell whether no error stands where a rule looks: in its scope, or in what it sees around.

        Args:
            errors: how many there were when the scope began.
        """
        if self._reporter.errors == 0:
            return True
        if self._reporter.errors != errors:
            return False
        outside = {
            place.use.id
            for found in situation.watched.values()
            for place in found
            if not inside(place.loop, situation.scope)
        }
        if not outside or not self.starts:
            return True
        since = self._reporter.errors - self.starts[-1][1]
        recent = (f for f in reversed(self._reporter.findings) if f.severity == "error")
        nearest = max((c.number for c in self.captured if c.use.id in outside), default=0)
        return not any(
            f.segment in outside and f.snip != _SUMS and (f.segment_number or 0) >= nearest
            for f in islice(recent, since)
        )

    def _balanced(self, sums: Mapping[int, tuple[tuple[int, int], ...]], start: int) -> bool:
        """Tell quickly whether the amounts of a plain balance add up, or none are given."""
        mark = self._marks.element
        total: Decimal | int | None = None
        summed: Decimal | int = 0
        try:
            for item in self.captured[start:]:
                for element, sign in sums.get(id(item.use), ()):
                    parts = item.text.split(mark, element + 1)
                    if element < len(parts) and (text := parts[element]):
                        amount = int(text) if text.isdecimal() else Decimal(text)
                        if sign > 0:
                            summed += amount
                        elif sign:
                            summed -= amount
                        else:
                            total = amount
        except InvalidOperation:
            return False
        return total is None or total == summed

    def _alone(self, rivals: Mapping[int, tuple[tuple[int, int], ...]], start: int) -> bool:
        """Tell quickly whether at most one of some elements that exclude each other is there."""
        mark = self._marks.element
        there: set[int] = set()
        for item in self.captured[start:]:
            if found := rivals.get(id(item.use)):
                parts = item.text.split(mark)
                there.update(n for n, at in found if at < len(parts) and parts[at])
        return len(there) < 2

    def _remembered(self, situation: Situation) -> dict[Any, Any]:
        """Return the texts that are known to be right for a rule; they last for a group."""
        right = self._right.get(id(situation))
        if right is None:
            right = self._right[id(situation)] = self._around.memory(situation, "GS")
        return right

    def _kept(self, situation: Situation, start: int) -> bool:
        """Tell quickly whether a rule is surely kept; most are, most of the time."""
        if situation.texts is None:
            return False
        right = self._remembered(situation)
        fresh = [
            item.text
            for item in self.captured[start:]
            if id(item.use) in situation.texts and item.text not in right
        ]
        if not fresh:
            return True
        before = self._said()
        self._judge(situation, start)
        if self._said() == before and len(right) < _REMEMBERED and not self._unsure:
            right.update(dict.fromkeys(fresh))
        return True

    def _judge(self, situation: Situation, start: int, alone: Captured | None = None) -> None:
        """Judge a rule in its scope, or on one segment of it."""
        self._unsure = False
        seen, begin = ([alone], 0) if alone else (self.captured, start)
        view = RuleView(situation, seen, begin, self._over, self._marks, self._around)
        try:
            if situation.when is not None and not situation.when(view):
                return
            for check in situation.checks:
                for breach in check.breaches(view):
                    scope = self.captured[start:]
                    self._breaches.add(situation, check, breach, view, scope, alone)
        except Unknown as problem:
            self._unsure = True
            self._reporter.undecided(
                situation.id, situation.source, str(problem), self._here(), problem.remedy
            )


def _surely_kept(situation: Situation, here: list[int]) -> bool:
    """Tell whether segments of these uses, whatever their texts, cannot break a rule."""
    if situation.wakes is not None and situation.wakes.isdisjoint(here):
        return True
    if situation.presences is not None:
        there = sum(not uses.isdisjoint(here) for uses in situation.presences)
        return _ENOUGH[situation.checks[0].operator](there)
    if situation.few is None:
        return False
    uses, most = situation.few
    return sum(use in uses for use in here) <= most
