#!/usr/bin/env python3
"""Measure x12-pa beside pyx12 and x12sdk, in one run, on files made for it.

What is measured, always in a fresh process, the programs taking turns round by round:

- *validate*: `x12_pa.validate` on claims, requests, inquiries and answers of 1 MB and more; pyx12
  and x12sdk on the same files where they have a map for them. Both speak of types 1 and 2, x12sdk
  also of balances; ours are types 1 to 5. `--full` adds 500 MB, in sets and in one set, a million
  sets, and the peers on 10 MB. The table of all files is in `bench_cases.py`.
- *whole process*: from the start of Python to its end, imports and guides included.
- *steady rate*: what a long-lived process reaches: the same call after a small file of the same
  kind, less the time for that (`bench_children.py`). A file that takes longer than twenty seconds
  has no such run of its own: what is done once is a hundredth of it then, and is left in.
- *peak memory* of each of these processes, from the kernel's high-water mark.
- *findings*: the rate with a defect in every tenth set, beside the same sets without.
- *--jobs 2* beside one process: two files, and one file of many interchanges; the reports must
  have the same bytes.
- *a companion guide of fifty rules* beside the plain guide (`bench_profile.py`).
- *eligibility* (`--full`): 270s built and validated, 271s read and answered, each kind on a hundred
  thousand sets and on a tenth of them; through the ledger twenty thousand rows asked and their
  answers ingested, and a tenth of them; processor time (`bench_eligibility.py`).
- *start-up*: whole processes, the median of seven, beside a Python that does nothing.

Rates are segments per second from the median time. Every program must accept every file that has
no defect, and x12-pa must find exactly the defects that were put in, or nothing is reported.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from hashlib import file_digest
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import bench_corpus
from bench_cases import Case, cases
from bench_children import OURS, PROGRAMS
from bench_tables import table, write_figures

ROOT = Path(__file__).resolve().parent.parent
STARTS = 7
LONG_SECONDS = 20.0
MOST = 10**9


@dataclass
class Row:
    """One program on one file: medians over the rounds.

    Attributes:
        whole_seconds: of the process, from start to end.
        seconds: of the call, the first in its process.
        steady_seconds: of the call without what is done once.
        steady: segments per second from that.
    """

    what: str
    program: str
    megabytes: float
    segments: int
    rounds: int
    whole_seconds: float
    seconds: float
    steady_seconds: float
    steady: int
    peak_megabytes: float


def environment() -> dict[str, str]:
    """Return our environment, except what keeps Python from caching compiled modules."""
    return {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def run_child(program: str, path: Path, errors: int, small: Path | None = None) -> dict[str, Any]:
    """Let a program read a file in a process of its own; give up when its verdict is wrong."""
    script = str(ROOT / "scripts" / "bench_children.py")
    command = [sys.executable, script, program, str(path), *([str(small)] if small else [])]
    begin = time.perf_counter()
    done = subprocess.run(command, env=environment(), capture_output=True, text=True)
    whole = time.perf_counter() - begin
    if done.returncode:
        raise SystemExit(f"bench: {program} failed on {path.name}:\n{done.stderr}")
    result: dict[str, Any] = json.loads(done.stdout)
    if result["accepted"] != (errors == 0) or result["errors"] != errors:
        raise SystemExit(
            f"bench: {program} finds {result['errors']} errors in {path.name} "
            f"instead of {errors}; nothing to compare"
        )
    return result | {"whole": whole}


def measure(case: Case, path: Path, small: Path) -> list[Row]:
    """Run the programs on a file, in turns, and return a row for each."""
    segments, sets = counted(path)
    errors = sets // case.shape.faulty if case.shape.faulty else 0
    cold: dict[str, list[dict[str, Any]]] = {program: [] for program in case.rounds}
    warm: dict[str, list[float]] = {program: [] for program in case.rounds}
    for number in range(max(case.rounds.values())):
        for program, rounds in case.rounds.items():
            if number >= rounds:
                continue
            note(f"{case.what}, {path.stat().st_size / 1e6:.0f} MB, {program}, {number + 1}")
            result = run_child(program, path, errors)
            cold[program].append(result)
            if result["seconds"] < LONG_SECONDS:
                result = run_child(program, path, errors, small)
            warm[program].append(result["steady"] or result["seconds"])
    return [
        Row(
            what=case.what,
            program=program,
            megabytes=round(path.stat().st_size / 1e6, 1),
            segments=segments,
            rounds=len(runs),
            whole_seconds=round(median(run["whole"] for run in runs), 3),
            seconds=round(median(run["seconds"] for run in runs), 3),
            steady_seconds=round(median(warm[program]), 3),
            steady=round(segments / median(warm[program])),
            peak_megabytes=round(max(run["peak"] for run in runs), 1),
        )
        for program, runs in cold.items()
    ]


def counted(path: Path) -> tuple[int, int]:
    """Return how many segments and sets a file of the corpus has; its lines are its segments."""
    segments = sets = 0
    with path.open("rb") as lines:
        for line in lines:
            segments += 1
            sets += line.startswith(b"ST*")
    return segments, sets


def written(case: Case, folder: Path, name: str) -> Path:
    note(f"writing {case.what}, {case.megabytes or '?'} MB")
    size = int(case.megabytes * 1e6) or MOST
    bench_corpus.write(case.kind, size, folder / name, shape=case.shape)
    return folder / name


def rates(full: bool, quick: bool, folder: Path) -> Iterator[Row]:
    """Measure every case; a file is written when its turn comes and removed after it."""
    smalls: dict[str, Path] = {}
    for case in cases(full, quick):
        if case.kind not in smalls:
            small = Case("a small file", case.kind, 0, {}, bench_corpus.Shape(sets=1))
            smalls[case.kind] = written(small, folder, f"small-{case.kind}.edi")
        path = written(case, folder, "case.edi")
        yield from measure(case, path, smalls[case.kind])
        path.unlink()


def ratios(rows: list[Row]) -> list[dict[str, Any]]:
    """Return how many times faster we are, for each file that a peer reads too."""
    ours = {(row.what, row.megabytes): row for row in rows if row.program == OURS}
    return [
        {
            "what": row.what,
            "megabytes": row.megabytes,
            "peer": row.program,
            "steady": round(ours[row.what, row.megabytes].steady / row.steady, 1),
            "whole": round(row.whole_seconds / ours[row.what, row.megabytes].whole_seconds, 1),
        }
        for row in rows
        if row.program != OURS
    ]


def with_findings(rows: list[Row], full: bool, quick: bool) -> list[dict[str, Any]]:
    """Return the rate of files with defects as a share of that of the same files without."""
    steady = {row.what: row.steady for row in rows if row.program == OURS}
    return [
        {"what": case.what, "share": round(steady[case.what] / steady[case.against], 2)}
        for case in cases(full, quick)
        if case.against
    ]


def jobs(full: bool, folder: Path) -> list[dict[str, Any]]:
    """Run `validate` with one process and with two; the reports must be the same bytes."""
    size = (60 if full else 20) * 10**6
    shape = bench_corpus.Shape(interchange_bytes=2e6)
    one = folder / "many-interchanges.edi"
    bench_corpus.write("837P", size, one, shape=shape)
    pair = [folder / "first.edi", folder / "second.edi"]
    for seed, path in enumerate(pair):
        bench_corpus.write("837P", size // 2, path, seed=seed)
    found = []
    for what, paths in (("one file of many interchanges", [one]), ("two files", pair)):
        seconds: dict[int, list[float]] = {1: [], 2: []}
        digests = set()
        for _ in range(2):
            for count in seconds:
                note(f"--jobs {count}, {what}")
                took, digest = _validated(paths, count, folder / "report.json")
                seconds[count].append(took)
                digests.add(digest)
        if len(digests) != 1:
            raise SystemExit(f"bench: --jobs 2 reports {what} otherwise than --jobs 1 does")
        alone, together = min(seconds[1]), min(seconds[2])
        found.append(
            {
                "what": what,
                "megabytes": round(sum(path.stat().st_size for path in paths) / 1e6, 1),
                "one": round(alone, 3),
                "two": round(together, 3),
                "times": round(alone / together, 2),
            }
        )
    return found


def _validated(paths: list[Path], count: int, report: Path) -> tuple[float, str]:
    program = str(Path(sys.executable).with_name("x12-pa"))
    command = [program, "validate", "--json", "--jobs", str(count), *map(str, paths)]
    begin = time.perf_counter()
    with report.open("wb") as out:
        done = subprocess.run(command, env=environment(), stdout=out, stderr=subprocess.PIPE)
    took = time.perf_counter() - begin
    if done.returncode:
        raise SystemExit(f"bench: validate --jobs {count} ended with {done.returncode}")
    with report.open("rb") as data:
        return took, file_digest(data, "sha256").hexdigest()


def profiles() -> list[dict[str, Any]]:
    """Return what fifty rules of a companion guide cost, from `bench_profile.py`."""
    note("a companion guide of fifty rules")
    script = str(ROOT / "scripts" / "bench_profile.py")
    command = [sys.executable, script, "--json", "--runs", "3"]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"bench: bench_profile.py failed:\n{done.stderr}")
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def eligibility(folder: Path) -> dict[str, Any]:
    """Return how fast 270s are built and 271s are answered, from `bench_eligibility.py`."""
    note("eligibility, 100,000 sets of each kind")
    script, report = str(ROOT / "scripts" / "bench_eligibility.py"), folder / "eligibility.json"
    command = [sys.executable, script, "--json", str(report)]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"bench: bench_eligibility.py failed:\n{done.stderr}")
    found: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    return found


def start_up(small: Path) -> dict[str, float]:
    """Return the median seconds of whole processes, in turns after one run to warm the caches."""
    program = str(Path(sys.executable).with_name("x12-pa"))
    python = [sys.executable, "-c"]
    commands = {
        "python -c pass": [*python, "pass"],
        'python -c "import pyx12.x12n_document"': [*python, "import pyx12.x12n_document"],
        'python -c "import x12sdk.io"': [*python, "import x12sdk.io"],
        "x12-pa --version": [program, "--version"],
        f"x12-pa validate {small.name}": [program, "validate", str(small)],
    }
    times: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(STARTS + 1):
        for name, command in commands.items():
            begin = time.perf_counter()
            done = subprocess.run(command, env=environment(), capture_output=True)
            if number:
                times[name].append(time.perf_counter() - begin)
            if done.returncode:
                raise SystemExit(f"bench: {name} ended with {done.returncode}: {done.stderr!r}")
    return {name: round(median(values), 3) for name, values in times.items()}


def run(full: bool, quick: bool) -> dict[str, Any]:
    load = round(os.getloadavg()[0], 1)
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="x12-pa-bench-") as name:
        rows = list(rates(full, quick, Path(name)))
        several = [] if quick else jobs(full, Path(name))
        asked = eligibility(Path(name)) if full else None
    narrowed = [] if quick else profiles()
    note("start-up")
    small = ROOT / "fixtures" / "valid" / "278-request-services.edi"
    starts = start_up(small)
    return {
        "schema": "x12-pa/bench/2",
        "machine": {
            "python": platform.python_version(),
            "system": f"{platform.system()} {platform.machine()}",
            "cores": os.cpu_count(),
            "load": load,
            **{program: version(program) for program in PROGRAMS},
        },
        "rates": [asdict(row) for row in rows],
        "ratios": ratios(rows),
        "findings": with_findings(rows, full, quick),
        "jobs": several,
        "profiles": narrowed,
        "eligibility": asked,
        "start_up_seconds": starts,
        "starts": STARTS,
        "minutes": round((time.monotonic() - begin) / 60, 1),
    }


def note(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--full", action="store_true", help="500 MB, a million sets, peers on 10 MB, 270s and 271s"
    )
    parser.add_argument("--quick", action="store_true", help="1 MB files only")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the numbers here")
    parser.add_argument("--readme", action="store_true", help="put the tables into README.md")
    given = parser.parse_args()
    report = run(given.full, given.quick)
    print(table(report), end="")
    if given.readme:
        write_figures(ROOT / "README.md", table(report))
    if given.json:
        given.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
