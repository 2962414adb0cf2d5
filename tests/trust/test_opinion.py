"""A second opinion: both verdicts side by side, and never a crash of ours."""

import json

import pytest

from tests.support import FIXTURES
from x12_pa.validation.opinion import opinion_json, render_opinion, second_opinion

VALID, BAD = FIXTURES / "valid", FIXTURES / "bad"


@pytest.mark.parametrize(
    "name",
    ["837p-three-sets.edi", "278-response-mixed.edi", "278-request-dependent.edi", "271.edi"],
)
def test_both_accept_a_valid_file(name):
    assert second_opinion(VALID / name).agreed is True


def test_both_reject_an_unknown_code_in_the_same_element():
    (verdict,) = second_opinion(BAD / "X215.edi").sets
    assert verdict.our_codes == ("X215",)
    assert [item.element for item in verdict.objections] == ["UM02"]


def test_a_disagreement_is_shown_with_both_sides_and_the_limits_of_the_other():
    text = "\n".join(render_opinion(second_opinion(BAD / "X501.edi")))
    assert "DISAGREED" in text
    assert "x12-pa rejects X501" in text
    assert "check digits" in text


def test_without_a_map_there_is_no_second_verdict_but_a_reason():
    opinion = second_opinion(BAD / "X125.edi")
    assert (opinion.agreed, opinion.sets[0].theirs) == (None, None)
    assert "has no map" in (opinion.problem or "")


def test_the_other_is_stopped_when_it_takes_too_long():
    opinion = second_opinion(VALID / "837p.edi", seconds=0.01)
    assert "was stopped" in (opinion.problem or "")


def test_words_of_the_other_are_kept_only_on_demand():
    quiet = json.dumps(opinion_json(second_opinion(BAD / "X216.edi")))
    loud = json.dumps(opinion_json(second_opinion(BAD / "X216.edi", show_phi=True)))
    assert "19471345" not in quiet
    assert "19471345" in loud


def test_maps_that_pyx12_lacks_are_ours_and_said_to_be():
    assert second_opinion(VALID / "270.edi").sets[0].map == "x12-pa"
