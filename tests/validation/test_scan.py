"""A block without anything suspicious is known by one look at all of it."""

import pytest

from x12_pa.syntax import DEFAULT_DELIMITERS, Block
from x12_pa.validation.scan import scan_block


def hits(*texts: str, end: str = "~\n") -> dict[int, list[str]]:
    raw = "".join(text + end for text in texts)
    return scan_block(Block([t.strip("\n") for t in texts], raw, DEFAULT_DELIMITERS, 0, 1))


def test_plain_segments_have_no_hits():
    assert hits("NM1*IL*1*TESTER*ALPHA", "N3*1 NOT A STREET", "SV1*HC:99213*40") == {}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("NM1*IL*", "X225"),
        ("SV1*HC:", "X225"),
        ("SV1*HC:*40", "X225"),
        ("NM1*IL *1", "X226"),
        ("NM1*IL*1 ", "X226"),
        ("NM1*\x01*1", "X230"),
        ("NM1*IL\t", "X230"),
        ("NM1*\xe9", "X227"),
        (" NM1*IL", "X110"),
    ],
)
@pytest.mark.parametrize("before", [[], ["ST*278*0001"] * 3])
def test_each_thing_that_is_wrong_is_found_wherever_it_stands(text, code, before):
    assert hits(*before, text) == {len(before): [code]}


def test_the_blanks_and_separators_of_an_isa_are_its_own():
    isa = "ISA*00*          *00*          *ZZ*A              *ZZ*B              *261122*1400*^*"
    assert hits(isa + "00501*000000001*0*T*:", "GS*HI*A*B") == {}


def test_the_segment_right_after_an_isa_is_looked_at():
    assert hits("ISA*00*          *:", " GS*HI*A") == {1: ["X110"]}
