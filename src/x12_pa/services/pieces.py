"""The interchanges of a received file, and the tally of what reading them came to.

A file may hold a hundred thousand transaction sets: they are read one at a time, as they are asked
for, and none is kept.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import chain

from attrs import define, field, frozen

from x12_pa.exchange.store import InboundState, IngestOutcome
from x12_pa.ledger.control_numbers import scope_key
from x12_pa.syntax import Segment, TransactionSet, read_segments, read_transactions

KNOWN = "known interchanges"
UNMATCHED = "answers without a request"
ACKS_UNMATCHED = "acknowledgements of nothing that is known here"
REFUSED = "requests refused"
UNKNOWN_GUIDE = "278 sets of an unknown guide"
UNKNOWN_ELIGIBILITY = "270 and 271 sets of an unknown guide"
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
        CONFLICTING,
        UNNAMED,
        CLAIMS_REFUSED,
        BATCHES_REFUSED,
        OTHERS_REFUSED,
    }
)
"""What nobody can settle without looking; a command that read one of these ends with 1."""


def needs_a_person(counts: Mapping[str, int]) -> bool:
    """Say whether something that was read is left for a person."""
    return any(counts.get(name) for name in FOR_A_PERSON)


@frozen(kw_only=True)
class Piece:
    """One interchange of a file, with the bytes it consists of.

    Attributes:
        header: its ISA.
        offset: where it begins in the file.
        sets: how many transaction sets of each kind it has.
    """

    header: Segment
    offset: int
    data: bytes = field(repr=False)
    sets: Counter[str]
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

    def transactions(self) -> Iterator[TransactionSet]:
        """Yield its transaction sets, once, before those of the next piece are asked for."""
        return self._flow.between(self.offset, self.offset + len(self.data))


class _Flow:
    """The transaction sets of a file in order, each read when it is its turn."""

    def __init__(self, data: bytes) -> None:
        self._rest = read_transactions(data)

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


def pieces(data: bytes) -> Iterator[Piece]:
    """Yield the interchanges of a file with their bytes.

    Raises:
        NotX12: the file does not begin with an interchange.
    """
    found: list[tuple[Segment, Counter[str]]] = []
    for item in read_segments(data):
        if item.id == "ISA":
            found.append((item, Counter()))
        elif item.id == "ST":
            found[-1][1][item.element(1)] += 1
    flow = _Flow(data)
    ends = [header.offset for header, _ in found[1:]] + [len(data)]
    for (header, sets), end in zip(found, ends, strict=True):
        part = data[header.offset : end].rstrip()
        yield Piece(header=header, offset=header.offset, data=part, sets=sets, flow=flow)
