"""The lines of a file around a finding, read again when a report wants to show them.

Findings keep no neighbours, so that validation needs no memory for them. A report for people has
few findings and a file it can seek in; it asks here. Names, identifiers and birth dates are hidden
unless asked for: the neighbour's exact place in the guide is not known here, so a value is shown
only if it is harmless in every place where the guide has a segment of that id.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import BinaryIO

from attrs import define, field, frozen

from x12_pa.guides import Guide, Profile, SegmentUse, load_guide
from x12_pa.guides.index import index
from x12_pa.syntax import Delimiters, NotX12, detect
from x12_pa.validation.hiding import hide
from x12_pa.validation.results import FileResult, Finding, TransactionResult

_REACH = 2048
"""How many bytes before and after a finding are looked at."""
_BLANK = " \t\r\n\x00\x1a"


@frozen
class Excerpt:
    """A segment and the one before it, as they may be shown; "" where there is none.

    Attributes:
        line: line number of the segment, `line_before` that of the one before.
    """

    text: str
    line: int
    before: str
    line_before: int
    marks: Delimiters


def guide_of(found: TransactionResult, profile: Profile | None = None) -> Guide | None:
    """Return the guide that a transaction set was checked against, or None."""
    for row in index():
        if row.set == found.set and row.guide == found.guide:
            guide = load_guide(row.key, profile)
            if guide.kind == found.kind:
                return guide
    return None


def sets_of(result: FileResult) -> dict[tuple[str, str, str], TransactionResult]:
    """Return the transaction sets that findings stand in, by their control numbers.

    Of sets with equal numbers the last one counts. Sets without findings are passed over: there
    may be a million of them.
    """
    wanted = {(f.interchange or "", f.group or "", f.transaction or "") for f in result.findings}
    return {
        key: item
        for interchange in result.interchanges
        for group in interchange.groups
        for item in group.transactions
        if (key := (interchange.control, group.control, item.control)) in wanted
    }


@define
class Excerpts:
    """Shows places of one file.

    Attributes:
        stream: the file, which must be able to seek.
    """

    stream: BinaryIO
    result: FileResult
    profile: Profile | None = None
    show_phi: bool = False
    _sets: dict[tuple[str, str, str], TransactionResult] = field(init=False)
    _marks: dict[str, Delimiters | None] = field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        self._sets = sets_of(self.result)

    def around(self, finding: Finding) -> Excerpt | None:
        """Return what stands at a finding and before it, or None when that cannot be read."""
        start = max(0, finding.offset - _REACH)
        self.stream.seek(start)
        text = self.stream.read(finding.offset - start + _REACH).decode("latin-1")
        at = finding.offset - start
        marks = self._separators(text, at)
        if marks is None:
            return None
        here = _clean(text[at:].partition(marks.segment)[0])
        ahead = text[:at].rstrip(_BLANK if marks.segment not in _BLANK else "")
        ahead = ahead.removesuffix(marks.segment)
        begin = ahead.rfind(marks.segment) + 1
        before = ahead[begin:] if begin or not start else ""
        lines = text.count("\n", begin + len(before) - len(before.lstrip(_BLANK)), at)
        return Excerpt(
            text=self._shown(finding, here, marks),
            line=finding.line,
            before=self._shown(finding, _clean(before), marks),
            line_before=finding.line - lines,
            marks=marks,
        )

    def _separators(self, text: str, at: int) -> Delimiters | None:
        """Return the separators at a place: those of the ISA before it, else of the file."""
        isa = text.rfind("ISA", 0, at + 3)
        try:
            if isa >= 0 and (isa == 0 or text[isa - 1] in "\n\r~"):
                return detect(text[isa : isa + 400])
        except NotX12:
            pass
        if "" not in self._marks:
            self.stream.seek(0)
            head = self.stream.read(400).decode("latin-1")
            try:
                self._marks[""] = detect(head[max(head.find("ISA"), 0) :])
            except NotX12:
                self._marks[""] = None
        return self._marks[""]

    def _shown(self, finding: Finding, text: str, marks: Delimiters) -> str:
        if self.show_phi or not text:
            return text
        key = (finding.interchange or "", finding.group or "", finding.transaction or "")
        found = self._sets.get(key)
        name = text.partition(marks.element)[0]
        guide = guide_of(found, self.profile) if found else None
        return hide(_uses(guide, name), text, marks)


def _clean(text: str) -> str:
    return text.strip(_BLANK).replace("\r", "").replace("\n", "")


@lru_cache(maxsize=256)
def _uses(guide: Guide | None, name: str) -> tuple[SegmentUse, ...]:
    """Return every use of a segment id in a guide."""
    if guide is None:
        return ()
    everything: Iterable[object] = guide.root.walk()
    return tuple(use for use in everything if isinstance(use, SegmentUse) and use.id == name)
