"""What can go wrong between us and a partner's server, by what should be done about it.

| class | action |
|---|---|
| `TrustError` | stop this mailbox, tell a person; never tried again by itself |
| `AuthError` | one try per run, paused after three runs: accounts get locked |
| `TransientError` | back off and try again in this run, then at the next tick |
| `RemoteRefused` | this file only; FAILED after three runs; the others go on |
| `LocalResource` | stop inbound, tell a person; outbound goes on |
| `ProtocolSurprise` | this item only; the mailbox goes on |
| `Ambiguous` | `direct` mode only: wait for the TA1/999, then a person or the timer decides |

Each carries a short `code` that is stored in the ledger and explained by `x12-pa explain`.
"""

import errno
import random
import struct
from collections.abc import Callable

from x12_pa.errors import LocalError, RemoteError, X12PAError


class ExchangeError(RemoteError):
    """Base of the errors that a transport may raise."""

    code = "E000"


class TrustError(ExchangeError):
    """The server's host key is unknown or not the pinned one."""

    code = "E001"


class AuthError(ExchangeError):
    """The server rejected our key or password, or we cannot use the key."""

    code = "E002"


class TransientError(ExchangeError):
    """The connection failed or broke; the same operation may work a moment later."""

    code = "E003"


class RemoteRefused(ExchangeError):
    """The server answered and said no."""

    code = "E004"


class NoSuchFile(RemoteRefused):
    """The remote file or directory is not there."""

    code = "E005"


class NameCollision(RemoteRefused):
    """The final name is taken by something that is not ours."""

    code = "E006"


class Unsupported(RemoteRefused):
    """The server does not know the operation (or denies it to everybody)."""

    code = "E007"


class LocalResource(LocalError):
    """This machine cannot go on: disk full, too many open files."""

    code = "E008"


class ProtocolSurprise(ExchangeError):
    """The server said something that makes no sense: no size, a name with a slash."""

    code = "E009"


class Ambiguous(ExchangeError):
    """Nobody can tell whether the partner has the file."""

    code = "E010"


class VerifyFailed(RemoteRefused):
    """The bytes on the server are not the bytes that were sent: disk full, text conversion."""

    code = "E011"


class Interrupted(TransientError):
    """We were told to stop, or the session's time was up."""

    code = "E012"


_LOCAL_ERRNO = frozenset(
    {errno.ENOSPC, errno.EMFILE, errno.ENFILE, errno.EDQUOT, errno.EFBIG, errno.ENOMEM, errno.EROFS}
)


def classify_local(error: OSError, what: str) -> X12PAError:
    """Return the error that an `OSError` of *this* machine's file system stands for."""
    if error.errno in _LOCAL_ERRNO:
        return LocalResource(f"{what}: {error.strerror}. Make room, then run again.")
    return LocalError(f"{what}: {error.strerror or type(error).__name__}.")


def classify(error: Exception, where: str) -> Exception:
    """Return our class for what an SSH library raised during an operation.

    An exception that nobody foresaw comes back unchanged, to be raised as it is: swallowing or
    renaming an unknown error is the worst bug that a transfer program can have.

    Args:
        error: what was raised.
        where: the remote path or the server, printable.
    """
    if isinstance(error, TimeoutError):
        return TransientError(f"{where}: the server did not answer in time.")
    if isinstance(error, UnicodeDecodeError):
        return RemoteRefused(f"{where}: the server refused, in a text that is not UTF-8.")
    if isinstance(error, (ConnectionError, EOFError)) or _from_library(error):
        return TransientError(f"{where}: the connection broke ({type(error).__name__}).")
    if isinstance(error, struct.error):
        return TransientError(f"{where}: the server's answer is not SFTP.")
    return _classify_status(error, where) if isinstance(error, OSError) else error


def _from_library(error: Exception) -> bool:
    return any(kind.__module__.startswith("paramiko") for kind in type(error).__mro__)


def _classify_status(error: OSError, where: str) -> Exception:
    """Tell refusals from broken connections: only two statuses come with an errno."""
    if error.errno == errno.ENOENT:
        return NoSuchFile(f"{where}: the server has no such file or directory.")
    if error.errno == errno.EACCES:
        return RemoteRefused(f"{where}: the server denies permission.")
    text = str(error).lower()
    if error.errno is not None or "closed" in text:
        return TransientError(f"{where}: the connection broke.")
    if "unsupported" in text:
        return Unsupported(f"{where}: the server does not support this operation.")
    return RemoteRefused(f"{where}: the server refused (its disk or quota may be full).")


def backoff(
    attempt: int,
    *,
    base: float = 2.0,
    cap: float = 300.0,
    uniform: Callable[[float, float], float] = random.uniform,
) -> float:
    """Return the seconds to wait before try number `attempt` + 1 (full jitter).

    `uniform(0, min(cap, base * 2**attempt))`: many clients of one failed server spread out.
    """
    return uniform(0.0, min(cap, base * 2.0 ** min(attempt, 32)))
