"""A progress bar for long reading: on stderr, only for a person, only when it is worth it.

Nothing is drawn on a pipe, with `--quiet`, or for less than `WORTH_IT` bytes altogether. While data
goes to the same terminal the bar steps aside (`Meter.aside`).
"""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from attrs import define

from x12_pa.cli.context import Session

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

WORTH_IT = 5_000_000


@define
class Meter:
    """Counts bytes as they are read; without a bar it does nothing."""

    _bar: "Progress | None" = None
    _task: "TaskID | None" = None

    def watch(self, stream: BinaryIO, name: str) -> BinaryIO:
        """Return the stream, counted."""
        if self._bar is None or self._task is None:
            return stream
        self._bar.update(self._task, description=name)
        return cast(BinaryIO, _Counted(stream, self._bar, self._task))

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Take the bar away while something is printed on the same terminal."""
        if self._bar is None or not sys.stdout.isatty():
            yield
            return
        self._bar.stop()
        yield
        sys.stdout.flush()
        self._bar.start()


class _Counted:
    """A stream that tells a bar how much was read from it."""

    def __init__(self, stream: BinaryIO, bar: "Progress", task: "TaskID") -> None:
        self._stream, self._bar, self._task = stream, bar, task

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self._bar.advance(self._task, len(data))
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def metered(session: Session, paths: Sequence[str]) -> Iterator[Meter]:
    """Give a meter for reading these files; it draws a bar if that is wanted and worth it."""
    total = sum(map(size_of, paths))
    if session.quiet or total <= WORTH_IT or not sys.stderr.isatty():
        yield Meter()
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    bar = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        redirect_stdout=False,
        redirect_stderr=True,
    )
    with bar:
        yield Meter(bar, bar.add_task("", total=total))


def size_of(path: str) -> int:
    """Return the size of a regular file (`-` may be redirected from one), else 0."""
    with suppress(OSError, ValueError):
        if path == "-":
            return os.fstat(sys.stdin.fileno()).st_size
        if os.path.isfile(path):
            return os.path.getsize(path)
    return 0
