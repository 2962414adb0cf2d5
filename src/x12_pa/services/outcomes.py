"""What becomes of one request that is submitted, with the sentence that people read."""

from collections.abc import Sequence

from attrs import frozen

from x12_pa.authorizations.request_completeness import Completeness
from x12_pa.validation import Finding


@frozen(kw_only=True)
class Outcome:
    """What became of one request.

    Attributes:
        place: where in the input it stands; see `Read`.
        state: `queued`, `known` (it was queued before), `refused` (it would be rejected) or
            `conflict` (another request has its reference).
        findings: why it was refused, or that it goes to the wrong place (a warning).
        detail: a sentence for people.
        completeness: what it must carry and carries; None for a payer whose profile says nothing
            of services.
    """

    source: str
    state: str
    place: str = ""
    reference: str | None = None
    findings: tuple[Finding, ...] = ()
    detail: str = ""
    completeness: Completeness | None = None


def refusal(source: str, reference: str | None, findings: Sequence[Finding]) -> Outcome:
    """Return that a request would be rejected, and why."""
    detail = "it would be rejected; correct it and submit it again"
    return Outcome(
        source=source,
        state="refused",
        reference=reference,
        findings=tuple(findings),
        detail=detail,
    )


def incompleteness(source: str, reference: str | None, found: Completeness) -> Outcome:
    """Return that a request lacks what the payer asks it to carry."""
    detail = (
        f"{found.sentence()}. Add what is missing, or say with --incomplete-reason why it goes out "
        "without"
    )
    return Outcome(
        source=source, state="refused", reference=reference, detail=detail, completeness=found
    )


def repetition(source: str, reference: str | None) -> Outcome:
    """Return that a request was queued before."""
    return Outcome(source=source, state="known", reference=reference, detail="it was queued before")


def clash(source: str, reference: str | None) -> Outcome:
    """Return that another request has the reference of a request."""
    detail = (
        f"another request has the reference {reference}: its content, its receiver or the test "
        "mark differs. Give the new one a reference of its own"
    )
    return Outcome(source=source, state="conflict", reference=reference, detail=detail)
