"""Layers only tighten: what allows more than the layers below is refused, with file and line."""

import pytest

from tests.profiles.support import by_payer, judged, profile_of, text_of
from x12_pa.errors import ConfigError
from x12_pa.guides import load_guide

WIDENINGS = {
    "values": {"values": {"2000E/UM01": ["HS", "ZZ"]}},
    "add": {"values": {"2000E/UM02": {"add": ["9"]}}},
    "some segments": {"values": {"2000E/DTP[435]/02": ["D8", "TM"]}},
    "length": {"length": {"2000E/MSG01": {"max": 500}}},
    "forbid": {"forbid": "2000E/UM"},
    "forbid element": {"forbid": "2000E/UM01"},
    "require unused": {"require": "2000E/UM01"},
}


@pytest.mark.parametrize("kind", [k for k in WIDENINGS if k != "require unused"])
def test_widening_the_guide_is_refused_with_line_and_what_is_allowed(tmp_path, kind):
    profile = profile_of(tmp_path, {"values": {"2010A/NM101": ["X3"]}}, WIDENINGS[kind])
    with pytest.raises(ConfigError, match=r"payer\.yaml, line \d+: rule 'r2'.*162\.915"):
        load_guide("278-request", profile)


@pytest.mark.parametrize(
    ("below", "above"),
    [
        ({"values": {"2000E/UM02": ["I", "S"]}}, {"values": {"2000E/UM02": ["I", "R"]}}),
        ({"length": {"2000E/MSG01": {"max": 80}}}, {"length": {"2000E/MSG01": {"max": 200}}}),
        ({"forbid": "2000E/HSD"}, {"require": "2000E/HSD"}),
        ({"require": "2000E/HI"}, {"forbid": "2000E/HI"}),
        ({"forbid": "2000E/UM06"}, {"require": "2000E/UM06"}),
    ],
)
def test_widening_the_layer_below_is_refused(tmp_path, below, above):
    out = {"applies": {"tx": "278"}}
    profile_of(tmp_path, {"id": "low", **below, **out}, name="base")
    profile = profile_of(tmp_path, above | out, extends=["base"])
    with pytest.raises(ConfigError, match="rule 'r1'"):
        load_guide("278-request", profile)


def test_a_marked_widening_is_taken(tmp_path):
    rule = {"values": {"2000E/UM01": ["HS", "ZZ"]}, "widen": True}
    guide = load_guide("278-request", profile_of(tmp_path, rule))
    assert guide.find("2000E/UM")[0].elements[0].codes == ("HS", "ZZ")


def test_both_forms_hold_when_two_layers_ask_for_one(tmp_path):
    profile_of(tmp_path, {"id": "low", "format": {"2000E/TRN02": r"TRC\d+"}}, name="base")
    profile = profile_of(tmp_path, {"format": {"2000E/TRN02": ".*1$"}}, extends=["base"])
    assert by_payer(judged(text_of(), profile)) == []
    found = by_payer(judged(text_of("278-request-subscriber", ("TRC000001", "ABC000001")), profile))
    assert [finding.code for finding in found] == ["P105"]


def test_a_rule_that_is_only_a_warning_rejects_nothing(tmp_path):
    rule = {"values": {"2000E/UM02": ["R"]}, "severity": "warning"}
    result = judged(text_of(), profile_of(tmp_path, rule))
    assert [(f.code, f.severity) for f in by_payer(result)] == [("P101", "warning")]
    assert result.accepted


def test_rules_out_of_force_are_not_judged(tmp_path):
    rule = {"values": {"2000E/UM02": ["R"]}, "effective": {"from": "2027-01-01"}}
    assert by_payer(judged(text_of(), profile_of(tmp_path, rule))) == []


def test_a_finding_says_what_the_payer_answers(tmp_path):
    expect = {"AAA": [{"loop": "2010C", "code": "72", "follow": "C"}]}
    rule = {"format": {"2010C/NM109": "ABC.*"}, "expect": expect}
    (finding,) = by_payer(judged(text_of(), profile_of(tmp_path, rule)))
    assert finding.message.endswith("The payer answers AAA 72 (C) in 2010C.")
