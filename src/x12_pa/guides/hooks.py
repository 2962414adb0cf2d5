"""What rules may ask the world outside a file: earlier messages, and registries.

A rule that needs one of these is undecided when it is not there, and that is said; it never counts
as kept. The ledger, a roster or a test supplies them; nothing here knows which.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Protocol, runtime_checkable

from attrs import define, field, frozen

from x12_pa.guides.index import base_guide, find_entry
from x12_pa.guides.paths import envelope_element, places
from x12_pa.guides.tree import LoopInstance, read_tree
from x12_pa.syntax import Interchange, Segment

Keys = Mapping[str, Sequence[str]]
"""What a message says about the one it refers to, by path: trace numbers, review numbers …"""
DIRECTION = ("ISA05", "ISA06", "ISA07", "ISA08", "ISA15")
"""What tells from whom to whom a message goes, and whether it is a test; part of all `Keys`."""


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


def messages_of(interchange: Interchange) -> Iterator[tuple[str, str, Message]]:
    """Yield (GS06, ST02, message) for each set of an interchange that a guide is known for."""
    for group in interchange.groups:
        headers = [header for header in (interchange.header, group.header) if header]
        envelope = {
            f"{header.id}{number:02d}": value.strip()
            for header in headers
            for number, value in enumerate(header.elements, 1)
        }
        for item in group.transactions:
            purposes = (s.element(2) for s in item.segments if s.id == "BHT")
            entry = find_entry(
                set_id=item.id,
                convention=item.convention,
                version=group.version,
                functional_id=group.functional_id,
                purpose=next(purposes, ""),
            )
            if entry is not None:
                message = Message(guide=entry.key, segments=item.segments, envelope=envelope)
                yield group.control, item.control, message


class History(Protocol):
    """What was exchanged with the partner before; the file that is judged is no part of it."""

    def seen(self, path: str, value: str, keys: Keys, since: date | None) -> bool | None:
        """Tell whether an earlier interchange of this direction has this value at this path.

        Args:
            keys: `DIRECTION` of the message that is judged.
            since: the first day that counts; None is for ever.

        Returns:
            None when that cannot be told.
        """

    def earlier(self, keys: Keys) -> Message | None:
        """Return the request that an update or cancellation refers to."""

    def request(self, keys: Keys) -> Message | None:
        """Return the request that a response answers."""


Lookup = Callable[[str, Keys], object]
"""Looks a value up, given other values of the rule: True, False, None for unknown, or a finding
that the rule compares (`equals`)."""


TABLES = "$table."
"""How rules name a list of values of the office: `values: {2100A/NM109: $table.payer_ids}`."""


@runtime_checkable
class Listed(Protocol):
    """A registry that can say all its values, so that it serves as a table too."""

    @property
    def listed(self) -> Sequence[str]:
        """Every value that it has."""


@frozen(kw_only=True)
class Hooks:
    """Access to the world outside the file; what is None or missing leaves rules undecided."""

    history: History | None = None
    lookups: Mapping[str, Lookup] = field(factory=dict, hash=False)

    def table(self, name: str) -> list[str] | None:
        """Return the values of `$table.payer_ids`, the registry `table.payer_ids`, or None."""
        found = self.lookups.get(name.removeprefix("$"))
        return list(found.listed) if isinstance(found, Listed) else None


NO_HOOKS = Hooks()
