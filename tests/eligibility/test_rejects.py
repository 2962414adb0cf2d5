"""AAA: what to do, and which field caused it."""

import json

import pytest

from tests.eligibility.support import fixture, located, told, where
from tests.support import reference_dir
from x12_pa.eligibility import all_refusals
from x12_pa.eligibility.rejects import _table, refusal
from x12_pa.models import Reject
from x12_pa.models.eligibility_sets import Place


def place(loop="2100C"):
    return Place(path="", loop=loop, number=1, line=1, text="AAA")


@pytest.mark.parametrize(
    ("code", "follow_up", "action", "days"),
    [
        ("58", "C", "correct", None),
        ("72", "N", "stop", None),
        ("42", "R", "wait", None),
        ("42", "W", "wait", 30),
        ("42", "X", "wait", 10),
        ("79", "P", "wait", None),
        ("58", "R", "correct", None),
        ("41", "R", "stop", None),
        ("ZZ", "", "stop", None),
    ],
)
def test_the_follow_up_decides_and_else_the_reason(code, follow_up, action, days):
    found = refusal(Reject(reason=code, follow_up=follow_up or None), place())
    assert (found.action, found.days) == (action, days)


def test_the_field_depends_on_the_loop():
    at = {loop: refusal(Reject(reason="43"), place(loop)).field for loop in ("2100B", "2100C")}
    assert at == {"2100B": "receiver.party.identifier", "2100C": "person.provider.identifier"}


def test_an_answer_that_follows_is_waited_for():
    found = refusal(Reject(reason="15", follow_up="S"), place())
    assert (found.action, found.answer_follows) == ("wait", True)


def test_every_code_of_the_guide_has_a_row_with_its_label():
    path = reference_dir() / "eligibility" / "x279a1_271.json"
    tables = json.loads(path.read_text())["code_meanings"]
    ours = {code: row["label"] for code, row in _table()["codes"].items()}
    assert ours == tables["901"]
    assert {c: row["label"] for c, row in _table()["follow_ups"].items()} == tables["889"]


def test_each_patient_has_the_rejections_on_the_way_to_it():
    first, second = told(fixture("rejected-subscriber"), "30")
    assert [one.code for one in first.refusals] == ["42", "58", "75"]
    assert [one.code for one in second.refusals] == ["42", "15"]


def test_rejections_above_any_patient_are_told():
    (found,) = located(fixture("rejected-source"))
    refused = all_refusals(found.record, found.places)
    assert [(one.code, one.action, where(one.evidence)) for one in refused] == [
        ("79", "wait", ("2000A", "AAA", 4)),
        ("42", "wait", ("2100A", "AAA", 6)),
    ]
    assert told(fixture("rejected-source"), "30") == []


def test_a_rejection_of_a_patient_without_any_benefit_knows_its_segment():
    first, _ = told(fixture("rejected-subscriber"), "30")
    assert [where(one.evidence) for one in first.refusals][1] == ("2100C", "AAA", 11)
