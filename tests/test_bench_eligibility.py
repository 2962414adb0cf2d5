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
        ("ingest 271", 5),
    ]


def test_the_responses_of_the_bench_are_conformant(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(SCRIPT.parent))
    import bench_eligibility

    path = tmp_path / "271.edi"
    bench_eligibility.write_responses(path, 9, benefits=20)
    assert validate(path.read_bytes()).findings == []
    assert path.read_text().count("\nEB*") == 9 * 20
