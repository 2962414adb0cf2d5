"""Broken bytes on purpose: a mutator over good and bad files, and what must hold for each input.

Whatever the bytes, the reader gives them back unchanged, the validator answers with a result whose
numbers agree, and the only exception is `NotX12`. What answers such a file (TA1, 999) is itself
right, which is tried with every tenth. Each input is made from (seed, number) alone, so
a failure is reproduced by its two numbers.
"""

import json
import resource
import signal
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

from attrs import define, field, frozen

from tests.acks.judgements import counting
from tests.support import FIXTURES, fixed_clock
from tests.trust.generator import KEYS, file_of, generate
from x12_pa.acks import answer
from x12_pa.syntax import NotX12, parse, render
from x12_pa.validation import FileResult, validate
from x12_pa.validation.render import render_json

INPUT_SECONDS = 5.0
ANSWERED = 10
# Inputs that once broke a promise, by the name of what was wrong; they are never taken out.
KEPT = Path(__file__).with_name("kept")
_LARGEST_BASE = 20_000
_TOKENS = (
    b"~", b"*", b":", b"^", b"\n", b"\r\n", b"\x00", b"\x1a", b"\xff", b"\xef\xbb\xbf", b"ISA*",
    b"IEA*1*000000001~", b"GS*HI*", b"GE*1*1~", b"ST*278*0001*005010X217~", b"SE*1*0001~",
    b"HL*1**20*1~", b"HL*9*8*EV*1~", b"HL*****~", b"TA1*~", b"BHT*0007*13~", b"NM1*XX*~", b"-",
    b"99999999999999999999", b"-0", b"1e9", b"NaN", b"Infinity", b"0" * 300, b"*" * 40, b"^" * 40,
    b":" * 40, b"~" * 40, b"XX*1234567890", b"D8*20260230", b"RD8*20260101-", b"\xb2\xb3\xb9",
    b"CLM*1*sNaN~", b"LX*1~SV1*HC:1*1E5~", b"UM*HS*I", b"ISA", b" " * 120,
)  # fmt: skip


@frozen
class Failure:
    """An input that broke a promise."""

    number: int
    what: str
    data: bytes


@define
class Report:
    """What a run found, and what it cost."""

    seed: int
    inputs: int = 0
    refused: int = 0
    findings: int = 0
    grown_kib: int = 0
    slowest: float = 0.0
    failures: list[Failure] = field(factory=list)
    kinds: set[str] = field(factory=set)


def corpus() -> list[bytes]:
    """Return the files that mutation starts from."""
    folders = ("valid", "bad", "acks", "claims", "requests")
    paths = sorted(path for name in folders for path in (FIXTURES / name).glob("*.edi"))
    found = [path.read_bytes() for path in (*paths, *sorted(KEPT.glob("*.edi")))]
    found += [file_of(generate(key, 0, fullness)) for key in KEYS for fullness in (0.0, 0.3)]
    return [data for data in found if len(data) <= _LARGEST_BASE]


def mutate(rng: Random, bases: list[bytes]) -> bytes:
    """Return a base with one to eight changes of bytes, tokens and segments."""
    return change(rng, rng.choice(bases), bases)


def change(rng: Random, base: bytes, bases: list[bytes]) -> bytes:
    """Return one to eight changes of an input; what is borrowed comes from the bases."""
    data = bytearray(base)
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 5, 8))):
        rng.choice(_CHANGES)(rng, data, bases)
    return bytes(data)


def _at(rng: Random, data: bytearray) -> int:
    return rng.randrange(len(data)) if data else 0


def _flip(rng: Random, data: bytearray, bases: list[bytes]) -> None:
    if data:
        data[_at(rng, data)] = rng.randrange(256)


def _flip_in_header(rng: Random, data: bytearray, bases: list[bytes]) -> None:
    if data:
        data[rng.randrange(min(len(data), 110))] = rng.choice(b"*:^~|A1 \n\x1c\x00\xe9U")


def _delete(rng: Random, data: bytearray, bases: list[bytes]) -> None:
    at = _at(rng, data)
    del data[at : at + rng.choice((1, 1, 2, 8, 100))]


def _insert(rng: Random, data: bytearray, bases: list[bytes]) -> None:
    at = _at(rng, data)
    data[at:at] = rng.choice(_TOKENS)


def _cut(rng: Random, data: bytearray, bases: list[bytes]) -> None:
    del data[_at(rng, data) :]


def _splice(rng: Random, data: bytearray, bases: list[bytes]) -> None:
    other = rng.choice(bases)
    data[_at(rng, data) :] = other[rng.randrange(len(other)) :]


def _join(rng: Random, data: bytearray, bases: list[bytes]) -> None:
    if len(data) < _LARGEST_BASE:
        data += rng.choice((b"", b"\n", b"noise\n", b"\x00\x1a")) + rng.choice(bases)


def _segments(rng: Random, data: bytearray, bases: list[bytes]) -> None:
    """Drop, double, move or borrow a segment."""
    parts = bytes(data).split(b"~")
    at = rng.randrange(len(parts))
    kind = rng.randrange(5)
    if kind == 0:
        del parts[at]
    elif kind == 1:
        parts[at:at] = [parts[at]] * rng.choice((1, 2, 30))
    elif kind == 2:
        parts.insert(rng.randrange(len(parts)), parts.pop(at))
    elif kind == 3:
        parts.insert(at, rng.choice(rng.choice(bases).split(b"~")))
    else:
        other = rng.randrange(len(parts))
        parts[at], parts[other] = parts[other], parts[at]
    data[:] = b"~".join(parts)


def _elements(rng: Random, data: bytearray, bases: list[bytes]) -> None:
    """Empty, double or replace an element."""
    parts = bytes(data).split(b"*")
    at = rng.randrange(len(parts))
    values = (b"", parts[at] * 2, rng.choice(_TOKENS), b"A" * rng.choice((1, 3, 90, 400)), b"0")
    parts[at] = rng.choice(values)
    data[:] = b"*".join(parts)


def _other_separators(rng: Random, data: bytearray, bases: list[bytes]) -> None:
    for old in b"*:^~":
        if rng.random() < 0.6:
            data[:] = bytes(data).replace(bytes([old]), bytes([rng.randrange(1, 256)]))


_CHANGES: tuple[Callable[[Random, bytearray, list[bytes]], None], ...] = (
    _flip, _flip, _flip_in_header, _delete, _delete, _insert, _insert, _cut, _splice, _join,
    _segments, _segments, _segments, _elements, _elements, _elements, _other_separators,
)  # fmt: skip


class TooSlow(Exception):
    """An input took longer than it may."""


def _alarm(*_: object) -> None:
    raise TooSlow(f"more than {INPUT_SECONDS} s")


def check(data: bytes) -> FileResult | None:
    """Read and validate one input; None when it is refused as not X12.

    Raises:
        AssertionError: a promise is broken.
    """
    try:
        result = validate(data)
    except NotX12:
        return None
    assert render(parse(data)) == data, "the reader does not give the bytes back"
    listed = [f for f in result.findings if f.severity == "error"]
    assert result.errors == len(listed) + result.unlisted, "errors are counted wrongly"
    assert result.accepted == (result.errors == 0), "accepted does not agree with the errors"
    offsets = [f.offset for f in result.findings]
    assert offsets == sorted(offsets), "findings are not in document order"
    assert all(0 <= at <= len(data) for at in offsets), "a finding stands outside the file"
    assert all(f.line >= 1 for f in result.findings), "a finding has no line"
    inner = [s for i in result.interchanges for g in i.groups for s in g.transactions]
    assert all(s.errors >= 0 for s in inner), "a set has fewer than no errors"
    json.loads("".join(render_json([result])))
    return result


def check_answer(result: FileResult) -> None:
    """Answer a file and validate the answer.

    Raises:
        AssertionError: our own validator would reject it.
    """
    data = answer(result, numbers=counting(), clock=fixed_clock)
    if data is not None:
        wrong = [f for f in validate(data).findings if f.severity == "error"]
        assert not wrong, f"the answer is wrong: {wrong[0].code} {wrong[0].element}"


def inputs(seed: int, count: int | None = None) -> Iterator[tuple[int, bytes]]:
    """Yield (number, input) for a seed, for ever without a count."""
    bases, number = corpus(), 0
    while count is None or number < count:
        yield number, mutate(Random(f"fuzz {seed} {number}"), bases)
        number += 1


def one_input(seed: int, number: int) -> bytes:
    """Return one input again."""
    return mutate(Random(f"fuzz {seed} {number}"), corpus())


def resident_kib() -> int:
    """Return the memory of this process that is resident now, in KiB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() // 1024


def run(seed: int, count: int, *, seconds: float | None = None) -> Report:
    """Check many inputs, each under a limit of processor time; growth counts from a tenth on.

    With `seconds` a run may end before that tenth: then its growth is 0 and says nothing.
    """
    import time

    report, started, warm = Report(seed), time.monotonic(), 0
    before = signal.signal(signal.SIGPROF, _alarm)
    try:
        for number, data in inputs(seed, count):
            begun = time.monotonic()
            if seconds is not None and begun - started > seconds:
                break
            spent = time.process_time()
            signal.setitimer(signal.ITIMER_PROF, INPUT_SECONDS)
            _one(report, number, data)
            signal.setitimer(signal.ITIMER_PROF, 0)
            report.slowest = max(report.slowest, time.process_time() - spent)
            if number == count // 10:
                warm = resident_kib()
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    report.grown_kib = resident_kib() - warm if warm else 0
    return report


def _one(report: Report, number: int, data: bytes) -> None:
    report.inputs += 1
    try:
        result = check(data)
        if result is not None and number % ANSWERED == 0:
            check_answer(result)
    except Exception:
        where = traceback.format_exc().strip().splitlines()
        report.failures.append(Failure(number, "\n".join(where[-5:]), data))
        return
    if result is None:
        report.refused += 1
    else:
        report.findings += len(result.findings)
        report.kinds.update(f.code for f in result.findings)
