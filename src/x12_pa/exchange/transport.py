"""The few operations that a mailbox is made of, whatever carries them.

Paths and names are bytes: a server may hold names that no text encoding explains. Every method
raises only the classes of `x12_pa.exchange.errors`. A transport is used by one thread at a time
and is worth nothing after a `TransientError`: close it and make a new one.
"""

from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Protocol, Self

from attrs import frozen


@frozen(kw_only=True)
class Entry:
    """One name in a listing, or one `lstat`. `regular` is None if the server does not say."""

    name: bytes
    size: int | None
    mtime: int | None
    regular: bool | None


class RemoteReader(Protocol):
    """An open remote file."""

    def read(self, count: int, /) -> bytes:
        """Return up to `count` bytes, `b""` only at the end of the file."""

    def close(self) -> None:
        """Close it."""


class RemoteWriter(Protocol):
    """A remote file being written."""

    def write(self, data: bytes, /) -> None:
        """Append bytes; an error may show only at `close` or in the later size."""

    def close(self) -> None:
        """Close it, waiting for the outstanding answers."""


class Transport(Protocol):
    """A session with one mailbox."""

    def list(self, directory: bytes) -> Iterator[Entry]:
        """Yield the entries of a directory as the server gives them, hostile names included."""

    def lstat(self, path: bytes) -> Entry | None:
        """Return the entry of a path without following links; None if there is nothing."""

    def open_read(self, path: bytes, size: int) -> RemoteReader:
        """Open for reading; raises `NoSuchFile`. `size` is how much will be read (read ahead)."""

    def open_new(self, path: bytes) -> RemoteWriter:
        """Create a file that must not exist; raises `NameCollision` if it does."""

    def posix_rename(self, old: bytes, new: bytes) -> None:
        """Rename atomically, replacing `new`; raises `NoSuchFile` or `Unsupported`."""

    def rename(self, old: bytes, new: bytes) -> None:
        """Rename; raises `NoSuchFile` or, if `new` exists, `NameCollision`."""

    def remove(self, path: bytes) -> bool:
        """Remove a file; return whether it was there."""

    def mkdir(self, path: bytes) -> None:
        """Make a directory."""

    def close(self) -> None:
        """End the session; never raises; may be called from another thread to break a stall."""


class Session:
    """What makes a transport a context manager."""

    def close(self) -> None:
        """End the session."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


TransportFactory = Callable[[], Transport]


def join(directory: str | bytes, name: str | bytes) -> bytes:
    """Return `directory/name` as bytes; an empty directory or `.` gives the bare name."""
    folder = directory.encode("utf-8") if isinstance(directory, str) else directory
    leaf = name.encode("utf-8") if isinstance(name, str) else name
    return leaf if folder in (b"", b".") else folder.rstrip(b"/") + b"/" + leaf


def printable(name: bytes) -> str:
    r"""Return a name for logs and JSON: other than printable ASCII becomes `\xNN`."""
    shown = "".join(chr(b) if 0x20 <= b < 0x7F and b != 0x5C else f"\\x{b:02x}" for b in name)
    return shown if len(shown) <= 120 else shown[:117] + "..."
