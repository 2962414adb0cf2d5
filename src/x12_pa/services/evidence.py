"""What payers said needs no authorization, as evidence that claims can cite.

Only a plain "no" is evidence: said of the procedure itself (not of its service type or of the
plan), for each plan that the answer names, of nobody with another name than the patient who was
asked about, while the coverage is active on that day, of a service that is covered, with no text
beside it that says otherwise. The later word counts: a newer answer
about the same service that is not a "no", one that finds the plan not in force on that day, a
rejection other than "ask again later", or a decision on a request for it that is no permission,
takes the evidence away. Of two words of the same minute nobody knows the later one: both must say
it. Neither U nor silence nor a test becomes evidence.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from x12_pa.authorizations.records import Authorization, Patient, Procedure
from x12_pa.authorizations.states import IN_FORCE, State
from x12_pa.eligibility import Answer
from x12_pa.eligibility.rows import is_general
from x12_pa.eligibility.schedule import Check
from x12_pa.ledger import eligibility as store
from x12_pa.ledger.decisions import current
from x12_pa.reconcile import Evidence
from x12_pa.services.eligibility_lists import Question, Tests, with_answers
from x12_pa.services.office import Office

NO = "no"
_HARMLESS = frozenset({*IN_FORCE, State.NOT_REQUIRED, State.CANCELLED, State.SUPERSEDED})


def evidence_in_force(office: Office) -> list[Evidence]:
    """Return the evidence of all questions that were answered."""
    with office.ledger.read() as tx:
        said = {answer.check_id for answer in store.answers(tx, required=NO)}
        if not said:
            return []
        decided = current(tx)
        questions = list(with_answers(tx, store.checks(tx), without=Tests.known(tx)))
    alike: dict[tuple[object, ...], list[Question]] = {}
    for question in questions:
        for key in (_service(question.check), _patient_day(question.check)):
            alike.setdefault(key, []).append(question)
    return [
        _evidence(question)
        for question in questions
        if question.told
        and question.stored.id in said
        and _is_no(question)
        and not _overtaken(question, alike)
        and not _decided_since(question, decided)
    ]


def _is_no(question: Question) -> bool:
    """Say whether the newest response says plainly that the procedure needs none.

    The time of a response has minutes at best: of those with one time, each must say so.
    """
    named = question.check.asked_procedure is not None and bool(question.check.member_id)
    newest = [found for when, found in question.told if when == question.told[0][0]]
    said = [answer for found in newest for answer in found]
    check = question.check
    own = not any(_names_another(answer.name, check) for answer in said)
    return named and own and bool(said) and all(newest) and all(map(_plain, said))


def _names_another(name: str, check: Check) -> bool:
    """Say whether a 271 under our trace calls the patient otherwise than the question did.

    "AL" for "ALBERT", or a second name, is the same; a payer that corrects a name is left to a
    person, for it may as well be a brother.
    """
    last, _, first = name.upper().partition(", ")
    asked = _patient(check)
    pairs = ((last, asked.last_name.upper()), (first, asked.first_name.upper()))
    return any(
        told and ours and not (told.startswith(ours) or ours.startswith(told))
        for told, ours in pairs
    )


def _plain(answer: Answer) -> bool:
    told = answer.authorization
    return (
        told.required == NO
        and answer.coverage.state == "active"
        and not answer.refusals
        and not answer.non_covered
        and all(one.scope.service == "procedure" for one in told.statements)
        and not any(hint.kind == "message" and hint.says != NO for hint in told.hints)
    )


def _overtaken(question: Question, alike: Mapping[tuple[object, ...], Sequence[Question]]) -> bool:
    """Say whether a newer answer is no plain no for the service, or finds no coverage."""
    when, place = question.told[0][0], question.check.place_of_service
    if any(
        other.told and other.told[0][0] >= when and _not_covered(other)
        for other in alike[_patient_day(question.check)]
    ):
        return True
    return any(
        other.told and other.told[0][0] >= when and not _is_no(other) and not _put_off(other)
        for other in alike[_service(question.check)]
        if len({place, other.check.place_of_service} - {None}) < 2
    )


def _put_off(question: Question) -> bool:
    """Say whether the newest response only asks to come back later, which says nothing."""
    return all(
        answer.refusals and all(refusal.action == "wait" for refusal in answer.refusals)
        for answer in question.newest
    )


def _not_covered(question: Question) -> bool:
    """Say whether the plan is not in force; that a service type is not may be of that type only."""
    ask = question.check.ask
    of_plan = ask.procedure is not None or is_general(ask)
    return of_plan and all(answer.coverage.state == "inactive" for answer in question.newest)


def _service(check: Check) -> tuple[object, ...]:
    """Return what questions about one service of one patient on one day have in common."""
    code = check.asked_procedure
    return (*_patient_day(check), code and code.code)


def _patient_day(check: Check) -> tuple[object, ...]:
    """Return what all questions about one patient on one day have in common."""
    first_name = (check.dependent_first_name or "").upper()
    person = (first_name, check.dependent_birth_date) if check.dependent else ()
    member = (check.member_id or "").upper()
    return check.payer_id.upper(), member, person, check.service_date


def _decided_since(question: Question, decided: Iterable[Authorization]) -> bool:
    """Say whether a request for the service was decided later, and not in favour.

    Whoever decided: a delegated reviewer stands for the payer under an id of its own.
    """
    check, when = question.check, question.told[0][0]
    code = check.asked_procedure
    return any(
        record.version
        and record.state not in _HARMLESS
        and (record.decided_at or datetime.max.replace(tzinfo=UTC)) >= when
        and record.member_id.upper() == (check.member_id or "").upper()
        and _may_be(record.patient, check)
        and any(item.code == code.code for item in record.procedures)
        for record in decided
        if code is not None
    )


def _may_be(patient: Patient, check: Check) -> bool:
    """Say whether a patient with the member id of a question may be who it is about."""
    if not patient.dependent or not check.dependent:
        return patient.dependent == check.dependent
    return check.is_about(True, patient.first_name, patient.birth_date) or not (
        patient.first_name and check.dependent_first_name
    )


def _evidence(question: Question) -> Evidence:
    check, answer = question.check, question.newest[0]
    told_at, stored = question.told[0][0], question.stored
    procedure = check.asked_procedure
    assert procedure is not None
    return Evidence(
        id=f"{stored.trace}/271",
        request=stored.reference,
        trace=stored.trace,
        level="service",
        service=1,
        payer=check.payer_id,
        payer_name=answer.payer_name,
        member_id=check.member_id or "",
        patient=_patient(check),
        effective_on=check.service_date,
        expires_on=check.service_date,
        decided_at=told_at,
        place_of_service=check.place_of_service or "",
        procedures=(
            Procedure(
                qualifier=procedure.qualifier, code=procedure.code, modifiers=procedure.modifiers
            ),
        ),
        provider_npis=(check.provider_npi,),
        citation=_citation(question, told_at),
    )


def _patient(check: Check) -> Patient:
    if check.dependent:
        return Patient(
            last_name=check.dependent_last_name or check.subscriber_last_name or "",
            first_name=check.dependent_first_name or "",
            birth_date=check.dependent_birth_date,
            dependent=True,
        )
    return Patient(
        last_name=check.subscriber_last_name or "",
        first_name=check.subscriber_first_name or "",
        birth_date=check.subscriber_birth_date,
    )


def _citation(question: Question, told_at: datetime) -> str:
    statements = (one for answer in question.newest for one in answer.authorization.statements)
    places = (one.evidence for one in statements)
    where = "; ".join(f"{at.loop} {at.segment}, segment {at.number}" for at in places)
    return f"271 of {told_at:%Y-%m-%d} (trace {question.stored.trace}, {where})"
