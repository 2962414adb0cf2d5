"""The operators of rules that look at more than one place: what they watch, what they object to.

A rule is judged on a *view*: the watched segments of one instance of its scope loop, with those of
the loops around it. Each operator is a small class: `paths` says what it watches, `breaches` yields
what is wrong. Nothing here knows a payer, a guide or a finding code.

Three results: a rule holds, is broken, or cannot be decided, because it depends on something that
is not in the file and was not given (`Unknown`). Unknown never counts as holding.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Protocol

from attrs import field, frozen

from x12_pa.guides.hooks import Hooks
from x12_pa.guides.paths import is_context

NO_LIMIT = 10**6
Found = tuple[Any, str]
"""A watched segment (whatever the view calls an item) and a value in it."""


GIVE_CONTEXT = "Give it with --context"
GIVE_HISTORY = "Let it be looked up in the ledger with --history"


class Unknown(Exception):
    """A rule cannot be decided; the text says what would have to be known.

    Attributes:
        remedy: what somebody can do about it, as the beginning of a sentence.
    """

    def __init__(self, what: str, remedy: str = GIVE_CONTEXT) -> None:
        super().__init__(what)
        self.remedy = remedy


def is_true(value: Any) -> bool:
    """Tell whether context says yes; what a command line gives is a text.

    >>> is_true(True), is_true("yes"), is_true("false"), is_true(None)
    (True, True, False, False)
    """
    if isinstance(value, str):
        return value.strip().lower() not in ("", "0", "false", "no", "off")
    return bool(value)


class View(Protocol):
    """What a rule may look at."""

    def find(self, path: str) -> list[Found]:
        """Return the values at a path, each with its segment, in document order."""

    def context(self, name: str) -> Any:
        """Return something from outside the file; raises `Unknown`."""

    def today(self) -> date:
        """Return the date that rules about dates count from; raises `Unknown`."""

    @property
    def hooks(self) -> Hooks:
        """What is known of other messages and of registries."""

    def memory(self, owner: Any, scope: str) -> dict[Any, Any]:
        """Return what a check keeps for as long as a scope lasts: `@file`, `@interchange` …"""


@frozen(kw_only=True)
class Breach:
    """One objection: where, what was found, and what was expected, as words.

    Attributes:
        path: the place that the objection is about.
        item: the segment there, or None when it is missing.
        value: the value found, or None.
        parts: what was added up, for a balance.
        ik403: element error code, where it is not the usual one of the operator.
    """

    path: str
    item: Any = None
    value: str | None = None
    expected: str = ""
    parts: str = ""
    ik403: str | None = None


class Check(Protocol):
    """One operator with its arguments."""

    @property
    def operator(self) -> str:
        """Its name in the language."""

    @property
    def paths(self) -> Sequence[str]:
        """The paths that it watches."""

    def breaches(self, view: View) -> Iterator[Breach]:
        """Yield what is wrong in a view; raises `Unknown`."""


def values_at(view: View, path: str) -> list[str]:
    """Return the values at a path; for context, the one value there is."""
    if is_context(path):
        return resolved(view, path)
    return [value for _, value in view.find(path)]


def found_at(view: View, path: str) -> list[Found]:
    """Return the values at a path with their segments; context has none."""
    if is_context(path):
        return [(None, value) for value in resolved(view, path)]
    return view.find(path)


def resolved(view: View, argument: Any) -> list[str]:
    """Return an argument as a list of texts; `$…` and `@…` are looked up."""
    if isinstance(argument, str) and is_context(argument):
        known = view.context(argument)
        return [str(item) for item in known] if isinstance(known, list | tuple) else [str(known)]
    items = argument if isinstance(argument, list | tuple) else [argument]
    return [str(item) for item in items]


@frozen
class Require:
    """Each path must have a value."""

    paths: tuple[str, ...]
    operator: str = "require"

    def breaches(self, view: View) -> Iterator[Breach]:
        """Yield each path without a value."""
        for path in self.paths:
            if not values_at(view, path):
                yield Breach(path=path, expected=f"{path} must be given")


@frozen
class Forbid:
    """No path may have a value."""

    paths: tuple[str, ...]
    operator: str = "forbid"

    def breaches(self, view: View) -> Iterator[Breach]:
        """Yield each value at a path."""
        for path in self.paths:
            for item, value in found_at(view, path)[:1]:
                yield Breach(
                    path=path, item=item, value=value, expected=f"{path} must not be given"
                )


@frozen
class Values:
    """Every value at a path is one of a list."""

    path: str
    allowed: Any = field(hash=False)
    operator: str = "values"

    @property
    def paths(self) -> tuple[str, ...]:
        """The path."""
        return (self.path,)

    def breaches(self, view: View) -> Iterator[Breach]:
        """Yield each value that is not in the list."""
        allowed = resolved(view, self.allowed)
        for item, value in found_at(view, self.path):
            if value not in allowed:
                expected = f"{self.path} must be {_choice(allowed)}"
                yield Breach(path=self.path, item=item, value=value, expected=expected)


def _choice(values: Sequence[str]) -> str:
    return values[0] if len(values) == 1 else "one of " + ", ".join(values)


@frozen
class Length:
    """Every value at a path has so many characters."""

    path: str
    low: int
    high: int
    operator: str = "length"

    @property
    def paths(self) -> tuple[str, ...]:
        """The path."""
        return (self.path,)

    def breaches(self, view: View) -> Iterator[Breach]:
        """Yield each value that is too short or too long."""
        for item, value in found_at(view, self.path):
            if not self.low <= len(value) <= self.high:
                short = len(value) < self.low
                yield Breach(
                    path=self.path,
                    item=item,
                    value=value,
                    expected=f"{self.path} must have {self._size()} characters",
                    ik403="4" if short else "5",
                )

    def _size(self) -> str:
        if self.high >= NO_LIMIT:
            return f"at least {self.low}"
        return str(self.low) if self.low == self.high else f"{self.low} to {self.high}"


@frozen
class Count:
    """A path has at least and at most so many values in the scope."""

    path: str
    low: int = 0
    high: int | None = None
    operator: str = "count"

    @property
    def paths(self) -> tuple[str, ...]:
        """The path."""
        return (self.path,)

    def breaches(self, view: View) -> Iterator[Breach]:
        """Yield one objection when there are too few or too many."""
        found = view.find(self.path)
        if len(found) < self.low:
            expected = f"{self.path} must be given {_times(self.low)}, not {_times(len(found))}"
            yield Breach(path=self.path, expected=expected, ik403="I11")
        elif self.high is not None and len(found) > self.high:
            item, value = found[self.high]
            expected = f"{self.path} may be given {_times(self.high)}, not {_times(len(found))}"
            yield Breach(path=self.path, item=item, value=value, expected=expected)


def _times(count: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(count, f"{count} times")


@frozen
class Sets:
    """Of several sets of paths, at least one (`any_of`), one (`one_of`) or at most one is there."""

    operator: str
    sets: tuple[tuple[str, ...], ...]

    @property
    def paths(self) -> tuple[str, ...]:
        """Every path of every set."""
        return tuple(path for paths in self.sets for path in paths)

    def breaches(self, view: View) -> Iterator[Breach]:
        """Yield one objection when too few or too many sets are whole."""
        whole = [paths for paths in self.sets if all(values_at(view, path) for path in paths)]
        words = " or ".join(" with ".join(paths) for paths in self.sets)
        if not whole and self.operator != "exclusive":
            yield Breach(path=self.sets[0][0], expected=f"give {words}")
        elif len(whole) > 1 and self.operator != "any_of":
            item, value = view.find(whole[1][0])[0]
            expected = f"give only one of {words}"
            yield Breach(path=whole[1][0], item=item, value=value, expected=expected)


@frozen
class Equals:
    """Two places have the same value; with `same` False they must differ."""

    left: str
    right: str
    same: bool = True
    operator: str = "equals"

    @property
    def paths(self) -> tuple[str, ...]:
        """Both places; what does not look like one is a value."""
        return tuple(path for path in (self.left, self.right) if _is_path(path))

    def breaches(self, view: View) -> Iterator[Breach]:
        """Yield each value on the left that does not agree with the right."""
        found = values_at(view, self.right) if _is_path(self.right) else [self.right]
        right = {value.strip() for value in found}
        if not right:
            return
        for item, value in found_at(view, self.left):
            if (value.strip() in right) != self.same:
                word = "equal" if self.same else "differ from"
                expected = f"{self.left} must {word} {self.right}"
                yield Breach(path=self.left, item=item, value=value, expected=expected)


def _is_path(text: str) -> bool:
    return is_context(text) or _is_place(text)


def _is_place(text: str) -> bool:
    return (
        not is_context(text)
        and re.match(r"\d{4}[A-Z]*/|[A-Z][A-Z0-9]{1,2}\d\d$|(trim|raw)\(", text) is not None
    )
