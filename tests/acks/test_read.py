"""Reading the acknowledgements that answer our files."""

import pytest

from tests.acks.judgements import NUMBERS, clock, fault, received
from tests.support import reference_dir
from x12_pa.acks import (
    Context,
    GroupAck,
    InterchangeAck,
    SetAck,
    answer,
    read_acknowledgements,
)

HEAD = (
    "ISA*00*          *00*          *ZZ*DEMOPAYER      *ZZ*CLINIC001      *261122*1400*^*00501*"
    "000009001*0*T*:~"
)


def read(*lines: str) -> list[object]:
    return list(read_acknowledgements((HEAD + "".join(f"{line}~" for line in lines)).encode()))


def group(*lines: str) -> GroupAck:
    (only,) = read("GS*FA*P*C*20261122*1400*7*X*005010X231A1", *lines)
    assert isinstance(only, GroupAck)
    return only


def test_a_ta1_names_the_interchange_and_the_verdict() -> None:
    assert read("TA1*000000101*261122*1300*R*025", "IEA*0*000009001") == [
        InterchangeAck(
            sender="DEMOPAYER",
            receiver="CLINIC001",
            control="000000101",
            date="261122",
            time="1300",
            code="R",
            note="025",
        )
    ]


def test_a_ta1_is_said_in_words() -> None:
    (only,) = read("TA1*000000101*261122*1300*R*025")
    assert isinstance(only, InterchangeAck)
    assert only.describe() == ["interchange 000000101: rejected, resend: duplicate control number"]


def test_old_ak5_counts_as_ik5_and_st03_may_be_absent() -> None:
    answer_ = group("ST*999*0001", "AK1*HI*11", "AK2*278*0001", "AK5*A", "AK9*A*1*1*1")
    assert answer_.sets == (SetAck(set_id="278", control="0001", code="A"),)


def test_a_problem_is_one_line_a_person_understands() -> None:
    answer_ = group(
        "ST*999*0001*005010X231",
        "AK1*HC*11*005010X222A1",
        "AK2*837*0001",
        "IK3*CLM*22*2300*8",
        "CTX*CLM01:A-1001",
        "IK4*5:3*1325*7*Q",
        "IK5*R*5",
        "AK9*R*1*1*0",
    )
    assert answer_.describe() == [
        "group HC 11: rejected (0 of 1 sets accepted)",
        "  837 0001: rejected: one or more segments in error",
        "    segment 22 in loop 2300, CLM05-3: invalid code value, CLM01 A-1001",
    ]


def test_the_value_that_was_sent_is_shown_only_on_demand() -> None:
    answer_ = group(
        "ST*999*0001*005010X231A1",
        "AK1*HI*11*005010X217",
        "AK2*278*0001",
        "IK3*NM1*8*2010*8",
        "IK4*3*1035*6*FAKELY?",
        "IK5*R*5",
        "AK9*R*1*1*0",
    )
    shown = ["FAKELY?" in " ".join(answer_.describe(show_phi=phi)) for phi in (False, True)]
    assert shown == [False, True]


def test_a_situational_trigger_is_read_with_its_place() -> None:
    answer_ = group(
        "ST*999*0001*005010X231A1",
        "AK1*HC*11*005010X222A1",
        "AK2*837*0003",
        "IK3*REF*57*2300*I6",
        "CTX*SITUATIONAL TRIGGER*CLM*43*2300*5:3",
        "IK5*R*I5",
        "AK9*R*1*1*0",
    )
    assert answer_.sets[0].problems[0].context == (
        Context(
            name="SITUATIONAL TRIGGER",
            segment="CLM",
            position=43,
            loop="2300",
            element=5,
            component=3,
        ),
    )


def test_a_set_in_a_rejected_group_is_rejected_whatever_its_own_line_says() -> None:
    answer_ = group("ST*999*0001", "AK1*HI*11", "AK2*278*0001", "IK5*A", "AK9*R*1*1*0*3")
    assert answer_.verdict_on("0001") == "R"


def test_a_set_that_is_answered_twice_is_rejected_if_one_answer_rejects() -> None:
    answer_ = group(
        "ST*999*0001",
        "AK1*HI*11",
        "AK2*278*0001",
        "IK5*A",
        "AK2*278*0001",
        "IK5*R*23",
        "AK9*P*2*2*1",
    )
    assert answer_.verdict_on("0001") == "R"


def test_a_set_that_is_not_listed_shares_an_accepted_group() -> None:
    assert group("ST*999*0001", "AK1*HI*11", "AK9*A*2*2*2").verdict_on("0002") == "A"


def test_a_partly_accepted_group_says_nothing_about_a_set_it_does_not_list() -> None:
    assert group("ST*999*0001", "AK1*HI*11", "AK9*P*2*2*1").verdict_on("0002") is None


def test_a_999_that_breaks_off_has_no_verdict() -> None:
    cut = group("ST*999*0001", "AK1*HI*11", "AK2*278*0001")
    assert (cut.code, cut.accepted, cut.verdict_on("0001")) == ("", False, None)


def test_a_code_that_nobody_knows_stays_visible() -> None:
    answer_ = group("ST*999*0001", "AK1*HI*11", "AK9*R*1*1*0*77")
    assert answer_.describe() == ["group HI 11: rejected: code 77 (0 of 1 sets accepted)"]


def test_other_transactions_in_the_file_are_left_alone() -> None:
    assert read("GS*HI*P*C*20261122*1400*8*X*005010X217", "ST*278*0001", "SE*2*0001") == []


def test_what_is_built_is_read_back_the_same() -> None:
    bad = fault(
        segment="UM",
        segment_number=12,
        loop="2000E",
        element="UM01",
        value="ZZ",
        ik304="8",
        ik403="7",
        context=(("TRN02", "TRACE-0001"),),
    )
    data = answer(received(bad), numbers=NUMBERS, clock=clock)
    _, back = read_acknowledgements(data or b"")
    assert isinstance(back, GroupAck)
    assert back.describe(show_phi=True)[-1] == (
        "    segment 12 in loop 2000, UM01: invalid code value, sent as 'ZZ', TRN02 TRACE-0001"
    )


SAMPLES = {
    "270-837-999_martinjsoles_testmixedenvelopes.edi": ["A", "A"],
    "999_apimeister_999-test.edi": ["A"],
    "999_aurelianware_999-acknowledgment.edi": ["A"],
    "999_inteligenz_dhs-wisconsin-sample.edi": ["P"],
    "999_kputnam_response-to-functional-group-containing-3-837s.edi": ["P"],
    "999_mjpete3_tc-factory-999.edi": ["A"],
    "999_mjpete3_tc-parse-999-2.edi": ["A", "A"],
    "999_mjpete3_tc-parse-999.edi": ["P"],
    "999_xlate_simple999.edi": ["P"],
    "ta1_textindex_id-67135360678.edi": ["R"],
    "ta1_textindex_id-71475931517.edi": ["A"],
}


@pytest.mark.parametrize("name", SAMPLES)
def test_acknowledgements_of_others_are_read(name: str) -> None:
    with (reference_dir() / "claims_acks" / "samples" / name).open("rb") as stream:
        found = read_acknowledgements(stream)
    assert [item.code for item in found] == SAMPLES[name]
