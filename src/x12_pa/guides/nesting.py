"""How the loops of a guide lie in each other, as far as rules across segments ask.

A rule is judged in the instances of one loop, its *scope*. What it looks at lies inside the scope,
or around it: in a loop that contains the scope, or in a sibling of such a loop (a billing provider
beside the subscriber whose claims are judged). What lies around belongs to an *owner*: what stood
in one instance of the owner says nothing about the next.
"""

from collections.abc import Mapping

from x12_pa.guides.model import LoopUse, SegmentUse
from x12_pa.guides.paths import Place

ROOT = "ST"


def chain(loop: LoopUse) -> list[LoopUse]:
    """Return the loops from the top down to a loop, itself last."""
    found = [loop]
    while found[-1].parent is not None:
        found.append(found[-1].parent)
    return found[::-1]


def inside(loop: LoopUse, scope: LoopUse) -> bool:
    """Tell whether a loop is a scope or lies in it."""
    above: LoopUse | None = loop
    while above is not None:
        if above is scope:
            return True
        above = above.parent
    return False


def related(loop: LoopUse, scope: LoopUse) -> bool:
    """Tell whether a loop lies in a scope, or is read before it in a loop around it."""
    if inside(loop, scope):
        return True
    above = chain(scope)
    return loop in above or (loop.parent in above[:-1] and loop.trigger.id != "HL")


def before(first: SegmentUse, second: SegmentUse, scope: LoopUse) -> bool:
    """Tell whether in each instance of a scope every `first` stands before any `second`."""
    pair = [[*chain(use.parent), use][len(chain(scope)) :] for use in (first, second)]
    for here, there in zip(*pair, strict=False):
        if here is not there:
            return bool(here.rank < there.rank)
        if not isinstance(here, LoopUse) or here.repeat != 1:
            return False
    return False


def owner(scope: LoopUse, place: Place) -> LoopUse | None:
    """Return the loop whose instances part what a place around a scope holds, or None.

    None where nothing needs to be told apart: the place is inside the scope, in the set as a whole,
    or every instance must have it, so that the one read last is the right one.
    """
    if inside(place.loop, scope):
        return None
    around = place.loop if place.loop in chain(scope) else place.loop.parent
    if around is None or around.parent is None:
        return None
    return None if place.loop is around and _is_certain(place) else around


def _is_certain(place: Place) -> bool:
    """Tell whether every instance of a loop has a value at a place, and just one."""
    use = place.use
    if use.usage != "R" or use.max_use != 1 or place.selector is not None or place.every:
        return False
    if place.element is None:
        return True
    element = use.elements[place.element - 1]
    parts = element.components[place.component - 1 : place.component] if place.component else ()
    return element.usage == "R" and all(part.usage == "R" for part in parts)


def common(found: Mapping[str, tuple[Place, ...]], *, above: bool = False) -> str:
    """Return the id of the innermost loop that holds a place of every path, or of that around."""
    chains = [chain(_holder(here[0])) for here in found.values() if here]
    shared = [ROOT]
    for level in zip(*chains, strict=False):
        if any(loop is not level[0] for loop in level):
            break
        shared.append(level[0].id if level[0].parent else ROOT)
    return shared[-2] if above and len(shared) > 1 else shared[-1]


def _holder(place: Place) -> LoopUse:
    """Return the loop in which the presence of a place is asked: a loop's own parent."""
    if place.segment is None and place.loop.parent is not None:
        return place.loop.parent
    return place.loop
