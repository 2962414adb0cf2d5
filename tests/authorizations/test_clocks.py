"""A deadline is claimed only where a rule binds this payer, and names the rule."""

from datetime import UTC, date, datetime

import pytest

from x12_pa.authorizations.clocks import (
    CORE,
    INFORMATION_RULE,
    add_business_days,
    deadline,
    expected_by,
)

FRIDAY = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


def test_an_urgent_request_to_medicare_advantage_is_due_in_72_hours() -> None:
    found = expected_by(FRIDAY, level_of_service="U", line_of_business="medicare_advantage")
    assert found is not None
    assert (found.rule, found.due) == (
        "cms-0057-f/expedited",
        datetime(2026, 11, 23, 15, 0, tzinfo=UTC),
    )


def test_an_absent_level_of_service_means_the_standard_clock() -> None:
    found = expected_by(FRIDAY, line_of_business="medicaid_ffs")
    assert found is not None
    assert (found.rule, found.due) == ("cms-0057-f/standard", datetime(2026, 11, 28, tzinfo=UTC))


def test_issuers_on_the_federal_exchange_keep_fifteen_days() -> None:
    found = expected_by(FRIDAY, line_of_business="qhp_ffe")
    assert found is not None
    assert found.rule == "45-cfr-147.136/standard"


@pytest.mark.parametrize("line_of_business", [None, "commercial", "medicare_ffs", "other", "?"])
def test_nothing_is_claimed_for_a_payer_that_no_rule_binds(line_of_business: str | None) -> None:
    assert expected_by(FRIDAY, line_of_business=line_of_business) is None


def test_drugs_are_outside_the_rule() -> None:
    assert expected_by(FRIDAY, line_of_business="medicare_advantage", drug=True) is None


def test_the_rule_does_not_reach_back_before_its_first_day() -> None:
    before = datetime(2025, 12, 31, 15, 0, tzinfo=UTC)
    assert expected_by(before, line_of_business="medicare_advantage") is None


def test_the_first_day_is_counted_in_the_zone_of_the_payer() -> None:
    evening = datetime(2026, 1, 1, 2, 0, tzinfo=UTC)
    asked = {"line_of_business": "medicare_advantage"}
    assert expected_by(evening, zone="America/New_York", **asked) is None  # type: ignore[arg-type]
    assert expected_by(evening, zone="UTC", **asked) is not None  # type: ignore[arg-type]


def test_the_strictest_of_several_rules_is_shown() -> None:
    found = expected_by(FRIDAY, line_of_business="medicare_advantage", agreements={CORE})
    assert found is not None
    assert (found.rule, found.basis) == ("core-pa/first-answer", "agreement")


def test_business_days_leave_out_weekends_and_holidays() -> None:
    assert add_business_days(date(2026, 11, 25), 2, {date(2026, 11, 26)}) == date(2026, 11, 30)


def test_an_information_request_is_due_24_hours_after_it_came() -> None:
    found = deadline(INFORMATION_RULE, FRIDAY)
    assert (found.due, found.basis) == (datetime(2026, 11, 21, 15, 0, tzinfo=UTC), "house")
