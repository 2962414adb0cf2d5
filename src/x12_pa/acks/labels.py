"""Short meanings of acknowledgement codes, as the maps of the 999 and the TA1 carry them.

A code that the map does not know is shown as it stands: a meaning is never guessed.
"""

from functools import lru_cache

from x12_pa.acks.elements import element_use
from x12_pa.guides.index import base_guide

_OLD_NAMES = {"AK3": "IK3", "AK4": "IK4", "AK5": "IK5"}


@lru_cache(maxsize=512)
def label(segment_id: str, number: int, code: str) -> str:
    """Return the meaning of `code` in element `number` of a segment of the 999 or the TA1.

    The AK3, AK4 and AK5 of an old 997 have the codes of IK3, IK4 and IK5.
    """
    guide = base_guide("TA1" if segment_id == "TA1" else "999")
    use = element_use(guide, _OLD_NAMES.get(segment_id, segment_id), number)
    return (use.labels.get(code) if use else None) or f"code {code}"
