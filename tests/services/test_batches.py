"""Requests go out in as many files as the payer's rules ask for, and no more."""

from typing import Any

import pytest
from attrs import evolve

from tests.services.bench import json_lines, states_of
from tests.services.test_history import ONCE, OUT, bench_with, sent, with_document
from tests.simulator.support import fixture
from x12_pa.models import to_json
from x12_pa.services.batches import send_in_batches
from x12_pa.validation import Finding, validate


def at_most(of: str, most: int, per: str = "@interchange") -> dict[str, Any]:
    return {**OUT, "count": {"of": of, "per": per, "max": most}}


def sets(data: bytes) -> int:
    return data.count(b"\nST*")


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([], [5]),
        ([at_most("ST", 2)], [2, 2, 1]),
        ([at_most("ST", 1, per="GS")], [1] * 5),
        ([at_most("2000E/UM", 3)], [3, 2]),
        ([{**OUT, "file": {"max_mb": 0.003}}], [2, 2, 1]),
    ],
)
def test_what_is_too_much_for_one_file_goes_out_in_several(tmp_path, rules, expected):
    bench = bench_with(tmp_path, *rules)
    done = bench.submit(json_lines(*(to_json(fixture(n)) for n in (1, 2, 3, 4, 1 + 4))))
    assert states_of(done) == ["queued"] * 5
    files = sent(bench)
    assert [sets(data) for data in files] == expected
    assert [file.isa13 for file in done.files] == list(range(1, len(files) + 1))
    profile = bench.office.profile_of(bench.office.only_mailbox(None))
    known = {"mode": "batch", "file.bytes": 1}
    assert all(validate(data, profile=profile, context=known).accepted for data in files)
    bench.close()


def test_a_value_that_stands_twice_in_the_pile_refuses_the_second(tmp_path):
    bench = bench_with(tmp_path, ONCE)
    pile = [with_document(1, "ACN1"), with_document(2, "ACN1"), with_document(3, "ACN3")]
    done = bench.submit(*pile)
    assert states_of(done) == ["queued", "refused", "queued"]
    assert [f.code for f in done.outcomes[1].findings] == ["P124"]
    assert [sets(data) for data in sent(bench)] == [2]
    assert sorted(bench.states()) == sorted(r.reference for r in (pile[0], pile[2]))
    bench.close()


def test_what_was_refused_can_be_corrected_and_sent_again(tmp_path):
    bench = bench_with(tmp_path, ONCE)
    bench.submit(with_document(1, "ACN1"), with_document(2, "ACN1"))
    assert states_of(bench.submit(with_document(2, "ACN2"))) == ["queued"]
    again = evolve(with_document(1, "ACN1"))
    assert states_of(bench.submit(again)) == ["known"]
    bench.close()


@pytest.mark.parametrize(("size", "most"), [(1, 1), (7, 3), (64, 1), (64, 5), (40, 40)])
def test_a_limit_is_found_once_and_then_kept(size, most):
    tries = []

    def send(items):
        tries.append(len(items))
        over = [Finding(code="P123", severity="error", snip=7, transaction=f"{most + 1:04}")]
        return over if len(items) > most else []

    done = [part for part, _ in send_in_batches(list(range(size)), send)]
    assert [item for part in done for item in part] == list(range(size))
    assert max(map(len, done)) <= most
    assert len(tries) <= -(-size // most) + 1


def unnamed(*bad, most=10**9):
    """Return what sends, and refuses some items or large piles without saying why."""

    def send(items):
        wrong = len(items) > most or set(bad) & set(items)
        return [Finding(code="P106", severity="error", snip=7)] if wrong else []

    return send


@pytest.mark.parametrize("bad", [(), (0,), (5,), (499,), (17, 18, 300)])
def test_something_that_nobody_names_is_found_by_halves_and_the_rest_stays_together(bad):
    found = list(send_in_batches(list(range(500)), unnamed(*bad)))
    assert [part for part, errors in found if errors] == [[each] for each in bad]
    assert sorted(item for part, _ in found for item in part) == list(range(500))
    assert len(found) <= 1 + 10 * len(bad)


@pytest.mark.parametrize("most", [1, 7, 100])
def test_a_limit_that_nobody_names_is_kept_to_all_the_same(most):
    found = list(send_in_batches(list(range(500)), unnamed(most=most)))
    assert [item for part, _ in found for item in part] == list(range(500))
    assert not any(errors for _, errors in found)
    assert len(found) <= 2 * -(-500 // most) + 2
