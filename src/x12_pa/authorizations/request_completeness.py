"""How complete a request is: what the payer's entries ask it to carry, and what of that it carries.

Each service is asked about by itself (without services, the event). Only where the answer is `yes`
does anything have to be there; where it is `unknown` the score says so and asks for nothing. The
278 has no element for answers to a questionnaire or for earlier treatments, so those stand in the
message (MSG01) as `LABEL=answer; LABEL=answer`; `=` and `;` are no separators of ours. Documents
are announced in PWK, at the event or the service. Texts here name codes, fields and rules, never
what stands in them.
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from attrs import frozen

from x12_pa.authorizations.requirements import (
    Answer,
    CodeSpan,
    Document,
    Query,
    Question,
    Requirement,
    Requirements,
    StepTherapy,
    decide,
)
from x12_pa.models import Event, Procedure, ReviewRequest, Service

CANCELLATION, PLACE_OF_SERVICE = "3", "B"
ASKS = ("13", "36")
_ANSWER = re.compile(r"([A-Z][A-Z0-9 ]*?)\s*=\s*([^;]*)")


@frozen(kw_only=True)
class Item:
    """One thing that the request must carry.

    Attributes:
        place: `event` or `service 2`.
        rule: id of the entry that asks for it.
        what: document, field or answer, in words.
    """

    place: str
    rule: str
    what: str
    present: bool


@frozen(kw_only=True)
class Completeness:
    """What a request must carry and what it does.

    Attributes:
        unknown: places for which no entry decides whether they need authorization.
        remarks: what staff should look at although nothing is missing, one sentence each.
    """

    items: tuple[Item, ...] = ()
    unknown: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def required(self) -> int:
        """How many things must be there."""
        return len(self.items)

    @property
    def present(self) -> int:
        """How many of them are."""
        return sum(item.present for item in self.items)

    @property
    def missing(self) -> tuple[Item, ...]:
        """Those that are not."""
        return tuple(item for item in self.items if not item.present)

    @property
    def complete(self) -> bool:
        """Whether nothing is missing."""
        return not self.missing

    @property
    def rules(self) -> tuple[str, ...]:
        """Ids of the entries that ask for what is missing."""
        return tuple(dict.fromkeys(item.rule for item in self.missing))

    def sentence(self) -> str:
        """Say the score and what is missing."""
        score = f"{self.present} of {self.required} required documents and fields"
        if self.complete:
            return f"complete, {score}"
        lacking = "; ".join(f"{each.place}: {each.what} [{each.rule}]" for each in self.missing)
        return f"incomplete, {score}; missing: {lacking}"


def completeness(
    requirements: Requirements, request: ReviewRequest, *, today: date, mailbox: str | None = None
) -> Completeness | None:
    """Return how complete a request is; None when it is no business of the section.

    Args:
        requirements: what the payer's profile says of services.
        request: what is to be sent.
        today: the day for services that have none.
        mailbox: where it is about to go, to be compared with where its reviewer is reached.
    """
    withdrawn = request.event.certification_type == CANCELLATION
    if withdrawn or request.purpose not in ASKS:
        return None
    if not requirements.speak_for(request.reviewer.identifier):
        return None
    items: dict[tuple[str, str, str], Item] = {}
    unknown: list[str] = []
    remarks: list[str] = []
    for place, service in places_of(request.event):
        answer = decide(requirements, query_of(request, service, today))
        if answer.needed == "unknown":
            unknown.append(place)
        if answer.needed == "yes":
            for entry in answer.entries:
                found = _items(request, service, place, entry)
                items.update({(item.place, item.rule, item.what): item for item in found})
        remarks += _routing(request, answer, place, mailbox)
    return Completeness(
        items=tuple(items.values()), unknown=tuple(unknown), remarks=tuple(dict.fromkeys(remarks))
    )


def places_of(event: Event) -> list[tuple[str, Service | None]]:
    """Return what is reviewed by itself: each service under its name, else the event."""
    if not event.services:
        return [("event", None)]
    return [(f"service {number}", each) for number, each in enumerate(event.services, 1)]


def query_of(request: ReviewRequest, service: Service | None, today: date) -> Query:
    """Return the question that a service of a request asks; the plan stands in no 278."""
    event = request.event
    periods = (service and service.service_date, event.event_date, event.admission_date)
    day = next((period.start for period in periods if period), today)
    born = request.patient.birth_date
    here = service if service and service.facility_type else event
    place = here.facility_type if here.facility_qualifier in (PLACE_OF_SERVICE, None) else None
    return Query(
        day=day,
        procedure=_procedure(service),
        service_type=(service and service.service_type) or event.service_type,
        place=place,
        age=_age(born, day) if born else None,
    )


def _procedure(service: Service | None) -> CodeSpan | None:
    if service is None:
        return None
    details = (service.professional, service.institutional, service.dental)
    found: Procedure | None = next((each.procedure for each in details if each), None)
    if found is None:
        return None
    first = found.code.upper()
    try:
        return CodeSpan.between(first, (found.code_end or first).upper())
    except ValueError:
        return CodeSpan(first=first, last=first)


def _age(born: date, day: date) -> int:
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _routing(
    request: ReviewRequest, answer: Answer, place: str, mailbox: str | None
) -> Iterator[str]:
    """Yield that a request goes to another organization than the one that reviews it."""
    reviewers = answer.reviewers
    umos = {each.umo for each in reviewers if each.umo}
    if umos and request.reviewer.identifier not in umos:
        yield f"{place}: {' or '.join(sorted(umos))} reviews it; the request names another UMO"
    boxes = {each.mailbox for each in reviewers if each.mailbox}
    if mailbox and boxes and mailbox not in boxes:
        yield f"{place}: its reviewer is reached by the mailbox {' or '.join(sorted(boxes))}"


def _items(
    request: ReviewRequest, service: Service | None, place: str, entry: Requirement
) -> Iterator[Item]:
    """Yield what an entry asks of a service, with whether it is there."""
    for document in entry.documents:
        if document.required:
            where = "event" if document.level == "event" else place
            there = _announced(request.event, service, document)
            yield Item(place=where, rule=entry.id, what=str(document), present=there)
    for question in entry.questions:
        if question.required:
            of_service = question.label or question.path[0] == "service"
            there = _answered(request, service, question)
            yield Item(
                place=place if of_service else "event",
                rule=entry.id,
                what=str(question),
                present=there,
            )
    if entry.steps:
        yield from _steps(entry.steps, _answers(request.event, service), place, entry.id)


def _announced(event: Event, service: Service | None, document: Document) -> bool:
    found: set[str] = set()
    if document.level != "service" or service is None:
        found |= {each.type for each in event.attachments}
    if document.level != "event" and service is not None:
        found |= {each.type for each in service.attachments}
    return not found.isdisjoint(document.reports)


def _answered(request: ReviewRequest, service: Service | None, question: Question) -> bool:
    if question.label:
        return bool(_answers(request.event, service).get(question.label))
    root: Any = service if question.path[0] == "service" else getattr(request, question.path[0])
    return _has(root, question.path[1:])


def _has(value: Any, path: tuple[str, ...]) -> bool:
    """Tell whether a field, or that field of any record of a list, has a value."""
    if isinstance(value, tuple):
        return any(_has(each, path) for each in value)
    if value is None or value == "":
        return False
    return _has(getattr(value, path[0]), path[1:]) if path else True


def _answers(event: Event, service: Service | None) -> dict[str, list[str]]:
    """Return the answers in the messages by label, the event's first."""
    found: dict[str, list[str]] = {}
    for text in (event.message, service.message if service else None):
        for label, answer in _ANSWER.findall((text or "").upper()):
            if answer.strip():
                found.setdefault(label, []).append(answer.strip())
    return found


def _steps(
    steps: StepTherapy, answers: dict[str, list[str]], place: str, rule: str
) -> Iterator[Item]:
    for number in range(1, steps.count + 1):
        for name in steps.fields:
            yield Item(
                place=place,
                rule=rule,
                what=f"earlier treatment {number}: {name.upper()}= in the message",
                present=len(answers.get(name.upper(), ())) >= number,
            )
