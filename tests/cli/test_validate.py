"""`x12-pa validate`: exit codes, formats, several files, acknowledgements."""

import json
from pathlib import Path

import jsonschema
import pytest

from tests.cli.support import EXAMPLE, REQUEST, VALID, configured, run
from x12_pa.cli.schema import find_schema

BAD = "UM*HS*I*AE*22:B", "UM*HS*QQ*AE*22:B"


@pytest.fixture
def rejected(tmp_path: Path) -> Path:
    path = tmp_path / "rejected.edi"
    path.write_text(REQUEST.read_text().replace(*BAD))
    return path


def test_an_accepted_file_is_exit_0_with_one_line() -> None:
    result = run("validate", REQUEST)
    assert result.exit_code == 0
    assert result.stdout.count("\n") == 1
    assert "accepted" in result.stdout


def test_a_rejected_file_is_exit_1_and_names_the_element(rejected: Path) -> None:
    result = run("validate", rejected)
    assert result.exit_code == 1
    assert "UM02" in result.stdout
    assert f"{rejected}:19" in result.stdout


def test_one_unreadable_file_does_not_stop_the_others(rejected: Path) -> None:
    result = run("validate", "missing.edi", rejected, REQUEST)
    assert result.exit_code == 2
    assert "missing.edi cannot be read" in result.stderr
    assert f"{rejected}: rejected" in result.stdout
    assert f"{REQUEST}: accepted" in result.stdout


def test_a_directory_is_refused_with_a_hint() -> None:
    result = run("validate", VALID)
    assert result.exit_code == 2
    assert f"{VALID}/*.edi" in result.stderr


def test_json_is_one_document_of_the_published_schema(rejected: Path) -> None:
    result = run("validate", "--format", "json", REQUEST, "missing.edi", rejected)
    document = json.loads(result.stdout)
    jsonschema.validate(document, find_schema("validate"))
    assert [f["accepted"] for f in document["files"]] == [True, False]
    assert document["files"][1]["findings"][0]["value"] == "QQ"
    assert run("validate", "--json", REQUEST).stdout.startswith('{"schema"')


def test_summary_leaves_accepted_sets_out_of_json(rejected: Path) -> None:
    clean = json.loads(run("validate", "--json", "--summary", REQUEST).stdout)
    bad = json.loads(run("validate", "--json", "--summary", rejected).stdout)
    counts = [
        len(d["files"][0]["interchanges"][0]["groups"][0]["transactions"]) for d in (clean, bad)
    ]
    assert counts == [0, 1]
    assert run("validate", "--summary", rejected).stdout.count("\n") == 1


def test_max_findings_stops_listing_but_not_counting(rejected: Path) -> None:
    result = run("validate", "--json", "--max-findings", 0, rejected)
    found = json.loads(result.stdout)["files"][0]
    assert (found["findings"], found["errors"], found["unlisted"]) == ([], 1, 1)
    assert result.exit_code == 1


def test_quiet_says_nothing_about_accepted_files(rejected: Path) -> None:
    assert run("validate", "--quiet", REQUEST).output == ""
    assert "UM02" in run("validate", "--quiet", rejected).output


def test_stdin_is_a_file_called_dash() -> None:
    assert run("validate", "-", given=REQUEST.read_bytes()).stdout.startswith("-: accepted")


def test_a_profile_may_reject_what_the_guide_accepts(tmp_path: Path) -> None:
    path = tmp_path / "other-payer.edi"
    path.write_text(REQUEST.read_text().replace("PI*DEMOPAYER", "PI*OTHERPAYER"))
    assert run("validate", path).exit_code == 0
    result = run("validate", "--profile", "demo-payer", path)
    assert result.exit_code == 1
    assert "asked for by demo-payer" in result.stdout


def test_an_unknown_profile_is_a_configuration_error() -> None:
    result = run("validate", "--profile", "nobody", REQUEST)
    assert result.exit_code == 2
    assert "demo-payer" in result.stderr


def test_acknowledgements_are_written_beside_each_other_with_new_numbers(
    rejected: Path, tmp_path: Path
) -> None:
    answers = tmp_path / "answers"
    answers.mkdir()
    for _ in range(2):
        result = run("validate", "--ack-dir", answers, rejected, REQUEST)
        assert result.exit_code == 1
    written = sorted(answers.iterdir())
    assert [path.name for path in written] == [
        f"{REQUEST.name}.ack-2.edi",
        f"{REQUEST.name}.ack.edi",
        "rejected.edi.ack-2.edi",
        "rejected.edi.ack.edi",
    ]
    controls = {path.read_text().split("*")[13] for path in written}
    assert len(controls) == 4
    assert run("validate", *written).exit_code == 0
    assert "IK5*R*5~" in (answers / "rejected.edi.ack.edi").read_text()


def test_a_missing_ack_directory_is_said_before_anything_is_done() -> None:
    result = run("validate", "--ack-dir", "nowhere", REQUEST)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert not Path(".x12-pa").exists()


def test_what_build_writes_validate_accepts(tmp_path: Path) -> None:
    configured(tmp_path)
    assert run("build", "278", EXAMPLE, "--receiver", "PAYER", "-o", "a.edi").exit_code == 0
    assert run("validate", "a.edi").exit_code == 0


def test_a_registry_that_no_rule_asks_is_refused_and_not_ignored() -> None:
    result = run("validate", REQUEST, "--profile", "demo-payer", "--lookup", "npi=missing.csv")
    assert result.exit_code == 2
    assert "--lookup npi: no rule of a --profile asks that registry" in result.stderr
