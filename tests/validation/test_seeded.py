"""Defects made on purpose, as in the comparison with other tools: each named once, and precisely.

A row: what is changed, then the one finding as (code, line, loop, element, source, IK304, IK403).
"""

import pytest

from tests.validation.defects import VALID, recounted
from x12_pa.validation import validate
from x12_pa.validation.render import finding_json

CLAIMS, REQUEST, RESPONSE = "837p-three-sets", "278-request-dependent", "278-response-mixed"
REFUSAL = "278-response-refused"
SUBSCRIBER = "NM1*IL*1*TESTER*BRAVO****MI*MBR000101~\n"

ROWS = {
    (CLAIMS, "SE01 wrong"): (
        ("SE*46*", "SE*40*"),
        ("X123", 48, None, "SE01", "x12", None, None),
    ),
    (CLAIMS, "impossible birth date"): (
        ("D8*19470202", "D8*19851345"),
        ("X216", 19, "2010BA", "DMG02", "x12", "8", "8"),
    ),
    (CLAIMS, "bad gender code"): (
        ("19470202*M", "19470202*X"),
        ("X215", 19, "2010BA", "DMG03", "guide", "8", "7"),
    ),
    (CLAIMS, "subscriber name missing"): (
        (SUBSCRIBER, ""),
        ("X207", 16, "2010BA", None, "guide", "I7", None),
    ),
    (CLAIMS, "unknown segment"): (
        ("HI*ABK", "ZZZ*1~\nHI*ABK"),
        ("X201", 23, "2300", None, "x12", "6", None),
    ),
    (CLAIMS, "element too long"): (
        ("*SAMPLETOWN*", "*" + "S" * 40 + "*"),
        ("X213", 12, "2010AA", "N401", "x12", "8", "5"),
    ),
    (CLAIMS, "bad NPI check digit"): (
        ("1000000012", "1000000019"),
        ("X501", 10, "2010AA", "NM109", "x12", "8", "7"),
    ),
    (CLAIMS, "HL parent 99"): (
        ("HL*2*1*22", "HL*2*99*22"),
        ("X232", 14, "2000B", "HL02", "guide", "8", "7"),
    ),
    (CLAIMS, "HL of the last patient missing"): (
        ("HL*4*3*23*0~\n", ""),
        ("X203", 37, "2000C", None, "guide", "3", None),
    ),
    (CLAIMS, "patient information of the subscriber late, before a patient"): (
        ("HL*4*3*23*0~", "PAT*****D8*20261207~\nHL*4*3*23*0~"),
        ("X206", 37, "2010BB", None, "guide", "7", None),
    ),
    (CLAIMS, "claim total unbalanced"): (
        ("CLAIM-0001*150", "CLAIM-0001*151"),
        ("X301", 21, "2300", "CLM02", "guide", "8", "I12"),
    ),
    (CLAIMS, "CLM05 missing"): (
        ("***11:B:1*Y", "****Y"),
        ("X211", 21, "2300", "CLM05", "guide", "8", "1"),
    ),
    (CLAIMS, "trailing separators"): (
        ("REF*EI*000000012~", "REF*EI*000000012***~"),
        ("X225", 13, None, None, "x12", None, None),
    ),
    (CLAIMS, "IEA02 differs"): (
        ("IEA*1*000000202", "IEA*1*000000203"),
        ("X105", 105, None, "IEA02", "x12", None, None),
    ),
    (CLAIMS, "cut before GE and IEA"): (
        ("GE*3*1~\nIEA*1*000000202~\n", ""),
        ("X104", 103, None, None, "x12", None, None),
    ),
    (REQUEST, "dependent without a name"): (
        ("NM1*QC*1*TESTER*CHARLIE~\n", ""),
        ("X207", 14, "2010D", None, "guide", "I7", None),
    ),
    (REQUEST, "dependent with an identifier"): (
        ("TESTER*CHARLIE~", "TESTER*CHARLIE****MI~"),
        ("X218", 14, "2010D", "NM108", "guide", "8", "I10"),
    ),
    (REQUEST, "review information missing in the dependent's event"): (
        ("UM*HS*I*AE*22:B~\n", ""),
        ("X203", 19, "2000E", None, "guide", "3", None),
    ),
    (REQUEST, "event under a level that is not there"): (
        ("HL*5*4*EV", "HL*5*8*EV"),
        ("X232", 17, "2000E", "HL02", "guide", "8", "7"),
    ),
    (REQUEST, "event that denies its service"): (
        ("EV*1", "EV*0"),
        ("X233", 17, "2000E", "HL04", "guide", "8", "7"),
    ),
    (REQUEST, "period that runs backwards"): (
        ("AAH*RD8*20261205-20270105", "AAH*RD8*20261205-20260105"),
        ("X228", 20, "2000E", "DTP03", "guide", "8", "8"),
    ),
    (REQUEST, "date of another form than its qualifier says"): (
        ("AAH*RD8*20261205-20270105", "AAH*RD8*20261205"),
        ("X216", 20, "2000E", "DTP03", "x12", "8", "8"),
    ),
    (REQUEST, "procedure without its qualifier"): (
        ("SV1*HC:97110", "SV1*:97110"),
        ("X211", 27, "2000F", "SV101", "guide", "8", "1"),
    ),
    (RESPONSE, "unknown action"): (
        ("HCR*A2", "HCR*A9"),
        ("X215", 16, "2000E", "HCR01", "guide", "8", "7"),
    ),
    (REFUSAL, "unknown reject reason"): (
        ("AAA*N**75", "AAA*N**ZZ"),
        ("X215", 12, "2010C", "AAA03", "guide", "8", "7"),
    ),
    (RESPONSE, "decision twice in one service"): (
        ("HCR*A6*M00000105~\n", "HCR*A6*M00000105~\nHCR*A6*M00000105~\n"),
        ("X204", 27, "2000F", None, "guide", "5", None),
    ),
    (RESPONSE, "decision after the dates"): (
        ("HCR*A2*M00000103~\nDTP*007*RD8*20261210-20270110~\n",
         "DTP*007*RD8*20261210-20270110~\nHCR*A2*M00000103~\n"),
        ("X206", 17, "2000E", None, "guide", "7", None),
    ),
    ("271", "benefits of a dependent who is rejected"): (
        ("AAA*N**67*C~\n", "AAA*N**67*C~\nEB*1**30~\n"),
        ("X422", 29, "2110D", None, "guide", "I9", None),
    ),
    ("837i", "HIPPS line without its code"): (
        ("SV2*0636*HC:J1745", "SV2*0023*"),
        ("X601", 34, "2400", "SV202", "guide", "8", "I9"),
    ),
    ("ta1", "unknown note in a TA1"): (
        ("*A*000~", "*A*999~"),
        ("X215", 2, None, "TA105", "guide", "8", "7"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=" ".join)
def test_one_defect_is_named_once_with_its_place_and_its_999_codes(row):
    change, expected = ROWS[row]
    text = (VALID / f"{row[0]}.edi").read_text()
    assert change[0] in text
    broken = text.replace(*change, 1)
    if not change[0].startswith("SE*"):
        broken = recounted(broken)
    found = [finding_json(f) for f in validate(broken.encode()).findings]
    assert [_key(item) for item in found] == [expected]


def _key(item):
    ack = item["ack"] or {}
    place = (item["code"], item["line"], item["loop"], item["element"], item["source"])
    return (*place, ack.get("ik304"), ack.get("ik403"))
