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
    decide,
)
from x12_pa.guides import Profile
from x12_pa.services.requirements import requirements_of


@frozen(kw_only=True)
class Reply:
    """An answer with its provenance.

    Attributes:
        day: the day of service, on which the age of what the profile says is counted.
        stale_after: days after which an entry should be compared with its source again.
        caution: how far the profile as a whole is from the payer's own text.
    """

    profile: str
    answer: Answer
    day: date
    stale_after: int | None = None
    caution: str = ""

    def age_days(self, entry: Requirement) -> int:
        """Return how many days before the day of service an entry was verified; negative: after."""
        return (self.day - entry.last_verified).days

    def is_stale(self, entry: Requirement) -> bool:
        """Tell whether the profile wants an entry of that age to be verified again."""
        return self.stale_after is not None and self.age_days(entry) > self.stale_after

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
            "profile": self.profile,
            "needed": answer.needed,
            "reason": answer.reason,
            "ask": list(answer.ask),
            "reviewers": [asdict(each) for each in answer.reviewers],
            "documents": [{"rule": e.id, **asdict(each)} for e in deciding for each in e.documents],
            "questions": [
                {"rule": e.id, **asdict(each), "path": ".".join(each.path)}
                for e in deciding
                for each in e.questions
            ],
            "step_therapy": [{"rule": e.id, **asdict(e.steps)} for e in deciding if e.steps],
            "rules": [self._rule(entry) for entry in answer.entries],
            "caution": self.caution,
        }

    def _rule(self, entry: Requirement) -> dict[str, Any]:
        return {
            "id": entry.id,
            "profile": entry.profile,
            "needed": "yes" if entry.needed else "no",
            "source": entry.source,
            "last_verified": entry.last_verified.isoformat(),
            "age_days": self.age_days(entry),
            "stale": self.is_stale(entry),
            "confidence": entry.confidence,
            "note": entry.note,
        }


def answer_for(profile: Profile, query: Query) -> Reply:
    """Return what a profile says of a service; unknown when it says nothing of services.

    Raises:
        ConfigError: its section has a fault.
    """
    found = requirements_of(profile) or Requirements(profile=profile.id)
    return Reply(
        profile=profile.id,
        answer=decide(found, query),
        day=query.day,
        stale_after=found.stale_after,
        caution=profile.caution,
    )
