"""Companion guides: a payer's narrowing of an implementation guide, as data.

A profile is a YAML file. Its static rules (`values`, `require`, `forbid`, `length`, `format`) are
compiled into a copy of the guide, so that they cost nothing at run time: the narrowed guide is
checked exactly like the plain one, and each narrowed use remembers its rule and the use it was
before, so that a finding can say whether the guide or the payer objects.

A profile may only tighten. 45 CFR 162.915 forbids trading partners to change a standard's
definitions or to use what it leaves out, so a rule that would widen the guide is refused on load.
"""

import hashlib
import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from attrs import evolve, field, frozen

from x12_pa.errors import ConfigError
from x12_pa.guides.index import base_guide, map_path
from x12_pa.guides.load import load_map
from x12_pa.guides.model import ElementUse, Guide, LoopUse, SegmentUse, link
from x12_pa.resources import data_dir

OPERATORS = ("values", "require", "forbid", "length", "format")
_DIRECTIONS = {"out": ("request", "inquiry", "claim"), "in": ("response",)}
_PATH = re.compile(
    r"(?:(?P<loop>[0-9]{4}[A-Z]*|[A-Z][A-Z0-9]{1,2}(?=/))/?)?"
    r"(?:(?P<segment>[A-Z][A-Z0-9]{1,2}?)(?:\[01=(?P<qualifier>[A-Z0-9]+)\])?"
    r"/?(?P<element>\d\d)?(?:-(?P<component>\d{1,2}))?)?"
)


@frozen(kw_only=True)
class Rule:
    """One rule of a profile.

    Attributes:
        operator: one of `OPERATORS`.
        body: what it applies to: a path, a list of paths, or a mapping of path to argument.
        transactions: ST01 values it applies to; empty is all.
        kinds: guide kinds it applies to (`request` …); empty is all.
        message: what a person is told, in the payer's terms.
    """

    id: str
    operator: str
    body: Any = field(hash=False)
    transactions: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    source: str = ""
    message: str = ""


@frozen(kw_only=True, eq=False)
class Profile:
    """A companion guide as loaded.

    Attributes:
        envelope: required values of ISA and GS elements by reference, for what is sent.
        digest: hash of the file, part of the key under which compiled guides are kept.
        mailbox: facts about the partner's mailbox; read by the exchange.
        simulator: personality of the simulated payer, if the profile has one.
    """

    id: str
    title: str = ""
    source: dict[str, Any] = field(factory=dict)
    envelope: dict[str, str] = field(factory=dict)
    rules: tuple[Rule, ...] = ()
    mailbox: dict[str, Any] = field(factory=dict)
    simulator: dict[str, Any] = field(factory=dict)
    claims: dict[str, Any] = field(factory=dict)
    digest: str = ""
    path: Path | None = None


def load_profile(name: str | Path) -> Profile:
    """Load a profile by id (a file in `companion_guides/`) or by path.

    Raises:
        ConfigError: no such profile, or the file breaks the language; names file and rule.
    """
    path = Path(name)
    if path.suffix not in (".yaml", ".yml"):
        path = data_dir("companion_guides") / f"{name}.yaml"
    try:
        text = path.read_text(encoding="utf-8")
    except OSError:
        known = ", ".join(sorted(p.stem for p in data_dir("companion_guides").glob("*.yaml")))
        raise ConfigError(
            f"There is no profile '{name}'. Shipped profiles: {known}. A profile of your own is "
            "named by the path of its .yaml file."
        ) from None
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as problem:
        raise ConfigError(f"{path.name} is not YAML: {problem}") from None
    return _profile(data, path, hashlib.sha256(text.encode()).hexdigest())


def _profile(data: Any, path: Path, digest: str) -> Profile:
    if not isinstance(data, dict) or not isinstance(data.get("profile"), str):
        raise ConfigError(f"{path.name}: a profile begins with 'profile: <id>'.")
    known = {"profile", "title", "source", "envelope", "rules", "mailbox", "simulator", "claims"}
    if unknown := sorted(set(data) - known - {"services"}):
        raise ConfigError(f"{path.name}: unknown key '{unknown[0]}'; known: {sorted(known)}.")
    envelope = {str(key): str(value) for key, value in (data.get("envelope") or {}).items()}
    return Profile(
        id=data["profile"],
        title=data.get("title", ""),
        source=data.get("source") or {},
        envelope=envelope,
        rules=tuple(_rule(item, path) for item in data.get("rules") or []),
        mailbox=data.get("mailbox") or {},
        simulator=data.get("simulator") or {},
        claims=data.get("claims") or {},
        digest=digest,
        path=path,
    )


def _rule(data: Any, path: Path) -> Rule:
    if not isinstance(data, dict) or "id" not in data:
        raise ConfigError(f"{path.name}: every rule needs an 'id'.")
    found = [name for name in OPERATORS if name in data]
    if len(found) != 1:
        raise ConfigError(
            f"{path.name}, rule {data['id']}: exactly one of {', '.join(OPERATORS)} is needed."
        )
    applies = data.get("applies") or {}
    tx = applies.get("tx", [])
    return Rule(
        id=str(data["id"]),
        operator=found[0],
        body=data[found[0]],
        transactions=tuple(map(str, tx if isinstance(tx, list) else [tx])),
        kinds=_DIRECTIONS.get(applies.get("direction", ""), ()),
        source=str(data.get("source", "")),
        message=str(data.get("message", "")),
    )


def load_guide(key: str, profile: Profile | None = None) -> Guide:
    """Return the guide of that key, narrowed by a profile if one is given; made once.

    Raises:
        ConfigError: no such guide, or a rule of the profile does not fit it.
    """
    return base_guide(key) if profile is None else _narrowed(key, _Keyed(profile))


class _Keyed:
    """A profile as a cache key: the same file content is the same profile."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile

    def __hash__(self) -> int:
        return hash((self.profile.id, self.profile.digest))

    def __eq__(self, other: object) -> bool:
        mine = (self.profile.id, self.profile.digest)
        return isinstance(other, _Keyed) and mine == (other.profile.id, other.profile.digest)


@cache
def _narrowed(key: str, keyed: _Keyed) -> Guide:
    profile, guide = keyed.profile, load_map(map_path(key))
    for rule in profile.rules:
        if rule.transactions and guide.set not in rule.transactions:
            continue
        if rule.kinds and guide.kind not in rule.kinds:
            continue
        _apply(guide, rule, profile)
    link(guide.root)
    guide.profile = profile.id
    return guide


def _apply(guide: Guide, rule: Rule, profile: Profile) -> None:
    body = rule.body
    pairs = (
        body.items()
        if isinstance(body, dict)
        else [(item, None) for item in (body if isinstance(body, list) else [body])]
    )
    for path, argument in pairs:
        targets = _targets(guide, str(path))
        if not targets:
            raise ConfigError(
                f"Profile {profile.id}, rule {rule.id}: {guide.key} has nothing at '{path}'."
            )
        for owner, use in targets:
            _narrow(owner, use, rule, argument, profile)


Target = tuple[SegmentUse | None, "SegmentUse | LoopUse | ElementUse"]


def _targets(guide: Guide, path: str) -> list[Target]:
    """Return what a path names: loops, segment uses, or elements with their segment use."""
    match = _PATH.fullmatch(path)
    if match is None:
        return []
    loop, segment_id = match["loop"], match["segment"]
    if not segment_id:
        return [(None, item) for item in guide.loops(loop or "")]
    uses = guide.find(f"{loop}/{segment_id}" if loop else segment_id)
    if match["qualifier"]:
        uses = [use for use in uses if match["qualifier"] in (use.qualifier or (0, 0, ()))[2]]
    if not match["element"]:
        return [(None, use) for use in uses]
    found: list[Target] = []
    for use in uses:
        number = int(match["element"])
        if number <= len(use.elements):
            element = use.elements[number - 1]
            if match["component"]:
                element = element.components[int(match["component"]) - 1]
            found.append((use, element))
    return found


def _narrow(
    owner: SegmentUse | None,
    use: SegmentUse | LoopUse | ElementUse,
    rule: Rule,
    argument: Any,
    profile: Profile,
) -> None:
    source = f"profile:{profile.id}"
    if not isinstance(use, ElementUse):
        if rule.operator not in ("require", "forbid"):
            raise ConfigError(f"Profile {profile.id}, rule {rule.id}: name an element.")
        if use.usage == "R" and rule.operator == "forbid":
            raise ConfigError(
                f"Profile {profile.id}, rule {rule.id}: the guide requires {use.id}; a companion "
                "guide may only tighten (45 CFR 162.915)."
            )
        if use.usage == "R":
            return
        use.usage = "R" if rule.operator == "require" else "N"
        targets = [use, use.trigger] if isinstance(use, LoopUse) and use.usage == "N" else [use]
        for target in targets:
            target.usage, target.source, target.notes = use.usage, source, _notes(rule)
        return
    assert owner is not None
    notes = use.notes | _notes(rule)
    changed = evolve(_changed(use, rule, argument, profile), source=source, notes=notes, base=use)
    owner.elements = tuple(_replace(item, use, changed) for item in owner.elements)


def _notes(rule: Rule) -> dict[str, str]:
    return {"rule": rule.id, "rule_source": rule.source, "rule_text": rule.message}


def _changed(use: ElementUse, rule: Rule, argument: Any, profile: Profile) -> ElementUse:
    """Return `use` as the rule narrows it; refuse a rule that would widen it."""

    def refuse(why: str) -> ConfigError:
        return ConfigError(
            f"Profile {profile.id}, rule {rule.id}, {use.ref}: {why}; a companion guide may only "
            "tighten (45 CFR 162.915)."
        )

    if rule.operator == "require":
        return evolve(use, usage="R")
    if rule.operator == "forbid":
        if use.usage == "R":
            raise refuse("the guide requires it")
        return evolve(use, usage="N")
    if use.usage == "N":
        raise refuse("the guide does not use it")
    if rule.operator == "values":
        values = tuple(map(str, argument))
        if use.codes and (extra := set(values) - set(use.codes)):
            raise refuse(f"the guide does not allow {', '.join(sorted(extra))}")
        return evolve(use, codes=values)
    if rule.operator == "length":
        low, high = int(argument.get("min", use.min)), int(argument.get("max", use.max))
        if low < use.min or high > use.max:
            raise refuse(f"the guide's length is {use.min} to {use.max}")
        return evolve(use, min=low, max=high)
    return evolve(use, pattern=safe_pattern(str(argument), rule, profile))


def safe_pattern(text: str, rule: Rule, profile: Profile) -> str:
    """Return a profile's regular expression, refused if it could take for ever.

    Raises:
        ConfigError: it does not compile, is long, or repeats a group that itself repeats.
    """
    text = text.removeprefix("^").removesuffix("$")
    if len(text) > 200 or re.search(r"[*+}]\)[*+{]|\\[1-9]|\(\?P?[=!<]", text):
        raise ConfigError(
            f"Profile {profile.id}, rule {rule.id}: the expression is too long or repeats what "
            "already repeats; write it without nested repetition, look-arounds and references."
        )
    try:
        re.compile(text)
    except re.error as problem:
        raise ConfigError(f"Profile {profile.id}, rule {rule.id}: {problem}.") from None
    return text


def _replace(item: ElementUse, old: ElementUse, new: ElementUse) -> ElementUse:
    if item is old:
        return new
    if old in item.components:
        parts = tuple(new if part is old else part for part in item.components)
        return evolve(item, components=parts)
    return item
