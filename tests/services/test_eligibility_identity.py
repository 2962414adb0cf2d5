"""A 271 under our trace number is about who was asked about, or about nobody who was."""

import re
from pathlib import Path

import pytest
from attrs import evolve

from tests.services.bench import Bench
from tests.services.eligibility import CHECK, CHILD, profiled, told
from tests.services.test_eligibility_answers import answered_file
from tests.support import recounted
from x12_pa.services.eligibility_lists import questions

NAME = (b"TESTER*ALMA", b"STRANGER*ZOE")
BORN = (b"19470202", b"19910101")
MEMBER = (b"MBR000101", b"MBR000999")


@pytest.mark.parametrize(
    ("changes", "answered"),
    [
        ([NAME, BORN, MEMBER], False),
        ([NAME, BORN], False),
        ([MEMBER], True),
        ([BORN], True),
        ([(b"TESTER*ALMA", b"MARRIED*ALMA")], True),
    ],
    ids=["stranger", "other person of the id", "new id", "birth date corrected", "new name"],
)
def test_a_trace_number_alone_gives_nobody_the_answer_of_another(
    tmp_path: Path, changes: list[tuple[bytes, bytes]], answered: bool
) -> None:
    bench = Bench(tmp_path, told(authorization="N"))
    data = answered_file(bench, CHECK)
    for change in changes:
        data = data.replace(*change)
    bench.ingest(data)
    (question,) = questions(bench.office)
    assert bool(question.told) is answered


def test_twins_without_trace_numbers_get_the_answer_of_their_own_name(tmp_path: Path) -> None:
    bench = profiled(tmp_path, told(), mailbox="eligibility: {patients_per_set: 9}")
    data = answered_file(bench, CHILD, evolve(CHILD, dependent_first_name="EMMA"))
    bench.ingest(recounted(re.sub(rb"TRN[*]2[^~]*~\n", b"", data)))
    names = [one.newest[0].name for one in questions(bench.office)]
    assert names == ["TESTER, EMIL", "TESTER, EMMA"]
