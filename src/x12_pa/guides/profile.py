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
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from attrs import evolve, field, frozen

from x12_pa.errors import ConfigError
from x12_pa.guides.yaml_lines import Lines, read_lines
from x12_pa.resources import data_dir

KINDS = {
    "out": ("request", "inquiry", "claim", "notification"),
    "in": ("response", "acknowledgment"),
}
CONTEXT_KEYS = {"mode": "@mode", "env": "@env", "lob": "$ctx.lob", "channel": "@channel"}
_ABOUT = frozenset(
    {"id", "applies", "each", "severity", "source", "confidence", "provenance"}
    | {"effective", "message", "expect", "widen", "note"}
)


@frozen(kw_only=True)
class Rule:
    """One rule of a profile.

    Attributes:
        body: operators and their arguments, perhaps under `when`, `then` and `else`.
        transactions: ST01 values it applies to; empty is all.
        versions: GS08 values; empty is all.
        kinds: guide kinds it applies to (`request` …); empty is all.
        context: what must be known and equal for it to apply: name -> values.
        each: loop to judge it in.
        severity: `error`, `warning` or `info`.
        source: document and section; `confidence` how sure we are that it says so.
        expect: what the partner answers to a breach.
        layer: id of the profile it was written in; `where` file and line.
    """

    id: str
    body: Mapping[str, Any] = field(hash=False)
    transactions: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    context: Mapping[str, tuple[str, ...]] = field(factory=dict, hash=False)
    each: str | None = None
    severity: str = "error"
    source: str = ""
    confidence: str = "high"
    provenance: str = ""
    starts: date | None = None
    ends: date | None = None
    message: str = ""
    expect: Mapping[str, Any] = field(factory=dict, hash=False)
    widen: bool = False
    note: str = ""
    layer: str = ""
    where: str = ""

    @property
    def operators(self) -> tuple[str, ...]:
        """The operators of its body, in the order they are written."""
        body = self.body.get("then", self.body) if "when" in self.body else self.body
        return tuple(name for name in body if name not in ("when", "then", "else"))

    @property
    def operator(self) -> str:
        """Its first operator."""
        return next(iter(self.operators), "")

    def speaks_of(self, set_id: str, kind: str, guide: str = "") -> bool:
        """Tell whether it applies to a transaction set of this kind."""
        if self.transactions and set_id not in self.transactions:
            return False
        if self.versions and guide and guide not in self.versions:
            return False
        return not self.kinds or kind in self.kinds

    def holds_on(self, day: date | None) -> bool:
        """Tell whether it is in force on a day; without a day it is."""
        if day is None:
            return True
        return (self.starts is None or self.starts <= day) and (
            self.ends is None or day <= self.ends
        )

    def fits(self, known: Mapping[str, Any]) -> bool | None:
        """Tell whether the context is the one it is for; None when that is not known."""
        undecided = False
        for name, values in self.context.items():
            if name not in known:
                undecided = True
            elif str(known[name]) not in values:
                return False
        return None if undecided else True


@frozen(kw_only=True, eq=False)
class Profile:
    """A companion guide as loaded, with the layers below it.

    Attributes:
        layers: ids of the layers, the lowest first, itself last.
        source: the document it follows: title, version, date, provenance, confidence.
        envelope: required values of ISA and GS elements by reference, for what is sent.
        choose: values of the envelope that depend on context: reference -> by, map.
        delimiters: separators that the partner asks for.
        rules: those of all layers, the lowest first, without the disabled ones.
        digest: hash of all files it consists of, part of the key of compiled guides.
    """

    id: str
    title: str = ""
    kind: str = "payer"
    layers: tuple[str, ...] = ()
    transactions: tuple[str, ...] = ()
    source: Mapping[str, Any] = field(factory=dict)
    sources: Mapping[str, Any] = field(factory=dict)
    envelope: Mapping[str, str] = field(factory=dict)
    choose: Mapping[str, Any] = field(factory=dict)
    delimiters: Mapping[str, Any] = field(factory=dict)
    rules: tuple[Rule, ...] = ()
    disabled: Mapping[str, str] = field(factory=dict)
    mailbox: Mapping[str, Any] = field(factory=dict)
    acks: Mapping[str, Any] = field(factory=dict)
    timing: Mapping[str, Any] = field(factory=dict)
    facts: tuple[Mapping[str, Any], ...] = ()
    services: Mapping[str, Any] = field(factory=dict)
    claims: Mapping[str, Any] = field(factory=dict)
    simulator: Mapping[str, Any] = field(factory=dict)
    digest: str = ""
    path: Path | None = None

    def rule(self, rule_id: str) -> Rule | None:
        """Return the rule of that id, or None."""
        return next((rule for rule in self.rules if rule.id == rule_id), None)

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
    _check_form(lines)
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
    envelope = data.get("envelope") or {}
    rules = tuple(_rule(data, number, lines) for number in range(len(data.get("rules") or [])))
    _refuse_twins(rules)
    plain = {key: str(value) for key, value in envelope.items() if key[:2] in ("IS", "GS")}
    sections = ("mailbox", "acks", "timing", "services", "claims", "simulator", "sources")
    return Profile(
        id=data["profile"],
        title=data["title"],
        kind=data.get("kind", "payer"),
        layers=(data["profile"],),
        transactions=tuple(map(str, data.get("transactions", ()))),
        source=data["source"],
        envelope=plain,
        choose=envelope.get("choose") or {},
        delimiters=envelope.get("delimiters") or {},
        rules=rules,
        disabled={item["id"]: item["source"] for item in data.get("disable", ())},
        facts=tuple(data.get("facts") or ()),
        digest=hashlib.sha256(json.dumps(data, sort_keys=True, default=str).encode()).hexdigest(),
        path=path,
        **{name: data.get(name) or {} for name in sections},
    )


def _refuse_twins(rules: Sequence[Rule]) -> None:
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            raise ConfigError(f"{rule.where}: the rule id '{rule.id}' stands twice.")
        seen.add(rule.id)


def _joined(below: Sequence[Profile], own: Profile) -> Profile:
    """Lay a profile over the layers below it; what the upper one says replaces and adds."""
    result = own
    for layer in reversed(below):
        known = {rule.id for rule in result.rules}
        kept = tuple(r for r in layer.rules if r.id not in result.disabled and r.id not in known)
        result = evolve(
            result,
            layers=(*layer.layers, *result.layers),
            envelope={**layer.envelope, **result.envelope},
            choose={**layer.choose, **result.choose},
            delimiters={**layer.delimiters, **result.delimiters},
            rules=(*kept, *result.rules),
            mailbox={**layer.mailbox, **result.mailbox},
            acks={**layer.acks, **result.acks},
            timing={**layer.timing, **result.timing},
            services={**layer.services, **result.services},
            claims={**layer.claims, **result.claims},
            sources={**layer.sources, **result.sources},
            facts=(*layer.facts, *result.facts),
            digest=hashlib.sha256((layer.digest + result.digest).encode()).hexdigest(),
        )
    return result


def _rule(data: Mapping[str, Any], number: int, lines: Lines) -> Rule:
    item = data["rules"][number]
    applies = item.get("applies") or {}
    body = {key: value for key, value in item.items() if key not in _ABOUT}
    where = lines.where(["rules", number])
    if not body:
        raise ConfigError(f"{where}: rule '{item['id']}' has no operator.")
    effective = item.get("effective") or {}
    try:
        starts, ends = (
            date.fromisoformat(str(effective[key])) if key in effective else None
            for key in ("from", "to")
        )
    except ValueError:
        raise ConfigError(f"{where}: effective dates are written as 2026-01-31.") from None
    return Rule(
        id=str(item["id"]),
        body=body,
        transactions=_texts(applies.get("tx")),
        versions=_texts(applies.get("version")),
        kinds=KINDS.get(applies.get("direction", ""), ()),
        context={
            name: _texts(applies[key]) for key, name in CONTEXT_KEYS.items() if key in applies
        },
        each=item.get("each"),
        severity=item.get("severity", "error"),
        source=str(item["source"]),
        confidence=item.get("confidence", "high"),
        provenance=item.get("provenance", ""),
        starts=starts,
        ends=ends,
        message=item.get("message", ""),
        expect=item.get("expect") or {},
        widen=bool(item.get("widen")),
        note=item.get("note", ""),
        layer=data["profile"],
        where=where,
    )


def _texts(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(map(str, value)) if isinstance(value, list) else (str(value),)


def _check_form(lines: Lines) -> None:
    """Check a file against the published schema; every error with its line, the first raised."""
    errors = sorted(_validator().iter_errors(lines.data), key=lambda e: lines.line(list(e.path)))
    if errors:
        text = "\n".join(_error_line(error, lines) for error in errors[:20])
        raise ConfigError(text)


def _error_line(error: Any, lines: Lines) -> str:
    here = list(error.absolute_path)
    place = "/".join(map(str, here)) or "the profile"
    return f"{lines.where(here)}: {place}: {_reason(error)}"


def _reason(error: Any) -> str:
    """Return what a schema error means, as a sentence without the whole value."""
    if error.validator == "required":
        return f"'{error.message.split(chr(39))[1]}' is missing."
    if error.validator in ("additionalProperties", "unevaluatedProperties"):
        names = ", ".join(_unknown(error)) or "a key"
        return f"{names} is not known here."
    if error.validator == "enum":
        return f"one of {', '.join(map(str, error.validator_value))} was expected."
    if error.validator == "type":
        return f"{error.validator_value} was expected."
    if error.validator == "pattern":
        return f"the form {error.validator_value} was expected."
    return "it does not have the form that the schema asks for (x12-pa schema profile)."


def _unknown(error: Any) -> Iterator[str]:
    parts = error.message.split("'")
    yield from (part for number, part in enumerate(parts) if number % 2)


@cache
def _validator() -> Any:
    from jsonschema import Draft202012Validator

    path = data_dir("companion_guides") / "profile.schema.json"
    return Draft202012Validator(json.loads(path.read_text(encoding="utf-8")))
