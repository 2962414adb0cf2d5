"""Walk one transaction set along its compiled guide.

The state is small: the loop instance we are in, the mask of its children seen so far, and a stack
of the loop instances around it. A segment that fits costs a few look-ups (`run`); everything else
goes the careful way, which closes and opens loops, counts, follows HL parents, and hands what does
not fit to `recovery`. Nothing is kept per segment, so memory does not depend on the size of a set.

One defect is one finding: after a fault the walker goes on from the most likely intended place.
"""

from x12_pa.guides.index import same_guide
from x12_pa.guides.model import LoopUse, SegmentUse
from x12_pa.guides.program import REMEMBERED, Program, Step
from x12_pa.syntax import Block
from x12_pa.validation import amounts, level_faults, levels, recovery
from x12_pa.validation.elements import examine
from x12_pa.validation.levels import Frame, Level
from x12_pa.validation.lookahead import again, fits, prefer
from x12_pa.validation.partner_state import Surroundings
from x12_pa.validation.report import Place, Reporter
from x12_pa.validation.situations import Captured, Judge
from x12_pa.validation.tolerances import tolerated
from x12_pa.validation.units import Units

ENVELOPE = frozenset({"ISA", "GS", "ST", "GE", "IEA"})


class SetWalker:
    """Validates the segments of one transaction set, from ST to SE, block by block."""

    def __init__(
        self, program: Program, reporter: Reporter, surroundings: Surroundings | None = None
    ) -> None:
        """Start before the ST of a set; with `surroundings` rules across segments are judged."""
        self.program = program
        self.reporter = reporter
        self.position = program.position(program.guide.root, 0)
        self.loop = program.guide.root
        self.mask = 0
        self.counts: dict[int, int] = {}
        self.level: Level | None = None
        self.stack: list[Frame] = []
        self.count = 0
        self.done = False
        self.trailer = ""
        self.missing: dict[int, amounts.Lack] = {}
        self.headless = -1
        self.headless_in: dict[int, int] | None = None
        self.presumed: dict[int, dict[int, int]] = {}
        self.strays: dict[str, int] = {}
        self._adrift = -1
        self.last_level = 0
        self.levels_seen = 0
        self.lost = False
        self._block: Block | None = None
        self._units = Units(program.guide.set, program.delimiters.element)
        self._at = 0
        self._judge: Judge | None = None
        self._captured: list[Captured] = []
        if surroundings is not None and program.guide.situations is not None:
            marks = program.delimiters
            self._judge = Judge(
                program.guide.situations,
                marks,
                surroundings,
                reporter,
                lambda: self.place(self._at),
            )
            self._captured = self._judge.captured

    def begin(self, block: Block, index: int) -> None:
        """Take the ST segment."""
        self._block = block
        self._units.turn(block)
        self.count = 1
        use = self.loop.trigger
        self.mask = use.bit
        match, _ = self.program.check_of(use)
        text = block.texts[index]
        if self._judge is not None and self.program.watches(use):
            self._capture(use, text, index)
        if not match(text):
            named = text.split(self.program.delimiters.element)[3:4]
            # Another edition of the same guide is a warning of the engine, not a wrong code.
            sibling = named != [] and same_guide(self.program.guide.id, named[0])
            self.faults(use, text, index, skip=("X215", "X132") if sibling else ())

    def run(self, block: Block, start: int) -> int:
        """Take segments from `start` on; return the index of the first that was not taken.

        This loop is the product's speed: it keeps the state in local variables and gives a segment
        to `_careful` as soon as anything about it is not plain.
        """
        if block is not self._block:
            self._units.turn(block)
            self._block = block
        texts, stack, before = block.texts, self.stack, self.count - start
        loop, mask, level, counts = self.loop, self.mask, self.level, self.counts
        position, table = self.position, self.position.table
        judging, captured = self._judge is not None, self._captured
        right = self._judge.known if self._judge is not None else {}
        for index in range(start, len(texts)):
            text = texts[index]
            step = table.get(text[:3])
            if step is not None and step.by is not None:
                begin = step.start
                step = step.by.get(text[begin : text.find(step.stop, begin)])
            if step is not None and not step.careful:  # noqa: SIM102 - one condition a line
                if text in step.known or fits(step, text):
                    if len(step.known) < REMEMBERED:
                        step.known.add(text)
                    child = step.push
                    if not step.pops:
                        if child is None:
                            if mask & step.look == step.need:
                                mask |= step.bit
                                table = step.table
                                position = step.position
                                if step.watch and judging:
                                    if text in right.get(id(step.use), ()):
                                        continue
                                    captured.append(
                                        Captured(step.use, text, before + index + 1, block, index)
                                    )
                                continue
                        elif not step.need & ~mask and (
                            child.repeat is None or not mask & child.bit or again(counts, child)
                        ):
                            stack.append((loop, mask | child.bit, counts, level))
                            loop, mask, counts, level = child, step.bit, {}, None
                            table = step.table
                            position = step.position
                            if judging and step.notes:
                                self._opened(child, step, text, index, before + index + 1)
                            continue
                    elif level is None and not loop.required & ~mask:
                        depth = step.pops
                        for above, seen, _, around in stack[1 - depth :] if depth > 1 else ():
                            if around is not None or above.required & ~seen:
                                break
                        else:
                            frame = stack[-depth]
                            seen = frame[1]
                            if child is None:
                                if seen & step.look == step.need:
                                    if judging and step.ends:
                                        self._closed(loop, depth, index, before + index + 1)
                                    del stack[-depth:]
                                    loop, mask, counts, level = frame
                                    mask |= step.bit
                                    table = step.table
                                    position = step.position
                                    if judging and step.watch:
                                        captured.append(
                                            Captured(
                                                step.use, text, before + index + 1, block, index
                                            )
                                        )
                                    continue
                            elif not step.need & ~seen and (
                                child.repeat is None
                                or not seen & child.bit
                                or again(frame[2], child)
                            ):
                                if judging and step.ends:
                                    self._closed(loop, depth, index, before + index + 1)
                                del stack[-depth:]
                                stack.append((frame[0], seen | child.bit, frame[2], frame[3]))
                                loop, mask, counts, level = child, step.bit, {}, None
                                table = step.table
                                position = step.position
                                if judging and step.notes:
                                    self._opened(child, step, text, index, before + index + 1)
                                continue
            self.loop, self.mask, self.level, self.counts = loop, mask, level, counts
            self.position, self.count = position, before + index
            if not self._careful(step, text, index):
                return index
            if self.done:
                return index + 1
            before = self.count - index - 1
            loop, mask, level, counts = self.loop, self.mask, self.level, self.counts
            position = self.position
            table = position.table
        self.loop, self.mask, self.level, self.counts = loop, mask, level, counts
        self.position, self.count = position, before + len(texts)
        return len(texts)

    def place(self, index: int) -> Place:
        """Return the place of the segment at `index` of the current block."""
        assert self._block is not None
        return Place(self._block, index, self.count, self.loop.path or None)

    def _careful(self, step: Step | None, text: str, index: int) -> bool:
        """Take a segment that is not plain; False when it does not belong to this set."""
        if step is None:
            if not text:
                return True
            if text.partition(self.program.delimiters.element)[0] in ENVELOPE:
                return False
            self.count += 1
            step = recovery.find_step(self, text, index)
            if step is None:
                return True
        else:
            self.count += 1
        if step.hl:
            self._enter_level(text, index)
            return True
        if step.others:
            step = prefer(self, step, text)
        elif step.push is not None or not step.match(text):
            step = recovery.instead(self, step, text, index)
        if not recovery.late_trigger(self, step, index):
            self.move(step, index)
        if self._judge is not None and self.program.watches(step.use):
            self._capture(step.use, text, index)
        if not fits(step, text):
            if self.is_adrift():
                self.set_adrift()
            else:
                self.faults(step.use, text, index)
        if step.use.id == "SE":
            self._finish(text, index)
        return True

    @property
    def block(self) -> Block:
        """The block that is being read."""
        assert self._block is not None
        return self._block

    def is_adrift(self) -> bool:
        """Tell whether the segment before this one had no place."""
        return self._adrift == self.count - 1 and not self.program.guide.partial

    def set_adrift(self) -> None:
        """Remember that this segment has no place."""
        self._adrift = self.count

    def mark(self, use: SegmentUse) -> None:
        """Count a use as seen in the innermost open instance of its loop."""
        if use.parent is self.loop:
            self.mask |= use.bit
            return
        for number, (loop, mask, counts, level) in reversed(list(enumerate(self.stack))):
            if loop is use.parent:
                self.stack[number] = (loop, mask | use.bit, counts, level)
                return

    def move(self, step: Step, index: int) -> None:
        """Close and open loops as the step says, count, and report what is missing or too much."""
        if step.push is self.loop and self._doubled(step.push):
            amounts.over_repeat(self, self.loop, index)
            return
        for _ in range(step.pops):
            self.close(index)
        if step.need & ~self.mask:
            self.report_missing(step.need & ~self.mask, index)
        if step.push is not None:
            self.open(step.push, index)
        if self.mask & step.once:
            amounts.over_use(self, step.use, index)
        elif step.limit:
            self._count(step.use, index)
        self.mask |= step.bit
        self.position = step.position

    def _doubled(self, loop: LoopUse) -> bool:
        """Tell whether a loop begins once too often right after it began."""
        seen = self.stack[-1][2].get(loop.bit, 1)
        return self.mask == loop.trigger.bit and loop.repeat is not None and seen >= loop.repeat

    def _count(self, use: SegmentUse, index: int) -> None:
        number = self.counts[use.bit] = self.counts.get(use.bit, 0) + 1
        if use.max_use is not None and number == use.max_use + 1:
            amounts.over_use(self, use, index)

    def open(self, loop: LoopUse, index: int) -> None:
        """Enter a new instance of a child loop."""
        if loop.repeat is not None and self.mask & loop.bit:
            # The first instance is in the mask only; counting starts with the second.
            number = self.counts[loop.bit] = self.counts.get(loop.bit, 1) + 1
            if number == loop.repeat + 1:
                amounts.over_repeat(self, loop, index)
        self.mask |= loop.bit
        self.stack.append((self.loop, self.mask, self.counts, self.level))
        self.loop, self.mask, self.counts, self.level = loop, 0, {}, None
        if loop.scoped and self._judge is not None:
            self._judge.begin()

    def close(self, index: int) -> None:
        """Leave the current loop instance."""
        lacking = self.loop.required & ~self.mask
        if lacking:
            self.report_missing(lacking, index)
        if self.level is not None:
            level_faults.check_child_flag(self, self.level)
        self._at = index
        if self.loop.scoped and self._judge is not None:
            self._judge.end(self.loop)
        self.loop, self.mask, self.counts, self.level = self.stack.pop()

    def report_missing(self, bits: int, index: int) -> None:
        """Report each required child in `bits`, and count it as seen."""
        for child in self.loop.children:
            if child.bit & bits:
                amounts.missing(self, child, index)
        self.mask |= bits

    def faults(self, use: SegmentUse, text: str, index: int, skip: tuple[str, ...] = ()) -> None:
        """Report what is wrong inside a segment; `skip` are codes that are reported already."""
        place, context = self.place(index), self.context(index)
        place.loop = use.parent.path or None
        for fault in map(tolerated, examine(use, text, self.program.delimiters)):
            if fault.code not in skip:
                self.reporter.fault(fault, use, text, place, context)

    def context(self, index: int) -> tuple[tuple[str, str], ...]:
        """Name the business unit that the segment belongs to, for the CTX of a 999."""
        return self._units.context(index)

    def _enter_level(self, text: str, index: int) -> None:
        """Take an HL segment: find its parent, close down to it, open its loop."""
        parts = text.split(self.program.delimiters.element)
        own, above, kind, flag = parts[1:5] if len(parts) > 4 else [*parts, "", "", "", ""][1:5]
        if self.lost and level_faults.late_level(self, own, index):
            return
        alias = levels.take_number(self, own)
        if alias and self.level and self.level.id == own and self.mask == self.loop.trigger.bit:
            level_faults.wrong_number(self, self.loop, own, alias, text, index)
            return
        found = levels.target(self, above, kind)
        if alias:
            level_faults.wrong_number(self, found[1] if found else None, own, alias, text, index)
        if found is None:
            found = level_faults.level_without_parent(self, above, kind, text, index)
            if found is None:
                self.set_adrift()
                return
        pops, loop = found
        for _ in range(pops):
            self.close(index)
        use = loop.trigger
        if lacking := self.program.needed_before(loop) & ~self.mask:
            self.report_missing(lacking, index)
        levels.count_child(self)
        self.open(loop, index)
        known = flag in (use.elements[3].codes or ())
        self.level = Level(own, flag if known else "", self.place(index), alias=alias)
        self.mask = use.bit
        self.position = self.program.position(loop, use.rank)
        if self._judge is not None and self.program.watches(use):
            self._capture(use, text, index)
        match, _ = self.program.check_of(use)
        if not match(text):
            known = kind in (use.elements[2].codes or ())
            # A missing HL02 was told as a level without parent; the top level has none to miss.
            orphan = not above and use.elements[1].usage != "N"
            self.faults(use, text, index, skip=("X211" * orphan, "" if known else "X215"))

    def _finish(self, text: str, index: int) -> None:
        """Close the set at its SE."""
        if lacking := self.loop.required & ~self.mask:
            self.report_missing(lacking, index)
        self._at = index
        if self.loop.scoped and self._judge is not None:
            self._judge.end(self.loop)
        # The judge knows this walker: left alone they would keep each other, and the block.
        self._judge = None
        self.done, self.trailer = True, text

    # Rules across segments: what they watch is captured, and judged when its scope ends.

    def _capture(self, use: SegmentUse, text: str, index: int, number: int = 0) -> None:
        assert self._judge is not None
        assert self._block is not None
        if text in self._judge.known.get(id(use), ()):
            return
        item = Captured(use, text, number or self.count, self._block, index)
        self._judge.captured.append(item)

    def _opened(self, loop: LoopUse, step: Step, text: str, index: int, number: int) -> None:
        """Note that the fast path opened a loop."""
        assert self._judge is not None
        if loop.scoped:
            self._judge.begin()
        if step.watch:
            self._capture(step.use, text, index, number)

    def _closed(self, loop: LoopUse, depth: int, index: int, number: int) -> None:
        """Judge the scopes that the fast path closes: the current loop and those around it."""
        assert self._judge is not None
        self.count, self._at = number, index
        if loop.scoped:
            self._judge.end(loop)
        for frame in reversed(self.stack[1 - depth :] if depth > 1 else ()):
            if frame[0].scoped:
                self._judge.end(frame[0])
