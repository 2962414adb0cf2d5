"""Segments, transaction sets, groups and interchanges as plain records.

`read_transactions` holds one transaction set at a time, `read_interchanges` one interchange.
`find_segments` looks for a few kinds of segments only, at a fraction of the cost of reading all.
Nothing here judges: a missing trailer is None, a control number that does not agree is simply
there to be compared. `parse` and `render` keep every byte.
"""

from collections.abc import Collection, Iterator

from attrs import define, field, frozen

from x12_pa.syntax.blocks import Source, read_blocks
from x12_pa.syntax.delimiters import DEFAULT_DELIMITERS, Delimiters
from x12_pa.syntax.segment import Segment

_FRAME_STARTS = frozenset({"IS", "GS", "ST", "SE", "GE", "IE"})
_BLANK = " \t\r\n\x00\x1a"


def read_segments(source: Source) -> Iterator[Segment]:
    """Yield the segments of a file in order, over all its interchanges.

    Raises:
        NotX12: the input does not begin with an interchange.
    """
    for block in read_blocks(source):
        marks = block.delimiters
        if marks is None:
            continue
        offset, line, broken = block.offset, block.line, marks.segment == "\n"
        for text, raw in zip(block.texts, block.raw.split(marks.segment), strict=False):
            if text and text[0] > " " < text[-1]:
                # Nearly always: nothing to take off, and at most one line break before it.
                if raw[0] > " ":
                    yield Segment(text, marks, offset, line)
                elif raw[0] == "\n" and raw[1] > " ":
                    yield Segment(text, marks, offset + 1, line + 1)
                else:
                    yield _indented(text, raw, marks, offset, line)
            elif text.strip():
                yield _indented(text, raw, marks, offset, line)
            offset += len(raw) + 1
            line += raw.count("\n") + broken


def _indented(text: str, raw: str, marks: Delimiters, offset: int, line: int) -> Segment:
    """Return a segment with blanks around it; `raw` begins at `offset` and `line`."""
    lead = len(raw) - len(raw.lstrip(_BLANK))
    return Segment(_bare(text), marks, offset + lead, line + raw.count("\n", 0, lead))


def _bare(text: str) -> str:
    return text.lstrip(_BLANK).rstrip("\r\n\x00\x1a")


def find_segments(source: Source, ids: Collection[str]) -> Iterator[Segment]:
    """Yield the segments with one of these ids, as `read_segments` would yield them.

    Raises:
        NotX12: the input does not begin with an interchange.
    """
    starts = frozenset(name[:2] for name in ids)
    for block in read_blocks(source):
        marks = block.delimiters
        if marks is None:
            continue
        for index, text in enumerate(block.texts):
            if text[:2] in starts or text[:1] in _BLANK:
                found = _bare(text)
                if found.partition(marks.element)[0] in ids:
                    yield Segment(found, marks, *block.locate(index))


@define
class TransactionSet:
    """One transaction set, ST to SE, with the headers it stands under."""

    segments: list[Segment]
    interchange: Segment | None = None
    group: Segment | None = None

    @property
    def id(self) -> str:
        """ST01, such as `278`."""
        return self.segments[0].element(1)

    @property
    def control(self) -> str:
        """ST02, the control number of the set."""
        return self.segments[0].element(2)

    @property
    def convention(self) -> str:
        """ST03, such as `005010X217`; "" when it is absent."""
        return self.segments[0].element(3)

    @property
    def complete(self) -> bool:
        """Whether the set ends with its SE."""
        return self.segments[-1].id == "SE"


@define
class Group:
    """One functional group, GS to GE."""

    header: Segment
    transactions: list[TransactionSet] = field(factory=list)
    trailer: Segment | None = None

    functional_id = property(lambda self: self.header.element(1))
    sender = property(lambda self: self.header.element(2))
    receiver = property(lambda self: self.header.element(3))
    control = property(lambda self: self.header.element(6))
    version = property(lambda self: self.header.element(8))


@define
class Interchange:
    """One interchange, ISA to IEA; `loose` holds segments outside groups, such as TA1."""

    header: Segment
    groups: list[Group] = field(factory=list)
    loose: list[Segment] = field(factory=list)
    trailer: Segment | None = None

    @property
    def delimiters(self) -> Delimiters:
        """The separators of this interchange."""
        return self.header.delimiters

    sender_qualifier = property(lambda self: self.header.element(5))
    sender = property(lambda self: self.header.element(6).strip())
    receiver_qualifier = property(lambda self: self.header.element(7))
    receiver = property(lambda self: self.header.element(8).strip())
    control = property(lambda self: self.header.element(13))
    usage = property(lambda self: self.header.element(15))


def read_interchanges(source: Source) -> Iterator[Interchange]:
    """Yield the interchanges of a file, each whole in memory.

    Raises:
        NotX12: the input does not begin with an interchange.
    """
    current: Interchange | None = None
    open_set: TransactionSet | None = None
    for item in read_segments(source):
        kind = item.id
        if kind == "ISA":
            if current is not None:
                yield current
            current, open_set = Interchange(item), None
            continue
        if current is None:
            continue
        open_set = _attach(current, open_set, item, kind)
    if current is not None:
        yield current


def _attach(
    current: Interchange, open_set: TransactionSet | None, item: Segment, kind: str
) -> TransactionSet | None:
    """Put one segment where it belongs; return the transaction set that is open after it."""
    group = current.groups[-1] if current.groups and current.groups[-1].trailer is None else None
    if kind == "IEA":
        current.trailer = item
    elif kind == "GS":
        current.groups.append(Group(item))
    elif kind == "GE" and group is not None:
        group.trailer = item
    elif kind == "ST" and group is not None:
        group.transactions.append(TransactionSet([item], current.header, group.header))
        return group.transactions[-1]
    elif open_set is not None:
        open_set.segments.append(item)
        return None if kind == "SE" else open_set
    else:
        current.loose.append(item)
    return None


def read_transactions(source: Source) -> Iterator[TransactionSet]:
    """Yield the transaction sets of a file, one in memory at a time.

    Raises:
        NotX12: the input does not begin with an interchange.
    """
    interchange: Segment | None = None
    group: Segment | None = None
    current: TransactionSet | None = None
    for item in read_segments(source):
        if current is not None and item.text[:2] not in _FRAME_STARTS:
            current.segments.append(item)
            continue
        kind = item.id
        if current is not None and kind in ("ST", "GE", "IEA", "ISA", "GS"):
            yield current
            current = None
        if kind == "ISA":
            interchange, group = item, None
        elif kind == "GS":
            group = item
        elif kind == "ST":
            current = TransactionSet([item], interchange, group)
        elif current is not None:
            current.segments.append(item)
            if kind == "SE":
                yield current
                current = None
    if current is not None:
        yield current


@frozen
class Document:
    """A file as segments, each with the exact bytes that it was read from.

    Attributes:
        segments: all segments in order.
        pieces: latin-1 text; joined they are the file. Same length as `segments` plus one: the
            first piece is what stands before the first segment.
    """

    segments: tuple[Segment, ...]
    pieces: tuple[str, ...]


def parse(data: bytes) -> Document:
    """Read a whole file so that `render` gives back every byte.

    Raises:
        NotX12: the input does not begin with an interchange.
    """
    text = data.decode("latin-1")
    segments = tuple(read_segments(data))
    cuts = [item.offset for item in segments] + [len(text)]
    pieces = [text[: cuts[0]]]
    pieces += [text[cuts[i] : cuts[i + 1]] for i in range(len(segments))]
    return Document(segments, tuple(pieces))


def render(document: Document) -> bytes:
    """Return the bytes of a document."""
    return "".join(document.pieces).encode("latin-1")


def render_segments(
    segments: Iterator[Segment] | list[Segment], delimiters: Delimiters = DEFAULT_DELIMITERS
) -> bytes:
    """Write segments one after the other with terminators and line ends."""
    end = delimiters.segment + delimiters.line_end
    return "".join(item.text + end for item in segments).encode("latin-1")
