"""Which code a fault gets in a TA1, an AK9 or an IK5.

The catalogue of findings names the code of each kind of fault. Where a fault is about one element
of a header, the standard has a narrower code for that element, and the element decides: a bad
ISA05 is `005`, not "bad content". A fault without any code gets the level's general one, so that
nothing is rejected without a reason.

Source: code lists I18 (TA105), 716 (AK905) and 618 (IK502), as in the maps of the TA1 and 999.
"""

from collections.abc import Iterable

from x12_pa.guides.index import find_entry, index
from x12_pa.validation.catalogue import CODES
from x12_pa.validation.results import Finding, GroupResult, TransactionResult

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
_GROUP_HEADER = "X111"
BY_SET_ELEMENT = {"ST01": "6", "ST02": "7", "ST03": "I6", "SE01": "4", "SE02": "7"}

BAD_STRUCTURE = "022"
BAD_CONTENT = "024"
SEGMENTS_IN_ERROR = "5"
GUIDE_SEGMENTS_IN_ERROR = "I5"
SET_NOT_CLOSED = "2"
GUIDE_NOT_SUPPORTED = "I6"
GROUP_NOT_CLOSED = "3"
VERSION_NOT_SUPPORTED = "2"
_NO_GUIDE = "X125"
_MAX_CODES = 5


def interchange_note(findings: Iterable[Finding]) -> str | None:
    """Return the TA105 of the first fault, errors before warnings; None when there is none."""
    for finding in sorted(findings, key=lambda f: f.severity != "error"):
        note = finding.note or _narrow(finding, "ISA", "IEA") or _catalogued(finding, "ta105")
        if note or finding.severity == "error":
            return note or BAD_STRUCTURE
    return None


def group_codes(findings: Iterable[Finding], group: GroupResult | None = None) -> list[str]:
    """Return AK905 to AK909 for the faults of a group.

    With the group itself, also says that its GE is missing where the file was cut off, and that
    its version is not supported where no guide is known for any of its sets.
    """
    found = [_group_code(finding) for finding in findings]
    if group is not None and not group.complete:
        found.append(GROUP_NOT_CLOSED)
    if group is not None and _unsupported(group):
        found.append(VERSION_NOT_SUPPORTED)
    return _first(code for code in found if code)


def is_untold(finding: Finding) -> bool:
    """Whether a fault of a group header has no code in an AK9, so that a TA1 has to tell it."""
    return finding.code == _GROUP_HEADER and _group_code(finding) is None


def _group_code(finding: Finding) -> str | None:
    if finding.code == _GROUP_HEADER and finding.element:
        return BY_ELEMENT.get(finding.element)
    return _narrow(finding, "GS", "GE") or _catalogued(finding, "ak905")


def _unsupported(group: GroupResult) -> bool:
    """Whether GS08 names no guide for any of the sets, and nothing else tells one."""
    sets = group.transactions
    return bool(sets) and all(
        item.guide is None and not _has_guide(item.set, group.version.strip()) for item in sets
    )


def _has_guide(set_id: str, version: str) -> bool:
    found = find_entry(set_id=set_id, convention="", version=version, functional_id="", purpose="")
    return found is not None


def set_codes(findings: Iterable[Finding], result: TransactionResult | None = None) -> list[str]:
    """Return IK502 to IK506 for the faults of a set, those of its envelope first.

    `5` says that segments break the standard, `I5` that they break the guide. With the set itself,
    also says that its SE is missing where the file was cut off, and tells a set that nobody knows
    (`1`) from an unknown edition of a known one (`I6`).
    """
    own, inside = [], []
    for finding in findings:
        if code := _set_code(finding):
            edition = finding.code == _NO_GUIDE and result is not None and _is_known(result.set)
            own.append(GUIDE_NOT_SUPPORTED if edition else code)
        elif finding.ack is not None:
            guide = (finding.ack.ik403 or finding.ack.ik304 or "").startswith("I")
            inside.append(GUIDE_SEGMENTS_IN_ERROR if guide else SEGMENTS_IN_ERROR)
        elif finding.severity == "error":
            inside.append(GUIDE_SEGMENTS_IN_ERROR)
    if result is not None and not result.complete:
        own.append(SET_NOT_CLOSED)
    return _first([*own, *sorted(inside)])


def _is_known(set_id: str) -> bool:
    return any(row.set == set_id for row in index())


def is_envelope(finding: Finding) -> bool:
    """Whether IK5 reports this finding of a set, so that no IK3 does."""
    return bool(_set_code(finding))


def _set_code(finding: Finding) -> str | None:
    """Return the IK502 of a fault of ST or SE; a mere remark on them needs none."""
    element = finding.element if finding.severity == "error" else None
    return _catalogued(finding, "ik502") or BY_SET_ELEMENT.get(element or "")


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
