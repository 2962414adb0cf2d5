"""Guides known in outline: what goes beyond the outline is told once, and never rejects."""

import pytest

from tests.support import reference_dir
from tests.validation.defects import BAD
from x12_pa.guides import load_guide, load_profile
from x12_pa.validation import validate

PLAIN = (BAD / "X131.edi").read_text(encoding="latin-1")


def told(*changes):
    """Return the findings of the plain inquiry after replacing texts, without the first note."""
    text = PLAIN
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    count = sum(line[:2] not in ("IS", "GS", "GE", "IE") for line in text.split("\n") if line)
    text = text.replace("SE*14*", f"SE*{count}*")
    first, *others = validate(text.encode("latin-1")).findings
    assert (first.code, first.severity, first.ack) == ("X131", "info", None)
    return [(each.code, each.severity) for each in others]


@pytest.mark.parametrize(
    "change",
    [
        ("UM*HS*I*4*11:B~\n", "UM*HS*I*4*11:B~\nZZZ*1~\n"),
        ("D8*20261205~\n", "D8*20261205~\nHSD*VS*2~\n"),
        ("UM*HS*I*4*11:B~\n", "UM*HS*I*4*11:B~\nQTY*DY*3~\nQTY*DY*4~\n"),
        ("UM*HS*I*4", "UM*Q9*I*4"),
        ("DTP*AAH*D8", "DTP*999*D8"),
        ("BHT*0007*28*", "BHT*0007*77*"),
        ("UM*HS*I*4*11:B~", "UM*HS*I*4*11:B********1~"),
        ("NM1*X3*2", "NM1*ZZ*2"),
        ("NM1*DK*1*", "NM1*QQ*1*"),
    ],
)
def test_what_the_outline_does_not_cover_is_told_once(change):
    assert told(change) == [("X131", "info")]


def test_a_level_that_the_outline_does_not_name_is_told_once_with_all_that_stands_in_it():
    last = "NM1*DK*1*MOCKTON*AVERY****XX*1000000020~\n"
    level = "HL*5*4*SS*0~\nTRN*1*TRC000002*9CLINIC001~\nSV1*HC:73721*100*UN*1~\n"
    change = ("HL*4*3*EV*0", "HL*4*3*EV*1")
    assert told(change, (last, last + level)) == [("X131", "info")]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("D8*20261205", "D8*20261305", "X216"),
        ("XX*1000000012", "XX*1000000013", "X501"),
        ("HL*3*2*22*1", "HL*7*2*22*1", "X231"),
        ("DEMONSTRATION HEALTH PLAN", "D" * 61, "X213"),
    ],
)
def test_what_x12_itself_says_is_still_an_error(old, new, code):
    assert (code, "error") in told((old, new))


def test_a_missing_first_level_is_still_an_error():
    lines = PLAIN.split("\n")
    start = next(n for n, line in enumerate(lines) if line.startswith("HL*1"))
    end = next(n for n, line in enumerate(lines) if line.startswith("SE*"))
    text = "\n".join([*lines[:start], "SE*3*0001~", *lines[end + 1 :]])
    errors = [each.code for each in validate(text.encode()).findings if each.severity == "error"]
    assert errors == ["X207"]


def test_a_published_acknowledgment_of_a_notification_is_accepted():
    sample = reference_dir() / "278/samples/x216_ack_admission.edi"
    assert validate(sample.read_bytes()).errors == 0


def test_two_sets_of_an_outlined_guide_are_told_of_once():
    again = PLAIN.replace("GE*1*1~", "").replace("IEA*1*000000001~", "").rstrip()
    second = "\n".join(PLAIN.split("\n")[2:-3]).replace("*0001", "*0002")
    text = f"{again}\n{second}\nGE*2*1~\nIEA*1*000000001~\n"
    assert [each.code for each in validate(text.encode()).findings] == ["X131"]


def test_a_companion_guide_leaves_an_outline_as_it_is():
    narrowed = load_guide("278-inquiry", load_profile("demo-payer"))
    assert {use.source for use in narrowed.root.walk()} == {"guide"}
