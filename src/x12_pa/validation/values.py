"""Say what is wrong with one value: its form, its length, its code."""

import re
from datetime import date

from x12_pa.guides.codesets import code_list
from x12_pa.guides.expressions import matches
from x12_pa.guides.model import COMPOSITE, ElementUse
from x12_pa.guides.patterns import DATE_PERIOD, TIME
from x12_pa.syntax import Delimiters
from x12_pa.validation.naming import either

_CONTROL = re.compile(r"[\x00-\x1f]")


def profile_problem(element: ElementUse, value: str) -> tuple[str, str] | None:
    """Return (finding code, what was expected) when the profile does not take the value."""
    if element.codes and value not in element.codes:
        return "P101", either(element.codes)
    if not element.min <= len(value) <= element.max:
        return "P104", _lengths(element)
    if element.pattern and not matches(element.pattern, value):
        return "P105", element.pattern
    return None


def problem(element: ElementUse, value: str, delimiters: Delimiters) -> tuple[str, str] | None:
    """Return (finding code, what was expected), or None when the value is right."""
    if element.type != COMPOSITE and delimiters.component in value:
        return "X220", "a single value"
    value = value.strip(" ") or value
    if element.codes:
        return None if value in element.codes else ("X215", either(element.codes))
    if element.type in ("DT", "TM"):
        return _when(element, value)
    if element.data_element == DATE_PERIOD:
        return None if is_period(value) else ("X216", "CCYYMMDD, or two of them with a hyphen,")
    numeric = element.type.startswith("N") or element.type == "R"
    if numeric and not _is_number(element.type, value):
        return "X224", "a whole number" if element.type != "R" else "a number such as 12 or 12.5"
    size = len(value.lstrip("-").replace(".", "")) if numeric else len(value)
    if element.min <= size <= element.max:
        return unlisted(element.external, value)
    return "X212" if size < element.min else "X213", _lengths(element)


def unlisted(number: str | None, value: str) -> tuple[str, str] | None:
    """Return what is wrong with a code of an external list, or None when nothing is known to be."""
    known = code_list(number) if number else None
    if known is None or _CONTROL.search(value):
        return None
    if known.values is not None:
        return None if value in known.values else ("X503", known.number)
    if known.form and not re.fullmatch(known.form, value):
        return "X502", known.name
    return None


def _lengths(element: ElementUse) -> str:
    if element.min == element.max:
        return f"{element.min} character" + ("" if element.min == 1 else "s")
    return f"{element.min} to {element.max} characters"


def _is_number(kind: str, value: str) -> bool:
    pattern = r"-?(\d+\.?\d*|\.\d+)" if kind == "R" else r"-?\d+"
    return re.fullmatch(pattern, value, re.ASCII) is not None


def _when(element: ElementUse, value: str) -> tuple[str, str] | None:
    if element.type == "TM":
        forms = "HHMM" if element.max == 4 else "HHMM, HHMMSS or HHMMSSDD"
        return None if re.fullmatch(TIME, value) else ("X217", forms)
    if element.max == 6:
        return None if _is_date("20" + value) else ("X216", "YYMMDD")
    return None if _is_date(value) else ("X216", "CCYYMMDD")


def _is_date(value: str) -> bool:
    if not re.fullmatch(r"\d{8}", value, re.ASCII):
        return False
    try:
        date(int(value[:4]), int(value[4:6]), int(value[6:]))
    except ValueError:
        return False
    return "1800" <= value[:4] <= "2199"


def _is_clock(value: str) -> bool:
    return re.fullmatch(TIME, value) is not None


def is_period(value: str) -> bool:
    """Tell whether a value is right under at least one date format."""
    return any(matches_format(kind, value) for kind in ("D8", "RD8", "DT", "TM", "RDT"))


def matches_format(kind: str, value: str) -> bool:
    """Tell whether `value` is a right value for date format qualifier `kind`."""
    first, _, second = value.partition("-")
    if kind == "D8":
        return _is_date(value)
    if kind == "RD8":
        return _is_date(first) and _is_date(second)
    if kind == "DT":
        return len(value) == 12 and _is_date(value[:8]) and _is_clock(value[8:])
    if kind == "RDT":
        return matches_format("DT", first) and matches_format("DT", second)
    return _is_clock(value) if kind == "TM" else True
