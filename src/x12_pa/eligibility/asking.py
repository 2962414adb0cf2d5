"""From checks to inquiries: one 270 for each, or several in one, as the payer takes them.

What is asked of a payer that does not take a procedure or a service type is the plan as a whole
(30); the answer is still read for the service that was meant, so that a general answer is never
taken for one about the service. Checks of one patient, provider and day may share an inquiry, and
several patients of one provider a transaction set, as far as the payer's rules allow. The order of
the rows is kept, and the same rows give the same sets.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from attrs import evolve, field, frozen

from x12_pa.eligibility import codes
from x12_pa.eligibility.records import Ask
from x12_pa.eligibility.schedule import Check
from x12_pa.models.codecs import ClockTime, Period
from x12_pa.models.eligibility import (
    EligibilityInquiry,
    InquiryDependent,
    InquiryReceiver,
    InquirySource,
    InquirySubscriber,
    Question,
)
from x12_pa.models.eligibility_parts import (
    BenefitCondition,
    DatedFact,
    EligibilityParty,
    EligibilityPerson,
)
from x12_pa.models.parts import Procedure, Trace

Level = InquirySubscriber | InquiryDependent


@frozen(kw_only=True)
class PayerRules:
    """How a payer wants to be asked; the defaults are those of the implementation guide alone.

    Attributes:
        service_types: EQ01 codes that are answered; None: not known, ask for what is wanted.
        procedures: whether EQ02 is taken.
        questions: EQ loops for one patient in one inquiry; 1 asks each on its own.
        patients: patients in one transaction set.
        sets: transaction sets in one interchange.
    """

    service_types: frozenset[str] | None = None
    procedures: bool = True
    questions: int = 1
    patients: int = 1
    sets: int = 1000


@frozen(kw_only=True)
class Asked:
    """What goes out for one check: its question, and why it is not the one that was meant."""

    check: Check
    service_type: str | None = None
    procedure: Procedure | None = None
    instead: str = ""


@frozen(kw_only=True)
class Unit:
    """One patient with what is asked about them; `trace` is TRN02 once it is numbered."""

    asked: tuple[Asked, ...]
    trace: str = ""

    @property
    def check(self) -> Check:
        """The first check: who asks whom about whom is the same in all of them."""
        return self.asked[0].check


@frozen(kw_only=True)
class InquirySet:
    """One transaction set: the patients that one provider asks one payer about."""

    units: tuple[Unit, ...]
    reference: str = ""
    originator: str = field(default="")

    @property
    def checks(self) -> tuple[Check, ...]:
        """Every check in the set."""
        return tuple(asked.check for unit in self.units for asked in unit.asked)


def plan(checks: Iterable[Check], rules: PayerRules) -> tuple[InquirySet, ...]:
    """Return the transaction sets that ask for these checks, by the payer's rules."""
    units: dict[tuple[object, ...], list[list[Asked]]] = {}
    for check in checks:
        groups = units.setdefault(_patient_of(check), [[]])
        if len(groups[-1]) >= rules.questions:
            groups.append([])
        groups[-1].append(fallen_back(check, rules))
    sets: dict[tuple[object, ...], list[list[Unit]]] = {}
    for groups in units.values():
        for group in groups:
            unit = Unit(asked=tuple(group))
            piles = sets.setdefault(_parties_of(unit.check), [[]])
            if len(piles[-1]) >= rules.patients:
                piles.append([])
            piles[-1].append(unit)
    return tuple(InquirySet(units=tuple(pile)) for piles in sets.values() for pile in piles)


def fallen_back(check: Check, rules: PayerRules) -> Asked:
    """Return what is asked: the procedure, else the service type, else the plan as a whole."""
    kind, procedure = check.service_type, check.asked_procedure
    if procedure is not None and rules.procedures:
        return Asked(check=check, procedure=procedure)
    known = rules.service_types
    if kind is not None and (known is None or kind in known):
        why = "the payer takes no procedures" if procedure else ""
        return Asked(check=check, service_type=kind, instead=why)
    what = f"service type {kind}" if kind else "procedures"
    return Asked(
        check=check, service_type=codes.PLAN_IN_GENERAL, instead=f"the payer does not take {what}"
    )


def _parties_of(check: Check) -> tuple[object, ...]:
    return (check.payer_id, check.payer_name, check.provider_npi, check.provider_name,
            check.provider_first_name)  # fmt: skip


def _patient_of(check: Check) -> tuple[object, ...]:
    return (*_parties_of(check), _person_key(check), check.service_date)


def _person_key(check: Check) -> tuple[object, ...]:
    subscriber = (check.member_id, check.subscriber_last_name, check.subscriber_first_name,
                  check.subscriber_birth_date)  # fmt: skip
    dependent = (check.dependent_last_name, check.dependent_first_name, check.dependent_birth_date)
    return (*subscriber, *dependent)


def numbered(found: InquirySet, reference: str, originator: str) -> InquirySet:
    """Return a set under its reference (BHT03), each patient with a trace number (TRN02)."""
    several = len(found.units) > 1
    units = tuple(
        evolve(unit, trace=f"{reference}-{number}" if several else reference)
        for number, unit in enumerate(found.units, 1)
    )
    return evolve(found, units=units, reference=reference, originator=originator)


def inquiry_of(found: InquirySet, *, on: date, at: str) -> EligibilityInquiry:
    """Return the 270 of a numbered set, made on a day at a time (HH:MM)."""
    first = found.units[0].check
    receiver = InquiryReceiver(
        party=_provider(first),
        subscribers=tuple(_subscriber(unit, found.originator) for unit in found.units),
    )
    payer = EligibilityParty(
        role="PR", name=first.payer_name, identifier_type="PI", identifier=first.payer_id
    )
    return EligibilityInquiry(
        reference=found.reference,
        created_on=on,
        created_at=ClockTime(at),
        sources=(InquirySource(party=payer, receivers=(receiver,)),),
    )


def _provider(check: Check) -> EligibilityParty:
    return EligibilityParty(
        role="1P",
        kind=codes.PERSON if check.provider_first_name else "2",
        name=check.provider_name,
        first_name=check.provider_first_name,
        identifier_type="XX",
        identifier=check.provider_npi,
    )


def _subscriber(unit: Unit, originator: str) -> InquirySubscriber:
    check = unit.check
    traces = (Trace(number=unit.trace, originator=originator),)
    person = EligibilityPerson(
        last_name=check.subscriber_last_name,
        first_name=check.subscriber_first_name,
        member_id_type="MI" if check.member_id else None,
        member_id=check.member_id,
        birth_date=check.subscriber_birth_date,
        gender=check.subscriber_gender if check.subscriber_birth_date else None,
        dates=() if check.dependent else _dates(check),
    )
    questions = tuple(_questions(unit))
    if not check.dependent:
        return InquirySubscriber(traces=traces, person=person, questions=questions)
    dependent = EligibilityPerson(
        last_name=check.dependent_last_name,
        first_name=check.dependent_first_name,
        birth_date=check.dependent_birth_date,
        gender=check.dependent_gender if check.dependent_birth_date else None,
        relationship=check.dependent_relationship,
        dates=_dates(check),
    )
    below = InquiryDependent(traces=traces, person=dependent, questions=questions)
    return InquirySubscriber(person=person, dependents=(below,))


def _dates(check: Check) -> tuple[DatedFact, ...]:
    return (DatedFact(type=codes.PLAN_DATE, period=Period(check.service_date)),)


def _questions(unit: Unit) -> Iterator[Question]:
    """Yield what is asked, the same question once."""
    seen: set[Question] = set()
    for asked in unit.asked:
        place = asked.check.place_of_service
        question = Question(
            service_types=(asked.service_type,) if asked.service_type else (),
            procedure=asked.procedure,
            place=BenefitCondition(code_list=codes.PLACE_OF_SERVICE, code=place) if place else None,
        )
        if question not in seen:
            seen.add(question)
            yield question


def checks_of(inquiry: EligibilityInquiry) -> Iterator[tuple[Check, tuple[Trace, ...]]]:
    """Yield the checks of an inquiry that was made elsewhere, each with the patient's traces.

    A question without a day is about the day on which the inquiry was made. A dependent without a
    name is left out: who is meant could not be told from the subscriber, nor could the answer.
    """
    for source in inquiry.sources:
        for receiver in source.receivers:
            for subscriber in receiver.subscribers:
                levels: tuple[Level, ...] = (subscriber, *subscriber.dependents)
                for level in levels:
                    for question in level.questions:
                        day = _day_of(question.dates, level.person.dates) or inquiry.created_on
                        if day is not None:
                            base = _of_parties(source.party, receiver.party, subscriber, level)
                            made = (_check(base, ask, day) for ask in _asks_of(question))
                            for check in made:
                                if check.dependent or level is subscriber:
                                    yield check, level.traces


def _day_of(*lists: Sequence[DatedFact]) -> date | None:
    days = (f.period.start for facts in lists for f in facts
            if f.type == codes.PLAN_DATE and f.period)  # fmt: skip
    return next(days, None)


def _asks_of(question: Question) -> Iterator[Ask]:
    place = question.place.code if question.place else None
    if question.procedure is not None:
        yield Ask(procedure=question.procedure, place=place)
    for kind in question.service_types:
        yield Ask(service_type=kind, place=place)


def _of_parties(
    payer: EligibilityParty,
    provider: EligibilityParty,
    subscriber: InquirySubscriber,
    level: Level,
) -> dict[str, object]:
    person, patient = subscriber.person, level.person
    found: dict[str, object] = {
        "payer_id": payer.identifier or "",
        "payer_name": payer.name or "",
        "provider_npi": provider.identifier or "",
        "provider_name": provider.name or "",
        "provider_first_name": provider.first_name,
        "member_id": person.member_id,
        "subscriber_last_name": person.last_name,
        "subscriber_first_name": person.first_name,
        "subscriber_birth_date": person.birth_date,
        "subscriber_gender": person.gender,
    }
    if level is not subscriber:
        found |= {
            "member_id": patient.member_id or person.member_id,
            "dependent_last_name": patient.last_name,
            "dependent_first_name": patient.first_name,
            "dependent_birth_date": patient.birth_date,
            "dependent_gender": patient.gender,
            "dependent_relationship": patient.relationship,
        }
    return found


def _check(base: dict[str, Any], ask: Ask, day: date) -> Check:
    procedure = ask.procedure
    text = None
    if procedure is not None:
        text = ":".join(filter(None, (procedure.qualifier, procedure.code, *procedure.modifiers)))
    return Check(
        **base,
        service_type=ask.service_type,
        procedure=text,
        place_of_service=ask.place,
        service_date=day,
    )
