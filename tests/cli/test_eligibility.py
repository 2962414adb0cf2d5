"""`x12-pa eligibility check` and `show`, as people run them."""

import json
from pathlib import Path

import jsonschema
import pytest

from tests.cli.support import run
from tests.services.bench import IDENTITY, LEDGER, MAILBOX
from tests.support import FIXTURES
from x12_pa.cli.schema import find_schema

SCHEDULE = FIXTURES / "eligibility" / "schedule.csv"


@pytest.fixture
def clinic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clinic with a payer beside it, in the directory where commands run."""
    (tmp_path / "x12-pa.toml").write_text(IDENTITY + LEDGER + MAILBOX)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("X12_PA_CONFIG", raising=False)
    run("simulate", "payer", "--once")
    return tmp_path


def exchanged() -> None:
    """Send what is queued, let the payer answer, fetch the answers."""
    for words in (("exchange", "run", "--once"), ("simulate", "payer", "--once")) * 2:
        run(*words)


def asked() -> None:
    assert run("eligibility", "check", SCHEDULE).exit_code == 0
    exchanged()


def questions(*args: object) -> list[dict]:
    document = json.loads(run("eligibility", "show", "--json", *args).stdout)
    jsonschema.validate(document, find_schema("eligibility-answers"))
    return document["questions"]


def test_a_schedule_is_queued_and_a_second_time_is_known(clinic: Path):
    first = run("eligibility", "check", SCHEDULE)
    again = run("eligibility", "check", SCHEDULE)
    assert first.stdout.count("queued") == 6
    assert (again.exit_code, again.stdout.count("known")) == (0, 6)


def test_the_answers_are_shown_with_their_segments(clinic: Path):
    asked()
    text = run("eligibility", "show").stdout
    assert "authorization required: yes\n      yes: procedure" in text
    assert "authorization required: no\n" in text
    assert "authorization required: unknown" in text
    assert "left: 12 VS, period 29 [2110C EB, segment" in text
    assert "reviewed by: EXAMPLE IMAGING REVIEW" in text
    assert "rejected: 75 subscriber not found: correct and send again; field subscriber" in text


def test_json_has_its_schema_before_and_after_the_answer(clinic: Path):
    run("eligibility", "check", SCHEDULE)
    assert {one["state"] for one in questions()} == {"queued"}
    exchanged()
    assert [one["state"] for one in questions()] == ["answered"] * 5 + ["rejected"]


def test_questions_are_found_by_member_payer_day_and_trace(clinic: Path):
    asked()
    (one,) = questions("--member", "MBR000102", "--payer", "DEMOPAYER", "--date", "2026-12-07")
    assert one["told"][0]["answers"][0]["authorization"]["required"] == "no"
    assert questions("--request", one["trace"]) == [one]
    assert questions("--request", "NOBODY") == []


def test_what_is_asked_in_place_is_said(clinic: Path):
    profile = """\
profile: no-codes
extends: [demo-payer]
title: A payer without procedure codes
source: {title: Written for a test}
rules:
  - {id: no-codes, applies: {tx: "270", direction: out}, forbid: 2110C/EQ02, source: x, message: x}
"""
    (clinic / "no-codes.yaml").write_text(profile)
    toml = (clinic / "x12-pa.toml").read_text().replace('"demo-payer"', '"no-codes.yaml"')
    (clinic / "x12-pa.toml").write_text(toml)
    asked()
    text = run("eligibility", "show", "--member", "MBR000102").stdout
    assert "asked as service type 30: the payer does not take procedures" in text
    assert "authorization required: not said" in text


def test_a_bad_row_is_exit_code_1_and_names_file_row_and_column(clinic: Path):
    text = SCHEDULE.read_text().replace("2026-12-07", "tomorrow")
    (clinic / "bad.csv").write_text(text)
    result = run("eligibility", "check", "bad.csv")
    assert result.exit_code == 1
    assert "bad.csv: row 3: C203: column service_date: expected a date" in result.stdout
    assert result.stdout.count("queued") == 5


def test_what_is_no_schedule_is_exit_code_2(clinic: Path):
    (clinic / "letter.txt").write_text("Dear payer")
    result = run("eligibility", "check", "letter.txt")
    assert (result.exit_code, "letter.txt" in result.stderr) == (2, True)


def test_names_and_ids_are_shown_only_on_demand(clinic: Path):
    asked()
    hidden, shown = run("eligibility", "show"), run("eligibility", "show", "--show-phi")
    assert "MBR000105" not in hidden.stdout
    assert "MBR000105" in shown.stdout


def test_nothing_that_fits_is_said(clinic: Path):
    assert "Nothing was asked" in run("eligibility", "show").stderr
    assert run("eligibility", "show", "--date", "June").exit_code == 2


def test_explain_knows_the_code_of_a_bad_row():
    assert "row of a schedule" in run("explain", "C203").stdout


def test_watch_lists_what_is_due_asks_again_once_and_tells_what_changed(clinic: Path):
    run("submit", next((FIXTURES / "requests").glob("05_*.json")))
    exchanged()
    due = run("eligibility", "watch")
    assert (due.exit_code, "verify on approval" in due.stdout) == (0, True)
    assert "queued as 270_" in run("eligibility", "watch", "--queue").stderr
    assert "queued as 270_" not in run("eligibility", "watch", "--queue").stderr
    exchanged()
    changed = run("eligibility", "watch", "--json")
    document = json.loads(changed.stdout)
    jsonschema.validate(document, find_schema("eligibility-watch"))
    assert (changed.exit_code, [row["kind"] for row in document["rows"]]) == (1, ["coverage ended"])


def test_watch_says_why_it_does_not_ask_again_what_was_rejected(clinic: Path):
    run("submit", next((FIXTURES / "requests").glob("01_*.json")))
    exchanged()
    (clinic / "deaf.yaml").write_text(
        "personality: deaf\nrules: []\notherwise: {decision: A1}\n"
        'eligibility: {otherwise: {reject: "42", follow_up: R}}\n'
    )
    run("eligibility", "watch", "--queue")
    run("exchange", "run", "--once")
    run("simulate", "payer", "--once", "--personality", "deaf.yaml")
    run("exchange", "run", "--once")
    again = run("eligibility", "watch", "--queue")
    assert "not asked again: it was asked before and rejected" in again.stderr


def test_watch_says_when_there_is_nothing(clinic: Path):
    result = run("eligibility", "watch")
    assert (result.exit_code, "Nothing is due" in result.stderr) == (0, True)


def test_a_271_that_nobody_asked_for_is_shown_for_a_person(clinic: Path):
    assert run("eligibility", "show", "--unmatched").exit_code == 0
    path = FIXTURES / "eligibility" / "authorization-by-scope.edi"
    assert run("ingest", path).exit_code == 1
    result = run("eligibility", "show", "--unmatched")
    assert (result.exit_code, "response 0001 to ELIG-501" in result.stdout) == (1, True)
    assert "[2110C EB, segment 24]" in result.stdout
    document = json.loads(run("eligibility", "show", "--unmatched", "--json").stdout)
    jsonschema.validate(document, find_schema("eligibility"))
