"""What the simulated payer answers to a 270: an inquiry and rules in, a 271 record out.

Each patient of an inquiry is answered on its own, by the first rule whose predicates hold for one
of the questions about them. Pure: the day is a parameter. The response repeats what identifies the
patient (traces with TRN01 2, name, member id) and states coverage, then whatever the rule says of
authorization for each service that was asked about. What no rule speaks of is answered as coverage
alone, with nothing said about authorization.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Any

from attrs import evolve, frozen

from x12_pa.models.codecs import ClockTime, Period
from x12_pa.models.eligibility import (
    Benefit,
    EligibilityInquiry,
    EligibilityResponse,
    InquiryDependent,
    InquiryReceiver,
    InquirySource,
    InquirySubscriber,
    Question,
    ResponseDependent,
    ResponseReceiver,
    ResponseSource,
    ResponseSubscriber,
)
from x12_pa.models.eligibility_parts import (
    BenefitCondition,
    DatedFact,
    EligibilityParty,
    EligibilityPerson,
    Identification,
    Message,
)
from x12_pa.models.parts import Contact, ContactNumber, Reject, Trace

_COVERAGE = {"active": "1", "inactive": "6"}
Level = InquirySubscriber | InquiryDependent


@frozen(kw_only=True)
class Told:
    """What a payer tells of one patient.

    Attributes:
        coverage: `active`, `inactive`, or `none`: no statement.
        authorization: EB11 for each service asked about; None says nothing.
        network: EB12 beside it.
        places: places of service that the statement is limited to.
        modifiers: whether a procedure is repeated with its modifiers.
        begins, ends: of the plan.
        member_id: a new id of the member; the one that was asked for becomes the prior one.
        reviewer: name and identifier of a delegated reviewer.
        limit, left: visits per calendar year of the service, and what is left of them.
        message: free text beside the statement of authorization.
        reject: reject reasons (AAA03), and the follow-up action.
        silent: no answer at all.
    """

    coverage: str = "active"
    plan: str = "EXAMPLE PPO"
    insurance_type: str | None = None
    begins: date | None = None
    ends: date | None = None
    authorization: str | None = None
    network: str | None = "W"
    places: tuple[str, ...] = ()
    member_id: str | None = None
    reviewer: tuple[str, str] | None = None
    limit: int | None = None
    left: int | None = None
    message: str | None = None
    reject: tuple[str, ...] = ()
    follow_up: str = "C"
    silent: bool = False


@frozen(kw_only=True)
class Line:
    """One rule: predicates (name to alternatives, `*` for any characters) and what is told."""

    id: str
    when: Mapping[str, tuple[str, ...]]
    told: Told


@frozen(kw_only=True)
class EligibilityDesk:
    """What a payer knows of its members: rules in order, and what the rest is told."""

    lines: tuple[Line, ...] = ()
    otherwise: Told = Told()

    def find(self, facts: Mapping[str, frozenset[str]]) -> Told:
        """Return what is told of a patient."""
        for line in self.lines:
            if all(
                any(fnmatchcase(value, pattern) for pattern in patterns for value in facts[name])
                for name, patterns in line.when.items()
            ):
                return line.told
        return self.otherwise


def read_desk(data: Mapping[str, Any]) -> EligibilityDesk:
    """Build the desk from the section of a personality, of the shape that its schema says."""
    return EligibilityDesk(
        lines=tuple(
            Line(
                id=each["id"],
                when={name: _texts(value) for name, value in each["when"].items()},
                told=_told(each["answer"]),
            )
            for each in data.get("rules", ())
        ),
        otherwise=_told(data.get("otherwise", {})),
    )


def _told(data: Mapping[str, Any]) -> Told:
    given = dict(data)
    for name in ("begins", "ends"):
        if name in given:
            given[name] = date.fromisoformat(str(given[name]))
    for name in ("places", "reject"):
        if name in given:
            given[name] = _texts(given[name])
    if "reviewer" in given:
        given["reviewer"] = (given["reviewer"]["name"], given["reviewer"]["id"])
    return Told(**given)


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else (str(value),)


def tell(
    inquiry: EligibilityInquiry, desk: EligibilityDesk, now: datetime
) -> EligibilityResponse | None:
    """Return the 271 of an inquiry, dated now; None when nobody in it is answered."""
    sources = tuple(filter(None, (_source(each, desk) for each in inquiry.sources)))
    if not sources:
        return None
    return EligibilityResponse(
        reference=inquiry.reference,
        created_on=now.date(),
        created_at=ClockTime(f"{now:%H:%M:%S}"),
        sources=sources,
    )


def _source(source: InquirySource, desk: EligibilityDesk) -> ResponseSource | None:
    receivers = tuple(filter(None, (_receiver(each, desk) for each in source.receivers)))
    party = evolve(source.party, contacts=(), rejects=())
    return ResponseSource(party=party, receivers=receivers) if receivers else None


def _receiver(receiver: InquiryReceiver, desk: EligibilityDesk) -> ResponseReceiver | None:
    found = (_subscriber(each, receiver, desk) for each in receiver.subscribers)
    subscribers = tuple(filter(None, found))
    party = evolve(receiver.party, contacts=(), rejects=())
    return ResponseReceiver(party=party, subscribers=subscribers) if subscribers else None


def _subscriber(
    subscriber: InquirySubscriber, receiver: InquiryReceiver, desk: EligibilityDesk
) -> ResponseSubscriber | None:
    own = desk.find(_facts(subscriber, subscriber, receiver)) if subscriber.questions else None
    below, new_id = [], own.member_id if own else None
    for dependent in subscriber.dependents:
        told = desk.find(_facts(dependent, subscriber, receiver))
        if not told.silent:
            new_id = new_id or told.member_id
            below.append(
                ResponseDependent(
                    traces=_echo(dependent.traces),
                    person=_person(dependent.person, evolve(told, member_id=None)),
                    benefits=_benefits(dependent.questions, told),
                )
            )
    if own is not None and own.silent:
        own = None
    if own is None and not below:
        return None
    return ResponseSubscriber(
        traces=_echo(subscriber.traces),
        person=_person(subscriber.person, evolve(own or Told(), member_id=new_id)),
        benefits=_benefits(subscriber.questions, own) if own else (),
        dependents=tuple(below),
    )


def _facts(
    level: Level, subscriber: InquirySubscriber, receiver: InquiryReceiver
) -> dict[str, frozenset[str]]:
    questions = level.questions
    found: dict[str, list[str | None]] = {
        "member": [level.person.member_id or subscriber.person.member_id],
        "last_name": [level.person.last_name],
        "service_type": [kind for each in questions for kind in each.service_types],
        "procedure": [each.procedure.code for each in questions if each.procedure],
        "place": [each.place.code for each in questions if each.place],
        "provider": [receiver.party.identifier],
        "dependent": [str(level is not subscriber)],
    }
    return {name: frozenset(value for value in values if value) for name, values in found.items()}


def _echo(traces: Sequence[Trace]) -> tuple[Trace, ...]:
    return tuple(evolve(each, type="2") for each in traces)


def _person(person: EligibilityPerson, told: Told) -> EligibilityPerson:
    """Return the patient as the payer knows them, with what changed and what was wrong."""
    dates = [("346", told.begins), ("347", told.ends)]
    known = evolve(
        person,
        provider=None,
        diagnoses=(),
        other_identifiers=(),
        dates=tuple(DatedFact(type=kind, period=Period(day)) for kind, day in dates if day),
        rejects=tuple(
            Reject(valid=False, reason=code, follow_up=told.follow_up) for code in told.reject
        ),
    )
    if told.member_id is None:
        return known
    prior = (Identification(type="Q4", value=person.member_id),) if person.member_id else ()
    return evolve(
        known,
        member_id=told.member_id,
        member_id_type="MI",
        other_identifiers=prior,
        relationship=known.relationship or "18",
        maintenance_type="001",
        maintenance_reason="25",
    )


def _benefits(questions: Sequence[Question], told: Told) -> tuple[Benefit, ...]:
    if told.reject:
        return ()
    found: list[Benefit] = []
    if told.coverage in _COVERAGE:
        found.append(
            Benefit(
                information=_COVERAGE[told.coverage],
                service_types=("30",),
                insurance_type=told.insurance_type,
                plan=told.plan,
            )
        )
    for question in questions:
        found += _service(question, told)
    return tuple(found)


def _service(question: Question, told: Told) -> list[Benefit]:
    """Return the statements about one service that was asked about."""
    named: dict[str, Any] = {
        "service_types": question.service_types,
        "procedure": question.procedure,
    }
    found = []
    if told.authorization or told.reviewer or told.message:
        places = (BenefitCondition(code_list="ZZ", code=code) for code in told.places)
        found.append(
            Benefit(
                information="CB",
                authorization=told.authorization,
                network=told.network if told.authorization else None,
                messages=(Message(text=told.message),) if told.message else (),
                conditions=tuple(places),
                entities=_reviewer(told),
                **named,
            )
        )
    for period, amount in (("23", told.limit), ("29", told.left)):
        if amount is not None:
            found.append(
                Benefit(
                    information="F",
                    time_period=period,
                    quantity_type="VS",
                    quantity=Decimal(amount),
                    **named,
                )
            )
    return found


def _reviewer(told: Told) -> tuple[EligibilityParty, ...]:
    if told.reviewer is None:
        return ()
    name, identifier = told.reviewer
    desk = Contact(name=None, numbers=(ContactNumber(type="TE", number="8005550100"),))
    return (
        EligibilityParty(
            role="X3", name=name, identifier_type="PI", identifier=identifier, contacts=(desk,)
        ),
    )
