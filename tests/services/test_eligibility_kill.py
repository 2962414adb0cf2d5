"""Killed between a queued 270 and its stored answer: every question is asked and answered once."""

import signal
from pathlib import Path

import pytest

from tests.services.bench import Bench
from tests.services.eligibility import CHECK, OTHER, THERAPY, told
from tests.services.test_kill import exchange
from x12_pa.ledger.integrity import check
from x12_pa.services.eligibility_lists import questions
from x12_pa.syntax import read_interchanges

PLACES = ("u3_written", "u6_committed", "d5_stored", "d6_inside", "d6_ingested")


@pytest.mark.parametrize("place", PLACES)
def test_killed_once_every_question_has_one_answer(tmp_path: Path, place: str) -> None:
    bench = Bench(tmp_path, told(authorization="N"))
    bench.check(CHECK, THERAPY, OTHER)
    killed = False
    for _ in range(6):
        code = exchange(bench, None if killed else place)
        killed |= code == -signal.SIGKILL
        bench.poll()
        if killed and set(bench.states().values()) == {"answered"}:
            break
    assert killed
    assert exchange(bench) == 0
    sent = [i for data in bench.received() for i in read_interchanges(data)]
    assert [len(group.transactions) for i in sent for group in i.groups] == [3]
    assert [len(one.told) for one in questions(bench.office)] == [1, 1, 1]
    assert check(bench.office.ledger).ok
