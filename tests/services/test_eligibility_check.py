"""Asking about eligibility: each question once, in the way the payer takes it."""

from pathlib import Path

import pytest
from attrs import evolve

from tests.services.bench import MAILBOX, Bench
from tests.services.eligibility import CHECK, CHILD, OTHER, THERAPY, profiled
from x12_pa.eligibility.schedule import read_schedule
from x12_pa.errors import ConfigError, UsageError
from x12_pa.ledger import eligibility as store
from x12_pa.ledger.control_numbers import counters
from x12_pa.ledger.mailboxes import files
from x12_pa.services import eligibility_check as module
from x12_pa.services.eligibility_check import Checked
from x12_pa.validation import validate

WHERE = "applies: {{tx: '270', direction: out}}, source: a test, message: wish"
RULE = "  - {{id: {id}, " + WHERE + ", {body}}}"


def queued(bench: Bench) -> list[bytes]:
    with bench.office.ledger.read() as tx:
        return [bench.office.ledger.spool.read(each.sha256) for each in files(tx)]


def states(done: Checked) -> list[str]:
    return [item.state for item in done.outcomes]


def lines(data: bytes, name: str) -> list[str]:
    return [line for line in data.decode().split("~\n") if line.startswith(f"{name}*")]


def test_a_row_is_queued_as_a_valid_270_under_our_envelope(bench: Bench) -> None:
    done = bench.check(CHECK)
    (data,) = queued(bench)
    assert (states(done), done.outcomes[0].trace) == (["queued"], "EL20261122-000001")
    assert validate(data, profile=bench.office.profile_of(bench.office.only_mailbox(None))).accepted
    assert lines(data, "GS")[0].startswith("GS*HS*CLINIC001*DEMOPAYER*")
    assert lines(data, "TRN") == ["TRN*1*EL20261122-000001*9CLINIC001"]


def test_the_same_row_is_queued_once_in_one_call_and_across_calls(bench: Bench) -> None:
    first = bench.check(CHECK, CHECK, THERAPY)
    second = bench.check(THERAPY, CHECK)
    assert states(first) + states(second) == ["queued", "known", "queued", "known", "known"]
    assert second.outcomes[1].trace == first.outcomes[0].trace
    assert b"".join(queued(bench)).count(b"ST*270*") == 2


def test_a_number_of_our_own_makes_no_other_question(bench: Bench) -> None:
    bench.check(evolve(CHECK, reference="APPT-1"))
    assert states(bench.check(evolve(CHECK, reference="APPT-9"))) == ["known"]


def test_what_was_asked_is_asked_again_only_on_demand(bench: Bench) -> None:
    bench.check(CHECK)
    assert states(bench.check(CHECK, again=True)) == ["queued"]
    assert states(bench.check(CHECK)) == ["known"]
    assert len(queued(bench)) == 2


def test_a_test_does_not_stand_in_the_way_of_the_real_question(bench: Bench) -> None:
    assert states(bench.check(CHECK, test=True)) + states(bench.check(CHECK)) == ["queued"] * 2


def test_a_row_that_would_be_rejected_is_refused_and_the_others_go_out(bench: Bench) -> None:
    bad = evolve(CHECK, provider_npi="1000000013")
    done = bench.check(CHECK, bad, THERAPY)
    assert states(done) == ["queued", "refused", "queued"]
    (finding,) = done.outcomes[1].findings
    assert (finding.code, finding.loop) == ("X501", "2000A/2000B/2100B")
    (data,) = queued(bench)
    assert b"1000000013" not in data
    assert data.count(b"ST*270*") == 2


def test_a_refused_row_takes_no_control_number(bench: Bench) -> None:
    bench.check(evolve(CHECK, provider_npi="1000000013"))
    with bench.office.ledger.read() as tx:
        assert [counter for counter in counters(tx) if counter.value] == []


def test_a_crash_inside_the_transaction_loses_question_and_number_alike(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def power_cut(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(module.store, "record_check", power_cut)
        with pytest.raises(KeyboardInterrupt):
            bench.check(CHECK)
    assert bench.requests() == []
    assert states(bench.check(CHECK)) == ["queued"]
    assert b"*000000001*" in queued(bench)[0][:106]


def test_the_questions_of_a_call_are_in_the_ledger_with_their_inquiry(bench: Bench) -> None:
    bench.check(CHECK, CHILD)
    with bench.office.ledger.read() as tx:
        found = store.checks(tx, member_id="MBR000101", payer="DEMOPAYER")
    assert [(each.reference, each.state) for each in found] == [
        ("EL20261122-000001", "queued"),
        ("EL20261122-000002", "queued"),
    ]


def test_a_payer_that_takes_no_procedures_is_asked_about_the_plan(tmp_path: Path) -> None:
    rule = RULE.format(id="no-codes", body="forbid: 2110C/EQ02")
    bench = profiled(tmp_path, rules=rule)
    done = bench.check(CHECK, evolve(CHECK, service_type="62"))
    assert states(done) == ["queued", "queued"]
    assert done.outcomes[0].detail == (
        "asked as service type 30: the payer does not take procedures"
    )
    assert lines(queued(bench)[0], "EQ") == ["EQ*30", "EQ*62"]


def test_a_service_type_that_is_not_answered_is_asked_as_30(tmp_path: Path) -> None:
    rule = RULE.format(id="types", body="values: {2110C/EQ01: ['30', '98']}")
    bench = profiled(tmp_path, rules=rule)
    bench.check(THERAPY, evolve(THERAPY, service_type="98"))
    assert lines(queued(bench)[0], "EQ") == ["EQ*30", "EQ*98"]


def test_a_payer_that_takes_one_set_at_a_time_gets_one_file_each(tmp_path: Path) -> None:
    rule = RULE.format(id="one", body="count: {of: ST, max: 1, per: '@interchange'}")
    bench = profiled(tmp_path, rules=rule)
    done = bench.check(CHECK, THERAPY, OTHER)
    assert len(done.files) == 3
    assert [data.count(b"ST*270*") for data in queued(bench)] == [1, 1, 1]


def test_many_questions_and_patients_go_together_where_the_profile_says_so(tmp_path: Path) -> None:
    bench = profiled(
        tmp_path, mailbox="eligibility: {questions_per_patient: 9, patients_per_set: 9}"
    )
    done = bench.check(CHECK, THERAPY, OTHER)
    assert {item.reference for item in done.outcomes} == {"EL20261122-000001"}
    assert [item.trace[-2:] for item in done.outcomes if item.trace] == ["-1", "-1", "-2"]
    assert lines(queued(bench)[0], "EQ") == ["EQ**HC:73721", "EQ*PT", "EQ**HC:73721"]


def test_a_payer_without_batches_gets_nothing_and_its_own_words_say_why(tmp_path: Path) -> None:
    rule = RULE.format(id="realtime", body="values: {'@mode': [realtime]}")
    bench = profiled(tmp_path, rules=rule)
    done = bench.check(CHECK)
    assert (states(done), queued(bench)) == (["refused"], [])
    assert "wish" in done.outcomes[0].findings[0].message


def test_rows_that_may_not_stand_in_one_file_go_in_several(tmp_path: Path) -> None:
    rule = RULE.format(id="once", body="unique: {path: 2100C/NM109, over: '@interchange'}")
    bench = profiled(tmp_path, rules=rule)
    done = bench.check(CHECK, THERAPY, OTHER)
    assert states(done) == ["queued"] * 3
    assert [data.count(b"ST*270*") for data in queued(bench)] == [2, 1]
    with bench.office.ledger.read() as tx:
        assert len(store.checks(tx)) == 3


def test_a_misspelt_wish_is_an_error(tmp_path: Path) -> None:
    bench = profiled(tmp_path, mailbox="eligibility: {patients_per_sett: 9}")
    with pytest.raises(ConfigError, match="patients_per_sett"):
        bench.check(CHECK)


SECOND = MAILBOX.replace("[mailbox.payer]", "[mailbox.{name}]").replace("demo-payer", "{profile}")


def test_each_payer_is_asked_through_its_own_mailbox(tmp_path: Path) -> None:
    more = SECOND.format(name="florida", profile="florida-flmmis")
    bench = Bench(tmp_path, more=more)
    florida = evolve(CHECK, payer_id="77027")
    done = bench.check(CHECK, florida)
    assert states(done) == ["queued", "queued"]
    assert [file.mailbox for file in done.files] == ["payer", "florida"]


def test_a_payer_that_no_mailbox_leads_to_is_refused_with_what_to_do(tmp_path: Path) -> None:
    bench = Bench(tmp_path, more=SECOND.format(name="florida", profile="florida-flmmis"))
    done = bench.check(evolve(CHECK, payer_id="STRANGER"))
    assert states(done) == ["refused"]
    assert "--mailbox" in done.outcomes[0].detail


def test_two_mailboxes_to_one_payer_are_a_question_for_people(tmp_path: Path) -> None:
    bench = Bench(tmp_path, more=SECOND.format(name="second", profile="demo-payer"))
    with pytest.raises(UsageError, match="payer, second"):
        bench.check(CHECK)
    assert states(bench.check(CHECK, mailbox=bench.office.only_mailbox("second"))) == ["queued"]


def test_a_payer_that_the_only_profile_does_not_speak_for_is_not_asked(bench: Bench) -> None:
    stranger = evolve(CHECK, payer_id="OTHERPAYER")
    (refused,) = bench.check(stranger).outcomes
    assert (refused.state, queued(bench)) == ("refused", [])
    assert "no mailbox leads to this payer" in refused.detail
    assert states(bench.check(stranger, mailbox=bench.office.only_mailbox(None))) == ["queued"]


def test_what_is_told_of_one_patient_of_a_set_is_not_told_of_the_others(tmp_path: Path) -> None:
    bench = profiled(tmp_path, mailbox="eligibility: {patients_per_set: 5}")
    done = bench.check(CHECK, evolve(OTHER, subscriber_birth_date=None))
    assert [[each.code for each in item.findings] for item in done.outcomes] == [[], ["P133"]]
    bench.close()


def test_a_row_that_stands_twice_is_refused_twice_or_known_by_the_same_trace(bench: Bench) -> None:
    wrong = evolve(CHECK, provider_npi="1000000013")
    assert states(bench.check(wrong, wrong)) == ["refused", "refused"]
    first, second = bench.check(CHECK, CHECK).outcomes
    assert (second.state, second.trace) == ("known", first.trace)


def test_a_fault_of_a_row_names_its_place_once(bench: Bench) -> None:
    text = b"payer_id,payer_name,provider_npi,provider_name,member_id,procedure,service_date\n"
    row = b"DEMOPAYER,DEMO PLAN,1000000012,EXAMPLE CLINIC,MBR000101,73721,12/05/2026\n"
    rows = module.wanted_rows(read_schedule("may.csv", text + row))
    (refused,) = module.check(bench.office, rows).outcomes
    assert refused.where == "may.csv: row 2"
    assert refused.findings[0].message == "column service_date: expected a date YYYY-MM-DD"
