"""Give every child of a loop a position that a map can be walked by.

In a map the positions of siblings never decrease in document order, and equal
positions mean "any order among themselves". The base positions of the tables
nearly do: HL loops start again at the front and get a position behind all
their other siblings (the same one for several, because the order of sibling
HLs is free); a few rows have no position or one that contradicts their order,
and take that of the same segment in the sibling guide (`donors`), or the next
free one. What the table said stays beside it as `base_pos`.
"""

from __future__ import annotations

from attrs import frozen
from maps_tables import Loop, Segment

Donors = dict[tuple[str, str], int]


@frozen(kw_only=True)
class Placed:
    """A child and the position it has in the map; `base` is what the table said."""

    node: Loop | Segment
    position: int
    base: int | None
    children: tuple[Placed, ...] = ()

    @property
    def moved(self) -> bool:
        """True when the map's position is not the table's."""
        return self.base != self.position


def collect_donors(children: tuple[Loop | Segment, ...], loop: str = "") -> Donors:
    """Note the position of each segment by the first three characters of its loop."""
    donors: Donors = {}
    for node in children:
        if isinstance(node, Loop):
            for key, position in collect_donors(node.children, node.id).items():
                donors.setdefault(key, position)
        elif node.position is not None:
            donors.setdefault((loop[:3], node.id), node.position)
    return donors


def place(children: tuple[Loop | Segment, ...], donors: Donors, loop: str = "") -> list[Placed]:
    """Place the children of one loop, and theirs."""
    placed: list[Placed] = []
    highest = 0
    levels: int | None = None
    for node in children:
        base = _base(node, donors)
        if isinstance(node, Loop) and node.is_level and placed:
            levels = levels or (highest // 100 + 1) * 100
            position = levels
        else:
            position = _fit(node, base, highest, donors, loop)
        inner = tuple(place(node.children, donors, node.id)) if isinstance(node, Loop) else ()
        placed.append(Placed(node=node, position=position, base=base, children=inner))
        highest = max(highest, position)
    return placed


def _base(node: Loop | Segment, donors: Donors) -> int | None:
    if isinstance(node, Segment):
        return node.position
    first = node.children[0]
    base = _base(first, donors)
    if base is None and isinstance(first, Segment):
        base = donors.get((node.id[:3], first.id))
    return base


def _fit(node: Loop | Segment, base: int | None, highest: int, donors: Donors, loop: str) -> int:
    if base is not None and base >= highest:
        return base
    if isinstance(node, Segment):
        donor = donors.get((loop[:3], node.id))
        if donor is not None and donor >= highest:
            return donor
    return (highest // 10 + 1) * 10
