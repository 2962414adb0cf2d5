"""The maps have the form that the guide compiler and pyx12 read."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from tests.support import ROOT, reference_dir

MAPS = ROOT / "maps"
SCRIPT = ROOT / "scripts" / "build_maps.py"
FILES = sorted(path.name for path in MAPS.glob("*.xml"))
GUIDES = {
    "270": ("005010X279A1", "HS"),
    "271": ("005010X279A1", "HB"),
    "277CA": ("005010X214", "HN"),
    "278-inquiry": ("005010X215", "HI"),
    "278-inquiry-response": ("005010X215", "HI"),
    "278-notification": ("005010X216", "HI"),
    "278-notification-acknowledgment": ("005010X216", "HI"),
    "278-request": ("005010X217", "HI"),
    "278-response": ("005010X217", "HI"),
    "837D": ("005010X224A2", "HC"),
    "837I": ("005010X223A2", "HC"),
    "837P": ("005010X222A1", "HC"),
    "999": ("005010X231A1", "FA"),
}


def tree(name: str) -> Any:
    """Return the root of one map file."""
    return etree.parse(MAPS / name).getroot()


def children(loop: Any) -> list[Any]:
    """Return the loops and segments of a loop."""
    return [child for child in loop if child.tag in ("loop", "segment")]


def starts_with_hl(node: Any) -> bool:
    """Tell whether this is a loop of an HL level."""
    return bool(node.tag == "loop" and children(node)[0].get("xid") == "HL")


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run the generator."""
    command = [sys.executable, str(SCRIPT), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", FILES)
def test_every_file_keeps_to_the_schema(name: str) -> None:
    schema = etree.XMLSchema(etree.parse(MAPS / "map.xsd"))
    schema.validate(etree.parse(MAPS / name))
    assert str(schema.error_log) == ""


@pytest.mark.parametrize(("key", "facts"), GUIDES.items())
def test_a_map_names_its_guide_and_group(key: str, facts: tuple[str, str]) -> None:
    top = tree(f"{key}.xml")
    assert (top.get("guide"), top.get("gs01"), top.get("key")) == (*facts, key)


@pytest.mark.parametrize("name", FILES)
def test_positions_never_decrease(name: str) -> None:
    for loop in tree(name).iter("loop"):
        positions = [int(child.get("pos", "")) for child in children(loop)]
        assert positions == sorted(positions), loop.get("xid")


@pytest.mark.parametrize("name", FILES)
def test_a_loop_starts_with_the_only_child_at_the_lowest_position(name: str) -> None:
    """Else pyx12, which lists loops before segments of a position, would take another trigger."""
    for loop in tree(name).iter("loop"):
        first, *others = children(loop)
        if first.tag == "segment":
            assert first.get("pos") not in {child.get("pos") for child in others}, loop.get("xid")


@pytest.mark.parametrize("name", FILES)
def test_levels_come_behind_their_siblings_in_any_order(name: str) -> None:
    for loop in tree(name).iter("loop"):
        if loop.get("type") == "wrapper":
            continue
        levels = {int(c.get("pos", "")) for c in children(loop) if starts_with_hl(c)}
        others = {int(c.get("pos", "")) for c in children(loop) if not starts_with_hl(c)}
        assert len(levels) <= 1, loop.get("xid")
        assert not levels or min(levels) > max(others), loop.get("xid")


def test_the_patient_event_of_a_dependent_is_written_out_whole() -> None:
    for name in ("278-request.xml", "278-response.xml"):
        top = tree(name)
        events = [
            [child.tag for child in event.iter()]
            for parent in ("2000D", "2000C")
            for event in top.xpath(f".//loop[@xid='{parent}']/loop[@xid='2000E']")
        ]
        assert events[0] == events[1]


def test_the_index_names_every_map_and_every_purpose_of_the_278() -> None:
    entries = tree("maps.xml").findall("version/map")
    purposes = {e.get("tspc"): e.get("key") for e in entries if e.get("abbr") == "278"}
    assert purposes == {
        "13": "278-request",
        "01": "278-request",
        "36": "278-request",
        "11": "278-response",
        "28": "278-inquiry",
        "49": "278-inquiry-response",
        "CN": "278-notification",
        "53": "278-notification-acknowledgment",
    }
    assert {e.get("key") for e in entries} - {None} == {*GUIDES, "TA1"}


def qualifier_codes(segment: Any) -> list[str]:
    """Return the codes that select a segment among siblings of its id."""
    by = segment.get("selected_by")
    path = f"element[@xid='{by}']" if by else "*[self::element or self::composite][1]"
    found = segment.xpath(f"{path}/descendant-or-self::element[1]/valid_codes/code")
    return [f"{by or ''}={code.text}" for code in found]


@pytest.mark.parametrize("key", GUIDES)
def test_siblings_of_one_id_can_be_told_apart(key: str) -> None:
    for loop in tree(f"{key}.xml").iter("loop"):
        spots = [
            (segment.get("xid"), code)
            for segment in loop.findall("segment")
            for code in qualifier_codes(segment)
        ]
        assert len(spots) == len(set(spots)), loop.get("xid")


def test_committed_maps_are_what_the_tables_give() -> None:
    result = run("--check", "--reference", str(reference_dir()))
    assert (result.returncode, result.stdout) == (0, "")


def test_check_names_a_file_that_was_edited_by_hand(tmp_path: Path) -> None:
    for name in FILES:
        (tmp_path / name).write_bytes((MAPS / name).read_bytes())
    edited = tmp_path / "999.xml"
    edited.write_text(edited.read_text(encoding="utf-8") + " ", encoding="utf-8")
    result = run("--check", "--reference", str(reference_dir()), "--output", str(tmp_path))
    assert (result.returncode, result.stdout.split()[0]) == (1, "999.xml")


def test_without_tables_the_script_says_what_to_name(tmp_path: Path) -> None:
    result = run("--reference", str(tmp_path))
    assert (result.returncode, "--reference" in result.stdout) == (2, True)
