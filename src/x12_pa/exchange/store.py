"""What the mailbox step machines need from the ledger.

The machines decide, the store remembers. Each method is one committed transaction (SQLite:
`BEGIN IMMEDIATE`), and each method that changes something

* checks the lease: if `lease.token` is no longer the one in force, it raises `LeaseLost` and
  changes nothing, so that a paused worker that wakes up cannot commit;
* writes its audit event in the same transaction (ids, states and hashes only, no PHI).

Times are aware UTC. Remote names are bytes, because servers send whatever they like.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import BinaryIO, Protocol

from attrs import field, frozen

from x12_pa.errors import LocalError


class LeaseLost(LocalError):
    """Another worker holds the mailbox now; stop without touching anything."""


class StateConflict(LocalError):
    """The row is no longer in the state that the machine read; somebody else moved it."""


class OutboundState(StrEnum):
    """Where one outbound file stands."""

    QUEUED = "QUEUED"
    UPLOADING = "UPLOADING"
    VERIFIED = "VERIFIED"
    RENAMING = "RENAMING"
    SENT = "SENT"
    ACKED = "ACKED"
    ANSWERED = "ANSWERED"
    HELD = "HELD"
    FAILED = "FAILED"
    AMBIGUOUS = "AMBIGUOUS"
    CANCELLED = "CANCELLED"


OUTBOUND_OPEN = frozenset(
    {
        OutboundState.QUEUED,
        OutboundState.UPLOADING,
        OutboundState.VERIFIED,
        OutboundState.RENAMING,
        OutboundState.AMBIGUOUS,
    }
)


class InboundState(StrEnum):
    """Where one downloaded file stands."""

    STORED = "STORED"
    INGESTED = "INGESTED"
    ARCHIVED = "ARCHIVED"
    DUPLICATE = "DUPLICATE"
    QUARANTINED = "QUARANTINED"


@frozen(kw_only=True)
class Lease:
    """The right to work on one mailbox, until somebody else takes it."""

    mailbox: str
    owner: str
    token: str


@frozen(kw_only=True)
class Outbound:
    """One file to be sent: its bytes (by hash) never change once the row exists.

    `mode`, `temp_path` and `final_path` are set when the upload starts and stay, so that recovery
    does not depend on a configuration that changed meanwhile.
    """

    id: str
    mailbox: str
    final_name: str
    sha256: str
    size: int
    state: OutboundState
    queued_at: datetime
    attempt: int = 0
    failures: int = 0
    next_try_at: datetime | None = None
    mode: str | None = None
    temp_path: str | None = None
    final_path: str | None = None
    evidence: str | None = None
    error: str | None = None
    sent_at: datetime | None = None


@frozen(kw_only=True)
class Inbound:
    """One file that was downloaded; unique by (mailbox, sha256).

    `cleared` says that the remote side is done with (archived, deleted, left on purpose, or
    already gone). A row is finished when it is ingested *and* cleared.
    """

    id: str
    mailbox: str
    remote_name: bytes
    remote_path: bytes
    sha256: str
    size: int
    mtime: int | None
    state: InboundState
    stored_at: datetime
    cleared: bool = False
    failures: int = 0
    error: str | None = None


@frozen(kw_only=True)
class Observation:
    """What we last saw of one remote file; the memory behind the settle rule.

    `since` is when this size and mtime were first seen, `sha256` the content once it was fetched,
    `complaint` why it was not taken (`zero-bytes`, `incomplete`, ...), reported once.
    """

    name: bytes
    size: int | None
    mtime: int | None
    since: datetime
    seen_at: datetime
    sha256: str | None = None
    complaint: str | None = None
    complained_at: datetime | None = None


@frozen(kw_only=True)
class MailboxState:
    """What the schedule and `exchange status` need to know of a mailbox."""

    mailbox: str
    last_started: datetime | None = None
    last_finished: datetime | None = None
    auth_failures: int = 0
    paused: str | None = None
    last_error: str | None = None


@frozen(kw_only=True)
class IngestOutcome:
    """What reading a stored file came to.

    `state` is INGESTED, DUPLICATE (nothing new in it) or QUARANTINED (kept for a person, with
    `reason`); `summary` is one line for people without PHI; `counts` e.g. `{"responses": 3}`.
    """

    state: InboundState = InboundState.INGESTED
    summary: str = ""
    reason: str | None = None
    counts: Mapping[str, int] = field(factory=dict)


Ingest = Callable[[Inbound], IngestOutcome]


class SpoolFile(Protocol):
    """A file being written to the spool's `tmp` directory under a random name, mode 0600."""

    def write(self, data: bytes, /) -> object:
        """Append bytes."""

    def keep(self) -> str:
        """Flush to disk, move to its content address, and return its SHA-256 (hex)."""

    def discard(self) -> None:
        """Remove it; does nothing after `keep` or a first `discard`."""


class Spool(Protocol):
    """Where file contents lie, by the SHA-256 of their bytes."""

    def create(self) -> SpoolFile:
        """Start a new file."""

    def open(self, sha256: str) -> BinaryIO:
        """Open a kept file for reading.

        Raises:
            x12_pa.errors.LocalError: it is not there, or its bytes do not have this hash.
        """

    def sweep(self) -> int:
        """Remove temporary files that a killed process left behind; return how many."""


class Store(Protocol):
    """The ledger as the exchange sees it."""

    @property
    def spool(self) -> Spool:
        """The file contents, inbound and outbound alike."""

    def take_lease(self, mailbox: str, owner: str, seconds: int) -> Lease | None:
        """Take the mailbox, or return None while another owner's lease runs.

        Succeeds if the lease is free, has run out, or belongs to the same `owner` (one owner is
        one machine and state directory, where a file lock already keeps workers apart). A new
        token each time. Time is the store's own.
        """

    def renew_lease(self, lease: Lease, seconds: int) -> None:
        """Extend the lease; raises `LeaseLost`."""

    def release_lease(self, lease: Lease) -> None:
        """Give the mailbox back; does nothing if the lease is lost."""

    def outbound_work(self, mailbox: str, now: datetime) -> list[Outbound]:
        """Return the rows in an open state whose `next_try_at` is empty or past.

        RENAMING first, then UPLOADING/VERIFIED, then QUEUED and AMBIGUOUS, each oldest first.
        """

    def move_outbound(self, lease: Lease, before: Outbound, after: Outbound) -> None:
        """Write `after` if the row still has the state and attempt of `before`.

        Raises:
            LeaseLost, StateConflict: nothing was written.
        """

    def inbound_work(self, mailbox: str) -> list[Inbound]:
        """Return rows in state STORED or INGESTED, and any that are not `cleared`; oldest first."""

    def inbound_by_hash(self, mailbox: str, sha256: str) -> Inbound | None:
        """Return the row of this content, if it ever arrived through this mailbox."""

    def add_inbound(self, lease: Lease, row: Inbound) -> None:
        """Insert a row (state STORED or QUARANTINED); `row.id` is chosen by the caller.

        Raises:
            LeaseLost, StateConflict: (mailbox, sha256) is there already; nothing was written.
        """

    def move_inbound(self, lease: Lease, before: Inbound, after: Inbound) -> None:
        """Write `after` if the row still has the state and `cleared` of `before`."""

    def ingest(self, lease: Lease, row: Inbound, work: Ingest) -> IngestOutcome:
        """Run `work(row)` and set the row's state to the outcome's, in **one** transaction.

        If `work` raises, everything it wrote is rolled back and the exception passes through.
        """

    def observations(self, mailbox: str) -> dict[bytes, Observation]:
        """Return what was seen in the last listing, by name."""

    def save_observations(
        self, lease: Lease, observations: Iterable[Observation], *, complete: bool
    ) -> None:
        """Insert or update; with `complete`, forget every name that is not among them."""

    def mailbox_state(self, mailbox: str) -> MailboxState:
        """Return the state of a mailbox; an empty one for a mailbox never worked on."""

    def save_mailbox_state(self, lease: Lease, state: MailboxState) -> None:
        """Write the state of the leased mailbox."""

    def record(self, lease: Lease, event: str, subject: str, data: Mapping[str, str | int]) -> None:
        """Append one audit event, e.g. `("exchange.collision", "outbound:17", {...})`."""
