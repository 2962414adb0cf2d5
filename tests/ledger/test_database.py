"""The ledger file: made private, refused when it is not ours, never half written."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text

from tests.ledger.conftest import Hands, Queue
from tests.support import NOW
from x12_pa.errors import ConfigError, InternalError, LocalError
from x12_pa.ledger import audit, database, filesystem, mailboxes, migrations, schema
from x12_pa.ledger.database import Ledger, backup, open_ledger
from x12_pa.ledger.failures import meaning_of, name_of
from x12_pa.ledger.filesystem import file_system_of, network_kind
from x12_pa.ledger.migrations import Migration, migrate, version_of

NEWEST = max((step.number for step in migrations.MIGRATIONS), default=1)

pytestmark = pytest.mark.usefixtures("sqlite_only")


def rows(ledger: Ledger) -> int:
    with ledger.read() as tx:
        return len(tx.execute(select(schema.mailbox)).all())


def test_a_new_ledger_is_readable_by_its_user_only(ledger: Ledger) -> None:
    assert ledger.path is not None
    assert ledger.path.stat().st_mode & 0o777 == 0o600
    assert ledger.path.parent.stat().st_mode & 0o777 == 0o700


def test_a_ledger_left_open_to_others_is_closed_to_them(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    open_ledger(path).close()
    path.chmod(0o644)
    open_ledger(path).close()
    assert path.stat().st_mode & 0o777 == 0o600


def test_commits_survive_power_loss_by_settings(ledger: Ledger) -> None:
    with ledger.read() as tx:
        found = [
            tx.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert found == ["wal", 2, 1]


def test_an_error_in_a_transaction_leaves_nothing(ledger: Ledger) -> None:
    with suppress(RuntimeError), ledger.write() as tx:
        mailboxes.mailbox_id(tx, "acme")
        raise RuntimeError("crash")
    assert rows(ledger) == 0


def test_a_write_inside_a_write_is_undone_alone(ledger: Ledger) -> None:
    with ledger.write() as outer:
        mailboxes.mailbox_id(outer, "kept")
        with suppress(RuntimeError), ledger.write() as inner:
            mailboxes.mailbox_id(inner, "undone")
            raise RuntimeError("crash")
        with ledger.read() as same:
            names = same.execute(select(schema.mailbox.c.name)).scalars().all()
    assert list(names) == ["kept"]
    assert rows(ledger) == 1


def test_a_reader_sees_one_state_while_somebody_writes(ledger: Ledger, url: str) -> None:
    other = open_ledger(url, spool=ledger.spool.root)
    with other.read() as reader:
        before = reader.execute(select(schema.mailbox)).all()
        with ledger.write() as tx:
            mailboxes.mailbox_id(tx, "acme")
        after = reader.execute(select(schema.mailbox)).all()
    other.close()
    assert before == after == []


KILLED = """
import os, signal, sys
from pathlib import Path
from x12_pa.ledger import mailboxes, requests
from x12_pa.ledger.database import open_ledger
sys.path.insert(0, sys.argv[2])
from tests.ledger.conftest import SCOPE, render
ledger = open_ledger(sys.argv[1])
with ledger.write() as tx:
    mailboxes.enqueue(tx, mailbox="acme", scope=SCOPE, key="killed", render=render)
    if sys.argv[3] == "before":
        os.kill(os.getpid(), signal.SIGKILL)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize(("moment", "files"), [("before", 0), ("after", 1)])
def test_a_killed_process_leaves_all_of_a_transaction_or_nothing(
    tmp_path: Path, moment: str, files: int
) -> None:
    path = tmp_path / "ledger.db"
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(path), str(root), moment],
        cwd=root,
        env=os.environ | {"PYTHONPATH": f"{root}/src"},
        check=False,
    )
    ledger = open_ledger(path)
    with ledger.read() as tx:
        found = mailboxes.files(tx)
        numbers = tx.execute(select(schema.control_number.c.value)).scalars().all()
        orphans = mailboxes.orphans(tx)
        chain = audit.verify(tx)
    ledger.close()
    assert done.returncode == -signal.SIGKILL
    assert (len(found), len(numbers), len(orphans)) == (files, 2 * files, 1 - files)
    assert chain.ok


def test_a_file_that_is_not_a_database_is_refused_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "claims.837"
    path.write_bytes(b"ISA*00*" + b" " * 2000)
    with pytest.raises(ConfigError, match="not an x12-pa ledger"):
        open_ledger(path)
    assert path.read_bytes().startswith(b"ISA")


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE bookmarks (url TEXT)")
    with pytest.raises(ConfigError, match="belongs to another program"):
        open_ledger(path)


def test_a_ledger_of_a_newer_version_is_refused(ledger: Ledger, url: str) -> None:
    with ledger.write() as tx:
        tx.execute(insert(schema.schema_version).values(n=99, applied_at=tx.now))
    with pytest.raises(ConfigError, match="newer x12-pa"):
        open_ledger(url)


def test_an_older_ledger_is_copied_aside_and_brought_forward_once(ledger: Ledger) -> None:
    ran = []
    step = Migration(
        number=NEWEST + 1,
        title="a column",
        apply=lambda connection: ran.append(
            connection.execute(text("ALTER TABLE mailbox ADD COLUMN colour TEXT"))
        ),
    )
    migrate(ledger, [step])
    migrate(ledger, [step])
    with ledger.read() as tx:
        assert version_of(tx) == NEWEST + 1
    assert len(ran) == 1
    assert Path(f"{ledger.path}.schema-{NEWEST}").stat().st_mode & 0o777 == 0o600


def test_a_migration_that_fails_changes_nothing(ledger: Ledger) -> None:
    def broken(connection: object) -> None:
        connection.execute(text("ALTER TABLE mailbox ADD COLUMN colour TEXT"))  # type: ignore
        raise RuntimeError("crash")

    with pytest.raises(RuntimeError):
        migrate(ledger, [Migration(number=NEWEST + 1, title="broken", apply=broken)])
    with ledger.read() as tx:
        assert version_of(tx) == NEWEST
        assert "colour" not in [r[1] for r in tx.execute(text("PRAGMA table_info(mailbox)"))]


def test_a_busy_ledger_says_so(ledger: Ledger, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0)
    monkeypatch.setattr(database, "_PRAGMAS", ("PRAGMA busy_timeout=1",))
    other = open_ledger(url, spool=ledger.spool.root)
    with ledger.write(), pytest.raises(LocalError, match=r"busy.*Try again"), other.write():
        pass
    other.close()


def test_a_full_disk_says_so_and_changes_nothing(ledger: Ledger) -> None:
    def fill() -> None:
        with ledger.write() as tx:
            mailboxes.mailbox_id(tx, "acme")
            tx.execute(text("PRAGMA max_page_count=1"))
            for number in range(500):
                tx.execute(insert(schema.meta).values(name=f"{number}", value="x" * 4000))

    with pytest.raises(LocalError, match=r"disk is full.*Nothing was changed"):
        fill()
    assert rows(ledger) == 0


def test_a_disk_that_fills_up_deep_inside_says_so_too(ledger: Ledger) -> None:
    def fill() -> None:
        with ledger.write() as tx:
            mailboxes.mailbox_id(tx, "acme")
            with ledger.write() as inner:
                inner.execute(text("PRAGMA max_page_count=1"))
                many = [{"name": f"{n}", "value": "x" * 4000} for n in range(500)]
                inner.connection.execute(insert(schema.meta), many)

    with pytest.raises(LocalError, match="disk is full"):
        fill()
    assert rows(ledger) == 0


def test_a_damaged_file_says_what_to_do(ledger: Ledger, url: str) -> None:
    with ledger.write() as tx:
        many = [{"name": f"{n}", "value": "x" * 4000} for n in range(50)]
        tx.connection.execute(insert(schema.meta), many)
    ledger.close()
    assert ledger.path is not None
    data = ledger.path.read_bytes()
    ledger.path.write_bytes(data[:4096] + b"\xff" * 40_000 + data[44_096:])
    with pytest.raises(LocalError, match=r"damaged.*restore the latest backup"):
        open_ledger(url)


def test_a_broken_rule_is_our_defect_and_shows_no_values(ledger: Ledger) -> None:
    twice = [{"name": "CANARY-NAME"}] * 2
    with pytest.raises(InternalError) as caught, ledger.write() as tx:
        tx.connection.execute(insert(schema.mailbox), twice)
    assert "CANARY" not in f"{caught.value} {caught.value.__cause__}"


def test_passwords_stay_out_of_messages() -> None:
    from sqlalchemy.engine import make_url

    where = name_of(make_url("postgresql+psycopg://pa:secret@db/ledger"))
    assert "secret" not in str(meaning_of(OSError("connection refused"), where))


@pytest.mark.parametrize("url", ["sqlite://", "mysql://h/n", "what://", "://", "postgresql://h/n"])
def test_a_wrong_url_is_a_configuration_error(url: str) -> None:
    with pytest.raises(ConfigError):
        open_ledger(url)


def test_a_network_file_system_is_known_by_its_mount(tmp_path: Path) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(
        "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
        f"31 22 0:5 / {tmp_path} rw shared:1 - nfs4 server:/share rw\n"
    )
    assert file_system_of(Path("/etc"), mounts) == "ext4"
    assert network_kind(Path("/etc"), mounts) is None
    assert network_kind(tmp_path, mounts) == "nfs4"


def test_neither_ledger_nor_backup_goes_to_a_network_file_system(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filesystem, "network_kind", lambda _: "nfs4")
    with pytest.raises(ConfigError, match=r"network file system \(nfs4\).*PostgreSQL"):
        open_ledger(tmp_path / "other.db")
    with pytest.raises(ConfigError, match=r"network file system \(nfs4\).*copy the file"):
        backup(ledger, tmp_path / "copy.db")


def test_a_backup_made_in_use_is_a_whole_ledger(
    ledger: Ledger, queue: Queue, tmp_path: Path
) -> None:
    queue("PA-1")
    target = tmp_path / "backup.db"
    with ledger.write() as tx:
        mailboxes.mailbox_id(tx, "not yet committed")
        backup(ledger, target)
    copy = open_ledger(target, spool=ledger.spool.root)
    with copy.read() as tx:
        assert [each.idempotency_key for each in mailboxes.files(tx)] == ["PA-1"]
        assert audit.verify(tx).ok
    copy.close()
    assert target.stat().st_mode & 0o777 == 0o600
    with pytest.raises(ConfigError, match="exists already"):
        backup(ledger, target)


def test_times_are_stored_as_utc_text_that_sorts(ledger: Ledger, clock: Hands) -> None:
    with ledger.write() as tx:
        audit.append(tx, "test", "x")
    with ledger.read() as tx:
        assert tx.execute(text("SELECT at FROM audit")).scalar() == "2026-11-22T14:00:00.000000Z"
        assert audit.entries(tx).__next__().at == NOW


def test_a_ledger_of_the_first_version_gets_the_tables_that_came_later(ledger: Ledger) -> None:
    with ledger.write() as tx:
        for table in ("eligibility_answer", "eligibility_check", "seen_read", "seen_value"):
            tx.execute(text(f"DROP TABLE {table}"))
        tx.execute(text("DELETE FROM schema_version"))
        tx.execute(insert(schema.schema_version).values(n=1, applied_at=tx.now))
    migrate(ledger)
    with ledger.read() as tx:
        tables = {r[0] for r in tx.execute(text("SELECT name FROM sqlite_master"))}
    assert {"eligibility_check", "eligibility_answer", "eligibility_answer_no_delete"} <= tables
    assert {"seen_read", "seen_value"} <= tables


def test_migrations_are_numbered_in_order() -> None:
    numbers = [step.number for step in migrations.MIGRATIONS]
    assert numbers == list(range(2, len(numbers) + 2))


def test_a_transaction_can_name_who_acts(ledger: Ledger) -> None:
    with ledger.write(actor="night-job") as tx:
        audit.append(tx, "test", "x")
        assert next(audit.entries(tx)).actor == "night-job"
