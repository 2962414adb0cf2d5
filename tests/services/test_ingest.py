"""Reading what came in: each thing once, in whatever order it comes, and nothing dropped."""

import re
from pathlib import Path

import pytest

from tests.services.bench import Bench, by_kind, counts
from tests.simulator.support import always, fixture, interchange, personality
from x12_pa.exchange.store import InboundState
from x12_pa.ledger.decisions import history
from x12_pa.ledger.responses import responses, unmatched
from x12_pa.services.pieces import needs_a_person
from x12_pa.services.proof import explain

FIRST, SECOND = "PA20261122-000001", "PA20261122-000002"


def numbered(data: bytes, control: int) -> bytes:
    """Return an interchange under another control number."""
    data = re.sub(rb"(^ISA.{87})\d{9}", rb"\g<1>%09d" % control, data)
    return re.sub(rb"(IEA\*\d+\*)\d{9}", rb"\g<1>%09d" % control, data)


def written(data: bytes, at: bytes, control: int) -> bytes:
    """Return an answer as the payer would have written it at BHT04*BHT05 `at`."""
    return numbered(
        re.sub(rb"(BHT\*0007\*11\*[^*]*\*)\d{8}\*\d{4,6}", rb"\g<1>" + at, data), control
    )


def ready(bench: Bench, *numbers: int) -> dict[str, list[bytes]]:
    """Submit requests of the demo and return the payer's files by kind, not read yet."""
    return by_kind(bench.sent_and_answered(*numbers))


def test_a_ta1_that_rejects_the_interchange_refuses_all_its_requests(tmp_path: Path) -> None:
    bench = Bench(tmp_path, always(refuse_ta1="006"))
    files = ready(bench, 1, 2)
    taken = bench.ingest(files["TA1"][0])
    assert set(bench.states().values()) == {"refused_technically"}
    assert counts(taken)["requests refused"] == 2
    assert needs_a_person(taken.outcome.counts)


def test_a_999_refuses_one_request_of_two(tmp_path: Path) -> None:
    rule = {"when": {"member": "MBR000101"}, "answer": {"refuse_999": {"segment": "HI"}}}
    bench = Bench(tmp_path, personality(rule))
    bench.ingest(ready(bench, 1, 2)["999"][0])
    assert bench.states() == {FIRST: "refused_technically", SECOND: "received"}


def test_a_999_that_names_no_set_speaks_for_all_of_its_group(bench: Bench) -> None:
    data = ready(bench, 1, 2)["999"][0]
    bare = re.sub(rb"AK2.*?(?=AK9)", b"", data, flags=re.DOTALL)
    count = bare[bare.index(b"ST*") : bare.index(b"SE*")].count(b"~") + 1
    bare = re.sub(rb"SE\*\d+", b"SE*%d" % count, bare)
    bench.ingest(bare)
    assert set(bench.states().values()) == {"received"}


def test_a_999_after_the_answer_changes_nothing(bench: Bench) -> None:
    files = ready(bench, 1)
    bench.ingest(files["278"][0])
    before = (bench.states(), bench.decided())
    bench.ingest(files["999"][0])
    assert (bench.states(), bench.decided()) == before
    assert bench.states() == {FIRST: "certified"}


def test_a_rejection_after_the_answer_does_not_undo_it(bench: Bench) -> None:
    files = ready(bench, 1)
    bench.ingest(files["278"][0])
    bench.ingest(
        files["999"][0].replace(b"IK5*A", b"IK5*R").replace(b"AK9*A*1*1*1", b"AK9*R*1*1*0")
    )
    assert bench.states() == {FIRST: "certified"}


def test_a_duplicate_notice_for_a_file_that_had_arrived_refuses_nothing(bench: Bench) -> None:
    data = ready(bench, 1)["999"][0]
    bench.ingest(data)
    isa = data[: data.index(b"GS*")]
    sent = bench.received()[0][90:99]
    ta1 = isa + b"TA1*" + sent + b"*261122*1400*R*025~\nIEA*0*" + isa[90:99] + b"~\n"
    taken = bench.ingest(numbered(ta1, 900))
    assert taken.outcome.state is InboundState.INGESTED
    assert bench.states() == {FIRST: "received"}


def test_the_same_file_twice_has_one_effect(bench: Bench) -> None:
    data = ready(bench, 1)["278"][0]
    first, again = bench.ingest(data), bench.ingest(data, "again.x12")
    assert (first.known, again.known) == (False, True)
    assert {record.version for record in bench.decided()} == {1}


def test_the_same_interchange_in_another_file_has_one_effect(bench: Bench) -> None:
    files = ready(bench, 1)
    bench.ingest(files["278"][0])
    taken = bench.ingest(files["999"][0] + files["278"][0], "collected.x12")
    assert counts(taken)["known interchanges"] == 1
    assert counts(taken)["999"] == 1
    assert len(bench.decided(past=True)) == len(bench.decided())


def test_a_file_of_known_interchanges_only_is_a_duplicate(bench: Bench) -> None:
    data = ready(bench, 1)["278"][0]
    bench.ingest(data)
    assert bench.ingest(data + b"\n\n").outcome.state is InboundState.DUPLICATE


def test_a_control_number_with_other_content_is_quarantined_and_changes_nothing(
    bench: Bench,
) -> None:
    data = ready(bench, 1)["278"][0]
    bench.ingest(data)
    taken = bench.ingest(data.replace(b"HCR*A1", b"HCR*A3"))
    assert taken.outcome.state is InboundState.QUARANTINED
    assert "control number" in (taken.outcome.reason or "")
    assert bench.event().state == "certified"
    assert bench.office.ledger.spool.read(taken.file.sha256)


def test_two_answers_in_one_file_reach_two_requests(bench: Bench) -> None:
    files = ready(bench, 1, 2)
    taken = bench.ingest(b"".join(files["278"]))
    assert counts(taken)["answers"] == 2
    assert bench.states() == {FIRST: "certified", SECOND: "certified"}


def test_a_later_answer_is_a_new_version_and_an_older_one_stays_outdated(bench: Bench) -> None:
    data = ready(bench, 1)["278"][0]
    denied = data.replace(b"HCR*A1", b"HCR*A3")
    bench.ingest(written(data, b"20261123*0900", 501))
    bench.ingest(written(denied, b"20261124*0900", 502))
    bench.ingest(written(data.replace(b"M000001", b"X000001"), b"20261122*0900", 503))
    with bench.office.ledger.read() as tx:
        event = [h for h in history(tx) if h.authorization.id == FIRST and h.authorization.version]
    found = [(h.authorization.version, h.authorization.state, h.current, h.outdated) for h in event]
    assert found[:2] == [(1, "certified", False, False), (2, "not_certified", True, False)]
    assert all(h.outdated for h in event[2:])
    assert bench.states() == {FIRST: "not_certified"}


def test_a_truncated_file_is_kept_and_the_whole_one_is_read_later(bench: Bench) -> None:
    data = ready(bench, 1)["278"][0]
    half = bench.ingest(data[:-30], "answer.x12")
    assert half.outcome.state is InboundState.QUARANTINED
    assert "whole X12 file" in (half.outcome.reason or "")
    assert bench.ingest(data, "answer.x12").outcome.state is InboundState.INGESTED
    assert bench.states() == {FIRST: "certified"}


@pytest.mark.parametrize("data", [b"", b"Dear clinic, no.", b"ISA*00*", b"\x00" * 500])
def test_what_is_no_x12_is_quarantined_not_a_crash(bench: Bench, data: bytes) -> None:
    assert bench.ingest(data).outcome.state is InboundState.QUARANTINED


def test_any_cut_of_an_answer_is_quarantined(bench: Bench) -> None:
    data = ready(bench, 1)["278"][0]
    for size in range(1, len(data) - 4, 41):
        assert bench.ingest(data[:size]).outcome.state is InboundState.QUARANTINED, size


class TestAnswersBeforeTheirRequest:
    """A request that another program sent, and its answer, in either order."""

    @staticmethod
    def files(tmp_path: Path) -> tuple[bytes, bytes, bytes]:
        (tmp_path / "other").mkdir()
        other = Bench(tmp_path / "other")
        request = interchange(fixture(1), control=42)
        (other.folder / "payer" / "mailbox" / "inbound" / "r.x12").write_bytes(request)
        files = by_kind(path.read_bytes() for path in other.poll())
        other.close()
        return request, files["999"][0], files["278"][0]

    def test_the_answer_finds_a_request_that_was_made_elsewhere(
        self, bench: Bench, tmp_path: Path
    ) -> None:
        request, ack, answer = self.files(tmp_path)
        assert counts(bench.ingest(request))["requests"] == 1
        assert bench.states() == {FIRST: "sent"}
        assert not needs_a_person(bench.ingest(ack).outcome.counts)
        assert bench.states() == {FIRST: "received"}
        bench.ingest(answer)
        assert (bench.states(), bench.event().state) == ({FIRST: "certified"}, "certified")

    def test_an_answer_to_an_unknown_request_is_kept_for_a_person(
        self, bench: Bench, tmp_path: Path
    ) -> None:
        taken = bench.ingest(self.files(tmp_path)[2])
        assert needs_a_person(taken.outcome.counts)
        with bench.office.ledger.read() as tx:
            assert len(unmatched(tx)) == 1

    def test_it_is_matched_when_the_request_is_ingested_later(
        self, bench: Bench, tmp_path: Path
    ) -> None:
        request, _, answer = self.files(tmp_path)
        bench.ingest(answer)
        taken = bench.ingest(request)
        assert counts(taken)["answers that had come before"] == 1
        assert bench.states() == {FIRST: "certified"}
        with bench.office.ledger.read() as tx:
            assert unmatched(tx) == []
        proof = explain(bench.office, FIRST)[0].proof
        assert proof is not None
        assert proof.steps

    def test_both_in_one_file_in_the_wrong_order(self, bench: Bench, tmp_path: Path) -> None:
        request, _, answer = self.files(tmp_path)
        bench.ingest(answer + request)
        assert bench.states() == {FIRST: "certified"}

    def test_the_request_again_in_another_interchange_is_known(
        self, bench: Bench, tmp_path: Path
    ) -> None:
        request = self.files(tmp_path)[0]
        bench.ingest(request)
        assert counts(bench.ingest(numbered(request, 43)))["known requests"] == 1
        assert len(bench.requests()) == 1

    def test_another_request_under_its_reference_is_for_a_person(
        self, bench: Bench, tmp_path: Path
    ) -> None:
        request = self.files(tmp_path)[0]
        bench.ingest(request)
        taken = bench.ingest(numbered(request.replace(b"M25561", b"M25562"), 43))
        assert needs_a_person(taken.outcome.counts)

    def test_a_ta1_for_it_is_matched_by_its_control_number(
        self, bench: Bench, tmp_path: Path
    ) -> None:
        request, ack, _ = self.files(tmp_path)
        bench.ingest(request)
        isa = ack[: ack.index(b"GS*")]
        ta1 = isa + b"TA1*000000042*261122*1400*R*006~\nIEA*0*" + isa[90:99] + b"~\n"
        bench.ingest(numbered(ta1, 900))
        assert bench.states() == {FIRST: "refused_technically"}


def test_the_same_answer_under_another_control_number_adds_no_version(bench: Bench) -> None:
    data = ready(bench, 1)["278"][0]
    bench.ingest(data)
    bench.ingest(numbered(data, 777))
    assert {record.version for record in bench.decided(past=True)} == {1}
    with bench.office.ledger.read() as tx:
        assert len(responses(tx)) == 1


def test_sets_that_are_not_read_are_said_and_an_unknown_guide_is_for_a_person(bench: Bench) -> None:
    data = ready(bench, 1)["278"][0]
    other = numbered(data.replace(b"005010X217", b"005010X999"), 801)
    taken = bench.ingest(other)
    assert counts(taken) == {"278 sets of an unknown guide": 1}
    assert needs_a_person(taken.outcome.counts)


def test_an_answer_that_lost_a_segment_decides_nothing_and_is_for_a_person(bench: Bench) -> None:
    data = ready(bench, 1)["278"][0]
    before = bench.states()
    pended = data.index(b"HCR*")
    lost = data[:pended] + data[data.index(b"~", pended) + 1 :].lstrip(b"\n")
    taken = bench.ingest(numbered(lost, 802))
    assert counts(taken) == {"sets that do not hold as many segments as their SE01 says": 1}
    assert needs_a_person(taken.outcome.counts)
    assert bench.states() == before


def test_an_acknowledgement_of_nothing_known_is_for_a_person(bench: Bench) -> None:
    data = ready(bench, 1)["999"][0].replace(b"AK1*HI*1*", b"AK1*HI*99*")
    assert needs_a_person(bench.ingest(data).outcome.counts)
    assert bench.states() == {FIRST: "sent"}
