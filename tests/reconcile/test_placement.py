"""One specimen for each scenario about where numbers go; the output shows the REF segments."""

from typing import Any

import pytest

from tests.reconcile.specimens import (
    ACME,
    CHILD,
    OTHER,
    C,
    L,
    grant,
    interchange,
    person,
    refs,
)
from x12_pa.authorizations.records import Authorization
from x12_pa.reconcile import FillResult, Policies, Policy, fill_claims
from x12_pa.validation import validate

KNEE, HIP = grant("M0001", "73721"), grant("M0002", "73722")


def fill(
    claim: C, *known: Authorization, form: str = "837P", **options: Any
) -> tuple[FillResult, list[str]]:
    result = fill_claims(interchange([claim], form=form), known, **options)
    output = result.output
    if validate(interchange([claim], form=form)).accepted:
        assert validate(output).accepted
    return result, refs(output)


def said(result: FillResult) -> list[tuple[str, str]]:
    return [(line.outcome, line.reason) for line in result.claims[0].lines]


def test_02_one_number_for_all_lines_stands_once_at_the_claim() -> None:
    result, found = fill(C([L(), L(), L()]), KNEE)
    assert found == ["CLM*CLAIM1 REF*G1*M0001"]
    assert said(result) == [("inserted", "exact")] * 3


def test_03_the_number_of_most_lines_goes_to_the_claim_the_other_to_its_line() -> None:
    result, found = fill(C([L("73722"), L(), L()]), KNEE, HIP)
    assert found == ["CLM*CLAIM1 REF*G1*M0001", "LX*1 REF*G1*M0002"]
    assert [line.placed_at for line in result.claims[0].lines] == ["2400", "2300", "2300"]


def test_04_a_repeat_on_a_line_is_reported_and_removed_only_on_request() -> None:
    claim = C([L(refs=["REF*G1*M0001"])], refs=["REF*G1*M0001"])
    result, found = fill(claim, KNEE)
    assert result.claims[0].outcome == "unchanged"
    assert "repeats" in result.claims[0].lines[0].detail
    assert len(found) == 2
    assert fill(claim, KNEE, replace=True)[1] == ["CLM*CLAIM1 REF*G1*M0001"]


def test_05_a_sixth_number_on_a_line_is_refused() -> None:
    others = [(f"PLAN{n}", f"SP{n}") for n in range(5)]
    full = [f"REF*G1*X{n}**2U:PLAN{n}" for n in range(5)]
    claim = C([L(), L("73722", refs=full)], others=others)
    result, found = fill(claim, KNEE, HIP)
    assert said(result) == [("inserted", "exact"), ("refused", "too-many-numbers")]
    assert len(found) == 6


def test_06_an_institutional_claim_with_two_numbers_is_proposed_for_a_split() -> None:
    claim = C([L(), L("73722")], place="13")
    result, found = fill(claim, KNEE, HIP, form="837I")
    assert (result.claims[0].outcome, found) == ("split", [])
    assert said(result) == [("refused", "needs-split")] * 2
    assert "M0001 for line 1; M0002 for line 2" in result.claims[0].lines[0].detail


def test_06_a_policy_may_refuse_instead_of_splitting() -> None:
    policy = Policy(institutional_several="refuse")
    result, _ = fill(C([L(), L("73722")], place="13"), KNEE, HIP, form="837I", policy=policy)
    assert result.claims[0].outcome == "refused"


def test_07_an_institutional_claim_carries_its_one_number_at_the_claim() -> None:
    _, found = fill(C([L(), L()], place="13"), KNEE, form="837I")
    assert found == ["CLM*CLAIM1 REF*G1*M0001"]


def test_30_a_number_that_is_there_already_changes_nothing() -> None:
    claim = C(refs=["REF*G1*M0001"])
    result, _ = fill(claim, KNEE)
    assert result.output == interchange([claim])
    assert said(result) == [("covered", "already-present")]


def test_42_the_secondary_payers_number_goes_to_its_own_loop() -> None:
    known = grant("S0001", payer=OTHER, member_id="SP1")
    result, found = fill(C(others=[(OTHER, "SP1")]), known)
    assert found == [f"PR*{OTHER} REF*G1*S0001"]
    line = result.claims[0].lines[0]
    assert (line.outcome, line.reason, line.placed_at) == ("inserted", "other-payer", "2330B")


def test_42_both_payers_numbers_stand_each_in_its_place() -> None:
    known = grant("S0001", payer=OTHER, member_id="SP1")
    result, found = fill(C(others=[(OTHER, "SP1")]), known, KNEE)
    assert found == ["CLM*CLAIM1 REF*G1*M0001", f"PR*{OTHER} REF*G1*S0001"]
    assert "S0001 at 2330B" in result.claims[0].lines[0].detail


def test_42_a_second_number_of_the_secondary_payer_names_it_on_the_line() -> None:
    known = [
        grant("S0001", payer=OTHER, member_id="SP1"),
        grant("S0002", "73722", payer=OTHER, member_id="SP1"),
    ]
    _, found = fill(C([L(), L("73722")], others=[(OTHER, "SP1")]), *known)
    assert found == [f"PR*{OTHER} REF*G1*S0001", f"LX*2 REF*G1*S0002**2U:{OTHER}"]


def test_48_a_number_that_was_taken_back_is_reported_and_removed_on_request() -> None:
    gone = grant(state="cancelled", action="C", usable_on_claim=False)
    claim = C(refs=["REF*G1*M0001"])
    result, found = fill(claim, gone)
    assert (said(result), found) == ([("conflict", "cancelled")], ["CLM*CLAIM1 REF*G1*M0001"])
    assert fill(claim, gone, replace=True)[1] == []


def test_48_a_number_that_another_line_stands_on_is_not_removed() -> None:
    gone = grant("M0001", "73722", id="PA-9/1", state="cancelled", usable_on_claim=False)
    claim = C([L(), L("73722")], refs=["REF*G1*M0001"])
    assert fill(claim, KNEE, gone, replace=True)[1] == ["CLM*CLAIM1 REF*G1*M0001"]


def test_48_a_number_taken_back_and_overwritten_at_once_is_overwritten() -> None:
    gone = grant("OLD", "99213", state="cancelled", action="C", usable_on_claim=False)
    claim = C([L(), L("99213")], refs=["REF*G1*OLD"])
    assert fill(claim, KNEE, gone, replace=True)[1] == ["CLM*CLAIM1 REF*G1*M0001"]


def test_52_a_referral_goes_out_as_9f() -> None:
    referral = grant("R0001", category="SC")
    assert fill(C(), referral)[1] == ["CLM*CLAIM1 REF*9F*R0001"]
    policy = Policy(referral_qualifier="G1")
    assert fill(C(), referral, policy=policy)[1] == ["CLM*CLAIM1 REF*G1*R0001"]


def test_52_the_switch_is_one_payers_own() -> None:
    policies = Policies(by_payer={OTHER: Policy(referral_qualifier="G1")})
    assert fill(C(), grant("R0001", category="SC"), policy=policies)[1] == [
        "CLM*CLAIM1 REF*9F*R0001"
    ]
    known = grant("R0001", category="SC", payer=OTHER)
    assert fill(C(payer=OTHER), known, policy=policies)[1] == ["CLM*CLAIM1 REF*G1*R0001"]


def test_52_a_referral_and_an_authorization_stand_side_by_side_in_guide_order() -> None:
    _, found = fill(C([L(), L("99204")]), KNEE, grant("R0001", "99204", category="SC"))
    assert found == ["CLM*CLAIM1 REF*9F*R0001", "CLM*CLAIM1 REF*G1*M0001"]


def test_56_another_number_on_the_claim_is_a_conflict_and_stays() -> None:
    claim = C(refs=["REF*G1*OLD"])
    result, found = fill(claim, KNEE)
    assert (said(result), found) == (
        [("conflict", "conflict-existing")],
        ["CLM*CLAIM1 REF*G1*OLD"],
    )


def test_56_replace_overwrites_it() -> None:
    _, found = fill(C(refs=["REF*G1*OLD"]), KNEE, replace=True)
    assert found == ["CLM*CLAIM1 REF*G1*M0001"]


def test_56_a_valid_number_of_other_lines_stays_when_one_line_needs_another() -> None:
    claim = C([L(), L("73722")], refs=["REF*G1*M0002"])
    _, found = fill(claim, KNEE, HIP)
    assert found == ["CLM*CLAIM1 REF*G1*M0002", "LX*1 REF*G1*M0001"]


def test_56_a_line_number_that_differs_is_a_conflict_of_that_line_alone() -> None:
    claim = C([L(), L("73722", refs=["REF*G1*OLD"])])
    result, found = fill(claim, KNEE, HIP)
    assert said(result) == [("inserted", "exact"), ("conflict", "conflict-existing")]
    assert found == ["CLM*CLAIM1 REF*G1*M0001", "LX*2 REF*G1*OLD"]
    assert fill(claim, KNEE, HIP, replace=True)[1][1] == "LX*2 REF*G1*M0002"


def test_a_number_that_stands_on_one_line_is_not_put_above_it() -> None:
    claim = C([L(refs=["REF*G1*M0001"]), L()])
    _, found = fill(claim, KNEE)
    assert found == ["LX*1 REF*G1*M0001", "LX*2 REF*G1*M0001"]
    assert fill(claim, KNEE, replace=True)[1] == ["CLM*CLAIM1 REF*G1*M0001"]


def test_an_unexplained_number_on_the_claim_is_left_and_mentioned() -> None:
    result, found = fill(C([L("99213")], refs=["REF*G1*PHONE1"]), KNEE)
    assert found == ["CLM*CLAIM1 REF*G1*PHONE1"]
    assert said(result)[0][0] == "refused"


def test_59_the_order_of_the_lines_does_not_matter() -> None:
    one = fill(C([L(), L("73722")]), KNEE, HIP)[0].claims[0].lines
    two = fill(C([L("73722"), L()]), HIP, KNEE)[0].claims[0].lines
    assert [(x.number, x.placed_at) for x in one] == [(x.number, x.placed_at) for x in two[::-1]]


def test_a_dental_claim_takes_numbers_at_claim_and_line() -> None:
    crown = grant("D1", procedures=(KNEE.procedures[0].__class__(qualifier="AD", code="D2740"),))
    root = grant("D2", procedures=(KNEE.procedures[0].__class__(qualifier="AD", code="D3320"),))
    _, found = fill(C([L("D2740"), L("D3320")]), crown, root, form="837D")
    assert found == ["CLM*CLAIM1 REF*G1*D1", "LX*2 REF*G1*D2"]


def test_the_dependents_claim_is_filled_like_the_subscribers() -> None:
    known = grant(patient=person(CHILD, dependent=True))
    assert fill(C(dependent=CHILD), known)[1] == ["CLM*CLAIM1 REF*G1*M0001"]


@pytest.mark.parametrize("form", ["837P", "837I"])
def test_claims_of_several_sets_are_told_apart(form: str) -> None:
    data = interchange([C(id="A", place="13")], [C(id="B", place="13", payer=OTHER)], form=form)
    result = fill_claims(data, [KNEE])
    assert [(c.claim_id, c.set_control, c.outcome) for c in result.claims] == [
        ("A", "0001", "filled"),
        ("B", "0002", "refused"),
    ]


def test_a_mixed_claim_is_filled_but_not_clean() -> None:
    result, _ = fill(C([L(), L("99213")]), KNEE)
    assert (result.claims[0].outcome, result.clean) == ("filled", False)


def test_a_conflict_uses_no_units() -> None:
    result, _ = fill(C(refs=["REF*G1*OLD"]), grant(units="5"))
    assert result.uses == ()


def test_the_report_has_the_fields_of_the_contract() -> None:
    document = fill(C(), KNEE)[0].report_json()
    assert document["schema"] == "x12-pa/claims/1"
    claim = document["claims"][0]
    assert {k: v for k, v in claim.items() if k != "lines"} == {
        "claim_id": "CLAIM1",
        "set_control": "0001",
        "form": "837P",
        "outcome": "filled",
    }
    assert {k: v for k, v in claim["lines"][0].items() if k != "detail"} == {
        "line": "1",
        "outcome": "inserted",
        "number": "M0001",
        "placed_at": "2300",
        "qualifier": "G1",
        "reason": "exact",
        "authorization": "PA-M0001/1",
    }


def test_the_changed_segments_are_told() -> None:
    result, _ = fill(C(refs=["REF*G1*OLD"]), KNEE, replace=True)
    (change,) = result.changes
    assert (change.loop, change.removed, change.added) == ("2300", "REF*G1*OLD", "REF*G1*M0001")


def test_a_claim_to_the_other_payer_uses_that_payers_number() -> None:
    known = grant("S0001", payer=OTHER, member_id="SP1")
    claim = C(payer=OTHER, member="SP1", others=[(ACME, "MBR000123")])
    assert fill(claim, known, KNEE)[1] == [
        "CLM*CLAIM1 REF*G1*S0001",
        f"PR*{ACME} REF*G1*M0001",
    ]
