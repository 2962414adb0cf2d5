"""Turn the breach of a rule across segments into a finding, with the context of a 999.

A finding stands at the segment that the breach is about, or where its scope began when that segment
is missing. Beside the business unit its context names what made the rule apply, the *situational
trigger*: the first value in the file that the `when` of the rule waits for. A 999 must tell it
wherever it says that something depends on a situation.

Source: 005010X231A1, CTX01-01 and IK304 `I6`.
"""

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from typing import Protocol

from attrs import define, frozen

from x12_pa.guides.checks import Breach, Check, View
from x12_pa.guides.conditions import fulfils
from x12_pa.guides.model import ElementUse, LoopUse, SegmentUse
from x12_pa.guides.paths import Place as Path
from x12_pa.guides.situation import Situation
from x12_pa.syntax import Block, Delimiters
from x12_pa.validation.naming import element_title, quoted
from x12_pa.validation.partner_acks import ack_of
from x12_pa.validation.privacy import HIDDEN, is_private
from x12_pa.validation.report import Place, Reporter
from x12_pa.validation.results import TRIGGER

# Segment and element that name a business unit in the CTX of a 999. Source: 005010X231A1, CTX01-01.
BUSINESS_UNIT = {"CLM": 1, "TRN": 2}
Here = Callable[[], Place]
"""Returns the place where the walker stands, for what is missing altogether."""


@define(slots=True)
class Captured:
    """A watched segment with its place in the set."""

    use: SegmentUse
    text: str
    number: int
    block: Block
    index: int


class Watcher(Protocol):
    """What is told of the watched segments of a set and of the scopes of rules in it.

    Attributes:
        captured: the segments, added by the walker.
        starts: for each open scope how many were captured, and how many errors there were, before.
        known: texts that need not be captured, by `id()` of their use.
        fresh: how many were captured with the last one whose text was not known to be right.
    """

    captured: list[Captured]
    starts: list[tuple[int, int]]
    known: dict[int, Container[object]]
    fresh: int

    def begin(self) -> None:
        """Note that an instance of a scope loop begins."""

    def end(self, loop: LoopUse) -> None:
        """Note that an instance of a scope loop ends."""

    def met(self, item: Captured) -> None:
        """Note that the segment captured last is not known to be right."""

    def again(self) -> None:
        """Start with nothing captured in the next set of the same group."""


@frozen
class Breaches:
    """Writes the findings of rules across segments for one transaction set."""

    reporter: Reporter
    marks: Delimiters
    here: Here

    def add(
        self,
        situation: Situation,
        check: Check,
        breach: Breach,
        view: View,
        scope: Sequence[Captured],
        alone: Captured | None,
    ) -> None:
        """Add the finding of one breach.

        Args:
            view: what the rule was judged on.
            scope: the captured segments of its scope.
            alone: the only segment that it was judged on, if it was.
        """
        path = next(iter(situation.watched.get(breach.path, ())), None)
        lacking = None if breach.item else _lacking(path, [alone] if alone else scope)
        item: Captured | None = breach.item or lacking or alone or next(iter(scope), None)
        element = path.element if path and (breach.item or lacking) else None
        use = path.use if path else None
        segment = use.id if use else (item.use.id if item else None)
        named = _element(path) if path and element else None
        private = use is not None and named is not None and is_private(use, named)
        hidden = private and not self.reporter.show_phi
        by_payer = situation.source != "guide"
        conditional = situation.when is not None
        self.reporter.add(
            situation.code,
            self._place(item),
            segment=segment,
            element=f"{segment}{element:02}" if segment and element else None,
            component=path.component if path and element else None,
            value=None if hidden else breach.value if element else None,
            phi=private,
            source=situation.source,
            context=(*self._unit(scope), *_trigger(situation, view)),
            severity=situation.severity,
            expected=breach.expected if breach.parts else _sentence(breach.expected),
            said=f"{situation.message} " if situation.message else "",
            parts=breach.parts,
            ref=_reference(segment, path) if segment and path and element else segment,
            name=element_title(use, named) if use and named else "",
            found=breach.value if breach.value and not hidden else HIDDEN,
            rule=quoted(situation.id, situation.section, situation.message, situation.answer),
            by=self.reporter.named(situation.id, situation.section, situation.source),
            ack=ack_of(check.operator, path, breach, conditional) if by_payer or lacking else None,
        )

    def _unit(self, scope: Iterable[Captured]) -> Iterator[tuple[str, str]]:
        """Name the claim or trace of the scope, where a rule watches it."""
        for item in scope:
            unit = BUSINESS_UNIT.get(item.use.id)
            if unit is not None:
                parts = [*item.text.split(self.marks.element), "", ""]
                yield f"{item.use.id}{unit:02}", parts[unit]
                return

    def _place(self, item: Captured | None) -> Place:
        if item is None:
            return self.here()
        return Place(item.block, item.index, item.number, item.use.parent.path or None)


def _lacking(path: Path | None, segments: Iterable[Captured]) -> Captured | None:
    """Return the segment that is there but lacks the element that a rule requires."""
    if path is None or path.element is None or path.selector is not None:
        return None
    return next((item for item in segments if item.use is path.use), None)


def _trigger(situation: Situation, view: View) -> Iterator[tuple[str, str]]:
    """Name the segment and element that made a rule apply: `UM*7*2000E*1`."""
    for path, test in situation.triggers:
        for place in situation.watched.get(path, ()):
            for item, value in view.find(path):
                if item is not None and item.use is place.use and fulfils(test, value):
                    yield TRIGGER, "*".join((item.use.id, str(item.number), *_position(place)))
                    return


def _position(place: Path) -> tuple[str, str]:
    component = f":{place.component}" if place.component else ""
    element = f"{place.element}{component}" if place.element else ""
    return place.loop.id if place.loop.parent else "", element


def _element(place: Path) -> ElementUse:
    """Return the element or component that a place names; the whole element where it is simple."""
    found = place.use.elements[(place.element or 1) - 1]
    if place.component and place.component <= len(found.components):
        return found.components[place.component - 1]
    return found


def _reference(segment: str, place: Path) -> str:
    """Return `UM04-1`, as messages name an element."""
    return f"{segment}{place.element:02}" + (f"-{place.component}" if place.component else "")


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
