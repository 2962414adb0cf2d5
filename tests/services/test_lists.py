"""Questions to the ledger: numbers for claims, lists, and proof down to the byte."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import event

from tests.services.bench import CERTIFIED, IDENTITY, LEDGER, MAILBOX, Bench
from tests.simulator.support import always
from tests.support import FIXTURES, NOW
from x12_pa.errors import ConfigError, UsageError
from x12_pa.resources import data_dir
from x12_pa.services.claims import fill, policies_in_force
from x12_pa.services.exchange import note_sent
from x12_pa.services.lists import as_json, authorizations, cases, find, masked, rows
from x12_pa.services.proof import explain

FIRST = "PA20261122-000001"
NUMBER = "M00000101"
CLAIMS = (FIXTURES / "demo" / "claims_837p.edi").read_bytes()


@pytest.fixture
def decided(bench: Bench) -> Bench:
    """Request 1, sent and certified."""
    for data in bench.sent_and_answered(1):
        bench.ingest(data, "answer.x12")
    return bench


def asked(bench: Bench, **changes: object) -> list[str | None]:
    wanted = {
        "payer": "demopayer",
        "member": "mbr000101",
        "day": date(2026, 12, 10),
        "procedure": "73721",
    }
    found = find(authorizations(bench.office), **{**wanted, **changes})  # type: ignore[arg-type]
    return [record.number for record in found]


def test_the_number_for_a_service_is_found(decided: Bench) -> None:
    assert asked(decided) == [NUMBER]


@pytest.mark.parametrize(
    "changes",
    [
        {"payer": "OTHER"},
        {"member": "MBR000102"},
        {"day": date(2025, 1, 1)},
        {"procedure": "73722"},
        {"procedure": "7372"},
        {"npi": "1999999999"},
    ],
    ids=str,
)
def test_no_number_is_found_for_anything_else(decided: Bench, changes: dict[str, object]) -> None:
    assert asked(decided, **changes) == []


def test_every_step_of_the_proof_points_at_bytes_of_the_stored_file(decided: Bench) -> None:
    explained = [e for e in explain(decided.office, FIRST) if e.proof is not None]
    assert {e.record.level for e in explained} == {"event", "service"}
    for each in explained:
        assert each.file is not None
        assert each.proof is not None
        data = decided.office.ledger.spool.read(each.file.sha256).decode("latin-1")
        for step in each.proof.steps:
            at = data[step.offset :]
            assert at.startswith(step.raw.split("*")[0] + "*"), step
            assert at.split("~")[0].count("*") == step.raw.count("*")


def test_the_proof_of_the_second_interchange_of_a_file_points_into_that_one(bench: Bench) -> None:
    files = [d for d in bench.sent_and_answered(1, 2) if b"ST*278" in d]
    bench.ingest(b"\r\n".join(files), "both.x12")
    (event, *_) = explain(bench.office, "PA20261122-000002")
    assert event.proof is not None
    offsets = [step.offset for step in event.proof.steps]
    assert min(offsets) > len(files[0])


def test_the_journey_and_the_envelope_of_the_request_are_part_of_the_explanation(
    decided: Bench,
) -> None:
    (event, *_) = explain(decided.office, NUMBER)
    assert [step.to_state for step in event.journey if step.to_state][-1] == "certified"
    assert [(sent.isa13, sent.st02) for sent in event.sent] == [(1, "0001")]


def test_what_is_not_answered_yet_has_no_proof(bench: Bench) -> None:
    bench.submit(1)
    assert {item.proof for item in explain(bench.office, FIRST)} == {None}


def test_what_nobody_knows_is_said(bench: Bench) -> None:
    with pytest.raises(UsageError, match="auth list"):
        explain(bench.office, "nothing")


def test_the_member_is_masked_unless_asked_for(decided: Bench) -> None:
    record = authorizations(decided.office)[0]
    assert as_json(record)["member"] == "•••101"
    assert as_json(record, show_phi=True)["member"] == "MBR000101"
    assert [masked(""), masked("A"), masked("MBR000123")] == ["", "•••", "•••123"]


def test_a_certified_request_with_numbers_at_its_services_is_no_work(decided: Bench) -> None:
    assert rows(decided.office, "due") == ()


def test_a_denial_is_work_with_a_deadline(tmp_path: Path) -> None:
    bench = Bench(tmp_path, always(decision="A3", reason="0F"))
    for data in bench.sent_and_answered(1):
        bench.ingest(data)
    (row,) = rows(bench.office, "denied")
    assert row.due is not None
    assert row.authorization.id == FIRST


class TestClaims:
    def test_the_number_goes_onto_the_claim(self, decided: Bench) -> None:
        result = fill(decided.office, BytesIO(CLAIMS))
        assert f"REF*G1*{NUMBER}~".encode() in result.output

    def test_an_undecided_ledger_changes_no_byte(self, bench: Bench) -> None:
        bench.submit(1)
        assert fill(bench.office, BytesIO(CLAIMS)).output == CLAIMS

    @staticmethod
    def configured(folder: Path, claims: str) -> Bench:
        shipped = data_dir("companion_guides") / "demo-payer.yaml"
        (folder / "mine.yaml").write_text(
            shipped.read_text(encoding="utf-8").replace("profile: demo-payer", "profile: mine")
            + f"claims:\n{claims}\n",
            encoding="utf-8",
        )
        config = IDENTITY + LEDGER + MAILBOX.replace("demo-payer", "mine.yaml")
        return Bench(folder, CERTIFIED, config=config)

    def test_the_policy_comes_from_the_profile_of_the_mailbox(self, tmp_path: Path) -> None:
        claims = "  payer_aliases: {OLDPAYER: DEMOPAYER}\n  number_max_length: 9\n"
        policy = policies_in_force(self.configured(tmp_path, claims).office).of("DEMOPAYER")
        assert policy.payer_aliases == {"OLDPAYER": "DEMOPAYER"}
        assert policy.number_max_length == 9

    def test_a_number_longer_than_the_payer_takes_is_refused(self, tmp_path: Path) -> None:
        bench = self.configured(tmp_path, "  number_max_length: 5\n")
        for data in bench.sent_and_answered(1):
            bench.ingest(data)
        result = fill(bench.office, BytesIO(CLAIMS))
        reasons = {line.reason for claim in result.claims for line in claim.lines}
        assert "number-format" in reasons
        assert NUMBER.encode() not in result.output

    @pytest.mark.parametrize(
        "claims",
        [
            "  number_max_lenght: 5",
            "  payer_aliases: OLDPAYER",
            "  payer_aliases: [A, B]",
            '  number_max_length: "long"',
            "  number_patterns: {DEMOPAYER: '['}",
            "  referral_qualifier: G9",
        ],
    )
    def test_a_policy_that_makes_no_sense_names_the_profile_and_the_key(
        self, tmp_path: Path, claims: str
    ) -> None:
        key = claims.strip().partition(":")[0]
        bench = self.configured(tmp_path, claims)
        with pytest.raises(ConfigError, match=key):
            policies_in_force(bench.office)


@contextmanager
def statements(bench: Bench) -> Iterator[list[str]]:
    """Collect the statements that the ledger runs meanwhile."""
    said: list[str] = []

    def note(*args: object) -> None:
        said.append(str(args[2]))

    event.listen(bench.office.ledger.engine, "before_cursor_execute", note)
    yield said
    event.remove(bench.office.ledger.engine, "before_cursor_execute", note)


def test_a_longer_list_takes_no_more_queries_and_the_same_is_true_of_a_run(bench: Bench) -> None:
    counts = []
    for numbers in ((1, 2), (3, 4, 5, 6, 7)):
        bench.submit(*numbers)
        with statements(bench) as reading:
            rows(bench.office, "all")
        with statements(bench) as noting:
            note_sent(bench.office)
        counts.append((len(reading), len(noting)))
        for data in bench.sent_and_answered():
            bench.ingest(data)
    assert counts[0] == counts[1]


def test_a_case_knows_when_it_was_sent_acknowledged_and_answered(bench: Bench) -> None:
    answers = bench.sent_and_answered(1, 2)
    sent = NOW
    for data in answers:
        if b"ST*278" in data and b"PA20261122-000002" in data:
            continue
        bench.now += timedelta(minutes=1)
        bench.ingest(data)
    with bench.office.ledger.read() as tx:
        found = {case.authorization.id: case for case in cases(tx)}
    first, second = found["PA20261122-000001"], found["PA20261122-000002"]
    assert first.sent_at == second.sent_at == sent
    assert first.acknowledged_at == second.acknowledged_at != first.answered_at
    assert first.answered_at == bench.now
    assert second.answered_at is None
