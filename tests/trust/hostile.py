"""Files of hostile size as streams, and what they cost: `python -m tests.trust.hostile KIND SIZE`.

Each is made while it is read, so that a file of two gigabytes needs neither disk nor memory. The
command prints one line of JSON: peak memory of this process, and what the validator found.
"""

import io
import json
import resource
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.support import FIXTURES
from tests.trust.generator import ISA
from x12_pa.validation import validate

_CLAIM_HEAD = (
    ISA + "~\nGS*HC*CLINIC001*DEMOPAYER*20261122*1400*1*X*005010X222A1~\n"
    "ST*837*0001*005010X222A1~\nBHT*0019*00*BATCH00001*20261122*1400*CH~\n"
    "NM1*41*2*EXAMPLE VALLEY CLINIC*****46*CLINIC001~\nPER*IC**TE*5555550101~\n"
    "NM1*40*2*DEMONSTRATION HEALTH PLAN*****46*DEMOPAYER~\n"
)
_BILLING = (
    "HL*{0}**20*1~NM1*85*2*EXAMPLE VALLEY CLINIC*****XX*1000000012~N3*1 NOWHERE LANE~"
    "N4*SAMPLETOWN*PA*190870001~REF*EI*000000012~"
)
_SUBSCRIBER = (
    "HL*{0}*{1}*22*0~SBR*P*18*******CI~NM1*IL*1*TESTER*BRAVO****MI*MBR000101~"
    "NM1*PR*2*DEMONSTRATION HEALTH PLAN*****PI*DEMOPAYER~"
)
_PATIENT = (
    "HL*{0}*1*22*0~SBR*P*18*******CI~NM1*IL*1*TESTER*BRAVO****MI*MBR{0:09}~N3*1 NOWHERE LANE~"
    "N4*SAMPLETOWN*PA*190870001~DMG*D8*19710{1}12*F~"
    "NM1*PR*2*DEMONSTRATION HEALTH PLAN*****PI*DEMOPAYER~CLM*CLAIM{0}*{0}***11:B:1*Y*A*Y*Y~"
    "HI*ABK:M545~LX*1~SV1*HC:99213*{0}*UN*1***1~DTP*472*D8*20261101~"
)
_TAIL = "SE*{0}*0001~\nGE*1*1~\nIEA*1*000000001~\n"


class Stream(io.RawIOBase):
    """A binary stream over pieces that are made when they are asked for."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._rest = pieces, b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        parts, length = [self._rest], len(self._rest)
        while length < size and (piece := next(self._pieces, b"")):
            parts.append(piece)
            length += len(piece)
        data = b"".join(parts)
        self._rest = data[size:]
        return data[:size]


def one_segment(size: int) -> Iterator[bytes]:
    """A claim file with one segment of `size` bytes."""
    yield (_CLAIM_HEAD + "NTE*ADD*").encode()
    block = b"A" * (1 << 20)
    for _ in range(size >> 20):
        yield block
    yield ("~" + _TAIL.format(7)).encode()


def levels(count: int) -> Iterator[bytes]:
    """One set with `count` subscriber levels under one billing provider."""
    yield (_CLAIM_HEAD + _BILLING.format(1)).encode()
    for number in range(2, count + 2):
        yield _SUBSCRIBER.format(number, 1).encode()
    yield _TAIL.format(11 + 4 * count).encode()


def one_set(size: int) -> Iterator[bytes]:
    """One set of claims of about `size` bytes."""
    yield (_CLAIM_HEAD + _BILLING.format(1)).encode()
    written, number = 0, 1
    while written < size:
        number += 1
        piece = _PATIENT.format(number, 5).encode()
        written += len(piece)
        yield piece
    yield _TAIL.format(11 + 12 * (number - 1)).encode()


def faults(count: int) -> Iterator[bytes]:
    """One set of claims with `count` dates of birth that cannot be."""
    yield (_CLAIM_HEAD + _BILLING.format(1)).encode()
    for number in range(2, count + 2):
        yield _PATIENT.format(number, 0).encode()
    yield _TAIL.format(11 + 12 * count).encode()


def sets(count: int) -> Iterator[bytes]:
    """`count` small sets in one group."""
    text = (FIXTURES / "valid" / "270.edi").read_text(encoding="latin-1")
    head, mark, rest = text.partition("ST*270*0001*")
    body, end, _ = rest.partition("SE*22*0001~")
    assert mark
    assert end
    yield head.encode("latin-1")
    for number in range(1, count + 1):
        yield f"ST*270*{number:07}*{body}SE*22*{number:07}~".encode("latin-1")
    yield f"GE*{count}*1~IEA*1*000000301~".encode()


def deep_levels(count: int) -> Iterator[bytes]:
    """One set whose levels each name the one before as parent, of a kind that may not nest."""
    yield (_CLAIM_HEAD + _BILLING.format(1)).encode()
    for number in range(2, count + 2):
        yield _SUBSCRIBER.format(number, number - 1).encode()
    yield _TAIL.format(11 + 4 * count).encode()


def repetitions(count: int) -> Iterator[bytes]:
    """A 270 with one element that is repeated `count` times."""
    text = (FIXTURES / "valid" / "270.edi").read_text(encoding="latin-1")
    head, mark, tail = text.partition("EQ*30")
    assert mark
    yield (head + mark).encode("latin-1")
    yield b"^30" * (count - 1)
    yield tail.encode("latin-1")


def interchanges(count: int) -> Iterator[bytes]:
    """`count` small interchanges, each with a control number of its own."""
    text = (FIXTURES / "valid" / "ta1.edi").read_text(encoding="latin-1")
    control = text.split("*")[13]
    for number in range(1, count + 1):
        yield text.replace(control, f"{number:09}").encode("latin-1")


KINDS = {
    "segment": one_segment,
    "one-set": one_set,
    "sets": sets,
    "faults": faults,
    "levels": levels,
    "deep-levels": deep_levels,
    "repetitions": repetitions,
    "interchanges": interchanges,
}


def peak_kib() -> int:
    """Return the most memory of this program; what its parent held before it began is not it."""
    status = Path("/proc/self/status")
    if status.is_file():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main() -> None:
    kind, size = sys.argv[1], int(sys.argv[2])
    result = validate(Stream(KINDS[kind](size)), max_findings=1000)  # type: ignore[arg-type]
    peak = peak_kib()
    codes = list(dict.fromkeys(finding.code for finding in result.findings))
    said = {"peak_kib": peak, "bytes": result.bytes, "segments": result.segments}
    said |= {"errors": result.errors, "codes": codes, "accepted": result.accepted}
    print(json.dumps(said))


if __name__ == "__main__":
    main()
