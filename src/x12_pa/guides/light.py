"""Scopes whose end needs no thought while every text in them is known.

A rule that judges each value by itself (`Situation.texts`) remembers the texts it has found right,
and a segment that no other rule watches is not even captured then (`Situations.alone`). A scope of
such rules only, from which nothing captured is dropped at its end, is light: when no unknown text
has been captured in it, nothing can be found and nothing is to be done.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from x12_pa.guides.model import LoopUse, SegmentUse
from x12_pa.guides.nesting import inside

if TYPE_CHECKING:
    from x12_pa.guides.situations import Situations


def light_scopes(situations: "Situations | None") -> frozenset[int]:
    """Return the `id()` of every light scope."""
    if situations is None:
        return frozenset()
    alone = situations.alone
    watched = {
        id(place.use): place.use
        for rules in situations.by_scope.values()
        for rule in rules
        for here in rule.watched.values()
        for place in here
    }
    found = set()
    for loop in situations.loops:
        key = id(loop)
        rules = situations.by_scope[key]
        if not rules or key in situations.owners or key in situations.probed:
            continue
        if not all(
            rule.texts and all(alone.get(use) is rule for use in rule.texts) for rule in rules
        ):
            continue
        below = {number for number, use in watched.items() if inside(use.parent, loop)}
        if below - alone.keys() - _dropped(situations, loop, watched) <= situations.kept[key]:
            found.add(key)
    return frozenset(found)


def _dropped(
    situations: "Situations", loop: LoopUse, watched: Mapping[int, SegmentUse]
) -> set[int]:
    """Return the watched uses that scopes inside `loop` have dropped before it ends."""
    within = [scope for scope in situations.loops if scope is not loop and inside(scope, loop)]
    return {
        number
        for scope in within
        for number in watched.keys() - situations.kept[id(scope)] - situations.carried.keys()
        if inside(watched[number].parent, scope)
    }
