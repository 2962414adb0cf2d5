"""Every way a command can end, as an exit code and at most one message on stderr.

| what | exit |
|---|---|
| the command's own code | 0 or 1 |
| `x12_pa.errors` | that of the class: 1, 2, 3 or 70 |
| click's usage errors | 2 |
| `OSError`: wrong or unreadable path | 2 |
| `OSError`: this machine cannot (disk full, read-only, I/O error) | 3 |
| Ctrl-C | 130 |
| stdout closed by the reader (`| head`) | 141, silently |
| anything else: a defect | 70 |

A defect is reported by class and place only: texts of foreign exceptions may quote element values.
"""

import errno
import os
import select
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import click

from x12_pa import __version__
from x12_pa.errors import RemoteError, X12PAError

DEFECT = 70
INTERRUPTED = 130
PIPE_CLOSED = 141

_OURS = frozenset(
    {
        errno.ENOSPC,
        errno.EFBIG,
        errno.EDQUOT,
        errno.EROFS,
        errno.EIO,
        errno.EMFILE,
        errno.ENFILE,
        errno.ENOMEM,
    }
)
_REASONS = {
    errno.ENOENT: "there is no such file. Check the path",
    errno.EISDIR: "it is a directory. Name files, for example with DIR/*.edi",
    errno.ENOTDIR: "a part of the path is not a directory. Check the path",
    errno.EACCES: "permission denied. Ask for the right, or run as a user who has it",
    errno.EPERM: "not permitted. Ask for the right, or run as a user who has it",
    errno.ENOSPC: "no space left on the disk. Make room and run the command again",
    errno.EFBIG: "the file would be larger than this system allows. Raise the limit (ulimit -f)",
    errno.EDQUOT: "the disk quota is used up. Make room and run the command again",
    errno.EROFS: "the disk is read-only. Choose another place and run the command again",
}


def run_guarded(work: Callable[[], Any]) -> int:
    """Run a command; return its exit code. Nothing but `SystemExit` gets out of here."""
    _tolerate_any_text()
    try:
        result = work()
        sys.stdout.flush()
    except BrokenPipeError:
        _to_devnull()
        return PIPE_CLOSED
    except BaseException as problem:
        if isinstance(problem, SystemExit) and _reader_is_gone():
            # click ends the process itself when nobody reads the help that it prints.
            _to_devnull()
            return PIPE_CLOSED
        return report(problem)
    return result if isinstance(result, int) else 0


def broken_pipe() -> Exception:
    """Return what a broken pipe means: stdout was closed, or a partner's connection broke."""
    if _reader_is_gone():
        _to_devnull()
        return click.exceptions.Exit(PIPE_CLOSED)
    return RemoteError("The other side closed the connection. Run the command again.")


def _reader_is_gone() -> bool:
    """Tell whether stdout is a pipe that nobody reads any more; without writing to it."""
    try:
        watcher = select.poll()
        watcher.register(sys.stdout.fileno(), 0)
        return any(event & (select.POLLERR | select.POLLHUP) for _, event in watcher.poll(0))
    except (AttributeError, OSError, ValueError):
        return True


def report(problem: BaseException) -> int:
    """Print what went wrong, as one message on stderr; return the exit code for it."""
    code = exit_code(problem)
    with suppress(OSError, ValueError):
        _write_traceback(problem)
        print(message(problem), file=sys.stderr, flush=True)
    _drop_unwritable_stdout()
    return code


def exit_code(problem: BaseException) -> int:
    """Return the exit code that an exception stands for."""
    if isinstance(problem, X12PAError):
        return problem.exit_code
    if isinstance(problem, click.Abort | KeyboardInterrupt):
        return INTERRUPTED
    if isinstance(problem, click.ClickException):
        return 2
    if isinstance(problem, OSError) and problem.errno is not None:
        return 3 if problem.errno in _OURS else 2
    return DEFECT


def message(problem: BaseException) -> str:
    """Return the text for a person: what happened, where, what to do; never an element value."""
    if isinstance(problem, X12PAError):
        text = str(problem) or type(problem).__name__
        return f"error: {text}" if problem.exit_code != DEFECT else _defect(problem, text)
    if isinstance(problem, click.Abort | KeyboardInterrupt):
        return "interrupted"
    if isinstance(problem, click.exceptions.NoArgsIsHelpError):
        return problem.format_message()
    if isinstance(problem, click.UsageError):
        usage = f"{problem.ctx.get_usage()}\n" if problem.ctx else ""
        command = f"\nTry '{problem.ctx.command_path} --help'." if problem.ctx else ""
        return f"{usage}error: {problem.format_message()}{command}"
    if isinstance(problem, click.ClickException):
        return f"error: {problem.format_message()}"
    if isinstance(problem, OSError) and problem.errno is not None:
        return f"error: {_os_text(problem)}"
    return _defect(problem)


def _os_text(problem: OSError) -> str:
    assert problem.errno is not None
    reason = _REASONS.get(problem.errno, os.strerror(problem.errno))
    path = problem.filename
    named = os.fsdecode(path) if isinstance(path, str | bytes | os.PathLike) else ""
    return f"{named}: {reason}." if named else f"{reason[0].upper()}{reason[1:]}."


def _defect(problem: BaseException, text: str = "") -> str:
    what = f"{type(problem).__name__} at {_place(problem)}"
    return (
        f"error: this is a defect in x12-pa {__version__}, not a fault of your input: {what}."
        + (f" {text}" if text else "")
        + "\nPlease report this line and the command that you ran; it shows no patient data."
        "\nX12_PA_TRACEBACK=1 shows the whole traceback, which may show patient data."
    )


def _place(problem: BaseException) -> str:
    """Return module:line of the innermost place in our own code."""
    found = "an unknown place"
    for frame, line in traceback.walk_tb(problem.__traceback__):
        module = frame.f_globals.get("__name__", "")
        if module.startswith("x12_pa") and module != __name__:
            found = f"{module}:{line}"
    return found


def _write_traceback(problem: BaseException) -> None:
    if os.environ.get("X12_PA_TRACEBACK") == "1" and exit_code(problem) == DEFECT:
        print("X12_PA_TRACEBACK=1: this traceback may show patient data.", file=sys.stderr)
        traceback.print_exception(problem)


def _tolerate_any_text() -> None:
    """Never fail for a character that the terminal's encoding does not have."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def _drop_unwritable_stdout() -> None:
    """Keep Python from failing again, with a traceback, when it flushes stdout at exit."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        _to_devnull()


def _to_devnull() -> None:
    with suppress(OSError, ValueError, AttributeError):
        stdout = sys.stdout.fileno()
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stdout)
        os.close(null)
