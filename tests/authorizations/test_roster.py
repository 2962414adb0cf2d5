"""What a roster says of a provider on a day, and what a file with faults is refused for."""

from datetime import date

import pytest

from tests.support import FIXTURES
from x12_pa.authorizations.enrolment import enrolment_findings, providers_named
from x12_pa.authorizations.roster import Asked, Enrolment, Roster
from x12_pa.authorizations.roster_reading import read_roster
from x12_pa.errors import ConfigError

NPI, OTHER = "1000000012", "1000000038"
TODAY = date(2026, 11, 22)
VALID = FIXTURES / "valid"


def row(**given):
    return Enrolment(**{"npi": NPI, "payer": "DEMOPAYER", **given})


def standing(*rows, day=TODAY, **asked):
    said = Asked(**{"npi": NPI, "payer": "DEMOPAYER", **asked})
    return Roster(name="roster.csv", rows=rows).standing(said, day)


@pytest.mark.parametrize(
    ("rows", "asked", "told"),
    [
        ([row()], {}, "enrolled"),
        ([row(payer="demopayer")], {}, "enrolled"),
        ([row(effective=TODAY, term=TODAY)], {}, "enrolled"),
        ([row(effective=date(2026, 11, 23))], {}, "not enrolled"),
        ([row(term=date(2026, 11, 21))], {}, "not enrolled"),
        ([row(status="pending")], {}, "pending"),
        ([row(status="pending", effective=date(2027, 1, 1))], {}, "pending"),
        ([row(status="pending", term=date(2026, 1, 1))], {}, "not enrolled"),
        ([row(status="pending"), row()], {}, "enrolled"),
        ([row(npi=OTHER)], {}, "not enrolled"),
        ([row(payer="ELSE")], {}, "unknown"),
        ([row(plan="GOLD")], {}, "enrolled"),
        ([row(plan="GOLD")], {"plan": "gold"}, "enrolled"),
        ([row(plan="GOLD")], {"plan": "SILVER"}, "not enrolled"),
        ([row(location="43004")], {"location": "430041234"}, "enrolled"),
        ([row(location="43004")], {"location": "10001"}, "not enrolled"),
        ([row(taxonomy="207X00000X")], {"taxonomy": "208D00000X"}, "not enrolled"),
    ],
)
def test_where_a_provider_stands(rows, asked, told):
    assert standing(*rows, **asked).standing == told


def test_the_reason_names_the_day_that_is_nearest():
    ended = [row(term=date(2025, 6, 30), row=2), row(term=date(2026, 6, 30), row=3)]
    assert standing(*ended).why == "the enrolment ended 2026-06-30"
    assert standing(*ended).row == 3
    to_come = [row(effective=date(2027, 6, 1)), row(effective=date(2027, 1, 1))]
    assert standing(*to_come).why == "the enrolment begins 2027-01-01"


FAULTY = """npi,payer,effective,term,status
1000000012,DEMOPAYER,2026-01-01,2025-12-31,enrolled
1000000013,DEMOPAYER,,,enrolled
1000000012,,01/02/2026,,waiting
"""


def test_every_fault_names_file_row_and_column(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text(FAULTY)
    with pytest.raises(ConfigError) as told:
        read_roster(path)
    lines = [line.strip() for line in str(told.value).splitlines()[1:]]
    assert [line.removeprefix(f"{path}, ").partition(":")[0] for line in lines] == [
        "row 2, column term",
        "row 3, column npi",
        "row 4, column payer",
        "row 4, column effective",
        "row 4, column status",
    ]


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("r.csv", "npi,payor\n", r"did you mean 'payer'\?"),
        ("r.csv", "npi\n", "column payer is missing"),
        ("r.csv", "npi,payer,payer\n", "stands twice"),
        ("r.csv", "npi,payer\n1000000012\n", "row 2: 1 cells; 2 were expected"),
        ("r.json", "{}", "a list of rows"),
        ("r.json", "[[]]", "row 1: an object"),
        ("r.json", "[", "is not JSON"),
        ("r.json", '[{"npi": 1000000012, "payer": "P", "x": 1}]', "1 names are not columns"),
    ],
)
def test_what_is_no_roster_is_refused(tmp_path, name, text, told):
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(ConfigError, match=told):
        read_roster(path)


def test_csv_and_json_say_the_same(tmp_path):
    (tmp_path / "r.csv").write_text("payer,npi,status\nDEMOPAYER,1000000012,Pending\n")
    (tmp_path / "r.json").write_text(
        '[{"payer": "DEMOPAYER", "npi": "1000000012", "status": "pending"}]'
    )
    one, other = read_roster(tmp_path / "r.csv"), read_roster(tmp_path / "r.json")
    asked = Asked(npi=NPI, payer="DEMOPAYER")
    assert one.standing(asked, TODAY).standing == "pending"
    assert other.standing(asked, TODAY).standing == "pending"


def named(name, *rows):
    source = (VALID / name).read_bytes()
    roster = Roster(name="roster.csv", rows=rows)
    return [
        (each.use.parent.id, each.element, each.day.isoformat(), each.verdict.standing)
        for each in providers_named(source, roster, TODAY)
    ]


def test_an_inquiry_names_its_provider_once_for_each_patient_who_is_asked_about():
    assert named("270.edi", row(effective=date(2026, 12, 1))) == [
        ("2100B", "NM109", "2026-12-05", "enrolled"),
        ("2100B", "NM109", "2026-12-05", "enrolled"),
    ]


def test_a_request_names_the_requester_and_the_providers_of_event_and_service():
    found = named("278-request-services.edi", row())
    assert {loop for loop, *_ in found} >= {"2010B"}
    assert all(day != TODAY.isoformat() for *_, day, _ in found)


@pytest.mark.parametrize("name", ["837p.edi", "837i.edi", "837d.edi"])
def test_a_claim_names_its_billing_provider_on_the_day_of_the_service(name):
    found = named(name, row(payer="NOBODY"))
    assert ("2010AA", "NM109") in {one[:2] for one in found}
    assert all(day < TODAY.isoformat() or day > "2026" for _, _, day, _ in found)


def test_a_payer_that_the_roster_does_not_know_is_told_once():
    source = (VALID / "837p-three-sets.edi").read_bytes()
    roster = Roster(name="roster.csv", rows=(row(payer="NOBODY"),))
    found = list(enrolment_findings(source, roster, TODAY))
    payers = {one.message for one in found}
    assert len(found) == len(payers)
    assert {one.code for one in found} == {"P903"}


def test_a_finding_shows_no_identifier_unless_asked():
    source = (VALID / "270.edi").read_bytes()
    roster = Roster(name="roster.csv", rows=(row(npi=OTHER),))
    [hidden] = enrolment_findings(source, roster, TODAY)
    [shown] = enrolment_findings(source, roster, TODAY, show_phi=True)
    assert (hidden.code, hidden.value, NPI in hidden.text) == ("P131", None, False)
    assert (shown.value, NPI in shown.text) == (NPI, True)


def test_a_postal_code_is_written_with_a_dash_or_without(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text(f"npi,payer,location\n{NPI},DEMOPAYER,60155-1234\n")
    asked = Asked(npi=NPI, payer="DEMOPAYER", location="601551234")
    assert read_roster(path).standing(asked, TODAY).standing == "enrolled"
