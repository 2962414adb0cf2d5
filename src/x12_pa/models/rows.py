"""How the fields of a record become the text of one segment, compiled once for each use.

A *row* is a segment that is being written: a list with its id and one entry for each element, a
text or, for a composite, the list of its components. `RowWriter.finish` adds what the guide alone
decides and joins it. Whatever is not plain (a value without a place, a separator within a text) is
`Unusual`: the careful builder then takes the whole set and says what is wrong, field by field.
"""

import re
from collections.abc import Callable
from typing import Any

from attrs import define

from x12_pa.guides import ElementUse, SegmentUse
from x12_pa.models.bindings import BoundField, bound_fields
from x12_pa.models.cells import constant_of
from x12_pa.models.codecs import CODECS, write_period
from x12_pa.syntax import Delimiters

Row = list[Any]
Put = Callable[[Any, Row], None]


class Unusual(Exception):
    """A record that cannot be written by the compiled way; never seen outside building."""


def refuse(value: Any, row: Row) -> None:
    """Stand for a field that the guide has no place for."""
    raise Unusual


@define(eq=False)
class RowWriter:
    """Writes segments of one use."""

    use: SegmentUse
    marks: Delimiters
    _blank: tuple[str, ...] = ()
    _fill: tuple[tuple[int, str, str], ...] = ()
    _composites: tuple[tuple[int, tuple[tuple[str, str], ...]], ...] = ()
    _bad: Callable[[str], Any] = str

    def __attrs_post_init__(self) -> None:
        """Work out the constants of the guide and what no text may hold."""
        uses, marks = self.use.elements, self.marks
        self._blank = (self.use.id, *("" for _ in uses))
        plain = [(n, *_constants(use)) for n, use in enumerate(uses, 1) if not use.components]
        self._fill = tuple(one for one in plain if any(one[1:]))
        self._composites = tuple(
            (n, tuple(_constants(part) for part in use.components))
            for n, use in enumerate(uses, 1)
            if use.components
        )
        inside = marks.element + marks.component + marks.segment + marks.repetition
        self._bad = re.compile(rf"[{re.escape(inside)}\r\n]|[^\x00-\xff]").search

    def row(self) -> Row:
        """Return an empty row."""
        return list(self._blank)

    def finish(self, row: Row) -> str:
        """Fill in the values that the guide leaves no choice about, and join the row."""
        for number, always, before in self._fill:
            if not row[number]:
                follows = before and number + 1 < len(row) and row[number + 1]
                row[number] = before if follows else always
        for number, constants in self._composites:
            if isinstance(row[number], list):
                row[number] = self._join(row[number], constants)
        while not row[-1]:
            row.pop()
        return self.marks.element.join(row)

    def _join(self, parts: list[str], constants: tuple[tuple[str, str], ...]) -> str:
        if any(parts):
            for index, (always, before) in enumerate(constants):
                if not parts[index]:
                    follows = before and index + 1 < len(parts) and parts[index + 1]
                    parts[index] = before if follows else always
        while parts and not parts[-1]:
            parts.pop()
        return self.marks.component.join(parts)

    def put(self, bound: BoundField) -> Put:
        """Compile the writing of a field whose references name this segment."""
        binding = bound.binding
        refs = [ref for ref in binding.references if ref.segment == self.use.id]
        match binding.kind:
            case "repetitions":
                return self._repetitions(refs[0].element)
            case "composite":
                return self._record(bound, self._components(refs[0].element))
            case "composites":
                puts = [
                    self._record(bound, self._components(n + 1)) for n in range(len(self._blank))
                ]
                return _each(puts)
            case "groups":
                groups = [[(ref.element + n, 1) for n in range(binding.size)] for ref in refs]
                return _each([self._record(bound, spots) for spots in groups])
        puts = [self._value(ref.element, ref.component, bound.item) for ref in refs]
        return _each(puts) if bound.many else puts[0] if puts else refuse

    def _components(self, number: int) -> list[tuple[int, int]]:
        use = self._use(number)
        if use is None or not use.components:
            return []
        return [(number, component) for component in range(1, len(use.components) + 1)]

    def _use(self, number: int) -> ElementUse | None:
        uses = self.use.elements
        use = uses[number - 1] if number <= len(uses) else None
        return None if use is None or use.usage == "N" else use

    def whole(self, record: type) -> Put:
        """Compile the writing of a record that stands for the segment."""
        return self._puts(record, self.put)

    def _record(self, bound: BoundField, spots: list[tuple[int, int]]) -> Put:
        if not spots:
            return refuse
        return self._puts(bound.item, lambda inner: self._members(inner, spots))

    def _puts(self, record: type, compiled: Callable[[BoundField], Put]) -> Put:
        fields = [(f.name, f.many or f.item is str, compiled(f)) for f in bound_fields(record)]

        def put(value: Any, row: Row) -> None:
            for name, falsy, put_field in fields:
                found = getattr(value, name)
                if found or (found is not None and not falsy):
                    put_field(found, row)

        return put

    def _members(self, bound: BoundField, spots: list[tuple[int, int]]) -> Put:
        numbers = bound.binding.numbers
        puts = [
            self._value(*spots[n - 1], bound.item) if n <= len(spots) else refuse for n in numbers
        ]
        return _each(puts) if bound.many else puts[0]

    def _value(self, number: int, component: int, item: Any) -> Put:
        whole = self._use(number)
        if whole is None:
            return refuse
        if whole.components:
            return self._component(whole, number, component, item)
        codec, bad = CODECS[item], self._bad
        if component > 1:
            return refuse
        if codec.dated and whole.type != "DT":

            def put_dated(value: Any, row: Row) -> None:
                row[number - 1], row[number] = write_period(value)

            return put_dated
        write = codec.write

        def put(value: Any, row: Row) -> None:
            text = write(value)
            if bad(text):
                raise Unusual
            row[number] = text

        return put

    def _component(self, whole: ElementUse, number: int, component: int, item: Any) -> Put:
        width, codec, bad = len(whole.components), CODECS[item], self._bad
        if component > width or whole.components[component - 1].usage == "N":
            return refuse
        dated = codec.dated and whole.components[component - 1].type != "DT"
        if dated and component == 1:
            return refuse

        def put(value: Any, row: Row) -> None:
            parts = row[number]
            if not parts:
                parts = row[number] = [""] * width
            if dated:
                parts[component - 2], parts[component - 1] = write_period(value)
                return
            text = codec.write(value)
            if bad(text):
                raise Unusual
            parts[component - 1] = text

        return put

    def _repetitions(self, number: int) -> Put:
        use, separator, bad = self._use(number), self.marks.repetition, self._bad
        if use is None or use.components or not separator:
            return refuse

        def put(values: Any, row: Row) -> None:
            texts = [text for text in values if text]
            if any(bad(text) for text in texts):
                raise Unusual
            row[number] = separator.join(texts)

        return put


def _constants(use: ElementUse) -> tuple[str, str]:
    """Return the value of an element that must be there, and the one when another follows."""
    return constant_of(use, follows=False), constant_of(use, follows=True)


def _each(puts: list[Put]) -> Put:
    """Write several values, each to its own place."""

    def put(values: Any, row: Row) -> None:
        if len(values) > len(puts):
            raise Unusual
        for value, put_one in zip(values, puts, strict=False):
            put_one(value, row)

    return put


def written_to(bound: BoundField) -> tuple[str, str | None]:
    """Return the id of the segment that a field stands in, and the qualifier that picks it."""
    binding = bound.binding
    if binding.references:
        return binding.references[0].segment, binding.references[0].selector
    return binding.segment or "", None
