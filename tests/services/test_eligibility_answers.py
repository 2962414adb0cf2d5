"""271s: every answer to its question, each thing once, and nothing given to the wrong patient."""

import re
from pathlib import Path

import pytest
from attrs import evolve

from tests.services.bench import Bench, by_kind, counts
from tests.services.eligibility import CHECK, CHILD, DAY, OTHER, THERAPY, profiled, told
from tests.support import recounted
from x12_pa.eligibility import Answer
from x12_pa.ledger.responses import unmatched
from x12_pa.services.eligibility_lists import Question, questions, strangers
from x12_pa.services.pieces import needs_a_person


def required(found: list[Question]) -> list[list[str]]:
    return [[answer.authorization.required for answer in one.newest] for one in found]


def only(bench: Bench) -> Answer:
    ((answer,),) = (one.newest for one in questions(bench.office))
    return answer


def answered_file(bench: Bench, *rows) -> bytes:
    """Ask, and return the payer's 271, not read yet."""
    bench.check(*rows)
    bench.run()
    paths = bench.poll()
    data = by_kind(path.read_bytes() for path in paths)
    for path in paths:
        path.unlink()
    return b"".join(data["271"])


@pytest.mark.parametrize(
    ("said", "stored"), [("Y", "yes"), ("N", "no"), ("U", "unknown"), (None, "not said")]
)
def test_what_the_payer_says_of_authorization_is_stored_as_it_is(
    tmp_path: Path, said: str | None, stored: str
) -> None:
    rule = {"authorization": said} if said else {}
    bench = Bench(tmp_path, told(**rule))
    assert required(bench.told(CHECK)) == [[stored]]
    assert bench.states() == {"EL20261122-000001": "answered"}


def test_the_answer_cites_the_segment_in_the_payers_file(tmp_path: Path) -> None:
    bench = Bench(tmp_path, told(authorization="Y"))
    bench.told(CHECK)
    (statement,) = only(bench).authorization.statements
    assert (statement.evidence.loop, statement.evidence.segment) == ("2110C", "EB")
    assert statement.evidence.text.startswith("EB*CB**********Y*W*HC:73721")


def test_coverage_is_told_for_the_planned_day(tmp_path: Path) -> None:
    bench = Bench(tmp_path, told(begins="2026-01-01", ends="2026-11-30"))
    bench.told(CHECK)
    assert (only(bench).coverage.state, only(bench).on) == ("inactive", DAY)


def test_a_new_member_id_and_another_plan_are_told(tmp_path: Path) -> None:
    bench = Bench(tmp_path, told(member_id="MBR000777", plan="EXAMPLE HMO"))
    bench.told(evolve(CHECK, plan="EXAMPLE PPO"))
    kinds = {change.kind for change in only(bench).changes}
    assert kinds == {
        "identity changed", "prior member id", "member id differs", "plan differs",
    }  # fmt: skip


def test_a_rejection_names_what_to_do_and_the_inquiry_is_rejected(tmp_path: Path) -> None:
    bench = Bench(tmp_path, told(reject=["75"], follow_up="C"))
    bench.told(CHECK)
    (refusal,) = only(bench).refusals
    assert (refusal.code, refusal.action, refusal.field) == ("75", "correct", "subscriber")
    assert only(bench).authorization.required == "not said"
    assert bench.states() == {"EL20261122-000001": "rejected"}
    assert "--again" in bench.check(CHECK).outcomes[0].detail


def test_an_inquiry_that_the_source_rejects_whole_is_an_answer_to_its_questions(
    tmp_path: Path,
) -> None:
    bench = Bench(tmp_path, told())
    data = answered_file(bench, CHECK)
    start, end = data.index(b"HL*2*"), data.index(b"SE*")
    head = data[:start].replace(b"HL*1**20*1", b"HL*1**20*0\nAAA*Y**42*R".replace(b"\n", b"~\n"))
    bench.ingest(head + data[end:].replace(data[end : data.index(b"~", end)], b"SE*6*0001"))
    (refusal,) = only(bench).refusals
    assert (refusal.code, bench.states()) == ("42", {"EL20261122-000001": "rejected"})


def test_two_patients_in_one_set_get_their_own_answers(tmp_path: Path) -> None:
    rule = {"when": {"member": "MBR000102"}, "answer": {"authorization": "N"}}
    bench = profiled(
        tmp_path,
        told(rule, authorization="Y"),
        mailbox="eligibility: {questions_per_patient: 9, patients_per_set: 9}",
    )
    assert required(bench.told(CHECK, THERAPY, OTHER)) == [["yes"], ["yes"], ["no"]]


def test_a_dependents_answer_is_not_the_subscribers(tmp_path: Path) -> None:
    rule = {"when": {"dependent": True}, "answer": {"authorization": "N"}}
    bench = profiled(
        tmp_path, told(rule, authorization="Y"), mailbox="eligibility: {patients_per_set: 9}"
    )
    found = bench.told(CHECK, CHILD)
    assert required(found) == [["yes"], ["no"]]
    assert found[1].newest[0].level == "dependent"


def test_a_general_answer_is_never_one_about_the_service_that_was_meant(tmp_path: Path) -> None:
    rules = (
        "  - {id: no-codes, applies: {tx: '270', direction: out}, forbid: 2110C/EQ02, "
        "source: a test, message: no codes}"
    )
    bench = profiled(tmp_path, told(authorization="N"), rules=rules)
    bench.told(CHECK)
    answer = only(bench)
    assert answer.authorization.required == "not said"
    assert [hint.kind for hint in answer.authorization.hints] == ["plan-wide"]


def test_an_answer_without_our_trace_is_found_by_its_reference(tmp_path: Path) -> None:
    bench = Bench(tmp_path, told(authorization="Y"))
    data = answered_file(bench, CHECK)
    assert counts(bench.ingest(recounted(re.sub(rb"TRN\*2[^~]*~\n", b"", data))))[
        "eligibility answers"
    ]
    assert required(questions(bench.office)) == [["yes"]]


def test_an_answer_with_neither_is_found_by_the_only_member_who_waits(tmp_path: Path) -> None:
    bench = Bench(tmp_path, told(authorization="Y"))
    data = recounted(re.sub(rb"TRN\*2[^~]*~\n", b"", answered_file(bench, CHECK, OTHER)))
    bench.ingest(re.sub(rb"EL20261122-00000\d", b"THEIRS", data))
    assert required(questions(bench.office)) == [["yes"], ["yes"]]


def test_of_two_inquiries_about_one_member_none_is_guessed(tmp_path: Path) -> None:
    bench = Bench(tmp_path, told(authorization="N"))
    data = recounted(re.sub(rb"TRN\*2[^~]*~\n", b"", answered_file(bench, CHECK, THERAPY)))
    taken = bench.ingest(re.sub(rb"EL20261122-00000\d", b"THEIRS", data))
    assert required(questions(bench.office)) == [[], []]
    assert counts(taken)["answers without a request"] == 2
    assert needs_a_person(taken.outcome.counts)


def test_an_answer_under_our_reference_about_another_patient_is_not_taken(tmp_path: Path) -> None:
    bench = Bench(tmp_path, told(authorization="N"))
    data = recounted(re.sub(rb"TRN\*2[^~]*~\n", b"", answered_file(bench, CHECK)))
    other = data.replace(b"19470202", b"19500101").replace(b"MBR000101", b"MBR000555")
    bench.ingest(other)
    assert required(questions(bench.office)) == [[]]
    with bench.office.ledger.read() as tx:
        assert len(unmatched(tx)) == 1


STRANGER = (
    (b"EL20261122-000001-2", b"ELSE-2"),
    (b"MBR000102", b"MBR000555"),
    (b"19610304", b"19620405"),
    (b"FICTION", b"NOBODY"),
)


def with_a_stranger(data: bytes) -> bytes:
    """Return a file about two patients with the second one changed to another person."""
    for old, new in STRANGER:
        assert old in data
        data = data.replace(old, new)
    return data


def two_in_a_set(folder: Path) -> Bench:
    return profiled(folder, told(authorization="N"), mailbox="eligibility: {patients_per_set: 9}")


def shown(bench: Bench) -> list[list[str]]:
    """Return the members of each 271 that is shown as asked for by nobody."""
    found = strangers(bench.office, str)
    return [[one["patient"]["member_id"] for one in row["answers"]] for row in found]


def test_strangers_beside_patients_who_were_asked_about_are_shown_alone(tmp_path: Path) -> None:
    bench = two_in_a_set(tmp_path)
    taken = bench.ingest(with_a_stranger(answered_file(bench, CHECK, OTHER)))
    assert (counts(taken), needs_a_person(counts(taken))) == (
        {"answers without a request": 1},
        True,
    )
    assert required(questions(bench.office)) == [["no"], []]
    assert set(map(tuple, shown(bench))) == {("MBR000555", "MBR000555")}


def test_strangers_beside_others_find_their_inquiry_when_it_comes(tmp_path: Path) -> None:
    bench = two_in_a_set(tmp_path)
    bench.ingest(with_a_stranger(answered_file(bench, CHECK, OTHER)))
    late = with_a_stranger(bench.received()[0]).replace(b"EL20261122-000001", b"ELSE-1")
    late = re.sub(rb"(^ISA.{87})\d{9}", rb"\g<1>000000790", late)
    taken = bench.ingest(re.sub(rb"(IEA\*\d+\*)\d{9}", rb"\g<1>000000790", late))
    assert counts(taken)["answers that had come before"] == 1
    assert required(questions(bench.office)) == [["no"], [], [], ["no"]]
    assert shown(bench) == []


def test_271s_beyond_what_one_run_fetches_are_told_and_come_with_the_next(tmp_path: Path) -> None:
    bench = Bench(tmp_path, told(authorization="N"), more="max_files = 3\n")
    bench.check(*(evolve(CHECK, member_id=f"MBR{n:06d}") for n in range(5)))
    bench.run()
    assert len(bench.poll()) == 6
    assert [bench.run().exit_code for _ in range(3)] == [3, 0, 0]
    assert {question.state for question in questions(bench.office)} == {"answered"}


def test_an_answer_that_comes_twice_is_stored_once(tmp_path: Path) -> None:
    bench = Bench(tmp_path, told(authorization="Y"))
    data = answered_file(bench, CHECK)
    bench.ingest(data)
    again = re.sub(rb"(^ISA.{87})\d{9}", rb"\g<1>000000777", data)
    bench.ingest(re.sub(rb"(IEA\*\d+\*)\d{9}", rb"\g<1>000000777", again), "again.x12")
    assert [len(one.told) for one in questions(bench.office)] == [1]


def test_a_later_answer_stands_beside_the_first_and_comes_before_it(tmp_path: Path) -> None:
    bench = Bench(tmp_path, told(authorization="N"))
    data = answered_file(bench, CHECK)
    bench.ingest(data)
    later = re.sub(rb"(BHT\*0022\*11\*[^*]*\*)\d{8}\*\d{6}", rb"\g<1>20261130*0900", data)
    later = re.sub(rb"(^ISA.{87})\d{9}", rb"\g<1>000000778", later.replace(b"*N*W*", b"*Y*W*"))
    bench.ingest(re.sub(rb"(IEA\*\d+\*)\d{9}", rb"\g<1>000000778", later))
    (one,) = questions(bench.office)
    assert [a.authorization.required for _, (a,) in one.told] == ["yes", "no"]


def test_an_inquiry_made_elsewhere_is_recorded_and_finds_its_answer(
    bench: Bench, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    other = Bench(tmp_path / "other", told(authorization="Y"))
    data = answered_file(other, CHECK)
    sent = other.received()[0]
    other.close()
    assert counts(bench.ingest(data))["answers without a request"] == 1
    taken = bench.ingest(sent)
    assert counts(taken) == {"inquiries": 1, "answers that had come before": 1}
    assert required(questions(bench.office)) == [["yes"]]
    assert only(bench).authorization.statements[0].evidence.number > 0


def test_a_999_that_refuses_the_inquiry_refuses_its_questions(tmp_path: Path) -> None:
    bench = Bench(tmp_path, told())
    bench.check(CHECK)
    bench.run()
    ack = by_kind(path.read_bytes() for path in bench.poll())["999"][0]
    bench.ingest(ack.replace(b"IK5*A", b"IK5*R").replace(b"AK9*A*1*1*1", b"AK9*R*1*1*0"))
    assert bench.states() == {"EL20261122-000001": "refused_technically"}


def test_an_inquiry_that_nobody_answers_waits(tmp_path: Path) -> None:
    bench = Bench(tmp_path, told(silent=True))
    (one,) = bench.told(CHECK)
    assert (one.state, one.newest) == ("received", ())


def test_a_278_answer_that_names_an_inquiry_of_ours_is_left_for_a_person(
    bench: Bench, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    other = Bench(tmp_path / "other")
    data = next(d for d in other.sent_and_answered(1) if b"ST*278" in d)
    other.close()
    bench.check(CHECK)
    taken = bench.ingest(data.replace(b"PA20261122-000001", b"EL20261122-000001"))
    assert counts(taken)["answers without a request"] == 1


def subscribers_answer_under_the_childs_trace(bench: Bench) -> str:
    """Return a 271 about the subscriber, as if it answered the question about the child."""
    bench.check(CHECK, CHILD)
    bench.run()
    data = [path.read_text() for path in bench.poll() if "ST*271*" in path.read_text()]
    return data[0].replace("EL20261122-000001", "EL20261122-000002")


def test_what_is_said_of_the_subscriber_is_no_answer_about_a_dependent_by_its_trace(
    tmp_path: Path,
) -> None:
    bench = Bench(tmp_path, told(authorization="N"))
    bench.ingest(subscribers_answer_under_the_childs_trace(bench).encode())
    assert required(questions(bench.office)) == [[], []]
    assert len(list(strangers(bench.office, lambda value: value))) == 1


def test_a_dependent_whom_the_payer_lists_as_a_member_gets_the_answer(tmp_path: Path) -> None:
    bench = Bench(tmp_path, told(authorization="N"))
    data = subscribers_answer_under_the_childs_trace(bench)
    data = data.replace("TESTER*ALMA", "TESTER*EMIL").replace("19470202", "20140801")
    bench.ingest(data.encode())
    assert required(questions(bench.office)) == [[], ["no"]]


@pytest.mark.parametrize("code", ["A", "R"])
@pytest.mark.parametrize("kind", ["yes", "rejected"])
def test_a_999_after_the_answer_is_kept_and_changes_nothing(
    tmp_path: Path, kind: str, code: str
) -> None:
    bench = Bench(tmp_path, told(authorization="Y") if kind == "yes" else told(reject=["75"]))
    bench.check(CHECK)
    bench.run()
    paths = bench.poll()
    data = by_kind(path.read_bytes() for path in paths)
    for path in paths:
        path.unlink()
    bench.ingest(data["271"][0])
    before = bench.states()
    late = data["999"][0].replace(b"IK5*A", b"IK5*" + code.encode())
    late = late.replace(b"AK9*A*1*1*1", b"AK9*R*1*1*0") if code == "R" else late
    assert counts(bench.ingest(late, "late.999"))["999"] == 1
    assert bench.states() == before


def test_an_answer_that_gives_back_a_foreign_trace_number_is_not_taken(tmp_path: Path) -> None:
    bench = Bench(tmp_path, told(authorization="N"))
    data = re.sub(rb"TRN\*2\*[^*]*", b"TRN*2*THEIRS", answered_file(bench, CHECK))
    bench.ingest(re.sub(rb"EL20261122-00000\d", b"THEIRS", data))
    assert required(questions(bench.office)) == [[]]
