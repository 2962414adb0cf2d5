"""Single defects: what a mutation is, and the register of all kinds.

A mutation takes a valid sample and breaks one thing in it. It says which finding codes are right
for that and where the finding must stand, as exactly as the defect itself is placed: a wrong value
sits in its element, but a missing segment can only be noticed where the next ones show it.
"""

from collections.abc import Callable, Iterator
from random import Random

from attrs import evolve, frozen

from tests.trust.generator import HEAD, Sample, wrap
from tests.trust.lines import Home, Line
from x12_pa.guides import COMPOSITE, ElementUse
from x12_pa.validation import Finding


@frozen(kw_only=True)
class Expected:
    """What a validator must say of a mutant: one error, with one of these codes, in this place.

    Attributes:
        numbers: segment numbers in the transaction set (ST = 1) where it may stand; None is any.
        line: line of the file, for envelope faults.
    """

    codes: frozenset[str]
    numbers: range | None = None
    segment: str | None = None
    element: str | None = None
    component: int | None = None
    loop: str | None = None
    line: int | None = None

    def objections(self, finding: Finding) -> list[str]:
        """Return how a finding differs from what is expected."""
        found = [
            (finding.code in self.codes, f"code {finding.code}"),
            (
                self.numbers is None or finding.segment_number in self.numbers,
                f"segment number {finding.segment_number}",
            ),
            (self.segment in (None, finding.segment), f"segment {finding.segment}"),
            (self.element in (None, finding.element), f"element {finding.element}"),
            (self.component in (None, finding.component), f"component {finding.component}"),
            (self.loop in (None, finding.loop), f"loop {finding.loop}"),
            (self.line in (None, finding.line), f"line {finding.line}"),
        ]
        return [text for right, text in found if not right]


@frozen
class Mutant:
    """A file with one defect."""

    data: bytes
    expected: Expected


Mutation = Callable[[Sample, Random], Mutant | None]
KINDS: dict[str, Mutation] = {}


def kind(function: Mutation) -> Mutation:
    """Register a mutation; its name is that of the kind."""
    name = function.__name__.replace("_", "-")
    assert name not in KINDS
    KINDS[name] = function
    return function


def codes(*names: str) -> frozenset[str]:
    return frozenset(names)


@frozen
class Spot:
    """One value inside a sample: a simple element, or a component of a composite.

    `value` is that of the first repetition.
    """

    index: int
    line: Line
    number: int
    component: int | None
    use: ElementUse
    value: str
    before: str = ""

    @property
    def element(self) -> str:
        return f"{self.line.use.id}{self.number:02}"


_ENVELOPE = ("ST", "SE", "HL")


def spots(sample: Sample) -> Iterator[Spot]:
    """Yield every place for a value, filled or not, except in ST, SE and HL.

    Qualifiers that tell a segment from its siblings are left out: a wrong one is a kind of its own.
    """
    for index, line in enumerate(sample.lines):
        if line.use.id in _ENVELOPE:
            continue
        place = line.use.qualifier
        told = None if place is None else place[:2]
        for number, use in enumerate(line.use.elements, 1):
            value = line.values[number - 1] if number <= len(line.values) else ""
            first = value.split("^")[0]
            if use.type != COMPOSITE:
                before = line.values[number - 2] if 1 < number <= len(line.values) + 1 else ""
                if told != (number, None):
                    yield Spot(index, line, number, None, use, first, before)
                continue
            if not value:
                continue
            parts = [*first.split(":"), *[""] * len(use.components)]
            for at, component in enumerate(use.components, 1):
                if told != (number, at):
                    before = parts[at - 2] if at > 1 else ""
                    yield Spot(index, line, number, at, component, parts[at - 1], before)


def pick(rng: Random, sample: Sample, test: Callable[[Spot], bool]) -> Spot | None:
    """Choose one spot that passes a test."""
    found = [spot for spot in spots(sample) if test(spot)]
    return rng.choice(found) if found else None


def put(sample: Sample, spot: Spot, value: str) -> list[Line]:
    """Return the lines with another value at a spot (first repetition)."""
    line = spot.line
    values = [*line.values, *[""] * (spot.number - len(line.values))]
    first, *more = values[spot.number - 1].split("^")
    if spot.component is not None:
        parts = [*first.split(":"), *[""] * (spot.component - len(first.split(":")))]
        parts[spot.component - 1] = value
        value = ":".join(parts).rstrip(":")
    values[spot.number - 1] = "^".join([value, *more])
    lines = list(sample.lines)
    lines[spot.index] = evolve(line, values=values)
    return lines


def at(spot: Spot, *names: str) -> Expected:
    """Expect a finding exactly at a spot."""
    return Expected(
        codes=codes(*names),
        numbers=range(spot.index + 1, spot.index + 2),
        segment=spot.line.use.id,
        element=spot.element,
        component=spot.component,
        loop=spot.line.home.use.path or None,
    )


def changed(sample: Sample, lines: list[Line], expected: Expected) -> Mutant:
    """Return the mutant with these lines in place of the sample's; SE01 is right again."""
    texts = [line.text() for line in lines]
    texts[-1] = f"SE*{len(texts)}*{sample.lines[0].values[1]}"
    return Mutant(wrap(sample.guide, texts), expected)


def line_of(index: int) -> int:
    """Return the line of the file where a segment of the set stands."""
    return HEAD + index + 1


def is_level(home: Home) -> bool:
    return home.use.trigger.id == "HL"


def stretch(sample: Sample, home: Home) -> tuple[int, int]:
    """Return (first, one after the last) index of the lines of a loop instance."""
    inside = [n for n, line in enumerate(sample.lines) if line.home.within(home)]
    return inside[0], inside[-1] + 1
