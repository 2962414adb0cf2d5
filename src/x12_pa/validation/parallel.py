"""Validate with several processes: many files, or one file of many interchanges.

Each process takes whole interchanges, because nothing that is checked reaches across them, except
whether an interchange repeats an earlier one; that is found when the parts are put together. Parts
come back in the order of the file, so the result is the same as that of one process.

Sending a task to a process and its result back costs as much as checking a small file, so small
files travel in batches. Only a few tasks per process are under way at a time: memory does not grow
with the number of files.
"""

import itertools
import os
import signal
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any, BinaryIO

from attrs import evolve, frozen

from x12_pa.errors import LocalError, X12PAError
from x12_pa.syntax import NotX12, detect
from x12_pa.validation.catalogue import CODES
from x12_pa.validation.engine import validate
from x12_pa.validation.flat import Flat, Seen
from x12_pa.validation.report import message_of
from x12_pa.validation.results import FileResult, Finding, InterchangeResult

WORTH_SPLITTING = 8 << 20
LOOK_AHEAD = 4 << 20
BATCH_BYTES = 1 << 19
BATCH_FILES = 64
TASKS_AHEAD = 4
# Findings that are made once for a file, whatever process made them.
ONCE = frozenset({"P901", "P902"})


@frozen
class Part:
    """A stretch of a file that begins with an ISA; the first part begins with the file.

    `file` is the number of the file in the run, because a path may be given twice.
    """

    path: str
    start: int
    end: int
    file: int = 0


@frozen
class Checked:
    """The result of one part: its findings count from the start of the part."""

    result: FileResult
    start: int
    lines: int


_Outcome = Checked | X12PAError | OSError


class Stretch:
    """A binary stream that ends where a part ends."""

    def __init__(self, stream: BinaryIO, part: Part) -> None:
        """Begin at the start of the part."""
        stream.seek(part.start)
        self._stream, self._left = stream, part.end - part.start
        self.lines = 0

    def read(self, size: int = -1) -> bytes:
        """Read at most `size` bytes of the part."""
        size = self._left if size < 0 else min(size, self._left)
        data = self._stream.read(size)
        self._left -= len(data)
        self.lines += data.count(b"\n")
        return data


def validate_files(
    paths: Sequence[str], jobs: int, **options: Any
) -> Iterator[FileResult | X12PAError | OSError]:
    """Validate files with several processes; yield their results in the order of `paths`.

    A file that cannot be read gives its error instead of a result. `options` are those of
    `validate`; under a profile a file is not cut, because its rules may be about the whole file.
    """
    cut = jobs if len(paths) < jobs and options.get("profile") is None else 1
    most = min(BATCH_FILES, max(1, len(paths) // (jobs * TASKS_AHEAD)))
    with ProcessPoolExecutor(jobs, initializer=_begin, initargs=(options,)) as pool:
        try:
            found = _in_order(pool, _batches(paths, cut, most), jobs * TASKS_AHEAD)
            for _, parts in itertools.groupby(found, key=lambda pair: pair[0].file):
                yield _joined(list(parts), options)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _batches(paths: Sequence[str], cut: int, most: int) -> Iterator[list[Part]]:
    """Yield what one task checks: a part of a large file, or several small files."""
    batch: list[Part] = []
    for number, path in enumerate(paths):
        parts = [evolve(part, file=number) for part in plan(path, cut)]
        size = sum(part.end - part.start for part in (*batch, *parts))
        if batch and (len(parts) > 1 or len(batch) == most or size > BATCH_BYTES):
            yield batch
            batch = []
        if len(parts) > 1:
            yield from ([part] for part in parts)
        else:
            batch += parts
    if batch:
        yield batch


def _in_order(
    pool: ProcessPoolExecutor, batches: Iterator[list[Part]], ahead: int
) -> Iterator[tuple[Part, _Outcome]]:
    """Yield each part with its outcome, in order, with at most `ahead` tasks under way.

    Raises:
        LocalError: the system killed a process.
    """
    waiting: deque[tuple[list[Part], Future[list[_Outcome]]]] = deque()
    for batch in itertools.chain(batches, itertools.repeat(None)):
        if batch is not None:
            waiting.append((batch, pool.submit(_run_all, batch)))
            if len(waiting) < ahead:
                continue
        if not waiting:
            return
        parts, done = waiting.popleft()
        try:
            found = done.result()
        except BrokenProcessPool:
            raise LocalError(
                "A process of --jobs was killed, as happens when memory runs out. Nothing is wrong "
                "with the files; run again with --jobs 1."
            ) from None
        yield from zip(parts, found, strict=True)


_options: dict[str, Any] = {}
"""What a process of the pool was given at its start; the same for every task."""


def _begin(options: dict[str, Any]) -> None:
    """Begin a process of the pool; interrupts are for its parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _options.update(options)


def plan(path: str, jobs: int) -> list[Part]:
    """Cut a file into at most `jobs` parts at interchange borders; small files stay whole."""
    try:
        size = os.path.getsize(path)
    except OSError:
        size = 0
    whole = [Part(path, 0, size)]
    if jobs < 2 or size < WORTH_SPLITTING:
        return whole
    with Path(path).open("rb") as stream:
        try:
            marks = detect(stream.read(400).decode("latin-1").lstrip("\xef\xbb\xbf \r\n"))
        except NotX12:
            return whole
        borders = [0]
        for number in range(1, jobs):
            found = _border(stream, size * number // jobs, marks.segment, marks.element)
            if found > borders[-1]:
                borders.append(found)
    ends = [*borders[1:], size]
    return [Part(path, start, end) for start, end in zip(borders, ends, strict=True)]


def _border(stream: BinaryIO, near: int, term: str, element: str) -> int:
    """Return the offset of the next ISA that follows a terminator, or 0 when none is near."""
    stream.seek(near)
    data, mark = stream.read(LOOK_AHEAD), ("ISA" + element).encode("latin-1")
    at = data.find(mark, 1)
    while at > 0:
        if data[:at].rstrip(b" \r\n").endswith(term.encode("latin-1")):
            return near + at
        at = data.find(mark, at + 1)
    return 0


def _run_all(parts: list[Part]) -> list[_Outcome]:
    return [_run(part) for part in parts]


def _run(part: Part) -> _Outcome:
    try:
        with Path(part.path).open("rb") as stream:
            stretch = Stretch(stream, part)
            known = {"@file.name": Path(part.path).name, **(_options.get("context") or {})}
            options = _options | {"context": known}
            result = validate(stretch, path=part.path, **options)  # type: ignore[arg-type]
            return Checked(_plain(result), part.start, stretch.lines)
    except (X12PAError, OSError) as problem:
        return problem


def _plain(result: FileResult) -> FileResult:
    """Return a result that can travel between processes: nothing of it on disk."""
    for item in result.interchanges:
        for group in item.groups:
            group.transactions = Flat(list(group.transactions), on_disk=False)
    result.interchanges = Flat(list(result.interchanges), on_disk=False)
    return result


def _joined(
    found: Sequence[tuple[Part, _Outcome]], options: dict[str, Any]
) -> FileResult | X12PAError | OSError:
    """Put the results of the parts of one file together, or return why it cannot be read."""
    parts = []
    for _, outcome in found:
        if not isinstance(outcome, Checked):
            return outcome
        parts.append(outcome)
    whole = FileResult(path=found[0][0].path)
    said: set[tuple[str, str]] = set()
    seen: dict[tuple[str, ...], Seen] = {}
    findings: list[Finding] = []
    lines = 0
    for part in parts:
        result = part.result
        moved = [_moved(found, part.start, lines) for found in result.findings]
        twice = [f for f in moved if f.code in ONCE and (f.code, f.message) in said]
        said |= {(found.code, found.message) for found in moved}
        moved = [found for found in moved if found not in twice]
        flagged = {found.offset for found in moved if found.code == "X107"}
        for item in result.interchanges:
            item.offset, item.line = item.offset + part.start, item.line + lines
            key = (item.sender_qualifier, item.sender, item.receiver_qualifier, item.receiver)
            again = seen.setdefault(key, Seen()).again(item.control)
            if again and item.offset not in flagged:
                moved.append(_repeated(item))
                whole.errors += 1
            whole.interchanges.append(item)
        findings += moved
        whole.bytes = part.start + result.bytes
        whole.segments += result.segments
        whole.errors += result.errors
        whole.warnings += result.warnings
        whole.unlisted += result.unlisted
        lines += part.lines
    findings.sort(key=lambda found: found.offset)
    limit = options.get("max_findings", len(findings))
    whole.unlisted += max(len(findings) - limit, 0)
    whole.findings = findings[:limit]
    return whole


def _moved(found: Finding, offset: int, lines: int) -> Finding:
    return evolve(found, offset=found.offset + offset, line=found.line + lines)


def _repeated(item: InterchangeResult) -> Finding:
    """Return the finding that an interchange repeats one of an earlier part."""
    row = CODES["X107"]
    item.errors += 1
    item.settle()
    return Finding(
        code=row.code,
        severity=row.severity,
        snip=row.snip,
        interchange=item.control,
        segment="ISA",
        element="ISA13",
        line=item.line,
        message=message_of(row, {"segment": "ISA"}),
        offset=item.offset,
    )
