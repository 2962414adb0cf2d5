"""A transaction set as a tree of loop instances, for those who ask for one.

Validation does not need a tree; models, reconciliation and display do. `read_tree` places each
segment with the same compiled steps as the validator. It never fails: what has no place is kept
with the loop where it was found. `write_tree` is the inverse: it puts everything into the order of
the guide and numbers the HL segments.
"""

from collections.abc import Iterable, Iterator

from attrs import define, field

from x12_pa.guides.model import Guide, LoopUse, SegmentUse
from x12_pa.guides.program import Program, Step, child_level, program_for
from x12_pa.syntax import DEFAULT_DELIMITERS, Delimiters, Segment, segment


@define(eq=False)
class LoopInstance:
    """One instance of a loop: its segments and the loop instances in it, in the order they came.

    Attributes:
        use: the loop of the guide.
        items: segments as (use, segment), and child instances.
        unplaced: segments that the guide does not know here.
    """

    use: LoopUse
    parent: "LoopInstance | None" = field(default=None, repr=False)
    items: "list[tuple[SegmentUse, Segment] | LoopInstance]" = field(factory=list)
    unplaced: list[Segment] = field(factory=list)

    @property
    def id(self) -> str:
        """The loop id, such as `2000E`; `ST` for the transaction set."""
        return self.use.id

    @property
    def segments(self) -> list[tuple[SegmentUse, Segment]]:
        """The segments of this instance, without those of loops in it."""
        return [item for item in self.items if not isinstance(item, LoopInstance)]

    @property
    def children(self) -> "list[LoopInstance]":
        """The loop instances directly in this one."""
        return [item for item in self.items if isinstance(item, LoopInstance)]

    def loops(self, loop_id: str) -> "list[LoopInstance]":
        """Return the direct children with this loop id."""
        return [item for item in self.children if item.use.id == loop_id]

    def all(self, segment_id: str, first: str | None = None) -> list[Segment]:
        """Return the segments with this id, and with this value in element 1 if it is given."""
        return [
            item
            for _, item in self.segments
            if item.id == segment_id and (first is None or item.element(1) == first)
        ]

    def first(self, segment_id: str, first: str | None = None) -> Segment | None:
        """Return the first segment that `all` would return, or None."""
        found = self.all(segment_id, first)
        return found[0] if found else None

    def below(self) -> "Iterator[LoopInstance]":
        """Yield every instance below this one, in document order."""
        for child in self.children:
            yield child
            yield from child.below()

    def descend(self, loop_id: str) -> "Iterator[LoopInstance]":
        """Yield every instance of a loop below this one, in document order."""
        for child in self.children:
            if child.use.id == loop_id:
                yield child
            yield from child.descend(loop_id)

    def iter(self) -> "Iterator[tuple[LoopInstance, SegmentUse, Segment]]":
        """Yield every placed segment in document order with its instance and use."""
        for item in self.items:
            if isinstance(item, LoopInstance):
                yield from item.iter()
            else:
                yield self, item[0], item[1]

    def open(self, loop_id: str) -> "LoopInstance":
        """Add an instance of child loop `loop_id` and return it.

        Raises:
            KeyError: the guide has no such loop in this one.
        """
        for child in self.use.children:
            if isinstance(child, LoopUse) and child.id == loop_id:
                instance = LoopInstance(child, self)
                self.items.append(instance)
                return instance
        raise KeyError(f"{self.use} has no loop {loop_id}")

    def release(self) -> None:
        """Forget the way up, here and below, so that memory is free as soon as nobody looks.

        A tree that knows both ways waits for the collector, which costs a fifth of reading it.
        """
        for item in self.items:
            if not isinstance(item, tuple):
                item.parent = None
                item.release()

    def add(self, use: SegmentUse, item: Segment) -> None:
        """Add a segment as `use`."""
        self.items.append((use, item))


def read_tree(guide: Guide, segments: Iterable[Segment]) -> LoopInstance:
    """Place the segments of one transaction set, ST to SE."""
    root = LoopInstance(guide.root)
    placer: Placer | None = None
    for item in segments:
        if placer is None:
            placer = Placer(program_for(guide, item.delimiters), root)
        placer.place(item)
    return root


class Placer:
    """Walks along a transaction set and hangs each segment into the tree.

    `loop` is the instance that the last segment stands in.
    """

    def __init__(self, program: Program, root: LoopInstance) -> None:
        self._program = program
        self._at = program.position(root.use, 0)
        self.loop = root
        self._levels: dict[str, LoopInstance] = {}
        self._hl = program.key("HL")

    def place(self, item: Segment) -> None:
        """Hang the next segment into the tree."""
        loop = self.loop
        if not loop.items and loop.parent is None:
            loop.items.append((loop.use.trigger, item))
            return
        key = item.text[:3]
        step = self._level(item) if key == self._hl else self._step(item, key)
        if step is None:
            loop.unplaced.append(item)
            return
        for _ in range(step.pops):
            assert loop.parent is not None
            loop = loop.parent
        if step.push:
            instance = LoopInstance(step.push, loop)
            loop.items.append(instance)
            loop = instance
        loop.items.append((step.use, item))
        self.loop, self._at = loop, step.position
        if key == self._hl:
            self._levels[item.element(1)] = loop

    def close(self, instance: LoopInstance) -> None:
        """Forget what is in a level that is complete; an HL that names it still finds no place."""
        first = instance.items[0] if instance.items else None
        if isinstance(first, tuple) and self._levels.get(first[1].element(1)) is instance:
            self._levels[first[1].element(1)] = _CLOSED

    def _step(self, item: Segment, key: str) -> Step | None:
        step = self._at.table.get(key) or self._program.resolve(self._at, item.id)
        if step is None:
            return None
        if step.by is not None:
            marks, kind = item.delimiters, step.use.qualifier
            value = item.text[step.start :].partition(marks.element)[0]
            if marks.repetition:
                value = value.partition(marks.repetition)[0]
            if kind is not None and kind[1]:
                value = value.partition(marks.component)[0]
            step = step.by.get(value)
        return self._choose(step, item) if step is not None and step.others else step

    def _choose(self, step: Step, item: Segment) -> Step:
        """Prefer, among uses that could be meant, one that is not full and that matches."""
        options = [step, *step.others]
        free = [option for option in options if not self._full(option)] or options
        for option in free:
            if option.match(item.text):
                return option
        return free[0]

    def _full(self, step: Step) -> bool:
        if step.pops or step.push or step.use.max_use is None:
            return False
        count = sum(use is step.use for use, _ in self.loop.segments)
        return count >= step.use.max_use

    def _level(self, item: Segment) -> Step | None:
        """Place an HL under the parent that it names; else where its level fits from here."""
        above, level = self._levels.get(item.element(2)), item.element(3)
        instance: LoopInstance | None = self.loop
        pops = 0
        while instance is not None:
            child = child_level(instance.use, level)
            if child is not None and (above is None or instance is above):
                return self._program.level_step(self._at, pops, child)
            instance, pops = instance.parent, pops + 1
        return None


_CLOSED = LoopInstance(LoopUse(id="", name="", usage="N", repeat=None, position=0))


def write_tree(root: LoopInstance, delimiters: Delimiters = DEFAULT_DELIMITERS) -> list[Segment]:
    """Return the segments of a tree in the order of the guide, with HL segments numbered.

    An instance of an HL loop needs no HL segment of its own: HL01 counts from 1, HL02 names the
    level above, HL04 says whether a level follows below.
    """
    lines: list[Segment] = []
    _write(root, lines, [0], "", delimiters)
    return lines


def _write(
    loop: LoopInstance, lines: list[Segment], count: list[int], above: str, marks: Delimiters
) -> None:
    own = above
    if loop.use.children and loop.use.trigger.id == "HL":
        count[0] += 1
        own = str(count[0])
        level = (loop.use.trigger.elements[2].codes or ("",))[0]
        below = any(child.use.trigger.id == "HL" for child in loop.children)
        flag = "1" if below else "0"
        if loop.use.trigger.elements[3].usage == "N":
            flag = ""
        lines.append(segment("HL", own, above, level, flag, delimiters=marks))
    for item in sorted(loop.items, key=_rank):
        if isinstance(item, LoopInstance):
            _write(item, lines, count, own, marks)
        elif item[1].id != "HL":
            lines.append(item[1])
    lines.extend(loop.unplaced)


def _rank(item: tuple[SegmentUse, Segment] | LoopInstance) -> int:
    return item.use.rank if isinstance(item, LoopInstance) else item[0].rank
