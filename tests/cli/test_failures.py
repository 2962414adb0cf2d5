"""However a command ends: the right exit code, one message, no traceback, no values."""

import errno
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.cli.support import EXAMPLE, REQUEST, VALID, command, configured, process, run
from x12_pa import errors
from x12_pa.cli import failures, show
from x12_pa.cli.failures import exit_code, message

CANARY = "CANARYPATIENT"


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        (errors.UsageError("a"), 2),
        (errors.ConfigError("a"), 2),
        (errors.DocumentError("a"), 2),
        (errors.Refused("a"), 1),
        (errors.RemoteError("a"), 3),
        (errors.LocalError("a"), 3),
        (errors.InternalError("a"), 70),
        (PermissionError(errno.EACCES, "denied", "f.edi"), 2),
        (OSError(errno.ENOSPC, "full", "f.edi"), 3),
        (OSError(errno.EROFS, "read-only", "f.edi"), 3),
        (KeyboardInterrupt(), 130),
        (ValueError(CANARY), 70),
    ],
)
def test_every_exception_has_its_exit_code(problem: BaseException, code: int) -> None:
    assert exit_code(problem) == code
    assert message(problem)


def test_a_defect_names_class_and_place_but_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(path: str) -> None:
        raise KeyError(CANARY)

    monkeypatch.setattr(show, "open_input", broken)
    result = run("show", REQUEST)
    assert result.exit_code == 70
    assert "KeyError at x12_pa.cli.show:" in result.stderr
    assert "report" in result.stderr
    assert CANARY not in result.output
    assert "Traceback" not in result.output


def test_the_traceback_is_shown_on_demand_with_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(path: str) -> None:
        raise KeyError("x")

    monkeypatch.setattr(show, "open_input", broken)
    monkeypatch.setenv("X12_PA_TRACEBACK", "1")
    result = run("show", REQUEST)
    assert "Traceback" in result.stderr
    assert "may show patient data" in result.stderr


COMMANDS_WITH_A_FILE = [
    ("validate", "{}"),
    ("show", "{}"),
    ("parse", "{}"),
    ("build", "278", "{}"),
]


@pytest.mark.parametrize("command_line", COMMANDS_WITH_A_FILE)
def test_an_input_that_cannot_be_read_is_named(
    command_line: tuple[str, ...], tmp_path: Path
) -> None:
    configured(tmp_path)
    text = tmp_path / "text.edi"
    text.write_text("Dear payer, please approve.")
    empty = tmp_path / "empty.edi"
    empty.touch()
    for path in ("missing.edi", tmp_path, text, empty):
        result = run(*(part.format(path) for part in command_line))
        assert result.exit_code == 2, (path, result.output)
        assert str(path) in result.stderr
        assert "Traceback" not in result.output


@pytest.mark.parametrize("command_line", COMMANDS_WITH_A_FILE)
def test_a_file_without_the_right_to_read_it_is_named(
    command_line: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), "secret.edi")

    monkeypatch.setattr("builtins.open", denied)
    result = run(*(part.format("secret.edi") for part in command_line))
    assert result.exit_code == 2
    assert "secret.edi cannot be read: Permission denied" in result.stderr


def test_truncated_files_are_findings_or_refused_but_never_crash() -> None:
    data = REQUEST.read_bytes()
    for size in range(0, len(data), 37):
        for command_line in (("validate", "-"), ("show", "-"), ("parse", "-")):
            result = run(*command_line, given=data[:size])
            assert result.exit_code in (0, 1, 2), (size, command_line, result.output)


def test_a_request_that_is_cut_off_is_printed_as_far_as_it_goes_and_said(tmp_path: Path) -> None:
    cut = tmp_path / "cut.edi"
    cut.write_bytes(REQUEST.read_bytes()[:700])
    result = run("parse", cut)
    assert (result.exit_code, "cut off before its SE" in result.stderr) == (1, True)
    assert result.stdout.startswith('{"kind": "review_request"')


def test_the_reader_of_stdout_may_go_away(tmp_path: Path) -> None:
    big = tmp_path / "big.edi"
    big.write_bytes((VALID / "837p.edi").read_bytes() * 40)
    told = (["--help"], ["exchange", "--help"], ["claims", "fill", "--help"])
    for args in (["show", big], ["validate", "--json", big], ["show", "--json", big], *told):
        running = subprocess.Popen(
            [*command(), *map(str, args)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert running.stdout is not None
        running.stdout.close()
        _, err = running.communicate(timeout=60)
        assert err == b""
        assert running.returncode == 141


def test_a_partner_that_breaks_the_connection_is_no_closed_stdout(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(failures, "_reader_is_gone", lambda: False)

    def broken(path: str) -> None:
        raise BrokenPipeError(errno.EPIPE, "broken")

    monkeypatch.setattr(show, "open_input", broken)
    assert run("show", REQUEST).exit_code == 3


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_disk_is_said_and_is_worth_another_try() -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [*command(), "guides", "show", "278-request"], stdout=full, stderr=subprocess.PIPE
        )
    assert done.returncode == 3
    assert done.stderr.decode().startswith("error: No space left")


def test_a_full_disk_leaves_the_old_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configured(tmp_path)
    target = tmp_path / "out.edi"
    target.write_bytes(b"old")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr("x12_pa.cli.output.os.fsync", full)
    result = run("build", "278", EXAMPLE, "--receiver", "ZZ:PAYER", "-o", target)
    assert result.exit_code == 3
    assert "out.edi: no space left" in result.stderr
    assert target.read_bytes() == b"old"
    assert sorted(p.name for p in tmp_path.iterdir()) == [".x12-pa", "out.edi", "x12-pa.toml"]


def test_ctrl_c_ends_quietly(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    running = subprocess.Popen(
        [*command(), "validate", str(pipe)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    with pipe.open("wb") as stream:
        stream.write(REQUEST.read_bytes()[:300])
        stream.flush()
        time.sleep(0.2)
        running.send_signal(signal.SIGINT)
        _, err = running.communicate(timeout=30)
    assert running.returncode == 130
    assert b"Traceback" not in err


def test_usage_errors_say_how_to_go_on() -> None:
    for args in (
        ["validate"],
        ["validate", "--nonsense", "x"],
        ["build", "999", "x"],
        ["--ledger"],
    ):
        result = run(*args)
        assert result.exit_code == 2
        assert "error: " in result.stderr


def test_files_are_written_for_their_owner_only(tmp_path: Path) -> None:
    done = process(
        "--config",
        configured(tmp_path),
        *("build", "278", EXAMPLE, "--receiver", "PAYER", "-o", tmp_path / "out.edi"),
    )
    assert done.returncode == 0, done.stderr
    modes = {p.stat().st_mode & 0o077 for p in (tmp_path / ".x12-pa", tmp_path / "out.edi")}
    assert modes == {0}
