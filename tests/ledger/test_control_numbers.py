"""Control numbers: never twice, not after a wrap, a crash, a race or a restored backup."""

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from tests.ledger.conftest import SCOPE, Queue
from x12_pa.errors import UsageError
from x12_pa.ledger import audit, control_numbers, interchanges, schema
from x12_pa.ledger.control_numbers import CounterBehind, next_control, observe, opposite, take
from x12_pa.ledger.database import Ledger, open_ledger

PRODUCTION = SCOPE.removesuffix("T") + "P"


def stand_at(ledger: Ledger, value: int) -> None:
    with ledger.write() as tx:
        next_control(tx, SCOPE)
        tx.execute(update(schema.control_number).values(value=value))


def test_numbers_count_up_from_one(ledger: Ledger) -> None:
    with ledger.write() as tx:
        assert [next_control(tx, SCOPE) for _ in range(3)] == [1, 2, 3]


def test_test_and_production_count_apart(ledger: Ledger) -> None:
    with ledger.write() as tx:
        next_control(tx, SCOPE)
        assert next_control(tx, PRODUCTION) == 1
        assert next_control(tx, SCOPE, "GS") == 1


def test_a_rolled_back_number_was_never_given(ledger: Ledger) -> None:
    with suppress(RuntimeError), ledger.write() as tx:
        next_control(tx, SCOPE)
        raise RuntimeError("crash")
    with ledger.write() as tx:
        assert next_control(tx, SCOPE) == 1


def test_after_the_highest_number_comes_one_of_the_next_epoch(ledger: Ledger) -> None:
    stand_at(ledger, 999_999_998)
    with ledger.write() as tx:
        taken = [take(tx, SCOPE) for _ in range(3)]
        events = [entry.event for entry in audit.entries(tx)]
    assert [(each.epoch, each.value) for each in taken] == [(0, 999_999_999), (1, 1), (1, 2)]
    assert events == ["control.epoch"]


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from([SCOPE, PRODUCTION]), st.booleans()), max_size=12),
    st.integers(min_value=999_999_990, max_value=999_999_999),
)
def test_no_committed_number_ever_repeats(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, bool]], start: int
) -> None:
    ledger = open_ledger(tmp_path_factory.mktemp("ledger") / "ledger.db")
    stand_at(ledger, start)
    given_out = []
    for scope, commits in steps:
        try:
            with ledger.write() as tx:
                taken = take(tx, scope)
                if not commits:
                    raise RuntimeError("crash")
            given_out.append((scope, taken.epoch, taken.value))
        except RuntimeError:
            continue
    ledger.close()
    assert len(set(given_out)) == len(given_out)
    assert all(1 <= value <= 999_999_999 for _, _, value in given_out)


TAKER = """
import sys
from x12_pa.ledger.control_numbers import next_control
from x12_pa.ledger.database import open_ledger
ledger = open_ledger(sys.argv[1], spool=sys.argv[2])
for _ in range(200):
    with ledger.write() as tx:
        number = next_control(tx, sys.argv[3])
    print(number)
"""


def test_two_processes_never_get_the_same_number(ledger: Ledger, url: str) -> None:
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-c", TAKER, url, str(ledger.spool.root), SCOPE]
    both = [
        subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": os.pathsep.join([f"{root}/src", *sys.path])},
        )
        for _ in range(2)
    ]
    numbers = [int(line) for each in both for line in each.communicate(timeout=60)[0].split()]
    assert sorted(numbers) == list(range(1, 401))


def test_a_restored_ledger_does_not_send_until_it_is_told_to(ledger: Ledger, queue: Queue) -> None:
    queue("PA-1")
    with ledger.write() as tx:
        assert observe(tx, SCOPE, "ISA", 40)
    with pytest.raises(CounterBehind, match="40"):
        queue("PA-2")
    with ledger.write() as tx:
        control_numbers.resume(tx, SCOPE, "ISA", above=1040, reason="restored on Monday")
    assert queue("PA-2").isa13 == 1041


def test_a_number_that_we_sent_before_the_wrap_is_no_alarm(ledger: Ledger, queue: Queue) -> None:
    stand_at(ledger, 999_999_998)
    queue("PA-1")
    queue("PA-2")
    with ledger.write() as tx:
        assert not observe(tx, SCOPE, "ISA", 999_999_999)
        assert not observe(tx, SCOPE, "ISA", 1)


def test_numbers_that_another_program_used_are_skipped(ledger: Ledger) -> None:
    with ledger.write() as tx:
        for number in (1, 2):
            foreign = interchanges.NewInterchange(
                direction="out", scope=SCOPE, isa13=number, sha256=f"{number:064}"
            )
            interchanges.record_interchange(tx, foreign)
        assert next_control(tx, SCOPE) == 3


@pytest.mark.parametrize(("above", "reason"), [(5, " "), (-1, "why"), (999_999_999, "why")])
def test_resuming_needs_a_number_and_a_reason(ledger: Ledger, above: int, reason: str) -> None:
    with ledger.write() as tx, pytest.raises(UsageError):
        control_numbers.resume(tx, SCOPE, "ISA", above=above, reason=reason)


def test_resuming_never_goes_back(ledger: Ledger) -> None:
    stand_at(ledger, 50)
    with ledger.write() as tx:
        assert control_numbers.resume(tx, SCOPE, "ISA", above=7, reason="checked").value == 50


def test_the_opposite_scope_is_the_direction_that_answers_come_from() -> None:
    assert opposite(SCOPE) == "ZZ:ACMEPAYER>ZZ:CLINIC001/T"
    assert opposite(opposite(SCOPE)) == SCOPE


def test_a_counter_knows_when_it_is_behind() -> None:
    found = control_numbers.Counter(scope=SCOPE, kind="ISA", value=3, observed=3)
    assert not found.behind
    assert evolve(found, observed=4).behind
