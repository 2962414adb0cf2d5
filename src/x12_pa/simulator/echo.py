"""What a response repeats of the request that it answers.

A response names event and services again, so that its reader need not look them up, but it has no
place for everything that a request may say. The lists here are the difference between the two
directions of 005010X217, by field; the response guide refuses what they would let through.
"""

from typing import Any

from attrs import evolve

from x12_pa.models import Event, Service, Trace

_EVENT_FIELDS = (
    "category",
    "certification_type",
    "service_type",
    "facility_type",
    "facility_qualifier",
    "level_of_service",
    "previous_authorization",
    "event_date",
    "admission_date",
    "discharge_date",
    "diagnoses",
    "quantity",
    "transports",
)
_SERVICE_FIELDS = (
    "category",
    "certification_type",
    "service_type",
    "facility_type",
    "facility_qualifier",
    "previous_authorization",
    "service_date",
    "professional",
    "institutional",
    "dental",
    "teeth",
    "quantity",
)


def echo_event(event: Event) -> Event:
    """Return the event as a response repeats it: same services and providers, traces of type 2."""
    kept: dict[str, Any] = {name: getattr(event, name) for name in _EVENT_FIELDS}
    services = tuple(_echo_service(each) for each in event.services)
    providers = tuple(evolve(each, address=None, contact=None) for each in event.providers)
    return Event(**kept, traces=_echo(event.traces), services=services, providers=providers)


def _echo_service(service: Service) -> Service:
    kept: dict[str, Any] = {name: getattr(service, name) for name in _SERVICE_FIELDS}
    if service.professional is not None:
        kept["professional"] = evolve(service.professional, diagnosis_pointers=())
    if service.institutional is not None:
        kept["institutional"] = evolve(service.institutional, nursing_status=None)
    if service.dental is not None:
        kept["dental"] = evolve(service.dental, description=None)
    providers = tuple(
        evolve(each, address=None, contact=None) for each in service.providers if each.role != "1T"
    )
    return Service(**kept, traces=_echo(service.traces), providers=providers)


def _echo(traces: tuple[Trace, ...]) -> tuple[Trace, ...]:
    return tuple(evolve(each, type="2") for each in traces)
