"""Identifiers are assigned once, and every service gets a trace number."""

import json

from attrs import evolve

from tests.support import FIXTURES, NOW
from x12_pa.models import Identifiers, Trace, from_json, with_identifiers

GIVEN = Identifiers(reference="PA20261122-000417", originator="9CLINIC001", at=NOW)


def therapy():
    path = FIXTURES / "requests" / "example_dependent_therapy.json"
    return from_json(json.loads(path.read_text()))


def test_what_is_missing_is_filled_in():
    request = with_identifiers(evolve(therapy(), reference=None), lambda _: GIVEN)
    numbers = [level.traces[0].number for level in (request.event, *request.event.services)]
    assert (request.reference, request.created_on.isoformat(), request.created_at, numbers) == (
        "PA20261122-000417",
        "2026-11-22",
        "14:00",
        ["PA20261122-000417", "PA20261122-000417-1", "PA20261122-000417-2"],
    )


def test_what_is_there_stays():
    request = therapy()
    own = (Trace(number="MINE", originator="1123456789"),)
    request = evolve(request, event=evolve(request.event, traces=own))
    filled = with_identifiers(request, lambda _: GIVEN)
    assert (filled.reference, filled.event.traces) == ("PA-THER-0001", own)


def test_a_complete_request_uses_up_no_number():
    complete = with_identifiers(therapy(), lambda _: GIVEN)

    def never(_):
        raise AssertionError("nothing was missing")

    assert with_identifiers(complete, never) is complete
