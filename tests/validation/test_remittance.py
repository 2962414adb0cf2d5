"""The three sums of a remittance advice (835), and that a long one is added up as it passes."""

import pytest

from tests.validation.defects import VALID, recounted
from x12_pa.guides import load_guide
from x12_pa.validation import validate
from x12_pa.validation.situations import Judge

TEXT = (VALID / "835.edi").read_text()
SET = TEXT[TEXT.index("ST*") : TEXT.index("GE*")]
CLAIM = SET[SET.index("CLP*CLAIM-0002") : SET.index("PLB*")]


def found(text):
    return [(f.code, f.element, f.line) for f in validate(text.encode()).findings]


def changed(*changes):
    text = TEXT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return text


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        (("*120*90**1", "*120*91**1"), ("X304", "SVC03", 20)),
        (("CAS*PR*1*15**2*5", "CAS*PR*1*15**2*6"), ("X304", "SVC03", 25)),
        (("*1*200*130*", "*1*200*131*"), ("X305", "CLP04", 15)),
        (("CAS*CO*45*20~", "CAS*CO*45*21~"), ("X305", "CLP04", 15)),
        (("BPR*I*295*", "BPR*I*296*"), ("X306", "BPR02", 4)),
        (("*72:DEF*-5~", "*72:DEF*5~"), ("X306", "BPR02", 4)),
    ],
)
def test_an_amount_that_does_not_add_up_is_named_once_where_it_is_told(change, finding):
    assert found(changed(change)) == [finding]


def test_what_makes_a_line_wrong_is_not_told_again_of_its_claim_and_of_the_payment():
    text = changed(("*120*90**1", "*120*91**1"), ("BPR*I*295*", "BPR*I*296*"))
    assert found(text) == [("X304", "SVC03", 20)]


def test_a_claim_without_lines_balances_by_itself():
    lines = SET[SET.index("SVC*HC:97110") : SET.index("PLB*")]
    assert found(recounted(changed((lines, "")))) == [("X305", "CLP04", 29)]
    name = "NM1*QC*1*TESTER*CHARLIE"
    assert found(recounted(changed((lines, ""), (name, f"CAS*CO*45*74.5~\n{name}")))) == []


def test_an_error_in_one_remittance_does_not_hide_the_sum_of_the_next():
    second = SET.replace("ST*835*0001", "ST*835*0002").replace("*36*0001~", "*36*0002~")
    text = TEXT.replace(SET, SET.replace("*120*90**1", "*120*91**1") + second)
    text = text.replace("GE*1*1~", "GE*2*1~").replace("BPR*I*295*", "BPR*I*296*")
    assert found(text) == [("X304", "SVC03", 20), ("X306", "BPR02", 40)]


def many(paid, claims=3000):
    body = "".join(CLAIM.replace("CLAIM-0002", f"C{n}") for n in range(claims))
    return recounted(changed((CLAIM, body), ("BPR*I*295*", f"BPR*I*{paid}*")))


def test_a_long_remittance_is_added_up_without_keeping_its_claims(monkeypatch):
    kept, ended = [], Judge.end

    def end(self, loop):
        ended(self, loop)
        kept.append(len(self.captured))

    monkeypatch.setattr(Judge, "end", end)
    assert found(many("526619.5")) == []
    assert max(kept) < 10


def test_a_long_remittance_that_does_not_add_up_names_the_sum():
    (finding,) = validate(many("526619.6").encode()).findings
    assert finding.code == "X306"
    assert "526619.5." in finding.message


def test_the_rules_stand_with_the_map_that_comes_from_pyx12():
    guide = load_guide("835")
    assert guide.origin == "pyx12"
    assert {s.code for rules in guide.situations.by_scope.values() for s in rules} == {
        "X304",
        "X305",
        "X306",
    }
