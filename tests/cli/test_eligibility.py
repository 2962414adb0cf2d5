"""`x12-pa eligibility check` and `show`, as people run them."""

import json
import re
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
    assert "6 questions: 6 queued\n" in first.stderr
    assert (again.exit_code, again.stdout.count("known")) == (0, 6)


def test_the_answers_are_shown_with_their_segments(clinic: Path):
    asked()
    text = run("eligibility", "show").stdout
    assert "authorization required: yes\n      yes: procedure" in text
    assert "authorization required: no\n" in text
    assert "authorization required: unknown" in text
    assert "service type PT (physical therapy) on 2026-12-08" in text
    assert "left: 12 VS (visits), period 29 (remaining) [2110C EB, segment" in text
    assert "reviewed by: EXAMPLE IMAGING REVIEW, PI EXREVIEW [2120D NM1, segment" in text
    assert "rejected: 75 subscriber not found: correct and send again; field subscriber" in text


def test_a_rejected_question_shows_its_rejection_and_no_empty_answer(clinic: Path):
    asked()
    (last,) = run("eligibility", "show", "--member", "MBR000999").stdout.split("\n  told ")[1:]
    assert "rejected: 75" in last
    assert "coverage" not in last
    assert "authorization required" not in last


def test_brief_is_one_line_for_each_service_plan_and_day(clinic: Path):
    run("eligibility", "check", SCHEDULE)
    before = run("eligibility", "show", "--brief").stdout.splitlines()
    assert [line.split()[-1] for line in before[1:]] == ["queued"] * 6
    exchanged()
    lines = run("eligibility", "show", "--brief").stdout.splitlines()
    assert len(lines) == 1 + 6
    assert re.search(r"APPT-1 +••• +73721 +2026-12-05 +EXAMPLE PPO +active +yes$", lines[1])
    assert re.search(r"70551 .* active +yes +reviewed by EXREVIEW$", lines[4])
    assert re.search(r"73221 +2026-12-10 +EXAMPLE PPO +inactive +not said$", lines[5])
    assert re.search(r"rejected: 75 correct$", lines[6])


def test_limits_of_two_networks_say_which_is_whose():
    told = run("eligibility", "read", FIXTURES / "eligibility" / "limits.edi").stdout
    assert "limit: 30 VS (visits), period 23 (calendar year), in network [2110C EB" in told
    assert "limit: 10 VS (visits), period 23 (calendar year), out of network [2110C EB" in told


def test_a_no_under_a_plan_that_is_not_in_force_says_so():
    told = run("eligibility", "read", FIXTURES / "eligibility" / "two-plans.edi").stdout
    assert "authorization required: no (but coverage is inactive: no evidence" in told


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


def test_a_row_that_the_payer_is_sure_to_reject_is_held_and_sent_on_demand(clinic: Path):
    head, *rows = SCHEDULE.read_text().splitlines(keepends=True)
    born = rows[0].split(",")[head.split(",").index("subscriber_birth_date")]
    (clinic / "unborn.csv").write_text(head + rows[0].replace(born, "2030-01-01"))
    held = run("eligibility", "check", "unborn.csv")
    assert (held.exit_code, "held" in held.stdout) == (1, True)
    assert "row 2: P133: The payer will reject this with AAA 60" in held.stdout
    sent = run("eligibility", "check", "unborn.csv", "--send-anyway", "the payer asked for it")
    assert (sent.exit_code, "queued" in sent.stdout) == (0, True)


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


def deaf(folder: Path, code: str, follow_up: str) -> None:
    """Have the payer reject the question that verifies an approval."""
    run("submit", next((FIXTURES / "requests").glob("01_*.json")))
    exchanged()
    (folder / "deaf.yaml").write_text(
        "personality: deaf\nrules: []\notherwise: {decision: A1}\n"
        f'eligibility: {{otherwise: {{reject: "{code}", follow_up: {follow_up}}}}}\n'
    )
    run("eligibility", "watch", "--queue")
    run("exchange", "run", "--once")
    run("simulate", "payer", "--once", "--personality", "deaf.yaml")
    run("exchange", "run", "--once")


def test_watch_leaves_what_must_be_corrected_to_a_person_and_asks_it_on_demand(clinic: Path):
    deaf(clinic, "75", "C")
    left = run("eligibility", "watch", "--queue")
    assert (left.exit_code, "queued" in left.stderr) == (1, False)
    assert "rejected: 75 subscriber not found (correct subscriber); needs a person" in left.stdout
    (row,) = json.loads(run("eligibility", "watch", "--json").stdout)["rows"]
    assert (row["needs_a_person"], row["pause"]["action"]) == (True, "correct")
    assert f"--queue --again {row['authorization']}" in left.stdout
    asked = run("eligibility", "watch", "--queue", "--again", row["authorization"])
    assert (asked.exit_code, "queued as 270_" in asked.stderr) == (0, True)


def test_watch_says_when_it_asks_again_what_the_payer_could_not_answer(clinic: Path):
    deaf(clinic, "42", "X")
    result = run("eligibility", "watch", "--queue")
    assert (result.exit_code, "asked again from 20" in result.stdout) == (0, True)


def test_asking_again_by_name_goes_with_queueing(clinic: Path):
    assert run("eligibility", "watch", "--again", "PA-1").exit_code == 2
    unknown = run("eligibility", "watch", "--queue", "--again", "PA-1")
    assert (unknown.exit_code, "no verification is due of PA-1" in unknown.stderr) == (2, True)


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
