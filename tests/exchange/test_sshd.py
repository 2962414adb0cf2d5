"""Against a real OpenSSH server: trust, login, broken lines, stalls."""

import os
import signal
import socket
import subprocess
import threading
import time

import pytest
from attrs import evolve

from tests.exchange.bench import Bench, interchange
from tests.exchange.proxy import Proxy
from tests.exchange.sshd import free_port, start_sshd
from x12_pa.errors import ConfigError
from x12_pa.exchange.connecting import transport_factory
from x12_pa.exchange.doctor import examine
from x12_pa.exchange.errors import AuthError, Interrupted, TransientError, TrustError
from x12_pa.exchange.sftp import connect
from x12_pa.exchange.trust import host_keys

pytestmark = pytest.mark.sshd


@pytest.fixture
def remote(sshd, tmp_path):
    """A bench whose server directory is the sshd's, emptied."""
    for folder in (sshd.root / "inbound", sshd.root / "outbound", sshd.root / "outbound/archive"):
        for path in folder.glob("*") if folder.exists() else []:
            if path.is_file():
                path.unlink()
    bench = Bench.make(tmp_path)
    for name in ("inbound", "outbound"):
        (bench.server / name).rmdir()
        (bench.server / name).symlink_to(sshd.root / name)
    bench.box = sshd.settings()
    return bench


def run(bench, **changes):
    return bench.run(connect=transport_factory(evolve(bench.box, **changes), {}))


def test_a_request_goes_out_and_an_answer_comes_in(remote):
    name = remote.queue()
    remote.put("answer.x12", interchange(5))
    report = run(remote)
    assert (report.exit_code, report.counts["sent"], report.counts["ingested"]) == (0, 1, 1)
    assert (remote.server / "inbound" / name).read_bytes() == interchange(1)


def test_a_host_key_that_is_not_pinned_stops_the_mailbox_before_the_login(remote, sshd):
    remote.queue()
    logins = sshd.log().count("Accepted publickey")
    report = run(remote, host_key=("SHA256:" + "A" * 43,))
    assert (report.exit_code, report.problems[0].code) == (3, TrustError.code)
    assert sshd.fingerprints["ed25519"] in report.problems[0].message
    assert sshd.log().count("Accepted publickey") == logins
    assert remote.states() == ["QUEUED"]


def test_the_other_host_key_of_the_same_server_may_be_the_pinned_one(sshd):
    box = sshd.settings(host_key=("SHA256:" + "A" * 43, sshd.fingerprints["ecdsa"]))
    with connect(box, {}) as transport:
        assert transport.lstat(b"inbound") is not None


def test_trust_shows_every_host_key_and_logs_in_nowhere(sshd):
    found = {key.fingerprint: key.pinned for key in host_keys(sshd.settings())}
    ours = sshd.fingerprints
    assert found == {ours["ed25519"]: True, ours["ecdsa"]: False}


def test_a_rejected_key_is_tried_once_a_run_and_the_mailbox_pauses_after_three(remote, sshd):
    remote.queue()
    failed = sshd.log().count("Failed publickey") + sshd.log().count("Connection closed by auth")
    reports = [run(remote, key_file=sshd.home / "stranger") for _ in range(4)]
    assert [r.problems[0].code for r in reports[:3]] == [AuthError.code] * 3
    assert reports[3].skipped.startswith("paused")
    assert failed <= sshd.log().count("Connection closed by auth")
    assert remote.states() == ["QUEUED"]


def test_a_key_file_that_others_can_read_is_refused(sshd, tmp_path):
    key = tmp_path / "key"
    key.write_bytes((sshd.home / "client").read_bytes())
    key.chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        connect(sshd.settings(key_file=key), {})


@pytest.mark.parametrize("content", [b"not a key", None])
def test_a_key_file_that_is_no_key_is_named(sshd, tmp_path, content):
    key = tmp_path / "key"
    if content is not None:
        key.write_bytes(content)
        key.chmod(0o600)
    with pytest.raises(ConfigError, match=r"mailbox\.acme\.key_file"):
        connect(sshd.settings(key_file=key), {})


def test_a_key_with_a_passphrase_needs_the_variable_that_holds_it(sshd, tmp_path):
    key = tmp_path / "key"
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "synthetic-pass", "-f", str(key)]
    subprocess.run(command, check=True)
    with pytest.raises(ConfigError, match="passphrase_env"):
        connect(sshd.settings(key_file=key), {})
    with pytest.raises(ConfigError, match="no ACME_PASS"):
        connect(sshd.settings(key_file=key, passphrase_env="ACME_PASS"), {})
    with pytest.raises(ConfigError, match="passphrase is wrong"):
        connect(sshd.settings(key_file=key, passphrase_env="P"), {"P": "wrong"})
    with pytest.raises(AuthError):
        connect(sshd.settings(key_file=key, passphrase_env="P"), {"P": "synthetic-pass"})


def test_a_server_that_is_down_loses_nothing(remote):
    remote.queue()
    report = run(remote, port=free_port())
    assert (report.exit_code, report.problems[0].code) == (3, TransientError.code)
    assert remote.states() == ["QUEUED"]
    assert run(remote).counts["sent"] == 1


def test_a_port_that_speaks_no_ssh_is_a_clear_error(sshd):
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer():
            near, _ = listener.accept()
            near.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            near.close()

        threading.Thread(target=answer, daemon=True).start()
        box = sshd.settings(port=listener.getsockname()[1], connect_seconds=3)
        with pytest.raises(TransientError, match="SSH server"):
            connect(box, {})


def test_a_stopped_server_gives_control_back_within_the_timeout(tmp_path):
    server = start_sshd(tmp_path)
    try:
        with connect(server.settings(timeout_seconds=1), {}) as transport:
            writer = transport.open_new(b"inbound/stalled")
            children = _children(server.process.pid)
            for pid in children:
                os.kill(pid, signal.SIGSTOP)
            begin = time.monotonic()
            try:
                with pytest.raises(TransientError):
                    transport.lstat(b"inbound")
                with pytest.raises(TransientError):
                    writer.close()
                assert time.monotonic() - begin < 5
            finally:
                for pid in children:
                    os.kill(pid, signal.SIGCONT)
    finally:
        server.stop()


def _children(pid: int) -> list[int]:
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        found = [int(number) for number in file.read().split()]
    return found + [child for number in found for child in _children(number)]


def test_a_session_whose_time_is_up_is_closed_from_outside(sshd):
    with connect(sshd.settings(), {}) as transport:
        transport._expire()
        with pytest.raises(Interrupted):
            transport.lstat(b"inbound")


def test_the_doctor_recommends_rename_for_openssh_and_leaves_nothing_behind(remote, sshd):
    with connect(remote.box, {}) as transport:
        diagnosis = examine(remote.box, transport)
    assert (diagnosis.mode, diagnosis.ok) == ("rename", True)
    assert list((sshd.root / "inbound").iterdir()) == []


def _cut_and_recover(bench, sshd, capfd, **where):
    """Cut the first session, let the run reconnect, and count what arrived."""
    data = interchange(1) + b"\n" * 200_000
    name = bench.queue(f"{where}", data)
    bench.put(f"{len(bench.files())}.x12", interchange(1000 + len(bench.files())))
    with Proxy(sshd.port, **where) as proxy:
        report = run(bench, port=proxy.port)
    sent = [f for f in bench.files() if f.final_name == name]
    assert [f.state.value for f in sent] == ["SENT"], where
    assert report.exit_code == 0, (where, report)
    final = bench.server / "inbound" / name
    assert final.read_bytes() == data, where
    assert set(bench.count_effects().values()) == {1}
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize("reset", [False, True])
@pytest.mark.parametrize("up", [100, 3000, 100_000, 204_000])
def test_a_line_cut_on_the_way_up_ends_with_one_whole_file(remote, sshd, capfd, up, reset):
    _cut_and_recover(remote, sshd, capfd, up=up, reset=reset)


@pytest.mark.parametrize("down", [50, 2000, 3500, 150_000])
def test_a_line_cut_on_the_way_down_ends_with_one_whole_file(remote, sshd, capfd, down):
    _cut_and_recover(remote, sshd, capfd, down=down)


@pytest.mark.long
def test_a_line_cut_anywhere_ends_with_one_whole_file(remote, sshd, capfd):
    remote.queue("measure", interchange(1) + b"\n" * 200_000)
    with Proxy(sshd.port) as proxy:
        run(remote, port=proxy.port)
        up, down = proxy.passed_up, proxy.passed_down
    grid = [{"up": n} for n in (*range(1, up - 3000, 20_000), *range(up - 3000, up + 2000, 60))]
    grid += [{"down": n} for n in (*range(1, down, 10_000), *range(down - 3000, down, 60))]
    for number, where in enumerate(grid):
        _cut_and_recover(remote, sshd, capfd, **where, reset=bool(number % 2))
