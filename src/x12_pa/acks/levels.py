"""The findings of a validated file, given to the level that they are about.

A result lists every finding once, in document order, with the control numbers of its place. An
acknowledgement needs them the other way round: for each transaction set, group and interchange,
what was found there. Control numbers name the place; where a sender used one twice (which is one
of the faults to be reported) the counts of errors in the results tell the places apart.
"""

from collections import deque
from collections.abc import Sequence

from attrs import Factory, define, frozen

from x12_pa.validation.results import (
    FileResult,
    Finding,
    GroupResult,
    InterchangeResult,
    TransactionResult,
)

_ACKNOWLEDGING = frozenset({"997", "999", "824"})
_ACKNOWLEDGING_GROUPS = frozenset({"FA", "AG"})
_Key = tuple[str, ...]


@define
class JudgedSet:
    """One transaction set with what was found in it.

    Attributes:
        by_claim: its errors are told claim by claim in a 277CA, so that the set itself is taken.
    """

    result: TransactionResult
    findings: list[Finding] = Factory(list)
    by_claim: bool = False

    @property
    def accepted(self) -> bool:
        """Whether the set is taken, perhaps with errors noted."""
        return self.result.accepted or (self.by_claim and not self.result.refused)

    @property
    def has_faults(self) -> bool:
        """Whether the set has an error of its own, or was cut off."""
        return self.result.errors > 0 or not self.result.complete


@frozen
class JudgedGroup:
    """One functional group; `findings` are those of the group itself."""

    result: GroupResult
    sets: tuple[JudgedSet, ...]
    findings: list[Finding] = Factory(list)

    @property
    def acknowledges(self) -> bool:
        """Whether it holds acknowledgements, which are never acknowledged."""
        return self.result.functional_id in _ACKNOWLEDGING_GROUPS or any(
            item.result.set in _ACKNOWLEDGING for item in self.sets
        )

    @property
    def has_faults(self) -> bool:
        """Whether the group or one of its sets has an error of its own, or was cut off."""
        own = self.result.errors > 0 or not self.result.complete
        return own or any(item.has_faults for item in self.sets)


@frozen
class JudgedInterchange:
    """One interchange; `findings` are those of the envelope itself."""

    result: InterchangeResult
    groups: tuple[JudgedGroup, ...]
    findings: list[Finding] = Factory(list)


def judged(result: FileResult) -> list[JudgedInterchange]:
    """Return the interchanges of a file with the findings of each level."""
    places: dict[_Key, deque[_Place]] = {}
    found = [_interchange(item, places) for item in result.interchanges]
    for finding in result.findings:
        _assign(finding, places)
    return found


@define
class _Place:
    """Where findings of one key go, and how many errors are still expected there."""

    findings: list[Finding]
    errors: int


def _interchange(result: InterchangeResult, places: dict[_Key, deque[_Place]]) -> JudgedInterchange:
    key = (result.control.strip(),)
    groups = tuple(_group(item, key, places) for item in result.groups)
    level = JudgedInterchange(result, groups)
    places.setdefault(key, deque()).append(_Place(level.findings, result.errors))
    return level


def _group(result: GroupResult, above: _Key, places: dict[_Key, deque[_Place]]) -> JudgedGroup:
    key = (*above, result.control.strip())
    sets = tuple(JudgedSet(item) for item in result.transactions)
    for item in sets:
        place = _Place(item.findings, item.result.errors)
        places.setdefault((*key, item.result.control.strip()), deque()).append(place)
    level = JudgedGroup(result, sets)
    places.setdefault(key, deque()).append(_Place(level.findings, result.errors))
    return level


def _assign(finding: Finding, places: dict[_Key, deque[_Place]]) -> None:
    """Give a finding to its level; to the next one above when there is no such level."""
    parts: Sequence[str | None] = (finding.interchange, finding.group, finding.transaction)
    key = tuple(part.strip() for part in parts if part is not None)
    while key and key not in places:
        key = key[:-1]
    if not key:
        return
    waiting = places[key]
    if finding.severity == "error":
        while len(waiting) > 1 and waiting[0].errors <= 0:
            waiting.popleft()
        waiting[0].errors -= 1
    waiting[0].findings.append(finding)
