"""What a segment does to a state is worked out once, and states do not pile up."""

from random import Random

import pytest

from tests.trust.generator import file_of, generate
from x12_pa.guides import load_guide, program_for, states
from x12_pa.guides.states import CAREFUL, LEVEL
from x12_pa.syntax import DEFAULT_DELIMITERS
from x12_pa.validation import validate


@pytest.fixture
def program():
    guide = load_guide("278-request")
    guide.programs.clear()
    return program_for(guide, DEFAULT_DELIMITERS)


def event(program):
    """Return the state of a patient event after its HL."""
    top = program.begin()["BHT*"].state
    payer = top["20", "1"].state["NM1*X3*"].outer
    provider = payer["21", "1"].state["NM1*1P*"].outer
    subscriber = provider["22", "1"].state["NM1*IL*"].outer
    return subscriber["EV", "1"].state


def test_a_token_is_the_id_and_the_qualifier_that_the_guide_tells_siblings_by(program):
    tokens = program.states.tokens
    seen = [
        tokens[text[:8]] for text in ("NM1*IL*1*A", "DTP*472*D8", "HI*ABK:M54", "N3*1 ROAD", "")
    ]
    assert seen == ["NM1*IL*", "DTP*472*", "HI*ABK:", "N3*", ""]


def test_a_longer_qualifier_is_not_taken_for_its_beginning(program):
    assert program.states.tokens["DTP*4720"] == "DTP*"


def test_a_segment_of_limited_use_is_counted_until_there_are_enough(program):
    state, numbers = event(program), []
    while (turn := state["TRN*1*"]) is not CAREFUL:
        numbers.append(turn.number)
        state = turn.state
    assert numbers == [1, 2]


def test_a_segment_before_one_that_is_missing_is_not_plain(program):
    assert event(program)["HI*BK:"] is CAREFUL


def test_a_level_is_looked_up_by_its_kind(program):
    state = program.begin()["BHT*"].state
    assert (state["HL*"], state["EV", "1"]) == (LEVEL, CAREFUL)


@pytest.mark.parametrize("key", ["278-request", "271", "837P"])
def test_states_that_are_dropped_change_nothing(key, monkeypatch):
    files = [_damaged(file_of(generate(key, seed)), seed) for seed in (2, 3, 4, 5)]
    expected = [validate(data).findings for data in files]
    monkeypatch.setattr(states, "_MOST_STATES", 3)
    monkeypatch.setattr(states, "_MOST_PREFIXES", 3)
    load_guide(key).programs.clear()
    assert [validate(data).findings for data in files] == expected
    made = next(iter(load_guide(key).programs.values())).states
    assert (len(made._states) <= 3, len(made.tokens) <= 3) == (True, True)


def _damaged(data: bytes, seed: int) -> bytes:
    segments = data.split(b"~")
    del segments[Random(seed).randrange(5, len(segments) - 4)]
    return b"~".join(segments)
