"""One look at everything: database, audit chain, files, counters."""

import pytest

from tests.ledger.conftest import SCOPE, Queue
from x12_pa.ledger import audit
from x12_pa.ledger.control_numbers import observe
from x12_pa.ledger.database import Ledger
from x12_pa.ledger.integrity import check


def test_a_ledger_in_use_is_whole(ledger: Ledger, queue: Queue) -> None:
    queue("PA-1")
    queue("PA-2")
    found = check(ledger)
    assert found.ok
    assert found.files == 2


@pytest.mark.parametrize("gone", [True, False])
def test_a_lost_or_changed_file_is_named(ledger: Ledger, queue: Queue, gone: bool) -> None:
    name = queue("PA-1").sha256
    path = ledger.spool.path(name)
    path.unlink() if gone else path.write_bytes(b"ISA*other~")
    found = check(ledger)
    assert (found.ok, found.lost) == (False, (name,))


def test_a_file_without_a_row_is_harmless(ledger: Ledger) -> None:
    name = ledger.spool.put(b"ISA~")
    found = check(ledger)
    assert (found.ok, found.orphans) == (True, (name,))


def test_a_counter_that_lies_behind_is_named(ledger: Ledger) -> None:
    with ledger.write() as tx:
        observe(tx, SCOPE, "ISA", 12)
    assert [each.observed for each in check(ledger).behind] == [12]


def test_a_shorter_chain_than_the_anchor_is_not_whole(ledger: Ledger) -> None:
    assert not check(ledger, audit.Anchor(seq=9, hash="0" * 64)).ok
