"""Findings for people and for programs: compiler-like text, and JSON as published.

Both are written as a stream, one file after the other, so that memory stays flat.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from x12_pa.validation.results import (
    SCHEMA,
    FileResult,
    Finding,
    GroupResult,
    InterchangeResult,
    TransactionResult,
)

_MARK = {"error": "error", "warning": "warning", "info": "info"}


def render_text(result: FileResult) -> Iterator[str]:
    """Yield the lines that a person reads about one file."""
    for finding in result.findings:
        yield from _finding_lines(result.path, finding)
    if result.unlisted:
        yield f"{result.path}: {result.unlisted} more findings are not listed"
    yield summary(result)


def summary(result: FileResult) -> str:
    """Return the last line about a file: what it holds and whether it was accepted."""
    sets = [t for i in result.interchanges for g in i.groups for t in g.transactions]
    good = sum(item.accepted for item in sets)
    verdict = "accepted" if result.accepted else "rejected"
    return (
        f"{result.path}: {verdict}; {len(sets)} transaction sets, {good} of them clean, "
        f"{result.segments} segments, {_count(result.errors, 'error')}, "
        f"{_count(result.warnings, 'warning')}"
    )


def _count(number: int, word: str) -> str:
    return f"{number} {word}" + ("" if number == 1 else "s")


def _finding_lines(path: str, finding: Finding) -> Iterator[str]:
    where = f"{path}:{finding.line}" if finding.line else path
    yield f"{_MARK[finding.severity]}[{finding.code}]: {finding.message}"
    parts = [part for part in (finding.loop, finding.segment) if part]
    detail = "/".join(parts)
    if finding.element and finding.element != finding.segment:
        detail = "/".join([*parts[:-1], _reference(finding)])
    number = f", segment {finding.segment_number}" if finding.segment_number else ""
    envelope = f", set {finding.transaction}" if finding.transaction else ""
    yield f"  --> {where}{': ' + detail if detail else ''}{envelope}{number}"
    if finding.text:
        yield f"   | {finding.text}"
        if underline := _underline(finding):
            yield f"   | {underline}"
    if finding.source.startswith("profile:"):
        yield f"   = asked for by {finding.source.removeprefix('profile:')}"


def _reference(finding: Finding) -> str:
    text = finding.element or ""
    if finding.component:
        text += f"-{finding.component}"
    return text + (f" repetition {finding.repetition}" if finding.repetition else "")


def _underline(finding: Finding) -> str:
    """Return carets under the element of a finding in the segment that is shown."""
    number = (finding.element or "")[-2:]
    text = finding.text
    if not number.isdigit() or not finding.segment:
        return ""
    separator = text[len(finding.segment) : len(finding.segment) + 1]
    parts = text.split(separator) if separator else []
    at = int(number)
    if not parts or at >= len(parts):
        return " " * len(text) + "^ missing" if parts else ""
    start = sum(len(part) + 1 for part in parts[:at])
    return " " * start + "^" * max(len(parts[at]), 1)


def render_json(results: Iterable[FileResult], *, summary_only: bool = False) -> Iterator[str]:
    """Yield the pieces of the one JSON document about all files.

    Args:
        summary_only: leave accepted transaction sets out.
    """
    yield f'{{"schema": "{SCHEMA}", "files": ['
    for number, result in enumerate(results):
        yield ",\n" if number else "\n"
        yield from _file(result, summary_only)
    yield "\n]}\n"


def _file(result: FileResult, summary_only: bool) -> Iterator[str]:
    head = {"path": result.path, "bytes": result.bytes, "segments": result.segments}
    head["accepted"] = result.accepted
    yield json.dumps(head)[:-1] + ', "interchanges": ['
    for number, item in enumerate(result.interchanges):
        yield (",\n  " if number else "\n  ") + json.dumps(_interchange(item, summary_only))
    yield '], "findings": ['
    for number, finding in enumerate(result.findings):
        yield (",\n  " if number else "\n  ") + json.dumps(finding_json(finding))
    tail = {"errors": result.errors, "warnings": result.warnings, "unlisted": result.unlisted}
    yield "], " + json.dumps(tail)[1:]


def _interchange(item: InterchangeResult, summary_only: bool) -> dict[str, Any]:
    return {
        "control": item.control,
        "sender": item.sender,
        "receiver": item.receiver,
        "usage": item.usage,
        "accepted": item.accepted,
        "groups": [_group(group, summary_only) for group in item.groups],
    }


def _group(item: GroupResult, summary_only: bool) -> dict[str, Any]:
    sets = [t for t in item.transactions if not (summary_only and t.accepted)]
    return {
        "control": item.control,
        "functional_id": item.functional_id,
        "version": item.version,
        "accepted": item.accepted,
        "transactions": [_transaction(found) for found in sets],
    }


def _transaction(item: TransactionResult) -> dict[str, Any]:
    return {
        "set": item.set,
        "guide": item.guide,
        "kind": item.kind,
        "control": item.control,
        "segments": item.segments,
        "accepted": item.accepted,
        "errors": item.errors,
    }


def finding_json(finding: Finding) -> dict[str, Any]:
    """Return a finding in its published JSON shape."""
    ack = finding.ack
    codes = {} if ack is None else {"ik304": ack.ik304, "ik403": ack.ik403}
    return {
        "code": finding.code,
        "severity": finding.severity,
        "snip": finding.snip,
        "source": finding.source,
        "interchange": finding.interchange,
        "group": finding.group,
        "transaction": finding.transaction,
        "segment": finding.segment,
        "segment_number": finding.segment_number,
        "line": finding.line,
        "loop": finding.loop.rpartition("/")[2] if finding.loop else None,
        "element": finding.element,
        "component": finding.component,
        "repetition": finding.repetition,
        "value": finding.value,
        "message": finding.message,
        "ack": {key: value for key, value in codes.items() if value} or None,
    }
