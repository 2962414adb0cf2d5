"""What a rule sees around its scope belongs to the same claim, subscriber or event as the scope."""

import pytest

from tests.profiles.support import by_payer, judged, profile_of
from tests.validation.defects import VALID, recounted
from x12_pa.guides import load_guide, program_for
from x12_pa.guides.index import map_path
from x12_pa.guides.load import load_map
from x12_pa.guides.nesting import inside
from x12_pa.guides.situations import attach, situations_of
from x12_pa.syntax import DEFAULT_DELIMITERS

OUT = {"applies": {"tx": "837", "direction": "out"}}
BOTH = (VALID / "837p.edi").read_text()


def said(tmp_path, rule, *changes):
    text = BOTH
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    result = judged(recounted(text).encode(), profile_of(tmp_path, OUT | rule))
    assert {f.source for f in result.findings} <= {"profile:payer"}
    return [(f.code, f.context[0][1] if f.context else None, f.line) for f in by_payer(result)]


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        # The subscriber of the first claim has a group number, that of the second has none.
        (
            {"when": {"2000B/SBR03": "GROUP1"}, "then": {"require": "2300/REF[G1]/02"}},
            [("SBR*P*18*******CI", "SBR*P*18*GROUP1******CI")],
        ),
        # The first claim has a rendering provider, whom its lines look at; the second has none.
        (
            {"when": {"2310B/NM109": "1000000038"}, "then": {"forbid": "2400/DTP[472]/03"}},
            [],
        ),
    ],
)
def test_a_claim_is_not_judged_by_what_the_claim_before_it_had(tmp_path, rule, changes):
    assert all(line < 33 for _, _, line in said(tmp_path, rule, *changes))


def test_a_line_is_judged_by_the_provider_of_its_own_claim(tmp_path):
    rule = {
        "when": {"2310B/NM109": "1000000038"},
        "then": {"values": {"2400/SV1/03": ["MJ"]}},
        "each": "2400",
    }
    assert [line for _, _, line in said(tmp_path, rule)] == [28, 31]


def test_every_instance_of_a_repeated_loop_around_a_scope_counts(tmp_path):
    rule = {
        "when": {"2310A/NM109": "1000000020"},
        "then": {"values": {"2400/SV1/03": ["MJ"]}},
        "each": "2400",
    }
    second = "NM1*P3*1*MOCKTON*CASEY****XX*1000000046~\nNM1*82"
    assert [line for _, _, line in said(tmp_path, rule, ("NM1*82", second))] == [29, 32]


def test_rules_are_judged_by_programs_that_were_made_before_them_too():
    guide = load_map(map_path("278-request"))
    early = program_for(guide, DEFAULT_DELIMITERS)
    attach(guide, situations_of(guide))
    late = program_for(guide, DEFAULT_DELIMITERS)
    assert late is not early
    assert late is program_for(guide, DEFAULT_DELIMITERS)


def test_a_rule_for_single_segments_that_depends_on_the_unknown_is_told_so(tmp_path):
    rule = {
        "each": "2400/SV1",
        "when": {"2400/SV103": "UN", "$ctx.lob": "medicaid"},
        "then": {"values": {"2400/SV104": ["2"]}},
    }
    assert [code for code, _, _ in said(tmp_path, rule)] == ["P901"]


def test_loops_whose_ends_nobody_needs_are_not_watched():
    guide = load_guide("837P")
    assert {loop.id for loop in guide.situations.loops} == {"2300", "2430"}
    assert all(inside(loop, guide.root) for loop in guide.situations.loops)
