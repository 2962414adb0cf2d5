"""The segments of a file as a person reads them: loop, name, and a meaning for each element.

One transaction set is in memory at a time. Each segment comes as pieces (separators are pieces
too), so that a reader can colour one component without taking the text apart again. Values that
may not be shown are hidden here already (`hiding`).

A large file is not annotated whole. `Selection` says which segments are wanted: those around the
offsets of findings, up to a limit; what is left out is counted and comes as a `Gap`.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import BinaryIO

from attrs import define, evolve, field, frozen

from x12_pa.guides import (
    COMPOSITE,
    ElementUse,
    Guide,
    LoopUse,
    Profile,
    SegmentUse,
    find_guide,
    read_tree,
)
from x12_pa.guides.index import control_segments
from x12_pa.syntax import Delimiters, Segment, read_segments
from x12_pa.validation.hiding import ENVELOPES, SECRETS, may_show
from x12_pa.validation.privacy import HIDDEN

LARGEST_SET = 20_000
"""Segments of one set that are held at a time; a longer set is cut into pieces without names."""


@frozen
class Piece:
    """A stretch of a segment: an element, a component, or a separator (then `ref` is "").

    Attributes:
        start: where it stands in the segment's text as it is in the file, `end` where it ends.
        text: the text, or bullets in its place.
        title: what a person is told about it: name and meaning.
        repetition: 1-based.
    """

    start: int
    end: int
    text: str
    ref: str = ""
    title: str = ""
    repetition: int = 1


@frozen
class Annotated:
    """One segment.

    Attributes:
        loop: ids of the loops around it, outermost first; () for envelopes.
        opens: it is the first segment of an instance of its innermost loop.
        placed: the guide has a place for it, or there is no guide to ask.
    """

    id: str
    name: str
    line: int
    offset: int
    loop: tuple[LoopUse, ...] = ()
    opens: bool = False
    placed: bool = True
    pieces: tuple[Piece, ...] = ()
    marks: Delimiters | None = None

    @property
    def text(self) -> str:
        """The whole segment as shown."""
        return "".join(piece.text for piece in self.pieces)


@frozen
class Gap:
    """Segments that are left out; `last` when nothing comes after them."""

    segments: int
    last: bool = False


@define
class Selection:
    """Which segments of a file are wanted.

    Attributes:
        offsets: sorted byte offsets of what must be shown.
        before, after: how many segments around each of them.
        limit: how many segments are shown at most.
        whole: files of at most so many segments are shown from end to end.
    """

    offsets: list[int] = field(factory=list)
    before: int = 3
    after: int = 2
    limit: int = 3000
    whole: bool = True

    def wanted(self, segments: list[Segment]) -> list[bool]:
        """Tell of each segment of a set whether it is shown."""
        if self.whole:
            return [True] * len(segments)
        places = [item.offset for item in segments]
        first = bisect_left(self.offsets, places[0])
        last = bisect_right(self.offsets, places[-1] + len(segments[-1].text))
        keep = [False] * len(segments)
        for offset in self.offsets[first:last]:
            at = bisect_right(places, offset) - 1
            for near in range(max(0, at - self.before), min(len(keep), at + self.after + 1)):
                keep[near] = True
        if any(keep):
            keep[0] = keep[-1] = True
        return keep


def annotate(
    source: BinaryIO,
    *,
    selection: Selection | None = None,
    profile: Profile | None = None,
    show_phi: bool = False,
) -> Iterator[Annotated | Gap]:
    """Yield the wanted segments of a file in order, and a gap for each stretch left out.

    Raises:
        NotX12: the input does not begin with an interchange.
    """
    chosen = selection or Selection()
    shown, skipped, past = 0, 0, chosen.offsets[-1] if chosen.offsets else -1
    for guide, run in _runs(source, profile):
        if shown >= chosen.limit or (not chosen.whole and run[0].offset > past and shown):
            break
        keep = chosen.wanted(run)
        if not any(keep):
            skipped += len(run)
            continue
        for item, wanted in zip(_annotated(guide, run, show_phi), keep, strict=True):
            if not wanted or shown >= chosen.limit:
                skipped += 1
                continue
            if skipped:
                yield Gap(skipped)
                skipped = 0
            shown += 1
            yield item
    if skipped or shown >= chosen.limit or not chosen.whole:
        yield Gap(skipped, last=True)


def _runs(
    source: BinaryIO, profile: Profile | None
) -> Iterator[tuple[Guide | None, list[Segment]]]:
    """Yield stretches that belong together: a transaction set, or one envelope segment."""
    opened: list[Segment] = []
    group: Segment | None = None
    for item in read_segments(source):
        kind = item.id
        if opened and (kind in ("ISA", "GS", "ST", "GE", "IEA") or len(opened) >= LARGEST_SET):
            yield _guide(opened, group, profile), opened
            opened = []
        if kind in ("ISA", "GS", "GE", "IEA"):
            group = item if kind == "GS" else None if kind == "ISA" else group
            yield None, [item]
        else:
            opened.append(item)
            if kind == "SE":
                yield _guide(opened, group, profile), opened
                opened = []
    if opened:
        yield _guide(opened, group, profile), opened


def _guide(segments: list[Segment], group: Segment | None, profile: Profile | None) -> Guide | None:
    start = segments[0]
    if start.id != "ST":
        return None
    begin = next((item for item in segments[:3] if item.id == "BHT"), None)
    return find_guide(
        set_id=start.element(1),
        convention=start.element(3),
        version=group.element(8) if group else "",
        functional_id=group.element(1) if group else "",
        purpose=begin.element(2) if begin else "",
        profile=profile,
    )


def _annotated(guide: Guide | None, run: list[Segment], show_phi: bool) -> Iterator[Annotated]:
    uses: dict[int, tuple[SegmentUse, bool]] = {}
    if guide is not None:
        for instance, use, item in read_tree(guide, run).iter():
            uses[id(item)] = use, instance.items[0] == (use, item)
    around: tuple[LoopUse, ...] = ()
    for item in run:
        known, opens = uses.get(id(item), (None, False))
        if item.id in ENVELOPES:
            known = control_segments().get(item.id)
            around = ()
        elif known is not None:
            around = _loops(known)
        yield Annotated(
            id=item.id,
            name=known.name if known else "",
            line=item.line,
            offset=item.offset,
            loop=around,
            opens=opens and bool(around),
            placed=known is not None or guide is None,
            pieces=tuple(_pieces(known, item, show_phi)),
            marks=item.delimiters,
        )


def _loops(use: SegmentUse) -> tuple[LoopUse, ...]:
    """Return the loops around a segment use, outermost first, without the transaction set."""
    found: list[LoopUse] = []
    loop: LoopUse | None = use.parent if hasattr(use, "parent") else None
    while loop is not None and loop.parent is not None:
        found.append(loop)
        loop = loop.parent
    return tuple(reversed(found))


def _pieces(use: SegmentUse | None, item: Segment, show_phi: bool) -> Iterator[Piece]:
    marks = item.delimiters
    at = len(item.id)
    yield Piece(0, at, item.id if show_phi or len(item.id) <= 3 else HIDDEN)
    for number, value in enumerate(item.elements, 1):
        yield Piece(at, at + 1, marks.element)
        at += 1
        element = use.elements[number - 1] if use and number <= len(use.elements) else None
        yield from _element(use, element, f"{item.id}{number:02}", value, at, item, show_phi)
        at += len(value)


def _element(
    use: SegmentUse | None,
    element: ElementUse | None,
    ref: str,
    value: str,
    at: int,
    item: Segment,
    show_phi: bool,
) -> Iterator[Piece]:
    marks = item.delimiters
    single = item.id == "ISA" or element is None
    repeats = value.split(marks.repetition) if marks.repetition and not single else [value]
    for index, one in enumerate(repeats):
        if index:
            yield Piece(at, at + 1, marks.repetition)
            at += 1
        if element is None or element.type != COMPOSITE:
            yield evolve(_value(use, element, ref, one, at, show_phi), repetition=index + 1)
            at += len(one)
            continue
        for number, part in enumerate(one.split(marks.component), 1):
            if number > 1:
                yield Piece(at, at + 1, marks.component)
                at += 1
            known = number <= len(element.components)
            component = element.components[number - 1] if known else None
            piece = _value(use, component, f"{ref}-{number}", part, at, show_phi, element.name)
            yield evolve(piece, repetition=index + 1)
            at += len(part)


def _value(
    use: SegmentUse | None,
    element: ElementUse | None,
    ref: str,
    value: str,
    at: int,
    show_phi: bool,
    owner: str = "",
) -> Piece:
    end = at + len(value)
    if not value:
        return Piece(at, end, "", ref)
    if element is None or use is None:
        return Piece(at, end, value if show_phi or not value.strip() else HIDDEN, ref)
    allowed = ref not in SECRETS if use.id in ENVELOPES else may_show(use, element, value)
    shown = value if show_phi or allowed or not value.strip() else HIDDEN
    name = f"{owner}: {element.name}" if owner and owner != element.name else element.name
    label = element.labels.get(value.strip(), "") if shown == value else ""
    return Piece(at, end, shown, ref, f"{name} = {label}" if label else name)
