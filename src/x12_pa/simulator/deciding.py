"""A decision: the event and its services with what the payer says about each.

An approval stands at two levels, and payers differ in where they write number and window; the
answer of a personality chooses. A service follows the event unless the answer names it.
"""

from decimal import Decimal
from typing import Any

from attrs import evolve

from x12_pa.models import (
    Attachment,
    Decision,
    Diagnosis,
    Event,
    Party,
    Quantity,
    Service,
)
from x12_pa.simulator.case import Case
from x12_pa.simulator.echo import echo_event
from x12_pa.simulator.personality import Answer, ServiceAnswer
from x12_pa.simulator.rules import procedures_of
from x12_pa.simulator.windows import event_window, service_window

GRANTING = frozenset({"A1", "A6"})
GRANTING_SOME = GRANTING | {"A2"}
REFERENCED = frozenset({"A3", "A4", "CT"})
_NO_DATES: dict[str, Any] = {
    "event_date": None,
    "admission_date": None,
    "discharge_date": None,
}


def decide(case: Case) -> Event:
    """Return the event with its decision, its services' decisions, windows and asks."""
    answer, asked = case.answer, case.request.event
    event = echo_event(asked)
    decision = answer.decision or "A1"
    granted = decision in GRANTING_SOME
    numbered = granted and (answer.number in ("event", "both") or not event.services)
    event = evolve(
        event,
        decision=Decision(
            action=decision,
            number=case.name(case.payer.certification, 0) if numbered else None,
            reasons=answer.reasons,
        ),
        administrative_reference=(
            case.name(case.payer.reference, 0) if decision in REFERENCED else None
        ),
        message=answer.message,
        services=tuple(
            _decide_service(case, number, each) for number, each in enumerate(event.services, 1)
        ),
    )
    if decision == "A6" and answer.quantity is not None and event.quantity is not None:
        event = evolve(event, quantity=_reduced(event.quantity, answer.quantity))
    if granted and (answer.window.level == "event" or not event.services):
        event = event_window(case, event)
    if answer.window.form == "none":
        event = evolve(event, **_NO_DATES)
    return _ask(case, event)


def _decide_service(case: Case, number: int, service: Service) -> Service:
    answer, own = case.answer, _own_answer(case.answer, number, service)
    decision = own.decision if own else {"A2": "A1"}.get(answer.decision or "A1", answer.decision)
    reasons = own.reasons if own else answer.reasons
    granted = decision in GRANTING
    numbered = granted and answer.number in ("services", "both")
    service = evolve(
        service,
        decision=Decision(
            action=decision or "A1",
            number=case.name(case.payer.certification, number) if numbered else None,
            reasons=reasons,
        ),
        message=own.message if own else None,
    )
    quantity = own.quantity if own else answer.quantity
    if decision == "A6" and quantity is not None:
        service = _reduce_service(service, quantity)
    if answer.window.form == "none":
        return evolve(service, service_date=None)
    if granted and answer.window.level == "service":
        return service_window(case, service)
    return service


def _own_answer(answer: Answer, number: int, service: Service) -> ServiceAnswer | None:
    codes = {each.code for each in procedures_of(service)}
    for own in answer.services:
        if own.index == number or (own.procedure is not None and own.procedure in codes):
            return own
    return None


def _reduced(quantity: Quantity, amount: int) -> Quantity:
    return Quantity(unit=quantity.unit, amount=Decimal(amount))


def _reduce_service(service: Service, amount: int) -> Service:
    if service.quantity is not None:
        return evolve(service, quantity=_reduced(service.quantity, amount))
    count = Decimal(amount)
    if service.professional is not None:
        return evolve(service, professional=evolve(service.professional, count=count))
    if service.institutional is not None:
        return evolve(service, institutional=evolve(service.institutional, count=count))
    return service


def _ask(case: Case, event: Event) -> Event:
    """Add what a pend asks for: report types (PWK), LOINC codes (HI), and where to send them."""
    if not case.answer.ask:
        return event
    attachments = tuple(
        Attachment(type=each.report, transmission=each.channel)
        for each in case.answer.ask
        if each.report is not None
    )
    codes = tuple(Diagnosis(type="LOI", code=each.loinc) for each in case.answer.ask if each.loinc)
    desk = Party(role="L5", kind="2", name=case.payer.contact.name, contact=case.contact)
    return evolve(
        event,
        attachments=attachments,
        diagnoses=(event.diagnoses + codes)[:12],
        information_contact=desk,
    )
