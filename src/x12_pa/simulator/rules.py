"""Which rule of a personality takes a request: the first one whose predicates all hold."""

from collections.abc import Mapping
from fnmatch import fnmatchcase

from x12_pa.models import Procedure, ReviewRequest, Service
from x12_pa.simulator.personality import Personality, Rule


def find_rule(personality: Personality, request: ReviewRequest) -> Rule | None:
    """Return the first rule whose predicates all hold, or None for `otherwise`."""
    facts = request_facts(request)
    return next((rule for rule in personality.rules if _holds(rule.when, facts)), None)


def request_facts(request: ReviewRequest) -> dict[str, frozenset[str]]:
    """Return what predicates look at, as sets of codes by predicate name."""
    event = request.event
    procedures = [code for service in event.services for code in procedures_of(service)]
    lines = [service.institutional for service in event.services if service.institutional]
    parties = [*event.providers, *(p for s in event.services for p in s.providers)]
    found: dict[str, list[str | None]] = {
        "reference": [request.reference],
        "member": [request.subscriber.member_id],
        "category": [event.category],
        "verb": [event.certification_type],
        "service_type": [event.service_type, *(s.service_type for s in event.services)],
        "procedure": [each.code for each in procedures],
        "revenue_code": [line.revenue_code for line in lines],
        "diagnosis": [each.code for each in event.diagnoses],
        "urgency": [event.level_of_service],
        "provider": [each.identifier for each in parties],
        "dependent": [str(request.dependent is not None)],
        "services": [str(len(event.services))],
    }
    return {name: frozenset(v for v in values if v) for name, values in found.items()}


def procedures_of(service: Service) -> list[Procedure]:
    """Return the procedure of a service, whatever kind of service it is."""
    kinds = (service.professional, service.institutional, service.dental)
    return [kind.procedure for kind in kinds if kind is not None and kind.procedure is not None]


def _holds(when: Mapping[str, tuple[str, ...]], facts: Mapping[str, frozenset[str]]) -> bool:
    return all(
        any(fnmatchcase(value, pattern) for pattern in patterns for value in facts[name])
        for name, patterns in when.items()
    )
