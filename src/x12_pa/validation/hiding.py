"""Which values of a segment may be shown to somebody who did not ask for names and identifiers.

A value is shown when the guide says what it is, that is not private (`privacy.is_private`), and
the value looks like it: a code of the list, digits where digits belong. Anything else may be a name
in the wrong place, so it is hidden. Separators stay, so that elements can still be counted.
"""

import re
from collections.abc import Iterable, Sequence

from x12_pa.guides import COMPOSITE, ElementUse, SegmentUse
from x12_pa.guides.index import control_segments
from x12_pa.syntax import Delimiters
from x12_pa.validation.privacy import HIDDEN, POSTAL_CODE, is_private, is_strange

ENVELOPES = frozenset({"ISA", "IEA", "GS", "GE", "TA1"})
SECRETS = frozenset({"ISA02", "ISA04"})
"""Envelope elements that may hold a password; the others name partners, not patients."""
_CODE = 3
"""A value of so many characters is taken for a code even if the list does not have it."""
_CONTROL = re.compile(r"[A-Z0-9]{0,12}", re.ASCII)


def may_show(use: SegmentUse, element: ElementUse, value: str) -> bool:
    """Tell whether a value of one element, component or repetition may be shown."""
    if not value.strip():
        return True
    if is_private(use, element) or element.data_element == POSTAL_CODE:
        return False
    return value in (element.codes or ()) or not is_strange(element, value)


def hide(uses: Sequence[SegmentUse], text: str, marks: Delimiters) -> str:
    """Return a segment with what may not be shown replaced.

    Args:
        uses: what the segment may be; a value is shown only if every one of them allows it. With
            none, everything but the segment id is hidden.
    """
    head, *values = text.split(marks.element)
    if head in ("ST", "SE") and all(map(_CONTROL.fullmatch, values)):
        return text
    if head in ENVELOPES:
        known = control_segments().get(head)
        allowed = len(known.elements) if known else 0
        shown = [
            value if n <= allowed and f"{head}{n:02}" not in SECRETS else _hidden(value)
            for n, value in enumerate(values, 1)
        ]
    else:
        shown = [_element(uses, number, value, marks) for number, value in enumerate(values, 1)]
    return marks.element.join([head if len(head) <= _CODE else HIDDEN, *shown])


def _hidden(value: str) -> str:
    return HIDDEN if value.strip() else value


def _element(uses: Sequence[SegmentUse], number: int, value: str, marks: Delimiters) -> str:
    repeats = value.split(marks.repetition) if marks.repetition else [value]
    return (marks.repetition or "").join(
        marks.component.join(
            part if _allowed(uses, number, at, part) else _hidden(part)
            for at, part in enumerate(one.split(marks.component), 1)
        )
        for one in repeats
    )


def _allowed(uses: Iterable[SegmentUse], number: int, component: int, value: str) -> bool:
    """Tell whether every use allows a value to be shown; no use allows nothing."""
    found = False
    for use in uses:
        element = use.elements[number - 1] if number <= len(use.elements) else None
        if element is not None and element.type == COMPOSITE:
            parts = element.components
            element = parts[component - 1] if component <= len(parts) else None
        if element is None or not may_show(use, element, value):
            return False
        found = True
    return found
