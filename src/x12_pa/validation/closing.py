"""Close loops that have all they need, as plain segments do: nothing can be found but by rules."""

from typing import TYPE_CHECKING

from x12_pa.guides.states import Turn

if TYPE_CHECKING:
    from x12_pa.validation.walker import SetWalker


def may_close(walker: "SetWalker", depth: int) -> bool:
    """Tell whether nothing is missing in the loops between the current one and the target.

    Args:
        depth: how many loops close, the current one among them.
    """
    between = 1 - depth
    if any(frame[3] is not None for frame in walker.stack[between:]):
        return False
    return not any(state.lacks for state in walker.frames[between:])


def leave(walker: "SetWalker", depth: int, index: int) -> None:
    """Judge the scopes that a segment closes: the current loop and those around it."""
    walker.at = index
    judge, light = walker.judge, walker.program.states.light
    if judge is None:
        return
    for place in range(depth):
        loop = walker.frames[-place].loop if place else walker.state.loop
        if not loop.scoped:
            continue
        if id(loop) in light and judge.starts[-1][0] >= judge.fresh:
            judge.starts.pop()
            continue
        walker.loop = loop
        judge.end(loop)


def end(walker: "SetWalker", turn: Turn, text: str, index: int) -> bool:
    """Close the set at its SE; False when something is missing before it."""
    stack, frames = walker.stack, walker.frames
    last = frames[0][turn.use].state if stack else turn.state
    if last is None or last.lacks:
        return False
    if stack:
        if walker.state.lacks or any(state.lacks for state in frames[1:]):
            return False
        for level in (walker.level, *(frame[3] for frame in stack)):
            if level is not None and level.owes:
                return False
    walker.count += 1
    if stack:
        leave(walker, len(stack), index)
    walker.loop, walker.mask = last.loop, last.mask
    walker.finish(text, index)
    return True
