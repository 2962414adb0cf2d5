"""The interchanges of a received file, and the tally of what reading them came to.

A file may hold a hundred thousand transaction sets, or as many interchanges: they are read one at a
time, as they are asked for, and neither they nor the bytes of the file are kept. What comes before
an answer is known by then (which kinds of sets there are, the hash of the bytes) takes passes of
its own over the file, which cost little beside reading it.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from io import SEEK_END, BytesIO
from itertools import chain
from typing import BinaryIO, cast

from attrs import define, field, frozen

from x12_pa.exchange.store import InboundState, IngestOutcome
from x12_pa.ledger.control_numbers import scope_key
from x12_pa.ledger.spool import Stretch
from x12_pa.syntax import Segment, Source, TransactionSet, find_segments, read_transactions

_CHUNK_BYTES = 1 << 18
_COUNTED = frozenset({"ISA", "ST", "TA1"})

KNOWN = "known interchanges"
UNMATCHED = "answers without a request"
ACKS_UNMATCHED = "acknowledgements of nothing that is known here"
REFUSED = "requests refused"
UNKNOWN_GUIDE = "278 sets of an unknown guide"
UNKNOWN_ELIGIBILITY = "270 and 271 sets of an unknown guide"
MISCOUNTED = "sets that do not hold as many segments as their SE01 says"
CONFLICTING = "requests whose reference another one has"
UNNAMED = "requests without a reference"
UNLIKE_GUIDE = "breaches of the payer's own guide"
NOT_HELD_AGAINST = "interchanges not held against the payer's guide, which cannot be used"

CLAIMS_REFUSED = "claims refused"
BATCHES_REFUSED = "claim batches refused"
OTHERS_TAKEN = "groups or sets of another program taken"
OTHERS_REFUSED = "groups or sets of another program refused"
FOR_A_PERSON = frozenset(
    {
        UNMATCHED,
        ACKS_UNMATCHED,
        REFUSED,
        UNKNOWN_GUIDE,
        UNKNOWN_ELIGIBILITY,
        MISCOUNTED,
        CONFLICTING,
        UNNAMED,
        CLAIMS_REFUSED,
        BATCHES_REFUSED,
        OTHERS_REFUSED,
    }
)
"""What nobody can settle without looking; a command that read one of these ends with 1."""


def is_counted(transaction: TransactionSet) -> bool:
    """Tell whether a set holds as many segments as its SE01 says: if not, some may be lost.

    What is lost could be the very segment that says no, so such a set answers nothing.
    """
    last = transaction.segments[-1]
    return last.element(1).strip().lstrip("0") == str(len(transaction.segments))


def needs_a_person(counts: Mapping[str, int]) -> bool:
    """Say whether something that was read is left for a person."""
    return any(counts.get(name) for name in FOR_A_PERSON)


@frozen(kw_only=True)
class Piece:
    """One interchange of a file.

    Attributes:
        header: its ISA.
        offset, size: where it begins in the file, and how many bytes it has up to its last one that
            is no blank.
        sets: how many transaction sets of each kind it has; TA1 segments are counted as well.
    """

    header: Segment
    offset: int
    size: int
    sets: Counter[str]
    _file: "_File" = field(repr=False, eq=False)
    _flow: "_Flow" = field(repr=False, eq=False)

    @property
    def control(self) -> str:
        """ISA13."""
        return self.header.element(13).strip()

    @property
    def sender(self) -> str:
        """ISA06."""
        return self.header.element(6).strip()

    @property
    def scope(self) -> str:
        """The direction of this interchange, as its own ISA says."""
        return scope_key(*map(self.header.element, (5, 6, 7, 8, 15)))

    def open(self) -> BinaryIO:
        """Return its bytes as a stream."""
        return self._file.stretch(self.offset, self.size)

    def digests(self, *ends: bytes) -> list[str]:
        """Return the SHA-256 of its bytes, with each of these ends behind them."""
        whole = hashlib.sha256()
        stream = self.open()
        while chunk := stream.read(_CHUNK_BYTES):
            whole.update(chunk)
        found = []
        for end in ends:
            copy = whole.copy()
            copy.update(end)
            found.append(copy.hexdigest())
        return found

    def transactions(self) -> Iterator[TransactionSet]:
        """Yield its transaction sets, once, before those of the next piece are asked for."""
        return self._flow.between(self.offset, self.offset + self.size)


class _File:
    """A file of which several stretches are read at a time."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.size = len(source) if isinstance(source, bytes) else source.seek(0, SEEK_END)

    def stretch(self, start: int, size: int) -> BinaryIO:
        """Return some of its bytes as a stream of their own."""
        if isinstance(self._source, bytes):
            return BytesIO(self._source[start : start + size])
        return cast(BinaryIO, Stretch(self._source.fileno(), start, size))

    def without_blanks(self, start: int, end: int) -> int:
        """Return where the last byte between two offsets that is no blank ends."""
        while start < end:
            begin = max(start, end - _CHUNK_BYTES)
            if kept := self.stretch(begin, end - begin).read().rstrip():
                return begin + len(kept)
            end = begin
        return start


class _Flow:
    """The transaction sets of a file in order, each read when it is its turn."""

    def __init__(self, file: _File) -> None:
        self._rest = read_transactions(file.stretch(0, file.size))

    def between(self, start: int, end: int) -> Iterator[TransactionSet]:
        """Yield the sets that begin between two offsets; those before are passed over."""
        for item in self._rest:
            offset = item.segments[0].offset
            if offset >= end:
                self._rest = chain((item,), self._rest)
                return
            if offset >= start:
                yield item


@define
class Tally:
    """What reading a file came to."""

    counts: Counter[str] = field(factory=Counter)
    conflicts: int = 0

    def outcome(self) -> IngestOutcome:
        """Return it as the exchange records it."""
        counts = dict(self.counts)
        summary = ", ".join(f"{number} {what}" for what, number in counts.items()) or "nothing new"
        if self.conflicts:
            reason = "another interchange with this control number but other content is known"
            return IngestOutcome(
                state=InboundState.QUARANTINED,
                summary=f"{summary}; {reason}" if counts else reason,
                reason=reason,
                counts=counts,
            )
        state = InboundState.INGESTED
        if set(counts) == {KNOWN}:
            state = InboundState.DUPLICATE
        return IngestOutcome(state=state, summary=summary, counts=counts)


def pieces(source: Source) -> Iterator[Piece]:
    """Yield the interchanges of a file.

    Args:
        source: bytes, or an open file on disk.

    Raises:
        NotX12: the file does not begin with an interchange.
    """
    file = _File(source)
    flow = _Flow(file)
    for header, sets, end in _interchanges(file):
        size = file.without_blanks(header.offset, end) - header.offset
        yield Piece(header=header, offset=header.offset, size=size, sets=sets, file=file, flow=flow)


def _interchanges(file: _File) -> Iterator[tuple[Segment, Counter[str], int]]:
    """Yield the ISA of each interchange, what is counted in it, and where the next one begins."""
    header: Segment | None = None
    sets: Counter[str] = Counter()
    for item in find_segments(file.stretch(0, file.size), _COUNTED):
        kind = item.id
        if kind == "ISA":
            if header is not None:
                yield header, sets, item.offset
            header, sets = item, Counter()
        else:
            sets[item.element(1) if kind == "ST" else kind] += 1
    if header is not None:
        yield header, sets, file.size
