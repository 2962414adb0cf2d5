"""A mailbox on a bench: a real ledger, a real SFTP server, a clock that the test moves."""

import hashlib
import os
import select
import signal
import socket
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import paramiko
import pytest
from attrs import define, evolve, field

from x12_pa.configuration import MailboxSettings
from x12_pa.exchange.failpoints import VARIABLE
from x12_pa.exchange.local import LocalTransport
from x12_pa.exchange.run import Hooks, RunReport, run_mailbox
from x12_pa.exchange.sftp import SftpTransport
from x12_pa.exchange.store import Inbound, IngestOutcome
from x12_pa.ledger import mailboxes
from x12_pa.ledger.database import Ledger, open_ledger
from x12_pa.ledger.store import LedgerStore
from x12_pa.syntax import Envelope, build_interchange, segment

START = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
_BINARIES = ("/usr/lib/openssh/sftp-server", "/usr/libexec/openssh/sftp-server")


def missing(what: str) -> None:
    """Skip for a missing tool; under CI that is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is not installed, and CI must not skip")
    pytest.skip(f"{what} is not installed (apt-get install openssh-server)")


def sftp_server_binary() -> str:
    """Return the path of OpenSSH's sftp-server."""
    named = os.environ.get("X12_PA_SFTP_SERVER")
    for path in (*([named] if named else []), *_BINARIES):
        if Path(path).is_file():
            return path
    missing("OpenSSH's sftp-server")
    raise AssertionError


class _Socket(socket.socket):
    """The end of a socket pair that paramiko takes for a channel."""

    def get_name(self) -> str:
        return "bench"

    def recv_ready(self) -> bool:
        return bool(select.select([self], [], [], 0)[0])


def open_sftp(root: Path, *options: str, limits: Callable[[], None] | None = None) -> Any:
    """Start sftp-server on `root` and return a transport to it."""
    ours, theirs = socket.socketpair()
    command = [sftp_server_binary(), "-e", "-d", str(root), *options]
    server = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=subprocess.DEVNULL, preexec_fn=limits
    )
    theirs.close()
    channel = _Socket(fileno=ours.detach())

    def end() -> None:
        channel.close()
        server.kill()
        server.wait()

    transport = SftpTransport(paramiko.SFTPClient(channel), end)  # type: ignore[arg-type]
    transport.server = server  # type: ignore[attr-defined]
    return transport


def interchange(control: int, note: str = "SYNTHETIC") -> bytes:
    """Return one small whole interchange."""
    envelope = Envelope(
        sender_qualifier="ZZ",
        sender_id="ACMEPAYER",
        receiver_qualifier="ZZ",
        receiver_id="CLINIC001",
        control=control,
        usage="T",
        at=START,
    )
    return build_interchange(envelope, [], loose=[segment("TA1", "000000001", note, "A", "000")])


@define
class Bench:
    """One mailbox `acme` below a temporary directory."""

    home: Path
    box: MailboxSettings
    ledger: Ledger
    now: datetime = START
    effects: list[str] = field(factory=list)
    options: tuple[str, ...] = ()
    limits: Callable[[], None] | None = None
    opened: int = 0
    over: str = "sftp"
    machine: str = "locks"

    @classmethod
    def make(cls, home: Path, **settings: Any) -> "Bench":
        for name in ("inbound", "outbound", "taken", "temp"):
            (home / "server" / name).mkdir(parents=True)
        given = {"transport": "local", "root": home / "server", "settle_seconds": 0} | settings
        box = MailboxSettings(name="acme", **given)
        bench = cls(home, box, None)  # type: ignore[arg-type]
        bench.reopen()
        return bench

    @property
    def store(self) -> LedgerStore:
        return LedgerStore(ledger=self.ledger)

    @property
    def server(self) -> Path:
        return self.home / "server"

    def reopen(self) -> None:
        """Open the ledger as a new process would."""
        self.ledger = open_ledger(self.home / "ledger.db", clock=lambda: self.now)

    def pass_time(self, **span: float) -> None:
        self.now += timedelta(**span)

    def queue(self, key: str = "r1", data: bytes | None = None) -> str:
        """Queue a file; return its final name."""

        def render(numbers: mailboxes.ControlNumbers) -> mailboxes.Rendered:
            content = data if data is not None else interchange(numbers.isa13)
            name = f"278_{numbers.isa13:09d}.x12"
            return mailboxes.Rendered(data=content, final_name=name)

        scope = "ZZ:CLINIC001>ZZ:ACMEPAYER:T"
        with self.ledger.write() as tx:
            return mailboxes.enqueue(
                tx, mailbox="acme", scope=scope, key=key, render=render
            ).final_name

    def files(self) -> list[mailboxes.QueuedFile]:
        with self.ledger.read() as tx:
            return mailboxes.files(tx)

    def states(self) -> list[str]:
        return [f.state.value for f in self.files()]

    def put(self, name: str, data: bytes, *, age: float = 3600) -> Path:
        """Let the partner place a file for us."""
        path = self.server / "outbound" / name
        path.write_bytes(data)
        at = self.now.timestamp() - age
        os.utime(path, (at, at))
        return path

    def ingest(self, row: Inbound) -> IngestOutcome:
        """Read a stored file: the effect is an audit row in the same transaction."""
        with self.store.spool.open(row.sha256) as file:
            digest = hashlib.sha256(file.read()).hexdigest()
        with self.ledger.write() as tx:
            from x12_pa.ledger import audit

            audit.append(tx, "test.effect", f"sha:{digest}", {})
        return IngestOutcome()

    def count_effects(self) -> dict[str, int]:
        """Return how often each content had its effect."""
        from x12_pa.ledger import audit

        counts: dict[str, int] = {}
        with self.ledger.read() as tx:
            for entry in audit.entries(tx):
                if entry.event == "test.effect":
                    counts[entry.subject] = counts.get(entry.subject, 0) + 1
        return counts

    def connect(self) -> Any:
        self.opened += 1
        if self.over == "local":
            return LocalTransport(self.server)
        return open_sftp(self.server, *self.options, limits=self.limits)

    def run(
        self, connect: Any = None, ingest: Any = None, asked_for: bool = False, **hooks: Any
    ) -> RunReport:
        """Run the mailbox once, never sleeping."""
        return run_mailbox(
            self.box,
            self.store,
            connect or self.connect,
            lambda: self.now,
            ingest or self.ingest,
            lock_dir=self.home / self.machine,
            asked_for=asked_for,
            hooks=Hooks(**({"wait": lambda seconds: None} | hooks)),
        )

    def configure(self, **settings: Any) -> None:
        self.box = evolve(self.box, **settings)

    def run_killed_at(self, place: str) -> int:
        """Run in a forked process that dies at a failpoint; return the signal that ended it."""
        child = os.fork()
        if child == 0:
            try:
                os.environ[VARIABLE] = place
                self.reopen()
                self.run()
            finally:
                os._exit(0)
        status = os.waitpid(child, 0)[1]
        return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0

    def partner_takes(self) -> None:
        """Let the partner move every visible file out of our upload directory, counting."""
        for path in sorted((self.server / "inbound").iterdir()):
            if path.name.startswith(".") or not path.is_file():
                continue
            taken = self.server / "taken" / f"{len(list((self.server / 'taken').iterdir()))}"
            path.rename(taken.with_name(f"{taken.name}-{path.name}"))

    def taken(self) -> list[tuple[str, bytes]]:
        """Return (final name, bytes) of everything the partner ever took."""
        found = sorted((self.server / "taken").iterdir())
        return [(p.name.split("-", 1)[1], p.read_bytes()) for p in found]


SIGKILLED = int(signal.SIGKILL)
