"""The list says what to do next, nearest breach first, in the guide's own labels."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from tests.authorizations.specimens import EVENT, MRI, THERAPY, WORKED_CASE, authorization, decided
from x12_pa.authorizations.cases import Case
from x12_pa.authorizations.labels import guide_labels
from x12_pa.authorizations.records import Ask, Authorization, Contact, Quantity, Rejection
from x12_pa.authorizations.worklist import Row, worklist
from x12_pa.errors import UsageError
from x12_pa.guides import load_guide

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
YESTERDAY = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


def labels(data_element: str, code: str) -> str | None:
    return None if code == "Q9" else f"label {data_element}/{code}"


def listed(*cases: Case, view: str = "due") -> tuple[Row, ...]:
    return worklist(cases, view, now=NOW, labels=labels)


def case(record: Authorization, **known: object) -> Case:
    return Case(authorization=record, **known)  # type: ignore[arg-type]


def only(record: Authorization, view: str, **known: object) -> Row:
    (row,) = listed(case(record, **known), view=view)
    return row


def test_an_ask_names_the_document_and_the_channel() -> None:
    asks = (Ask(kind="report", code="AS", channel="VO"), Ask(kind="loinc", code="18748-4"))
    record = authorization(state="pended_information", action="A4", asks=asks)
    row = only(record, "pended", answered_at=YESTERDAY)
    assert "report AS (label 755/AS) by VO (label 756/VO); document LOINC 18748-4" in row.next
    assert (row.rule, row.hours_left) == ("house/information-request", 0.0)


def test_a_pend_without_an_ask_has_its_own_alarm() -> None:
    record = authorization(state="pended_review", action="A4", reasons=())
    row = only(record, "pended", answered_at=YESTERDAY)
    assert (row.turn, "find out what the payer waits for" in row.next) == ("ours", True)


def test_a_pend_does_not_stop_the_clock_of_the_payer() -> None:
    record = authorization(state="pended_review", action="A4", reasons=("0V",))
    row = only(record, "pended", sent_at=YESTERDAY, line_of_business="medicaid_ffs")
    assert (row.turn, row.rule) == ("payer", "cms-0057-f/standard")


def test_contact_payer_says_whom_to_call() -> None:
    desk = Contact(name="INTAKE DESK", numbers=(("TE", "8005550100"),))
    record = authorization(state="contact_payer", action="CT", contacts=(desk,))
    assert "INTAKE DESK TE 8005550100" in only(record, "pended").next


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("0F", "clinical"),
        ("0M", "benefit or limit"),
        ("09", "network, provider or site"),
        ("0Q", "administrative"),
        ("Q9", "other"),
    ],
)
def test_a_denial_names_its_class_and_keeps_an_unknown_code_raw(reason: str, kind: str) -> None:
    record = authorization(state="not_certified", action="A3", reasons=(reason,))
    row = only(record, "denied", answered_at=YESTERDAY)
    assert f"Class: {kind}." in row.next
    assert row.reasons.startswith(reason)
    assert ("label" in row.reasons) is (reason != "Q9")


def test_a_rejection_says_it_is_no_denial_and_whose_data_failed() -> None:
    found = Rejection(loop="2010C", code="72", follow_up="C", valid="N")
    record = authorization(state="rejected", action=None, rejections=(found,))
    row = only(record, "due", answered_at=YESTERDAY)
    assert "not denied" in row.next
    assert "2010C, the subscriber's data: 72 (label 901/72). Correct the request" in row.next
    assert listed(case(record), view="denied") == ()


def test_a_rejection_that_the_payer_holds_is_the_turn_of_the_payer() -> None:
    found = Rejection(loop="2000A", code="42", follow_up="Y", valid="Y")
    record = authorization(state="rejected", action=None, rejections=(found,))
    assert only(record, "unanswered").turn == "payer"


@pytest.mark.parametrize(("last", "step"), [(3, 7), (10, 14), (26, 30)])
def test_a_window_is_brought_up_thirty_fourteen_and_seven_days_before_its_end(
    last: int, step: int
) -> None:
    ends = date.fromordinal(NOW.date().toordinal() + last)
    row = only(authorization(expires_on=ends), "expiring")
    assert (row.expires_in, f"ends in {last} days" in row.next) == (step, True)


def test_a_window_that_ends_later_is_left_in_peace() -> None:
    assert listed(case(authorization()), view="expiring") == ()


def test_silence_after_sending_becomes_ours_to_act_on() -> None:
    record = authorization(state="sent", action=None, number=None, usable_on_claim=False)
    early = only(record, "unanswered", sent_at=NOW)
    late = only(record, "unanswered", sent_at=datetime(2026, 11, 20, tzinfo=UTC))
    assert (early.turn, late.turn, late.rule) == ("payer", "ours", "house/receipt")


def test_a_cut_shows_what_was_asked_and_what_was_given() -> None:
    record = authorization(
        state="modified",
        action="A6",
        quantity=Quantity(unit="VS", amount=Decimal(8)),
        requested_quantity=Quantity(unit="VS", amount=Decimal(12)),
    )
    row = only(record, "due", answered_at=YESTERDAY)
    assert "8 VS of 12 VS authorised" in row.next
    assert listed(case(record, handled=True)) == ()


def test_the_nearest_breach_stands_first_and_no_deadline_last() -> None:
    soon = authorization(id="b", state="pended_information", asks=(Ask(kind="loinc", code="1"),))
    later = authorization(id="a", state="not_certified", action="A3")
    never = authorization(id="0", state="contact_payer", action="CT")
    rows = listed(
        case(never),
        case(later, answered_at=YESTERDAY),
        case(soon, answered_at=datetime(2026, 11, 25, 8, tzinfo=UTC)),
    )
    assert [row.authorization.id for row in rows] == ["b", "a", "0"]


def test_one_denied_request_is_one_row() -> None:
    records = decided(f"{EVENT} HCR*A3**0F~")
    assert [r.authorization.level for r in listed(*map(case, records), view="denied")] == ["event"]


def test_services_that_differ_speak_for_their_event() -> None:
    rows = listed(*map(case, decided(WORKED_CASE)), view="all")
    assert sorted(row.authorization.service or 0 for row in rows) == [1, 2]


def test_a_denied_event_over_certified_services_keeps_its_row() -> None:
    records = decided(f"{EVENT} HCR*A3**0M~ {MRI} HCR*A1*M1~ {THERAPY} HCR*A1*T1~")
    rows = listed(*map(case, records), view="denied")
    assert [row.authorization.level for row in rows] == ["event"]


def test_no_sentence_holds_personal_data() -> None:
    for row in listed(*map(case, decided(f"{EVENT} HCR*A3**0F~")), view="all"):
        assert "TESTPATIENT" not in row.next
        assert "MBR000123" not in row.next


def test_an_unknown_view_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match="due, pended, denied, unanswered, expiring, all"):
        listed(view="tomorrow")


def test_labels_come_from_the_compiled_guide_and_the_external_list() -> None:
    found = guide_labels(load_guide("278-response"), {"886": {"0U": "more information"}})
    assert found("306", "A4") == "pended"
    assert found("886", "0U") == "more information"
    assert found("886", "Q9") is None


def test_an_event_whose_services_carry_the_numbers_needs_none() -> None:
    event = authorization(id="PA-17", level="event", service=None, number=None)
    one = authorization(id="PA-17/1", number="M1")
    two = authorization(id="PA-17/2", service=2, number="M2")
    assert listed(case(event), case(one), case(two)) == ()


def test_an_event_without_a_number_on_which_a_service_relies_is_a_row() -> None:
    event = authorization(id="PA-17", level="event", service=None, number=None)
    one = authorization(id="PA-17/1", number="M1")
    two = authorization(id="PA-17/2", service=2, number=None, own_decision=False)
    (row,) = listed(case(event), case(one), case(two))
    assert row.authorization.id == "PA-17"
    assert "Certified without a number" in row.next


def test_a_certified_service_without_a_number_is_a_row_of_its_own() -> None:
    event = authorization(id="PA-17", level="event", service=None, number=None)
    one = authorization(id="PA-17/1", number="M1")
    two = authorization(id="PA-17/2", service=2, number=None)
    assert [r.authorization.id for r in listed(case(event), case(one), case(two))] == ["PA-17/2"]


def test_a_denial_that_every_service_repeats_is_one_row() -> None:
    denied = {"state": "not_certified", "action": "A3", "reasons": ("0F",), "number": None}
    event = authorization(id="PA-17", level="event", service=None, **denied)
    one = authorization(id="PA-17/1", **denied)
    two = authorization(id="PA-17/2", service=2, **denied | {"reasons": ("0M",)})
    assert [r.authorization.id for r in listed(case(event), case(one))] == ["PA-17"]
    ids = [r.authorization.id for r in listed(case(event), case(one), case(two))]
    assert ids == ["PA-17", "PA-17/2"]
