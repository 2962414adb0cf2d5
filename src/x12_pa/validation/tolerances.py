"""What real files do although the guide does not allow it: a warning instead of an error.

The maps say of single elements which values, lengths and gaps published files show (`tolerate…`).
Such a fault keeps its place and becomes X132; what a receiver does with it is for the receiver to
decide, and nothing that we write makes use of it.
"""

from collections.abc import Callable

from attrs import evolve

from x12_pa.guides.foreign import ANY_VALUE
from x12_pa.guides.model import ElementUse
from x12_pa.validation.elements import Fault


def tolerated(fault: Fault) -> Fault:
    """Return a fault as it is, or as X132 when the map says that real files have it."""
    test = _TESTS.get(fault.code)
    element = fault.element
    said = test(element, fault) if test is not None and element is not None else ""
    return evolve(fault, code="X132", expected=said) if said else fault


def _value(element: ElementUse, fault: Fault) -> str:
    size = len(fault.value or "")
    if ANY_VALUE in element.tolerate and element.min <= size <= element.max:
        return "is not in the copy of its code list that is known here; that list may be newer"
    if (fault.value or "").strip() in element.tolerate:
        return f"is not one of the values that the guide allows ({fault.expected})"
    return ""


def _absent(element: ElementUse, fault: Fault) -> str:
    return "is required and is missing" if "tolerate_absent" in element.notes else ""


def _used(element: ElementUse, fault: Fault) -> str:
    return "is not used here by the guide" if "tolerate_used" in element.notes else ""


def _length(element: ElementUse, fault: Fault) -> str:
    low, _, high = element.notes.get("tolerate_length", "").partition("-")
    size = len(fault.value or "")
    if not high or not int(low) <= size <= int(high):
        return ""
    return f"has {size} characters, where the guide has {fault.expected}"


_TESTS: dict[str, Callable[[ElementUse, Fault], str]] = {
    "X211": _absent,
    "X212": _length,
    "X213": _length,
    "X215": _value,
    "X218": _used,
}
