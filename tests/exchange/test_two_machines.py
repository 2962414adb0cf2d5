"""Two machines at once on one mailbox, both killed at random: each file has one effect."""

import os
import random

import pytest

from tests.exchange.bench import Bench, interchange
from x12_pa.exchange import failpoints

PLACES = failpoints.UPLOAD + failpoints.DOWNLOAD


def start(bench: Bench, machine: str, place: str) -> int:
    """Start a worker of another machine, which may die at a failpoint."""
    child = os.fork()
    if child == 0:
        try:
            os.environ[failpoints.VARIABLE] = place
            bench.machine = machine
            bench.reopen()
            bench.run()
        finally:
            os._exit(0)
    return child


def play(bench: Bench, chance: random.Random, rounds: int, files: int) -> None:
    names = [bench.queue(f"k{n}") for n in range(files)]
    for number in range(files):
        bench.put(f"{number}.x12", interchange(500 + number))
    for _ in range(rounds):
        places = [f"{chance.choice(PLACES)}:{chance.randint(1, files)}" for _ in range(2)]
        for child in [start(bench, f"machine{n}", place) for n, place in enumerate(places)]:
            os.waitpid(child, 0)
        if chance.random() < 0.5:
            bench.partner_takes()
        bench.pass_time(seconds=400)
    bench.reopen()
    bench.run()
    bench.partner_takes()
    assert sorted(name for name, _ in bench.taken()) == sorted(names)
    assert set(bench.states()) == {"SENT"}
    assert list(bench.count_effects().values()) == [1] * files


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_few_rounds_of_random_kills(bench, seed):
    play(bench, random.Random(seed), rounds=8, files=6)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 120))
def test_many_rounds_of_random_kills(bench, seed):
    play(bench, random.Random(seed), rounds=60, files=25)
