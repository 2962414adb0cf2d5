"""Is a request complete, and who says that it may go out although it is not.

A checklist is what one payer asks, as far as its profile has a section `services:`. An exception
is one row of the audit chain: which entries asked for how much, how much was there, and the reason
that a person gave. The reason is free text and is kept for ever, so one that names a patient is not
taken.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from attrs import frozen

from x12_pa.authorizations.request_completeness import Completeness, completeness
from x12_pa.authorizations.requirements import Requirements
from x12_pa.guides import Profile
from x12_pa.ledger import audit
from x12_pa.ledger.database import Tx
from x12_pa.models import ReviewRequest
from x12_pa.services.exceptions import check_reason, names_of, refuse_names
from x12_pa.services.requirements import requirements_of

EVENT = "request.incomplete"


@frozen(kw_only=True)
class Checklist:
    """What one payer asks of requests on one day, and where they are about to go."""

    requirements: Requirements | None
    today: date
    mailbox: str | None = None
    reason: str | None = None

    @classmethod
    def of(
        cls,
        profile: Profile | None,
        today: date,
        *,
        mailbox: str | None = None,
        reason: str | None = None,
    ) -> "Checklist":
        """Read the checklist of a profile.

        Raises:
            ConfigError: the section has a fault.
            UsageError: the reason is empty or too long.
        """
        check_reason(reason, "incomplete requests")
        found = requirements_of(profile)
        return cls(requirements=found, today=today, mailbox=mailbox, reason=reason)

    def judge(self, request: ReviewRequest) -> Completeness | None:
        """Return how complete a request is; None when the payer's profile does not say."""
        if self.requirements is None:
            return None
        return completeness(self.requirements, request, today=self.today, mailbox=self.mailbox)

    def remark(self, found: Completeness | None) -> str:
        """Return what staff should know of a request that goes out."""
        if found is None:
            return ""
        parts = list(found.remarks)
        if not found.complete:
            parts.insert(0, f"{found.sentence()}; queued for the reason given")
        return "; ".join(parts)

    def refuse_names(self, requests: Iterable[ReviewRequest]) -> None:
        """Refuse a reason that names a patient of the requests.

        Raises:
            UsageError: it holds a last name, a member id or a birth date; says none of them.
        """
        words = (word for request in requests for word in _names(request))
        refuse_names(self.reason, words, "why documents are missing")


def _names(request: ReviewRequest) -> Iterator[str]:
    for person in (request.subscriber, request.dependent):
        if person is not None:
            yield from names_of(person.last_name, person.member_id, person.birth_date)


def record_exception(tx: Tx, request_id: int, found: Completeness, reason: str) -> None:
    """Write to the audit chain that a request goes out incomplete; one that is not leaves none."""
    if found.complete:
        return
    data = {
        "rules": list(found.rules),
        "present": found.present,
        "required": found.required,
        "missing": [f"{item.place}: {item.what}" for item in found.missing],
        "reason": reason.strip(),
    }
    audit.append(tx, EVENT, f"request:{request_id}", data)


def completeness_json(found: Completeness) -> dict[str, Any]:
    """Return the score as `submit --json` prints it."""
    return {
        "present": found.present,
        "required": found.required,
        "missing": [
            {"place": item.place, "what": item.what, "rule": item.rule} for item in found.missing
        ],
        "unknown": list(found.unknown),
        "remarks": list(found.remarks),
    }
