"""`requires`, and what `build` and `submit` say of a request that is not complete."""

import json
from pathlib import Path

import jsonschema
import pytest

from tests.cli.support import IDENTITY, configured, run
from tests.support import FIXTURES
from x12_pa.cli.schema import find_schema

REQUEST = FIXTURES / "requests" / "01_imaging.json"
MAILBOX = """
[mailbox.strict]
transport = "local"
root = "box"
profile = "strict.yaml"
"""
STRICT = """\
profile: strict
title: Strict plan
extends: [demo-payer]
source: {title: Plan manual, provenance: secondary-quoted}
services:
  payers: [DEMOPAYER, STRICT01]
  stale_after_days: 90
  advanced-imaging:
    needed: "yes"
    procedures: [73718-73725]
    reviewer: {umo: MANAGER1, name: Imaging Manager, mailbox: imaging}
    documents: [{report: [RR, DG], name: earlier images}]
    step_therapy: {count: 1, fields: [drug, outcome]}
    source: "Plan manual, section 8.1"
    last_verified: 2026-05-22
    note: Reviewed elsewhere.
"""


@pytest.fixture
def strict(tmp_path: Path) -> None:
    (tmp_path / "x12-pa.toml").write_text(IDENTITY + MAILBOX)
    (tmp_path / "strict.yaml").write_text(STRICT)


def test_yes_comes_with_reviewer_documents_rule_source_and_age(strict: None) -> None:
    shown = run("requires", "--payer", "strict", "--procedure", "73721")
    assert shown.exit_code == 0, shown.stderr
    for text in (
        "yes: advanced-imaging",
        "Imaging Manager (UMO MANAGER1), mailbox imaging",
        "document PWK01 RR or DG (earlier images)",
        "DRUG=, OUTCOME=",
        "Plan manual, section 8.1",
        "last verified 2026-05-22, 184 days before the date of service; verify it again",
        "caution: Strict plan",
    ):
        assert text in shown.stdout


def test_the_age_of_what_is_known_is_counted_on_the_date_of_service(strict: None) -> None:
    args = ("--payer", "strict", "--procedure", "73721", "--date", "2026-05-23", "--json")
    (rule,) = json.loads(run("requires", *args).stdout)["rules"]
    assert (rule["age_days"], rule["stale"]) == (1, True)


def test_an_entry_verified_within_the_days_of_its_payer_is_not_stale(strict: None) -> None:
    text = Path("strict.yaml").read_text().replace("stale_after_days: 90", "stale_after_days: 184")
    Path("strict.yaml").write_text(text)
    args = ("--payer", "strict", "--procedure", "73721", "--json")
    assert [json.loads(run("requires", *args).stdout)["rules"][0]["stale"]] == [False]


def test_a_stale_entry_is_said_to_be_stale_however_long_ago_the_service_was(strict: None) -> None:
    args = ("--payer", "strict", "--procedure", "73721", "--date", "2026-05-22")
    shown = run("requires", *args).stdout
    assert "last verified 2026-05-22, on the date of service; verify it again" in shown


def test_no_is_an_answer() -> None:
    shown = run("requires", "--payer", "demo-payer", "--procedure", "73560")
    assert (shown.exit_code, shown.stdout.split(":")[0]) == (0, "no")


def test_unknown_ends_with_1_and_is_not_no() -> None:
    shown = run("requires", "--payer", "demo-payer", "--procedure", "99999")
    assert shown.exit_code == 1
    assert shown.stdout.startswith("unknown: no entry speaks of this service\n")


def test_a_profile_without_the_section_knows_nothing() -> None:
    shown = run("requires", "--payer", "core", "--procedure", "73721")
    assert (shown.exit_code, shown.stdout.split(":")[0]) == (1, "unknown")


def test_what_was_not_given_and_matters_is_asked_for() -> None:
    command = ("requires", "--payer", "demo-payer", "--procedure", "70450")
    assert "it matters: place of service" in run(*command).stdout
    assert run(*command, "--pos", "23").stdout.startswith("no:")
    assert run(*command, "--pos", "22").stdout.startswith("yes:")


def test_a_payer_is_found_by_the_id_that_stands_in_requests(strict: None) -> None:
    args = ("--payer", "STRICT01", "--procedure", "73721", "--json")
    assert json.loads(run("requires", *args).stdout)["profile"] == "strict"


def test_json_has_the_form_of_its_schema(strict: None) -> None:
    for payer, code in (("strict", "73721"), ("demo-payer", "73560"), ("core", "99999")):
        shown = run("requires", "--payer", payer, "--procedure", code, "--json").stdout
        jsonschema.validate(json.loads(shown), find_schema("requires"))


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("--payer", "nobody", "--procedure", "73721"), "There is no payer 'nobody'"),
        (("--payer", "core", "--procedure", "73723-73721"), "is no procedure code"),
        (("--payer", "core", "--procedure", "73721", "--date", "1.12.26"), "write it as"),
        (("--payer", "core", "--procedure", "73721-RT"), "without modifiers"),
        (("--payer", "core", "--procedure", "73721:RT"), "without modifiers"),
        (("--payer", "core", "--procedure", "73721", "--pos", "2"), "two digits, such as 11"),
        (("--payer", "core", "--procedure", "73721", "--service-type", "QQ"), "(UM03)"),
    ],
)
def test_a_slip_of_the_pen_is_a_usage_error(args: tuple[str, ...], says: str) -> None:
    shown = run("requires", *args)
    assert shown.exit_code == 2
    assert says in shown.stderr


def test_a_fault_of_the_section_is_named_with_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(STRICT.replace('needed: "yes"', "needed: perhaps"))
    shown = run("requires", "--payer", path, "--procedure", "73721")
    assert shown.exit_code == 2
    assert "mine.yaml, line 9: services/advanced-imaging/needed: one of yes, no" in shown.stderr


def test_submit_refuses_what_is_incomplete_and_says_what_is_missing(strict: None) -> None:
    shown = run("submit", REQUEST, "--mailbox", "strict", "--json")
    (row,) = json.loads(shown.stdout)["requests"]
    assert (shown.exit_code, row["outcome"]) == (1, "refused")
    assert (row["completeness"]["present"], row["completeness"]["required"]) == (0, 3)
    assert {item["rule"] for item in row["completeness"]["missing"]} == {"advanced-imaging"}


def test_submit_sends_it_with_a_reason_and_remarks_who_reviews(strict: None) -> None:
    shown = run("submit", REQUEST, "--mailbox", "strict", "--incomplete-reason", "by fax today")
    assert shown.exit_code == 0, shown.stderr
    assert "queued for the reason given" in shown.stdout
    assert "MANAGER1 reviews it" in shown.stdout


def test_build_says_the_score_beside_the_file(tmp_path: Path) -> None:
    configured(tmp_path)
    (tmp_path / "strict.yaml").write_text(STRICT)
    shown = run("build", "278", REQUEST, "--profile", tmp_path / "strict.yaml", "-o", "a.edi")
    assert shown.exit_code == 0, shown.stderr
    assert "request 1: incomplete, 0 of 3" in shown.stderr
    assert Path("a.edi").exists()


def test_an_entry_that_is_not_in_force_is_named_with_its_days() -> None:
    args = ("--payer", "cms-esmd", "--procedure", "L0651", "--date", "2026-01-01")
    shown = run("requires", *args)
    assert shown.exit_code == 1
    assert "in force on 2026-01-01: dme-orthoses-2026 holds from 2026-04-13 on" in shown.stdout


def test_where_it_is_unknown_it_says_whom_to_ask_and_who_says_so() -> None:
    shown = run("requires", "--payer", "indiana-ihcp", "--procedure", "73721")
    assert "ask Acentra Health" in shown.stdout
    assert "IHCP prior authorization pages (2025-12, primary-excerpt)" in shown.stdout


def test_the_source_comes_with_the_day_of_the_document_and_how_it_was_read() -> None:
    shown = run("requires", "--payer", "cms-esmd", "--procedure", "K0823").stdout
    assert "CGS page on prior authorization of DMEPOS (2024-08-28, primary-excerpt)" in shown


def test_a_plan_that_no_entry_knows_is_said_and_capitals_make_no_other_plan() -> None:
    args = ("requires", "--payer", "unitedhealthcare", "--procedure", "24360", "--pos", "22")
    assert run(*args, "--plan", "Commercial").stdout.startswith("yes:")
    shown = run(*args, "--plan", "Comercial").stdout
    assert "no entry names the plan 'Comercial', only commercial" in shown
