"""What to say, and where to go on, when a segment does not fit.

The rule of this module: name the defect once and go on from the place that was most likely meant,
so that innocent segments after it are not blamed. In order: a level whose HL is missing, a
qualifier that is not used here, a segment whose loop lost its first segment, a segment that comes
too late, a segment of another place, an unknown segment. Segments that follow one without a place
and have none themselves are passed over: they belong to it.
"""

from itertools import islice
from typing import TYPE_CHECKING

from x12_pa.guides.model import LoopUse, SegmentUse
from x12_pa.guides.program import Step
from x12_pa.guides.states import PREFIX
from x12_pa.validation import levels
from x12_pa.validation.amounts import add, missing, too_late, withdraw
from x12_pa.validation.lookahead import (
    comes_later,
    could_be,
    fit,
    fits,
    is_full,
    is_right,
    lacks_level,
    may_be_lost,
    qualifier_of,
    suits,
)
from x12_pa.validation.naming import (
    either,
    loop_title,
)
from x12_pa.validation.privacy import HIDDEN

if TYPE_CHECKING:
    from x12_pa.validation.walker import SetWalker

_LONGEST_CODE = 3
_NEAR = 2
_FAR = 4
_NEXT = 6


def in_capitals(walker: "SetWalker", text: str, index: int) -> str | None:
    """Report an id in small letters, and return the segment as it should be.

    None when it is written otherwise, or would not fit here either.
    """
    segment_id, mark, rest = text.partition(walker.element)
    name, states = segment_id.upper(), walker.program.states
    if segment_id == name or name not in walker.program.guide.segment_ids:
        return None
    found = name + mark + rest
    step = states.step(walker.position, states.tokens[found[:PREFIX]])
    if step is None or not (step.hl or fits(step, found)):
        return None
    walker.count += 1
    add(walker, "X201", index, segment_id)
    walker.count -= 1
    return found


def find_step(walker: "SetWalker", text: str, index: int) -> Step | None:
    """Return the step of a segment that no table had, or report it and return None."""
    segment_id = text.partition(walker.program.delimiters.element)[0]
    entry = walker.position.table.get(walker.program.key(segment_id))
    if entry is None or entry.use.id != segment_id:
        entry = walker.program.resolve(walker.position, segment_id)
    if entry is not None:
        if entry.by is None:
            return entry
        found = entry.by.get(qualifier_of(entry.use, text, walker))
        found = found or lost_level(walker, segment_id, text, index)
        if found is None:
            _wrong_qualifier(walker, entry, text, index)
        return found
    return _elsewhere(walker, segment_id, text, index)


def _elsewhere(walker: "SetWalker", segment_id: str, text: str, index: int) -> Step | None:
    """Find what a segment is that nothing from here on allows; report it or return its step."""
    if walker.program.guide.partial:
        _misplaced(walker, segment_id, index)
        return None
    late = _reported_missing(walker, segment_id, text) or _child_late(walker, segment_id, text)
    skipped = late is None or lacks_level(walker, index)
    # The next HL may be far away; a segment that is only wrong as the late one tells it, too.
    alone = not skipped and late is not None and is_right(walker, late, text)
    step = lost_level(
        walker, segment_id, text, index, sure=True, exact=not skipped, by_next_only=alone
    )
    if step is not None:
        return step
    if not alone:
        late = late or _child_late(walker, segment_id, text, again=True)
    if late is not None:
        _take_late(walker, late, text, index)
        return None
    step = _without_trigger(walker, segment_id, text, index)
    if step is None:
        _misplaced(walker, segment_id, index)
    return step


def _wrong_qualifier(walker: "SetWalker", entry: Step, text: str, index: int) -> None:
    """Report a qualifier that is not used here; take the segment for what it should have been."""
    assert entry.by is not None
    if walker.is_adrift():
        return
    value = qualifier_of(entry.use, text, walker)
    place = entry.use.qualifier
    ref = f"{entry.use.id}{place[0]:02}" if place else entry.use.id
    shown = value if len(value) <= _LONGEST_CODE else HIDDEN
    component = place[1] if place else None
    walker.reporter.add(
        "X208",
        walker.place(index),
        segment=entry.use.id,
        element=ref,
        component=component,
        value=shown if shown == value else None,
        text=entry.use.id + walker.program.delimiters.element + shown,
        context=walker.context(index),
        ref=ref + (f"-{component}" if component else ""),
        found=shown or "nothing",
        loop=loop_title(walker.loop),
        expected=either(sorted(entry.by)),
    )
    _presume(walker, list(dict.fromkeys(entry.by.values())), text, index)
    walker.set_adrift()


def _presume(walker: "SetWalker", steps: list[Step], text: str, index: int) -> None:
    """Take a segment of unknown meaning for the likeliest of what it could have been.

    That is something required that is not there yet; else the loop that its other elements and
    the next segments fit.
    """
    lacking = [s for s in steps if not s.moves and s.use.usage == "R" and not walker.mask & s.bit]
    if lacking:
        meant = min(lacking, key=lambda s: comes_later(walker, s.use, index))
        walker.mask |= meant.bit
        walker.presumed[id(meant.use)] = walker.counts
        return
    here = any(not s.moves for s in steps)
    opening = [(s, s.push) for s in steps if s.push is not None and not (here and s.pops)]
    if not opening:
        return
    best = max(opening, key=lambda item: _likely(walker, item[0], item[1], text, index))[0]
    if not is_full(walker, best):
        walker.move(best, index)


def _likely(
    walker: "SetWalker", step: Step, loop: LoopUse, text: str, index: int
) -> tuple[bool, bool, int, bool, bool, bool, int]:
    """Rank a loop that a segment with an unknown qualifier may have been meant to open."""
    mask = walker.stack[-step.pops][1] if step.pops else walker.mask
    unseen = not mask & loop.bit
    follows = fit(walker, loop, index)
    wanted = loop.usage == "R" and unseen
    content = bool(follows) or all(child.usage != "R" for child in loop.children[1:])
    free = not is_full(walker, step, later=comes_later(walker, loop.trigger, index))
    own = suits(walker, loop.trigger, text)
    return free, own, follows, content, wanted, unseen, -step.pops


def _frames(walker: "SetWalker") -> list[tuple[LoopUse, int]]:
    """Return the open loop instances with the masks of their children, innermost first."""
    return [(walker.loop, walker.mask), *((f[0], f[1]) for f in reversed(walker.stack))]


def lost_level(
    walker: "SetWalker",
    segment_id: str,
    text: str,
    index: int,
    *,
    sure: bool = False,
    exact: bool = False,
    by_next_only: bool = False,
) -> Step | None:
    """Open an HL level whose HL is missing, if a segment tells that this must have happened.

    It tells so when it names an entity of that level (NM1 with its qualifier), when the level
    requires it, or when the level above already has one.

    Args:
        sure: the segment has no place in what is open; then a level that is required, or that the
            HL04 above promises, is enough, or what follows tells it.
        exact: the segment must be right there.
        by_next_only: it could also come late; then only what follows tells.
    """
    if walker.program.guide.partial:
        return None
    rank = walker.position.rank
    open_now = [walker.level, *(frame[3] for frame in reversed(walker.stack))]
    for pops, (loop, mask) in enumerate(_frames(walker)):
        level = open_now[pops]
        for child in loop.children:
            if not isinstance(child, LoopUse) or child.trigger.id != "HL" or child.rank < rank:
                continue
            found = _tells(child, segment_id, text, walker)
            if found is None or (mask & child.bit and child.repeat == 1):
                continue
            if exact and not is_right(walker, found, text):
                continue
            denied = level is not None and level.flag == "0"
            if denied or not may_be_lost(walker, child, index):
                continue
            seen = any(u.id == segment_id and mask & u.bit for u in loop.children)
            owed = sure and child.usage == "R" and not mask & child.bit
            promised = sure and level is not None and level.flag == "1" and not level.children
            named = found.usage == "R" or found.parent is not child
            told = not by_next_only and (named or seen or owed or promised)
            if told or (sure and _foretold(walker, child, index)):
                return _go_into(walker, pops, child, found, index)
        rank = loop.rank
    return None


def _go_into(walker: "SetWalker", pops: int, level: LoopUse, use: SegmentUse, index: int) -> Step:
    """Report the HL of a level as missing, open the level, and return the step of a use in it."""
    for _ in range(pops):
        walker.close(index)
    missing(walker, level.trigger, index, owner=level)
    levels.open_lost(walker, level, index)
    position = walker.program.position(level, level.trigger.rank)
    inner = None if use.parent is level else use.parent
    return walker.program.step(position, use, 0, inner)


def _foretold(walker: "SetWalker", level: LoopUse, index: int) -> bool:
    """Tell whether segments that follow stand in a level, too, and one of them only there."""
    states, frames = walker.program.states, list(_frames(walker))
    for text in islice(walker.block.texts, index + 1, index + 1 + _NEXT):
        segment_id = text.partition(walker.element)[0]
        use = _tells(level, segment_id, text, walker)
        if use is None:
            return False
        step = states.step(walker.position, states.tokens[text[:PREFIX]])
        free = step is not None and could_be(step.use, segment_id, text, walker)
        if free and step is not None:
            free = not is_full(walker, step) and (step.moves or not walker.mask & step.once)
        another = not walker.block.texts[index].startswith(segment_id + walker.element)
        twice = another and any(loop is level and mask & use.bit for loop, mask in frames)
        if not free and (use.usage == "R" or use.parent is not level or twice):
            return True
    return False


def _tells(level: LoopUse, segment_id: str, text: str, walker: "SetWalker") -> SegmentUse | None:
    """Return the use that a segment would be in a level, directly or as the start of a loop."""
    for child in level.children[1:]:
        use = child.trigger if isinstance(child, LoopUse) else child
        named = isinstance(child, SegmentUse) or use.qualifier is not None
        if named and use.id != "HL" and could_be(use, segment_id, text, walker):
            return use
    return None


def _without_trigger(walker: "SetWalker", segment_id: str, text: str, index: int) -> Step | None:
    """Go into a loop whose first segment is missing, if that is what must have happened."""
    best: tuple[int, LoopUse, SegmentUse] | None = None
    rank = walker.position.rank
    for pops, (loop, mask) in enumerate(_frames(walker)):
        for child in loop.children:
            if child.rank < rank or not isinstance(child, LoopUse) or mask & child.bit:
                continue
            use = _child_use(child, segment_id, text, walker)
            if use is not None and child.trigger.id != "HL":
                if child.usage == "R":
                    return _enter(walker, (pops, child, use), index)
                if best is None and use.usage == "R":
                    best = (pops, child, use)
        rank = loop.rank
    return None if best is None else _enter(walker, best, index)


def _child_use(loop: LoopUse, segment_id: str, text: str, walker: "SetWalker") -> SegmentUse | None:
    """Return the use that a segment could be inside `loop`, other than as its first segment."""
    for child in loop.children[1:]:
        if isinstance(child, SegmentUse) and could_be(child, segment_id, text, walker):
            return child
    return None


def _enter(walker: "SetWalker", found: tuple[int, LoopUse, SegmentUse], index: int) -> Step:
    """Open a loop without its first segment, report that one as missing; return the step."""
    pops, loop, use = found
    for _ in range(pops):
        walker.close(index)
    if loop.usage == "R":
        missing(walker, loop, index)
    else:
        missing(walker, loop.trigger, index, owner=loop)
    walker.open(loop, index)
    walker.headless, walker.headless_in = walker.count, walker.counts
    position = walker.program.position(loop, loop.trigger.rank)
    walker.position = position
    return walker.program.step(position, use, 0, None)


def instead(walker: "SetWalker", step: Step, text: str, index: int) -> Step:
    """Return the step to take in place of one that a segment cannot, or can hardly, mean.

    It cannot when it does not have the qualifier, and hardly when the loop is full, a level below
    could begin with it too, and the next HL skips a number.
    """
    use = step.use
    if is_full(walker, step) and lacks_level(walker, index):
        return lost_level(walker, use.id, text, index) or step
    if use.qualifier is None or qualifier_of(use, text, walker) in use.qualifier[2]:
        return step
    return lost_level(walker, use.id, text, index) or step


def late_trigger(walker: "SetWalker", step: Step, index: int) -> bool:
    """Take the first segment of a loop that was opened without it: it only comes too late."""
    loop = step.push
    if loop is None or loop is not walker.loop or walker.headless != walker.count - 1:
        return False
    withdraw(walker, loop)
    withdraw(walker, loop.trigger)
    too_late(walker, loop.trigger, index)
    walker.mask |= loop.trigger.bit
    return True


def _take_late(walker: "SetWalker", use: SegmentUse, text: str, index: int) -> None:
    """Report a segment that stands after its place, and what is wrong inside it."""
    if id(use) in walker.missing:
        walker.faults(use, text, index)
    withdraw(walker, use)
    too_late(walker, use, index)
    walker.mark(use)


def _reported_missing(walker: "SetWalker", segment_id: str, text: str) -> SegmentUse | None:
    """Return the use that a segment is when that one was reported as missing just before."""
    for lack in walker.missing.values():
        use = lack.child
        if not isinstance(use, SegmentUse) or lack.number < walker.count - _NEAR:
            continue
        if could_be(use, segment_id, text, walker):
            return use
    return None


def _child_late(
    walker: "SetWalker", segment_id: str, text: str, *, again: bool = False
) -> SegmentUse | None:
    """Return the use, in an open loop of this level, that a late segment should have been.

    Args:
        again: take a use of the current loop that is there already, too.
    """
    rank = walker.position.rank
    for depth, (loop, mask) in enumerate(_frames(walker)):
        for child in loop.children[1:]:
            if isinstance(child, SegmentUse) and child.rank < rank:
                free = not mask & child.bit or _lacked(walker, child) or (again and not depth)
                if free and could_be(child, segment_id, text, walker):
                    return child
        if loop.trigger.id == "HL":
            return None
        rank = loop.rank
    return None


def _lacked(walker: "SetWalker", use: SegmentUse) -> bool:
    """Tell whether a use was reported as missing in this instance of the current loop."""
    lack = walker.missing.get(id(use))
    return lack is not None and lack.counts is walker.counts


def _misplaced(walker: "SetWalker", segment_id: str, index: int) -> None:
    """Report a segment that has no place from here on."""
    if segment_id not in walker.program.guide.segment_ids:
        add(walker, "X201", index, segment_id or "A segment without id")
        return
    if not walker.is_adrift():
        walker.strays[segment_id] = walker.count
        expected = _places(walker, segment_id)
        add(walker, "X202", index, segment_id, loop=loop_title(walker.loop), expected=expected)
    walker.set_adrift()


def _places(walker: "SetWalker", segment_id: str) -> str:
    """Name the loops of the guide that have a segment of this id."""
    owners = [
        use.parent
        for use in walker.program.guide.root.walk()
        if isinstance(use, SegmentUse) and use.id == segment_id
    ]
    names = list(dict.fromkeys(owner.id for owner in owners if owner.parent))
    return f"loop {either(names, most=8)}" if names else "the top of the transaction set"
