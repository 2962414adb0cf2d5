"""Rules of a payer about what was sent and answered before, asked of the ledger."""

from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from click.testing import CliRunner
from sqlalchemy import func, select

from tests.profiles.support import profile_of
from tests.services.bench import IDENTITY, LEDGER, MAILBOX, Bench, states_of
from tests.simulator.support import always, fixture
from x12_pa.cli import main
from x12_pa.exchange.store import OutboundState
from x12_pa.guides.hooks import DIRECTION
from x12_pa.ledger import schema
from x12_pa.ledger.mailboxes import files, settle
from x12_pa.models import Attachment, ReviewRequest
from x12_pa.services.build import WouldBeRejected, address_for, build_file
from x12_pa.services.history import LedgerHistory

OUT = {"applies": {"tx": "278", "direction": "out"}}
IN = {"applies": {"tx": "278", "direction": "in"}}
ONCE = {**OUT, "id": "once", "unique": {"path": "2000E/PWK06", "over": "partner.interchanges"}}
AGREED = {**OUT, "id": "agreed", "transition": {"edit_if": ["A1"], "cancel_if": ["A1"]}}
SAME = {**OUT, "id": "same", "transition": {"immutable": ["2000E/UM03"]}}
REPEATED = {**IN, "id": "repeated", "echo": {"278R:2010B/NM109": "278:2010B/NM109"}}
RULES = (ONCE, AGREED, SAME, REPEATED)


def bench_with(folder: Path, *rules: dict[str, Any], who: Any = None) -> Bench:
    profile_of(folder, *rules, envelope={"ISA08": "DEMOPAYER"})
    config = IDENTITY + LEDGER + MAILBOX.replace('"demo-payer"', '"payer.yaml"')
    return Bench(folder, who or always(decision="A1"), config=config)


@pytest.fixture
def bench(tmp_path):
    found = bench_with(tmp_path, *RULES)
    yield found
    found.close()


def with_document(number: int, control: str) -> ReviewRequest:
    request = fixture(number)
    paper = Attachment(type="77", transmission="EL", control_number=control)
    return evolve(request, event=evolve(request.event, attachments=(paper,)))


def update_of(number: int, kind: str, **changes: Any) -> ReviewRequest:
    """Return a change (4) or cancellation (3) of a request of the demo, under its trace number."""
    before = fixture(number)
    event = evolve(before.event, certification_type=kind, **changes)
    return evolve(before, reference=f"{before.reference}-{kind}", event=event)


def sent(bench: Bench) -> list[bytes]:
    with bench.office.ledger.read() as tx:
        return [bench.office.ledger.spool.read(each.sha256) for each in files(tx)]


def checked(bench: Bench, data: bytes, *options: str) -> list[str]:
    """Return what `validate` says of the rules of the profile, as severity and code."""
    path = bench.folder / "file.edi"
    path.write_bytes(data)
    profile = str(bench.folder / "payer.yaml")
    arguments = ["--config", str(bench.config), "validate", str(path), "--profile", profile]
    done = CliRunner().invoke(main, [*arguments, *options], catch_exceptions=False)
    lines = (line for line in done.stdout.splitlines() if "[P" in line and "P902" not in line)
    return [line for line in lines]


def rows(bench: Bench, *tables: Any) -> list[int]:
    with bench.office.ledger.read() as tx:
        return [
            tx.execute(select(func.count()).select_from(table)).scalar_one() for table in tables
        ]


# unique


def test_a_number_that_went_to_the_payer_before_is_refused(bench):
    assert states_of(bench.submit(with_document(1, "ACN0001"))) == ["queued"]
    assert states_of(bench.submit(with_document(2, "ACN0002"))) == ["queued"]
    done = bench.submit(with_document(3, "ACN0001"))
    assert states_of(done) == ["refused"]
    (found,) = done.outcomes[0].findings
    assert (found.code, found.rule.id, found.element) == ("P124", "once", "PWK06")


def test_the_same_request_again_is_known_and_no_duplicate(bench):
    bench.submit(with_document(1, "ACN0001"))
    assert states_of(bench.submit(with_document(1, "ACN0001"))) == ["known"]


def test_what_was_refused_leaves_no_trace_in_the_history(bench):
    bench.submit(with_document(1, "ACN0001"))
    bench.submit(with_document(3, "ACN0001"))
    good = with_document(4, "ACN0009")
    bad = evolve(good, requester=evolve(good.requester, identifier="1000000013"))
    assert states_of(bench.submit(bad)) == ["refused"]
    assert states_of(bench.submit(with_document(4, "ACN0009"))) == ["queued"]


def test_a_cancelled_file_never_reached_the_payer(bench):
    bench.submit(with_document(1, "ACN0001"))
    with bench.office.ledger.write() as tx:
        settle(tx, files(tx)[0].id, to=OutboundState.CANCELLED, reason="sent by mistake")
    assert states_of(bench.submit(with_document(2, "ACN0001"))) == ["queued"]


def test_another_payer_has_seen_nothing_of_it(bench):
    bench.submit(with_document(1, "ACN0001"))
    with bench.office.ledger.write() as tx:
        history = LedgerHistory(tx=tx, keep=True)
        for receiver, found in (("DEMOPAYER", True), ("OTHERPAYER", False)):
            way = dict(zip(DIRECTION, ("ZZ", "CLINIC001", "ZZ", receiver, "P"), strict=True))
            keys = {ref: (value,) for ref, value in way.items()}
            assert history.seen("2000E/PWK06", "ACN0001", keys, None) is found


def test_only_a_window_counts_where_the_rule_has_one(tmp_path):
    rule = {**OUT, "unique": {**ONCE["unique"], "window": "P1Y"}}
    bench = bench_with(tmp_path, rule)
    bench.submit(with_document(1, "ACN0001"))
    assert states_of(bench.submit(with_document(2, "ACN0001"))) == ["refused"]
    bench.now = bench.now.replace(year=bench.now.year + 2)
    assert states_of(bench.submit(with_document(3, "ACN0001"))) == ["queued"]
    bench.close()


def test_values_of_files_that_are_gone_are_not_known_and_that_is_said(bench):
    bench.submit(with_document(1, "ACN0001"))
    with bench.office.ledger.read() as tx:
        bench.office.ledger.spool.path(files(tx)[0].sha256).unlink()
    with bench.office.ledger.write() as tx:
        way = dict(zip(DIRECTION, ("ZZ", "CLINIC001", "ZZ", "DEMOPAYER", "P"), strict=True))
        keys = {ref: (value,) for ref, value in way.items()}
        assert LedgerHistory(tx=tx).seen("2000E/PWK06", "ACN0001", keys, None) is None


def test_our_own_control_numbers_never_collide_with_themselves(tmp_path):
    rule = {**OUT, "unique": {"path": "ISA13", "over": "partner.interchanges"}}
    bench = bench_with(tmp_path, rule)
    for number in (1, 2, 3):
        assert states_of(bench.submit(number)) == ["queued"]
    bench.close()


# The command


def test_a_file_is_checked_against_the_ledger_when_it_is_asked_for(bench):
    bench.submit(with_document(1, "ACN0001"))
    other = sent(bench)[0].replace(b"000000001", b"000000007")
    (found,) = checked(bench, other, "--history")
    assert found.startswith("error[P124]")


def test_a_file_does_not_collide_with_itself_however_often_it_is_checked(bench):
    bench.submit(with_document(1, "ACN0001"))
    (data,) = sent(bench)
    assert checked(bench, data, "--history") == []
    assert checked(bench, data.rstrip(), "--history") == []


def test_checking_writes_nothing_into_the_history(bench):
    bench.submit(with_document(1, "ACN0001"))
    before = rows(bench, schema.seen_read, schema.seen_value, schema.interchange)
    other = sent(bench)[0].replace(b"ACN0001", b"ACN0002").replace(b"000000001", b"000000007")
    assert checked(bench, other, "--history") == checked(bench, other, "--history") == []
    assert rows(bench, schema.seen_read, schema.seen_value, schema.interchange) == before


def test_without_it_each_rule_is_reported_once_as_not_checked(bench):
    bench.submit(with_document(1, "ACN0001"), with_document(2, "ACN0002"))
    (found,) = checked(bench, sent(bench)[0])
    assert found.startswith("info[P901]: Rule once was not checked: no history")
    assert "--history" in found


def test_a_ledger_that_is_not_there_is_not_made(tmp_path):
    profile_of(tmp_path, ONCE)
    config = tmp_path / "x12-pa.toml"
    config.write_text('[ledger]\nurl = "sqlite:///none.db"\nspool = "spool"\n')
    arguments = ["validate", "-", "--profile", str(tmp_path / "payer.yaml"), "--history"]
    done = CliRunner().invoke(main, ["--config", str(config), *arguments], input=b"")
    assert (done.exit_code, (tmp_path / "none.db").exists()) == (2, False)


def test_a_built_file_is_judged_by_what_was_queued(bench):
    bench.submit(with_document(1, "ACN0001"))
    profile = bench.office.profile_of(bench.office.only_mailbox(None))
    address = address_for(bench.office, profile, None, "P")
    with pytest.raises(WouldBeRejected) as refusal:
        build_file(bench.office, address, [with_document(2, "ACN0001")], profile=profile)
    assert [f.code for f in refusal.value.result.findings if f.severity == "error"] == ["P124"]


# transition


@pytest.mark.parametrize(("decision", "state"), [("A1", "queued"), ("A3", "refused")])
def test_a_cancellation_must_follow_the_answer_that_the_payer_asks_for(tmp_path, decision, state):
    reason = {"reason": ["0U"]} if decision == "A3" else {}
    bench = bench_with(tmp_path, AGREED, who=always(decision=decision, **reason))
    for data in bench.sent_and_answered(1):
        bench.ingest(data)
    done = bench.submit(update_of(1, "3"))
    assert states_of(done) == [state]
    assert [f.code for f in done.outcomes[0].findings] == ["P125"] * (state == "refused")
    bench.close()


def test_an_update_may_not_change_what_the_payer_keeps(tmp_path):
    bench = bench_with(tmp_path, SAME)
    for data in bench.sent_and_answered(1):
        bench.ingest(data)
    assert states_of(bench.submit(update_of(1, "4", service_type="1"))) == ["refused"]
    assert states_of(bench.submit(update_of(1, "4"))) == ["queued"]
    bench.close()


def test_an_update_of_a_request_that_nobody_knows_is_not_decided(bench):
    assert states_of(bench.submit(update_of(1, "3"))) == ["queued"]
    found = checked(bench, sent(bench)[0], "--history")
    assert [line.partition(" was")[0] for line in found] == [
        "info[P901]: Rule agreed",
        "info[P901]: Rule same",
    ]
    assert all("x12-pa ingest" in line for line in found)


@pytest.mark.parametrize(("receiver", "known"), [("DEMOPAYER", True), ("OTHERPAYER", False)])
def test_the_number_of_an_authorization_is_that_of_its_payer_only(tmp_path, receiver, known):
    bench = bench_with(tmp_path, SAME)
    for data in bench.sent_and_answered(1):
        bench.ingest(data)
    way = dict(zip(DIRECTION, ("ZZ", "CLINIC001", "ZZ", receiver, "P"), strict=True))
    keys = {ref: (value,) for ref, value in way.items()}
    with bench.office.ledger.read() as tx:
        found = LedgerHistory(tx=tx).earlier({**keys, "2000E/REF[BB]/02": (bench.event().number,)})
    assert (found is not None) is known
    bench.close()


# echo


def test_an_answer_must_repeat_what_its_request_says(bench):
    answers = [data for data in bench.sent_and_answered(1) if b"ST*278" in data]
    (answer,) = answers
    npi = fixture(1).requester.identifier.encode()
    wrong = answer.replace(npi, b"1000000020")
    assert checked(bench, answer, "--history") == []
    (found,) = checked(bench, wrong, "--history")
    assert found.startswith("error[P127]")


def test_an_answer_to_an_unknown_request_is_not_decided(bench):
    (answer,) = [data for data in bench.sent_and_answered(1) if b"ST*278" in data]
    reference = fixture(1).reference.encode()
    traces = [item.number.encode() for item in fixture(1).event.traces]
    for text in (reference, *traces):
        answer = answer.replace(text, text[:-1] + b"Z")
    (found,) = checked(bench, answer, "--history")
    assert found.startswith("info[P901]: Rule repeated")


def test_an_answer_that_breaks_the_payers_own_guide_is_taken_in_and_counted(bench):
    (answer,) = [data for data in bench.sent_and_answered(1) if b"ST*278" in data]
    npi = fixture(1).requester.identifier.encode()
    taken = bench.ingest(answer.replace(npi, b"1000000020"))
    assert taken.outcome.counts == {"answers": 1, "breaches of the payer's own guide": 1}
    assert bench.event().action == "A1"


def test_an_answer_as_the_guide_says_has_nothing_to_count(bench):
    (answer,) = [data for data in bench.sent_and_answered(1) if b"ST*278" in data]
    assert bench.ingest(answer).outcome.counts == {"answers": 1}
    assert "known interchanges" in bench.ingest(answer + b"\n").outcome.counts


def test_a_registry_that_cannot_be_read_keeps_no_answer_out(tmp_path):
    asked = {**IN, "id": "asked", "lookup": {"path": "2010B/NM109", "in": "roster"}}
    bench = bench_with(tmp_path, asked)
    (answer,) = [data for data in bench.sent_and_answered(1) if b"ST*278" in data]
    bench.office.ledger.close()
    bench.config.write_text(bench.config.read_text() + '[lookups]\nroster = "none.csv"\n')
    bench.office = bench.opened()
    counts = bench.ingest(answer).outcome.counts
    assert (counts["answers"], len(counts)) == (1, 2)
    bench.close()
