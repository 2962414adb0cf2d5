"""One interchange around transaction sets, under our own envelope and control numbers."""

from collections.abc import Sequence
from datetime import datetime

from x12_pa.guides import Guide
from x12_pa.ledger.mailboxes import ControlNumbers
from x12_pa.services.office import Address
from x12_pa.syntax import Delimiters, Envelope, GroupContent, Segment, build_interchange


def interchange_of(
    address: Address,
    guide: Guide,
    sets: Sequence[list[Segment]],
    numbers: ControlNumbers,
    *,
    at: datetime,
    marks: Delimiters,
) -> bytes:
    """Return the bytes of one interchange with one group that holds the sets, each without SE."""
    envelope = Envelope(
        sender_qualifier=address.identity.qualifier,
        sender_id=address.identity.sender_id,
        receiver_qualifier=address.receiver_qualifier,
        receiver_id=address.receiver_id,
        control=numbers.isa13,
        usage=address.usage,
        at=at,
        ack_requested=address.ack_requested,
    )
    group = GroupContent(
        functional_id=guide.functional_id,
        sender=address.gs_sender,
        receiver=address.gs_receiver,
        control=numbers.gs06,
        version=guide.id,
        at=at,
        transactions=list(sets),
    )
    return build_interchange(envelope, [group], marks)


def file_name(kind: str, address: Address, numbers: ControlNumbers, at: datetime) -> str:
    """Return a name that no other file has: numbers count per direction, so it names that too."""
    ids = (address.identity.sender_id, address.receiver_id)
    between = "_".join("".join(filter(str.isalnum, each)) for each in ids)
    name = f"{kind}_{between}_{at:%Y%m%d}_{address.usage}{numbers.isa13:09d}.x12"
    return name.encode("ascii", "ignore").decode()
