"""Claims and authorizations for the tests, made of obviously fake people and valid check digits.

A claim is told in few words; everything else has a sensible default, so that what a test says is
what it is about. `interchange` writes the 837 around it, valid under the guide.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from x12_pa.authorizations.records import Authorization, Patient, Procedure, Quantity
from x12_pa.reconcile import LineReport, fill_claims
from x12_pa.syntax import DEFAULT_DELIMITERS, Delimiters, read_segments

ACME, OTHER = "ACMEHEALTH", "SECONDPLAN"
MEMBER = "MBR000123"
CLINIC, HOSPITAL = "1000000012", "1000000053"
DOCTOR, STRANGER = "1000000038", "1000000046"
JANE = ("TESTPERSON", "JANE", "19800214", "F")
CHILD = ("TESTPERSON", "JUNIOR", "20150606", "M")
VERSIONS = {"837P": "005010X222A1", "837I": "005010X223A2", "837D": "005010X224A2"}


@dataclass
class L:
    """A service line: `HC:73721:RT` (or a revenue code alone), day or days, units."""

    service: str = "73721"
    days: str | None = "20261210"
    units: str = "1"
    unit: str = "UN"
    refs: Sequence[str] = ()
    revenue: str = "0610"
    place: str = ""
    rendering: str = ""


@dataclass
class C:
    """A claim; `refs` are the REF segments of 2300 as written, `others` its other payers."""

    lines: Sequence[L] = field(default_factory=lambda: [L()])
    id: str = "CLAIM1"
    member: str = MEMBER
    payer: str = ACME
    person: tuple[str, str, str, str] = JANE
    dependent: tuple[str, str, str, str] | None = None
    place: str = "11"
    frequency: str = "1"
    refs: Sequence[str] = ()
    others: Sequence[tuple[str, str]] = ()
    other_refs: Sequence[str] = ()
    rendering: str = DOCTOR
    facility: str = ""
    admitted: str | None = None
    period: str = "20261210-20261210"


def interchange(
    *sets: Sequence[C], form: str = "837P", marks: Delimiters = DEFAULT_DELIMITERS
) -> bytes:
    """Write one interchange, one transaction set for each list of claims."""
    lines = [
        "ISA*00*          *00*          *ZZ*CLINIC001      *ZZ*ACMEHEALTH     "
        "*261122*0931*^*00501*000000017*1*T*:",
        f"GS*HC*CLINIC001*{ACME}*20261122*0931*17*X*{VERSIONS[form]}",
    ]
    for number, claims in enumerate(sets, 1):
        body = list(_set(form, claims, number))
        lines += [*body, f"SE*{len(body) + 1}*{number:04d}"]
    lines += [f"GE*{len(sets)}*17", "IEA*1*000000017"]
    text = "".join(line + "~\n" for line in lines)
    table = {"*": marks.element, ":": marks.component, "^": marks.repetition, "~": marks.segment}
    table["\n"] = marks.line_end
    return text.translate(str.maketrans(table)).encode()


def _set(form: str, claims: Sequence[C], number: int) -> Iterator[str]:
    yield f"ST*837*{number:04d}*{VERSIONS[form]}"
    yield f"BHT*0019*00*BATCH{number}*20261122*0931*CH"
    yield "NM1*41*2*SAMPLE CLINIC*****46*CLINIC001"
    yield "PER*IC*BILLING DESK*TE*5555550100"
    yield f"NM1*40*2*ACME HEALTH*****46*{ACME}"
    yield "HL*1**20*1"
    yield f"NM1*85*2*SAMPLE CLINIC*****XX*{HOSPITAL if form == '837I' else CLINIC}"
    yield "N3*1 NOT A STREET"
    yield "N4*SAMPLETOWN*PA*190870001"
    yield "REF*EI*000000012"
    level = 1
    for claim in claims:
        level += 1
        yield from _subscriber(claim, level)
        level += claim.dependent is not None
        yield from _claim(form, claim)


def _subscriber(claim: C, level: int) -> Iterator[str]:
    last, first, born, sex = claim.person
    yield f"HL*{level}*1*22*{0 if claim.dependent is None else 1}"
    yield f"SBR*P*{'18' if claim.dependent is None else ''}*******CI"
    yield f"NM1*IL*1*{last}*{first}****MI*{claim.member}"
    if claim.dependent is None:
        yield from ("N3*2 NOT A STREET", "N4*SAMPLETOWN*PA*19087", f"DMG*D8*{born}*{sex}")
    yield f"NM1*PR*2*PLAN {claim.payer}*****PI*{claim.payer}"
    if claim.dependent is not None:
        last, first, born, sex = claim.dependent
        yield f"HL*{level + 1}*{level}*23*0"
        yield "PAT*19"
        yield f"NM1*QC*1*{last}*{first}"
        yield from ("N3*2 NOT A STREET", "N4*SAMPLETOWN*PA*19087", f"DMG*D8*{born}*{sex}")


def _claim(form: str, claim: C) -> Iterator[str]:
    total = 100 * len(claim.lines)
    kind = "A" if form == "837I" else "B"
    accept = "" if form == "837I" else "Y"
    yield f"CLM*{claim.id}*{total}***{claim.place}:{kind}:{claim.frequency}*{accept}*A*Y*Y"
    if form == "837I":
        if claim.admitted:
            yield "DTP*096*TM*1100"
        yield f"DTP*434*RD8*{claim.period}"
        if claim.admitted:
            yield f"DTP*435*DT*{claim.admitted}0900"
        yield "CL1*3*1*01"
    yield from claim.refs
    yield "HI*ABK:M25561"
    if claim.admitted:
        yield "HI*ABJ:M25561"
    if form == "837I":
        yield f"NM1*71*1*ATTENDER*ADA****XX*{DOCTOR}"
    elif claim.rendering:
        yield f"NM1*82*1*RENDERER*RAY****XX*{claim.rendering}"
        if form == "837D":
            yield "PRV*PE*PXC*1223G0001X"
    if claim.facility:
        yield f"NM1*77*2*SAMPLE SITE*****XX*{claim.facility}"
        yield from ("N3*3 NOT A STREET", "N4*SAMPLETOWN*PA*190870001")
    for payer, member in claim.others:
        yield "SBR*S*18*******CI"
        yield "OI***Y***Y"
        yield f"NM1*IL*1*{claim.person[0]}*{claim.person[1]}****MI*{member}"
        yield f"NM1*PR*2*PLAN {payer}*****PI*{payer}"
        yield from claim.other_refs
    for number, line in enumerate(claim.lines, 1):
        yield from _line(form, number, line)


def _line(form: str, number: int, line: L) -> Iterator[str]:
    yield f"LX*{number}"
    code = f"HC:{line.service}" if line.service else ""
    if form == "837P":
        yield f"SV1*{code}*100*{line.unit}*{line.units}*{line.place}**1"
    elif form == "837I":
        yield f"SV2*{line.revenue}*{code}*100*{line.unit}*{line.units}"
    else:
        yield f"SV3*AD:{line.service}*100****{line.units}"
    if line.days:
        kind = "RD8" if "-" in line.days else "D8"
        yield f"DTP*472*{kind}*{line.days}"
    yield from line.refs
    if line.rendering:
        yield f"NM1*82*1*RENDERER*RITA****XX*{line.rendering}"


def day(text: str) -> date:
    """Read CCYYMMDD."""
    return date(int(text[:4]), int(text[4:6]), int(text[6:]))


def code(text: str, qualifier: str = "HC") -> Procedure:
    """Read `73721:RT` or a range `97110/97140`."""
    head, *modifiers = text.split(":")
    first, _, last = head.partition("/")
    return Procedure(
        qualifier=qualifier, code=first, code_end=last or None, modifiers=tuple(modifiers)
    )


def person(who: tuple[str, str, str, str] = JANE, *, dependent: bool = False) -> Patient:
    """Return the patient record of one of our people."""
    return Patient(last_name=who[0], first_name=who[1], birth_date=day(who[2]), dependent=dependent)


def grant(number: str | None = "M0001", covers: str | None = "73721", **more: Any) -> Authorization:
    """Return a certified service, valid in December 2026, with whatever a test changes."""
    units = more.pop("units", None)
    unit = more.pop("unit", "UN")
    window = more.pop("window", "20261201-20261231")
    start, _, end = window.partition("-")
    values: dict[str, Any] = {
        "id": f"PA-{number}/1",
        "request": f"PA-{number}",
        "level": "service",
        "service": 1,
        "payer": ACME,
        "member_id": MEMBER,
        "patient": person(),
        "state": "certified",
        "action": "A1",
        "number": number,
        "usable_on_claim": True,
        "effective_on": day(start) if start else None,
        "expires_on": day(end) if end else None,
        "window_source": "2000F/DTP*007",
        "category": "HS",
        "procedures": (code(covers),) if covers else (),
        "quantity": Quantity(unit=unit, amount=Decimal(units)) if units else None,
    }
    return Authorization(**{**values, **more})


def admission(number: str = "M0700", days: str = "5", **more: Any) -> Authorization:
    """Return a certified admission: an event, no service named, days granted."""
    values: dict[str, Any] = {
        "id": f"PA-{number}", "level": "event", "service": None, "category": "AR",
        "units": days, "unit": "DY", "window_source": "2000E/DTP*435",
    }  # fmt: skip
    return grant(number, None, **{**values, **more})


def refs(data: bytes) -> list[str]:
    """Return the authorization and referral REFs of a file in order, each after its CLM or LX.

    A REF of another payer's loop comes with that payer's NM1.
    """
    found, owner = [], ""
    for item in read_segments(data):
        parts = (item.id, item.element(1))
        if item.id in ("CLM", "LX"):
            owner = f"{item.id}*{item.element(1)}"
        elif parts == ("NM1", "PR") and owner:
            owner = f"PR*{item.element(9)}"
        elif item.id == "REF" and item.element(1) in ("G1", "9F"):
            found.append(f"{owner} {item.text}")
    return found


def line(claim: C, *known: Authorization, form: str = "837P", **options: Any) -> LineReport:
    """Fill a claim and return what became of its first line."""
    return lines(claim, *known, form=form, **options)[0]


def lines(
    claim: C, *known: Authorization, form: str = "837P", **options: Any
) -> tuple[LineReport, ...]:
    """Fill a claim and return what became of its lines."""
    result = fill_claims(interchange([claim], form=form), known, **options)
    return result.claims[0].lines


def told(report: LineReport) -> tuple[str, str]:
    """Return outcome and reason of a line."""
    return report.outcome, report.reason
