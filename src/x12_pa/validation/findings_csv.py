"""Findings for a spreadsheet: one row each, the columns of the published JSON.

A spreadsheet runs a cell that begins with `=`, `+`, `-` or `@` as a formula, and values come out of
files that somebody else wrote: such a cell gets an apostrophe in front, which spreadsheets do not
show. Line breaks and other control characters are written out.
"""

import csv
from collections.abc import Iterable, Iterator
from io import StringIO

from x12_pa.guides.tightening import expected_answer
from x12_pa.validation.render import finding_json
from x12_pa.validation.results import FileResult, Finding

COLUMNS = (
    "path",
    "code",
    "severity",
    "snip",
    "source",
    "interchange",
    "group",
    "transaction",
    "segment",
    "segment_number",
    "line",
    "loop",
    "element",
    "component",
    "repetition",
    "value",
    "message",
    "ik304",
    "ik403",
    "rule",
    "rule_source",
    "rule_expect",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
_VISIBLE = {number: f"\\x{number:02x}" for number in (*range(32), *range(127, 160))}


def render_csv(results: Iterable[FileResult]) -> Iterator[str]:
    """Yield the lines of one CSV document about all files, the first naming the columns.

    Findings that are counted but not listed are not in it.
    """
    yield _line(COLUMNS)
    for result in results:
        for finding in result.findings:
            yield _line(map(cell, _row(result.path, finding)))


def _row(path: str, finding: Finding) -> Iterator[object]:
    fields = finding_json(finding)
    fields |= {"path": path, **(fields["ack"] or {}), "rule": None}
    if (rule := finding.rule) is not None:
        answer = expected_answer(rule.expect)
        fields |= {"rule": rule.id, "rule_source": rule.source, "rule_expect": answer}
    return (fields.get(name) for name in COLUMNS)


def cell(value: object) -> str:
    """Return a value as text that no spreadsheet takes for a formula.

    >>> cell("=1+1"), cell(None), cell(12)
    ("'=1+1", '', '12')
    """
    if value is None:
        return ""
    if isinstance(value, int):
        return str(value)
    text = str(value)
    guard = "'" if text.lstrip(" ").startswith(_FORMULA) else ""
    return guard + text.translate(_VISIBLE)


def _line(cells: Iterable[str]) -> str:
    buffer = StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow(cells)
    return buffer.getvalue()
