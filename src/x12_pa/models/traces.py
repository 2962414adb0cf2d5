"""What is collected while the records of one transaction set are read.

A `Trace` belongs to one record that stands for a loop and tells which segments it and the records
in it came from. A `Reading` holds all traces of a set and what
no field could take.
"""

from collections.abc import Iterator, Sequence

from attrs import Factory, define

from x12_pa.guides import LoopInstance, SegmentUse
from x12_pa.models.assembly import Assembly
from x12_pa.models.elements import Elements
from x12_pa.models.strays import Items, adopted
from x12_pa.syntax import Segment

FRAME = frozenset({"ST", "SE", "HL", "LS", "LE"})
"""Segments that only count and connect: their content follows from the tree itself."""

_SILENT = "it says nothing that a field holds"
_STRAY = "the guide has no place for it here"


@define(eq=False)
class Trace:
    """One record that stands for a loop.

    Attributes:
        path: the record, `sources[0].receivers[0]`; "" for that of the whole set.
        marks: slot and number in `items` of each record that was read from one segment.
        borrowed: slot, use and segment of those from a loop that is passed on the way down.
        items: what stands in the loop, with the strays that fit into it.
    """

    path: str
    instance: LoopInstance
    assembly: Assembly
    marks: list[tuple[int, int]] = Factory(list)
    borrowed: list[tuple[int, SegmentUse, Segment]] = Factory(list)
    items: Items = Factory(lambda self: self.instance.items, takes_self=True)

    @property
    def opening(self) -> tuple[SegmentUse, Segment] | None:
        """Return the first segment of the loop."""
        return next((item for item in self.items if isinstance(item, tuple)), None)

    def records(self) -> Iterator[tuple[str, SegmentUse, Segment]]:
        """Yield the path of each record that was read from one segment."""
        counts: dict[int, int] = {}
        fields = dict(self.assembly.fields)
        for slot, use, segment in (*self._own(), *self.borrowed):
            path = f"{self.path}.{self.assembly.names[slot]}".lstrip(".")
            number = counts[slot] = counts.get(slot, -1) + 1
            yield f"{path}[{number}]" if fields[slot].many else path, use, segment

    def _own(self) -> Iterator[tuple[int, SegmentUse, Segment]]:
        for slot, number in self.marks:
            item = self.items[number]
            assert isinstance(item, tuple)
            yield slot, *item


@define(frozen=True)
class Leftover:
    """A segment that no field took wholly, and the record that it belongs to."""

    path: str
    loop: str
    segment: Segment
    reason: str


@define(eq=False)
class Reading:
    """One transaction set while it is read.

    Attributes:
        borrowed: ids of segments that a record took from a loop that it does not stand for.
        doubt: there may be a loop that no record stands for.
    """

    traces: list[Trace] = Factory(list)
    left_over: list[Leftover] = Factory(list)
    borrowed: set[int] = Factory(set)
    doubt: bool = False

    def note(self, path: str, use: SegmentUse, segment: Segment, left: str) -> None:
        """Report a segment of which a field took nothing, or not everything."""
        if use.id not in FRAME:
            reason = f"no field could hold {left}" if left else _SILENT
            self.left_over.append(Leftover(path, use.parent.id, segment, reason))

    def stray(self, path: str, instance: LoopInstance, strays: Sequence[Segment]) -> None:
        """Report segments that have no place in the loop in which they were found."""
        self.left_over += [Leftover(path, instance.use.id, item, _STRAY) for item in strays]

    def finish(self, root: LoopInstance) -> None:
        """Report the loops that no record stands for, and put everything into file order."""
        if self.doubt:
            self._sweep(root, "", {id(trace.instance): trace.path for trace in self.traces})
        self.left_over.sort(key=lambda one: one.segment.offset)

    def _sweep(self, instance: LoopInstance, path: str, paths: dict[int, str]) -> None:
        own = paths.get(id(instance))
        if own is None:
            self._unread(instance, path)
        else:
            path = own
        for item in instance.items:
            if not isinstance(item, tuple):
                self._sweep(item, path, paths)

    def _unread(self, instance: LoopInstance, path: str) -> None:
        items, strays = adopted(instance) if instance.unplaced else (instance.items, ())
        for item in items:
            if isinstance(item, tuple) and id(item[1]) not in self.borrowed:
                use, segment = item
                parts = segment.text.split(segment.delimiters.element)
                left = Elements(use, segment.delimiters).left_over(parts, {0})
                self.note(path, use, segment, left)
        self.stray(path, instance, strays)
