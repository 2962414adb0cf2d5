"""What is said instead of an error where only an outline of a guide is known.

An outline knows how levels hang together, and some loops and segments. What goes beyond it may be
right, so faults that only the whole guide could tell become one info finding, X131, for each kind
of thing. Faults that X12 itself tells (types, lengths, dates, syntax notes, counts that the outline
states) stay errors.
"""

from collections.abc import Mapping
from typing import Any

EVERYTHING = "usage, values and counts that the outline does not state"
# What a fault is about, for those that an outline cannot tell.
_WHAT = {
    "X131": "{expected}",
    "X201": "the segment {segment}",
    "X202": "the segment {segment} in {loop}",
    "X206": "the place of {title}",
    "X208": "{segment} with {ref} = {found} in {loop}",
    "X215": "the value of {ref} ({name})",
    "X218": "{ref} ({name}), which related guides do not use",
    "X219": "{segment} beyond element {expected}",
    "X220": "the components of {ref} ({name})",
    "X221": "repetitions of {ref} ({name})",
    "X232": "HL02 = {found}",
    "X233": "HL04 = {found}",
    "X234": "a level with HL03 = {found}",
}


def beyond(code: str, fields: Mapping[str, Any]) -> str | None:
    """Return what an outline cannot judge about a fault; None when the fault stands.

    Args:
        fields: the fields of the message, with `segment`.
    """
    text = _WHAT.get(code)
    return None if text is None else text.format_map(fields)
