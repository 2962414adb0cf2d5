"""Named places at which a test may kill the process.

`reached("u5_intent")` does nothing unless the environment variable `X12_PA_FAILPOINT` names that
place; then the process kills itself with SIGKILL, as a power cut would. `u5_intent:2` lets the
first passage go and kills at the second. A test reads the source and fails if a step of a machine
has no failpoint, or if a declared one is nowhere reached.
"""

import os
import signal

VARIABLE = "X12_PA_FAILPOINT"

UPLOAD = (
    "u1_lease",
    "u1_started",
    "u2_opened",
    "u3_first_chunk",
    "u3_written",
    "u3_closed",
    "u4_verified",
    "u5_intent",
    "u6_committed",
    "u7_sent",
)

DOWNLOAD = (
    "d0_listed",
    "d1_observed",
    "d2_opened",
    "d2_first_chunk",
    "d2_read",
    "d3_checked",
    "d4_spooled",
    "d5_stored",
    "d7_intent",
    "d7_cleared",
    "d7_recorded",
    "d6_inside",
    "d6_ingested",
    "d8_archived",
)

_DECLARED = frozenset(UPLOAD + DOWNLOAD)
_passages: dict[str, int] = {}


def reached(name: str) -> None:
    """Kill this process if the environment asks for it at this place."""
    wanted = os.environ.get(VARIABLE)
    if wanted is None or name not in _DECLARED:
        return
    place, _, number = wanted.partition(":")
    if place != name:
        return
    _passages[name] = _passages.get(name, 0) + 1
    if _passages[name] == int(number or 1):
        os.kill(os.getpid(), signal.SIGKILL)
