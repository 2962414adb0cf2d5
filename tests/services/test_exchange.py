"""Whole runs over a local mailbox, against a payer whose answers the test scripts."""

from pathlib import Path
from typing import Any

import pytest

from tests.services.bench import Bench, unnumbered
from tests.simulator.support import always, personality
from x12_pa.exchange.run import Hooks
from x12_pa.exchange.store import OutboundState
from x12_pa.ledger.lookups import requests_in_file
from x12_pa.ledger.mailboxes import files, settle
from x12_pa.ledger.requests import events
from x12_pa.services.exchange import run_once
from x12_pa.services.lists import rows
from x12_pa.services.pieces import needs_a_person
from x12_pa.syntax import read_interchanges

FIRST, SECOND, THIRD = (f"PA20261122-00000{n}" for n in (1, 2, 3))

ANSWERS: list[tuple[dict[str, Any], str]] = [
    ({"decision": "A1"}, "certified"),
    ({"decision": "A3", "reason": "0F"}, "not_certified"),
    ({"decision": "A4", "reason": "0U", "ask": [{"report": "OB"}]}, "pended_information"),
    ({"decision": "A4", "reason": "0V"}, "pended_review"),
    ({"decision": "A6", "quantity": 1}, "modified"),
    ({"decision": "CT"}, "contact_payer"),
    ({"decision": "C"}, "cancelled"),
    ({"decision": "NA", "reason": "0H"}, "not_required"),
    ({"reject": {"level": "subscriber", "codes": ["75"], "follow_up": "C"}}, "rejected"),
    ({"refuse_999": {"segment": "HI"}}, "refused_technically"),
    ({"refuse_ta1": "006"}, "refused_technically"),
    ({"silence": "answer"}, "received"),
    ({"silence": "all"}, "sent"),
]


def round_trip(bench: Bench, *inputs: Any) -> None:
    bench.submit(*inputs)
    bench.run()
    bench.poll()
    bench.run()


@pytest.mark.parametrize(("answer", "state"), ANSWERS, ids=lambda each: str(each)[:40])
def test_whatever_the_payer_answers_arrives_in_the_ledger(
    tmp_path: Path, answer: dict[str, Any], state: str
) -> None:
    bench = Bench(tmp_path, always(**answer))
    round_trip(bench, 1)
    assert bench.states() == {FIRST: state}


def test_a_run_without_anything_to_do_is_clean(bench: Bench) -> None:
    report = bench.run()
    assert (report.exit_code, report.problems) == (0, ())


def test_a_sent_request_is_sent_and_what_is_waited_for_is_said(bench: Bench) -> None:
    bench.submit(1)
    assert bench.states() == {FIRST: "queued"}
    bench.run()
    assert bench.states() == {FIRST: "sent"}
    assert [row.next for row in rows(bench.office, "unanswered")] == [
        "Wait for the acknowledgement."
    ]


def test_the_payer_gets_each_request_once_however_often_we_run(bench: Bench) -> None:
    bench.submit(1, 2)
    for _ in range(4):
        bench.run()
        bench.submit(1, 2)
    bench.poll()
    sent = [i.control for data in bench.received() for i in read_interchanges(data)]
    assert sent == ["000000001"]


def test_an_answer_that_comes_twice_is_one_version(tmp_path: Path) -> None:
    bench = Bench(tmp_path, always(decision="A1", copies=2))
    round_trip(bench, 1)
    assert {record.version for record in bench.decided(past=True)} == {1}


def test_answers_beyond_what_one_run_fetches_are_told_and_come_with_the_next(
    tmp_path: Path,
) -> None:
    bench = Bench(tmp_path, more="max_files = 3\n")
    bench.submit(1, 2, 3, 5)
    bench.run()
    assert len(bench.poll()) == 5
    first, second = bench.run(), bench.run()
    assert [report.exit_code for report in (first, second)] == [3, 0]
    assert (first.counts["waiting"], first.problems[0].code) == (2, "E017")
    assert set(bench.states().values()) == {"certified"}


def test_a_pend_becomes_a_decision_a_poll_later(tmp_path: Path) -> None:
    later = {"decision": "A1"}
    bench = Bench(tmp_path, always(decision="A4", reason="0V", later=later))
    round_trip(bench, 1)
    assert bench.states() == {FIRST: "pended_review"}
    bench.poll()
    bench.run()
    assert bench.states() == {FIRST: "certified"}
    versions = [r.version for r in bench.decided(past=True) if r.level == "event"]
    assert versions == [1, 2]


def test_an_answer_to_somebody_else_makes_the_run_one_for_a_person(bench: Bench) -> None:
    (bench.folder / "other").mkdir()
    other = Bench(bench.folder / "other")
    stranger = next(d for d in other.sent_and_answered(9) if b"ST*278" in d)
    other.close()
    (bench.folder / "payer" / "mailbox" / "outbound" / "stranger.x12").write_bytes(stranger)
    report = bench.run()
    assert (report.exit_code, needs_a_person(report.counts)) == (0, True)


def test_a_refusal_by_the_partner_makes_the_run_one_for_a_person(tmp_path: Path) -> None:
    bench = Bench(
        tmp_path,
        personality({"when": {"member": "MBR000101"}, "answer": {"refuse_999": {"segment": "HI"}}}),
    )
    bench.submit(1, 2)
    bench.run()
    bench.poll()
    report = bench.run()
    assert (report.counts["requests refused"], needs_a_person(report.counts)) == (1, True)


def test_a_file_that_is_not_x12_stays_in_the_spool_and_does_not_stop_the_others(
    bench: Bench,
) -> None:
    bench.submit(1)
    bench.run()
    bench.poll()
    (bench.folder / "payer" / "mailbox" / "outbound" / "0_letter.x12").write_bytes(
        b"ISA*00*          *00*          *ZZ*X              *ZZ*Y              *261122*1400*^*00501"
        b"*000000001*0*T*:~\nIEA*0*000000009~\n"
    )
    report = bench.run()
    assert bench.states() == {FIRST: "certified"}
    assert report.problems


def test_a_file_that_the_ledger_says_was_sent_moves_its_requests_even_after_a_crash(
    bench: Bench,
) -> None:
    """A run that dies between the upload and the note is caught up by the next one."""
    bench.submit(1)
    with bench.office.ledger.write() as tx:
        (file,) = files(tx)
        settle(tx, file.id, to=OutboundState.SENT, reason="seen at the partner")
    bench.run()
    assert bench.states() == {FIRST: "sent"}


def test_after_a_stop_signal_no_new_file_is_begun(bench: Bench) -> None:
    bench.submit(1)
    box = bench.office.only_mailbox(None)
    run_once(bench.office, box, hooks=Hooks(stopping=lambda: True))
    assert bench.states() == {FIRST: "queued"}
    bench.run()
    assert bench.states() == {FIRST: "sent"}


def test_the_history_of_a_request_tells_its_journey(bench: Bench) -> None:
    round_trip(bench, 1)
    with bench.office.ledger.read() as tx:
        (file,) = files(tx)
        (number,) = requests_in_file(tx, file.id)
        states = [step.to_state for step in events(tx, number) if step.to_state]
    assert states == ["queued", "sent", "received", "certified"]


def test_requests_without_numbers_get_theirs_and_find_their_answers(bench: Bench) -> None:
    round_trip(bench, unnumbered(1), unnumbered(2), unnumbered(3))
    assert bench.states() == dict.fromkeys((FIRST, SECOND, THIRD), "certified")


def test_a_ledger_opened_anew_goes_on_where_it_was(bench: Bench) -> None:
    bench.submit(1)
    bench.run()
    bench.close()
    bench.office = bench.opened()
    bench.poll()
    bench.run()
    assert bench.states() == {FIRST: "certified"}
