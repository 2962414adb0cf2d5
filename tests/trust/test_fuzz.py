"""Whatever the bytes: an answer, no exception but `NotX12`, no hang, no growth."""

import pytest

from tests.trust.fuzz_command import GROWTH_KIB
from tests.trust.fuzzing import KEPT, check, run


def test_two_thousand_broken_inputs_keep_every_promise():
    report = run(seed=20261122, count=2_000)
    assert [(failure.number, failure.what) for failure in report.failures] == []
    assert report.inputs == 2_000
    assert report.refused < report.inputs / 2, "most inputs get as far as the guide"
    assert len(report.kinds) > 60, "and break it in many ways"


@pytest.mark.parametrize("path", sorted(KEPT.glob("*.edi")), ids=lambda path: path.stem)
def test_an_input_that_once_broke_a_promise_keeps_it_now(path):
    check(path.read_bytes())


@pytest.mark.long
@pytest.mark.parametrize("part", range(10))
def test_a_million_broken_inputs_keep_every_promise(part):
    report = run(seed=1000 + part, count=100_000)
    assert report.failures == []
    assert report.inputs == 100_000
    assert report.grown_kib < GROWTH_KIB
