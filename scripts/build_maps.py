"""Write maps/ from the tables of facts, or check that it is up to date.

    python scripts/build_maps.py [--reference DIR] [--output DIR] [--check]

Everything in maps/*.xml comes from here; nothing in it is edited by hand. The
tables are read by `maps_tables`, what they say beside their rows is applied
by `maps_patches`, positions come from `maps_layout`, the XML from `maps_xml`.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from attrs import evolve, frozen
from maps_layout import Donors, collect_donors
from maps_outlines import Relatives, read_outline
from maps_patches import apply, share_codes
from maps_tables import (
    Element,
    Segment,
    Table,
    count,
    load,
    map_elements,
    read_278,
    read_structure,
    structure_segment,
)
from maps_xml import ENVELOPE_POSITIONS, MapWriter, Xml, transaction_body

ROOT = Path(__file__).resolve().parent.parent
# pyx12 takes the first entry when it does not know BHT02: let that be the plain request
PURPOSE_ORDER = ["13", "01", "36", "11"]
Notes = list[tuple[str, dict[str, str], str]]
Labels = dict[str, dict[str, str]]


@frozen(kw_only=True)
class Source:
    """One map: which transaction it is and how partners recognise it."""

    key: str
    set: str
    guide: str
    kind: str
    gs01: str
    name: str
    table: Table
    bht02: tuple[str, ...] = ()
    tolerated_versions: tuple[str, ...] = ()
    partial: bool = False


def read_sources(reference: Path) -> list[Source]:
    """Read every table that becomes a map."""
    sources = _sources_278(reference / "278")
    outlines = _sources_outlined(reference / "278", sources)
    rows = [
        ("837P", "claims_acks/x222a1_837p.json", None, "claim"),
        ("837I", "claims_acks/x223a2_837i.json", None, "claim"),
        ("837D", "claims_acks/x224a2_837d.json", None, "claim"),
        ("270", "eligibility/x279a1_270.json", None, "inquiry"),
        ("271", "eligibility/x279a1_271.json", None, "response"),
        ("999", "claims_acks/acks.json", "999", "acknowledgment"),
        ("277CA", "claims_acks/acks.json", "277CA", "acknowledgment"),
    ]
    for key, file, part, kind in rows:
        data = load(reference / file)
        sources.append(_structure_source(key, data[part] if part else data, kind))
    return sources + outlines


def _sources_278(folder: Path) -> list[Source]:
    code_lists, rules = load(folder / "code_lists.json"), load(folder / "rules.json")
    heads = [load(folder / f"x217_{each}.json") for each in ("request", "response")]
    tables = [
        read_278(folder / f"x217_{head['direction']}.json", code_lists, rules) for head in heads
    ]
    tables = share_codes([apply(table, "278") for table in tables], "UM03")
    return [
        Source(
            key=f"278-{head['direction']}",
            set="278",
            guide=head["guide"],
            kind=head["direction"],
            gs01=head["functional_group"],
            name=f"{head['title']} {head['guide']}",
            table=table,
            bht02=tuple(sorted(head["detect"]["BHT02"], key=PURPOSE_ORDER.index)),
        )
        for head, table in zip(heads, tables, strict=True)
    ]


def _sources_outlined(folder: Path, complete: list[Source]) -> list[Source]:
    """Read the guides known in outline; their frame is that of the complete 278 guide."""
    request, response = (source.table for source in complete)
    rows = [
        ("278-inquiry", "x215_inquiry", "inquiry", Relatives(request, response)),
        ("278-inquiry-response", "x215_response", "inquiry-response", Relatives(response, request)),
        ("278-notification", "x216_notification", "notification", Relatives(request, response)),
        (
            "278-notification-acknowledgment",
            "x216_acknowledgment",
            "notification-acknowledgment",
            Relatives(response, request),
        ),
    ]
    found = []
    for key, file, kind, relatives in rows:
        outline = load(folder / f"{file}.json")
        found.append(
            Source(
                key=key,
                set="278",
                guide=outline["guide"],
                kind=kind,
                gs01=outline["functional_group"],
                name=f"278 {kind.replace('-', ' ')} {outline['guide']} (outline)",
                table=read_outline(outline, relatives),
                bht02=tuple(outline["detect"]["BHT02_seen"]),
                partial=True,
            )
        )
    return found


def _structure_source(key: str, data: dict[str, Any], kind: str) -> Source:
    table = apply(read_structure(data, key), key)
    start = table.children[0]
    assert isinstance(start, Segment)
    codes = start.elements[0].codes or ("",)
    versions = [row["value"] for row in data.get("tolerate", []) if row["where"] == "ST03/GS08"]
    return Source(
        key=key,
        set=codes[0],
        guide=data["guide"],
        kind=kind,
        gs01=data["envelope"]["GS01"],
        name=f"{codes[0]} {data.get('what', kind)} {data['guide']}",
        table=table,
        tolerated_versions=tuple(versions),
    )


def read_envelope(acks: dict[str, Any]) -> dict[str, Segment]:
    """Read ISA, GS, GE, IEA and TA1."""
    names = {
        "ISA": "interchange header",
        "GS": "functional group header",
        "GE": "functional group trailer",
        "IEA": "interchange trailer",
        "TA1": "interchange acknowledgment",
    }
    found = {}
    for xid, name in names.items():
        elements = acks["TA1"]["elements"] if xid == "TA1" else acks["envelope"][xid]
        row = {"segment": xid, "name": name, "pos": None, "use": "R", "max": 1}
        found[xid] = structure_segment(row | {"elements": elements})
    # several TA1 may stand in one interchange, and most have none
    found["TA1"] = evolve(found["TA1"], usage="S", max_use=count(None))
    return found


def write_map(source: Source, envelope: dict[str, Segment], donors: Donors, labels: Labels) -> str:
    """Return the XML of one transaction map."""
    writer = MapWriter(labels | source.table.meanings)
    attributes = {"xid": source.set, "key": source.key, "guide": source.guide}
    attributes |= {"set": source.set, "kind": source.kind, "gs01": source.gs01}
    if source.bht02:
        attributes["bht02"] = " ".join(source.bht02)
    if source.tolerated_versions:
        attributes["tolerate"] = " ".join(source.tolerated_versions)
    if source.partial:
        attributes["partial"] = "yes"
    writer.xml.open("transaction", attributes)
    writer.xml.leaf("name", {}, source.name)
    writer.notes(source.table.notes)
    _open_interchange(writer, envelope)
    writer.open_loop("GS_LOOP", ENVELOPE_POSITIONS["GS_LOOP"], "explicit", "functional group", ">1")
    writer.segment(_own_group(envelope["GS"], source), 100)
    writer.open_loop("ST_LOOP", 200, "explicit", "transaction set", ">1")
    transaction_body(writer, source.table.children, donors)
    writer.xml.close("loop")
    writer.segment(envelope["GE"], 300)
    writer.xml.close("loop")
    _close_interchange(writer, envelope)
    writer.xml.close("transaction")
    return writer.xml.text()


def _own_group(group: Segment, source: Source) -> Segment:
    def change(loop: str, segment: Segment, element: Element) -> Element:
        own = {"GS01": source.gs01, "GS08": source.guide}.get(element.ref)
        if own is None:
            return element
        extra = dict(element.extra)
        if element.ref == "GS08" and source.tolerated_versions:
            extra["tolerate"] = " ".join(source.tolerated_versions)
        return evolve(element, codes=(own,), extra=extra)

    changed = map_elements((group,), change)[0]
    assert isinstance(changed, Segment)
    return changed


def _open_interchange(writer: MapWriter, envelope: dict[str, Segment]) -> None:
    writer.open_loop("ISA_LOOP", 10, "explicit", "interchange", ">1")
    writer.segment(envelope["ISA"], ENVELOPE_POSITIONS["ISA"])


def _close_interchange(writer: MapWriter, envelope: dict[str, Segment]) -> None:
    writer.segment(envelope["TA1"], ENVELOPE_POSITIONS["TA1"])
    writer.segment(envelope["IEA"], ENVELOPE_POSITIONS["IEA"])
    writer.xml.close("loop")


def write_control(envelope: dict[str, Segment], labels: Labels, notes: Notes, *, ta1: bool) -> str:
    """Return the control map, or with `ta1` the map of an interchange that only acknowledges."""
    writer = MapWriter(labels)
    if ta1:
        attributes = {"xid": "TA1", "key": "TA1", "guide": "00501", "set": "TA1"}
        writer.xml.open("transaction", attributes | {"kind": "acknowledgment"})
    else:
        writer.xml.open("transaction", {"xid": "X12"})
    writer.xml.leaf("name", {}, "TA1 interchange acknowledgment" if ta1 else "X12 control")
    writer.notes(tuple(notes))
    _open_interchange(writer, envelope)
    if not ta1:
        writer.open_loop("GS_LOOP", 200, "explicit", "functional group", ">1")
        writer.segment(envelope["GS"], 100)
        writer.segment(envelope["GE"], 300)
        writer.xml.close("loop")
    _close_interchange(writer, envelope)
    writer.xml.close("transaction")
    return writer.xml.text()


def write_index(sources: list[Source]) -> str:
    """Return maps.xml; a version that is only tolerated says so."""
    xml = Xml()
    xml.open("maps", {})
    xml.open("version", {"icvn": "00501"})
    for source in sources:
        file, abbr = f"{source.key}.xml", source.key.split("-")[0]
        for purpose in source.bht02 or ("",):
            row = {"vriic": source.guide, "fic": source.gs01}
            row |= {"tspc": purpose} if purpose else {}
            mark = {"partial": "yes"} if source.partial else {}
            xml.leaf("map", row | {"abbr": abbr, "key": source.key} | mark, file)
        for version in source.tolerated_versions:
            row = {"vriic": version, "fic": source.gs01, "abbr": abbr, "key": source.key}
            xml.leaf("map", row | {"tolerated": "yes"}, file)
    control = {"vriic": "", "fic": ""}
    xml.leaf("map", control | {"abbr": "X12"}, "x12.control.00501.xml")
    xml.leaf("map", control | {"abbr": "TA1", "key": "TA1"}, "TA1.xml")
    xml.close("version")
    xml.close("maps")
    return xml.text()


def write_data_elements(sources: list[Source], envelope: dict[str, Segment]) -> str:
    """Return dataele.xml: every data element with its widest dictionary limits."""
    found: dict[str, tuple[str, int, int]] = {}
    names: dict[str, Counter[str]] = {}

    def gather(loop: str, segment: Segment, element: Element) -> Element:
        if element.type == "composite" or element.min is None or element.max is None:
            return element
        number, longest = element.data_element, int(element.extra.get("dict_max", element.max))
        kind, low, high = found.get(number, (element.type, element.min, longest))
        found[number] = (kind, min(low, element.min), max(high, longest))
        names.setdefault(number, Counter())[element.name] += 1
        return element

    # the 278 tables come first: they use the standard's own element names
    for source in [each for each in sources if not each.partial]:
        map_elements(source.table.children, gather)
    map_elements(tuple(envelope.values()), gather)
    xml = Xml()
    xml.open("data_elements", {})
    for number, (kind, low, high) in sorted(found.items()):
        row = {"ele_num": number, "data_type": kind, "min_len": str(low), "max_len": str(high)}
        xml.leaf("data_ele", row | {"name": next(iter(names[number]))})
    xml.close("data_elements")
    return xml.text()


def write_codes(code_lists: dict[str, Any], acks: dict[str, Any]) -> str:
    """Return codes.xml: the external code lists whose values the tables know."""
    reasons = code_lists["external"]["886"]
    # the row "E" of the categories is a remark about a family of codes, not a code
    categories = {
        code: text for code, text in acks["277CA"]["status_category_507"].items() if code != "E"
    }
    lists = [
        ("886", reasons["name"], "1271", reasons["codes"]),
        ("507", "claim status category", "1271", categories),
    ]
    xml = Xml()
    xml.open("codesets", {})
    for number, name, element, codes in lists:
        xml.open("codeset", {})
        xml.leaf("id", {}, number)
        xml.leaf("name", {}, name)
        xml.leaf("data_ele", {}, element)
        xml.open("version", {})
        for code, label in codes.items():
            xml.leaf("code", {"label": label}, code)
        xml.close("version")
        xml.close("codeset")
    xml.close("codesets")
    return xml.text()


def _group_labels(envelope: dict[str, Any]) -> dict[str, str]:
    """Label each functional id with the transaction sets that it groups."""
    sets: dict[str, list[str]] = {}
    for number, code in sorted(envelope["gs01_by_set"].items()):
        sets.setdefault(code, []).append(number)
    return {code: f"group of {' and '.join(numbers)}" for code, numbers in sets.items()}


def build(reference: Path) -> dict[str, str]:
    """Return every generated file by its name."""
    acks = load(reference / "claims_acks" / "acks.json")
    code_lists = load(reference / "278" / "code_lists.json")
    sources, envelope = read_sources(reference), read_envelope(acks)
    donors: Donors = {}
    for source in sources:
        if source.key in ("837P", "837I"):
            donors = collect_donors(source.table.children) | donors
    labels = acks["TA1"]["code_meanings"] | {"479": _group_labels(acks["envelope"])}
    files = {}
    for source in sources:
        own = donors if source.set == "837" else {}
        files[f"{source.key}.xml"] = write_map(source, envelope, own, labels)
    ta1 = acks["TA1"]
    notes = [("note", {"topic": "where"}, ta1["where"]), ("rule", {}, ta1["rule"])]
    files["TA1.xml"] = write_control(envelope, labels, notes, ta1=True)
    control_notes = [("note", {"topic": "ISA"}, acks["envelope"]["note"])]
    files["x12.control.00501.xml"] = write_control(envelope, labels, control_notes, ta1=False)
    files["maps.xml"] = write_index(sources)
    files["dataele.xml"] = write_data_elements(sources, envelope)
    files["codes.xml"] = write_codes(code_lists, acks)
    return files


def compare(files: dict[str, str], output: Path) -> list[str]:
    """Return the names of the files that are missing or differ, or should not be there."""
    stale = []
    for name, text in files.items():
        path = output / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
    stale += [path.name for path in output.glob("*.xml") if path.name not in files]
    return sorted(stale)


def main(arguments: list[str] | None = None) -> int:
    """Build or check; 0 when all is well, 1 when files differ, 2 without tables."""
    parser = argparse.ArgumentParser(description="Write maps/ from the tables of facts.")
    parser.add_argument("--reference", type=Path, default=ROOT.parent / "shared" / "reference")
    parser.add_argument("--output", type=Path, default=ROOT / "maps")
    parser.add_argument("--check", action="store_true", help="compare only, write nothing")
    options = parser.parse_args(arguments)
    if not (options.reference / "278").is_dir():
        print(f"no tables in {options.reference}; name their folder with --reference")
        return 2
    files = build(options.reference)
    if options.check:
        stale = compare(files, options.output)
        for name in stale:
            print(f"{name} differs from the tables; run scripts/build_maps.py")
        return 1 if stale else 0
    for name, text in files.items():
        (options.output / name).write_text(text, encoding="utf-8")
    print(f"{len(files)} files written to {options.output.name}/")
    return 0


if __name__ == "__main__":
    sys.exit(main())
