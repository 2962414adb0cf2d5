"""Reading a 277CA: which claims were taken, under which number."""

import pytest

from tests.support import FIXTURES, reference_dir
from x12_pa.acks import ClaimAck, ClaimBatchAck, ClaimStatus, read_claim_acknowledgements


@pytest.fixture
def batch() -> ClaimBatchAck:
    (only,) = read_claim_acknowledgements((FIXTURES / "acks" / "claims-277ca.edi").read_bytes())
    return only


def test_the_batch_is_found_by_the_bht03_of_the_837(batch: ClaimBatchAck) -> None:
    assert batch.batch == "BATCH-0007"


def test_a_claim_that_was_taken_has_the_number_of_the_payer(batch: ClaimBatchAck) -> None:
    assert batch.claims[0] == ClaimAck(
        claim_id="CLAIM-0001",
        payer_number="PAYERCLAIM01",
        statuses=(ClaimStatus(category="A2", code="20", action="WQ"),),
    )


def test_a_refused_claim_keeps_every_status_of_its_stc(batch: ClaimBatchAck) -> None:
    refused = batch.claims[1]
    assert (refused.accepted, [item.code for item in refused.statuses]) == (False, ["562", "187"])


SAMPLES = {
    "277_apimeister_277-test.edi": [True, False, False, True, True],
    "277_freemed_x277-3.edi": [True, False, False, True, True],
    "277_freemed_x277.edi": [True, False, False],
    "277_healthcare-data-insight_x214-payer-response.edi": [True, False, False, True, True],
    "277_inteligenz_fromalexbrodsky.edi": [True],
    "277_inteligenz_fromlatitude81uk.edi": [True],
}


@pytest.mark.parametrize("name", SAMPLES)
def test_claim_acknowledgements_of_others_are_read(name: str) -> None:
    with (reference_dir() / "claims_acks" / "samples" / name).open("rb") as stream:
        (only,) = read_claim_acknowledgements(stream)
    assert [claim.accepted for claim in only.claims] == SAMPLES[name]
