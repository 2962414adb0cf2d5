"""One specimen for each scenario about whether an authorization fits a line at all.

The numbers in the names are those of the project's matrix of sixty reconciliation scenarios.
"""

from decimal import Decimal
from typing import Any

import pytest

from tests.reconcile.specimens import (
    CHILD,
    CLINIC,
    DOCTOR,
    JANE,
    MEMBER,
    OTHER,
    STRANGER,
    C,
    L,
    admission,
    code,
    grant,
    interchange,
    person,
)
from x12_pa.authorizations.records import Authorization, Quantity
from x12_pa.errors import ConfigError
from x12_pa.reconcile import Equivalence, LineReport, Policy, UnitUse, fill_claims


def line(claim: C, *known: Authorization, form: str = "837P", **options: Any) -> LineReport:
    return lines(claim, *known, form=form, **options)[0]


def lines(
    claim: C, *known: Authorization, form: str = "837P", **options: Any
) -> tuple[LineReport, ...]:
    result = fill_claims(interchange([claim], form=form), known, **options)
    return result.claims[0].lines


def told(report: LineReport) -> tuple[str, str]:
    return report.outcome, report.reason


def test_01_same_payer_member_code_and_day_is_exact() -> None:
    report = line(C(), grant())
    assert (told(report), report.number, report.placed_at) == (
        ("inserted", "exact"),
        "M0001",
        "2300",
    )


def test_09_a_code_that_differs_by_one_cites_both_codes() -> None:
    report = line(C([L("73722")]), grant())
    assert told(report) == ("refused", "code-mismatch")
    assert "73722" in report.detail
    assert "73721" in report.detail


def test_10_a_code_inside_an_authorized_range_is_explained() -> None:
    assert told(line(C([L("97112")]), grant(covers="97110/97140"))) == ("inserted", "code-range")


@pytest.mark.parametrize("billed", ["97109", "97141", "G0151", "9711"])
def test_10_a_code_outside_a_range_or_of_another_shape_is_not_in_it(billed: str) -> None:
    assert line(C([L(billed)]), grant(covers="97110/97140")).reason == "code-mismatch"


def test_11_a_service_type_without_a_code_goes_to_a_person() -> None:
    known = grant(covers=None, service_type="42")
    assert told(line(C(), known)) == ("manual", "code-mismatch")


def test_11_a_policy_may_allow_a_service_type_without_a_code() -> None:
    known = grant(covers=None, service_type="42")
    report = line(C(), known, policy=Policy(allow_without_code=True))
    assert told(report) == ("inserted", "code-equivalent")


def test_12_the_other_side_of_the_body_is_refused() -> None:
    assert told(line(C([L("73721:LT")]), grant(covers="73721:RT"))) == (
        "refused",
        "modifier-mismatch",
    )


def test_13_a_modifier_where_none_was_authorized_is_explained() -> None:
    assert told(line(C([L("73721:26")]), grant())) == ("inserted", "modifier-open")


def test_13_modifiers_in_another_order_are_the_same() -> None:
    assert line(C([L("73721:59:RT")]), grant(covers="73721:RT:59")).reason == "exact"


def test_14_an_equivalence_of_the_payer_is_cited_by_its_id() -> None:
    policy = Policy(equivalences=(Equivalence(id="EQ-7", authorized="73721", billed="73718"),))
    report = line(C([L("73718")]), grant(), policy=policy)
    assert told(report) == ("inserted", "code-equivalent")
    assert "EQ-7" in report.detail


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


def test_36_a_new_suffix_is_accepted_only_with_the_id_history() -> None:
    claim = C(member=f"{MEMBER}-01")
    assert told(line(claim, grant())) == ("refused", "member-mismatch")
    policy = Policy(member_aliases={f"{MEMBER}-01": MEMBER})
    assert line(claim, grant(), policy=policy).reason == "exact"


def test_37_the_same_name_under_another_member_id_is_never_filled() -> None:
    report = line(C(member="MBR000999"), grant())
    assert told(report) == ("refused", "member-mismatch")
    assert "MBR000999" not in report.detail
    assert MEMBER not in report.detail


def test_37_another_service_of_a_namesake_is_not_even_mentioned() -> None:
    assert line(C([L("99213")], member="MBR000999"), grant()).reason == "no-authorization"


def test_38_a_newborn_under_the_mothers_id_goes_to_a_person() -> None:
    newborn = C(dependent=("TESTPERSON", "BABY", "20261208", "F"))
    assert told(line(newborn, grant())) == ("manual", "member-mismatch")


def test_38_an_older_sibling_is_refused() -> None:
    known = grant(patient=person(("TESTPERSON", "SISTER", "20120101", "F"), dependent=True))
    assert told(line(C(dependent=CHILD), known)) == ("refused", "member-mismatch")


def test_39_a_dependent_authorized_and_billed_as_subscriber_is_the_same_person() -> None:
    known = grant(patient=person(CHILD, dependent=True))
    assert line(C(person=CHILD), known).reason == "exact"


def test_40_a_delegated_payer_id_is_resolved() -> None:
    policy = Policy(payer_aliases={"DELEGATE9": "ACMEHEALTH"})
    assert line(C(), grant(payer="DELEGATE9"), policy=policy).reason == "exact"


def test_41_a_claim_to_another_payer_is_refused() -> None:
    assert told(line(C(payer="THIRDPLAN"), grant())) == ("refused", "payer-mismatch")


def test_43_a_pend_with_a_number_is_no_permission() -> None:
    known = grant(state="pended_review", action="A4", usable_on_claim=False)
    assert told(line(C(), known)) == ("refused", "not-a-decision")


def test_44_a_denial_cites_its_reason_code() -> None:
    known = grant(
        None,
        id="PA-9/1",
        state="not_certified",
        action="A3",
        reasons=("0F",),
        usable_on_claim=False,
    )
    report = line(C(), known)
    assert told(report) == ("refused", "denied")
    assert "0F" in report.detail


def test_45_certified_in_part_fills_one_line_and_refuses_the_other() -> None:
    good = grant()
    bad = grant(
        None, "29877", id="PA-M0001/2", request="PA-M0001", service=2,
        state="not_certified", action="A3", usable_on_claim=False,
    )  # fmt: skip
    event = grant(
        "E778", None, id="PA-M0001", request="PA-M0001", level="event", service=None,
        state="partial", action="A2", usable_on_claim=False,
    )  # fmt: skip
    one, two = lines(C([L(), L("29877")]), good, bad, event)
    assert (told(one), told(two)) == (("inserted", "exact"), ("refused", "denied"))


def test_46_a_certified_service_under_a_denied_event_counts() -> None:
    event = grant(
        None, None, id="PA-M0001", request="PA-M0001", level="event", service=None,
        state="not_certified", action="A3", usable_on_claim=False,
    )  # fmt: skip
    assert line(C(), grant(), event).number == "M0001"


def test_47_fewer_visits_than_asked_for_are_the_limit() -> None:
    known = grant(state="modified", action="A6", units="8", unit="VS")
    assert line(C([L(units="8")]), known).outcome == "inserted"
    assert line(C([L(units="9")]), known).reason == "units-exceeded"


def test_50_no_authorization_needed_is_evidence_and_no_number() -> None:
    known = grant(None, id="PA-5/1", state="not_required", action="NA", usable_on_claim=False)
    report = line(C(), known)
    assert told(report) == ("not_required", "evidence-not-required")
    assert (report.number, report.authorization) == (None, "PA-5/1")


def test_51_of_two_overlapping_numbers_the_one_that_ends_first_is_used() -> None:
    old = grant("M0002", window="20261101-20261215")
    renewed = grant("M0001", window="20261201-20270131")
    assert line(C(), renewed, old).number == "M0002"


def test_51_two_equally_good_numbers_are_a_persons_decision() -> None:
    report = line(C(), grant("M0001"), grant("M0002"))
    assert told(report) == ("manual", "ambiguous")
    assert "M0001, M0002" in report.detail


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


def test_a_cancelled_authorization_is_told_as_such() -> None:
    known = grant(state="cancelled", action="C", usable_on_claim=False)
    assert told(line(C(), known)) == ("refused", "cancelled")


def test_the_candidate_that_came_furthest_gives_the_reason() -> None:
    expired = grant("M0001", window="20260101-20260131")
    other_code = grant("M0002", "70551")
    assert line(C(), other_code, expired).reason == "expired"
    assert line(C([L("99213")]), expired).reason == "no-authorization"


def test_only_the_latest_version_of_a_decision_counts() -> None:
    later = grant(version=2, state="cancelled", action="C", usable_on_claim=False)
    assert line(C(), later, grant(version=1)).reason == "cancelled"


def test_nothing_known_is_no_authorization() -> None:
    assert told(line(C())) == ("refused", "no-authorization")


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


def test_a_revenue_code_alone_can_be_what_was_authorized() -> None:
    bare = code("", "")
    known = grant(procedures=(type(bare)(qualifier="", code="", revenue_code="0551"),))
    assert line(C([L("", revenue="0551")], place="32"), known, form="837I").reason == "exact"


def test_the_other_payer_of_a_namesake_plays_no_part() -> None:
    assert line(C(), grant(payer=OTHER, patient=person(JANE))).reason == "payer-mismatch"
