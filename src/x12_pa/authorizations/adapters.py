"""From parsed 278 models to the views that the rules read.

Field by field and nothing else: no rule, no default that could be mistaken for a fact. The one
lenient spot is a date range that a payer put at service level where the guide has no place for it:
the model keeps the segment among its unplaced ones, and the view takes it from there, since it is
often the only statement of the authorised window.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from decimal import Decimal

from attrs import evolve

from x12_pa.authorizations.records import (
    Ask,
    Contact,
    Patient,
    Procedure,
    Quantity,
    Rejection,
)
from x12_pa.authorizations.views import (
    DateView,
    EventView,
    LevelView,
    TraceView,
    TransactionView,
)
from x12_pa.models import parts
from x12_pa.models.codecs import Period, read_period
from x12_pa.models.review import Event, ReviewRequest, ReviewResponse, Service, Unplaced

LOINC_QUALIFIER = "LOI"
NPI_QUALIFIER = "XX"


def view_request(request: ReviewRequest) -> TransactionView:
    """Return what the rules need of a request."""
    return _transaction(request, (request.event,), (request.requester,), ())


def view_response(response: ReviewResponse) -> TransactionView:
    """Return what the rules need of a response."""
    requesters = (*([response.requester] if response.requester else ()), *response.other_requesters)
    return _transaction(response, response.events, requesters, response.rejects)


def _transaction(
    model: ReviewRequest | ReviewResponse,
    events: Iterable[Event],
    requesters: tuple[parts.Party, ...],
    rejects: Iterable[parts.Reject],
) -> TransactionView:
    subscriber, dependent = model.subscriber, model.dependent
    above = [
        *_rejections("2000A", rejects),
        *_rejections("2010A", model.reviewer.rejects),
        *(found for party in requesters for found in _rejections("2010B", party.rejects)),
        *_rejections("2010C", subscriber.rejects if subscriber else ()),
        *_rejections("2010D", dependent.rejects if dependent else ()),
    ]
    return TransactionView(
        reference=model.reference or "",
        at=_instant(model),
        status=model.transaction_type,
        payer=model.reviewer.identifier or "",
        payer_name=model.reviewer.name or "",
        requester_npi=next(iter(_npis(requesters)), ""),
        member_id=subscriber.member_id if subscriber else "",
        patient=_patient(model),
        contacts=_contacts([model.reviewer]),
        rejections=tuple(above),
        events=tuple(_event(event, n, model.unplaced) for n, event in enumerate(events)),
    )


def _instant(model: ReviewRequest | ReviewResponse) -> datetime | None:
    if model.created_on is None:
        return None
    at = time.fromisoformat(model.created_at) if model.created_at else time()
    return datetime.combine(model.created_on, at, tzinfo=UTC)


def _patient(model: ReviewRequest | ReviewResponse) -> Patient:
    person = model.patient
    return Patient(
        last_name=(person.last_name if person else None) or "",
        first_name=(person.first_name if person else None) or "",
        birth_date=person.birth_date if person else None,
        dependent=model.dependent is not None,
    )


def _event(event: Event, index: int, unplaced: Iterable[Unplaced]) -> EventView:
    path = f"events[{index}]"
    periods: list[tuple[str, Period | date | None]] = [
        ("007", event.certification_effective),
        ("036", event.certification_expires),
        ("102", event.certification_issued),
        ("AAH", event.event_date),
        ("435", event.admission_date),
        ("096", event.discharge_date),
    ]
    rejected = [
        *_rejections("2000E", event.rejects),
        *(r for party in event.providers for r in _rejections("2010EA", party.rejects)),
        *(r for party in event.transports for r in _rejections("2010EC", party.rejects)),
    ]
    view = evolve(
        _shared(event, "2000E"),
        urgency=event.level_of_service,
        dates=_dates(periods),
        quantity=_amount(event.quantity),
        asks=(*_reports(event.attachments), *_loinc(event.diagnoses)),
        rejections=tuple(rejected),
    )
    services = tuple(
        _service(service, f"{path}.services[{n}]", unplaced)
        for n, service in enumerate(event.services)
    )
    return EventView(event=view, services=services)


def _service(service: Service, path: str, unplaced: Iterable[Unplaced]) -> LevelView:
    periods: list[tuple[str, Period | date | None]] = [
        ("007", service.certification_effective),
        ("036", service.certification_expires),
        ("102", service.certification_issued),
        ("472", service.service_date),
    ]
    rejected = [
        *_rejections("2000F", service.rejects),
        *(r for party in service.providers for r in _rejections("2010FA", party.rejects)),
    ]
    return evolve(
        _shared(service, "2000F"),
        dates=(*_dates(periods), *_misplaced_dates(path, unplaced)),
        procedures=_procedures(service),
        quantity=_amount(service.quantity) or _line_amount(service),
        asks=(*_reports(service.attachments), *_loinc(service.information_requests)),
        rejections=tuple(rejected),
    )


def _shared(level: Event | Service, loop: str) -> LevelView:
    """Return a view with the fields that event and service have in common."""
    decision = level.decision
    contact = [level.information_contact] if level.information_contact else []
    return LevelView(
        loop=loop,
        traces=tuple(
            TraceView(kind=t.type, number=t.number.strip(), originator=t.originator.strip())
            for t in level.traces
        ),
        action=decision.action if decision else None,
        number=decision.number if decision else None,
        reasons=decision.reasons if decision else (),
        category=level.category or None,
        verb=level.certification_type,
        service_type=level.service_type,
        place_of_service=level.facility_type,
        administrative_reference=level.administrative_reference,
        previous_number=level.previous_authorization,
        provider_npis=_npis(level.providers),
        contacts=_contacts([*contact, *level.providers]),
        messages=(level.message,) if level.message else (),
    )


def _dates(periods: Iterable[tuple[str, Period | date | None]]) -> tuple[DateView, ...]:
    found = []
    for qualifier, value in periods:
        if isinstance(value, Period):
            found.append(DateView(qualifier=qualifier, start=value.start, end=value.end))
        elif value is not None:
            found.append(DateView(qualifier=qualifier, start=value))
    return tuple(found)


def _misplaced_dates(path: str, unplaced: Iterable[Unplaced]) -> tuple[DateView, ...]:
    found = []
    for item in unplaced:
        elements = item.text.split(item.text[3:4]) if item.text.startswith("DTP") else []
        if item.path != path or len(elements) < 4 or elements[1] != "AAH":
            continue
        period = read_period(elements[2].strip(), elements[3].strip())
        if period is not None:
            found.append(DateView(qualifier="AAH", start=period.start, end=period.end))
    return tuple(found)


def _procedures(service: Service) -> tuple[Procedure, ...]:
    line = service.professional or service.institutional or service.dental
    coded = line.procedure if line else None
    revenue = service.institutional.revenue_code if service.institutional else None
    if coded is None:
        return (Procedure(qualifier="", code="", revenue_code=revenue),) if revenue else ()
    return (
        Procedure(
            qualifier=coded.qualifier,
            code=coded.code,
            code_end=coded.code_end,
            modifiers=coded.modifiers,
            revenue_code=revenue,
        ),
    )


def _amount(quantity: parts.Quantity | None) -> Quantity | None:
    if quantity is None or quantity.amount is None or quantity.unit is None:
        return None
    rest = (
        quantity.per,
        quantity.per_count,
        quantity.period,
        quantity.period_count,
        quantity.frequency,
        quantity.time_of_day,
    )
    pattern = "*".join("" if value is None else str(value) for value in rest).rstrip("*")
    return Quantity(unit=quantity.unit, amount=quantity.amount, pattern=pattern or None)


def _line_amount(service: Service) -> Quantity | None:
    line = service.professional or service.institutional
    if line is not None and line.count is not None:
        return Quantity(unit=line.unit or "UN", amount=line.count)
    dental: Decimal | None = service.dental.count if service.dental else None
    return Quantity(unit="UN", amount=dental) if dental is not None else None


def _reports(attachments: Iterable[parts.Attachment]) -> tuple[Ask, ...]:
    return tuple(
        Ask(kind="report", code=a.type, channel=a.transmission, control=a.control_number)
        for a in attachments
    )


def _loinc(codes: Iterable[parts.Diagnosis]) -> tuple[Ask, ...]:
    return tuple(Ask(kind="loinc", code=c.code) for c in codes if c.type == LOINC_QUALIFIER)


def _rejections(loop: str, rejects: Iterable[parts.Reject]) -> list[Rejection]:
    flags = {True: "Y", False: "N", None: None}
    return [
        Rejection(loop=loop, code=r.reason, follow_up=r.follow_up, valid=flags[r.valid])
        for r in rejects
    ]


def _npis(providers: Iterable[parts.Party]) -> tuple[str, ...]:
    found = (p.identifier for p in providers if p.identifier_type == NPI_QUALIFIER)
    return tuple(dict.fromkeys(npi for npi in found if npi))


def _contacts(people: Iterable[parts.Party]) -> tuple[Contact, ...]:
    return tuple(
        Contact(name=c.name, numbers=tuple((n.type, n.number) for n in c.numbers))
        for c in (person.contact for person in people)
        if c is not None
    )
