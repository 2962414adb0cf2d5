"""Every row of the tables of facts arrives in its map, and nothing else does.

The tables are flattened here straight from their JSON and the maps straight from their XML,
without the generator's code. What may differ is listed below by hand.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from lxml import etree

from tests.support import ROOT, reference_dir

TABLES = {
    "278-request": ("278/x217_request.json", None),
    "278-response": ("278/x217_response.json", None),
    "270": ("eligibility/x279a1_270.json", None),
    "271": ("eligibility/x279a1_271.json", None),
    "837P": ("claims_acks/x222a1_837p.json", None),
    "837I": ("claims_acks/x223a2_837i.json", None),
    "837D": ("claims_acks/x224a2_837d.json", None),
    "999": ("claims_acks/acks.json", "999"),
    "277CA": ("claims_acks/acks.json", "277CA"),
}
# (loop, element) -> the guide's limit, below the dictionary's that stands in the row
TIGHTER = {
    "837P": {
        ("", "BHT03"): 30,
        ("2300", "CLM01"): 20,
        ("2400", "REF02"): 30,
        ("2400", "SV104"): 8,
        ("2300", "HCP12"): 8,
        ("2400", "HCP12"): 8,
        ("2430", "SVD05"): 8,
    },
    "837I": {
        ("", "BHT03"): 30,
        ("2300", "CLM01"): 20,
        ("2300", "REF02"): 20,
        ("2400", "REF02"): 30,
        ("2400", "SV205"): 8,
        ("2300", "HCP12"): 8,
        ("2400", "HCP12"): 8,
        ("2430", "SVD05"): 8,
    },
    "837D": {
        ("", "BHT03"): 30,
        ("2300", "CLM01"): 20,
        ("2400", "REF02"): 30,
        ("2400", "SV306"): 8,
        ("2300", "HCP12"): 8,
        ("2400", "HCP12"): 8,
        ("2430", "SVD05"): 8,
    },
}
# the tables give these a type of ID in places; the dictionary and the other tables say otherwise
ONE_TYPE = {"1705": "AN", "329": "AN", "480": "AN", "28": "N0"}

Row = tuple[Any, ...]


def table(key: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return the children of a table's set, in one list, and the table."""
    file, part = TABLES[key]
    data = json.loads((reference_dir() / file).read_text(encoding="utf-8"))
    data = data[part] if part else data
    if "structure" in data:
        return data["structure"], data
    return data["header"] + data["loops"] + data["trailer"], data


def find_loop(loops: list[dict[str, Any]], xid: str) -> dict[str, Any]:
    """Return the loop of that id that is written out."""
    for loop in loops:
        if loop["id"] == xid and "same_as" not in loop:
            return loop
        if inner := find_loop(loop.get("loops", []), xid):
            return inner
    return {}


def first(row: dict[str, Any], *names: str) -> Any:
    """Return the value of whichever name the table's format uses."""
    return next((row[name] for name in names if name in row), None)


def table_rows(nodes: list[dict[str, Any]], data: dict[str, Any], path: str = "") -> Iterator[Row]:
    """Yield the rows below these nodes in document order."""
    for node in nodes:
        if "elements" in node:
            xid = first(node, "segment", "id")
            most = str(node["max"] or ">1")
            position = first(node, "pos", "position")
            syntax = tuple(node.get("syntax", ()))
            usage = first(node, "use", "usage")
            yield ("segment", path, xid, usage, most, position, syntax)
            for element in node["elements"]:
                yield from table_element(element, path)
            continue
        xid = first(node, "loop", "id")
        yield ("loop", path, xid, first(node, "use", "usage"), str(node["repeat"] or ">1"))
        body = find_loop(data["loops"], node["same_as"]) if "same_as" in node else node
        inside = body.get("children") or body["segments"] + body.get("loops", [])
        yield from table_rows(inside, data, f"{path}/{xid}")


def table_element(row: dict[str, Any], path: str) -> Iterator[Row]:
    """Yield the row of an element and of its components."""
    number = first(row, "de", "composite", "element")
    kind = row.get("type", "composite")
    yield (
        "element",
        path,
        row["ref"],
        number,
        ONE_TYPE.get(number, kind),
        first(row, "use", "usage"),
        row.get("min"),
        row.get("max"),
        row["repeat"],
        tuple(row.get("codes", ())),
        tuple(row.get("syntax", ())),
    )
    for part in row.get("components", []):
        yield from table_element(part, path)


def map_rows(node: Any, path: str = "") -> Iterator[Row]:
    """Yield the same rows from a map."""
    for child in node:
        if child.tag == "loop" and child.get("type") == "wrapper":
            yield from map_rows(child, path)
        elif child.tag == "loop":
            yield ("loop", path, child.get("xid"), child.get("usage"), child.get("repeat"))
            yield from map_rows(child, f"{path}/{child.get('xid')}")
        elif child.tag == "segment":
            position = child.get("base_pos", child.get("pos")) or None
            syntax = tuple(note.text for note in child.findall("syntax"))
            facts = (child.get("usage"), child.get("max_use"), position, syntax)
            yield ("segment", path, child.get("xid"), *facts)
            for element in child.xpath("element | composite"):
                yield from map_element(element, path)


def map_element(node: Any, path: str) -> Iterator[Row]:
    """Yield the row of an element and of its components, with the dictionary's limits."""
    low, high = node.get("min"), node.get("dict_max", node.get("max"))
    yield (
        "element",
        path,
        node.get("xid"),
        node.get("data_ele"),
        node.get("type", "composite"),
        node.get("usage"),
        int(low) if low else None,
        int(high) if high else None,
        int(node.get("repeat", "1")),
        tuple(code.text for code in node.findall("valid_codes/code")),
        tuple(note.text for note in node.findall("syntax")),
    )
    for part in node.findall("element"):
        yield from map_element(part, path)


def top(key: str) -> Any:
    """Return the transaction set loop of a map."""
    found = etree.parse(ROOT / "maps" / f"{key}.xml").find(".//loop[@xid='ST_LOOP']")
    assert found is not None
    return found


@pytest.mark.parametrize("key", TABLES)
def test_every_row_of_the_table_is_in_the_map_in_order(key: str) -> None:
    nodes, data = table(key)
    assert list(map_rows(top(key))) == list(table_rows(nodes, data))


@pytest.mark.parametrize("key", TABLES)
def test_only_the_listed_limits_are_tighter_than_the_dictionary(key: str) -> None:
    found = {}
    for node in top(key).xpath(".//element[@dict_max]"):
        loop = node.xpath("ancestor::loop[1]")[0]
        xid = "" if loop.get("type") == "wrapper" else loop.get("xid")
        found[(xid, node.get("xid"))] = int(node.get("max"))
    assert found == TIGHTER.get(key, {})


@pytest.mark.parametrize("key", TABLES)
def test_every_doubt_of_the_table_is_in_the_map(key: str) -> None:
    nodes, data = table(key)
    root = top(key).getroottree().getroot()
    said = {*root.xpath("//@unsure"), *root.xpath("//@note")}
    marks: set[str] = set()

    def gather(value: Any) -> None:
        if isinstance(value, dict):
            marks.update(str(value[name]) for name in ("unsure", "note") if name in value)
            for inner in value.values():
                gather(inner)
        elif isinstance(value, list):
            for inner in value:
                gather(inner)

    gather(nodes)
    tolerated = {row["value"] for row in data.get("tolerate", [])}
    noted = {node.text for node in root.iter("tolerate")}
    assert (marks - said, tolerated - noted) == (set(), set())


def group_labels() -> dict[str, str]:
    """Return what a functional id groups, from the table of the envelope."""
    acks = json.loads((reference_dir() / "claims_acks/acks.json").read_text(encoding="utf-8"))
    sets = acks["envelope"]["gs01_by_set"]
    return {
        code: "group of " + " and ".join(each for each in sorted(sets) if sets[each] == code)
        for code in sets.values()
    }


@pytest.mark.parametrize("key", TABLES)
def test_a_code_that_the_tables_explain_has_its_label(key: str) -> None:
    _, data = table(key)
    if key.startswith("278"):
        lists = json.loads((reference_dir() / "278/code_lists.json").read_text(encoding="utf-8"))
        meanings = {number: row["meanings"] for number, row in lists["lists"].items()}
    else:
        meanings = data["code_meanings"] | {"479": group_labels()}
    wrong = []
    for code in top(key).iter("code"):
        number = code.getparent().getparent().get("data_ele")
        expected = meanings.get(number, {}).get(code.text)
        if expected != code.get("label"):
            wrong.append((number, code.text, code.get("label")))
    assert wrong == []


def test_reject_reasons_of_the_271_agree_with_the_summary_by_loop() -> None:
    _, data = table("271")
    for loop, row in data["aaa_by_loop"].items():
        path = f".//loop[@xid='{loop}']/segment[@xid='AAA']"
        segment: Any = top("271").find(path)
        assert segment is not None
        codes = [code.text for code in segment.findall("element[@xid='AAA03']//code")]
        assert (sorted(codes), segment.get("max_use")) == (sorted(row["AAA03"]), str(row["max"]))


def test_envelope_and_ta1_rows_are_in_every_map() -> None:
    acks = json.loads((reference_dir() / "claims_acks/acks.json").read_text(encoding="utf-8"))
    rows = {xid: acks["envelope"][xid] for xid in ("ISA", "GS", "GE", "IEA")}
    rows["TA1"] = acks["TA1"]["elements"]
    control: Any = etree.parse(ROOT / "maps" / "x12.control.00501.xml")
    for xid, elements in rows.items():
        found = [
            (e.get("xid"), e.get("type"), int(e.get("min")), int(e.get("max")))
            for e in control.xpath(f"//segment[@xid='{xid}']/element")
        ]
        assert found == [(e["ref"], e["type"], e["min"], e["max"]) for e in elements]


def test_the_dictionary_holds_every_element_at_its_widest() -> None:
    listed = {
        row.get("ele_num"): row
        for row in etree.parse(ROOT / "maps" / "dataele.xml").iter("data_ele")
    }
    for key in TABLES:
        for node in top(key).iter("element"):
            row = listed[node.get("data_ele")]
            assert int(row.get("min_len", "")) <= int(node.get("min", ""))
            assert int(row.get("max_len", "")) >= int(node.get("dict_max", node.get("max", "")))
