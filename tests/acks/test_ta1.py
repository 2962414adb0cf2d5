"""What a TA1 says about an interchange, and when one is sent."""

import pytest

from tests.acks.judgements import NUMBERS, clock, fault, received
from x12_pa.acks import answer, build_ta1, judged
from x12_pa.syntax import read_segments
from x12_pa.validation.results import FileResult


def ta1(result: FileResult) -> str:
    return build_ta1(judged(result)[0], clock=clock).text


def ids(data: bytes | None) -> list[str]:
    return [item.id for item in read_segments(data)] if data else []


def test_a_clean_interchange_is_accepted() -> None:
    assert ta1(received()) == "TA1*000000101*261122*1300*A*000"


def test_a_fault_inside_a_set_does_not_touch_the_interchange() -> None:
    assert ta1(received(fault(ik304="3", segment="UM"))).endswith("*A*000")


def test_an_envelope_fault_without_a_note_of_its_own_rejects_as_bad_structure() -> None:
    assert ta1(received(fault(at=("000000101",)))).endswith("*R*022")


def test_a_date_that_cannot_be_repeated_is_replaced_by_the_date_of_the_answer() -> None:
    assert ta1(received(date="22NOV6")) == "TA1*000000101*261122*1300*A*000"


def test_the_ta1_stands_between_isa_and_gs() -> None:
    data = answer(received(), numbers=NUMBERS, clock=clock)
    assert ids(data)[:4] == ["ISA", "TA1", "GS", "ST"]


def test_a_rejected_interchange_is_answered_by_the_ta1_alone() -> None:
    data = answer(received(fault(at=("000000101",))), numbers=NUMBERS, clock=clock)
    assert ids(data) == ["ISA", "TA1", "IEA"]


def test_an_interchange_of_nothing_but_a_ta1_says_that_it_has_no_groups() -> None:
    data = answer(received(fault(at=("000000101",))), numbers=NUMBERS, clock=clock)
    assert data is not None
    assert data.decode().splitlines()[-1] == "IEA*0*000009001~"


def test_no_ta1_is_sent_that_was_not_asked_for() -> None:
    data = answer(received(ack_requested=False), numbers=NUMBERS, clock=clock)
    assert "TA1" not in ids(data)


@pytest.mark.parametrize("requested", [True, False])
def test_a_ta1_is_never_answered(requested: bool) -> None:
    alone = received(sets=(), ta1_only=True, ack_requested=requested)
    assert answer(alone, numbers=NUMBERS, clock=clock) is None


def test_a_999_is_never_answered() -> None:
    result = received(set_id="999", ack_requested=False)
    assert answer(result, numbers=NUMBERS, clock=clock) is None


def test_sender_and_receiver_change_places() -> None:
    data = answer(received(), numbers=NUMBERS, clock=clock)
    isa = next(read_segments(data or b""))
    assert [isa.element(n).strip() for n in (5, 6, 7, 8)] == ["30", "DEMOPAYER", "ZZ", "CLINIC001"]


def test_an_answer_does_not_ask_for_an_answer() -> None:
    data = answer(received(), numbers=NUMBERS, clock=clock)
    assert next(read_segments(data or b"")).element(14) == "0"


def unreadable_group() -> FileResult:
    result = received(ack_requested=False)
    result.interchanges[0].groups[0].control = ""
    return result


def test_a_group_that_no_999_can_name_is_answered_by_the_ta1() -> None:
    data = answer(unreadable_group(), numbers=NUMBERS, clock=clock)
    assert data is not None
    assert data.decode().splitlines()[1] == "TA1*000000101*261122*1300*R*024~"


def test_beside_a_readable_group_an_unreadable_one_is_only_noted() -> None:
    result = unreadable_group()
    result.interchanges[0].groups += received().interchanges[0].groups
    data = answer(result, numbers=NUMBERS, clock=clock)
    assert data is not None
    assert data.decode().splitlines()[1] == "TA1*000000101*261122*1300*E*024~"


def test_an_application_advice_is_not_answered() -> None:
    result = received(ack_requested=False)
    result.interchanges[0].groups[0].functional_id = "AG"
    assert answer(result, numbers=NUMBERS, clock=clock) is None


def test_a_fault_of_a_group_header_that_no_999_can_tell_is_noted_in_the_ta1() -> None:
    bad = fault("X111", at=("000000101", "11"), segment="GS", element="GS02")
    data = answer(received(bad, ack_requested=False), numbers=NUMBERS, clock=clock)
    assert data is not None
    assert data.decode().splitlines()[1] == "TA1*000000101*261122*1300*E*024~"


@pytest.mark.parametrize(
    ("code", "answered"),
    [("CLINIC001", "CLINIC001"), ("C", "PAYERX"), ("C" * 16, "PAYERX"), ("A*B", "PAYERX"),
     ("CAF\xc9", "PAYERX"), (" CLINIC001 ", "CLINIC001")],
)  # fmt: skip
def test_an_application_code_that_may_not_be_written_gives_way_to_the_interchange_id(
    code: str, answered: str
) -> None:
    result = received(sender="PAYERX")
    result.interchanges[0].groups[0].sender = code
    data = answer(result, numbers=NUMBERS, clock=clock)
    gs = next(item for item in read_segments(data or b"") if item.id == "GS")
    assert gs.element(3) == answered


@pytest.mark.parametrize("identifier", ["A*B", "CAF\xc9", "", "   "])
def test_an_interchange_id_that_may_not_be_written_is_unknown(identifier: str) -> None:
    data = answer(received(sender=identifier), numbers=NUMBERS, clock=clock)
    assert next(read_segments(data or b"")).element(8).strip() == "UNKNOWN"


@pytest.mark.parametrize(("date", "told"), [("269922", "261122"), ("260229", "261122")])
def test_a_date_that_does_not_exist_is_not_repeated(date: str, told: str) -> None:
    assert ta1(received(date=date)).split("*")[2] == told
