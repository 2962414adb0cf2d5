"""The demo's own material: enough of it, of every kind, correct, and up to date with its table."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.simulator.support import load, request_files
from tests.support import FIXTURES, ROOT
from x12_pa.guides import load_guide, load_profile
from x12_pa.models import build_request, from_json_lines
from x12_pa.simulator.personality import load_personality
from x12_pa.simulator.rules import find_rule
from x12_pa.validation import validate

FAMILIES = {
    "imaging", "surgery", "admission", "home-health", "therapy", "equipment", "infusion",
    "transport", "genetic-test", "behavioral-inpatient", "dental", "referral", "rejects",
}  # fmt: skip
EXPECTED = json.loads((FIXTURES / "demo" / "expected.json").read_text())


def test_forty_requests_and_more_cover_every_family():
    assert len(request_files()) >= 40
    assert {path.stem[3:] for path in request_files()} == FAMILIES


def test_requests_are_of_every_form():
    forms: Counter[str] = Counter()
    for path in request_files():
        request = load(path)
        forms["dependent" if request.dependent else "subscriber"] += 1
        forms[request.event.level_of_service or "routine"] += 1
        forms["event only"] += not request.event.services
        for each in request.event.services:
            forms["SV1"] += each.professional is not None
            forms["SV2"] += each.institutional is not None
            forms["SV3"] += each.dental is not None
            kinds = (each.professional, each.institutional, each.dental)
            forms["service type only"] += kinds == (None, None, None)
        forms["several services"] += len(request.event.services) > 1
    wanted = (
        "dependent", "subscriber", "routine", "U", "03", "E", "event only", "SV1", "SV2", "SV3",
        "service type only", "several services",
    )  # fmt: skip
    assert [name for name in wanted if not forms[name]] == []


@pytest.mark.parametrize("path", request_files(), ids=lambda path: path.stem)
def test_request_builds_under_the_demo_profile(path: Path):
    assert build_request(load(path), load_guide("278-request", load_profile("demo-payer")))


def test_json_lines_hold_the_same_requests():
    lines = [
        record
        for path in sorted((FIXTURES / "requests" / "by-family").glob("*.jsonl"))
        for record in from_json_lines(path.read_text())
    ]
    singles = {load(path).reference for path in request_files()}
    assert {record.reference for record in lines} == singles


def test_every_provider_identifier_has_a_valid_check_digit():
    for path in request_files():
        request = load(path)
        services = [p for s in request.event.services for p in s.providers]
        for each in [request.requester, *request.event.providers, *services]:
            assert luhn(f"80840{each.identifier}"), path.name


def luhn(text: str) -> bool:
    digits = [int(c) for c in reversed(text)]
    doubled = [d * 2 - 9 if d > 4 else d * 2 for d in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def test_every_rule_of_the_default_payer_is_used():
    who = load_personality("default")
    found = {rule.id for path in request_files() if (rule := find_rule(who, load(path)))}
    assert {rule.id for rule in who.rules} - found == set()


def test_every_request_has_an_expectation():
    references = {each["reference"] for each in EXPECTED["requests"]}
    assert references == {load(path).reference for path in request_files()}


def test_claims_show_every_outcome():
    outcomes = {claim["outcome"] for claim in EXPECTED["claims"]}
    assert outcomes == {"filled", "unchanged", "refused", "manual", "split", "not_required"}


def test_generated_files_are_those_of_the_table(tmp_path: Path):
    script = ROOT / "scripts" / "make_fixtures.py"
    subprocess.run([sys.executable, script, tmp_path], check=True, capture_output=True)
    made = {p.relative_to(tmp_path): p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    stale = [str(name) for name, data in made.items() if (FIXTURES / name).read_bytes() != data]
    assert stale == [], "run scripts/make_fixtures.py and commit its output"


@pytest.mark.parametrize("name", ["claims_837p.edi", "claims_837i.edi"])
def test_claims_validate_clean(name: str):
    found = validate((FIXTURES / "demo" / name).read_bytes()).findings
    assert [(f.code, f.line, f.element, f.message) for f in found] == []
