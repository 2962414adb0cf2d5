"""Say what is wrong with an HL: its number, its parent, its level, what it says of levels below."""

from typing import TYPE_CHECKING, Any

from x12_pa.guides.model import LoopUse, SegmentUse
from x12_pa.validation import levels
from x12_pa.validation.amounts import too_late, withdraw
from x12_pa.validation.naming import either
from x12_pa.validation.report import Place

if TYPE_CHECKING:
    from x12_pa.validation.levels import Level
    from x12_pa.validation.walker import SetWalker


def late_level(walker: "SetWalker", own: str, index: int) -> bool:
    """Take an HL whose level was opened without it: it only comes too late."""
    for loop, level in levels.opened(walker):
        if level.headless and level.id == own:
            withdraw(walker, loop.trigger)
            too_late(walker, loop.trigger, index)
            level.headless = False
            return True
    return False


def check_child_flag(walker: "SetWalker", level: "Level") -> None:
    """Report an HL04 that does not agree with the levels that came.

    Silent when the level below is required: then it was reported as missing.
    """
    if level.flag == "1" and level.children == 0:
        if any(isinstance(c, LoopUse) and _is_level(c) for c in walker.loop.children):
            return
        expected = "no level follows below it; write 0 or add the level that is missing"
    elif level.flag == "0" and level.children > 0:
        expected = "levels follow below it; write 1"
    else:
        return
    walker.reporter.add(
        "X233",
        Place(level.block, level.index, level.number, level.loop.path or None),
        segment="HL",
        element="HL04",
        value=level.flag,
        found=level.flag,
        expected=expected,
    )


def _is_level(loop: LoopUse) -> bool:
    return loop.usage == "R" and loop.trigger.id == "HL"


def wrong_number(
    walker: "SetWalker", loop: LoopUse | None, own: str, expected: str, text: str, index: int
) -> None:
    """Report an HL01 that does not go on counting."""
    place = walker.place(index)
    place.loop = loop.path if loop else None
    walker.reporter.add(
        "X231",
        place,
        segment="HL",
        element="HL01",
        value=own,
        text=text,
        context=walker.context(index),
        found=own or "nothing",
        expected=expected,
    )


def level_without_parent(
    walker: "SetWalker", above: str, kind: str, text: str, index: int
) -> tuple[int, LoopUse] | None:
    """Report an HL whose parent or level does not fit; return where to go on, or None."""
    found = levels.anywhere(walker, kind)
    known = kind in _levels(walker)
    fields: dict[str, Any] = {"text": text, "segment": "HL", "context": walker.context(index)}
    misfit = found is None or not known or (above != "" and levels.is_open(walker, above))
    if misfit and not known:
        found = levels.only_under(walker, above, index)
    place = walker.place(index)
    place.loop = found[1].path if found else None
    if misfit:
        walker.reporter.add(
            "X234",
            place,
            element="HL03",
            value=kind,
            found=kind or "nothing",
            where=f"under HL {above}" if above else "here",
            expected=either(_levels(walker)),
            **fields,
        )
        return found
    walker.reporter.add(
        "X232",
        place,
        element="HL02",
        value=above,
        found=above or "nothing",
        **fields,
    )
    return found


def _levels(walker: "SetWalker") -> list[str]:
    codes: list[str] = []
    for use in walker.program.guide.root.walk():
        if isinstance(use, SegmentUse) and use.id == "HL":
            codes += use.elements[2].codes or ()
    return list(dict.fromkeys(codes))
