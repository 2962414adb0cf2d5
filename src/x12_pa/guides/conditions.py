"""The `when` of a rule: which values at which paths make it apply.

An entry holds when some value at its path is wanted. `any`, `all` and `none` group entries; inside
`all` every value at a path must be wanted, inside `none` no value may be. `unless` is what `else`
becomes: the opposite of a whole `when`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from x12_pa.errors import ConfigError
from x12_pa.guides import expressions
from x12_pa.guides.checks import View, resolved, values_at

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
    return (lambda view: all(part(view) for part in parts)), tuple(paths)


_GROUPS = ("any", "all", "none")


def _entry(path: str, wanted: Any, *, every: bool = False) -> tuple[Condition, tuple[str, ...]]:
    if path in (*_GROUPS, "unless"):
        return condition({path: wanted})
    return _single(path, wanted, every=every), (path,)


def _opposite(test: Condition) -> Condition:
    return lambda view: not test(view)


def _joined(kind: str, tests: Sequence[Condition]) -> Condition:
    if kind == "any":
        return lambda view: any(test(view) for test in tests)
    if kind == "all":
        return lambda view: all(test(view) for test in tests)
    return lambda view: not any(test(view) for test in tests)


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
