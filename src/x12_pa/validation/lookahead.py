"""What the next segments tell about one that does not say enough itself.

A loop whose first segment has an unknown qualifier, a level of an unknown kind, a second name where
one is allowed: what was meant shows in what follows. Only the rest of the block is looked at, and
only after a fault, so this costs valid files nothing. A guess from here never makes a finding; it
only chooses where to go on.
"""

from itertools import islice
from typing import TYPE_CHECKING

from x12_pa.guides.model import LoopUse, SegmentUse
from x12_pa.guides.program import Step
from x12_pa.validation.elements import examine

if TYPE_CHECKING:
    from x12_pa.validation.walker import SetWalker

_FAR = 12
_LATER = 100
_LEVELS_FAR = 500


def qualifier_of(use: SegmentUse, text: str, walker: "SetWalker") -> str:
    """Return the value that tells a segment from its siblings."""
    place = use.qualifier
    if place is None:
        return ""
    marks = walker.program.delimiters
    parts = text.split(marks.element)
    value = parts[place[0]] if len(parts) > place[0] else ""
    first = value.split(marks.repetition)[0] if marks.repetition else value
    return first.split(marks.component)[0] if place[1] else first


def could_be(use: SegmentUse, segment_id: str, text: str, walker: "SetWalker") -> bool:
    """Tell whether a segment has the id of a use, and a qualifier that it takes."""
    if use.id != segment_id:
        return False
    place = use.qualifier
    return place is None or qualifier_of(use, text, walker) in place[2]


def is_right(walker: "SetWalker", use: SegmentUse, text: str) -> bool:
    """Tell whether a segment has no fault as `use`."""
    match, check = walker.program.check_of(use)
    return match(text) is not None and (check is None or check(text))


def suits(walker: "SetWalker", use: SegmentUse, text: str) -> bool:
    """Tell whether a segment would be right as `use` if only it had its qualifier."""
    place, marks = use.qualifier, walker.program.delimiters
    if place is None:
        return False
    number, component, codes = place
    parts = text.split(marks.element)
    parts += [""] * (number + 1 - len(parts))
    if component is None:
        parts[number] = codes[0]
    else:
        pieces = [*parts[number].split(marks.component), *[""] * component]
        pieces[component - 1] = codes[0]
        parts[number] = marks.component.join(pieces).rstrip(marks.component)
    return bool(walker.program.check_of(use)[0](marks.element.join(parts)))


def fit(walker: "SetWalker", loop: LoopUse, index: int) -> int:
    """Count how many segments after `index` stand in a loop as its own, in its order.

    One that has a place there, but with a fault, does not count, and does not end the counting.
    """
    rank, count = loop.trigger.rank, 0
    mark = walker.program.delimiters.element
    for text in islice(walker.block.texts, index + 1, index + 1 + _FAR):
        segment_id = text.partition(mark)[0]
        for child in loop.children[1:]:
            use = child.trigger if isinstance(child, LoopUse) else child
            if child.rank >= rank and could_be(use, segment_id, text, walker):
                right = walker.program.check_of(use)[0](text) is not None
                rank, count = child.rank, count + right
                break
        else:
            return count
    return count


def is_full(walker: "SetWalker", step: Step, later: int = 0) -> bool:
    """Tell whether a step opens a loop once more than the guide allows, with `later` to come."""
    loop = step.push
    if loop is None or loop.repeat is None:
        return False
    mask, counts = walker.mask, walker.counts
    if step.pops:
        _, mask, counts, _ = walker.stack[-step.pops]
    there = counts.get(loop.bit, 1) if mask & loop.bit else 0
    return there + later >= loop.repeat


def comes_later(walker: "SetWalker", use: SegmentUse, index: int) -> int:
    """Count the segments that could be `use` and follow, before something that ends its parent."""
    count, mark, ends = 0, walker.program.delimiters.element, _ends(use)
    for text in islice(walker.block.texts, index + 1, index + 1 + _LATER):
        segment_id = text.partition(mark)[0]
        if segment_id in ends:
            break
        count += could_be(use, segment_id, text, walker)
    return count


def _ends(use: SegmentUse) -> set[str]:
    """Return ids of segments after which a use cannot stand in the same instance of its loop."""
    at: SegmentUse | LoopUse = use.parent if use.parent.trigger is use else use
    ends = {"HL", "SE"}
    while (around := at.parent) is not None:
        later = (child for child in around.children if child.rank > at.rank)
        ends |= {child.trigger.id if isinstance(child, LoopUse) else child.id for child in later}
        ends.add(around.trigger.id)
        at = around
    return ends - {use.id}


def next_level(walker: "SetWalker", index: int) -> tuple[int, str, str] | None:
    """Return (HL01 as a number, HL02, HL03) of the next HL of the set, or None."""
    mark = walker.program.delimiters.element
    for text in islice(walker.block.texts, index + 1, index + 1 + _LEVELS_FAR):
        segment_id, *values = text.split(mark)
        if segment_id == "HL":
            number, above, kind = [*values, "", "", ""][:3]
            return int(number) if number.isdecimal() and len(number) < 12 else 0, above, kind
        if segment_id == "SE":
            return None
    return None


def lacks_level(walker: "SetWalker", index: int) -> bool:
    """Tell whether the next HL skips a number, so that an HL has been lost before it."""
    follows = next_level(walker, index)
    return follows is not None and follows[0] == walker.last_level + 2


def may_be_lost(walker: "SetWalker", level: LoopUse, index: int) -> bool:
    """Tell whether the next HL allows that the HL of this level was lost just here."""
    follows = next_level(walker, index)
    if follows is None or follows[1] != str(walker.last_level + 1):
        return True
    return walker.program.level(level, follows[2]) is not None


def again(counts: dict[int, int], loop: LoopUse) -> bool:
    """Count one more instance of a loop if it may come once more; the first was not counted."""
    number = counts.get(loop.bit, 1) + 1
    if loop.repeat is not None and number > loop.repeat:
        return False
    counts[loop.bit] = number
    return True


def fits(step: Step, text: str) -> bool:
    """Tell whether a segment passes its expression and the check beside it."""
    return bool(step.match(text)) and (step.check is None or step.check(text))


def prefer(walker: "SetWalker", step: Step, text: str) -> Step:
    """Choose among several uses that a segment could be: not full, and matching or nearly so."""
    options = [step, *step.others]
    free = [o for o in options if o.moves or not walker.mask & o.once] or options
    right = next((option for option in free if option.match(text)), None)
    if right is not None or len(free) == 1:
        return right or free[0]
    marks = walker.program.delimiters
    return min(free, key=lambda option: len(list(examine(option.use, text, marks))))
