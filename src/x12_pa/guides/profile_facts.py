"""What the rules of a profile ask, place by place: the common ground of the linter.

A `Fact` is one operator of one rule at one path of one guide, with the condition it stands under.
Two facts may *meet* when some file is subject to both of them.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from attrs import define

from x12_pa.guides.index import base_guide, guide_keys
from x12_pa.guides.model import ElementUse, Guide
from x12_pa.guides.narrowing import CODE_OF, Part, means, parts
from x12_pa.guides.operators import paths_of
from x12_pa.guides.paths import Place, envelope_element, is_context, places
from x12_pa.guides.profile import Profile, Rule

BY_PATH = ("values", "format", "length", "equals", "differs")
"""Operators whose argument is a mapping of paths."""


@define(kw_only=True, eq=False, slots=False)
class Fact:
    """One operator of a rule at one path of one guide."""

    rule: Rule
    guide: Guide
    operator: str
    path: str
    value: Any = None
    when: Mapping[str, Any] | None = None

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """The places that the path names; raises `BadPath`."""
        return () if not self.path or outside(self.path) else places(self.guide, self.path)

    @property
    def condition(self) -> str:
        """Its `when` as text that can be compared."""
        return json.dumps(self.when, sort_keys=True, default=str) if self.when else ""


def outside(path: str) -> bool:
    """Tell whether a path names nothing inside a transaction set."""
    return is_context(path) or envelope_element(path) is not None


def guides_of(rule: Rule) -> list[Guide]:
    """Return the plain guides that a rule speaks of; an outline only if the rule names it."""
    return [guide for guide in map(base_guide, guide_keys()) if means(rule, guide)]


def facts(profile: Profile) -> Iterator[Fact]:
    """Yield what the rules of a profile, and of the layers below it, ask."""
    for rule in profile.rules:
        for guide in guides_of(rule):
            for part in parts(rule, guide.key, guide.kind):
                yield from _facts(rule, guide, part)


def _facts(rule: Rule, guide: Guide, part: Part) -> Iterator[Fact]:
    about: dict[str, Any] = {
        "rule": rule,
        "guide": guide,
        "operator": part.operator,
        "when": part.when,
    }
    argument = part.argument
    if part.operator in BY_PATH and isinstance(argument, Mapping):
        for path, value in argument.items():
            yield Fact(path=str(path), value=value, **about)
    elif part.operator in ("require", "forbid"):
        for path in paths_of(argument):
            yield Fact(path=path, **about)
    elif part.operator == "count":
        yield Fact(path=str(argument["of"]), value=argument, **about)
    elif part.operator in ("exclusive", "one_of", "any_of"):
        yield Fact(path="", value=[paths_of(item) for item in argument], **about)
    elif part.operator in CODE_OF:
        yield Fact(path="", value=argument, **about)


def may_meet(a: Fact, b: Fact) -> bool:
    """Tell whether a file can be subject to both: same guide, overlapping scope and condition."""
    if a.guide is not b.guide or a.rule.each != b.rule.each:
        return False
    shared = a.rule.context.keys() & b.rule.context.keys()
    if any(not set(a.rule.context[name]) & set(b.rule.context[name]) for name in shared):
        return False
    if not _days_overlap(a.rule, b.rule):
        return False
    return not a.when or not b.when or a.condition == b.condition


def _days_overlap(a: Rule, b: Rule) -> bool:
    after = a.ends and b.starts and a.ends < b.starts
    before = b.ends and a.starts and b.ends < a.starts
    return not (after or before)


def element_at(place: Place) -> ElementUse | None:
    """Return the element or component that a place names; None for a segment or loop."""
    if place.element is None or place.segment is None:
        return None
    element = place.segment.elements[place.element - 1]
    if place.component is None:
        return element
    if place.component > len(element.components):
        return None
    return element.components[place.component - 1]


def same_spot(a: Place, b: Place) -> bool:
    """Tell whether two places are one."""
    return a.use is b.use and _spot(a) == _spot(b)


def covers(outer: Place, inner: Place) -> bool:
    """Tell whether a place is another one or contains it, within one segment or loop trigger."""
    if outer.use is not inner.use or (outer.segment is None) != (inner.segment is None):
        return False
    if outer.selector is not None and outer.selector != inner.selector:
        return False
    if outer.element is None:
        return True
    return outer.element == inner.element and outer.component in (None, inner.component)


def _spot(place: Place) -> tuple[Any, ...]:
    return place.segment is None, place.element, place.component, place.selector, place.every


def overlap(a: Fact, b: Fact) -> bool:
    """Tell whether two facts are about one place."""
    return any(same_spot(one, other) for one in a.places for other in b.places)


def listed(value: Any) -> Sequence[str] | None:
    """Return a value list as text; None for a table, or a change of the guide's list."""
    return [str(item) for item in value] if isinstance(value, list) else None


def limits(value: Mapping[str, Any]) -> tuple[int, int | None]:
    """Return the least and greatest of a length or count; None is no limit."""
    if "eq" in value:
        return int(value["eq"]), int(value["eq"])
    high = value.get("max")
    return int(value.get("min", 0)), None if high is None else int(high)
