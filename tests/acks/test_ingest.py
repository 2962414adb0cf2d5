"""An 824 or 277CA that comes in is linked to what was sent, and seen in its history."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.bench import Bench, counts
from tests.support import FIXTURES
from x12_pa.ledger.acks import StoredAck, acks
from x12_pa.ledger.requests import events
from x12_pa.services.advice import CLAIMS_REFUSED, CLAIMS_TAKEN
from x12_pa.services.pieces import ACKS_UNMATCHED, OTHERS_REFUSED, OTHERS_TAKEN, REFUSED

FIRST, SECOND = "PA20261122-000001", "PA20261122-000002"
ADVICE = """\
ISA*00*          *00*          *ZZ*DEMOPAYER      *ZZ*CLINIC001      *261122*1500*^*00501*000009901*0*P*:~
GS*AG*DEMOPAYER*CLINIC001*20261122*1500*99*X*005010X186A1~
ST*824*0001*005010X186A1~
BGN*11*ADVICE01*20261122*1500**X**U~
N1*41*PLAN*46*DEMOPAYER~
N1*40*CLINIC*46*CLINIC001~
OTI*{code}*TN*NA***20261122*1400*{gs06}*0001*278*005010X217~
TED*024**NM1*8*9**MBR000101~
RED*NA**94**IBP*E054~
SE*8*0001~
GE*1*99~
IEA*1*000009901~
"""  # noqa: E501


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """An office that has sent two requests in group 1 and read no answer yet."""
    made = Bench(tmp_path)
    made.sent_and_answered(1, 2)
    yield made
    made.close()


def advice(code: str = "TR", gs06: str = "1") -> bytes:
    return ADVICE.format(code=code, gs06=gs06).encode()


def stored(bench: Bench, kind: str) -> list[StoredAck]:
    with bench.office.ledger.read() as tx:
        return [item for item in acks(tx) if item.kind == kind]


def journey(bench: Bench, reference: str) -> list[str]:
    (request,) = [item for item in bench.requests() if item.bht03 == reference]
    with bench.office.ledger.read() as tx:
        return [item.event for item in events(tx, request.id)]


def test_an_824_is_linked_to_the_file_and_the_request_that_it_names(bench: Bench) -> None:
    bench.ingest(advice())
    (found,) = stored(bench, "824")
    assert found.outbound_id is not None
    assert found.request_id == bench.requests()[0].id


def test_an_824_that_rejects_a_set_refuses_its_request_alone(bench: Bench) -> None:
    taken = bench.ingest(advice("TR"))
    assert bench.states()[FIRST] == "refused_technically"
    assert bench.states()[SECOND] != "refused_technically"
    assert counts(taken)[REFUSED] == 1


def test_an_824_that_accepts_a_set_says_that_the_request_arrived(bench: Bench) -> None:
    bench.ingest(advice("TA"))
    assert bench.states()[FIRST] == "received"


def test_an_824_about_an_item_is_noted_but_moves_nothing(bench: Bench) -> None:
    before = bench.states()
    bench.ingest(advice("IR"))
    assert bench.states() == before
    assert "ack.824" in journey(bench, FIRST)


def test_what_an_824_says_is_kept_without_the_value(bench: Bench) -> None:
    bench.ingest(advice())
    (found,) = stored(bench, "824")
    assert (found.outcome, list(found.codes), [dict(item) for item in found.findings]) == (
        "TR",
        ["E054"],
        [{"text": "NM109 at segment 8: code 024 (E054)"}],
    )


def test_an_824_about_something_unknown_is_left_for_a_person(bench: Bench) -> None:
    assert counts(bench.ingest(advice(gs06="777")))[ACKS_UNMATCHED] == 1


@pytest.mark.parametrize(("code", "what"), [("TR", OTHERS_REFUSED), ("TA", OTHERS_TAKEN)])
def test_an_824_of_claims_says_nothing_of_the_request_with_its_numbers(
    bench: Bench, code: str, what: str
) -> None:
    of_claims = advice(code).replace(b"*278*005010X217", b"*837*005010X222A1")
    assert counts(bench.ingest(of_claims)) == {"824": 1, what: 1}
    assert set(bench.states().values()) == {"sent"}
    (found,) = stored(bench, "824")
    assert (found.outbound_id, found.request_id) == (None, None)


def test_an_824_that_comes_twice_counts_once(bench: Bench) -> None:
    bench.ingest(advice())
    bench.ingest(advice(), "again.x12")
    assert len(stored(bench, "824")) == 1


def test_a_277ca_is_kept_claim_by_claim(bench: Bench) -> None:
    taken = bench.ingest((FIXTURES / "valid" / "277ca.edi").read_bytes())
    (found,) = stored(bench, "277CA")
    assert found.outcome == "R"
    assert [item["claim"] for item in found.findings] == ["CLAIM-0001", "CLAIM-0002"]
    assert counts(taken)[CLAIMS_REFUSED] == 2


def test_a_277ca_counts_the_claims_that_were_taken(bench: Bench) -> None:
    taken = bench.ingest((FIXTURES / "acks" / "claims-277ca.edi").read_bytes())
    assert (counts(taken)["277CA"], counts(taken)[CLAIMS_TAKEN]) == (1, 1)


def test_a_277ca_names_the_batch_that_it_answers(bench: Bench) -> None:
    bench.ingest((FIXTURES / "acks" / "claims-277ca.edi").read_bytes())
    (found,) = stored(bench, "277CA")
    assert {item["batch"] for item in found.findings} == {"BATCH-0007"}
