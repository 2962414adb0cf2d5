"""The answers of one 271 as lines for people; every statement ends with where it stood.

Codes stand as they are, with the guide's short label behind them.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

Row = Mapping[str, Any]

_ACTIONS = {
    "correct": "correct and send again",
    "wait": "wait",
    "stop": "do not send again",
}
_NETWORKS = {"in": "in network", "out": "out of network", "any": "in and out of network"}
BRIEF_HEADERS = (
    "inquiry", "reference", "member", "service", "date",
    "plan", "coverage", "authorization", "remark",
)  # fmt: skip
SERVICE_TYPE, UNIT, PERIOD = "1365", "673", "615"
"""Data elements whose codes are shown with their labels."""


def lines(row: Row) -> Iterator[str]:
    """Yield the lines of one response."""
    yield f"response {row['control']} to {row['reference'] or 'no reference'}"
    for refusal in row["refusals"]:
        yield f"  rejected: {_refusal(refusal)}"
    for answer in row["answers"]:
        yield from answer_lines(answer)


def question_lines(row: Row) -> Iterator[str]:
    """Yield the lines of one question and of what was told of it."""
    service = row["procedure"] or f"service type {_labelled(SERVICE_TYPE, row['service_type'])}"
    for_what = f" for {row['authorization']} ({row['occasion']})" if row["authorization"] else ""
    yield (
        f"{row['trace']}: {service} on {row['date']}, payer {row['payer']},"
        f" member {row['member'] or 'not given'}{for_what}: {row['state'].replace('_', ' ')}"
    )
    if instead := row["asked_instead"]:
        yield f"  asked as service type {instead['service_type']}: {instead['why']}"
    for told in row["told"]:
        yield f"  told {told['at'][:16].replace('T', ' ')} UTC"
        for answer in told["answers"]:
            yield from answer_lines(answer)
            yield from refusal_lines(answer)


def brief_cells(row: Row) -> Iterator[tuple[object, ...]]:
    """Yield a row under `BRIEF_HEADERS` for each plan that a question was answered for."""
    service = row["procedure"] or f"service type {row['service_type']}"
    asked = (row["trace"], row["own_reference"], row["member"], service, row["date"])
    if not row["told"]:
        yield *asked, "", "", "", row["state"].replace("_", " ")
    for told in row["told"]:
        for answer in told["answers"]:
            plan = answer["plan"]["name"] or answer["plan"]["insurance_type"]
            states = answer["coverage"]["state"], answer["authorization"]["required"]
            remark = ", ".join(_remarks(answer))
            yield *asked, plan, *(("", "") if is_rejected(answer) else states), remark


def _remarks(answer: Row) -> Iterator[str]:
    """Yield in a few words what else matters of an answer."""
    for refusal in answer["refusals"]:
        yield f"rejected: {refusal['code']} {refusal['action']}"
    if answer["authorization"]["depends_on"]:
        yield f"depends on {' and '.join(answer['authorization']['depends_on'])}"
    for entity in answer["reviewers"]:
        yield f"reviewed by {entity['identifier'] or entity['name'] or entity['role']}"
    for change in answer["changes"]:
        yield str(change["kind"])
    if answer["non_covered"]:
        yield "not covered"


def answer_lines(answer: Row) -> Iterator[str]:
    """Yield the lines of one answer."""
    patient, plan, service = answer["patient"], answer["plan"], answer["service"]
    named = " ".join(filter(None, (plan["name"], plan["insurance_type"]))) or "not named"
    yield (
        f"  {patient['level']} {patient['member_id'] or ''} · plan {named} · {_service(service)}"
        f" · on {answer['date']}"
    )
    if not is_rejected(answer):
        yield f"    coverage: {_coverage(answer['coverage'])}"
        yield from _authorization(answer["authorization"], answer["coverage"]["state"])
    if answer["networks"]:
        told = (_NETWORKS.get(each, f"network {each}") for each in answer["networks"])
        yield f"    benefits are told for: {', '.join(told)}"
    for place in answer["non_covered"]:
        yield f"    not covered{_where(place)}"
    for limit in answer["limits"]:
        yield f"    {_limit(limit)}"
    for change in answer["changes"]:
        yield f"    changed: {change['kind']}{_where(change['evidence'])}"
    for key, label in (("reviewers", "reviewed by"), ("other_payers", "other payer")):
        for entity in answer[key]:
            named = entity["name"] or entity["role"]
            known_as = " ".join(filter(None, (entity["identifier_type"], entity["identifier"])))
            number = f", {known_as}" if known_as else ""
            yield f"    {label}: {named}{number}{_where(entity['evidence'])}"


def is_rejected(answer: Row) -> bool:
    """Say whether the payer rejected the question and told nothing else."""
    told = answer["coverage"]["evidence"] or answer["authorization"]["statements"]
    return bool(answer["refusals"]) and not told


def refusal_lines(answer: Row) -> Iterator[str]:
    """Yield the lines of the rejections that stand between a question and its answer."""
    for refusal in answer["refusals"]:
        yield f"    rejected: {_refusal(refusal)}"


def _service(service: Row) -> str:
    parts = []
    if service["procedure"]:
        parts.append(f"procedure {service['procedure']}")
    if service["service_type"] or not parts:
        parts.append(f"service type {_labelled(SERVICE_TYPE, service['service_type'] or '30')}")
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


def _authorization(told: Row, covered: str) -> Iterator[str]:
    remark = f" (depends on {', '.join(told['depends_on'])})" if told["depends_on"] else ""
    if told["required"] == "no" and covered != "active":
        remark += f" (but coverage is {covered}: no evidence for a claim)"
    yield f"    authorization required: {told['required']}{remark}"
    for one in told["statements"]:
        yield f"      {one['required']}: {_scope(one['scope'])}{_where(one['evidence'])}"
    for hint in told["hints"]:
        text = f": {hint['text']}" if hint["text"] else ""
        where = _where(hint["evidence"])
        yield f"      hint only, {hint['kind']} says {hint['says']}{text}{where}"


def _scope(scope: Row) -> str:
    parts = [scope["service"], f"{scope['level']} level"]
    if scope["network"]:
        parts.append(f"network {scope['network']}")
    if scope["places"]:
        parts.append(f"place {' '.join(scope['places'])}")
    return ", ".join([*parts, *scope["conditions"]])


def _limit(limit: Row) -> str:
    unit = _labelled(UNIT, limit["unit"])
    amount = " ".join(filter(None, (limit["amount"], unit))) or limit["pattern"]
    period = f", period {_labelled(PERIOD, limit['period'])}" if limit["period"] else ""
    known = _NETWORKS.get(limit["network"]) if limit["network"] != "any" else None
    network = f", {known}" if known else ""
    derived = " (computed)" if limit["derived"] else ""
    return f"{limit['kind']}: {amount}{period}{network}{derived}{_where(limit['evidence'][0])}"


def _refusal(refusal: Row) -> str:
    label = f" {refusal['label']}" if refusal["label"] else ""
    action = _ACTIONS[refusal["action"]]
    if refusal["wait_days"]:
        action += f" {refusal['wait_days']} days"
    if refusal["answer_follows"]:
        action += ", an answer follows"
    field = f"; field {refusal['field']}" if refusal["field"] else ""
    return f"{refusal['code']}{label}: {action}{field}{_where(refusal['evidence'])}"


def _labelled(element: str, code: str | None) -> str:
    """Return a code with its label behind it; one that the guide does not know stands alone."""
    label = _labels()(element, code) if code else None
    return f"{code} ({label})" if label else code or ""


@cache
def _labels() -> Callable[[str, str], str | None]:
    from x12_pa.authorizations.labels import guide_labels
    from x12_pa.guides import load_guide

    return guide_labels(load_guide("271"))


def _where(place: Row) -> str:
    if not place["number"]:
        return ""
    return f" [{place['loop']} {place['segment']}, segment {place['number']}]"
