"""277CA: what a payer says of each claim of an 837 before it is adjudicated.

It answers below the 999: the set was readable, now each claim is taken (`WQ`) or refused (`U`).
The 837 is found by its BHT03, a claim by CLM01, and a claim that was taken gets the payer's own
number (REF*1K). A rejection may stop at a level above the claims; then nothing below it follows,
and the statuses of that level speak for all claims of the batch.

Source: 005010X214 in our own words. Status codes (list 508) are shown as they stand.
"""

from collections.abc import Iterator

from attrs import frozen

from x12_pa.guides import LoopInstance, find_guide, read_tree
from x12_pa.syntax import Segment, Source, TransactionSet, read_transactions

_GUIDE = "005010X214"
_COMPOSITES = (1, 10, 11)


@frozen(kw_only=True)
class ClaimStatus:
    """One status of an STC: category (`A2`), code (`20`), entity (`PR`), and the STC's action."""

    category: str
    code: str
    entity: str = ""
    action: str = ""


@frozen(kw_only=True)
class ClaimAck:
    """The answer for one claim.

    Attributes:
        claim_id: our CLM01.
        payer_number: the payer's claim control number (REF*1K), or None.
        statuses: of the claim and of its refused service lines, in order.
    """

    claim_id: str
    payer_number: str | None = None
    statuses: tuple[ClaimStatus, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether the claim was taken: it has an answer, and none of it refuses."""
        return bool(self.statuses) and all(item.action != "U" for item in self.statuses)


@frozen(kw_only=True)
class ClaimBatchAck:
    """A 277CA: the answer to the claims of one 837 transaction set.

    Attributes:
        batch: BHT03 of our 837.
        statuses: of the batch as a whole and of the billing providers in it.
        claims: may be empty when the batch was refused as a whole.
    """

    sender: str = ""
    receiver: str = ""
    batch: str
    statuses: tuple[ClaimStatus, ...] = ()
    claims: tuple[ClaimAck, ...] = ()


def read_claim_acknowledgements(source: Source) -> list[ClaimBatchAck]:
    """Return the 277CA answers in a file, in order; other transaction sets are passed over.

    Raises:
        NotX12: the input does not begin with an interchange.
    """
    found = []
    for item in read_transactions(source):
        version = item.group.element(8) if item.group else ""
        if item.id == "277" and _GUIDE in (item.convention, version):
            found += list(_batches(item))
    return found


def _batches(item: TransactionSet) -> Iterator[ClaimBatchAck]:
    guide = find_guide(set_id="277", convention=_GUIDE)
    assert guide is not None
    isa = item.interchange
    for batch in read_tree(guide, item.segments).descend("2000B"):
        above = [*batch.loops("2200B"), *batch.descend("2200C")]
        yield ClaimBatchAck(
            sender=isa.element(6).strip() if isa else "",
            receiver=isa.element(8).strip() if isa else "",
            batch=next((_trace(loop) for loop in above), ""),
            statuses=tuple(status for loop in above for status in _statuses(loop)),
            claims=tuple(_claim(loop) for loop in batch.descend("2200D")),
        )


def _claim(loop: LoopInstance) -> ClaimAck:
    number = loop.first("REF", "1K")
    lines = [status for line in loop.loops("2220D") for status in _statuses(line)]
    return ClaimAck(
        claim_id=_trace(loop),
        payer_number=number.element(2) if number else None,
        statuses=(*_statuses(loop), *lines),
    )


def _trace(loop: LoopInstance) -> str:
    trace = loop.first("TRN")
    return trace.element(2) if trace else ""


def _statuses(loop: LoopInstance) -> Iterator[ClaimStatus]:
    for item in loop.all("STC"):
        for number in _COMPOSITES:
            if item.element(number):
                yield _status(item, number)


def _status(item: Segment, number: int) -> ClaimStatus:
    return ClaimStatus(
        category=item.component(number, 1),
        code=item.component(number, 2),
        entity=item.component(number, 3),
        action=item.element(3),
    )
