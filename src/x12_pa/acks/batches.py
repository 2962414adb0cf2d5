"""Find the claims behind the judged sets of a file, for the 277CA that answer them.

A result of validation holds no claims, so the file is read a second time, one transaction set in
memory at once. Sets are found again by their control numbers, in order.
"""

from collections import deque
from collections.abc import Iterator, Sequence

from attrs import Factory, frozen

from x12_pa.acks.claim_verdicts import ClaimVerdicts, claim_verdicts, told_by_claim
from x12_pa.acks.dialects import ACK_999, dialect_of
from x12_pa.acks.elements import guide_of
from x12_pa.acks.levels import JudgedGroup, JudgedInterchange, JudgedSet
from x12_pa.acks.submitted import SubmittedSet, read_submitted
from x12_pa.guides import read_tree
from x12_pa.syntax import Source, TransactionSet, read_transactions

CLAIM_SET = "837"
_Answer = tuple[SubmittedSet, ClaimVerdicts]
_Key = tuple[str, str, str]


@frozen
class Batches:
    """The answered batches of claims, by the identity of their judged set."""

    found: dict[int, _Answer] = Factory(dict)

    def of(self, group: JudgedGroup) -> list[_Answer]:
        """Return the batches of a group that the 999 takes, in order."""
        if group.result.errors or group.result.refused:
            return []
        return [self.found[id(item)] for item in group.sets if id(item) in self.found]


def read_batches(levels: Sequence[JudgedInterchange], source: Source) -> Batches:
    """Read the claims of every 837 that can be answered, and mark its errors as told by claim."""
    waiting: dict[_Key, deque[JudgedSet]] = {}
    for key, item in _sets(levels):
        waiting.setdefault(key, deque()).append(item)
    batches = Batches()
    for transaction in read_transactions(source):
        same = waiting.get(_key_of(transaction))
        if not same:
            continue
        judged = same.popleft()
        found = _answer(judged, transaction)
        if found is not None:
            batches.found[id(judged)] = found
            judged.by_claim = judged.result.errors > 0
    return batches


def _answer(item: JudgedSet, transaction: TransactionSet) -> _Answer | None:
    """Return the claims of a set with their verdicts, or None when it is refused as a whole."""
    known = item.result.set == CLAIM_SET and dialect_of(item.result.guide or "") is ACK_999
    guide = guide_of(item.result) if known else None
    errors = [finding for finding in item.findings if finding.severity == "error"]
    if guide is None or item.result.refused or not all(map(told_by_claim, errors)):
        return None
    places = {finding.offset for finding in errors}
    submitted = read_submitted(read_tree(guide, transaction.segments), places)
    verdicts = claim_verdicts(item, submitted)
    return (submitted, verdicts) if verdicts is not None and submitted.claims else None


def _sets(levels: Sequence[JudgedInterchange]) -> Iterator[tuple[_Key, JudgedSet]]:
    for interchange in levels:
        for group in interchange.groups:
            for item in group.sets:
                names = (interchange.result, group.result, item.result)
                first, second, third = (name.control.strip() for name in names)
                yield (first, second, third), item


def _key_of(transaction: TransactionSet) -> _Key:
    isa, gs = transaction.interchange, transaction.group
    return (
        isa.element(13).strip() if isa else "",
        gs.element(6).strip() if gs else "",
        transaction.control.strip(),
    )
