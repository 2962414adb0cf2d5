"""Registries that rules of a companion guide look values up in: CSV files of the office.

A profile names a registry (`lookup: {path: 2010B/NM109, in: submitter.roster, …}`); which file that
is, the configuration says (`[lookups]`), or the command (`--lookup NAME=FILE`). A file has a
header. Its first column is what is looked up; the further ones stand for the paths of `key` and
`match`, in the order in which the rule names them. Three columns have a meaning by their name,
wherever they stand: `answer` is what the registry says of the value, for rules with `equals`;
`from` and `to` are the first and the last day of a row, 2026-01-31. An empty cell fits everything.
Case, and how many blanks part words, do not count.

A table that a rule names instead of a list of values (`$table.payer_ids`) is such a file too, named
`table.payer_ids`: the values of its first column.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

from attrs import field, frozen

from x12_pa.errors import ConfigError
from x12_pa.guides import Profile
from x12_pa.guides.hooks import TABLES, Keys, Lookup

ANSWER, FROM, TO = "answer", "from", "to"


@frozen(kw_only=True)
class Row:
    """One row: what the further columns hold, what it says, and when it holds."""

    cells: tuple[str, ...] = ()
    answer: str | None = None
    starts: date | None = None
    ends: date | None = None

    def holds_on(self, day: date | None) -> bool:
        """Tell whether it is in force on a day; without a day it is."""
        if day is None:
            return True
        return (self.starts is None or self.starts <= day) and (
            self.ends is None or day <= self.ends
        )

    def fits(self, keys: Sequence[frozenset[str]]) -> bool:
        """Tell whether it agrees with what the message says; an empty cell always does."""
        pairs = zip(self.cells, keys, strict=False)
        return all(not cell or not said or cell in said for cell, said in pairs)


@frozen(kw_only=True)
class Registry:
    """One file: its rows by what is looked up. Calling it looks a value up.

    Attributes:
        columns: how many further columns it has.
        answers: whether it has a column `answer`.
        today: the day on which rows must hold.
        written: what can be looked up, as the file has it.
    """

    name: str
    rows: Mapping[str, Sequence[Row]] = field(repr=False)
    columns: int = 0
    answers: bool = False
    today: date | None = None
    written: tuple[str, ...] = field(default=(), repr=False)

    @property
    def listed(self) -> tuple[str, ...]:
        """What can be looked up on the day, as the file has it."""
        known = {plain for plain, rows in self.rows.items() if any(map(self._holds, rows))}
        return tuple(value for value in self.written if _plain(value) in known)

    def _holds(self, row: Row) -> bool:
        return row.holds_on(self.today)

    def __call__(self, value: str, keys: Keys) -> object:
        """Return what the registry says of a value: its answer, else whether a row fits.

        Args:
            keys: what the message says at the paths of the further columns, in their order.

        Returns:
            None when it cannot tell: it has no such columns, or rows that say different things.
        """
        if len(keys) > self.columns:
            return None
        said = [frozenset(map(_plain, values)) for values in keys.values()]
        here = [row for row in self.rows.get(_plain(value), ()) if row.holds_on(self.today)]
        fitting = [row for row in here if row.fits(said)]
        if not self.answers:
            return bool(fitting)
        found = {row.answer for row in fitting if row.answer}
        return found.pop() if len(found) == 1 else None


def registry_names(profile: Profile | None) -> set[str]:
    """Return the names of the registries that rules of a profile look values up in."""
    rules = profile.rules if profile else ()
    looked_up = {str(asked["in"]) for rule in rules for asked in _lookups(rule.body)}
    return looked_up | {name for rule in rules for name in _tables(rule.body)}


def registries_for(
    profile: Profile | None, files: Mapping[str, Path], today: date | None
) -> dict[str, Lookup]:
    """Return the registries that rules of a profile name and a file is given for.

    Raises:
        ConfigError: a file cannot be read, is not written as it should be, or has fewer columns
            than a rule compares; names file and line.
    """
    found: dict[str, Lookup] = {
        name: read_registry(name, files[name], today)
        for name in registry_names(profile)
        if name in files
    }
    for rule in profile.rules if profile else ():
        for asked in _lookups(rule.body):
            name = str(asked["in"])
            if name not in files:
                continue
            registry = found[name]
            assert isinstance(registry, Registry)
            paths = (*_listed(asked.get("key")), *_listed(asked.get("match")))
            if len(paths) > registry.columns:
                raise ConfigError(
                    f"{files[name]}, line 1: rule '{rule.id}' of {rule.layer} looks values up "
                    f"with {', '.join(paths)}; after the first column one for each of them was "
                    f"expected, and there are {registry.columns}."
                )
            if "equals" in asked and not registry.answers:
                raise ConfigError(
                    f"{files[name]}, line 1: rule '{rule.id}' of {rule.layer} compares what the "
                    f"registry says of a value; a column '{ANSWER}' was expected."
                )
    return found


def _lookups(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the lookups of a rule, also those under `then` and `else`."""
    for name, argument in body.items():
        if name == "lookup":
            yield argument
        elif name in ("then", "else", "response") and isinstance(argument, Mapping):
            yield from _lookups(argument)


def _tables(body: Any) -> Iterator[str]:
    """Yield the names of the tables (`$table.payer_ids`) in a rule."""
    if isinstance(body, str) and body.startswith(TABLES):
        yield body.removeprefix("$")
    elif isinstance(body, Mapping | list):
        for item in body.values() if isinstance(body, Mapping) else body:
            yield from _tables(item)


def _listed(value: Any) -> list[str]:
    return [str(item) for item in (value if isinstance(value, list) else [value]) if item]


def read_registry(name: str, path: Path, today: date | None = None) -> Registry:
    """Read the file of a registry.

    Raises:
        ConfigError: it cannot be read, or is not written as it should be; names file and line.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as problem:
        raise ConfigError(
            f"{path}: the registry '{name}' cannot be read ({problem.strerror})."
        ) from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: the registry '{name}' is not UTF-8 text.") from None
    lines = _lines(path, text)
    at, header = next(lines, (1, []))
    titles = [title.strip().casefold() for title in header]
    _check_header(path, at, titles)
    meant = {title: titles.index(title) for title in (ANSWER, FROM, TO) if title in titles}
    rest = [number for number in range(1, len(titles)) if number not in meant.values()]
    rows: dict[str, list[Row]] = {}
    written: dict[str, None] = {}
    for line, cells in lines:
        where = f"{path}, line {line}"
        if len(cells) != len(titles):
            raise ConfigError(f"{where}: {len(cells)} cells; {len(titles)} were expected.")
        if not cells[0].strip():
            raise ConfigError(f"{where}: the first cell is empty; what is looked up was expected.")
        row = Row(
            cells=tuple(_plain(cells[number]) for number in rest),
            answer=cells[meant[ANSWER]].strip() if ANSWER in meant else None,
            starts=_day(cells[meant[FROM]], where) if FROM in meant else None,
            ends=_day(cells[meant[TO]], where) if TO in meant else None,
        )
        rows.setdefault(_plain(cells[0]), []).append(row)
        written[cells[0].strip()] = None
    return Registry(
        name=name,
        rows=rows,
        columns=len(rest),
        answers=ANSWER in meant,
        today=today,
        written=tuple(written),
    )


def _lines(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield (line, cells) of each line that is not empty."""
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as problem:
            raise ConfigError(f"{path}, line {reader.line_num}: not CSV: {problem}.") from None
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield reader.line_num, cells


def _check_header(path: Path, line: int, titles: list[str]) -> None:
    if not titles:
        raise ConfigError(f"{path}, line 1: the file is empty; a header was expected.")
    if not titles[0] or titles[0] in (ANSWER, FROM, TO):
        raise ConfigError(
            f"{path}, line {line}: the first column is what is looked up; a title such as 'npi' "
            f"was expected, not an empty one, '{ANSWER}', '{FROM}' or '{TO}'."
        )
    for number, title in enumerate(titles, 1):
        if title and title in titles[: number - 1]:
            # A file without a header may hold data here, so the title is not repeated.
            raise ConfigError(
                f"{path}, line {line}: column {number} has the title of an earlier one; titles "
                "that differ were expected."
            )


def _day(text: str, where: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError:
        raise ConfigError(f"{where}: a day such as 2026-01-31 was expected.") from None


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
