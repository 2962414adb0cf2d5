"""The bench of eligibility runs, and its files are what it says they are."""

import json
import subprocess
import sys

from tests.support import ROOT
from x12_pa.validation import validate

SCRIPT = ROOT / "scripts" / "bench_eligibility.py"


def test_every_part_of_the_bench_runs_on_a_few_sets(tmp_path):
    report = tmp_path / "figures.json"
    command = [sys.executable, SCRIPT, "--count", "20", "--ledger", "5", "--json", report]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    rows = json.loads(report.read_text())["rows"]
    parts = ["build 270", "validate 270", "read 271", "answer 271"]
    assert [(row["what"], row["sets"]) for row in rows] == [
        *((part, sets) for sets in (2, 20) for part in parts),
        *((part, sets) for sets in (1, 5) for part in ("ask 270", "ingest 271")),
    ]


def test_the_responses_of_the_bench_are_conformant(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(SCRIPT.parent))
    import bench_eligibility

    path = tmp_path / "271.edi"
    bench_eligibility.write_responses(path, 9, benefits=20)
    assert validate(path.read_bytes()).findings == []
    assert path.read_text().count("\nEB*") == 9 * 20


def test_the_figures_of_a_full_run_show_eligibility_at_full_size(monkeypatch):
    monkeypatch.syspath_prepend(str(SCRIPT.parent))
    import bench_tables

    rows = [
        {"what": what, "sets": sets, "sets_per_second": sets * 3, "peak_megabytes": sets / 20}
        for sets in (100, 1000)
        for what in ("build 270", "validate 270", "read 271", "answer 271", "ask 270", "ingest 271")
    ]
    lines = list(bench_tables._eligibility({"eligibility": {"benefits": 20, "rows": rows}}))
    assert [line.split(" | ")[1:] for line in lines[2:]] == [["1,000", "3,000", "50", "5 |"]] * 5
    assert lines[-1].startswith("| one file of 271s of 20 benefits each ingested")
    assert list(bench_tables._eligibility({"eligibility": None})) == []


def test_a_full_run_takes_its_figures_from_the_bench_of_eligibility(tmp_path, monkeypatch):
    """What the script writes is what the tables read; only the number of sets is smaller."""
    monkeypatch.syspath_prepend(str(SCRIPT.parent))
    import bench_run
    import bench_tables

    real = subprocess.run

    def smaller(command, **options):
        return real([*command, "--count", "10", "--ledger", "0"], **options)

    monkeypatch.setattr(bench_run.subprocess, "run", smaller)
    found = bench_run.eligibility(tmp_path)
    assert {row["what"] for row in found["rows"]} >= {"build 270", "validate 270", "answer 271"}
    assert len(list(bench_tables._eligibility({"eligibility": found}))) == 5
