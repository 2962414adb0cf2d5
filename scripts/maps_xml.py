"""Write maps, data elements and code sets as XML, the same bytes every time.

The form is pyx12's second one (facts in attributes), so that pyx12 4 can load
the files; what it cannot say (lengths of this guide, short code meanings,
tolerances) stands in attributes that it does not look at. Nothing here knows
a loop or a segment, except the three envelope loops that pyx12 expects.
"""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from attrs import evolve
from maps_layout import Donors, Placed, place
from maps_tables import Element, Loop, Segment

HEADER = '<?xml version="1.0" encoding="UTF-8"?>\n<!-- generated_by scripts/build_maps.py -->\n'
ENVELOPE_POSITIONS = {"ISA": 100, "GS_LOOP": 200, "TA1": 200, "IEA": 300, "GS": 100}


class Xml:
    """Lines of indented XML."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.depth = 0

    def open(self, tag: str, attributes: dict[str, str]) -> None:
        """Start an element that has children."""
        self.lines.append(f"{' ' * self.depth}<{tag}{_attributes(attributes)}>")
        self.depth += 1

    def close(self, tag: str) -> None:
        """End it."""
        self.depth -= 1
        self.lines.append(f"{' ' * self.depth}</{tag}>")

    def leaf(self, tag: str, attributes: dict[str, str], text: str = "") -> None:
        """Write an element without children elements."""
        start = f"{' ' * self.depth}<{tag}{_attributes(attributes)}"
        self.lines.append(f"{start}>{escape(text)}</{tag}>" if text else f"{start}/>")

    def text(self) -> str:
        """Return the document."""
        return HEADER + "\n".join(self.lines) + "\n"


def _attributes(attributes: dict[str, str]) -> str:
    return "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())


class MapWriter:
    """Writes one transaction map."""

    def __init__(self, meanings: dict[str, dict[str, str]]) -> None:
        self.meanings = meanings
        self.xml = Xml()

    def placed(self, item: Placed) -> None:
        """Write a loop or segment at its position."""
        if isinstance(item.node, Segment):
            self._segment(item.node, item)
            return
        self.xml.open("loop", _loop_attributes(item.node, item))
        for child in item.children:
            self.placed(child)
        self.xml.close("loop")

    def segment(self, segment: Segment, position: int) -> None:
        """Write an envelope segment."""
        self._segment(segment, Placed(node=segment, position=position, base=position))

    def _segment(self, segment: Segment, item: Placed) -> None:
        attributes = {
            "xid": segment.id,
            "pos": f"{item.position:04d}",
            "usage": segment.usage,
            "max_use": segment.max_use,
            "name": segment.name,
        }
        if item.moved:
            attributes["base_pos"] = "" if item.base is None else f"{item.base:04d}"
        self.xml.open("segment", attributes | segment.extra)
        for note in segment.syntax:
            self.xml.leaf("syntax", {}, note)
        for number, element in enumerate(segment.elements, 1):
            self._element(element, number)
        self.xml.close("segment")

    def _element(self, element: Element, number: int) -> None:
        attributes = {
            "xid": element.ref,
            "data_ele": element.data_element,
            "usage": element.usage,
            "seq": f"{number:02d}",
            "name": element.name,
        }
        if element.type != "composite":
            attributes |= {
                "type": element.type,
                "min": str(element.min),
                "max": str(element.max),
            }
        if element.repeat != 1:
            attributes["repeat"] = str(element.repeat)
        attributes |= element.extra
        tag = "composite" if element.type == "composite" else "element"
        if not (element.codes or element.parts or element.syntax):
            self.xml.leaf(tag, attributes)
            return
        self.xml.open(tag, attributes)
        for note in element.syntax:
            self.xml.leaf("syntax", {}, note)
        for index, part in enumerate(element.parts, 1):
            self._element(part, index)
        if element.codes:
            self._codes(element)
        self.xml.close(tag)

    def _codes(self, element: Element) -> None:
        labels = self.meanings.get(element.data_element, {})
        self.xml.open("valid_codes", {})
        for code in element.codes or ():
            self.xml.leaf("code", {"label": labels[code]} if code in labels else {}, code)
        self.xml.close("valid_codes")

    def open_loop(self, xid: str, position: int, kind: str, name: str, repeat: str) -> None:
        """Start an envelope or wrapper loop."""
        attributes = {"xid": xid, "pos": f"{position:04d}", "usage": "R", "repeat": repeat}
        self.xml.open("loop", attributes | {"type": kind, "name": name})

    def notes(self, notes: tuple[tuple[str, dict[str, str], str], ...]) -> None:
        """Write what the tables say about the whole transaction."""
        if not notes:
            return
        self.xml.open("notes", {})
        for kind, attributes, text in notes:
            self.xml.leaf(kind, attributes, text)
        self.xml.close("notes")


def _loop_attributes(loop: Loop, item: Placed) -> dict[str, str]:
    attributes = {
        "xid": loop.id,
        "pos": f"{item.position:04d}",
        "usage": loop.usage,
        "repeat": loop.repeat,
        "name": loop.name,
    }
    if item.moved:
        attributes["base_pos"] = "" if item.base is None else f"{item.base:04d}"
    return attributes | loop.extra


def transaction_body(
    writer: MapWriter, children: tuple[Loop | Segment, ...], donors: Donors
) -> None:
    """Write ST_LOOP's children: ST, HEADER and DETAIL wrappers, SE.

    HEADER holds what comes before the first HL loop, DETAIL the rest; a guide without HL has
    no DETAIL. pyx12 looks for its BHT in HEADER.
    """
    first_level = next(
        (i for i, node in enumerate(children) if isinstance(node, Loop) and node.is_level),
        len(children) - 1,
    )
    start, *header = place(children[:first_level], donors)
    detail = place(children[first_level:-1], donors)
    writer.placed(start)
    position = header[0].position
    _wrapper(writer, "HEADER", position, header)
    if detail:
        position += 100
        _wrapper(writer, "DETAIL", position, detail)
    end = place(children[-1:], donors)[0]
    highest = max(position, *(item.position for item in header))
    if end.position <= highest:
        end = evolve(end, position=(highest // 100 + 1) * 100)
    writer.placed(end)


def _wrapper(writer: MapWriter, xid: str, position: int, items: list[Placed]) -> None:
    writer.open_loop(xid, position, "wrapper", xid.lower(), "1")
    for item in items:
        writer.placed(item)
    writer.xml.close("loop")
