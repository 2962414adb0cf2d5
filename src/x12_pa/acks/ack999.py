"""999 and 997: the answer to a functional group and to each transaction set in it.

```text
ST AK1                       which group (GS01, GS06, GS08)
   AK2                       which set (ST01, ST02, ST03)
      IK3 CTX                which segment, what is wrong with it, which claim or request it is in
         IK4                 which element of it, what is wrong
   IK5                       the set: A, E or R, and why
AK9                          the group: A, E, P or R; sets announced, received, accepted
```

The verdict on a group follows from its sets: `P` where some were accepted and some not, `R` where
none was, or where the group itself cannot be trusted. What is repeated from the received file is
left out where it holds characters that would break the answer. A 4010 group gets a 997, which is
the same with AK3, AK4 and AK5 and without CTX (`dialects`).

Source: 005010X231A1, structure and rules in our own words.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from x12_pa.acks.dialects import Dialect, dialect_of
from x12_pa.acks.elements import (
    element_use,
    guide_of,
    position_of,
    reference_number,
    segment_of,
)
from x12_pa.acks.levels import JudgedGroup, JudgedSet
from x12_pa.acks.notes import SEGMENTS_IN_ERROR, group_codes, is_envelope, set_codes
from x12_pa.acks.records import TRIGGER
from x12_pa.acks.texts import fits
from x12_pa.guides.index import base_guide
from x12_pa.guides.model import Guide
from x12_pa.syntax import DEFAULT_DELIMITERS, Delimiters, Segment, segment
from x12_pa.validation.results import Finding

_MAX_COPY = 99
_MAX_COUNT = 999_999
_MAX_CONTEXT = 35
_MAX_TRIGGERS = 9
_HAS_ELEMENTS = "8"
_NO_COPY = frozenset({"1", "2", "6", "I9", "I11"})
_UNCONDITIONAL = {"I6": "I8", "I9": "I4"}
_SEGMENT_ID = re.compile(r"[A-Z][A-Z0-9]{1,2}")
_GROUP_CONTROL = re.compile(r"[0-9]{1,9}")
_SET_CONTROL = re.compile(r"[A-Za-z0-9]+")
_VERSION = re.compile(r"[A-Za-z0-9]{1,12}")


def build_999(
    group: JudgedGroup,
    *,
    control: str = "0001",
    trusted: bool = True,
    delimiters: Delimiters = DEFAULT_DELIMITERS,
) -> list[Segment]:
    """Build the 999 (for a 4010 group, the 997) that answers one group: ST to AK9, without SE.

    Args:
        group: the group as judged; one that holds acknowledgements must not be answered.
        control: ST02 of the answer, 4 to 9 characters.
        trusted: False when the interchange around the group is rejected: nothing is accepted.
        delimiters: those of the interchange that the answer will stand in.
    """
    own, form = group.result, dialect_of(group.result.version)
    writer = _Writer(delimiters, form)
    trusted = trusted and own.errors == 0
    writer.add("ST", form.set_id, control, form.convention)
    version = own.version.strip() if form.tells_guide else ""
    writer.add("AK1", own.functional_id.strip(), own.control.strip(), version)
    for item in group.sets:
        if item.result.set in _allowed("AK2"):
            writer.transaction(item, trusted=trusted)
    writer.group(group, trusted=trusted)
    return writer.lines


def can_be_named(group: JudgedGroup) -> bool:
    """Tell whether AK1 can repeat the header of a group, so that a 999 can answer it."""
    own = group.result
    return (
        own.functional_id.strip() in _allowed("AK1")
        and _GROUP_CONTROL.fullmatch(own.control.strip()) is not None
        and _VERSION.fullmatch(own.version.strip()) is not None
    )


def _allowed(segment_id: str) -> tuple[str, ...]:
    """Return the values that the 999 knows for the first element of a segment."""
    use = element_use(base_guide("999"), segment_id, 1)
    return (use.codes if use else None) or ()


class _Writer:
    """Collects the segments of one 999 or 997."""

    def __init__(self, delimiters: Delimiters, form: Dialect) -> None:
        self.lines: list[Segment] = []
        self._delimiters = delimiters
        self._form = form

    def add(self, segment_id: str, *elements: str | tuple[str, ...]) -> None:
        name = self._form.name(segment_id)
        self.lines.append(segment(name, *elements, delimiters=self._delimiters))

    def transaction(self, item: JudgedSet, *, trusted: bool) -> None:
        """Write the 2000 loop of one set."""
        result, form = item.result, self._form
        guide = guide_of(result) if item.findings else None
        convention = result.convention.strip() if form.tells_guide else ""
        told = fits(convention, self._delimiters) and len(convention) <= 35
        self.add("AK2", result.set, _set_control(result.control), convention if told else "")
        for (number, name, loop, code), findings in _by_segment(item, guide):
            self.add("IK3", name, str(number), loop, form.segment_codes.get(code, code))
            if form.tells_context:
                self._context(findings)
            self._elements(findings, guide)
        codes = set_codes(item.findings, result) or ([SEGMENTS_IN_ERROR] if result.errors else [])
        verdict = "R" if not item.accepted or not trusted else "E" if codes else "A"
        self.add("IK5", verdict, *_written(codes, form.set_codes))

    def group(self, group: JudgedGroup, *, trusted: bool) -> None:
        """Write AK9.

        AK902 is what GE01 announced; where there is no GE01, what was received.
        """
        received = len(group.sets)
        accepted = sum(item.accepted for item in group.sets) if trusted else 0
        announced = group.result.announced
        if announced is None or announced > _MAX_COUNT:
            announced = received
        codes = group_codes(group.findings, group.result)
        if not trusted or accepted < received:
            verdict = "P" if accepted else "R"
        else:
            noted = codes or any(set_codes(item.findings, item.result) for item in group.sets)
            verdict = "E" if noted else "A"
        written = _written(codes, self._form.group_codes)
        self.add("AK9", verdict, str(announced), str(received), str(accepted), *written)

    def _context(self, findings: Sequence[Finding]) -> None:
        """Write the CTX of one IK3: the business unit first, then situational triggers.

        Both stand at one position of the standard, so any order is right; pyx12 reads only this.

        What made a rule about an element apply stands behind the IK4 of that element instead.

        Source: x12.org RFI 2293: 35 characters of the number, and none when it is itself at fault.
        """
        pairs = dict.fromkeys(pair for finding in findings for pair in finding.context)
        at_fault = {finding.element for finding in findings}
        for name, value in pairs:
            value = value[:_MAX_CONTEXT].rstrip()
            if name != TRIGGER and name not in at_fault and fits(value, self._delimiters):
                self.add("CTX", (name, value))
                break
        self._triggers(finding for finding in findings if not _of_element(finding))

    def _triggers(self, findings: Iterable[Finding]) -> None:
        """Write a CTX for each place that made a rule apply, as many as the guide takes."""
        pairs = (pair for finding in findings for pair in finding.context)
        found = dict.fromkeys(value for name, value in pairs if name == TRIGGER)
        for value in list(found)[: _MAX_TRIGGERS if self._form.tells_context else 0]:
            self.add("CTX", TRIGGER, *_trigger(value))

    def _elements(self, findings: Iterable[Finding], guide: Guide | None) -> None:
        """Write one IK4 for each element error, each once, and what made its rule apply."""
        seen = set()
        for finding in findings:
            position, ack = position_of(finding), finding.ack
            if position is None or ack is None or ack.ik403 is None:
                continue
            if (position, ack.ik403) in seen:
                continue
            seen.add((position, ack.ik403))
            copy = "" if ack.ik403 in _NO_COPY else (finding.value or "")[:_MAX_COPY]
            self.add(
                "IK4",
                tuple(str(part or "") for part in position),
                reference_number(guide, finding),
                self._form.element_codes.get(ack.ik403, ack.ik403),
                copy if fits(copy, self._delimiters) else "",
            )
            self._triggers([finding])


_Place = tuple[int, str, str, str]


def _by_segment(item: JudgedSet, guide: Guide | None) -> list[tuple[_Place, list[Finding]]]:
    """Group the findings that an IK3 reports: by (position, segment, loop, IK304), in order.

    All element errors of one segment share an IK3. A finding that no IK3 can carry (no segment, an
    id that is no segment id, code 8 without an element) is left to IK5.
    """
    together: dict[_Place, list[Finding]] = {}
    for finding in item.findings:
        ack, (name, loop) = finding.ack, segment_of(guide, finding)
        if ack is None or is_envelope(finding) or not _SEGMENT_ID.fullmatch(name):
            continue
        code = _segment_code(finding, ack.ik304 or _HAS_ELEMENTS)
        if code == _HAS_ELEMENTS and (ack.ik403 is None or position_of(finding) is None):
            continue
        place = (finding.segment_number or 1, name, _short_loop(loop), code)
        together.setdefault(place, []).append(finding)
    return sorted(together.items(), key=lambda entry: entry[0][0])


def _of_element(finding: Finding) -> bool:
    """Tell whether an IK4 reports a finding."""
    code = finding.ack.ik403 if finding.ack else None
    return code is not None and position_of(finding) is not None


def _segment_code(finding: Finding, code: str) -> str:
    """Return IK304; one that speaks of a condition needs the CTX that names the condition."""
    if any(name == TRIGGER for name, _ in finding.context):
        return code
    return _UNCONDITIONAL.get(code, code)


def _written(codes: Sequence[str], instead: Mapping[str, str]) -> list[str]:
    """Return codes as a form of the answer knows them, each once."""
    return list(dict.fromkeys(instead.get(code, code) for code in codes))


def _set_control(control: str) -> str:
    """Return AK202: the ST02 of the set, brought to the 4 to 9 characters that ST02 may have."""
    control = control.strip()
    return control[:9].zfill(4) if _SET_CONTROL.fullmatch(control) else "0000"


def _short_loop(loop: str) -> str:
    """Return a loop id in at most four characters: `2010AA` becomes `2010`.

    Source: 005010X231A1 IK303. The header of a set has no loop id.
    """
    number = re.match(r"\d{4}", loop)
    return number.group() if number else ""


def _trigger(value: str) -> tuple[str | tuple[str, ...], ...]:
    """Return CTX02 to CTX05 from `segment*position*loop*element:component`."""
    name, number, loop, element = (*value.split("*"), "", "", "", "")[:4]
    return name, number, _short_loop(loop), tuple(element.split(":"))
