"""Rejections of an inquiry (AAA), and what each calls for.

The follow-up code decides first: it is what the payer allows. Where it leaves the choice, the
reason does. The table is data, `rejects.yaml`. A code that is in no list is not guessed at: its
action is "stop", so that a person looks.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import attrs
import yaml

from x12_pa.eligibility.records import Places, Refusal
from x12_pa.eligibility.rows import Patient, place_of
from x12_pa.models.eligibility import EligibilityResponse
from x12_pa.models.parts import Reject
from x12_pa.models.places import Place


def refusals(patient: Patient, places: Places) -> tuple[Refusal, ...]:
    """Return every rejection that stands between the question about a patient and its answer."""
    return tuple(
        refusal(reject, place_of(places, path)) for reject, path in _rejects_above(patient)
    )


def all_refusals(response: EligibilityResponse, places: Places) -> tuple[Refusal, ...]:
    """Return every rejection of a response, also those above any patient."""
    return tuple(refusal(one, place_of(places, path)) for one, path in _rejects_in(response, ""))


def _rejects_in(record: Any, path: str) -> Iterator[tuple[Reject, str]]:
    if isinstance(record, Reject):
        yield record, path
    elif isinstance(record, tuple):
        for number, item in enumerate(record):
            yield from _rejects_in(item, f"{path}[{number}]")
    elif attrs.has(type(record)):
        for field in attrs.fields(type(record)):
            yield from _rejects_in(getattr(record, field.name), f"{path}.{field.name}".lstrip("."))


def refusal(reject: Reject, place: Place) -> Refusal:
    """Return one rejection with what to do about it."""
    table = _table()
    known: dict[str, Any] = table["codes"].get(reject.reason, {})
    follow: dict[str, Any] = table["follow_ups"].get(reject.follow_up or "", {})
    fields: dict[str, str] = known.get("field", {})
    return Refusal(
        code=reject.reason,
        follow_up=reject.follow_up or "",
        label=known.get("label", ""),
        action=follow.get("action") or known.get("action", "stop"),
        field=fields.get(place.loop) or fields.get("any", ""),
        days=follow.get("days"),
        answer_follows=bool(follow.get("answer_follows")),
        evidence=place,
    )


@cache
def _table() -> dict[str, Any]:
    path = Path(__file__).with_name("rejects.yaml")
    table: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return table


def _rejects_above(patient: Patient) -> Iterator[tuple[Reject, str]]:
    source_path, receiver_path = _parents(patient.subscriber_path)
    levels = [
        (patient.source.rejects, source_path),
        (patient.source.party.rejects, f"{source_path}.party"),
        (patient.receiver.party.rejects, f"{receiver_path}.party"),
        (patient.subscriber.person.rejects, f"{patient.subscriber_path}.person"),
    ]
    if patient.dependent is not None:
        levels.append((patient.dependent.person.rejects, f"{patient.path}.person"))
    levels += [(row.benefit.rejects, row.path) for row in patient.rows]
    for rejects, path in levels:
        for number, reject in enumerate(rejects):
            yield reject, f"{path}.rejects[{number}]"


def _parents(subscriber_path: str) -> tuple[str, str]:
    receiver = subscriber_path.rpartition(".")[0]
    return receiver.rpartition(".")[0], receiver
