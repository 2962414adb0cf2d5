"""Search whole blocks for what is wrong in the same way everywhere.

A few C-level searches over a block of up to 256 KiB tell that nothing of the kind is in it; only a
block with a hit is gone through segment by segment. Leading blanks are taken off the segments here,
so that the walker never sees them.
"""

import re
from functools import lru_cache

from x12_pa.syntax import Block, Delimiters

_CONTROLS = "".join(map(chr, [*range(0x0A), 0x0B, 0x0C, *range(0x0E, 0x20)]))
INDENTED = "X110"


def scan_block(block: Block) -> dict[int, list[str]]:
    """Return finding codes by segment index; indentation stands at the first segment that has it.

    The segments of the block are stripped of leading blanks.
    """
    hits: dict[int, list[str]] = {}
    if block.oversized:
        hits[0] = ["X229"]
    if block.unterminated and block.texts:
        hits[len(block.texts) - 1] = ["X108"]
    marks = block.delimiters
    if marks is None or not _suspicious(block, marks):
        return hits
    indented = False
    for index, text in enumerate(block.texts):
        if not text:
            continue
        clean = text.lstrip(" \t\x00\x1a")
        block.texts[index] = clean
        codes = _codes(clean, marks)
        if clean != text and not indented:
            indented = True
            codes.append(INDENTED)
        if codes:
            hits.setdefault(index, []).extend(codes)
    return hits


def _suspicious(block: Block, marks: Delimiters) -> bool:
    raw, element, term = block.raw, marks.element, marks.segment
    start = 106 if raw.startswith("ISA") else 0
    return (
        not raw.isascii()
        or element + term in raw
        or marks.component + element in raw
        or marks.component + term in raw[start:]
        or raw.find(" " + element, start) >= 0
        or raw.find(" " + term, start) >= 0
        or term + " " in raw
        or "\n " in raw
        or _control(marks).search(raw) is not None
    )


def _codes(text: str, marks: Delimiters) -> list[str]:
    element, component = marks.element, marks.component
    if text.startswith("ISA" + element):
        return []
    codes = []
    if text.endswith((element, component)) or component + element in text:
        codes.append("X225")
    if " " + element in text or text.endswith(" "):
        codes.append("X226")
    if not text.isascii():
        codes.append("X227")
    if _control(marks).search(text):
        codes.append("X230")
    return codes


def culprit(code: str, text: str, marks: Delimiters) -> int | None:
    """Return the number of the first element that a code of `scan_block` is about, or None."""
    for number, value in enumerate(text.split(marks.element)[1:], 1):
        if code == "X226" and value.endswith(" "):
            return number
        if code == "X227" and not value.isascii():
            return number
        if code == "X230" and _control(marks).search(value):
            return number
    return None


@lru_cache(maxsize=64)
def _control(marks: Delimiters) -> re.Pattern[str]:
    """Return an expression for control characters that are not separators of the interchange."""
    own = {marks.element, marks.component, marks.repetition, marks.segment}
    return re.compile("[" + re.escape("".join(c for c in _CONTROLS if c not in own)) + "]")
