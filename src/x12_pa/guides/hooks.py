"""What rules may ask the world outside a file: earlier messages, and registries.

A rule that needs one of these is undecided when it is not there, and that is said; it never counts
as kept. The ledger, a roster or a test supplies them; nothing here knows which.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Protocol

from attrs import define, field, frozen

from x12_pa.guides.index import base_guide
from x12_pa.guides.paths import envelope_element, places
from x12_pa.guides.tree import LoopInstance, read_tree
from x12_pa.syntax import Segment

Keys = Mapping[str, Sequence[str]]
"""What a message says about the one it refers to, by path: trace numbers, review numbers …"""


@define(kw_only=True, eq=False, slots=False)
class Message:
    """One transaction set that was sent earlier.

    Attributes:
        guide: key of its guide, such as `278-request`.
        segments: ST to SE.
        envelope: elements of its ISA and GS by reference, blanks taken off.
        action: HCR01 of the last answer to it, or None when there was none.
    """

    guide: str
    segments: Sequence[Segment]
    envelope: Mapping[str, str] = field(factory=dict)
    action: str | None = None

    @cached_property
    def _tree(self) -> LoopInstance:
        return read_tree(base_guide(self.guide), self.segments)

    def values(self, path: str) -> list[str]:
        """Return the values at a path, in document order."""
        element = envelope_element(path)
        if element is not None:
            value = self.envelope.get(element.ref, "")
            return [value] if value else []
        wanted = {id(place.use): place for place in places(base_guide(self.guide), path)}
        found: list[str] = []
        for _, use, segment in self._tree.iter():
            if place := wanted.get(id(use)):
                found += place.values(segment.text, segment.delimiters)
        return found


class History(Protocol):
    """What was exchanged with the partner before."""

    def seen(self, path: str, value: str, window: str | None) -> bool:
        """Tell whether an earlier interchange with the partner has this value at this path.

        Args:
            window: how far back counts, as an ISO period; None is for ever.
        """

    def earlier(self, keys: Keys) -> Message | None:
        """Return the request that an update or cancellation refers to."""

    def request(self, keys: Keys) -> Message | None:
        """Return the request that a response answers."""


Lookup = Callable[[str, Keys], object]
"""Looks a value up, given other values of the rule: True, False, None for unknown, or a finding
that the rule compares (`equals`)."""


@frozen(kw_only=True)
class Hooks:
    """Access to the world outside the file; what is None or missing leaves rules undecided."""

    history: History | None = None
    lookups: Mapping[str, Lookup] = field(factory=dict, hash=False)


NO_HOOKS = Hooks()
