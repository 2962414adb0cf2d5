"""Which status each claim of an 837 gets, from what was found in the set.

What refuses a claim and under which code is data (`claim_statuses.yaml`). An error of syntax or of
the guide refuses the whole set in the 999, and there is nothing to say claim by claim. An error of
a higher SNIP type refuses the claims that it is about, if it is about claims at all.
"""

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from attrs import frozen

from x12_pa.acks.claims import ClaimStatus
from x12_pa.acks.levels import JudgedSet
from x12_pa.acks.submitted import SubmittedSet
from x12_pa.guides.index import base_guide
from x12_pa.validation.results import Finding

ACCEPT, REJECT = "WQ", "U"


@frozen(kw_only=True)
class ClaimVerdicts:
    """The refusals of a set: the statuses of each refused claim, by the offset of its CLM."""

    refusals: dict[int, tuple[ClaimStatus, ...]]

    def statuses(self, offset: int) -> tuple[ClaimStatus, ...]:
        """Return the statuses of the claim whose CLM stands at `offset`."""
        return self.refusals.get(offset) or (accepted(),)


@cache
def _table() -> dict[str, Any]:
    path = Path(__file__).with_name("claim_statuses.yaml")
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def accepted() -> ClaimStatus:
    """Return the status of a claim that was taken."""
    row = _table()["accepted"]
    return ClaimStatus(category=row["category"], code=row["status"], action=ACCEPT)


def received(entity: str) -> ClaimStatus:
    """Return the status of a batch that was received by an entity (`PR`, `AY`)."""
    row = _table()["received"]
    return ClaimStatus(category=row["category"], code=row["status"], entity=entity, action=ACCEPT)


def told_by_claim(finding: Finding) -> bool:
    """Whether an error refuses its claim only, if it is about a claim."""
    return finding.snip >= int(_table()["from_snip"])


def claim_verdicts(item: JudgedSet, submitted: SubmittedSet) -> ClaimVerdicts | None:
    """Return the verdict on each claim, or None when the set is refused as a whole.

    That is so when an error is not about claims, when the set is not whole, or when not all of its
    errors were listed, so that no claim can be called good.
    """
    errors = [finding for finding in item.findings if finding.severity == "error"]
    if item.result.refused or not item.result.complete or len(errors) != item.result.errors:
        return None
    refusals: dict[int, dict[ClaimStatus, None]] = {}
    for finding in errors:
        claims = submitted.concerned(finding) if told_by_claim(finding) else []
        if not claims:
            return None
        status = _status(finding, submitted.entities.get(finding.offset, ""))
        for claim in claims:
            refusals.setdefault(claim.offset, {})[status] = None
    return ClaimVerdicts(refusals={offset: tuple(found) for offset, found in refusals.items()})


def _status(finding: Finding, entity: str) -> ClaimStatus:
    table = _table()
    entity = entity if entity in _entities() else ""
    code, element = finding.code, finding.element or ""
    statuses, places = table["statuses"], table["statuses"]["places"]
    status = statuses["codes"].get(code) or places.get(element) or places.get(finding.segment)
    if status is None or (status in table["with_entity"] and not entity):
        status = statuses["otherwise"]
    return ClaimStatus(
        category=_category(finding),
        code=status,
        entity=entity if status in table["with_entity"] else "",
        action=REJECT,
    )


def _category(finding: Finding) -> str:
    table, ack = _table()["categories"], finding.ack
    found = table["codes"].get(finding.code)
    if found is None and ack is not None:
        found = table["elements"].get(ack.ik403) or table["segments"].get(ack.ik304)
    return str(found or table["otherwise"])


@cache
def _entities() -> frozenset[str]:
    """Return the entities that the 277CA knows at the level of a claim."""
    entity = base_guide("277CA").find("2200D/STC")[0].elements[0].components[2]
    return frozenset(entity.codes or ())
