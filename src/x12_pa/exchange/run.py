"""One run of one mailbox: take it, send what is queued, fetch what is there, give it back.

A file's own failure never stops the others. A broken session is replaced at most `RECONNECTS`
times, with a growing random pause, and each machine goes on from what the ledger says; a file that
breaks the session twice waits for the next run. Two locks keep workers apart: a file lock on this
machine, which the kernel drops when a process is killed, and the ledger's lease between machines,
whose token every later write repeats.
"""

import fcntl
import os
import random
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path

from attrs import define, evolve, field, frozen

from x12_pa.clock import Clock
from x12_pa.configuration import MailboxSettings
from x12_pa.errors import ConfigError, LocalError, X12PAError
from x12_pa.exchange.download import Download
from x12_pa.exchange.errors import (
    AuthError,
    Interrupted,
    LocalResource,
    ProtocolSurprise,
    RemoteRefused,
    TransientError,
    TrustError,
    backoff,
    classify_local,
)
from x12_pa.exchange.intake import Intake
from x12_pa.exchange.mailbox import LEASE_SECONDS, TRIES, Account, Desk, Problem, Work, new_token
from x12_pa.exchange.store import Ingest, Lease, LeaseLost, Store
from x12_pa.exchange.transport import Transport, TransportFactory
from x12_pa.exchange.upload import Upload

RECONNECTS = 3
CONFIG_PROBLEM = "C001"
_LOGIN_PAUSE = "the login failed three times; check the credentials, then run with --mailbox"


@frozen(kw_only=True)
class RunReport:
    """What one run of one mailbox came to.

    `skipped` says why nothing was tried (another worker, paused), `stopped` why it ended early.
    """

    mailbox: str
    started_at: datetime
    finished_at: datetime
    counts: dict[str, int]
    problems: tuple[Problem, ...]
    skipped: str | None = None
    stopped: str | None = None

    @property
    def exit_code(self) -> int:
        """0 all done; 1 something was refused or quarantined; 2 configuration; 3 try again."""
        if any(problem.code == CONFIG_PROBLEM for problem in self.problems):
            return 2
        if self.skipped or self.stopped:
            return 3
        others = [p for p in self.problems if p.code not in _FOR_A_PERSON]
        return 3 if others else int(bool(self.problems))


_FOR_A_PERSON = frozenset({"E006", "E009", "E013", "E014", "E015"})


@define(kw_only=True)
class Hooks:
    """What a test or the scheduler may put in place of the real thing.

    `wait` sleeps for seconds; `stopping` says that no new file is to be begun; `opened` is told of
    each session, so that somebody else can close it.
    """

    wait: Callable[[float], object] = field(default=time.sleep)
    uniform: Callable[[float, float], float] = field(default=random.uniform)
    stopping: Callable[[], bool] = field(default=lambda: False)
    token: Callable[[], str] = field(default=new_token)
    opened: Callable[[Transport], object] = field(default=lambda transport: None)


def run_mailbox(
    box: MailboxSettings,
    store: Store,
    transport_factory: TransportFactory,
    clock: Clock,
    ingest: Ingest,
    *,
    lock_dir: Path,
    asked_for: bool = False,
    hooks: Hooks | None = None,
) -> RunReport:
    """Run one mailbox once: uploads, then downloads. Its failures are in the report, not raised.

    Args:
        box: its settings.
        store: the ledger.
        transport_factory: opens a session; called again after a broken one.
        clock: the time.
        ingest: reads one stored file; called inside one ledger transaction.
        lock_dir: directory of this machine's lock files.
        asked_for: a person named this mailbox, so a pause after failed logins is overridden; a
            pause that a person made is not.
        hooks: see `Hooks`.

    Raises:
        LocalError: the ledger itself cannot be read or written.
    """
    run = _Run(box, store, transport_factory, clock, ingest, hooks or Hooks())
    with machine_lock(lock_dir, box.name) as locked:
        if not locked:
            return run.report("another process on this machine is working on it")
        return run.report(run.all(asked_for, owner_name(lock_dir)))


class _Run:
    """The state of one run."""

    def __init__(
        self,
        box: MailboxSettings,
        store: Store,
        factory: TransportFactory,
        clock: Clock,
        ingest: Ingest,
        hooks: Hooks,
    ) -> None:
        self.box, self.store, self.clock, self.hooks = box, store, clock, hooks
        self.account = Account()
        self.stopped: str | None = None
        self._factory = factory
        self._ingest = ingest
        self._inbound_closed = False
        self._started = clock()

    def report(self, skipped: str | None) -> RunReport:
        """Return what the run came to."""
        return RunReport(
            mailbox=self.box.name,
            started_at=self._started,
            finished_at=self.clock(),
            counts=dict(self.account.counts),
            problems=tuple(self.account.problems),
            skipped=skipped,
            stopped=self.stopped,
        )

    def all(self, asked_for: bool, owner: str) -> str | None:
        """Do everything; return why nothing was done, or None."""
        paused = self.store.mailbox_state(self.box.name).paused
        if paused and not (asked_for and paused == _LOGIN_PAUSE):
            return f"paused: {paused}"
        lease = self.store.take_lease(self.box.name, owner, LEASE_SECONDS)
        if lease is None:
            return "a worker on another machine holds it"
        try:
            self._held(lease)
        except LeaseLost as error:
            self.stopped = str(error)
            self.account.problem(self.box.name, error)
        finally:
            self.store.release_lease(lease)
        return None

    def _held(self, lease: Lease) -> None:
        state = evolve(self.store.mailbox_state(self.box.name), last_started=self.clock())
        self.store.save_mailbox_state(lease, state)
        with self._noted():
            desk = Desk(
                box=self.box,
                store=self.store,
                lease=lease,
                clock=self.clock,
                account=self.account,
                stopping=self.hooks.stopping,
                token=self.hooks.token,
            )
            self.store.spool.sweep()
            Intake(desk, self._ingest).read_all()
        failures = self._connected(lease, state.auth_failures)
        error = self.account.problems[-1].message if self.account.problems else None
        now = self.store.mailbox_state(self.box.name)
        by_hand = None if now.paused == _LOGIN_PAUSE else now.paused
        done = evolve(
            now,
            last_finished=self.clock(),
            auth_failures=failures,
            paused=_LOGIN_PAUSE if failures >= TRIES else by_hand,
            last_error=error,
        )
        self.store.save_mailbox_state(lease, done)

    @contextmanager
    def _noted(self) -> Iterator[None]:
        """Note a failure of this machine and close the inbound side; uploads may go on."""
        try:
            yield
        except LeaseLost:
            raise
        except OSError as error:
            self._inbound_closed = True
            self.account.problem(self.box.name, classify_local(error, "the spool"))
        except LocalError as error:
            self._inbound_closed = True
            self.account.problem(self.box.name, error, LocalResource.code)

    def _connected(self, lease: Lease, auth_failures: int) -> int:
        """Work on sessions until all is done; return the number of failed logins in a row."""
        for attempt in range(RECONNECTS + 1):
            try:
                with closing(self._factory()) as transport:
                    auth_failures = 0
                    self.hooks.opened(transport)
                    self._session(lease, transport)
                return auth_failures
            except AuthError as error:
                self._stop(error)
                return auth_failures + 1
            except (TrustError, ConfigError, ProtocolSurprise, RemoteRefused, Interrupted) as error:
                self._stop(error)
                return auth_failures
            except TransientError as error:
                if attempt == RECONNECTS or self.hooks.stopping():
                    self._stop(error)
                    return auth_failures
                self.hooks.wait(backoff(attempt, uniform=self.hooks.uniform))
        return auth_failures

    def _stop(self, error: X12PAError) -> None:
        code = CONFIG_PROBLEM if isinstance(error, ConfigError) else "E000"
        self.stopped = str(error)
        self.account.problem(self.box.name, error, code)

    def _session(self, lease: Lease, transport: Transport) -> None:
        work = Work(
            box=self.box,
            store=self.store,
            lease=lease,
            transport=transport,
            clock=self.clock,
            account=self.account,
            stopping=self.hooks.stopping,
            token=self.hooks.token,
        )
        for row in self.store.outbound_work(self.box.name, self.clock()):
            if self.hooks.stopping():
                break
            with self.account.breakage(row.final_name.encode()) as usable:
                if usable:
                    work.keep_lease()
                    Upload(work, row).run()
        if self._inbound_closed or self.hooks.stopping():
            return
        with self._noted():
            Download(work, self._ingest).run()


def owner_name(lock_dir: Path) -> str:
    """Return who holds a lease: this machine and its state directory."""
    return f"{socket.gethostname()}:{lock_dir.resolve()}"


@contextmanager
def machine_lock(lock_dir: Path, mailbox: str) -> Iterator[bool]:
    """Hold this machine's lock on a mailbox; yields False if another process has it.

    The content of the file is for people only; the kernel's lock counts, and dies with its holder.
    """
    try:
        lock_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(lock_dir / f"{mailbox}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise classify_local(error, f"the lock file in {lock_dir}") from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        with suppress(OSError):
            os.ftruncate(descriptor, 0)
            os.write(descriptor, f"pid {os.getpid()} on {socket.gethostname()}\n".encode())
        yield True
    finally:
        os.close(descriptor)
