#!/usr/bin/env python3
"""Measure x12-pa beside pyx12, in one run, on files made for it.

What is measured, always in a fresh process, the programs taking turns round by round:

- *validate, 837P*: `x12_pa.validate` on 1, 10 and 50 MB, `pyx12.x12n_document` (no reports
  written, which is its fastest form) on 1 MB, and with `--full` on 10 MB as well, which takes it a
  minute or two. Time is the call alone, without imports and without starting Python; what is
  done once a process (loading and compiling the guide) counts, and shows on the small files.
- *validate, 278*: `x12_pa.validate` on 1 and 10 MB of requests; pyx12 has no guide for them.
- *peak memory* of each of these processes, from the kernel's high-water mark.
- *start-up*: whole processes, the median of seven, beside a Python that does nothing.

Rates are segments per second from the median time. Both validators must accept every file, or
nothing is reported.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import bench_corpus

ROOT = Path(__file__).resolve().parent.parent
OURS, PEER = "x12-pa", "pyx12"
STARTS = 7
BEGIN, END = "<!-- begin figures -->", "<!-- end figures -->"


@dataclass
class Row:
    """One program on one file: medians over the rounds."""

    what: str
    program: str
    megabytes: float
    segments: int
    rounds: int
    seconds: float
    segments_per_second: float
    peak_megabytes: float


def environment() -> dict[str, str]:
    """Return our environment, except what keeps Python from caching compiled modules."""
    return {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def peak_megabytes() -> float:
    """Return the most memory this process has held, in 10**6 bytes."""
    status = Path("/proc/self/status")
    if status.is_file():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
    scale = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale / 1e6


def child_ours(path: str) -> dict[str, Any]:
    from x12_pa import validate

    with open(path, "rb") as source:
        begin = time.perf_counter()
        result = validate(source, path=path)
        seconds = time.perf_counter() - begin
    return {"seconds": seconds, "accepted": result.accepted and not result.findings}


def child_peer(path: str) -> dict[str, Any]:
    import pyx12.params
    from pyx12.x12n_document import x12n_document

    params = pyx12.params.params()
    begin = time.perf_counter()
    accepted = x12n_document(params, path, None, None)
    return {"seconds": time.perf_counter() - begin, "accepted": bool(accepted)}


CHILDREN = {OURS: child_ours, PEER: child_peer}


def run_child(program: str, path: Path) -> dict[str, Any]:
    command = [sys.executable, __file__, "--child", program, str(path)]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"bench: {program} failed on {path.name}:\n{done.stderr}")
    result: dict[str, Any] = json.loads(done.stdout)
    if not result["accepted"]:
        raise SystemExit(f"bench: {program} does not accept {path.name}; nothing to compare")
    return result


def measure(what: str, path: Path, rounds: dict[str, int]) -> list[Row]:
    """Run the programs on a file, in turns, and return a row for each."""
    segments = path.read_bytes().count(b"~")
    results: dict[str, list[dict[str, Any]]] = {program: [] for program in rounds}
    for number in range(max(rounds.values())):
        for program, count in rounds.items():
            if number < count:
                note(f"{what}, {path.stat().st_size / 1e6:.0f} MB, {program}, {number + 1}")
                results[program].append(run_child(program, path))
    rows = []
    for program, runs in results.items():
        seconds = median(run["seconds"] for run in runs)
        rows.append(
            Row(
                what=what,
                program=program,
                megabytes=round(path.stat().st_size / 1e6, 1),
                segments=segments,
                rounds=len(runs),
                seconds=round(seconds, 3),
                segments_per_second=round(segments / seconds),
                peak_megabytes=round(max(run["peak"] for run in runs), 1),
            )
        )
    return rows


def start_up(small: Path) -> dict[str, float]:
    """Return the median seconds of whole processes, in turns after one run to warm the caches."""
    program = str(Path(sys.executable).with_name("x12-pa"))
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        'python -c "import pyx12.x12n_document"': [
            sys.executable,
            "-c",
            "import pyx12.x12n_document",
        ],
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


def corpus(kind: str, megabytes: int, folder: Path) -> Path:
    path = folder / f"{kind}-{megabytes}MB.edi"
    note(f"writing {path.name}")
    bench_corpus.write(kind, megabytes * 10**6, path)
    return path


def run(full: bool, quick: bool) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="x12-pa-bench-") as name:
        folder = Path(name)
        rows = measure("validate 837P", corpus("837P", 1, folder), {OURS: 3, PEER: 1 + 2 * full})
        rows += measure("validate 278", corpus("278", 1, folder), {OURS: 3})
        if not quick:
            peer = {PEER: 1} if full else {}
            rows += measure("validate 837P", corpus("837P", 10, folder), {OURS: 3} | peer)
            rows += measure("validate 837P", corpus("837P", 50, folder), {OURS: 1})
            rows += measure("validate 278", corpus("278", 10, folder), {OURS: 3})
    note("start-up")
    small = ROOT / "fixtures" / "valid" / "278-request-services.edi"
    return {
        "schema": "x12-pa/bench/1",
        "machine": {
            "python": platform.python_version(),
            "system": f"{platform.system()} {platform.machine()}",
            "cores": os.cpu_count(),
            "load": round(os.getloadavg()[0], 1),
            "x12-pa": version("x12-pa"),
            "pyx12": version("pyx12"),
        },
        "rates": [asdict(row) for row in rows],
        "ratios": ratios(rows),
        "start_up_seconds": start_up(small),
    }


def ratios(rows: list[Row]) -> dict[str, float]:
    """Return how many times faster we are, for each file that both programs read."""
    by_file: dict[str, dict[str, float]] = {}
    for row in rows:
        place = by_file.setdefault(f"{row.what} {row.megabytes:.0f} MB", {})
        place[row.program] = row.segments_per_second
    return {
        file: round(rates[OURS] / rates[PEER], 1)
        for file, rates in by_file.items()
        if PEER in rates
    }


def table(report: dict[str, Any]) -> str:
    """Render the report as Markdown."""
    machine = ", ".join(f"{key} {value}" for key, value in report["machine"].items())
    lines = [
        f"Measured with {machine}.",
        "",
        "| what | MB | segments | program | segments/s | seconds | peak MB | rounds |",
        "|---|---:|---:|---|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {r['what']} | {r['megabytes']} | {r['segments']:,} | {r['program']} "
        f"| {r['segments_per_second']:,} | {r['seconds']} | {r['peak_megabytes']} | {r['rounds']} |"
        for r in report["rates"]
    ]
    lines += ["", "| same file, same run | x12-pa is faster by |", "|---|---:|"]
    lines += [f"| {file} | {ratio} times |" for file, ratio in report["ratios"].items()]
    lines += ["", f"| whole process, median of {STARTS} | seconds |", "|---|---:|"]
    lines += [f"| `{name}` | {value} |" for name, value in report["start_up_seconds"].items()]
    return "\n".join(lines) + "\n"


def write_figures(text: str) -> None:
    """Put the tables into the README, between its two markers."""
    readme = ROOT / "README.md"
    before, begin, rest = readme.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    readme.write_text(f"{before}{begin}\n\n{text}\n{end}{after}", encoding="utf-8")


def note(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true", help="pyx12 on 10 MB too (minutes)")
    parser.add_argument("--quick", action="store_true", help="1 MB files only")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the numbers here")
    parser.add_argument("--readme", action="store_true", help="put the tables into README.md")
    parser.add_argument("--child", nargs=2, metavar=("PROGRAM", "FILE"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        program, path = given.child
        print(json.dumps(CHILDREN[program](path) | {"peak": peak_megabytes()}))
        return
    report = run(given.full, given.quick)
    print(table(report), end="")
    if given.readme:
        write_figures(table(report))
    if given.json:
        given.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
