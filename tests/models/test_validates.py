"""What is built is what the validator accepts."""

import json

import pytest
from hypothesis import HealthCheck, given, settings

from tests.strategies import requests, responses
from tests.support import FIXTURES, NOW
from x12_pa.guides import load_guide
from x12_pa.models import Identifiers, build_request, build_response, from_json, with_identifiers
from x12_pa.syntax import Envelope, GroupContent, build_interchange
from x12_pa.validation import validate

REQUEST, RESPONSE = load_guide("278-request"), load_guide("278-response")

some = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def errors(segments):
    envelope = Envelope(
        sender_qualifier="ZZ",
        sender_id="CLINIC001",
        receiver_qualifier="ZZ",
        receiver_id="EXHP01",
        control=1,
        usage="T",
        at=NOW,
    )
    group = GroupContent(
        functional_id="HI",
        sender="CLINIC001",
        receiver="EXHP01",
        control=1,
        version="005010X217",
        at=NOW,
        transactions=[segments],
    )
    found = validate(build_interchange(envelope, [group]), max_snip=2).findings
    return [f"{f.code} {f.loop} {f.element}" for f in found if f.severity == "error"]


@pytest.mark.parametrize("name", ["imaging", "dependent_therapy"])
def test_the_examples_build_clean(name):
    data = json.loads((FIXTURES / "requests" / f"example_{name}.json").read_text())
    given_ids = Identifiers(reference="PA-1", originator="9CLINIC001", at=NOW)
    request = with_identifiers(from_json(data), lambda _: given_ids)
    assert errors(build_request(request, REQUEST)) == []


@some
@given(requests(REQUEST))
def test_a_request_that_fits_the_guide_has_no_structural_error(request):
    assert errors(build_request(request, REQUEST)) == []


@some
@given(responses(RESPONSE))
def test_a_response_that_fits_the_guide_has_no_structural_error(response):
    assert errors(build_response(response, RESPONSE)) == []
