"""What of a received text may stand in an answer.

An answer has separators of its own. A received value that holds one of them, or a character
outside printable ASCII, would break the answer, so it is left out or brought into shape.
"""

import re

from x12_pa.syntax import Delimiters

_PRINTABLE = re.compile(r"[ -~]+")
_UNPRINTABLE = re.compile(r"[^ -~]+")


def fits(value: str, marks: Delimiters) -> bool:
    """Tell whether a received value can stand in the answer as one element or component."""
    return (
        _PRINTABLE.fullmatch(value) is not None
        and value == value.strip()
        and not any(mark in value for mark in _reserved(marks))
    )


def shaped(value: str, marks: Delimiters, longest: int) -> str:
    """Return a received value as it may be written: reserved characters become blanks."""
    value = _UNPRINTABLE.sub(" ", value)
    for mark in _reserved(marks):
        value = value.replace(mark, " ")
    return " ".join(value.split())[:longest].rstrip()


def _reserved(marks: Delimiters) -> tuple[str, ...]:
    found = (marks.element, marks.component, marks.repetition, marks.segment)
    return tuple(mark for mark in found if mark)
