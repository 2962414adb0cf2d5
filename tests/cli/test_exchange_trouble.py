"""What can stand between us and a partner: one clear message, the right code, nothing lost."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import define

from tests.cli.support import command, run
from tests.services.bench import IDENTITY, LEDGER, MAILBOX
from tests.support import FIXTURES
from x12_pa.cli.simulate import toml_section
from x12_pa.exchange import run as exchange_run
from x12_pa.simulator.partner import Partner
from x12_pa.simulator.sftp_server import make_key_pair

REQUEST = FIXTURES / "requests" / "01_imaging.json"


@define
class Clinic:
    """A clinic whose configuration a test spoils, beside a partner that works."""

    folder: Path
    partner: Partner

    def configure(self, **changes: Any) -> None:
        settings = {**self.partner.settings(), "settle_seconds": 0}
        settings |= {"connect_seconds": 1, "timeout_seconds": 1, **changes}
        lines = toml_section("payer", {k: v for k, v in settings.items() if v is not None})
        text = IDENTITY + LEDGER + "\n".join(lines) + "\n"
        (self.folder / "x12-pa.toml").write_text(text, encoding="utf-8")

    def uploaded(self) -> list[str]:
        inbound = self.folder / "partner" / "mailbox" / "inbound"
        return [path.name for path in inbound.iterdir()]


@pytest.fixture
def clinic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clinic]:
    """A clinic with one queued request, and no pause between tries."""
    original = exchange_run.Hooks
    monkeypatch.setattr(exchange_run, "Hooks", lambda: original(wait=lambda _: None))
    with Partner(tmp_path / "partner") as partner:
        made = Clinic(tmp_path, partner)
        made.configure()
        assert run("submit", REQUEST).exit_code == 0
        yield made


def closed_port() -> int:
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        return int(made.getsockname()[1])


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A server that takes connections and never says a word."""
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        made.listen(50)
        yield int(made.getsockname()[1])


def other_key(folder: Path) -> str:
    make_key_pair(folder / "other")
    return str(folder / "other")


def no_key(folder: Path) -> str:
    (folder / "garbage").write_text("no key")
    (folder / "garbage").chmod(0o600)
    return str(folder / "garbage")


TROUBLE: dict[str, tuple[Callable[[Path], dict[str, Any]], int, str]] = {
    "wrong host key": (lambda _: {"host_key": ["SHA256:" + "A" * 43]}, 3, "is not pinned"),
    "no host key": (lambda _: {"host_key": None}, 2, "exchange trust payer"),
    "host key in another form": (lambda _: {"host_key": ["ab:cd:ef"]}, 2, "ssh-keygen -lf"),
    "wrong client key": (lambda f: {"key_file": other_key(f)}, 3, "rejected our login"),
    "no client key": (lambda _: {"key_file": "nowhere"}, 2, "cannot be read"),
    "no key in the file": (lambda f: {"key_file": no_key(f)}, 2, "is not a private key"),
    "wrong user": (lambda _: {"username": "nobody"}, 3, "rejected our login"),
    "no password": (lambda _: {"key_file": None, "password_env": "X12_NO"}, 2, "has no X12_NO"),
    "server down": (lambda _: {"port": closed_port()}, 3, "cannot connect"),
    "no such host": (lambda _: {"host": "mail.invalid"}, 3, "cannot be resolved"),
    "no such directory": (lambda _: {"download_dir": "elsewhere"}, 3, "no such file"),
    "no such mode": (lambda _: {"mode": "quick"}, 2, '"rename"'),
}


@pytest.mark.parametrize("name", TROUBLE)
def test_trouble_with_a_server_is_one_message_and_the_request_still_arrives(
    name: str, clinic: Clinic
) -> None:
    changes, code, text = TROUBLE[name]
    clinic.configure(**changes(clinic.folder))
    result = run("exchange", "run", "--once")
    assert result.exit_code == code, result.output
    assert result.stderr.count("error: ") == 1
    assert text in result.stderr
    assert "Traceback" not in result.output
    clinic.configure()
    assert run("exchange", "run", "--once").exit_code == 0
    assert len(clinic.uploaded()) == 1


@pytest.mark.parametrize("args", [("run", "--once"), ("doctor", "payer"), ("trust", "payer")])
def test_a_server_that_hangs_is_given_up(
    args: tuple[str, ...], clinic: Clinic, silent_port: int
) -> None:
    clinic.configure(port=silent_port)
    began = time.monotonic()
    result = run("exchange", *args)
    assert result.exit_code == 3, result.output
    assert "127.0.0.1" in result.stderr
    assert time.monotonic() - began < 15


@pytest.mark.parametrize("args", [("doctor", "payer"), ("trust", "payer")])
def test_probing_a_server_that_is_down_says_so(args: tuple[str, ...], clinic: Clinic) -> None:
    clinic.configure(port=closed_port())
    result = run("exchange", *args)
    assert (result.exit_code, "cannot connect" in result.stderr) == (3, True)


def test_three_failed_logins_pause_the_mailbox_until_a_person_names_it(clinic: Clinic) -> None:
    clinic.configure(username="nobody")
    for _ in range(3):
        run("exchange", "run", "--once")
    clinic.configure()
    paused = run("exchange", "run", "--once")
    assert (paused.exit_code, "paused" in paused.stdout) == (3, True)
    assert run("exchange", "run", "--once", "--mailbox", "payer").exit_code == 0
    assert len(clinic.uploaded()) == 1


def test_trust_shows_the_key_and_pins_nothing(clinic: Clinic) -> None:
    clinic.configure(host_key=None)
    result = run("exchange", "trust", "payer")
    assert (result.exit_code, clinic.partner.server.fingerprint in result.stdout) == (0, True)
    assert run("exchange", "run", "--once").exit_code == 2


def test_the_doctor_recommends_a_mode_and_leaves_nothing_behind(clinic: Clinic) -> None:
    result = run("exchange", "doctor", "payer")
    assert (result.exit_code, "mode: rename" in result.stdout) == (0, True)
    assert clinic.uploaded() == []


def test_the_doctor_says_when_a_directory_is_missing(clinic: Clinic) -> None:
    clinic.configure(upload_dir="elsewhere")
    result = run("exchange", "doctor", "payer")
    assert (result.exit_code, "list upload_dir" in result.stdout) == (1, True)


def test_one_broken_mailbox_does_not_stop_the_other(clinic: Clinic) -> None:
    clinic.configure()
    path = clinic.folder / "x12-pa.toml"
    lines = toml_section("aaa", {**clinic.partner.settings(), "port": closed_port()})
    path.write_text(path.read_text() + "\n".join(lines) + "\n")
    result = run("exchange", "run", "--once")
    assert result.exit_code == 3
    assert len(clinic.uploaded()) == 1


def test_a_quarantined_file_or_a_stray_answer_ends_a_run_with_1(tmp_path: Path) -> None:
    (tmp_path / "x12-pa.toml").write_text(IDENTITY + LEDGER + MAILBOX)
    outbound = tmp_path / "payer" / "mailbox" / "outbound"
    outbound.mkdir(parents=True)
    (tmp_path / "payer" / "mailbox" / "inbound").mkdir()
    answer = (FIXTURES / "valid" / "278-response-certified.edi").read_bytes()
    (outbound / "stray.x12").write_bytes(answer)
    assert run("exchange", "run", "--once").exit_code == 1
    (outbound / "twin.x12").write_bytes(answer.replace(b"HCR*A1", b"HCR*A3"))
    result = run("exchange", "run", "--once")
    assert result.exit_code == 1
    assert "control number" in result.stderr
    assert run("exchange", "run", "--once").exit_code == 0


def test_json_tells_the_same_as_the_text(clinic: Clinic) -> None:
    clinic.configure(port=closed_port())
    result = run("exchange", "run", "--once", "--json")
    assert result.exit_code == 3
    assert '"code": "E003"' in result.stdout


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_runs_until_a_signal_ends_it_with_0(tmp_path: Path, number: int) -> None:
    (tmp_path / "x12-pa.toml").write_text(IDENTITY + LEDGER + MAILBOX)
    inbound = tmp_path / "payer" / "mailbox" / "inbound"
    inbound.mkdir(parents=True)
    (tmp_path / "payer" / "mailbox" / "outbound").mkdir()
    assert run("submit", REQUEST).exit_code == 0
    running = subprocess.Popen(
        [*command(), "exchange", "run"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        _wait(lambda: any(inbound.glob("*.x12")) and not any(inbound.glob(".*")))
        os.kill(running.pid, number)
        out, err = running.communicate(timeout=20)
    finally:
        running.kill()
    assert (running.returncode, b"Traceback" in err) == (0, False), err
    assert b"1 sent" in out
    assert len(list(inbound.iterdir())) == 1


def _wait(ready: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)
