"""Read a map file into a `Guide`.

Maps are XML in pyx12's attribute form, with extra attributes that pyx12 ignores (lengths, labels,
guide limits). Wrapper loops exist for pyx12 only and are dissolved here: their children become
children of the transaction set. A map that names no guide is one of pyx12's own and is left to
`foreign`. Attributes that are not facts of the form become the notes of a use: what is tolerated,
doubted, or not covered (`partial`). The XSD check runs when maps are built and tested, not here: a
shipped map was checked, and a map of the user's own is checked by `x12-pa guides list --check`.
"""

from pathlib import Path

from lxml import etree

from x12_pa.errors import ConfigError
from x12_pa.guides import foreign
from x12_pa.guides.model import COMPOSITE, ElementUse, Guide, LoopUse, Note, SegmentUse, link

_LOOP_FACTS = frozenset({"xid", "pos", "usage", "repeat", "type", "name"})
_SEGMENT_FACTS = frozenset({"xid", "pos", "usage", "max_use", "name"})
_ELEMENT_FACTS = frozenset(
    [
        "xid",
        "name",
        "data_ele",
        "type",
        "min",
        "max",
        "usage",
        "seq",
        "repeat",
        "tolerate",
        "external",
    ]
)


def load_map(path: Path) -> Guide:
    """Read one map file.

    Raises:
        ConfigError: the file is missing, is not XML, or lacks an attribute.
    """
    try:
        with path.open("rb") as stream:
            top = etree.parse(stream, etree.XMLParser(remove_comments=True)).getroot()
    except OSError as problem:
        raise ConfigError(f"The map {path.name} cannot be read: {problem.strerror}.") from None
    except etree.XMLSyntaxError as problem:
        raise ConfigError(f"The map {path.name} is not XML: {problem}.") from None
    try:
        return _guide(top) if top.get("guide") else foreign.load(top, path.name)
    except (KeyError, ValueError) as problem:
        raise ConfigError(f"The map {path.name} is not complete: {problem}.") from None


def load_segments(path: Path) -> dict[str, SegmentUse]:
    """Read the segment uses of a map by id, whatever loops they stand in: ISA, GS, GE, IEA, TA1."""
    top = etree.parse(str(path)).getroot()
    found = {_need(node, "xid"): _segment(node, 0) for node in top.iter("segment")}
    frame = LoopUse(id="ISA", name="interchange", usage="R", repeat=None)
    for use in found.values():
        use.parent = frame
        frame.children = (*frame.children, use)
    return found


def _guide(top: etree._Element) -> Guide:
    start = top.find(".//loop[@xid='ST_LOOP']")
    if start is None:
        start = top.find("loop")
    assert start is not None
    root = LoopUse(id="ST", name=top.findtext("name") or "", usage="R", repeat=None)
    root.children = tuple(_children(start, 0))
    link(root)
    ids = frozenset(c.id for c in root.walk() if isinstance(c, SegmentUse))
    return Guide(
        key=_need(top, "key"),
        id=_need(top, "guide"),
        set=_need(top, "set"),
        kind=_need(top, "kind"),
        functional_id=top.get("gs01") or "",
        name=top.findtext("name") or "",
        root=root,
        aliases=tuple((top.get("tolerate") or "").split()),
        segment_ids=ids,
        origin="partial" if top.get("partial") else "own",
        notes=tuple(_note(item) for item in top.iterfind("notes/*")),
    )


def _note(node: etree._Element) -> Note:
    facts = {str(name): str(value) for name, value in node.attrib.items()}
    return Note(kind=str(node.tag), text=node.text or "", attributes=facts)


def _remarks(node: etree._Element, facts: frozenset[str]) -> dict[str, str]:
    """Return the attributes of a use that are not facts of the form."""
    return {str(name): str(value) for name, value in node.attrib.items() if name not in facts}


def _need(node: etree._Element, name: str) -> str:
    value = node.get(name)
    if value is None:
        raise KeyError(f"<{node.tag} xid={node.get('xid')!r}> has no attribute {name}")
    return value


def _count(text: str) -> int | None:
    return None if text.startswith(">") else int(text)


def _children(node: etree._Element, base: int) -> list[SegmentUse | LoopUse]:
    """Read the children of a loop; those of a wrapper are raised to this level."""
    found: list[SegmentUse | LoopUse] = []
    for item in node:
        if item.tag == "segment":
            found.append(_segment(item, base))
        elif item.tag == "loop" and item.get("type") == "wrapper":
            found += _children(item, base + 1_000_000 * (1 + len(found)))
        elif item.tag == "loop":
            found.append(_loop(item, base))
    return found


def _loop(node: etree._Element, base: int) -> LoopUse:
    return LoopUse(
        id=_need(node, "xid"),
        name=node.get("name") or "",
        usage=_need(node, "usage"),
        repeat=_count(_need(node, "repeat")),
        children=tuple(_children(node, 0)),
        position=base + int(_need(node, "pos")),
        notes=_remarks(node, _LOOP_FACTS),
    )


def _segment(node: etree._Element, base: int) -> SegmentUse:
    elements = [_element(item) for item in node if item.tag in ("element", "composite")]
    return SegmentUse(
        id=_need(node, "xid"),
        name=node.get("name") or "",
        usage=_need(node, "usage"),
        max_use=_count(_need(node, "max_use")),
        elements=tuple(elements),
        syntax=tuple(item.text or "" for item in node if item.tag == "syntax"),
        position=base + int(_need(node, "pos")),
        notes=_remarks(node, _SEGMENT_FACTS),
    )


def _element(node: etree._Element) -> ElementUse:
    # A map has thousands of these, so attributes and children are asked for once.
    facts: dict[str, str] = dict(node.attrib)  # type: ignore[arg-type]
    codes: list[etree._Element] = []
    components: list[ElementUse] = []
    for item in node:
        if item.tag == "element":
            components.append(_element(item))
        elif item.tag == "valid_codes":
            codes = [code for code in item if code.tag == "code"]
    for name in ("xid", "data_ele", "usage"):
        _need(node, name)
    return ElementUse(
        ref=facts["xid"],
        name=facts.get("name") or "",
        data_element=facts["data_ele"],
        type=COMPOSITE if node.tag == "composite" else _need(node, "type"),
        min=int(facts.get("min") or 1),
        max=int(facts.get("max") or 1),
        usage=facts["usage"],
        repeat=_count(facts.get("repeat") or "1"),
        codes=tuple([item.text or "" for item in codes]) or None,
        labels={str(code.text): label for code in codes if (label := code.get("label"))},
        components=tuple(components),
        external=facts.get("external"),
        tolerate=tuple((facts.get("tolerate") or "").split()),
        notes={name: value for name, value in facts.items() if name not in _ELEMENT_FACTS},
    )
