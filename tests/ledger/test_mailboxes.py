"""Queueing a file: its numbers, bytes and row are one thing, and it is queued once."""

import pytest
from sqlalchemy import update

from tests.ledger.conftest import SCOPE, Hands, Queue, render
from tests.support import NOW
from x12_pa.errors import Refused, UsageError
from x12_pa.exchange.store import OutboundState
from x12_pa.ledger import audit, interchanges, mailboxes, schema
from x12_pa.ledger.control_numbers import counters
from x12_pa.ledger.database import Ledger
from x12_pa.ledger.mailboxes import ControlNumbers, Rendered


def set_state(ledger: Ledger, number: int, state: OutboundState) -> None:
    with ledger.write() as tx:
        here = schema.outbound.c.id == number
        values = {"state": state.value, "sent_at": tx.now}
        tx.execute(update(schema.outbound).where(here).values(**values))


def test_a_queued_file_carries_the_numbers_in_its_row(ledger: Ledger, queue: Queue) -> None:
    queued = queue()
    assert (queued.isa13, queued.gs06, queued.state) == (1, 1, OutboundState.QUEUED)
    assert ledger.spool.read(queued.sha256) == b"ISA*000000001~GS*HI*1~IEA~"
    with ledger.read() as tx:
        sent = interchanges.interchange(tx, queued.interchange_id or 0)
    assert sent is not None
    assert (sent.file_sha256, sent.direction) == (queued.sha256, "out")


def test_the_same_key_is_queued_once(ledger: Ledger, queue: Queue) -> None:
    first, again = queue("PA-1"), queue("PA-1")
    assert (first.created, again.created) == (True, False)
    assert again.id == first.id
    with ledger.read() as tx:
        assert [each.value for each in counters(tx)] == [1, 1]


def test_a_rendering_that_fails_takes_no_number(ledger: Ledger, queue: Queue) -> None:
    def broken(numbers: ControlNumbers) -> Rendered:
        raise Refused("the request would be rejected")

    with pytest.raises(Refused), ledger.write() as tx:
        mailboxes.enqueue(tx, mailbox="acme", scope=SCOPE, key="PA-1", render=broken)
    assert queue("PA-2").isa13 == 1


@pytest.mark.parametrize("name", ["../a.x12", "a b", ".hidden", "", "x" * 201, "a/b"])
def test_an_unsafe_file_name_is_not_queued(ledger: Ledger, name: str) -> None:
    with pytest.raises(UsageError, match="file name"), ledger.write() as tx:
        mailboxes.enqueue(
            tx,
            mailbox="acme",
            scope=SCOPE,
            key="k",
            render=lambda _: Rendered(data=b"ISA", final_name=name),
        )


def test_a_file_name_is_used_once_in_a_mailbox(ledger: Ledger) -> None:
    def fixed(numbers: ControlNumbers) -> Rendered:
        return Rendered(data=render(numbers).data, final_name="request.x12")

    with ledger.write() as tx:
        mailboxes.enqueue(tx, mailbox="acme", scope=SCOPE, key="1", render=fixed)
        mailboxes.enqueue(tx, mailbox="other", scope=SCOPE, key="2", render=fixed)
        with pytest.raises(UsageError, match="control number"):
            mailboxes.enqueue(tx, mailbox="acme", scope=SCOPE, key="3", render=fixed)


def test_status_counts_files_by_state(ledger: Ledger, queue: Queue) -> None:
    queue("PA-1")
    set_state(ledger, queue("PA-2").id, OutboundState.SENT)
    with ledger.read() as tx:
        (line,) = mailboxes.summaries(tx)
    assert line.outbound == {"QUEUED": 1, "SENT": 1}
    assert line.oldest_queued == NOW


def test_files_can_be_listed_by_mailbox_and_state(ledger: Ledger, queue: Queue) -> None:
    queue("PA-1")
    set_state(ledger, queue("PA-2").id, OutboundState.SENT)
    queue("PA-3", mailbox="other")
    with ledger.read() as tx:
        found = mailboxes.files(tx, mailbox="acme", states=[OutboundState.QUEUED])
    assert [each.idempotency_key for each in found] == ["PA-1"]


def test_a_sent_file_without_acknowledgement_is_noticed(
    ledger: Ledger, queue: Queue, clock: Hands
) -> None:
    set_state(ledger, queue().id, OutboundState.SENT)
    clock.forward(hours=2)
    with ledger.read() as tx:
        assert mailboxes.unacknowledged(tx, sent_before=NOW) == []
        assert len(mailboxes.unacknowledged(tx, sent_before=clock())) == 1


def test_a_person_can_mark_an_ambiguous_file_as_sent(ledger: Ledger, queue: Queue) -> None:
    number = queue().id
    set_state(ledger, number, OutboundState.AMBIGUOUS)
    with ledger.write() as tx:
        after = mailboxes.settle(tx, number, to=OutboundState.SENT, reason="payer confirmed it")
        last = list(audit.entries(tx, subject=f"outbound:{number}"))[-1]
    assert (after.state, after.evidence) == (OutboundState.SENT, "by_hand")
    assert last.data["reason"] == "payer confirmed it"


@pytest.mark.parametrize("state", ["RENAMING", "SENT", "AMBIGUOUS", "UPLOADING"])
def test_nobody_queues_again_what_may_have_arrived(
    ledger: Ledger, queue: Queue, state: str
) -> None:
    number = queue().id
    set_state(ledger, number, OutboundState(state))
    with ledger.write() as tx, pytest.raises(Refused, match="Nothing was changed"):
        mailboxes.settle(tx, number, to=OutboundState.QUEUED, reason="try again")


def test_moving_a_file_by_hand_needs_a_reason(ledger: Ledger, queue: Queue) -> None:
    number = queue().id
    with ledger.write() as tx, pytest.raises(UsageError, match="reason"):
        mailboxes.settle(tx, number, to=OutboundState.HELD, reason="")


def test_a_paused_mailbox_says_why(ledger: Ledger) -> None:
    with ledger.write() as tx:
        mailboxes.pause(tx, "acme", "password rejected three times")
        assert mailboxes.summaries(tx)[0].paused == "password rejected three times"
        mailboxes.resume(tx, "acme", "new password")
        assert mailboxes.summaries(tx)[0].paused is None


def test_bytes_without_a_row_are_named(ledger: Ledger, queue: Queue) -> None:
    queue()
    orphan = ledger.spool.put(b"ISA*never queued~")
    with ledger.read() as tx:
        assert mailboxes.orphans(tx) == [orphan]
