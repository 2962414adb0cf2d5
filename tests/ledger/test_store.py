"""The side of the ledger that the exchange works with: leases, guarded moves, one effect."""

import pytest
from attrs import evolve

from tests.ledger.conftest import Hands, Queue
from tests.support import NOW
from x12_pa.exchange.store import (
    Inbound,
    InboundState,
    IngestOutcome,
    Lease,
    LeaseLost,
    MailboxState,
    Observation,
    Outbound,
    OutboundState,
    StateConflict,
)
from x12_pa.ledger import audit, mailboxes
from x12_pa.ledger.database import Ledger
from x12_pa.ledger.intake import take_in
from x12_pa.ledger.store import LedgerStore


@pytest.fixture
def store(ledger: Ledger) -> LedgerStore:
    return LedgerStore(ledger=ledger)


@pytest.fixture
def lease(store: LedgerStore) -> Lease:
    taken = store.take_lease("acme", "host-a", 60)
    assert taken is not None
    return taken


def inbound(**changes: object) -> Inbound:
    row = Inbound(
        id="in-1",
        mailbox="acme",
        remote_name=b"RESP\xff.x12",
        remote_path=b"/out/RESP\xff.x12",
        sha256="a" * 64,
        size=4,
        mtime=17,
        state=InboundState.STORED,
        stored_at=NOW,
    )
    return evolve(row, **changes)


def work(store: LedgerStore, clock: Hands) -> list[Outbound]:
    return store.outbound_work("acme", clock())


def test_a_mailbox_has_one_worker(store: LedgerStore, lease: Lease) -> None:
    assert store.take_lease("acme", "host-b", 60) is None
    assert store.take_lease("other", "host-b", 60) is not None


def test_a_lease_that_ran_out_can_be_taken(store: LedgerStore, lease: Lease, clock: Hands) -> None:
    clock.forward(seconds=60)
    assert store.take_lease("acme", "host-b", 60) is not None
    with pytest.raises(LeaseLost, match="another process"):
        store.renew_lease(lease, 60)


def test_a_renewed_lease_holds_on(store: LedgerStore, lease: Lease, clock: Hands) -> None:
    clock.forward(seconds=50)
    store.renew_lease(lease, 60)
    clock.forward(seconds=50)
    assert store.take_lease("acme", "host-b", 60) is None


def test_the_same_owner_takes_its_lease_again_under_a_new_token(
    store: LedgerStore, lease: Lease
) -> None:
    again = store.take_lease("acme", "host-a", 60)
    assert again is not None
    assert again.token != lease.token
    store.release_lease(lease)
    assert store.take_lease("acme", "host-b", 60) is None


def test_a_released_mailbox_is_free(store: LedgerStore, lease: Lease) -> None:
    store.release_lease(lease)
    assert store.take_lease("acme", "host-b", 60) is not None


def test_a_forced_unlock_stops_the_holder(store: LedgerStore, lease: Lease) -> None:
    with store.ledger.write() as tx:
        assert mailboxes.unlock(tx, "acme", "the host is gone")
    with pytest.raises(LeaseLost):
        store.record(lease, "exchange.test", "mailbox:acme", {})


def test_a_worker_that_slept_changes_nothing(
    store: LedgerStore, lease: Lease, queue: Queue, clock: Hands
) -> None:
    queue()
    (before,) = work(store, clock)
    clock.forward(seconds=61)
    store.take_lease("acme", "host-b", 60)
    after = evolve(before, state=OutboundState.UPLOADING, attempt=1)
    for act in (
        lambda: store.move_outbound(lease, before, after),
        lambda: store.add_inbound(lease, inbound()),
        lambda: store.save_observations(lease, [], complete=True),
        lambda: store.save_mailbox_state(lease, MailboxState(mailbox="acme", paused="x")),
    ):
        with pytest.raises(LeaseLost):
            act()
    assert work(store, clock) == [before]
    assert store.inbound_work("acme") == []


def test_a_move_writes_what_recovery_needs(
    store: LedgerStore, lease: Lease, queue: Queue, clock: Hands
) -> None:
    queue()
    (before,) = work(store, clock)
    after = evolve(
        before,
        state=OutboundState.RENAMING,
        attempt=1,
        mode="rename",
        temp_path="/in/.a.part",
        final_path="/in/a",
        next_try_at=NOW,
    )
    store.move_outbound(lease, before, after)
    assert work(store, clock) == [after]


def test_a_move_from_a_state_that_has_changed_is_refused(
    store: LedgerStore, lease: Lease, queue: Queue, clock: Hands
) -> None:
    queue()
    (before,) = work(store, clock)
    after = evolve(before, state=OutboundState.UPLOADING, attempt=1)
    store.move_outbound(lease, before, after)
    with pytest.raises(StateConflict, match="QUEUED"):
        store.move_outbound(lease, before, after)


def test_renames_come_first_and_waiting_files_not_at_all(
    store: LedgerStore, lease: Lease, queue: Queue, clock: Hands
) -> None:
    for key in ("PA-1", "PA-2", "PA-3", "PA-4", "PA-5"):
        queue(key)
        clock.forward(seconds=1)
    one, two, three, four, five = work(store, clock)
    for before, state in ((two, "UPLOADING"), (four, "RENAMING"), (five, "SENT")):
        store.move_outbound(lease, before, evolve(before, state=OutboundState(state)))
    later = evolve(one, next_try_at=clock.now.replace(hour=15))
    store.move_outbound(lease, one, later)
    assert [each.id for each in work(store, clock)] == [four.id, two.id, three.id]
    clock.forward(hours=2)
    assert [each.id for each in work(store, clock)] == [four.id, two.id, one.id, three.id]


def test_sending_is_in_the_audit_chain_without_names(
    store: LedgerStore, lease: Lease, queue: Queue, clock: Hands
) -> None:
    queue()
    (before,) = work(store, clock)
    store.move_outbound(
        lease, before, evolve(before, state=OutboundState.SENT, sent_at=NOW, evidence="rename_ok")
    )
    with store.ledger.read() as tx:
        events = list(audit.entries(tx, subject=f"outbound:{before.id}"))
        assert audit.verify(tx).ok
    assert [each.event for each in events] == ["exchange.queued", "exchange.sent"]
    assert events[-1].data["evidence"] == "rename_ok"


def test_the_same_content_is_stored_once(store: LedgerStore, lease: Lease) -> None:
    store.add_inbound(lease, inbound())
    with pytest.raises(StateConflict):
        store.add_inbound(lease, inbound(id="in-2", remote_name=b"again.x12"))
    assert store.inbound_by_hash("acme", "a" * 64) == inbound()
    assert store.inbound_by_hash("acme", "b" * 64) is None


def test_a_file_is_work_until_it_is_read_and_cleared(store: LedgerStore, lease: Lease) -> None:
    store.add_inbound(lease, inbound())
    ingested = inbound(state=InboundState.INGESTED)
    store.move_inbound(lease, inbound(), ingested)
    assert store.inbound_work("acme") == [ingested]
    archived = evolve(ingested, state=InboundState.ARCHIVED, cleared=True)
    store.move_inbound(lease, ingested, archived)
    assert store.inbound_work("acme") == []
    with pytest.raises(StateConflict):
        store.move_inbound(lease, ingested, archived)


def test_reading_a_file_and_its_effects_are_one_transaction(
    store: LedgerStore, lease: Lease
) -> None:
    store.add_inbound(lease, inbound())

    def read(row: Inbound) -> IngestOutcome:
        with store.ledger.write() as tx:
            mailboxes.mailbox_id(tx, "an effect")
        return IngestOutcome(summary="3 responses", counts={"responses": 3})

    def crash(row: Inbound) -> IngestOutcome:
        read(row)
        raise RuntimeError("crash")

    with pytest.raises(RuntimeError):
        store.ingest(lease, inbound(), crash)
    with store.ledger.read() as tx:
        assert [each.name for each in mailboxes.summaries(tx)] == ["acme"]
    assert store.inbound_work("acme") == [inbound()]
    store.ingest(lease, inbound(), read)
    assert store.inbound_work("acme")[0].state is InboundState.INGESTED
    with store.ledger.read() as tx:
        assert len(mailboxes.summaries(tx)) == 2


def test_a_quarantined_file_keeps_its_reason(store: LedgerStore, lease: Lease) -> None:
    store.add_inbound(lease, inbound())
    bad = IngestOutcome(state=InboundState.QUARANTINED, reason="two files, one control number")
    store.ingest(lease, inbound(), lambda row: bad)
    found = store.inbound_by_hash("acme", "a" * 64)
    assert found is not None
    assert (found.state, found.error) == (InboundState.QUARANTINED, bad.reason)


def test_the_last_listing_is_remembered_and_forgotten(store: LedgerStore, lease: Lease) -> None:
    one = Observation(name=b"\xff one", size=None, mtime=None, since=NOW, seen_at=NOW)
    two = Observation(
        name=b"two",
        size=0,
        mtime=5,
        since=NOW,
        seen_at=NOW,
        complaint="zero-bytes",
        complained_at=NOW,
    )
    store.save_observations(lease, [one, two], complete=True)
    assert store.observations("acme") == {one.name: one, two.name: two}
    grown = evolve(two, size=9, complaint=None, complained_at=None)
    store.save_observations(lease, [grown], complete=False)
    assert store.observations("acme") == {one.name: one, two.name: grown}
    store.save_observations(lease, [grown], complete=True)
    assert store.observations("acme") == {two.name: grown}
    assert store.observations("never seen") == {}


def test_a_mailbox_remembers_its_runs(store: LedgerStore, lease: Lease) -> None:
    assert store.mailbox_state("never seen") == MailboxState(mailbox="never seen")
    state = MailboxState(
        mailbox="acme",
        last_started=NOW,
        last_finished=NOW,
        auth_failures=2,
        paused="login",
        last_error="E204",
    )
    store.save_mailbox_state(lease, state)
    assert store.mailbox_state("acme") == state


def test_a_file_from_disk_is_read_once(ledger: Ledger) -> None:
    read: list[str] = []

    def reader(row: Inbound) -> IngestOutcome:
        read.append(row.sha256)
        return IngestOutcome(summary="1 response")

    first = take_in(ledger, "resp.x12", b"ISA~IEA~", reader)
    again = take_in(ledger, "copy.x12", [b"ISA~", b"IEA~"], reader)
    assert (first.known, again.known, len(read)) == (False, True, 1)
    assert again.outcome.state is InboundState.DUPLICATE
    assert first.file.state is InboundState.INGESTED


def test_a_file_from_disk_that_could_not_be_read_is_read_again(ledger: Ledger) -> None:
    def crash(row: Inbound) -> IngestOutcome:
        raise RuntimeError("a defect in the reader")

    with pytest.raises(RuntimeError):
        take_in(ledger, "resp.x12", b"ISA~IEA~", crash)
    later = take_in(ledger, "resp.x12", b"ISA~IEA~", lambda row: IngestOutcome())
    assert not later.known
    assert ledger.spool.read(later.file.sha256) == b"ISA~IEA~"
