"""From checks to 270s: what is asked, in how many sets, and back again."""

import re
from datetime import date
from io import BytesIO

from attrs import evolve

from tests.services.eligibility import CHECK, CHILD, OTHER, THERAPY
from tests.support import FIXTURES
from x12_pa.eligibility.asking import (
    PayerRules,
    checks_of,
    fallen_back,
    inquiry_of,
    numbered,
    plan,
)
from x12_pa.guides import load_guide
from x12_pa.models import build_eligibility, parse_eligibility
from x12_pa.syntax import TransactionSet, read_transactions, segment


def texts(found):
    record = inquiry_of(numbered(found, "EL1", "9CLINIC001"), on=date(2026, 11, 22), at="14:00")
    return [item.text for item in build_eligibility(record, load_guide("270"))]


def test_each_question_is_asked_on_its_own_unless_the_payer_takes_more():
    sets = plan([CHECK, THERAPY, OTHER], PayerRules())
    assert [len(each.checks) for each in sets] == [1, 1, 1]


def test_questions_of_one_patient_share_an_inquiry_where_the_payer_takes_several():
    (one, two) = plan([CHECK, THERAPY, OTHER], PayerRules(questions=10))
    assert [item for item in texts(one) if item.startswith("EQ")] == ["EQ**HC:73721", "EQ*PT"]
    assert two.checks == (OTHER,)


def test_patients_share_a_set_up_to_the_number_that_the_payer_takes():
    third = evolve(CHECK, member_id="MBR000103")
    sets = plan([CHECK, OTHER, third], PayerRules(patients=2))
    assert [len(each.units) for each in sets] == [2, 1]
    assert [i for i in texts(sets[0]) if i.startswith("TRN")] == [
        "TRN*1*EL1-1*9CLINIC001",
        "TRN*1*EL1-2*9CLINIC001",
    ]


def test_two_days_are_two_inquiries():
    later = evolve(CHECK, service_date=date(2026, 12, 6))
    assert len(plan([CHECK, later], PayerRules(questions=10))) == 2


def test_a_dependent_is_asked_about_at_its_own_level():
    (one,) = plan([CHILD], PayerRules())
    found = texts(one)
    assert found.index("NM1*03*1*TESTER*EMIL") < found.index("EQ**HC:73721")
    assert found.index("TRN*1*EL1*9CLINIC001") > found.index("NM1*IL*1*TESTER*ALMA****MI*MBR000101")


def test_place_of_service_and_day_are_asked():
    (one,) = plan([CHECK], PayerRules())
    assert {"DTP*291*D8*20261205", "III*ZZ*22"} <= set(texts(one))


def test_a_procedure_that_is_not_taken_becomes_the_service_type_or_the_plan():
    no_codes = PayerRules(procedures=False)
    both = evolve(CHECK, service_type="62")
    assert fallen_back(both, no_codes).service_type == "62"
    assert fallen_back(CHECK, no_codes).service_type == "30"
    assert fallen_back(CHECK, no_codes).instead == "the payer does not take procedures"
    assert fallen_back(CHECK, no_codes).check.ask == CHECK.ask, "what was meant is kept"


def test_a_service_type_that_is_not_answered_becomes_the_plan():
    found = fallen_back(THERAPY, PayerRules(service_types=frozenset({"30", "98"})))
    assert (found.service_type, found.instead) == ("30", "the payer does not take service type PT")
    assert fallen_back(THERAPY, PayerRules()).service_type == "PT"


def test_an_inquiry_that_was_built_gives_its_checks_back():
    (one,) = plan([CHECK, CHILD], PayerRules(questions=9, patients=9))
    record = inquiry_of(numbered(one, "EL1", "9CLINIC001"), on=date(2026, 11, 22), at="14:00")
    built = build_eligibility(record, load_guide("270"))
    again = parse_eligibility(TransactionSet([*built, segment("SE", "1", "0001")]))
    found = [check for check, _ in checks_of(again)]
    assert found == [evolve(CHECK, procedure="HC:73721"), evolve(CHILD, procedure="HC:73721")]


def test_a_dependent_without_a_name_is_not_taken_for_the_subscriber():
    text = (FIXTURES / "valid" / "270.edi").read_text()
    (named,) = re.findall(r"NM1\*03\*1[^~]*~", text)
    (unnamed,) = read_transactions(BytesIO(text.replace(named, "NM1*03*1~").encode()))
    assert [check for check, _ in checks_of(parse_eligibility(unnamed)) if check.dependent] == []
    (whole,) = read_transactions(BytesIO(text.encode()))
    asked = [check for check, _ in checks_of(parse_eligibility(whole)) if not check.dependent]
    assert [check for check, _ in checks_of(parse_eligibility(unnamed))] == asked
