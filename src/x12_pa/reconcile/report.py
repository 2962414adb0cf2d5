"""What happened to each claim and each of its lines, and the report that says so.

The JSON is a contract: `{"schema": "x12-pa/claims/1", "claims": [...]}`. A line is `inserted` when
this run put its number into the file (at its own loop or at the claim's) and `covered` when the
number stood there before; only then `number`, `placed_at` and `qualifier` are filled. What could
have been placed is told by `authorization` and `detail`.
"""

from collections.abc import Iterable
from typing import Any, Literal

from attrs import asdict, frozen

SCHEMA = "x12-pa/claims/1"
LineState = Literal["inserted", "covered", "refused", "manual", "not_required", "conflict"]
ClaimState = Literal["filled", "unchanged", "refused", "manual", "split", "not_required"]

REASONS = (
    "exact",
    "code-range",
    "code-equivalent",
    "modifier-open",
    "group-npi",
    "already-present",
    "evidence-not-required",
    "no-authorization",
    "not-a-decision",
    "denied",
    "cancelled",
    "not-yet-effective",
    "expired",
    "partly-outside-window",
    "window-unknown",
    "code-mismatch",
    "modifier-mismatch",
    "provider-mismatch",
    "site-mismatch",
    "member-mismatch",
    "payer-mismatch",
    "units-exceeded",
    "ambiguous",
    "conflict-existing",
    "too-many-numbers",
    "needs-split",
    "number-format",
    "other-payer",
)
"""Every reason that a line can have; scripts may rely on the list."""


@frozen(kw_only=True)
class LineReport:
    """What happened to one line; field names are those of the JSON."""

    line: str
    outcome: LineState
    number: str | None = None
    placed_at: str | None = None
    qualifier: str | None = None
    reason: str
    detail: str
    authorization: str | None = None


@frozen(kw_only=True)
class ClaimReport:
    """What happened to one claim."""

    claim_id: str
    set_control: str
    form: str
    outcome: ClaimState
    lines: tuple[LineReport, ...]

    @property
    def clean(self) -> bool:
        """Whether no line is left for a person."""
        return all(line.outcome in ("inserted", "covered", "not_required") for line in self.lines)


@frozen(kw_only=True)
class Change:
    """One changed REF segment, as text without its terminator, for people to look at."""

    claim_id: str
    loop: str
    removed: str | None = None
    added: str | None = None


def claim_outcome(lines: Iterable[LineReport], *, changed: bool, split: bool = True) -> ClaimState:
    """Sum up the lines of a claim in one word: the first of these that applies.

    A split that is needed (and wanted: `split`); filled, when anything was written; unchanged,
    when a right number was there before; manual, when a person has to judge; refused; not required.
    """
    lines = tuple(lines)
    found = {line.outcome for line in lines}
    if split and any(line.reason == "needs-split" for line in lines):
        return "split"
    if changed:
        return "filled"
    if "covered" in found:
        return "unchanged"
    if "manual" in found:
        return "manual"
    return "refused" if found & {"refused", "conflict"} or not found else "not_required"


def report_json(claims: Iterable[ClaimReport]) -> dict[str, Any]:
    """Return the report as JSON-ready data."""
    return {"schema": SCHEMA, "claims": [asdict(claim) for claim in claims]}
