"""From a transaction set to a `ReviewRequest` or `ReviewResponse`.

The direction is BHT02, never a file name: the guide that allows its value is the one that is read
by. A transaction set carries one patient; what a file holds beyond that (a second subscriber, a
loop of another guide) is kept in `unplaced` like every other segment without a field.
"""

import attrs

from x12_pa.errors import DocumentError
from x12_pa.guides import Guide, LoopInstance, LoopUse, SegmentUse, find_guide, read_tree
from x12_pa.models.reading import read_set
from x12_pa.models.review import ReviewRequest, ReviewResponse, Unplaced
from x12_pa.models.traces import Reading
from x12_pa.syntax import TransactionSet

_RECORDS: tuple[type[ReviewRequest] | type[ReviewResponse], ...] = (ReviewRequest, ReviewResponse)

_SET = "278"


def parse_review(
    source: LoopInstance | TransactionSet, guide: Guide | None = None
) -> ReviewRequest | ReviewResponse:
    """Read one 278 transaction set.

    Args:
        source: a tree that `read_tree` made, or the transaction set itself.
        guide: the guide to read by; found from ST03 and BHT02 when it is left out.

    Raises:
        DocumentError: it is no 278 request or response of a guide that we know.
    """
    own = not isinstance(source, LoopInstance)
    if not isinstance(source, LoopInstance):
        source = read_tree(guide or _guide_of(source), source.segments)
    record: ReviewRequest | ReviewResponse
    record, found = read_set(_record_type(source.use), source)
    if own:
        source.release()
    return attrs.evolve(record, unplaced=unplaced(found)) if found.left_over else record


def _guide_of(transaction: TransactionSet) -> Guide:
    purpose = next((item.element(2) for item in transaction.segments if item.id == "BHT"), "")
    guide = find_guide(
        set_id=transaction.id,
        convention=transaction.convention,
        version="" if transaction.group is None else transaction.group.element(8),
        purpose=purpose,
    )
    if guide is None or guide.set != _SET or guide.origin != "own":
        raise DocumentError(
            f"Transaction set {transaction.control or '?'} is no {_SET} that a guide here "
            "describes. Expected a request or response of 005010X217."
        )
    return guide


def _record_type(root: LoopUse) -> type[ReviewRequest] | type[ReviewResponse]:
    """Tell the direction from the purposes that the guide of a tree allows."""
    opening = [use for use in root.children if isinstance(use, SegmentUse) and use.id == "BHT"]
    for use in opening:
        codes = use.elements[1].codes or ()
        for record in _RECORDS:
            if attrs.fields(record).purpose.default in codes:
                return record
    raise DocumentError("The tree is not that of a request or response of 005010X217.")


def unplaced(found: Reading) -> tuple[Unplaced, ...]:
    """Return what no field took, in the order of the file."""
    return tuple(
        Unplaced(path=one.path, loop=one.loop, text=one.segment.text, reason=one.reason)
        for one in found.left_over
    )
