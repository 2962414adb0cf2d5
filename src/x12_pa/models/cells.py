"""A transaction set taken apart into cells, one per component, between records and segments.

Reading fills cells from segments and lets the bindings *take* them; whatever nobody took is
reported at the end, so nothing of a file is lost in silence. Building goes the other way: bindings
*put* cells, and the guide supplies what it alone decides, which is every value it leaves no choice
about: an element with a single code is written where it is required, and a qualifier with a single
code where the value that it qualifies, which always stands right behind it, is there.
"""

from collections.abc import Iterator

from attrs import Factory, define, field

from x12_pa.guides import ElementUse, LoopInstance, LoopUse, SegmentUse
from x12_pa.syntax import Delimiters, Segment, segment

Position = tuple[int, int, int]
"""Element, component and repetition, all 1-based."""

_QUALIFIERS = frozenset({"66", "128", "1250"})
"""Data elements that say what the value behind them is: id code, reference and date format."""


@define(eq=False)
class Cells:
    """One segment as cells; `path` names the record that was read from it."""

    use: SegmentUse
    source: Segment | None = None
    values: dict[Position, str] = Factory(dict)
    taken: set[Position] = Factory(set)
    path: str | None = None

    @classmethod
    def read(cls, use: SegmentUse, source: Segment) -> "Cells":
        """Split a segment by what the guide says about each element."""
        cells = cls(use, source)
        for number, text in enumerate(source.elements, 1):
            if text:
                cells._split(number, text, source.delimiters)
        return cells

    def _split(self, number: int, text: str, delimiters: Delimiters) -> None:
        use = self.element_use(number)
        repeats = [text]
        if use is not None and use.repeat != 1 and delimiters.repetition:
            repeats = text.split(delimiters.repetition)
        for repetition, whole in enumerate(repeats, 1):
            composite = use is not None and use.components
            components = whole.split(delimiters.component) if composite else [whole]
            for component, value in enumerate(components, 1):
                if value:
                    self.values[number, component, repetition] = value

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

    def take(self, number: int, component: int = 1, repetition: int = 1) -> str | None:
        """Return a value and mark it as held by a field."""
        self.taken.add((number, component, repetition))
        return self.peek(number, component, repetition)

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

    def left_over(self) -> list[Position]:
        """Return the cells that no field took and that are no constant of the guide."""
        return [spot for spot in self.values if spot not in self.taken and not self._fixed(spot)]

    def _fixed(self, spot: Position) -> bool:
        use = self.element_use(spot[0], spot[1])
        return use is not None and use.codes is not None and (self.values[spot],) == use.codes

    def complete(self) -> None:
        """Fill in the values that the guide leaves no choice about."""
        for number, use in enumerate(self.use.elements, 1):
            if use.components:
                if any(spot[0] == number for spot in self.values):
                    self._complete_composite(number, use)
            elif not self.peek(number):
                follows = any(spot[0] == number + 1 for spot in self.values)
                self.put(_constant(use, follows), number)

    def _complete_composite(self, number: int, use: ElementUse) -> None:
        for component, part in enumerate(use.components, 1):
            if not self.peek(number, component):
                follows = self.peek(number, component + 1) is not None
                self.put(_constant(part, follows), number, component)

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


def _constant(use: ElementUse, follows: bool) -> str:
    """Return the only code of an element that must be there, given what follows it, or ""."""
    if use.codes is None or len(use.codes) != 1:
        return ""
    needed = use.usage == "R" or (follows and use.data_element in _QUALIFIERS)
    return use.codes[0] if needed else ""


@define(eq=False)
class LoopCells:
    """One occurrence of a loop as cells; `path` names the record that was read from it."""

    use: LoopUse
    parent: "LoopCells | None" = field(default=None, repr=False)
    segments: list[Cells] = Factory(list)
    children: "list[LoopCells]" = Factory(list)
    unplaced: list[Segment] = Factory(list)
    path: str | None = None

    @classmethod
    def read(cls, instance: LoopInstance, parent: "LoopCells | None" = None) -> "LoopCells":
        """Take a tree apart."""
        loop = cls(instance.use, parent, unplaced=list(instance.unplaced))
        loop.segments = [Cells.read(use, source) for use, source in instance.segments]
        loop.children = [cls.read(child, loop) for child in instance.children]
        loop._adopt()
        return loop

    def _adopt(self) -> None:
        """Take in segments of a level that came in the wrong order but have a place in it.

        Elsewhere only when all strays have one: behind an unknown name, say, an address may be
        that name's.
        """
        strays, self.unplaced = self.unplaced, []
        known = self.use.trigger.id == "HL" or all(self._vacancy(item) for item in strays)
        for item in strays:
            use = self._vacancy(item) if known else None
            if use is None:
                self.unplaced.append(item)
            else:
                self.segments.append(Cells.read(use, item))

    def _vacancy(self, item: Segment) -> SegmentUse | None:
        for use in self.uses(item.id, None):
            count = sum(cells.use is use for cells in self.segments)
            value = Cells.read(use, item).qualifier
            if use.qualifier and value not in use.qualifier[2]:
                continue
            if item.id != "HL" and (use.max_use is None or count < use.max_use):
                return use
        return None

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
        return [route for route in _routes(self.use) if _is(route[-1], ids, entity)]

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
        child.segments += [Cells(item) for item in _frame(use)]
        self.children.append(child)
        return child


def _frame(loop: LoopUse) -> Iterator[SegmentUse]:
    """Yield the segments that are there in every occurrence of a loop, whatever it holds.

    That is its trigger, and a required one that the guide leaves no choice about: the end of a
    bracket.
    """
    for item in loop.children:
        if isinstance(item, SegmentUse):
            fixed = all(use.usage == "N" or len(use.codes or ()) == 1 for use in item.elements)
            if item is loop.trigger or (item.usage == "R" and fixed):
                yield item


def _routes(use: LoopUse) -> Iterator[list[LoopUse]]:
    for child in use.children:
        if isinstance(child, LoopUse):
            yield [child]
            yield from ([child, *rest] for rest in _routes(child))


def _is(use: LoopUse, ids: tuple[str, ...], entity: str | None) -> bool:
    if use.id not in ids:
        return False
    qualifier = use.trigger.qualifier
    return entity is None or (qualifier is not None and entity in qualifier[2])
