"""`build` and `parse`: from records to X12 and back."""

import json
from pathlib import Path

import pytest

from tests.cli.support import EXAMPLE, REQUEST, VALID, configured, run
from tests.support import FIXTURES

FAMILY = FIXTURES / "requests" / "by-family" / "therapy.jsonl"


@pytest.fixture(autouse=True)
def identity(tmp_path: Path) -> None:
    configured(tmp_path)


def test_what_is_built_parses_to_what_was_given() -> None:
    assert run("build", "278", FAMILY, "--profile", "demo-payer", "-o", "a.edi").exit_code == 0
    given = [json.loads(line) for line in FAMILY.read_text().splitlines() if line]
    parsed = [json.loads(line) for line in run("parse", "a.edi").stdout.splitlines()]
    assert len(parsed) == len(given)
    assert [p["reference"] for p in parsed] == [g["reference"] for g in given]
    for before, after in zip(given, parsed, strict=True):
        assert before["subscriber"].items() <= after["subscriber"].items()


def test_a_spreadsheet_makes_one_request_of_the_rows_with_one_reference() -> None:
    columns = {
        "reference": "R1",
        "reviewer_name": "EXAMPLE HEALTH PLAN",
        "reviewer_id": "EXHP01",
        "requester_name": "EXAMPLE CLINIC",
        "requester_npi": "1234567893",
        "member_id": "MBR000123",
        "subscriber_last_name": "TESTPATIENT",
        "subscriber_first_name": "IMOGEN",
        "category": "HS",
        "certification_type": "I",
        "service_type": "62",
        "diagnoses": "M25561",
        "service_date": "2026-12-01",
        "procedure": "73721",
        "unit": "UN",
        "count": "1",
    }
    rows = [columns, columns | {"procedure": "73722"}]
    lines = [",".join(columns), *(",".join(row.values()) for row in rows)]
    Path("r.csv").write_text("\n".join(lines))
    built = run("build", "278", "r.csv", "--receiver", "PAYER", "-o", "a.edi")
    assert built.exit_code == 0, built.stderr
    [parsed] = [json.loads(line) for line in run("parse", "a.edi").stdout.splitlines()]
    services = parsed["event"]["services"]
    assert [s["professional"]["procedure"]["code"] for s in services] == ["73721", "73722"]


def test_stdout_holds_the_interchange_and_nothing_else() -> None:
    result = run("build", "278", "-", "--receiver", "30:PAYER01", given=EXAMPLE.read_bytes())
    assert result.stdout.startswith("ISA*00*")
    assert result.stdout.rstrip().endswith("~")
    assert "*30*PAYER01  " in result.stdout
    assert "1 transaction set" in result.stderr


def test_control_numbers_and_references_never_repeat() -> None:
    record = json.loads(EXAMPLE.read_text())
    del record["reference"]
    Path("r.json").write_text(json.dumps(record))
    built = [run("build", "278", "r.json", "--receiver", "PAYER").stdout for _ in range(2)]
    assert len({text.split("*")[13] for text in built}) == 2
    assert len({text.split("BHT*")[1].split("*")[2] for text in built}) == 2


def test_what_would_be_rejected_is_not_written_and_takes_no_number() -> None:
    refused = run("build", "278", EXAMPLE, "--profile", "demo-payer", "-o", "a.edi")
    assert refused.exit_code == 1
    assert "NM109" in refused.stderr
    assert not Path("a.edi").exists()
    built = run("build", "278", FAMILY, "--profile", "demo-payer").stdout
    assert built.split("*")[13] == "000000001"


def test_a_refusal_as_json_has_the_findings_on_stdout() -> None:
    result = run("build", "278", EXAMPLE, "--profile", "demo-payer", "--json")
    assert result.exit_code == 1
    document = json.loads(result.stdout)
    assert document["files"][0]["findings"][0]["element"] == "NM109"


def test_a_faulty_record_is_told_with_the_paths_of_all_faults() -> None:
    record = json.loads(EXAMPLE.read_text())
    record["subscriber"]["birth_date"] = "29/02/1980"
    del record["event"]["category"]
    Path("r.json").write_text(json.dumps(record))
    result = run("build", "278", "r.json", "--receiver", "PAYER")
    assert result.exit_code == 2
    assert "subscriber.birth_date" in result.stderr
    assert "29/02/1980" not in result.stderr


def test_without_receiver_or_identity_nothing_is_guessed(tmp_path: Path) -> None:
    assert "ISA08" in run("build", "278", EXAMPLE).stderr
    (tmp_path / "x12-pa.toml").unlink()
    result = run("build", "278", EXAMPLE, "--receiver", "PAYER")
    assert result.exit_code == 2
    assert "[identity]" in result.stderr


def test_x12_as_input_is_answered_with_the_right_commands() -> None:
    result = run("build", "278", REQUEST, "--receiver", "PAYER")
    assert result.exit_code == 2
    assert "submit" in result.stderr


def test_an_existing_file_is_replaced_and_a_directory_is_not() -> None:
    Path("out.edi").write_text("old")
    assert run("build", "278", EXAMPLE, "--receiver", "PAYER", "-o", "out.edi").exit_code == 0
    assert Path("out.edi").read_text().startswith("ISA")
    Path("folder").mkdir()
    for target in ("folder", "nowhere/out.edi"):
        assert run("build", "278", EXAMPLE, "--receiver", "P1", "-o", target).exit_code == 2


def test_parse_gives_requests_and_responses_by_kind() -> None:
    kinds = [
        json.loads(run("parse", VALID / name).stdout)["kind"]
        for name in ("278-request-dependent.edi", "278-response-mixed.edi")
    ]
    assert kinds == ["review_request", "review_response"]


def test_parse_names_the_sets_that_it_leaves_out() -> None:
    result = run("parse", VALID / "837p.edi")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "left out" in result.stderr
