"""Every finding code has one page, one failing fixture that shows it, and one snapshot."""

import pytest

from tests.validation.defects import BAD, judged, read, specimen, told
from x12_pa.validation import CODES
from x12_pa.validation.pages import explain, page_codes

SHOWN = list(CODES)
HEADINGS = ("What it checks", "Why it matters", "Example", "Instead", "Source", "999 code")


def _names(pattern):
    return {path.name.partition(".")[0] for path in BAD.glob(pattern)}


def test_each_code_has_a_fixture_a_snapshot_and_a_page():
    specimens = _names("[XP]*.edi*")
    assert set(page_codes()) == set(CODES)
    assert specimens == _names("[XP]*.txt") == set(CODES)


@pytest.mark.parametrize("code", SHOWN)
def test_specimen_shows_exactly_its_code_once(code):
    found = judged(code).findings
    assert [finding.code for finding in found] == [code]


@pytest.mark.parametrize("code", SHOWN)
def test_what_a_person_reads(code):
    assert told(code) == (BAD / f"{code}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("code", SHOWN)
def test_fixture_is_what_the_table_of_defects_makes(code):
    assert specimen(code) == read(code)


@pytest.mark.parametrize("code", SHOWN)
def test_no_message_field_was_left_empty(code):
    (finding,) = judged(code).findings
    for hole in ("()", "  ", " :", " .", " ,"):
        assert hole not in finding.message


@pytest.mark.parametrize("code", SHOWN)
def test_page_has_its_parts_and_names_the_codes_of_the_acknowledgement(code):
    page, row = explain(code), CODES[code]
    assert [line[3:] for line in page.splitlines() if line.startswith("## ")] == list(HEADINGS)
    last = page.partition("## 999 code")[2]
    for name, value in (
        ("IK304", row.ik304),
        ("IK403", row.ik403),
        ("TA105", row.ta105),
        ("IK502", row.ik502),
        ("AK905", row.ak905),
    ):
        assert (f"{name} `{value}`" in last) == (value is not None)
