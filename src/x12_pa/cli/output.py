"""Input and output of commands: `-`, atomic files, JSON documents, tables, messages.

Data goes to stdout, messages to stderr. Text that came out of a file may hold anything, so control
characters are made visible before they reach a terminal. JSON is written as a stream, row by row.
"""

import errno
import json
import os
import stat
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from x12_pa.cli.context import Session
from x12_pa.errors import DocumentError, UsageError
from x12_pa.syntax import NotX12

_VISIBLE = {
    number: f"\\x{number:02x}" for number in (*range(32), *range(127, 160)) if chr(number) != "\t"
}


def printable(text: str) -> str:
    r"""Return one line with control characters written out: ESC becomes `\x1b`."""
    return text.translate(_VISIBLE)


def write_lines(lines: Iterable[str]) -> None:
    """Print lines of data, each without its line break."""
    for line in lines:
        sys.stdout.write(printable(line) + "\n")


def write_pieces(pieces: Iterable[str]) -> None:
    """Print a document that comes in pieces and holds its own line breaks (JSON)."""
    for piece in pieces:
        sys.stdout.write(piece)


def write_json(document: Any) -> None:
    """Print one JSON document, indented."""
    sys.stdout.write(json.dumps(document, indent=2, default=str) + "\n")


def write_json_rows(schema: str, key: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Print `{"schema": schema, key: [rows…]}` as a stream, one row a line."""
    sys.stdout.write(f'{{"schema": {json.dumps(schema)}, {json.dumps(key)}: [')
    for number, row in enumerate(rows):
        sys.stdout.write((",\n  " if number else "\n  ") + json.dumps(row, default=str))
    sys.stdout.write("\n]}\n")


def write_json_lines(rows: Iterable[Mapping[str, Any]]) -> None:
    """Print JSON Lines, one document a line."""
    for row in rows:
        sys.stdout.write(json.dumps(row, default=str) + "\n")


def write_table(
    session: Session,
    headers: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    title: str | None = None,
    empty: str = "Nothing.",
) -> None:
    """Print a table: with rich on a terminal, else as aligned columns for pipes and files.

    Args:
        rows: cells in the order of `headers`; None is shown as "".
        empty: what is said, on stderr, when there are no rows.
    """
    cells = [["" if cell is None else printable(str(cell)) for cell in row] for row in rows]
    if not cells:
        say(session, empty)
        return
    console = session.console()
    if console is None:
        sys.stdout.writelines(_plain_table(headers, cells, title))
        return
    from rich import box
    from rich.table import Table

    table = Table(*headers, title=title, box=box.SIMPLE_HEAD, title_justify="left")
    for row in cells:
        table.add_row(*row)
    console.print(table)


def _plain_table(
    headers: Sequence[str], cells: Sequence[Sequence[str]], title: str | None
) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(headers, *cells, strict=True)]
    if title:
        yield f"{title}\n"
    for row in (headers, *cells):
        padded = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(padded).rstrip() + "\n"


def say(session: Session, text: str) -> None:
    """Tell the person something on stderr, unless `--quiet`."""
    if not session.quiet:
        _tell(printable(text))


def complain(text: str) -> None:
    """Print an error on stderr for one of several inputs; the command goes on with the others."""
    _tell("error: " + "\n".join(map(printable, text.splitlines())))


def _tell(text: str) -> None:
    """Write to stderr, after what was written to stdout before: both may go to one log."""
    sys.stdout.flush()
    print(text, file=sys.stderr, flush=True)


@contextmanager
def open_input(path: str) -> Iterator[BinaryIO]:
    """Open a file for reading bytes; `-` is stdin.

    Raises:
        UsageError: the path is a directory.
        NotX12: the reader found that it is not X12; the message then names the path.
        DocumentError: there is no such file, or it may not be read.
    """
    if path == "-":
        with _named(path):
            yield sys.stdin.buffer
        return
    if os.path.isdir(path):
        raise UsageError(f"{path} is a directory; name files, for example {path.rstrip('/')}/*.edi")
    try:
        stream = open(path, "rb")  # noqa: SIM115 - closed below, outside this try
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or "the path holds a zero byte"
        denied = isinstance(problem, PermissionError)
        advice = "Ask for the right to read it" if denied else "Check the path"
        raise DocumentError(f"{path} cannot be read: {reason}. {advice}.") from None
    with stream, _named(path):
        yield stream


@contextmanager
def _named(path: str) -> Iterator[None]:
    """Say which input it is that turns out not to be X12."""
    try:
        yield
    except NotX12 as problem:
        raise NotX12(f"{'stdin' if path == '-' else path}: {problem}") from None


def read_input(path: str) -> bytes:
    """Return the bytes of a file, or of stdin for `-`; raises as `open_input`."""
    with open_input(path) as stream:
        return stream.read()


def read_text(path: str) -> str:
    """Return a UTF-8 text (a byte order mark is dropped); raises as `open_input`.

    Raises:
        DocumentError: it is not UTF-8; names the first byte that is not.
    """
    try:
        return read_input(path).decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise DocumentError(
            f"{path} is not UTF-8 text (byte {problem.start + 1}). Save it as UTF-8."
        ) from None


def keep_apart(inputs: Iterable[str], outputs: Mapping[str, str | None]) -> None:
    """Refuse outputs that are an input, or one another, also through a link or a redirection.

    Called before anything is read, so that a slip of the keyboard costs no file.

    Args:
        inputs: paths; `-` is stdin.
        outputs: option (`-o`, `--report`) to the path that it names; None is not asked for.

    Raises:
        UsageError: says which two are one, and what to do.
    """
    taken: dict[object, str] = {}
    for path in inputs:
        taken[_place(path, sys.stdin)] = "the input" if path == "-" else f"the input {path}"
    for option, named in outputs.items():
        if named is None:
            continue
        place = _place(named, sys.stdout) or ("stdout" if named == "-" else None)
        if place is not None and place in taken:
            raise UsageError(
                f"{option} {named} is the same file as {taken[place]}; nothing was written. "
                "Name another file."
            )
        taken[place] = f"that of {option}"


def _place(path: str, stream: Any) -> object:
    """Return what a regular file is known by, whatever its name; None for pipes and devices."""
    try:
        found = os.fstat(stream.fileno()) if path == "-" else os.stat(path)
    except (OSError, ValueError):
        return None if path == "-" else os.path.realpath(path)
    return (found.st_dev, found.st_ino) if stat.S_ISREG(found.st_mode) else None


def check_target(path: str | None) -> None:
    """Find out whether a file of that name can be made, before work that counts is begun.

    Raises:
        UsageError: it is a directory, or its directory is not there.
        PermissionError: this user may not add a file there.
    """
    if path is None or path == "-":
        return
    target = Path(path)
    if target.is_dir():
        raise UsageError(f"{path} is a directory; name a file in it.")
    if not target.parent.is_dir():
        raise UsageError(f"There is no directory {target.parent}; make it first.")
    replaced = target.resolve() if target.is_file() or not target.exists() else None
    if replaced is not None and not os.access(replaced.parent, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)


def write_output(path: str, data: bytes) -> None:
    """Write a file atomically, or stdout for `-`: either all of it is there, or nothing changed.

    Raises:
        OSError: it cannot be written; no part of it is left behind.
    """
    if path == "-":
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    check_target(path)
    target = Path(path)
    try:
        if target.exists() and not target.is_file():
            target.write_bytes(data)  # a device or a pipe takes the bytes as they come
        else:
            _replace(target.resolve(), data)  # a link goes on to name the new file
    except OSError as problem:
        problem.filename = path  # not the temporary name, and never nothing
        raise


def _replace(target: Path, data: bytes) -> None:
    handle, temporary = tempfile.mkstemp(prefix=f".{target.name[:60]}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
