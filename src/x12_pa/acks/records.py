"""Acknowledgements as plain records, and in a person's words.

`TA1` gives an `InterchangeAck`; a 999 (or 997) gives a `GroupAck` with its sets, their segment
problems and the element problems in those. Numbers are those the standard counts: the ST of a set
is segment 1. Text is kept as it was received; a code that nobody knows stays visible.

`describe` leaves received values and member numbers out unless asked for them, because they are
the patient's.
"""

from attrs import frozen

from x12_pa.acks.labels import label
from x12_pa.validation.results import TRIGGER as TRIGGER

_SAFE_UNITS = frozenset({"CLM01", "TRN02", "ENT01"})


@frozen(kw_only=True)
class Context:
    """One CTX: the business unit of a problem, or the data that made something required.

    Attributes:
        name: `CLM01`, `TRN02` …, or `SITUATIONAL TRIGGER`.
        value: the number of the business unit; "" for a trigger.
        segment, position, loop, element, component, repetition: where a trigger stands; "" or
            None when not said.
    """

    name: str
    value: str = ""
    segment: str = ""
    position: int | None = None
    loop: str = ""
    element: int | None = None
    component: int | None = None
    repetition: int | None = None

    def describe(self, *, show_phi: bool = False) -> str:
        """Return it as words: `claim or request CLM01 A-1001`."""
        if self.name == TRIGGER:
            element = f"{self.segment}{self.element:02d}" if self.element else self.segment
            return f"because of {element} at segment {self.position}"
        value = self.value if show_phi or self.name in _SAFE_UNITS else "(hidden)"
        return f"{self.name} {value}"


@frozen(kw_only=True)
class ElementProblem:
    """One IK4: what is wrong with an element; `value` is the copy of what was sent."""

    element: int | None
    component: int | None = None
    repetition: int | None = None
    reference: str = ""
    code: str
    value: str = ""
    context: tuple[Context, ...] = ()

    def describe(self, segment: str, *, show_phi: bool = False) -> str:
        """Return it as words: `CLM02: required element missing`."""
        place = f"{segment}{self.element:02d}" if self.element is not None else segment
        if self.component:
            place += f"-{self.component}"
        if self.repetition:
            place += f" (repetition {self.repetition})"
        shown = f", sent as '{self.value}'" if self.value and show_phi else ""
        return f"{place}: {label('IK4', 3, self.code)}{shown}"


@frozen(kw_only=True)
class SegmentProblem:
    """One IK3: a segment that is wrong or missing, and its element problems."""

    segment: str
    position: int | None
    loop: str = ""
    code: str
    elements: tuple[ElementProblem, ...] = ()
    context: tuple[Context, ...] = ()

    @property
    def business_unit(self) -> Context | None:
        """The claim or request that the segment belongs to, where the 999 names it."""
        return next((item for item in self.context if item.name != TRIGGER), None)

    def describe(self, *, show_phi: bool = False) -> str:
        """Return one line: what, where, in which claim or request."""
        where = f" in loop {self.loop}" if self.loop else ""
        position = "?" if self.position is None else self.position
        if self.elements:
            what = "; ".join(e.describe(self.segment, show_phi=show_phi) for e in self.elements)
        else:
            what = f"{self.segment}: {label('IK3', 4, self.code)}"
        context = "".join(f", {c.describe(show_phi=show_phi)}" for c in self.context)
        return f"segment {position}{where}, {what}{context}"


@frozen(kw_only=True)
class SetAck:
    """AK2 to IK5: the verdict on one transaction set.

    Attributes:
        code: IK501; "" when the answer lacks it, which is not an acceptance.
        errors: IK502 to IK506.
    """

    set_id: str
    control: str
    convention: str = ""
    code: str
    errors: tuple[str, ...] = ()
    problems: tuple[SegmentProblem, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether the set was taken (`A`, or `E` with errors noted)."""
        return self.code in ("A", "E")

    def describe(self, *, show_phi: bool = False) -> list[str]:
        """Return a line for the set and one for each problem."""
        lines = [_verdict(f"{self.set_id} {self.control}", "IK5", self.code, self.errors)]
        return lines + [f"  {item.describe(show_phi=show_phi)}" for item in self.problems]


@frozen(kw_only=True)
class GroupAck:
    """A 999 (or 997): the verdict on one functional group that we sent.

    Attributes:
        sender, receiver: ISA06 and ISA08 of the acknowledgement itself.
        functional_id, group_control, version: AK101 to AK103, our GS01, GS06, GS08.
        code: AK901; "" when AK9 is missing.
        announced, received, accepted_count: AK902 to AK904; None when not said.
        errors: AK905 to AK909.
        sets: the sets that were answered one by one; may be fewer than `received`.
    """

    sender: str = ""
    receiver: str = ""
    functional_id: str
    group_control: str
    version: str = ""
    code: str
    errors: tuple[str, ...] = ()
    announced: int | None = None
    received: int | None = None
    accepted_count: int | None = None
    sets: tuple[SetAck, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether the whole group was taken; False when part of it (`P`) was rejected."""
        return self.code in ("A", "E")

    def verdict_on(self, set_control: str) -> str | None:
        """Return `A`, `E` or `R` for one of our sets, or None when this does not tell.

        A set that is not answered by itself shares the verdict on the group, but for `P`. A set
        in a rejected group is rejected whatever its own IK5 says, and so is one that is answered
        twice and rejected once.
        """
        if self.code and self.code not in ("A", "E", "P"):
            return "R"
        named = [item for item in self.sets if _same_number(item.control, set_control)]
        if not named:
            return self.code if self.accepted else None
        if any(item.code and not item.accepted for item in named):
            return "R"
        return named[0].code or None

    def describe(self, *, show_phi: bool = False) -> list[str]:
        """Return a line for the group, then the lines of the sets with errors."""
        name = f"group {self.functional_id} {self.group_control}"
        head = _verdict(name, "AK9", self.code, self.errors)
        if self.received is not None and self.accepted_count is not None:
            head += f" ({self.accepted_count} of {self.received} sets accepted)"
        lines = [head]
        for item in self.sets:
            if item.code != "A":
                lines += [f"  {line}" for line in item.describe(show_phi=show_phi)]
        return lines


@frozen(kw_only=True)
class InterchangeAck:
    """A TA1: the verdict on one interchange that we sent.

    Attributes:
        sender, receiver: ISA06 and ISA08 of the acknowledgement itself.
        control, date, time: TA101 to TA103, our ISA13, ISA09, ISA10.
        code: TA104; note: TA105.
    """

    sender: str = ""
    receiver: str = ""
    control: str
    date: str = ""
    time: str = ""
    code: str
    note: str = ""

    @property
    def accepted(self) -> bool:
        """Whether the interchange was taken (`A`, or `E` with errors noted)."""
        return self.code in ("A", "E")

    def describe(self, *, show_phi: bool = False) -> list[str]:
        """Return one line; a TA1 holds nothing about patients."""
        del show_phi
        line = f"interchange {self.control}: {label('TA1', 4, self.code)}"
        return [line if self.note in ("", "000") else f"{line}: {label('TA1', 5, self.note)}"]


Acknowledgement = InterchangeAck | GroupAck


def _verdict(name: str, segment_id: str, code: str, errors: tuple[str, ...]) -> str:
    verdict = label(segment_id, 1, code) if code else "no verdict"
    first = 5 if segment_id == "AK9" else 2
    reasons = ", ".join(label(segment_id, first, error) for error in errors)
    return f"{name}: {verdict}" + (f": {reasons}" if reasons else "")


def _same_number(left: str, right: str) -> bool:
    """Compare control numbers as partners repeat them: blanks and leading zeros do not count."""
    left, right = left.strip(), right.strip()
    return left == right or (left.lstrip("0") == right.lstrip("0") != "")
