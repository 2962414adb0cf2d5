"""A 271 speaks for some days, plans and people: nothing is carried over to others."""

from datetime import date

import pytest

from tests.eligibility.support import ask
from tests.eligibility.test_samples import HEAD, ISA
from x12_pa.eligibility import answers
from x12_pa.models.eligibility_sets import locate_eligibility
from x12_pa.syntax import read_transactions

PLAN = "EB*1**30*HM*GOLD~"
NO = "EB*CB**********N**HC:73721~"
WRITTEN, LATER = date(2026, 11, 22), date(2027, 6, 1)


def told(body, on, *, asked_on=None, **service):
    text = f"{ISA}{HEAD}{body}SE*1*0001~GE*1*1~IEA*1*000000001~"
    (transaction,) = read_transactions(text.encode())
    found = locate_eligibility(transaction)
    service = service or {"procedure": "73721"}
    return list(
        answers(found.record, asks=[ask(**service)], on=on, asked_on=asked_on, places=found.places)
    )


@pytest.mark.parametrize(
    ("dates", "on", "expected"),
    [
        ("", WRITTEN, ("no", ())),
        ("", LATER, ("unknown", ("date",))),
        ("DTP*291*D8*20261122~", LATER, ("unknown", ("date",))),
        ("DTP*348*D8*20260101~", LATER, ("no", ())),
        ("DTP*291*RD8*20260101-20271231~", LATER, ("no", ())),
    ],
)
def test_a_no_holds_for_the_days_it_speaks_of(dates, on, expected):
    (answer,) = told(f"{PLAN}{NO}{dates}", on)
    assert (answer.authorization.required, answer.authorization.depends_on) == expected


def test_a_yes_of_today_stands_for_later_days_too():
    (answer,) = told(PLAN + NO.replace("*N*", "*Y*"), LATER)
    assert answer.authorization.required == "yes"


@pytest.mark.parametrize(
    "body",
    [
        f"DTP*472*D8*20261122~{PLAN}{NO}",
        f"{PLAN}DTP*472*D8*20261122~{NO}DTP*472*D8*20261122~",
        f"DTP*291*D8*20261122~{PLAN}{NO}",
    ],
    ids=["patient", "benefits", "plan date of the answer"],
)
def test_a_payer_that_answers_for_another_day_than_asked_says_nothing_of_the_asked_one(body):
    asked = date(2026, 12, 5)
    (answer,) = told(body, asked, asked_on=asked)
    assert answer.coverage.state == "unknown"
    assert answer.authorization.required in ("unknown", "not said")


def test_a_plan_of_two_insurance_types_has_the_answer_of_each():
    body = "EB*1**30*HM*GOLD~EB*1**30*PR*GOLD~EB*CB**62*HM*GOLD******N~"
    found = told(body, WRITTEN, service_type="62")
    said = {one.plan.insurance_type: one.authorization.required for one in found}
    assert said == {"HM": "no", "PR": "not said"}


@pytest.mark.parametrize(
    ("limit", "left", "derived"),
    [
        ("IND", "IND", True),
        ("FAM", "IND", False),
    ],
)
def test_what_is_left_to_one_person_says_nothing_of_what_the_family_used(limit, left, derived):
    body = f"{PLAN}EB*F*{limit}*98***23***VS*30~EB*F*{left}*98***29***VS*12~"
    (answer,) = told(body, WRITTEN, service_type="98")
    assert any(one.derived for one in answer.limits) == derived
