"""The answer of a profile to "does this need authorization", with where it is from and how old."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from attrs import asdict, frozen

from x12_pa.authorizations.requirements import (
    Answer,
    Document,
    Query,
    Question,
    Requirement,
    Requirements,
    Reviewer,
    decide,
)
from x12_pa.guides import Profile
from x12_pa.guides.profile import STALE_AFTER_DAYS
from x12_pa.services.requirements import requirements_of


@frozen(kw_only=True)
class Reply:
    """An answer with its provenance.

    Attributes:
        day: the day of service, on which the age of what the profile says is counted.
        today: an entry is stale on this day too, however long ago the service was.
        stale_after: days after which an entry should be compared with its source again.
        reviewer: who reviews where no entry names anybody.
        remarks: what was asked that no entry of the payer knows, one sentence each.
        caution: how far the profile as a whole is from the payer's own text.
    """

    profile: Profile
    answer: Answer
    day: date
    today: date
    stale_after: int = STALE_AFTER_DAYS
    reviewer: Reviewer | None = None
    remarks: tuple[str, ...] = ()
    caution: str = ""

    def age_days(self, entry: Requirement) -> int:
        """Return how many days before the day of service an entry was verified; negative: after."""
        return (self.day - entry.last_verified).days

    def is_stale(self, entry: Requirement) -> bool:
        """Tell whether the profile wants an entry of that age to be verified again."""
        return (max(self.day, self.today) - entry.last_verified).days > self.stale_after

    @property
    def reviewers(self) -> tuple[Reviewer, ...]:
        """Who reviews the service; where that is unknown, who reviews for this payer at all."""
        if self.answer.needed == "unknown" and self.reviewer:
            return (self.reviewer,)
        return self.answer.reviewers

    def source(self, text: str) -> str:
        """Return where something is written, with the day of the document and how it was read."""
        return self.profile.document(text, with_date=True)

    def verified(self, entry: Requirement) -> str:
        """Say when an entry was last compared with its source."""
        days = self.age_days(entry)
        when = f"{days} days before" if days > 0 else f"{-days} days after" if days else "on"
        again = "; verify it again" if self.is_stale(entry) else ""
        return f"last verified {entry.last_verified}, {when} the date of service{again}"

    def wanted(self) -> Iterator[tuple[str, str]]:
        """Yield (entry, what the request must carry) in words."""
        for entry in self.answer.entries if self.answer.needed == "yes" else ():
            items: tuple[Document | Question, ...] = (*entry.documents, *entry.questions)
            for item in items:
                yield entry.id, str(item) if item.required else f"{item}, if there is one"
            if entry.steps:
                fields = ", ".join(f"{name.upper()}=" for name in entry.steps.fields)
                yield (
                    entry.id,
                    f"of {entry.steps.count} earlier treatments, in the message: {fields}",
                )

    def as_json(self) -> dict[str, Any]:
        """Return the answer as `requires --json` prints it."""
        answer = self.answer
        deciding = answer.entries if answer.needed == "yes" else ()
        return {
            "profile": self.profile.id,
            "needed": answer.needed,
            "reason": answer.reason,
            "ask": list(answer.ask),
            "reviewers": [asdict(each) for each in self.reviewers],
            "documents": [{"rule": e.id, **asdict(each)} for e in deciding for each in e.documents],
            "questions": [
                {"rule": e.id, **asdict(each), "path": ".".join(each.path)}
                for e in deciding
                for each in e.questions
            ],
            "step_therapy": [{"rule": e.id, **asdict(e.steps)} for e in deciding if e.steps],
            "rules": [self._rule(entry) for entry in answer.entries],
            "remarks": list(self.remarks),
            "caution": self.caution,
        }

    def _rule(self, entry: Requirement) -> dict[str, Any]:
        return {
            "id": entry.id,
            "profile": entry.profile,
            "needed": "yes" if entry.needed else "no",
            "source": self.source(entry.source),
            "effective": [str(day) if day else None for day in (entry.starts, entry.ends)],
            "last_verified": entry.last_verified.isoformat(),
            "age_days": self.age_days(entry),
            "stale": self.is_stale(entry),
            "confidence": entry.confidence,
            "note": entry.note,
        }


def answer_for(profile: Profile, query: Query, *, today: date) -> Reply:
    """Return what a profile says of a service; unknown when it says nothing of services.

    Raises:
        ConfigError: its section has a fault.
    """
    found = requirements_of(profile) or Requirements(profile=profile.id)
    return Reply(
        profile=profile,
        answer=decide(found, query),
        day=query.day,
        today=today,
        stale_after=found.stale_after or STALE_AFTER_DAYS,
        reviewer=found.reviewer,
        remarks=tuple(_strangers(found, query)),
        caution=profile.caution,
    )


def _strangers(found: Requirements, query: Query) -> Iterator[str]:
    """Yield that a plan was named which no entry knows: a slip would look like an answer."""
    plans = dict.fromkeys(name for entry in found.entries for name in entry.plans)
    if query.plan and query.plan.casefold() not in {name.casefold() for name in plans}:
        known = f"only {', '.join(plans)}" if plans else "and none names a plan at all"
        yield f"no entry names the plan '{query.plan}', {known}"
