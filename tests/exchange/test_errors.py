"""Each exception that was ever seen from the SSH library has a class, and unknown ones pass."""

import errno
import re
import struct
from itertools import chain
from pathlib import Path

import paramiko
import pytest

from x12_pa import services
from x12_pa.exchange import codes
from x12_pa.exchange.errors import (
    NoSuchFile,
    RemoteRefused,
    TransientError,
    Unsupported,
    backoff,
    classify,
)

SEEN = [
    (TimeoutError(), TransientError),
    (EOFError(), TransientError),
    (ConnectionResetError(errno.ECONNRESET, "reset"), TransientError),
    (BrokenPipeError(errno.EPIPE, "pipe"), TransientError),
    (OSError("Socket is closed"), TransientError),
    (OSError(errno.EBADF, "Bad file descriptor"), TransientError),
    (paramiko.SSHException("Server connection dropped"), TransientError),
    (paramiko.SSHException("Error reading SSH protocol banner"), TransientError),
    (paramiko.sftp.SFTPError("Garbage packet received"), TransientError),
    (struct.error("unpack requires 4 bytes"), TransientError),
    (OSError(errno.ENOENT, "No such file"), NoSuchFile),
    (OSError(errno.EACCES, "Permission denied"), RemoteRefused),
    (OSError("Operation unsupported"), Unsupported),
    (OSError("Failure"), RemoteRefused),
    (UnicodeDecodeError("utf-8", b"\xe9", 0, 1, "invalid"), RemoteRefused),
]


@pytest.mark.parametrize(("raised", "expected"), SEEN, ids=lambda v: getattr(v, "__name__", str(v)))
def test_an_exception_that_was_seen_has_its_class(raised, expected):
    assert type(classify(raised, "acme")) is expected


def test_an_exception_that_nobody_foresaw_passes_unchanged():
    strange = ZeroDivisionError()
    assert classify(strange, "acme") is strange


def test_the_pause_grows_and_is_spread_up_to_its_cap():
    longest = [backoff(n, uniform=lambda low, high: high) for n in range(9)]
    assert longest == [2, 4, 8, 16, 32, 64, 128, 256, 300]


def test_what_is_no_x12_or_cut_off_is_not_advised_to_be_released():
    cases = re.split(r"(?=Not X12|Cut off|In conflict)", codes.PAGES["E015"].do)
    assert ["exchange release" in case for case in cases] == [False, False, False, True]


def test_every_code_that_the_exchange_uses_has_a_page():
    folders = Path(codes.__file__).parent, Path(services.__file__).parent
    used = {
        code
        for path in chain.from_iterable(folder.glob("*.py") for folder in folders)
        if path.name != "codes.py"
        for code in re.findall(r'"(E\d{3})"', path.read_text())
    }
    assert used == {code for code in codes.PAGES if code.startswith("E")}
