"""Findings as a good compiler prints them: what, where, the line with the bad part underlined.

The report of a file comes as lines, each a row of (style, text) pairs. Whoever prints them decides
what a style looks like; joined without styles they are plain text. Styles: `error`, `warning`,
`info`, `good`, `heading`, `place`, `gutter`, `mark`, `note`, and "" for ordinary text.

Findings are grouped by transaction set, in document order. With an `Excerpts`, findings about a
whole segment, or about one that is missing, show the line that they are about as well.
"""

import re
from collections.abc import Iterator, Mapping

from attrs import frozen

from x12_pa.validation.excerpt import Excerpt, Excerpts, guide_of, sets_of
from x12_pa.validation.privacy import HIDDEN
from x12_pa.validation.results import (
    TRIGGER,
    FileResult,
    Finding,
    InterchangeResult,
    TransactionResult,
)
from x12_pa.validation.spans import Span, marked, window

MISSING = frozenset({"X203", "X207", "P107"})
"""Codes of segments that are not there: they stand before the segment that is located."""
_LONGEST_UNIT = 50
_NAMED = 6
"""How many values of a long list are named in text; all of them stand in the guide."""
_LIST = re.compile(r"((?:[A-Z0-9]{1,5}, ){9,})([A-Z0-9]{1,5}) or ([A-Z0-9]{1,5}|\d+ more)(?= was)")


@frozen
class Line:
    """One line: (style, text) pairs."""

    parts: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return "".join(text for _, text in self.parts)


def text_report(result: FileResult, *, excerpts: Excerpts | None = None) -> Iterator[Line]:
    """Yield the lines that a person reads about one file."""
    writer = _Writer(result, excerpts)
    for finding in result.findings:
        yield from writer.finding(finding)
    if result.findings:
        yield Line()
    if result.unlisted:
        more = f"{result.unlisted:,} more finding" + ("s are" if result.unlisted > 1 else " is")
        yield Line((("note", f"{result.path}: {more} not listed (--max-findings)"),))
    yield verdict(result)


def summary(result: FileResult) -> str:
    """Return the last line about a file: what it holds and whether it was accepted."""
    return str(verdict(result))


def verdict(result: FileResult) -> Line:
    """Return the last line about a file in parts."""
    sets, good = count_sets(result)
    word = ("good", "accepted") if result.accepted else ("error", "rejected")
    rest = (
        f"; {counted(sets, 'transaction set')}, {good} of them clean, "
        f"{counted(result.segments, 'segment')}, {counted(result.errors, 'error')}, "
        f"{counted(result.warnings, 'warning')}"
    )
    return Line((("", f"{result.path}: "), word, ("", rest)))


def count_sets(result: FileResult) -> tuple[int, int]:
    """Return how many transaction sets a file has, and how many of them are accepted."""
    groups = [group for item in result.interchanges for group in item.groups]
    good = sum(item.accepted for group in groups for item in group.transactions)
    return sum(len(group.transactions) for group in groups), good


def counted(number: int, word: str) -> str:
    """Return `1 error` or `2 errors`."""
    return f"{number} {word}" + ("" if number == 1 else "s")


_OTHERS = {
    "x12": "X12 itself",
    "roster": "the provider roster",
    "preflight": "the meaning of the reject code",
}


def rule_maker(finding: Finding, found: TransactionResult | None) -> str:
    """Return who makes the rule of a finding: X12, the guide by name, or a payer's profile."""
    if finding.source.startswith("profile:"):
        return f"companion guide {finding.source.removeprefix('profile:')}"
    if finding.source in _OTHERS:
        return _OTHERS[finding.source]
    return f"guide {found.guide}" if found and found.guide else "the guide"


def _source(finding: Finding, found: TransactionResult | None) -> str:
    if finding.source.startswith("profile:"):
        return f"asked for by {finding.source.removeprefix('profile:')}"
    if finding.source in ("roster", "preflight"):
        return f"told by {rule_maker(finding, found)}"
    return f"a rule of {rule_maker(finding, found)}"


def headings(result: FileResult) -> "Headings":
    """Return what names the transaction set and business unit of each finding of a file."""
    units: dict[tuple[str, str, str], set[tuple[str, str]]] = {}
    for finding in result.findings:
        units.setdefault(set_key(finding), set()).update(_units(finding))
    one = {key: next(iter(found)) for key, found in units.items() if len(found) == 1}
    interchanges = {item.control: item for item in result.interchanges}
    return Headings(sets_of(result), one, interchanges)


def _units(finding: Finding) -> Iterator[tuple[str, str]]:
    """Yield the business unit of a finding, if it has one."""
    yield from [pair for pair in finding.context if pair[0] != TRIGGER][:1]


@frozen
class Headings:
    """Names the place of findings: transaction set, business unit, envelopes.

    The business unit (the trace number of a 278, the claim number of an 837) is what a person
    looks a case up by, and is shown. A set with a single unit names it for all its findings.
    """

    sets: Mapping[tuple[str, str, str], TransactionResult]
    units: Mapping[tuple[str, str, str], tuple[str, str]]
    interchanges: Mapping[str, InterchangeResult]

    def of(self, finding: Finding) -> str:
        """Return `278 request 0001 (005010X217), TRN02 TRC000001, group 1, interchange 12`."""
        key = set_key(finding)
        found = self.sets.get(key)
        parts = [set_title(found)] if found else []
        unit = self.units.get(key) or next(_units(finding), None)
        if found and unit:
            parts.append(f"{unit[0]} {unit[1][:_LONGEST_UNIT]}")
        if finding.group:
            parts.append(f"group {finding.group}")
        if finding.interchange:
            parts.append(f"interchange {finding.interchange}")
            interchange = self.interchanges.get(finding.interchange)
            parts += [between(interchange)] if interchange and not found else []
        return ", ".join(parts) or "outside any interchange"


def shortened(message: str) -> str:
    """Return a message with a long list of values cut to its first ones."""

    def cut(found: re.Match[str]) -> str:
        values = [*found[1].rstrip(", ").split(", "), found[2]]
        tail = found[3].removesuffix(" more")
        rest = len(values) - _NAMED + (int(tail) if tail != found[3] else 1)
        return f"{', '.join(values[:_NAMED])} or {rest} more"

    return _LIST.sub(cut, message)


def reference(finding: Finding) -> str:
    """Return `SV101-2 repetition 3` as far as a finding is that precise; "" without an element."""
    text = finding.element or ""
    if finding.component:
        text += f"-{finding.component}"
    return text + (f" repetition {finding.repetition}" if finding.repetition else "")


def location(finding: Finding) -> str:
    """Return the loop path with the segment or the element: `2000A/2010A/NM109`."""
    last = reference(finding) or finding.segment
    return "/".join(part for part in (finding.loop, last) if part)


def set_title(found: TransactionResult) -> str:
    """Return `278 request 0001 (005010X217)`."""
    kind = f" {found.kind}" if found.kind else ""
    guide = f" ({found.guide})" if found.guide else " (no guide here)"
    return f"{found.set}{kind} {found.control}{guide}"


class _Writer:
    """Writes the findings of one file; knows which heading was written last."""

    def __init__(self, result: FileResult, excerpts: Excerpts | None) -> None:
        self.path = result.path
        self.headings = headings(result)
        self.excerpts = excerpts
        self._heading = ""

    def finding(self, finding: Finding) -> Iterator[Line]:
        found = self.headings.sets.get(set_key(finding))
        heading = self.headings.of(finding)
        if heading != self._heading:
            if self._heading:
                yield Line()
            self._heading = heading
            yield Line((("heading", f"{self.path}: {heading}"),))
        yield Line()
        yield Line(
            (
                (finding.severity, f"{finding.severity}[{finding.code}]"),
                ("", f": {shortened(finding.message)}"),
            )
        )
        where = f"{self.path}:{finding.line}" if finding.line else self.path
        yield Line((("gutter", "  --> "), ("place", where), ("", self._place(finding))))
        yield from self._shown(finding)
        yield Line((("gutter", "   = "), ("note", _source(finding, found))))
        if found and shortened(finding.message) != finding.message:
            yield Line((("gutter", "   = "), ("note", _all_values(finding, found))))

    def _place(self, finding: Finding) -> str:
        detail = location(finding)
        number = f", segment {finding.segment_number}" if finding.segment_number else ""
        envelope = f", set {finding.transaction}" if finding.transaction else ""
        return f"{': ' + detail if detail else ''}{envelope}{number}"

    def _shown(self, finding: Finding) -> Iterator[Line]:
        around = self.excerpts.around(finding) if self.excerpts else None
        if finding.code in MISSING:
            if around and around.before:
                yield from _before(finding, around)
            return
        text, span = shown_segment(finding, around)
        if not text:
            return
        lacking = span is None and bool(finding.element)
        shown, at = window(text, (len(text), len(text)) if lacking else span)
        if at is None:
            yield _row((("", shown),))
            return
        start, end = at
        yield _row((("", shown[:start]), (finding.severity, shown[start:end]), ("", shown[end:])))
        label = " missing" if start == end else ""
        yield _row((("", " " * start), (finding.severity, "^" * max(end - start, 1) + label)))


def shown_segment(finding: Finding, around: Excerpt | None) -> tuple[str, Span | None]:
    """Return the segment of a finding as it may be shown, and the stretch that is wrong in it.

    The value that the finding itself shows is shown here too.
    """
    text = around.text if around else finding.text
    span = marked(finding, text, around.marks if around else None)
    if span and finding.value and text[slice(*span)] == HIDDEN:
        start, end = span
        text = text[:start] + finding.value + text[end:]
        span = start, start + len(finding.value)
    return text, span


def _all_values(finding: Finding, found: TransactionResult) -> str:
    """Return the command that prints a list of values which was cut."""
    guide = guide_of(found)
    loop = (finding.loop or "").rpartition("/")[2]
    path = "/".join(part for part in (loop, finding.segment) if part)
    return f"all values: x12-pa guides show {guide.key if guide else found.set} {path}"


def _before(finding: Finding, around: Excerpt) -> Iterator[Line]:
    """Yield the segment after which another is missing."""
    shown, _ = window(around.before, None)
    yield _row((("", shown),))
    loop = f" ({last})" if (last := (finding.loop or "").rpartition("/")[2]) else ""
    words = f"^ {finding.segment}{loop} is missing after this segment, line {around.line_before}"
    yield _row(((finding.severity, words),))


def _row(parts: tuple[tuple[str, str], ...]) -> Line:
    return Line((("gutter", "   | "), *parts))


def set_key(finding: Finding) -> tuple[str, str, str]:
    """Return the control numbers that a finding stands under."""
    return (finding.interchange or "", finding.group or "", finding.transaction or "")


def between(item: InterchangeResult) -> str:
    """Return `SENDER to RECEIVER`."""
    return f"{item.sender or '?'} to {item.receiver or '?'}"
