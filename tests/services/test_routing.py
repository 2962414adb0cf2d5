"""Where a request is reviewed: by the profile, by the payer's 271, and what goes elsewhere."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from attrs import evolve

from tests.services.bench import IDENTITY, LEDGER, MAILBOX, Bench, as_source
from tests.services.eligibility import CHECK, CHILD, profiled, told
from tests.services.test_eligibility_answers import answered_file
from tests.simulator.support import fixture
from x12_pa.errors import ConfigError, UsageError
from x12_pa.exchange.codes import PAGES
from x12_pa.models import Dependent, ReviewRequest
from x12_pa.services.reading import Source
from x12_pa.services.routing import by_mailbox

BORN = date(2014, 8, 1)
REVIEWER = {"name": "EXAMPLE IMAGING REVIEW", "id": "EXREVIEW"}


def asked(folder: Path, **answer: object) -> Bench:
    bench = Bench(folder, told(**answer))
    bench.told(CHECK)
    return bench


def to(reviewer: str, number: int = 1) -> ReviewRequest:
    record = fixture(number)
    return evolve(record, reviewer=evolve(record.reviewer, identifier=reviewer))


def codes(bench: Bench, request: ReviewRequest | int) -> list[str]:
    (item,) = bench.submit(request).outcomes
    assert item.state == "queued"
    return [finding.code for finding in item.findings]


def test_a_request_to_the_plan_whose_review_is_delegated_is_a_finding(tmp_path: Path) -> None:
    bench = asked(tmp_path, authorization="Y", reviewer=REVIEWER)
    (item,) = bench.submit(1).outcomes
    (finding,) = item.findings
    assert (finding.code, finding.severity, finding.element) == ("E016", "warning", "NM109")
    assert "service 1: EXREVIEW reviews it (271 of 2026-11-22" in finding.message
    assert "2120C NM1, segment" in finding.message


def test_without_a_delegate_nothing_is_said(tmp_path: Path) -> None:
    assert codes(asked(tmp_path, authorization="Y"), 1) == []


def test_the_delegate_of_another_service_says_nothing(tmp_path: Path) -> None:
    bench = Bench(tmp_path, told(authorization="Y", reviewer=REVIEWER))
    bench.told(evolve(CHECK, procedure="97110"))
    assert codes(bench, 1) == []


def test_the_delegate_of_the_whole_plan_reviews_a_service_that_was_not_asked_about(
    tmp_path: Path,
) -> None:
    bench = Bench(tmp_path, told(authorization="Y", reviewer=REVIEWER))
    bench.told(evolve(CHECK, procedure=None, service_type="30"))
    assert codes(bench, 1) == ["E016"]


def test_an_answer_about_the_service_outweighs_the_delegate_of_the_plan(tmp_path: Path) -> None:
    rule = {"when": {"service_type": "30"}, "answer": {"reviewer": REVIEWER}}
    bench = Bench(tmp_path, told(rule, authorization="Y"))
    bench.told(CHECK)
    *_, of_plan = bench.told(evolve(CHECK, procedure=None, service_type="30"))
    assert (bool(of_plan.newest[0].reviewers), codes(bench, 1)) == (True, [])


def test_the_delegate_of_another_patient_says_nothing(tmp_path: Path) -> None:
    bench = Bench(tmp_path, told(authorization="Y", reviewer=REVIEWER))
    bench.told(evolve(CHECK, member_id="MBR000777"))
    assert codes(bench, 1) == []


def of_child(first_name: str, born: date) -> ReviewRequest:
    """Return the request of the demo for MBR000101's knee, for a child of the family."""
    child = Dependent(last_name="TESTER", first_name=first_name, birth_date=born, relationship="19")
    return evolve(fixture(1), dependent=child)


def test_each_of_two_dependents_has_the_reviewer_of_its_own(tmp_path: Path) -> None:
    bench = asked(tmp_path, authorization="Y")
    for name, born, reviewer in (
        ("EMIL", BORN, REVIEWER),
        ("ANNA", date(2016, 5, 2), {"name": "EXAMPLE PEDIATRIC REVIEW", "id": "EXCHILD"}),
    ):
        bench.payer.personality = told(authorization="Y", reviewer=reviewer)
        bench.now += timedelta(hours=1)
        bench.told(evolve(CHILD, dependent_first_name=name, dependent_birth_date=born))
    emil, anna = (
        bench.submit(evolve(of_child(name, born), reference=f"CHILD-{name}")).outcomes[0]
        for name, born in (("Emil", BORN), ("ANNA", date(2016, 5, 2)))
    )
    assert "EXREVIEW reviews it" in emil.findings[0].message
    assert "EXCHILD reviews it" in anna.findings[0].message


@pytest.mark.parametrize(("name", "born"), [("EMMA", BORN), ("EMIL", date(2016, 5, 2))])
def test_a_twin_or_a_namesake_is_not_the_patient(tmp_path: Path, name: str, born: date) -> None:
    bench = Bench(tmp_path, told(authorization="Y", reviewer=REVIEWER))
    bench.told(CHILD)
    assert codes(bench, of_child(name, born)) == []


def test_who_reviews_is_not_learnt_from_a_test(tmp_path: Path) -> None:
    bench = Bench(tmp_path, told(authorization="Y", reviewer=REVIEWER))
    bench.ingest(as_test(answered_file(bench, CHECK)))
    assert codes(bench, 1) == []


def as_test(data: bytes) -> bytes:
    """Return an interchange with ISA15 T."""
    assert data[102:103] == b"P"
    return data[:102] + b"T" + data[103:]


def test_the_newest_answer_says_who_reviews(tmp_path: Path) -> None:
    bench = asked(tmp_path, authorization="Y", reviewer=REVIEWER)
    bench.payer.personality = told(authorization="Y")
    bench.check(CHECK, again=True)
    bench.run()
    bench.poll(minutes=60)
    bench.run()
    assert codes(bench, 1) == []


def test_a_mailbox_that_does_not_reach_the_reviewer_is_a_finding(tmp_path: Path) -> None:
    bench = profiled(tmp_path)
    path = tmp_path / "clinic-payer.yaml"
    path.write_text(
        path.read_text()
        + """services:
  advanced-imaging:
    needed: "yes"
    procedures: ["73721"]
    reviewer: {umo: DEMOPAYER, mailbox: imaging}
    source: a test
    last_verified: 2026-11-22
"""
    )
    (item,) = bench.submit(1).outcomes
    (finding,) = item.findings
    assert "reached by the mailbox imaging (profile clinic-payer, advanced-imaging)" in (
        finding.message
    )


SECOND = MAILBOX.replace("[mailbox.payer]", "[mailbox.imaging]").replace(
    "demo-payer", "imaging.yaml"
)
IMAGING = """\
profile: imaging
title: A delegated reviewer
source: {title: Written for a test}
envelope: {ISA07: ZZ, ISA08: EXREVIEW, GS03: EXREVIEW}
rules:
  - {id: umo, applies: {tx: "278", direction: out}, values: {2010A/NM109: [EXREVIEW]},
     source: a test, message: the reviewer names itself}
"""


def two_mailboxes(folder: Path) -> Bench:
    (folder / "imaging.yaml").write_text(IMAGING)
    return Bench(folder, config=IDENTITY + LEDGER + MAILBOX + SECOND)


def chosen(bench: Bench, *sources: Source, named: str | None = None) -> list[str]:
    return [box.name for box, _ in by_mailbox(bench.office, sources, named)]


def test_without_a_mailbox_each_request_goes_where_its_reviewer_is(tmp_path: Path) -> None:
    bench = two_mailboxes(tmp_path)
    sources = (as_source(1), as_source(to("EXREVIEW", 2)), as_source(3))
    assert chosen(bench, *sources) == ["payer", "imaging"]
    assert chosen(bench, *sources, named="payer") == ["payer"]


def test_an_input_whose_requests_part_is_a_question_for_people(tmp_path: Path) -> None:
    bench = two_mailboxes(tmp_path)
    both = b"\n".join(as_source(each).data for each in (fixture(1), to("EXREVIEW", 2)))
    with pytest.raises(UsageError, match="several mailboxes: imaging, payer"):
        chosen(bench, Source("both.jsonl", both))


def test_a_reviewer_that_no_mailbox_names_is_a_question_for_people(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--mailbox"):
        chosen(two_mailboxes(tmp_path), as_source(to("STRANGER")))


def test_the_code_has_its_page() -> None:
    assert "2120 NM1*X3" in PAGES["E016"].happened
