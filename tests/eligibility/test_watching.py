"""When eligibility is verified again, and what answers say against an authorization."""

from datetime import UTC, date, datetime

import pytest

from x12_pa.eligibility import Answer, Ask, Authorization, Coverage, Plan
from x12_pa.eligibility.records import Change
from x12_pa.eligibility.watching import Seen, Watched, occasions, watch
from x12_pa.models.eligibility_sets import Place

ORDERED, APPROVED = date(2026, 11, 20), datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
FIRST, LAST = date(2026, 12, 5), date(2027, 2, 3)
PLACE = Place(path="", loop="2110C", number=12, line=12, text="EB*1")
ITEM = Watched(
    id="PA-1",
    member_id="MBR000101",
    ordered_on=ORDERED,
    approved_at=APPROVED,
    first=FIRST,
    last=LAST,
)


def seen(
    day, *, on=FIRST, state="active", ends=None, member="MBR000101", plan="EXAMPLE PPO", changes=()
):
    answer = Answer(
        payer="DEMOPAYER",
        payer_name="",
        reference="",
        level="subscriber",
        member_id=member,
        ask=Ask(service_type="30"),
        on=on,
        plan=Plan(name=plan),
        coverage=Coverage(state=state, ends=ends, evidence=(PLACE,)),
        authorization=Authorization(required="not said"),
        changes=tuple(Change(kind=kind, evidence=PLACE) for kind in changes),
    )
    return Seen(told_at=datetime(day.year, day.month, day.day, 12, tzinfo=UTC), answers=(answer,))


def kinds(*told, until=FIRST, item=ITEM):
    return [(concern.kind, concern.occasion) for concern in watch(item, told, until=until)]


def test_the_three_occasions_have_their_days():
    assert occasions(ITEM) == [
        (ORDERED, "order"),
        (date(2026, 11, 24), "approval"),
        (FIRST, "service"),
    ]


@pytest.mark.parametrize(
    ("today", "occasion"),
    [
        (date(2026, 11, 19), None),
        (ORDERED, "order"),
        (date(2026, 11, 24), "approval"),
        (date(2026, 12, 4), "approval"),
        (FIRST, "service"),
        (LAST, "service"),
        (date(2027, 2, 4), None),
    ],
)
def test_what_was_never_verified_is_due_on_the_latest_occasion_that_came(today, occasion):
    assert kinds(until=today) == ([("due", occasion)] if occasion else [])


def test_an_answer_on_the_day_or_later_does_an_occasion_and_an_earlier_one_does_not():
    assert kinds(seen(date(2026, 12, 4))) == [("due", "service")]
    assert kinds(seen(FIRST)) == []
    assert kinds(seen(date(2026, 12, 6)), until=date(2026, 12, 7)) == []


def test_a_request_that_waits_is_verified_on_order_and_on_service():
    waiting = Watched(id="PA-2", member_id="M", ordered_on=ORDERED, first=FIRST, last=LAST)
    assert kinds(until=date(2026, 11, 30), item=waiting) == [("due", "order")]
    assert kinds(until=FIRST, item=waiting) == [("due", "service")]


def test_coverage_that_ended_is_told_by_the_newest_answer():
    told = (seen(FIRST, state="inactive", ends=date(2026, 11, 30)), seen(ORDERED))
    (concern,) = watch(ITEM, told, until=FIRST)
    assert concern.kind == "coverage ended"
    assert "2026-11-30" in concern.detail
    assert kinds(*told, seen(date(2026, 12, 6)), until=date(2026, 12, 7)) == []


def test_coverage_that_ends_before_the_authorization_does_is_told():
    assert kinds(seen(FIRST, ends=date(2026, 12, 31))) == [("coverage ends", None)]
    assert kinds(seen(FIRST, ends=LAST)) == []


def test_only_answers_about_the_days_of_service_count():
    after = seen(FIRST, on=date(2027, 3, 1), state="inactive")
    before = seen(FIRST, on=date(2026, 11, 25))
    assert kinds(after) == kinds(before) == [("due", "service")]
    gone = seen(FIRST, on=date(2026, 11, 25), state="inactive", ends=date(2026, 11, 20))
    assert kinds(gone) == [("coverage ended", None)]


def test_an_authorization_of_long_ago_is_no_concern():
    ended = seen(FIRST, state="inactive")
    assert kinds(ended, until=date(2027, 3, 1)) == [("coverage ended", None)]
    assert kinds(ended, until=date(2027, 6, 1)) == []


def test_unknown_coverage_is_no_end():
    assert kinds(seen(FIRST, state="unknown")) == []


@pytest.mark.parametrize("change", [{"member": "MBR000777"}, {"changes": ["prior member id"]}])
def test_another_member_id_is_told(change):
    assert kinds(seen(FIRST, **change)) == [("member id changed", None)]


def test_another_plan_than_at_the_approval_is_told():
    before, after = seen(ORDERED), seen(FIRST, plan="EXAMPLE HMO")
    assert kinds(before, after) == [("plan changed", None)]
    assert kinds(seen(ORDERED, plan="EXAMPLE HMO"), after) == []


def test_a_plan_that_is_not_named_is_no_other_plan():
    assert kinds(seen(ORDERED), seen(FIRST, plan=None)) == []


def test_a_rejected_inquiry_verifies_nothing():
    empty = Seen(told_at=datetime(2026, 12, 5, tzinfo=UTC), answers=())
    assert kinds(empty) == [("due", "service")]
