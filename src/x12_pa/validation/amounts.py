"""Say what stands too seldom, too often or too late, each once."""

from typing import TYPE_CHECKING, Any

from attrs import frozen

from x12_pa.guides.model import LoopUse, SegmentUse
from x12_pa.validation.naming import (
    loop_title,
    rule_noted,
    rule_severity,
    rule_text,
    segment_title,
)
from x12_pa.validation.results import Finding

if TYPE_CHECKING:
    from x12_pa.validation.walker import SetWalker

_FAR = 4


@frozen
class Lack:
    """A required child that was reported as missing: when, and in which loop instance."""

    child: SegmentUse | LoopUse
    finding: Finding
    number: int
    counts: dict[int, int]


def add(walker: "SetWalker", code: str, index: int, segment: str, **fields: Any) -> None:
    """Report a finding about a segment at the place of the walker."""
    walker.reporter.add(
        code, walker.place(index), segment=segment, context=walker.context(index), **fields
    )


def missing(
    walker: "SetWalker", child: SegmentUse | LoopUse, index: int, owner: LoopUse | None = None
) -> None:
    """Report a required child of the current loop that is not there.

    Args:
        owner: the loop that lacks it, when that one is not open yet.
    """
    if _told_already(walker, child):
        return
    by_profile = child.source != "guide"
    is_loop = isinstance(child, LoopUse)
    trigger = child.trigger if isinstance(child, LoopUse) else child
    place = walker.place(index)
    inner = owner or (child if isinstance(child, LoopUse) else None)
    if inner is not None:
        place.loop = inner.path
    tolerated = "tolerate_absent" in child.notes and not by_profile
    finding = walker.reporter.add(
        "X132" if tolerated else "P107" if by_profile else "X207" if is_loop else "X203",
        place,
        segment=trigger.id,
        source=child.source if by_profile else None,
        context=walker.context(index),
        title=loop_title(child) if isinstance(child, LoopUse) else segment_title(child),
        loop=loop_title(owner or child.parent or walker.loop),
        expected="is required and is missing" if tolerated else segment_title(trigger),
        by=walker.reporter.named(*rule_noted(child.notes, "P107"), child.source),
        rule=rule_text(child.notes, "P107"),
        severity=rule_severity(child.notes, "P107") if by_profile else None,
        ref=child.id,
        name=child.name,
    )
    if finding is not None:
        walker.missing[id(child)] = Lack(child, finding, walker.count, walker.counts)


def _told_already(walker: "SetWalker", child: SegmentUse | LoopUse) -> bool:
    """Tell whether what is missing here was reported in another way just before.

    It was the first segment of a loop that was opened without it, or a segment of its kind stood
    in the wrong place.
    """
    if isinstance(child, LoopUse):
        return False
    if child is walker.loop.trigger and walker.headless_in is walker.counts:
        return True
    return walker.strays.get(child.id, -_FAR) >= walker.count - _FAR


def over_use(walker: "SetWalker", use: SegmentUse, index: int) -> None:
    """Report a segment that stands more often than the guide allows."""
    if walker.presumed.pop(id(use), None) is walker.counts:
        return
    walker.strays[use.id] = walker.count
    add(
        walker,
        "X204",
        index,
        use.id,
        title=segment_title(use),
        loop=loop_title(use.parent),
        expected=_times(use.max_use),
    )


def over_repeat(walker: "SetWalker", loop: LoopUse, index: int) -> None:
    """Report a loop that stands more often than the guide allows."""
    place = walker.place(index)
    place.loop = loop.path
    walker.reporter.add(
        "X205",
        place,
        segment=loop.trigger.id,
        context=walker.context(index),
        title=loop_title(loop),
        loop=loop_title(loop.parent or loop),
        expected=_times(loop.repeat),
    )


def _times(count: int | None) -> str:
    return "once" if count == 1 else f"{count} times"


def withdraw(walker: "SetWalker", child: SegmentUse | LoopUse) -> None:
    """Take back that a child is missing."""
    earlier = walker.missing.pop(id(child), None)
    if earlier is not None:
        walker.reporter.withdraw(earlier.finding)


def too_late(walker: "SetWalker", use: SegmentUse, index: int) -> None:
    """Report a segment that stands after its place."""
    walker.strays[use.id] = walker.count
    add(walker, "X206", index, use.id, title=segment_title(use), loop=loop_title(use.parent))
