"""Schedules as people write them: CSV, JSON, JSON Lines; every fault with its place, no value."""

import json

import attrs
import jsonschema
import pytest

from tests.support import FIXTURES
from x12_pa.eligibility.schedule import COLUMNS, Check, read_schedule, schedule_schema
from x12_pa.models import InputProblem
from x12_pa.models.documents import CONVERTER

ROW = {
    "payer_id": "DEMOPAYER",
    "payer_name": "DEMO HEALTH PLAN",
    "provider_npi": "1000000012",
    "provider_name": "EXAMPLE CLINIC",
    "member_id": "MBR000101",
    "procedure": "73721",
    "service_date": "2026-12-05",
}


def rows(text, name="schedule"):
    return list(read_schedule(name, text.encode()))


def csv_of(*changes):
    """Return a CSV with a row per change of ROW."""
    made = [{**ROW, **each} for each in changes]
    names = list(dict.fromkeys(name for row in made for name in row))
    lines = [",".join(names), *(",".join(row.get(name, "") for name in names) for row in made)]
    return "\n".join(lines) + "\n"


def faults(text):
    return [str(p) for row in rows(text) if row.problem for p in row.problem.problems]


def test_csv_and_json_lines_and_an_array_hold_the_same_check():
    one = json.dumps(ROW)
    several = (csv_of({}), one, f"{one}\n{one}", f"[{one}]")
    found = {rows(text)[0].check for text in several}
    assert len(found) == 1
    (check,) = found
    assert check.asked_procedure.code == "73721"


def test_the_printed_columns_are_those_that_are_read():
    (row, *_) = read_schedule("s.csv", (FIXTURES / "eligibility" / "schedule.csv").read_bytes())
    assert row.check.reference == "APPT-1"
    assert set(schedule_schema()["properties"]) == set(COLUMNS)


def test_the_schema_takes_what_is_read_and_refuses_a_row_without_a_service():
    schema = schedule_schema()
    jsonschema.validate(ROW, schema)
    check = rows(json.dumps(ROW))[0].check
    jsonschema.validate(CONVERTER.unstructure(check), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({k: v for k, v in ROW.items() if k != "procedure"}, schema)


def test_a_fault_names_file_row_and_column_and_leaves_the_other_rows():
    found = rows(csv_of({}, {"service_date": "12/05/2026"}, {"member_id": "MBR000102"}), "may.csv")
    assert [row.check is not None for row in found] == [True, False, True]
    (problem,) = found[1].problem.problems
    assert str(problem) == "may.csv: row 3, column service_date: expected a date YYYY-MM-DD"


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"procedure": ""}, "procedure"),
        ({"procedure": "7"}, "procedure"),
        ({"member_id": ""}, "member_id"),
        ({"service_date": ""}, "service_date"),
        ({"payer_id": ""}, "payer_id"),
        ({"network": "maybe"}, "network"),
        ({"procedure": "100"}, "procedure"),
        ({"place_of_service": "2"}, "place_of_service"),
        ({"dependent_last_name": "TESTER"}, "dependent_birth_date"),
        ({"dependent_birth_date": "2015-02-03"}, "dependent_birth_date"),
        ({"dependent_relationship": "19"}, "dependent_relationship"),
    ],
)
def test_what_a_row_lacks_is_said_by_its_column(change, column):
    assert f"column {column}:" in faults(csv_of(change))[0]


def test_no_fault_repeats_a_value():
    secret = {"member_id": "MBR987654", "service_date": "MBR987654", "network": "MBR987654"}
    assert "987654" not in "".join(faults(csv_of(secret)))


def test_a_column_that_is_none_is_an_error_with_the_one_that_was_meant():
    with pytest.raises(InputProblem, match=r"column 6.*did you mean 'procedure'"):
        rows(csv_of({}).replace("procedure", "procedur"))


@pytest.mark.parametrize("text", ["", "\n\n", "Dear payer", "[]", "{", csv_of()])
def test_what_is_no_schedule_is_an_error(text):
    with pytest.raises(InputProblem):
        rows(text)


def test_a_procedure_may_name_its_list_and_modifiers():
    check = rows(csv_of({"procedure": "hc:73721:rt:50"}))[0].check
    found = check.asked_procedure
    assert (found.qualifier, found.code, found.modifiers) == ("HC", "73721", ("RT", "50"))


def test_names_and_ids_stay_out_of_what_is_printed_of_a_check():
    check = rows(csv_of({"subscriber_last_name": "FICTION"}))[0].check
    assert "FICTION" not in repr(check)
    assert "MBR000101" not in repr(check)


def test_every_column_says_what_it_holds():
    assert all(COLUMNS[each.name] for each in attrs.fields(Check))


def test_a_file_in_another_encoding_is_refused_with_its_line_and_not_guessed_at():
    text = csv_of({}, {"subscriber_last_name": "MÜLLER"}).encode("latin-1")
    with pytest.raises(InputProblem, match=r"line 3: not UTF-8 text"):
        list(read_schedule("schedule", text))


def test_what_a_spreadsheet_does_to_a_csv_is_undone():
    plain = csv_of({"subscriber_last_name": "FICTION", "place_of_service": "11"})
    header, row = plain.splitlines()
    written = (
        "\ufeff" + plain.replace("\n", "\r\n"),
        f"{header.upper()},,\n{row},,\n,,\n",
        plain.replace(",", ";"),
        plain.replace(",", "\t"),
    )
    assert {rows(text)[0].check for text in written} == {rows(plain)[0].check}


def test_a_row_keeps_its_number_below_empty_lines():
    above = [rows("\n\n" + text)[0].where for text in (csv_of({}), json.dumps(ROW) + "\n{}")]
    assert above == ["schedule: row 4", "schedule: line 3"]


def test_a_quotation_mark_that_is_not_closed_says_that_rows_may_be_missing():
    text = csv_of({}, {"payer_name": '"DEMO'}, {"member_id": "MBR000102"})
    (fault,) = faults(text)
    assert fault.startswith("schedule: row 3, column payer_name: holds a line break;")


def test_a_value_below_no_name_of_a_column_is_a_fault():
    header, row = csv_of({}).splitlines()
    (fault,) = faults(f"{header},\n{row},11\n")
    assert fault == "schedule: row 2: has more cells than the header"


def test_a_line_that_is_no_object_leaves_the_others():
    lines = [json.dumps(ROW), "null", "{", json.dumps({**ROW, "member_id": "A\u2028B"})]
    found = rows("\n".join(lines).encode().decode())
    assert [row.check is not None for row in found] == [True, False, False, True]


def test_blanks_case_and_empty_text_make_no_other_question():
    same = {**ROW, "member_id": " MBR000101 ", "service_type": "", "procedure": "73721"}
    lower = {**ROW, "procedure": "hc:73721:rt"}
    assert rows(json.dumps(same))[0].check == rows(json.dumps(ROW))[0].check
    assert rows(json.dumps(lower))[0].check.procedure == "HC:73721:RT"
