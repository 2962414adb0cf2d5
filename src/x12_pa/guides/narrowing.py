"""Compile a profile into a guide: what is static becomes part of the guide, the rest is attached.

A rule without a condition about one element, segment or loop *narrows* the use in a copy of the
guide (`tightening`). It costs nothing at run time, because the narrowed guide is checked exactly
like the plain one; each narrowed use remembers the rule, and the use as it was (`base`), so that a
finding can say whether the guide or the payer objects. Rules that compare places become
situations. What concerns envelopes and files only is left for `validation.partner`.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache, lru_cache
from typing import Any

from attrs import frozen

from x12_pa.errors import ConfigError
from x12_pa.guides import situations
from x12_pa.guides.checks import is_true
from x12_pa.guides.guide_diff import compared
from x12_pa.guides.index import base_guide, map_path
from x12_pa.guides.load import load_map
from x12_pa.guides.model import Guide, link
from x12_pa.guides.nesting import ROOT
from x12_pa.guides.operators import Body, paths_of, read_body
from x12_pa.guides.paths import Place, in_own_words, places
from x12_pa.guides.profile import KINDS, Profile, Rule
from x12_pa.guides.situation import Situation
from x12_pa.guides.state_checks import ANSWERS
from x12_pa.guides.tightening import (
    STATIC,
    concrete,
    expected_answer,
    forbid_unused,
    narrow,
    widens,
)

# Finding code of a rule across segments, by operator.
CODE_OF = {
    "require": "P111",
    "forbid": "P112",
    "values": "P113",
    "format": "P114",
    "length": "P115",
    "count": "P116",
    "any_of": "P117",
    "one_of": "P117",
    "exclusive": "P117",
    "equals": "P118",
    "differs": "P118",
    "balance": "P118",
    "date_window": "P119",
    "charset": "P120",
    "unique": "P124",
    "transition": "P125",
    "lookup": "P126",
    "echo": "P127",
    "contains": "P128",
    "subgrammar": "P128",
}
_PER_PATH = frozenset(
    ["values", "format", "length", "equals", "differs", "echo", "contains", "subgrammar", "choose"]
)
# A narrowed guide takes a megabyte and more: a process that serves many payers keeps the last ones.
MOST_NARROWED = 32
SEVERITIES = ("error", "warning", "info")
ENVELOPE_COUNTS = ("ISA", "GS", "ST")
_LOOP = re.compile(r"ST|\d{4}[A-Z]*")


def load_guide(
    key: str,
    profile: Profile | None = None,
    *,
    today: date | None = None,
    known: Mapping[str, Any] | None = None,
) -> Guide:
    """Return the guide of that key, narrowed by a profile if one is given; made once.

    Args:
        key: such as `278-request`.
        profile: the companion guide.
        today: only rules in force on this day count; None takes all.
        known: context that decides which rules apply.

    Raises:
        ConfigError: no such guide, or a rule of the profile does not fit it.
    """
    if profile is None:
        return _plain(key)
    chosen, replaced = (
        tuple(rule for rule in rules if _applies(rule, today, known or {}))
        for rules in (profile.rules, profile.replaced)
    )
    return _narrowed(key, _Chosen(profile, chosen, replaced))


def _applies(rule: Rule, today: date | None, known: Mapping[str, Any]) -> bool:
    asked = rule.body.get("forbid_unused")
    wanted = is_true(known.get(asked)) if isinstance(asked, str) else asked is not False
    return wanted and rule.holds_on(today) and rule.fits(known) is True


def undecided_rules(profile: Profile, known: Mapping[str, Any]) -> list[tuple[Rule, str]]:
    """Return the rules of which it is not known whether they apply, each with what is missing."""
    found = []
    for rule in profile.rules:
        asked = rule.body.get("forbid_unused")
        names = [*rule.context, *([asked] if isinstance(asked, str) else [])]
        missing = [name for name in names if name not in known]
        if missing and rule.fits(known) is not False:
            found.append((rule, f"{missing[0]} is not given"))
    return found


@cache
def _plain(key: str) -> Guide:
    guide = base_guide(key)
    return situations.attach(guide, situations.situations_of(guide))


@frozen(eq=False)
class _Chosen:
    """A profile with the rules that apply, as a cache key: same content, same guide."""

    profile: Profile
    rules: tuple[Rule, ...]
    replaced: tuple[Rule, ...] = ()

    def _key(self) -> tuple[str, str, tuple[str, ...], tuple[str, ...]]:
        ids = tuple(rule.id for rule in self.rules)
        below = tuple(f"{rule.layer} {rule.id}" for rule in self.replaced)
        return self.profile.id, self.profile.digest, ids, below

    def __hash__(self) -> int:
        return hash(self._key())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Chosen) and self._key() == other._key()


def means(rule: Rule, guide: Guide) -> bool:
    """Tell whether a rule is about a guide; an outline or a map of pyx12 must be named by it."""
    named = guide.origin == "own" or guide.id in rule.versions
    return named and rule.speaks_of(guide.set, guide.kind, guide.id)


@lru_cache(maxsize=MOST_NARROWED)
def _narrowed(key: str, chosen: _Chosen) -> Guide:
    guide, profile = load_map(map_path(key)), chosen.profile
    source = f"profile:{profile.id}"
    rules = [rule for rule in chosen.rules if means(rule, guide)]
    dynamic = [(rule, part) for rule in rules for part in _left_over(guide, rule, source)]
    for rule in rules:
        if rule.body.get("forbid_unused"):
            forbid_unused(guide, _named(guide, rules), rule, source)
    for lower in chosen.replaced:
        if means(lower, guide):
            _refuse_loosening(key, guide, lower, profile, rules)
    link(guide.root)
    guide.profile = profile.id
    found = situations.situations_of(guide)
    for rule, part in dynamic:
        found += _situations(guide, rule, part, source)
    return situations.attach(guide, found)


def _refuse_loosening(
    key: str, guide: Guide, lower: Rule, profile: Profile, rules: list[Rule]
) -> None:
    """Refuse a rule that stands for one of the same id below and asks less than that did."""
    upper = profile.rule(lower.id)
    if upper is None or upper.widen:
        return
    if SEVERITIES.index(upper.severity) > SEVERITIES.index(lower.severity):
        said = f"{lower.layer} calls a breach an {lower.severity}, and this one a"
        raise widens(upper, lower.layer, f"{said} {upper.severity}".replace("a info", "an info"))
    before = load_map(map_path(key))
    try:
        for rule in [lower, *(each for each in rules if each.id != lower.id)]:
            list(_left_over(before, rule, f"profile:{lower.layer}"))
    except ConfigError:
        return
    for each in compared(before, guide):
        if each.wider:
            text = f"it replaces the rule of {lower.layer} and allows more: {each.words}"
            raise widens(upper, each.place, text)


@frozen
class Part:
    """One operator of a rule with its argument, under the `when` that it stands in."""

    operator: str
    argument: Any
    when: Mapping[str, Any] | None = None

    @property
    def is_count_of_envelopes(self) -> bool:
        """Whether it counts interchanges, groups or sets."""
        return self.operator == "count" and self.argument["of"] in ENVELOPE_COUNTS

    def read(self, rule: Rule) -> Body:
        """Compile it."""
        body: dict[str, Any] = {self.operator: self.argument}
        if self.when is not None:
            body = {"when": self.when, "then": body}
        return read_body(rule.id, body, rule.where)


def parts(rule: Rule, key: str, kind: str) -> Iterator[Part]:
    """Yield the operators of a rule as they concern one guide.

    Args:
        key, kind: of the guide, such as `278-response` and `response`.
    """
    body = in_own_words(rule.body, key)
    for when, operators in _branches(body, rule):
        for operator, argument in operators.items():
            if operator == "response":
                if kind in KINDS["in"]:
                    yield from (p for n, a in argument.items() for p in _split(n, a, when))
            else:
                yield from _split(operator, argument, when)


def _split(operator: str, argument: Any, when: Mapping[str, Any] | None) -> Iterator[Part]:
    """Yield what one operator says of each path by itself, where its paths do not depend."""
    if operator in _PER_PATH and isinstance(argument, Mapping):
        for path, value in argument.items():
            yield Part(operator, {path: value}, when)
        return
    several = operator in ("count", "require", "forbid") and isinstance(argument, list)
    for item in argument if several else [argument]:
        yield Part(operator, item, when)


def _branches(
    body: Mapping[str, Any], rule: Rule
) -> Iterator[tuple[Mapping[str, Any] | None, Mapping[str, Any]]]:
    """Yield each `when` with its operators; that of `else` is the opposite."""
    if "when" not in body:
        yield None, body
        return
    beside = [name for name in body if name not in ("when", "then", "else")]
    if beside or "then" not in body:
        raise ConfigError(
            f"{rule.where}: rule '{rule.id}': a rule with 'when' says what holds under 'then'."
        )
    for when, word in ((body["when"], "then"), ({"unless": body["when"]}, "else")):
        inner = body.get(word, {})
        if "when" in inner:
            raise ConfigError(
                f"{rule.where}: rule '{rule.id}': a 'when' inside '{word}' is not read; write two "
                "rules, or both conditions in one 'when'."
            )
        if inner:
            yield when, inner


def _left_over(guide: Guide, rule: Rule, source: str) -> Iterator[Part]:
    """Narrow the guide by the static operators of a rule; yield what is left of it."""
    if rule.widen and not rule.source.strip():
        raise ConfigError(f"{rule.where}: rule '{rule.id}': widening needs a source of its own.")
    for part in parts(rule, guide.key, guide.kind):
        if part.operator not in STATIC or part.when is not None:
            yield part
            continue
        for path, value in _pairs(part.argument):
            if not narrow(guide, path, part.operator, value, rule, source):
                yield Part(part.operator, {path: value} if value is not None else path)


def _pairs(argument: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(argument, Mapping):
        yield from ((str(path), value) for path, value in argument.items())
    else:
        yield from ((path, None) for path in paths_of(argument))


def _named(guide: Guide, rules: list[Rule]) -> Iterator[Place]:
    """Yield the places that rules name other than to forbid them."""
    for rule in rules:
        for part in parts(rule, guide.key, guide.kind):
            if part.operator not in ("forbid", "forbid_unused") and part.operator in CODE_OF:
                for path in _body(guide, rule, part).paths:
                    yield from places(guide, path)


def _body(guide: Guide, rule: Rule, part: Part) -> Body:
    if part.operator == "values":
        argument = concrete(guide, part.argument, rule)
        return Part(part.operator, argument, part.when).read(rule)
    return part.read(rule)


def missing_place(guide: Guide, rule: Rule, part: Part) -> str | None:
    """Return a path of a rule that the guide has nothing at, or None when all are there."""
    return next((p for p in _body(guide, rule, part).paths if not places(guide, p)), None)


def _situations(guide: Guide, rule: Rule, part: Part, source: str) -> Iterator[Situation]:
    """Yield the situations that one operator becomes, if this guide has its places."""
    code = CODE_OF.get(part.operator)
    if code is None or part.is_count_of_envelopes:
        return
    compiled = _body(guide, rule, part)
    beside = ANSWERS.get(guide.key, ()) if compiled.refers else ()
    paths = (*compiled.paths, *beside)
    if not paths or any(not places(guide, path) for path in paths):
        return
    per = part.argument.get("per", "") if part.operator == "count" else ""
    if per and not _LOOP.fullmatch(per) and not per.startswith(("@", "ISA", "GS")):
        return
    yield from situations.place_rule(
        guide,
        compiled,
        beside=beside,
        each=rule.each or (ROOT if beside else None),
        per=per if _LOOP.fullmatch(per) else None,
        code=code,
        severity=rule.severity,
        message=rule.message,
        source=source,
        section=rule.source,
        answer=expected_answer(rule.expect),
    )
