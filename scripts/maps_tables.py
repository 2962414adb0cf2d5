"""Read the two formats of the fact tables into one tree of records.

The 278 tables (`header`/`loops`/`trailer`, separate lists of segments and
loops, `same_as`) and the other tables (`structure`, one mixed list of
children, null for "no limit") say the same things with different words. Both
become `Loop`, `Segment` and `Element`, in document order, with everything
that the tables say beyond the common fields kept in `extra`.

Positions: `position` is what the table says about the base standard and may
be absent; `maps_layout` decides on the position that a map needs.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from attrs import evolve, field, frozen

UNBOUNDED = ">1"

LOOP_NAMES = {
    "1000A": "submitter",
    "1000B": "receiver",
    "2000": "transaction set response",
    "2000A": "billing provider level",
    "2000B": "subscriber level",
    "2000C": "patient level",
    "2100": "error in a segment",
    "2110": "error in an element",
    "2300": "claim",
    "2320": "other subscriber",
    "2400": "service line",
    "2410": "drug",
    "2430": "line adjudication",
    "2440": "form identification",
    "277CA 2000A": "information source level",
    "277CA 2000B": "information receiver level",
    "277CA 2000C": "provider level",
    "277CA 2000D": "patient level",
    "277CA 2200A": "transmission receipt",
    "277CA 2200B": "receiver status",
    "277CA 2200C": "provider status",
    "277CA 2200D": "claim status",
    "277CA 2220D": "service line status",
}


@frozen(kw_only=True)
class Element:
    """A simple element, a composite or a component; `parts` only for composites."""

    ref: str
    name: str
    data_element: str
    type: str
    usage: str
    min: int | None = None
    max: int | None = None
    repeat: int = 1
    codes: tuple[str, ...] | None = None
    parts: tuple[Element, ...] = ()
    syntax: tuple[str, ...] = ()
    extra: dict[str, str] = field(factory=dict)


@frozen(kw_only=True)
class Segment:
    """One use of a segment in a loop; `max_use` is a number or ">1"."""

    id: str
    name: str
    position: int | None
    usage: str
    max_use: str
    syntax: tuple[str, ...]
    elements: tuple[Element, ...]
    extra: dict[str, str] = field(factory=dict)


@frozen(kw_only=True)
class Loop:
    """A loop with its children in document order; the first child is its trigger."""

    id: str
    name: str
    usage: str
    repeat: str
    children: tuple[Loop | Segment, ...]
    extra: dict[str, str] = field(factory=dict)

    @property
    def is_level(self) -> bool:
        """True for a loop that starts with HL."""
        first = self.children[0]
        return isinstance(first, Segment) and first.id == "HL"


@frozen(kw_only=True)
class Table:
    """All that the tables say about one transaction."""

    children: tuple[Loop | Segment, ...]
    meanings: dict[str, dict[str, str]]
    notes: tuple[tuple[str, dict[str, str], str], ...] = ()


def load(path: Path) -> dict[str, Any]:
    """Read one table file."""
    with path.open(encoding="utf-8") as stream:
        data: dict[str, Any] = json.load(stream)
    return data


def count(value: int | str | None) -> str:
    """Say a table's maximum as a map does: a number, or ">1" for no limit."""
    return UNBOUNDED if value is None else str(value)


def words(row: dict[str, Any], *keys: str) -> dict[str, str]:
    """Keep the remarks of a table row."""
    return {key: str(row[key]) for key in keys if key in row}


def read_278(path: Path, code_lists: dict[str, Any], rules: dict[str, Any]) -> Table:
    """Read a 278 table; loops that are `same_as` another are written out."""
    data = load(path)
    known = {loop["id"]: loop for loop in _all_loops(data["loops"]) if "same_as" not in loop}
    children: list[Loop | Segment] = [_segment_278(row) for row in data["header"]]
    children += [_loop_278(row, known) for row in data["loops"]]
    children += [_segment_278(row) for row in data["trailer"]]
    meanings = {de: rows["meanings"] for de, rows in code_lists["lists"].items()}
    notes = [("note", {"topic": "status"}, data["status"])]
    notes += [
        ("rule", words(rule, "id", "severity", "unsure"), rule["rule"])
        for rule in rules["rules"]
        if rule["applies"] in ("both", data["direction"])
    ]
    return Table(children=tuple(children), meanings=meanings, notes=tuple(notes))


def _all_loops(loops: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = []
    for loop in loops:
        found += [loop, *_all_loops(loop.get("loops", []))]
    return found


def _loop_278(row: dict[str, Any], known: dict[str, dict[str, Any]]) -> Loop:
    body = known[row["same_as"]] if "same_as" in row else row
    children: list[Loop | Segment] = [_segment_278(each) for each in body["segments"]]
    children += [_loop_278(each, known) for each in body.get("loops", [])]
    return Loop(
        id=row["id"],
        name=row["name"],
        usage=row["usage"],
        repeat=count(row["repeat"]),
        children=tuple(children),
        extra=words(row, "same_as", "unsure", "note"),
    )


def _segment_278(row: dict[str, Any]) -> Segment:
    return Segment(
        id=row["id"],
        name=row["name"],
        position=int(row["position"]),
        usage=row["usage"],
        max_use=count(row["max"]),
        syntax=tuple(row["syntax"]),
        elements=tuple(_element_278(each) for each in row["elements"]),
        extra=words(row, "unsure", "note"),
    )


def _element_278(row: dict[str, Any]) -> Element:
    extra = words(row, "label", "unsure", "note")
    if "external_code_source" in row:
        extra["external"] = row["external_code_source"]
    if "external_by_qualifier" in row:
        pairs = row["external_by_qualifier"].items()
        extra["external_by_qualifier"] = " ".join(f"{code}={source}" for code, source in pairs)
    return Element(
        ref=row["ref"],
        name=row["name"],
        data_element=row.get("element") or row["composite"],
        type=row.get("type", "composite"),
        usage=row["usage"],
        min=row.get("min"),
        max=row.get("max"),
        repeat=row["repeat"],
        codes=tuple(row["codes"]) if "codes" in row else None,
        parts=tuple(_element_278(each) for each in row.get("components", [])),
        syntax=tuple(row.get("syntax", [])),
        extra=extra,
    )


def read_structure(data: dict[str, Any], key: str) -> Table:
    """Read a table of the other format (eligibility, claims, acknowledgements)."""
    meanings = data.get("code_meanings", {})
    children = tuple(_child(row, key, meanings) for row in data["structure"])
    return Table(children=children, meanings=meanings, notes=tuple(_notes(data)))


def _notes(data: dict[str, Any]) -> list[tuple[str, dict[str, str], str]]:
    notes = []
    if "confidence" in data:
        notes.append(("note", {"topic": "confidence"}, data["confidence"]))
    for row in data.get("guide_limits_tighter_than_dictionary", []):
        where = {"where": row["where"], "max": str(row["max"])}
        notes.append(("limit", where, row.get("note", "")))
    for row in data.get("tolerate", []):
        notes.append(("tolerate", {"where": row["where"]}, row["value"]))
    for rule in data.get("rules", []):
        if isinstance(rule, str):
            notes.append(("rule", {}, rule))
        else:
            notes.append(("rule", words(rule, "id", "severity", "unsure"), rule["rule"]))
    for topic in ("ctx_variants", "status_category_507"):
        for name, text in data.get(topic, {}).items():
            notes.append(("note", {"topic": f"{topic} {name}"}, text))
    return notes


def _child(row: dict[str, Any], key: str, meanings: dict[str, Any]) -> Loop | Segment:
    if "segment" in row:
        return structure_segment(row)
    children = tuple(_child(each, key, meanings) for each in row["children"])
    extra = words(row, "unsure", "note")
    if row["loop"].startswith("LS-"):
        extra["type"] = "bracket"
    return Loop(
        id=row["loop"],
        name=row.get("name") or _loop_name(row["loop"], key, children[0], meanings),
        usage=row["use"],
        repeat=count(row["repeat"]),
        children=children,
        extra=extra,
    )


def _loop_name(loop: str, key: str, first: Loop | Segment, meanings: dict[str, Any]) -> str:
    """Name a loop of a table that has no loop names, from its entity code if it has one."""
    if isinstance(first, Segment) and first.id == "NM1":
        codes = first.elements[0].codes or ()
        entities = meanings.get("98", {})
        named = [entities[code] for code in codes if code in entities]
        if named:
            return " or ".join(named)
    return LOOP_NAMES.get(f"{key} {loop}") or LOOP_NAMES.get(loop) or f"loop {loop}"


def structure_segment(row: dict[str, Any]) -> Segment:
    """Read one segment row of the second format."""
    return Segment(
        id=row["segment"],
        name=row["name"],
        position=int(row["pos"]) if row["pos"] else None,
        usage=row["use"],
        max_use=count(row["max"]),
        syntax=tuple(row.get("syntax", [])),
        elements=tuple(_element(each) for each in row["elements"]),
        extra=words(row, "unsure", "note"),
    )


def _element(row: dict[str, Any]) -> Element:
    extra = words(row, "unsure", "note")
    if "external_list" in row:
        numbers = re.findall(r"\((?:code source )?(\d+)\)", row["external_list"])
        extra["external"] = numbers[-1]
    return Element(
        ref=row["ref"],
        name=row["name"],
        data_element=row["de"],
        type=row.get("type", "composite"),
        usage=row["use"],
        min=row.get("min"),
        max=row.get("max"),
        repeat=row.get("repeat", 1),
        codes=tuple(row["codes"]) if "codes" in row else None,
        parts=tuple(_element(each) for each in row.get("components", [])),
        extra=extra,
    )


def map_elements(children: tuple[Loop | Segment, ...], change: Any) -> tuple[Loop | Segment, ...]:
    """Rebuild a tree with `change(loop_id, segment, element) -> element` on every element."""
    return tuple(_mapped(child, "", change) for child in children)


def _mapped(node: Loop | Segment, loop: str, change: Any) -> Loop | Segment:
    if isinstance(node, Loop):
        return evolve(node, children=tuple(_mapped(c, node.id, change) for c in node.children))
    elements = []
    for element in node.elements:
        parts = tuple(change(loop, node, part) for part in element.parts)
        elements.append(change(loop, node, evolve(element, parts=parts)))
    return evolve(node, elements=tuple(elements))
