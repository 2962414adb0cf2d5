"""Rules that cannot both be kept, and rules that can never do anything.

Two rules conflict only where a file can be subject to both (`may_meet`), so a conflict that is
reported is one: what depends on conditions that merely might meet is left alone.
"""

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

from x12_pa.errors import ConfigError
from x12_pa.guides.expressions import matches, safe_pattern
from x12_pa.guides.formats import named_format
from x12_pa.guides.model import Guide, LoopUse
from x12_pa.guides.narrowing import load_guide
from x12_pa.guides.paths import BadPath, Place, envelope_element, is_context, places
from x12_pa.guides.profile import Profile, Rule
from x12_pa.guides.profile_facts import (
    Fact,
    covers,
    element_at,
    guides_of,
    limits,
    listed,
    may_meet,
    overlap,
)
from x12_pa.guides.profile_words import choice

Problem = tuple[Rule, str, str]
"""A rule, what is wrong with it, and what to do."""
ENVELOPE_SIZES = {"ISA": 16, "IEA": 2, "GS": 8, "GE": 2}


def contradictions(found: Sequence[Fact]) -> Iterator[Problem]:
    """Yield rules that contradict themselves or a rule before them."""
    for fact in found:
        yield from _alone(fact)
    by_guide: dict[str, list[Fact]] = {}
    for fact in found:
        by_guide.setdefault(fact.guide.key, []).append(fact)
    for facts in by_guide.values():
        for a, b in combinations(facts, 2):
            check = _PAIRS.get((a.operator, b.operator)) or _PAIRS.get((b.operator, a.operator))
            if check is None or not may_meet(a, b):
                continue
            one, other = (a, b) if (a.operator, b.operator) in _PAIRS else (b, a)
            if text := check(one, other):
                yield _pair(a, b, text)
        for fact in facts:
            if fact.operator in ("exclusive", "one_of", "any_of"):
                yield from _impossible_sets(fact, facts)


def _pair(a: Fact, b: Fact, text: str) -> Problem:
    told = f"rule '{a.rule.id}'" + (f" of {a.rule.layer}" if a.rule.layer != b.rule.layer else "")
    other = told if a.rule is not b.rule else "the same rule"
    todo = "Ask the payer which of them holds, and take the other out or give both a 'when'."
    return b.rule, f"{text} ({other})", todo


def _impossible_sets(fact: Fact, facts: Sequence[Fact]) -> Iterator[Problem]:
    """Yield sets of which too many are required, or none is left."""
    meeting = [other for other in facts if may_meet(other, fact)]
    required = {other.path for other in meeting if other.operator == "require"}
    forbidden = {other.path for other in meeting if other.operator == "forbid"}
    whole = [paths for paths in fact.value if required.issuperset(paths)]
    todo = "Ask the payer which of the rules holds, and take the other out."
    if fact.operator != "any_of" and len(whole) > 1:
        words = " and ".join(" with ".join(paths) for paths in whole)
        yield fact.rule, f"only one may be given of {words}, and each is required", todo
    if fact.operator != "exclusive" and all(forbidden.intersection(s) for s in fact.value):
        yield fact.rule, "every set that it asks for has something forbidden in it", todo


def _alone(fact: Fact) -> Iterator[Problem]:
    """Yield limits that leave nothing."""
    if fact.operator in ("length", "count") and isinstance(fact.value, Mapping):
        low, high = limits(fact.value)
        if high is not None and low > high:
            what = f"{fact.operator} of {fact.path}: at least {low} and at most {high}"
            yield fact.rule, what, "Exchange min and max."
    if fact.operator == "values" and fact.value == []:
        yield fact.rule, f"no value of {fact.path} is left", "Name values, or forbid the place."


def _required_and_forbidden(required: Fact, forbidden: Fact) -> str:
    inside = any(covers(out, place) for out in forbidden.places for place in required.places)
    return f"{required.path} is required and {forbidden.path} is forbidden" if inside else ""


def _no_common_value(a: Fact, b: Fact) -> str:
    one, other = listed(a.value), listed(b.value)
    if one is None or other is None or set(one) & set(other) or not overlap(a, b):
        return ""
    return f"{b.path} is {choice(other)} here and {choice(one)} there; no value is in both lists"


def _no_common_length(a: Fact, b: Fact) -> str:
    (low, high), (least, most) = limits(a.value), limits(b.value)
    apart = (high is not None and least > high) or (most is not None and low > most)
    return f"no length of {b.path} satisfies both" if apart and overlap(a, b) else ""


def _no_common_count(a: Fact, b: Fact) -> str:
    same = all(a.value.get(name) == b.value.get(name) for name in ("of", "per", "unit"))
    (low, high), (least, most) = limits(a.value), limits(b.value)
    apart = (high is not None and least > high) or (most is not None and low > most)
    return f"no number of {b.path} satisfies both" if same and apart else ""


def _no_value_of_that_length(values: Fact, length: Fact) -> str:
    codes, (low, high) = listed(values.value), limits(length.value)
    if not codes or any(low <= len(code) <= (high or len(code)) for code in codes):
        return ""
    return f"no listed value of {values.path} has the length" if overlap(values, length) else ""


def _no_value_of_that_form(values: Fact, form: Fact) -> str:
    codes, text = listed(values.value), str(form.value)
    if not codes or named_format(text) or not overlap(values, form):
        return ""
    pattern = safe_pattern(text, form.path)
    if any(matches(pattern, code) for code in codes):
        return ""
    return f"no listed value of {values.path} has the form {text}"


_PAIRS: dict[tuple[str, str], Callable[[Fact, Fact], str]] = {
    ("require", "forbid"): _required_and_forbidden,
    ("values", "values"): _no_common_value,
    ("length", "length"): _no_common_length,
    ("count", "count"): _no_common_count,
    ("values", "length"): _no_value_of_that_length,
    ("values", "format"): _no_value_of_that_form,
}


def dead_paths(rule: Rule, found: Sequence[Fact]) -> Iterator[Problem]:
    """Yield paths of a rule that name nothing in any guide it speaks of.

    Args:
        found: the facts of this rule.
    """
    if not guides_of(rule):
        sets = ", ".join(rule.transactions)
        yield rule, f"there is no guide for {sets} of that kind", "Correct 'applies'."
        return
    alive: dict[str, bool] = {}
    for fact in found:
        for path in _paths(fact):
            alive[path] = alive.get(path, False) or names_something(fact.guide, path)
    for path, good in alive.items():
        if not good:
            guide = guides_of(rule)[0]
            keys = ", ".join(item.key for item in guides_of(rule))
            yield rule, f"'{path}' names nothing in {keys}", hint(guide, path)


def _paths(fact: Fact) -> Iterator[str]:
    """Yield every path of a fact that can be looked up, those of its condition too."""
    if fact.path:
        yield fact.path
    if fact.operator in ("exclusive", "one_of", "any_of"):
        yield from (path for item in fact.value for path in item)
    elif not fact.path and isinstance(fact.value, Mapping):
        for name in ("path", "total"):
            if isinstance(fact.value.get(name), str):
                yield fact.value[name]
    if fact.when:
        yield from (path for path, _ in conditions(fact.when))


def conditions(when: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield every path of a condition with what is wanted of it."""
    for key, wanted in when.items():
        if key in ("any", "all", "none", "unless") and isinstance(wanted, Mapping):
            yield from conditions(wanted)
        else:
            yield key, wanted


def names_something(guide: Guide, path: str) -> bool:
    """Tell whether a path names something: in the guide, in the envelope, or outside the file."""
    element = envelope_element(path)
    if element is not None:
        return 1 <= element.element <= ENVELOPE_SIZES[element.segment]
    if is_context(path) or path in ENVELOPE_SIZES:
        return True
    try:
        found = places(guide, path)
    except BadPath:
        return False
    return any(place.component is None or element_at(place) is not None for place in found)


def hint(guide: Guide, path: str) -> str:
    """Say what stands near a path that names nothing."""
    loop_id, _, rest = path.partition("/")
    loops = {use.id: use for use in guide.root.walk() if isinstance(use, LoopUse)}
    if rest and loop_id in loops:
        inside = list(dict.fromkeys(child.id for child in loops[loop_id].children))
        return f"Loop {loop_id} of {guide.key} has {', '.join(inside)}."
    near = difflib.get_close_matches(loop_id, [*loops, *guide.segment_ids], 3)
    close = f" Did you mean {choice(near)}?" if near else ""
    return f"x12-pa guides show {guide.key} shows what there is.{close}"


def impossible_conditions(profile: Profile, rule: Rule) -> Iterator[Problem]:
    """Yield conditions of a rule that no accepted file can meet."""
    when = rule.body.get("when")
    if not isinstance(when, Mapping):
        return
    todo = "Correct the values of 'when', or take the rule out."
    for path, wanted in _needed(when):
        codes = _possible(profile, rule, path)
        if codes is not None and not set(wanted) & codes:
            known = choice(sorted(codes)[:12]) if codes else "nothing"
            yield rule, f"'when' asks for {path} {choice(wanted)}, which can only be {known}", todo


def _needed(when: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """Yield the lists that must be met for the condition to hold."""
    for key, wanted in when.items():
        if key == "all" and isinstance(wanted, Mapping):
            yield from _needed(wanted)
        elif isinstance(wanted, str | int | list) and key not in ("any", "none", "unless"):
            items = wanted if isinstance(wanted, list) else [wanted]
            yield key, [str(item) for item in items]


def _possible(profile: Profile, rule: Rule, path: str) -> set[str] | None:
    """Return the values that a path can have in the narrowed guides; None when that is open."""
    if is_context(path) or envelope_element(path):
        return None
    codes: set[str] = set()
    found: list[Place] = []
    for plain in guides_of(rule):
        for place in _places(_narrowed(plain, profile), path):
            found.append(place)
            element = element_at(place)
            if "N" in (place.loop.usage, place.use.usage, element.usage if element else ""):
                continue
            if element is None or place.every or element.codes is None or element.external:
                return None
            codes |= {*element.codes, *element.tolerate}
    return codes if found else None


def _places(guide: Guide, path: str) -> tuple[Place, ...]:
    try:
        return places(guide, path)
    except BadPath:
        return ()


def _narrowed(guide: Guide, profile: Profile) -> Guide:
    try:
        return load_guide(guide.key, profile)
    except ConfigError:
        return guide


def says_nothing_new(rule: Rule, found: Sequence[Fact]) -> Iterator[Problem]:
    """Yield a rule that the guide has already, at every place it names.

    Args:
        found: the facts of this rule.
    """
    inside = [fact for fact in found if not fact.path or names_a_place(fact)]
    if inside and all(_known(fact) for fact in inside):
        yield rule, "the guide asks this already", "Take the rule out; it changes nothing."


def names_a_place(fact: Fact) -> bool:
    """Tell whether the guide of a fact, or the envelope, has the path that it is about."""
    return bool(fact.places) or is_context(fact.path) or _in_envelope(fact.path)


def _in_envelope(path: str) -> bool:
    return path in ENVELOPE_SIZES or envelope_element(path) is not None


def _known(fact: Fact) -> bool:
    if fact.when or not fact.places or any(place.selector or place.every for place in fact.places):
        return False
    return all(_known_at(fact, place) for place in fact.places)


def _known_at(fact: Fact, place: Place) -> bool:
    element = element_at(place)
    usage = element.usage if element else (place.segment or place.loop).usage
    if fact.operator in ("require", "forbid"):
        return usage == {"require": "R", "forbid": "N"}[fact.operator]
    if element is None:
        return False
    codes = listed(fact.value)
    if fact.operator == "values":
        return bool(codes and element.codes and set(element.codes) <= set(codes))
    if fact.operator == "length":
        low, high = limits(fact.value)
        return low <= element.min and (high is None or high >= element.max)
    return False
