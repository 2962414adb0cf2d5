"""The tables of `scripts/bench`: its report as Markdown, and where that stands in the README."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

BEGIN, END = "<!-- begin figures -->", "<!-- end figures -->"


def table(report: dict[str, Any]) -> str:
    """Render the report as Markdown."""
    machine = ", ".join(f"{key} {value}" for key, value in report["machine"].items())
    lines = [f"Measured with {machine}; the run took {report['minutes']} minutes.", ""]
    for part in (_rates, _ratios, _others, _eligibility, _starts):
        if rows := list(part(report)):
            lines += [*rows, ""]
    return "\n".join(lines[:-1]) + "\n"


def write_figures(readme: Path, text: str) -> None:
    """Put the tables between the two markers of a file."""
    before, begin, rest = readme.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise SystemExit(f"bench: {readme.name} does not have both {BEGIN} and {END}")
    readme.write_text(f"{before}{begin}\n\n{text}\n{end}{after}", encoding="utf-8")


def _grid(heads: str, sides: str, rows: Iterable[tuple[object, ...]]) -> Iterator[str]:
    yield heads
    yield sides
    for row in rows:
        yield "| " + " | ".join(str(cell) for cell in row) + " |"


def _shown(report: dict[str, Any]) -> set[tuple[str, float]]:
    """Choose the files that the tables show; the rest of the numbers are in the JSON.

    A file is left out when a bigger one of its sort was read by the same programs. Claims are all
    shown: their sizes say that neither the rate nor the memory depends on the size.
    """
    programs: dict[tuple[str, float], set[str]] = {}
    for row in report["rates"]:
        programs.setdefault((row["what"], row["megabytes"]), set()).add(row["program"])
    return {
        (what, size)
        for (what, size), who in programs.items()
        if what == "837P"
        or not any(w == what and s > size and who <= others for (w, s), others in programs.items())
    }


def _rates(report: dict[str, Any]) -> Iterator[str]:
    shown = _shown(report)
    return _grid(
        "| validated | MB | segments | program | whole process, s | steady, segments/s | peak MB |",
        "|---|---:|---:|---|---:|---:|---:|",
        (
            (
                row["what"],
                row["megabytes"],
                f"{row['segments']:,}",
                row["program"],
                f"{row['whole_seconds']:.2f}",
                f"{row['steady']:,}",
                f"{row['peak_megabytes']:.0f}",
            )
            for row in report["rates"]
            if (row["what"], row["megabytes"]) in shown
        ),
    )


def _ratios(report: dict[str, Any]) -> Iterator[str]:
    shown = _shown(report)
    return _grid(
        "| same file, same run: x12-pa is faster than | steady | whole process |",
        "|---|---:|---:|",
        (
            (
                f"{row['peer']}, {row['what']}, {row['megabytes']:.0f} MB",
                f"{row['steady']} times",
                f"{row['whole']} times",
            )
            for row in report["ratios"]
            if (row["what"], row["megabytes"]) in shown
        ),
    )


def _others(report: dict[str, Any]) -> Iterator[str]:
    rows: list[tuple[object, ...]] = [
        (f"{row['what']}, beside none", f"{row['share']:.0%} of the rate")
        for row in report["findings"]
    ]
    rows += [
        (
            f"837P, {row['megabytes']:.0f} MB, {row['what']}: `--jobs 2` beside one process, "
            "the same bytes reported",
            f"{row['times']} times ({row['one']:.1f} s, {row['two']:.1f} s)",
        )
        for row in report["jobs"]
    ]
    rows += [
        (
            f"{row['kind']} under a profile of {row['rules']} rules, beside none",
            f"{row['share']:.0%} of the rate",
        )
        for row in report["profiles"]
    ]
    peak = max(r["peak_megabytes"] for r in report["rates"] if r["program"] == "x12-pa")
    rows.append(("most memory that x12-pa held for any of these files", f"{peak:.0f} MB"))
    return _grid("| also | |", "|---|---:|", rows)


def _eligibility(report: dict[str, Any]) -> Iterator[str]:
    """Show the parts at full size, without those that are in another; nothing if none was run."""
    found = report["eligibility"]
    if not found:
        return
    benefits = found["benefits"]
    words = {
        "build 270": "270s built from records, one patient each",
        "validate 270": "270s validated",
        "answer 271": f"271s of {benefits} benefits each read and answered",
        "ask 270": "rows of a schedule asked: 270s judged, built, validated, queued in the ledger",
        "ingest 271": f"one file of 271s of {benefits} benefits each ingested: matched, answered, "
        "recorded in the ledger with audit and evidence",
    }
    most = {row["what"]: row for row in found["rows"]}
    least = {row["what"]: row for row in reversed(found["rows"])}
    yield from _grid(
        "| eligibility, one process | sets | sets a second | peak MB | of a tenth of the sets |",
        "|---|---:|---:|---:|---:|",
        (
            (
                text,
                f"{most[what]['sets']:,}",
                f"{most[what]['sets_per_second']:,}",
                f"{most[what]['peak_megabytes']:.0f}",
                f"{least[what]['peak_megabytes']:.0f}",
            )
            for what, text in words.items()
            if what in most
        ),
    )


def _starts(report: dict[str, Any]) -> Iterator[str]:
    return _grid(
        f"| start-up: whole process, median of {report['starts']} | seconds |",
        "|---|---:|",
        ((f"`{name}`", value) for name, value in report["start_up_seconds"].items()),
    )
