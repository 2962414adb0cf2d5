"""Which segment each record of a transaction set was read from.

A set has a place for every record in it, and an answer cites a handful of them. So only what
reading knows anyway is kept, one trace for each loop, and a place is worked out when asked for.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

import attrs
from attrs import define, frozen

from x12_pa.guides import SegmentUse
from x12_pa.models.traces import Trace
from x12_pa.syntax import Segment


@frozen(kw_only=True)
class Place:
    """Where a record stood in its file.

    Attributes:
        path: the record, `sources[0].receivers[0].subscribers[0].benefits[3]`.
        loop: the loop, `2110C`.
        number: the segment's number in its transaction set, ST is 1.
        line: the line of the file, from 1.
        text: the segment as it stood there; it may hold a patient's data.
    """

    path: str
    loop: str
    number: int
    line: int
    text: str = attrs.field(repr=False)

    @property
    def segment(self) -> str:
        """Return the segment id, `EB`."""
        return self.text[: 3 if self.text[2:3].isalnum() else 2]


@define(eq=False, slots=False)
class PlacesRead(Mapping[str, Place]):
    """The places of one transaction set by the path of the record."""

    _traces: Sequence[Trace] = attrs.field(repr=False)
    _segments: Sequence[Segment] = attrs.field(repr=False)
    _found: dict[str, Place] = attrs.field(factory=dict, init=False, repr=False)

    @cached_property
    def _loops(self) -> dict[str, Trace]:
        return {trace.path: trace for trace in self._traces if trace.path}

    @cached_property
    def _numbers(self) -> dict[int, int]:
        return {id(item): number for number, item in enumerate(self._segments, 1)}

    def __getitem__(self, path: str) -> Place:
        """Return where a record stood; a record that was not read from a segment has no place."""
        found = self._found.get(path)
        if found is None:
            found = self._found[path] = self._locate(path)
        return found

    def __iter__(self) -> Iterator[str]:
        """Go through the paths of all records that have a place."""
        for trace in self._traces:
            if trace.path and trace.opening is not None:
                yield trace.path
            for path, _, _ in trace.records():
                yield path

    def __len__(self) -> int:
        """Return how many records have a place."""
        return sum(1 for _ in self)

    def _locate(self, path: str) -> Place:
        trace = self._loops.get(path)
        if trace is not None and trace.opening is not None:
            return self._place(path, *trace.opening)
        for above in _above(path):
            if trace := self._loops.get(above):
                break
        else:
            trace = self._traces[0]
        for known, use, item in trace.records():
            if known == path:
                return self._place(path, use, item)
        raise KeyError(path)

    def _place(self, path: str, use: SegmentUse, item: Segment) -> Place:
        return Place(
            path=path,
            loop=use.parent.id,
            number=self._numbers.get(id(item), 0),
            line=item.line,
            text=item.text,
        )


def _above(path: str) -> Iterator[str]:
    """Yield the paths of the records around one, the nearest first."""
    while "." in path:
        path = path.rpartition(".")[0]
        yield path
