"""Whether a question that got no answer may be asked again without a person looking at it.

A rejection (AAA) says itself what is to be done: what must be corrected, or must not be sent again,
would be rejected again tomorrow, so a person decides; what the payer could not answer now is asked
again after the time that it names, a day where it names none; and where it says that an answer
follows, that one is waited for. An answer that says nothing of the coverage is one, too: nobody
knows why, so asking again is a person's decision. One rejection that needs a person outweighs any
other beside it.
"""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Literal

from attrs import frozen

from x12_pa.eligibility.records import Answer, Refusal

DATES = "dates"
"""What `Refusal.field` says where the day was the fault, which another day may mend."""
_TOMORROW = 1

Do = Literal["correct", "stop", "wait", "read"]
NEEDS_A_PERSON: frozenset[Do] = frozenset({"correct", "stop", "read"})


@frozen(kw_only=True)
class Pause:
    """Why a question is not asked again now.

    Attributes:
        action: `correct` the question, `stop`: do not send it again, `wait`, or `read` the answer.
        until: the day from which it is asked again; None: not before somebody says so.
        refusals: what the payer said.
        of_the_day: only the day was to be corrected, so that another occasion may be asked about.
    """

    action: Do
    detail: str
    until: date | None = None
    refusals: tuple[Refusal, ...] = ()
    of_the_day: bool = False

    @property
    def needs_a_person(self) -> bool:
        """Whether nothing happens unless somebody acts."""
        return self.action in NEEDS_A_PERSON

    def is_over(self, today: date) -> bool:
        """Say whether the question may be asked again on a day."""
        return self.until is not None and self.until <= today


def pause_after(answers: Sequence[Answer], told_on: date) -> Pause | None:
    """Return why a question is not asked again after a response; None: it was answered.

    Args:
        answers: what the response told of it, for each plan.
        told_on: the day of the response.
    """
    if any(answer.coverage.evidence for answer in answers):
        return None
    refusals = tuple(dict.fromkeys(one for answer in answers for one in answer.refusals))
    if not refusals:
        return Pause(action="read", detail="the answer says nothing of the coverage")
    said = "; ".join(_said(one) for one in refusals)
    of_the_day = all(one.field == DATES for one in refusals)
    actions = {one.action for one in refusals}
    for action in ("stop", "correct"):
        if action in actions:
            return Pause(
                action=action,
                detail=f"rejected: {said}",
                refusals=refusals,
                of_the_day=of_the_day and action == "correct",
            )
    days = max(one.days or _TOMORROW for one in refusals)
    follows = any(one.answer_follows for one in refusals)
    return Pause(
        action="wait",
        detail=f"rejected: {said}",
        until=None if follows else told_on + timedelta(days=days),
        refusals=refusals,
    )


def _said(refusal: Refusal) -> str:
    found = f"{refusal.code} {refusal.label}".strip()
    if refusal.action == "correct" and refusal.field:
        return f"{found} (correct {re.sub('[._]', ' ', refusal.field)})"
    if refusal.answer_follows:
        return f"{found} (an answer follows)"
    return found
