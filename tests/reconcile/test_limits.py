"""One specimen for each scenario about limits: when, by whom, where, how much, which number.

The numbers in the names are those of the project's matrix of sixty reconciliation scenarios.
"""

from decimal import Decimal

import pytest

from tests.reconcile.specimens import (
    CLINIC,
    DOCTOR,
    STRANGER,
    C,
    L,
    admission,
    grant,
    interchange,
    line,
    lines,
    told,
)
from x12_pa.authorizations.records import Quantity
from x12_pa.errors import ConfigError
from x12_pa.reconcile import Policy, UnitUse, fill_claims


@pytest.mark.parametrize("day", ["20261201", "20261231"])
def test_15_16_both_ends_of_the_window_belong_to_it(day: str) -> None:
    assert line(C([L(days=day)]), grant()).reason == "exact"


def test_17_one_day_after_the_end_says_by_how_much() -> None:
    report = line(C([L(days="20270101")]), grant())
    assert told(report) == ("refused", "expired")
    assert "1 day too late" in report.detail


def test_18_one_day_before_the_start_is_too_early() -> None:
    assert line(C([L(days="20261130")]), grant()).reason == "not-yet-effective"


def test_19_days_partly_outside_are_counted() -> None:
    report = line(C([L(days="20261229-20270103")]), grant())
    assert told(report) == ("refused", "partly-outside-window")
    assert "3 days after" in report.detail


def test_20_the_segment_that_gave_the_window_is_told() -> None:
    report = line(C(), grant(window_source="2000E/DTP*AAH"))
    assert "2000E/DTP*AAH" in report.detail


def test_21_a_start_without_an_end_needs_a_person_or_a_default_length() -> None:
    known = grant(window="20261201")
    assert told(line(C(), known)) == ("manual", "window-unknown")
    assert line(C(), known, policy=Policy(open_window_days=10)).reason == "exact"
    assert line(C(), known, policy=Policy(open_window_days=9)).reason == "expired"


def test_22_no_dates_at_all_goes_to_a_person() -> None:
    known = grant(window="", window_source=None)
    assert told(line(C(), known)) == ("manual", "window-unknown")
    assert line(C(), known, policy=Policy(allow_without_window=True)).reason == "exact"


def used(amount: str, claim_id: str = "EARLIER") -> UnitUse:
    return UnitUse(
        authorization="PA-M0001/1",
        claim_id=claim_id,
        first_day=None,
        line="1",
        amount=Decimal(amount),
    )


def test_23_the_last_authorized_units_are_used_up() -> None:
    result = fill_claims(interchange([C([L(units="2")])]), [grant(units="10")], used=[used("8")])
    assert result.claims[0].lines[0].outcome == "inserted"
    assert [(use.authorization, use.amount) for use in result.uses] == [("PA-M0001/1", 2)]


def test_24_one_unit_more_than_is_left_is_refused() -> None:
    report = line(C([L(units="3")]), grant(units="10"), used=[used("8")])
    assert told(report) == ("refused", "units-exceeded")
    assert "1 too many" in report.detail


def test_25_of_two_lines_that_exceed_together_the_earlier_day_wins() -> None:
    claim = C([L(days="20261212", units="6"), L(days="20261210", units="6")])
    late, early = lines(claim, grant(units="10"))
    assert (late.reason, early.reason) == ("units-exceeded", "exact")


def test_26_three_a_week_for_two_months_is_24_to_27_visits() -> None:
    often = Quantity(unit="VS", amount=Decimal(3), pattern="WK*1*34*2")
    known = grant(quantity=often)
    assert line(C(), known, used=[used("26")]).reason == "exact"
    assert line(C(), known, used=[used("27")]).reason == "units-exceeded"
    strict = Policy(pattern_cap="min")
    assert line(C(), known, used=[used("24")], policy=strict).reason == "units-exceeded"


def test_27_minutes_against_hours_are_converted() -> None:
    claim = C([L(unit="MJ", units="90")])
    assert line(claim, grant(units="2", unit="HS")).reason == "exact"
    assert line(claim, grant(units="1", unit="HS")).reason == "units-exceeded"


def test_27_units_that_cannot_be_compared_go_to_a_person() -> None:
    assert told(line(C(), grant(units="2", unit="MN"))) == ("manual", "ambiguous")


def test_28_a_voided_claim_uses_nothing_and_gives_back() -> None:
    result = fill_claims(
        interchange([C(frequency="8")]), [grant(units="1")], used=[used("1", "CLAIM1")]
    )
    assert (result.uses, result.released) == ((), (used("1", "CLAIM1"),))
    assert result.claims[0].outcome == "filled"


def test_29_a_replacement_counts_instead_of_the_claim_it_replaces() -> None:
    claim = C([L(units="4")], frequency="7")
    result = fill_claims(interchange([claim]), [grant(units="5")], used=[used("5", "CLAIM1")])
    assert result.claims[0].outcome == "filled"
    assert ([use.amount for use in result.released], [use.amount for use in result.uses]) == (
        [5],
        [4],
    )


def test_31_the_billing_group_named_instead_of_the_renderer_is_explained() -> None:
    assert line(C(), grant(provider_npis=(CLINIC,))).reason == "group-npi"
    policy = Policy(provider_groups={DOCTOR: "GROUP-A", STRANGER: "GROUP-A"})
    assert line(C(), grant(provider_npis=(STRANGER,)), policy=policy).reason == "group-npi"


def test_32_a_provider_who_was_not_named_is_refused() -> None:
    assert told(line(C(), grant(provider_npis=(STRANGER,)))) == ("refused", "provider-mismatch")


def test_33_a_policy_may_leave_the_provider_out() -> None:
    policy = Policy(check_provider=False)
    assert line(C(), grant(provider_npis=(STRANGER,)), policy=policy).reason == "exact"


def test_35_another_place_of_service_is_refused_and_says_what_to_do() -> None:
    report = line(C(place="24"), grant(place_of_service="22"))
    assert told(report) == ("refused", "site-mismatch")
    assert "UM02=S" in report.detail


def test_47_fewer_visits_than_asked_for_are_the_limit() -> None:
    known = grant(state="modified", action="A6", units="8", unit="VS")
    assert line(C([L(units="8")]), known).outcome == "inserted"
    assert line(C([L(units="9")]), known).reason == "units-exceeded"


@pytest.mark.parametrize(
    ("number", "fits"), [("12H12345678901", True), ("M0001", False), ("123456789012345", False)]
)
def test_53_a_payers_own_form_of_number_is_policy(number: str, fits: bool) -> None:
    policy = Policy(number_patterns={"ACMEHEALTH": r"[A-Z0-9]{2}[AH]\d{11}"})
    report = line(C(), grant(number), policy=policy)
    assert report.reason == ("exact" if fits else "number-format")


def test_53_a_form_that_is_no_regular_expression_is_a_configuration_error() -> None:
    with pytest.raises(ConfigError, match="number_patterns"):
        Policy(number_patterns={"ACMEHEALTH": "[A-"})


@pytest.mark.parametrize("number", ["0007", "A 12 B", "X" * 50])
def test_55_a_number_is_kept_verbatim(number: str) -> None:
    result = fill_claims(interchange([C()]), [grant(number)])
    assert f"REF*G1*{number}~".encode() in result.output


@pytest.mark.parametrize("number", ["X" * 51, "A*B", "A~B", "N\u00dcMBER"])
def test_55_a_number_that_cannot_be_written_is_refused(number: str) -> None:
    assert told(line(C(), grant(number))) == ("refused", "number-format")


def test_a_certification_without_a_number_goes_to_a_person() -> None:
    assert told(line(C(), grant(None, id="PA-1/1"))) == ("manual", "number-format")


def test_07_a_stay_is_covered_as_a_whole_and_only_its_days_count() -> None:
    stay = C(
        [L("", None, "3", "DA", revenue="0120"), L("", None, "40", revenue="0250")],
        place="11", admitted="20261210", period="20261210-20261213",
    )  # fmt: skip
    result = fill_claims(interchange([stay], form="837I"), [admission(days="3")])
    assert [told(item) for item in result.claims[0].lines] == [("inserted", "exact")] * 2
    assert [use.amount for use in result.uses] == [3]


def test_07_an_admission_says_nothing_about_a_professional_claim() -> None:
    assert line(C(), admission()).reason == "no-authorization"


def test_08_interim_bills_of_a_stay_share_the_days() -> None:
    first = C(
        [L("", None, "3", "DA", revenue="0120")], place="11", frequency="2",
        admitted="20261210", period="20261210-20261212",
    )  # fmt: skip
    second = C(
        [L("", None, "3", "DA", revenue="0120")], place="11", frequency="3",
        admitted="20261210", period="20261213-20261215",
    )  # fmt: skip
    result = fill_claims(interchange([first, second], form="837I"), [admission(days="5")])
    assert [claim.lines[0].reason for claim in result.claims] == ["exact", "units-exceeded"]
