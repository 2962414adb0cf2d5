"""The questions that verify an authorization: one for each of its services, from its 278.

Where the payer of the patient is known from what was asked before, it is asked, for a request may
name the reviewer to whom it delegates. Services that were denied or withdrawn are not asked about.
"""

from collections.abc import Iterator, Sequence
from datetime import date

from attrs import evolve

from x12_pa.authorizations.records import Authorization
from x12_pa.eligibility import codes
from x12_pa.eligibility.schedule import Check
from x12_pa.models import Party, Procedure, ReviewRequest, Service

NPI, PERSON, PLACE_OF_SERVICE = "XX", "1", "B"


def questions_for(
    request: ReviewRequest, records: Sequence[Authorization], payer: Check | None, day: date
) -> tuple[Check, ...]:
    """Return what to ask for a request, each service once; nothing without an NPI to ask with.

    Args:
        request: the 278.
        records: those of its authorizations that are watched.
        payer: an earlier question about the patient, for the payer it went to.
        day: the day that is asked about.
    """
    if request.requester.identifier_type != NPI:
        return ()
    base = _base(request, payer, day)
    asked = [
        evolve(base, procedure=procedure, service_type=kind, place_of_service=place)
        for procedure, kind, place in _services(request, records)
    ]
    return tuple({one.service: one for one in reversed(asked)}.values())[::-1]


def _services(
    request: ReviewRequest, records: Sequence[Authorization]
) -> Iterator[tuple[str | None, str, str | None]]:
    """Yield procedure, service type and place of each service, else those of the event."""
    event = request.event
    kind, place = event.service_type or codes.PLAN_IN_GENERAL, None
    if event.facility_qualifier == PLACE_OF_SERVICE:
        place = event.facility_type
    numbers = {record.service for record in records if record.level == "service"}
    found = [s for n, s in enumerate(event.services, 1) if n in numbers or not numbers]
    for service in found:
        own = service.facility_type if service.facility_qualifier == PLACE_OF_SERVICE else None
        yield _procedure(service), service.service_type or kind, own or place
    if not found:
        yield None, kind, place


def _procedure(service: Service) -> str | None:
    """Return the procedure of a service; a range of codes cannot be asked about."""
    for detail in (service.professional, service.institutional, service.dental):
        found: Procedure | None = detail.procedure if detail is not None else None
        if found is not None and not found.code_end:
            return ":".join((found.qualifier, found.code, *found.modifiers))
    return None


def _base(request: ReviewRequest, payer: Check | None, day: date) -> Check:
    """Return a question about the patient of a request, without a service."""
    subscriber, child, requester = request.subscriber, request.dependent, request.requester
    made = Check(
        payer_id=payer.payer_id if payer else request.reviewer.identifier or "",
        payer_name=payer.payer_name if payer else _named(request.reviewer),
        provider_npi=requester.identifier or "",
        provider_name=_named(requester),
        provider_first_name=requester.first_name if requester.kind == PERSON else None,
        member_id=subscriber.member_id,
        subscriber_last_name=subscriber.last_name,
        subscriber_first_name=subscriber.first_name,
        subscriber_birth_date=subscriber.birth_date,
        subscriber_gender=subscriber.gender,
        service_date=day,
    )
    if child is None:
        return made
    return evolve(
        made,
        dependent_last_name=child.last_name,
        dependent_first_name=child.first_name,
        dependent_birth_date=child.birth_date,
        dependent_gender=child.gender,
        dependent_relationship=child.relationship,
    )


def _named(party: Party) -> str:
    return party.name or party.identifier or ""
