"""JSON in and out: strict, complete, and helpful about what is wrong."""

import json
from decimal import Decimal

import pytest

from tests.support import FIXTURES
from x12_pa.errors import DocumentError
from x12_pa.models import (
    InputProblem,
    ReviewResponse,
    from_json,
    from_json_lines,
    to_json,
)

EXAMPLES = sorted((FIXTURES / "requests").glob("example_*.json"))


def problems(source, read=from_json):
    with pytest.raises(InputProblem) as caught:
        read(source)
    return {problem.path: problem.message for problem in caught.value.problems}


def imaging(**changes):
    data = json.loads((FIXTURES / "requests" / "example_imaging.json").read_text())
    for path, value in changes.items():
        *above, last = path.split("__")
        here = data
        for step in above:
            here = here[int(step) if step.isdigit() else step]
        here[last] = value
    return data


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_writing_what_was_read_adds_only_defaults(path):
    data = json.loads(path.read_text())
    again = to_json(from_json(data))
    del again["purpose"], again["subscriber"]["member_id_type"]
    assert again == data


def test_amounts_are_read_from_numbers_and_written_as_strings():
    text = json.dumps(imaging()).replace('"count": "1"', '"count": 2.50')
    service = from_json(text).event.services[0].professional
    assert service.count == Decimal("2.50")
    assert (
        json.loads(json.dumps(to_json(from_json(text))))["event"]["services"][0]["professional"][
            "count"
        ]
        == "2.50"
    )


def test_empty_text_in_an_optional_field_is_no_value():
    assert from_json(imaging(event__service_type="")).event.service_type is None


def test_all_faults_are_reported_at_once_each_with_its_path():
    found = problems(
        imaging(
            reviewer__role=3,
            subscriber=[],
            event__event_date="12/01/2026",
            event__diagnoses={"type": "ABK"},
            event__services__0__professional={"count": "many"},
        )
    )
    assert found == {
        "reviewer.role": "expected text in quotation marks",
        "subscriber": "expected an object in braces",
        "event.event_date": "expected a date YYYY-MM-DD or two as YYYY-MM-DD/YYYY-MM-DD",
        "event.diagnoses": "expected a list in brackets",
        "event.services[0].professional.procedure": "is missing; this field is required",
        "event.services[0].professional.count": 'expected a number such as 12 or "120.50"',
    }


def test_a_misspelt_field_is_answered_with_the_one_that_was_meant():
    data = imaging()
    data["event"]["servises"] = data["event"].pop("services")
    assert problems(data) == {"event": "'servises' is not a field here; did you mean 'services'?"}


def test_codes_must_be_text_because_numbers_lose_their_zeros():
    assert problems(imaging(event__level_of_service=3)) == {
        "event.level_of_service": "expected text in quotation marks"
    }


@pytest.mark.parametrize("value", ["X", 3, [], True])
def test_what_must_be_an_object_is_nothing_else(value):
    found = problems(imaging(subscriber=value, reviewer__address=value))
    assert found == dict.fromkeys(
        ("reviewer.address", "subscriber"), "expected an object in braces"
    )


def test_a_single_text_is_no_list_of_letters():
    found = problems(imaging(event__related_causes="AA"))
    assert found == {"event.related_causes": "expected a list in brackets"}


def test_yes_and_no_are_true_and_false():
    found = problems(imaging(event__conditions=[{"category": "07", "applies": "Y"}]))
    assert found == {"event.conditions[0].applies": "expected true or false"}


def test_without_a_kind_nothing_is_guessed():
    assert problems({}) == {"kind": "expected one of review_request, review_response"}


@pytest.mark.parametrize("source", ["[1]", "3", '"x"', "null"])
def test_json_that_is_no_object_is_refused(source):
    assert "" in problems(source)


def test_text_that_is_no_json_is_refused_with_its_place():
    assert list(problems('{"kind":\n review}')) == ["line 2, column 2"]


def test_messages_never_show_what_was_in_the_fields():
    found = problems(imaging(subscriber__birth_date="SECRET", subscriber__member_id=987654))
    assert "SECRET" not in str(found)
    assert "987654" not in str(found)


def test_records_do_not_print_names_and_numbers_of_people():
    shown = repr(from_json(imaging()))
    assert not [word for word in ("TESTPATIENT", "MBR000123", "1980", "SAMPLEDOC") if word in shown]


def test_lines_arrays_and_single_objects_are_all_read():
    one = json.dumps(imaging())
    assert [
        len(from_json_lines(text)) for text in (one, f"{one}\n\n{one}\n", f"[{one},{one}]")
    ] == [
        1,
        2,
        2,
    ]


def test_a_fault_in_json_lines_names_its_line():
    good, bad = json.dumps(imaging()), json.dumps(imaging(event__category=1))
    found = problems(f"{good}\n{bad}\n{{", from_json_lines)
    assert found["line 2: event.category"] == "expected text in quotation marks"
    assert any(path.startswith("line 3") for path in found)


def test_a_response_needs_no_more_than_its_reviewer():
    data = {"kind": "review_response", "reviewer": {"role": "X3", "identifier": "EXHP01"}}
    assert isinstance(from_json(data), ReviewResponse)


def test_an_input_problem_is_a_document_error_for_the_exit_code():
    with pytest.raises(DocumentError):
        from_json("{")
