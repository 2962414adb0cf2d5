"""Apply what the tables say beside their rows: limits, tolerances, shared facts.

Guide limits that are tighter than the dictionary become the effective maximum
(`dict_max` keeps the other number). A habit of real files that the tables
tolerate becomes attributes of the element it is about: `tolerate` (values
beyond the codes), `tolerate_absent`, `tolerate_used` (filled though not
used), `tolerate_length`, and always `tolerate_note` with the table's words.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from attrs import evolve
from maps_tables import Element, Loop, Segment, Table, map_elements

Children = tuple[Loop | Segment, ...]
Change = Callable[[str, Segment, Element], Element]

UNIT_COUNTS = ("SV104", "SV205", "SV306", "SVD05", "HCP12")
LIMIT_ROWS: dict[str, Callable[[str, Segment, Element], bool]] = {
    "BHT03": lambda loop, segment, element: element.ref == "BHT03",
    "CLM01": lambda loop, segment, element: element.ref == "CLM01",
    "2400 REF*6R REF02": lambda loop, segment, element: (
        loop == "2400" and element.ref == "REF02" and _first_code(segment) == "6R"
    ),
    "unit counts": lambda loop, segment, element: element.ref in UNIT_COUNTS,
    "2300 REF*D9 REF02": lambda loop, segment, element: (
        loop == "2300" and element.ref == "REF02" and _first_code(segment) == "D9"
    ),
}
EXTRA_LIMITS = {"837I": [("2300 REF*D9 REF02", 20)]}
ONE_TYPE = {"1705": "AN", "329": "AN", "28": "N0", "480": "AN"}


def _first_code(segment: Segment) -> str | None:
    codes = segment.elements[0].codes
    return codes[0] if codes else None


def apply(table: Table, key: str) -> Table:
    """Return the table with its limits, tolerances and the dictionary's types applied."""
    children = map_elements(table.children, _same_type)
    limits = [
        (attributes["where"], int(attributes["max"]))
        for kind, attributes, _ in table.notes
        if kind == "limit"
    ]
    for where, limit in limits + EXTRA_LIMITS.get(key, []):
        children = map_elements(children, _limit(LIMIT_ROWS[where], limit))
    for kind, attributes, value in table.notes:
        if kind == "tolerate":
            children = map_elements(children, _tolerance(attributes["where"], value))
    return evolve(table, children=mark_selectors(_mark_absent(children)))


def _mark_absent(children: Children) -> Children:
    """Mark the segments that sources require and good files lack: their absence is a warning."""
    marked: list[Loop | Segment] = []
    for node in children:
        if isinstance(node, Loop):
            marked.append(evolve(node, children=_mark_absent(node.children)))
        elif "report as a warning" in node.extra.get("unsure", ""):
            marked.append(evolve(node, extra=node.extra | {"tolerate_absent": "yes"}))
        else:
            marked.append(node)
    return tuple(marked)


def mark_selectors(children: Children) -> Children:
    """Say which element tells two siblings apart when their first qualifiers overlap.

    A reader tells siblings of one id by their first coded element; where two share a value there
    (the two PWK of a professional service line share CT) `selected_by` names the next element
    whose codes are disjoint.
    """
    marked: list[Loop | Segment] = []
    for node in children:
        if isinstance(node, Loop):
            marked.append(evolve(node, children=mark_selectors(node.children)))
            continue
        rivals = [
            other
            for other in children
            if isinstance(other, Segment) and other is not node and _overlap(node, other, 0)
        ]
        ref = _selector(node, rivals[0]) if rivals else None
        marked.append(evolve(node, extra=node.extra | {"selected_by": ref}) if ref else node)
    return tuple(marked)


def _overlap(one: Segment, other: Segment, index: int) -> bool:
    if one.id != other.id:
        return False
    codes = [set(each.elements[index].codes or ()) for each in (one, other)]
    return bool(codes[0] & codes[1])


def _selector(one: Segment, other: Segment) -> str | None:
    for index, element in enumerate(one.elements):
        if element.codes and other.elements[index].codes and not _overlap(one, other, index):
            return element.ref
    return None


def _same_type(loop: str, segment: Segment, element: Element) -> Element:
    own = ONE_TYPE.get(element.data_element)
    return evolve(element, type=own) if own else element


def _limit(applies: Callable[[str, Segment, Element], bool], limit: int) -> Change:
    def change(loop: str, segment: Segment, element: Element) -> Element:
        if not applies(loop, segment, element) or not element.max or element.max <= limit:
            return element
        extra = element.extra | {"dict_max": str(element.max)}
        return evolve(element, max=limit, extra=extra)

    return change


def _tolerance(where: str, value: str) -> Change:
    loops = set(re.findall(r"\b\d{4}[A-Z]{0,2}\b", where))
    refs = set(re.findall(r"\b[A-Z][A-Z0-9]{1,2}\d\d\b", where)) - loops
    codes = re.match(r"(\S+) (?:or missing|seen|instead of)|(005010\w+)$", value)
    length = re.search(r"(\d+) to (\d+) characters", value)

    def change(loop: str, segment: Segment, element: Element) -> Element:
        if element.ref not in refs or (loops and loop not in loops):
            return element
        extra = dict(element.extra)
        if length:
            extra["tolerate_length"] = f"{length[1]}-{length[2]}"
        elif codes and "missing" not in where:
            extra["tolerate"] = _joined(extra.get("tolerate"), codes[1] or codes[2])
        if "missing" in f"{where} {value}":
            extra["tolerate_absent"] = "yes"
        if element.usage == "N":
            extra["tolerate_used"] = "yes"
        note = f"{where}: {value}"
        extra["tolerate_note"] = "; ".join(filter(None, [extra.get("tolerate_note"), note]))
        return evolve(element, extra=extra)

    return change


def _joined(old: str | None, new: str) -> str:
    return " ".join(dict.fromkeys([*(old or "").split(), new]))


def share_codes(tables: list[Table], ref: str) -> list[Table]:
    """Let every use of one element tolerate the codes of all its other uses.

    For UM03, whose lists differ by one or two codes between places that should be alike.
    """
    union: set[str] = set()

    def gather(loop: str, segment: Segment, element: Element) -> Element:
        if element.ref == ref:
            union.update(element.codes or ())
        return element

    def widen(loop: str, segment: Segment, element: Element) -> Element:
        missing = sorted(union - set(element.codes or ())) if element.ref == ref else []
        if not missing or not element.codes:
            return element
        note = f"{ref}: the lists of its uses differ by these codes, which may be a slip"
        extra = element.extra | {"tolerate": " ".join(missing), "tolerate_note": note}
        return evolve(element, extra=extra)

    for table in tables:
        map_elements(table.children, gather)
    return [evolve(table, children=map_elements(table.children, widen)) for table in tables]
