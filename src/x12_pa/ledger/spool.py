"""The files themselves, stored under the hash of their bytes.

`spool/ab/ab12…` holds the bytes whose SHA-256 is `ab12…`. A name from a partner's server never
becomes a local path. A file is written to `tmp` with mode 0600, synced, renamed into place, and the
directory synced: it is there whole, or not at all. Storing the same bytes twice is one file.

The ledger row that names a file is committed after the file is in place, so a crash between the two
leaves an orphan file and never a row without its bytes; `mailboxes.orphans` names those. A draft is
locked while its writer lives, so the sweep takes exactly the drafts whose writer is dead.
"""

import contextlib
import fcntl
import hashlib
import io
import os
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from attrs import frozen

from x12_pa.errors import LocalError
from x12_pa.ledger.filesystem import cannot_write, make_private_directory

CHUNK = 1 << 20
_HEX = frozenset("0123456789abcdef")


@frozen(kw_only=True)
class Spool:
    """A content-addressed file store below one directory."""

    root: Path

    @property
    def temporary(self) -> Path:
        """Return the directory for unfinished files; it is on the same file system."""
        return self.root / "tmp"

    def path(self, sha256: str) -> Path:
        """Return where the file with this hash lies, whether it exists or not."""
        if not _is_hash(sha256):
            raise ValueError("a spool name is a SHA-256 in lower-case hex")
        return self.root / sha256[:2] / sha256

    def exists(self, sha256: str) -> bool:
        """Say whether the file is there."""
        return self.path(sha256).is_file()

    def open(self, sha256: str) -> BinaryIO:
        """Open a stored file for reading, after checking its bytes against its name.

        Raises:
            LocalError: the file is missing, unreadable or damaged.
        """
        path = self.path(sha256)
        try:
            file = path.open("rb")
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise LocalError(
                f"the spool file {sha256[:12]}… cannot be read ({error.strerror}). Restore "
                f"{self.root} from the backup that belongs to this ledger"
            ) from error
        if digest != sha256:
            file.close()
            raise LocalError(
                f"the spool file {sha256[:12]}… was changed after it was stored. Restore it in "
                f"{self.root} from a backup; it is not used"
            )
        file.seek(0)
        return file

    def read(self, sha256: str) -> bytes:
        """Return the bytes of a stored file; raises as `open` does."""
        with self.open(sha256) as file:
            return file.read()

    def put(self, data: bytes | Iterable[bytes]) -> str:
        """Store bytes, or the chunks of a stream, and return their SHA-256.

        Raises:
            LocalError: the disk is full or not writable; nothing is left behind.
        """
        draft = self.create()
        try:
            for chunk in (data,) if isinstance(data, bytes) else data:
                draft.write(chunk)
            return draft.keep()
        finally:
            draft.discard()

    def create(self) -> "Draft":
        """Start a new file; `keep` or `discard` it.

        Raises:
            LocalError: the directory is full or not writable.
        """
        try:
            make_private_directory(self.temporary)
            while True:
                path = self.temporary / f"{secrets.token_hex(16)}.part"
                descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                if _still_there(path, descriptor):
                    return Draft(self, path, open(descriptor, "wb", buffering=0))
                os.close(descriptor)
        except OSError as error:
            raise self.cannot_write(error) from error

    def cannot_write(self, error: OSError) -> LocalError:
        """Return the error for a failed write to the spool."""
        return cannot_write(error, f"the spool {self.root}", "name another one in [ledger] spool")

    def sweep(self) -> int:
        """Remove the drafts that killed processes left behind; return how many."""
        return sum(_remove_if_abandoned(path) for path in self.temporary.glob("*.part"))

    def names(self) -> Iterator[str]:
        """Yield the hash of every stored file."""
        for folder in sorted(self.root.glob("[0-9a-f][0-9a-f]")):
            yield from (path.name for path in sorted(folder.iterdir()) if _is_hash(path.name))


class Stretch(io.RawIOBase):
    """Some bytes of an open file, read from a place of their own: several do not disturb another.

    Stays readable as long as the file is open, and leaves closing it to its owner.
    """

    def __init__(self, descriptor: int, start: int, size: int) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._at = start
        self._end = start + size

    def readable(self) -> bool:
        """Say that this stream can be read."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Read the next bytes into a buffer; return how many, 0 at the end."""
        data = os.pread(self._descriptor, min(len(buffer), self._end - self._at), self._at)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


class Draft:
    """A file being written to the spool; nobody sees it before `keep`."""

    def __init__(self, spool: Spool, path: Path, file: BinaryIO) -> None:
        self._spool = spool
        self._file = file
        self._path = path
        self._digest = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes, /) -> None:
        """Append bytes.

        Raises:
            LocalError: the disk is full; the draft is dropped.
        """
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            self.discard()
            raise self._spool.cannot_write(error) from error
        self._digest.update(data)
        self.size += len(data)

    def keep(self) -> str:
        """Flush to disk, move to the content address, and return the SHA-256.

        Raises:
            LocalError: the disk is full or not writable; the draft is dropped.
        """
        sha256 = self._digest.hexdigest()
        try:
            os.fsync(self._file.fileno())
            target = self._spool.path(sha256)
            make_private_directory(target.parent)
            os.replace(self._path, target)
            self._file.close()
            _sync_directory(target.parent)
            _sync_directory(self._spool.root)
        except OSError as error:
            self.discard()
            raise self._spool.cannot_write(error) from error
        return sha256

    def discard(self) -> None:
        """Remove the draft; does nothing after `keep` or a first `discard`."""
        if not self._file.closed:
            self._path.unlink(missing_ok=True)
            self._file.close()


def _is_hash(name: str) -> bool:
    return len(name) == 64 and set(name) <= _HEX


def _still_there(path: Path, descriptor: int) -> bool:
    """Say whether no sweep took the file between its creation and its lock."""
    try:
        return path.stat().st_ino == os.fstat(descriptor).st_ino
    except FileNotFoundError:
        return False


def _remove_if_abandoned(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink(missing_ok=True)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        with contextlib.suppress(OSError):
            os.close(descriptor)
