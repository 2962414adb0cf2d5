"""Change an 837 without touching any other byte: splices over the original file.

A splice replaces the bytes from `start` to `end` by a text; an insertion has `start == end`. New
segments use the file's own separators and line ends, and stand where the guide puts them in their
loop. SE01 is counted again in every set whose number of segments changed. `apply` copies the file
and works through the splices in order, so memory does not grow with the file.
"""

import shutil
from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import BinaryIO

from attrs import frozen

from x12_pa.reconcile import bindings as at
from x12_pa.reconcile.claims import ClaimSet, Reference, Slot
from x12_pa.syntax import DEFAULT_DELIMITERS, Delimiters, Segment, segment

COPY_BYTES = 1 << 20


@frozen(kw_only=True)
class Splice:
    """Bytes `start` to `end` become `text`; `order` decides between splices at one offset."""

    start: int
    end: int
    text: str
    order: int = 0


@frozen(kw_only=True)
class Insert:
    """Put a number into a slot. `payer_id` is that of another payer on a line, else None."""

    slot: Slot
    number: str
    payer_id: str | None = None


@frozen(kw_only=True)
class Replace:
    """Write another number in the place of one that stands there."""

    reference: Reference
    number: str
    payer_id: str | None = None


@frozen(kw_only=True)
class Remove:
    """Take a number's segment out, with its line end."""

    reference: Reference


Edit = Insert | Replace | Remove


def splices(found: ClaimSet, edits: Sequence[Edit]) -> list[Splice]:
    """Return the bytes to change in one transaction set, SE01 included."""
    changed = [_splice(edit, found.delimiters) for edit in edits]
    counted = _recount(found, edits)
    return changed if counted is None else [*changed, counted]


def _splice(edit: Edit, delimiters: Delimiters) -> Splice:
    """Return the bytes to change for one edit."""
    if isinstance(edit, Insert):
        slot = edit.slot
        text = _written(slot.qualifier, edit.number, edit.payer_id, delimiters)
        return Splice(start=slot.offset, end=slot.offset, text=text, order=slot.order)
    old = edit.reference
    if isinstance(edit, Remove):
        return Splice(start=old.offset, end=old.end, text="")
    text = _written(old.qualifier, edit.number, edit.payer_id, delimiters)
    return Splice(start=old.offset, end=old.end, text=text)


def number_segment(
    qualifier: str, number: str, payer_id: str | None, delimiters: Delimiters = DEFAULT_DELIMITERS
) -> Segment:
    """Build the REF segment of a number."""
    owner = (at.PAYER_IN_REFERENCE, payer_id) if payer_id else ""
    return segment(at.NUMBER_SEGMENT, qualifier, number, "", owner, delimiters=delimiters)


def _written(qualifier: str, number: str, payer_id: str | None, marks: Delimiters) -> str:
    text = number_segment(qualifier, number, payer_id, marks).text
    return text + marks.segment + marks.line_end


def _recount(found: ClaimSet, edits: Sequence[Edit]) -> Splice | None:
    """Return the change of SE01, None when the number of segments stays as it is."""
    added = sum(isinstance(edit, Insert) for edit in edits)
    removed = sum(isinstance(edit, Remove) for edit in edits)
    if added == removed:
        return None
    text = str(found.segments + added - removed).zfill(_zeros(found.count))
    end = found.count_offset + len(found.count)
    return Splice(start=found.count_offset, end=end, text=text)


def _zeros(count: str) -> int:
    """Keep the width of a count that was written with leading zeros."""
    return len(count) if count.startswith("0") else 0


def in_order(splices: Iterable[Splice]) -> tuple[Splice, ...]:
    """Sort splices for `apply`: by offset, insertions before changes, then by rank."""
    return tuple(sorted(splices, key=lambda item: (item.start, item.end, item.order)))


def apply(source: BinaryIO, splices: Iterable[Splice], out: BinaryIO) -> None:
    """Copy `source` from its start to `out` with the splices worked in.

    Args:
        source: a seekable stream of the file that the splices were made for.
        splices: sorted (`in_order`) and not overlapping.
        out: where the result goes.
    """
    source.seek(0)
    position = 0
    for item in splices:
        _copy(source, out, item.start - position)
        out.write(item.text.encode("latin-1"))
        source.seek(item.end)
        position = item.end
    shutil.copyfileobj(source, out, COPY_BYTES)


def _copy(source: BinaryIO, out: BinaryIO, count: int) -> None:
    while count > 0:
        chunk = source.read(min(count, COPY_BYTES))
        if not chunk:
            return
        out.write(chunk)
        count -= len(chunk)


def applied(source: bytes, splices: Iterable[Splice]) -> bytes:
    """Return the bytes of a whole file with the splices worked in."""
    out = BytesIO()
    apply(BytesIO(source), splices, out)
    return out.getvalue()
