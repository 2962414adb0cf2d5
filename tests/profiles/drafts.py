"""The 152 draft rules of the fact files, each as a rule of a profile.

The drafts were written before the language; what had to be written otherwise stands in `REWRITTEN`
with the reason, so that nothing is dropped in silence.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from attrs import frozen

from tests.support import reference_dir

SETS = {"270", "271", "278", "837"}
REWRITTEN: dict[str, tuple[str, dict[str, Any]]] = {
    "office_ally_batch.07": (
        "an expression without anchors is about the whole value",
        {"format": {"@file.name": "(?i).*837[PID].*"}},
    ),
    "office_ally_batch.08": (
        "an expression without anchors is about the whole value",
        {"when": {"@env": "test"}, "then": {"format": {"@file.name": ".*OATEST.*"}}},
    ),
}


@frozen(kw_only=True)
class Draft:
    """One draft: the guide file, the id of its fact, and the rule in the language."""

    family: str
    fact: str
    rule: dict[str, Any]


def drafts() -> Iterator[Draft]:
    """Yield every draft rule."""
    for path in sorted((reference_dir() / "companion_guides").glob("*.json")):
        data = json.loads(path.read_text(encoding="utf-8"))
        for fact in data.get("facts", ()):
            if "rule" in fact:
                yield Draft(family=path.stem, fact=fact["id"], rule=_rule(fact))


def _rule(fact: dict[str, Any]) -> dict[str, Any]:
    body = dict(REWRITTEN.get(fact["id"], ("", fact["rule"]))[1])
    severity = {"warn": "warning"}.get(body.pop("severity", "error"), "error")
    expect = body.pop("expect", None)
    tx = str(fact.get("tx", "*"))
    applies = {"tx": ["278"] if tx in ("278N", "278R") else [tx]} if tx[:3] in SETS else {}
    return {
        "id": re.sub(r"[^a-z0-9.-]", "-", fact["id"]),
        "source": f"{fact.get('doc', 'guide')}: {fact.get('where', '')}",
        "confidence": fact["confidence"],
        "severity": severity,
        **({"applies": applies} if applies else {}),
        **({"expect": expect} if expect else {}),
        **({"note": body.pop("note")} if "note" in body else {}),
        **body,
    }


def profile_file(folder: Path, name: str, rules: list[dict[str, Any]]) -> Path:
    """Write a profile with these rules; return its path."""
    name = name.replace("_", "-").replace(".", "-")
    path = folder / f"{name}.yaml"
    data = {
        "profile": name,
        "title": name,
        "source": {"title": "the fact files", "provenance": "secondary-quoted"},
        "rules": rules,
    }
    path.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path
