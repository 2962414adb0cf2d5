"""Identifiers that an input may leave out and that go out exactly once.

BHT03 names the transaction, TRN02 each event and each service; the answer repeats them, and they
are how it finds its request. A service always gets a trace number, also where X12 leaves it open,
because without one an answer with several services can only be matched by content.
"""

from collections.abc import Callable
from datetime import datetime

from attrs import evolve, frozen

from x12_pa.models.codecs import ClockTime
from x12_pa.models.parts import Trace
from x12_pa.models.review import Event, ReviewRequest


@frozen(kw_only=True)
class Identifiers:
    """What is assigned to one request.

    Attributes:
        reference: BHT03, never used before; 46 characters at most, trace numbers add to it.
        originator: TRN03, ten characters: 1 and tax id, 3 and DUNS, or 9 and an own id.
        at: when the transaction is made, in the zone it is to be written in.
    """

    reference: str
    originator: str
    at: datetime


def with_identifiers(
    request: ReviewRequest, assign: Callable[[ReviewRequest], Identifiers]
) -> ReviewRequest:
    """Fill in the identifiers that are missing; those that are there stay.

    `assign` is called once, and only when something is missing. Trace numbers are the reference
    for the event and the reference with the number of the service, from 1, for each service.
    """
    if _complete(request):
        return request
    given = assign(request)
    reference = request.reference or given.reference
    return evolve(
        request,
        reference=reference,
        created_on=request.created_on or given.at.date(),
        created_at=request.created_at or ClockTime(given.at.strftime("%H:%M")),
        event=_traced(request.event, reference, given.originator),
    )


def _complete(request: ReviewRequest) -> bool:
    services = all(service.traces for service in request.event.services)
    times = request.created_on and request.created_at
    return bool(request.reference and times and request.event.traces and services)


def _traced(event: Event, reference: str, originator: str) -> Event:
    def trace(number: str) -> tuple[Trace, ...]:
        return (Trace(number=number, originator=originator),)

    services = tuple(
        service if service.traces else evolve(service, traces=trace(f"{reference}-{number}"))
        for number, service in enumerate(event.services, 1)
    )
    return evolve(event, traces=event.traces or trace(reference), services=services)
