"""Rules across segments, compiled onto a guide: the guide's own situations and a payer's rules.

A `Situation` is one rule with the loop that it is judged in, its scope: the innermost loop that
contains everything the rule looks at, or the loop that `each` names. It is judged once for every
instance of that loop, when the instance ends, on the watched segments inside it and in the loops
around it. Segments that no rule watches cost nothing.

The guide's own rules stand in `maps/rules/<guide key>.yaml`, a payer's in its profile, both in the
same language: one operator, an optional `when` and `then`, and who says so.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from attrs import field, frozen

from x12_pa.errors import ConfigError
from x12_pa.guides.foreign import SUFFIX
from x12_pa.guides.model import Guide, LoopUse, SegmentUse
from x12_pa.guides.nesting import ROOT, chain, common, inside, owner, related
from x12_pa.guides.operators import Body, read_body
from x12_pa.guides.paths import ANYWHERE, Place, places
from x12_pa.guides.plain_yaml import read_yaml
from x12_pa.guides.situation import Situation
from x12_pa.resources import data_dir


@frozen(kw_only=True, eq=False)
class Situations:
    """All situations of a guide, ready for a walker.

    Attributes:
        by_scope: situations by `id()` of their scope loop.
        uses: `id()` of every segment use that some situation watches.
        kept: `id()` of scope loop -> uses that rules of loops further out still need when an
            instance of it ends.
        plain: those of them that wait for no value of a segment.
        probed: `id()` of scope loop -> `id()` of use -> rules that wait for a value in it.
        loops: every loop whose end the walker must tell: the scopes, and the loops around them
            that own what the rules look at.
        owners: `id()` of those of them that own something.
        carried: `id()` of a use -> element: of these a sum over the whole set needs nothing but
            the amount, so that one segment with the amounts so far stands for all of them.
        alone: `id()` of a use -> the only situation that looks at it while nothing has woken
            others, or None; texts that it is known to keep need not be captured.
        sleepers: `id()` of a use -> situations that one of its segments may wake.
    """

    by_scope: Mapping[int, tuple[Situation, ...]]
    uses: frozenset[int]
    kept: Mapping[int, frozenset[int]]
    alone: Mapping[int, Situation | None] = field(factory=dict)
    sleepers: Mapping[int, tuple[Situation, ...]] = field(factory=dict)
    plain: Mapping[int, tuple[Situation, ...]] = field(factory=dict)
    probed: Mapping[int, Mapping[int, tuple[Situation, ...]]] = field(factory=dict)
    loops: tuple[LoopUse, ...] = ()
    owners: frozenset[int] = frozenset()
    carried: Mapping[int, int] = field(factory=dict)


NO_SITUATIONS = Situations(by_scope={}, uses=frozenset(), kept={})


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
        each: id of the loop to judge it in, if that is not the innermost that holds everything; a
            segment (`2400/SV1`) when each such segment is judged by itself.
        per: the same, as `count` says it (`ST` or a loop id).
        about: `code`, `severity`, `message`, `source`, `section` of the situations.

    Raises:
        ConfigError: the guide has nothing at a path of the rule.
    """
    found = {path: places(guide, path) for path in (*body.paths, *beside)}
    if missing := [path for path, here in found.items() if not here]:
        raise ConfigError(f"rule {body.id}: {guide.key} has nothing at '{missing[0]}'.")
    scope_id = each or per or body.scope or common(found, above=body.gathers)
    scopes = _scopes(guide, scope_id)
    if each is None and any(path.startswith(ANYWHERE) for path in body.paths):
        scopes = list(
            {id(here.loop): here.loop for all_ in found.values() for here in all_}.values()
        )
    situations = []
    for scope in scopes:
        situations.append(
            Situation(
                id=body.id,
                scope=scope,
                when=body.when,
                guard=body.guard,
                checks=body.checks,
                watched=_watched(scope, found),
                singly="/" in scope_id,
                **about,
            )
        )
    return situations


def _watched(scope: LoopUse, found: Mapping[str, Sequence[Place]]) -> dict[str, tuple[Place, ...]]:
    """Return which of the places of each path a rule judged in `scope` looks at."""
    return {
        path: _nearest(scope, [place for place in here if _seen_from(scope, path, place)])
        for path, here in found.items()
    }


def _scopes(guide: Guide, name: str) -> list[LoopUse]:
    """Return the scope loops that a name means; for a segment, the claim or level it stands in.

    Segments that are judged one by one can wait for the end of any loop around them, and the fewer
    ends are waited for, the faster is the walk.
    """
    if name == ROOT:
        return [guide.root]
    loops = guide.loops(name.partition("/")[0])
    return [_outermost(loop) for loop in loops] if "/" in name else loops


def _outermost(loop: LoopUse) -> LoopUse:
    above = loop.parent
    if above is None or above.parent is None or above.trigger.id == "HL":
        return loop
    return _outermost(above)


def _nearest(scope: LoopUse, here: Sequence[Place]) -> tuple[Place, ...]:
    """Keep the places inside a scope; those around it only where none is inside."""
    within = [place for place in here if inside(place.loop, scope)]
    return tuple(within or here)


def _seen_from(scope: LoopUse, path: str, place: Place) -> bool:
    """Tell whether a rule judged in a scope looks at a place; `**` is judged where it stands."""
    if path.startswith(ANYWHERE):
        return place.loop is scope
    return related(place.loop, scope)


def assemble(rules: Iterable[Situation]) -> Situations:
    """Index situations for a walker."""
    situations = list(rules)
    carried, unique = _carried(situations), _alone(situations)
    by_scope: dict[int, list[Situation]] = {}
    watchers: dict[int, set[int]] = {}
    scopes: dict[int, LoopUse] = {}
    for situation in situations:
        by_scope.setdefault(id(situation.scope), []).append(situation)
        scopes[id(situation.scope)] = situation.scope
        for here in situation.watched.values():
            for place in here:
                watchers.setdefault(id(place.use), set()).add(id(situation.scope))
                alone = id(place.use) in carried
                ends = place.loop if alone else owner(situation.scope, place)
                if ends is not None:
                    scopes[id(ends)] = ends
                    by_scope.setdefault(id(ends), [])
    plain = {
        number: tuple(rule for rule in found if rule.probe is None)
        for number, found in by_scope.items()
    }
    kept = {
        number: frozenset(
            use
            for use, wanted in watchers.items()
            if use not in carried and any(id(outer) in wanted for outer in chain(scope)[:-1])
        )
        for number, scope in scopes.items()
    }
    return Situations(
        by_scope={number: tuple(found) for number, found in by_scope.items()},
        uses=frozenset(watchers),
        alone=unique,
        sleepers=_probed(rule for rule in situations if not rule.sleeps.isdisjoint(unique)),
        kept=kept,
        plain=plain,
        probed={number: inner for number, found in by_scope.items() if (inner := _probed(found))},
        loops=tuple(scopes.values()),
        owners=frozenset(loop for rule in situations for loop in rule.owners.values()),
        carried=carried,
    )


def _carried(situations: Sequence[Situation]) -> dict[int, int]:
    """Return the uses in inner loops that one sum over the set adds up, each with its element."""
    found: dict[int, int] = {}
    for rule in situations:
        if rule.scope.parent is None and rule.sums is not None:
            for place in (p for here in rule.watched.values() for p in here):
                if place.loop is not rule.scope and len(rule.sums[id(place.use)]) == 1:
                    found[id(place.use)] = rule.sums[id(place.use)][0][0]
    for rule in situations:
        for place in (p for here in rule.watched.values() for p in here):
            if rule.scope is not place.loop and not (rule.scope.parent is None and rule.sums):
                found.pop(id(place.use), None)
    return found


def _probed(situations: Iterable[Situation]) -> dict[int, tuple[Situation, ...]]:
    found: dict[int, list[Situation]] = {}
    for situation in situations:
        for use in situation.probe.uses if situation.probe else ():
            found.setdefault(use, []).append(situation)
    return {use: tuple(rules) for use, rules in found.items()}


def _alone(situations: Iterable[Situation]) -> dict[int, Situation | None]:
    """Return the uses that at most one situation watches while all others there sleep.

    That one must be such that texts which keep it need not be captured.
    """
    watching: dict[int, list[Situation]] = {}
    for situation in situations:
        for use in {id(place.use) for here in situation.watched.values() for place in here}:
            awake = watching.setdefault(use, [])
            if use not in situation.sleeps:
                awake.append(situation)
    found = {use: next(iter(awake), None) for use, awake in watching.items() if len(awake) < 2}
    return {use: rule for use, rule in found.items() if rule is None or rule.texts}


@cache
def guide_rules(key: str) -> tuple[Mapping[str, Any], ...]:
    """Return the rules that ship with a guide; none when it has no file.

    Raises:
        ConfigError: the file is not YAML or a rule lacks `id` or `code`.
    """
    path = data_dir("maps") / "rules" / f"{key.removesuffix(SUFFIX)}.yaml"
    return tuple(_read(path)) if path.is_file() else ()


def _read(path: Path) -> Iterator[Mapping[str, Any]]:
    try:
        data = read_yaml(path) or {}
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
    """Give a guide its rules across segments, and mark the loops whose ends they wait for."""
    found = list(situations)
    if found:
        guide.situations = assemble(found)
        for loop in guide.situations.loops:
            loop.scoped = True
        # Programs that were made before, to read earlier messages, say, wait for no ends.
        guide.programs.clear()
    return guide


def segment_uses(situation: Situation) -> set[SegmentUse]:
    """Return the segment uses that a situation watches."""
    return {place.use for here in situation.watched.values() for place in here}
