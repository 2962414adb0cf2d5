"""Answers arrive twice, late and out of order; only the right one is current."""

from datetime import UTC, datetime, timedelta

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tests.authorizations.specimens import EVENT, MRI, WORKED_CASE, authorization, decided, request
from x12_pa.authorizations.history import current_version, settle, settle_all
from x12_pa.authorizations.opening import opened
from x12_pa.authorizations.records import Authorization

START = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


def test_the_first_answer_is_version_one() -> None:
    sent = opened(request(), state="sent")
    changes = settle_all(sent, decided(WORKED_CASE, sent))
    assert {(c.outcome, c.record.version) for c in changes} == {("new", 1)}


def test_a_cancellation_after_a_certification_is_version_two() -> None:
    first = authorization()
    cancel = evolve(
        first,
        state="cancelled",
        action="C",
        usable_on_claim=False,
        decided_at=START + timedelta(days=1),
    )
    change = settle([first], cancel)
    assert (change.outcome, change.record.version, change.record.usable_on_claim) == (
        "new",
        2,
        False,
    )


def test_the_same_answer_twice_changes_nothing() -> None:
    sent = opened(request(), state="sent")
    first = [c.record for c in settle_all(sent, decided(WORKED_CASE, sent))]
    again = settle_all([*sent, *first], decided(WORKED_CASE, first))
    assert {(c.outcome, c.record.version) for c in again} == {("unchanged", 1)}


def test_an_older_answer_that_comes_later_never_replaces_a_newer_one() -> None:
    sent = opened(request(), state="sent")
    newer = [c.record for c in settle_all(sent, decided(WORKED_CASE, sent))]
    older = decided(f"{EVENT} HCR*A4**0U~ {MRI}", newer, at="20261123*0900")
    assert {c.outcome for c in settle_all([*sent, *newer], older)} == {"outdated"}


def test_a_late_copy_of_an_old_version_stays_old_even_within_the_same_minute() -> None:
    pended = authorization(state="pended_review", action="A4", usable_on_claim=False)
    granted = authorization(version=2)
    assert settle([pended, granted], pended).outcome == "unchanged"


def test_a_poorer_repetition_keeps_the_window_that_is_known() -> None:
    rich = authorization()
    poor = evolve(
        rich,
        effective_on=None,
        expires_on=None,
        window_source=None,
        decided_at=START + timedelta(days=3),
    )
    change = settle([rich], poor)
    assert change.record.expires_on == rich.expires_on


def test_a_repeated_denial_does_not_undo_an_appeal() -> None:
    denied = authorization(state="not_certified", action="A3", usable_on_claim=False)
    appealed = evolve(denied, state="appeal_standard")
    repeated = evolve(denied, state="upheld")
    change = settle([appealed], repeated)
    assert (change.outcome, change.record.state) == ("unchanged", "appeal_standard")


answers = st.builds(
    lambda action, hours, number: authorization(
        action=action,
        state={"A1": "certified", "A3": "not_certified", "A4": "pended_review", "C": "cancelled"}[
            action
        ],
        number=number,
        usable_on_claim=action == "A1" and number is not None,
        decided_at=START + timedelta(hours=hours),
    ),
    st.sampled_from(["A1", "A3", "A4", "C"]),
    st.integers(0, 5),
    st.sampled_from([None, "N1", "N2"]),
)


def told(incoming: list[Authorization]) -> list[Authorization]:
    history: list[Authorization] = []
    for record in incoming:
        change = settle(history, record)
        if change.outcome == "new":
            history.append(change.record)
    return history


@given(st.lists(answers, min_size=1, max_size=8))
def test_there_is_always_exactly_one_current_decision_and_it_is_the_latest(
    incoming: list[Authorization],
) -> None:
    history = told(incoming)
    current = current_version(history)
    assert current is not None
    assert current.decided_at == max(r.decided_at for r in incoming if r.decided_at)
    assert [record.version for record in history] == list(range(1, len(history) + 1))


@given(st.lists(answers, min_size=1, max_size=6))
def test_telling_everything_twice_tells_nothing_new(incoming: list[Authorization]) -> None:
    assert told([*incoming, *incoming]) == told(incoming)
