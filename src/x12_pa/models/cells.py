"""A transaction set that is being built, as cells: one for each component.

Bindings *put* cells, and the guide supplies what it alone decides, which is every value it leaves
no choice about: an element with a single code is written where it is required, and a qualifier with
a single code where the value that it qualifies, which always stands right behind it, is there.
"""

from collections.abc import Iterator

from attrs import Factory, define, field, frozen

from x12_pa.guides import ElementUse, LoopInstance, LoopUse, SegmentUse
from x12_pa.models.routes import routes_to
from x12_pa.syntax import Delimiters, Segment, segment

Position = tuple[int, int, int]
"""Element, component and repetition, all 1-based."""

_QUALIFIERS = frozenset({"66", "128", "1250"})
"""Data elements that say what the value behind them is: id code, reference and date format."""


@define(eq=False)
class Cells:
    """One segment as cells."""

    use: SegmentUse
    values: dict[Position, str] = Factory(dict)

    def element_use(self, number: int, component: int | None = None) -> ElementUse | None:
        """Return what the guide says about an element, or about a component of it."""
        elements = self.use.elements
        use = elements[number - 1] if 0 < number <= len(elements) else None
        if use is None or component is None or not use.components:
            return use
        return use.components[component - 1] if component <= len(use.components) else None

    def peek(self, number: int, component: int = 1, repetition: int = 1) -> str | None:
        """Return a value without taking it."""
        return self.values.get((number, component, repetition))

    def put(self, text: str, number: int, component: int = 1, repetition: int = 1) -> None:
        """Set a value; an empty text sets nothing."""
        if text:
            self.values[number, component, repetition] = text

    @property
    def qualifier(self) -> str | None:
        """Return the value that tells this use of the segment from others, if it has one."""
        if self.use.qualifier is None:
            return None
        number, component, _ = self.use.qualifier
        return self.peek(number, component or 1)

    def complete(self) -> None:
        """Fill in the values that the guide leaves no choice about."""
        for number, use in enumerate(self.use.elements, 1):
            if use.components:
                if any(spot[0] == number for spot in self.values):
                    self._complete_composite(number, use)
            elif not self.peek(number):
                follows = any(spot[0] == number + 1 for spot in self.values)
                self.put(constant_of(use, follows=follows), number)

    def _complete_composite(self, number: int, use: ElementUse) -> None:
        for component, part in enumerate(use.components, 1):
            if not self.peek(number, component):
                follows = self.peek(number, component + 1) is not None
                self.put(constant_of(part, follows=follows), number, component)

    def write(self, delimiters: Delimiters) -> Segment:
        """Join the cells into a segment."""
        last = max((number for number, _, _ in self.values), default=0)
        texts = [self._element(number, delimiters) for number in range(1, last + 1)]
        return segment(self.use.id, *texts, delimiters=delimiters)

    def _element(self, number: int, delimiters: Delimiters) -> str:
        repeats: dict[int, dict[int, str]] = {}
        for (element, component, repetition), text in self.values.items():
            if element == number:
                repeats.setdefault(repetition, {})[component] = text
        wholes = [
            delimiters.component.join(parts.get(n, "") for n in range(1, max(parts) + 1))
            for _, parts in sorted(repeats.items())
        ]
        return delimiters.repetition.join(wholes)


def constant_of(use: ElementUse, *, follows: bool) -> str:
    """Return the only code of an element that must be there, given what follows it, or ""."""
    if use.codes is None or len(use.codes) != 1:
        return ""
    needed = use.usage == "R" or (follows and use.data_element in _QUALIFIERS)
    return use.codes[0] if needed else ""


@define(eq=False)
class LoopCells:
    """One occurrence of a loop as cells."""

    use: LoopUse
    parent: "LoopCells | None" = field(default=None, repr=False)
    segments: list[Cells] = Factory(list)
    children: "list[LoopCells]" = Factory(list)

    def write(self, delimiters: Delimiters, parent: LoopInstance | None = None) -> LoopInstance:
        """Put a tree together."""
        instance = LoopInstance(self.use, parent)
        order = {id(use): place for place, use in enumerate(self.use.children)}
        for cells in sorted(self.segments, key=lambda cells: order[id(cells.use)]):
            instance.add(cells.use, cells.write(delimiters))
        for child in sorted(self.children, key=lambda child: order[id(child.use)]):
            instance.items.append(child.write(delimiters, instance))
        return instance

    def walk(self) -> "Iterator[LoopCells]":
        """Go through this loop and all below it."""
        yield self
        for child in self.children:
            yield from child.walk()

    def uses(self, segment_id: str, selector: str | None) -> list[SegmentUse]:
        """Return the uses of a segment here that allow a qualifier value."""
        found = [
            use for use in self.use.children if isinstance(use, SegmentUse) and use.id == segment_id
        ]
        if selector is None:
            return found
        return [use for use in found if use.qualifier and selector in use.qualifier[2]]

    def occurrences(self, segment_id: str, selector: str | None = None) -> list[Cells]:
        """Return the segments of an id here, those with a qualifier value if one is given."""
        return [
            cells
            for cells in self.segments
            if cells.use.id == segment_id and selector in (None, cells.qualifier)
        ]

    def add(self, segment_id: str, selector: str | None = None) -> Cells | None:
        """Append an empty segment; None when the guide has no such use here."""
        uses = self.uses(segment_id, selector)
        if not uses:
            return None
        cells = Cells(uses[0])
        if selector is not None and uses[0].qualifier is not None:
            number, component, _ = uses[0].qualifier
            cells.put(selector, number, component or 1)
        self.segments.append(cells)
        return cells

    def routes(self, ids: tuple[str, ...], entity: str | None) -> list[list[LoopUse]]:
        """Return every way down to a loop with one of the ids, as the loops passed on it."""
        return routes_to(self.use, ids, entity)

    def find(self, ids: tuple[str, ...], entity: str | None) -> "list[LoopCells]":
        """Return the loops at the end of a route, passing the first occurrence at each step.

        Of several routes the longest that leads somewhere counts alone: the events of a dependent
        and those of the subscriber are two patients'.
        """
        for *way, last in sorted(self.routes(ids, entity), key=len, reverse=True):
            here: LoopCells | None = self
            for step in way:
                here = here and next(iter(here.occurring(step)), None)
            if here is not None and (found := here.occurring(last)):
                return found
        return []

    def occurring(self, use: LoopUse) -> "list[LoopCells]":
        """Return the children that are occurrences of a loop."""
        return [child for child in self.children if child.use.id == use.id]

    def grow(self, ids: tuple[str, ...], entity: str | None) -> "LoopCells | None":
        """Append a loop below, with the loops above it that are missing.

        Where the guide has several places, the one whose upper loops exist already wins, the
        deepest first: so an event goes under the dependent if there is one.
        """
        routes = self.routes(ids, entity)
        if not routes:
            return None
        *way, last = max(routes, key=self._existing)
        here = self
        for step in way:
            here = next(iter(here.occurring(step)), None) or here._sprout(step)
        return here._sprout(last)

    def reach(self, ids: tuple[str, ...]) -> "LoopCells | None":
        """Return the first loop with one of the ids, made now if it is not there yet."""
        found = self.find(ids, None)
        return found[0] if found else self.grow(ids, None)

    def _existing(self, route: list[LoopUse]) -> tuple[int, int]:
        here: LoopCells | None = self
        steps = 0
        for step in route[:-1]:
            here = here and next(iter(here.occurring(step)), None)
            steps += here is not None
        return steps, -len(route)

    def _sprout(self, use: LoopUse) -> "LoopCells":
        child = LoopCells(use, self)
        child.segments += [Cells(item) for item in frame_of(use)]
        self.children.append(child)
        return child


def frame_of(loop: LoopUse) -> Iterator[SegmentUse]:
    """Yield the segments that are there in every occurrence of a loop, whatever it holds.

    That is its trigger, and a required one that the guide leaves no choice about: the end of a
    bracket.
    """
    for item in loop.children:
        if isinstance(item, SegmentUse):
            fixed = all(use.usage == "N" or len(use.codes or ()) == 1 for use in item.elements)
            if item is loop.trigger or (item.usage == "R" and fixed):
                yield item


@frozen
class Parts:
    """A composite, or a group of neighbouring elements, as a place that a record stands for."""

    cells: Cells
    spots: tuple[tuple[int, int], ...]

    @classmethod
    def of_composite(cls, cells: Cells, number: int) -> "Parts":
        """Return the components of an element."""
        use = cells.element_use(number)
        width = len(use.components) if use is not None else 0
        return cls(cells, tuple((number, component) for component in range(1, max(width, 9) + 1)))

    @classmethod
    def of_group(cls, cells: Cells, first: int, size: int) -> "Parts":
        """Return `size` elements from `first` on."""
        return cls(cells, tuple((first + offset, 1) for offset in range(size)))


Place = LoopCells | Cells | Parts
"""What a record is written into."""
