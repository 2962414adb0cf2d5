"""A finding names the written rule behind it: its id, where it stands, what the payer answers."""

import csv
from io import BytesIO, StringIO

import pytest

from tests.profiles.support import by_payer, judged, profile_of, text_of
from tests.support import NOW
from tests.validation.defects import BAD, read
from tests.validation.defects import judged as judged_specimen
from tests.validation.defects import profile_of as profile_for
from x12_pa.validation import RuleRef, validate
from x12_pa.validation.findings_csv import render_csv
from x12_pa.validation.html_report import Options, render_html
from x12_pa.validation.render import finding_json

PAYER_CODES = sorted(path.name.partition(".")[0] for path in BAD.glob("P*.txt"))
OF_NO_RULE = {"P100", "P902", "P131", "P132", "P133", "P903"}
EXPECT = {"AAA": [{"loop": "2010C", "code": "72", "follow": "C"}]}
MEMBER = {
    "id": "member-form",
    "source": "page 12",
    "format": {"2010C/NM109": r"A\d{8}"},
    "expect": EXPECT,
}


@pytest.mark.parametrize("code", [code for code in PAYER_CODES if code not in OF_NO_RULE])
def test_every_finding_of_a_payer_names_its_rule(code):
    profile = profile_for(code)
    (found,) = judged_specimen(code).findings
    assert found.rule is not None
    assert profile.rule(found.rule.id) or found.rule.id.startswith("envelope-")
    assert found.rule.source


def test_id_source_and_expected_answer_stand_in_the_json(tmp_path):
    (found,) = by_payer(judged(text_of(), profile_of(tmp_path, MEMBER)))
    assert finding_json(found)["rule"] == {
        "id": "member-form",
        "source": "page 12",
        "expect": EXPECT,
    }


def test_a_rule_that_two_rules_narrow_is_named_by_the_code_that_it_broke(tmp_path):
    length = {"id": "member-length", "length": {"2010C/NM109": {"max": 9}}, "source": "page 3"}
    data = text_of("278-request-subscriber", ("MBR000101", "A000001010"))
    found = by_payer(judged(data, profile_of(tmp_path, MEMBER, length)))
    assert {(f.code, f.rule) for f in found} == {
        ("P104", RuleRef(id="member-length", source="page 3"))
    }
    data = text_of("278-request-subscriber", ("MBR000101", "B00000101"))
    (found,) = by_payer(judged(data, profile_of(tmp_path, MEMBER, length)))
    assert (found.code, found.rule.id) == ("P105", "member-form")


def test_what_x12_or_the_structure_of_the_guide_says_has_no_rule(tmp_path):
    # The element is narrowed, but what is wrong here is wrong for everybody.
    rule = {"values": {"2000E/UM02": ["I", "R"]}}
    data = text_of("278-request-subscriber", ("UM*HS*I", "UM*HS*Z"))
    found = judged(data, profile_of(tmp_path, rule)).findings
    assert [(f.code, f.rule) for f in found] == [("X215", None)]


def test_a_rule_of_the_guide_across_segments_is_named_too():
    (found,) = validate(read("X401")).findings
    assert found.source == "guide"
    assert found.rule is not None


def test_a_spreadsheet_has_the_rule_and_the_answer_in_columns_of_their_own(tmp_path):
    result = judged(text_of(), profile_of(tmp_path, MEMBER))
    (row,) = csv.DictReader(StringIO("".join(render_csv([result]))))
    assert (row["rule"], row["rule_source"]) == ("member-form", "page 12")
    assert row["rule_expect"] == "AAA 72 (C) in 2010C"


def test_a_page_says_which_rule_and_what_the_payer_answers(tmp_path):
    result = judged(text_of(), profile_of(tmp_path, MEMBER))
    options = Options(at=NOW, opener=lambda _: BytesIO(text_of()))
    page = "".join(render_html([result], options))
    assert "companion guide payer, rule member-form, page 12" in page
    assert "<dt>Answer</dt><dd>AAA 72 (C) in 2010C</dd>" in page
