"""From a tree of segments to records, driven by the declarations in `bindings`.

Lenient: a value that its field's type cannot hold, an element the guide does not use, a segment
that stands nowhere are no errors here. They end up in `unplaced` with the record they belong to,
and everything else is read as usual. Judging them is the validator's work.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from attrs import frozen

from x12_pa.models.bindings import BoundField, Kind, Reference, bound_fields
from x12_pa.models.cells import Cells, LoopCells
from x12_pa.models.codecs import CODECS, read_period

FRAME = frozenset({"ST", "SE", "HL", "LS", "LE"})
"""Segments that only count and connect: their content follows from the tree itself."""


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

    @property
    def filled(self) -> bool:
        """Say whether any member has a value."""
        return any(self.cells.peek(*spot) is not None for spot in self.spots)


Place = LoopCells | Cells | Parts


def read_record(record: type, place: Place | None, path: str) -> Any:
    """Read one record from the loop, segment or composite that it stands for."""
    if isinstance(place, LoopCells | Cells) and place.path is None:
        place.path = path
    values = {}
    for bound in bound_fields(record):
        value = None if place is None else _read_field(bound, place, path)
        values[bound.name] = _or_empty(bound, value, path)
    return record(**values)


def _or_empty(bound: BoundField, value: Any, path: str) -> Any:
    if bound.many:
        return tuple(value or ())
    if value is None and not bound.optional:
        return read_record(bound.item, None, path) if bound.record else ""
    return value


def _read_field(bound: BoundField, place: Place, path: str) -> Any:
    where = f"{path}.{bound.name}".lstrip(".")
    if not bound.record:
        return _read_values(bound, place)
    records = []
    for number, spot in enumerate(_places(bound, place)):
        inner = f"{where}[{number}]" if bound.many else where
        record = read_record(bound.item, spot, inner)
        if _holds(record, bound.binding.kind):
            records.append(record)
    if bound.many:
        return records
    return records[0] if records else None


def _holds(record: Any, kind: Kind) -> bool:
    """Say whether a record is worth keeping: a loop that is there always is."""
    filled = any(getattr(record, bound.name) not in (None, (), "") for bound in _fields_of(record))
    return filled or kind in ("loop", "loops")


def _fields_of(record: Any) -> tuple[BoundField, ...]:
    return bound_fields(type(record))


def _read_values(bound: BoundField, place: Place) -> Any:
    binding = bound.binding
    if binding.kind in ("part", "parts"):
        assert isinstance(place, Parts)
        spots = [(place.cells, *place.spots[number - 1]) for number in binding.numbers]
    else:
        spots = [spot for ref in binding.references for spot in _locate(ref, place)]
    if binding.kind == "repetitions":
        return [text for cells, number, _ in spots for text in _repetitions(cells, number)]
    values = [read_value(cells, number, part, bound.item) for cells, number, part in spots]
    if bound.many:
        return [value for value in values if value is not None]
    return next(iter(values), None)


def _locate(ref: Reference, place: Place) -> list[tuple[Cells, int, int]]:
    if isinstance(place, LoopCells):
        found = place.occurrences(ref.segment, ref.selector)[:1]
    elif isinstance(place, Cells) and place.use.id == ref.segment:
        found = [place]
    else:
        found = []
    for cells in found:
        if ref.selector is not None and cells.use.qualifier is not None:
            cells.take(cells.use.qualifier[0], cells.use.qualifier[1] or 1)
    return [(cells, ref.element, ref.component) for cells in found]


def _repetitions(cells: Cells, number: int) -> Iterator[str]:
    for element, component, repetition in sorted(cells.values):
        if (element, component) == (number, 1):
            yield cells.take(element, component, repetition) or ""


def read_value(cells: Cells, number: int, component: int, item: Any) -> Any:
    """Read one value by the type of its field; None, and not taken, when it cannot hold it."""
    text = cells.peek(number, component)
    if text is None:
        return None
    use = cells.element_use(number, component)
    codec = CODECS[item]
    if codec.dated and not (use is not None and use.type == "DT"):
        return _read_dated(cells, number, component, item)
    value = codec.read(text)
    if value is not None:
        cells.take(number, component)
    return value


def _read_dated(cells: Cells, number: int, component: int, item: Any) -> Any:
    form = (number, component - 1) if component > 1 else (number - 1, 1)
    period = read_period(cells.peek(*form) or "", cells.peek(number, component) or "")
    if period is None or (item is not type(period) and period.end is not None):
        return None
    cells.take(*form)
    cells.take(number, component)
    return period if item is type(period) else period.start


def _places(bound: BoundField, place: Place) -> Sequence[Place]:
    binding = bound.binding
    if isinstance(place, LoopCells):
        if binding.kind in ("loop", "loops"):
            found = place.find(binding.loops, binding.entity)
            return found[1:] if binding.rest else found if bound.many else found[:1]
        if binding.kind == "inline":
            return [place]
        if binding.loops:
            upper = place.find(binding.loops, binding.entity)[:1]
            return [cells for loop in upper for cells in loop.occurrences(binding.segment or "")]
        if binding.kind in ("segment", "segments"):
            found_here = place.occurrences(binding.segment or "")
            return found_here if bound.many else found_here[:1]
        if binding.kind == "composites":
            return [
                part
                for cells in place.occurrences(binding.segment or "")[:1]
                for part in _composites(cells)
            ]
    spots = [spot for ref in binding.references for spot in _locate(ref, place)]
    if binding.kind == "groups":
        groups = (Parts.of_group(cells, number, binding.size) for cells, number, _ in spots)
        return [group for group in groups if group.filled]
    composites = (Parts.of_composite(cells, number) for cells, number, _ in spots)
    return [composite for composite in composites if composite.filled]


def _composites(cells: Cells) -> list[Parts]:
    numbers = sorted({number for number, _, _ in cells.values})
    return [Parts.of_composite(cells, number) for number in numbers]
