"""The open HL levels of a set: numbers, parents, and where a new level may begin."""

from typing import TYPE_CHECKING

from attrs import define

from x12_pa.guides.model import LoopUse
from x12_pa.syntax import Block
from x12_pa.validation.closing import leave
from x12_pa.validation.lookahead import fit

if TYPE_CHECKING:
    from x12_pa.validation.walker import SetWalker


@define(slots=True)
class Level:
    """An open HL: its number, what it said of levels below, how many came, where it stands.

    `alias` is the number it should have had, `headless` says that its HL is missing, `owes` that
    what it said does not agree with the levels that came so far.
    """

    id: str
    flag: str
    block: Block
    index: int
    number: int
    loop: LoopUse
    owes: bool
    children: int = 0
    alias: str = ""
    headless: bool = False


def level_at(walker: "SetWalker", number: str, flag: str, index: int) -> Level:
    """Return the level that the HL at `index` opens; the walker is in its loop already."""
    return Level(number, flag, walker.block, index, walker.count, walker.loop, flag == "1")


# A loop instance that is open around the current one: loop, mask, counts by bit, its HL.
Frame = tuple[LoopUse, int, dict[int, int], Level | None]


def open_lost(walker: "SetWalker", loop: LoopUse, index: int) -> None:
    """Open the loop of an HL that is missing, with the number that it should have had."""
    walker.lost = True
    walker.last_level += 1
    walker.levels_seen += 1
    count_child(walker)
    walker.open(loop, index)
    walker.level = level_at(walker, str(walker.last_level), "", index)
    walker.level.headless = True
    walker.mask = loop.trigger.bit


def go_to_level(walker: "SetWalker", text: str, index: int) -> bool:
    """Take an HL that is as it must be: counted on, under an open level; False for any other."""
    parts, number = text.split(walker.element), walker.last_level + 1
    if walker.lost or walker.odd or len(parts) != 5 or parts[1] != str(number):
        return False
    _, own, above, kind, flag = parts
    state, level, stack, frames, pops = walker.state, walker.level, walker.stack, walker.frames, 0
    while level.id != above if level is not None else above or state.loop.parent is not None:
        pops += 1
        if state.lacks or (level is not None and level.owes) or pops > len(stack):
            return False
        state, level = frames[-pops], stack[-pops][3]
    turn = state[kind, flag]
    if turn.push is None:
        return False
    walker.last_level = walker.levels_seen = number
    walker.count += 1
    counts = walker.counts
    if pops:
        leave(walker, pops, index)
        counts = stack[-pops][2]
        del stack[-pops:], frames[-pops:]
    if turn.number:
        counts[turn.bit] = turn.number
    if level is not None:
        level.children += 1
        level.owes = level.flag == "0"
    stack.append((state.loop, turn.outer.mask, counts, level))
    frames.append(turn.outer)
    walker.state, walker.counts, walker.loop = turn.state, {}, turn.push
    walker.level = level_at(walker, own, flag, index)
    if turn.push.scoped and walker.judge is not None:
        walker.judge.begin()
    if turn.watch:
        walker.capture(turn.use, text, index)
    return True


def count_child(walker: "SetWalker") -> None:
    """Tell the nearest open HL that a level follows below it."""
    level = walker.level
    if level is None:
        level = next((frame[3] for frame in reversed(walker.stack) if frame[3]), None)
    if level is not None:
        level.children += 1
        level.owes = level.flag == "0"


def take_number(walker: "SetWalker", own: str) -> str:
    """Check HL01; return the number it should have had, or "" when it is right.

    After a wrong number both ways to go on are right: from that number, or as if it had been
    right.
    """
    number = int(own) if own.isdecimal() and len(own) < 12 else 0
    expected, again = walker.last_level + 1, walker.levels_seen + 1
    walker.levels_seen = again
    walker.last_level = number or expected
    return "" if number in (expected, again) else str(expected)


def target(walker: "SetWalker", above: str, kind: str) -> tuple[int, LoopUse] | None:
    """Return (loops to close, loop to open) for a level under the HL numbered `above`."""
    loop, level, pops = walker.loop, walker.level, 0
    while True:
        if level is None:
            fits_here = not above and loop.parent is None
        else:
            fits_here = bool(above) and above in (level.id, level.alias)
        if fits_here:
            found = walker.program.level(loop, kind)
            return (pops, found) if found else None
        pops += 1
        if pops > len(walker.stack):
            return None
        loop, _, _, level = walker.stack[-pops]


def anywhere(walker: "SetWalker", kind: str) -> tuple[int, LoopUse] | None:
    """Return (loops to close, loop to open) for a level of this kind, whatever its parent.

    The innermost place that is still free and whose HL04 does not deny it, or else the innermost.
    """
    here = (walker.loop, walker.mask, walker.counts, walker.level)
    full: tuple[int, LoopUse] | None = None
    for pops, (loop, mask, _, level) in enumerate([here, *reversed(walker.stack)]):
        if found := walker.program.level(loop, kind):
            denied = level is not None and level.flag == "0"
            if not denied and (found.repeat != 1 or not mask & found.bit):
                return pops, found
            full = full or (pops, found)
    return full


def only_under(walker: "SetWalker", number: str, index: int) -> tuple[int, LoopUse] | None:
    """Return (loops to close, loop to open) for a level of unknown kind under an open HL.

    Of several kinds that may follow there, the one that the next segments fit best.
    """
    loops = [walker.loop, *(frame[0] for frame in reversed(walker.stack))]
    levels = [walker.level, *(frame[3] for frame in reversed(walker.stack))]
    for pops, (loop, level) in enumerate(zip(loops, levels, strict=True)):
        top = not number and loop.parent is None
        if top or (level and level.id == number):
            below = [c for c in loop.children if isinstance(c, LoopUse)]
            below = [child for child in below if child.trigger.id == "HL"]
            below.sort(key=lambda child: fit(walker, child, index))
            return (pops, below[-1]) if below else None
    return None


def is_open(walker: "SetWalker", number: str) -> bool:
    """Tell whether the HL of that number is open around here."""
    levels = [walker.level, *(frame[3] for frame in walker.stack)]
    return any(level and level.id == number for level in levels)


def opened(walker: "SetWalker") -> list[tuple[LoopUse, Level]]:
    """Return the open HL levels, innermost first."""
    frames = [(walker.loop, walker.level), *((f[0], f[3]) for f in reversed(walker.stack))]
    return [(loop, level) for loop, level in frames if level is not None]
