"""Make tables of the guides that are known in outline only, from their nearest relative.

An outline names loops and segments that public samples and excerpts show, and says usage and
counts only where a source does. The rest of the frame is the 278 of 005010X217 in the same
direction: its elements, and the loops and segments that the outline does not name, so that a
reader finds its way. Those are marked `partial`: a validator reports them as not checked. What
stands inside a loop that is marked bears no mark of its own: one report says it for all.

Sure, and therefore kept as rules: that there is a first level, how levels hang together, what the
frame segments (ST, BHT, HL, SE) need, counts that the outline states, data types and lengths of the
dictionary, syntax notes. Everything else is situational and unlimited here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from attrs import evolve, frozen
from maps_tables import UNBOUNDED, Element, Loop, Segment, Table

FRAME = ("ST", "HL", "SE")
PARTIAL = {"partial": "yes"}
Row = dict[str, Any]


@frozen
class Relatives:
    """The complete tables that lend elements: of the same direction, and of the other one."""

    near: Table
    other: Table

    def segments(self) -> Iterator[tuple[str, Segment]]:
        """Yield every segment with the id of its loop, the same direction first."""
        for table in (self.near, self.other):
            yield from _segments(table.children, "")


def read_outline(outline: Row, relatives: Relatives) -> Table:
    """Return the table of a guide that is known in outline."""
    known = {row["id"]: row for row in _rows(outline["loops"])}
    detect = outline["detect"]
    children: list[Loop | Segment] = []
    for node in relatives.near.children:
        if isinstance(node, Loop):
            children.append(_loop(node, known[node.id], known, relatives, usage="R"))
        else:
            children.append(_head(node, outline["guide"], detect))
    notes = [
        ("note", {"topic": "status"}, outline["status"]),
        ("note", {"topic": "warning"}, outline["warning"]),
        *(("note", {"topic": "evidence"}, _plain(each)) for each in outline["evidence"]),
    ]
    return Table(children=tuple(children), meanings=relatives.near.meanings, notes=tuple(notes))


def _plain(text: str) -> str:
    """Leave out what stands in brackets."""
    return re.sub(r" \([^)]*\)", "", text)


def _rows(loops: list[Row]) -> Iterator[Row]:
    for row in loops:
        yield row
        yield from _rows(row["loops"])


def _segments(children: tuple[Loop | Segment, ...], loop: str) -> Iterator[tuple[str, Segment]]:
    for node in children:
        if isinstance(node, Loop):
            yield from _segments(node.children, node.id)
        else:
            yield loop, node


def _head(segment: Segment, guide: str, detect: Row) -> Segment:
    """Return ST, BHT or SE with the values that tell this guide."""
    seen = {
        "ST03": (guide,),
        "BHT01": (detect["BHT01"],),
        "BHT02": tuple(detect["BHT02_seen"]),
    }
    more = detect.get("BHT06_seen", [])
    elements = []
    for number, element in enumerate(segment.elements, 1):
        codes = seen.get(element.ref, element.codes)
        if element.ref == "BHT06" and codes:
            codes = tuple(dict.fromkeys([*codes, *more]))
        changed = evolve(element, codes=codes, extra=_kept(element))
        required = segment.id in FRAME or number <= 2
        elements.append(changed if required else _loose(changed))
    return evolve(segment, elements=tuple(elements), extra={})


def _loop(
    near: Loop,
    row: Row | None,
    known: dict[str, Row],
    relatives: Relatives,
    *,
    usage: str = "S",
    inside: bool = False,
) -> Loop:
    """Return a loop.

    Args:
        near: the relative's loop.
        row: what the outline says of it, None when it does not name it.
        inside: it stands in a loop that the outline does not name.
    """
    rows = row["segments"] if row else []
    trigger, *others = [node for node in near.children if isinstance(node, Segment)]
    mark = {} if row or inside else dict(PARTIAL)
    named = {segment.id for segment in (trigger, *others)}
    segments = _covered(others, rows) if row else [_unmarked(each) for each in others]
    segments += [_borrowed(each, near.id, relatives) for each in rows if each["id"] not in named]
    segments.sort(key=lambda segment: segment.position or 0)
    loops = [node for node in near.children if isinstance(node, Loop)]
    inner = [
        _loop(node, known.get(node.id), known, relatives, inside=row is None) for node in loops
    ]
    name = _plain(row["name"]) if row else near.name
    seen = tuple(row["trigger"].get("values_seen", ())) if row else ()
    first = evolve(_trigger(trigger, seen), name=name, extra=mark)
    return Loop(
        id=near.id,
        name=name,
        usage=usage,
        repeat=UNBOUNDED,
        children=(first, *segments, *inner),
        extra=mark,
    )


def _unmarked(segment: Segment) -> Segment:
    elements = tuple(_loose(element) for element in segment.elements)
    return evolve(segment, usage="S", max_use=UNBOUNDED, elements=elements, extra={})


def _trigger(segment: Segment, seen: tuple[str, ...]) -> Segment:
    first, *rest = segment.elements
    if first.codes:
        first = evolve(first, codes=tuple(dict.fromkeys([*first.codes, *seen])))
    elements = [first, *rest]
    if segment.id not in FRAME:
        elements = [_loose(element) for element in elements]
    return evolve(segment, elements=tuple(elements))


def _covered(near: list[Segment], rows: list[Row]) -> list[Segment]:
    """Mark the segments that no row of the outline means; loosen all of them."""
    found = []
    for segment in near:
        row = next((row for row in rows if _means(row, segment, near)), None)
        elements = tuple(_loose(_with_seen(element, row)) for element in segment.elements)
        found.append(
            evolve(
                segment,
                usage=row.get("usage", "S") if row else "S",
                max_use=str(row["max"]) if row and "max" in row else UNBOUNDED,
                elements=elements,
                extra={} if row else dict(PARTIAL),
            )
        )
    return found


def _means(row: Row, segment: Segment, near: list[Segment]) -> bool:
    """Tell whether a row of an outline is about this segment: its id, and a qualifier it names."""
    if row["id"] != segment.id:
        return False
    words = set(re.findall(r"\b[A-Z0-9]{1,3}\b", row["name"]))
    siblings = [_qualifiers(other) for other in near if other.id == segment.id]
    if len(siblings) < 2 or not any(words & codes for codes in siblings):
        return True
    return bool(words & _qualifiers(segment))


def _qualifiers(segment: Segment) -> set[str]:
    first = segment.elements[0]
    return set((first.parts[0] if first.parts else first).codes or ())


def _with_seen(element: Element, row: Row | None) -> Element:
    """Add the values that a row says were seen: `TRN01 1 and 2 both seen`."""
    said = re.search(rf"{element.ref}[= ]((?:\w )?(?:and )?\w)\b", row["name"] if row else "")
    if said is None or not element.codes:
        return element
    values = said[1].split(" and ")
    return evolve(element, codes=tuple(dict.fromkeys([*element.codes, *values])))


def _borrowed(row: Row, loop: str, relatives: Relatives) -> Segment:
    """Return a segment that the relative's loop lacks, with the elements it has elsewhere."""
    uses = [(owner, use) for owner, use in relatives.segments() if use.id == row["id"]]
    owner, use = next((pair for pair in uses if pair[0] == loop), uses[0])
    first, *rest = use.elements
    if owner != loop:
        seen = re.findall(r"\b(?=[A-Z0-9]*\d)[A-Z0-9]{2,3}\b", row["name"])
        first = evolve(first, codes=tuple(seen) or None)
    return evolve(
        use,
        name=_plain(row["name"]) if row["name"][:1].islower() else use.name,
        usage=row.get("usage", "S"),
        max_use=str(row["max"]) if "max" in row else UNBOUNDED,
        elements=tuple(_loose(element) for element in (first, *rest)),
        extra={},
    )


def _kept(element: Element) -> dict[str, str]:
    names = ("label", "external", "external_by_qualifier")
    return {name: value for name, value in element.extra.items() if name in names}


def _loose(element: Element) -> Element:
    """Return an element that may be left out; what it may not hold is still known."""
    tolerated = element.extra.get("tolerate", "").split()
    codes = element.codes and tuple(dict.fromkeys([*element.codes, *tolerated]))
    return evolve(
        element,
        usage="S" if element.usage == "R" else element.usage,
        codes=codes,
        parts=tuple(_loose(part) for part in element.parts),
        extra=_kept(element),
    )
