"""Start a real OpenSSH server on a loopback port, for tests."""

import getpass
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

from attrs import define

from tests.exchange.bench import missing
from x12_pa.configuration import MailboxSettings

CONFIG = """\
Port {port}
ListenAddress 127.0.0.1
{host_keys}
PidFile {home}/sshd.pid
AuthorizedKeysFile {home}/authorized_keys
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
MaxStartups 100
LogLevel VERBOSE
Subsystem sftp internal-sftp -d {root} {options}
"""


@define
class Sshd:
    """A running server: where it is, what it serves, its keys."""

    home: Path
    port: int
    process: subprocess.Popen[bytes]
    fingerprints: dict[str, str]

    @property
    def root(self) -> Path:
        return self.home / "root"

    def settings(self, **changes: Any) -> MailboxSettings:
        """Return a mailbox that logs in to this server."""
        given = {
            "name": "acme",
            "host": "127.0.0.1",
            "port": self.port,
            "username": getpass.getuser(),
            "key_file": self.home / "client",
            "host_key": (self.fingerprints["ed25519"],),
            "settle_seconds": 0,
            "connect_seconds": 10,
            "timeout_seconds": 10,
        }
        return MailboxSettings(**(given | changes))

    def log(self) -> str:
        return (self.home / "sshd.log").read_text(errors="replace")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=10)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_sshd(home: Path, options: str = "") -> Sshd:
    """Start sshd below `home`, or skip (fail under CI) if there is none."""
    binary = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/sbin:/usr/bin")
    if binary is None:
        missing("OpenSSH's sshd")
        raise AssertionError
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    (home / "root" / "inbound").mkdir(parents=True)
    (home / "root" / "outbound").mkdir()
    fingerprints = {kind: _key(home / f"host_{kind}", kind) for kind in ("ed25519", "ecdsa")}
    _key(home / "client", "ed25519")
    _key(home / "stranger", "ed25519")
    (home / "authorized_keys").write_bytes((home / "client.pub").read_bytes())
    port = free_port()
    keys = "\n".join(f"HostKey {home}/host_{kind}" for kind in fingerprints)
    text = CONFIG.format(port=port, home=home, host_keys=keys, root=home / "root", options=options)
    (home / "sshd_config").write_text(text)
    with (home / "sshd.log").open("wb") as log:
        process = subprocess.Popen(
            [binary, "-D", "-e", "-f", str(home / "sshd_config")],
            stderr=log,
            start_new_session=True,
        )
    server = Sshd(home, port, process, fingerprints)
    _await_banner(server)
    return server


def _key(path: Path, kind: str) -> str:
    quiet = {"check": True, "capture_output": True}
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", str(path)], **quiet)
    shown = subprocess.run(["ssh-keygen", "-lf", f"{path}.pub"], **quiet)
    return shown.stdout.decode().split()[1]


def _await_banner(server: Sshd) -> None:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            with socket.create_connection(("127.0.0.1", server.port), 1) as probe:
                if probe.recv(4) == b"SSH-":
                    return
        except OSError:
            time.sleep(0.01)
    raise AssertionError(f"sshd did not start:\n{server.log()}")
