"""The 999 codes of a payer's rule, by operator and by what the rule is about.

Source: code lists 620 (IK304) and 621 (IK403) as in the map of the 999.
"""

from x12_pa.guides.checks import Breach
from x12_pa.guides.paths import Place
from x12_pa.validation.results import Ack999

ELEMENT_ERRORS = "8"
# IK403 of a rule without a condition, and of one under `when`.
_ELEMENTS = {
    "require": ("1", "I9"),
    "forbid": ("I10", "I13"),
    "values": ("I6", "I6"),
    "format": ("I12", "I12"),
    "length": ("5", "5"),
    "count": ("12", "12"),
    "any_of": ("2", "I9"),
    "one_of": ("2", "I9"),
    "exclusive": ("10", "10"),
    "equals": ("7", "7"),
    "differs": ("7", "7"),
    "date_window": ("8", "8"),
    "charset": ("6", "6"),
    "unique": ("7", "7"),
    "lookup": ("7", "7"),
}
_OTHERWISE = ("I12", "I12")
_MISSING_SEGMENT, _UNWANTED_SEGMENT = "I6", "I9"
_TOO_MANY = {True: "4", False: "5"}
_TOO_FEW = {True: "I7", False: "I8"}


def ack_of(operator: str, place: Place | None, breach: Breach, conditional: bool) -> Ack999:
    """Return the 999 codes of a breach.

    Args:
        operator: the operator that was broken.
        place: what the rule is about; None when it is not in the set.
        conditional: the rule stands under `when`.
    """
    element = _ELEMENTS.get(operator, _OTHERWISE)[conditional]
    if place is None or place.element is not None or place.every:
        if operator in ("one_of", "exclusive") and breach.item is not None:
            element = "10"
        return Ack999(ELEMENT_ERRORS, breach.ik403 or element)
    is_loop = place.segment is None
    if operator == "count":
        return Ack999((_TOO_FEW if breach.item is None else _TOO_MANY)[is_loop])
    return Ack999(_MISSING_SEGMENT if breach.item is None else _UNWANTED_SEGMENT)
