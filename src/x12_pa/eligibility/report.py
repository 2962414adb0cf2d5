"""Answers as plain data, for JSON and for people: schema `x12-pa/eligibility/1`.

Names of persons, member ids and free text pass through `mask`, which the caller chooses;
codes, dates, plan names and where a statement stood are no patient's data and stay.
"""

from collections.abc import Callable, Iterable
from typing import Any

from x12_pa.eligibility.records import (
    Answer,
    Authorization,
    Entity,
    Hint,
    Limit,
    Plan,
    Refusal,
    Scope,
    Statement,
)
from x12_pa.models.parts import Procedure
from x12_pa.models.places import Place

SCHEMA = "x12-pa/eligibility/1"

Mask = Callable[[str | None], str | None]


def answer_data(answer: Answer, mask: Mask) -> dict[str, Any]:
    """Return one answer as plain data."""
    return {
        "payer": answer.payer,
        "payer_name": answer.payer_name,
        "reference": answer.reference,
        "traces": list(answer.traces),
        "patient": {
            "level": answer.level,
            "member_id": mask(answer.member_id),
            "name": mask(answer.name),
        },
        "service": _service(answer),
        "date": answer.on.isoformat(),
        "plan": _plan(answer.plan),
        "coverage": _coverage(answer),
        "authorization": _authorization(answer.authorization, mask),
        "networks": list(answer.networks),
        "non_covered": _places(answer.non_covered),
        "limits": [_limit(limit) for limit in answer.limits],
        "changes": [
            {"kind": change.kind, "evidence": place_data(change.evidence)}
            for change in answer.changes
        ],
        "reviewers": [_entity(entity, mask) for entity in answer.reviewers],
        "other_payers": [_entity(entity, mask) for entity in answer.other_payers],
        "refusals": [refusal_data(refusal) for refusal in answer.refusals],
    }


def refusal_data(refusal: Refusal) -> dict[str, Any]:
    """Return one rejection as plain data."""
    return {
        "code": refusal.code,
        "label": refusal.label,
        "follow_up": refusal.follow_up,
        "action": refusal.action,
        "field": refusal.field,
        "wait_days": refusal.days,
        "answer_follows": refusal.answer_follows,
        "evidence": place_data(refusal.evidence),
    }


def place_data(place: Place) -> dict[str, Any]:
    """Return where something stood as plain data, without the text of the segment."""
    return {
        "loop": place.loop,
        "segment": place.segment,
        "number": place.number,
        "line": place.line,
        "path": place.path,
    }


def _places(places: Iterable[Place]) -> list[dict[str, Any]]:
    return [place_data(place) for place in places]


def _service(answer: Answer) -> dict[str, Any]:
    procedure = answer.ask.procedure
    return {
        "service_type": answer.ask.service_type,
        "procedure": None if procedure is None else procedure_text(procedure),
        "network": answer.ask.network,
        "place": answer.ask.place,
    }


def procedure_text(procedure: Procedure) -> str:
    """Return a procedure as people write it: `HC:73721:RT`."""
    codes = procedure.code
    if procedure.code_end:
        codes += f"-{procedure.code_end}"
    return ":".join(filter(None, (procedure.qualifier, codes, *procedure.modifiers)))


def _plan(plan: Plan) -> dict[str, Any]:
    return {"insurance_type": plan.insurance_type, "name": plan.name}


def _coverage(answer: Answer) -> dict[str, Any]:
    told = answer.coverage
    return {
        "state": told.state,
        "begins": None if told.begins is None else told.begins.isoformat(),
        "ends": None if told.ends is None else told.ends.isoformat(),
        "notes": list(told.notes),
        "evidence": _places(told.evidence),
    }


def _authorization(told: Authorization, mask: Mask) -> dict[str, Any]:
    return {
        "required": told.required,
        "depends_on": list(told.depends_on),
        "statements": [_statement(one) for one in told.statements],
        "replaced": [_statement(one) for one in told.replaced],
        "hints": [_hint(hint, mask) for hint in told.hints],
        "numbers": [{"type": kind, "value": mask(value)} for kind, value in told.numbers],
    }


def _statement(one: Statement) -> dict[str, Any]:
    return {
        "required": one.required,
        "scope": _scope(one.scope),
        "evidence": place_data(one.evidence),
    }


def _scope(scope: Scope) -> dict[str, Any]:
    return {
        "level": scope.level,
        "service": scope.service,
        "modifiers": list(scope.modifiers),
        "network": scope.network,
        "places": list(scope.places),
        "conditions": list(scope.conditions),
    }


def _hint(hint: Hint, mask: Mask) -> dict[str, Any]:
    return {
        "kind": hint.kind,
        "says": hint.says,
        "text": mask(hint.text),
        "evidence": place_data(hint.evidence),
    }


def _limit(limit: Limit) -> dict[str, Any]:
    return {
        "kind": limit.kind,
        "amount": None if limit.amount is None else format(limit.amount, "f"),
        "unit": limit.unit,
        "period": limit.period,
        "network": limit.network,
        "pattern": limit.pattern,
        "derived": limit.derived,
        "evidence": _places(limit.evidence),
    }


def _entity(entity: Entity, mask: Mask) -> dict[str, Any]:
    """Return another party; an organization is nobody's personal data."""
    shown: Mask = mask if entity.person else _as_it_is
    return {
        "role": entity.role,
        "name": shown(entity.name),
        "identifier_type": entity.identifier_type,
        "identifier": shown(entity.identifier),
        "contacts": [{"type": kind, "number": shown(number)} for kind, number in entity.contacts],
        "evidence": place_data(entity.evidence),
    }


def _as_it_is(value: str | None) -> str | None:
    return value
