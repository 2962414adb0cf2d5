"""Which questions a 271 answers: each patient of it is matched on its own.

By our trace number with its originator (TRN01 2), else by the reference of the inquiry (BHT03) and
who the patient is, else, where no trace number is given back at all, by member id and payer when
exactly one inquiry about that member waits.
Whoever fits none of these is left for a person: an answer is never given to a question because it
might be meant.

A file holds a hundred thousand 271s, so the questions that several of them may answer are looked up
together.
"""

from collections.abc import Callable, Collection, Iterable
from datetime import date
from typing import Any

from attrs import define, field

from x12_pa.eligibility.plain import check_from
from x12_pa.eligibility.rows import Patient, patients
from x12_pa.eligibility.schedule import Check
from x12_pa.ledger import eligibility as store
from x12_pa.ledger.database import Tx
from x12_pa.ledger.lookups import requests_by_trace
from x12_pa.models.eligibility import EligibilityResponse
from x12_pa.models.eligibility_sets import Located
from x12_pa.models.parts import Trace
from x12_pa.syntax import TransactionSet

INQUIRY = "270"
RETURNED = "2"
_NAMING = ("BHT", "TRN")


@define(kw_only=True)
class Found:
    """The questions that a response answers, each with the patient; the patients who have none."""

    pairs: list[tuple[store.StoredCheck, Patient | None]] = field(factory=list)
    strangers: list[str] = field(factory=list)

    @property
    def request_id(self) -> int | None:
        """The request that the first of them belongs to."""
        return self.pairs[0][0].request_id if self.pairs else None


class Questions:
    """The questions that some responses may answer."""

    def __init__(self, tx: Tx, responses: Iterable[TransactionSet]) -> None:
        """Look up what the responses name.

        Args:
            tx: the transaction.
            responses: all that will be matched, some hundred at most.
        """
        self._tx = tx
        named: dict[str, set[str]] = {"BHT": set(), "TRN": set()}
        for item in (item for found in responses for item in found.segments):
            if item.text.startswith(_NAMING):
                named.setdefault(item.id, set()).add(item.element(3 if item.id == "BHT" else 2))
        self._references, numbers = named["BHT"], named["TRN"]
        self._by_trace = requests_by_trace(tx, numbers, kind=INQUIRY) if numbers else {}
        ids = {number for found in self._by_trace.values() for _, number in found}
        self._of_request: dict[int, list[store.StoredCheck]] = {}
        for check in store.checks_of(tx, request_ids=ids):
            self._of_request.setdefault(check.request_id, []).append(check)
        self._of_reference: dict[str, list[store.StoredCheck]] | None = None
        self._rows: dict[int, Check] = {}

    def row(self, check: store.StoredCheck) -> Check:
        """Return what was asked, as a row of a schedule."""
        found = self._rows.get(check.id)
        if found is None:
            found = self._rows[check.id] = check_from(check.data)
        return found

    def match(
        self,
        located: Located,
        settle: Callable[[], object],
        only: Collection[str] | None = None,
    ) -> Found:
        """Return the questions that a response answers.

        Args:
            located: the response.
            settle: called before it matters which questions are answered: writes what is not yet.
            only: paths of the patients who are meant; all when left out.
        """
        response = located.record
        assert isinstance(response, EligibilityResponse)
        found = Found()
        everybody = list(patients(response, located.places))
        for patient in everybody:
            if only is not None and patient.path not in only:
                continue
            checks = self._checks_of(response, patient, settle)
            found.pairs += [(check, patient) for check in checks]
            found.strangers += [] if checks else [patient.path]
        if not everybody and response.reference:
            found.pairs = [(check, None) for check in self._named(response.reference)]
        return found

    def _checks_of(
        self, response: EligibilityResponse, patient: Patient, settle: Callable[[], object]
    ) -> list[store.StoredCheck]:
        """Return the questions that a patient's part of a response answers, best evidence first."""
        level = patient.dependent or patient.subscriber
        for trace in level.traces:
            if _is_ours(trace) and (number := self._traced(trace)) is not None:
                named = self._of_request.get(number, ())
                return [c for c in named if c.trace == trace.number and self._is_meant(c, patient)]
        if response.reference:
            named = self._named(response.reference)
            if len({check.trace for check in named}) == 1:
                return [check for check in named if self._not_another(check, patient)]
            if fitting := [check for check in named if self._is(check, patient)]:
                return fitting
        if any(map(_is_ours, level.traces)):
            return []  # it gives back a trace number that we never gave
        return self._waiting(patient, settle)

    def _traced(self, trace: Trace) -> int | None:
        """Return the only request with a trace number of ours."""
        found = {
            number
            for originator, number in self._by_trace.get(trace.number, ())
            if trace.originator in (None, originator)
        }
        return found.pop() if len(found) == 1 else None

    def _named(self, reference: str) -> list[store.StoredCheck]:
        """Return the questions of the inquiries with a BHT03."""
        if self._of_reference is None:
            self._of_reference = {}
            for check in store.checks_of(self._tx, references=self._references):
                self._of_reference.setdefault(check.reference, []).append(check)
        return self._of_reference.get(reference, [])

    def _waiting(self, patient: Patient, settle: Callable[[], object]) -> list[store.StoredCheck]:
        """Return the questions of the only inquiry about a member that waits for its answer."""
        member = patient.subscriber.person.member_id
        payer = patient.source.party.identifier
        if not member or not payer:
            return []
        asked = store.checks(self._tx, member_id=member, payer=payer)
        fitting = [check for check in asked if self._is(check, patient)]
        if fitting:
            settle()
        open_ones = [c for c in fitting if not store.is_answered(self._tx, c.id)]
        return open_ones if len({check.trace for check in open_ones}) == 1 else []

    def _is_meant(self, check: store.StoredCheck, patient: Patient) -> bool:
        """Say whether a patient under our trace number is who was asked about.

        At the level that was asked the trace number is enough, unless more of what is told of the
        person contradicts the question than agrees with it: the payer may correct a name, a birth
        date or a member id, but not all of them. Benefits at the other level are those of the
        family unless the person there is the one asked about.
        """
        asked, person = self.row(check), _person_of(patient)
        if not patient.rows:
            return True
        if asked.dependent == (patient.dependent is not None):
            return not _is_somebody_else(asked, patient)
        first_name = asked.dependent_first_name if asked.dependent else asked.subscriber_first_name
        same_name = (
            bool(first_name) and (person.first_name or "").upper() == (first_name or "").upper()
        )
        same_birth = bool(person.birth_date) and person.birth_date == _birth_date(asked)
        return same_birth or (same_name and not _differ(_birth_date(asked), person.birth_date))

    def _not_another(self, check: store.StoredCheck, patient: Patient) -> bool:
        """Say whether nothing contradicts that a question is about a patient."""
        asked, person = self.row(check), _person_of(patient)
        return asked.dependent == (patient.dependent is not None) and not (
            _differ(_birth_date(asked), person.birth_date)
            or _differ(_last_name(asked), (person.last_name or "").upper() or None)
            or (asked.dependent and _is_a_sibling(_first_name(asked), person.first_name))
        )

    def _is(self, check: store.StoredCheck, patient: Patient) -> bool:
        """Say whether a question is about a patient: the member id or the name and birth date."""
        asked, person = self.row(check), _person_of(patient)
        member = patient.subscriber.person.member_id
        same_member = bool(member) and member == asked.member_id
        same_birth = bool(person.birth_date) and person.birth_date == _birth_date(asked)
        same_name = bool(person.last_name) and (person.last_name or "").upper() == _last_name(asked)
        return self._not_another(check, patient) and (same_member or (same_birth and same_name))


def _is_ours(trace: Trace) -> bool:
    return trace.type == RETURNED and bool(trace.number)


def _is_somebody_else(asked: Check, patient: Patient) -> bool:
    """Say whether more of a person contradicts who was asked about than agrees."""
    person = _person_of(patient)
    pairs: list[tuple[object, object]] = [
        (_birth_date(asked), person.birth_date),
        (_first_name(asked), (person.first_name or "").upper() or None),
        (_last_name(asked), (person.last_name or "").upper() or None),
    ]
    if not asked.dependent:
        pairs.append(((asked.member_id or "").upper() or None,
                      (person.member_id or "").upper() or None))  # fmt: skip
    known = [bool(one != other) for one, other in pairs if one is not None and other is not None]
    return sum(known) * 2 > len(known)


def _is_a_sibling(asked: str | None, told: str | None) -> bool:
    """Say whether first names differ by more than an ending: twins share all the rest."""
    found = (told or "").upper()
    return bool(asked and found) and not (
        found.startswith(asked or "") or (asked or "").startswith(found)
    )


def _person_of(patient: Patient) -> Any:
    return (patient.dependent or patient.subscriber).person


def _birth_date(check: Check) -> date | None:
    return check.dependent_birth_date if check.dependent else check.subscriber_birth_date


def _first_name(check: Check) -> str | None:
    name = check.dependent_first_name if check.dependent else check.subscriber_first_name
    return name.upper() if name else None


def _last_name(check: Check) -> str | None:
    name = check.dependent_last_name if check.dependent else check.subscriber_last_name
    return name.upper() if name else None


def _differ(one: object, other: object) -> bool:
    return one is not None and other is not None and one != other
