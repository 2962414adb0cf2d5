"""Fetch what a partner left, so that its effect is committed exactly once.

```text
(listed, settled) -> STORED -> INGESTED -> ARCHIVED     and DUPLICATE, QUARANTINED
```

A file may be fetched many times; its effect is committed once, because the ledger row is unique by
the SHA-256 of the bytes and because reading a file is one transaction with the state change that
records it. The remote side is cleared (archived, deleted, or left) after the row exists and before
the file is read: the bytes are safe then, and a file that our reader cannot stand does not block
the mailbox. `cleared` on the row keeps that apart from the state.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial

from attrs import evolve

from x12_pa.exchange.clearing import Clearing
from x12_pa.exchange.completeness import lacking
from x12_pa.exchange.errors import NoSuchFile, ProtocolSurprise, RemoteRefused
from x12_pa.exchange.failpoints import reached
from x12_pa.exchange.intake import Intake
from x12_pa.exchange.listing import is_settled, observe, read_listing
from x12_pa.exchange.mailbox import Work
from x12_pa.exchange.store import (
    Inbound,
    InboundState,
    Ingest,
    Observation,
    SpoolFile,
    StateConflict,
)
from x12_pa.exchange.transport import Entry, RemoteReader, join, printable

CHUNK = 1 << 18
MAX_LISTING = 100_000
BEYOND = "E017"


class Download:
    """One pass over the download directory of a mailbox."""

    def __init__(self, work: Work, ingest: Ingest) -> None:
        self.work = work
        self.intake = Intake(work, ingest)
        self.clearing = Clearing(work, self._take_from)
        self._left = work.box.max_run_bytes
        self._beyond = 0

    def run(self) -> None:
        """Finish what earlier runs left, then fetch what has settled.

        Raises:
            TransientError: the session broke; run again on a new one.
            LocalError: this machine cannot go on.
        """
        self.work.account.counts["waiting"] = 0
        for row in self.work.store.inbound_work(self.work.box.name):
            self._guarded(row.remote_name, partial(self.finish, row, fresh=False))
        for seen in self._candidates():
            if self.work.stopping():
                return
            self.work.keep_lease()
            self._guarded(seen.name, partial(self._take, seen))
        if self._beyond:
            self._tell_of_the_rest()

    def finish(self, row: Inbound, *, fresh: bool) -> None:
        """Clear the remote side and read the file, whatever of that is still to do."""
        if not row.cleared:
            try:
                row = self.clearing.clear(row, fresh=fresh)
            except RemoteRefused as error:
                self.work.account.problem(self._where(row.remote_name), error)
        self.intake.read(row)

    # Listing.

    def _candidates(self) -> list[Observation]:
        """List, remember what was seen, and return what may be fetched now, oldest first."""
        work, box = self.work, self.work.box
        listing = read_listing(box, self._d0_list())
        work.account.problems += [p for p in listing.problems if p not in work.account.problems]
        known = self._d1_observe(listing.files)
        ready = [seen for seen in known if seen.sha256 is None and self._ready(seen)]
        ready.sort(key=lambda seen: (seen.mtime or 0, seen.name))
        self._beyond = max(0, len(ready) - box.max_files)
        work.account.counts["waiting"] += self._beyond
        return ready[: box.max_files]

    def _d0_list(self) -> Iterator[Entry]:
        """Yield the listing in bytes, asking again where the server left the size out."""
        work = self.work
        folder = work.box.download_dir.encode()
        for number, entry in enumerate(work.transport.list(folder)):
            if number == MAX_LISTING:
                work.account.problem(
                    work.box.name, f"more than {MAX_LISTING} files; the rest waits.", "E009"
                )
                break
            yield entry
        reached("d0_listed")

    def _d1_observe(self, files: tuple[Entry, ...]) -> list[Observation]:
        """Remember size and time of each file beside what was seen before."""
        work = self.work
        known = observe(files, work.store.observations(work.box.name), work.clock())
        work.store.save_observations(work.lease, known, complete=True)
        reached("d1_observed")
        return known

    def _ready(self, seen: Observation) -> bool:
        """Whether a file may be fetched now; an empty one is reported only once."""
        box = self.work.box
        if not is_settled(seen, box.settle_seconds):
            self.work.account.counts["waiting"] += 1
            return False
        if seen.size == 0:
            self._complain(seen, "zero-bytes", "it is empty; it is left where it is")
            return False
        if seen.size is not None and seen.size > box.max_file_bytes:
            self._complain(seen, "too-large", "it is larger than max_file_bytes; it is left")
            return False
        return True

    # One file.

    def _take(self, seen: Observation) -> None:
        row = self._take_from(seen, join(self.work.box.download_dir, seen.name))
        if row is None:
            return
        current = self.work.store.inbound_by_hash(self.work.box.name, row.sha256)
        stays = self.work.box.after_download == "leave" or row.state is InboundState.QUARANTINED
        if stays or current is None or not current.cleared:
            self._remember(evolve(seen, sha256=row.sha256, complaint=None))

    def _take_from(self, seen: Observation, path: bytes) -> Inbound | None:
        if (row := self._fetch(seen, path)) is not None:
            self.finish(row, fresh=True)
        return row

    def _fetch(self, seen: Observation, path: bytes) -> Inbound | None:
        """Bring one file into the spool and the ledger; None if it is not to be read (again)."""
        entry = self._described(seen, path)
        size = entry.size or 0
        changed = seen.size is not None and (entry.size, entry.mtime) != (seen.size, seen.mtime)
        self._beyond += size > self._left
        if changed or size > self._left:
            self.work.account.counts["waiting"] += 1
            return None
        draft = self.work.store.spool.create()
        try:
            missing = self._d2_read(path, size, draft)
            if not self._d3_check(seen, path, entry, missing):
                return None
            sha256 = self._d4_spool(draft)
        finally:
            draft.discard()
        self._left -= size
        self.work.account.counts["bytes"] += size
        row, new = self._d5_store(entry, path, sha256, missing)
        return row if new else self._again(seen, row)

    def _described(self, seen: Observation, path: bytes) -> Entry:
        """Return name, size and time; ask if the listing had no size."""
        entry = self.work.transport.lstat(path)
        if entry is None:
            raise NoSuchFile(f"{self._where(seen.name)}: it is gone; nothing was lost by us.")
        if entry.size is None or entry.regular is False:
            raise ProtocolSurprise(
                f"{self._where(seen.name)}: the server does not give its size, or it is no "
                "ordinary file. It is left where it is."
            )
        return evolve(entry, name=seen.name)

    def _d2_read(self, path: bytes, size: int, draft: SpoolFile) -> str | None:
        """Read exactly `size` bytes and then the end; say what the envelopes lack."""
        reader = self.work.transport.open_read(path, size)
        reached("d2_opened")
        try:
            tee = _Tee(reader, draft, size, self.work.keep_lease)
            missing = lacking(tee)
            reached("d2_read")
            return missing if tee.exact() else "changed"
        finally:
            reader.close()

    def _d3_check(self, seen: Observation, path: bytes, entry: Entry, missing: str | None) -> bool:
        """Whether the file stood still while it was read, and is whole (or never will be)."""
        after = self.work.transport.lstat(path)
        same = after is not None and (after.size, after.mtime) == (entry.size, entry.mtime)
        reached("d3_checked")
        if not same or missing == "changed":
            self.work.account.counts["waiting"] += 1
            return False
        if missing is None:
            return True
        limit = timedelta(hours=self.work.box.incomplete_hours)
        if self.work.clock() - seen.since >= limit:
            return True
        self._complain(seen, "incomplete", f"{missing}; it is tried again at the next run")
        return False

    def _d4_spool(self, draft: SpoolFile) -> str:
        """Make the bytes durable under their hash."""
        sha256 = draft.keep()
        reached("d4_spooled")
        return sha256

    def _d5_store(
        self, entry: Entry, path: bytes, sha256: str, missing: str | None
    ) -> tuple[Inbound, bool]:
        """Commit the row, unless its content was here before; return it and whether it is new."""
        work = self.work
        row = Inbound(
            id=work.token(),
            mailbox=work.box.name,
            remote_name=entry.name,
            remote_path=path,
            sha256=sha256,
            size=entry.size or 0,
            mtime=entry.mtime,
            state=InboundState.QUARANTINED if missing else InboundState.STORED,
            stored_at=work.clock(),
            cleared=missing is not None,
            error=f"incomplete: {missing}" if missing else None,
        )
        new = work.store.inbound_by_hash(work.box.name, sha256) is None
        if new:
            work.store.add_inbound(work.lease, row)
            work.account.counts["downloaded"] += 1
        if new and missing:
            work.account.counts["quarantined"] += 1
            work.account.problem(self._where(entry.name), f"quarantined: {missing}.", "E015")
        reached("d5_stored")
        return row, new

    def _again(self, seen: Observation, row: Inbound) -> Inbound | None:
        """Handle content that is in the ledger: the unfinished row itself, or a second copy."""
        work = self.work
        known = work.store.inbound_by_hash(work.box.name, row.sha256)
        if known is not None and not known.cleared and known.remote_path == row.remote_path:
            return known
        work.account.counts["duplicates"] += 1
        data = {"sha256": row.sha256}
        work.store.record(work.lease, "exchange.duplicate", f"inbound:{row.sha256[:16]}", data)
        if work.box.after_download == "leave" or row.state is InboundState.QUARANTINED:
            self._remember(evolve(seen, sha256=row.sha256))
        else:
            self.clearing.clear_copy(row)
        return None

    # Small things.

    def _guarded(self, name: bytes, action: Callable[[], object]) -> None:
        """Run one file's work; its own failure is noted and the others go on."""
        try:
            with self.work.account.breakage(name) as usable:
                if usable:
                    action()
        except NoSuchFile:
            self.work.account.counts["vanished"] += 1
        except (RemoteRefused, ProtocolSurprise, StateConflict) as error:
            self.work.account.problem(self._where(name), error)

    def _complain(self, seen: Observation, kind: str, text: str) -> None:
        self.work.account.counts["waiting"] += 1
        if kind != "zero-bytes" or seen.complaint != kind:
            self.work.account.problem(self._where(seen.name), f"not taken: {text}.", "E013")
        if seen.complaint != kind:
            self._remember(evolve(seen, complaint=kind, complained_at=self.work.clock()))

    def _tell_of_the_rest(self) -> None:
        """Note what the limits of one run left on the server: the run is not complete."""
        box = self.work.box
        text = (
            f"files left for the next run: {self._beyond} (one fetches no more: max_files is "
            f"{box.max_files}, max_run_bytes {box.max_run_bytes}). Run again."
        )
        self.work.account.problem(box.name, text, BEYOND)

    def _remember(self, seen: Observation) -> None:
        self.work.store.save_observations(self.work.lease, [seen], complete=False)

    def _where(self, name: bytes) -> str:
        return f"{self.work.box.name}: {printable(name)}"


class _Tee:
    """Gives the bytes of a remote file to the reader of envelopes and to the spool."""

    def __init__(
        self, reader: RemoteReader, draft: SpoolFile, size: int, alive: Callable[[], None]
    ) -> None:
        self._alive = alive
        self._reader = reader
        self._draft = draft
        self._size = size
        self._read = 0

    def read(self, count: int = CHUNK, /) -> bytes:
        """Return the next bytes; never more than the file had when it was listed."""
        self._alive()
        wanted = min(count, self._size - self._read)
        chunk = self._reader.read(wanted) if wanted else b""
        if chunk:
            self._draft.write(chunk)
            if self._read == 0:
                reached("d2_first_chunk")
            self._read += len(chunk)
        return chunk

    def exact(self) -> bool:
        """Whether the file had exactly the size that it should have, no byte less or more."""
        return self._read == self._size and not self._reader.read(1)

    def close(self) -> None:
        """Nothing: the owner closes the reader."""
