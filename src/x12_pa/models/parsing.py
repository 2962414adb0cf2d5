"""From a transaction set to a `ReviewRequest` or `ReviewResponse`.

The direction is BHT02, never a file name: the guide that allows its value is the one that is read
by. A transaction set carries one patient; what a file holds beyond that (a second subscriber, a
loop of another guide) is kept in `unplaced` like every other segment without a field.
"""

from collections.abc import Iterator

import attrs

from x12_pa.errors import DocumentError
from x12_pa.guides import Guide, LoopInstance, find_guide, read_tree
from x12_pa.models.cells import Cells, LoopCells
from x12_pa.models.reading import FRAME, read_record
from x12_pa.models.review import ReviewRequest, ReviewResponse, Unplaced
from x12_pa.syntax import Segment, TransactionSet

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
    if not isinstance(source, LoopInstance):
        guide = guide or _guide_of(source)
        source = read_tree(guide, source.segments)
    root = LoopCells.read(source)
    record: ReviewRequest | ReviewResponse = read_record(_record_type(root), root, "")
    return attrs.evolve(record, unplaced=left_over(root))


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


def _record_type(root: LoopCells) -> type[ReviewRequest] | type[ReviewResponse]:
    """Tell the direction from the purposes that the guide of a tree allows."""
    for use in root.uses("BHT", None):
        codes = use.elements[1].codes or ()
        for record in _RECORDS:
            if attrs.fields(record).purpose.default in codes:
                return record
    raise DocumentError("The tree is not that of a request or response of 005010X217.")


def left_over(root: LoopCells) -> tuple[Unplaced, ...]:
    """Return what no field took, in the order of the file."""
    found = sorted(_unplaced(root), key=lambda pair: pair[0].offset)
    return tuple(unplaced for _, unplaced in found)


def _unplaced(root: LoopCells, path: str = "") -> Iterator[tuple[Segment, Unplaced]]:
    """Yield what no field took, each with its segment."""
    here = path if root.path is None else root.path

    def note(item: Segment, reason: str) -> tuple[Segment, Unplaced]:
        return item, Unplaced(path=here, loop=root.use.id, text=item.text, reason=reason)

    opening = None if root.path is None else root.use.trigger
    for cells in root.segments:
        reason = _reason(cells, opens_record=cells.use is opening)
        if reason and cells.source is not None and cells.use.id not in FRAME:
            yield note(cells.source, reason)
    for item in root.unplaced:
        yield note(item, "the guide has no place for it here")
    for child in root.children:
        yield from _unplaced(child, here)


def _reason(cells: Cells, *, opens_record: bool) -> str | None:
    left = cells.left_over()
    if left:
        names = sorted({f"{cells.use.id}{number:02d}" for number, _, _ in left})
        return f"no field could hold {', '.join(names)}"
    return None if cells.taken or opens_record else "it says nothing that a field holds"
