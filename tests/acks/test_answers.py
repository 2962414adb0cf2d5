"""Files as they arrive, and the whole acknowledgement that goes back.

Each `fixtures/acks/NAME.edi` is one situation; `NAME.answer.edi` is what we answer. To see what a
change does to the answers, run with X12_PA_WRITE_SNAPSHOTS=1 and read the difference.
"""

import os

import pytest

from tests.acks.judgements import clock, counting
from tests.acks.test_pyx12 import pyx12_accepts
from tests.support import FIXTURES
from x12_pa.acks import GroupAck, answer, answers, judged, read_acknowledgements
from x12_pa.validation import FileResult, validate

FOLDER = FIXTURES / "acks"
ANSWERED = [
    "all-accepted",
    "all-rejected",
    "bad-sender-qualifier",
    "duplicate-set-control",
    "element-errors",
    "group-control-mismatch",
    "interchange-control-mismatch",
    "one-of-three-rejected",
    "same-interchange-twice",
    "segment-count-wrong",
    "set-control-mismatch",
    "set-count-wrong",
    "set-without-trailer",
    "truncated-before-ge",
    "truncated-before-iea",
    "truncated-inside-a-set",
    "two-groups",
    "unknown-guide",
    "unknown-segment",
]
SILENT = ["ta1-only", "acknowledgement-999"]


def judge(name: str) -> FileResult:
    return validate((FOLDER / f"{name}.edi").read_bytes())


def answered(name: str) -> bytes | None:
    return answer(judge(name), numbers=counting(), clock=clock)


def each_answer(name: str) -> list[bytes]:
    return list(answers(judge(name), numbers=counting(), clock=clock))


@pytest.mark.parametrize("name", ANSWERED)
def test_the_answer_to_a_received_file(name: str) -> None:
    expected, data = FOLDER / f"{name}.answer.edi", answered(name) or b""
    if os.environ.get("X12_PA_WRITE_SNAPSHOTS"):
        expected.write_bytes(data)
    assert data.decode() == expected.read_bytes().decode()


@pytest.mark.parametrize("name", ANSWERED)
def test_our_own_validator_accepts_the_answer(name: str) -> None:
    assert validate(answered(name) or b"").findings == []


@pytest.mark.parametrize("name", ANSWERED)
def test_pyx12_accepts_the_answer(name: str) -> None:
    """Each interchange by itself and without its TA1, which pyx12 expects behind the groups."""
    for data in each_answer(name):
        if b"\nGS*" in data:
            lines = [line for line in data.splitlines(True) if not line.startswith(b"TA1")]
            assert pyx12_accepts(b"".join(lines))


@pytest.mark.parametrize("name", ANSWERED)
def test_the_answer_read_back_says_of_each_set_what_validation_said(name: str) -> None:
    read = [ack for ack in read_acknowledgements(answered(name) or b"") if type(ack) is GroupAck]
    said = ["A" if item.accepted else "R" for ack in read for item in ack.sets]
    results = [
        "A" if item.accepted else "R"
        for interchange in judged(judge(name))
        for group in interchange.groups
        for item in group.sets
        if not interchange.result.errors or group.has_faults
    ]
    assert (name, said) == (name, results)


@pytest.mark.parametrize("name", ANSWERED)
def test_nothing_of_the_patient_is_repeated(name: str) -> None:
    data = answered(name) or b""
    assert [word for word in (b"FAKELY", b"AVERY", b"MBR0", b"19801345") if word in data] == []


@pytest.mark.parametrize("name", SILENT)
def test_an_acknowledgement_is_not_answered(name: str) -> None:
    assert answered(name) is None


def test_a_file_cut_after_any_segment_gets_an_answer_that_is_valid_itself() -> None:
    whole = (FOLDER / "one-of-three-rejected.edi").read_bytes().splitlines(True)
    cuts = [b"".join(whole[:length]) for length in range(1, len(whole) + 1)]
    replies = [answer(validate(data), numbers=counting(), clock=clock) or b"" for data in cuts]
    assert [validate(data).findings for data in replies] == [[] for _ in cuts]
