"""From records to segments, driven by the declarations in `bindings`.

What is plain is written by the compiled writers of `writing`. Anything else takes the careful way
here, which goes from field to field and knows what to say of each.

Strict: a field that has a value but no place in the guide, and a text that holds a delimiter, are
problems; all of them are collected and reported together with their paths. Whether the values are
*right* (codes, lengths, check digits, situational rules) is judged by the validator on the result.
"""

from typing import Any

from attrs import Factory, define

from x12_pa.guides import Guide, write_tree
from x12_pa.models.bindings import Binding, BoundField, Reference, bound_fields
from x12_pa.models.cells import Cells, LoopCells, Parts, Place
from x12_pa.models.codecs import CODECS, write_period
from x12_pa.models.problems import InputProblem, Problem
from x12_pa.models.review import ReviewRequest, ReviewResponse
from x12_pa.models.rows import Unusual
from x12_pa.models.writing import write_set
from x12_pa.syntax import DEFAULT_DELIMITERS, Delimiters, Segment


def build_request(
    request: ReviewRequest,
    guide: Guide,
    *,
    control: str = "0001",
    delimiters: Delimiters = DEFAULT_DELIMITERS,
) -> list[Segment]:
    """Build the segments of one request, ST to the last one before SE.

    HL numbers, parents and child flags come from the tree; SE is added with the envelope. What a
    file that was read held beyond the fields (`unplaced`) is not sent.

    Args:
        request: what to ask for; see `with_identifiers` for empty identifiers.
        guide: the compiled request guide, with the payer's profile or without.
        control: ST02.
        delimiters: the separators of the interchange it will go into.

    Raises:
        InputProblem: a field has no place in the guide, or a text holds a delimiter.
    """
    return build_set(request, guide, control, delimiters)


def build_response(
    response: ReviewResponse,
    guide: Guide,
    *,
    control: str = "0001",
    delimiters: Delimiters = DEFAULT_DELIMITERS,
) -> list[Segment]:
    """Build the segments of one response; as `build_request`."""
    return build_set(response, guide, control, delimiters)


def build_set(record: Any, guide: Guide, control: str, delimiters: Delimiters) -> list[Segment]:
    """Build the segments of one transaction set from the record that stands for it.

    Raises:
        InputProblem: a field has no place in the guide, or a text holds a delimiter.
    """
    try:
        return write_set(record, guide.root, control, delimiters)
    except Unusual:
        return build_carefully(record, guide, control, delimiters)


def build_carefully(
    record: Any, guide: Guide, control: str, delimiters: Delimiters
) -> list[Segment]:
    """Build one transaction set field by field; what `build_set` does with a record not plain.

    Raises:
        InputProblem: a field has no place in the guide, or a text holds a delimiter.
    """
    root = LoopCells(guide.root)
    opening = Cells(guide.root.trigger)
    opening.put(control, 2)
    root.segments.append(opening)
    builder = _Builder(guide, delimiters)
    builder.put_record(record, root, "")
    if builder.problems:
        raise InputProblem(builder.problems)
    for loop in root.walk():
        for cells in loop.segments:
            cells.complete()
    return write_tree(root.write(delimiters), delimiters)


@define
class _Builder:
    """Puts records into cells and collects what does not fit."""

    guide: Guide
    delimiters: Delimiters
    problems: list[Problem] = Factory(list)

    def put_record(self, record: Any, place: Place, path: str) -> None:
        for bound in bound_fields(type(record)):
            value = getattr(record, bound.name)
            if value in (None, (), ""):
                continue
            where = f"{path}.{bound.name}".lstrip(".")
            if bound.record:
                self._put_records(bound, value if bound.many else (value,), place, where)
            else:
                self._put_values(bound, value if bound.many else (value,), place, where)

    def _refuse(self, path: str, message: str) -> None:
        self.problems.append(Problem(path, message))

    def _no_place(self, path: str, what: str) -> None:
        kind = f"{self.guide.id} {self.guide.kind}"
        self._refuse(path, f"the {kind} has no place for {what}; leave it out")

    def _put_records(
        self, bound: BoundField, records: tuple[Any, ...], place: Place, path: str
    ) -> None:
        for number, record in enumerate(records):
            where = f"{path}[{number}]" if bound.many else path
            spot = self._new_place(bound.binding, number, place)
            if spot is None:
                self._no_place(where, "it" if number == 0 else f"more than {number} of them")
                continue
            self.put_record(record, spot, where)
            if isinstance(spot, Cells) and isinstance(place, LoopCells):
                self._settle(spot, place, where)

    def _new_place(self, binding: Binding, number: int, place: Place) -> Place | None:
        """Make room for the n-th record (from 0) of a field."""
        match binding.kind:
            case "inline":
                return place
            case "loop" | "loops":
                assert isinstance(place, LoopCells)
                return place.grow(binding.loops, binding.entity)
            case "segment" | "segments":
                assert isinstance(place, LoopCells)
                home = place.reach(binding.loops) if binding.loops else place
                return home.add(binding.segment or "") if home else None
            case "composites":
                assert isinstance(place, LoopCells)
                cells = self._cells(binding.segment or "", None, place)
                return _composite(cells, number + 1)
            case "composite":
                ref = binding.references[0]
                return _composite(self._cells(ref.segment, None, place), ref.element)
        if number >= len(binding.references):
            return None
        ref = binding.references[number]
        cells = self._cells(ref.segment, None, place)
        return None if cells is None else Parts.of_group(cells, ref.element, binding.size)

    def _cells(self, segment_id: str, selector: str | None, place: Place) -> Cells | None:
        """Return the segment that a reference means here, made now if it is not there yet."""
        if isinstance(place, Cells):
            return place if place.use.id == segment_id else None
        assert isinstance(place, LoopCells)
        found = place.occurrences(segment_id, selector)
        return found[0] if found else place.add(segment_id, selector)

    def _settle(self, cells: Cells, loop: LoopCells, path: str) -> None:
        """Choose among several uses of a segment by the qualifier that was put into it."""
        uses = loop.uses(cells.use.id, None)
        if len(uses) < 2:
            return
        fitting = loop.uses(cells.use.id, cells.qualifier)
        if fitting and cells.qualifier:
            cells.use = fitting[0]
        else:
            codes = sorted({code for use in uses for code in (use.qualifier or (0, 0, ()))[2]})
            self._refuse(path, f"its kind must be one of {', '.join(codes)}")

    def _put_values(
        self, bound: BoundField, values: tuple[Any, ...], place: Place, path: str
    ) -> None:
        spots = self._spots(bound.binding, place)
        if bound.binding.kind == "repetitions":
            spots = [(cells, number, 1) for cells, number, _ in spots for _ in values]
        for index, value in enumerate(values):
            where = f"{path}[{index}]" if bound.many else path
            if index >= len(spots):
                self._no_place(where, "it" if index == 0 else f"more than {index} of them")
                break
            cells, number, component = spots[index]
            repetition = index + 1 if bound.binding.kind == "repetitions" else 1
            self._put_value(bound.item, value, cells, (number, component, repetition), where)

    def _spots(self, binding: Binding, place: Place) -> list[tuple[Cells, int, int]]:
        if binding.kind in ("part", "parts"):
            assert isinstance(place, Parts)
            return [(place.cells, *place.spots[number - 1]) for number in binding.numbers]
        return [spot for ref in binding.references for spot in self._spot(ref, place)]

    def _spot(self, ref: Reference, place: Place) -> list[tuple[Cells, int, int]]:
        cells = self._cells(ref.segment, ref.selector, place)
        return [] if cells is None else [(cells, ref.element, ref.component)]

    def _put_value(
        self, item: Any, value: Any, cells: Cells, spot: tuple[int, int, int], path: str
    ) -> None:
        number, component, repetition = spot
        whole, use = cells.element_use(number), cells.element_use(number, component)
        single = whole is not None and not whole.components
        if (
            whole is None
            or use is None
            or "N" in (whole.usage, use.usage)
            or (single and component > 1)
        ):
            self._no_place(path, f"{cells.use.id}{number:02d} in {cells.use.parent}")
            return
        codec = CODECS[item]
        if codec.dated and use.type != "DT":
            form, text = write_period(value)
            before = (number, component - 1) if component > 1 else (number - 1, 1)
            cells.put(form, *before)
        else:
            text = codec.write(value)
        self._check_text(text, path)
        cells.put(text, number, component, repetition)

    def _check_text(self, text: str, path: str) -> None:
        marks = self.delimiters
        forbidden = {marks.element, marks.component, marks.segment, marks.repetition, "\r", "\n"}
        if found := sorted(mark for mark in forbidden if mark and mark in text):
            shown = " ".join(repr(mark) for mark in found)
            self._refuse(path, f"holds {shown}, which separates elements; take it out of the text")
        elif not text.isascii() and any(ord(char) > 255 for char in text):
            self._refuse(path, "holds a character outside Latin-1; X12 cannot carry it")


def _composite(cells: Cells | None, number: int) -> Parts | None:
    if cells is None:
        return None
    use = cells.element_use(number)
    if use is None or not use.components or use.usage == "N":
        return None
    return Parts.of_composite(cells, number)
