"""The `when` of a rule: which values at which paths make it apply.

An entry holds when some value at its path is wanted. `any`, `all` and `none` group entries; inside
`all` every value at a path must be wanted, inside `none` no value may be. `unless` is what `else`
becomes: the opposite of a whole `when`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from attrs import frozen

from x12_pa.errors import ConfigError
from x12_pa.guides import expressions
from x12_pa.guides.checks import Found, Unknown, View, resolved, values_at
from x12_pa.guides.hooks import NO_HOOKS, Hooks
from x12_pa.guides.paths import is_context

Condition = Callable[[View], bool]


def condition(body: Mapping[str, Any]) -> tuple[Condition, tuple[str, ...]]:
    """Compile a `when`: every entry must hold. Returns it with the paths that it watches.

    Raises:
        ConfigError: an entry is none that the language knows.
    """
    parts: list[Condition] = []
    paths: list[str] = []
    for key, wanted in body.items():
        if key == "unless":
            test, found = condition(wanted)
            parts.append(_opposite(test))
            paths += found
        elif key in _GROUPS:
            inner = [_entry(path, value, every=key == "all") for path, value in wanted.items()]
            paths += [path for _, found in inner for path in found]
            parts.append(_joined(key, [test for test, _ in inner]))
        else:
            test, found = _entry(key, wanted)
            parts.append(test)
            paths += found
    return (lambda view: _every(parts, view)), tuple(paths)


def _every(tests: Sequence[Condition], view: View) -> bool:
    """Tell whether all hold; one that does not settles it, whatever is not known of the others."""
    undecided: Unknown | None = None
    for test in tests:
        try:
            if not test(view):
                return False
        except Unknown as problem:
            undecided = undecided or problem
    if undecided is not None:
        raise undecided
    return True


_GROUPS = ("any", "all", "none")


def _entry(path: str, wanted: Any, *, every: bool = False) -> tuple[Condition, tuple[str, ...]]:
    if path in (*_GROUPS, "unless"):
        return condition({path: wanted})
    return _single(path, wanted, every=every), (path,)


def _opposite(test: Condition) -> Condition:
    return lambda view: not test(view)


def _joined(kind: str, tests: Sequence[Condition]) -> Condition:
    if kind == "all":
        return lambda view: _every(tests, view)
    none = [_opposite(test) for test in tests]
    if kind == "any":
        return lambda view: not _every(none, view)
    return lambda view: _every(none, view)


def _single(path: str, wanted: Any, *, every: bool) -> Condition:
    if isinstance(wanted, Mapping):
        (word, argument), *more = wanted.items()
        if more or word not in _WORDS:
            known = ", ".join(_WORDS)
            raise ConfigError(f"when {path}: one of {known} is expected, not {list(wanted)}.")
        return _WORDS[word](path, argument)
    if every:
        return lambda view: _all_wanted(values_at(view, path), resolved(view, wanted))
    return lambda view: bool(set(values_at(view, path)) & set(resolved(view, wanted)))


def _all_wanted(found: list[str], wanted: list[str]) -> bool:
    return bool(found) and set(found) <= set(wanted)


def _not(path: str, argument: Any) -> Condition:
    def test(view: View) -> bool:
        found = values_at(view, path)
        return bool(found) and not set(found) & set(resolved(view, argument))

    return test


def _present(path: str, argument: Any) -> Condition:
    return lambda view: bool(values_at(view, path)) == bool(argument)


def _matches(path: str, argument: Any) -> Condition:
    pattern = expressions.safe_pattern(str(argument), f"when {path}")
    return lambda view: any(expressions.matches(pattern, v) for v in values_at(view, path))


def _count(path: str, argument: Any) -> Condition:
    return lambda view: len(values_at(view, path)) == int(argument)


_WORDS: dict[str, Callable[[str, Any], Condition]] = {
    "not": _not,
    "present": _present,
    "matches": _matches,
    "count": _count,
}


def positive(body: Mapping[str, Any]) -> Iterator[tuple[str, Condition]]:
    """Yield the entries of a `when` that hold by a value that stands in the file, compiled."""
    for path, wanted in body.items():
        if path in ("any", "all"):
            yield from positive(wanted)
        elif path not in ("none", "unless") and not is_context(path) and _by_value(wanted):
            yield path, _single(path, wanted, every=False)


def _by_value(wanted: Any) -> bool:
    if isinstance(wanted, Mapping):
        return "count" not in wanted and wanted.get("present") is not False
    values = wanted if isinstance(wanted, list) else [wanted]
    return not any(isinstance(value, str) and is_context(value) for value in values)


def fulfils(test: Condition, value: str) -> bool:
    """Tell whether one value by itself fulfils an entry."""
    return test(_One(value))


@frozen
class _One:
    """A view that holds one value, wherever one looks."""

    value: str
    hooks: Hooks = NO_HOOKS

    def find(self, path: str) -> list[Found]:
        return [(None, self.value)]

    def context(self, name: str) -> Any:
        raise Unknown(f"{name} is not given")

    def today(self) -> date:
        raise Unknown("today's date is not given")

    def memory(self, owner: Any, scope: str) -> dict[Any, Any]:
        return {}
