"""A mailbox that is a directory of this machine: a mounted share, or a test.

The same operations as SFTP with the same meaning, so that the step machines need not know.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from x12_pa.exchange.errors import (
    NameCollision,
    NoSuchFile,
    RemoteRefused,
    TransientError,
)
from x12_pa.exchange.transport import Entry, RemoteReader, RemoteWriter, Session, join, printable

_REFUSED = frozenset(
    {
        errno.EACCES,
        errno.EPERM,
        errno.ENOSPC,
        errno.EDQUOT,
        errno.EFBIG,
        errno.EROFS,
        errno.EISDIR,
        errno.ENOTDIR,
        errno.ENAMETOOLONG,
        errno.EINVAL,
    }
)


@contextmanager
def _translated(path: bytes) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise NoSuchFile(f"{printable(path)}: there is no such file or directory.") from None
    except FileExistsError:
        raise NameCollision(f"{printable(path)}: something of that name is there.") from None
    except OSError as error:
        kind = RemoteRefused if error.errno in _REFUSED else TransientError
        raise kind(f"{printable(path)}: {error.strerror}.") from None


class _Writer:
    def __init__(self, descriptor: int, path: bytes) -> None:
        self._file = os.fdopen(descriptor, "wb")
        self._path = path

    def write(self, data: bytes, /) -> None:
        with _translated(self._path):
            self._file.write(data)

    def close(self) -> None:
        with _translated(self._path), self._file:
            self._file.flush()
            os.fsync(self._file.fileno())


class LocalTransport(Session):
    """A session with a mailbox below the directory `root`."""

    def __init__(self, root: Path) -> None:
        self._root = os.fsencode(root)

    def _at(self, path: bytes) -> bytes:
        return join(self._root, path.lstrip(b"/"))

    def list(self, directory: bytes) -> Iterator[Entry]:
        """Yield the entries of a directory."""
        with _translated(directory), os.scandir(self._at(directory)) as found:
            for item in found:
                try:
                    yield _entry(item.name, item.stat(follow_symlinks=False))
                except FileNotFoundError:
                    continue

    def lstat(self, path: bytes) -> Entry | None:
        """Return the entry of a path, or None."""
        try:
            with _translated(path):
                return _entry(os.path.basename(path), os.lstat(self._at(path)))
        except NoSuchFile:
            return None

    def open_read(self, path: bytes, size: int) -> RemoteReader:
        """Open for reading."""
        with _translated(path):
            return open(self._at(path), "rb")

    def open_new(self, path: bytes) -> RemoteWriter:
        """Create a file that must not exist."""
        with _translated(path):
            mode = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_EXCL
            return _Writer(os.open(self._at(path), mode, 0o600), path)

    def posix_rename(self, old: bytes, new: bytes) -> None:
        """Rename atomically, replacing `new`."""
        with _translated(old):
            os.rename(self._at(old), self._at(new))

    def rename(self, old: bytes, new: bytes) -> None:
        """Rename; refuse if `new` exists."""
        with _translated(old):
            os.link(self._at(old), self._at(new), follow_symlinks=False)
            os.unlink(self._at(old))

    def remove(self, path: bytes) -> bool:
        """Remove a file; return whether it was there."""
        try:
            with _translated(path):
                os.unlink(self._at(path))
        except NoSuchFile:
            return False
        return True

    def mkdir(self, path: bytes) -> None:
        """Make a directory."""
        with _translated(path):
            os.mkdir(self._at(path), 0o700)

    def close(self) -> None:
        """Nothing to end."""


def _entry(name: bytes, info: os.stat_result) -> Entry:
    return Entry(
        name=name,
        size=info.st_size,
        mtime=int(info.st_mtime),
        regular=stat.S_ISREG(info.st_mode),
    )
