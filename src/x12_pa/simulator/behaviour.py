"""What the simulated payer answers: a request and a rule's answer in, a response record out.

Pure: time is a parameter, numbers come from the request's own reference, nothing is read or
written. The response repeats what identifies the request (BHT03, traces with TRN01 2, parties,
services) and adds either a decision or, at the level whose data failed, a rejection (AAA): a
rejected request was not reviewed, so it has no decision.
"""

from typing import Any

from attrs import evolve

from x12_pa.models import Event, Reject, ReviewResponse
from x12_pa.simulator.case import Case
from x12_pa.simulator.deciding import decide
from x12_pa.simulator.echo import echo_event

__all__ = ["Case", "cannot_answer", "respond", "undecided"]


def respond(case: Case) -> ReviewResponse:
    """Return the response that `case.answer` gives: a decision, or an AAA rejection."""
    response = undecided(case)
    if case.answer.reject is not None:
        return _reject(case, response)
    return evolve(response, transaction_type=_transaction_type(case), events=(decide(case),))


def undecided(case: Case) -> ReviewResponse:
    """Return a response that repeats the request and says nothing about it yet."""
    request = case.request
    role = request.requester.role if request.requester.role in ("1P", "FA") else "1P"
    return ReviewResponse(
        reference=request.reference,
        created_on=case.today,
        created_at=case.time,
        transaction_type="RU" if request.transaction_type == "RU" else "18",
        reviewer=evolve(request.reviewer, contact=case.contact, rejects=()),
        requester=evolve(request.requester, role=role, address=None, contact=None),
        subscriber=request.subscriber,
        dependent=request.dependent,
        events=(echo_event(request.event),),
    )


def cannot_answer(case: Case) -> ReviewResponse:
    """Return the response of a payer that cannot process a request now (AAA 42 in 2000A)."""
    request = case.request
    return ReviewResponse(
        reference=request.reference,
        created_on=case.today,
        created_at=case.time,
        transaction_type="18",
        reviewer=evolve(request.reviewer, contact=case.contact, rejects=()),
        rejects=(Reject(reason="42", follow_up="P"),),
    )


def _transaction_type(case: Case) -> str:
    if case.request.transaction_type == "RU":
        return "RU"
    pended = {case.answer.decision, *(each.decision for each in case.answer.services)} & {"A4"}
    return "19" if pended else "18"


def _reject(case: Case, response: ReviewResponse) -> ReviewResponse:
    """Put AAA at the level whose data failed, and leave out what lies below it."""
    reject = case.answer.reject
    assert reject is not None
    rejects = tuple(Reject(reason=code, follow_up=reject.follow_up) for code in reject.codes)
    gone: dict[str, Any] = {"requester": None, "subscriber": None, "dependent": None, "events": ()}
    if reject.level == "umo":
        return evolve(response, rejects=rejects, **gone)
    if reject.level == "requester" and response.requester is not None:
        del gone["requester"]
        return evolve(response, requester=evolve(response.requester, rejects=rejects), **gone)
    if reject.level == "subscriber" and response.subscriber is not None:
        subscriber = evolve(response.subscriber, rejects=rejects)
        return evolve(response, subscriber=subscriber, dependent=None, events=())
    if reject.level == "dependent" and response.dependent is not None:
        return evolve(response, dependent=evolve(response.dependent, rejects=rejects), events=())
    return evolve(response, events=(_reject_event(response.events[0], reject.level, rejects),))


def _reject_event(event: Event, level: str, rejects: tuple[Reject, ...]) -> Event:
    if level == "provider" and event.providers:
        first = evolve(event.providers[0], rejects=rejects)
        return evolve(event, providers=(first, *event.providers[1:]), services=())
    if level in ("service", "provider") and event.services:
        services = list(event.services)
        owner = next((i for i, each in enumerate(services) if each.providers), 0)
        if level == "provider" and services[owner].providers:
            first = evolve(services[owner].providers[0], rejects=rejects)
            providers = (first, *services[owner].providers[1:])
            services[owner] = evolve(services[owner], providers=providers)
        else:
            services[0] = evolve(services[0], rejects=rejects)
        return evolve(event, services=tuple(services))
    return evolve(event, rejects=rejects, services=())
