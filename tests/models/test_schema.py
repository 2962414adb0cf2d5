"""The JSON Schema accepts what the reader accepts and knows what the guide knows."""

import json

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings

from tests.strategies import requests, responses
from tests.support import FIXTURES
from x12_pa.guides import load_guide
from x12_pa.models import ReviewRequest, ReviewResponse, json_schema, to_json

REQUEST, RESPONSE = load_guide("278-request"), load_guide("278-response")
PLAIN = jsonschema.Draft202012Validator(json_schema(ReviewRequest))
GUIDED = jsonschema.Draft202012Validator(json_schema(ReviewRequest, REQUEST))
ANSWER = jsonschema.Draft202012Validator(json_schema(ReviewResponse, RESPONSE))

few = settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def faults(schema, data):
    return [error.json_path for error in schema.iter_errors(data)]


def imaging():
    return json.loads((FIXTURES / "requests" / "example_imaging.json").read_text())


@pytest.mark.parametrize("schema", [PLAIN, GUIDED])
def test_it_is_a_schema_itself(schema):
    jsonschema.Draft202012Validator.check_schema(schema.schema)


@pytest.mark.parametrize("schema", [PLAIN, GUIDED])
@pytest.mark.parametrize("name", ["imaging", "dependent_therapy"])
def test_the_examples_are_accepted(schema, name):
    path = FIXTURES / "requests" / f"example_{name}.json"
    assert faults(schema, json.loads(path.read_text())) == []


@few
@given(requests(REQUEST))
def test_every_request_that_fits_the_guide_is_accepted(request):
    assert faults(GUIDED, to_json(request)) == []


@few
@given(responses(RESPONSE))
def test_every_response_that_fits_the_guide_is_accepted(response):
    assert faults(ANSWER, to_json(response)) == []


def test_a_missing_field_and_an_unknown_one_are_rejected():
    data = imaging()
    del data["requester"]
    data["event"]["colour"] = "red"
    assert faults(PLAIN, data) == ["$.event", "$"]


def test_with_a_guide_codes_and_lengths_are_checked():
    data = imaging()
    data["event"]["category"] = "XX"
    data["reviewer"]["name"] = "N" * 61
    assert (sorted(faults(GUIDED, data)), faults(PLAIN, data)) == (
        ["$.event.category", "$.reviewer.name"],
        [],
    )


def test_with_the_request_guide_there_is_no_field_for_a_decision():
    data = imaging()
    data["event"]["decision"] = {"action": "A1"}
    assert (faults(GUIDED, data), faults(PLAIN, data)) == (["$.event"], [])


def test_descriptions_name_the_element():
    event = GUIDED.schema["properties"]["event"]["properties"]
    assert "UM06" in event["level_of_service"]["description"]
