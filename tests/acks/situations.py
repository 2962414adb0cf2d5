"""What can arrive: each situation is a short change to a good file, and has a name.

`text.replace(old, new, 1)` on files with one segment a line; counts are set right again unless
the wrong count is the point.
"""

import re
from collections.abc import Callable

from tests.support import FIXTURES

Change = Callable[[str], str]

OLD_270 = """\
ISA*00*          *00*          *ZZ*CLINIC001      *ZZ*DEMOPAYER      *261122*1400*U*00401*000000301*1*T*:~
GS*HS*CLINIC001*DEMOPAYER*20261122*1400*31*X*004010X092A1~
ST*270*0001~
BHT*0022*13*10001234*20261122*1319~
HL*1**20*1~
NM1*PR*2*DEMONSTRATION HEALTH PLAN*****PI*DEMOPAYER~
HL*2*1*21*1~
NM1*1P*2*EXAMPLE VALLEY CLINIC*****XX*1000000012~
HL*3*2*22*0~
TRN*1*TRACE-0001*9CLINIC001~
NM1*IL*1*FAKELY*AVERY****MI*MBR000101~
DMG*D8*19800101~
DTP*472*D8*20261122~
EQ*30~
SE*13*0001~
GE*1*31~
IEA*1*000000301~
"""  # noqa: E501


def good(name: str) -> str:
    return (FIXTURES / name).read_text(encoding="ascii")


THREE = good("acks/all-accepted.edi")
GROUPS = good("valid/two-groups.edi")
CLAIMS = good("valid/837p.edi")
INQUIRY = good("valid/270.edi")
DEPENDENT = good("valid/278-request-dependent.edi")
ADMISSION = good("valid/278-request-admission.edi")
REMITTANCE = good("valid/835.edi")


def swap(base: str, *pairs: tuple[str, str], recount: bool = False) -> str:
    """Replace the first occurrence of each text, which must be there."""
    for old, new in pairs:
        assert old in base, old
        base = base.replace(old, new, 1)
    return recounted(base) if recount else base


def without(base: str, *starts: str) -> str:
    """Leave out the first line that begins with each of `starts`."""
    lines = base.splitlines(True)
    for start in starts:
        lines.remove(next(line for line in lines if line.startswith(start)))
    return "".join(lines)


def line_of(base: str, start: str) -> str:
    """The first line that begins so."""
    return next(line for line in base.splitlines(True) if line.startswith(start))


def before(base: str, start: str, number: int = 1) -> str:
    """Cut a file before the line number `number` that begins with `start`."""
    places = [match.start() for match in re.finditer(rf"^{re.escape(start)}", base, re.M)]
    return base[: places[number - 1]]


def recounted(base: str) -> str:
    """Set every SE01 right."""
    lines, count = [], 0
    for line in base.splitlines(True):
        count = 1 if line.startswith("ST*") else count + 1
        lines.append(re.sub(r"^SE\*\d+", f"SE*{count}", line))
    return "".join(lines)


def twice(base: str, control: str) -> str:
    """The same interchange twice, the second under another control number."""
    own = re.search(r"IEA\*\d+\*(\d{9})", base)
    assert own is not None
    return base + base.replace(own[1], control)


SITUATIONS: dict[str, str] = {
    # Interchange
    "no TA1 asked for": swap(THREE, ("*1*T*:", "*0*T*:")),
    "ISA05 unknown": swap(THREE, ("*ZZ*CLINIC001 ", "*Q9*CLINIC001 ")),
    "ISA07 unknown": swap(THREE, ("*ZZ*DEMOPAYER ", "*Q9*DEMOPAYER ")),
    "ISA09 no date": swap(THREE, ("*261122*1300*^", "*269922*1300*^")),
    "ISA10 no time": swap(THREE, ("*261122*1300*^", "*261122*9900*^")),
    "ISA12 unknown": swap(THREE, ("*00501*", "*00999*")),
    "ISA14 unknown": swap(THREE, ("*1*T*:", "*7*T*:")),
    "ISA15 unknown": swap(THREE, ("*1*T*:", "*1*Q*:")),
    "IEA01 wrong": swap(THREE, ("IEA*1*", "IEA*3*")),
    "IEA02 wrong": swap(THREE, ("IEA*1*000000101", "IEA*1*000000109")),
    "the same interchange twice": THREE + THREE,
    "two interchanges": twice(THREE, "000000777"),
    "a segment outside any group": swap(THREE, ("GS*HI", "NM1*85*2*X~\nGS*HI")),
    "an interchange without groups": THREE[: THREE.index("GS*")] + "IEA*0*000000101~\n",
    # Cut off
    "cut before IEA": before(THREE, "IEA"),
    "cut before GE": before(THREE, "GE"),
    "cut before the last SE": before(THREE, "SE", 3),
    "cut inside the second set": before(THREE, "UM", 2),
    "cut after GS": before(THREE, "ST"),
    "cut after ISA": before(THREE, "GS"),
    "cut in the second of two groups": before(GROUPS, "EQ"),
    "cut in the first group, with an error before": swap(
        before(THREE, "UM", 2), ("UM*HS*I", "UM*ZZ*I")
    ),
    # Group
    "GE missing": without(THREE, "GE"),
    "GE01 wrong": swap(THREE, ("GE*3*", "GE*4*")),
    "GE02 wrong": swap(THREE, ("GE*3*11", "GE*3*12")),
    "the same group number twice": swap(GROUPS, ("*1400*2*X", "*1400*1*X"), ("GE*1*2", "GE*1*1")),
    "GS01 of another kind": swap(THREE, ("GS*HI", "GS*HC")),
    "GS01 unknown": swap(THREE, ("GS*HI", "GS*QQ")),
    "GS02 too long": swap(THREE, ("GS*HI*CLINIC001*", f"GS*HI*{'C' * 16}*")),
    "GS02 too short": swap(THREE, ("GS*HI*CLINIC001*", "GS*HI*C*")),
    "GS03 empty": swap(THREE, ("*DEMOPAYER*2026", "**2026")),
    "GS03 with a character that no answer may hold": swap(
        THREE, ("*DEMOPAYER*2026", "*DEMO\xa4*2026")
    ),
    "GS06 no number": swap(THREE, ("*1300*11*X", "*1300*AB*X"), ("GE*3*11", "GE*3*AB")),
    "GS06 empty": swap(THREE, ("*1300*11*X", "*1300**X"), ("GE*3*11", "GE*3*")),
    "GS08 unknown, ST03 too": THREE.replace("005010X217", "005010X999"),
    "GS08 unknown, ST03 known": swap(THREE, ("*X*005010X217", "*X*005010X999")),
    "GS08 known, ST03 unknown in one set": swap(
        THREE, ("ST*278*0002*005010X217", "ST*278*0002*005010X999")
    ),
    # Set
    "a set that nobody knows": swap(THREE, ("ST*278*0002", "ST*999999*0002")),
    "a set of another kind": swap(THREE, ("ST*278*0002*005010X217", "ST*850*0002*")),
    "SE missing": without(THREE, "SE*"),
    "SE01 wrong": swap(THREE, ("SE*18*0001", "SE*19*0001")),
    "SE02 wrong": swap(THREE, ("SE*18*0001", "SE*18*0009")),
    "the same set number twice": swap(
        THREE, ("ST*278*0002", "ST*278*0001"), ("SE*18*0002", "SE*18*0001")
    ),
    "a set number too short": swap(THREE, ("ST*278*0001", "ST*278*1"), ("SE*18*0001", "SE*18*1")),
    # Segments
    "an unknown segment": swap(THREE, ("HI*ABK", "ZZZ*1~\nHI*ABK"), recount=True),
    "a segment id that is none": swap(THREE, ("HI*ABK", "?*1~\nHI*ABK"), recount=True),
    "a required segment missing": recounted(without(THREE, "UM")),
    "a required loop missing": recounted(without(THREE, "NM1*X3")),
    "a level missing": recounted(without(THREE, "HL*2")),
    "a segment too often": swap(THREE, ("HI*ABK", "UM*HS*I*3~\nHI*ABK"), recount=True),
    "a segment out of its place": recounted(
        swap(without(THREE, "DMG"), ("UM*HS", "DMG*D8*19800215*F~\nUM*HS"))
    ),
    "a qualifier that is not used": swap(THREE, ("DTP*472", "DTP*999")),
    "HL01 out of sequence": swap(THREE, ("HL*5*4*SS", "HL*9*4*SS")),
    "HL02 of nobody": swap(THREE, ("HL*5*4*SS", "HL*5*8*SS")),
    # Elements
    "a required element missing": swap(THREE, ("UM*HS*I*", "UM*HS**")),
    "a code that the guide lacks": swap(THREE, ("UM*HS*I*", "UM*HS*9*")),
    "an element too long": swap(THREE, ("TRACE-0001", "T" * 51)),
    "an element too short": swap(THREE, ("MBR000001", "M")),
    "a date that is none": swap(THREE, ("D8*20261201", "D8*20261301")),
    "a component too many": swap(THREE, ("SV1*HC:73721:RT", "SV1*HC:73721:RT:::::::::X")),
    "a repetition too many": swap(THREE, ("UM*HS*", "UM*HS^HS*")),
    "an element too many": swap(THREE, ("*20261122*1300~\nHL", "*20261122*1300*18*X~\nHL")),
    "a paired element missing": swap(THREE, ("**UN*1~", "***1~")),
    "a control character": swap(THREE, ("AVERYA", "AV\x07RYA")),
    "an NPI with a wrong check digit": swap(THREE, ("1000000012", "1000000013")),
    "two faults in one segment": swap(THREE, ("UM*HS*I*3", "UM*ZZ*9*3")),
    "a fault in every set": THREE.replace("UM*HS*I", "UM*HS*9"),
    "two traces before the service review": swap(
        THREE,
        ("TRN*1*TRACE-0001", "TRN*1*FIRST*9CLINIC001~\nTRN*1*SECOND"),
        ("UM*HS*I", "UM*HS*9"),
        recount=True,
    ),
    # Other transactions
    "a claim with a total that does not balance": swap(
        CLAIMS, ("CLM*CLAIM-0001*150", "CLM*CLAIM-0001*151")
    ),
    "a claim with a wrong code": swap(CLAIMS, ("SV1*HC:73721:RT*100*UN", "SV1*HC:73721:RT*100*XX")),
    "an inquiry with a wrong code": swap(INQUIRY, ("EQ*", "EQ*QQ^")),
    "several interchanges, one wrong": good("valid/several-interchanges.edi").replace(
        "UM*HS*I", "UM*HS*9"
    ),
    # What an operator meets on a bad night
    "cut in the middle of a segment": THREE[: THREE.index("NM1*IL") + 12],
    "cut in the middle of GS": THREE[: THREE.index("*20261122*1300*11")],
    "two interchanges, the first cut before SE": before(THREE, "SE")
    + twice(THREE, "000000777")[len(THREE) :],
    "two interchanges, the second cut in a segment": twice(THREE, "000000777")[:-300],
    "GS missing": without(THREE, "GS"),
    "GS missing in the second of two groups": swap(GROUPS, (line_of(GROUPS, "GS*HS"), "")),
    "ST missing": without(THREE, "ST*278*0001"),
    "SE missing before the next set": without(THREE, "SE*18*0001"),
    "GE missing between two groups": without(GROUPS, "GE*2"),
    "a segment after SE": swap(THREE, ("ST*278*0002", "NTE*ADD*HELLO~\nST*278*0002")),
    "GE after IEA": swap(THREE, (THREE[THREE.index("GE*3") :], ""))
    + "IEA*1*000000101~\nGE*3*11~\n",
    "ISA06 blank": swap(THREE, ("*ZZ*CLINIC001      *", "*ZZ*               *")),
    "ISA08 blank": swap(THREE, ("*ZZ*DEMOPAYER      *", "*ZZ*               *")),
    "ISA11 a letter": swap(THREE, ("*^*00501*", "*A*00501*")),
    "ISA13 no number": swap(THREE, ("*00501*000000101*", "*00501*A00000101*")),
    "ISA13 too short": swap(THREE, ("*00501*000000101*", "*00501*00000101*")),
    "ISA12 of 4010 around a group of 5010": swap(THREE, ("*00501*", "*00401*")),
    "a group without sets": swap(
        THREE, (THREE[THREE.index("ST*") : THREE.index("GE*")], "")
    ).replace("GE*3*", "GE*0*"),
    "a group and a set that nobody knows": THREE.replace("GS*HI", "GS*PO").replace(
        "ST*278", "ST*850"
    ),
    "other separators": THREE.replace("~\n", "\n").replace("*", "|").replace(":", ">"),
    "other separators, and an error": THREE.replace("UM*HS*I", "UM*HS*9")
    .replace("~\n", "!")
    .replace("*", "+"),
    "text between two interchanges": THREE
    + "CHECKED BY GATEWAY\n"
    + twice(THREE, "000000777")[len(THREE) :],
    "a dependent without a name": recounted(without(DEPENDENT, "NM1*QC")),
    "a dependent whose event hangs under nobody": swap(DEPENDENT, ("HL*5*4*EV", "HL*5*9*EV")),
    "a dependent whose level says that nothing follows": swap(
        DEPENDENT, ("HL*4*3*23*1", "HL*4*3*23*0")
    ),
    "an admission that names no facility": swap(ADMISSION, ("NM1*FA*", "NM1*SJ*")),
    "a remittance whose total does not balance": swap(REMITTANCE, ("BPR*I*295*", "BPR*I*300*")),
    "a remittance whose line does not balance": swap(REMITTANCE, ("*120*90**", "*120*91**")),
    "an anesthesia line in units": swap(CLAIMS, ("HC:73721:RT*100*UN*1", "HC:00142:AA*100*UN*45")),
    # 4010: answered by a 997
    "4010: accepted": OLD_270,
    "4010: a bad date": swap(OLD_270, ("19800101", "1980XX01")),
    "4010: a required segment missing": recounted(without(OLD_270, "BHT")),
    "4010: an unknown segment": swap(OLD_270, ("EQ*30", "ZZZ*1~\nEQ*30"), recount=True),
    "4010: SE01 wrong": swap(OLD_270, ("SE*13", "SE*12")),
    "4010: GE01 wrong": swap(OLD_270, ("GE*1*", "GE*2*")),
    "4010: unknown edition": OLD_270.replace("004010X092A1", "004010X999"),
    "4010: cut before GE": before(OLD_270, "GE"),
}
