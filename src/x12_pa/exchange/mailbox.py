"""What the upload and the download machine share: their tools and their running account.

A machine is given everything it touches: the settings, the store with the lease that allows it to
write, one transport, the clock. It never opens a connection and never sleeps; `run` does both.
"""

import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from attrs import define, field, frozen

from x12_pa.clock import Clock
from x12_pa.configuration import MailboxSettings
from x12_pa.errors import X12PAError
from x12_pa.exchange.errors import TransientError
from x12_pa.exchange.store import Lease, Store
from x12_pa.exchange.transport import Transport, printable

LEASE_SECONDS = 300
TRIES = 3


def new_token() -> str:
    """Return a name part that nobody else will choose."""
    return secrets.token_hex(8)


@frozen(kw_only=True)
class Problem:
    """One thing that did not work, for people: where, the error's code, what and what to do."""

    where: str
    code: str
    message: str


@define(kw_only=True)
class Account:
    """What a run did, counted while it runs.

    Counts: `sent`, `downloaded`, `ingested`, `duplicates`, `quarantined`, `waiting` (seen, not yet
    settled or whole), `failed` (outbound given up), `ambiguous`, `cleared`, `bytes`; counts that
    the reader of the files adds are under their own names.
    """

    counts: Counter[str] = field(factory=Counter)
    problems: list[Problem] = field(factory=list)
    _broken: Counter[bytes] = field(factory=Counter)

    @contextmanager
    def breakage(self, name: bytes) -> Iterator[bool]:
        """Count the sessions that break on one file; yields False once there were two."""
        if self._broken[name] >= 2:
            self.problem(printable(name), "the connection broke on it twice; it waits.", "E003")
            yield False
            return
        try:
            yield True
        except TransientError:
            self._broken[name] += 1
            raise

    def problem(self, where: str, error: X12PAError | str, code: str = "E000") -> None:
        """Note a problem once."""
        found = Problem(where=where, code=getattr(error, "code", code), message=str(error))
        if found not in self.problems:
            self.problems.append(found)


@define(kw_only=True)
class Desk:
    """The tools of a machine while it holds a mailbox, as far as they need no connection."""

    box: MailboxSettings
    store: Store
    lease: Lease
    clock: Clock
    account: Account
    stopping: Callable[[], bool] = field(default=lambda: False)
    token: Callable[[], str] = field(default=new_token)
    _renewed: datetime | None = None

    def keep_lease(self) -> None:
        """Renew the lease when a third of it has run; call before each file and each chunk."""
        now = self.clock()
        if self._renewed is None or now - self._renewed >= timedelta(seconds=LEASE_SECONDS / 3):
            self.store.renew_lease(self.lease, LEASE_SECONDS)
            self._renewed = now


@define(kw_only=True)
class Work(Desk):
    """The tools of a machine that is connected."""

    transport: Transport
