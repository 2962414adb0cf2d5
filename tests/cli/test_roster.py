"""`--roster` and `roster check`: providers who are not enrolled, where they stand."""

import csv
import json
from pathlib import Path

import jsonschema
import pytest

from tests.cli.support import EXAMPLE, VALID, run
from tests.support import FIXTURES
from x12_pa.cli.schema import find_schema

PROFILE = "demo-payer"
CONFIG = """
[identity]
sender_id = "CLINIC001"
trace_originator = "9CLINIC001"

[roster]
file = "roster.csv"

[mailbox.demo]
transport = "local"
root = "box"
profile = "demo-payer"
"""
ENROLLED = "npi,payer,effective,term,status\n"


@pytest.fixture
def office(tmp_path, monkeypatch):
    """A folder with a configuration, and a way to write the roster that it names."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x12-pa.toml").write_text(CONFIG)

    def roster(*rows):
        (tmp_path / "roster.csv").write_text(ENROLLED + "".join(f"{row}\n" for row in rows))

    roster()
    return roster


def codes(done):
    return [found["code"] for found in json.loads(done.stdout)["files"][0]["findings"]]


def request_to_the_demo_payer():
    """Write a request that the demo payer takes; return the NPI of who asks."""
    request = json.loads(EXAMPLE.read_text())
    request["reviewer"]["identifier"] = "DEMOPAYER"
    Path("request.json").write_text(json.dumps(request))
    return request["requester"]["identifier"]


def test_validate_reports_at_the_exact_element_and_keeps_the_verdict(office):
    office("1000000038,DEMOPAYER,,,enrolled")
    done = run("validate", VALID / "270.edi", "--roster", "roster.csv", "--json")
    [found] = json.loads(done.stdout)["files"][0]["findings"]
    assert done.exit_code == 0
    assert (found["code"], found["severity"], found["source"]) == ("P131", "warning", "roster")
    assert (found["loop"], found["element"]) == ("2100B", "NM109")


def test_without_a_roster_nothing_is_said():
    done = run("validate", VALID / "270.edi", "--json")
    assert json.loads(done.stdout)["files"][0]["findings"] == []


def test_stdin_is_held_against_the_roster_too(office):
    office("1000000038,DEMOPAYER,,,enrolled")
    data = (VALID / "270.edi").read_bytes()
    done = run("validate", "-", "--roster", "roster.csv", "--json", given=data)
    assert codes(done) == ["P131"]


def test_validate_takes_the_roster_of_the_configuration(office):
    office("1000000038,DEMOPAYER,,,enrolled")
    done = run("validate", VALID / "270.edi", "--json")
    assert (codes(done), done.exit_code) == (["P131"], 0)


def test_the_roster_is_not_asked_where_the_rules_of_payers_are_not(office):
    office("1000000038,DEMOPAYER,,,enrolled")
    assert codes(run("validate", VALID / "270.edi", "--snip", "6", "--json")) == []


def test_what_the_roster_objects_to_counts_towards_max_findings(office):
    office("1000000038,DEMOPAYER,,,enrolled")
    done = run("validate", VALID / "270.edi", "--max-findings", "0", "--json")
    [file] = json.loads(done.stdout)["files"]
    assert (file["findings"], file["warnings"], file["unlisted"]) == ([], 1, 1)


def test_the_first_findings_of_a_file_stay_listed_whoever_made_them(office):
    """The provider stands before the wrong procedure: its finding takes the only place."""
    office("1000000038,DEMOPAYER,,,enrolled")
    text = (VALID / "270.edi").read_bytes().replace(b"EQ*", b"EQ*WRONG", 1)
    Path("late.edi").write_bytes(text)
    every = codes(run("validate", "late.edi", "--json"))
    first = codes(run("validate", "late.edi", "--max-findings", "1", "--json"))
    assert (every[0], len(every) > 1, first) == ("P131", True, ["P131"])


def test_several_processes_say_the_same_of_the_roster(office):
    office("1000000038,DEMOPAYER,,,enrolled")
    one, two = (
        run("validate", VALID / "270.edi", VALID / "837p.edi", "--json", "--jobs", jobs).stdout
        for jobs in (1, 2)
    )
    assert one == two


def test_a_roster_with_faults_stops_validate_before_the_first_file(office):
    office("123,DEMOPAYER,,,enrolled")
    done = run("validate", VALID / "270.edi")
    assert (done.exit_code, done.stdout) == (2, "")


def test_a_request_that_is_built_says_that_its_requester_waits(office):
    office(f"{request_to_the_demo_payer()},DEMOPAYER,,,pending")
    done = run("build", "278", "request.json", "--profile", PROFILE, "-o", "a.edi")
    assert (done.exit_code, "P132" in done.stderr) == (0, True)


def test_a_request_at_risk_is_queued_and_listed_with_the_enrolment(office):
    office(f"{request_to_the_demo_payer()},DEMOPAYER,,,pending")
    sent = run("submit", "request.json", "--json")
    [row] = json.loads(sent.stdout)["requests"]
    assert (row["outcome"], {f["code"] for f in row["findings"]}) >= ("queued", {"P132"})
    done = run("roster", "check", "--json")
    assert done.exit_code == 1
    jsonschema.validate(json.loads(done.stdout), find_schema("roster"))
    [one] = json.loads(done.stdout)["enrolments"]
    assert (one["why"], one["row"]) == ("pending", 2)
    assert {each["request"] for each in one["requests"]} == {row["request"]}


def test_an_enrolment_that_ends_soon_is_listed_and_puts_nothing_at_risk(office):
    office("1000000012,ELSEWHERE,2025-01-01,2026-12-31,enrolled")
    done = run("roster", "check")
    assert (done.exit_code, "2026-12-31" in done.stdout) == (0, True)


def test_claims_check_says_who_is_not_enrolled(office):
    office("1000000038,NOBODY,,,enrolled")
    done = run("claims", "check", VALID / "837p.edi", "--roster", "roster.csv")
    assert "P903" in done.stderr


def test_a_roster_with_faults_stops_the_command(office):
    office("123,DEMOPAYER,,,enrolled")
    done = run("submit", EXAMPLE)
    assert (done.exit_code, "row 2, column npi" in done.stderr) == (2, True)
    assert "123" not in done.stderr.replace("roster.csv", "")


def test_no_roster_is_a_question_of_usage(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = run("roster", "check")
    assert (done.exit_code, "[roster]" in done.stderr) == (2, True)


def test_a_check_says_who_waits_and_what_the_payer_may_reject(office):
    rows = list(csv.DictReader((FIXTURES / "eligibility" / "schedule.csv").open()))
    [first, *_] = rows
    first["subscriber_birth_date"] = ""
    with Path("one.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, first)
        writer.writeheader()
        writer.writerow(first)
    office(f"{first['provider_npi']},{first['payer_id']},,,pending")
    done = run("eligibility", "check", "one.csv", "--json")
    [row] = json.loads(done.stdout)["checks"]
    assert (done.exit_code, row["outcome"]) == (0, "queued")
    assert sorted(found["code"] for found in row["findings"]) == ["P132", "P133"]
    listed = json.loads(run("roster", "check", "--json").stdout)["enrolments"]
    assert [each["request"] for each in listed[0]["requests"]] == [row["request"]]


def test_a_report_with_findings_of_the_roster_fits_the_published_schema(office):
    office("1000000038,DEMOPAYER,,,enrolled")
    done = run("validate", VALID / "270.edi", "--roster", "roster.csv", "--json")
    jsonschema.validate(json.loads(done.stdout), json.loads(run("schema", "validate").stdout))


def test_several_processes_say_the_same(office):
    office("1000000038,DEMOPAYER,,,enrolled")
    command = ("validate", VALID / "270.edi", VALID / "837p.edi", "--roster", "roster.csv")
    assert run(*command, "--jobs", "2").stdout == run(*command).stdout
