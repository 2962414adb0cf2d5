"""External code lists: what their codes look like, and dated tables of them.

The guides take many codes from lists that others keep: ICD-10-CM, HCPCS, places of service, states.
Some of these change every quarter, so shipping them as truth would make a validator reject new
codes. Here a list has a *form*, which does not change, and perhaps a *table* with the date it was
made. A folder named by `X12_PA_CODES` with files `<list number>.csv` replaces tables by a user's
own, kept as fresh as they like.
"""

import csv
import os
from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from attrs import frozen

from x12_pa.errors import ConfigError
from x12_pa.guides.plain_yaml import read_yaml
from x12_pa.resources import data_dir

OWN_TABLES = "X12_PA_CODES"


@frozen(kw_only=True)
class CodeList:
    """One external list.

    Attributes:
        number: in X12's list of code sources.
        form: regular expression of every code, or None.
        values: a table of the codes, or None.
        as_of: the day the table was made; None for a user's own, which is always fresh.
        fresh_days: how long the table is believed.
    """

    number: str
    name: str
    form: str | None = None
    values: frozenset[str] | None = None
    as_of: date | None = None
    fresh_days: int = 400
    source: str = ""

    def is_stale(self, today: date | None) -> bool:
        """Tell whether a code that is not in the table may be a new one."""
        if self.as_of is None:
            return False
        return today is None or today > self.as_of + timedelta(days=self.fresh_days)


@cache
def code_list(number: str) -> CodeList | None:
    """Return an external list by its number, or None when nothing is known of it.

    Raises:
        ConfigError: a table of the user's cannot be read.
    """
    shipped = _shipped().get(number)
    own = _own_table(number)
    if shipped is None and own is None:
        return None
    facts: Mapping[str, Any] = shipped or {}
    values = own or (frozenset(facts["values"].split()) if "values" in facts else None)
    as_of = facts.get("as_of") if own is None else None
    return CodeList(
        number=number,
        name=facts.get("name", f"code of list {number}"),
        form=facts.get("form"),
        values=values,
        as_of=date.fromisoformat(str(as_of)) if as_of else None,
        fresh_days=int(facts.get("fresh_days", 400)),
        source=facts.get("source", ""),
    )


@cache
def _shipped() -> Mapping[str, Mapping[str, Any]]:
    path = data_dir("maps") / "codes" / "lists.yaml"
    found: Mapping[str, Mapping[str, Any]] = read_yaml(path)["lists"]
    return found


def _own_table(number: str) -> frozenset[str] | None:
    folder = os.environ.get(OWN_TABLES)
    if not folder:
        return None
    path = Path(folder) / f"{number}.csv"
    if not path.is_file():
        return None
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            codes = {row[0].strip() for row in csv.reader(stream) if row and row[0].strip()}
    except (OSError, UnicodeDecodeError, csv.Error) as problem:
        raise ConfigError(f"{OWN_TABLES}: {path} cannot be read as CSV: {problem}.") from None
    if not codes:
        raise ConfigError(f"{OWN_TABLES}: {path} holds no code; put codes into its first column.")
    return frozenset(code.replace(".", "") if number == "897" else code for code in codes)


def lists_by_qualifier(text: str) -> dict[str, str]:
    """Read `ABK=897 ABF=897` as qualifier -> list number."""
    return dict(pair.split("=", 1) for pair in text.split())
