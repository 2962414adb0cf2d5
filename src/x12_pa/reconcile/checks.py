"""The keys on which a claim line and an authorization must agree, in the order of their weight.

`CHECKS` is the procedure: each row asks one question of a `Case`. The order matters: a line is
refused with the reason of the candidate that came furthest down this table, since that is the one a
person would look at first. A conflict of identity is told only when the very same service is
concerned; other authorizations of other people are not mentioned at all.

Is a 271 about this very service · who (payer, member, patient) · what (procedure, modifiers) ·
decided how · when · by whom · where · how much · does the number look like one. The last five are
in `limits.py`.
"""

import re
from collections.abc import Callable

from x12_pa.authorizations.records import Patient, Procedure
from x12_pa.authorizations.states import State
from x12_pa.reconcile.case import (
    Case,
    Grade,
    Verdict,
    conflict,
    explained,
    manual,
    masked,
    name_of,
    spelled,
)
from x12_pa.reconcile.evidence import Evidence
from x12_pa.reconcile.limits import number, provider, site, units, window
from x12_pa.reconcile.policy import Policy

ADMISSION_REVIEW = "AR"
INSTITUTIONAL = "837I"

Check = Callable[[Case], Verdict | None]


def canonical(identifier: str) -> str:
    """Return an identifier trimmed and in upper case."""
    return identifier.strip().upper()


def canonical_payer(payer_id: str, policy: Policy) -> str:
    """Return the id that a payer id stands for."""
    return canonical(policy.payer_aliases.get(canonical(payer_id), payer_id))


def canonical_member(member_id: str, policy: Policy) -> str:
    """Return the current id of a member, by the id history of the policy."""
    return canonical(policy.member_aliases.get(canonical(member_id), member_id))


def person_key(patient: Patient) -> tuple[str, str]:
    """Return a patient's names with everything but letters and digits removed."""
    return _letters(patient.last_name), _letters(patient.first_name)


def _letters(text: str) -> str:
    return re.sub(r"\W", "", text).upper()


def evidence(case: Case) -> Verdict | None:
    """What a 271 said is about this very service; of anything else it is not even mentioned."""
    told = case.authorization
    if not isinstance(told, Evidence):
        return None
    claim, line = case.claim, case.line
    npis = (claim.billing_npi, claim.rendering_npi, line.rendering_npi, line.facility_npi)
    same = (
        canonical_payer(case.party.payer_id, case.policy)
        == canonical_payer(told.payer, case.policy)
        and canonical(case.party.member_id) == canonical(told.member_id)
        and claim.patient.dependent == told.patient.dependent
        and any(_is_named(item, line.procedure) for item in told.procedures)
        and told.speaks_for(line.dates, line.place, frozenset(filter(None, npis)))
    )
    return None if same else conflict("no-authorization", "")


def _is_named(told: Procedure, billed: Procedure) -> bool:
    """Say whether a procedure is the one that was told of, modifiers and all."""
    same_code = canonical(told.code) == canonical(billed.code) != ""
    same_list = not billed.qualifier or told.qualifier == billed.qualifier
    return same_code and same_list and set(told.modifiers) == set(billed.modifiers)


def payer(case: Case) -> Verdict | None:
    """The claim's payer is the one that decided (or a delegate of it)."""
    ours = canonical_payer(case.party.payer_id, case.policy)
    if ours and ours == canonical_payer(case.authorization.payer, case.policy):
        return None
    return _somebody_else(
        case,
        "payer-mismatch",
        f"The claim goes to payer {case.party.payer_id or '(none)'}, "
        f"{name_of(case.authorization)} is of payer {case.authorization.payer}.",
    )


def member(case: Case) -> Verdict | None:
    """The member id is the same, or the id history links the two."""
    ours = canonical_member(case.party.member_id, case.policy)
    if ours and ours == canonical_member(case.authorization.member_id, case.policy):
        return None
    return _somebody_else(
        case,
        "member-mismatch",
        f"The claim is for member {masked(case.party.member_id) or '(none)'}, "
        f"{name_of(case.authorization)} for member {masked(case.authorization.member_id)}.",
    )


def patient(case: Case) -> Verdict | None:
    """The patient is the same person, not only a member of the same family."""
    ours, theirs = case.claim.patient, case.authorization.patient
    if _same_person(ours, theirs):
        return None
    detail = (
        f"The claim's patient is {_role(ours)}, {name_of(case.authorization)} is for "
        f"{_role(theirs)} with the same member id, but not the same person."
    )
    if _newborn(case):
        return manual(
            "member-mismatch",
            detail + " The patient is a newborn; ask the payer whether the number covers it.",
        )
    return _somebody_else(case, "member-mismatch", detail)


def _same_person(ours: Patient, theirs: Patient) -> bool:
    born_alike = None in (ours.birth_date, theirs.birth_date) or (
        ours.birth_date == theirs.birth_date
    )
    if person_key(ours) == person_key(theirs):
        return born_alike
    # A subscriber has the member id for himself: one birth date, one person, whatever the spelling.
    alone = not ours.dependent and not theirs.dependent
    return alone and ours.birth_date is not None and ours.birth_date == theirs.birth_date


def _role(person: Patient) -> str:
    return "a dependent" if person.dependent else "the subscriber"


def _newborn(case: Case) -> bool:
    born, dates = case.claim.patient.birth_date, case.line.dates
    if not case.claim.patient.dependent or born is None or dates is None:
        return False
    return 0 <= (dates.start - born).days <= case.policy.newborn_days


def _somebody_else(case: Case, reason: str, detail: str) -> Verdict:
    """Refuse; another person's or payer's authorization is named only for the same service."""
    if _fit(case) is None:
        return conflict("no-authorization", "")
    return conflict(reason, detail, closeness=1)


def procedure(case: Case) -> Verdict | None:
    """The billed service is one that was authorized."""
    verdict = _fit(case)
    if verdict is not None:
        return None if verdict.grade is Grade.EXACT else verdict
    billed = case.line.procedure
    if not case.authorization.procedures:
        return conflict("no-authorization", "")
    granted = " or ".join(spelled(item) for item in case.authorization.procedures)
    return conflict(
        "code-mismatch",
        f"The line bills {spelled(billed)}, {name_of(case.authorization)} is for {granted}.",
        closeness=max(_likeness(item, billed) for item in case.authorization.procedures),
    )


def _fit(case: Case) -> Verdict | None:
    """Return how the billed service fits the authorized ones; None when it does not."""
    granted = case.authorization.procedures
    if covers_stay(case):
        return Verdict(grade=Grade.EXACT, reason="exact", detail="")
    if not granted:
        admission = case.authorization.category == ADMISSION_REVIEW
        return None if admission else _without_code(case)
    found = [verdict for item in granted if (verdict := _fits(item, case)) is not None]
    return min(found, key=lambda verdict: verdict.grade, default=None)


def covers_stay(case: Case) -> bool:
    """Say whether this is an admission review and the line belongs to a stay.

    An admission is authorized as a whole: no service is named, every line of the stay is covered.
    """
    authorization, claim = case.authorization, case.claim
    if authorization.category != ADMISSION_REVIEW or claim.form != INSTITUTIONAL:
        return False
    unnamed = authorization.level == "event" or not authorization.procedures
    return unnamed and claim.admitted_on is not None


def _without_code(case: Case) -> Verdict:
    kind = case.authorization.service_type
    detail = (
        f"The line bills {spelled(case.line.procedure)}, {name_of(case.authorization)} names no "
        f"code{f', only service type {kind}' if kind else ''}."
    )
    if case.policy.allow_without_code:
        return explained("code-equivalent", detail + " The payer's policy allows that.")
    return manual("code-mismatch", detail + " Confirm that it covers the line.")


def _fits(granted: Procedure, case: Case) -> Verdict | None:
    billed = case.line.procedure
    if not granted.code:
        same = bool(granted.revenue_code) and granted.revenue_code == billed.revenue_code
        return Verdict(grade=Grade.EXACT, reason="exact", detail="") if same else None
    alike = not granted.qualifier or not billed.qualifier or granted.qualifier == billed.qualifier
    one, other = canonical(granted.code), canonical(billed.code)
    if not alike or not other:
        return None
    if one == other:
        return Verdict(grade=Grade.EXACT, reason="exact", detail="")
    both = f"The line bills {spelled(billed)}, {name_of(case.authorization)} is for"
    if granted.code_end and _between(one, other, canonical(granted.code_end)):
        return explained("code-range", f"{both} {spelled(granted)}.")
    for item in case.policy.equivalences:
        if (item.qualifier, item.authorized, item.billed) == (billed.qualifier, one, other):
            return explained("code-equivalent", f"{both} {spelled(granted)}: rule {item.id}.")
    return None


def _between(first: str, code: str, last: str) -> bool:
    """Compare codes of the same shape only: 97112 lies in 97110 to 97140, G0151 does not."""
    shapes = {re.sub(r"\d", "9", text) for text in (first, code, last)}
    return len(shapes) == 1 and first <= code <= last


def _likeness(granted: Procedure, billed: Procedure) -> int:
    pairs = zip(granted.code, billed.code, strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), len(billed.code))


def modifiers(case: Case) -> Verdict | None:
    """Every modifier that the authorization names is on the line."""
    billed = case.line.procedure
    granted = [item for item in case.authorization.procedures if _fits(item, case) is not None]
    if not granted or covers_stay(case):
        return None
    extra = [set(billed.modifiers) - set(item.modifiers) for item in granted
             if set(item.modifiers) <= set(billed.modifiers)]  # fmt: skip
    both = (
        f"The line bills {spelled(billed)}, {name_of(case.authorization)} is for "
        f"{' or '.join(spelled(item) for item in granted)}."
    )
    if not extra:
        return conflict("modifier-mismatch", both)
    return explained("modifier-open", both) if all(extra) else None


_REASONS = {
    State.NOT_CERTIFIED: ("denied", "was not certified"),
    State.UPHELD: ("denied", "was not certified, also on appeal"),
    State.APPEAL_IMMEDIATE: ("denied", "was not certified; an appeal is under way"),
    State.APPEAL_STANDARD: ("denied", "was not certified; an appeal is under way"),
    State.CANCELLED: ("cancelled", "was cancelled"),
}


def decision(case: Case) -> Verdict | None:
    """The payer decided, in favour, and gave a number that may stand on a claim."""
    authorization = case.authorization
    state = authorization.state
    called = name_of(authorization)
    why = f" (HCR03 {', '.join(authorization.reasons)})" if authorization.reasons else ""
    if state == State.NOT_REQUIRED:
        named = called[:1].upper() + called[1:]
        detail = f"{named}: the payer says that no authorization is needed{why}."
        return Verdict(grade=Grade.EVIDENCE, reason="evidence-not-required", detail=detail)
    bills = f"The line bills {spelled(case.line.procedure)}, "
    if state in _REASONS:
        reason, words = _REASONS[State(state)]
        return conflict(reason, f"{bills}{called} {words}{why}.")
    if authorization.usable_on_claim and authorization.number:
        return None
    if authorization.usable_on_claim or (authorization.action in ("A1", "A6")):
        return manual("number-format", f"{bills}{called} is certified but came without a number.")
    told = state.replace("_", " ")
    return conflict("not-a-decision", f"{bills}{called} is no permission yet: {told}{why}.")


CHECKS: tuple[Check, ...] = (
    evidence,
    payer,
    member,
    patient,
    procedure,
    modifiers,
    decision,
    window,
    provider,
    site,
    units,
    number,
)
"""The questions in order; `match` stops at the first conflict."""
