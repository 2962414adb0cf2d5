"""Turn a fault at a place into a `Finding`, and keep the findings of one file.

The message of a code is filled here, values are masked here, and nothing that is masked is kept:
a finding can be logged, mailed or stored as it is.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from attrs import define, field

from x12_pa.guides import Profile
from x12_pa.guides.checks import GIVE_CONTEXT
from x12_pa.guides.codesets import CodeList, code_list
from x12_pa.guides.model import SegmentUse
from x12_pa.syntax import Block
from x12_pa.validation.catalogue import CODES
from x12_pa.validation.codes import Code
from x12_pa.validation.elements import Fault
from x12_pa.validation.hiding import hide
from x12_pa.validation.naming import (
    element_title,
    loop_title,
    rule_noted,
    rule_severity,
    rule_text,
    segment_title,
)
from x12_pa.validation.outlines import beyond
from x12_pa.validation.privacy import HIDDEN
from x12_pa.validation.results import Ack999, Finding, RuleRef


@define
class Place:
    """Where a segment stands: its block, and the envelopes around it."""

    block: Block
    index: int
    number: int | None = None
    loop: str | None = None


@define
class Reporter:
    """Collects the findings of one file.

    Attributes:
        limit: how many findings are kept; the rest is only counted.
        show_phi: keep names, identifiers and birth dates in values and texts.
        profile: the companion guide whose rules findings name.
        max_snip: findings of a higher SNIP type are not made.
        outline: id of the guide of the open set when only an outline of it is known.
        today: the day from which tables of codes are fresh or stale; None takes them as stale.
    """

    limit: int = 100_000
    show_phi: bool = False
    max_snip: int = 7
    profile: Profile | None = None
    today: date | None = None
    interchange: str | None = None
    group: str | None = None
    transaction: str | None = None
    findings: list[Finding] = field(factory=list)
    errors: int = 0
    warnings: int = 0
    unlisted: int = 0
    outline: str | None = None
    _undecided: set[str] = field(factory=set)
    _unchecked: set[tuple[str, str]] = field(factory=set)

    def fault(
        self,
        fault: Fault,
        use: SegmentUse,
        text: str,
        place: Place,
        context: tuple[tuple[str, str], ...] = (),
    ) -> None:
        """Add a fault inside a segment."""
        element = fault.element
        ref = element.ref if element else f"{use.id}{fault.number:02}"
        value = None if fault.phi and not self.show_phi else fault.value
        notes = element.notes if element else use.notes
        listed = code_list(fault.expected) if fault.code == "X503" else None
        self.add(
            fault.code,
            place,
            segment=use.id,
            ref=ref.replace("-0", "-"),
            element=f"{use.id}{fault.number:02}" if fault.number else None,
            component=fault.component,
            repetition=fault.repetition,
            value=value,
            phi=fault.phi,
            source=fault.source,
            text=self._shown(use, text, place),
            context=context,
            name=element_title(use, element) if element else "",
            title=segment_title(use),
            loop=loop_title(use.parent) if element is None and fault.number == 0 else "",
            expected=fault.expected,
            found=value or HIDDEN,
            listed=_table(listed) if listed else "",
            size=len(fault.value or "") if element else fault.number,
            rule=rule_text(notes, fault.code),
            severity="warning"
            if listed and listed.is_stale(self.today)
            else rule_severity(notes, fault.code),
            by=self.named(*rule_noted(notes, fault.code), fault.source),
            ack=Ack999("8", "4") if fault.code == "P104" and _is_short(fault) else None,
        )

    def add(
        self,
        code: str,
        place: Place,
        *,
        segment: str | None = None,
        element: str | None = None,
        component: int | None = None,
        repetition: int | None = None,
        value: str | None = None,
        phi: bool = False,
        source: str | None = None,
        text: str = "",
        context: tuple[tuple[str, str], ...] = (),
        severity: str | None = None,
        ack: Ack999 | None = None,
        note: str | None = None,
        by: RuleRef | None = None,
        **fields: Any,
    ) -> Finding | None:
        """Add a finding; `fields` fill the message of its code. Returns it if it was kept."""
        row, said = self._told(code, _Fields(fields, segment=segment or "A segment"))
        severity = severity or (row.severity if row else "")
        if row is None or not self._kept(severity):
            return None
        finding = Finding(
            code=row.code,
            severity=severity,
            snip=row.snip,
            source=source or ("x12" if row.snip == 1 else "guide"),
            segment=segment,
            element=element,
            component=component,
            repetition=repetition,
            value=value,
            message=message_of(row, said),
            ack=ack or row.ack,
            rule=by,
            note=note,
            phi=phi,
            text=text,
            context=context,
            **self._where(place),
        )
        self.findings.append(finding)
        return finding

    def named(self, rule: str, section: str, source: str) -> RuleRef | None:
        """Return what a finding says of the rule behind it; None for a fault of X12 or the guide.

        Args:
            rule: its id; "" when there is none.
            section: where it is written, if that is not the profile.
            source: `guide` or `profile:<id>`, as in the finding.
        """
        if not rule:
            return None
        by_payer = self.profile is not None and source.startswith("profile:")
        written = self.profile.rule(rule) if self.profile and by_payer else None
        if written is None:
            return RuleRef(id=rule, source=section)
        return RuleRef(id=rule, source=written.source, expect=written.expect)

    def _where(self, place: Place) -> dict[str, Any]:
        """Return what a finding says of its place."""
        offset, line = place.block.locate(place.index)
        return {
            "interchange": self.interchange,
            "group": self.group,
            "transaction": self.transaction,
            "segment_number": place.number,
            "line": line,
            "loop": place.loop,
            "offset": offset,
        }

    def _told(self, code: str, said: "_Fields") -> "tuple[Code | None, _Fields]":
        """Return what is reported: nothing for a type not asked for, or told of an outline."""
        if self.outline is not None and (what := beyond(code, said)) is not None:
            if (self.outline, what) in self._unchecked:
                return None, said
            self._unchecked.add((self.outline, what))
            code, said = "X131", _Fields({"found": what, "expected": self.outline})
        row = CODES[code]
        return (row if row.snip <= self.max_snip else None), said

    def _kept(self, severity: str) -> bool:
        """Count a finding; tell whether there is room to keep it."""
        if severity == "error":
            self.errors += 1
        elif severity == "warning":
            self.warnings += 1
        if len(self.findings) < self.limit:
            return True
        self.unlisted += 1
        return False

    def undecided(
        self, rule: str, source: str, what: str, place: Place, remedy: str = GIVE_CONTEXT
    ) -> None:
        """Say once per file that a rule could not be decided; that never counts as holding."""
        if rule not in self._undecided:
            self._undecided.add(rule)
            by = self.named(rule, "", source)
            self.add("P901", place, source=source, rule=rule, expected=what, remedy=remedy, by=by)

    def withdraw(self, finding: Finding) -> None:
        """Take back an error that turned out to be part of another one."""
        for at in range(len(self.findings) - 1, -1, -1):
            if self.findings[at] is finding:
                del self.findings[at]
                self.errors -= finding.severity == "error"
                self.warnings -= finding.severity == "warning"
                return

    def _shown(self, use: SegmentUse, text: str, place: Place) -> str:
        marks = place.block.delimiters
        return text if self.show_phi or marks is None else hide((use,), text, marks)


def _table(listed: CodeList) -> str:
    """Name the table of an external list, with its date."""
    return f"{listed.name}s" + (f" of {listed.as_of}" if listed.as_of else " of your own")


def message_of(row: Code, said: Mapping[str, Any]) -> str:
    """Fill the message of a code; a field that is not given is left out."""
    return row.message.format_map(said if isinstance(said, _Fields) else _Fields(dict(said)))


def _is_short(fault: Fault) -> bool:
    return fault.element is not None and len(fault.value or "") < fault.element.min


class _Fields(dict[str, Any]):
    """Message fields; one that a check does not give is left out instead of failing."""

    def __init__(self, given: dict[str, Any], **more: Any) -> None:
        super().__init__(more | given)

    def __missing__(self, key: str) -> str:
        return ""
