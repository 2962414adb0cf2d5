"""One specimen for each scenario about whether an authorization fits a line at all.

The numbers in the names are those of the project's matrix of sixty reconciliation scenarios.
"""

import pytest

from tests.reconcile.specimens import (
    CHILD,
    JANE,
    MEMBER,
    OTHER,
    C,
    L,
    code,
    grant,
    line,
    lines,
    person,
    told,
)
from x12_pa.reconcile import Equivalence, Policy


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


def test_a_revenue_code_alone_can_be_what_was_authorized() -> None:
    bare = code("", "")
    known = grant(procedures=(type(bare)(qualifier="", code="", revenue_code="0551"),))
    assert line(C([L("", revenue="0551")], place="32"), known, form="837I").reason == "exact"


def test_the_other_payer_of_a_namesake_plays_no_part() -> None:
    assert line(C(), grant(payer=OTHER, patient=person(JANE))).reason == "payer-mismatch"
