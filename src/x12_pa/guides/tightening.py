"""Static rules: what narrows one use of a guide for good.

A later layer may only tighten: 45 CFR 162.915 forbids partners to change what a standard defines.
So each operator is compared with the use as the layers below left it, and refused when it allows
more, unless the rule says `widen` and by what right.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import evolve

from x12_pa.errors import ConfigError
from x12_pa.guides import expressions
from x12_pa.guides.formats import named_format
from x12_pa.guides.model import ElementUse, Guide, LoopUse, SegmentUse
from x12_pa.guides.paths import Place, envelope_element, is_context, places
from x12_pa.guides.profile import Rule

STATIC = ("values", "require", "forbid", "length", "format")
# Finding codes of a static rule: about an element, about a segment or loop.
CODES = {
    "values": ("P101", ""),
    "require": ("P102", "P107"),
    "forbid": ("P103", "P108"),
    "length": ("P104", ""),
    "format": ("P105", ""),
}


def narrow(guide: Guide, path: str, operator: str, value: Any, rule: Rule, source: str) -> bool:
    """Narrow what a path names; False when the rule must be judged as a situation instead.

    Raises:
        ConfigError: the rule allows more than the layers below, or leaves nothing at all.
    """
    if is_context(path) or envelope_element(path) or (isinstance(value, str) and is_context(value)):
        return False
    here = places(guide, path)
    if operator == "format" and (named_format(str(value)) or any(map(_has_pattern, here))):
        return False
    if any(not _is_static(place, operator) for place in here):
        for place in here:
            _refuse_widening(place, operator, value, rule)
        return False
    if operator == "values" and isinstance(value, list) and _told_apart(here):
        _narrow_family(here, list(map(str, value)), rule, source)
        return True
    for place in here:
        _narrow(place, operator, value, rule, source)
    return True


def _told_apart(here: Sequence[Place]) -> bool:
    """Tell whether the places are the qualifiers of several uses of one segment in one loop."""
    return len({id(p.segment) for p in here}) > len({id(p.loop) for p in here}) and all(
        place.segment is not None
        and place.element is not None
        and place.segment.qualifier is not None
        and place.segment.qualifier[0] == place.element
        and _element(place).codes is not None
        for place in here
    )


def _narrow_family(here: Sequence[Place], values: list[str], rule: Rule, source: str) -> None:
    """Narrow each of several uses to its share of the values; one without a share is forbidden."""
    known = tuple(dict.fromkeys(code for p in here for code in _element(p).codes or ()))
    if (extra := set(values) - set(known)) and not rule.widen:
        named = ", ".join(sorted(extra))
        raise widens(rule, here[0].path, f"{named} is not allowed there, only {_some(known)}")
    for place in here:
        share = [code for code in _element(place).codes or () if code in values]
        if share:
            _narrow(place, "values", share, rule, source)
        else:
            assert place.segment is not None
            _narrow_use(place.segment, "forbid", rule, source)


def concrete(guide: Guide, argument: Mapping[str, Any], rule: Rule) -> dict[str, Any]:
    """Return the argument of `values` with `add` and `remove` worked out against the guide."""
    found = {}
    for path, value in argument.items():
        if isinstance(value, Mapping):
            here = places(guide, path)
            value = list(_codes(_element(here[0]), value, rule)) if here else []
        found[path] = value
    return found


def _has_pattern(place: Place) -> bool:
    """Tell whether a layer below asks for a form already: then both must be judged."""
    return place.element is not None and _element(place).pattern is not None


def _is_static(place: Place, operator: str) -> bool:
    """Tell whether a place is one use as a whole, so that narrowing the use says it all."""
    if place.every or place.path.startswith("**"):
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


def _element(place: Place) -> ElementUse:
    assert place.segment is not None
    assert place.element is not None
    use = place.segment.elements[place.element - 1]
    if place.component is not None and use.components:
        return use.components[min(place.component, len(use.components)) - 1]
    return use


def _refuse_widening(place: Place, operator: str, value: Any, rule: Rule) -> None:
    """Refuse a rule about some segments of a use only, if it allows more than the use."""
    if place.element is not None and operator in ("values", "length") and not rule.widen:
        _changed(_element(place), operator, value, rule)


def _narrow(place: Place, operator: str, value: Any, rule: Rule, source: str) -> None:
    if place.element is None:
        _narrow_use(place.segment or place.loop, operator, rule, source)
        return
    assert place.segment is not None
    old = _element(place)
    notes = old.notes | _notes(rule, CODES[operator][0])
    narrowed = _changed(old, operator, value, rule)
    new = evolve(narrowed, source=source, notes=notes, base=old.base or old)
    place.segment.elements = tuple(_replace(item, old, new) for item in place.segment.elements)


def _narrow_use(use: SegmentUse | LoopUse, operator: str, rule: Rule, source: str) -> None:
    if operator not in ("require", "forbid"):
        raise ConfigError(f"{rule.where}: rule '{rule.id}': {operator} needs an element.")
    usage = "R" if operator == "require" else "N"
    if {use.usage, usage} == {"R", "N"} and not rule.widen:
        does = "requires it" if use.usage == "R" else "does not take it"
        raise widens(rule, use.id, f"what is below {does}")
    if use.usage == usage:
        return
    targets: list[SegmentUse | LoopUse] = [use]
    if isinstance(use, LoopUse) and (usage == "N" or use.usage == "N"):
        targets.append(use.trigger)
    for target in targets:
        target.usage, target.source = usage, source
        target.notes = target.notes | _notes(rule, CODES[operator][1])


def forbid_unused(guide: Guide, named: Iterable[Place], rule: Rule, source: str) -> None:
    """Forbid every situational segment and loop that no other rule of the profile names."""
    kept: set[int] = set()
    for place in named:
        kept.add(id(place.use))
        loop: LoopUse | None = place.loop
        while loop is not None:
            kept.add(id(loop))
            loop = loop.parent
    for child in list(guide.root.walk()):
        if child.usage == "S" and id(child) not in kept:
            _narrow_use(child, "forbid", rule, source)


def _notes(rule: Rule, code: str) -> dict[str, str]:
    """Return what a finding says of the rule; the code tells it from others of the same use."""
    said = {
        "rule": rule.id,
        "rule_source": rule.source,
        "rule_text": rule.message,
        "rule_severity": rule.severity,
        "rule_expect": expected_answer(rule.expect),
    }
    return said | {f"{code}.{name}": value for name, value in said.items()}


def expected_answer(expect: Mapping[str, Any]) -> str:
    """Return what the partner would answer to a breach, as words; "" when that is not known."""
    parts = [f"{name} {expect[name]}" for name in ("TA1", "IK3", "IK4") if name in expect]
    for item in expect.get("AAA", ()):
        follow = f" ({item['follow']})" if "follow" in item else ""
        parts.append(f"AAA {item['code']}{follow} in {item['loop']}")
    return ", ".join([*parts, *([expect["text"]] if "text" in expect else [])])


def widens(rule: Rule, ref: str, why: str) -> ConfigError:
    """Return the refusal of a rule that allows more than the layers below."""
    return ConfigError(
        f"{rule.where}: rule '{rule.id}', {ref}: {why}; a companion guide may only tighten "
        "(45 CFR 162.915). Mark the rule 'widen: true' with its source if the payer really says so."
    )


def _changed(use: ElementUse, operator: str, value: Any, rule: Rule) -> ElementUse:
    """Return `use` as the rule narrows it; refuse a rule that would widen it."""
    if operator == "forbid":
        if use.usage == "R" and not rule.widen:
            raise widens(rule, use.ref, "what is below requires it")
        return evolve(use, usage="N")
    if use.usage == "N" and not rule.widen:
        raise widens(rule, use.ref, "what is below does not use it")
    if operator == "require":
        return evolve(use, usage="R")
    if operator == "values":
        return evolve(use, codes=_codes(use, value, rule))
    if operator == "length":
        return _shorter(use, value, rule)
    pattern = expressions.safe_pattern(str(value), f"{rule.where}: rule '{rule.id}'")
    fitting = _filtered(use, lambda code: expressions.matches(pattern, code), rule)
    return evolve(fitting, pattern=pattern)


def _shorter(use: ElementUse, value: Mapping[str, int], rule: Rule) -> ElementUse:
    low, high = value.get("min", use.min), value.get("max", use.max)
    low, high = value.get("eq", low), value.get("eq", high)
    if (low < use.min or high > use.max) and not rule.widen:
        raise widens(rule, use.ref, f"the length is {use.min} to {use.max}")
    if low > high:
        raise ConfigError(f"{rule.where}: rule '{rule.id}', {use.ref}: no length is left.")
    return evolve(_filtered(use, lambda code: low <= len(code) <= high, rule), min=low, max=high)


def _filtered(use: ElementUse, keep: Any, rule: Rule) -> ElementUse:
    """Return a use with those of its codes that a form or length leaves."""
    if use.codes is None:
        return use
    codes = tuple(code for code in use.codes if keep(code))
    if not codes:
        raise ConfigError(f"{rule.where}: rule '{rule.id}', {use.ref}: no value is left.")
    return evolve(use, codes=codes)


def _codes(use: ElementUse, value: Any, rule: Rule) -> tuple[str, ...]:
    known = use.codes or ()
    if isinstance(value, Mapping):
        kept = tuple(code for code in known if code not in value.get("remove", ()))
        codes = kept + tuple(map(str, value.get("add", ())))
    else:
        codes = tuple(map(str, value))
    if known and (extra := set(codes) - set(known)) and not rule.widen:
        named = ", ".join(sorted(extra))
        raise widens(rule, use.ref, f"{named} is not allowed there, only {_some(known)}")
    if not codes:
        raise ConfigError(f"{rule.where}: rule '{rule.id}', {use.ref}: no value is left.")
    return codes


def _some(codes: tuple[str, ...]) -> str:
    more = f" and {len(codes) - 12} more" if len(codes) > 12 else ""
    return ", ".join(codes[:12]) + more


def _replace(item: ElementUse, old: ElementUse, new: ElementUse) -> ElementUse:
    if item is old:
        return new
    if any(part is old for part in item.components):
        parts = tuple(new if part is old else part for part in item.components)
        return evolve(item, components=parts)
    return item
