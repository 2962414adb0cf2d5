"""The life cycle holds its promises for every path through the table."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from x12_pa.authorizations import states
from x12_pa.authorizations.states import ANSWERABLE, ANSWERS, TRANSITIONS, Event, State, advance
from x12_pa.errors import UsageError


def walk(events: list[Event]) -> list[State]:
    path = [State.DRAFT]
    for event in events:
        if (path[-1], event) in TRANSITIONS:
            path.append(advance(path[-1], event))
    return path


def test_a_request_goes_from_draft_to_certified() -> None:
    path = walk(
        [
            Event.CHECK_PASSED,
            Event.ENQUEUED,
            Event.UPLOADED,
            Event.ACKNOWLEDGED,
            Event.ANSWERED_ASK,
            Event.DOCUMENTS_SENT,
            Event.ANSWERED_CERTIFIED,
        ]
    )
    assert path[-2:] == [State.PENDED_REVIEW, State.CERTIFIED]


def test_an_answer_may_come_before_the_acknowledgement() -> None:
    path = walk([Event.CHECK_PASSED, Event.ENQUEUED, Event.UPLOADED, Event.ANSWERED_DENIED])
    assert advance(path[-1], Event.ACKNOWLEDGED) is State.NOT_CERTIFIED


def test_what_makes_no_sense_is_refused_with_what_would() -> None:
    with pytest.raises(UsageError, match="check_failed, check_passed"):
        advance("draft", "uploaded")


def test_every_state_can_be_reached_and_every_event_happens() -> None:
    assert {to for to in TRANSITIONS.values()} | {State.DRAFT} == set(State)
    assert {event for _, event in TRANSITIONS} == set(Event)


@pytest.mark.parametrize("state", sorted(ANSWERABLE))
def test_every_answer_is_taken_in_every_state_after_queueing(state: State) -> None:
    assert all((state, event) in TRANSITIONS for event in ANSWERS)


@given(st.lists(st.sampled_from(Event), max_size=40))
def test_only_superseding_ends_a_life(events: list[Event]) -> None:
    last = walk(events)[-1]
    leaving = {event for state, event in TRANSITIONS if state == last}
    assert bool(leaving) is (last not in states.TERMINAL)


@given(st.lists(st.sampled_from(Event), max_size=40), st.sampled_from(sorted(ANSWERS)))
def test_the_same_answer_twice_is_the_same_as_once(events: list[Event], answer: Event) -> None:
    once = walk([*events, answer])[-1]
    if once in (State.DRAFT, State.VALIDATED):
        return
    twice = walk([*events, answer, answer])[-1]
    assert (twice == once) or once in states.UNDER_APPEAL


@given(st.lists(st.sampled_from(Event), max_size=40))
@settings(max_examples=50)
def test_nothing_is_in_force_that_was_never_granted(events: list[Event]) -> None:
    path = walk(events)
    grants = {Event.ANSWERED_CERTIFIED, Event.ANSWERED_MODIFIED}
    assert path[-1] not in states.IN_FORCE or grants & set(events)


def test_the_table_can_be_read_as_a_page_and_as_a_picture() -> None:
    assert "| uploaded | queued, sent | sent |" in states.as_markdown()
    assert "    queued --> sent: uploaded" in states.as_mermaid().splitlines()
