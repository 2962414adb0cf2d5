"""The operators of rules that look at more than one place: what they watch, what they object to.

A rule is judged on a *view*: the watched segments of one instance of its scope loop, with those of
the loops around it. Each operator is a small class: `paths` says what it watches, `breaches` yields
what is wrong. Nothing here knows a payer, a guide or a finding code.

Three results: a rule holds, is broken, or cannot be decided, because it depends on something that
is not in the file and was not given (`Unknown`). Unknown never counts as holding.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol

from attrs import field, frozen

from x12_pa.errors import ConfigError
from x12_pa.guides.paths import is_context

Found = tuple[Any, str]
"""A watched segment (whatever the view calls an item) and a value in it."""


class Unknown(Exception):
    """A rule cannot be decided; the text says what would have to be known."""


class View(Protocol):
    """What a rule may look at."""

    def find(self, path: str) -> list[Found]:
        """Return the values at a path, each with its segment, in document order."""

    def context(self, name: str) -> Any:
        """Return something from outside the file; raises `Unknown`."""

    def today(self) -> date:
        """Return the date that rules about dates count from."""


@frozen(kw_only=True)
class Breach:
    """One objection: where, what was found, and what was expected, as words.

    Attributes:
        path: the place that the objection is about.
        item: the segment there, or None when it is missing.
        value: the value found, or None.
        parts: what was added up, for a balance.
    """

    path: str
    item: Any = None
    value: str | None = None
    expected: str = ""
    parts: str = ""


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
        return [str(view.context(path))]
    return [value for _, value in view.find(path)]


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
            for item, value in view.find(path)[:1]:
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
        found: Sequence[Found] = (
            [(None, value) for value in values_at(view, self.path)]
            if is_context(self.path)
            else view.find(self.path)
        )
        for item, value in found:
            if value not in allowed:
                expected = f"{self.path} must be {_choice(allowed)}"
                yield Breach(path=self.path, item=item, value=value, expected=expected)


def _choice(values: Sequence[str]) -> str:
    return values[0] if len(values) == 1 else "one of " + ", ".join(values)


@frozen
class Format:
    """Every value at a path matches an expression as a whole."""

    path: str
    pattern: str
    operator: str = "format"

    @property
    def paths(self) -> tuple[str, ...]:
        """The path."""
        return (self.path,)

    def breaches(self, view: View) -> Iterator[Breach]:
        """Yield each value that does not match."""
        for item, value in view.find(self.path):
            if not re.fullmatch(self.pattern, value):
                expected = f"{self.path} must have the form {self.pattern}"
                yield Breach(path=self.path, item=item, value=value, expected=expected)


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
        for item, value in view.find(self.path):
            if not self.low <= len(value) <= self.high:
                expected = f"{self.path} must have {self.low} to {self.high} characters"
                yield Breach(path=self.path, item=item, value=value, expected=expected)


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
            yield Breach(path=self.path, expected=f"{self.path} must be given {self.low} times")
        elif self.high is not None and len(found) > self.high:
            item, value = found[self.high]
            expected = f"{self.path} may be given {self.high} times, not {len(found)}"
            yield Breach(path=self.path, item=item, value=value, expected=expected)


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
        """Both places, as far as they are in the file."""
        return tuple(path for path in (self.left, self.right) if _is_place(path))

    def breaches(self, view: View) -> Iterator[Breach]:
        """Yield each value on the left that does not agree with the right."""
        found = values_at(view, self.right) if _is_path(self.right) else [self.right]
        right = {value.strip() for value in found}
        if not right:
            return
        left: Sequence[Found] = (
            view.find(self.left)
            if not is_context(self.left)
            else [(None, value) for value in values_at(view, self.left)]
        )
        for item, value in left:
            if (value.strip() in right) != self.same:
                word = "equal" if self.same else "differ from"
                expected = f"{self.left} must {word} {self.right}"
                yield Breach(path=self.left, item=item, value=value, expected=expected)


def _is_path(text: str) -> bool:
    return is_context(text) or _is_place(text)


def _is_place(text: str) -> bool:
    return (
        not is_context(text)
        and re.match(r"(\d{4}[A-Z]*/|[A-Z][A-Z0-9]{1,2}\d\d|trim\()", text) is not None
    )


@frozen
class Balance:
    """A total equals the sum of its parts; a part with a leading `-` is taken off.

    `where` keeps only those parts whose loop has the same value at two paths, as in "the line
    adjustments of this payer".
    """

    total: str
    parts: tuple[str, ...]
    where: tuple[str, str] | None = None
    operator: str = "balance"

    @property
    def paths(self) -> tuple[str, ...]:
        """The total, the parts and what `where` compares."""
        return (self.total, *(part.lstrip("-") for part in self.parts), *(self.where or ()))

    def breaches(self, view: View) -> Iterator[Breach]:
        """Yield one objection when the sum is another one."""
        totals = view.find(self.total)
        if not totals:
            return
        item, text = totals[0]
        total, summed, some = _amount(text), Decimal(0), False
        for part in self.parts:
            sign = -1 if part.startswith("-") else 1
            for _, value in self._part(view, part.lstrip("-")):
                amount = _amount(value)
                if amount is None:
                    return
                summed, some = summed + sign * amount, True
        if some and total is not None and total != summed:
            names = dict.fromkeys(part.lstrip("-").rpartition("/")[2] for part in self.parts)
            yield Breach(
                path=self.total,
                item=item,
                value=text,
                expected=f"{summed:f}",
                parts=", ".join(names),
            )

    def _part(self, view: View, path: str) -> list[Found]:
        found = view.find(path)
        if self.where is None:
            return found
        keep = {value for _, value in view.find(self.where[1])}
        marks = view.find(self.where[0])
        if not marks or path.partition("/")[0] != self.where[0].partition("/")[0]:
            return found
        return [item for item in found if _governing(item[0], marks) in keep]


def _governing(item: Any, marks: list[Found]) -> str | None:
    """Return the value of the last mark at or before a segment: the loop instance it is in."""
    best = None
    for mark, value in marks:
        if mark.number <= item.number:
            best = value
    return best


def _amount(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


@frozen
class DateWindow:
    """A date lies in a window around today, and a range is not too long."""

    path: str
    not_before: str | None = None
    not_after: str | None = None
    max_span: str | None = None
    except_: tuple[str, ...] = ()
    operator: str = "date_window"

    @property
    def paths(self) -> tuple[str, ...]:
        """The path and its exceptions."""
        return (self.path, *self.except_)

    def breaches(self, view: View) -> Iterator[Breach]:
        """Yield each date that lies outside, and each range that is too long."""
        spared = {id(item) for path in self.except_ for item, _ in view.find(path)}
        for item, value in view.find(self.path):
            if id(item) in spared or (days := _days(value)) is None:
                continue
            for word in self._objections(days, view.today()):
                yield Breach(path=self.path, item=item, value=value, expected=word)

    def _objections(self, days: tuple[date, date], today: date) -> Iterator[str]:
        start, end = days
        if self.not_before and start < (low := day_of(self.not_before, today)):
            yield f"{self.path} must not be before {low} ({self.not_before})"
        if self.not_after and end > (high := day_of(self.not_after, today)):
            yield f"{self.path} must not be after {high} ({self.not_after})"
        if self.max_span and end >= add_period(start, self.max_span) + timedelta(days=1):
            yield f"{self.path} must not span more than {self.max_span}"


def _days(value: str) -> tuple[date, date] | None:
    first, _, second = value.partition("-")
    try:
        start = date(int(first[:4]), int(first[4:6]), int(first[6:8]))
        second = second or first
        return start, date(int(second[:4]), int(second[4:6]), int(second[6:8]))
    except ValueError:
        return None


_PERIOD = re.compile(r"P(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<days>\d+)D)?$")


def add_period(day: date, period: str, sign: int = 1) -> date:
    """Return a day moved by an ISO period such as `P27M`; the end of a month is kept inside.

    Raises:
        ConfigError: the period is none.
    """
    match = _PERIOD.match(period)
    if match is None or period == "P":
        raise ConfigError(f"'{period}' is not a period; write P3Y, P27M or P90D.")
    years, months, days = (int(match[name] or 0) for name in ("years", "months", "days"))
    count = day.year * 12 + day.month - 1 + sign * (years * 12 + months)
    year, month = count // 12, count % 12 + 1
    last = (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month, min(day.day, last)) + timedelta(days=sign * days)


def day_of(text: str, today: date) -> date:
    """Return the day that `today`, `today-P27M`, `2026-01-31` or `end_of_month(…)` means.

    Raises:
        ConfigError: the expression is none of these.
    """
    inner = re.fullmatch(r"end_of_month\((.*)\)", text)
    if inner:
        day = day_of(inner[1], today)
        return add_period(day.replace(day=1), "P1M") - timedelta(days=1)
    moved = re.fullmatch(r"today(?:([+-])(P\w+))?", text)
    if moved:
        return add_period(today, moved[2], 1 if moved[1] == "+" else -1) if moved[1] else today
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ConfigError(
            f"'{text}' is not a day; write today, today-P27M, end_of_month(today+P1M) or a date."
        ) from None


@frozen
class Charset:
    """Every value at a path consists of allowed characters."""

    path: str
    allowed: str
    operator: str = "charset"

    @property
    def paths(self) -> tuple[str, ...]:
        """The path."""
        return (self.path,)

    def breaches(self, view: View) -> Iterator[Breach]:
        """Yield each value with another character."""
        for item, value in view.find(self.path):
            if re.search(f"[^{self.allowed}]", value):
                expected = f"{self.path} may hold only {self.allowed}"
                yield Breach(path=self.path, item=item, value=value, expected=expected)


Condition = Callable[[View], bool]


def condition(body: Mapping[str, Any]) -> tuple[Condition, tuple[str, ...]]:
    """Compile a `when`: every entry must hold. Returns it with the paths that it watches.

    Raises:
        ConfigError: an entry is none that the language knows.
    """
    parts: list[Condition] = []
    paths: list[str] = []
    for key, wanted in body.items():
        if key in ("any", "all", "none"):
            inner = [condition({path: value}) for path, value in wanted.items()]
            paths += [path for _, found in inner for path in found]
            parts.append(_joined(key, [test for test, _ in inner]))
        else:
            parts.append(_single(key, wanted))
            if not is_context(key):
                paths.append(key)
    return (lambda view: all(part(view) for part in parts)), tuple(paths)


def _joined(kind: str, tests: Sequence[Condition]) -> Condition:
    if kind == "any":
        return lambda view: any(test(view) for test in tests)
    if kind == "all":
        return lambda view: all(test(view) for test in tests)
    return lambda view: not any(test(view) for test in tests)


def _single(path: str, wanted: Any) -> Condition:
    if isinstance(wanted, Mapping):
        (word, argument), *more = wanted.items()
        if more or word not in _WORDS:
            known = ", ".join(_WORDS)
            raise ConfigError(f"when {path}: one of {known} is expected, not {list(wanted)}.")
        return _WORDS[word](path, argument)
    return lambda view: bool(set(values_at(view, path)) & set(resolved(view, wanted)))


def _not(path: str, argument: Any) -> Condition:
    def test(view: View) -> bool:
        found = values_at(view, path)
        return bool(found) and not set(found) & set(resolved(view, argument))

    return test


def _present(path: str, argument: Any) -> Condition:
    return lambda view: bool(values_at(view, path)) == bool(argument)


def _matches(path: str, argument: Any) -> Condition:
    pattern = re.compile(str(argument))
    return lambda view: any(pattern.fullmatch(value) for value in values_at(view, path))


_WORDS: dict[str, Callable[[str, Any], Condition]] = {
    "not": _not,
    "present": _present,
    "matches": _matches,
}
