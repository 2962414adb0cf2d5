"""One request before the simulated payer: what it decides on, and how its numbers are named."""

from datetime import date, datetime

from attrs import frozen

from x12_pa.models import ClockTime, Contact, ContactNumber, ReviewRequest
from x12_pa.simulator.personality import Answer, Personality


@frozen(kw_only=True)
class Case:
    """One request with what decides its answer: who answers, how, and when.

    `now` is the payer's own time. `n` is a count of requests for number templates that want one.
    """

    request: ReviewRequest
    answer: Answer
    payer: Personality
    now: datetime
    n: int = 1

    @property
    def today(self) -> date:
        """The day of the decision, in the payer's zone."""
        return self.now.date()

    def name(self, template: str, service: int) -> str:
        """Fill a number template for the event (0) or a service."""
        digits = "".join(c for c in self.request.reference or "" if c.isdigit())[-6:]
        return template.format(n=self.n, ref=digits.rjust(6, "0"), service=service)

    @property
    def time(self) -> ClockTime:
        """The time of the decision, to a hundredth: later answers must sort later."""
        return ClockTime(f"{self.now:%H:%M:%S}.{self.now.microsecond // 10_000:02d}")

    @property
    def contact(self) -> Contact:
        """Whom the requester may call about this answer."""
        whom = self.answer.contact or self.payer.contact
        return Contact(name=whom.name, numbers=(ContactNumber(type="TE", number=whom.phone),))
