"""What a 999 says about a group, its sets, their segments and elements."""

import pytest

from tests.acks.judgements import fault, received
from x12_pa.acks import build_999, judged
from x12_pa.validation.results import FileResult, Finding


def lines(result: FileResult, *ids: str) -> list[str]:
    """The 999 for the only group, or only its segments with these ids."""
    group = judged(result)[0].groups[0]
    return [line.text for line in build_999(group) if not ids or line.id in ids]


def element_error(segment: str, number: int, element: str, ik403: str, **more: object) -> Finding:
    return fault(
        segment=segment,
        segment_number=number,
        element=element,
        ik304="8",
        ik403=ik403,
        **more,
    )


def test_a_set_without_faults_is_accepted() -> None:
    assert lines(received()) == [
        "ST*999*0001*005010X231A1",
        "AK1*HI*11*005010X217",
        "AK2*278*0001*005010X217",
        "IK5*A",
        "AK9*A*1*1*1",
    ]


def test_one_of_three_rejected_makes_the_group_partially_accepted() -> None:
    bad = fault(at=("000000101", "11", "0002"), segment="NM1", segment_number=6, ik304="3")
    assert lines(received(bad, sets=("0001", "0002", "0003")), "AK9") == ["AK9*P*3*3*2"]


def test_all_rejected_makes_the_group_rejected() -> None:
    bad = fault(segment="NM1", segment_number=6, ik304="3")
    assert lines(received(bad), "AK9") == ["AK9*R*1*1*0"]


def test_a_warning_that_a_999_can_tell_is_accepted_with_errors() -> None:
    odd = fault(segment="NM1", segment_number=6, ik304="5", severity="warning")
    assert lines(received(odd), "IK5", "AK9") == ["IK5*E*5", "AK9*E*1*1*1"]


def test_in_a_group_with_a_fault_of_its_own_no_set_is_accepted() -> None:
    broken = fault(at=("000000101", "11"))
    assert lines(received(broken), "IK5", "AK9") == ["IK5*R", "AK9*R*1*1*0"]


def test_a_group_without_trailer_is_counted_by_what_arrived() -> None:
    cut = fault(at=("000000101", "11"))
    result = received(cut, sets=("0001", "0002"), announced=None)
    assert lines(result, "AK9") == ["AK9*R*2*2*0"]


def test_announced_and_received_sets_may_differ() -> None:
    assert lines(received(announced=5), "AK9") == ["AK9*A*5*1*1"]


def test_element_errors_of_one_segment_stand_under_one_ik3() -> None:
    result = received(
        element_error("DMG", 9, "DMG02", "8", value="19801345", loop="2010C"),
        element_error("DMG", 9, "DMG03", "7", value="Q", loop="2010C"),
    )
    assert lines(result, "IK3", "IK4") == [
        "IK3*DMG*9*2010*8",
        "IK4*2*1251*8*19801345",
        "IK4*3*1068*7*Q",
    ]


def test_component_and_repetition_are_positions_in_a_composite() -> None:
    bad = element_error("UM", 12, "UM04", "I6", component=2, repetition=3, loop="2000E")
    assert lines(received(bad), "IK4") == ["IK4*4:2:3*1332*I6"]


def test_a_repetition_of_a_simple_element_leaves_the_component_open() -> None:
    bad = element_error("UM", 12, "UM01", "I6", repetition=2)
    assert lines(received(bad), "IK4") == ["IK4*1::2*1525*I6"]


def test_a_missing_element_has_no_copy() -> None:
    assert lines(received(element_error("UM", 12, "UM02", "1")), "IK4") == ["IK4*2*1322*1"]


@pytest.mark.parametrize("value", ["A*B", "A~B", "A:B", "A^B", "A\x07B", "caf\xe9", " A"])
def test_a_value_that_would_break_the_answer_is_not_repeated(value: str) -> None:
    assert lines(received(element_error("UM", 12, "UM02", "7", value=value)), "IK4") == [
        "IK4*2*1322*7"
    ]


def test_a_long_value_is_cut_to_what_ik404_holds() -> None:
    bad = element_error("UM", 12, "UM02", "5", value="X" * 150)
    assert lines(received(bad), "IK4") == ["IK4*2*1322*5*" + "X" * 99]


@pytest.mark.parametrize(
    ("loop", "ik303"),
    [
        ("2010AA", "2010"),
        ("2000E", "2000"),
        ("2300", "2300"),
        ("2000A/2000B/2010BA", "2010"),
        ("ST", ""),
        (None, ""),
    ],
)
def test_a_loop_id_has_at_most_four_characters(loop: str | None, ik303: str) -> None:
    bad = fault(segment="REF", segment_number=7, loop=loop, ik304="I4")
    assert lines(received(bad), "IK3") == [f"IK3*REF*7*{ik303}*I4"]


def test_the_business_unit_names_the_claim() -> None:
    bad = fault(segment="SV1", segment_number=40, ik304="3", context=(("CLM01", "CLM-77"),))
    assert lines(received(bad, set_id="837"), "CTX") == ["CTX*CLM01:CLM-77"]


def test_a_long_trace_number_is_cut_to_35_characters() -> None:
    bad = fault(segment="UM", segment_number=12, ik304="3", context=(("TRN02", "T" * 50),))
    assert lines(received(bad), "CTX") == ["CTX*TRN02:" + "T" * 35]


def test_a_claim_number_that_is_itself_at_fault_names_no_business_unit() -> None:
    bad = element_error("CLM", 22, "CLM01", "5", context=(("CLM01", "C" * 39),))
    assert lines(received(bad, set_id="837"), "CTX") == []


def test_the_situational_trigger_stands_behind_the_business_unit() -> None:
    bad = fault(
        segment="REF",
        segment_number=57,
        ik304="I6",
        context=(("CLM01", "CLM-77"), ("SITUATIONAL TRIGGER", "CLM*43*2300*5:3")),
    )
    assert lines(received(bad), "CTX") == [
        "CTX*CLM01:CLM-77",
        "CTX*SITUATIONAL TRIGGER*CLM*43*2300*5:3",
    ]


def test_a_conditional_code_without_its_condition_becomes_the_plain_one() -> None:
    bad = fault(segment="REF", segment_number=57, ik304="I6")
    assert lines(received(bad), "IK3") == ["IK3*REF*57**I8"]


def test_a_missing_loop_is_named_by_its_first_segment() -> None:
    bad = fault(segment="2010B", segment_number=6, loop="2000A/2000B", ik304="I7")
    assert lines(received(bad), "IK3") == ["IK3*NM1*6*2010*I7"]


@pytest.mark.parametrize(
    ("st02", "ak202"), [("0001", "0001"), ("1", "0001"), ("1234567890", "123456789"), ("", "0000")]
)
def test_a_set_control_number_of_a_wrong_length_is_brought_to_a_right_one(
    st02: str, ak202: str
) -> None:
    assert lines(received(sets=(st02,)), "AK2") == [f"AK2*278*{ak202}*005010X217"]


def test_a_set_that_a_999_does_not_know_is_only_counted() -> None:
    result = received(sets=("0001", "0002"))
    result.interchanges[0].groups[0].transactions[1].set = "850"
    assert lines(result, "AK2") == ["AK2*278*0001*005010X217"]


def test_breaking_only_the_guide_is_told_from_breaking_the_standard() -> None:
    bad = fault(segment="REF", segment_number=7, ik304="I4")
    assert lines(received(bad), "IK5") == ["IK5*R*I5"]


def test_an_error_without_a_999_code_still_rejects_with_a_reason() -> None:
    assert lines(received(fault()), "IK3", "IK5") == ["IK5*R*I5"]


def test_rejections_that_were_not_listed_still_reject() -> None:
    result = received(sets=("0001",))
    result.interchanges[0].groups[0].transactions[0].errors = 4
    assert lines(result, "IK5", "AK9") == ["IK5*R*5", "AK9*R*1*1*0"]


def test_the_same_control_number_twice_keeps_the_findings_apart() -> None:
    first = fault(segment="UM", segment_number=12, ik304="3")
    second = fault(segment="HI", segment_number=5, ik304="3")
    result = received(first, second, sets=("0001", "0001"))
    for item in result.interchanges[0].groups[0].transactions:
        item.errors = 1
    assert lines(result, "IK3", "IK5") == ["IK3*UM*12**3", "IK5*R*5", "IK3*HI*5**3", "IK5*R*5"]
