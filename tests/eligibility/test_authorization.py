"""Whether authorization is required: four answers, each with its scope, none of them collapsed."""

from datetime import date

import pytest

from tests.eligibility.support import first, fixture, told, where
from x12_pa.eligibility import Ask
from x12_pa.eligibility.authorization import authorization, reading
from x12_pa.eligibility.rows import Row
from x12_pa.models.eligibility import Benefit
from x12_pa.models.eligibility_parts import BenefitCondition
from x12_pa.models.parts import Procedure

SCOPES = fixture("authorization-by-scope")
SCAN = Procedure(qualifier="HC", code="73721")


def required(service_type=None, **more):
    return first(SCOPES, service_type, **more).authorization.required


def test_the_place_of_service_decides_inside_the_network():
    assert required("62", network="in", place="22") == "no"
    assert required("62", network="in", place="11") == "yes"


def test_the_network_decides():
    assert required("62", network="out") == "yes"


def test_statements_that_differ_are_not_collapsed():
    answer = first(SCOPES, "62").authorization
    assert (answer.required, answer.depends_on) == ("unknown", ("network", "place"))
    assert {one.required for one in answer.statements} == {"yes", "no"}


def test_a_place_that_no_statement_names_is_not_answered():
    assert required("62", network="in", place="21") == "not said"


def test_a_procedure_outweighs_its_service_type():
    answer = first(SCOPES, "62", procedure="70551", network="in", place="22").authorization
    assert answer.required == "yes"
    assert [one.scope.service for one in answer.replaced] == ["service type"]


def test_a_modifier_outweighs_the_procedure_without():
    assert required(procedure="70551:26", network="in") == "no"
    assert required(procedure="70551", network="in") == "yes"


def test_u_is_unknown_and_never_no():
    assert required("98") == "unknown"


def test_silence_is_not_said_and_never_no():
    assert required("33") == "not said"


def test_a_statement_about_the_plan_is_a_hint_about_a_service():
    answer = first(SCOPES, "33").authorization
    assert [(hint.kind, hint.says) for hint in answer.hints] == [("plan-wide", "no")]


def test_a_procedure_beside_the_plan_as_a_whole_is_still_what_is_asked_about():
    answer = first(SCOPES, "30", procedure="99999").authorization
    assert answer.required == "not said"
    assert [(hint.kind, hint.says) for hint in answer.hints] == [("plan-wide", "no")]


def test_the_plan_itself_is_answered_by_the_statement_about_the_plan():
    assert required("30") == "no"


def test_a_no_for_one_side_of_the_network_waits_for_the_side():
    answer = first(SCOPES, "UC").authorization
    assert (answer.required, answer.depends_on) == ("unknown", ("network",))
    assert required("UC", network="in") == "not said"
    assert required("UC", network="out") == "no"


def test_a_no_for_both_sides_is_no():
    assert required("AE") == "no"


def scan(**benefit):
    return Benefit(information="1", procedure=SCAN, authorization="N", **benefit)


def test_a_no_for_one_place_inside_the_network_is_no_no_for_the_other_places():
    office = BenefitCondition(code_list="ZZ", code="11")
    told = (scan(network="Y", conditions=(office,)), scan(network="N"))
    rows = [Row(benefit=each, path="", level="subscriber") for each in told]
    found = authorization(rows, Ask(procedure=SCAN), date(2026, 12, 5))
    assert (found.required, found.depends_on) == ("unknown", ("place",))
    assert authorization(rows, Ask(procedure=SCAN, place="11"), date(2026, 12, 5)).required == "no"


def test_every_statement_knows_its_segment():
    (statement,) = first(SCOPES, "98").authorization.statements
    assert where(statement.evidence) == ("2110C", "EB", 21)


def test_free_text_is_a_hint_and_no_answer():
    answer = first(fixture("free-text-only"), "62").authorization
    assert answer.required == "not said"
    assert [(h.kind, h.says, where(h.evidence)) for h in answer.hints] == [
        ("message", "yes", ("2110C", "MSG", 14))
    ]


def test_free_text_that_denies_is_no_answer_either():
    answer = first(fixture("free-text-only"), "98").authorization
    assert (answer.required, [hint.says for hint in answer.hints]) == ("not said", ["no"])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("PRE-AUTH REQUIRED: MRI", "yes"),
        ("Prior authorization is not required", "no"),
        ("NO PRECERT NEEDED", "no"),
        ("Contact utilization management for preauthorization", "mentions"),
        ("Auth requests may be submitted via provider portal", "mentions"),
        ("AUTH REQD", "yes"),
        ("PA is required", "yes"),
        ("Authorization isn't required", "no"),
        ("PRIOR AUTH NOT REQUIRED IN NETWORK BUT REQUIRED OUT OF NETWORK", "mentions"),
        ("No precert needed unless inpatient", "mentions"),
        ("REFER TO THE PLAN", ""),
        ("PA resident", ""),
        ("Written by the author", ""),
    ],
)
def test_what_free_text_says(text, says):
    assert reading(text) == says


def test_what_holds_for_the_dependent_outweighs_what_holds_for_the_family():
    subscriber, dependent = told(fixture("dependent"), "62")
    assert subscriber.authorization.required == "no"
    assert dependent.authorization.required == "yes"
    assert [one.scope.level for one in dependent.authorization.replaced] == ["subscriber"]


def test_what_holds_for_the_subscriber_alone_is_not_said_of_the_dependent():
    subscriber, dependent = told(fixture("dependent"), "98")
    assert subscriber.authorization.required == "no"
    assert dependent.authorization.required == "not said"


def test_each_plan_has_its_own_answer():
    found = {a.plan.name: a.authorization.required for a in told(fixture("two-plans"), "62")}
    assert found == {"EXAMPLE HMO": "yes", "EXAMPLE PPO": "no"}
