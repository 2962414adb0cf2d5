"""Is the ledger whole? The database, its audit chain, and the bytes that its rows name.

Three things can be wrong independently: pages of the database file, rows of the audit chain, files
of the spool. All are looked at, none is repaired: what to do is a person's decision, and a backup's
job.
"""

from attrs import frozen
from sqlalchemy import select, text

from x12_pa.errors import LocalError
from x12_pa.ledger import audit, mailboxes, schema
from x12_pa.ledger.control_numbers import Counter, counters
from x12_pa.ledger.database import Ledger, Tx


@frozen(kw_only=True)
class Health:
    """What a check of the whole ledger found.

    Attributes:
        chain: the audit chain.
        database: what SQLite says of its file; empty if all is well.
        files: how many spool files the rows name.
        lost: hashes of those that are missing or were changed.
        orphans: hashes of spool files that no row names; harmless.
        behind: counters that may repeat a number; sending on them is refused.
    """

    chain: audit.Verdict
    database: tuple[str, ...]
    files: int
    lost: tuple[str, ...]
    orphans: tuple[str, ...]
    behind: tuple[Counter, ...]

    @property
    def ok(self) -> bool:
        """Say whether nothing is wrong; orphans are not wrong."""
        return self.chain.ok and not (self.database or self.lost or self.behind)


def check(ledger: Ledger, known: audit.Anchor | None = None) -> Health:
    """Look at everything once; reads every spool file.

    Args:
        ledger: the ledger.
        known: an audit anchor that was kept outside, see `audit.anchor`.
    """
    with ledger.read() as tx:
        named = select(schema.outbound.c.sha256).union(select(schema.inbound.c.sha256))
        hashes = sorted(tx.execute(named).scalars())
        return Health(
            chain=audit.verify(tx, known),
            database=_database(tx),
            files=len(hashes),
            lost=tuple(name for name in hashes if not _whole(ledger, name)),
            orphans=tuple(mailboxes.orphans(tx)),
            behind=tuple(each for each in counters(tx) if each.behind),
        )


def _database(tx: Tx) -> tuple[str, ...]:
    if tx.dialect != "sqlite":
        return ()
    found = tx.execute(text("PRAGMA integrity_check(20)")).scalars().all()
    broken = tx.execute(text("PRAGMA foreign_key_check")).all()
    problems = [str(line) for line in found if line != "ok"]
    gone = [f"a row of {row.table} names a row of {row.parent} that is not there" for row in broken]
    return (*problems, *gone)


def _whole(ledger: Ledger, sha256: str) -> bool:
    try:
        ledger.spool.open(sha256).close()
    except LocalError:
        return False
    return True
