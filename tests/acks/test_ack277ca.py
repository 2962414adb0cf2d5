"""The 277CA that answers an 837: claim by claim, after the 999 has taken the set."""

import re

import pytest
from attrs import evolve

from tests.acks.judgements import clock, counting, fault
from tests.acks.test_pyx12 import pyx12_accepts
from tests.support import FIXTURES
from x12_pa.acks import (
    ClaimAck,
    ClaimBatchAck,
    answers,
    build_277ca,
    judged,
    read_acknowledgements,
    read_claim_acknowledgements,
    read_submitted,
)
from x12_pa.acks.claim_verdicts import _entities, _status, _table, claim_verdicts
from x12_pa.errors import UsageError
from x12_pa.guides import load_guide, read_tree
from x12_pa.guides.index import code_lists
from x12_pa.syntax import read_segments, read_transactions
from x12_pa.validation import validate

CLAIM_LOOP = "2000A/2000B/2300"
BAD_NPI = (b"XX*1000000038", b"XX*1000000039")
UNBALANCED = (b"CLM*CLAIM-0002*80*", b"CLM*CLAIM-0002*81*")
BAD_BILLING = (b"XX*1000000012", b"XX*1000000013")


def claims(*changes: tuple[bytes, bytes], name: str = "837p") -> bytes:
    data = (FIXTURES / "valid" / f"{name}.edi").read_bytes()
    for old, new in changes:
        assert old in data
        data = data.replace(old, new, 1)
    return data


def answered(data: bytes) -> list[bytes]:
    result = validate(data)
    return list(answers(result, numbers=counting(), clock=clock, claim_acks=True, source=data))


def claim_answer(data: bytes) -> bytes:
    return answered(data)[-1]


def lines(data: bytes, *ids: str) -> list[str]:
    return [item.text for item in read_segments(data) if item.id in ids]


def batch(data: bytes) -> ClaimBatchAck:
    (only,) = read_claim_acknowledgements(claim_answer(data))
    return only


def verdicts(data: bytes) -> dict[str, list[str]]:
    def said(claim: ClaimAck) -> list[str]:
        return [f"{s.category}:{s.code}:{s.entity}".rstrip(":") for s in claim.statuses]

    return {claim.claim_id: said(claim) for claim in batch(data).claims}


VARIANTS = {
    "837P": claims(),
    "837I": claims(name="837i"),
    "837D": claims(name="837d"),
    "three sets": claims(name="837p-three-sets"),
    "several interchanges": claims(name="several-interchanges"),
    "a refused claim": claims(BAD_NPI),
    "a refused provider": claims(BAD_BILLING),
    "two refused claims": claims(BAD_NPI, UNBALANCED),
    "a name with our separators": claims((b"*TESTER*BRAVO", b"*TES>TER|*BRAVO")),
    "a clearinghouse number": claims((b"REF*G1*M00000101", b"REF*D9*CH0001")),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_the_answer_is_valid(name: str) -> None:
    assert [validate(data).findings for data in answered(VARIANTS[name])] == [
        [] for _ in answered(VARIANTS[name])
    ]


@pytest.mark.parametrize("name", VARIANTS)
def test_pyx12_reads_the_answer(name: str) -> None:
    assert pyx12_accepts(claim_answer(VARIANTS[name]))


def test_the_whole_answer_to_two_claims_of_which_one_is_refused() -> None:
    body = [item.text for item in read_segments(claim_answer(claims(BAD_NPI)))][2:-3]
    assert body == [
        "ST*277*0001*005010X214",
        "BHT*0085*08*000009002-702-0001*20261122*1400*TH",
        "HL*1**20*1",
        "NM1*PR*2*DEMONSTRATION HEALTH PLAN*****46*DEMOPAYER",
        "TRN*1*000009002-702-0001",
        "DTP*050*D8*20261122",
        "DTP*009*D8*20261122",
        "HL*2*1*21*1",
        "NM1*41*2*EXAMPLE VALLEY CLINIC*****46*CLINIC001",
        "TRN*2*BATCH00001",
        "STC*A1:19:PR*20261122*WQ*230",
        "QTY*90*1",
        "QTY*AA*1",
        "AMT*YU*80",
        "AMT*YY*150",
        "HL*3*2*19*1",
        "NM1*85*2*EXAMPLE VALLEY CLINIC*****XX*1000000012",
        "TRN*1*0",
        "STC*A1:19:PR**WQ*230",
        "QTY*QA*1",
        "QTY*QC*1",
        "AMT*YU*80",
        "AMT*YY*150",
        "HL*4*3*PT",
        "NM1*QC*1*TESTER*BRAVO****MI*MBR000101",
        "TRN*2*CLAIM-0001",
        "STC*A7:562:82*20261122*U*150",
        "DTP*472*D8*20261205",
        "HL*5*3*PT",
        "NM1*QC*1*TESTER*CHARLIE****MI*MBR000101",
        "TRN*2*CLAIM-0002",
        "STC*A2:20*20261122*WQ*80",
        "DTP*472*D8*20261206",
    ]


def test_an_accepted_claim_is_read_back_as_accepted() -> None:
    assert [(claim.claim_id, claim.accepted) for claim in batch(claims()).claims] == [
        ("CLAIM-0001", True),
        ("CLAIM-0002", True),
    ]


def test_the_batch_is_named_by_the_bht03_of_the_837() -> None:
    assert batch(claims()).batch == "BATCH00001"


def test_an_unbalanced_total_is_a_conflict_of_fields() -> None:
    assert verdicts(claims(UNBALANCED)) == {"CLAIM-0001": ["A2:20"], "CLAIM-0002": ["A8:400"]}


def test_a_bad_billing_provider_refuses_all_its_claims() -> None:
    both = {"CLAIM-0001": ["A7:562:85"], "CLAIM-0002": ["A7:562:85"]}
    assert verdicts(claims(BAD_BILLING)) == both


def test_a_bad_npi_is_not_repeated_but_the_tax_number_of_the_provider_is() -> None:
    assert "NM1*85*2*EXAMPLE VALLEY CLINIC*****FI*000000012" in lines(
        claim_answer(claims(BAD_BILLING)), "NM1"
    )


def test_errors_of_a_claim_no_longer_reject_the_set_but_are_noted_in_the_999() -> None:
    assert lines(answered(claims(BAD_NPI))[0], "IK5", "AK9") == ["IK5*E*5", "AK9*E*1*1*1"]


def test_an_error_of_the_guide_still_rejects_the_set_and_no_claim_is_answered() -> None:
    broken = claims((b"SV1*HC:97110*80*UN", b"SV1*HC:97110*80*XX"), BAD_NPI)
    (only,) = answered(broken)
    assert lines(only, "IK5", "AK9") == ["IK5*R*5", "AK9*R*1*1*0"]


def test_only_the_sets_that_the_999_takes_are_answered_claim_by_claim() -> None:
    broken = claims((b"SV1*HC:97110*80*UN", b"SV1*HC:97110*80*XX"), name="837p-three-sets")
    first, second = answered(broken)
    sets = read_claim_acknowledgements(second)
    assert (lines(first, "AK9"), len(sets)) == (["AK9*P*3*3*2"], 2)


@pytest.mark.parametrize(
    "change",
    [
        (b"GE*1*1", b"GE*2*1"),
        (b"IEA*1*000000201", b"IEA*1*000000202"),
        (b"SE*46*0001~", b""),
    ],
)
def test_claims_in_a_rejected_envelope_are_not_answered(change: tuple[bytes, bytes]) -> None:
    assert not any(b"ST*277" in data for data in answered(claims(change)))


def test_a_file_without_claims_gets_no_277ca() -> None:
    data = (FIXTURES / "valid" / "270.edi").read_bytes()
    assert not any(b"ST*277" in part for part in answered(data))


def test_a_clearinghouse_acknowledges_what_is_for_several_payers() -> None:
    other = claims((b"NM1*40*2*DEMONSTRATION HEALTH PLAN*****46*DEMOPAYER",
                    b"NM1*40*2*EXAMPLE CLEARINGHOUSE*****46*CLEARING1"))  # fmt: skip
    assert "NM1*AY*2*EXAMPLE CLEARINGHOUSE*****46*CLEARING1" in lines(claim_answer(other), "NM1")


def test_an_institutional_claim_repeats_its_bill_type_and_statement_dates() -> None:
    found = lines(claim_answer(claims(name="837i")), "REF", "DTP")[2:]
    assert all(re.match(r"REF\*BLT\*\d{2,3}$|DTP\*472\*(D8|RD8)\*", line) for line in found)
    assert any(line.startswith("REF*BLT*") for line in found)


def test_three_statuses_fill_one_stc_and_a_fourth_begins_another() -> None:
    data = claims()
    (transaction,) = read_transactions(data)
    submitted = read_submitted(read_tree(load_guide("837P"), transaction.segments))
    level = judged(validate(data))[0].groups[0].sets[0]
    at = submitted.claims[0].offset
    for code, element in [("X501", "NM109"), ("X301", "CLM02"), ("X9", "CLM01"), ("X9", "HI01")]:
        found = fault(code, segment=element[:-2], element=element, offset=at, loop=CLAIM_LOOP)
        level.findings.append(evolve(found, snip=5))
        level.result.errors += 1
    verdict = claim_verdicts(level, submitted)
    assert verdict is not None
    built = build_277ca(submitted, verdict, reference="R-1", clock=clock)
    assert [line.text for line in built if line.text.startswith(("STC*A7", "STC*A8"))] == [
        "STC*A7:481*20261122*U*150******A8:400*A7:478",
        "STC*A7:255*20261122*U*150",
    ]


def test_a_finding_that_was_not_listed_refuses_the_set() -> None:
    data = claims(BAD_NPI)
    result = validate(data, max_findings=0)
    (only,) = answers(result, numbers=counting(), clock=clock, claim_acks=True, source=data)
    assert lines(only, "IK5") == ["IK5*R*5"]


def test_claims_cannot_be_answered_without_the_file() -> None:
    with pytest.raises(UsageError):
        list(answers(validate(claims()), numbers=counting(), clock=clock, claim_acks=True))


def test_the_999_and_the_277ca_have_numbers_of_their_own() -> None:
    controls = [line.split("*")[13] for data in answered(claims()) for line in lines(data, "ISA")]
    assert controls == ["000009001", "000009002"]


def test_every_category_of_the_table_is_one_of_the_list() -> None:
    table = _table()
    rows = table["categories"]
    used = {table[name]["category"] for name in ("received", "accepted")} | {rows["otherwise"]}
    for name in ("codes", "elements", "segments"):
        used |= set(rows[name].values())
    assert used <= set(code_lists()["507"])


def test_a_status_that_needs_an_entity_never_stands_without_one() -> None:
    table = _table()
    entity = sorted(_entities())[0]
    for place in table["statuses"]["places"]:
        element = place if place[-1].isdigit() and len(place) > 3 else None
        finding = fault("X9", segment=place[:3], element=element)
        for given in ("", entity):
            status = _status(finding, given)
            assert (status.code in table["with_entity"]) == bool(status.entity)


def test_a_999_comes_before_the_277ca() -> None:
    first, second = answered(claims())
    assert read_acknowledgements(first)
    assert read_acknowledgements(second) == []
