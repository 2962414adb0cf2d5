"""Where a request is reviewed: by the profile, by the payer's 271, and what goes elsewhere."""

from pathlib import Path

import pytest
from attrs import evolve

from tests.services.bench import IDENTITY, LEDGER, MAILBOX, Bench, as_source
from tests.services.eligibility import CHECK, profiled, told
from tests.simulator.support import fixture
from x12_pa.errors import ConfigError, UsageError
from x12_pa.exchange.codes import PAGES
from x12_pa.models import ReviewRequest
from x12_pa.services.reading import Source
from x12_pa.services.routing import by_mailbox

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


def test_the_delegate_of_another_patient_says_nothing(tmp_path: Path) -> None:
    bench = Bench(tmp_path, told(authorization="Y", reviewer=REVIEWER))
    bench.told(evolve(CHECK, member_id="MBR000777"))
    assert codes(bench, 1) == []


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
