"""Companion guides as data: load a profile, check its form, and lay it over the layers below.

A profile is a YAML file: what a payer, a clearinghouse or a set of operating rules asks beyond the
implementation guide. Layers are named by `extends`, from the operating rules to the trading
partner; a rule of a lower layer holds for the upper ones. A later layer may only tighten: 45 CFR
162.915 forbids partners to change what a standard defines, so a rule that allows more than the
layers below is refused when the guide is compiled, unless it is marked `widen`.

What a rule *does* is decided in `narrowing`; here it is read.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import evolve, field, frozen

from x12_pa.errors import ConfigError
from x12_pa.guides.profile_envelope import Asked, join_envelopes, read_envelope
from x12_pa.guides.profile_form import check_form
from x12_pa.guides.profile_rules import (
    KINDS,
    PROVENANCES,
    UNKNOWN,
    Rule,
    read_rule,
    with_confidence,
)
from x12_pa.guides.yaml_lines import Lines, read_lines
from x12_pa.resources import data_dir

__all__ = [
    "KINDS",
    "PROVENANCES",
    "STALE_AFTER_DAYS",
    "UNKNOWN",
    "Profile",
    "Rule",
    "load_profile",
    "profile_ids",
]
_SECTIONS = ("mailbox", "acks", "timing", "services", "claims", "sources")
STALE_AFTER_DAYS = 365
"""Days after which somebody should compare what a profile says with its source again."""


@frozen(kw_only=True, eq=False)
class Profile:
    """A companion guide as loaded, with the layers below it.

    Attributes:
        layers: ids of the layers, the lowest first, itself last.
        source: the document it follows: title, version, date, provenance, confidence.
        asked: what ISA, GS and separators of what is sent must say, each with who says so.
        rules: those of all layers, the lowest first, without the disabled ones.
        replaced: rules of lower layers that have a rule of the same id above them.
        origins: the files of the sections' keys (`services`, key), for errors.
        digest: hash of all files it consists of, part of the key of compiled guides.
    """

    id: str
    title: str = ""
    kind: str = "payer"
    layers: tuple[str, ...] = ()
    transactions: tuple[str, ...] = ()
    source: Mapping[str, Any] = field(factory=dict)
    sources: Mapping[str, Any] = field(factory=dict)
    asked: Mapping[str, Asked] = field(factory=dict)
    rules: tuple[Rule, ...] = ()
    replaced: tuple[Rule, ...] = ()
    disabled: Mapping[str, str] = field(factory=dict)
    mailbox: Mapping[str, Any] = field(factory=dict)
    acks: Mapping[str, Any] = field(factory=dict)
    timing: Mapping[str, Any] = field(factory=dict)
    facts: tuple[Mapping[str, Any], ...] = ()
    services: Mapping[str, Any] = field(factory=dict)
    claims: Mapping[str, Any] = field(factory=dict)
    simulator: Mapping[str, Any] = field(factory=dict)
    origins: Mapping[tuple[str, str], Lines] = field(factory=dict, repr=False)
    digest: str = ""
    path: Path | None = None

    @property
    def envelope(self) -> dict[str, str]:
        """Required values of ISA and GS elements by reference, for what is sent."""
        return self._asked("value")

    @property
    def choose(self) -> dict[str, Any]:
        """Values of the envelope that depend on context: reference -> by, map."""
        return self._asked("choose")

    @property
    def delimiters(self) -> dict[str, Any]:
        """Separators that the partner asks for."""
        return self._asked("delimiters")

    def _asked(self, kind: str) -> dict[str, Any]:
        return {name: item.value for name, item in self.asked.items() if item.kind == kind}

    def rule(self, rule_id: str) -> Rule | None:
        """Return the rule of that id, or None."""
        return next((rule for rule in self.rules if rule.id == rule_id), None)

    def document(self, source: str, *, with_date: bool = False) -> str:
        """Return where something is written, the short names of documents written out.

        Args:
            source: `guide: section 7` or several of these with semicolons.
            with_date: say the day of the document, and how it was read, as well.
        """
        return "; ".join(self._part(part.strip(), with_date) for part in source.split(";"))

    def _part(self, source: str, with_date: bool) -> str:
        name, colon, section = source.partition(":")
        document = self.sources.get(name)
        if document is None:
            return source
        about = [str(document[key]) for key in ("date", "provenance") if key in document]
        dated = f" ({', '.join(about)})" if with_date and about else ""
        return f"{document['title']}{dated}" + f",{section}" * bool(colon)

    @property
    def caution(self) -> str:
        """Say how far the profile is from the payer's own text; "" when it is close."""
        provenance = self.source.get("provenance", "")
        if provenance in ("", "primary", "own"):
            return ""
        when = f" of {self.source['date']}" if self.source.get("date") else ""
        words = {
            "primary-excerpt": "only an excerpt of the guide was read",
            "secondary-quoted": "the guide was read only as others quote it",
            "observed": "it was seen in other people's files, not in a guide",
            "inferred": "it was inferred, not read",
            UNKNOWN: "nobody has said how near to the payer's own guide it is",
        }[provenance]
        return f"{self.title}{when}: {words}; check it with the payer before relying on it"


def load_profile(name: str | Path) -> Profile:
    """Load a profile by id (a file in `companion_guides/`) or by path, with its layers.

    Raises:
        ConfigError: no such profile, or a file breaks the language; names file and line.
    """
    return _load(Path(name) if isinstance(name, Path) or _is_path(name) else _shipped(name), ())


def profile_ids() -> list[str]:
    """Return the ids of the shipped profiles."""
    return sorted(path.stem for path in data_dir("companion_guides").glob("*.yaml"))


def _is_path(name: str) -> bool:
    return name.endswith((".yaml", ".yml")) or "/" in name


def _shipped(name: str) -> Path:
    path = data_dir("companion_guides") / f"{name}.yaml"
    if not path.is_file():
        known = ", ".join(profile_ids())
        raise ConfigError(
            f"There is no profile '{name}'. Shipped profiles: {known}. A profile of your own is "
            "named by the path of its .yaml file."
        )
    return path


def _load(path: Path, above: tuple[str, ...]) -> Profile:
    """Load a file and the layers that it extends; a layer beside the file comes first."""
    lines = read_lines(path)
    check_form(lines)
    data = lines.data
    if data["profile"] in above:
        raise ConfigError(f"{lines.where(['extends'])}: '{data['profile']}' extends itself.")
    chain = (*above, data["profile"])
    below = [_load(_layer(path, name), chain) for name in data.get("extends", [])]
    return _joined(below, _read(data, lines, path))


def _layer(path: Path, name: str) -> Path:
    beside = path.parent / f"{name}.yaml"
    return beside if beside.is_file() else _shipped(name)


def _read(data: Mapping[str, Any], lines: Lines, path: Path) -> Profile:
    """Return one layer for itself."""
    for section, what in (("rules", "rule"), ("facts", "fact"), ("disable", "disabled rule")):
        _refuse_twins(data.get(section) or (), section, what, lines)
    rules = tuple(read_rule(data, number, lines) for number in range(len(data.get("rules") or [])))
    sections: dict[str, Any] = {name: data.get(name) or {} for name in _SECTIONS}
    sections["services"] = {
        key: with_confidence(item, data) if isinstance(item, Mapping) and "needed" in item else item
        for key, item in sections["services"].items()
    }
    return Profile(
        id=data["profile"],
        title=data["title"],
        kind=data.get("kind", "payer"),
        layers=(data["profile"],),
        transactions=tuple(map(str, data.get("transactions", ()))),
        source=data["source"],
        asked=read_envelope(data, lines),
        rules=rules,
        disabled={item["id"]: item["source"] for item in data.get("disable", ())},
        facts=tuple(
            with_confidence(item, data) | {"layer": data["profile"]}
            for item in data.get("facts") or ()
        ),
        origins={(name, key): lines for name in _SECTIONS for key in data.get(name) or ()},
        digest=hashlib.sha256(json.dumps(data, sort_keys=True, default=str).encode()).hexdigest(),
        path=path,
        simulator=data.get("simulator") or {},
        **sections,
    )


def _refuse_twins(items: Sequence[Any], section: str, what: str, lines: Lines) -> None:
    seen: dict[str, int] = {}
    for number, item in enumerate(items):
        name = str(item.get("id", ""))
        if name in seen:
            first = lines.line([section, seen[name]])
            raise ConfigError(
                f"{lines.where([section, number])}: the {what} '{name}' stands twice, first in "
                f"line {first}; an id of its own was expected."
            )
        if name:
            seen[name] = number


def _joined(below: Sequence[Profile], own: Profile) -> Profile:
    """Lay a profile over the layers below it; what the upper one says replaces and adds."""
    result = own
    for layer in reversed(below):
        if layer.id in result.layers:
            continue
        ids = {rule.id for rule in layer.rules}
        over = [r for r in result.rules if r.layer not in layer.layers or r.id not in ids]
        known = {rule.id for rule in over}
        left = [rule for rule in layer.rules if rule.id not in result.disabled]
        replaced = [*layer.replaced, *(rule for rule in left if rule.id in known)]
        new = [name for name in layer.layers if name not in result.layers]
        sections: dict[str, Any] = {
            name: {**getattr(layer, name), **getattr(result, name)}
            for name in (*_SECTIONS, "origins")
        }
        result = evolve(
            result,
            layers=(*new, *result.layers),
            asked=join_envelopes(layer.asked, result.asked),
            rules=(*(rule for rule in left if rule.id not in known), *over),
            replaced=(*_of_layers(replaced, new), *result.replaced),
            facts=(*(item for item in layer.facts if item not in result.facts), *result.facts),
            digest=hashlib.sha256((layer.digest + result.digest).encode()).hexdigest(),
            **sections,
        )
    return result


def _of_layers(rules: Iterable[Rule], layers: Sequence[str]) -> Iterator[Rule]:
    """Leave out rules of layers that lie below two others: those are here already."""
    return (rule for rule in rules if rule.layer in layers)
