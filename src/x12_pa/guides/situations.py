"""Rules across segments, compiled onto a guide: the guide's own situations and a payer's rules.

A `Situation` is one rule with the loop that it is judged in, its scope: the innermost loop that
contains everything the rule looks at, or the loop that `each` names. It is judged once for every
instance of that loop, when the instance ends, on the watched segments inside it and in the loops
around it. Segments that no rule watches cost nothing.

The guide's own rules stand in `maps/rules/<guide key>.yaml`, a payer's in its profile, both in the
same language: one operator, an optional `when` and `then`, and who says so.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import yaml
from attrs import define, field, frozen

from x12_pa.errors import ConfigError
from x12_pa.guides import checks
from x12_pa.guides.checks import Check, Condition, condition
from x12_pa.guides.model import Guide, LoopUse, SegmentUse
from x12_pa.guides.paths import Place, envelope_element, is_context, places
from x12_pa.resources import data_dir

ROOT = "ST"


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

    @cached_property
    def sums(self) -> Mapping[int, tuple[int, int]] | None:
        """For a plain balance: `id()` of a use -> (element, sign), sign 0 being the total.

        Nearly every claim balances, so that is found out without looking at the rule itself.
        """
        check = self.checks[0]
        if self.when or len(self.checks) > 1 or not isinstance(check, checks.Balance):
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

    @property
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
    """

    by_scope: Mapping[int, tuple[Situation, ...]]
    uses: frozenset[int]
    kept: Mapping[int, frozenset[int]]


NO_SITUATIONS = Situations(by_scope={}, uses=frozenset(), kept={})


@frozen(kw_only=True)
class Body:
    """A rule as written: its `when`, its checks, and the paths of both."""

    id: str
    when: Condition | None
    when_paths: tuple[str, ...]
    checks: tuple[Check, ...]

    @property
    def paths(self) -> tuple[str, ...]:
        """Every path of the rule that names something inside a transaction set."""
        named = [*self.when_paths, *(path for check in self.checks for path in check.paths)]
        inside = [p for p in named if not is_context(p) and envelope_element(p) is None]
        return tuple(dict.fromkeys(inside))


def read_body(rule_id: str, data: Mapping[str, Any]) -> Body:
    """Compile the operators of a rule.

    Raises:
        ConfigError: an operator or its argument is none of the language; names the rule.
    """
    try:
        test, paths = condition(data["when"]) if "when" in data else (None, ())
        body = data.get("then", data) if "when" in data else data
        return Body(id=rule_id, when=test, when_paths=paths, checks=tuple(_checks(body)))
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise ConfigError(f"rule {rule_id}: {problem}") from None


def _checks(data: Mapping[str, Any]) -> Iterator[Check]:
    """Yield the checks of a body, one for each operator and path."""
    for operator, argument in data.items():
        make = _OPERATORS.get(operator)
        if make is not None:
            yield from make(argument)


def _paths(argument: Any) -> tuple[str, ...]:
    return tuple(argument) if isinstance(argument, list) else (str(argument),)


def _sets(operator: str, argument: Any) -> Iterator[Check]:
    yield checks.Sets(operator, tuple(_paths(item) for item in argument))


def _equals(argument: Mapping[str, Any], same: bool) -> Iterator[Check]:
    word = "equals" if same else "differs"
    for left, right in argument.items():
        yield checks.Equals(str(left), str(right), same, word)


def _count(argument: Any) -> Iterator[Check]:
    for item in argument if isinstance(argument, list) else [argument]:
        low, high = item.get("min", 0), item.get("max")
        if "eq" in item:
            low = high = item["eq"]
        path = item["of"]
        if item.get("unit") == "composites":
            path += "[*]"
        yield checks.Count(path, low, high)


def _lengths(argument: Mapping[str, Any]) -> Iterator[Check]:
    for path, item in argument.items():
        low, high = item.get("min", 0), item.get("max", 10**6)
        yield checks.Length(path, item.get("eq", low), item.get("eq", high))


def _balance(argument: Mapping[str, Any]) -> Iterator[Check]:
    where = argument.get("where")
    pair = next(iter(where.items())) if where else None
    yield checks.Balance(argument["total"], _paths(argument["parts"]), pair)


def _window(argument: Mapping[str, Any]) -> Iterator[Check]:
    yield checks.DateWindow(
        argument["path"],
        argument.get("not_before"),
        argument.get("not_after"),
        argument.get("max_span"),
        _paths(argument.get("except", [])),
    )


def _charset(argument: Mapping[str, Any]) -> Iterator[Check]:
    if "path" in argument and "allow" in argument:
        yield checks.Charset(argument["path"], argument["allow"])


_OPERATORS: dict[str, Any] = {
    "require": lambda a: iter([checks.Require(_paths(a))]),
    "forbid": lambda a: iter([checks.Forbid(_paths(a))]),
    "values": lambda a: (checks.Values(path, allowed) for path, allowed in a.items()),
    "format": lambda a: (checks.Format(path, str(p).strip("^$")) for path, p in a.items()),
    "length": _lengths,
    "count": _count,
    "any_of": lambda a: _sets("any_of", a),
    "one_of": lambda a: _sets("one_of", a),
    "exclusive": lambda a: _sets("exclusive", a),
    "equals": lambda a: _equals(a, same=True),
    "differs": lambda a: _equals(a, same=False),
    "balance": _balance,
    "date_window": _window,
    "charset": _charset,
}

OPERATORS = tuple(_OPERATORS)


def place_rule(
    guide: Guide,
    body: Body,
    *,
    each: str | None = None,
    per: str | None = None,
    **about: Any,
) -> list[Situation]:
    """Return the situations that a rule becomes in a guide, one for each scope loop.

    Args:
        guide: the guide.
        body: the compiled rule.
        each: id of the loop to judge it in, if that is not the innermost that holds everything.
        per: the same, as `count` says it (`ST` or a loop id).
        about: `code`, `severity`, `message`, `source`, `section` of the situations.

    Raises:
        ConfigError: the guide has nothing at a path of the rule.
    """
    found = {path: places(guide, path) for path in body.paths}
    if missing := [path for path, here in found.items() if not here]:
        raise ConfigError(f"rule {body.id}: {guide.key} has nothing at '{missing[0]}'.")
    scope_id = each or per or _common(found)
    scopes = [guide.root] if scope_id == ROOT else guide.loops(scope_id)
    situations = []
    for scope in scopes:
        watched = {
            path: tuple(place for place in here if _related(place.loop, scope))
            for path, here in found.items()
        }
        situations.append(
            Situation(
                id=body.id,
                scope=scope,
                when=body.when,
                checks=body.checks,
                watched=watched,
                **about,
            )
        )
    return situations


def _common(found: Mapping[str, tuple[Place, ...]]) -> str:
    """Return the id of the innermost loop that holds a place of every path."""
    chains = [_chain(_holder(here[0])) for here in found.values() if here]
    shared = ROOT
    for level in zip(*chains, strict=False):
        if any(loop is not level[0] for loop in level):
            break
        shared = level[0].id if level[0].parent else ROOT
    return shared


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
        kept=kept,
    )


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
