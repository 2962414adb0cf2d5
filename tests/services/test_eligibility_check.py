"""Asking about eligibility: each question once, in the way the payer takes it."""

from datetime import timedelta
from pathlib import Path

import pytest
from attrs import evolve

from tests.services.bench import MAILBOX, Bench
from tests.services.eligibility import CHECK, CHILD, DAY, OTHER, THERAPY, profiled, told
from x12_pa.eligibility.schedule import read_schedule
from x12_pa.errors import ConfigError, UsageError
from x12_pa.ledger import audit
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


def rejected(bench: Bench, code: str, follow_up: str) -> None:
    """Ask, and have the question rejected; from now on the payer answers."""
    bench.payer.personality = told(reject=[code], follow_up=follow_up)
    bench.told(CHECK)
    bench.payer.personality = told()


def test_what_the_payer_could_not_answer_is_asked_again_when_it_said(bench: Bench) -> None:
    rejected(bench, "42", "X")
    (known,) = bench.check(CHECK).outcomes
    assert (known.state, "asked again from 2026-12-02 on" in known.detail) == ("known", True)
    bench.now += timedelta(days=10)
    (again,) = bench.check(CHECK).outcomes
    assert (again.state, again.detail) == ("queued", "asked again: rejected: 42 unable to respond "
                                           "now")  # fmt: skip
    (once,) = bench.check(CHECK).outcomes
    assert (once.state, once.reference) == ("known", again.reference)


def test_what_is_to_be_corrected_is_never_asked_again_by_itself(bench: Bench) -> None:
    rejected(bench, "75", "C")
    bench.now += timedelta(days=40)
    (known,) = bench.check(CHECK).outcomes
    assert known.detail == (
        "it was asked before; rejected: 75 subscriber not found (correct subscriber); correct it, "
        "or ask with --again"
    )
    (asked,) = bench.told(CHECK)
    assert asked.state == "rejected"
    assert states(bench.check(CHECK, again=True)) == ["queued"]
    assert bench.check(CHECK).outcomes[0].detail == "it was asked before (queued)"


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


SEARCH = "any_of: [[2100C/NM109, 2100C/DMG02], [2100C/NM103, 2100C/NM104, 2100C/DMG02]]"


def test_a_row_that_fits_none_of_the_payers_search_options_is_refused(tmp_path: Path) -> None:
    bench = profiled(tmp_path, rules=RULE.format(id="search", body=SEARCH))
    by_name = evolve(OTHER, member_id=None)
    card_alone = evolve(OTHER, subscriber_birth_date=None)
    done = bench.check(CHECK, by_name, card_alone)
    assert states(done) == ["queued", "queued", "refused"]
    (finding,) = done.outcomes[2].findings
    assert (finding.source, "wish" in finding.message) == ("profile:clinic-payer", True)


def test_a_search_option_that_is_only_advised_is_told_and_the_row_goes_out(tmp_path: Path) -> None:
    rule = RULE.format(id="search", body=SEARCH + ", severity: warning")
    done = profiled(tmp_path, rules=rule).check(CHECK, evolve(OTHER, subscriber_birth_date=None))
    assert states(done) == ["queued", "queued"]
    assert [[found.source for found in item.findings] for item in done.outcomes] == [
        [],
        ["profile:clinic-payer", "preflight"],
    ]


@pytest.mark.parametrize(
    ("rule", "mailbox", "sets_in_files", "patients_in_sets"),
    [
        ("", "", [4], [1, 1, 1, 1]),
        ("", "sets_per_file: 1", [1, 1, 1, 1], [1, 1, 1, 1]),
        ("", "sets_per_file: 3", [3, 1], [1, 1, 1, 1]),
        ("", "patients_per_set: 99", [1], [4]),
        ("", "patients_per_set: 2, sets_per_file: 1", [1, 1], [2, 2]),
        ("count: {of: 2000C, max: 2, per: ST}", "patients_per_set: 99", [2], [2, 2]),
        ("count: {of: ST, max: 2, per: '@file'}", "sets_per_file: 99", [2, 2], [1, 1, 1, 1]),
        ("count: {of: 2000C, max: 3, per: ST}", "", [4], [1, 1, 1, 1]),
    ],
)
def test_the_profile_decides_what_goes_into_one_set_and_one_file(
    tmp_path: Path, rule: str, mailbox: str, sets_in_files: list[int], patients_in_sets: list[int]
) -> None:
    rules = RULE.format(id="limit", body=rule) if rule else ""
    bench = profiled(tmp_path, rules=rules, mailbox=f"eligibility: {{{mailbox}}}")
    family = [evolve(OTHER, member_id=f"MBR00020{n}") for n in range(4)]
    done = bench.check(*family)
    files = queued(bench)
    assert states(done) == ["queued"] * 4
    assert [data.count(b"ST*270*") for data in files] == sets_in_files
    sets = [each for data in files for each in data.decode().split("ST*270*")[1:]]
    assert [each.count("*22*") for each in sets] == patients_in_sets


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


UNBORN = evolve(OTHER, subscriber_birth_date=DAY + timedelta(days=30))
"""A question about a day before the birth: the meaning of AAA 60 leaves the payer no choice."""


def test_what_the_payer_is_sure_to_reject_is_held_back_and_the_rest_goes_out(bench: Bench) -> None:
    done = bench.check(CHECK, UNBORN)
    assert (states(done), done.clean) == (["queued", "held"], False)
    held = done.outcomes[1]
    assert "The payer will reject this with AAA 60" in held.findings[0].message
    assert "correct it" in held.detail
    assert b"".join(queued(bench)).count(b"ST*270*") == 1


def test_what_the_payer_may_reject_goes_out_with_a_warning(bench: Bench) -> None:
    done = bench.check(evolve(OTHER, subscriber_birth_date=None))
    assert states(done) == ["queued"]
    assert "may reject this with AAA 58" in done.outcomes[0].findings[0].message


def test_a_held_question_goes_out_for_a_reason_that_is_kept(bench: Bench) -> None:
    done = bench.check(CHECK, UNBORN, anyway="the payer knows the child as unborn")
    assert states(done) == ["queued", "queued"]
    assert [found.code for found in done.outcomes[1].findings] == ["P133"]
    with bench.office.ledger.read() as tx:
        kept = [each for each in audit.entries(tx) if each.event == module.SENT_ANYWAY]
    assert [each.data["reason"] for each in kept] == ["the payer knows the child as unborn"]
    assert kept[0].data["findings"] == ["P133 2000A/2000B/2000C/2100C DMG02"]


@pytest.mark.parametrize("reason", ["", "x" * 201, "FICTION is unborn", "born 01/04/2027"])
def test_a_reason_is_short_and_names_nobody(bench: Bench, reason: str) -> None:
    with pytest.raises(UsageError, match="reason"):
        bench.check(UNBORN, anyway=reason)
    assert queued(bench) == []


def test_a_rejection_that_the_payers_own_guide_announces_holds_back_too(tmp_path: Path) -> None:
    announced = "expect: {AAA: [{loop: 2100C, code: '72', follow: C}]}, severity: warning"
    rule = RULE.format(id="card", body="format: {2100C/NM109: 'MBR0001.1'}, " + announced)
    bench = profiled(tmp_path, rules=rule)
    assert states(bench.check(CHECK, OTHER)) == ["queued", "held"]


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


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"subscriber_first_name": "AL*MA"}, "subscriber_first_name"),
        ({"member_id": "MBR~1"}, "member_id"),
        ({"payer_name": "PLAN\u0142"}, "payer_name"),
        ({"provider_name": "A*B"}, "provider_name"),
    ],
)
def test_what_x12_cannot_carry_is_told_by_its_column(
    bench: Bench, change: dict[str, str], column: str
) -> None:
    (outcome,) = bench.check(evolve(CHECK, **change)).outcomes
    (finding,) = outcome.findings
    assert finding.message.startswith(f"column {column}: holds ")
