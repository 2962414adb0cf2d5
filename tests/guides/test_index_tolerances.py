"""What the tables tolerate is a warning; what they only seem to tolerate stays an error."""

import pytest

from tests.support import FIXTURES
from x12_pa.validation import validate


def told(name, *changes):
    """Return the findings of a valid file after replacing texts, each once."""
    text = (FIXTURES / "valid" / f"{name}.edi").read_text(encoding="latin-1")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return [(each.code, each.element) for each in validate(text.encode("latin-1")).findings]


ST270 = "ST*270*0001*005010X279A1"


@pytest.mark.parametrize(
    ("name", "change", "expected"),
    [
        ("270", (ST270, "ST*270*0001"), ("X132", "ST03")),
        ("271", ("AAA*N**67*C", "AAA*N*HP*67*C"), ("X132", "AAA02")),
        ("271", ("TRC000010*9CLINIC001", "TRC000010*9CLINIC01"), ("X132", "TRN03")),
        ("271", ("TRC000010*9CLINIC001", "TRC000010*9CLI"), ("X212", "TRN03")),
        ("271", ("AAA*N**67*C", "AAA*N**99*C"), ("X215", "AAA03")),
        ("278-request-subscriber", ("UM*HS*I", "UM*HS*"), ("X211", "UM02")),
    ],
)
def test_a_habit_of_real_files_is_a_warning_and_its_neighbour_an_error(name, change, expected):
    assert told(name, change) == [expected]


def test_a_claim_without_its_service_date_in_a_277ca_is_a_warning():
    text = (FIXTURES / "valid" / "277ca.edi").read_text(encoding="latin-1")
    lines = text.split("\n")
    at = next(n for n, line in enumerate(lines) if line.startswith("DTP*472"))
    end = next(n for n, line in enumerate(lines) if line.startswith("SE*"))
    count = int(lines[end].split("*")[1])
    lines[end] = lines[end].replace(f"SE*{count}*", f"SE*{count - 1}*")
    found = validate("\n".join(lines[:at] + lines[at + 1 :]).encode()).findings
    assert [(each.code, each.severity, each.segment) for each in found] == [
        ("X132", "warning", "DTP")
    ]


@pytest.mark.parametrize(
    ("attachment", "expected"),
    [("PWK*CT*AB", []), ("PWK*CT*BM***AC*CTL000001", []), ("PWK*CT*ZZ", [("X215", "PWK02")])],
)
def test_two_uses_that_share_a_qualifier_are_told_apart_by_the_next_element(attachment, expected):
    text = (FIXTURES / "valid" / "837p.edi").read_text(encoding="latin-1")
    line = next(each for each in text.split("\n") if each.startswith("SV1*"))
    count = next(each for each in text.split("\n") if each.startswith("SE*")).split("*")[1]
    changes = (f"{line}\n", f"{line}\n{attachment}~\n"), (f"SE*{count}*", f"SE*{int(count) + 1}*")
    assert told("837p", *changes) == expected


def test_a_first_level_that_does_not_say_whether_others_follow_is_named():
    assert told("278-request-subscriber", ("HL*1**20*1~", "HL*1**20~")) == [("X211", "HL04")]
