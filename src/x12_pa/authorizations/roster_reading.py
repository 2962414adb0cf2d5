"""Read a roster from CSV or JSON; every fault names file, row and column.

CSV has a header with the names of the columns, in any order. JSON is a list of objects with the
same names. All faults of a file are told together; a roster with a fault is not used at all, since
a row that was left out would read as "not enrolled".
"""

import csv
import difflib
import json
from collections.abc import Iterator, Mapping
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

from attrs import fields

from x12_pa.authorizations.roster import Enrolment, Roster
from x12_pa.errors import ConfigError
from x12_pa.guides.npi import npi_is_valid

COLUMNS = tuple(one.name for one in fields(Enrolment) if one.name != "row")
REQUIRED = ("npi", "payer")
STATUSES = ("enrolled", "pending")
_MOST_FAULTS = 20


def read_roster(path: Path) -> Roster:
    """Read a roster from a file, JSON when its name ends so.

    Raises:
        ConfigError: it cannot be read, or rows of it are wrong; names each row and column.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as problem:
        raise ConfigError(f"{path}: the roster cannot be read ({problem.strerror}).") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: the roster is not UTF-8 text.") from None
    rows = _json(path, text) if path.suffix.casefold() == ".json" else _csv(path, text)
    found, faults = [], []
    for number, cells in rows:
        wrong = list(_faults(cells))
        faults += [f"{path}, row {number}, column {name}: {what}" for name, what in wrong]
        if not wrong:
            found.append(_row(number, cells))
    if faults:
        more = len(faults) - _MOST_FAULTS
        shown = faults[:_MOST_FAULTS] + ([f"and {more} more faults"] if more > 0 else [])
        raise ConfigError("The roster has faults; nothing of it is used.\n  " + "\n  ".join(shown))
    return Roster(name=str(path), rows=tuple(found))


def _csv(path: Path, text: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Yield (row of the file, cells by column) of each row that is not empty; the header is 1."""
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    try:
        header = [title.strip().casefold() for title in next(reader, [])]
        _check_columns(path, header)
        for number, cells in enumerate(reader, 2):
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                raise ConfigError(
                    f"{path}, row {number}: {len(cells)} cells; {len(header)} were expected."
                )
            yield number, dict(zip(header, (cell.strip() for cell in cells), strict=True))
    except csv.Error as problem:
        raise ConfigError(f"{path}, line {reader.line_num}: not CSV: {problem}.") from None


def _check_columns(path: Path, header: list[str]) -> None:
    for name in header:
        if name not in COLUMNS:
            near = difflib.get_close_matches(name, COLUMNS, 1)
            hint = f"did you mean '{near[0]}'?" if near else f"Known: {', '.join(COLUMNS)}."
            raise ConfigError(f"{path}, row 1: a column is not known; {hint}")
        if header.count(name) > 1:
            raise ConfigError(f"{path}, row 1: column {name} stands twice.")
    if missing := [name for name in REQUIRED if name not in header]:
        raise ConfigError(f"{path}, row 1: column {', '.join(missing)} is missing.")


def _json(path: Path, text: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError):
        raise ConfigError(f"{path}: the roster is not JSON.") from None
    if not isinstance(rows, list):
        raise ConfigError(f"{path}: a list of rows in brackets was expected.")
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise ConfigError(f"{path}, row {number}: an object in braces was expected.")
        if unknown := sorted(set(row) - set(COLUMNS)):
            known = ", ".join(COLUMNS)
            raise ConfigError(
                f"{path}, row {number}: {len(unknown)} names are not columns. Known: {known}."
            )
        yield number, {name: _text(value) for name, value in row.items()}


def _text(value: Any) -> str:
    """Return a JSON value as a cell; what is no text has no form that fits, and is told so."""
    return value.strip() if isinstance(value, str) else "" if value is None else repr(value)


def _faults(cells: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    npi = cells.get("npi", "")
    if not npi_is_valid(npi):
        yield "npi", "an NPI, ten digits with the right check digit, was expected"
    if not cells.get("payer"):
        yield "payer", "the payer's id was expected"
    days = {}
    for name in ("effective", "term"):
        try:
            days[name] = _day(cells.get(name, ""))
        except ValueError:
            yield name, "a day such as 2026-01-31 was expected"
    first, last = days.get("effective"), days.get("term")
    if first and last and last < first:
        yield "term", "a day not before the effective one was expected"
    if cells.get("status", "").casefold() not in ("", *STATUSES):
        yield "status", f"{' or '.join(STATUSES)} was expected"


def _day(text: str) -> date | None:
    if text and len(text) != len("2026-01-31"):
        raise ValueError
    return date.fromisoformat(text) if text else None


def _row(number: int, cells: Mapping[str, str]) -> Enrolment:
    texts = {name: cells.get(name, "") for name in ("npi", "payer", "plan", "location", "taxonomy")}
    # 60155-1234 in a table is 601551234 in a message (N403).
    texts["location"] = texts["location"].replace("-", "").replace(" ", "")
    return Enrolment(
        **texts,
        effective=_day(cells.get("effective", "")),
        term=_day(cells.get("term", "")),
        status="pending" if cells.get("status", "").casefold() == "pending" else "enrolled",
        row=number,
    )
