"""The claims of the demo: what is billed for the cases, and what must come out.

Each claim is there for one reason, told by its id. Numbers that the payer gives follow from its
numbering (`Case.number_for`), so that the expectations can be written down before anything runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from fixture_cases import CASES, OTHER_PAYER, PAYER, PROVIDERS, Case, Person

from x12_pa.syntax import Envelope, GroupContent, Segment, build_interchange, segment

BY_NUMBER = {case.number: case for case in CASES}


@dataclass(frozen=True)
class Line:
    """One service line and what must become of it."""

    code: str
    date: str
    outcome: str
    reason: str
    units: int = 1
    modifiers: tuple[str, ...] = ()
    revenue: str = ""
    unit: str = "UN"
    service: int | None = None
    placed: str | None = None
    qualifier: str | None = "G1"


@dataclass(frozen=True)
class Claim:
    """One claim for the patient of a case."""

    id: str
    case: int
    outcome: str
    lines: tuple[Line, ...]
    place: str = "11"
    rendering: str = ""
    billing: str = ""
    member: str = ""
    payer: tuple[str, str] = PAYER
    person: Person | None = None
    existing: tuple[str, str] | None = None
    stay: tuple[str, str] | None = None
    bill: str = "131"


def ins(code: str, date: str, service: int, *, at: str = "2300", units: int = 1,
        mods: tuple[str, ...] = (), reason: str = "exact", qualifier: str = "G1",
        outcome: str = "inserted", revenue: str = "", unit: str = "UN") -> Line:
    return Line(code, date, outcome, reason, units, mods, revenue, unit, service, at, qualifier)


def ref(code: str, date: str, reason: str, *, outcome: str = "refused", units: int = 1,
        mods: tuple[str, ...] = (), revenue: str = "", unit: str = "UN") -> Line:
    return Line(code, date, outcome, reason, units, mods, revenue, unit, None, None, None)


P = (
    Claim("P01-EXACT", 1, "filled", (ins("73721", "20261214", 1, mods=("RT",)),)),
    Claim("P02-TWO-NUMBERS", 24, "filled", (
        ins("97110", "20261203", 1, units=2, mods=("GP",)),
        ins("97110", "20261205", 1, units=2, mods=("GP",)),
        ins("97140", "20261203", 2, mods=("GP",), at="2400"),
    )),
    Claim("P03-ALREADY-PRESENT", 9, "unchanged", (
        ins("47562", "20261203", 1, outcome="covered", reason="already-present"),
    ), place="22", existing=("G1", BY_NUMBER[9].number_for(1))),
    Claim("P04-DENIED", 3, "refused", (ref("72148", "20261210", "denied"),)),
    Claim("P05-PENDED", 4, "refused", (ref("78815", "20261210", "not-a-decision"),), place="22"),
    Claim("P06-ONE-DAY-LATE", 28, "refused",
          (ref("97161", "20270124", "expired", mods=("GP",)),)),
    Claim("P07-OTHER-CODE", 31, "refused",
          (ref("E0470", "20261212", "code-mismatch", mods=("RR",)),), place="12"),
    Claim("P08-OTHER-MEMBER", 32, "refused",
          (ref("E0260", "20261212", "member-mismatch", mods=("RR",)),), place="12",
          member="MBR000888"),
    Claim("P09-OTHER-PAYER", 43, "refused", (ref("81162", "20261211", "payer-mismatch"),),
          place="81", payer=OTHER_PAYER),
    Claim("P10-NOT-REQUIRED", 29, "not_required", (
        ref("E0100", "20261211", "evidence-not-required", outcome="not_required", mods=("NU",)),
    ), place="12"),
    Claim("P11-DEPENDENT", 5, "filled", (ins("73221", "20261209", 1, mods=("LT",)),)),
    Claim("P12-NO-AUTHORIZATION", 1, "refused", (ref("70486", "20261214", "no-authorization"),),
          member="MBR000777", person=Person("UNSEEN", "PERSON", "19700101", "F")),
    Claim("P13-IN-PART", 8, "filled", (
        ins("29881", "20261215", 1, mods=("RT",)),
        ref("29877", "20261215", "denied", mods=("RT",)),
    ), place="24"),
    Claim("P14-MODIFIED", 25, "filled",
          (ins("97530", "20261208", 1, units=2, mods=("GP",)),)),
    Claim("P15-CONTACT-PAYER", 11, "refused",
          (ref("15823", "20261216", "not-a-decision", mods=("50",)),), place="24"),
    Claim("P16-REFERRAL", 50, "filled", (ins("99204", "20261208", 1, qualifier="9F"),)),
    Claim("P17-EVENT-NUMBER", 7, "filled", (ins("75574", "20261211", 0),)),
    Claim("P18-TWO-SCANS", 2, "filled", (
        ins("74177", "20261210", 1), ins("71260", "20261210", 2, at="2400"),
    )),
    Claim("P19-LAST-DAY", 37, "filled", (ins("S9338", "20270228", 1),), place="12"),
    Claim("P20-OTHER-PROVIDER", 12, "refused", (ref("42820", "20261211", "provider-mismatch"),),
          place="24", rendering="stranger"),
    Claim("P21-ONE-DAY-EARLY", 22, "refused", (ref("G0151", "20261207", "not-yet-effective"),),
          place="12"),
    Claim("P22-NO-WINDOW", 49, "manual",
          (ref("99245", "20261210", "window-unknown", outcome="manual"),)),
    Claim("P23-OTHER-NUMBER", 35, "refused", (
        ref("J2350", "20261210", "conflict-existing", outcome="conflict", units=300),
    ), existing=("G1", "OLD0001")),
    Claim("P24-ANSWERED-LATE", 30, "filled", (ins("K0005", "20261214", 1, mods=("NU",)),),
          place="12"),
    Claim("P25-NO-CODE", 26, "manual",
          (ref("97165", "20261203", "code-mismatch", outcome="manual", mods=("GO",)),)),
    Claim("P26-AFTER-PEND", 36, "filled", (ins("J9271", "20261215", 1, units=200),)),
    Claim("P27-TOO-MANY-UNITS", 40, "refused", (ref("A0130", "20261214", "units-exceeded",
                                                     units=3),), place="99"),
    Claim("P28-OTHER-PLACE", 46, "refused", (ref("H0035", "20261209", "site-mismatch"),),
          place="53"),
)

I = (  # noqa: E741
    Claim("I01-WHOLE-STAY", 14, "filled", (
        ins("", "20261209", 0, revenue="0120", units=3, unit="DA"),
        ins("", "20261209", 0, revenue="0250", units=14),
        ins("", "20261210", 0, revenue="0300", units=6),
    ), stay=("20261209", "20261212"), bill="111"),
    Claim("I02-NEEDS-SPLIT", 34, "split", (
        ref("J1745", "20261210", "needs-split", outcome="refused", revenue="0636", units=40),
        ref("96413", "20261210", "needs-split", outcome="refused", revenue="0335"),
    )),
    Claim("I03-SHORTER-STAY", 18, "filled", (
        ins("", "20261209", 0, revenue="0120", units=5, unit="DA"),
        ins("", "20261209", 0, revenue="0360", units=1),
    ), stay=("20261209", "20261214"), bill="111"),
    Claim("I04-HOME-HEALTH", 21, "filled",
          (ins("G0299", "20261204", 1, revenue="0551", units=3),), bill="321"),
    Claim("I05-PENDED-DEPENDENT", 45, "refused", (
        ref("", "20261130", "not-a-decision", revenue="0124", units=5, unit="DA"),
    ), stay=("20261130", "20261205"), bill="111"),
    Claim("I06-EMERGENCY-STAY", 15, "filled", (
        ins("", "20261121", 0, revenue="0120", units=2, unit="DA"),
    ), stay=("20261121", "20261123"), bill="111"),
    Claim("I07-STAY-TOO-LONG", 44, "refused", (
        ref("", "20261130", "partly-outside-window", revenue="0124", units=7, unit="DA"),
    ), stay=("20261130", "20261207"), bill="111"),
    Claim("I08-DEPENDENT-STAY", 16, "filled", (
        ins("", "20261216", 0, revenue="0122", units=2, unit="DA"),
    ), stay=("20261216", "20261218"), bill="111"),
)

FORMS = {"837P": ("005010X222A1", P), "837I": ("005010X223A2", I)}


def claim_file(form: str, at: datetime) -> bytes:
    """Return the interchange of one form: one transaction set, billing provider by provider."""
    version, claims = FORMS[form]
    envelope = Envelope(
        sender_qualifier="ZZ", sender_id="CLINIC001", receiver_qualifier="ZZ",
        receiver_id=PAYER[0], control=900001 if form == "837P" else 900002, usage="T", at=at,
    )
    group = GroupContent(
        functional_id="HC", sender="CLINIC001", receiver=PAYER[0], control=1, version=version,
        at=at, transactions=[list(_transaction(form, version, claims, at))],
    )
    return build_interchange(envelope, [group])


def _transaction(
    form: str, version: str, claims: tuple[Claim, ...], at: datetime
) -> Iterator[Segment]:
    yield segment("ST", "837", "0001", version)
    yield segment("BHT", "0019", "00", f"DEMO{form}", f"{at:%Y%m%d}", f"{at:%H%M}", "CH")
    yield segment("NM1", "41", "2", "EXAMPLE VALLEY CLINIC", "", "", "", "", "46", "CLINIC001")
    yield segment("PER", "IC", "BILLING DESK", "TE", "5555550101")
    yield segment("NM1", "40", "2", PAYER[1], "", "", "", "", "46", PAYER[0])
    level = 0
    by_provider: dict[str, list[Claim]] = {}
    for claim in claims:
        by_provider.setdefault(_billing(claim, form), []).append(claim)
    for billing, own in by_provider.items():
        level += 1
        parent = level
        yield from _billing_provider(billing, level)
        for claim in own:
            for item in _claim(form, claim, level + 1, parent):
                level += item.id == "HL"
                yield item


def _billing(claim: Claim, form: str) -> str:
    who = BY_NUMBER[claim.case].provider
    if form == "837I":
        return "homecare" if who == "homecare" else "hospital"
    return "clinic" if PROVIDERS[who].person else who


def _billing_provider(key: str, level: int) -> Iterator[Segment]:
    who = PROVIDERS[key]
    yield segment("HL", str(level), "", "20", "1")
    yield segment("PRV", "BI", "PXC", who.taxonomy)
    yield segment("NM1", "85", "2", who.last, "", "", "", "", "XX", who.npi)
    yield segment("N3", who.street)
    yield segment("N4", who.city, who.state, who.zip)
    yield segment("REF", "EI", f"0000{who.npi[-5:]}")


def _claim(form: str, claim: Claim, level: int, parent: int) -> Iterator[Segment]:
    case = BY_NUMBER[claim.case]
    holder = claim.person or case.subscriber
    dependent = None if claim.person else case.dependent
    yield segment("HL", str(level), str(parent), "22", "1" if dependent else "0")
    filing = "" if dependent else "18"
    yield segment("SBR", "P", filing, "", "", "", "", "", "", "CI")
    yield segment("NM1", "IL", "1", holder.last, holder.first, "", "", "", "MI",
                  claim.member or case.member_id)
    if dependent is None:
        yield from _address(holder)
    yield segment("NM1", "PR", "2", claim.payer[1], "", "", "", "", "PI", claim.payer[0])
    if dependent is not None:
        yield segment("HL", str(level + 1), str(level), "23", "0")
        yield segment("PAT", dependent.relationship)
        yield segment("NM1", "QC", "1", dependent.last, dependent.first)
        yield from _address(dependent)
    yield from (_professional if form == "837P" else _institutional)(claim, case)


def _address(who: Person) -> Iterator[Segment]:
    yield segment("N3", "1 NOT A STREET")
    yield segment("N4", "SAMPLETOWN", "PA", "19087")
    yield segment("DMG", "D8", who.born, who.sex)


def _charge(claim: Claim) -> str:
    return str(100 * len(claim.lines))


def _reference(claim: Claim) -> Iterator[Segment]:
    if claim.existing:
        yield segment("REF", *claim.existing)


def _professional(claim: Claim, case: Case) -> Iterator[Segment]:
    yield segment("CLM", claim.id, _charge(claim), "", "", (claim.place, "B", "1"), "Y", "A", "Y",
                  "Y")
    yield from _reference(claim)
    kinds = ["ABK"] + ["ABF"] * (len(case.diagnoses) - 1)
    yield segment("HI", *zip(kinds, case.diagnoses, strict=True))
    who = PROVIDERS[claim.rendering or case.provider]
    if who.person:
        yield segment("NM1", "82", "1", who.last, who.first, "", "", "", "XX", who.npi)
        yield segment("PRV", "PE", "PXC", who.taxonomy)
    for number, line in enumerate(claim.lines, 1):
        yield segment("LX", str(number))
        yield segment("SV1", ("HC", line.code, *line.modifiers), "100", line.unit,
                      str(line.units), "", "", "1")
        yield segment("DTP", "472", "D8", line.date)


def _institutional(claim: Claim, case: Case) -> Iterator[Segment]:
    stay = claim.stay or (claim.lines[0].date, claim.lines[-1].date)
    yield segment("CLM", claim.id, _charge(claim), "", "", (claim.bill[:2], "A", claim.bill[2]),
                  "", "A", "Y", "Y")
    if claim.stay:
        yield segment("DTP", "096", "TM", "1100")
    yield segment("DTP", "434", "RD8", f"{stay[0]}-{stay[1]}")
    if claim.stay:
        yield segment("DTP", "435", "DT", f"{stay[0]}0900")
    yield segment("CL1", "1" if case.urgency == "03" else "3", "1", "01")
    yield from _reference(claim)
    yield segment("HI", ("ABK", case.diagnoses[0]))
    if claim.stay:
        yield segment("HI", ("ABJ", case.diagnoses[0]))
    doctor = PROVIDERS[case.provider]
    if not doctor.person:
        doctor = PROVIDERS["stubbs"]
    yield segment("NM1", "71", "1", doctor.last, doctor.first, "", "", "", "XX", doctor.npi)
    for number, line in enumerate(claim.lines, 1):
        yield segment("LX", str(number))
        code = ("HC", line.code, *line.modifiers) if line.code else ""
        yield segment("SV2", line.revenue, code, "100", line.unit, str(line.units))
        if line.code:
            yield segment("DTP", "472", "D8", line.date)


def expectations() -> list[dict[str, object]]:
    """Return what `claims fill` must report, claim by claim."""
    found = []
    for form, (_, claims) in FORMS.items():
        for claim in claims:
            case = BY_NUMBER[claim.case]
            found.append({
                "claim_id": claim.id,
                "form": form,
                "outcome": claim.outcome,
                "lines": [_expected_line(case, i, each) for i, each in enumerate(claim.lines, 1)],
            })
    return found


def _expected_line(case: Case, number: int, line: Line) -> dict[str, object]:
    granted = None if line.service is None else case.number_for(line.service)
    return {
        "line": str(number),
        "outcome": line.outcome,
        "number": granted,
        "placed_at": line.placed,
        "qualifier": line.qualifier if granted else None,
        "reason": line.reason,
    }
