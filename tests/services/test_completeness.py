"""Requests that lack what the payer asks for: refused, or sent with a reason that is kept."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import evolve

from tests.services.bench import IDENTITY, LEDGER, MAILBOX, Bench, states_of
from tests.simulator.support import fixture
from x12_pa.errors import ConfigError, UsageError
from x12_pa.ledger import audit
from x12_pa.ledger.control_numbers import counters
from x12_pa.ledger.mailboxes import files
from x12_pa.models import Attachment, ReviewRequest
from x12_pa.services.build import address_for, build_file
from x12_pa.services.completeness import EVENT
from x12_pa.services.submit import Submission, submit

STRICT = """\
profile: strict
title: Strict plan
extends: [demo-payer]
source: {title: Written for this test}
services:
  advanced-imaging:
    needed: "yes"
    procedures: [73718-73725]
    documents:
      - {report: [RR, DG], name: earlier images}
    questions:
      - {field: event.diagnoses}
    source: section 8.1
    last_verified: 2026-11-20
"""
KNEE = 1
"""The request of the demo for 73721; it announces no document."""


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    (tmp_path / "strict.yaml").write_text(STRICT, encoding="utf-8")
    config = IDENTITY + LEDGER + MAILBOX.replace("demo-payer", "strict.yaml")
    made = Bench(tmp_path, config=config)
    yield made
    made.close()


def with_report(request: ReviewRequest) -> ReviewRequest:
    announced = Attachment(type="RR", transmission="AA")
    return evolve(request, event=evolve(request.event, attachments=(announced,)))


def because(bench: Bench, reason: str, *numbers: int) -> Submission:
    from tests.services.bench import as_source

    sources = [as_source(number) for number in numbers]
    box = bench.office.only_mailbox(None)
    return submit(bench.office, box, sources, incomplete_reason=reason)


def exceptions(bench: Bench) -> list[audit.Entry]:
    with bench.office.ledger.read() as tx:
        return [each for each in audit.entries(tx) if each.event == EVENT]


def test_an_incomplete_request_is_refused_with_what_is_missing(bench: Bench) -> None:
    (outcome,) = bench.submit(KNEE).outcomes
    assert outcome.state == "refused"
    assert "1 of 2" in outcome.detail
    assert "document PWK01 RR or DG (earlier images) [advanced-imaging]" in outcome.detail


def test_a_refused_request_takes_no_number_and_queues_nothing(bench: Bench) -> None:
    bench.submit(evolve(fixture(KNEE), reference=None))
    with bench.office.ledger.read() as tx:
        assert (list(counters(tx)), list(files(tx))) == ([], [])


def test_a_complete_request_is_queued_and_leaves_no_exception(bench: Bench) -> None:
    done = bench.submit(with_report(fixture(KNEE)))
    assert states_of(done) == ["queued"]
    assert exceptions(bench) == []


def test_a_reason_lets_it_out_and_is_in_the_audit_chain(bench: Bench) -> None:
    done = because(bench, "report follows by fax", KNEE)
    (kept,) = exceptions(bench)
    assert states_of(done) == ["queued"]
    assert (kept.data["rules"], kept.data["reason"]) == (
        ["advanced-imaging"],
        "report follows by fax",
    )


def test_the_audit_chain_stays_whole_and_names_no_patient(bench: Bench) -> None:
    because(bench, "report follows by fax", KNEE)
    (kept,) = exceptions(bench)
    patient = fixture(KNEE).subscriber
    assert not {patient.last_name, patient.member_id} & set(str(kept.data).split())
    with bench.office.ledger.read() as tx:
        assert audit.verify(tx).ok


def test_a_reason_with_a_complete_request_records_nothing(bench: Bench) -> None:
    because(bench, "report follows by fax", 8)
    assert exceptions(bench) == []


@pytest.mark.parametrize("reason", ["tester brings it", "MBR000101 has none", "born 1947-02-02"])
def test_a_reason_that_names_the_patient_is_refused_without_saying_it(
    bench: Bench, reason: str
) -> None:
    with pytest.raises(UsageError, match="without naming anybody") as caught:
        because(bench, reason, KNEE)
    assert "MBR000101" not in str(caught.value)
    assert "tester" not in str(caught.value).lower()


@pytest.mark.parametrize("reason", ["", "   ", "x" * 201])
def test_a_reason_says_something_and_is_short(bench: Bench, reason: str) -> None:
    with pytest.raises(UsageError, match="1 to 200"):
        because(bench, reason, KNEE)


def test_an_incomplete_request_that_was_queued_is_known_without_a_reason(bench: Bench) -> None:
    because(bench, "report follows by fax", KNEE)
    assert states_of(bench.submit(KNEE)) == ["known"]
    assert len(exceptions(bench)) == 1


def test_the_others_of_a_call_go_out(bench: Bench) -> None:
    assert states_of(bench.submit(KNEE, 8)) == ["refused", "queued"]


def test_a_request_to_a_payer_that_the_section_does_not_name_is_untouched(tmp_path: Path) -> None:
    text = STRICT.replace("services:\n", "services:\n  payers: [ANOTHER]\n")
    (tmp_path / "strict.yaml").write_text(text, encoding="utf-8")
    bench = Bench(tmp_path, config=IDENTITY + LEDGER + MAILBOX.replace("demo-payer", "strict.yaml"))
    (outcome,) = bench.submit(KNEE).outcomes
    bench.close()
    assert (outcome.state, outcome.completeness) == ("queued", None)


def test_a_fault_of_the_section_stops_before_anything_is_queued(tmp_path: Path) -> None:
    broken = STRICT.replace("73718-73725", "73725-73718")
    (tmp_path / "strict.yaml").write_text(broken, encoding="utf-8")
    bench = Bench(tmp_path, config=IDENTITY + LEDGER + MAILBOX.replace("demo-payer", "strict.yaml"))
    with pytest.raises(ConfigError, match="line 8: services/advanced-imaging/procedures"):
        bench.submit(KNEE)
    bench.close()


def test_building_says_the_score_and_writes_the_file_all_the_same(bench: Bench) -> None:
    profile = bench.office.profile_of(bench.office.only_mailbox(None))
    address = address_for(bench.office, profile, None, "P")
    built = build_file(bench.office, address, [fixture(KNEE)], profile=profile)
    (judged,) = built.completeness
    assert judged is not None
    assert (judged.present, judged.required, built.data[:3]) == (1, 2, b"ISA")
