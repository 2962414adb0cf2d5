"""Judge rules across segments while a transaction set is walked.

The walker hands over each watched segment as it passes (`Captured`) and says when an instance of a
scope loop ends. Then the rules of that scope are judged on the segments captured since the instance
began, and on those of the loops around it; afterwards what nobody needs any more is dropped. So
memory depends on the size of one scope, not of the set.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import Any

from attrs import define

from x12_pa.guides.checks import Breach, Found, Unknown
from x12_pa.guides.hooks import Hooks
from x12_pa.guides.model import LoopUse, SegmentUse
from x12_pa.guides.paths import Place as Path
from x12_pa.guides.paths import envelope_element, other_message
from x12_pa.guides.situations import Situation, Situations
from x12_pa.guides.state_checks import ANSWERS, keys_at
from x12_pa.syntax import Block, Delimiters
from x12_pa.validation.naming import element_title, quoted
from x12_pa.validation.partner_acks import ack_of
from x12_pa.validation.partner_state import Surroundings
from x12_pa.validation.privacy import HIDDEN, is_private
from x12_pa.validation.report import Place, Reporter


@define(slots=True)
class Captured:
    """A watched segment with its place in the set."""

    use: SegmentUse
    text: str
    number: int
    block: Block
    index: int


# Segment and element that name a business unit in the CTX of a 999. Source: 005010X231A1, CTX01-01.
BUSINESS_UNIT = {"CLM": 1, "TRN": 2}
# How many texts a rule remembers as right, at most.
_REMEMBERED = 20_000
Here = Callable[[], Place]
"""Returns the place where the walker stands, for what is missing altogether."""

_ENOUGH: Mapping[str, Callable[[int], bool]] = {
    "any_of": lambda there: there > 0,
    "exclusive": lambda there: there < 2,
    "one_of": lambda there: there == 1,
}
_SUMS = 3  # SNIP type; a sum that does not agree says nothing against another one


class Judge:
    """The captured segments of one transaction set, and the rules that wait for them."""

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
        self._starts: list[tuple[int, int]] = []
        self._unsure = False
        self._right: dict[int, dict[Any, Any]] = {}
        self.known = {
            use: self._remembered(situation) for use, situation in situations.alone.items()
        }

    def begin(self) -> None:
        """Note that an instance of a scope loop begins."""
        self._starts.append((len(self.captured), self._reporter.errors))

    def end(self, loop: LoopUse) -> None:
        """Judge the rules of a scope loop whose instance ends."""
        start, errors = self._starts.pop() if self._starts else (0, 0)
        captured, key = self.captured, id(loop)
        here = [id(item.use) for item in captured[start:]]
        wakes = self.situations.wakes[key]
        if wakes is None or not wakes.isdisjoint(here):
            for situation in self.situations.by_scope[key]:
                self._consider(situation, start, errors, here)
        if here and not self.situations.kept[key].issuperset(here):
            kept = self.situations.kept[key]
            captured[start:] = [item for item in captured[start:] if id(item.use) in kept]

    def _consider(self, situation: Situation, start: int, errors: int, here: list[int]) -> None:
        """Judge a rule unless it is plain that it holds."""
        if situation.wakes is not None and situation.wakes.isdisjoint(here):
            return
        if situation.only_if_clean and not self._clean(situation, errors):
            return
        sums = situation.sums
        if not (self._balanced(sums, start) if sums else self._kept(situation, start)):
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
            if not _holds(situation.scope, place)
        }
        if not outside or not self._starts:
            return True
        since = self._reporter.errors - self._starts[-1][1]
        recent = (f for f in reversed(self._reporter.findings) if f.severity == "error")
        nearest = max((c.number for c in self.captured if c.use.id in outside), default=0)
        return not any(
            f.segment in outside and f.snip != _SUMS and (f.segment_number or 0) >= nearest
            for f in islice(recent, since)
        )

    def _balanced(self, sums: Mapping[int, tuple[int, int]], start: int) -> bool:
        """Tell quickly whether the amounts of a plain balance add up, or none are given."""
        mark, total, summed = self._marks.element, None, Decimal(0)
        try:
            for item in self.captured[start:]:
                found = sums.get(id(item.use))
                if found is not None:
                    element, sign = found
                    amount = Decimal(item.text.split(mark, element + 1)[element])
                    if sign:
                        summed += amount if sign > 0 else -amount
                    else:
                        total = amount
        except (IndexError, InvalidOperation):
            return False
        return total is None or total == summed

    def _remembered(self, situation: Situation) -> dict[Any, Any]:
        """Return the texts that are known to be right for a rule; they last for a group."""
        right = self._right.get(id(situation))
        if right is None:
            right = self._right[id(situation)] = self._around.memory(situation, "GS")
        return right

    def _kept(self, situation: Situation, start: int) -> bool:
        """Tell quickly whether a rule is surely kept; most are, most of the time."""
        if situation.presences is not None:
            here = [id(item.use) for item in self.captured[start:]]
            there = sum(not uses.isdisjoint(here) for uses in situation.presences)
            return _ENOUGH[situation.checks[0].operator](there)
        if situation.few is not None:
            return len(self.captured) - start <= situation.few
        if situation.needles is not None:
            uses, values = situation.needles
            return not any(
                id(item.use) in uses and any(value in item.text for value in values)
                for item in self.captured[start:]
            )
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
        before = self._reporter.errors + self._reporter.warnings + len(self._reporter.findings)
        self._judge(situation, start)
        after = self._reporter.errors + self._reporter.warnings + len(self._reporter.findings)
        if after == before and len(right) < _REMEMBERED and not self._unsure:
            right.update(dict.fromkeys(fresh))
        return True

    def _judge(self, situation: Situation, start: int) -> None:
        self._unsure = False
        view = _View(situation, self.captured, start, self._marks, self._around)
        try:
            if situation.when is not None and not situation.when(view):
                return
            for check in situation.checks:
                for breach in check.breaches(view):
                    self._report(situation, breach, start, check.operator)
        except Unknown as problem:
            self._unsure = True
            self._reporter.undecided(situation.id, situation.source, str(problem), self._here())

    def _report(self, situation: Situation, breach: Breach, start: int, operator: str) -> None:
        """Turn a breach into a finding at the segment it is about, or where its scope began."""
        item: Captured | None = breach.item
        if item is None and len(self.captured) > start:
            item = self.captured[start]
        path = _first(situation.watched.get(breach.path, ()))
        place = self._place(situation, item)
        element = path.element if path and breach.item is not None else None
        use = path.use if path else None
        segment = use.id if use else (item.use.id if item else None)
        private = (
            use is not None and element is not None and is_private(use, use.elements[element - 1])
        )
        hidden = private and not self._reporter.show_phi
        by_payer = situation.source != "guide"
        self._reporter.add(
            situation.code,
            place,
            segment=segment,
            element=f"{segment}{element:02}" if segment and element else None,
            value=None if hidden else breach.value if element else None,
            phi=private,
            source=situation.source,
            context=self._unit(start),
            severity=situation.severity,
            expected=breach.expected if breach.parts else _sentence(breach.expected),
            said=f"{situation.message} " if situation.message else "",
            parts=breach.parts,
            ref=f"{segment}{element:02}" if segment and element else segment,
            name=element_title(use, use.elements[element - 1]) if use and element else "",
            found=breach.value if breach.value and not hidden else HIDDEN,
            rule=quoted(situation.id, situation.section, situation.message, situation.answer),
            ack=ack_of(operator, path, breach, bool(situation.when)) if by_payer else None,
        )

    def _unit(self, start: int) -> tuple[tuple[str, str], ...]:
        """Name the claim or trace of the scope, where a rule watches it."""
        for item in self.captured[start:]:
            unit = BUSINESS_UNIT.get(item.use.id)
            if unit is not None:
                parts = [*item.text.split(self._marks.element), "", ""]
                return ((f"{item.use.id}{unit:02}", parts[unit]),)
        return ()

    def _place(self, situation: Situation, item: Captured | None) -> Place:
        if item is None:
            return self._here()
        return Place(item.block, item.index, item.number, item.use.parent.path or None)


def _first(paths: Iterable[Path]) -> Path | None:
    return next(iter(paths), None)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


@define
class _View:
    """What one rule sees: the captured segments of its scope and of the loops around it."""

    situation: Situation
    captured: list[Captured]
    start: int
    marks: Delimiters
    around: Surroundings

    def find(self, path: str) -> list[Found]:
        element = envelope_element(path)
        if element is not None:
            value = self.around.envelope.get(element.ref)
            return [(None, value)] if value else []
        found: list[Found] = []
        for place in self.situation.watched.get(path, ()):
            found += self._at(place)
        found.sort(key=lambda pair: pair[0].number)
        return found

    def _at(self, place: Path) -> Iterator[Found]:
        """Yield the values of a place; outside the scope only the nearest one before it counts."""
        inside = _holds(self.situation.scope, place)
        use = place.use
        if inside:
            for item in self.captured[self.start :]:
                if item.use is use:
                    for value in place.values(item.text, self.marks):
                        yield item, value
            return
        for item in reversed(self.captured[: self.start]):
            if item.use is use:
                values = list(place.values(item.text, self.marks))
                for value in values:
                    yield item, value
                if values:
                    return

    def context(self, name: str) -> Any:
        other = other_message(name)
        if other is None:
            return self.around.context(name)
        watched = [p for paths in ANSWERS.values() for p in paths if p in self.situation.watched]
        return self.around.request(keys_at(self, watched)).values(other[1])

    def today(self) -> date:
        return self.around.day()

    @property
    def hooks(self) -> Hooks:
        return self.around.hooks

    def memory(self, owner: Any, scope: str) -> dict[Any, Any]:
        return self.around.memory(owner, scope)


def _holds(scope: LoopUse, place: Path) -> bool:
    loop: LoopUse | None = place.loop
    while loop is not None:
        if loop is scope:
            return True
        loop = loop.parent
    return False
