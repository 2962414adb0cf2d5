"""Envelopes: write ISA/GS/ST around transaction sets, and tell whether a file is whole.

An interchange says itself when it is complete: it begins with ISA and ends with an IEA that
repeats ISA13. The exchange relies on that beside the size of a file.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from io import SEEK_END, BytesIO
from typing import BinaryIO

from attrs import frozen

from x12_pa.errors import UsageError
from x12_pa.syntax.blocks import Source
from x12_pa.syntax.delimiters import DEFAULT_DELIMITERS, Delimiters, NotX12
from x12_pa.syntax.document import find_segments, read_segments, render_segments
from x12_pa.syntax.segment import Segment, segment


@frozen(kw_only=True)
class Envelope:
    """What an ISA says.

    Attributes:
        control: ISA13 as a number, 1 to 999,999,999.
        usage: ISA15, `P` for production or `T` for test.
        at: date and time of ISA09/ISA10, written as given.
    """

    sender_qualifier: str
    sender_id: str
    receiver_qualifier: str
    receiver_id: str
    control: int
    usage: str
    at: datetime
    ack_requested: bool = True
    version: str = "00501"


@frozen(kw_only=True)
class GroupContent:
    """One functional group to be written.

    Attributes:
        control: GS06 as a number.
        version: GS08, the guide id.
        transactions: each a list of segments from ST on, without SE; SE is counted and added.
    """

    functional_id: str
    sender: str
    receiver: str
    control: int
    version: str
    at: datetime
    transactions: Sequence[Sequence[Segment]]


def build_interchange(
    envelope: Envelope,
    groups: Sequence[GroupContent],
    delimiters: Delimiters = DEFAULT_DELIMITERS,
    *,
    loose: Sequence[Segment] = (),
) -> bytes:
    """Write one interchange.

    Args:
        loose: segments between ISA and the first GS, such as TA1.

    Raises:
        UsageError: an identifier does not fit its element, or a separator stands in the data.
    """
    lines = [_isa(envelope, delimiters), *loose]
    for group in groups:
        lines += _group(group, delimiters)
    control = f"{envelope.control:09d}"
    lines.append(segment("IEA", str(len(groups)), control, delimiters=delimiters))
    for line in lines[1:]:
        _refuse_separators(line, delimiters)
    return render_segments(lines, delimiters)


def _isa(envelope: Envelope, delimiters: Delimiters) -> Segment:
    if not 1 <= envelope.control <= 999_999_999:
        raise UsageError(f"ISA13 must be 1 to 999999999, not {envelope.control}.")
    for name, value in (("ISA06", envelope.sender_id), ("ISA08", envelope.receiver_id)):
        if not 1 <= len(value) <= 15:
            raise UsageError(f"{name} must have 1 to 15 characters; it has {len(value)}.")
    return segment(
        "ISA",
        "00",
        " " * 10,
        "00",
        " " * 10,
        envelope.sender_qualifier,
        f"{envelope.sender_id:<15}",
        envelope.receiver_qualifier,
        f"{envelope.receiver_id:<15}",
        f"{envelope.at:%y%m%d}",
        f"{envelope.at:%H%M}",
        delimiters.repetition,
        envelope.version,
        f"{envelope.control:09d}",
        "1" if envelope.ack_requested else "0",
        envelope.usage,
        delimiters.component,
        delimiters=delimiters,
    )


def _group(group: GroupContent, delimiters: Delimiters) -> list[Segment]:
    control = str(group.control)
    date, time = f"{group.at:%Y%m%d}", f"{group.at:%H%M}"
    head = ("GS", group.functional_id, group.sender, group.receiver, date, time, control)
    lines = [segment(*head, "X", group.version, delimiters=delimiters)]
    for transaction in group.transactions:
        lines += transaction
        count, number = str(len(transaction) + 1), transaction[0].element(2)
        lines.append(segment("SE", count, number, delimiters=delimiters))
    count = str(len(group.transactions))
    return [*lines, segment("GE", count, control, delimiters=delimiters)]


def _refuse_separators(line: Segment, delimiters: Delimiters) -> None:
    if delimiters.segment in line.text or line.delimiters != delimiters:
        raise UsageError(
            f"A {line.id} segment was built for other separators than the interchange has, or "
            "holds the segment terminator. Choose separators that do not occur in the data."
        )


_TAIL = re.compile(rb"IEA(.)[0-9]*\1([0-9 ]+)[^0-9A-Za-z]?\s*\Z", re.DOTALL)
_TAIL_BYTES = 400
_CHUNK_BYTES = 1 << 18
_ENVELOPES = frozenset({"ISA", "GS", "IEA"})


def missing_part(source: Source) -> str | None:
    """Say which part a file lacks to be whole interchanges, or None when it is complete.

    Looks at the envelope only: every ISA has its IEA with the same control number, no group that
    IEA01 announces is missing, and nothing follows the last IEA. Interchanges of TA1 alone are
    seen with IEA01 of 0 and of 1.

    Args:
        source: bytes, or a stream that can seek; it is read from its beginning.
    """
    stream = BytesIO(source) if isinstance(source, bytes) else source
    end = stream.seek(0, SEEK_END)
    stream.seek(max(0, end - _TAIL_BYTES))
    tail = stream.read()
    stream.seek(0)
    if not _TAIL.search(tail):
        if not tail.strip() and _is_blank(stream):
            return "it is empty"
        stream.seek(0)
        return _beginning(stream) or "it does not end with an IEA segment"
    try:
        return _unclosed(stream)
    except NotX12:
        return "it does not begin with an ISA segment"


def _unclosed(stream: BinaryIO) -> str | None:
    """Say which interchange its IEA does not close as it should."""
    header: Segment | None = None
    groups = 0
    for item in find_segments(stream, _ENVELOPES):
        kind = item.id
        if kind == "ISA":
            if header is not None:
                return f"interchange {header.element(13)} has no IEA"
            header, groups = item, 0
        elif kind == "GS":
            groups += 1
        elif header is not None:
            if item.element(2).strip() != header.element(13).strip():
                return f"IEA02 does not repeat ISA13 {header.element(13)}"
            if groups and item.element(1).isdecimal() and int(item.element(1)) > groups:
                return f"IEA01 announces {item.element(1)} groups, {groups} are there"
            header = None
    return None if header is None else f"interchange {header.element(13)} has no IEA"


def _is_blank(stream: BinaryIO) -> bool:
    return not any(chunk.strip() for chunk in iter(lambda: stream.read(_CHUNK_BYTES), b""))


def _beginning(stream: BinaryIO) -> str | None:
    """Say that a file does not even begin as X12, or None if it does."""
    try:
        next(read_segments(stream), None)
    except NotX12:
        stream.seek(0)
        cut = stream.read(3) == b"ISA"
        return (
            "it is cut off in its ISA segment" if cut else "it does not begin with an ISA segment"
        )
    return None
