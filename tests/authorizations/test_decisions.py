"""What an answer decides, one specimen per trap."""

from datetime import date
from decimal import Decimal

import pytest

from tests.authorizations.specimens import (
    EVENT,
    EVENT_ONLY_REQUEST,
    MRI,
    PEOPLE,
    THERAPY,
    WORKED_CASE,
    decided,
    request,
)
from x12_pa.authorizations.opening import opened
from x12_pa.authorizations.records import Authorization, Quantity


def codes(record: Authorization) -> set[str]:
    return {note.code for note in record.notes}


class TestWorkedCase:
    """One event certified in part: an MRI certified, therapy cut from 12 visits to 8."""

    def test_the_event_is_partial_and_offers_its_number_to_no_claim(self) -> None:
        event, _, _ = decided(WORKED_CASE)
        assert (event.state, event.number, event.usable_on_claim) == ("partial", "E778", False)

    def test_the_mri_has_its_own_number_and_window(self) -> None:
        _, mri, _ = decided(WORKED_CASE)
        assert (mri.state, mri.number, mri.usable_on_claim) == ("certified", "M0091234", True)
        assert (mri.effective_on, mri.expires_on) == (date(2026, 11, 25), date(2027, 1, 23))
        assert mri.window_source == "2000F/DTP*007"

    def test_the_therapy_is_modified_with_the_window_from_an_off_guide_date(self) -> None:
        _, _, therapy = decided(WORKED_CASE)
        assert (therapy.state, therapy.number) == ("modified", "T5567")
        assert (therapy.effective_on, therapy.expires_on) == (date(2026, 12, 1), date(2027, 1, 15))
        assert therapy.window_source == "2000F/DTP*AAH"
        assert "window-off-guide" in codes(therapy)

    def test_what_was_asked_stays_beside_what_was_authorised(self) -> None:
        _, _, therapy = decided(WORKED_CASE)
        assert therapy.quantity == Quantity(unit="VS", amount=Decimal(8))
        assert therapy.requested_quantity is not None
        assert therapy.requested_quantity.amount - therapy.quantity.amount == 4

    def test_certified_in_full_means_the_quantity_that_was_asked_for(self) -> None:
        _, mri, _ = decided(WORKED_CASE)
        assert mri.quantity == Quantity(unit="UN", amount=Decimal(1))

    def test_the_code_that_the_answer_leaves_out_comes_from_the_request(self) -> None:
        _, mri, _ = decided(WORKED_CASE)
        assert [(p.code, p.modifiers) for p in mri.procedures] == [("73721", ("RT",))]

    def test_ids_name_request_and_service(self) -> None:
        assert [record.id for record in decided(WORKED_CASE)] == [
            "PA20261122-000417",
            "PA20261122-000417/1",
            "PA20261122-000417/2",
        ]


class TestServiceOverridesEventPerField:
    def test_a_certified_service_under_a_denied_event_is_usable(self) -> None:
        event, mri, therapy = decided(f"{EVENT} HCR*A3**0M~ {MRI} HCR*A1*M1~ {THERAPY} HCR*A3**0F~")
        assert (event.state, event.usable_on_claim) == ("not_certified", False)
        assert (mri.state, mri.usable_on_claim) == ("certified", True)
        assert therapy.state == "not_certified"

    def test_a_service_without_number_takes_the_number_of_a_certified_event(self) -> None:
        _, mri, _ = decided(f"{EVENT} HCR*A1*E1~ {MRI} HCR*A1~ {THERAPY} HCR*A1*T1~")
        assert (mri.number, mri.usable_on_claim) == ("E1", True)

    @pytest.mark.parametrize("event_action", ["A2", "A3", "A4", "CT"])
    def test_the_number_of_no_other_event_reaches_a_certified_service(
        self, event_action: str
    ) -> None:
        _, mri, _ = decided(f"{EVENT} HCR*{event_action}*E1~ {MRI} HCR*A1~")
        assert (mri.number, mri.usable_on_claim) == (None, False)
        assert "number-missing" in codes(mri)

    def test_the_window_of_the_event_serves_a_service_that_has_none(self) -> None:
        _, mri, _ = decided(f"{EVENT} HCR*A1*E1~ DTP*007*D8*20261201~ DTP*036*D8*20270131~ {MRI}")
        assert (mri.number, mri.expires_on) == ("E1", date(2027, 1, 31))
        assert mri.window_source == "2000E/DTP*007+036"

    def test_services_that_the_answer_leaves_out_follow_the_event(self) -> None:
        records = decided(f"{EVENT} HCR*A1*E1~")
        assert [(r.state, r.number, r.own_decision) for r in records] == [
            ("certified", "E1", True),
            ("certified", "E1", False),
            ("certified", "E1", False),
        ]

    def test_the_reason_of_a_denied_event_holds_for_its_silent_services(self) -> None:
        _, mri, _ = decided(f"{EVENT} HCR*A3**0M~")
        assert (mri.state, mri.reasons) == ("not_certified", ("0M",))

    def test_a_service_left_out_of_a_partial_event_is_not_guessed(self) -> None:
        _, _, therapy = decided(f"{EVENT} HCR*A2*E778~ {MRI} HCR*A1*M1~")
        assert (therapy.state, therapy.number, therapy.usable_on_claim) == ("unclear", None, False)

    def test_a_service_left_out_while_more_is_to_come_stays_open(self) -> None:
        records = decided(f"{EVENT} HCR*A2*E778~ {MRI} HCR*A1*M1~", status="19")
        assert [record.service for record in records] == [None, 1]

    def test_an_event_without_a_decision_of_its_own_takes_the_state_of_its_services(self) -> None:
        event, *_ = decided(f"{EVENT} {MRI} HCR*A1*M1~ {THERAPY} HCR*A1*T1~")
        assert (event.state, event.action, event.own_decision) == ("certified", None, False)


class TestNumbersThatAreNoPermission:
    @pytest.mark.parametrize("action", ["A3", "A4", "CT", "C", "NA"])
    def test_a_number_beside_another_action_is_for_tracking(self, action: str) -> None:
        for record in decided(f"{EVENT} HCR*{action}*TRACK1~ {MRI} HCR*{action}*TRACK2~"):
            assert record.number is not None
            assert not record.usable_on_claim

    def test_fewer_visits_are_usable_for_what_was_authorised(self) -> None:
        (record,) = decided(
            "HL*4*3*EV*0~ TRN*2*EVT000500*9CLINIC001~ UM*HS*I*PT~ HCR*A6*V7~ HSD*VS*6~",
            request(EVENT_ONLY_REQUEST),
        )
        assert (record.usable_on_claim, record.quantity) == (
            True,
            Quantity(unit="VS", amount=Decimal(6)),
        )

    def test_partial_for_an_event_without_services_counts_only_with_a_quantity(self) -> None:
        head = "HL*4*3*EV*0~ TRN*2*EVT000500*9CLINIC001~ UM*HS*I*PT~ HCR*A2*V7~"
        asked = request(EVENT_ONLY_REQUEST)
        assert [r.usable_on_claim for r in decided(f"{head} HSD*VS*6~", asked)] == [True]
        assert [r.usable_on_claim for r in decided(head, asked)] == [False]

    def test_a_change_that_does_not_say_how_much_is_noted(self) -> None:
        _, _, therapy = decided(f"{EVENT} HCR*A2~ {MRI} HCR*A1*M1~ {THERAPY} HCR*A6*T1~")
        assert therapy.quantity is None
        assert "modified-without-quantity" in codes(therapy)

    def test_not_required_is_evidence_with_dates(self) -> None:
        event, *_ = decided(f"{EVENT} HCR*NA**0H~ DTP*AAH*RD8*20261201-20261231~")
        assert (event.state, event.usable_on_claim) == ("not_required", False)
        assert event.expires_on == date(2026, 12, 31)


class TestPends:
    def test_a_reason_that_asks_makes_it_an_information_pend(self) -> None:
        event, *_ = decided(f"{EVENT} HCR*A4*TRACK1*0U~ REF*NT*NT778~", status="19")
        assert (event.state, event.administrative_reference) == ("pended_information", "NT778")
        assert [(ask.kind, ask.code) for ask in event.asks] == [("reason", "0U")]

    def test_a_named_report_is_the_ask(self) -> None:
        event, mri, _ = decided(f"{EVENT} HCR*A4**0V~ PWK*AS*VO~", status="19")
        assert [(a.kind, a.code, a.channel) for a in event.asks] == [("report", "AS", "VO")]
        assert mri.state == "pended_information"

    def test_a_loinc_code_at_the_service_is_the_ask(self) -> None:
        _, mri, _ = decided(f"{EVENT} HCR*A4**0V~ {MRI} HCR*A4**0V~ HI*LOI:18748-4~", status="19")
        assert [(a.kind, a.code) for a in mri.asks] == [("loinc", "18748-4")]

    def test_a_pend_that_asks_for_nothing_is_told_apart(self) -> None:
        event, *_ = decided(f"{EVENT} HCR*A4**0V~", status="19")
        assert (event.state, event.asks) == ("pended_review", ())

    def test_contact_payer_brings_the_telephone(self) -> None:
        event, *_ = decided(f"{EVENT} HCR*CT~")
        assert event.state == "contact_payer"
        assert event.contacts[0].numbers == (("TE", "8005550100"),)


class TestRejections:
    def test_a_rejected_subscriber_leaves_everything_undecided(self) -> None:
        people = PEOPLE.replace("HL*3*2*22*1~", "HL*3*2*22*0~").replace(
            "DMG*", "AAA*N**72*C~\nDMG*"
        )
        records = decided("", people=people)
        assert {record.state for record in records} == {"rejected"}
        assert len(records) == 3
        (found,) = records[0].rejections
        assert (found.loop, found.code, found.follow_up, found.valid) == ("2010C", "72", "C", "N")

    def test_a_silent_system_is_a_rejection_of_the_whole(self) -> None:
        people = "HL*1**20*0~ AAA*Y**42*P~ NM1*X3*2*ACME HEALTH PLAN*****PI*ACME01~"
        records = decided("", people=people)
        assert {(r.state, r.rejections[0].loop) for r in records} == {("rejected", "2000A")}

    def test_a_rejected_service_does_not_hurt_its_neighbour(self) -> None:
        _, mri, therapy = decided(f"{EVENT} HCR*A1*E1~ {MRI} AAA*N**57*C~ {THERAPY} HCR*A1*T1~")
        assert (mri.state, mri.number, mri.usable_on_claim) == ("rejected", None, False)
        assert therapy.state == "certified"

    def test_a_decision_beside_a_rejection_decides(self) -> None:
        event, *_ = decided(f"{EVENT.replace('UM*', 'AAA*N**33*N~ UM*')} HCR*A3**25~")
        assert (event.state, event.reasons) == ("not_certified", ("25",))
        assert event.rejections[0].code == "33"

    def test_a_decided_service_is_not_marked_by_a_rejection_above_it(self) -> None:
        event, mri, _ = decided(
            f"{EVENT.replace('UM*', 'AAA*N**33*C~ UM*')} {MRI} HCR*A1*M1~ {THERAPY}"
        )
        assert (event.state, mri.state, mri.rejections) == ("rejected", "certified", ())

    def test_an_answer_that_says_nothing_is_unclear_and_says_so(self) -> None:
        records = decided("", people=PEOPLE.split("HL*2")[0].replace("20*1", "20*0"))
        assert {record.state for record in records} == {"unclear"}
        assert "no-decision" in codes(records[0])


class TestLenientReading:
    def test_a_lower_case_padded_action_still_pends(self) -> None:
        event, *_ = decided(f"{EVENT} HCR*a4 **0U~")
        assert (event.action, event.state) == ("A4", "pended_information")
        assert "action-normalised" in codes(event)

    def test_trailing_blanks_of_a_number_go_leading_zeros_stay(self) -> None:
        event, *_ = decided(f"{EVENT} HCR*A1*00917 3  ~")
        assert event.number == "00917 3"
        assert "number-trimmed" in codes(event)

    def test_a_number_over_thirty_characters_is_kept_whole(self) -> None:
        event, *_ = decided(f"{EVENT} HCR*A1*{'7' * 40}~")
        assert event.number == "7" * 40
        assert "number-long" in codes(event)

    def test_an_unknown_reason_stays_raw(self) -> None:
        event, *_ = decided(f"{EVENT} HCR*A3**Q9^0F~")
        assert event.reasons == ("Q9", "0F")

    def test_an_unknown_action_is_left_to_a_person(self) -> None:
        event, *_ = decided(f"{EVENT} HCR*A9*N1~")
        assert (event.action, event.state, event.usable_on_claim) == ("A9", "unclear", False)

    def test_a_range_written_backwards_is_turned_and_noted(self) -> None:
        event, *_ = decided(f"{EVENT} HCR*A1*E1~ DTP*007*RD8*20270131-20261201~")
        assert (event.effective_on, event.expires_on) == (date(2026, 12, 1), date(2027, 1, 31))
        assert "window-reversed" in codes(event)

    def test_a_window_wholly_in_the_past_is_a_retroactive_approval(self) -> None:
        event, *_ = decided(f"{EVENT} HCR*A1*E1~ DTP*007*RD8*20260901-20260930~")
        assert event.usable_on_claim
        assert "window-past" in codes(event)

    def test_a_corrected_member_id_is_taken_and_noted(self) -> None:
        event, *_ = decided(f"{EVENT} HCR*A1*E1~", people=PEOPLE.replace("MBR000123", "MBR000124"))
        assert event.member_id == "MBR000124"
        assert "member-changed" in codes(event)


class TestPairing:
    def test_swapped_services_are_told_by_their_trace(self) -> None:
        _, mri, therapy = decided(f"{EVENT} HCR*A1~ {THERAPY} HCR*A1*T1~ {MRI} HCR*A1*M1~")
        assert (mri.number, therapy.number) == ("M1", "T1")

    def test_without_trace_the_procedure_tells(self) -> None:
        _, mri, therapy = decided(
            f"{EVENT} HCR*A1~ HL*5*4*SS*0~ UM*HS*I*PT~ HCR*A1*T1~"
            " HL*6*4*SS*0~ HCR*A1*M1~ SV1*HC:73721:RT**UN*1~"
        )
        assert (mri.number, therapy.number) == ("M1", "T1")

    def test_without_trace_and_procedure_the_position_serves_with_a_note(self) -> None:
        _, mri, therapy = decided(
            f"{EVENT} HCR*A2~ HL*5*4*SS*0~ HCR*A1*M1~ HL*6*4*SS*0~ HCR*A1*T1~"
        )
        assert (mri.number, therapy.number) == ("M1", "T1")
        assert "service-by-position" in codes(mri)

    def test_a_service_that_was_never_asked_for_is_kept(self) -> None:
        *_, added = decided(
            f"{EVENT} HCR*A2~ {MRI} HCR*A1*M1~ {THERAPY} HCR*A1*T1~"
            " HL*7*4*SS*0~ HCR*A1*X1~ SV1*HC:97014**UN*1~"
        )
        assert (added.service, added.added_by_payer, added.number) == (3, True, "X1")

    def test_one_service_answered_as_two_gives_two_records(self) -> None:
        *_, split = decided(
            f"{EVENT} HCR*A2~ {MRI} HCR*A1*M1~ {THERAPY} HCR*A6*T1~ HSD*VS*4~"
            f" {THERAPY.replace('HL*6', 'HL*7')} HCR*A6*T2~ HSD*VS*4~"
        )
        assert (split.service, split.number) == (3, "T2")
        assert "service-split" in codes(split)

    def test_an_event_only_request_answered_with_services(self) -> None:
        records = decided(
            "HL*4*3*EV*1~ TRN*2*EVT000500*9CLINIC001~ UM*HS*I*PT~ HCR*A1*E1~"
            " HL*5*4*SS*0~ HCR*A1*E1~ HSD*VS*12~",
            request(EVENT_ONLY_REQUEST),
        )
        assert [(r.level, r.number, r.added_by_payer) for r in records] == [
            ("event", "E1", False),
            ("service", "E1", True),
        ]

    def test_an_answer_to_a_request_made_elsewhere_stands_alone(self) -> None:
        event, mri, _ = decided(WORKED_CASE, ())
        assert (event.request, event.state) == ("PA20261122-000417", "partial")
        assert (mri.trace, mri.number, mri.added_by_payer) == ("SVC000417-1", "M0091234", False)


class TestLaterAnswers:
    def test_a_second_answer_for_one_service_leaves_the_other_alone(self) -> None:
        first = decided(WORKED_CASE)
        later = decided(f"{EVENT} HCR*A1*E9~ {THERAPY} HCR*A1*T9~ HSD*VS*12~", first)
        assert [record.service for record in later] == [None, 2]

    def test_a_cancelled_event_cancels_what_it_does_not_mention(self) -> None:
        later = decided(f"{EVENT} HCR*C~", decided(WORKED_CASE))
        assert {(r.state, r.usable_on_claim) for r in later} == {("cancelled", False)}

    def test_reading_an_answer_again_gives_the_same_services(self) -> None:
        body = (
            f"{EVENT} HCR*A2~ {MRI} HCR*A1*M1~ {THERAPY} HCR*A6*T1~ HSD*VS*4~"
            f" {THERAPY.replace('HL*6', 'HL*7')} HCR*A6*T2~ HSD*VS*4~"
        )
        first = decided(body)
        again = decided(body, first)
        assert [(r.id, r.number, r.added_by_payer) for r in again] == [
            (r.id, r.number, r.added_by_payer) for r in first
        ]

    def test_an_appeal_that_is_granted_is_overturned_and_usable(self) -> None:
        asked = opened(request(), state="appeal_standard")
        event, *_ = decided(f"{EVENT} HCR*A1*E1~", asked)
        assert (event.state, event.usable_on_claim) == ("overturned", True)


class TestWindows:
    @pytest.mark.parametrize(
        ("dates", "start", "end", "source"),
        [
            ("DTP*AAH*RD8*20261201-20261231~", "1201", "1231", "2000E/DTP*AAH"),
            ("DTP*AAH*D8*20261201~", "1201", "1201", "2000E/DTP*AAH"),
            ("DTP*435*D8*20261201~", "1201", None, "2000E/DTP*435"),
            ("DTP*435*D8*20261201~ DTP*096*D8*20261206~", "1201", "1206", "2000E/DTP*435+096"),
            ("DTP*102*D8*20261125~", None, None, None),
            ("DTP*007*D8*20261201~", "1201", None, "2000E/DTP*007"),
            ("DTP*036*D8*20261231~", None, "1231", "2000E/DTP*036"),
            (
                "DTP*AAH*D8*20261130~ DTP*007*RD8*20261201-20261231~",
                "1201",
                "1231",
                "2000E/DTP*007",
            ),
            ("", None, None, None),
        ],
    )
    def test_the_window_comes_from_the_first_source_that_has_it(
        self, dates: str, start: str | None, end: str | None, source: str | None
    ) -> None:
        event, *_ = decided(f"{EVENT} HCR*A1*E1~ {dates}")
        days = [d.strftime("%m%d") if d else None for d in (event.effective_on, event.expires_on)]
        assert (*days, event.window_source) == (start, end, source)

    def test_the_dates_of_the_request_are_never_the_window(self) -> None:
        _, mri, _ = decided(f"{EVENT} HCR*A1*E1~ {MRI} HCR*A1*M1~")
        assert (mri.effective_on, mri.requested_from) == (None, date(2026, 12, 1))

    def test_a_pend_that_echoes_dates_has_no_window(self) -> None:
        event, *_ = decided(f"{EVENT} HCR*A4~ DTP*AAH*RD8*20261201-20261231~")
        assert event.window_source is None
