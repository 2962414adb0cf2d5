"""How one segment of a guide becomes values, compiled once for each use and set of fields.

A `SegmentReader` is asked for the text of a segment and answers which values it holds for which
fields, and what no field could hold. All decisions that depend on the declaration, the guide and
the separators are taken when it is made; for a text there is only splitting and converting left.
Files repeat themselves (the same co-payment for every member), so answers are remembered, up to a
fixed number of texts: the records in them are frozen and can be shared.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from attrs import define, field

from x12_pa.models.assembly import Assembly
from x12_pa.models.bindings import BoundField, Reference
from x12_pa.models.codecs import CODECS, read_period
from x12_pa.models.elements import Elements, Taken

_LEAST_COMPONENTS = 9
REMEMBERED = 1024
"""How many texts are remembered with what was read from them, for each use and set of fields."""
LONGEST_REMEMBERED = 300
"""Longer texts are not remembered: they seldom come again, and would fill the memory."""

Values = dict[int, Any] | list[Any]

Read = Callable[[list[str], Taken], Any]
"""Reads one field from the elements of a segment (index 0 is its id) and notes the cells that it
took; None when the segment does not say it."""

Slot = tuple[int, BoundField]


class Answer(NamedTuple):
    """What a segment holds.

    Attributes:
        values: (slot, value) of fields with a value.
        records: (slot, record) of fields that hold a record made of the whole segment.
        left: the elements with cells that no field could hold, `DTP02, DTP03`, or "".
        silent: no cell was taken.
    """

    values: tuple[tuple[int, Any], ...]
    records: tuple[tuple[int, Any], ...]
    left: str
    silent: bool


@define(eq=False)
class SegmentReader:
    """Reads the segments of one use for the fields of one place.

    Attributes:
        values: the fields that stand in elements of the segment.
        records: the fields that hold a record made of the whole segment.
        known: the answers to texts that were read before.
    """

    elements: Elements
    values: "Fields"
    records: "tuple[tuple[int, Whole], ...]" = ()
    known: dict[str, Answer] = field(factory=dict)

    @classmethod
    def of(
        cls, elements: Elements, plain: list[Slot], picked: list[Slot], whole: list[Slot]
    ) -> "SegmentReader":
        """Compile the reading of fields: some in any segment of the use, some by its qualifier."""
        records = tuple((slot, Whole.of(elements, bound.item)) for slot, bound in whole)
        return cls(elements, Fields.of(elements, plain, picked), records)

    def read(self, text: str) -> Answer:
        """Read a segment, and remember the answer."""
        parts = text.split(self.elements.marks.element)
        taken: Taken = {0}
        values: dict[int, Any] = {}
        self.values.read(parts, values, taken)
        records = []
        for slot, whole in self.records:
            if (record := whole.read(parts, taken)) is not None:
                records.append((slot, record))
        # Where nothing divides elements, each is a cell: then counting tells that all were taken.
        left = ""
        if len(taken) < len(parts) - parts.count("") or not self.elements.whole(text):
            left = self.elements.left_over(parts, taken)
        answer = Answer(tuple(values.items()), tuple(records), left, len(taken) == 1)
        if len(text) <= LONGEST_REMEMBERED:
            if len(self.known) >= REMEMBERED:
                self.known.clear()
            self.known[text] = answer
        return answer


@define(eq=False)
class Fields:
    """Several fields that stand in elements of one segment.

    Attributes:
        plain: by element number, the slot and the conversion of a field that is one whole element;
            no conversion where it is text.
        others: all other fields, with the elements one of which must be there; none for those
            that are always asked.
    """

    plain: tuple[tuple[int, int, Callable[[str], Any] | None] | None, ...]
    others: tuple[tuple[int, tuple[int, ...], Read], ...]

    @classmethod
    def of(cls, here: Elements, plain: list[Slot], picked: list[Slot]) -> "Fields":
        """Compile the reading of fields; those that are picked take the qualifier's cell too."""
        by_number: dict[int, tuple[int, int, Callable[[str], Any] | None]] = {}
        others: list[tuple[int, tuple[int, ...], Read]] = []
        for slot, bound in plain:
            ref = _whole_element(here, bound)
            if ref is None or ref.element in by_number:
                others.append((slot, _numbers(here, bound), _field(here, bound)))
            else:
                convert = None if bound.item is str else CODECS[bound.item].read
                by_number[ref.element] = (ref.element, slot, convert)
        others += [(slot, (), _picked(here, _field(here, bound))) for slot, bound in picked]
        numbers = range(max(by_number, default=0) + 1)
        return cls(tuple(by_number.get(number) for number in numbers), tuple(others))

    def read(self, parts: list[str], values: Values, taken: Taken) -> None:
        """Put what is there into its slots."""
        for text, found in zip(parts, self.plain, strict=False):
            if text and found is not None:
                number, slot, convert = found
                value = text if convert is None else convert(text)
                if value is not None:
                    values[slot] = value
                    taken.add(number)
        count = len(parts)
        for slot, numbers, get in self.others:
            for number in numbers:
                if number < count and parts[number]:
                    break
            else:
                if numbers:
                    continue
            if (value := get(parts, taken)) is not None:
                values[slot] = value


@define(eq=False)
class Whole:
    """A record that stands for a whole segment."""

    assembly: Assembly
    fields: Fields

    @classmethod
    def of(cls, here: Elements, record: type) -> "Whole":
        """Compile the reading of a record."""
        assembly = Assembly.of(record)
        bound = [f for f in assembly.fields if f[1].names(here.use.id)]
        picked = [f for f in bound if any(ref.selector for ref in f[1].binding.references)]
        plain = [f for f in bound if f not in picked]
        return cls(assembly, Fields.of(here, plain, picked))

    def read(self, parts: list[str], taken: Taken) -> Any:
        """Return the record; None when the segment says nothing that it could hold."""
        values = self.assembly.blank.copy()
        self.fields.read(parts, values, taken)
        return self.assembly.make(values) if self.assembly.holds(values) else None


def _whole_element(here: Elements, bound: BoundField) -> Reference | None:
    """Return the reference of a field that is one whole element and needs no other one."""
    if bound.binding.kind != "element":
        return None
    ref = bound.binding.references[0]
    use = here.at(ref.element)
    by_form = CODECS[bound.item].dated and (use is None or use.type != "DT")
    return ref if here.simple(ref.element) and ref.component == 1 and not by_form else None


def _numbers(here: Elements, bound: BoundField) -> tuple[int, ...]:
    """Return the elements that a field reads from; none when that depends on the segment."""
    refs = [ref for ref in bound.binding.references if ref.segment == here.use.id]
    spots = {n for ref in refs for n in range(ref.element, ref.element + bound.binding.size)}
    return tuple(sorted(spots))


def _picked(here: Elements, read: Read) -> Read:
    """Let a field that is picked by the segment's qualifier take that cell as well."""
    kind = here.use.qualifier
    if kind is None:
        return read
    cell = here.cell(kind[0], kind[1] or 1)

    def read_both(parts: list[str], taken: Taken) -> Any:
        taken.add(cell)
        return read(parts, taken)

    return read_both


def _field(here: Elements, bound: BoundField) -> Read:
    """Compile the reading of a field from its references in a segment."""
    kind = bound.binding.kind
    refs = [ref for ref in bound.binding.references if ref.segment == here.use.id]
    if kind == "repetitions":
        return _repetitions(here, refs[0].element)
    if kind == "composites":
        return _composites(here, bound)
    if kind in ("composite", "groups"):
        reads = [_record(here, bound, _spots(here, bound, ref)) for ref in refs]
    else:
        reads = [_value(here, ref.element, ref.component, bound.item) for ref in refs]
    return _all(reads) if bound.many else _only(reads)


def _value(here: Elements, number: int, component: int, item: Any) -> Read:
    """Compile the reading of one cell by the type of its field."""
    codec = CODECS[item]
    use = here.at(number, component)
    if codec.dated and not (use is not None and use.type == "DT"):
        return _dated(here, number, component, item)
    cell, convert, text_of = here.cell(number, component), codec.read, here.text

    def read(parts: list[str], taken: Taken) -> Any:
        text = text_of(parts, number, component)
        if not text or (value := convert(text)) is None:
            return None
        taken.add(cell)
        return value

    return read


def _dated(here: Elements, number: int, component: int, item: Any) -> Read:
    """Compile the reading of a date whose form stands in the cell before it."""
    before = (number, component - 1) if component > 1 else (number - 1, 1)
    cells = (here.cell(*before), here.cell(number, component))
    text_of, whole = here.text, CODECS[item].ranged

    def read(parts: list[str], taken: Taken) -> Any:
        text = text_of(parts, number, component)
        period = read_period(text_of(parts, *before), text) if text else None
        if period is None or (period.end is not None and not whole):
            return None
        taken.update(cells)
        return period if whole else period.start

    return read


def _spots(here: Elements, bound: BoundField, ref: Reference) -> list[tuple[int, int]]:
    if bound.binding.kind == "groups":
        return [(ref.element + offset, 1) for offset in range(bound.binding.size)]
    return _components(here, ref.element)


def _components(here: Elements, number: int) -> list[tuple[int, int]]:
    use = here.at(number)
    width = max(len(use.components) if use is not None else 0, _LEAST_COMPONENTS)
    return [(number, component) for component in range(1, width + 1)]


def _repetitions(here: Elements, number: int) -> Read:
    def read(parts: list[str], taken: Taken) -> Any:
        text = parts[number] if number < len(parts) else ""
        if not text:
            return None
        if here.whole(text):
            taken.add(here.cell(number, 1))
            return (text,)
        found = [(cell, value) for cell, first, value in here.cells(number, text) if first]
        taken.update(cell for cell, _ in found)
        return tuple(value for _, value in found) or None

    return read


def _composites(here: Elements, bound: BoundField) -> Read:
    compiled: dict[int, Read] = {}

    def read(parts: list[str], taken: Taken) -> Any:
        found = []
        for number in (n for n, text in enumerate(parts) if n and text):
            if number not in compiled:
                compiled[number] = _record(here, bound, _components(here, number))
            found.append(compiled[number](parts, taken))
        return tuple(one for one in found if one is not None) or None

    return read


def _record(here: Elements, bound: BoundField, spots: list[tuple[int, int]]) -> Read:
    """Compile the reading of a record that stands for a composite or a group of elements."""
    assembly = Assembly.of(bound.item)
    slots = [(slot, _members(here, inner, spots)) for slot, inner in assembly.fields]
    numbers = sorted({number for number, _ in spots})

    def read(parts: list[str], taken: Taken) -> Any:
        if not any(parts[number] for number in numbers if number < len(parts)):
            return None
        values = assembly.blank.copy()
        for slot, get in slots:
            if (value := get(parts, taken)) is not None:
                values[slot] = value
        return assembly.make(values) if assembly.holds(values) else None

    return read


def _members(here: Elements, bound: BoundField, spots: list[tuple[int, int]]) -> Read:
    numbers = bound.binding.numbers
    reads = [_value(here, *spots[number - 1], bound.item) for number in numbers]
    return _all(reads) if bound.many else _only(reads)


def _all(reads: list[Read]) -> Read:
    def read(parts: list[str], taken: Taken) -> Any:
        found = [value for get in reads if (value := get(parts, taken)) is not None]
        return tuple(found) or None

    return read


def _only(reads: list[Read]) -> Read:
    """Return the reading of a field with one reference; without one, it says nothing."""
    return reads[0] if reads else lambda parts, taken: None
