"""The HTML report: one self-contained page about one or more files, made to be read and mailed.

Per file: the verdict, figures, what was found most, what was accepted level by level, the findings
by transaction set, and the interchange itself with the bad elements marked. Names, identifiers and
birth dates are hidden unless asked for, as everywhere. The page is written as a stream; the file is
read a second time for its own lines, so it must be seekable, or those parts are left out.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from itertools import islice
from typing import BinaryIO, Protocol

from attrs import define, field, frozen

from x12_pa import __version__
from x12_pa.guides import Profile
from x12_pa.validation.annotate import Selection, annotate
from x12_pa.validation.excerpt import Excerpts
from x12_pa.validation.html_findings import finding_groups, title_of
from x12_pa.validation.html_page import badge, esc, page, table, tile
from x12_pa.validation.html_segments import SEVERITIES, Numbered, segment_table
from x12_pa.validation.results import (
    FileResult,
    Finding,
    GroupResult,
    InterchangeResult,
    TransactionResult,
)
from x12_pa.validation.text import count_sets, counted, headings

WHOLE = 1500
"""A file of at most so many segments is annotated from end to end."""
SHOWN = 3000
"""So many segments of a larger file are shown at most, around its findings."""
LISTED_SETS = 200
"""So many transaction sets are listed; a group of more than `FEW_SETS` lists rejected ones only."""
FEW_SETS = 12
SNIP_TYPES = {
    1: "EDI syntax",
    2: "implementation guide",
    3: "balancing",
    4: "situations across segments",
    5: "external code sets",
    6: "kinds of service",
    7: "companion guide",
}


class Opener(Protocol):
    """Opens a file for reading once more."""

    def __call__(self, path: str) -> AbstractContextManager[BinaryIO]:
        """Return the open file; it can seek."""


@frozen(kw_only=True)
class Options:
    """How a page is made.

    Attributes:
        at: when the report is made, aware UTC.
        opener: opens a file again by its path; None leaves out what needs it.
    """

    at: datetime
    profile: Profile | None = None
    show_phi: bool = False
    opener: Opener | None = None


def render_html(results: Sequence[FileResult], options: Options) -> Iterator[str]:
    """Yield the pieces of the page about these files."""
    one = results[0].path if len(results) == 1 else f"{len(results)} files"
    yield from page(f"Validation report: {one}", _body(results, options), foot=_foot(options))


def _body(results: Sequence[FileResult], options: Options) -> Iterator[str]:
    yield "<header><h1>Validation report</h1>\n"
    made = options.at.strftime("%Y-%m-%d %H:%M UTC")
    guide = f" · companion guide {esc(options.profile.id)}" if options.profile else ""
    private = (
        "<strong>shows names, identifiers and birth dates</strong>"
        if options.show_phi
        else "names, identifiers and birth dates are hidden"
    )
    yield f'<p class="soft">{esc(made)}{guide} · {private}</p></header>\n<main id="content">\n'
    if len(results) > 1:
        yield from _overview(results)
    for number, result in enumerate(results, 1):
        yield from _FileSection(result, options, f"a{number}-").write()
    yield "</main>\n"


def _foot(options: Options) -> str:
    return (
        f"<p>Made by x12-pa {esc(__version__)}. Every code has a page: "
        "<code>x12-pa explain CODE</code>. Point at an element to see its name and what its code "
        "means.</p>\n"
    )


def _overview(results: Sequence[FileResult]) -> Iterator[str]:
    bad = sum(not item.accepted for item in results)
    yield f"<h3>{len(results)} files, {bad} of them rejected</h3>\n"
    headers = (("", "File"), ("", "Verdict"), ("number", "Errors"), ("number", "Warnings"))
    yield from table(
        headers,
        (
            f'<tr><th scope="row"><a href="#a{number}-top">{esc(item.path)}</a></th>'
            f"<td>{_verdict(item.accepted)}</td>"
            f'<td class="number">{item.errors:,}</td>'
            f'<td class="number">{item.warnings:,}</td></tr>\n'
            for number, item in enumerate(results, 1)
        ),
        caption="Files",
    )


def _verdict(accepted: bool) -> str:
    return badge("accepted", "accepted") if accepted else badge("rejected", "rejected")


@define
class _FileSection:
    """Writes the part of the page about one file."""

    result: FileResult
    options: Options
    prefix: str
    numbered: list[Numbered] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.numbered = [
            Numbered(f"{self.prefix}f{number}", finding)
            for number, finding in enumerate(self.result.findings, 1)
        ]

    def write(self) -> Iterator[str]:
        yield f'<section class="file" aria-labelledby="{self.prefix}top">\n'
        yield self._head()
        yield from self._tiles()
        if self.numbered:
            yield from self._counts()
        yield from self._levels()
        if self.options.opener is None:
            yield from self._findings(None)
        else:
            with self.options.opener(self.result.path) as stream:
                options = self.options
                excerpts = Excerpts(stream, self.result, options.profile, options.show_phi)
                yield from self._findings(excerpts)
                stream.seek(0)
                yield from self._interchange(stream)
        yield "</section>\n"

    def _head(self) -> str:
        result = self.result
        word = "accepted" if result.accepted else "rejected"
        name = "standard input" if result.path == "-" else result.path
        between = "; ".join(
            dict.fromkeys(
                f"{item.sender or '?'} to {item.receiver or '?'}, "
                + ("test data" if item.usage == "T" else "production data")
                for item in result.interchanges[:3]
            )
        )
        return (
            f'<div class="verdict {word}"><h2 id="{self.prefix}top">{esc(name)}</h2>'
            f"{_verdict(result.accepted)}<p>{esc(between)}</p></div>\n"
        )

    def _tiles(self) -> Iterator[str]:
        result = self.result
        sets, good = count_sets(result)
        groups = sum(len(item.groups) for item in result.interchanges)
        yield '<dl class="tiles">\n'
        yield tile(
            "Transaction sets",
            f"{sets:,}",
            f"{good:,} accepted, {sets - good:,} rejected",
        )
        around = (
            counted(groups, "group") + " in " + counted(len(result.interchanges), "interchange")
        )
        yield tile("Errors", f"{result.errors:,}", kind="error" if result.errors else "")
        yield tile("Warnings", f"{result.warnings:,}", kind="warning" if result.warnings else "")
        yield tile("Segments", f"{result.segments:,}", around)
        yield tile("Size", _size(result.bytes))
        yield "</dl>\n"

    def _counts(self) -> Iterator[str]:
        """Yield two tables: findings by code, and by SNIP type."""
        findings = self.result.findings
        codes = Counter(finding.code for finding in findings)
        known = {finding.code: finding for finding in findings}
        yield f'<h3 id="{self.prefix}codes">What was found</h3>\n<div class="pair">\n'
        yield from table(
            (("", "Code"), ("", "What it says"), ("", "Severity"), ("number", "Findings")),
            (
                f'<tr><th scope="row"><code>{code}</code></th><td>{esc(title_of(code))}</td>'
                f"<td>{badge(known[code].severity, known[code].severity)}</td>"
                f'<td class="number">{count:,}</td></tr>\n'
                for code, count in sorted(codes.items(), key=lambda item: _order(known, item))
            ),
            caption="Findings by code",
        )
        types = Counter(finding.snip for finding in findings)
        yield from table(
            (("", "SNIP type"), ("number", "Findings")),
            (
                f'<tr><th scope="row">{number} {esc(SNIP_TYPES.get(number, ""))}</th>'
                f'<td class="number">{types[number]:,}</td></tr>\n'
                for number in sorted(types)
            ),
            caption="Findings by SNIP type",
        )
        yield "</div>\n"
        if self.result.unlisted:
            yield (
                f"<p><strong>{self.result.unlisted:,} more findings are counted but not listed."
                "</strong> <code>--max-findings</code> sets how many are.</p>\n"
            )

    def _levels(self) -> Iterator[str]:
        """Yield what was accepted: interchanges, groups, and transaction sets."""
        yield "<h3>What was accepted</h3>\n"
        headers = (("", "Level"), ("", "Control number"), ("", "What it is"), ("", "Verdict"))
        yield from table((*headers, ("number", "Errors")), self._level_rows(), caption="Levels")

    def _level_rows(self) -> Iterator[str]:
        left = LISTED_SETS
        anchors: dict[tuple[str | None, str | None, str | None], str] = {}
        for each in self.numbered:
            anchors.setdefault(_key(each), each.anchor)
        for item in self.result.interchanges:
            yield _interchange_row(item)
            for group in item.groups:
                yield _group_row(group)
                few = len(group.transactions) <= FEW_SETS
                wanted = (found for found in group.transactions if few or not found.accepted)
                listed = list(islice(wanted, left))
                left -= len(listed)
                for found in listed:
                    anchor = anchors.get((item.control, group.control, found.control))
                    yield _set_row(found, anchor)
                if rest := len(group.transactions) - len(listed):
                    words = counted(rest, "more transaction set") + " not listed here"
                    yield f'<tr class="level-2"><td colspan="5">{words}</td></tr>\n'

    def _findings(self, excerpts: Excerpts | None) -> Iterator[str]:
        if not self.numbered:
            return
        yield "<h3>Findings</h3>\n"
        if len({each.finding.severity for each in self.numbered}) > 1:
            yield self._filter()
        yield from finding_groups(
            self.numbered, headings(self.result), excerpts, prefix=self.prefix
        )

    def _filter(self) -> str:
        name = f"{self.prefix}show"
        choices = (("all", "all"), ("error", "errors only"), ("warning", "warnings only"))
        inputs = "".join(
            f'<label><input type="radio" name="{name}" class="only-{kind}"'
            f"{' checked' if kind == 'all' else ''}> {words}</label>"
            for kind, words in choices
        )
        return f'<fieldset class="filter"><legend>Show</legend>{inputs}</fieldset>\n'

    def _interchange(self, stream: BinaryIO) -> Iterator[str]:
        whole = self.result.segments <= WHOLE
        at: dict[int, list[Numbered]] = {}
        for each in self.numbered:
            at.setdefault(each.finding.offset, []).append(each)
        if not whole and not at:
            return
        words = "" if whole else " around its findings"
        yield f'<h3 id="{self.prefix}segments">The file{words}, annotated</h3>\n'
        selection = Selection(offsets=sorted(at), limit=SHOWN, whole=whole)
        items = annotate(
            stream,
            selection=selection,
            profile=self.options.profile,
            show_phi=self.options.show_phi,
        )
        yield from segment_table(items, at, prefix=self.prefix)


def _order(known: Mapping[str, Finding], item: tuple[str, int]) -> tuple[int, int, str]:
    """Sort codes by severity, then by how often they were found."""
    return SEVERITIES.index(known[item[0]].severity), -item[1], item[0]


def _key(each: Numbered) -> tuple[str | None, str | None, str | None]:
    finding = each.finding
    return finding.interchange, finding.group, finding.transaction


def _interchange_row(item: InterchangeResult) -> str:
    words = f"{item.sender or '?'} to {item.receiver or '?'}"
    return _level_row(0, "Interchange", esc(item.control), words, item.accepted, item.errors)


def _group_row(item: GroupResult) -> str:
    words = f"{item.functional_id} {item.version}, {counted(len(item.transactions), 'set')}"
    return _level_row(1, "Group", esc(item.control), words, item.accepted, item.errors)


def _set_row(item: TransactionResult, anchor: str | None) -> str:
    control = esc(item.control)
    if anchor:
        control = f'<a href="#{anchor}">{control}</a>'
    words = f"{item.set} {item.kind or ''}, {item.guide or 'no guide here'}"
    return _level_row(2, "Set", control, words, item.accepted, item.errors)


def _level_row(level: int, name: str, control: str, words: str, accepted: bool, errors: int) -> str:
    number = f"{errors:,}" if errors else ""
    return (
        f'<tr class="level-{level}"><th scope="row">{name}</th><td><code>{control}</code></td>'
        f'<td>{esc(words)}</td><td>{_verdict(accepted)}</td><td class="number">{number}</td></tr>\n'
    )


def _size(count: int) -> str:
    for unit, size in (("MB", 1_000_000), ("kB", 1000)):
        if count >= size:
            return f"{count / size:,.1f} {unit}"
    return f"{count} bytes"


def render_shown(path: str, stream: BinaryIO, options: Options) -> Iterator[str]:
    """Yield a page that only shows a file, annotated, without judging it.

    Raises:
        NotX12: the input does not begin with an interchange.
    """
    name = "standard input" if path == "-" else path

    def body() -> Iterator[str]:
        hidden = "" if options.show_phi else "; names, identifiers and birth dates are hidden"
        yield f"<header><h1>{esc(name)}</h1>\n"
        yield f'<p class="soft">As its guide reads it{hidden}.</p></header>\n<main id="content">\n'
        items = annotate(
            stream,
            selection=Selection(limit=20 * SHOWN),
            profile=options.profile,
            show_phi=options.show_phi,
        )
        yield from segment_table(items, {})
        yield "</main>\n"

    yield from page(name, body(), foot=_foot(options))
