"""What a finding says about an element, in the terms of a 999.

`IK401` is a composite: element, component, repetition. `IK402` is the number of the element in the
data dictionary, which the guide of the received set carries; every use of a segment has the same
numbers, so the first one found in the guide answers.
"""

import re
from functools import lru_cache

from x12_pa.guides import find_guide
from x12_pa.guides.index import base_guide, index
from x12_pa.guides.model import ElementUse, Guide, SegmentUse
from x12_pa.validation.results import Finding, TransactionResult

_NUMBER = re.compile(r"(\d\d)(?:-(\d+))?$")


def position_of(finding: Finding) -> tuple[int, int, int] | None:
    """Return (element, component, repetition), 0 for one that is not meant; None for no element."""
    found = _NUMBER.search(finding.element or "")
    if found is None:
        return None
    component = finding.component or int(found[2] or 0)
    return int(found[1]), component, finding.repetition or 0


def guide_of(result: TransactionResult) -> Guide | None:
    """Return the guide that a set was read with, or None when none is known for it."""
    for row in index():
        if row.guide == result.guide:
            guide = base_guide(row.key)
            if (guide.set, guide.kind) == (result.set, result.kind):
                return guide
    if result.guide is None:
        return None
    return find_guide(set_id=result.set, convention=result.guide)


def segment_of(guide: Guide | None, finding: Finding) -> tuple[str, str]:
    """Return (segment id, loop id) of a finding; one about a whole loop names its first segment.

    The loop of a finding is a path from the top; its last part is meant.
    """
    named = finding.segment or ""
    for loop in guide.loops(named) if guide and named[:1].isdigit() else ():
        return loop.trigger.id, named
    return named[:3], (finding.loop or "").rpartition("/")[2]


def reference_number(guide: Guide | None, finding: Finding) -> str:
    """Return the data element number (IK402) of the element of a finding, or ""."""
    position = position_of(finding)
    if guide is None or position is None:
        return ""
    use = element_use(guide, finding.segment or "", *position[:2])
    return use.data_element if use and use.data_element.isdigit() else ""


@lru_cache(maxsize=4096)
def element_use(
    guide: Guide, segment_id: str, number: int, component: int = 0
) -> ElementUse | None:
    """Return the first use of an element in a guide; numbers are 1-based, 0 for no component."""
    for use in guide.root.walk():
        if not isinstance(use, SegmentUse) or use.id != segment_id:
            continue
        if not 1 <= number <= len(use.elements):
            continue
        element = use.elements[number - 1]
        if not component:
            return element
        if component <= len(element.components):
            return element.components[component - 1]
    return None
