#!/usr/bin/env python3
"""Measure what a companion guide of fifty rules costs: its rate beside that of the plain guide.

    bench_profile.py [--mb 4] [--runs 5] [--json]

The rules are such as companion guides have: values, lengths and forms of single elements, required
and forbidden segments, envelope values, conditions across segments, dates and counts. The files
keep all of them, so what is measured is the checking, not the reporting. Plain and narrowed runs
take turns, and the best of each counts.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from bench_corpus import write

from x12_pa.guides import Profile, load_profile
from x12_pa.validation import validate

TODAY = date(2026, 12, 31)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mb", type=float, default=4)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="print the numbers as JSON")
    given = parser.parse_args()
    found: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        for kind, rules in (("837P", claim_rules()), ("278", request_rules())):
            path = Path(folder) / f"{kind}.edi"
            write(kind, int(given.mb * 1_000_000), path)
            profile = written(Path(folder), kind, rules)
            plain, narrowed = measure(path.read_bytes(), profile, given.runs)
            share = round(narrowed / plain, 3)
            found.append({"kind": kind, "rules": len(rules), "plain": round(plain)})
            found[-1] |= {"narrowed": round(narrowed), "share": share}
    if given.json:
        print(json.dumps(found))
        return
    for row in found:
        print(
            f"{row['kind']}: {row['rules']} rules; plain {row['plain']:,} segments/s, "
            f"under the profile {row['narrowed']:,} segments/s = {row['share']:.0%}"
        )


def measure(data: bytes, profile: Profile, runs: int) -> tuple[float, float]:
    """Return segments per second without and with the profile, the best of some runs."""
    best = {False: 0.0, True: 0.0}
    for _ in range(runs):
        for under in (False, True):
            start = time.process_time()
            result = validate(data, profile=profile if under else None, today=TODAY)
            took = time.process_time() - start
            wrong = [f.message for f in result.findings if f.source.startswith("profile")]
            assert not wrong, wrong[0]
            best[under] = max(best[under], result.segments / took)
    return best[False], best[True]


def written(folder: Path, kind: str, rules: list[dict[str, object]]) -> Profile:
    """Write the rules as a profile and load it."""
    for number, rule in enumerate(rules, 1):
        rule |= {"id": f"rule-{number}", "source": "bench", "applies": {"tx": [kind[:3]]}}
    name = f"bench-{kind.lower()}"
    path = folder / f"{name}.yaml"
    head = {"profile": name, "title": "Bench", "source": {"title": "Bench"}}
    path.write_text(yaml.safe_dump({**head, "rules": rules}, sort_keys=False), encoding="utf-8")
    return load_profile(path)


def claim_rules() -> list[dict[str, object]]:
    """Return fifty rules that the claims of the corpus keep."""
    bounded = ("2010AA/NM103", "2010AA/N301", "2010AA/N401", "2010BA/NM103", "2010BA/NM104")
    bounded += ("2010BB/NM103", "2010CA/NM103", "2010CA/NM104", "2010CA/N301", "2310A/NM103")
    bounded += ("2310B/NM103", "2310B/NM104", "1000A/NM103", "1000B/NM103")
    static: list[dict[str, object]] = [{"length": {path: {"max": 30}}} for path in bounded]
    static += [
        {"format": {"2010BA/NM109": "MBR[0-9]{6}"}},
        {"format": {"2300/CLM01": "CLAIM-[0-9]{1,8}"}},
        {"format": {"2010AA/NM109": "1[0-9]{9}"}},
        {"format": {"2310B/PRV03": "[0-9A-Z]{10}"}},
        {"values": {"2010AA/NM108": ["XX"]}},
        {"values": {"2010BB/NM108": ["PI"]}},
        {"values": {"2010BB/NM109": ["DEMOPAYER"]}},
        {"values": {"2000B/SBR01": ["P"]}},
        {"values": {"2000B/SBR09": ["CI"]}},
        {"values": {"2300/CLM05-1": ["11", "19", "21", "22", "23", "24"]}},
        {"values": {"2300/CLM05-3": ["1", "7", "8"]}},
        {"values": {"2300/CLM07": ["A"]}},
        {"values": {"1000A/NM108": ["46"]}},
        {"values": {"2010AA/REF01": ["EI"]}},
        {"require": "2310B/PRV"},
        {"require": "2010AA/NM109"},
        {"require": "1000A/PER"},
        {"forbid": "2300/CN1"},
        {"forbid": "2300/K3"},
        {"forbid": "2300/CR1"},
        {"forbid": "2400/PS1"},
        {"forbid": "2400/K3"},
        {"forbid": "2010AB"},
    ]
    beside: list[dict[str, object]] = [
        {"values": {"ISA08": ["DEMOPAYER"]}},
        {"values": {"GS03": ["DEMOPAYER"]}},
        {"values": {"GS08": ["005010X222A1"]}},
        {"equals": {"trim(ISA06)": "GS02"}},
        {"count": {"of": "ISA", "max": 1, "per": "@file"}},
        {"count": {"of": "ST", "max": 5000, "per": "@file"}},
        {"delimiters": {"element": "*", "component": ":", "distinct": True}},
        {"charset": {"upper": True}},
        {"charset": {"set": "x12-basic"}},
    ]
    across: list[dict[str, object]] = [
        {"count": {"of": "2400", "max": 50, "per": "2300"}},
        {"count": {"of": "2300", "max": 5000, "per": "ST"}},
        {"when": {"2300/CLM05-1": "21"}, "then": {"require": "2300/DTP[435]"}},
        {"date_window": {"path": "2400/DTP[472]/03", "not_after": "today"}},
    ]
    return _fifty([*static, *beside, *across])


def request_rules() -> list[dict[str, object]]:
    """Return fifty rules that the requests of the corpus keep."""
    bounded = ("2010A/NM103", "2010B/NM103", "2010B/PER02", "2010B/PER04", "2010C/NM103")
    bounded += ("2010C/NM104", "2010D/NM103", "2010D/NM104", "2010EA/NM103", "2010EA/NM104")
    bounded += ("2000E/MSG01", "2000F/MSG01")
    static: list[dict[str, object]] = [{"length": {path: {"max": 30}}} for path in bounded]
    static += [
        {"format": {"2010C/NM109": "MBR[0-9]{6}"}},
        {"format": {"2010B/NM109": "1[0-9]{9}"}},
        {"format": {"2000E/TRN02": "TRC[0-9]+"}},
        {"format": {"2010EA/NM109": "1[0-9]{9}"}},
        {"values": {"2010A/NM101": ["X3"]}},
        {"values": {"2010A/NM108": ["PI"]}},
        {"values": {"2010A/NM109": ["DEMOPAYER"]}},
        {"values": {"2010B/NM108": ["XX"]}},
        {"values": {"2010EA/NM108": ["XX"]}},
        {"values": {"2000E/UM01": ["HS", "AR", "SC"]}},
        {"values": {"2000E/UM02": ["I", "R", "S", "3", "4"]}},
        {"values": {"2000E/TRN03": ["9CLINIC001"]}},
        {"require": "2010B/PER"},
        {"require": "2000E/TRN"},
        {"require": "2000E/HI"},
        {"require": "2010A/NM109"},
        {"require": "2010B/NM109"},
        {"forbid": "2000E/CR1"},
        {"forbid": "2000E/CR6"},
        {"forbid": "2000E/CL1"},
        {"forbid": "2010EC"},
        {"forbid": "2000F/SV3"},
        {"forbid": "2000E/DTP[431]"},
        {"forbid": "2000E/DTP[439]"},
        {"forbid": "2000E/DTP[484]"},
    ]
    beside: list[dict[str, object]] = [
        {"values": {"ISA08": ["DEMOPAYER"]}},
        {"values": {"GS03": ["DEMOPAYER"]}},
        {"values": {"GS08": ["005010X217"]}},
        {"equals": {"trim(ISA06)": "GS02"}},
        {"count": {"of": "ISA", "max": 1, "per": "@file"}},
        {"count": {"of": "ST", "max": 500000, "per": "@file"}},
        {"delimiters": {"element": "*", "component": ":", "distinct": True}},
        {"charset": {"upper": True}},
        {"charset": {"set": "x12-basic"}},
    ]
    across: list[dict[str, object]] = [
        {"count": {"of": "2000E", "max": 1, "per": "ST"}},
        {"when": {"2000E/UM01": "AR"}, "then": {"require": "2000E/DTP[435]"}},
        {"date_window": {"path": "2000F/DTP[472]/03", "not_after": "today+P1Y"}},
        {"equals": {"2010A/NM109": "trim(ISA08)"}},
    ]
    return _fifty([*static, *beside, *across])


def _fifty(rules: list[dict[str, object]]) -> list[dict[str, object]]:
    assert len(rules) == 50, len(rules)
    return rules


if __name__ == "__main__":
    main()
