"""Search whole blocks for what is wrong in the same way everywhere.

A few C-level searches over a block of up to 64 KiB tell that nothing of the kind is in it; only a
block with a hit is gone through segment by segment. Leading blanks are taken off the segments here,
so that the walker never sees them.
"""

import re
from functools import lru_cache

from x12_pa.syntax import Block, Delimiters

_CONTROLS = "".join(map(chr, [*range(0x0A), 0x0B, 0x0C, *range(0x0E, 0x20)]))
_CONTROL = 1 << 7
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
    """Tell whether anything is found; what is in an ISA does not count."""
    raw = block.raw
    if not raw.isascii():
        return True
    head = max(raw.find(marks.segment), 0) if raw.startswith("ISA") else 0
    first, second = _classes(marks)
    # A block may lack the terminator of its interchange, which need not be ASCII.
    text = (marks.segment + raw[head:] + "A").encode("latin-1")
    one = int.from_bytes(text.translate(first), "little")
    two = int.from_bytes(text.translate(second), "little")
    return one & (two >> 8) != 0


@lru_cache(maxsize=64)
def _classes(marks: Delimiters) -> tuple[bytes, bytes]:
    """Return what each character is as the first and as the second of two.

    A bit stands for a kind of first character; the second one has the bits of those that must not
    stand before it. So one `&` over a whole block, taken as a number, finds every such pair.
    """
    element, component, term = marks.element, marks.component, marks.segment
    kinds = [element, component, " ", term, "\n"]
    before = {element: component + " ", term: element + component + " ", " ": term + "\n"}
    first, second = bytearray(256), bytearray([_CONTROL]) * 256
    for bit, kind in enumerate(kinds):
        for character in kind:
            first[ord(character)] |= 1 << bit
            for follows, bad in before.items():
                if kind in bad and follows:
                    second[ord(follows)] |= 1 << bit
    for character in _controls(marks):
        first[ord(character)] |= _CONTROL
    return bytes(first), bytes(second)


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
    return re.compile("[" + re.escape(_controls(marks)) + "]")


def _controls(marks: Delimiters) -> str:
    own = {marks.element, marks.component, marks.repetition, marks.segment}
    return "".join(c for c in _CONTROLS if c not in own)
