"""Guides outside our own set, from the maps that pyx12 ships.

Only pyx12's data is read, never its code. Its maps come in two forms: facts as child elements, or
as attributes (`v2`); types and lengths stand in its `dataele.xml`, values of external lists in its
`codes.xml`. They become the same `Guide` that our own maps become, so everything else is shared.

External lists change without pyx12, so a value that its copy lacks is a warning and never rejects
(`tolerate` = `*`). Its index leaves out one map that it ships, the 277 response X212, whose levels
do not hang under each other and whose SE stands outside the set; both are put right here.

Source: pyx12 4.0.0, folder `map`; its faults as found by comparison with two other sources.
"""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

from attrs import frozen
from lxml import etree

from x12_pa.errors import ConfigError
from x12_pa.guides.model import COMPOSITE, ElementUse, Guide, LoopUse, Note, SegmentUse, link

ANY_VALUE = "*"
SUFFIX = " (pyx12)"
# X12 number of the lists that pyx12 names by words.
_LIST_NUMBERS = {
    "states": "22",
    "country": "5",
    "currency": "5",
    "remark_code": "411",
    "claim_status_cat": "507",
    "claim_status": "508",
    "pos": "237",
    "prov_taxonomy": "682",
}
# Name of a transaction set in its key, its kind, and whether BHT02 chooses; by pyx12's own name.
_KINDS = {
    "270": "inquiry",
    "271": "response",
    "276": "inquiry",
    "277": "response",
    "277U": "notification",
    "278a": "response",
    "278b": "request",
    "820": "payment",
    "834": "enrollment",
    "835": "payment",
    "837P": "claim",
    "837I": "claim",
    "837D": "claim",
    "997": "acknowledgment",
}
_KEYS = {"278a": "278-response", "278b": "278-request", "835W1": "835"}
# Shipped but not listed: version, guide id, functional id, pyx12's name, file.
_UNLISTED = (("00501", "005010X212", "HN", "277", "277.5010.X212.xml"),)
# Levels that a map puts beside each other although each hangs under the one before.
_NESTED = {"005010X212": (("2000B", "2000C"), ("2000C", "2000D"), ("2000D", "2000E"))}


@frozen(kw_only=True)
class ForeignEntry:
    """One map of pyx12: which transaction it is."""

    key: str
    file: str
    version: str
    functional_id: str
    set: str
    guide: str
    purpose: str
    kind: str


@cache
def folder() -> Path:
    """Return the folder of pyx12's maps; found without importing pyx12.

    Raises:
        ConfigError: pyx12 is not installed, although this package needs it.
    """
    spec = find_spec("pyx12")
    for place in spec.submodule_search_locations or [] if spec else []:
        if (found := Path(place) / "map").is_dir():
            return found
    raise ConfigError("The maps of pyx12 were not found. Install x12-pa again: it brings pyx12.")


@cache
def entries() -> tuple[ForeignEntry, ...]:
    """Return the maps that pyx12 ships, in the order of its index."""
    rows: list[ForeignEntry] = []
    for version in _tree("maps.xml").iter("version"):
        for item in version.iter("map"):
            if item.get("vriic") and item.get("abbr") != "X12":
                rows.append(_entry(version.get("icvn") or "", item, item.text or ""))
    for icvn, guide, fic, abbr, file in _UNLISTED:
        item = etree.Element("map", {"vriic": guide, "fic": fic, "abbr": abbr})
        rows.append(_entry(icvn, item, file))
    return tuple(rows)


def _entry(version: str, item: etree._Element, file: str) -> ForeignEntry:
    name, guide = item.get("abbr") or "", item.get("vriic") or ""
    base = _KEYS.get(name, name)
    release = "" if version == "00501" else f"-{guide[2:6]}"
    return ForeignEntry(
        key=f"{base}{release}{SUFFIX}",
        file=file,
        version=version,
        functional_id=item.get("fic") or "",
        set=base[:3],
        guide=guide,
        # A 278 that is not a response is a request, whatever its purpose.
        purpose=item.get("tspc") or "" if name != "278b" else "",
        kind=_KINDS.get(name) or _KINDS.get(base[:3]) or "other",
    )


def load(top: etree._Element, file: str) -> Guide:
    """Return the guide of one of pyx12's maps.

    Args:
        top: the root of the map.
        file: its name, by which pyx12's index knows it.

    Raises:
        ConfigError: the index does not know the file.
    """
    entry = next((row for row in entries() if row.file == file), None)
    start = top.find(".//loop[@xid='ST_LOOP']")
    if entry is None or start is None:
        raise ConfigError(f"The map {file} is not one that pyx12 lists.")
    children = _loops_nested(_children(start), _NESTED.get(entry.guide, ()))
    if not any(child.id == "SE" for child in children):
        children += [_segment(node) for node in top.iter("segment") if node.get("xid") == "SE"]
    name = " ".join((_fact(top, "name") or "").split())
    root = LoopUse(id="ST", name=name, usage="R", repeat=None, children=tuple(children))
    link(root)
    return Guide(
        key=entry.key,
        id=entry.guide,
        set=entry.set,
        kind=entry.kind,
        functional_id=entry.functional_id,
        name=root.name,
        root=root,
        segment_ids=frozenset(use.id for use in root.walk() if isinstance(use, SegmentUse)),
        origin="pyx12",
        notes=(Note(kind="note", text=f"read from pyx12's map {file}"),),
    )


def _fact(node: etree._Element, name: str) -> str | None:
    """Return a fact of a map, whichever form it is written in."""
    found = node.get(name)
    return node.findtext(name) if found is None else found


def _number(text: str | None) -> int | None:
    return None if not text or text.startswith(">") else int(text)


def _children(node: etree._Element) -> list[SegmentUse | LoopUse]:
    """Read the children of a loop, those of wrappers raised, in an order that never goes back."""
    found: list[SegmentUse | LoopUse] = []
    for item in node.iterchildren("segment", "loop"):
        if item.tag == "segment":
            found.append(_segment(item))
        elif item.get("type") == "wrapper":
            base = found[-1].position + 1 if found else 0
            for child in _children(item):
                child.position += base
                found.append(child)
        else:
            inner = _children(item)
            if inner:
                found.append(_loop(item, inner))
        if len(found) > 1 and found[-1].position < found[-2].position:
            found[-1].position = found[-2].position
    return found


def _loop(node: etree._Element, children: list[SegmentUse | LoopUse]) -> LoopUse:
    return LoopUse(
        id=node.get("xid") or "",
        name=_fact(node, "name") or "",
        usage=_fact(node, "usage") or "S",
        repeat=_number(_fact(node, "repeat")),
        children=tuple(children),
        position=int(_fact(node, "pos") or 0),
    )


def _loops_nested(
    children: list[SegmentUse | LoopUse], pairs: tuple[tuple[str, str], ...]
) -> list[SegmentUse | LoopUse]:
    """Hang loops under the loops they belong to; `pairs` name the upper and the lower one."""
    for upper, lower in pairs:
        moved = next(child for child in children if child.id == lower)
        children = [child for child in children if child is not moved]
        owner = next(use for use in _walk(children) if use.id == upper)
        moved.position = max(child.position for child in owner.children) + 1
        owner.children = (*owner.children, moved)
    return children


def _walk(children: list[SegmentUse | LoopUse]) -> list[LoopUse]:
    loops = [child for child in children if isinstance(child, LoopUse)]
    inner = [use for loop in loops for use in loop.walk() if isinstance(use, LoopUse)]
    return [*loops, *inner]


def _segment(node: etree._Element) -> SegmentUse:
    return SegmentUse(
        id=node.get("xid") or "",
        name=_fact(node, "name") or "",
        usage=_fact(node, "usage") or "S",
        max_use=_number(_fact(node, "max_use")),
        elements=tuple(_element(item) for item in node.iterchildren("element", "composite")),
        syntax=tuple(item.text or "" for item in node.iterchildren("syntax")),
        position=int(_fact(node, "pos") or 0),
    )


def _element(node: etree._Element) -> ElementUse:
    facts = {item.tag: item.text or "" for item in node if isinstance(item.tag, str)}
    facts |= {str(name): str(value) for name, value in node.attrib.items()}
    number, usage = facts.get("data_ele", ""), facts.get("usage", "S")
    parts = tuple(_element(item) for item in node.iterchildren("element"))
    kind, low, high = _dictionary().get(number, ("AN", 1, 1000))
    if node.tag == "composite":
        kind, low, high = COMPOSITE, 1, 1
        usage = usage if parts else "N"
    codes, outside, copied = _codes(node)
    return ElementUse(
        ref=facts.get("xid", ""),
        name=facts.get("name", ""),
        data_element=number,
        type=kind,
        min=low,
        max=high,
        usage=usage,
        repeat=_number(facts.get("repeat")) if facts.get("repeat") else 1,
        codes=codes,
        components=parts,
        # A list whose values stand here is not looked up by its number once more.
        external=None if copied else outside,
        tolerate=(ANY_VALUE,) if copied else (),
        notes={"list": outside} if outside else {},
    )


def _codes(node: etree._Element) -> tuple[tuple[str, ...] | None, str | None, bool]:
    """Return the values of an element, the list outside the guide, and whether it is copied here.

    A list that pyx12 names but does not ship has a number and no values.
    """
    values = node.find("valid_codes")
    if values is None:
        return None, None, False
    inside = tuple(item.text or "" for item in values.iterchildren("code"))
    name = values.get("external") or ""
    outside = _lists().get(name, ())
    return (*inside, *outside) or None, _LIST_NUMBERS.get(name, name) or None, bool(outside)


@cache
def _dictionary() -> dict[str, tuple[str, int, int]]:
    """Return type, least and greatest length of each data element."""
    return {
        item.get("ele_num") or "": (
            item.get("data_type") or "AN",
            int(item.get("min_len") or 1),
            int(item.get("max_len") or 1),
        )
        for item in _tree("dataele.xml").iter("data_ele")
    }


@cache
def _lists() -> dict[str, tuple[str, ...]]:
    """Return the values of each external list."""
    return {
        item.findtext("id") or "": tuple(code.text or "" for code in item.iter("code"))
        for item in _tree("codes.xml").iter("codeset")
    }


def _tree(file: str) -> etree._Element:
    return etree.parse(str(folder() / file)).getroot()
