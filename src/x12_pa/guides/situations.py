"""Rules across segments, compiled onto a guide: the guide's own situations and a payer's rules.

A `Situation` is one rule with the loop that it is judged in, its scope: the innermost loop that
contains everything the rule looks at, or the loop that `each` names. It is judged once for every
instance of that loop, when the instance ends, on the watched segments inside it and in the loops
around it. Segments that no rule watches cost nothing.

The guide's own rules stand in `maps/rules/<guide key>.yaml`, a payer's in its profile, both in the
same language: one operator, an optional `when` and `then`, and who says so.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import yaml
from attrs import define, field, frozen

from x12_pa.errors import ConfigError
from x12_pa.guides.balances import Balance
from x12_pa.guides.checks import Check, Count, Equals, Sets
from x12_pa.guides.conditions import Condition
from x12_pa.guides.model import Guide, LoopUse, SegmentUse
from x12_pa.guides.operators import Body, read_body
from x12_pa.guides.paths import ANYWHERE, Place, is_context, places
from x12_pa.resources import data_dir

ROOT = "ST"
# Operators that judge each value of one path by itself, whatever stands beside it.
_BY_ITSELF = frozenset(
    ["values", "format", "length", "charset", "date_window", "equals", "differs"]
)


@define(kw_only=True, eq=False, slots=False)
class Situation:
    """One rule in one scope.

    Attributes:
        id: stable id of the rule.
        code: finding code that reports a breach.
        severity: overrides that of the code when given.
        scope: the loop in whose instances it is judged.
        when: guard; None means always.
        checks: what must hold.
        watched: the places it looks at, by path, as far as they lie in this branch of the guide.
        message: what a person is told; "" means a text made from the breach.
        source: `guide` or `profile:<id>`; `section` says where the rule is written.
        answer: what the partner answers to a breach, as words.
    """

    id: str
    code: str
    scope: LoopUse
    checks: tuple[Check, ...]
    watched: Mapping[str, tuple[Place, ...]] = field(repr=False)
    when: Condition | None = None
    severity: str | None = None
    message: str = ""
    source: str = "guide"
    section: str = ""
    answer: str = ""
    guard: Mapping[str, Any] | None = field(default=None, repr=False)

    @cached_property
    def few(self) -> int | None:
        """For a plain count: how many segments there may be before it is worth counting."""
        check = self.checks[0]
        if self.when or len(self.checks) > 1 or not isinstance(check, Count):
            return None
        plain = all(not p.every and _inside(p.loop, self.scope) for p in self.watched[check.path])
        return check.high if plain and not check.low else None

    @cached_property
    def needles(self) -> tuple[frozenset[int], tuple[str, ...]] | None:
        """For a `when` about values: the uses to look in, and texts of which one must be there."""
        for path, wanted in (self.guard or {}).items():
            values = wanted if isinstance(wanted, list) else [wanted]
            here = self.watched.get(path, ())
            plain = here and all(isinstance(v, str) and not is_context(v) for v in values)
            if plain and all(_inside(place.loop, self.scope) for place in here):
                return frozenset(id(place.use) for place in here), tuple(values)
        return None

    @cached_property
    def texts(self) -> frozenset[int] | None:
        """For a check of each value by itself: the uses whose texts can be remembered as right."""
        check = self.checks[0]
        if self.when or len(self.checks) > 1 or check.operator not in _BY_ITSELF:
            return None
        place = self.watched.get(check.paths[0], ())
        if len(self.watched) != 1 or not all(_inside(p.loop, self.scope) for p in place):
            return None
        return frozenset(id(p.use) for p in place) or None

    @cached_property
    def presences(self) -> tuple[frozenset[int], ...] | None:
        """For a choice between whole segments of the scope: the uses of each alternative."""
        check = self.checks[0]
        if self.when or len(self.checks) > 1 or not isinstance(check, Sets):
            return None
        found: list[frozenset[int]] = []
        for paths in check.sets:
            places = self.watched.get(paths[0], ())
            plain = all(not (p.element or p.selector or p.every) for p in places)
            if len(paths) > 1 or is_context(paths[0]) or not plain:
                return None
            if not all(_inside(place.loop, self.scope) for place in places):
                return None
            found.append(frozenset(id(place.use) for place in places))
        return tuple(found)

    @cached_property
    def sums(self) -> Mapping[int, tuple[int, int]] | None:
        """For a plain balance: `id()` of a use -> (element, sign), sign 0 being the total.

        Nearly every claim balances, so that is found out without looking at the rule itself.
        """
        check = self.checks[0]
        if self.when or len(self.checks) > 1 or not isinstance(check, Balance):
            return None
        found: dict[int, tuple[int, int]] = {}
        for part in (check.total, *check.parts):
            sign = 0 if part is check.total else -1 if part.startswith("-") else 1
            for place in self.watched[part.lstrip("-")]:
                plain = place.element and not place.component and not place.selector
                if not plain or id(place.use) in found or not _inside(place.loop, self.scope):
                    return None
                found[id(place.use)] = (place.element or 0, sign)
        return found

    @cached_property
    def wakes(self) -> frozenset[int] | None:
        """`id()` of the uses one of which must stand in the scope before it can be broken at all.

        None: it must always be judged. Most sums and comparisons are about segments that most
        files do not have, so this saves nearly all of their cost.
        """
        if self.texts is not None:
            return self.texts
        if self.needles is not None:
            return self.needles[0]
        found: set[int] = set()
        for check in self.checks:
            if not isinstance(check, Balance | Equals):
                return None
            paths = check.parts if isinstance(check, Balance) else (check.left,)
            for path in paths:
                places = self.watched.get(path.lstrip("-"), ())
                if not places or not all(_inside(p.loop, self.scope) for p in places):
                    return None
                found.update(id(place.use) for place in places)
        return frozenset(found)

    @cached_property
    def only_if_clean(self) -> bool:
        """Whether it is judged only where nothing else is wrong: a lost line unbalances a claim."""
        return any(check.operator == "balance" for check in self.checks)


@frozen(kw_only=True, eq=False)
class Situations:
    """All situations of a guide, ready for a walker.

    Attributes:
        by_scope: situations by `id()` of their scope loop.
        uses: `id()` of every segment use that some situation watches.
        kept: `id()` of scope loop -> uses that rules of loops further out still need when an
            instance of it ends.
        wakes: `id()` of scope loop -> uses one of which must have come before any of its rules can
            be broken; None when some rule must always be judged.
    """

    by_scope: Mapping[int, tuple[Situation, ...]]
    uses: frozenset[int]
    kept: Mapping[int, frozenset[int]]
    alone: Mapping[int, Situation] = field(factory=dict)
    wakes: Mapping[int, frozenset[int] | None]


NO_SITUATIONS = Situations(by_scope={}, uses=frozenset(), kept={}, wakes={})


def place_rule(
    guide: Guide,
    body: Body,
    *,
    beside: Sequence[str] = (),
    each: str | None = None,
    per: str | None = None,
    **about: Any,
) -> list[Situation]:
    """Return the situations that a rule becomes in a guide, one for each scope loop.

    Args:
        guide: the guide.
        body: the compiled rule.
        beside: further paths that are watched for it.
        each: id of the loop to judge it in, if that is not the innermost that holds everything.
        per: the same, as `count` says it (`ST` or a loop id).
        about: `code`, `severity`, `message`, `source`, `section` of the situations.

    Raises:
        ConfigError: the guide has nothing at a path of the rule.
    """
    found = {path: places(guide, path) for path in (*body.paths, *beside)}
    if missing := [path for path, here in found.items() if not here]:
        raise ConfigError(f"rule {body.id}: {guide.key} has nothing at '{missing[0]}'.")
    scope_id = each or per or body.scope or _common(found, above=body.gathers)
    scopes = [guide.root] if scope_id == ROOT else guide.loops(scope_id)
    if each is None and any(path.startswith(ANYWHERE) for path in body.paths):
        scopes = list(
            {id(here.loop): here.loop for all_ in found.values() for here in all_}.values()
        )
    situations = []
    for scope in scopes:
        watched = {
            path: _nearest(scope, [place for place in here if _seen_from(scope, path, place)])
            for path, here in found.items()
        }
        situations.append(
            Situation(
                id=body.id,
                scope=scope,
                when=body.when,
                guard=body.guard,
                checks=body.checks,
                watched=watched,
                **about,
            )
        )
    return situations


def _common(found: Mapping[str, tuple[Place, ...]], *, above: bool = False) -> str:
    """Return the id of the innermost loop that holds a place of every path, or of that around."""
    chains = [_chain(_holder(here[0])) for here in found.values() if here]
    shared = [ROOT]
    for level in zip(*chains, strict=False):
        if any(loop is not level[0] for loop in level):
            break
        shared.append(level[0].id if level[0].parent else ROOT)
    return shared[-2] if above and len(shared) > 1 else shared[-1]


def _holder(place: Place) -> LoopUse:
    """Return the loop in which the presence of a place is asked: a loop's own parent."""
    if place.segment is None and place.loop.parent is not None:
        return place.loop.parent
    return place.loop


def _chain(loop: LoopUse) -> list[LoopUse]:
    chain = [loop]
    while chain[-1].parent is not None:
        chain.append(chain[-1].parent)
    return chain[::-1]


def _nearest(scope: LoopUse, here: list[Place]) -> tuple[Place, ...]:
    """Keep the places inside a scope; those around it only where none is inside."""
    inside = [place for place in here if _inside(place.loop, scope)]
    return tuple(inside or here)


def _seen_from(scope: LoopUse, path: str, place: Place) -> bool:
    """Tell whether a rule judged in a scope looks at a place; `**` is judged where it stands."""
    if path.startswith(ANYWHERE):
        return place.loop is scope
    return _related(place.loop, scope)


def _related(loop: LoopUse, scope: LoopUse) -> bool:
    """Tell whether a loop lies in a scope, or around it."""
    return _inside(loop, scope) or _around(loop, scope)


def _inside(loop: LoopUse, scope: LoopUse) -> bool:
    return scope in _chain(loop)


def _around(loop: LoopUse, scope: LoopUse) -> bool:
    """Tell whether a loop is read before the scope in a loop around it."""
    chain = _chain(scope)
    return loop in chain or (loop.parent in chain[:-1] and loop.trigger.id != "HL")


def assemble(situations: Iterable[Situation]) -> Situations:
    """Index situations for a walker."""
    by_scope: dict[int, list[Situation]] = {}
    watchers: dict[int, set[int]] = {}
    scopes: dict[int, LoopUse] = {}
    for situation in situations:
        by_scope.setdefault(id(situation.scope), []).append(situation)
        scopes[id(situation.scope)] = situation.scope
        for here in situation.watched.values():
            for place in here:
                watchers.setdefault(id(place.use), set()).add(id(situation.scope))
    kept = {
        number: frozenset(
            use
            for use, wanted in watchers.items()
            if any(id(outer) in wanted for outer in _chain(scope)[:-1])
        )
        for number, scope in scopes.items()
    }
    return Situations(
        by_scope={number: tuple(found) for number, found in by_scope.items()},
        uses=frozenset(watchers),
        alone=_alone(by_scope.values()),
        kept=kept,
        wakes={number: _wakes(found) for number, found in by_scope.items()},
    )


def _wakes(situations: Iterable[Situation]) -> frozenset[int] | None:
    found: frozenset[int] = frozenset()
    for situation in situations:
        if situation.wakes is None:
            return None
        found |= situation.wakes
    return found


def _alone(found: Iterable[list[Situation]]) -> dict[int, Situation]:
    """Return the uses that one situation alone watches, if known texts need not be kept for it."""
    watching: dict[int, list[Situation]] = {}
    for situation in (item for items in found for item in items):
        for use in {id(place.use) for here in situation.watched.values() for place in here}:
            watching.setdefault(use, []).append(situation)
    return {use: many[0] for use, many in watching.items() if len(many) == 1 and many[0].texts}


@cache
def guide_rules(key: str) -> tuple[Mapping[str, Any], ...]:
    """Return the rules that ship with a guide; none when it has no file.

    Raises:
        ConfigError: the file is not YAML or a rule lacks `id` or `code`.
    """
    path = data_dir("maps") / "rules" / f"{key}.yaml"
    return tuple(_read(path)) if path.is_file() else ()


def _read(path: Path) -> Iterator[Mapping[str, Any]]:
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except yaml.YAMLError as problem:
        raise ConfigError(f"{path.name} is not YAML: {problem}") from None
    for rule in data.get("rules", []):
        if not isinstance(rule, dict) or not {"id", "code"} <= set(rule):
            raise ConfigError(f"{path.name}: every rule needs an id and a code.")
        yield rule


def situations_of(guide: Guide) -> list[Situation]:
    """Return the situations of a guide's own rules."""
    found = []
    for rule in guide_rules(guide.key):
        found += place_rule(
            guide,
            read_body(rule["id"], rule),
            each=rule.get("each"),
            code=rule["code"],
            severity=rule.get("severity"),
            message=rule.get("message", ""),
            section=rule.get("source", ""),
        )
    return found


def attach(guide: Guide, situations: Iterable[Situation]) -> Guide:
    """Give a guide its rules across segments, and mark the loops they are judged in."""
    found = list(situations)
    if found:
        guide.situations = assemble(found)
        for situation in found:
            situation.scope.scoped = True
    return guide


def segment_uses(situation: Situation) -> set[SegmentUse]:
    """Return the segment uses that a situation watches."""
    return {place.use for here in situation.watched.values() for place in here}
