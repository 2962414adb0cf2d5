"""Building is strict, numbers the hierarchy, and adds what the guide leaves no choice about."""

import json

import pytest
from attrs import evolve

from tests.support import FIXTURES
from x12_pa.guides import load_guide
from x12_pa.models import (
    Address,
    Condition,
    Decision,
    Diagnosis,
    InputProblem,
    Party,
    Reject,
    ReviewResponse,
    build_request,
    build_response,
    from_json,
)
from x12_pa.syntax import Delimiters

REQUEST, RESPONSE = load_guide("278-request"), load_guide("278-response")


def example(name):
    return from_json(json.loads((FIXTURES / "requests" / f"example_{name}.json").read_text()))


def texts(request, **options):
    return [item.text for item in build_request(request, REQUEST, **options)]


def refused(review):
    build, guide = (
        (build_response, RESPONSE)
        if isinstance(review, ReviewResponse)
        else (build_request, REQUEST)
    )
    with pytest.raises(InputProblem) as caught:
        build(review, guide)
    return {problem.path: problem.message for problem in caught.value.problems}


def with_event(**changes):
    request = example("imaging")
    return evolve(request, event=evolve(request.event, **changes))


def test_an_imaging_request_as_segments():
    assert texts(example("imaging"))[3:] == [
        "NM1*X3*2*EXAMPLE HEALTH PLAN*****PI*EXHP01",
        "HL*2*1*21*1",
        "NM1*1P*1*SAMPLEDOC*AVERY****XX*1234567893",
        "PER*IC*FRONT DESK*TE*5555550100",
        "HL*3*2*22*1",
        "NM1*IL*1*TESTPATIENT*IMOGEN****MI*MBR000123",
        "DMG*D8*19800229*F",
        "HL*4*3*EV*1",
        "UM*HS*I*62*22:B*****Y",
        "DTP*AAH*RD8*20261201-20261231",
        "HI*ABK:M25561",
        "NM1*SJ*2*EXAMPLE IMAGING CENTER*****XX*1245319599",
        "HL*5*4*SS*0",
        "DTP*472*RD8*20261201-20261231",
        "SV1*HC:73721:RT**UN*1",
    ]


def test_the_event_of_a_dependent_hangs_under_the_dependent():
    levels = [text for text in texts(example("dependent_therapy")) if text.startswith("HL")]
    assert levels == [
        "HL*1**20*1",
        "HL*2*1*21*1",
        "HL*3*2*22*1",
        "HL*4*3*23*1",
        "HL*5*4*EV*1",
        "HL*6*5*SS*0",
        "HL*7*5*SS*0",
    ]


def test_a_range_of_codes_keeps_its_last_code():
    assert "SV1*HC:97110::::::97140**UN*12***1:2" in texts(example("dependent_therapy"))


def test_conditions_go_to_the_use_of_their_category_in_the_order_of_the_guide():
    conditions = (
        Condition(category="77", codes=("CM",)),
        Condition(category="07", applies=False, codes=("01", "60")),
    )
    found = [text for text in texts(with_event(conditions=conditions)) if text.startswith("CRC")]
    assert found == ["CRC*07*N*01*60", "CRC*77*Y*CM"]


def test_the_separators_of_the_interchange_are_used():
    found = texts(example("imaging"), delimiters=Delimiters("|", ">", "^", "'", ""))
    assert "SV1|HC>73721>RT||UN|1" in found


def test_a_text_that_holds_a_separator_is_refused():
    assert refused(with_event(message="CALL 5*5")) == {
        "event.message": "holds '*', which separates elements; take it out of the text"
    }


def test_a_line_break_in_a_text_is_refused():
    assert "event.message" in refused(with_event(message="two\nlines"))


def test_a_character_that_x12_cannot_carry_is_refused():
    assert "event.message" in refused(with_event(message="\N{SNOWMAN}"))


def test_a_thirteenth_diagnosis_is_refused():
    codes = tuple(Diagnosis(type="ABF", code=f"M{n}") for n in range(13))
    assert list(refused(with_event(diagnoses=codes))) == ["event.diagnoses[12]"]


def test_an_unknown_category_of_condition_is_refused_with_the_known_ones():
    found = refused(with_event(conditions=(Condition(category="99", codes=("01",)),)))
    assert found == {"event.conditions[0]": "its kind must be one of 07, 08, 09, 11, 75, 76, 77"}


def test_a_decision_has_no_place_in_a_request():
    found = refused(with_event(decision=Decision(action="A1")))
    assert found == {"event.decision": "the 005010X217 request has no place for it; leave it out"}


def test_all_misplaced_fields_are_reported_together():
    request = with_event(decision=Decision(action="A1"), message="a~b")
    request = evolve(
        request,
        reviewer=evolve(
            request.reviewer, address=Address(city="ANYTOWN"), rejects=(Reject(reason="42"),)
        ),
    )
    assert list(refused(request)) == [
        "reviewer.address.city",
        "reviewer.rejects[0]",
        "event.decision",
        "event.message",
    ]


def test_a_rejection_of_the_whole_request_stands_before_the_reviewer():
    response = ReviewResponse(
        reference="PA-1",
        transaction_type="18",
        rejects=(Reject(reason="42", follow_up="Y"),),
        reviewer=Party(role="X3", identifier_type="PI", identifier="EXHP01"),
    )
    assert [item.text for item in build_response(response, RESPONSE)][2:] == [
        "HL*1**20*0",
        "AAA*N**42*Y",
        "NM1*X3*2******PI*EXHP01",
    ]
