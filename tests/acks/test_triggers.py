"""A 999 names what made a rule apply: the situational trigger, from the file that was received."""

import pytest

from tests.acks.judgements import clock, counting
from tests.profiles.support import judged, profile_of, text_of
from tests.validation.defects import profile_of as profile_for
from tests.validation.defects import read
from x12_pa.acks import answer, read_acknowledgements
from x12_pa.validation import validate


def said(result, *names):
    data = answer(result, numbers=counting(), clock=clock)
    assert validate(data).findings == []
    return [line for line in data.decode().split("~\n") if line.startswith(names)]


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        (
            "X402",
            [
                "IK3*NM1*12*2000*I6",
                "CTX*TRN02:TRC000009",
                "CTX*SITUATIONAL TRIGGER*UM*13*2000*1",
            ],
        ),
        ("X412", ["IK3*HL*7*2000*I9", "CTX*SITUATIONAL TRIGGER*AAA*4*2000*3"]),
        (
            "P111",
            [
                "IK3*DTP*15*2000*I6",
                "CTX*TRN02:TRC000001",
                "CTX*SITUATIONAL TRIGGER*UM*16*2000*1",
            ],
        ),
    ],
)
def test_a_segment_that_depends_on_a_situation_is_told_with_it(code, lines):
    result = validate(read(code), profile=profile_for(code))
    assert said(result, "IK3", "CTX", "IK4") == lines


def test_the_situation_of_an_element_is_told_behind_its_ik4():
    result = validate(read("P113"), profile=profile_for("P113"))
    assert said(result, "IK3", "CTX", "IK4") == [
        "IK3*UM*16*2000*8",
        "CTX*TRN02:TRC000001",
        "IK4*4:1*1331*I6*22",
        "CTX*SITUATIONAL TRIGGER*UM*16*2000*3",
    ]


@pytest.mark.parametrize("code", ["X401", "P107"])
def test_what_is_asked_for_without_condition_has_no_situation(code):
    result = validate(read(code), profile=profile_for(code))
    (line,) = said(result, "IK3")
    assert line.endswith("*I8")
    assert not any("TRIGGER" in each for each in said(result, "CTX"))


@pytest.mark.parametrize(
    ("when", "trigger"),
    [
        ({"2000E/UM01": ["HS", "AR"]}, "UM*16*2000*1"),
        ({"2000E/UM04-1": {"matches": "1."}}, "UM*16*2000*4:1"),
        ({"any": {"2000E/UM01": "AR", "2000E/HI[*]-02": {"present": True}}}, "HI*18*2000"),
        ({"none": {"2000E/UM01": "AR"}}, None),
        ({"BHT02": "13", "unless": {"2000E/UM01": "AR"}}, "BHT*2**2"),
    ],
)
def test_the_first_value_that_a_rule_waits_for_is_its_situation(tmp_path, when, trigger):
    rule = {"applies": {"tx": "278"}, "when": when, "then": {"require": "2000E/CL1"}}
    result = judged(text_of(), profile_of(tmp_path, rule))
    lines = [line for line in said(result, "CTX") if "TRIGGER" in line]
    assert lines == ([f"CTX*SITUATIONAL TRIGGER*{trigger}"] if trigger else [])
    code = "I6" if trigger else "I8"
    assert said(result, "IK3")[0].endswith(f"*{code}")


def test_a_situation_is_read_back_from_the_999():
    result = validate(read("X402"))
    data = answer(result, numbers=counting(), clock=clock)
    (acknowledged,) = (ack for ack in read_acknowledgements(data) if hasattr(ack, "sets"))
    problem = acknowledged.sets[0].problems[0]
    assert problem.business_unit is problem.context[0]
    assert (problem.context[1].segment, problem.context[1].position) == ("UM", 13)
