"""`x12-pa eligibility read`."""

import json

import jsonschema
import pytest

from tests.cli.support import run
from tests.eligibility.support import fixture
from tests.support import FIXTURES
from x12_pa.cli.schema import find_schema


def rows(*args):
    document = json.loads(run("eligibility", "read", "--json", *args).stdout)
    assert document["schema"] == "x12-pa/eligibility/1"
    return document["responses"]


@pytest.mark.parametrize(
    "path", sorted((FIXTURES / "eligibility").glob("*.edi")), ids=lambda path: path.stem
)
def test_the_output_is_what_its_schema_says(path):
    document = json.loads(run("eligibility", "read", "--json", path).stdout)
    jsonschema.validate(document, find_schema("eligibility"))


def test_json_holds_the_answer_with_its_evidence():
    (row,) = rows("--service-type", "98", fixture("authorization-by-scope"))
    (answer,) = row["answers"]
    said = answer["authorization"]
    assert said["required"] == "unknown"
    assert said["statements"][0]["evidence"]["number"] == 21


def test_the_day_can_be_asked_for():
    (row,) = rows("--date", "2027-01-01", "--service-type", "30", fixture("two-plans"))
    assert [a["coverage"]["state"] for a in row["answers"]] == ["inactive", "inactive"]


def test_a_procedure_with_its_modifier_can_be_asked_for():
    (row,) = rows(
        "--procedure", "HC:70551:26", "--network", "in", fixture("authorization-by-scope")
    )
    assert row["answers"][0]["authorization"]["required"] == "no"


def test_without_a_service_every_service_that_is_named_is_answered():
    (row,) = rows(fixture("limits"))
    types = [answer["service"]["service_type"] for answer in row["answers"]]
    assert types == ["30", "PT", "AD", "AF", "62"]


def test_the_text_says_not_said_and_where():
    text = run(
        "eligibility", "read", "--service-type", "33", fixture("authorization-by-scope")
    ).stdout
    assert "authorization required: not said" in text
    assert "[2110C EB, segment 12]" in text


def test_names_ids_and_free_text_are_masked():
    hidden = run("eligibility", "read", fixture("free-text-only"))
    shown = run("eligibility", "read", "--show-phi", fixture("free-text-only"))
    for canary in ("MBR000105", "FICTION", "IMAGING"):
        assert canary not in hidden.stdout
    for wanted in ("MBR000105", "IMAGING"):
        assert wanted in shown.stdout


def test_a_rejection_is_exit_code_1_and_says_what_to_do():
    result = run("eligibility", "read", fixture("rejected-subscriber"))
    assert result.exit_code == 1
    assert "correct and send again; field person.birth_date" in result.stdout


def test_an_inquiry_is_left_out_and_named():
    result = run("eligibility", "read", "fixtures/valid/270.edi")
    assert result.exit_code == 1
    assert "is an inquiry, no answer" in result.stderr


def test_a_day_that_is_none_is_wrong_usage():
    assert run("eligibility", "read", "--date", "June", fixture("limits")).exit_code == 2


def test_a_file_that_is_cut_off_is_read_and_said_to_be_not_whole(tmp_path):
    cut = tmp_path / "cut.edi"
    text = fixture("two-plans").read_text()
    cut.write_text(text[: text.index("EB*CB")])
    result = run("eligibility", "read", str(cut))
    assert result.exit_code == 1
    assert "is not whole: it has no SE segment" in result.stderr
    told = run("eligibility", "read", str(cut), "--json").stdout
    assert json.loads(told)["responses"][0]["lack"] == "it has no SE segment"
    assert "coverage: active" in result.stdout


def test_a_set_that_lost_a_segment_is_said_to_be_not_whole(tmp_path):
    lost = tmp_path / "lost.edi"
    lines = fixture("two-plans").read_text().splitlines(keepends=True)
    lost.write_text("".join(line for line in lines if not line.startswith("DMG")))
    assert "SE01 does not count its" in run("eligibility", "read", str(lost)).stderr
