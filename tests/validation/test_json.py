"""The published JSON keeps its shape, streams, and hides what must be hidden."""

import json

import jsonschema
import pytest

from tests.validation.defects import BAD, VALID, judged, read
from x12_pa.cli.schema import find_schema
from x12_pa.validation import validate
from x12_pa.validation.render import render_json

SCHEMA = find_schema("validate")
CODES = sorted(path.name.partition(".")[0] for path in BAD.glob("[XP]*.txt"))
SECRETS = ["TESTER", "BRAVO", "MBR000101", "19470202", "NOWHERE", "SAMPLETOWN"]


def document(*results, **options):
    return json.loads("".join(render_json(results, **options)))


@pytest.mark.parametrize("code", CODES)
def test_report_of_each_code_fits_the_schema(code):
    found = document(judged(code))
    jsonschema.validate(found, SCHEMA)
    assert [item["code"] for item in found["files"][0]["findings"]] == [code]


def test_report_of_valid_files_fits_the_schema():
    results = [validate(path.read_bytes(), path=path.name) for path in sorted(VALID.glob("*.edi"))]
    found = document(*results)
    jsonschema.validate(found, SCHEMA)
    assert len(found["files"]) == len(results)


@pytest.mark.parametrize("code", CODES)
def test_names_identifiers_and_birth_dates_are_hidden(code):
    written = "".join(render_json([judged(code)]))
    assert [word for word in SECRETS if word in written] == []


def test_values_are_shown_on_demand():
    shown = document(validate(read("X216"), show_phi=True))["files"][0]["findings"][0]
    hidden = document(validate(read("X216")))["files"][0]["findings"][0]
    assert (shown["value"], hidden["value"]) == ("19471345", None)


def test_summary_leaves_accepted_sets_out():
    data = read("X124")
    full = document(validate(data))["files"][0]["interchanges"][0]["groups"][0]
    short = document(validate(data), summary_only=True)["files"][0]["interchanges"][0]["groups"][0]
    assert (len(full["transactions"]), len(short["transactions"])) == (3, 1)


def test_findings_that_are_not_listed_are_counted():
    data = (VALID / "837p-three-sets.edi").read_text().replace("XX*10000000", "XX*10000001")
    result = validate(data.encode(), max_findings=2)
    found = document(result)["files"][0]
    assert len(found["findings"]) == 2
    assert found["errors"] == len(found["findings"]) + found["unlisted"]
