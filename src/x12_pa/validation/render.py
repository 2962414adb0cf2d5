"""Findings for programs, as the JSON that is published, and for people, as plain text.

JSON is written as a stream, one file after the other, so that memory stays flat.
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
    RuleRef,
    TransactionResult,
)
from x12_pa.validation.text import summary, text_report

__all__ = ["finding_json", "render_json", "render_text", "summary"]


def render_text(result: FileResult) -> Iterator[str]:
    """Yield the lines that a person reads about one file, as plain text."""
    return map(str, text_report(result))


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
        "rule": _rule(finding.rule),
    }


def _rule(rule: RuleRef | None) -> dict[str, Any] | None:
    if rule is None:
        return None
    return {"id": rule.id, "source": rule.source or None, "expect": dict(rule.expect) or None}
