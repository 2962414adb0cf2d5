"""`parse` and `schema` for 270 and 271, on our own files and on those of others."""

import json
import re

import jsonschema
import pytest

from tests.cli.support import run
from tests.support import FIXTURES, reference_dir
from x12_pa.guides import load_guide
from x12_pa.models import (
    EligibilityInquiry,
    EligibilityResponse,
    build_eligibility,
    eligibility_from_json,
    json_schema,
    parse_eligibility,
)
from x12_pa.models.documents import ELIGIBILITY_KINDS
from x12_pa.syntax import read_transactions
from x12_pa.validation import validate

GUIDES = {"eligibility_inquiry": "270", "eligibility_response": "271"}
OWN = [FIXTURES / "valid" / "270.edi", *sorted((FIXTURES / "eligibility").glob("*.edi"))]


def parsed(path):
    return [json.loads(line) for line in run("parse", path).stdout.splitlines()]


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.stem)
def test_what_parse_prints_fits_the_schema_that_schema_prints(path):
    for data in parsed(path):
        schema = json.loads(run("schema", data["kind"]).stdout)
        jsonschema.validate(data, schema)


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.stem)
def test_a_record_that_went_through_json_builds_the_same_set(path):
    with path.open("rb") as stream:
        transactions = list(read_transactions(stream))
    for transaction, data in zip(transactions, parsed(path), strict=True):
        record = eligibility_from_json(data)
        built = build_eligibility(record, load_guide(GUIDES[data["kind"]]), control="0001")
        again = build_eligibility(
            parse_eligibility(transaction), load_guide(transaction.id), control="0001"
        )
        assert [item.text for item in built] == [item.text for item in again]


def test_schema_lists_the_kinds_of_eligibility():
    assert set(GUIDES) <= set(run("schema").stdout.split())


def test_the_schema_of_an_inquiry_has_only_what_a_270_has():
    inquiry = json_schema(EligibilityInquiry, load_guide("270"))
    response = json_schema(EligibilityResponse, load_guide("271"))
    assert inquiry["properties"]["purpose"]["enum"] == ["01", "13"]
    assert "rejects" not in json.dumps(inquiry)
    assert "rejects" in json.dumps(response)


def samples(kind):
    return sorted((reference_dir() / "eligibility" / "samples").glob(f"{kind}_*.edi"))


def test_every_published_file_parses_to_its_kind_and_goes_through_json():
    for path in [*samples("270"), *samples("271")]:
        with path.open("rb") as stream:
            transactions = list(read_transactions(stream))
        found = parsed(path)
        assert len(found) == len(transactions) > 0, path.name
        for transaction, data in zip(transactions, found, strict=True):
            assert ELIGIBILITY_KINDS[data["kind"]] is type(parse_eligibility(transaction))
            assert eligibility_from_json(data) == parse_eligibility(transaction), path.name
            jsonschema.validate(data, json_schema(ELIGIBILITY_KINDS[data["kind"]]))


def index_rows():
    """Yield (file, remarks of the table check) of the 270 samples."""
    text = (reference_dir() / "eligibility" / "samples" / "INDEX.md").read_text()
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 6 and cells[1] == "270":
            yield cells[0], cells[5]


NOT_IN_TABLE = {"X207"}
"""A level that promises children and has none: the index does not look there."""


def test_inquiries_of_others_have_the_faults_that_the_index_names():
    rows = dict(index_rows())
    assert len(rows) == 14
    for name, remarks in rows.items():
        findings = validate(
            (reference_dir() / "eligibility" / "samples" / name).read_bytes()
        ).findings
        told = {f.element or f.segment for f in findings}
        inside = {f.code for f in findings if f.loop and f.code.startswith("X2")} - NOT_IN_TABLE
        assert bool(inside) == bool(re.search(r"\b2[01]\d", remarks)), name
        assert told >= set(re.findall(r"\b[A-Z][A-Z0-9]{1,2}\d\d(?=:)", remarks)), name
        for segment in re.findall(r"UNPLACED ([A-Z0-9]+)\*", remarks):
            assert any(one.startswith(segment) for one in told), (name, segment)
