"""What can be wrong with this machine or this configuration: one message, and nothing lost."""

import ctypes
import os
import resource
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.support import command, run
from tests.services.bench import IDENTITY, LEDGER, MAILBOX
from tests.support import FIXTURES
from x12_pa.ledger import database
from x12_pa.ledger.control_numbers import observe

REQUESTS = FIXTURES / "requests"
ONE, TWO = REQUESTS / "01_imaging.json", REQUESTS / "02_imaging.json"
CLAIMS = FIXTURES / "demo" / "claims_837p.edi"
ANSWER = FIXTURES / "valid" / "278-response-certified.edi"
WHOLE = IDENTITY + LEDGER + MAILBOX
DROP_FROM_BOUNDING_SET, OVERRIDE, READ_SEARCH = 24, 1, 2


@pytest.fixture(autouse=True)
def configured(tmp_path: Path) -> None:
    write(WHOLE)


def write(text: str) -> None:
    Path("x12-pa.toml").write_text(text, encoding="utf-8")


def limited(*args: object, size: int) -> subprocess.CompletedProcess[bytes]:
    """Run a command that may write no file beyond `size` bytes, as on a full disk."""
    return child(*args, before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)))


def as_anybody(*args: object) -> subprocess.CompletedProcess[bytes]:
    """Run a command to which file modes apply, also when the tests run as root."""

    def give_up_rights() -> None:
        libc = ctypes.CDLL(None)
        for capability in (OVERRIDE, READ_SEARCH):
            libc.prctl(DROP_FROM_BOUNDING_SET, capability, 0, 0, 0)

    return child(*args, before=give_up_rights)


def child(*args: object, before: Callable[[], None]) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*command(), *map(str, args)], capture_output=True, preexec_fn=before, timeout=60
    )


def assert_one_message(done: subprocess.CompletedProcess[bytes], code: int) -> None:
    assert done.returncode == code, done.stderr
    assert done.stderr.startswith(b"error: ")
    assert done.stderr.count(b"error: ") == 1
    assert b"Traceback" not in done.stderr


CONFIGURATION: dict[str, tuple[str, tuple[str, ...], str]] = {
    "not toml": (WHOLE + "x = = 1", ("auth", "list"), "is not valid TOML"),
    "unknown key": (WHOLE + 'hostkey = "x"', ("auth", "list"), "unknown key"),
    "wrong value": (WHOLE + 'every = "soon"', ("auth", "list"), "a time span"),
    "no identity": (LEDGER + MAILBOX, ("submit", str(ONE)), "[identity] is missing"),
    "no mailbox": (IDENTITY + LEDGER, ("submit", str(ONE)), "configured: none"),
    "nothing to run": (IDENTITY + LEDGER, ("exchange", "run", "--once"), "No mailbox"),
    "unknown mailbox": (WHOLE, ("submit", "--mailbox", "x", str(ONE)), "no [mailbox.x]"),
    "unknown mailbox to run": (WHOLE, ("exchange", "run", "--mailbox", "x"), "no [mailbox.x]"),
    "unknown profile": (
        WHOLE.replace("demo-payer", "nobody"),
        ("submit", str(ONE)),
        "no profile 'nobody'",
    ),
    "unknown profile of claims": (
        WHOLE.replace("demo-payer", "nobody"),
        ("claims", "check", str(CLAIMS)),
        "no profile 'nobody'",
    ),
    "no receiver": (
        WHOLE.replace('profile = "demo-payer"', ""),
        ("submit", str(ONE)),
        "name the receiver",
    ),
    "a database of nobody": (WHOLE, ("--ledger", "oracle://x", "auth", "list"), "a database URL"),
}


@pytest.mark.parametrize("name", CONFIGURATION)
def test_a_wrong_configuration_is_said_and_nothing_is_queued(name: str) -> None:
    text, args, expected = CONFIGURATION[name]
    write(text)
    result = run(*args)
    assert result.exit_code == 2, result.output
    assert expected in result.stderr
    assert result.stderr.count("error: ") == 1
    write(WHOLE)
    assert "queued" in run("submit", ONE).stdout


def test_a_config_file_that_is_not_there_is_named() -> None:
    result = run("--config", "nowhere.toml", "auth", "list")
    assert (result.exit_code, "nowhere.toml" in result.stderr) == (2, True)


def test_a_broken_profile_of_ones_own_is_named_with_its_line(tmp_path: Path) -> None:
    Path("mine.yaml").write_text("profile: mine\nrules: [\n")
    write(WHOLE.replace("demo-payer", "mine.yaml"))
    result = run("submit", ONE)
    assert (result.exit_code, "mine.yaml" in result.stderr) == (2, True)


@pytest.mark.parametrize("size", [0, 5_000, 60_000])
def test_a_disk_that_is_full_from_the_start_leaves_no_request_behind(size: int) -> None:
    assert_one_message(limited("submit", ONE, size=size), 3)
    assert "queued" in run("submit", ONE).stdout


@pytest.mark.parametrize("size", [0, 100_000])
def test_a_disk_that_fills_up_loses_neither_the_old_nor_the_new_request(size: int) -> None:
    run("submit", ONE)
    assert_one_message(limited("submit", TWO, size=size), 3)
    assert "known" in run("submit", ONE).stdout
    second = run("submit", TWO)
    assert "queued" in second.stdout
    assert "ISA13 000000002" in second.stderr
    assert run("ledger", "verify").exit_code == 0


def test_an_answer_that_found_the_disk_full_is_read_the_next_time() -> None:
    run("submit", ONE)
    assert_one_message(limited("ingest", ANSWER, size=40_000), 3)
    assert "answers without a request" in run("ingest", ANSWER).stdout


def test_a_disk_too_full_for_the_filled_file_leaves_the_old_one_as_it_was(tmp_path: Path) -> None:
    run("submit", ONE)
    Path("many.edi").write_bytes(CLAIMS.read_bytes() * 8)
    Path("out.edi").write_bytes(b"old")
    done = limited("claims", "fill", "many.edi", "-o", "out.edi", size=60_000)
    assert_one_message(done, 3)
    assert b"out.edi" in done.stderr
    assert Path("out.edi").read_bytes() == b"old"
    assert list(tmp_path.glob(".out*")) == []


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[None]:
    """A state directory in which nobody may write."""
    run("submit", ONE)
    paths = [tmp_path, *tmp_path.rglob("*")]
    modes = {path: path.stat().st_mode for path in paths}
    for path in paths:
        path.chmod(0o500 if path.is_dir() else 0o400)
    yield
    for path, mode in modes.items():
        path.chmod(mode)


@pytest.mark.parametrize("args", [("submit", TWO), ("exchange", "run", "--once"), ("auth", "list")])
def test_a_read_only_state_directory_is_named(args: tuple[object, ...], read_only: None) -> None:
    done = as_anybody(*args)
    assert_one_message(done, 2)
    assert b"ledger.db" in done.stderr
    assert b"Give this user the right to write there" in done.stderr


def test_a_directory_that_takes_no_new_file_is_said_before_the_database_fails(
    read_only: None, tmp_path: Path
) -> None:
    (tmp_path / "ledger.db").chmod(0o600)
    done = as_anybody("auth", "list")
    assert_one_message(done, 2)
    assert b"Permission denied" in done.stderr


def test_a_spool_that_may_not_be_written_is_for_a_person(tmp_path: Path) -> None:
    run("submit", ONE)
    (tmp_path / "spool" / "tmp").chmod(0o500)
    done = as_anybody("submit", TWO)
    assert_one_message(done, 2)
    assert b"[ledger] spool" in done.stderr
    (tmp_path / "spool" / "tmp").chmod(0o700)
    assert "ISA13 000000002" in run("submit", TWO).stderr


def test_a_backup_goes_where_there_is_a_directory_and_a_right(tmp_path: Path) -> None:
    run("submit", ONE)
    missing = run("ledger", "backup", "nowhere/copy.db")
    assert (missing.exit_code, "no directory nowhere" in missing.stderr) == (2, True)
    assert not Path("nowhere").exists()
    Path("closed").mkdir(mode=0o500)
    done = as_anybody("ledger", "backup", "closed/copy.db")
    assert_one_message(done, 2)
    assert b"the backup closed/copy.db" in done.stderr
    assert b"[ledger] url" not in done.stderr


def test_a_backup_that_finds_the_disk_full_leaves_nothing_that_looks_like_one() -> None:
    run("submit", ONE)
    Path("copies").mkdir()
    done = limited("ledger", "backup", "copies/copy.db", size=100_000)
    assert_one_message(done, 3)
    assert b"the backup copies/copy.db" in done.stderr
    assert list(Path("copies").iterdir()) == []


@pytest.mark.parametrize(
    "args",
    [
        ("verify",),
        ("backup", "copy.db"),
        ("resume", "A:B>C:D/T", "--above", "1", "--reason", "why"),
    ],
)
def test_what_looks_after_a_ledger_makes_none(args: tuple[str, ...], tmp_path: Path) -> None:
    result = run("ledger", *args)
    assert (result.exit_code, "There is no ledger at" in result.stderr) == (2, True)
    assert [path.name for path in tmp_path.iterdir()] == ["x12-pa.toml"]


def test_a_state_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    write(IDENTITY + MAILBOX)
    (tmp_path / ".x12-pa").write_text("a file, where a directory should be")
    result = run("submit", ONE)
    assert result.exit_code in (2, 3), result.output
    assert ".x12-pa" in result.stderr


def test_a_ledger_that_another_process_holds_is_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    run("submit", ONE)
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.1)
    pragmas = [p.replace("10000", "100") for p in database._PRAGMAS]
    monkeypatch.setattr(database, "_PRAGMAS", tuple(pragmas))
    holder = sqlite3.connect("ledger.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    result = run("submit", TWO)
    assert (result.exit_code, "is busy" in result.stderr) == (3, True), result.output
    assert run("auth", "list").exit_code == 0, "readers go on"
    holder.execute("ROLLBACK")
    holder.close()
    assert "queued" in run("submit", TWO).stdout


def test_a_ledger_of_a_newer_version_is_not_touched() -> None:
    run("submit", ONE)
    with sqlite3.connect("ledger.db") as file:
        file.execute("UPDATE schema_version SET n = 99")
    file.close()
    before = Path("ledger.db").read_bytes()
    result = run("submit", TWO)
    assert (result.exit_code, "newer x12-pa" in result.stderr) == (2, True), result.output
    assert Path("ledger.db").read_bytes() == before


@pytest.mark.parametrize("content", [b"this is my diary" * 400, b"\x00" * 9000])
def test_a_file_that_is_no_ledger_is_left_alone(content: bytes) -> None:
    Path("ledger.db").write_bytes(content)
    result = run("submit", ONE)
    assert result.exit_code in (2, 3), result.output
    assert "ledger.db" in result.stderr
    assert Path("ledger.db").read_bytes() == content


def test_a_database_of_another_program_is_left_alone() -> None:
    with sqlite3.connect("ledger.db") as file:
        file.execute("CREATE TABLE songs (title TEXT)")
    file.close()
    result = run("submit", ONE)
    assert (result.exit_code, "another program" in result.stderr) == (2, True)


def test_a_lost_spool_file_is_found_by_verify_and_said_by_the_run() -> None:
    run("submit", ONE)
    for folder in ("payer/mailbox/inbound", "payer/mailbox/outbound"):
        Path(folder).mkdir(parents=True)
    for path in [p for p in Path("spool").rglob("*") if p.is_file()]:
        path.unlink()
    verified = run("ledger", "verify")
    assert (verified.exit_code, "damaged" in verified.stdout) == (1, True)
    result = run("exchange", "run", "--once")
    assert result.exit_code in (1, 3), result.output
    assert "Traceback" not in result.output
    assert os.listdir("payer/mailbox/inbound") == []


def test_a_direction_is_written_as_the_ledger_writes_it() -> None:
    run("submit", ONE)
    wrong = run("ledger", "resume", "CLINIC001", "--above", "7", "--reason", "why")
    assert (wrong.exit_code, "ZZ:CLINIC001>ZZ:DEMOPAYER/P" in wrong.stderr) == (2, True)
    scope = "ZZ:CLINIC001>ZZ:DEMOPAYER/P"
    done = run("ledger", "resume", scope, "--above", "7", "--reason", "why")
    assert (done.exit_code, "goes on after 7" in done.stderr) == (0, True)
    other = run("ledger", "resume", scope.replace("DEMO", "OTHER"), "--above", "7", "--reason", "y")
    assert "nothing was counted there before" in other.stderr


@pytest.mark.parametrize(
    "args",
    [("auth", "list"), ("worklist",), ("exchange", "status"), ("claims", "check", str(CLAIMS))],
    ids=" ".join,
)
def test_an_answer_from_a_ledger_that_was_not_there_says_so(args: tuple[str, ...]) -> None:
    said = "There was no ledger at"
    elsewhere = ("--ledger", "sqlite:///typo.db")
    assert said in run(*elsewhere, *args).stderr
    assert said not in run(*elsewhere, *args).stderr
    assert said not in run("--ledger", "sqlite:///third.db", *args, "--quiet").stderr


def test_a_mailbox_that_was_never_used_is_shown() -> None:
    assert "payer" in run("exchange", "status").stdout


def test_a_place_where_no_file_may_be_put_is_said_before_units_are_counted() -> None:
    Path("closed").mkdir(mode=0o500)
    done = as_anybody("claims", "fill", CLAIMS, "-o", "closed/out.edi")
    assert_one_message(done, 2)
    assert b"closed/out.edi: permission denied" in done.stderr
    assert not Path("ledger.db").exists()
    assert as_anybody("claims", "fill", CLAIMS, "-o", os.devnull).returncode == 1


def test_a_counter_that_is_behind_is_no_damage_and_can_be_resumed() -> None:
    run("submit", ONE)
    scope = "ZZ:CLINIC001>ZZ:DEMOPAYER/P"
    opened = database.open_ledger(Path("ledger.db"))
    with opened.write() as tx:
        observe(tx, scope, "ISA", 40)
    opened.close()
    verified = run("ledger", "verify")
    assert verified.exit_code == 1
    assert f"ISA of {scope} stands at 1, 40 was seen outside" in verified.stdout
    assert "damaged" not in verified.stdout
    refused = run("submit", TWO)
    assert (refused.exit_code, scope in refused.stderr) == (1, True)
    assert run("ledger", "resume", scope, "--above", "40", "--reason", "we asked").exit_code == 0
    assert "ISA13 000000041" in run("submit", TWO).stderr
    assert run("ledger", "verify").exit_code == 0
