"""The interchanges of a received file, and the tally of what reading them came to."""

from collections import Counter
from collections.abc import Iterator, Mapping

from attrs import define, field, frozen

from x12_pa.exchange.store import InboundState, IngestOutcome
from x12_pa.ledger.control_numbers import scope_key
from x12_pa.syntax import Interchange, read_interchanges

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
    """One interchange of a file, with the bytes it consists of."""

    interchange: Interchange
    offset: int
    data: bytes

    @property
    def scope(self) -> str:
        """The direction of this interchange, as its own ISA says."""
        header = self.interchange
        mine = (header.sender_qualifier, header.sender)
        return scope_key(*mine, header.receiver_qualifier, header.receiver, header.usage)


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
    found = list(read_interchanges(data))
    ends = [item.header.offset for item in found[1:]] + [len(data)]
    for item, end in zip(found, ends, strict=True):
        start = item.header.offset
        yield Piece(interchange=item, offset=start, data=data[start:end].rstrip())
