"""A scope whose texts are all known ends without a thought; a text that is not known is judged."""

import pytest

from tests.profiles.support import TODAY, by_payer, judged, profile_of, text_of
from x12_pa.guides import load_guide
from x12_pa.guides.light import light_scopes

WINDOW = {"date_window": {"path": "2400/DTP[472]/03", "not_after": "2026-12-05"}}
COUNT = {"count": {"of": "2400/REF[6R]", "max": 1, "per": "2400"}}


def light(folder, *rules):
    guide = load_guide("837P", profile_of(folder, *rules), today=TODAY)
    found = light_scopes(guide.situations)
    return {loop.id for loop in guide.situations.loops if id(loop) in found}


@pytest.mark.parametrize(
    ("rules", "expected"), [([WINDOW], {"2400"}), ([WINDOW, COUNT], set()), ([COUNT], set())]
)
def test_only_a_scope_whose_rules_judge_each_text_by_itself_is_light(tmp_path, rules, expected):
    assert light(tmp_path, *rules) == expected


def test_without_rules_no_scope_is_light():
    assert light_scopes(None) == frozenset()


@pytest.mark.parametrize(
    ("late", "lines"), [("20261206", [47]), ("20261205", []), ("20270101", [47])]
)
def test_a_text_that_is_not_known_is_judged_wherever_it_stands(tmp_path, late, lines):
    data = text_of("837p", ("DTP*472*D8*20261206", f"DTP*472*D8*{late}"))
    assert [f.line for f in by_payer(judged(data, profile_of(tmp_path, WINDOW)))] == lines


def test_a_text_that_broke_a_rule_breaks_it_again(tmp_path):
    data = text_of("837p", ("20261205", "20261209"))
    assert [f.line for f in by_payer(judged(data, profile_of(tmp_path, WINDOW)))] == [29, 32, 47]
