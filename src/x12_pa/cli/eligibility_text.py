"""The answers of one 271 as lines for people; every statement ends with where it stood."""

from collections.abc import Iterator, Mapping
from typing import Any

Row = Mapping[str, Any]

_ACTIONS = {
    "correct": "correct and send again",
    "wait": "wait",
    "stop": "do not send again",
}


def lines(row: Row) -> Iterator[str]:
    """Yield the lines of one response."""
    yield f"response {row['control']} to {row['reference'] or 'no reference'}"
    for refusal in row["refusals"]:
        yield f"  rejected: {_refusal(refusal)}"
    for answer in row["answers"]:
        yield from answer_lines(answer)


def answer_lines(answer: Row) -> Iterator[str]:
    """Yield the lines of one answer."""
    patient, plan, service = answer["patient"], answer["plan"], answer["service"]
    named = " ".join(filter(None, (plan["name"], plan["insurance_type"]))) or "not named"
    yield (
        f"  {patient['level']} {patient['member_id'] or ''} · plan {named} · {_service(service)}"
        f" · on {answer['date']}"
    )
    yield f"    coverage: {_coverage(answer['coverage'])}"
    yield from _authorization(answer["authorization"])
    if answer["networks"]:
        yield f"    network: told for {', '.join(answer['networks'])}"
    for place in answer["non_covered"]:
        yield f"    not covered{_where(place)}"
    for limit in answer["limits"]:
        yield f"    {_limit(limit)}"
    for change in answer["changes"]:
        yield f"    changed: {change['kind']}{_where(change['evidence'])}"
    for key, label in (("reviewers", "reviewed by"), ("other_payers", "other payer")):
        for entity in answer[key]:
            yield f"    {label}: {entity['name'] or entity['role']}{_where(entity['evidence'])}"


def refusal_lines(answer: Row) -> Iterator[str]:
    """Yield the lines of the rejections that stand between a question and its answer."""
    for refusal in answer["refusals"]:
        yield f"    rejected: {_refusal(refusal)}"


def _service(service: Row) -> str:
    parts = []
    if service["procedure"]:
        parts.append(f"procedure {service['procedure']}")
    if service["service_type"] or not parts:
        parts.append(f"service type {service['service_type'] or '30'}")
    if service["network"]:
        parts.append("in network" if service["network"] == "in" else "out of network")
    if service["place"]:
        parts.append(f"place {service['place']}")
    return ", ".join(parts)


def _coverage(told: Row) -> str:
    bounded = told["begins"] or told["ends"]
    span = f" {told['begins'] or '…'} to {told['ends'] or '…'}" if bounded else ""
    notes = f" ({'; '.join(told['notes'])})" if told["notes"] else ""
    return f"{told['state']}{span}{notes}{_where(told['evidence'][0]) if told['evidence'] else ''}"


def _authorization(told: Row) -> Iterator[str]:
    depends = f" (depends on {', '.join(told['depends_on'])})" if told["depends_on"] else ""
    yield f"    authorization required: {told['required']}{depends}"
    for one in told["statements"]:
        yield f"      {one['required']}: {_scope(one['scope'])}{_where(one['evidence'])}"
    for hint in told["hints"]:
        text = f" {hint['text']}" if hint["text"] else ""
        where = _where(hint["evidence"])
        yield f"      hint only, {hint['kind']} says {hint['says']}:{text}{where}"


def _scope(scope: Row) -> str:
    parts = [scope["service"], f"{scope['level']} level"]
    if scope["network"]:
        parts.append(f"network {scope['network']}")
    if scope["places"]:
        parts.append(f"place {' '.join(scope['places'])}")
    return ", ".join([*parts, *scope["conditions"]])


def _limit(limit: Row) -> str:
    amount = " ".join(filter(None, (limit["amount"], limit["unit"]))) or limit["pattern"]
    period = f", period {limit['period']}" if limit["period"] else ""
    derived = " (computed)" if limit["derived"] else ""
    return f"{limit['kind']}: {amount}{period}{derived}{_where(limit['evidence'][0])}"


def _refusal(refusal: Row) -> str:
    label = f" {refusal['label']}" if refusal["label"] else ""
    action = _ACTIONS[refusal["action"]]
    if refusal["wait_days"]:
        action += f" {refusal['wait_days']} days"
    if refusal["answer_follows"]:
        action += ", an answer follows"
    field = f"; field {refusal['field']}" if refusal["field"] else ""
    return f"{refusal['code']}{label}: {action}{field}{_where(refusal['evidence'])}"


def _where(place: Row) -> str:
    if not place["number"]:
        return ""
    return f" [{place['loop']} {place['segment']}, segment {place['number']}]"
