"""Whatever the bytes: an answer, no exception but `NotX12`, no hang, no growth."""

import pytest

from tests.trust.fuzz_command import GROWTH_KIB
from tests.trust.fuzzing import run


def test_two_thousand_broken_inputs_keep_every_promise():
    report = run(seed=20261122, count=2_000)
    assert [(failure.number, failure.what) for failure in report.failures] == []


@pytest.mark.long
@pytest.mark.parametrize("part", range(10))
def test_a_million_broken_inputs_keep_every_promise(part):
    report = run(seed=1000 + part, count=100_000)
    assert report.failures == []
    assert report.grown_kib < GROWTH_KIB
