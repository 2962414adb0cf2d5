"""Reading is lenient and keeps everything."""

import pytest

from x12_pa.errors import DocumentError
from x12_pa.models import ReviewRequest, ReviewResponse, parse_review
from x12_pa.syntax import Segment, TransactionSet

RESPONSE = """\
ST*278*0001*005010X217
BHT*0007*11*PA20261122-000417*20261125*1402*18
HL*1**20*1
NM1*X3*2*EXAMPLE HEALTH PLAN*****PI*EXHP01
HL*2*1*21*1
NM1*1P*1*SAMPLEDOC*AVERY****XX*1234567893
HL*3*2*22*1
NM1*IL*1*TESTPATIENT*IMOGEN****MI*MBR000123
HL*4*3*EV*1
TRN*2*EVT000417*9CLINIC001
UM*HS*I
HCR*A2*E778
HL*5*4*SS*0
TRN*2*SVC000417-1*9CLINIC001
HCR*A1*M0091234
DTP*007*RD8*20261125-20270123
HL*6*4*SS*0
TRN*2*SVC000417-2*9CLINIC001
HCR*A6*T5567*10^0U
DTP*AAH*RD8*20261201-20270115
HSD*VS*8
SE*22*0001
"""


def transaction(text):
    lines = text.strip().splitlines()
    return TransactionSet([Segment(line, offset=n) for n, line in enumerate(lines)])


def read(old="", new=""):
    assert old in RESPONSE
    return parse_review(transaction(RESPONSE.replace(old, new)))


def test_decisions_are_kept_at_both_levels():
    event = read().events[0]
    found = [level.decision for level in (event, *event.services)]
    assert [(d.action, d.number, d.reasons) for d in found] == [
        ("A2", "E778", ()),
        ("A1", "M0091234", ()),
        ("A6", "T5567", ("10", "0U")),
    ]


def test_a_window_at_service_level_is_a_period():
    assert read().events[0].services[0].certification_effective.isoformat() == (
        "2026-11-25/2027-01-23"
    )


def test_a_segment_without_a_place_is_kept_with_its_record():
    assert [(item.path, item.text) for item in read().unplaced] == [
        ("events[0].services[1]", "DTP*AAH*RD8*20261201-20270115")
    ]


def test_a_segment_in_the_wrong_order_still_fills_its_field():
    swapped = "HCR*A1*M0091234\nDTP*007*RD8*20261125-20270123\n"
    review = read(swapped, "".join(reversed(swapped.splitlines(True))))
    service = review.events[0].services[0]
    assert service.decision.number == "M0091234"
    assert service.certification_effective is not None


@pytest.mark.parametrize(
    "bad", ["DTP*007*RD8*20261125", "DTP*007*D8*20261325", "DTP*007*TM*1200", "DTP*007*RD8*x-y"]
)
def test_a_date_that_cannot_be_read_is_kept_as_text(bad):
    review = read("DTP*007*RD8*20261125-20270123", bad)
    assert review.events[0].services[0].certification_effective is None
    assert bad in [item.text for item in review.unplaced]


def test_an_element_that_no_field_holds_keeps_the_whole_segment():
    review = read("HCR*A2*E778", "HCR*A2*E778***Q")
    assert review.events[0].decision.number == "E778"
    assert review.unplaced[0].text == "HCR*A2*E778***Q"


def test_an_element_beyond_the_segment_is_not_lost():
    assert read("HSD*VS*8", "HSD*VS*8********X").unplaced[-1].text == "HSD*VS*8********X"


def test_a_second_patient_is_never_mixed_into_the_first():
    second = "HL*7*2*22*1\nNM1*IL*1*OTHER*OLLIE****MI*MBR000999\nHL*8*7*EV*0\nUM*HS*I\nHCR*A3\nSE*"
    review = read("SE*", second)
    assert [event.decision.action for event in review.events] == ["A2"]
    assert any("MBR000999" in item.text for item in review.unplaced)


def test_a_response_that_is_only_a_rejection():
    text = "\n".join(RESPONSE.splitlines()[:3]) + "\nAAA*N**42*Y\n" + RESPONSE.splitlines()[3]
    review = parse_review(transaction(text))
    assert (review.rejects[0].reason, review.requester, review.events) == ("42", None, ())


def test_a_name_that_lacks_its_required_parts_is_read_as_far_as_it_goes():
    assert read("NM1*X3*2*EXAMPLE HEALTH PLAN*****PI*EXHP01", "NM1*X3").reviewer.identifier is None


def test_an_event_of_the_subscriber_is_not_given_to_the_dependent():
    below = (
        "HL*4*3*EV*0\nUM*SC*I\nHL*5*3*23*1\nNM1*QC*1*TESTPATIENT*ROBIN\n"
        "HL*6*5*EV*1\nTRN*2*EVT000417"
    )
    review = read("HL*4*3*EV*1\nTRN*2*EVT000417", below)
    assert [event.category for event in review.events] == ["HS"]
    assert "UM*SC*I" in [item.text for item in review.unplaced]


def test_direction_comes_from_the_purpose():
    assert isinstance(read(), ReviewResponse)
    assert isinstance(read("BHT*0007*11", "BHT*0007*13"), ReviewRequest)


def test_another_transaction_set_is_refused_with_what_was_expected():
    with pytest.raises(DocumentError, match="005010X217"):
        read("ST*278*0001*005010X217", "ST*999*0001*005010X231")
