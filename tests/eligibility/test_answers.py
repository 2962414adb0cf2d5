"""Coverage on a day, limits, changes, other parties."""

from decimal import Decimal

import pytest

from tests.eligibility.support import first, fixture, told, where
from x12_pa.eligibility import Known

HMO, PPO = 0, 1


def state(name, on, number=0, service_type="30"):
    return told(fixture(name), service_type, on=on)[number].coverage.state


@pytest.mark.parametrize(
    ("plan", "on", "expected"),
    [
        (HMO, "2026-06-01", "active"),
        (HMO, "2026-12-31", "active"),
        (HMO, "2027-01-01", "inactive"),
        (HMO, "2025-12-31", "inactive"),
        (PPO, "2026-06-01", "inactive"),
        (PPO, "2025-06-01", "unknown"),
    ],
)
def test_coverage_depends_on_the_day(plan, on, expected):
    assert state("two-plans", on, plan) == expected


def test_coverage_without_an_end_goes_on():
    answer = first(fixture("limits"), "30", on="2027-03-01")
    assert answer.coverage.state == "active"
    assert answer.coverage.notes == ("no end is given",)


def test_the_subscribers_family_coverage_covers_the_dependent():
    answer = told(fixture("dependent"), "30")[1]
    assert answer.coverage.state == "active"
    assert where(answer.coverage.evidence[0]) == ("2110C", "EB", 10)


def test_nothing_about_coverage_is_unknown():
    assert first(fixture("rejected-subscriber"), "30").coverage.state == "unknown"


def test_an_active_service_of_an_inactive_plan_is_unknown():
    answer = first(fixture("plan-ended"), "98")
    assert answer.coverage.state == "unknown"
    assert answer.coverage.notes == ("statements contradict each other",)


def quantities(service_type, **more):
    found = first(fixture("limits"), service_type, **more).limits
    return [(limit.kind, limit.amount, limit.network, limit.derived) for limit in found]


def test_what_is_used_is_the_limit_less_what_is_left_on_the_same_side():
    assert quantities("PT") == [
        ("limit", Decimal(30), "in", False),
        ("left", Decimal(12), "in", False),
        ("limit", Decimal(10), "out", False),
        ("used", Decimal(18), "in", True),
    ]


def test_what_is_left_is_the_limit_less_what_is_used():
    assert quantities("AF")[-1] == ("left", Decimal(12), None, True)


def test_a_delivery_is_a_limit():
    (limit,) = first(fixture("limits"), "AD").limits
    assert (limit.kind, limit.amount, limit.unit) == ("limit", Decimal(20), "VS")
    assert where(limit.evidence[0]) == ("2110C", "HSD", 19)


def test_a_changed_identity_and_a_prior_member_id_are_told():
    kinds = [change.kind for change in first(fixture("limits"), "30").changes]
    assert kinds == ["identity changed", "prior member id"]


def test_what_differs_from_what_was_known_is_a_change():
    known = Known(member_id="MBR000105", plan="EXAMPLE HMO")
    kinds = [change.kind for change in first(fixture("limits"), "30", known=known).changes]
    assert kinds[-2:] == ["member id differs", "plan differs"]


def test_the_delegated_reviewer_is_named_for_its_service_only():
    (reviewer,) = first(fixture("limits"), "62").reviewers
    assert (reviewer.identifier, reviewer.contacts) == ("EXREVIEW", (("TE", "8005550100"),))
    assert first(fixture("limits"), "PT").reviewers == ()


def test_another_payer_is_named_and_its_row_is_not_this_plans():
    answer = first(fixture("two-plans"), "30")
    (other,) = answer.other_payers
    assert (other.identifier, where(other.evidence)) == ("OTHERPAY", ("2120C", "NM1", 20))
