"""What the worklist looks at: an authorization, what is known around it, and what follows.

An authorization says what the payer decided; when a deadline runs, one must also know when the
request was sent, acknowledged and answered here, and which payer rules apply. A `Case` holds both;
an `Advice` is what follows from it.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Literal

from attrs import frozen

from x12_pa.authorizations.clocks import Deadline, Rule, deadline, expected_by
from x12_pa.authorizations.records import Authorization

Labels = Callable[[str, str], str | None]
"""The guide's label of a code: `labels("306", "A4")`; None when the list does not know it.

The first argument is the data element, or the number of the external list where the element takes
its codes from one: HCR03 is asked for as `labels("886", "0U")`.
"""

Turn = Literal["ours", "payer", "nobody"]
View = Literal["due", "pended", "denied", "unanswered", "expiring", "all"]

REVIEW_ACTION, REVIEW_REASON = "306", "886"
REJECT_REASON, FOLLOW_UP = "901", "889"
REPORT_TYPE, REPORT_CHANNEL = "755", "756"


@frozen(kw_only=True)
class Case:
    """A current authorization and its surroundings; all instants aware, UTC.

    `sent_at` is the upload, `acknowledged_at` the accepting TA1/999, `answered_at` when the answer
    arrived here (not when the payer wrote it). `handled` means that a person has dealt with this
    decision. The rest says which rules bind the payer; see `clocks.expected_by`.
    """

    authorization: Authorization
    sent_at: datetime | None = None
    acknowledged_at: datetime | None = None
    answered_at: datetime | None = None
    handled: bool = False
    line_of_business: str | None = None
    agreements: tuple[str, ...] = ()
    zone: str = "UTC"
    holidays: tuple[date, ...] = ()

    def deadline(self, rule: Rule, start: datetime | None) -> Deadline | None:
        """Return when `rule` is due for this partner, or None when its clock never started."""
        if start is None:
            return None
        return deadline(rule, start, zone=self.zone, holidays=self.holidays)

    def answer_due(self) -> Deadline | None:
        """Return when a rule has the payer answer; a pend does not stop that clock."""
        start = self.acknowledged_at or self.sent_at
        if start is None:
            return None
        return expected_by(
            start,
            level_of_service=self.authorization.urgency,
            line_of_business=self.line_of_business,
            agreements=self.agreements,
            zone=self.zone,
            holidays=self.holidays,
        )


@frozen(kw_only=True)
class Advice:
    """What follows for a case: which list it is on, whose turn it is, by when, and what to do."""

    view: View | None = None
    turn: Turn = "nobody"
    due: Deadline | None = None
    next: str = "Nothing to do."


def named(labels: Labels, data_element: str, codes: Sequence[str]) -> str:
    """Return codes with their labels, `0U (label)`; a code without a label stands alone."""
    texts = []
    for code in codes:
        label = labels(data_element, code)
        texts.append(f"{code} ({label})" if label else code)
    return ", ".join(texts)
