"""The maps of guides known in outline say what their outlines say, and mark all the rest."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from lxml import etree

from tests.support import ROOT, reference_dir

OUTLINES = {
    "278-inquiry": "x215_inquiry",
    "278-inquiry-response": "x215_response",
    "278-notification": "x216_notification",
    "278-notification-acknowledgment": "x216_acknowledgment",
}
FRAME = {"ST", "BHT", "HL", "SE"}


def tree(key: str) -> Any:
    """Return the ST_LOOP of a map."""
    root = etree.parse(ROOT / "maps" / f"{key}.xml").getroot()
    return root.find(".//loop[@xid='ST_LOOP']")


def outline(key: str) -> dict[str, Any]:
    """Return the outline that a map is made from."""
    path = reference_dir() / "278" / f"{OUTLINES[key]}.json"
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return data


def rows(loops: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each segment row with the id of its loop."""
    for loop in loops:
        for segment in loop["segments"]:
            yield loop["id"], segment
        yield from rows(loop["loops"])


@pytest.mark.parametrize("key", OUTLINES)
def test_every_row_of_an_outline_is_in_its_map_unmarked(key: str) -> None:
    top = tree(key)
    for loop, row in rows(outline(key)["loops"]):
        uses = top.xpath(f".//loop[@xid='{loop}']/segment[@xid='{row['id']}']")
        assert [use for use in uses if not use.get("partial")], (loop, row["id"])


@pytest.mark.parametrize("key", OUTLINES)
def test_nothing_is_required_or_counted_that_no_source_says(key: str) -> None:
    stated = {(loop, row["id"]): row for loop, row in rows(outline(key)["loops"])}
    for segment in tree(key).iter("segment"):
        loop = segment.getparent()
        if segment is loop[0] or segment.get("xid") in FRAME:
            continue
        row = stated.get((loop.get("xid"), segment.get("xid")), {})
        facts = (segment.get("usage"), segment.get("max_use"))
        assert facts == (row.get("usage", "S"), str(row.get("max", ">1")))


@pytest.mark.parametrize("key", OUTLINES)
def test_a_loop_is_marked_where_it_hangs_unnamed_in_a_named_one(key: str) -> None:
    named = {loop for loop, _ in rows(outline(key)["loops"])}
    for loop in tree(key).iter("loop"):
        if loop.get("type") or loop.get("xid") in named:
            continue
        around = loop.getparent()
        known = around.get("type") or around.get("xid") in named
        assert bool(loop.get("partial")) == bool(known), loop.get("xid")


@pytest.mark.parametrize("key", OUTLINES)
def test_no_element_outside_the_frame_is_required(key: str) -> None:
    for segment in tree(key).iter("segment"):
        if segment.get("xid") not in FRAME:
            assert not segment.xpath(".//*[self::element or self::composite][@usage='R']")
