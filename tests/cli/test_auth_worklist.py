"""`auth`, `worklist`, `claims`, `ledger`, `simulate`, `demo`: what they print, and their codes."""

import csv
import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.cli.support import process, run
from tests.services.bench import IDENTITY, LEDGER, MAILBOX
from tests.support import FIXTURES
from x12_pa.cli.demo import path_lines
from x12_pa.cli.simulate import toml_section

REQUESTS = FIXTURES / "requests"
CLAIMS = FIXTURES / "demo" / "claims_837p.edi"
FIND = ("auth", "find", "--payer", "DEMOPAYER", "--member", "MBR000101", "--date", "2026-12-10")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clinic with requests 1 (certified), 3 (denied) and 11 (call the payer), answered."""
    folder = tmp_path_factory.mktemp("clinic")
    before = Path.cwd()
    os.chdir(folder)
    Path("x12-pa.toml").write_text(IDENTITY + LEDGER + MAILBOX, encoding="utf-8")
    paths = [next(REQUESTS.glob(f"{number:02d}_*.json")) for number in (1, 3, 11)]
    run("simulate", "payer", "--once")
    assert run("submit", *paths).exit_code == 0
    assert run("exchange", "run", "--once").exit_code == 0
    assert "took 1 files" in run("simulate", "payer", "--once").stderr
    assert run("exchange", "run", "--once").exit_code == 0
    os.chdir(before)
    return folder


@pytest.fixture
def decided(prepared: Path) -> None:
    shutil.copytree(prepared, ".", dirs_exist_ok=True)


def document(*args: object) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(*args, "--json").stdout)
    return found


def test_auth_list_has_the_published_shape(decided: None) -> None:
    found = document("auth", "list")
    assert found["schema"] == "x12-pa/authorizations/1"
    first = next(row for row in found["authorizations"] if row["id"] == "PA20261122-000001/1")
    assert first == {
        "id": "PA20261122-000001/1",
        "request": "PA20261122-000001",
        "trace": "SVC000001-1",
        "level": "service",
        "service": 1,
        "payer": "DEMOPAYER",
        "member": "•••101",
        "state": "certified",
        "action": "A1",
        "reason": [],
        "number": "M00000101",
        "effective_on": first["effective_on"],
        "expires_on": first["expires_on"],
        "window_source": "2000F/DTP*007",
        "usable_on_claim": True,
        "decided_at": first["decided_at"],
        "version": 1,
    }


def test_history_shows_what_was_before(decided: None) -> None:
    versions = [row["version"] for row in document("auth", "list", "--history")["authorizations"]]
    assert set(versions) == {0, 1}


def test_a_state_is_asked_for_in_words(decided: None) -> None:
    rows = document("auth", "list", "--state", "not certified")["authorizations"]
    assert {row["request"] for row in rows} == {"PA20261122-000003"}


def test_a_state_that_does_not_exist_is_said(decided: None) -> None:
    result = run("auth", "list", "--state", "certifed")
    assert (result.exit_code, "did you mean 'certified'" in result.stderr) == (2, True)


def test_find_ends_with_0_for_a_usable_number_and_with_1_for_none(decided: None) -> None:
    found = run(*FIND, "--procedure", "73721")
    assert (found.exit_code, "M00000101" in found.stdout) == (0, True)
    assert run(*FIND, "--procedure", "99999").exit_code == 1


@pytest.mark.parametrize("name", ["M00000101", "PA20261122-000001", "SVC000001-1"])
def test_why_and_show_take_any_name_of_an_authorization(decided: None, name: str) -> None:
    why = run("auth", "why", name)
    assert (why.exit_code, "HCR*A1" in why.stdout) == (0, True)
    assert run("auth", "show", name).exit_code == 0


def test_why_as_json_points_at_offsets(decided: None) -> None:
    (item,) = document("auth", "why", "M00000101")["authorizations"]
    assert item["authorization"]["number"] == "M00000101"
    assert all(step["offset"] > 0 for step in item["proof"]["steps"])


def test_the_worklist_says_the_same_in_every_form(decided: None) -> None:
    listed = document("worklist", "--view", "all")
    assert listed["schema"] == "x12-pa/worklist/1"
    ids = [row["id"] for row in listed["rows"]]
    text = run("worklist", "--view", "all", "--format", "csv").stdout
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["authorization"] for row in rows] == ids
    assert all(name in run("worklist", "--view", "all").stdout for name in ids)


def test_each_view_shows_its_own(decided: None) -> None:
    for view, expected in (("denied", "000003"), ("pended", "000011"), ("unanswered", None)):
        ids = {row["request"][-6:] for row in document("worklist", "--view", view)["rows"]}
        assert ids == ({expected} if expected else set())


def test_an_empty_view_says_so_and_is_clean(decided: None) -> None:
    result = run("worklist", "--view", "unanswered")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "Nothing" in result.stderr


def test_claims_are_filled_and_reported(decided: None) -> None:
    result = run("claims", "fill", CLAIMS, "-o", "out.edi", "--report", "report.json", "--diff")
    assert result.exit_code == 1, "other claims got no number"
    assert "+ REF*G1*M00000101" in result.stdout
    assert b"REF*G1*M00000101~" in Path("out.edi").read_bytes()
    assert json.loads(Path("report.json").read_text())["schema"] == "x12-pa/claims/1"


def test_claims_check_writes_nothing_and_counts_nothing(decided: None) -> None:
    before = sorted(Path().iterdir())
    first, again = run("claims", "check", CLAIMS), run("claims", "check", CLAIMS)
    assert (first.stdout, first.exit_code) == (again.stdout, again.exit_code)
    assert sorted(Path().iterdir()) == before


def test_claims_go_to_stdout_as_bytes(decided: None) -> None:
    done = process("claims", "fill", CLAIMS, "-o", "-")
    assert done.returncode == 1
    assert done.stdout.startswith(b"ISA*")
    assert done.stdout.rstrip().endswith(b"~")


def test_a_backup_is_a_ledger_and_never_overwrites(decided: None) -> None:
    assert run("ledger", "backup", "copy.db").exit_code == 0
    assert run("ledger", "backup", "copy.db").exit_code == 2
    listed = run("--ledger", "sqlite:///copy.db", "auth", "list")
    assert "M00000101" in listed.stdout


def test_verify_is_in_words(decided: None) -> None:
    result = run("ledger", "verify")
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "sound")
    assert "{" not in result.stdout


def test_a_changed_audit_row_is_found(decided: None) -> None:
    with sqlite3.connect("ledger.db") as file:
        triggers = file.execute("SELECT name FROM sqlite_master WHERE type='trigger'").fetchall()
        for (name,) in triggers:
            file.execute(f"DROP TRIGGER {name}")
        file.execute("UPDATE audit SET event = 'nothing' WHERE seq = 3")
    file.close()
    result = run("ledger", "verify")
    assert (result.exit_code, "broken at row 3" in result.stdout) == (1, True), result.output


def test_the_section_that_simulate_prints_is_configuration() -> None:
    lines = toml_section("payer", {"host": "h", "port": 22, "host_key": ["SHA256:x"]})
    found = tomllib.loads("\n".join(lines))
    assert found == {"mailbox": {"payer": {"host": "h", "port": 22, "host_key": ["SHA256:x"]}}}


def test_the_demo_ends_with_every_expected_outcome_and_leaves_a_folder_to_look_into() -> None:
    result = run("demo", "--folder", "shown")
    assert result.exit_code == 0, result.output[-2000:]
    assert "Every expected outcome happened." in result.stdout
    assert run("--config", "shown/x12-pa.toml", "ledger", "verify").exit_code == 0
    again = run("demo", "--folder", "shown")
    assert (again.exit_code, "exists already" in again.stderr) == (2, True)


@pytest.mark.parametrize("installed", [True, False])
def test_the_commands_that_the_demo_ends_with_can_be_typed_in_this_shell(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, installed: bool
) -> None:
    there = tmp_path / "a place" / "bin"
    there.mkdir(parents=True)
    python = there / "python"
    python.symlink_to(sys.executable)
    if installed:
        (there / "x12-pa").write_text(f"#!{sys.executable}\nprint('x12-pa, version 9')\n")
        (there / "x12-pa").chmod(0o755)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setattr(sys, "executable", str(python))
    script = "shopt -s expand_aliases\n" + "\n".join([*path_lines(), "x12-pa --version"])
    done = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, env={"PATH": "/usr/bin:/bin"}
    )
    assert "x12-pa, version" in done.stdout or "x12_pa" in done.stderr, done.stderr


def test_nothing_is_said_about_the_path_where_the_command_is_on_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "x12-pa").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert path_lines() == []
