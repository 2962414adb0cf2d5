"""Walk one transaction set along its compiled guide.

The state is small: the loop instance we are in, the mask of its children seen so far, and a stack
of the loop instances around it. A segment that fits costs a few look-ups (`run`); everything else
goes the careful way, which closes and opens loops, counts, follows HL parents, and hands what does
not fit to `recovery`. Nothing is kept per segment, so memory does not depend on the size of a set.

One defect is one finding: after a fault the walker goes on from the most likely intended place.
"""

from collections.abc import Container, Mapping

from x12_pa.guides.index import same_guide
from x12_pa.guides.model import LoopUse, SegmentUse
from x12_pa.guides.program import REMEMBERED, Program, Step
from x12_pa.guides.states import CAREFUL, LEVEL, PREFIX, State, Turn
from x12_pa.syntax import Block
from x12_pa.validation import amounts, closing, level_faults, levels, recovery
from x12_pa.validation.breaches import Captured, Watcher
from x12_pa.validation.elements import examine
from x12_pa.validation.levels import Frame, Level
from x12_pa.validation.lookahead import fits, prefer
from x12_pa.validation.partner_state import Surroundings
from x12_pa.validation.report import Place, Reporter
from x12_pa.validation.situations import Judge
from x12_pa.validation.tolerances import tolerated
from x12_pa.validation.units import Units

NOT_ALONE: frozenset[object] = frozenset()
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
        self.frames: list[State] = []
        self.state = program.begin()
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
        self.lost = self.odd = False
        self.plain = True
        self._block: Block | None = None
        self._units = Units(program.guide.set, program.delimiters.element)
        self.at = 0
        self.element = program.delimiters.element
        self._tokens = program.states.tokens
        self._right: Mapping[int, Container[object]] = {}
        self.judge: Watcher | None = None
        self._captured: list[Captured] = []
        if surroundings is not None and program.guide.situations is not None:
            marks = program.delimiters
            situations = program.guide.situations
            self.tell(Judge(situations, marks, surroundings, reporter, self._here))

    def tell(self, judge: Watcher) -> None:
        """Let a judge be told of what rules across segments watch."""
        self.judge, self._captured, self._right = judge, judge.captured, judge.known

    def again(self) -> None:
        """Stand before the ST of the next set, after one in which everything was plain."""
        self.state = self.program.begin()
        self.loop = self.state.loop
        self.counts, self.level = {}, None
        self.stack.clear()
        self.frames.clear()
        self.count = self.last_level = self.levels_seen = 0
        self.done = False
        if self.judge is not None:
            self.judge.again()

    def begin(self, block: Block, index: int) -> None:
        """Take the ST segment."""
        self._block = block
        self._units.begin(block, index)
        self.count = 1
        use = self.loop.trigger
        self.mask = use.bit
        match, _ = self.program.check_of(use)
        text = block.texts[index]
        if self.judge is not None and self.program.watches(use):
            self.capture(use, text, index)
        if not match(text):
            named = text.split(self.program.delimiters.element)[3:4]
            # Another edition of the same guide is a warning of the engine, not a wrong code.
            sibling = named != [] and same_guide(self.program.guide.id, named[0])
            self.faults(use, text, index, skip=("X215", "X132") if sibling else ())

    def run(self, block: Block, start: int) -> int:
        """Take segments from `start` on; return the index of the first that was not taken.

        This loop is the product's speed: it keeps the state in local variables and gives a segment
        to `_other` as soon as anything about it is not plain.
        """
        if block is not self._block:
            self._units.turn(block)
            self._block = block
        texts, stack, frames, before = block.texts, self.stack, self.frames, self.count - start
        tokens, state, level, counts = self._tokens, self.state, self.level, self.counts
        judge, captured, right = self.judge, self._captured, self._right
        starts, reporter = judge.starts if judge is not None else [], self.reporter
        for index in range(start, len(texts)):
            text = texts[index]
            turn = state[tokens[text[:PREFIX]]]
            if text not in turn.known:
                if not turn.fits(text):
                    turn = LEVEL if turn.level else CAREFUL
                elif len(turn.known) < REMEMBERED:
                    turn.known.add(text)
            if turn.plain:
                state = turn.state
                continue
            if turn.pops and not turn.end:
                depth, leave = turn.pops, turn
                if level is None and (depth < 2 or closing.may_close(self, depth)):
                    turn = frames[-depth][turn.use]
                else:
                    turn = CAREFUL
                if turn.state is not None:
                    if leave.light and judge is not None and starts[-1][0] >= judge.fresh:
                        starts.pop()
                    elif leave.ends:
                        self.state, self.count = state, before + index + 1
                        closing.leave(self, depth, index)
                    if depth > 1:
                        del stack[1 - depth :], frames[1 - depth :]
                    state = frames.pop()
                    _, _, counts, level = stack.pop()
            if turn.state is not None and not turn.end:
                if turn.number:
                    counts[turn.bit] = turn.number
                if turn.push is not None:
                    stack.append((state.loop, turn.outer.mask, counts, level))
                    frames.append(turn.outer)
                    counts, level = {}, None
                    if turn.push.scoped:
                        starts.append((len(captured), reporter.errors))
                if turn.watch and text not in (known := right.get(id(turn.use), NOT_ALONE)):
                    captured.append(Captured(turn.use, text, before + index + 1, block, index))
                    if known is not NOT_ALONE and judge is not None:
                        judge.met(captured[-1])
                state = turn.state
                continue
            self.state, self.level, self.counts, self.count = state, level, counts, before + index
            if not self._other(turn, text, index):
                return index
            if self.done:
                return index + 1
            before = self.count - index - 1
            state, level, counts = self.state, self.level, self.counts
        self.state, self.level, self.counts, self.count = state, level, counts, before + len(texts)
        return len(texts)

    def _other(self, turn: Turn, text: str, index: int) -> bool:
        """Take a segment that is not in the tables of `run`; False when it is not of this set."""
        if turn.level and levels.go_to_level(self, text, index):
            return True
        if turn.end and closing.end(self, turn, text, index):
            return True
        state = self.state
        self.loop, self.mask, self.position = state.loop, state.mask, state.position
        step = self.position.table.get(text[:3])
        if step is not None and step.by is not None:
            begin = step.start
            step = step.by.get(text[begin : text.find(step.stop, begin)])
        taken = self._careful(step, text, index)
        if not self.done:
            states, stack = self.program.states, self.stack
            self.state = states.now(self.loop, self.position, self.mask, self.counts)
            self.frames[:] = [states.around(loop, mask, counts) for loop, mask, counts, _ in stack]
        return taken

    def _here(self) -> Place:
        return self.place(self.at)

    def place(self, index: int) -> Place:
        """Return the place of the segment at `index` of the current block."""
        assert self._block is not None
        return Place(self._block, index, self.count, self.loop.path or None)

    def _careful(self, step: Step | None, text: str, index: int) -> bool:
        """Take a segment that is not plain; False when it does not belong to this set."""
        self.plain = False
        if step is None:
            if not text:
                return True
            if text.partition(self.element)[0] in ENVELOPE:
                return False
            if capitals := recovery.in_capitals(self, text, index):
                return self._other(CAREFUL, capitals, index)
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
        if self.judge is not None and self.program.watches(step.use):
            self.capture(step.use, text, index)
        if not fits(step, text):
            if self.is_adrift():
                self.set_adrift()
            else:
                self.faults(step.use, text, index)
        if step.use.id == "SE":
            self.finish(text, index)
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
        if loop.scoped and self.judge is not None:
            self.judge.begin()

    def close(self, index: int) -> None:
        """Leave the current loop instance."""
        lacking = self.loop.required & ~self.mask
        if lacking:
            self.report_missing(lacking, index)
        if self.level is not None:
            level_faults.check_child_flag(self, self.level)
        self.at = index
        if self.loop.scoped and self.judge is not None:
            self.judge.end(self.loop)
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
        self.odd = self.odd or bool(alias)
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
        self.level = levels.level_at(self, own, flag if known else "", index)
        self.level.alias = alias
        self.mask = use.bit
        self.position = self.program.position(loop, use.rank)
        if self.judge is not None and self.program.watches(use):
            self.capture(use, text, index)
        match, _ = self.program.check_of(use)
        if not match(text):
            known = kind in (use.elements[2].codes or ())
            # A missing HL02 was told as a level without parent; the top level has none to miss.
            orphan = not above and use.elements[1].usage != "N"
            self.faults(use, text, index, skip=("X211" * orphan, "" if known else "X215"))

    def finish(self, text: str, index: int) -> None:
        """Close the set at its SE."""
        if lacking := self.loop.required & ~self.mask:
            self.report_missing(lacking, index)
        self.at = index
        if self.loop.scoped and self.judge is not None:
            self.judge.end(self.loop)
        self.done, self.trailer = True, text

    # Rules across segments: what they watch is captured, and judged when its scope ends.

    def capture(self, use: SegmentUse, text: str, index: int) -> None:
        """Hand a segment that rules watch to the judge."""
        assert self.judge is not None
        assert self._block is not None
        if text not in self.judge.known.get(id(use), ()):
            self.judge.captured.append(Captured(use, text, self.count, self._block, index))
            self.judge.met(self.judge.captured[-1])
