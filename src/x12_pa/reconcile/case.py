"""One line held against one authorization: the question, the kinds of answer, the wording.

A `Case` is the question. Each check (`checks.py`) answers with nothing, when it has no objection,
or with a `Verdict`. Verdicts carry the reason of the report and a sentence that names both sides,
because "code mismatch" alone sends a person back to two screens to find out which codes.
"""

from enum import IntEnum
from fractions import Fraction

from attrs import frozen

from x12_pa.authorizations.records import Authorization, Procedure
from x12_pa.reconcile.claims import Claim, Line
from x12_pa.reconcile.evidence import Evidence
from x12_pa.reconcile.policy import Policy
from x12_pa.validation.privacy import partly_hidden


class Grade(IntEnum):
    """How well an authorization fits a line; a lower grade is better.

    EXACT and EXPLAINED numbers are used; EVIDENCE says that none is needed; MANUAL fits as far as
    it can be judged, but a person has to say so; CONFLICT does not fit.
    """

    EXACT = 0
    EXPLAINED = 1
    EVIDENCE = 2
    MANUAL = 3
    CONFLICT = 4


@frozen(kw_only=True)
class Party:
    """The payer that a number is for, as the claim names it, and the member id at that payer."""

    payer_id: str
    member_id: str


@frozen(kw_only=True)
class Case:
    """The question whether `authorization` is the one for `line`.

    `used` is what other claims and earlier lines have used of it, in its own unit.
    """

    claim: Claim
    line: Line
    party: Party
    authorization: Authorization
    policy: Policy
    used: Fraction = Fraction(0)


@frozen(kw_only=True)
class Verdict:
    """What one check found. `closeness` orders conflicts of the same check, greater is closer."""

    grade: Grade
    reason: str
    detail: str
    closeness: int = 0


def explained(reason: str, detail: str) -> Verdict:
    """Return a verdict that lets the number through and says why it fits."""
    return Verdict(grade=Grade.EXPLAINED, reason=reason, detail=detail)


def manual(reason: str, detail: str) -> Verdict:
    """Return a verdict that hands the line to a person."""
    return Verdict(grade=Grade.MANUAL, reason=reason, detail=detail)


def conflict(reason: str, detail: str, closeness: int = 0) -> Verdict:
    """Return a verdict that rules the authorization out."""
    return Verdict(grade=Grade.CONFLICT, reason=reason, detail=detail, closeness=closeness)


def masked(value: str) -> str:
    """Return an identifier of a person as a report may show it: `•••123`."""
    return partly_hidden(value)


def name_of(authorization: Authorization) -> str:
    """Return how a sentence calls an authorization: its number if it has one, else its id."""
    if isinstance(authorization, Evidence):
        return f"the {authorization.citation}"
    if authorization.number:
        return f"authorization {authorization.number}"
    return f"request {authorization.id}"


def spelled(procedure: Procedure) -> str:
    """Return a service as people write it: `HC 73721-RT`, `HC 97110 to 97140`, `revenue 0120`."""
    if not procedure.code:
        return f"revenue {procedure.revenue_code}" if procedure.revenue_code else "no code"
    code = "-".join((procedure.code, *procedure.modifiers))
    end = f" to {procedure.code_end}" if procedure.code_end else ""
    return f"{procedure.qualifier} {code}{end}".strip()
