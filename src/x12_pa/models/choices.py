"""Which fields of a record a segment feeds, which may depend on what came before it in its loop.

A field without a qualifier reads the first segment of its id, a field with one the first segment
that has it; a field that holds records of all occurrences reads each.
"""

from attrs import Factory, define

from x12_pa.models.bindings import BoundField
from x12_pa.models.elements import Elements
from x12_pa.models.segment_reading import SegmentReader
from x12_pa.syntax import Segment

Seen = set[str | tuple[str, str]]
"""Ids of segments and loops, and ids with a qualifier, that one occurrence of a loop had so far."""

_Field = tuple[int, BoundField]
_WHOLE = ("segment", "segments")


@define(eq=False)
class Choice:
    """The readers of one segment use.

    Attributes:
        only: the reader, where it is the same wherever the segment stands.
    """

    elements: Elements
    only: SegmentReader | None = None
    _first: list[_Field] = Factory(list)
    _chosen: dict[str, list[_Field]] = Factory(dict)
    _each: list[_Field] = Factory(list)
    readers: dict[tuple[bool, str | None], SegmentReader] = Factory(dict)

    def __attrs_post_init__(self) -> None:
        """Begin as the reader of a segment that no field is bound to."""
        self._settle()

    def add(self, slot: int, bound: BoundField) -> None:
        """Let the segment feed a field, if it is bound to this segment."""
        binding, use = bound.binding, self.elements.use
        selectors = [ref.selector for ref in binding.references if ref.segment == use.id]
        if binding.segment == use.id:
            (self._each if binding.kind == "segments" else self._first).append((slot, bound))
        elif selectors and selectors[0] is not None:
            self._chosen.setdefault(selectors[0], []).append((slot, bound))
        elif selectors:
            self._first.append((slot, bound))
        self._settle()

    def _settle(self) -> None:
        self.readers.clear()
        self.only = None if self._first or self._chosen else self._reader(False, None)

    def pick(self, item: Segment, seen: Seen) -> SegmentReader:
        """Return the reader of a segment after those seen in its loop."""
        use = self.elements.use
        first = use.id not in seen
        seen.add(use.id)
        value, kind = None, use.qualifier if self._chosen else None
        if kind is not None:
            value = item.component(kind[0], kind[1]) if kind[1] else item.element(kind[0])
            known = (use.id, value)
            value = None if value not in self._chosen or known in seen else value
            seen.add(known)
        return self.readers.get((first, value)) or self._reader(first, value)

    def _reader(self, first: bool, value: str | None) -> SegmentReader:
        fields = [*(self._first if first else ()), *self._each]
        reader = SegmentReader.of(
            self.elements,
            plain=[field for field in fields if field[1].binding.kind not in _WHOLE],
            picked=self._chosen.get(value or "", []),
            whole=[field for field in fields if field[1].binding.kind in _WHOLE],
        )
        self.readers[first, value] = reader
        return reader
