"""Which guide a set follows: editions, purposes, and the order in which names are believed."""

import pytest

from tests.support import FIXTURES
from x12_pa.errors import ConfigError
from x12_pa.guides import find_guide, guide_keys, load_guide
from x12_pa.guides.index import foreign_index, foreign_keys, index
from x12_pa.validation import validate

EDITIONS = {
    "837p": ("005010X222A1", ["005010X222", "005010X222A2", "005010X222A9"]),
    "837i": ("005010X223A2", ["005010X223", "005010X223A1", "005010X223A3"]),
    "837d": ("005010X224A2", ["005010X224", "005010X224A3"]),
    "278-request-subscriber": ("005010X217", ["005010X217E1", "005010X217E2"]),
    "270": ("005010X279A1", ["005010X279"]),
    "271": ("005010X279A1", ["005010X279", "005010X279A2"]),
    "999": ("005010X231A1", ["005010X231"]),
    "277ca": ("005010X214", ["005010X214E1"]),
}
ROWS = [(name, other) for name, (_, others) in EDITIONS.items() for other in others]


def told(name, version, convention):
    """Return the findings of a valid file with other names in GS08 and ST03."""
    own = EDITIONS[name][0]
    lines = (FIXTURES / "valid" / f"{name}.edi").read_text(encoding="latin-1").split("\n")
    for number, line in enumerate(lines):
        if line.startswith("GS*"):
            lines[number] = line.replace(f"*{own}~", f"*{version}~")
        elif line.startswith("ST*"):
            lines[number] = line.replace(f"*{own}~", f"*{convention}~")
    found = validate("\n".join(lines).encode("latin-1")).findings
    return [(each.code, each.severity) for each in found]


@pytest.mark.parametrize(("name", "other"), ROWS)
def test_another_edition_in_both_names_is_one_warning(name, other):
    assert told(name, other, other) == [("X126", "warning")]


@pytest.mark.parametrize(("name", "other"), ROWS)
def test_another_edition_in_gs08_alone_is_one_warning(name, other):
    assert told(name, other, EDITIONS[name][0]) == [("X117", "warning")]


@pytest.mark.parametrize(("name", "other"), ROWS)
def test_another_edition_in_st03_alone_is_one_warning(name, other):
    assert told(name, EDITIONS[name][0], other) == [("X117", "warning")]


def test_st03_of_another_guide_is_a_wrong_value_and_nothing_else():
    assert told("837p", "005010X222A1", "005010X999") == [("X215", "error")]


@pytest.mark.parametrize(
    ("purpose", "key"),
    [
        ("28", "278-inquiry"),
        ("49", "278-inquiry-response"),
        ("", "278-inquiry"),
    ],
)
def test_the_purpose_tells_an_inquiry_from_its_response(purpose, key):
    assert find_guide(set_id="278", convention="005010X215", purpose=purpose).key == key


@pytest.mark.parametrize(
    ("purpose", "key"),
    [("CN", "278-notification"), ("53", "278-notification-acknowledgment")],
)
def test_the_purpose_tells_a_notification_from_its_acknowledgment(purpose, key):
    assert find_guide(set_id="278", convention="005010X216", purpose=purpose).key == key


@pytest.mark.parametrize(
    ("set_id", "version", "purpose", "key"),
    [
        ("837", "004010X098A1", "00", "837P-4010 (pyx12)"),
        ("837", "004010X096", "00", "837I-4010 (pyx12)"),
        ("278", "004010X094A1", "11", "278-response-4010 (pyx12)"),
        ("278", "004010X094A1", "36", "278-request-4010 (pyx12)"),
        ("277", "005010X212", "08", "277 (pyx12)"),
        ("277", "005010X214", "08", "277CA"),
        ("835", "005010X221", "", "835 (pyx12)"),
        ("997", "004010", "", "997-4010 (pyx12)"),
    ],
)
def test_a_set_without_st03_is_known_by_gs08(set_id, version, purpose, key):
    assert find_guide(set_id=set_id, version=version, purpose=purpose).key == key


def test_pyx12_is_asked_only_for_guides_that_we_lack():
    own = {row.guide[:10] for row in index()}
    assert not own & {row.guide[:10] for row in foreign_index()}


def test_keys_are_unique():
    keys = guide_keys() + foreign_keys()
    assert len(keys) == len(set(keys))


def test_an_unknown_key_is_answered_with_the_known_ones():
    with pytest.raises(ConfigError, match=r"278-request, .*835 \(pyx12\)"):
        load_guide("999X")


def test_a_guide_keeps_the_words_of_its_map():
    notes = load_guide("278-request").notes
    rules = {note.attributes.get("id"): note.text for note in notes if note.kind == "rule"}
    assert rules["gs"] == "GS01=HI, GS08 and ST03 equal 005010X217"
