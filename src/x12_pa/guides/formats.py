"""Form and characters of a value: the operators `format` and `charset`, and the named formats."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime

from attrs import field, frozen

from x12_pa.errors import ConfigError
from x12_pa.guides import expressions
from x12_pa.guides.checks import Breach, View, found_at
from x12_pa.guides.npi import npi_is_valid

Test = Callable[[str], bool]

# Source: X12.6, basic and extended character set; the extended one as 005010 guides print it.
_BASIC = "A-Z0-9 !\"&'()*+,\\-./:;?="
SETS = {"x12-basic": _BASIC, "x12-extended": _BASIC + "a-z%~@\\[\\]_{}\\\\|<>#$^`"}
_DATE_PARTS = {"CCYY": "%Y", "YYYY": "%Y", "YY": "%y", "MM": "%m", "DD": "%d"}
_CLOCK_PARTS = {"HH": "%H", "MM": "%M", "SS": "%S"}


@frozen
class Format:
    """Every value at a path has a form: an expression, or a named format."""

    path: str
    wanted: str
    test: Test = field(eq=False)
    operator: str = "format"

    @property
    def paths(self) -> tuple[str, ...]:
        """The path."""
        return (self.path,)

    def breaches(self, view: View) -> Iterator[Breach]:
        """Yield each value that does not have the form."""
        for item, value in found_at(view, self.path):
            if not self.test(value):
                expected = f"{self.path} must have the form {self.wanted}"
                yield Breach(path=self.path, item=item, value=value, expected=expected)


def read_format(path: str, wanted: str, where: str) -> Format:
    """Return the check of a form.

    Raises:
        ConfigError: it is neither a named format nor an expression that may be used.
    """
    test = named_format(wanted)
    if test is None:
        pattern = expressions.safe_pattern(wanted, where)

        def test(value: str) -> bool:
            return expressions.matches(pattern, value)

    return Format(path, wanted, test)


def named_format(name: str) -> Test | None:
    """Return the test of `npi`, `luhn`, `date:YYMMDD` or `time:HHMM`; None for an expression."""
    if name in _NAMED:
        return _NAMED[name]
    kind, colon, shape = name.partition(":")
    if not colon or kind not in ("date", "time"):
        return None
    pattern = _strptime(shape, _DATE_PARTS if kind == "date" else _CLOCK_PARTS)
    return lambda value: len(value) == len(shape) and value.isdigit() and _is_time(value, pattern)


def _strptime(shape: str, parts: dict[str, str]) -> str:
    pattern = "|".join(parts)
    if not re.fullmatch(f"({pattern})+", shape):
        raise ConfigError(f"'{shape}' is no form of a date or time; write date:YYMMDD, time:HHMM.")
    return re.sub(pattern, lambda found: parts[found.group()], shape)


def _is_time(value: str, pattern: str) -> bool:
    try:
        datetime.strptime(value, pattern)
    except ValueError:
        return False
    return True


def luhn_is_valid(value: str) -> bool:
    """Tell whether the last digit is Luhn's check digit of those before it."""
    if not value.isdigit() or not value.isascii() or len(value) < 2:
        return False
    total = 0
    for place, digit in enumerate(map(int, reversed(value))):
        doubled = digit * 2 if place % 2 else digit
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


_NAMED: dict[str, Test] = {"npi": npi_is_valid, "luhn": luhn_is_valid}


@frozen
class Charset:
    """Every value at a path consists of allowed characters.

    Attributes:
        allowed: the inside of a character class, such as `A-Z0-9`.
        words: what is allowed, for people.
    """

    path: str
    allowed: str
    words: str
    operator: str = "charset"

    @property
    def paths(self) -> tuple[str, ...]:
        """The path."""
        return (self.path,)

    def breaches(self, view: View) -> Iterator[Breach]:
        """Yield each value with another character."""
        for item, value in found_at(view, self.path):
            if re.search(f"[^{self.allowed}]", value):
                expected = f"{self.path} may hold only {self.words}"
                yield Breach(path=self.path, item=item, value=value, expected=expected)


def read_class(text: str, where: str) -> str:
    """Return the inside of a character class as a profile writes it (`A-Z0-9`), made safe.

    Raises:
        ConfigError: it is no list of characters and ranges.
    """
    if text.startswith("^"):
        raise ConfigError(f"{where}: allow: list the characters that are allowed, not the others.")
    safe = re.sub(r"([\[\]\\&~|])", r"\\\1", text)
    try:
        re.compile(f"[{safe}]")
    except re.error:
        raise ConfigError(f"{where}: allow: write characters and ranges, as A-Z0-9.") from None
    return safe
