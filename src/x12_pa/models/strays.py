"""Segments that came in the wrong order but have a place in the loop they were found in."""

from x12_pa.guides import LoopInstance, SegmentUse
from x12_pa.syntax import Segment

Items = list[tuple[SegmentUse, Segment] | LoopInstance]


def adopted(instance: LoopInstance) -> tuple[Items, list[Segment]]:
    """Return what stands in a loop with the strays that fit into it, and the others.

    In a level (HL) each stray that has a place is taken in; elsewhere only when all have one:
    behind an unknown name, say, an address may be that name's.
    """
    items = list(instance.items)
    known = instance.use.trigger.id == "HL"
    known = known or all(_vacancy(instance, items, item) for item in instance.unplaced)
    rest = []
    for item in instance.unplaced:
        use = _vacancy(instance, items, item) if known else None
        if use is None:
            rest.append(item)
        else:
            items.append((use, item))
    return items, rest


def _vacancy(instance: LoopInstance, items: Items, item: Segment) -> SegmentUse | None:
    for use in instance.use.children:
        if not isinstance(use, SegmentUse) or use.id != item.id or use.id == "HL":
            continue
        if use.qualifier and _value(use, item) not in use.qualifier[2]:
            continue
        count = sum(isinstance(other, tuple) and other[0] is use for other in items)
        if use.max_use is None or count < use.max_use:
            return use
    return None


def _value(use: SegmentUse, item: Segment) -> str:
    assert use.qualifier is not None
    number, component, _ = use.qualifier
    whole = (
        next(iter(item.repetitions(number)), "")
        if use.elements[number - 1].repeat != 1
        else item.element(number)
    )
    return whole.split(item.delimiters.component)[(component or 1) - 1] if component else whole
