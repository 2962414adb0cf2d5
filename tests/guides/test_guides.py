"""Guides: found for a set, read into trees and back, narrowed by profiles, compiled truthfully."""

import random

import pytest

from tests.support import FIXTURES
from x12_pa.errors import ConfigError
from x12_pa.guides import (
    SegmentUse,
    find_guide,
    guide_keys,
    load_guide,
    load_profile,
    program_for,
    read_tree,
    write_tree,
)
from x12_pa.syntax import DEFAULT_DELIMITERS, read_transactions
from x12_pa.validation.elements import examine

VALID = sorted((FIXTURES / "valid").glob("*.edi"))


def sets(path):
    for item in read_transactions(path.read_bytes()):
        purpose = item.segments[1].element(2)
        version = item.convention or "005010X221A1"  # an 835 has no ST03
        guide = find_guide(set_id=item.id, convention=version, purpose=purpose)
        yield guide, item


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_a_tree_places_every_segment_and_gives_them_back_in_order(path):
    for guide, item in sets(path):
        tree = read_tree(guide, item.segments)
        placed = [found.text for _, _, found in tree.iter()]
        assert placed == [found.text for found in item.segments]
        written = write_tree(tree, item.segments[0].delimiters)
        assert [found.text for found in written] == placed


@pytest.mark.parametrize(
    ("purpose", "kind"), [("13", "request"), ("36", "request"), ("11", "response")]
)
def test_the_purpose_tells_a_request_from_a_response(purpose, kind):
    guide = find_guide(set_id="278", convention="005010X217", purpose=purpose)
    assert (guide.set, guide.kind) == ("278", kind)


def test_the_segments_tell_it_when_the_purpose_does_not():
    guide = find_guide(
        set_id="278", convention="005010X217", purpose="99", ids=lambda: {"HL", "HCR"}
    )
    assert guide.kind == "response"


def test_another_edition_is_read_with_the_known_one():
    assert find_guide(set_id="837", convention="005010X222").id == "005010X222A1"


def test_an_unknown_guide_is_none():
    assert find_guide(set_id="278", convention="005010X999") is None


def test_the_event_of_a_dependent_hangs_under_the_dependent():
    paths = {loop.path for loop in load_guide("278-request").loops("2000E")}
    assert paths == {"2000A/2000B/2000C/2000E", "2000A/2000B/2000C/2000D/2000E"}


def _uses():
    for key in guide_keys():
        for use in load_guide(key).root.walk():
            if isinstance(use, SegmentUse):
                yield use


def _value(chance, element):
    made = {"R": "1.5", "DT": "20261122", "TM": "1400", "B": "X"}.get(element.type, "A1")
    wrong = ["", "", "@", "9" * (element.max + 1), "20261345", "A" * max(element.min, 1)]
    right = list(element.codes or ()) or ["1" * max(element.min, 1), made, "20261122"]
    return chance.choice([*right, *right, *wrong])


def _element(chance, element):
    if element.usage == "N" and chance.random() < 0.9:
        return ""
    if not element.components:
        return _value(chance, element)
    parts = [_element(chance, part) for part in element.components]
    return ":".join(parts).rstrip(":")


def test_no_compiled_check_accepts_what_the_careful_one_refuses():
    """A compiled check may send a right segment to the careful one, never let a wrong one pass."""
    chance, refused = random.Random(278), 0
    for use in _uses():
        match, check = program_for(load_guide("270"), DEFAULT_DELIMITERS).check_of(use)
        for _ in range(12):
            values = [_element(chance, item) for item in use.elements]
            text = "*".join([use.id, *values[: chance.randint(1, len(values))]]).rstrip("*")
            passed = match(text) and (check is None or check(text))
            faults = list(examine(use, text, DEFAULT_DELIMITERS))
            refused += not passed
            assert not (passed and faults), (text, use.path, faults)
    assert refused > 1000


def profile(tmp_path, rule):
    path = tmp_path / "narrow.yaml"
    head = "profile: narrow\ntitle: Narrow\nsource: {title: Narrow, version: '1'}\n"
    text = f"{head}rules:\n  - id: one\n    source: section 1\n    {rule}\n"
    path.write_text(text, encoding="utf-8")
    return load_profile(path)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("values: {2000E/UM02: [I, Z]}", "Z"),
        ("forbid: 2000E/UM01", "requires it"),
        ("forbid: 2000E/UM", "may only tighten"),
        ("length: {2000E/MSG01: {max: 300}}", "length is"),
        ("format: {2010C/NM109: '(a+)+'}", "repeats"),
        ("values: {2010D/NM109: [X]}", "does not use it"),
    ],
)
def test_a_profile_that_widens_or_misses_the_guide_is_refused(tmp_path, rule, said):
    with pytest.raises(ConfigError, match=said):
        load_guide("278-request", profile(tmp_path, rule))


def test_a_profile_leaves_the_plain_guide_as_it_was(tmp_path):
    narrow = load_guide("278-request", profile(tmp_path, "require: 2000E/HI"))
    plain = load_guide("278-request")
    assert {use.usage for use in narrow.find("2000E/HI")} == {"R"}
    assert {use.usage for use in plain.find("2000E/HI")} == {"S"}


def test_what_the_guide_requires_stays_a_rule_of_the_guide(tmp_path):
    narrow = load_guide("278-request", profile(tmp_path, "require: 2000E/UM"))
    assert {use.source for use in narrow.find("2000E/UM")} == {"guide"}
