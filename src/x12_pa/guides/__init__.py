"""Implementation guides: data, compiled once, that everything else is driven by.

A guide is read from a map (`load`), may be narrowed by a payer's profile (`profile`), and is
compiled for a set of separators (`program`, `patterns`). `tree` turns a transaction set into loop
instances and back; `index` says which guide a transaction set follows.
"""

from collections.abc import Callable

from x12_pa.guides.index import find_entry, guide_keys
from x12_pa.guides.model import COMPOSITE, ElementUse, Guide, LoopUse, SegmentUse
from x12_pa.guides.narrowing import load_guide
from x12_pa.guides.parts import Part, read_parts
from x12_pa.guides.profile import Profile, load_profile
from x12_pa.guides.program import Program, program_for
from x12_pa.guides.tree import LoopInstance, read_tree, write_tree

__all__ = [
    "COMPOSITE",
    "ElementUse",
    "Guide",
    "LoopInstance",
    "LoopUse",
    "Part",
    "Profile",
    "Program",
    "SegmentUse",
    "find_entry",
    "find_guide",
    "guide_keys",
    "load_guide",
    "load_profile",
    "program_for",
    "read_parts",
    "read_tree",
    "write_tree",
]


def find_guide(
    *,
    set_id: str,
    convention: str = "",
    version: str = "",
    functional_id: str = "",
    purpose: str = "",
    ids: Callable[[], set[str]] | None = None,
    profile: Profile | None = None,
) -> Guide | None:
    """Return the guide that a transaction set follows, or None when we have none for it.

    Args:
        set_id: ST01.
        convention: ST03.
        version: GS08.
        functional_id: GS01.
        purpose: BHT02, which tells a 278 request from a response.
        ids: gives the segment ids of the set; asked only when BHT02 does not decide.
    """
    entry = find_entry(
        set_id=set_id,
        convention=convention,
        version=version,
        functional_id=functional_id,
        purpose=purpose,
        ids=ids,
    )
    return None if entry is None else load_guide(entry.key, profile)
