"""What validation returns: findings as values, and what was accepted, level by level.

The shapes are those of the published JSON (`x12-pa/validate/1`). A finding carries its whole
location, so that it can be shown, counted, sorted and turned into a 999 without the file.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from attrs import Factory, define, evolve, field, frozen

from x12_pa.validation.flat import Flat

SCHEMA = "x12-pa/validate/1"
TRIGGER = "SITUATIONAL TRIGGER"
"""Name of the context of a finding that says what made its rule apply."""


@frozen
class Ack999:
    """The 999 codes that report a finding.

    Attributes:
        ik304: segment syntax error code (data element 620), or None.
        ik403: element syntax error code (data element 621), or None.
    """

    ik304: str | None = None
    ik403: str | None = None


@frozen(kw_only=True)
class RuleRef:
    """The written rule that was broken, or could not be checked.

    Attributes:
        id: its id in the profile, or in the rules of the guide.
        source: document and section that say so.
        expect: what the partner answers to a breach (`TA1`, `IK3`, `IK4`, `AAA`, `text`), as the
            profile has it; empty when it does not say.
    """

    id: str
    source: str = ""
    expect: Mapping[str, Any] = field(factory=dict, hash=False)


@frozen(kw_only=True)
class Finding:
    """One thing that is wrong, or worth saying, at one place of a file.

    Attributes:
        severity: `error`, `warning` or `info`; only errors reject.
        snip: SNIP type 1 to 7.
        source: who says so: `x12`, `guide`, `profile:<id>`, `roster` or `preflight`.
        interchange, group, transaction: ISA13, GS06, ST02, or None above that level.
        segment_number: counted in the transaction set, ST = 1.
        element: `NM109`; component and repetition are 1-based numbers or None.
        value: the value found, empty when it is masked.
        phi: the value is a name, an identifier or a birth date: shown only on demand.
        offset: byte offset of the segment in the file.
        rule: the written rule behind it; None for what no single rule says.
        note: TA105 that the partner's companion guide names for it, or None.
        related: other elements of the rule, for CTX and for display.
        text: the segment itself, for display; masked unless PHI is asked for.
    """

    code: str
    severity: str
    snip: int
    source: str = "x12"
    interchange: str | None = None
    group: str | None = None
    transaction: str | None = None
    segment: str | None = None
    segment_number: int | None = None
    line: int = 0
    loop: str | None = None
    element: str | None = None
    component: int | None = None
    repetition: int | None = None
    value: str | None = None
    message: str = ""
    ack: Ack999 | None = None
    rule: RuleRef | None = None
    note: str | None = None
    phi: bool = False
    offset: int = 0
    text: str = ""
    context: tuple[tuple[str, str], ...] = ()


def _flat(items: Iterable[Any]) -> Flat[Any]:
    return items if isinstance(items, Flat) else Flat(items)


@define
class TransactionResult:
    """One transaction set.

    Attributes:
        context: its business unit for a 999, as (name, value).
        complete: it ends with its SE; one cut off with its file is refused with the interchange.
        refused: its group or its interchange has an error of its own.
    """

    set: str
    guide: str | None
    kind: str | None
    control: str
    convention: str = ""
    segments: int = 0
    errors: int = 0
    complete: bool = True
    refused: bool = False
    context: tuple[str, str] | None = None

    @property
    def accepted(self) -> bool:
        """Whether no error stands in it or above it."""
        return self.errors == 0 and not self.refused


@define
class GroupResult:
    """One functional group; `errors` counts those of the group itself, not of its sets.

    Attributes:
        faulty: how many sets have an error of their own; None where nobody counted.
    """

    control: str
    functional_id: str
    version: str
    sender: str = ""
    receiver: str = ""
    announced: int | None = None
    errors: int = 0
    complete: bool = True
    refused: bool = False
    faulty: int | None = None
    transactions: Flat[TransactionResult] = field(factory=Flat, converter=_flat)

    @property
    def accepted(self) -> bool:
        """Whether neither the group, nor what is above it, nor any of its sets has an error."""
        if self.errors or self.refused:
            return False
        if self.faulty is not None:
            return self.faulty == 0
        return all(item.accepted for item in self.transactions)

    def settle(self) -> None:
        """Let the sets know that an error of the group, or above it, refuses them too."""
        if self.errors or self.refused:
            self.transactions.refuse()


@define
class InterchangeResult:
    """One interchange, with what a TA1 repeats of its header."""

    control: str
    sender: str
    receiver: str
    usage: str
    sender_qualifier: str = ""
    receiver_qualifier: str = ""
    date: str = ""
    time: str = ""
    ack_requested: bool = False
    errors: int = 0
    ta1_only: bool = False
    offset: int = 0
    line: int = 1
    groups: list[GroupResult] = Factory(list)

    @property
    def accepted(self) -> bool:
        """Whether neither the envelope nor anything in it has an error."""
        return self.errors == 0 and all(group.accepted for group in self.groups)

    def settle(self) -> None:
        """Let the groups and their sets know that an error of the envelope refuses them too."""
        for group in self.groups:
            group.refused = group.refused or self.errors > 0
            group.settle()


@define
class FileResult:
    """One file: its interchanges, and every finding once, in document order."""

    path: str
    bytes: int = 0
    segments: int = 0
    errors: int = 0
    warnings: int = 0
    interchanges: Flat[InterchangeResult] = field(factory=Flat, converter=_flat)
    findings: list[Finding] = Factory(list)
    unlisted: int = field(default=0)

    @property
    def accepted(self) -> bool:
        """Whether no error stands anywhere in the file."""
        return self.errors == 0


def masked(finding: Finding, *, show_phi: bool = False) -> Finding:
    """Return the finding with its value hidden if that is a name, an identifier or a birth date."""
    return finding if show_phi or not finding.phi else evolve(finding, value=None, text="")
