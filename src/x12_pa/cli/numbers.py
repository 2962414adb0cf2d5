"""Control numbers for files that a command writes: taken from the ledger, so that none repeats.

A number is taken in a transaction of its own, before the bytes exist. If the command fails after
that, the number is lost; gaps are allowed, repetition is not.
"""

from typing import TYPE_CHECKING

from x12_pa.acks import ControlNumbers
from x12_pa.ledger.control_numbers import next_control, scope_key
from x12_pa.ledger.database import Ledger

if TYPE_CHECKING:
    from x12_pa.syntax import Envelope
    from x12_pa.validation import InterchangeResult


def take_number(ledger: Ledger, scope: str, kind: str) -> int:
    """Take the next number of a scope; `kind` is `ISA` or `GS`."""
    with ledger.write() as tx:
        return next_control(tx, scope, kind)


def scope_of(envelope: "Envelope") -> str:
    """Return the scope that counts the interchanges with this sender, receiver and usage."""
    return scope_key(
        envelope.sender_qualifier,
        envelope.sender_id,
        envelope.receiver_qualifier,
        envelope.receiver_id,
        envelope.usage,
    )


def numbers_for_answers(ledger: Ledger) -> ControlNumbers:
    """Return the counters for acknowledgements: sender and receiver change places."""

    def take(received: "InterchangeResult", kind: str) -> int:
        scope = scope_key(
            received.receiver_qualifier,
            received.receiver,
            received.sender_qualifier,
            received.sender,
            received.usage,
        )
        return take_number(ledger, scope, kind)

    return ControlNumbers(
        interchange=lambda received: take(received, "ISA"),
        group=lambda received: take(received, "GS"),
    )
