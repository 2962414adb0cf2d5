"""The text of a sample: a file with one thing exchanged, its envelopes and counts made to fit."""

import re
from collections.abc import Sequence
from typing import Any

from x12_pa.errors import ConfigError

# Lengths of ISA01 to ISA16, which are padded with blanks. Source: X12.5.
ISA_WIDTHS = (2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1)
_ISA_LENGTH = 106
_TRAILERS = {"ISA13": ("IEA", 2), "GS06": ("GE", 2)}
_ELEMENT = re.compile(r"(ISA|GS)(\d\d)$")


def exchanged(text: str, change: Any) -> str:
    """Exchange one text; it may be written without the line breaks of the base.

    Raises:
        ConfigError: it is not in the file.
    """
    if not isinstance(change, Sequence) or isinstance(change, str) or len(change) != 2:
        raise ConfigError('a change is written ["old", "new"].')
    old, new = str(change[0]), str(change[1])
    if old and old in text:
        return text.replace(old, new, 1)
    terminator = text[_ISA_LENGTH - 1 : _ISA_LENGTH]
    loose = re.escape(old.replace("\n", "")).replace(
        re.escape(terminator), re.escape(terminator) + r"\s*"
    )
    found = re.search(loose, text) if old else None
    if found is None:
        raise ConfigError(f"the base has nothing like '{old}' to exchange.")
    return text[: found.start()] + new + text[found.end() :]


def with_envelope(text: str, reference: str, value: str) -> str:
    """Return a file with one element of every ISA or GS replaced, ISA padded to its width."""
    found = _ELEMENT.match(reference)
    if found is None:
        raise ConfigError(f"envelope: '{reference}' is not an element of ISA or GS, such as ISA08.")
    segment, number = found[1], int(found[2])
    if segment == "ISA" and 1 <= number <= len(ISA_WIDTHS):
        value = value.ljust(ISA_WIDTHS[number - 1])
    text = _with_element(text, segment, number, value)
    trailer = _TRAILERS.get(reference)
    return _with_element(text, *trailer, value) if trailer else text


def _with_element(text: str, segment: str, number: int, value: str) -> str:
    element, terminator = text[3:4], text[_ISA_LENGTH - 1 : _ISA_LENGTH]
    pieces = text.split(terminator)
    for at, piece in enumerate(pieces):
        if piece.strip("\r\n").startswith(segment + element):
            parts = piece.split(element)
            parts += [""] * (number + 1 - len(parts))
            parts[number] = value
            pieces[at] = element.join(parts)
    return terminator.join(pieces)


def recounted(text: str) -> str:
    """Return a file with the counts of SE01, GE01 and IEA01 as they are."""
    if not text.startswith("ISA") or len(text) < _ISA_LENGTH:
        return text
    element, terminator = text[3:4], text[_ISA_LENGTH - 1 : _ISA_LENGTH]
    pieces = text.split(terminator)
    counts = {"SE": 0, "GE": 0, "IEA": 0}
    begins = {"ISA": "IEA", "GS": "GE", "ST": "SE"}
    counted = {"ST": "GE", "GS": "IEA"}
    for at, piece in enumerate(pieces):
        name = piece.strip("\r\n").partition(element)[0]
        if name in begins:
            counts[begins[name]] = 0
        if name in counted:
            counts[counted[name]] += 1
        counts["SE"] += bool(name)
        if name in counts:
            parts = piece.split(element)
            parts[1:2] = [str(counts[name])]
            pieces[at] = element.join(parts)
    return terminator.join(pieces)


def copied(text: str, sets: int) -> str:
    """Return a file whose first transaction set stands there so many times, numbered from 1.

    Raises:
        ConfigError: there is no transaction set.
    """
    element, terminator = re.escape(text[3:4]), re.escape(text[_ISA_LENGTH - 1 : _ISA_LENGTH])
    form = rf"(ST{element}\w+{element})(\w+)(.*?SE{element}\d+{element})\w+({terminator}\s*)"
    found = re.search(form, text, re.DOTALL)
    if found is None:
        raise ConfigError("the base has no transaction set to copy.")
    head, _, body, end = found.groups()
    many = "".join(f"{head}{number:04}{body}{number:04}{end}" for number in range(1, sets + 1))
    return text[: found.start()] + many + text[found.end() :]
