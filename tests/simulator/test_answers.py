"""Every answer that a personality can give, as the record that comes out."""

from datetime import date
from decimal import Decimal

import pytest

from tests.simulator.support import always, fixture, personality
from tests.support import NOW
from x12_pa.guides import load_guide
from x12_pa.models import Event, Period, ReviewRequest, ReviewResponse, build_response
from x12_pa.simulator.behaviour import Case, respond
from x12_pa.simulator.personality import Personality
from x12_pa.simulator.rules import find_rule

MRI, SCANS, EVENT_ONLY, THERAPY, DEPENDENT = 1, 2, 14, 25, 5


def answer(number: int, who: Personality) -> ReviewResponse:
    request = fixture(number)
    rule = find_rule(who, request)
    case = Case(request=request, answer=rule.answer if rule else who.otherwise, payer=who, now=NOW)
    response = respond(case)
    assert build_response(response, load_guide("278-response"))
    return response


def event(number: int, who: Personality) -> Event:
    (found,) = answer(number, who).events
    return found


def test_response_names_the_request_that_it_answers():
    response = answer(MRI, always(decision="A1"))
    assert response.reference == "PA20261122-000001"
    assert [t.type for t in response.events[0].traces] == ["2"]
    assert response.events[0].traces[0].number == "EVT000001"
    assert response.events[0].services[0].traces[0].number == "SVC000001-1"


def test_number_and_range_stand_at_the_service():
    found = event(MRI, always(decision="A1", window={"form": "007", "days": 30}))
    service = found.services[0]
    assert found.decision is not None
    assert found.decision.number is None
    assert service.decision is not None
    assert service.decision.number == "M00000101"
    assert service.certification_effective == Period(date(2026, 12, 7), date(2027, 1, 17))


def test_number_of_the_event_serves_its_services():
    found = event(MRI, always(decision="A1", number="event"))
    assert found.decision is not None
    assert found.decision.number == "M00000100"
    assert found.services[0].decision is not None
    assert found.services[0].decision.number is None


def test_event_without_services_carries_number_and_window_itself():
    found = event(EVENT_ONLY, always(decision="A1", window={"form": "007+036", "days": 7}))
    assert found.decision is not None
    assert found.decision.number == "M00001400"
    assert found.certification_effective == Period(date(2026, 12, 9))
    assert found.certification_expires == date(2026, 12, 19)


@pytest.mark.parametrize(
    ("form", "field", "expected"),
    [
        ("AAH", "event_date", Period(date(2026, 12, 9), date(2026, 12, 14))),
        ("435+096", "discharge_date", date(2026, 12, 14)),
        ("007", "certification_effective", Period(date(2026, 12, 9), date(2026, 12, 14))),
        ("none", "admission_date", None),
    ],
)
def test_window_in_each_form_that_payers_write(form: str, field: str, expected: object):
    found = event(EVENT_ONLY, always(decision="A1", window={"form": form, "days": 2}))
    assert getattr(found, field) == expected


def test_partial_certification_decides_service_by_service():
    who = always(
        decision="A2",
        services=[
            {"procedure": "74177", "decision": "A1"},
            {"index": 2, "decision": "A3", "reason": "0F"},
        ],
    )
    found = event(SCANS, who)
    decisions = [service.decision for service in found.services]
    assert [d.action for d in decisions if d] == ["A1", "A3"]
    assert [d.number for d in decisions if d] == ["M00000201", None]


def test_denial_gives_reason_and_reference_but_no_number():
    found = event(MRI, always(decision="A3", reason=["0F", "0R"], message="SEE POLICY"))
    assert found.decision is not None
    assert (found.decision.number, found.decision.reasons) == (None, ("0F", "0R"))
    assert found.administrative_reference == "NT00000100"


def test_pend_asks_for_a_report_or_by_loinc_and_says_more_will_follow():
    ask = [{"report": "OB", "channel": "FX"}, {"loinc": "18842-5"}]
    response = answer(MRI, always(decision="A4", reason="0U", ask=ask))
    found = response.events[0]
    assert response.transaction_type == "19"
    assert [(a.type, a.transmission) for a in found.attachments] == [("OB", "FX")]
    assert ("LOI", "18842-5") in [(d.type, d.code) for d in found.diagnoses]
    assert found.information_contact is not None


def test_pend_without_an_ask_names_nothing_to_send():
    found = event(MRI, always(decision="A4", reason="0V"))
    assert (found.attachments, found.information_contact) == ((), None)


def test_modified_certification_grants_fewer_units():
    found = event(THERAPY, always(decision="A6", quantity=8))
    assert found.services[0].professional is not None
    assert found.services[0].professional.count == Decimal(8)


def test_contact_payer_gives_a_telephone_number():
    who = always(decision="CT", contact={"name": "REVIEW NURSE", "phone": "8005550111"})
    response = answer(MRI, who)
    assert response.reviewer.contact is not None
    assert response.reviewer.contact.numbers[0].number == "8005550111"


def test_no_action_needed_is_an_answer_without_number():
    found = event(MRI, always(decision="NA", reason="0H"))
    assert found.decision is not None
    assert (found.decision.action, found.decision.number) == ("NA", None)


@pytest.mark.parametrize(
    ("level", "code"),
    [
        ("umo", "42"),
        ("requester", "51"),
        ("subscriber", "75"),
        ("dependent", "67"),
        ("event", "AF"),
        ("provider", "51"),
        ("service", "AG"),
    ],
)
def test_rejection_stands_at_the_level_whose_data_failed(level: str, code: str):
    follow = "P" if level == "umo" else "C"
    who = always(reject={"level": level, "codes": [code], "follow_up": follow})
    response = answer(DEPENDENT, who)
    events = response.events
    rejects = {
        "umo": response.rejects,
        "requester": response.requester.rejects if response.requester else (),
        "subscriber": response.subscriber.rejects if response.subscriber else (),
        "dependent": response.dependent.rejects if response.dependent else (),
        "event": events[0].rejects if events else (),
        "provider": events[0].providers[0].rejects if events else (),
        "service": events[0].services[0].rejects if events and events[0].services else (),
    }
    assert {name for name, found in rejects.items() if found} == {level}


def test_rejected_request_has_no_decision():
    who = always(reject={"level": "event", "codes": ["33"], "follow_up": "C"})
    assert event(MRI, who).decision is None


@pytest.mark.parametrize(
    ("when", "number", "taken"),
    [
        ({"procedure": "73721"}, MRI, True),
        ({"procedure": "737*"}, MRI, True),
        ({"procedure": ["70553", "74177"]}, SCANS, True),
        ({"procedure": "73721", "dependent": True}, MRI, False),
        ({"dependent": True}, DEPENDENT, True),
        ({"member": "MBR000101"}, MRI, True),
        ({"category": "AR", "services": 0}, EVENT_ONLY, True),
        ({"diagnosis": "M25561"}, MRI, True),
        ({"urgency": "E"}, EVENT_ONLY, True),
        ({"urgency": "E"}, MRI, False),
        ({"reference": "*000001"}, MRI, True),
        ({"service_type": "62", "verb": "I"}, MRI, True),
        ({"provider": "1000000038"}, MRI, True),
        ({"revenue_code": "0360"}, 19, True),
    ],
)
def test_rule_takes_a_request_when_all_its_predicates_hold(
    when: dict[str, object], number: int, taken: bool
):
    who = personality({"when": when, "answer": {"decision": "A3"}})
    request: ReviewRequest = fixture(number)
    assert (find_rule(who, request) is not None) is taken
