"""The claim files of `fixtures/claims`: what is read from them, and what becomes of each line."""

from datetime import date
from decimal import Decimal

import pytest

from tests.reconcile.specimens import (
    ACME,
    CHILD,
    CLINIC,
    DOCTOR,
    HOSPITAL,
    OTHER,
    C,
    L,
    admission,
    code,
    grant,
    interchange,
    person,
)
from tests.support import FIXTURES
from x12_pa.models.codecs import Period
from x12_pa.reconcile import Claim, check_claims, fill_claims, read_claim_sets
from x12_pa.validation import validate

FOLDER = FIXTURES / "claims"
KNOWN = (
    grant("M0001", "73721"),
    grant("M0011", "73721", patient=person(CHILD, dependent=True)),
    grant("M0012", "97110", patient=person(CHILD, dependent=True)),
    grant("M0003", "97110", units="5"),
    grant("R0001", "99204", category="SC"),
    grant("M0005", procedures=(code("D2740", "AD"),)),
    grant("M0006", procedures=(code("D3320", "AD"),)),
    grant("M0007", "G0299", window="20261204-20261204"),
    grant("S0001", "73721", payer=OTHER, member_id="SP000777"),
    grant("S0002", "70551", payer=OTHER, member_id="SP000777"),
    admission("M0700"),
)
EXPECTED = {
    "professional_several_payers_and_sets.edi": {
        "ONE-LINE": "filled: inserted/modifier-open M0001@2300",
        "TWO-NUMBERS": "filled: inserted/exact M0011@2300, inserted/exact M0012@2400, "
        "inserted/exact M0011@2300",
        "OTHER-PAYER": "refused: refused/payer-mismatch",
        "CODE-OFF-BY-ONE": "refused: refused/code-mismatch",
        "ONE-DAY-LATE": "refused: refused/expired",
        "REFERRAL": "filled: inserted/exact R0001@2300",
        "OTHER-MEMBER": "refused: refused/member-mismatch",
    },
    "professional_numbers_present.edi": {
        "RIGHT-NUMBER": "unchanged: covered/already-present M0001@2300",
        "OTHER-NUMBER": "refused: conflict/conflict-existing",
        "REPEATED-ON-LINE": "unchanged: covered/already-present M0001@2300, "
        "covered/already-present M0001@2300",
        "REFERRAL-PRESENT": "filled: inserted/exact M0003@2300",
    },
    "professional_secondary_payer.edi": {
        "TWO-PAYERS": "filled: inserted/exact M0001@2300, inserted/other-payer S0002@2400",
    },
    "professional_pipes_and_crlf.edi": {"PIPES": "filled: inserted/exact M0001@2300"},
    "institutional_stay_and_outpatient.edi": {
        "WHOLE-STAY": "filled: inserted/exact M0700@2300, inserted/exact M0700@2300",
        "NEEDS-SPLIT": "split: refused/needs-split, refused/needs-split",
        "HOME-HEALTH": "filled: inserted/exact M0007@2300",
    },
    "dental_two_services.edi": {
        "CROWN-AND-ROOT": "filled: inserted/exact M0005@2300, inserted/exact M0006@2400",
    },
}


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_every_line_of_a_file_has_the_expected_outcome(name: str) -> None:
    data = (FOLDER / name).read_bytes()
    assert validate(data).accepted
    result = fill_claims(data, KNOWN)
    found = {}
    for claim in result.claims:
        lines = [
            f"{line.outcome}/{line.reason}"
            + (f" {line.number}@{line.placed_at}" if line.number else "")
            for line in claim.lines
        ]
        found[claim.claim_id] = f"{claim.outcome}: {', '.join(lines)}"
    assert found == EXPECTED[name]
    assert validate(result.output).accepted
    assert check_claims(data, KNOWN) == result.claims


def test_no_claim_file_is_left_without_an_expectation() -> None:
    assert {path.name for path in FOLDER.glob("*.edi")} == set(EXPECTED)


def claims(claim: C, form: str = "837P") -> Claim:
    (found,) = read_claim_sets(interchange([claim], form=form))
    return found.claims[0]


def test_a_claim_carries_what_stands_above_it() -> None:
    found = claims(C(dependent=CHILD, facility=HOSPITAL, others=[(OTHER, "SP1")]))
    assert (found.form, found.claim_id, found.set_control) == ("837P", "CLAIM1", "0001")
    assert (found.payer_id, found.payer_qualifier, found.member_id) == (ACME, "PI", "MBR000123")
    assert found.patient == person(CHILD, dependent=True)
    assert (found.billing_npi, found.rendering_npi, found.facility_npi) == (
        CLINIC,
        DOCTOR,
        HOSPITAL,
    )
    assert [(o.payer_id, o.member_id, o.rank) for o in found.other_payers] == [(OTHER, "SP1", "S")]
    assert (found.place, found.frequency, found.diagnoses) == ("11", "1", ("M25561",))


def test_a_line_falls_back_to_the_claim_and_the_claim_to_the_billing_provider() -> None:
    own, inherited = claims(C([L(place="22", rendering=HOSPITAL), L()])).lines
    assert (own.place, own.rendering_npi) == ("22", HOSPITAL)
    assert (inherited.place, inherited.rendering_npi) == ("11", DOCTOR)
    (alone,) = claims(C(rendering="")).lines
    assert (alone.rendering_npi, alone.own_rendering) == (CLINIC, False)


def test_an_institutional_line_without_a_date_has_the_statement_period() -> None:
    found = claims(
        C([L("", None, "3", "DA", revenue="0120")], admitted="20261210",
          period="20261210-20261213"), "837I",
    )  # fmt: skip
    assert found.lines[0].dates == Period(date(2026, 12, 10), date(2026, 12, 13))
    assert found.admitted_on == date(2026, 12, 10)
    assert (found.lines[0].procedure.revenue_code, found.lines[0].units) == ("0120", Decimal(3))


def test_references_are_where_the_bytes_are() -> None:
    data = (FOLDER / "professional_numbers_present.edi").read_bytes()
    (found,) = read_claim_sets(data)
    slot = found.claims[1].slot("G1")
    assert slot is not None
    (reference,) = slot.references
    assert data[reference.offset : reference.end] == b"REF*G1*OLD1~\n"


@pytest.mark.parametrize(
    ("form", "capacity"), [("837P", (1, 5)), ("837I", (1, None)), ("837D", (1, 5))]
)
def test_the_guide_says_where_numbers_may_stand(form: str, capacity: tuple[int, ...]) -> None:
    found = claims(C([L("D2740" if form == "837D" else "73721")]), form)
    slots = (found.slot("G1"), found.lines[0].slot("G1"))
    assert tuple(slot.capacity if slot else None for slot in slots) == capacity
