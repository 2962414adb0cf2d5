"""Rejections that are told before sending, and that the simulated payer then answers with."""

import pytest

from tests.simulator.support import fixture, interchange
from tests.simulator.test_expected_answers import MEMBER, SCAN, SCANS, aaa, ask, profile
from tests.support import FIXTURES
from x12_pa.authorizations.nearby import table
from x12_pa.authorizations.preflight import TABLE, add_predictions, expected, label_of, predict
from x12_pa.guides import load_guide, load_profile
from x12_pa.syntax import read_transactions
from x12_pa.validation import validate

VALID = FIXTURES / "valid"
SUBSCRIBER, DEPENDENT = "278-request-subscriber", "278-request-dependent"


def told(name, *changes):
    text = (VALID / f"{name}.edi").read_bytes().decode()
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    [transaction] = read_transactions(text.encode())
    return [(p.code, p.loop, p.element, p.certain) for p in predict(transaction)]


@pytest.mark.parametrize("name", ["270", SUBSCRIBER, DEPENDENT, "278-request-services"])
def test_what_is_complete_is_expected_to_pass(name):
    assert told(name) == []


ASKED = "HL*3*2*22*0~\nTRN*1*TRC000010*9CLINIC001~\nNM1*IL*1*TESTER*BRAVO****MI*MBR000101~\n"
DMG, DEPENDENT_DMG = "DMG*D8*19470202*M~\n", "DMG*D8*20150311*F~\n"


@pytest.mark.parametrize(
    ("name", "change", "prediction"),
    [
        ("270", (DMG, ""), ("58", "2100C", "DMG02", False)),
        ("270", (ASKED, ASKED.replace("MI*MBR000101", "")), ("72", "2100C", "NM109", False)),
        ("270", (ASKED, ASKED.replace("TESTER", "")), ("73", "2100C", "NM103", False)),
        ("270", (ASKED, ASKED.replace("BRAVO", "")), ("73", "2100C", "NM104", False)),
        ("270", ("*19470202", "*20270202"), ("60", "2100C", "DMG02", True)),
        ("270", (DEPENDENT_DMG, ""), ("58", "2100D", "DMG02", False)),
        ("270", ("TESTER*CHARLIE", "TESTER"), ("65", "2100D", "NM104", False)),
        ("270", ("*20150311", "*20270311"), ("60", "2100D", "DMG02", True)),
        (SUBSCRIBER, (DMG, ""), ("58", "2010C", "DMG02", False)),
        (SUBSCRIBER, ("*19470202", "*20270202"), ("60", "2000E", "DMG02", True)),
    ],
)
def test_each_known_defect_has_its_code_at_its_loop(name, change, prediction):
    assert told(name, change) == [prediction]


def test_the_subscriber_of_a_dependent_needs_no_birth_date():
    text = (VALID / f"{DEPENDENT}.edi").read_bytes()
    [transaction] = read_transactions(text)
    kept = [s for s in transaction.segments if s.id != "DMG"]
    transaction.segments[:] = kept
    assert [p.loop for p in predict(transaction)] == ["2010D"]


def test_every_code_of_the_table_is_one_that_the_answer_can_have_there():
    for told in table(TABLE).values():
        for row in told["rules"]:
            assert label_of(load_guide(told["answer"]), row["loop"], row["code"]), row


def test_what_is_an_error_already_is_not_told_again():
    text = (VALID / f"{SUBSCRIBER}.edi").read_bytes().replace(b"D8*19470202", b"D8*")
    result = add_predictions(validate(text), text)
    assert [f.code for f in result.findings if f.element == "DMG02"] != ["P133"]
    assert sum(f.element == "DMG02" for f in result.findings) == 1


@pytest.mark.parametrize(
    ("rule", "number"),
    [
        ({**MEMBER, "expect": aaa(("2010C", "72", "C"))}, 1),
        ({**MEMBER, "expect": aaa(("2010B", "79", "N"), ("2010C", "72", "C"))}, 1),
        ({**SCAN, "expect": aaa(("2000F", "33", "C"))}, SCANS),
        ({"require": "2000F/MSG", "expect": aaa(("2000F", "15", "C"))}, SCANS),
        ({"values": {"GS02": ["OTHERCLINIC"]}, "expect": aaa(("2010B", "41", "N"))}, 1),
    ],
)
def test_what_a_profile_announces_is_what_its_payer_answers(tmp_path, rule, number):
    rules = load_profile(profile(tmp_path, rule))
    findings = validate(interchange(fixture(number)), profile=rules).findings
    announced = [f"AAA*N**{p.code}*{p.follow_up}" for p in expected(findings)]
    assert ask(tmp_path, rule, number=number).named("AAA") == announced


def test_what_the_table_tells_is_what_a_payer_that_asks_for_it_answers(tmp_path):
    """A payer that requires the birth date answers with the code that was told without it."""
    data = interchange(fixture(1))
    [transaction] = read_transactions(data)
    [birth] = [s for s in transaction.segments if s.id == "DMG"]
    bare = data.replace(f"{birth.text}~".encode(), b"")
    bare = bare.replace(
        f"SE*{len(transaction.segments)}*".encode(), b"SE*%d*" % (len(transaction.segments) - 1)
    )
    [prediction] = predict(next(read_transactions(bare)))
    from tests.simulator.test_expected_answers import Answers

    rule = {"require": "2010C/DMG02", "expect": aaa(("2010C", "58", "C"))}
    answered = Answers(tmp_path, bare, rule).named("AAA")
    assert answered == [f"AAA*N**{prediction.code}*{prediction.follow_up}"]
