"""Bytes to blocks of segments, with memory that does not grow with the file.

The reader works on blocks, not on single segments: a block is a stretch of one interchange that
ends at a segment terminator, split once by C code. Where a segment stands (offset, line) is worked
out only for the few that somebody asks about. A block never crosses the end of an interchange, so
one set of separators holds for all of it.

Lenient by design: byte order marks, blank lines, line breaks anywhere (80-column files too), text
between interchanges and a missing last terminator are all read; the validator reports them.
"""

import re
from collections.abc import Iterator
from io import BytesIO
from itertools import accumulate
from typing import BinaryIO, Protocol

from attrs import define, field

from x12_pa.syntax.delimiters import ISA_WIDTH, Delimiters, NotX12, detect

Source = bytes | BinaryIO
CHUNK_BYTES = 1 << 16  # what a block becomes still lies in the cache when it is checked
MAX_SEGMENT_BYTES = 1 << 20
_BLANK = " \t\r\n\x00\x1a"
_LEADING = re.compile(f"[{_BLANK}]*")
_BOM = "\xef\xbb\xbf"


@define(slots=True)
class Block:
    """A run of whole segments of one interchange, or noise between interchanges.

    Attributes:
        texts: the segments without terminators and line breaks; empty ones are kept.
        raw: the bytes of the block as latin-1 text.
        delimiters: None when this is noise outside any interchange.
        offset: byte offset of `raw` in the file.
        line: line number of the first character of `raw`.
        unterminated: the last segment has no terminator: the file ends there.
        oversized: the one segment here is longer than `MAX_SEGMENT_BYTES` and was cut.
    """

    texts: list[str]
    raw: str
    delimiters: Delimiters | None
    offset: int
    line: int
    unterminated: bool = False
    oversized: bool = False
    _starts: list[int] = field(init=False, factory=list, repr=False)
    _counted: tuple[int, int] = field(init=False, default=(0, 0), repr=False)

    def pieces(self) -> list[str]:
        """Return the raw text of each segment, terminator included."""
        assert self.delimiters is not None
        term = self.delimiters.segment
        parts = self.raw.split(term)
        last = parts.pop()
        pieces = [part + term for part in parts]
        return [*pieces, last] if self.unterminated and last.strip(_BLANK) else pieces

    def locate(self, index: int) -> tuple[int, int]:
        """Return (byte offset, line number) of segment `index` of this block, from 0."""
        if self.delimiters is None:
            return self.offset, self.line
        if index == 0 and not self._starts:
            blank = len(self.raw) - len(self.raw.lstrip(_BLANK))
            return self.offset + blank, self.line + self.raw.count("\n", 0, blank)
        if not self._starts:
            parts = self.raw.split(self.delimiters.segment)
            self._starts = list(accumulate((len(part) + 1 for part in parts), initial=0))
        index = min(index, len(self._starts) - 2)
        blanks = _LEADING.match(self.raw, self._starts[index], self._starts[index + 1] - 1)
        assert blanks is not None
        start = blanks.end()
        # Those who ask mostly go forward: lines are counted on from the last answer.
        at, lines = self._counted if self._counted[0] <= start else (0, 0)
        lines += self.raw.count("\n", at, start)
        self._counted = (start, lines)
        return self.offset + start, self.line + lines


class Reader(Protocol):
    """What a file is read from."""

    def read(self, size: int, /) -> bytes:
        """Return at most so many bytes, none at the end."""


@define
class Measured:
    """A stream that counts what is read from it.

    Attributes:
        size: how many bytes were read so far.
    """

    stream: Reader
    size: int = 0

    def read(self, size: int, /) -> bytes:
        """Read, and count."""
        chunk = self.stream.read(size)
        self.size += len(chunk)
        return chunk


def read_blocks(source: bytes | Reader, *, chunk_bytes: int = CHUNK_BYTES) -> Iterator[Block]:
    """Yield the blocks of a file in order.

    Args:
        source: bytes, or a binary stream read to its end.
        chunk_bytes: how much is read at a time; any value gives the same segments.

    Raises:
        NotX12: the first thing in the file is not an interchange.
    """
    stream = BytesIO(source) if isinstance(source, bytes) else source
    cutter = _Cutter()
    while chunk := _filled(stream, chunk_bytes):
        yield from cutter.feed(chunk.decode("latin-1"))
    yield from cutter.close()


def _filled(stream: Reader, size: int) -> bytes:
    """Read `size` bytes, fewer only at the end, so that blocks do not depend on short reads."""
    chunk = stream.read(size)
    if len(chunk) == size or not chunk:
        return chunk
    parts, length = [chunk], len(chunk)
    while length < size and (chunk := stream.read(size - length)):
        parts.append(chunk)
        length += len(chunk)
    return b"".join(parts)


class _Cutter:
    """Cuts a stream of text into blocks; holds at most one unfinished segment."""

    def __init__(self) -> None:
        self._buffer = ""
        self._offset = 0
        self._line = 1
        self._delimiters: Delimiters | None = None
        self._skipping = False
        self._started = False

    def feed(self, text: str) -> Iterator[Block]:
        self._buffer += text
        yield from self._drain(final=False)

    def close(self) -> Iterator[Block]:
        yield from self._drain(final=True)
        if not self._started:
            raise NotX12("The file is empty: there is no interchange in it.")

    def _drain(self, *, final: bool) -> Iterator[Block]:
        while self._buffer:
            block = self._between(final) if self._delimiters is None else self._inside(final)
            if block is None:
                return
            if block.texts:
                yield block

    def _take(self, length: int) -> tuple[str, int, int]:
        """Cut `length` characters off the buffer; return them with their place."""
        raw, place, line = self._buffer[:length], self._offset, self._line
        self._buffer = self._buffer[length:]
        self._offset += length
        self._line += raw.count("\n")
        return raw, place, line

    def _between(self, final: bool) -> Block | None:
        """Find the next ISA; what stands before it is noise."""
        buffer = self._buffer
        if not self._started and buffer.startswith(_BOM):
            self._take(len(_BOM))
            return _nothing()
        if buffer[:1] in _BLANK:
            self._take(len(buffer) - len(buffer.lstrip(_BLANK)))
            return _nothing()
        if buffer.startswith("ISA"):
            return self._open(final)
        if len(buffer) < 3 and not final:
            return None
        if not self._started:
            raise NotX12(
                "This is not X12: an interchange begins with an ISA segment, this input does not."
            )
        return self._noise(final)

    def _open(self, final: bool) -> Block | None:
        if len(self._buffer) < 2 * ISA_WIDTH and not final:
            return None
        try:
            self._delimiters = detect(self._buffer)
        except NotX12:
            if not self._started:
                raise
            return self._noise(final)
        self._started = True
        return _nothing()

    def _noise(self, final: bool) -> Block | None:
        """Give up text that is outside any interchange, up to the next ISA at a line start."""
        end = self._buffer.find("\nISA", 1) + 1 or len(self._buffer)
        if end == len(self._buffer) and not final and end < CHUNK_BYTES:
            return None
        raw, place, line = self._take(end)
        return Block([raw.strip(_BLANK)[:80]], raw, None, place, line)

    def _inside(self, final: bool) -> Block | None:
        """Take whole segments, up to the end of the interchange if it is in the buffer."""
        delimiters = self._delimiters
        assert delimiters is not None
        if len(self._buffer) > MAX_SEGMENT_BYTES and not self._skipping:
            first = self._buffer.find(delimiters.segment)
            if first > MAX_SEGMENT_BYTES:
                return self._monster(delimiters, first + 1)
        end, closes = self._interchange_end(delimiters)
        if end == 0:
            return self._unfinished(delimiters, final)
        raw, place, line = self._take(end)
        if closes:
            self._delimiters = None
        texts = _split(raw, delimiters)
        texts.pop()
        if self._skipping:
            self._skipping = False
            texts = texts[1:]
            rest, _, raw = raw.partition(delimiters.segment)
            place, line = place + len(rest) + 1, line + rest.count("\n")
            line += delimiters.segment == "\n"
        return Block(texts, raw, delimiters, place, line)

    def _interchange_end(self, delimiters: Delimiters) -> tuple[int, bool]:
        """Return how much can be taken now, and whether the interchange ends there."""
        term = delimiters.segment
        trailer = _find_segment(self._buffer, "IEA" + delimiters.element, term, 0)
        header = _find_segment(self._buffer, "ISA" + delimiters.element, term, 4)
        if header > 0 and (trailer < 0 or header < trailer):
            return header, True
        if trailer >= 0:
            end = self._buffer.find(term, trailer)
            if end >= 0:
                return end + 1, True
            if trailer > 0:
                return trailer, False
            return 0, False
        return self._buffer.rfind(term) + 1, False

    def _unfinished(self, delimiters: Delimiters, final: bool) -> Block | None:
        """Handle a buffer without a terminator: wait, cut a monster, or end the file."""
        if final:
            raw, place, line = self._take(len(self._buffer))
            self._delimiters = None
            text = _split(raw, delimiters)[0].strip(_BLANK)
            texts = [text] if text and not self._skipping else []
            return Block(texts, raw, delimiters, place, line, unterminated=True)
        if self._skipping:
            self._take(len(self._buffer))
            return _nothing()
        if len(self._buffer) <= MAX_SEGMENT_BYTES:
            return None
        self._skipping = True
        return self._monster(delimiters, len(self._buffer))

    def _monster(self, delimiters: Delimiters, length: int) -> Block:
        """Take a segment that is too long; only its beginning is kept."""
        raw, place, line = self._take(length)
        text = _split(raw[:4096], delimiters)[0].lstrip(_BLANK)
        return Block([text], raw[:4096], delimiters, place, line, oversized=True)


def _nothing() -> Block:
    return Block([], "", None, 0, 0)


def _find_segment(buffer: str, start: str, term: str, begin: int) -> int:
    """Return where a segment that begins with `start` begins in `buffer`, or -1."""
    at = buffer.find(start, begin)
    while at > 0:
        blank = _BLANK if term not in "\r\n" else " "
        before = buffer[max(0, at - 8) : at].rstrip(blank) or buffer[:at].rstrip(blank)
        # The buffer itself begins after a terminator.
        if before.endswith(term) or not before:
            return at
        at = buffer.find(start, at + 1)
    return at


def _split(raw: str, delimiters: Delimiters) -> list[str]:
    """Split into segments, with line breaks that are not the terminator taken out."""
    term = delimiters.segment
    if "\n" in raw and term != "\n":
        raw = raw.replace("\n", "")
    if "\r" in raw and term != "\r":
        raw = raw.replace("\r", "")
    return raw.split(term)
