"""What stands still is let go by a person: with a reason, once, and on the path of a new file."""

import re

import pytest

from tests.services.bench import Bench
from tests.services.test_ingest import numbered, ready
from x12_pa.errors import UsageError
from x12_pa.exchange.store import InboundState, OutboundState
from x12_pa.ledger import audit, mailboxes
from x12_pa.ledger.quarantine import quarantined
from x12_pa.services.lists import authorizations
from x12_pa.services.release import Released, release, standing

WHY = "the partner says that it counts from 1 again"


def answers(bench: Bench, *numbers: int) -> list[bytes]:
    """Return the payer's answers to requests, not read yet."""
    return ready(bench, *numbers)["278"]


def certified(bench: Bench) -> set[str]:
    return {r.request[-2:] for r in authorizations(bench.office) if r.state == "certified"}


def waiting(bench: Bench) -> list[str]:
    with bench.office.ledger.read() as tx:
        return sorted(each.name for each in standing(tx).received)


def let_go(bench: Bench, name: str, *, restarted: bool = False) -> list[Released]:
    return list(release(bench.office, name, reason=WHY, restarted=restarted))


def test_a_corrected_copy_under_the_same_number_counts_beside_the_first(bench: Bench) -> None:
    (data,) = answers(bench, 1)
    bench.ingest(data, "first.x12")
    corrected = re.sub(rb"(BHT\*0007\*11\*[^*]*\*)\d{8}", rb"\g<1>20261224", data)
    bench.ingest(corrected.replace(b"HCR*A1", b"HCR*A3"), "corrected.x12")
    assert bench.event().state == "certified"
    (done,) = let_go(bench, "corrected.x12")
    assert (done.state, done.clean) == ("ingested", True)
    assert bench.event().state == "not_certified"
    assert waiting(bench) == []
    assert bench.ingest(corrected.replace(b"HCR*A1", b"HCR*A3"), "again.x12").known


def test_a_partner_that_counts_anew_is_believed_from_one_file_on(bench: Bench) -> None:
    first, second, third, fourth = answers(bench, 1, 2, 3, 4)
    bench.ingest(numbered(first, 1), "old-1.x12")
    bench.ingest(numbered(second, 2), "old-2.x12")
    bench.ingest(numbered(third, 1), "new-1.x12")
    bench.ingest(numbered(fourth, 2), "new-2.x12")
    assert waiting(bench) == ["new-1.x12", "new-2.x12"]
    assert [each.name for each in let_go(bench, "new-1.x12", restarted=True)] == [
        "new-1.x12",
        "new-2.x12",
    ]
    assert certified(bench) == {"01", "02", "03", "04"}
    assert waiting(bench) == []


def test_after_a_restart_old_numbers_are_free_once_and_copies_have_no_effect(bench: Bench) -> None:
    first, second, third, fourth = answers(bench, 1, 2, 3, 4)
    bench.ingest(numbered(first, 1), "old-1.x12")
    bench.ingest(numbered(second, 2), "old-2.x12")
    bench.ingest(numbered(third, 1), "new-1.x12")
    let_go(bench, "new-1.x12", restarted=True)
    late = bench.ingest(numbered(fourth, 2), "new-2.x12")
    assert late.outcome.state is InboundState.INGESTED
    copy = bench.ingest(numbered(second, 2) + b"\n", "copy-of-old-2.x12")
    assert copy.outcome.state is InboundState.DUPLICATE
    clash = bench.ingest(numbered(first, 2), "clash.x12")
    assert clash.outcome.state is InboundState.QUARANTINED


def test_two_that_clash_since_the_restart_stay_for_a_person(bench: Bench) -> None:
    first, second, third = answers(bench, 1, 2, 3)
    bench.ingest(numbered(first, 1), "old.x12")
    bench.ingest(numbered(second, 1), "new.x12")
    bench.ingest(numbered(third, 1), "newer.x12")
    assert [each.name for each in let_go(bench, "new.x12", restarted=True)] == ["new.x12"]
    assert waiting(bench) == ["newer.x12"]


def test_a_release_is_audited_with_its_reason(bench: Bench) -> None:
    first, second = answers(bench, 1, 2)
    bench.ingest(numbered(first, 1), "old.x12")
    bench.ingest(numbered(second, 1), "new.x12")
    let_go(bench, "new.x12", restarted=True)
    with bench.office.ledger.read() as tx:
        rows = {row.event: row.data for row in audit.entries(tx)}
        assert audit.verify(tx).ok
    assert rows["exchange.released"]["reason"] == WHY
    assert rows["interchange.restart"]["reason"] == WHY


def test_a_file_that_is_still_no_file_stays_in_quarantine(bench: Bench) -> None:
    bench.ingest(b"Dear clinic", "letter.txt")
    (done,) = let_go(bench, "letter.txt")
    assert (done.state, done.clean) == ("quarantined", False)
    with bench.office.ledger.read() as tx:
        assert [each.name for each in quarantined(tx)] == ["letter.txt"]


def test_a_released_download_is_closed_by_the_next_run(bench: Bench) -> None:
    first, second = answers(bench, 1, 2)
    outbound = bench.folder / "payer" / "mailbox" / "outbound"
    (outbound / "one.x12").write_bytes(numbered(first, 1))
    bench.run()
    (outbound / "two.x12").write_bytes(numbered(second, 1))
    assert bench.run().exit_code == 1
    let_go(bench, "two.x12")
    assert certified(bench) == {"01", "02"}
    assert bench.run().exit_code == 0
    assert [path.name for path in outbound.iterdir() if path.is_file()] == []
    with bench.office.ledger.read() as tx:
        (box,) = [each for each in mailboxes.summaries(tx) if each.name == "payer"]
    assert dict(box.inbound) == {"ARCHIVED": 2}


def test_a_file_of_ours_that_failed_goes_out_again_under_its_number(bench: Bench) -> None:
    sent = bench.submit(1).file
    assert sent is not None
    with bench.office.ledger.write() as tx:
        mailboxes.settle(tx, sent.id, to=OutboundState.HELD, reason="not today")
    bench.run()
    assert bench.received() == []
    (done,) = let_go(bench, sent.final_name)
    assert f"ISA13 {sent.isa13:09d}" in done.summary
    bench.run()
    assert len(bench.received()) == 1
    assert set(bench.states().values()) == {"sent"}


@pytest.mark.parametrize(
    ("name", "reason", "restarted", "said"),
    [
        ("letter.txt", " ", False, "needs a reason"),
        ("nothing.x12", WHY, False, "exchange status"),
        ("letter.txt", WHY, True, "not in quarantine for its control number"),
        ("twice.txt", WHY, False, "name one by its id"),
    ],
)
def test_what_cannot_be_released_is_said(
    bench: Bench, name: str, reason: str, restarted: bool, said: str
) -> None:
    bench.ingest(b"Dear clinic", "letter.txt")
    bench.ingest(b"Dear clinic,", "twice.txt")
    bench.ingest(b"Dear clinic!", "twice.txt")
    with pytest.raises(UsageError, match=said):
        release(bench.office, name, reason=reason, restarted=restarted)
