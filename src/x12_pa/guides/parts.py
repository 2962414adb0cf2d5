"""A transaction set as one part after another, for those who judge each claim or patient by itself.

A tree of a whole set is as large as the set, and a set may hold all the claims of a month. What is
said of one loop depends on the loop, what is in it, and what stands around it, so a loop that is
complete and was judged can be forgotten, with the loops around it once they are complete, too.
Memory then is that of one part and its surroundings, whatever the length of the set.
"""

from collections.abc import Collection, Iterable, Iterator

from attrs import define, field

from x12_pa.guides.model import Guide, LoopUse
from x12_pa.guides.program import program_for
from x12_pa.guides.tree import LoopInstance, Placer
from x12_pa.syntax import Segment


@define(eq=False)
class Part:
    """One complete loop with everything around it.

    Attributes:
        loop: the loop; `parent` leads to what stands around it, without the parts before.
        numbers: by the offset of a segment its number in the set, ST is 1.
    """

    loop: LoopInstance
    numbers: dict[int, int] = field(repr=False)


def read_parts(
    guide: Guide, segments: Iterable[Segment], uses: Collection[LoopUse]
) -> Iterator[Part]:
    """Yield every instance of some loops when it is complete, and forget it afterwards.

    Args:
        guide: what the set follows.
        segments: ST to SE; they are read as the parts are asked for.
        uses: the loops; none of them stands in another one.
    """
    held = frozenset(above for use in uses for above in _way_up(use))
    root = LoopInstance(guide.root)
    placer: Placer | None = None
    numbers: dict[int, int] = {}
    last = root
    for number, item in enumerate(segments, 1):
        if placer is None:
            placer = Placer(program_for(guide, item.delimiters), root)
        placer.place(item)
        numbers[item.offset] = number
        if placer.loop is not last:
            for closed in _closed(last, placer.loop):
                if closed.use in uses:
                    yield Part(closed, numbers)
                if closed.use in held:
                    _forget(closed, numbers)
                    placer.close(closed)
            last = placer.loop
    for closed in _closed(last, root):
        if closed.use in uses:
            yield Part(closed, numbers)


def _way_up(use: LoopUse) -> Iterator[LoopUse]:
    """Yield a loop and those around it, without the transaction set itself."""
    here: LoopUse | None = use
    while here is not None and here.parent is not None:
        yield here
        here = here.parent


def _closed(last: LoopInstance, now: LoopInstance) -> Iterator[LoopInstance]:
    """Yield the instances that were open around the last segment and are no more, inmost first."""
    still: set[int] = set()
    up: LoopInstance | None = now
    while up is not None:
        still.add(id(up))
        up = up.parent
    left: LoopInstance | None = last
    while left is not None and id(left) not in still:
        above = left.parent
        yield left
        left = above


def _forget(closed: LoopInstance, numbers: dict[int, int]) -> None:
    """Take an instance out of the one around it."""
    for instance in (closed, *closed.below()):
        for item in (*(each for _, each in instance.segments), *instance.unplaced):
            numbers.pop(item.offset, None)
    above = closed.parent
    assert above is not None
    place = next(n for n in reversed(range(len(above.items))) if above.items[n] is closed)
    del above.items[place]
    closed.release()
    closed.parent = None
