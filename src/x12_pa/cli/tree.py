"""A file as views for display: names and meanings beside each value, private values hidden.

One transaction set is in memory at a time. What is private is decided by `validation.elements`, the
same as for findings; where no guide says what a value is (an unknown segment, an element beyond
the last one), it is hidden, because nobody can tell what it holds.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

from attrs import asdict, frozen

from x12_pa.cli.context import HIDDEN
from x12_pa.guides import (
    COMPOSITE,
    ElementUse,
    Guide,
    LoopInstance,
    Profile,
    SegmentUse,
    find_guide,
    read_tree,
)
from x12_pa.guides.index import control_segments
from x12_pa.syntax import Segment, read_segments
from x12_pa.validation.privacy import is_private

_SECRETS = ("ISA02", "ISA04")
"""Envelope elements that may hold a password; the others name partners, not patients."""
_SIGN_AND_POINT = 2
"""Characters of a number that its greatest length does not count."""
_DEPTHS = {"ISA": 0, "IEA": 0, "TA1": 1, "GS": 1, "GE": 1}
_SET_DEPTH = 2


@frozen(kw_only=True)
class ElementView:
    """One element, component or repetition that has a value."""

    ref: str
    name: str
    value: str
    label: str | None = None


@frozen(kw_only=True)
class SegmentView:
    """One segment; `placed` is False where the guide has no place for it."""

    segment: str
    name: str
    line: int
    placed: bool
    elements: tuple[ElementView, ...]


@frozen(kw_only=True)
class LoopView:
    """One loop instance with its segments and loops in the order they came."""

    loop: str
    name: str
    items: "tuple[SegmentView | LoopView, ...]"


@frozen(kw_only=True)
class SetView:
    """One transaction set; `guide` is None when we have none for it."""

    set: str
    control: str
    guide: str | None
    kind: str | None
    items: tuple[SegmentView | LoopView, ...]


View = SegmentView | SetView


def views(
    source: BinaryIO, *, profile: Profile | None = None, show_phi: bool = False
) -> Iterator[View]:
    """Yield the envelope segments and transaction sets of a file in order.

    Raises:
        NotX12: the input does not begin with an interchange.
    """
    viewer = _Viewer(profile, show_phi)
    opened: list[Segment] = []
    group: Segment | None = None
    for item in read_segments(source):
        kind = item.id
        if opened and kind in ("ISA", "GS", "ST", "GE", "IEA"):
            yield viewer.set(opened, group)
            opened = []
        if kind == "ST" or opened:
            opened.append(item)
            if kind == "SE":
                yield viewer.set(opened, group)
                opened = []
            continue
        if kind in ("ISA", "GS"):
            group = item if kind == "GS" else None
        yield viewer.envelope(item)
    if opened:
        yield viewer.set(opened, group)


@frozen
class _Viewer:
    profile: Profile | None
    show_phi: bool

    def envelope(self, item: Segment) -> SegmentView:
        use = control_segments().get(item.id)
        return self._segment(use, item, envelope=use is not None)

    def set(self, segments: list[Segment], group: Segment | None) -> SetView:
        start = segments[0]
        guide = self._guide(segments, group)
        items: tuple[SegmentView | LoopView, ...]
        if guide is None:
            items = tuple(self._segment(None, item) for item in segments)
        else:
            items = self._items(read_tree(guide, segments))
        return SetView(
            set=start.element(1),
            control=start.element(2),
            guide=guide.id if guide else None,
            kind=guide.kind if guide else None,
            items=items,
        )

    def _guide(self, segments: list[Segment], group: Segment | None) -> Guide | None:
        start = segments[0]
        begin = next((item for item in segments[:3] if item.id == "BHT"), None)
        return find_guide(
            set_id=start.element(1),
            convention=start.element(3),
            version=group.element(8) if group else "",
            functional_id=group.element(1) if group else "",
            purpose=begin.element(2) if begin else "",
            profile=self.profile,
        )

    def _items(self, instance: LoopInstance) -> tuple[SegmentView | LoopView, ...]:
        found: list[SegmentView | LoopView] = []
        for item in instance.items:
            if isinstance(item, LoopInstance):
                use = item.use
                found.append(LoopView(loop=use.id, name=use.name, items=self._items(item)))
            else:
                found.append(self._segment(*item))
        found += [self._segment(None, item) for item in instance.unplaced]
        return tuple(found)

    def _segment(
        self, use: SegmentUse | None, item: Segment, *, envelope: bool = False
    ) -> SegmentView:
        known = use.elements if use else ()
        found: list[ElementView] = []
        for number, value in enumerate(item.elements, 1):
            if not value.strip():
                continue
            ref = f"{item.id}{number:02}"
            if use is None or number > len(known):
                found.append(ElementView(ref=ref, name="", value=self._hidden(value)))
            elif envelope:
                shown = self._hidden(value) if ref in _SECRETS else value
                found.append(_view(ref, known[number - 1], shown))
            else:
                found += self._element(use, known[number - 1], value, item, ref)
        return SegmentView(
            segment=item.id,
            name=use.name if use else "",
            line=item.line,
            placed=use is not None,
            elements=tuple(found),
        )

    def _element(
        self, use: SegmentUse, element: ElementUse, value: str, item: Segment, ref: str
    ) -> Iterator[ElementView]:
        marks = item.delimiters
        repeats = bool(marks.repetition) and element.repeat != 1
        values = value.split(marks.repetition) if repeats else [value]
        for number, one in enumerate(values, 1):
            spot = ref if len(values) == 1 else f"{ref} repetition {number}"
            if element.type == COMPOSITE:
                yield from self._components(use, element, one.split(marks.component), spot)
            else:
                yield _view(spot, element, self._shown(use, element, one))

    def _components(
        self, use: SegmentUse, element: ElementUse, parts: list[str], ref: str
    ) -> Iterator[ElementView]:
        for number, part in enumerate(parts, 1):
            spot = f"{ref[:5]}-{number}{ref[5:]}" if len(ref) > 5 else f"{ref}-{number}"
            if not part:
                continue
            if number > len(element.components):
                yield ElementView(ref=spot, name="", value=self._hidden(part))
            else:
                component = element.components[number - 1]
                yield _view(spot, component, self._shown(use, component, part))

    def _shown(self, use: SegmentUse, element: ElementUse, value: str) -> str:
        """Hide a private value, and a value that cannot be what its element is meant for."""
        strange = len(value) > element.max + _SIGN_AND_POINT and value not in (element.codes or ())
        return self._hidden(value) if strange or is_private(use, element) else value

    def _hidden(self, value: str) -> str:
        return value if self.show_phi else HIDDEN


def _view(ref: str, element: ElementUse, value: str) -> ElementView:
    return ElementView(
        ref=ref, name=element.name, value=value, label=element.labels.get(value) or None
    )


def text_lines(found: Iterable[View]) -> Iterator[str]:
    """Yield the tree as indented lines."""
    for view in found:
        if isinstance(view, SegmentView):
            yield from _segment_lines(view, _DEPTHS.get(view.segment, 1))
            continue
        guide = f"{view.guide} {view.kind}" if view.guide else "no guide here: values are hidden"
        yield f"{_indent(_SET_DEPTH)}Transaction set {view.set} {view.control} ({guide})"
        yield from _item_lines(view.items, _SET_DEPTH + 1)


def _item_lines(items: Iterable[SegmentView | LoopView], depth: int) -> Iterator[str]:
    for item in items:
        if isinstance(item, LoopView):
            yield f"{_indent(depth)}Loop {item.loop}  {item.name}".rstrip()
            yield from _item_lines(item.items, depth + 1)
        else:
            yield from _segment_lines(item, depth)


def _segment_lines(view: SegmentView, depth: int) -> Iterator[str]:
    name = view.name if view.placed else "no place for it in the guide"
    yield f"{_indent(depth)}{view.segment}  {name}  (line {view.line})"
    for element in view.elements:
        text = f"{element.name}: {element.label}" if element.label else element.name
        yield f"{_indent(depth + 1)}{element.ref:<8} {element.value:<16} {text}".rstrip()


def _indent(depth: int) -> str:
    return "  " * depth


def json_pieces(path: str, found: Iterable[View]) -> Iterator[str]:
    """Yield `{"schema": "x12-pa/show/1", "path", "items": […]}` as a stream.

    An item is an envelope segment, or a transaction set with its segments and loops in `items`.
    """
    yield f'{{"schema": "x12-pa/show/1", "path": {json.dumps(path)}, "items": ['
    for number, view in enumerate(found):
        yield (",\n  " if number else "\n  ") + json.dumps(_plain(view))
    yield "\n]}\n"


def _plain(view: View) -> dict[str, Any]:
    return asdict(view)
