"""The audit chain tells when and where it was changed."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from sqlalchemy import text

from x12_pa.errors import InternalError
from x12_pa.ledger import audit
from x12_pa.ledger.audit import Anchor
from x12_pa.ledger.database import Ledger


@pytest.fixture
def chain(ledger: Ledger) -> Ledger:
    with ledger.write() as tx:
        for number in range(1, 6):
            audit.append(tx, "exchange.sent", f"outbound:{number}", {"sha256": f"{number:064}"})
    return ledger


Tamper = Callable[[str], None]


@pytest.fixture
def tamper(chain: Ledger, sqlite_only: None) -> Tamper:
    """Change rows as somebody would who has the file and removes the triggers first."""

    def run(statement: str) -> None:
        with chain.write() as tx:
            for verb in ("update", "delete"):
                tx.execute(text(f"DROP TRIGGER IF EXISTS audit_no_{verb}"))
            tx.execute(text(statement))

    return run


def verdict(ledger: Ledger, known: Anchor | None = None) -> tuple[int | None, str | None]:
    with ledger.read() as tx:
        found = audit.verify(tx, known)
    return found.bad, found.problem


def test_an_untouched_chain_is_whole(chain: Ledger) -> None:
    assert verdict(chain) == (None, None)


def test_an_empty_chain_is_whole(ledger: Ledger) -> None:
    with ledger.read() as tx:
        assert audit.verify(tx).ok
        assert audit.anchor(tx) == Anchor(seq=0, hash="0" * 64)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'nobody' WHERE seq = 3",
        "UPDATE audit SET at = '2026-11-22T13:00:00.000000Z' WHERE seq = 3",
        'UPDATE audit SET data = \'{"sha256":"0"}\' WHERE seq = 3',
        "UPDATE audit SET subject = 'outbound:9' WHERE seq = 3",
    ],
)
def test_a_changed_row_is_named(chain: Ledger, tamper: Tamper, statement: str) -> None:
    tamper(statement)
    assert verdict(chain) == (3, "row 3 was changed after it was written")


def test_a_deleted_row_is_missed(chain: Ledger, tamper: Tamper) -> None:
    tamper("DELETE FROM audit WHERE seq = 3")
    assert verdict(chain) == (4, "row 3 is missing")


def test_a_cut_tail_is_seen_with_an_anchor_kept_outside(chain: Ledger, tamper: Tamper) -> None:
    with chain.read() as tx:
        kept = audit.anchor(tx)
    tamper("DELETE FROM audit WHERE seq > 3")
    assert verdict(chain) == (None, None)
    assert verdict(chain, kept) == (4, "the chain ends at row 3, before the anchor (row 5)")


def test_a_chain_that_was_written_anew_is_seen_with_an_anchor(chain: Ledger) -> None:
    assert verdict(chain, Anchor(seq=2, hash="f" * 64))[0] == 2


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'nobody'",
        "DELETE FROM audit WHERE seq = 2",
    ],
)
def test_rows_cannot_be_changed_through_the_database(chain: Ledger, statement: str) -> None:
    with pytest.raises(InternalError), chain.write() as tx:
        tx.execute(text(statement))
    assert verdict(chain) == (None, None)


def test_a_row_and_its_change_share_their_fate(chain: Ledger) -> None:
    with suppress(RuntimeError), chain.write() as tx:
        audit.append(tx, "exchange.sent", "outbound:6")
        raise RuntimeError("crash")
    with chain.read() as tx:
        assert audit.anchor(tx).seq == 5


def test_the_history_of_one_subject_can_be_read(chain: Ledger) -> None:
    with chain.read() as tx:
        assert [entry.seq for entry in audit.entries(tx, subject="outbound:4")] == [4]
