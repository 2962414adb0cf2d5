"""Compile a profile into a guide: what is static becomes part of the guide, the rest is attached.

A rule without a condition about one element, segment or loop *narrows* the use in a copy of the
guide: fewer codes, other lengths, required or forbidden. It costs nothing at run time, because the
narrowed guide is checked exactly like the plain one; each narrowed use remembers the rule, and the
use as it was (`base`), so that a finding can say whether the guide or the payer objects. Rules that
compare places become situations. What concerns envelopes, files or other messages is left for
`validation.partner`.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from typing import Any

from attrs import evolve, frozen

from x12_pa.errors import ConfigError
from x12_pa.guides import situations
from x12_pa.guides.index import base_guide, map_path
from x12_pa.guides.load import load_map
from x12_pa.guides.model import ElementUse, Guide, LoopUse, SegmentUse, link
from x12_pa.guides.paths import Place, envelope_element, is_context, places
from x12_pa.guides.profile import Profile, Rule, safe_pattern

STATIC = ("values", "require", "forbid", "length", "format")
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
}


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
    chosen = tuple(
        rule for rule in profile.rules if rule.holds_on(today) and rule.fits(known or {})
    )
    return _narrowed(key, _Chosen(profile, chosen))


def undecided_rules(profile: Profile, known: Mapping[str, Any]) -> list[Rule]:
    """Return the rules of which it is not known whether they apply."""
    return [rule for rule in profile.rules if rule.fits(known) is None]


@cache
def _plain(key: str) -> Guide:
    guide = base_guide(key)
    return situations.attach(guide, situations.situations_of(guide))


@frozen(eq=False)
class _Chosen:
    """A profile with the rules that apply, as a cache key: same content, same guide."""

    profile: Profile
    rules: tuple[Rule, ...]

    def _key(self) -> tuple[str, str, tuple[str, ...]]:
        return self.profile.id, self.profile.digest, tuple(rule.id for rule in self.rules)

    def __hash__(self) -> int:
        return hash(self._key())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Chosen) and self._key() == other._key()


@cache
def _narrowed(key: str, chosen: _Chosen) -> Guide:
    guide, profile = load_map(map_path(key)), chosen.profile
    dynamic: list[tuple[Rule, Mapping[str, Any]]] = []
    for rule in chosen.rules:
        if rule.speaks_of(guide.set, guide.kind, guide.id):
            dynamic += [(rule, body) for body in _apply(guide, rule, profile)]
    link(guide.root)
    guide.profile = profile.id
    found = situations.situations_of(guide)
    for rule, body in dynamic:
        found += _situations(guide, rule, body, profile)
    return situations.attach(guide, found)


def _apply(guide: Guide, rule: Rule, profile: Profile) -> Iterator[Mapping[str, Any]]:
    """Narrow the guide by the static operators of a rule; yield what is left of its body."""
    body = rule.body
    if "when" in body:
        yield from _branches(body)
        return
    for operator, argument in body.items():
        if operator not in STATIC:
            yield {operator: argument}
            continue
        for path, value in _pairs(argument):
            if not _narrow_path(guide, path, operator, value, rule, profile):
                yield {operator: {path: value} if value is not None else path}


def _branches(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield `when … then` and, for `else`, the opposite condition."""
    yield {"when": body["when"], "then": body.get("then", {})}
    if "else" in body:
        yield {"when": {"none": body["when"]}, "then": body["else"]}


def _pairs(argument: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(argument, Mapping):
        yield from ((str(path), value) for path, value in argument.items())
    else:
        for path in argument if isinstance(argument, list) else [argument]:
            yield str(path), None


def _narrow_path(
    guide: Guide, path: str, operator: str, value: Any, rule: Rule, profile: Profile
) -> bool:
    """Narrow what a path names; False when the rule must be judged as a situation instead."""
    if is_context(path) or envelope_element(path) or (isinstance(value, str) and is_context(value)):
        return False
    here = places(guide, path)
    if any(not _is_static(place, operator) for place in here):
        return False
    for place in here:
        _narrow(place, operator, value, rule, profile)
    return True


def _is_static(place: Place, operator: str) -> bool:
    """Tell whether a place is one use as a whole, so that narrowing the use says it all."""
    if place.every:
        return False
    if operator == "require" and place.element is not None and not _given(place):
        return False
    if place.selector is None:
        return True
    use = place.segment or place.loop.trigger
    number, values = place.selector
    codes = use.elements[number - 1].codes
    if codes is None and use.elements[number - 1].components:
        codes = use.elements[number - 1].components[0].codes
    return codes is not None and set(codes) <= set(values)


def _given(place: Place) -> bool:
    """Tell whether the segment is always there: only then can it ask for its own element."""
    there = place.segment is not None and place.segment.usage == "R"
    return there and _always_there(place.loop)


def _always_there(loop: LoopUse) -> bool:
    """Tell whether a loop stands in every instance of the HL level it belongs to."""
    while loop.parent is not None and loop.trigger.id != "HL":
        if loop.usage != "R":
            return False
        loop = loop.parent
    return True


def _narrow(place: Place, operator: str, value: Any, rule: Rule, profile: Profile) -> None:
    source = f"profile:{profile.id}"
    if place.element is None:
        _narrow_use(place.segment or place.loop, operator, rule, source)
        return
    assert place.segment is not None
    old = place.segment.elements[place.element - 1]
    if place.component is not None:
        old = old.components[place.component - 1]
    notes = old.notes | _notes(rule)
    narrowed = _changed(old, operator, value, rule)
    new = evolve(narrowed, source=source, notes=notes, base=old.base or old)
    place.segment.elements = tuple(_replace(item, old, new) for item in place.segment.elements)


def _narrow_use(use: SegmentUse | LoopUse, operator: str, rule: Rule, source: str) -> None:
    if operator not in ("require", "forbid"):
        raise ConfigError(f"{rule.where}: rule '{rule.id}': {operator} needs an element.")
    if use.usage == "R":
        if operator == "forbid" and not rule.widen:
            raise _widens(rule, use.id, "the guide requires it")
        return
    use.usage = "R" if operator == "require" else "N"
    targets: list[SegmentUse | LoopUse] = [use]
    if isinstance(use, LoopUse) and use.usage == "N":
        targets.append(use.trigger)
    for target in targets:
        target.usage, target.source, target.notes = use.usage, source, _notes(rule)


def _notes(rule: Rule) -> dict[str, str]:
    return {
        "rule": rule.id,
        "rule_source": rule.source,
        "rule_text": rule.message,
        "rule_severity": rule.severity,
        "rule_expect": expected_answer(rule.expect),
    }


def expected_answer(expect: Mapping[str, Any]) -> str:
    """Return what the partner would answer to a breach, as words; "" when that is not known."""
    parts = [f"{name} {expect[name]}" for name in ("TA1", "IK3", "IK4") if name in expect]
    for item in expect.get("AAA", ()):
        follow = f" ({item['follow']})" if "follow" in item else ""
        parts.append(f"AAA {item['code']}{follow} in {item['loop']}")
    return ", ".join([*parts, *([expect["text"]] if "text" in expect else [])])


def _widens(rule: Rule, ref: str, why: str) -> ConfigError:
    return ConfigError(
        f"{rule.where}: rule '{rule.id}', {ref}: {why}; a companion guide may only tighten "
        "(45 CFR 162.915). Mark the rule 'widen: true' if the payer really says so."
    )


def _changed(use: ElementUse, operator: str, value: Any, rule: Rule) -> ElementUse:
    """Return `use` as the rule narrows it; refuse a rule that would widen it."""
    if operator == "require":
        return evolve(use, usage="R")
    if operator == "forbid":
        if use.usage == "R" and not rule.widen:
            raise _widens(rule, use.ref, "the guide requires it")
        return evolve(use, usage="N")
    if use.usage == "N" and not rule.widen:
        raise _widens(rule, use.ref, "the guide does not use it")
    if operator == "values":
        return _with_codes(use, value, rule)
    if operator == "length":
        low, high = value.get("min", use.min), value.get("max", use.max)
        low, high = value.get("eq", low), value.get("eq", high)
        if (low < use.min or high > use.max) and not rule.widen:
            raise _widens(rule, use.ref, f"the length is {use.min} to {use.max}")
        return evolve(use, min=low, max=high)
    return evolve(use, pattern=safe_pattern(str(value), rule.where))


def _with_codes(use: ElementUse, value: Any, rule: Rule) -> ElementUse:
    known = use.codes or ()
    if isinstance(value, Mapping):
        codes = tuple(c for c in known if c not in value.get("remove", ())) + tuple(
            value.get("add", ())
        )
    else:
        codes = tuple(map(str, value))
    if known and (extra := set(codes) - set(known)) and not rule.widen:
        raise _widens(rule, use.ref, f"{', '.join(sorted(extra))} is not allowed there")
    return evolve(use, codes=codes)


def _replace(item: ElementUse, old: ElementUse, new: ElementUse) -> ElementUse:
    if item is old:
        return new
    if any(part is old for part in item.components):
        parts = tuple(new if part is old else part for part in item.components)
        return evolve(item, components=parts)
    return item


def _situations(
    guide: Guide, rule: Rule, body: Mapping[str, Any], profile: Profile
) -> Iterator[situations.Situation]:
    """Yield the situations that what is left of a rule becomes, if this guide has its places."""
    checks = body.get("then", body)
    for operator, argument in checks.items():
        code = CODE_OF.get(operator)
        if code is None:
            continue
        part = (
            {"when": body["when"], "then": {operator: argument}}
            if "when" in body
            else {operator: argument}
        )
        compiled = situations.read_body(rule.id, part)
        if not compiled.paths or any(not places(guide, path) for path in compiled.paths):
            continue
        per = argument.get("per") if operator == "count" and isinstance(argument, Mapping) else None
        yield from situations.place_rule(
            guide,
            compiled,
            each=rule.each,
            per=per if per and re.fullmatch(r"ST|\d{4}[A-Z]*", per) else None,
            code=code,
            severity=rule.severity,
            message=rule.message,
            source=f"profile:{profile.id}",
            section=rule.source,
        )
