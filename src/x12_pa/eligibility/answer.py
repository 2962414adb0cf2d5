"""From a 271 to answers: one for each service, plan and date of each patient.

Everything that an answer says carries the segment it was read from. Where a response names several
plans, each has its own answer; where the service asked about is not named, the answer says so.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import date

from x12_pa.eligibility import codes
from x12_pa.eligibility.authorization import authorization
from x12_pa.eligibility.coverage import coverage, person_dates, service_day
from x12_pa.eligibility.limits import limits
from x12_pa.eligibility.records import (
    NO_PLACES,
    Answer,
    Ask,
    Authorization,
    Change,
    Coverage,
    Entity,
    Known,
    Level,
    Network,
    Places,
    Plan,
)
from x12_pa.eligibility.rejects import all_refusals, refusals
from x12_pa.eligibility.rows import (
    Patient,
    Row,
    fit_of,
    names_service,
    patients,
    place_of,
    plans_of,
    rows_of,
)
from x12_pa.models.codecs import Period
from x12_pa.models.eligibility import EligibilityResponse
from x12_pa.models.eligibility_parts import EligibilityParty, EligibilityPerson
from x12_pa.models.places import Place


def answers(
    response: EligibilityResponse,
    *,
    asks: Sequence[Ask] = (),
    on: date | None = None,
    places: Places = NO_PLACES,
    asked_on: date | None = None,
    known: Known | None = None,
    only: Collection[str] | None = None,
) -> Iterator[Answer]:
    """Answer each question for each patient and plan of a response.

    Args:
        asks: the services; when empty, every service that the response names for the patient.
        on: the day of the service; the day that the answer speaks for when left out.
        places: from `locate_eligibility`; without them the evidence has paths alone.
        asked_on: the date that the inquiry asked about, if it did.
        known: what was known of the patient before, to tell changes from.
        only: paths of the patients who are meant; all when left out.
    """
    for patient in patients(response, places):
        if only is not None and patient.path not in only:
            continue
        for ask in asks or _named(patient):
            yield from answers_about(response, patient, ask, on=on, asked_on=asked_on, known=known)


def answers_about(
    response: EligibilityResponse,
    patient: Patient,
    ask: Ask,
    *,
    on: date | None = None,
    asked_on: date | None = None,
    known: Known | None = None,
) -> Iterator[Answer]:
    """Answer one question for one patient of a response, for each plan; as `answers`."""
    spoken = _spoken_for(patient, response, asked_on)
    for plan in plans_of(patient.rows):
        yield _answer(response, patient, ask, plan, on or spoken.start, spoken, known)


def rejected(
    response: EligibilityResponse,
    ask: Ask,
    *,
    level: Level,
    on: date,
    places: Places = NO_PLACES,
) -> Answer:
    """Return the answer to a question whose inquiry was rejected above any patient."""
    source = response.sources[0] if response.sources else None
    return Answer(
        payer=(source.party.identifier if source else None) or "",
        payer_name=(source.party.name if source else None) or "",
        reference=response.reference or "",
        level=level,
        ask=ask,
        on=on,
        plan=Plan(),
        coverage=Coverage(state="unknown", notes=("the inquiry was rejected",)),
        authorization=Authorization(required="not said"),
        refusals=all_refusals(response, places),
    )


def _spoken_for(patient: Patient, response: EligibilityResponse, asked_on: date | None) -> Period:
    """Return the day or days that an answer without dates is about.

    A plan date that is the day of the answer, not the one asked about, says that the payer speaks
    of the state of that day.
    """
    dates, written = person_dates(patient), Period(response.created_on or date.min)
    of_that_day = any(f.type == codes.PLAN_DATE and f.period == written for f in dates)
    asked = None if of_that_day or asked_on is None else Period(asked_on)
    return service_day(dates) or asked or written


def _named(patient: Patient) -> tuple[Ask, ...]:
    """Return the services that a response names: the plan first, then in the order of the file."""
    found = dict.fromkeys([Ask(service_type=codes.PLAN_IN_GENERAL)])
    for row in patient.rows:
        if row.benefit.information not in codes.OTHER_PAYER:
            found |= dict.fromkeys(Ask(service_type=one) for one in row.benefit.service_types)
            if row.benefit.procedure is not None:
                found[Ask(procedure=row.benefit.procedure)] = None
    return tuple(found)


def _answer(
    response: EligibilityResponse,
    patient: Patient,
    ask: Ask,
    plan: Plan,
    on: date,
    spoken: Period,
    known: Known | None,
) -> Answer:
    person = patient.dependent.person if patient.dependent else patient.subscriber.person
    level = patient.dependent or patient.subscriber
    every = plans_of(patient.rows)
    rows = rows_of(plan, patient.rows, every)
    about = [row for row in rows if names_service(fit_of(row.benefit, ask), ask)]
    return Answer(
        payer=patient.source.party.identifier or "",
        payer_name=patient.source.party.name or "",
        reference=response.reference or "",
        traces=tuple(trace.number for trace in level.traces),
        level=patient.level,
        member_id=person.member_id or patient.subscriber.person.member_id or "",
        name=_name(person),
        ask=ask,
        on=on,
        plan=plan,
        coverage=coverage(patient, rows, ask, on, spoken),
        authorization=authorization(rows, ask, on, spoken=spoken, dates=person_dates(patient)),
        networks=_networks(about),
        non_covered=tuple(
            row.place() for row in about if row.benefit.information in codes.NON_COVERED
        ),
        limits=limits(about),
        changes=tuple(_changes(patient, plan, known)),
        reviewers=tuple(_reviewers(rows, ask)),
        other_payers=tuple(_other_payers(patient.rows)),
        refusals=refusals(patient, patient.places),
    )


def _name(person: EligibilityPerson) -> str:
    given = " ".join(filter(None, (person.first_name, person.middle_name)))
    return ", ".join(filter(None, (person.last_name, given)))


def _networks(rows: Sequence[Row]) -> tuple[Network, ...]:
    return tuple(dict.fromkeys(row.network for row in rows if row.network is not None))


def _changes(patient: Patient, plan: Plan, known: Known | None) -> Iterator[Change]:
    person = patient.dependent.person if patient.dependent else patient.subscriber.person
    here = place_of(patient.places, f"{patient.path}.person")
    if (person.maintenance_type, person.maintenance_reason) == codes.IDENTITY_CHANGED:
        yield Change(kind="identity changed", evidence=here)
    for number, other in enumerate(person.other_identifiers):
        if other.type == codes.PRIOR_IDENTIFIER:
            place = place_of(patient.places, f"{patient.path}.person.other_identifiers[{number}]")
            yield Change(kind="prior member id", evidence=place)
    if known is None:
        return
    member_id = person.member_id or patient.subscriber.person.member_id
    if known.member_id and member_id and known.member_id != member_id:
        yield Change(kind="member id differs", evidence=here)
    if known.plan and plan.name and known.plan != plan.name:
        yield Change(kind="plan differs", evidence=_plan_place(patient, plan) or here)


def _plan_place(patient: Patient, plan: Plan) -> Place | None:
    return next((row.place() for row in patient.rows if row.benefit.plan == plan.name), None)


def _reviewers(rows: Sequence[Row], ask: Ask) -> Iterator[Entity]:
    """Yield those to whom review is delegated, for the service or for the whole plan."""
    for row in rows:
        if fit_of(row.benefit, ask) is not None:
            for number, entity in enumerate(row.benefit.entities):
                if entity.role == codes.REVIEWER:
                    yield _entity(entity, row.place(f"entities[{number}]"))


def _other_payers(rows: Sequence[Row]) -> Iterator[Entity]:
    for row in rows:
        if row.benefit.information in codes.OTHER_PAYER:
            for number, entity in enumerate(row.benefit.entities):
                yield _entity(entity, row.place(f"entities[{number}]"))


def _entity(party: EligibilityParty, place: Place) -> Entity:
    return Entity(
        role=party.role,
        person=party.kind == codes.PERSON,
        name=party.name or "",
        identifier_type=party.identifier_type or "",
        identifier=party.identifier or "",
        contacts=tuple((n.type, n.number) for contact in party.contacts for n in contact.numbers),
        evidence=place,
    )
