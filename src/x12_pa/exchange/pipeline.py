"""Read and write a remote file with many requests under way, and miss no answer.

SFTP answers every request; waiting for each costs a round trip per 32 KB. Here up to `WINDOW`
requests are under way and every single answer is looked at, also those of the last writes and of
CLOSE, where a full disk shows itself.
"""

from collections import deque
from typing import Protocol

CHUNK = 32768
WINDOW = 64


class Requests(Protocol):
    """The requests on one open handle, sent without waiting."""

    def ask_read(self, handle: bytes, offset: int, count: int) -> int:
        """Send READ; return the request's number."""

    def ask_write(self, handle: bytes, offset: int, data: bytes) -> int:
        """Send WRITE; return the request's number."""

    def answer(self, number: int) -> bytes | None:
        """Wait for an answer: the data, b"" for OK, None for end of file; raises on refusal."""

    def close_handle(self, handle: bytes) -> None:
        """Send CLOSE and wait for the answer."""


class PipelinedWriter:
    """A remote file being written from its beginning."""

    def __init__(self, requests: Requests, handle: bytes) -> None:
        self._requests = requests
        self._handle = handle
        self._offset = 0
        self._under_way: deque[int] = deque()
        self._open = True

    def write(self, data: bytes, /) -> None:
        """Append bytes; raises what an earlier write was answered with."""
        for start in range(0, len(data), CHUNK):
            piece = data[start : start + CHUNK]
            if len(self._under_way) >= WINDOW:
                self._requests.answer(self._under_way.popleft())
            self._under_way.append(self._requests.ask_write(self._handle, self._offset, piece))
            self._offset += len(piece)

    def close(self) -> None:
        """Collect every answer, then close; a second call does nothing."""
        if not self._open:
            return
        self._open = False
        try:
            while self._under_way:
                self._requests.answer(self._under_way.popleft())
        finally:
            self._requests.close_handle(self._handle)


class PipelinedReader:
    """A remote file being read from its beginning, `size` bytes of it ahead."""

    def __init__(self, requests: Requests, handle: bytes, size: int) -> None:
        self._requests = requests
        self._handle = handle
        self._size = size
        self._asked = 0
        self._offset = 0
        self._under_way: deque[tuple[int, int]] = deque()
        self._rest = b""
        self._ended = False
        self._open = True

    def read(self, count: int, /) -> bytes:
        """Return up to `count` bytes; b"" at the end of the file only."""
        if not self._rest and not self._ended:
            self._rest = self._next()
        data, self._rest = self._rest[:count], self._rest[count:]
        return data

    def _next(self) -> bytes:
        while self._asked < self._size and len(self._under_way) < WINDOW:
            length = min(CHUNK, self._size - self._asked)
            number = self._requests.ask_read(self._handle, self._asked, length)
            self._under_way.append((number, length))
            self._asked += length
        if not self._under_way:
            return self._take(self._requests.ask_read(self._handle, self._offset, CHUNK))
        number, length = self._under_way.popleft()
        data = self._take(number)
        while not self._ended and len(data) < length:
            missing = length - len(data)
            data += self._take(self._requests.ask_read(self._handle, self._offset, missing))
        return data

    def _take(self, number: int) -> bytes:
        data = self._requests.answer(number)
        if not data:
            self._ended = True
            return b""
        self._offset += len(data)
        return data

    def close(self) -> None:
        """Collect the answers still under way, then close; a second call does nothing."""
        if not self._open:
            return
        self._open = False
        try:
            while self._under_way:
                self._requests.answer(self._under_way.popleft()[0])
        finally:
            self._requests.close_handle(self._handle)
