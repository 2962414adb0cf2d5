"""Every field of an authorization is traced to the segment that it came from."""

from tests.authorizations.specimens import (
    EVENT,
    MRI,
    PEOPLE,
    WORKED_CASE,
    answer_text,
    decided,
    transaction,
)
from x12_pa.authorizations.records import Authorization
from x12_pa.authorizations.why import INHERITS, OVERRIDES, Proof, SourceFile, masked, prove
from x12_pa.guides import load_guide, read_tree

SOURCE = SourceFile(
    name="acme_278.edi", sha256="ab" * 32, interchange="000000417", group="417", transaction="0001"
)


def proof(record: Authorization, body: str, **options: str) -> Proof:
    found = transaction(answer_text(body, **options))
    tree = read_tree(load_guide("278-response"), found.segments)
    return prove(record, tree, found.segments, SOURCE)


def test_a_number_is_traced_to_its_decision_segment() -> None:
    _, mri, _ = decided(WORKED_CASE)
    step = next(s for s in proof(mri, WORKED_CASE).steps if s.raw.startswith("HCR"))
    assert (step.loop, step.raw, step.rule) == ("2000F", "HCR*A1*M0091234", OVERRIDES)
    assert ("number", "M0091234") in step.fields


def test_a_segment_number_counts_from_st_and_the_offset_from_the_file() -> None:
    _, mri, _ = decided(WORKED_CASE)
    found = transaction(answer_text(WORKED_CASE))
    for step in proof(mri, WORKED_CASE).steps:
        segment = found.segments[step.segment_number - 1]
        assert (segment.offset, segment.id) == (step.offset, step.raw.split("*")[0])


def test_a_window_off_the_guide_is_traced_all_the_same() -> None:
    _, _, therapy = decided(WORKED_CASE)
    raws = [step.raw for step in proof(therapy, WORKED_CASE).steps]
    assert "DTP*AAH*RD8*20261201-20270115" in raws


def test_an_inherited_decision_says_so() -> None:
    body = f"{EVENT} HCR*A1*E1~ DTP*007*D8*20261201~ DTP*036*D8*20270131~ {MRI}"
    _, mri, _ = decided(body)
    steps = proof(mri, body).steps
    assert [step.rule for step in steps if step.raw.startswith("HCR")] == [INHERITS]
    assert [step.raw for step in steps if step.raw.startswith("DTP")] == [
        "DTP*007*D8*20261201",
        "DTP*036*D8*20270131",
    ]


def test_a_rejection_is_traced_to_the_loop_that_failed() -> None:
    people = PEOPLE.replace("HL*3*2*22*1~", "HL*3*2*22*0~").replace("DMG*", "AAA*N**72*C~\nDMG*")
    event, *_ = decided("", people=people)
    steps = proof(event, "", people=people).steps
    assert [(s.loop, s.raw) for s in steps if s.raw.startswith("AAA")] == [("2010C", "AAA*N**72*C")]


def test_personal_data_is_masked() -> None:
    found = transaction(answer_text(WORKED_CASE))
    text = "\n".join(masked(segment) for segment in found.segments)
    assert not any(value in text for value in ("TESTPATIENT", "ALMA", "MBR000123", "19700312"))
    assert "ACME HEALTH PLAN" in text
