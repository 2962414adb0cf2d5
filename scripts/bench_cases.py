"""Which files `scripts/bench` measures, and which programs read each of them.

A peer is asked about a file when it has a map for it and the file does not take it for ever: pyx12
reads about eleven thousand segments of claims a second, so 500 MB would take it half an hour.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bench_children import OURS, PYX12, X12SDK
from bench_corpus import PLAIN, Shape

FAULTY = 10


@dataclass(frozen=True)
class Case:
    """One file and who reads it.

    Attributes:
        what: what the file is like, as the tables say it.
        megabytes: its size in 10**6 bytes; 0 when `shape` tells the number of sets.
        rounds: how often each program reads it.
        against: `what` of the case that this one is to be held against, on as many bytes.
    """

    what: str
    kind: str
    megabytes: float
    rounds: dict[str, int]
    shape: Shape = PLAIN
    against: str | None = None


CLEAN = "837P, one claim a set"
ONE_CLAIM = Shape(claims=1)
TENTH = Shape(claims=1, faulty=FAULTY)


def cases(full: bool, quick: bool) -> Iterator[Case]:
    """Yield the cases of a run, the small ones first."""
    both = {PYX12: 1 + full, X12SDK: 1 + full}
    yield Case("837P", "837P", 1, {OURS: 3, **both})
    for kind in ("270", "271"):
        yield Case(kind, kind, 1, {OURS: 3, X12SDK: 1 + full})
    yield Case("278", "278", 1, {OURS: 3})
    if quick:
        return
    yield Case("837P", "837P", 10, {OURS: 3} | ({PYX12: 1, X12SDK: 1} if full else {}))
    for kind in ("270", "271"):
        yield Case(kind, kind, 10, {OURS: 3} | ({X12SDK: 1} if full else {}))
    yield Case("278", "278", 10, {OURS: 3})
    yield Case("837P", "837P", 50, {OURS: 1})
    if full:
        yield Case("837P", "837P", 500, {OURS: 1})
    yield Case("837P, one set", "837P", 500 if full else 20, {OURS: 1}, Shape(one_set=True))
    sets = 1_000_000 if full else 50_000
    yield Case(f"270, {sets:,} sets", "270", 0, {OURS: 1}, Shape(sets=sets))
    size = 50 if full else 10
    yield Case(CLEAN, "837P", size, {OURS: 2}, ONE_CLAIM)
    yield Case(f"{CLEAN}, a defect in every tenth", "837P", size, {OURS: 2}, TENTH, against=CLEAN)
