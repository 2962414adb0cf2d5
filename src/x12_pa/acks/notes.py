"""Which code a fault gets in a TA1, an AK9 or an IK5.

The catalogue of findings names the code of each kind of fault. Where a fault is about one element
of a header, the standard has a narrower code for that element, and the element decides: a bad
ISA05 is `005`, not "bad content". A fault without any code gets the level's general one, so that
nothing is rejected without a reason.

Source: code lists I18 (TA105), 716 (AK905) and 618 (IK502), as in the maps of the TA1 and 999.
"""

from collections.abc import Iterable

from x12_pa.validation.catalogue import CODES
from x12_pa.validation.results import Finding

BY_ELEMENT = {
    "ISA01": "010",
    "ISA02": "011",
    "ISA03": "012",
    "ISA04": "013",
    "ISA05": "005",
    "ISA06": "006",
    "ISA07": "007",
    "ISA08": "008",
    "ISA09": "014",
    "ISA10": "015",
    "ISA11": "016",
    "ISA12": "017",
    "ISA13": "018",
    "ISA14": "019",
    "ISA15": "020",
    "ISA16": "027",
    "IEA01": "021",
    "GS01": "1",
    "GS06": "6",
    "GS08": "2",
    "GE01": "5",
}
_GENERAL = {"X103", "X111", "P106"}

BAD_STRUCTURE = "022"
BAD_CONTENT = "024"
SEGMENTS_IN_ERROR = "5"
GUIDE_SEGMENTS_IN_ERROR = "I5"
_MAX_CODES = 5


def interchange_note(findings: Iterable[Finding]) -> str | None:
    """Return the TA105 of the first fault, errors before warnings; None when there is none."""
    for finding in sorted(findings, key=lambda f: f.severity != "error"):
        note = _narrow(finding, "ISA", "IEA") or _catalogued(finding, "ta105")
        if note or finding.severity == "error":
            return note or BAD_STRUCTURE
    return None


def group_codes(findings: Iterable[Finding]) -> list[str]:
    """Return AK905 to AK909 for the faults of a group."""
    found = (_narrow(f, "GS", "GE") or _catalogued(f, "ak905") for f in findings)
    return _first(code for code in found if code)


def set_codes(findings: Iterable[Finding]) -> list[str]:
    """Return IK502 to IK506 for the faults of a set, those of its envelope first.

    `5` says that segments break the standard, `I5` that they break the guide.
    """
    own, inside = [], []
    for finding in findings:
        if code := _catalogued(finding, "ik502"):
            own.append(code)
        elif finding.ack is not None:
            guide = (finding.ack.ik403 or finding.ack.ik304 or "").startswith("I")
            inside.append(GUIDE_SEGMENTS_IN_ERROR if guide else SEGMENTS_IN_ERROR)
        elif finding.severity == "error":
            inside.append(GUIDE_SEGMENTS_IN_ERROR)
    return _first([*own, *sorted(inside)])


def is_envelope(finding: Finding) -> bool:
    """Whether IK5 reports this finding of a set, so that no IK3 does."""
    return bool(_catalogued(finding, "ik502"))


def _catalogued(finding: Finding, field: str) -> str | None:
    row = CODES.get(finding.code)
    code: str | None = getattr(row, field) if row else None
    return code


def _narrow(finding: Finding, *segments: str) -> str | None:
    """Return the code of the element that a general finding is about."""
    if finding.code not in _GENERAL or not (finding.element or "").startswith(segments):
        return None
    return BY_ELEMENT.get(finding.element or "")


def _first(codes: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(codes))[:_MAX_CODES]
