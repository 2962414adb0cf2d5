"""One small deliberate defect for each finding code: a valid file, and what is changed in it.

`python -m tests.validation.defects` writes `fixtures/bad/` again from `fixtures/valid/`: the file
and the text that a person reads about it. The fixtures are what is tested; this table says how
each came about.
"""

import gzip
import re
from datetime import date
from pathlib import Path
from typing import Any

from attrs import frozen

from tests.support import FIXTURES
from x12_pa.authorizations.enrolment import add_enrolment
from x12_pa.authorizations.preflight import add_predictions
from x12_pa.authorizations.roster_reading import read_roster
from x12_pa.guides import Profile, load_profile
from x12_pa.guides.hooks import Hooks, Keys, Message
from x12_pa.syntax import read_interchanges
from x12_pa.validation import FileResult, validate
from x12_pa.validation.render import render_text

VALID, BAD = FIXTURES / "valid", FIXTURES / "bad"
ROUTINE = "278-request-subscriber"


@frozen
class Defect:
    """A change of a valid file: texts replaced once, in order.

    `recount` puts SE01 right again, so that the change is the only defect. A specimen under
    `world-payer` is judged with what is known of the world around the file; `name` is that of the
    file there.
    """

    base: str
    changes: tuple[tuple[str, str], ...]
    recount: bool = True
    profile: str = ""
    name: str = "request.x12"

    def make(self) -> bytes:
        text = (VALID / f"{self.base}.edi").read_bytes().decode("latin-1")
        for old, new in self.changes:
            assert old in text, f"{old!r} is not in {self.base}"
            text = text.replace(old, new, 1)
        return (recounted(text) if self.recount else text).encode("latin-1")


def recounted(text: str) -> str:
    """Return a file, one segment a line, with every SE01 right."""
    lines, start = text.split("\n"), 0
    for number, line in enumerate(lines):
        if line.startswith("ST*"):
            start = number
        elif line.startswith("SE*"):
            lines[number] = re.sub(r"^SE\*\d+", f"SE*{number - start + 1}", line)
    return "\n".join(lines)


def _in(base: str, *changes: tuple[str, str], recount: bool = True, profile: str = "") -> Defect:
    return Defect(base, changes, recount, profile)


def _routine(*changes: tuple[str, str], recount: bool = True) -> Defect:
    return Defect(ROUTINE, changes, recount)


def _payer(*changes: tuple[str, str]) -> Defect:
    return Defect(ROUTINE, changes, profile="demo-payer")


def _strict(*changes: tuple[str, str]) -> Defect:
    return Defect(ROUTINE, changes, profile=str(BAD / "strict-payer.yaml"))


_ISA_END, _IEA = "*1*T*:~", "IEA*1*000000001~"
_SUBSCRIBER = "NM1*IL*1*TESTER*BRAVO****MI*MBR000101~\n"
_UM, _HI, _EVENT_DATE = "UM*HS*I*4*11:B~\n", "HI*ABK:M25561~\n", "DTP*AAH*D8*20261205~\n"
_SJ = "NM1*SJ*2*SAMPLETOWN IMAGING*****XX*1000000038~\n"
_SV1 = "SV1*HC:73721:RT*100*UN*1~\n"
_DMG_271 = "DMG*D8*19470202*M~\n"
_MSG = "MSG*KNEE PAIN FOR SIX WEEKS"


def _across(*changes: tuple[str, str]) -> Defect:
    return Defect(ROUTINE, changes, profile=str(BAD / "partner-rules.yaml"))


def _world(base: str, *changes: tuple[str, str], name: str = "request.x12") -> Defect:
    return Defect(base, changes, profile=str(BAD / "world-payer.yaml"), name=name)


DEFECTS = {
    "X101": _routine((_IEA, _IEA + "\nThis message was checked for viruses.")),
    "X102": _routine(("CLINIC001      *ZZ*DEMOPAYER      ", "CLINIC001*ZZ*DEMOPAYER")),
    "X103": _routine((_ISA_END, "*1*X*:~")),
    "X104": _routine((_IEA + "\n", "")),
    "X105": _routine((_IEA, "IEA*1*000000007~")),
    "X106": _routine((_IEA, "IEA*2*000000001~")),
    "X108": _routine((_IEA + "\n", _IEA[:-1])),
    "X109": _routine(("ST*278", "NM1*X3*2*DEMONSTRATION HEALTH PLAN~\nST*278")),
    "X110": _routine(("\nHL*1**20*1", "\n  HL*1**20*1"), ("\nNM1*X3", "\n    NM1*X3")),
    "X111": _routine(("*1*X*005010X217~", "*1*T*005010X217~")),
    "X112": _routine(("GE*1*1~\n", "")),
    "X113": _routine(("GE*1*1~", "GE*1*7~")),
    "X114": _routine(("GE*1*1~", "GE*2*1~")),
    "X115": _in("two-groups", ("*2*X*005010X279A1", "*1*X*005010X279A1"), ("GE*1*2~", "GE*1*1~")),
    "X116": _routine(("GS*HI*", "GS*HS*")),
    "X117": _routine(("*1*X*005010X217~", "*1*X*005010X279A1~")),
    "X121": _in("837p-three-sets", ("SE*46*0001~\n", "")),
    "X122": _routine(("*0001~\nGE", "*0002~\nGE")),
    "X123": _routine(("SE*27*", "SE*26*"), recount=False),
    "X124": _in("837p-three-sets", ("ST*837*0002*", "ST*837*0001*"), ("*0002~", "*0001~")),
    "X125": _routine(("*1*X*005010X217~", "*1*X*005010X999~"), ("1*005010X217~", "1*005010X999~")),
    "X126": _in("837p", ("X222A1~", "X222~"), ("X222A1~", "X222~")),
    "X131": _routine(
        ("*1*X*005010X217~", "*1*X*005010X215~"),
        ("1*005010X217~", "1*005010X215~"),
        ("BHT*0007*13*", "BHT*0007*28*"),
        ("PER*IC*INTAKE DESK*TE*5555550101~\n", ""),
        ("REF*6P*GRP000001~\nN3*1 NOWHERE LANE~\nN4*SAMPLETOWN*PA*19087~\n", ""),
        ("HL*4*3*EV*1~\nTRN*1*TRC000001*9CLINIC001~\n", "HL*4*3*EV*0~\n"),
        (_HI + _MSG + "~\n", ""),
        ("PRV*OR*PXC*207X00000X~\nHL*5*4*SS*0~\nTRN*1*TRC000002*9CLINIC001~\n", ""),
        ("DTP*472*D8*20261205~\nSV1*HC:73721:RT*100*UN*1~\n", ""),
        ("NM1*SJ*2*SAMPLETOWN IMAGING*****XX*1000000038~\n", ""),
    ),
    "X132": _in("271", ("AAA*N**67*C", "AAA*N*HP*67*C")),
    "X201": _routine((_HI, _HI + "ZZZ*1~\n")),
    "X202": _routine((_SUBSCRIBER, "SV1*HC:73721*100*UN*1~\n" + _SUBSCRIBER)),
    "X203": _routine((_UM, "")),
    "X204": _routine((_HI, _HI + _HI)),
    "X205": _routine((_SUBSCRIBER, _SUBSCRIBER + _SUBSCRIBER)),
    "X206": _routine((_EVENT_DATE + _HI, _HI + _EVENT_DATE)),
    "X207": _routine(
        ("NM1*1P*2*EXAMPLE VALLEY CLINIC*****XX*1000000012~\n", ""),
        ("PER*IC*INTAKE DESK*TE*5555550101~\n", ""),
    ),
    "X208": _routine(("DTP*AAH", "DTP*999")),
    "X211": _routine(("UM*HS*I", "UM*HS*")),
    "X212": _routine(("TRC000001*9CLINIC001", "TRC000001*9CLINIC")),
    "X213": _routine(("EXAMPLE VALLEY CLINIC", "EXAMPLE " * 7 + "VALLEY CLINIC")),
    "X215": _routine(("UM*HS*I", "UM*HS*Z")),
    "X216": _routine(("19470202", "19471345")),
    "X217": _routine(("*20261122*1400~\nHL", "*20261122*2500~\nHL")),
    "X218": _routine(("MBR000101~", "MBR000101*01~")),
    "X219": _routine(("*20261122*1400~\nHL", "*20261122*1400*RU*1~\nHL")),
    "X220": _routine(("*11:B~", "*11:B::1~")),
    "X221": _routine(("UM*HS*", "UM*HS^HS*")),
    "X222": _routine((_HI, _HI + "HSD*VS~\n")),
    "X223": _routine(("*PA*19087~", "*PA*19087*CA***ON~")),
    "X224": _routine((_HI, _HI + "HSD*VS*TWELVE~\n")),
    "X225": _routine(("*11:B~", "*11:B**~")),
    "X226": _routine(("TESTER*BRAVO", "TESTER *BRAVO")),
    "X227": _routine(("TESTER", "T\xc9STER")),
    "X228": _routine(("DTP*AAH*D8*20261205", "DTP*AAH*RD8*20261205-20261105")),
    "X230": _routine((_MSG, _MSG + "\x07")),
    "X231": _routine(("HL*5*4*SS", "HL*9*4*SS")),
    "X232": _routine(("HL*5*4*SS", "HL*5*9*SS")),
    "X233": _routine(("HL*4*3*EV*1", "HL*4*3*EV*0")),
    "X234": _routine(("HL*5*4*SS", "HL*5*4*ZZ")),
    "X301": _in("837p", ("CLM*CLAIM-0001*150*", "CLM*CLAIM-0001*175*")),
    "X302": _in("837p-second-payer", ("SVD*OTHERPAYER*80*", "SVD*OTHERPAYER*85*")),
    "X303": _in("837p-second-payer", ("AMT*D*130~", "AMT*D*131~")),
    "X304": _in("835", ("*120*90**1", "*120*91**1")),
    "X305": _in("835", ("*1*200*130*", "*1*200*131*")),
    "X306": _in("835", ("BPR*I*295*", "BPR*I*296*")),
    "X401": _routine(
        ("NM1*DK*1*MOCKTON*AVERY****XX*1000000020~\nPRV*OR*PXC*207X00000X~\n", ""),
        ("NM1*SJ*2*SAMPLETOWN IMAGING*****XX*1000000038~\n", ""),
    ),
    "X402": _in("278-request-admission", ("NM1*FA*", "NM1*SJ*")),
    "X403": _in("278-request-admission", ("DTP*435*", "DTP*AAH*")),
    "X404": _routine(("DTP*472*D8*20261205~\nSV1*HC:73721:RT*100*UN*1~\n", ""), (_SJ, "")),
    "X405": _routine((_SV1, _SV1 + "SV2**HC:73721:RT*100*UN*1~\n")),
    "X406": _routine(("BHT*0007*13*", "BHT*0007*36*")),
    "X407": _routine(("TRC000001*9CLINIC001", "TRC000001*5CLINIC001")),
    "X411": _in("278-response-certified", ("HCR*A1*M00000101~\n", ""), ("HCR*A1*M00000101~\n", "")),
    "X412": _in("278-response-certified", ("HL*1**20*1~\n", "HL*1**20*1~\nAAA*Y**42*N~\n")),
    "X421": _in("271", ("EB*A*IND*4***27**.2***Y*Y", "EB*A*IND*4***27**.2***Y*Y*HC:73721")),
    "X422": _in("271", (_DMG_271, "AAA*N**72*C~\n" + _DMG_271)),
    "X431": _in("837p", ("DTP*472*D8*20261205~", "DTP*472*D8*20261205~\nREF*G1*M00000101~")),
    "X432": _in("837p", ("REF*G1*M00000101~", "PWK*OZ*FX~\nREF*G1*M00000101~")),
    "X501": _routine(("XX*1000000012", "XX*1000000013")),
    "X502": _routine(("HI*ABK:M25561", "HI*ABK:M25.561")),
    "X503": _routine(("SAMPLETOWN*PA*", "SAMPLETOWN*PX*")),
    "X601": _in("837p", ("HC:73721:RT", "HC:77067")),
    "X602": _in("837p", ("HC:73721:RT*100*UN*1", "HC:00142:AA*100*UN*45")),
    "P101": _payer(("PI*DEMOPAYER", "PI*OTHERPAYER")),
    "P102": _strict(("NM1*IL*1*TESTER*BRAVO", "NM1*IL*1*TESTER*")),
    "P103": _strict(("UM*HS*I*4*11:B~", "UM*HS*I*4*11:B**03~")),
    "P104": _payer((_MSG, _MSG + " WITHOUT RELIEF" * 15)),
    "P105": _payer(("MBR000101", "MBR101")),
    "P106": _payer(("GS*HI*CLINIC001*DEMOPAYER", "GS*HI*CLINIC001*OTHERPAYER")),
    "P107": _payer(("DMG*D8*19470202*M~\n", "")),
    "P108": _strict((_MSG, "HSD*VS*2~\n" + _MSG)),
    "P111": _across((_EVENT_DATE, "")),
    "P112": _across((_MSG, "HSD*VS*2~\n" + _MSG)),
    "P113": _across(("*4*11:B~", "*4*22:B~")),
    "P114": _across(("TRC000001", "TRC-1")),
    "P115": _across((_MSG, "MSG*KNEE PAIN FOR MORE THAN SIX WEEKS")),
    "P116": _across(("PRV*OR", "NM1*DN*1*MOCKTON*BLAIR****XX*1000000020~\nPRV*OR")),
    "P117": _across(("REF*6P*GRP000001~\n", ""), ("DMG*D8*19470202*M~\n", "")),
    "P118": _across(("PI*DEMOPAYER", "PI*OTHERPAYER")),
    "P119": _world(ROUTINE, ("DTP*AAH*D8*20261205", "DTP*AAH*D8*20281205")),
    "P120": _across(("TRC000002", "TRC-00002")),
    "P121": _across(
        ("*T*:~", "*T*>~"), ("11:B", "11>B"), ("ABK:", "ABK>"), ("HC:73721:RT", "HC>73721>RT")
    ),
    "P122": _across(("TESTER*BRAVO", "TESTER*Bravo")),
    "P123": _world("two-groups"),
    "P124": _world(ROUTINE, ("*000000001*1*T", "*000000077*1*T"), ("*000000001~", "*000000077~")),
    "P125": _world(ROUTINE, ("UM*HS*I*", "UM*HS*S*")),
    "P126": _world(ROUTINE, ("XX*1000000012", "XX*1000000038")),
    "P127": _world("278-response-certified", ("TESTER", "ANOTHER")),
    "P128": _world("271", ("EB*A*IND*4***", "EB*A*IND*33***")),
    "P129": _world(ROUTINE, name="request.txt"),
    "P131": Defect("270", ()),
    "P133": Defect("270", (("DMG*D8*19470202*M~\n", ""),)),
    "P132": Defect("270", (("XX*1000000012", "XX*1000000038"),)),
    "P901": Defect(ROUTINE, (), profile=str(BAD / "dated-payer.yaml")),
    "P902": Defect(ROUTINE, (), profile=str(BAD / "second-hand-payer.yaml")),
    "P903": Defect("270", (("PI*DEMOPAYER", "PI*OTHERPAY"),)),
}


TODAY = date(2026, 11, 22)
BY_ROSTER = ("P131", "P132", "P903")


class Past:
    """What was exchanged before: the routine request, denied, and an interchange 77."""

    def seen(self, path: str, value: str, keys: Keys, since: date | None) -> bool:
        return value == "000000077"

    def earlier(self, keys: Keys) -> Message:
        return self._sent("A3")

    def request(self, keys: Keys) -> Message:
        return self._sent("A1")

    def _sent(self, action: str) -> Message:
        (sent,) = read_interchanges((VALID / f"{ROUTINE}.edi").read_bytes())
        segments = sent.groups[0].transactions[0].segments
        return Message(guide="278-request", segments=segments, action=action)


ROSTER = frozenset({"1000000012"})
WORLD = Hooks(history=Past(), lookups={"roster": lambda value, others: value in ROSTER})


def specimen(code: str) -> bytes:
    """Return the bytes of the specimen of a code as the table makes it."""
    if code == "X107":
        return (VALID / f"{ROUTINE}.edi").read_bytes() * 2
    if code == "X229":
        return _routine((_MSG, "MSG*" + "A" * 1_100_000)).make()
    return DEFECTS[code].make()


def profile_of(code: str) -> Profile | None:
    """Return the profile under which the specimen of a code is judged."""
    name = DEFECTS[code].profile if code in DEFECTS else ""
    return load_profile(name) if name else None


def read(code: str) -> bytes:
    """Return the fixture of a code."""
    packed = BAD / f"{code}.edi.gz"
    return gzip.decompress(packed.read_bytes()) if packed.exists() else _file(code).read_bytes()


def _file(code: str) -> Path:
    return BAD / f"{code}.edi"


def judged(code: str) -> FileResult:
    """Return what is found in the fixture of a code, with what is known where it is judged."""
    world: dict[str, Any] = {}
    defect = DEFECTS.get(code)
    if defect is not None and defect.profile.endswith("world-payer.yaml"):
        world = {"today": TODAY, "hooks": WORLD, "context": {"file.name": defect.name}}
    result = validate(read(code), profile=profile_of(code), path=f"{code}.edi", **world)
    if code == "P133":
        return add_predictions(result, read(code))
    if code in BY_ROSTER:
        return add_enrolment(result, read(code), read_roster(BAD / "roster.csv"), TODAY)
    return result


def told(code: str) -> str:
    """Return what a person reads about the specimen of a code."""
    result = judged(code)
    return "\n".join(render_text(result)) + "\n"


def write_all() -> None:
    """Write the fixtures and their texts again."""
    for code in sorted({*DEFECTS, "X107", "X229"}):
        data = specimen(code)
        if len(data) > 100_000:
            (BAD / f"{code}.edi.gz").write_bytes(gzip.compress(data, mtime=0))
        else:
            _file(code).write_bytes(data)
        (BAD / f"{code}.txt").write_text(told(code), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write_all()
