"""National Provider Identifiers: ten digits, the last of which checks the others."""

from collections.abc import Callable

# Identifiers that were found right, for all guides together; a file repeats few of them often.
_GOOD_NPIS: set[str] = set()
_MOST_NPIS = 50_000
# Digits, as characters, to the sum of the digits of their double (five times 48 ends in zero).
_DOUBLED = bytes.maketrans(b"0123456789", bytes([0, 2, 4, 6, 8, 1, 3, 5, 7, 9]))


def npi_is_valid(value: str) -> bool:
    """Tell whether `value` is ten digits with the right check digit.

    Source: the check digit is Luhn's over the number with the prefix 80840; CMS, NPI standard.
    """
    if len(value) != 10 or not value.isdigit() or not value.isascii():
        return False
    digits = value.encode("ascii")
    return (24 + sum(digits[0::2].translate(_DOUBLED)) + sum(digits[1::2])) % 10 == 0


def npi_check(element: str) -> Callable[[str], bool]:
    """Return the check of every identifier that stands after the qualifier XX in a segment."""
    mark, known = f"{element}XX{element}", _GOOD_NPIS

    def check(text: str) -> bool:
        start = text.find(mark)
        if start < 0:
            return True
        value = text[start + 4 : start + 14]
        if value in known:
            return len(text) == start + 14 or text[start + 14] == element
        good = npi_is_valid(text[start + 4 :].partition(element)[0])
        if good and len(known) < _MOST_NPIS:
            known.add(value)
        return good

    return check
