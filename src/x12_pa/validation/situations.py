"""Judge rules across segments while a transaction set is walked.

The walker hands over each watched segment as it passes (`Captured`) and says when an instance of a
scope loop ends. Then the rules of that scope are judged on the segments captured since the instance
began, and on those of the loops around it; afterwards what nobody needs any more is dropped. So
memory depends on the size of one scope, not of the set.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from attrs import define, field

from x12_pa.guides.checks import Breach, Found, Unknown
from x12_pa.guides.model import LoopUse, SegmentUse
from x12_pa.guides.paths import Place as Path
from x12_pa.guides.paths import envelope_element
from x12_pa.guides.situations import Situation, Situations
from x12_pa.syntax import Block, Delimiters
from x12_pa.validation.elements import is_private
from x12_pa.validation.naming import element_title
from x12_pa.validation.report import HIDDEN, Place, Reporter


@define(slots=True)
class Captured:
    """A watched segment with its place in the set."""

    use: SegmentUse
    text: str
    number: int
    block: Block
    index: int


@define
class Surroundings:
    """What rules may ask about that does not stand in the transaction set.

    Attributes:
        today: the date that windows count from; None leaves such rules undecided.
        known: context by name: `@mode`, `$partner.sender_id` …
        envelope: elements of ISA and GS by reference, blanks taken off.
    """

    today: date | None = None
    known: Mapping[str, Any] = field(factory=dict)
    envelope: dict[str, str] = field(factory=dict)


# Segment and element that name a business unit in the CTX of a 999. Source: 005010X231A1, CTX01-01.
BUSINESS_UNIT = {"CLM": 1, "TRN": 2}
Here = Callable[[], Place]
"""Returns the place where the walker stands, for what is missing altogether."""


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

    def begin(self) -> None:
        """Note that an instance of a scope loop begins."""
        self._starts.append((len(self.captured), self._reporter.errors))

    def end(self, loop: LoopUse) -> None:
        """Judge the rules of a scope loop whose instance ends."""
        start, errors = self._starts.pop() if self._starts else (0, 0)
        clean = self._reporter.errors == errors
        for situation in self.situations.by_scope[id(loop)]:
            sums = situation.sums
            if sums is not None and (not clean or self._balanced(sums, start)):
                continue
            if clean or not situation.only_if_clean:
                self._judge(situation, start)
        kept = self.situations.kept[id(loop)]
        if kept:
            self.captured[start:] = [c for c in self.captured[start:] if id(c.use) in kept]
        else:
            del self.captured[start:]

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

    def _judge(self, situation: Situation, start: int) -> None:
        view = _View(situation, self.captured, start, self._marks, self._around)
        try:
            if situation.when is not None and not situation.when(view):
                return
            for check in situation.checks:
                for breach in check.breaches(view):
                    self._report(situation, breach, start)
        except Unknown as problem:
            self._reporter.undecided(situation.id, situation.source, str(problem), self._here())

    def _report(self, situation: Situation, breach: Breach, start: int) -> None:
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
        said = f"{situation.message} " if situation.message else ""
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
            said=said,
            parts=breach.parts,
            ref=f"{segment}{element:02}" if segment and element else segment,
            name=element_title(use, use.elements[element - 1]) if use and element else "",
            found=breach.value if breach.value and not hidden else HIDDEN,
            rule=situation.id,
            section=situation.section,
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
        if name not in self.around.known:
            raise Unknown(f"{name} is not given")
        return self.around.known[name]

    def today(self) -> date:
        if self.around.today is None:
            raise Unknown("today's date is not given")
        return self.around.today


def _holds(scope: LoopUse, place: Path) -> bool:
    loop: LoopUse | None = place.loop
    while loop is not None:
        if loop is scope:
            return True
        loop = loop.parent
    return False
