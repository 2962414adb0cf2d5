"""What a rejection, or an answer without a word on coverage, means for asking again."""

from datetime import date

import pytest
from attrs import evolve

from x12_pa.eligibility import Answer, Ask, Authorization, Coverage, Plan, Refusal
from x12_pa.eligibility.repeating import pause_after
from x12_pa.models.places import Place

DAY = date(2026, 11, 22)
AT = Place(path="", loop="2100C", number=10, line=10, text="AAA*N**42*R")
STOP = Refusal(code="41", label="authorization/access restrictions", action="stop", evidence=AT)
CORRECT = Refusal(code="72", action="correct", field="subscriber.member_id", evidence=AT)
WAIT = Refusal(code="42", label="unable to respond now", action="wait", evidence=AT)
TEN = evolve(WAIT, days=10)
FOLLOWS = evolve(WAIT, answer_follows=True)


def answer(*refusals, evidence=()):
    return Answer(
        payer="DEMOPAYER",
        payer_name="",
        reference="",
        level="subscriber",
        ask=Ask(service_type="30"),
        on=DAY,
        plan=Plan(),
        coverage=Coverage(state="unknown", evidence=evidence),
        authorization=Authorization(required="not said"),
        refusals=refusals,
    )


def test_an_answer_about_coverage_is_an_answer_whatever_was_rejected_beside_it():
    assert pause_after([answer(STOP, evidence=(AT,))], DAY) is None
    assert pause_after([answer(STOP), answer(evidence=(AT,))], DAY) is None


@pytest.mark.parametrize(
    ("refusals", "action", "until"),
    [
        ([STOP], "stop", None),
        ([CORRECT], "correct", None),
        ([WAIT], "wait", date(2026, 11, 23)),
        ([TEN], "wait", date(2026, 12, 2)),
        ([WAIT, TEN], "wait", date(2026, 12, 2)),
        ([FOLLOWS], "wait", None),
        ([TEN, CORRECT], "correct", None),
        ([CORRECT, STOP], "stop", None),
        ([], "read", None),
    ],
)
def test_what_is_to_be_done_and_from_when_on_it_is_asked_again(refusals, action, until):
    pause = pause_after([answer(*refusals)], DAY)
    assert (pause.action, pause.until) == (action, until)
    assert pause.needs_a_person == (action != "wait")


def test_it_is_over_on_the_day_that_was_named_and_never_without_one():
    pause = pause_after([answer(TEN)], DAY)
    assert [pause.is_over(date(2026, 12, day)) for day in (1, 2, 3)] == [False, True, True]
    assert not pause_after([answer(FOLLOWS)], DAY).is_over(date(2030, 1, 1))


def test_the_field_is_named_in_words_and_no_value_is():
    detail = pause_after([answer(CORRECT)], DAY).detail
    assert detail == "rejected: 72 (correct subscriber member id)"
