"""The section `services:` of a profile in words: which services, who reviews, what to send."""

from collections.abc import Iterator, Mapping
from typing import Any

from x12_pa.guides.profile_words import choice

HEAD = ("payers", "stale_after_days", "reviewer")
_DIMENSIONS = {
    "procedures": "procedures",
    "service_types": "service types (UM03)",
    "places": "places of service",
    "plans": "plans",
}


def section_words(services: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what holds for the section as a whole: (text, source)."""
    if payers := _list(services.get("payers")):
        yield f"for requests to {', '.join(payers)}", ""
    if reviewer := services.get("reviewer"):
        yield f"reviewed by {reviewer_words(reviewer)}", str(reviewer.get("source", ""))
    if days := services.get("stale_after_days"):
        yield f"to be verified again every {days} days", ""
    yield "what no entry speaks of is unknown, never 'no'", ""


def entry_words(entry: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    """Return what one entry says, and its details."""
    needed = "needs authorization" if entry.get("needed") == "yes" else "needs no authorization"
    codes = [
        f"{words} {', '.join(_list(entry.get(key)))}"
        for key, words in _DIMENSIONS.items()
        if entry.get(key)
    ]
    return f"{needed}: {'; '.join([*codes, *_ages(entry)]) or 'every service'}", (*_details(entry),)


def reviewer_words(reviewer: Mapping[str, Any]) -> str:
    """Return who reviews."""
    umo = f"UMO {reviewer['umo']}" if reviewer.get("umo") else ""
    box = f"mailbox {reviewer['mailbox']}" if reviewer.get("mailbox") else ""
    return ", ".join(filter(None, (str(reviewer.get("name", "")), umo, box)))


def _ages(entry: Mapping[str, Any]) -> Iterator[str]:
    age = entry.get("age") or {}
    if "min" in age and "max" in age:
        yield f"ages {age['min']} to {age['max']}"
    elif age:
        yield f"age {age['min']} and over" if "min" in age else f"age {age['max']} and under"


def _details(entry: Mapping[str, Any]) -> Iterator[str]:
    days = entry.get("effective") or {}
    if days:
        yield " ".join(f"{word} {days[word]}" for word in ("from", "to") if word in days)
    if "reviewer" in entry:
        yield f"reviewed by {reviewer_words(entry['reviewer'])}"
    for document in entry.get("documents", ()):
        yield f"send a document, PWK01 {choice(_list(document['report']))}{_about(document)}"
    for question in entry.get("questions", ()):
        what = question.get("field") or f"{question['label']}= in the message"
        yield f"send {what}{_about(question)}"
    if steps := entry.get("step_therapy"):
        fields = ", ".join(_list(steps.get("fields"))) or "drug, dose, duration, outcome"
        yield f"tell of {steps.get('count', 1)} earlier treatments: {fields}"
    yield f"last verified {entry.get('last_verified')}"
    if entry.get("note"):
        yield f"note: {entry['note']}"


def _about(item: Mapping[str, Any]) -> str:
    name = f" ({item['name']})" if item.get("name") else ""
    return name + ("" if item.get("required", True) else ", if there is one")


def _list(value: Any) -> list[str]:
    if value is None:
        return []
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]
