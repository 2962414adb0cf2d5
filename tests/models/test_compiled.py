"""The compiled way of building and the careful one write the same; what is read is remembered."""

import pytest
from attrs import evolve
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.models import eligibility_strategies as eligibility
from tests.strategies import requests, responses
from x12_pa.guides import load_guide
from x12_pa.models import InputProblem, build_eligibility, parse_eligibility
from x12_pa.models.building import build_carefully
from x12_pa.models.eligibility import EligibilityResponse
from x12_pa.models.reading import read_set
from x12_pa.models.segment_reading import REMEMBERED
from x12_pa.models.writing import write_set
from x12_pa.syntax import DEFAULT_DELIMITERS, TransactionSet, read_transactions

some = settings(
    max_examples=20, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)

GUIDES = {
    "278-request": requests,
    "278-response": responses,
    "270": eligibility.inquiries,
    "271": eligibility.responses,
}


@some
@given(data=st.data(), key=st.sampled_from(sorted(GUIDES)), rare=st.sampled_from([1, 4]))
def test_both_ways_of_building_write_the_same(data, key, rare):
    guide = load_guide(key)
    record = data.draw(GUIDES[key](guide, rare=rare))
    plain = write_set(record, guide.root, "0001", DEFAULT_DELIMITERS)
    assert plain == build_carefully(record, guide, "0001", DEFAULT_DELIMITERS)


def one_response():
    from tests.support import ROOT

    with (ROOT / "fixtures" / "eligibility" / "two-plans.edi").open("rb") as stream:
        return next(read_transactions(stream))


def test_a_separator_in_a_text_takes_the_careful_way_and_is_named():
    response = parse_eligibility(one_response())
    source = response.sources[0]
    spoilt = evolve(source, party=evolve(source.party, name="EXAMPLE*HEALTH"))
    with pytest.raises(InputProblem, match=r"sources\[0\]\.party\.name: holds '\*'"):
        build_eligibility(evolve(response, sources=(spoilt,)), load_guide("271"))


def test_what_was_read_before_is_read_the_same_again_with_its_places():
    first, again = (parse_eligibility(one_response()) for _ in range(2))
    assert first == again
    assert (
        first.sources[0].receivers[0].subscribers[0].benefits[0]
        is (again.sources[0].receivers[0].subscribers[0].benefits[0])
    )


def remembered(guide):
    """Return the most texts that any reader of a guide's responses holds."""
    from x12_pa.models.reading import plan_of

    plan = plan_of(EligibilityResponse, guide.root, DEFAULT_DELIMITERS)
    readers = [reader for below in plan.plans.values() for reader in below.readers()]
    return max(len(reader.known) for reader in readers)


def test_what_is_remembered_does_not_grow_with_the_file():
    guide = load_guide("271")
    transaction = one_response()
    at = next(n for n, item in enumerate(transaction.segments) if item.id == "EB")
    for number in range(REMEMBERED + 10):
        segments = list(transaction.segments)
        segments[at] = evolve(segments[at], text=f"EB*C*IND*30****{number}.00")
        parse_eligibility(TransactionSet(segments))
    assert 0 < remembered(guide) <= REMEMBERED


def test_a_remembered_loop_keeps_the_places_of_its_own_file():
    from x12_pa.models import locate_eligibility

    moved = one_response()
    moved = TransactionSet([evolve(item, line=item.line + 100) for item in moved.segments])
    before = locate_eligibility(one_response()).places
    after = locate_eligibility(moved).places
    assert set(before) == set(after)
    assert {after[path].line - before[path].line for path in before} == {100}


def test_a_tree_without_segments_is_an_empty_record():
    from x12_pa.guides import LoopInstance

    record, found = read_set(EligibilityResponse, LoopInstance(load_guide("271").root))
    assert (record.sources, found.left_over) == ((), [])
