"""Requests from CSV."""

import json

import jsonschema
import pytest

from tests.support import FIXTURES
from x12_pa.guides import load_guide
from x12_pa.models import InputProblem, csv_schema, from_csv, from_json, placed_from_csv
from x12_pa.models.spreadsheet import COLUMNS

HEAD = (
    "reference,reviewer_name,reviewer_id,requester_name,requester_first_name,requester_npi,"
    "subscriber_last_name,subscriber_first_name,subscriber_birth_date,subscriber_gender,member_id,"
    "category,certification_type,service_type,place_of_service,release_of_information,event_date,"
    "diagnoses,provider_name,provider_npi,service_date,procedure,modifiers,unit,count\n"
)
ROW = (
    "PA-1,EXAMPLE HEALTH PLAN,EXHP01,SAMPLEDOC,AVERY,1234567893,TESTPATIENT,IMOGEN,1980-02-29,F,"
    "MBR000123,HS,I,62,22,Y,2026-12-01/2026-12-31,M25.561,EXAMPLE IMAGING CENTER,1245319599,"
    "2026-12-01/2026-12-31,73721,RT,UN,1\n"
)
MORE = "PA-1" + "," * 19 + ",2026-12-08,HC:97110,,UN,12\n"


def problems(text):
    with pytest.raises(InputProblem) as caught:
        from_csv(text)
    return {problem.path: problem.message for problem in caught.value.problems}


def test_a_row_is_the_same_request_as_the_json_example():
    data = json.loads((FIXTURES / "requests" / "example_imaging.json").read_text())
    del data["requester"]["contact"]
    assert from_csv(HEAD + ROW) == [from_json({**data, "reference": "PA-1"})]


def test_rows_with_the_same_reference_are_one_request():
    (request,) = from_csv(HEAD + ROW + MORE)
    codes = [service.professional.procedure.code for service in request.event.services]
    assert codes == ["73721", "97110"]


def test_rows_without_a_reference_are_requests_of_their_own():
    assert len(from_csv(HEAD + ROW.replace("PA-1", "") * 2)) == 2


def test_any_field_can_be_named_by_its_path():
    head = HEAD.strip() + ",event.admission.type,service.professional.epsdt,subscriber.gender\n"
    (request,) = from_csv(head + ROW.strip() + ",2,N,F\n")
    assert (request.event.admission.type, request.event.services[0].professional.epsdt) == (
        "2",
        False,
    )


def test_a_request_without_service_columns_has_no_services():
    (request,) = from_csv(HEAD + ROW.replace("2026-12-01/2026-12-31,73721,RT,UN,1", ",,,,"))
    assert request.event.services == ()


def test_several_diagnoses_the_first_principal():
    (request,) = from_csv(HEAD + ROW.replace("M25.561", "M25.561;R2689;APR:S83"))
    assert [(d.type, d.code) for d in request.event.diagnoses] == [
        ("ABK", "M25561"),
        ("ABF", "R2689"),
        ("APR", "S83"),
    ]


def test_a_byte_order_mark_and_crlf_are_read():
    text = (HEAD + ROW).replace("\n", "\r\n")
    assert len(from_csv(b"\xef\xbb\xbf" + text.encode())) == 1


def test_rows_that_disagree_are_reported_with_row_and_column():
    other = ROW.replace("MBR000123", "MBR000999")
    assert problems(HEAD + ROW + other) == {
        "row 3, column member_id": "differs from an earlier row of this request"
    }


def test_a_bad_value_is_reported_with_its_row():
    assert list(problems(HEAD + ROW + MORE.replace("2026-12-08", "8 DEC"))) == [
        "row 3: event.services[1].service_date"
    ]


def test_an_unknown_column_is_answered_with_the_one_that_was_meant():
    for written, meant in (("procedur", "procedure"), ("Member ID", "member_id")):
        found = problems(f"reference,{written}\n")
        assert found["row 1"] == f"'{written}' is no column; did you mean '{meant}'?"
        assert "x12-pa schema request-csv" in found["known columns"]


def test_a_column_that_nobody_could_mean_is_not_repeated_and_the_known_ones_are_named():
    found = problems("reference,TESTPATIENT\n")
    assert found["row 1, column 2"] == "is not named by a short name or a JSON path"
    assert "member_id" in found["known columns"]
    assert "TESTPATIENT" not in str(found)


def test_each_request_is_yielded_with_its_rows():
    text = HEAD + ROW + MORE + ROW.replace("PA-1", "PA-2") + ROW.replace("PA-1", "PA-3") + MORE
    assert [place for place, _ in placed_from_csv(text)] == ["rows 2, 3, 6", "row 4", "row 5"]
    assert [place for place, _ in placed_from_csv(HEAD + ROW + MORE)] == ["rows 2 to 3"]


def test_the_example_has_every_kind_of_row():
    requests = from_csv((FIXTURES / "requests" / "example_services.csv").read_bytes())
    assert [len(request.event.services) for request in requests] == [2, 1, 0]


def test_the_schema_of_a_row_explains_every_short_column():
    schema = csv_schema(load_guide("278-request"))
    assert set(schema["properties"]) == {"reference", *COLUMNS}
    for name, cell in schema["properties"].items():
        assert not cell["description"].startswith("Path"), name
    assert "I" in schema["properties"]["certification_type"]["enum"]
    row = dict(zip(HEAD.strip().split(","), ROW.strip().split(","), strict=True))
    jsonschema.validate({**row, "event.admission.type": "2"}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**row, "Member ID": "2"}, schema)


def test_a_column_may_not_stand_there_twice():
    assert problems("reference, member_id,member_id\n") == {
        "row 1": "column 'member_id' stands there twice"
    }


def test_a_row_with_more_cells_than_the_header_is_reported():
    assert problems(HEAD + ROW.strip() + ",extra\n") == {"row 2": "has more cells than the header"}


def test_an_empty_file_asks_for_a_header():
    assert list(problems("")) == ["row 1"]


def test_every_short_column_leads_to_a_field():
    names = [name for name in COLUMNS if "procedure" not in name and name != "diagnoses"]
    values = {"service_date": "2026-12-01", "modifiers": "RT", "count": "1"}
    cells = [values.get(n, "2026-12-01" if n.endswith("date") else "1") for n in names]
    text = ",".join([*names, "procedure", "institutional_procedure", "dental_procedure"])
    (request,) = from_csv(f"{text}\n{','.join(cells)},73721,99213,D0120\n")
    assert request.event.services[0].dental.procedure.qualifier == "AD"


def test_a_cell_beyond_all_bounds_is_no_csv():
    assert problems(HEAD + "X" * 200_000 + "\n")[""].startswith("not CSV")


def test_a_path_column_takes_one_value_and_no_list():
    text = HEAD.replace("diagnoses", "event.diagnoses") + ROW
    assert problems(text) == {"row 2: event.diagnoses": "expected a list in brackets"}
