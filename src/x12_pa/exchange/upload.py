"""Send one file so that it appears at its final name once, whole, or the state says AMBIGUOUS.

```text
QUEUED -> UPLOADING -> RENAMING -> SENT          modes rename, rename-dir, marker
QUEUED -> UPLOADING -> SENT | AMBIGUOUS          mode direct
```

The row says what may be on the server; `resume` brings any row to an end. In UPLOADING the partner
has not seen the file, so it may be written again. In RENAMING only "commit again" is legal, because
an old session may still execute the first rename: then a temporary file that is gone proves that
the rename took effect. The final file cannot be the proof: partners take it within seconds.

Commit means posix-rename of the temporary name (modes `rename`, `rename-dir`) or creating the empty
marker file that the partner waits for (mode `marker`). Mode `direct` has no commit: a file written
under its final name that is absent after a crash may have been taken, so nobody sends it again
before its acknowledgement is overdue.
"""

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from attrs import evolve

from x12_pa.errors import LocalError, X12PAError
from x12_pa.exchange.errors import (
    Ambiguous,
    NameCollision,
    NoSuchFile,
    ProtocolSurprise,
    RemoteRefused,
    TransientError,
    Unsupported,
    VerifyFailed,
)
from x12_pa.exchange.failpoints import reached
from x12_pa.exchange.mailbox import TRIES, Work
from x12_pa.exchange.store import LeaseLost, Outbound, OutboundState, StateConflict
from x12_pa.exchange.transport import RemoteReader, RemoteWriter, join

READ_BACK_BYTES = 4 << 20
CHUNK = 1 << 18
RENAMED = ("rename", "rename-dir")


class Upload:
    """One outbound row on its way; `row` is always what the ledger holds."""

    def __init__(self, work: Work, row: Outbound) -> None:
        self.work = work
        self.row = row
        self._wrote = False

    def run(self) -> Outbound:
        """Bring the row as far as it goes in this run.

        Raises:
            TransientError: the session broke; call again on a new one.
            LeaseLost, StateConflict: somebody else has the mailbox; stop.
        """
        try:
            self._advance()
        except (TransientError, LeaseLost, StateConflict):
            raise
        except (RemoteRefused, ProtocolSurprise, Ambiguous, LocalError) as error:
            self._give_up(error)
        return self.row

    def _advance(self) -> None:
        if self.row.state is OutboundState.RENAMING:
            self._resume_commit()
            return
        if self.row.state in (OutboundState.UPLOADING, OutboundState.VERIFIED):
            if not self._resume_upload():
                return
        else:
            self._u1_start()
        writer = self._u2_open()
        self._u3_write(writer)
        evidence = self._u4_verify()
        if self.row.mode == "direct":
            self._u7_sent(evidence)
            return
        self._u5_intent()
        self._u7_sent(self._u6_commit(first=True))

    # The steps, in order.

    def _u1_start(self) -> None:
        """Choose the names and commit UPLOADING."""
        reached("u1_lease")
        box, name = self.work.box, self.row.final_name
        final = join(box.upload_dir, name).decode()
        folder = box.temp_dir if box.mode == "rename-dir" and box.temp_dir else box.upload_dir
        temp = join(folder, f".{name}.{self.work.token()}.part").decode()
        self._save(
            state=OutboundState.UPLOADING,
            attempt=self.row.attempt + 1,
            mode=box.mode,
            temp_path=temp if box.mode in RENAMED else None,
            final_path=final,
            next_try_at=None,
            error=None,
        )
        reached("u1_started")

    def _u2_open(self) -> RemoteWriter:
        """Create the file that is written, which must not exist."""
        transport = self.work.transport
        try:
            writer = transport.open_new(self._target)
        except NameCollision:
            if self.row.mode not in RENAMED:
                raise
            transport.remove(self._target)
            writer = transport.open_new(self._target)
        self._wrote = True
        reached("u2_opened")
        return writer

    def _u3_write(self, writer: RemoteWriter) -> None:
        """Write the spooled bytes and close."""
        try:
            for number, chunk in enumerate(self._payload()):
                self.work.keep_lease()
                writer.write(chunk)
                if number == 0:
                    reached("u3_first_chunk")
            reached("u3_written")
            writer.close()
        except (RemoteRefused, LocalError):
            _close_quietly(writer)
            raise
        reached("u3_closed")

    def _u4_verify(self) -> str:
        """Compare size and, for files that are not huge, every byte with what was sent."""
        entry = self.work.transport.lstat(self._target)
        if entry is None:
            if self.row.mode == "direct":
                return "taken_at_close"
            raise VerifyFailed(
                f"{self._shown}: the uploaded file is not there. The server may move or hide "
                "files as soon as they are closed: run `x12-pa exchange doctor`."
            )
        if entry.size is not None and entry.size != self.row.size:
            raise VerifyFailed(
                f"{self._shown}: {self.row.size} bytes were sent, the server has {entry.size}. "
                "Its disk may be full, or it converts text files."
            )
        if entry.size is None or self.row.size <= READ_BACK_BYTES:
            try:
                self._compare(self._target)
            except NoSuchFile:
                if self.row.mode != "direct":
                    raise
                return "taken_at_close"
        reached("u4_verified")
        return "read_back"

    def _u5_intent(self) -> None:
        """Commit RENAMING: from here on the partner may have the file."""
        if self.row.mode in RENAMED and self.work.transport.lstat(self._final) is not None:
            raise self._collision()
        self._save(state=OutboundState.RENAMING)
        reached("u5_intent")

    def _u6_commit(self, *, first: bool) -> str:
        """Make the file visible to the partner; return the evidence that it is."""
        evidence = self._create_marker() if self.row.mode == "marker" else self._rename(first)
        reached("u6_committed")
        return evidence

    def _u7_sent(self, evidence: str) -> None:
        """Commit SENT."""
        self._save(
            state=OutboundState.SENT, evidence=evidence, error=None, sent_at=self.work.clock()
        )
        self.work.account.counts["sent"] += 1
        reached("u7_sent")

    # Recovery.

    def _resume_upload(self) -> bool:
        """Clean up after a broken attempt; return whether the file is to be written again."""
        transport = self.work.transport
        if self.row.mode not in RENAMED and (entry := transport.lstat(self._final)) is not None:
            if not self._is_ours(entry.size):
                raise self._collision()
            if self.row.mode == "direct" and entry.size == self.row.size:
                self._u7_sent("final_matches")
                return False
        elif self.row.mode == "direct":
            self._ambiguous("the connection or this program broke while the file was sent")
            return False
        transport.remove(self._target)
        self._save(attempt=self.row.attempt + 1)
        return True

    def _resume_commit(self) -> None:
        """Finish a row whose commit may or may not have taken effect."""
        transport = self.work.transport
        if self.row.mode == "marker":
            if transport.lstat(self._final) is None:
                self._u7_sent("file_gone")
                return
        elif transport.lstat(self._target) is None:
            self._u7_sent("temp_gone")
            return
        elif (entry := transport.lstat(self._final)) is not None:
            if entry.size != self.row.size or not self._is_ours(entry.size):
                raise self._collision()
            transport.remove(self._target)
            self._u7_sent("final_matches")
            return
        self._u7_sent(self._u6_commit(first=False))

    def _rename(self, first: bool) -> str:
        transport, temp, final = self.work.transport, self._target, self._final
        try:
            self._rename_somehow()
        except NoSuchFile:
            if transport.lstat(temp) is not None:
                raise RemoteRefused(
                    f"{self._shown}: the upload directory is not there. Check upload_dir."
                ) from None
            if first and transport.lstat(final) is None:
                raise Ambiguous(
                    f"{self._shown}: the temporary file vanished before it was renamed; the "
                    "partner may have taken it. Ask them, or wait for the acknowledgement."
                ) from None
            return "temp_gone"
        except RemoteRefused:
            if transport.lstat(temp) is None:
                return "temp_gone"
            raise
        return "rename_ok"

    def _rename_somehow(self) -> None:
        transport, temp, final = self.work.transport, self._target, self._final
        try:
            transport.posix_rename(temp, final)
        except (NoSuchFile, NameCollision):
            raise
        except (Unsupported, RemoteRefused):
            transport.rename(temp, final)

    def _create_marker(self) -> str:
        marker = self._final + self.work.box.marker_suffix.encode()
        try:
            self.work.transport.open_new(marker).close()
        except NameCollision:
            return "marker_there"
        return "marker_ok"

    def _is_ours(self, size: int | None) -> bool:
        """Whether the final file is a beginning of our bytes, that is our own broken attempt."""
        if size is None or size > self.row.size:
            return False
        reader = self.work.transport.open_read(self._final, size)
        try:
            theirs = _read_exactly(reader, size)
        finally:
            reader.close()
        with self.work.store.spool.open(self.row.sha256) as ours:
            return theirs == ours.read(size)

    # Failure.

    def _give_up(self, error: X12PAError) -> None:
        """Note a refusal; the row fails for good after three runs, at once if a name is taken."""
        self.work.account.problem(self._shown, error)
        if isinstance(error, Ambiguous):
            self._ambiguous(str(error))
            return
        local = isinstance(error, LocalError)
        failures = self.row.failures + (0 if local else 1)
        code = str(getattr(error, "code", "E000"))
        over = isinstance(error, NameCollision) or failures >= TRIES
        if over:
            self.work.account.counts["failed"] += 1
        if self.row.state is OutboundState.RENAMING and not over:
            self._save(failures=failures, error=code)
            return
        started = self._wrote or self.row.state is OutboundState.RENAMING
        if started and not self._withdraw():
            self._ambiguous("the server took the file while it was being written")
            return
        state = OutboundState.FAILED if over else OutboundState.QUEUED
        self._save(state=state, failures=failures, error=code)

    def _withdraw(self) -> bool:
        """Remove what this attempt wrote; False if the partner may have taken part of it."""
        try:
            removed = self.work.transport.remove(self._target)
        except RemoteRefused:
            return self.row.mode in RENAMED
        return removed or self.row.mode in RENAMED

    def _ambiguous(self, why: str) -> None:
        wait = timedelta(hours=self.work.box.ambiguous_hours)
        self._save(
            state=OutboundState.AMBIGUOUS,
            error=Ambiguous.code,
            next_try_at=self.work.clock() + wait,
        )
        self.work.account.counts["ambiguous"] += 1
        self.work.account.problem(
            self._shown,
            f"nobody can tell whether the partner has it: {why}. It goes out again, with the same "
            f"control number, in {self.work.box.ambiguous_hours} h unless it is acknowledged.",
            Ambiguous.code,
        )

    # Small things.

    @property
    def _target(self) -> bytes:
        """The path that is written."""
        return (self.row.temp_path or self.row.final_path or "").encode()

    @property
    def _final(self) -> bytes:
        return (self.row.final_path or "").encode()

    @property
    def _shown(self) -> str:
        return f"{self.row.mailbox}: {self.row.final_name}"

    def _collision(self) -> NameCollision:
        return NameCollision(
            f"{self._shown}: another file of that name is on the server. It was left alone and "
            "ours was not sent; ask the partner, or submit again under a new control number."
        )

    def _save(self, **changes: Any) -> None:
        after = evolve(self.row, **changes)
        self.work.store.move_outbound(self.work.lease, self.row, after)
        self.row = after

    def _payload(self) -> Iterator[bytes]:
        with self.work.store.spool.open(self.row.sha256) as file:
            while chunk := file.read(CHUNK):
                yield chunk

    def _compare(self, path: bytes) -> None:
        digest, length = hashlib.sha256(), 0
        reader = self.work.transport.open_read(path, self.row.size)
        try:
            while chunk := reader.read(CHUNK):
                digest.update(chunk)
                length += len(chunk)
        finally:
            reader.close()
        if length != self.row.size or digest.hexdigest() != self.row.sha256:
            raise VerifyFailed(
                f"{self._shown}: the server's copy is not what was sent. It may convert text "
                "files; ask the partner for a binary transfer."
            )


def _read_exactly(reader: RemoteReader, size: int) -> bytes:
    data = b""
    while len(data) < size and (chunk := reader.read(size - len(data))):
        data += chunk
    return data


def _close_quietly(writer: RemoteWriter) -> None:
    try:
        writer.close()
    except RemoteRefused:
        return
