"""The separators of an interchange, read from its ISA.

ISA is the one segment of fixed width: its fourth character is the element separator, element 16
is the component separator, and whatever follows that is the segment terminator. Since 00402,
element 11 is the repetition separator. Real files break the fixed width (blanks trimmed, dots
instead of blanks), so the width is tried first and the count of elements after that.
"""

import re

from attrs import frozen

from x12_pa.errors import DocumentError

ISA_WIDTH = 106
_LINE_END = re.compile(r"\r?\n|\r")
# `str.isspace` would count the ASCII separators 0x1C to 0x1F as blanks; they are common here.
_WHITE = " \t\r\n"


class NotX12(DocumentError):
    """The input does not begin with an ISA segment that names its separators."""


@frozen
class Delimiters:
    """The separators of one interchange.

    Attributes:
        element: between elements, usually `*`.
        component: between components of a composite (ISA16), usually `:`.
        repetition: between repetitions of an element (ISA11), usually `^`; "" before 00402.
        segment: the segment terminator, usually `~`.
        line_end: what follows each terminator: nothing, a line feed, or both line end characters.
    """

    element: str = "*"
    component: str = ":"
    repetition: str = "^"
    segment: str = "~"
    line_end: str = "\n"


DEFAULT_DELIMITERS = Delimiters()


def detect(head: str) -> Delimiters:
    """Read the separators from the start of an interchange.

    Args:
        head: text that begins with ISA; 200 characters are always enough.

    Raises:
        NotX12: `head` does not start with a readable ISA.
    """
    if not head.startswith("ISA") or len(head) < 4:
        raise NotX12("This is not X12: an interchange begins with an ISA segment.")
    element = head[3]
    if element.isalnum() or element in _WHITE:
        raise NotX12(f"ISA is followed by {element!r}, which cannot separate elements.")
    parts = head[:400].split(element, 16)
    if len(parts) < 17 or len(parts[16]) < 2:
        raise NotX12(
            "The ISA segment is cut off: it needs 16 elements and a segment terminator. "
            "Ask the sender for the whole file."
        )
    component, terminator, at = parts[16][0], parts[16][1], 1
    # Some partners write a blank before each terminator.
    after = parts[16][1:].lstrip(" ")
    if terminator == " " and after and not after[0].isalnum():
        terminator, at = after[0], len(parts[16]) - len(after)
    follows = _LINE_END.match(parts[16], at + 1)
    line_end = follows.group() if follows else ""
    if terminator in "\r\n":
        line_end = ""
    return (
        Delimiters(element, component, _repetition_separator(parts[11]), terminator, line_end)
        if _distinct(element, component, terminator)
        else _refuse(element, component, terminator)
    )


def _repetition_separator(isa11: str) -> str:
    """Return ISA11 as a separator, or "" when it still is the old standards id `U`."""
    return isa11 if len(isa11) == 1 and not isa11.isalnum() and isa11 not in _WHITE else ""


def _distinct(*separators: str) -> bool:
    return len(set(separators)) == len(separators) and not any(s.isalnum() for s in separators)


def _refuse(element: str, component: str, terminator: str) -> Delimiters:
    raise NotX12(
        f"The ISA names unusable separators: element {element!r}, component {component!r}, "
        f"terminator {terminator!r}; three different characters that are not letters or digits "
        "are needed. An ISA of another width than 106 characters is the usual cause."
    )
