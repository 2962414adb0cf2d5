"""Which values are private: names, identifiers, birth dates, and what may be a misplaced one."""

import re

from x12_pa.guides.model import ElementUse, SegmentUse
from x12_pa.guides.patterns import DATE_PERIOD

HIDDEN = "•••"

# Data elements whose values are codes or dates of service, and so may be shown.
_SHOWN = frozenset(
    ["1251", "1271", "234", "1331", "1339", "1705", "96", "97", "628", "734", "I12", "28", "329"]
)
_BIRTH_SEGMENT = "DMG"
POSTAL_CODE = "116"
_LONGEST_CODE = 3
_FIGURES = re.compile(r"[-\d. ]+", re.ASCII)


_SHOWN_END = 3


def partly_hidden(identifier: str) -> str:
    """Return an identifier of a person by which staff can tell two from each other.

    >>> partly_hidden("MBR000123")
    '•••123'
    """
    if not identifier:
        return ""
    end = identifier[-_SHOWN_END:] if len(identifier) > 2 * _SHOWN_END - 1 else ""
    return HIDDEN + end


def is_private(use: SegmentUse, element: ElementUse) -> bool:
    """Tell whether values of this element are names, identifiers or birth dates."""
    if element.data_element == DATE_PERIOD:
        return use.id == _BIRTH_SEGMENT
    if element.codes or element.type in ("ID", "DT", "TM", "R") or element.type.startswith("N"):
        return False
    return element.data_element not in _SHOWN


def is_strange(element: ElementUse, value: str) -> bool:
    """Tell whether a value does not look like its element, so that it may be a shifted name."""
    if element.type in ("DT", "TM", "R") or element.type.startswith("N"):
        return _FIGURES.fullmatch(value) is None
    if element.data_element == DATE_PERIOD:
        return _FIGURES.fullmatch(value) is None
    if element.codes:
        return len(value) > _LONGEST_CODE
    return len(value) > (max(_LONGEST_CODE, element.max) if element.type == "ID" else element.max)
