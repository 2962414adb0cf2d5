"""Walk one transaction set along its compiled guide.

The state is small: the loop instance we are in, the mask of its children seen so far, and a stack
of the loop instances around it. A segment that fits costs a few look-ups (`run`); everything else
goes the careful way, which closes and opens loops, counts, follows HL parents, and hands what does
not fit to `recovery`. Nothing is kept per segment, so memory does not depend on the size of a set.

One defect is one finding: after a fault the walker goes on from the most likely intended place.
"""

from attrs import define

from x12_pa.guides.index import same_guide
from x12_pa.guides.model import LoopUse, SegmentUse
from x12_pa.guides.program import Program, Step
from x12_pa.syntax import Block
from x12_pa.validation import recovery
from x12_pa.validation.elements import examine
from x12_pa.validation.lookahead import fit
from x12_pa.validation.report import Place, Reporter
from x12_pa.validation.situations import Captured, Judge, Surroundings
from x12_pa.validation.tolerances import tolerated

ENVELOPE = frozenset({"ISA", "GS", "ST", "GE", "IEA"})
# The business unit that a CTX segment of a 999 names. Source: 005010X231A1, CTX01-01.
BUSINESS_UNIT = {"278": ("TRN", 2), "837": ("CLM", 1), "270": ("TRN", 2), "271": ("TRN", 2)}


@define(slots=True)
class Level:
    """An open HL: its number, what it said of levels below, how many came, where it stands.

    `alias` is the number it should have had, `headless` says that its HL is missing.
    """

    id: str
    flag: str
    place: Place
    children: int = 0
    alias: str = ""
    headless: bool = False


# A loop instance that is open around the current one: loop, mask, counts by bit, its HL.
Frame = tuple[LoopUse, int, dict[int, int], Level | None]


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
        self.missing: dict[int, recovery.Lack] = {}
        self.headless = -1
        self.headless_in: dict[int, int] | None = None
        self.presumed: dict[int, dict[int, int]] = {}
        self.strays: dict[str, int] = {}
        self._adrift = -1
        self._last_level = 0
        self._levels_seen = 0
        self._lost = False
        self._block: Block | None = None
        self._unit_before: str | None = None
        self._unit_seen: tuple[int, str | None] = (-1, None)
        self._in_row = False
        self._at = 0
        self._judge: Judge | None = None
        if surroundings is not None and program.guide.situations is not None:
            marks = program.delimiters
            self._judge = Judge(
                program.guide.situations,
                marks,
                surroundings,
                reporter,
                lambda: self.place(self._at),
            )

    def begin(self, block: Block, index: int) -> None:
        """Take the ST segment."""
        self._block = block
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
            self._unit_before = self._unit(len(self._block.texts) - 1) if self._block else None
            self._unit_seen = (-1, None)
            self._block = block
        texts, stack, before = block.texts, self.stack, self.count - start
        loop, mask, level, counts = self.loop, self.mask, self.level, self.counts
        position = self.position
        table = position.table
        judging = self._judge is not None
        for index in range(start, len(texts)):
            text = texts[index]
            step = table.get(text[:3])
            if step is not None and step.by is not None:
                begin = step.start
                step = step.by.get(text[begin : text.find(step.stop, begin)])
            if step is not None and not step.careful and step.match(text):
                check = step.check
                if check is None or check(text):
                    child = step.push
                    if not step.pops:
                        if child is None:
                            if mask & step.look == step.need:
                                mask |= step.bit
                                table = step.table
                                position = step.position
                                if judging and step.watch:
                                    self._capture(step.use, text, index, before + index + 1)
                                continue
                        elif not step.need & ~mask and (
                            child.repeat is None or not mask & child.bit
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
                                        self._capture(step.use, text, index, before + index + 1)
                                    continue
                            elif not step.need & ~seen and (
                                child.repeat is None or not seen & child.bit
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
            step = self._prefer(step, text)
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

    def _prefer(self, step: Step, text: str) -> Step:
        """Choose among several uses that a segment could be: not full, and matching."""
        options = [step, *step.others]
        free = [o for o in options if o.moves or not self.mask & o.once] or options
        return next((option for option in free if option.match(text)), free[0])

    @property
    def block(self) -> Block:
        """The block that is being read."""
        assert self._block is not None
        return self._block

    @property
    def level_number(self) -> int:
        """The number of the last HL."""
        return self._last_level

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

    def open_levels(self) -> list[tuple[LoopUse, Level]]:
        """Return the open HL levels, innermost first."""
        frames = [(self.loop, self.level), *((f[0], f[3]) for f in reversed(self.stack))]
        return [(loop, level) for loop, level in frames if level is not None]

    def move(self, step: Step, index: int) -> None:
        """Close and open loops as the step says, count, and report what is missing or too much."""
        if step.push is self.loop and self._doubled(step.push):
            recovery.over_repeat(self, self.loop, index)
            return
        for _ in range(step.pops):
            self.close(index)
        if step.need & ~self.mask:
            self.report_missing(step.need & ~self.mask, index)
        if step.push is not None:
            self.open(step.push, index)
        if self.mask & step.once:
            recovery.over_use(self, step.use, index)
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
            recovery.over_use(self, use, index)

    def open(self, loop: LoopUse, index: int) -> None:
        """Enter a new instance of a child loop."""
        if loop.repeat is not None and self.mask & loop.bit:
            # The first instance is in the mask only; counting starts with the second.
            number = self.counts[loop.bit] = self.counts.get(loop.bit, 1) + 1
            if number == loop.repeat + 1:
                recovery.over_repeat(self, loop, index)
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
            recovery.check_child_flag(self, self.level)
        self._at = index
        if self.loop.scoped and self._judge is not None:
            self._judge.end(self.loop)
        self.loop, self.mask, self.counts, self.level = self.stack.pop()

    def report_missing(self, bits: int, index: int) -> None:
        """Report each required child in `bits`, and count it as seen."""
        for child in self.loop.children:
            if child.bit & bits:
                recovery.missing(self, child, index)
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
        unit = BUSINESS_UNIT.get(self.program.guide.set)
        found = self._unit(index) if unit else None
        if unit is None or not found:
            return ()
        parts = [*found.split(self.program.delimiters.element), "", ""]
        return ((f"{unit[0]}{unit[1]:02}", parts[unit[1]]),)

    def _unit(self, index: int) -> str | None:
        """Return the segment that names the business unit at `index`; "" when none does.

        Of several in a row the first counts. What was looked at once is not looked at again.
        """
        unit = BUSINESS_UNIT.get(self.program.guide.set)
        if unit is None or self._block is None:
            return None
        mark = self.program.delimiters.element
        # A claim belongs to the level it stands in; a trace also speaks for the levels below.
        ends = ("ST" + mark, "HL" + mark) if unit[0] == "CLM" else ("ST" + mark,)
        seen, found = self._unit_seen
        if seen < 0:
            found = self._unit_before
        for at in range(max(seen + 1, 0), index + 1):
            text = self._block.texts[at]
            if text.startswith(unit[0] + mark):
                found = found if self._in_row and found else text
                self._in_row = True
            elif text:
                self._in_row = False
                found = "" if text.startswith(ends) else found
        self._unit_seen = (max(seen, index), found)
        return found

    def _enter_level(self, text: str, index: int) -> None:
        """Take an HL segment: find its parent, close down to it, open its loop."""
        parts = text.split(self.program.delimiters.element)
        own, above, kind, flag = parts[1:5] if len(parts) > 4 else [*parts, "", "", "", ""][1:5]
        if self._lost and recovery.late_level(self, own, index):
            return
        alias = self._number_level(own)
        if alias and self.level and self.level.id == own and self.mask == self.loop.trigger.bit:
            recovery.wrong_number(self, self.loop, own, alias, text, index)
            return
        found = self._level_target(above, kind)
        if alias:
            recovery.wrong_number(self, found[1] if found else None, own, alias, text, index)
        if found is None:
            found = recovery.level_without_parent(self, above, kind, text, index)
            if found is None:
                self.set_adrift()
                return
        pops, loop = found
        for _ in range(pops):
            self.close(index)
        use = loop.trigger
        if lacking := self.program.needed_before(loop) & ~self.mask:
            self.report_missing(lacking, index)
        self._count_child()
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
            self.faults(use, text, index, skip=("" if above else "X211", "" if known else "X215"))

    def open_lost_level(self, loop: LoopUse, index: int) -> None:
        """Open the loop of an HL that is missing, with the number that it should have had."""
        self._lost = True
        self._last_level += 1
        self._levels_seen += 1
        self._count_child()
        self.open(loop, index)
        self.level = Level(str(self._last_level), "", self.place(index), headless=True)
        self.mask = loop.trigger.bit

    def _count_child(self) -> None:
        """Tell the nearest open HL that a level follows below it."""
        level = self.level
        if level is None:
            level = next((frame[3] for frame in reversed(self.stack) if frame[3]), None)
        if level is not None:
            level.children += 1

    def _number_level(self, own: str) -> str:
        """Check HL01; return the number it should have had, or "" when it is right.

        After a wrong number both ways to go on are right: from that number, or as if it had been
        right.
        """
        number = int(own) if own.isdigit() and len(own) < 12 else 0
        expected, again = self._last_level + 1, self._levels_seen + 1
        self._levels_seen = again
        self._last_level = number or expected
        return "" if number in (expected, again) else str(expected)

    def _level_target(self, above: str, kind: str) -> tuple[int, LoopUse] | None:
        """Return (loops to close, loop to open) for a level under the HL numbered `above`."""
        loop, level, pops = self.loop, self.level, 0
        while True:
            if level is None:
                fits_here = not above and loop.parent is None
            else:
                fits_here = bool(above) and above in (level.id, level.alias)
            if fits_here:
                found = self.program.level(loop, kind)
                return (pops, found) if found else None
            pops += 1
            if pops > len(self.stack):
                return None
            loop, _, _, level = self.stack[-pops]

    def level_anywhere(self, kind: str) -> tuple[int, LoopUse] | None:
        """Return (loops to close, loop to open) for a level of this kind, whatever its parent.

        The innermost place that is still free, or else the innermost one.
        """
        frames = [(self.loop, self.mask), *((f[0], f[1]) for f in reversed(self.stack))]
        full: tuple[int, LoopUse] | None = None
        for pops, (loop, mask) in enumerate(frames):
            if found := self.program.level(loop, kind):
                if found.repeat != 1 or not mask & found.bit:
                    return pops, found
                full = full or (pops, found)
        return full

    def only_level_under(self, number: str, index: int) -> tuple[int, LoopUse] | None:
        """Return (loops to close, loop to open) for a level of unknown kind under an open HL.

        Of several kinds that may follow there, the one that the next segments fit best.
        """
        loops = [self.loop, *(frame[0] for frame in reversed(self.stack))]
        levels = [self.level, *(frame[3] for frame in reversed(self.stack))]
        for pops, (loop, level) in enumerate(zip(loops, levels, strict=True)):
            top = not number and loop.parent is None
            if top or (level and level.id == number):
                below = [c for c in loop.children if isinstance(c, LoopUse)]
                below = [child for child in below if child.trigger.id == "HL"]
                below.sort(key=lambda child: fit(self, child, index, self.block))
                return (pops, below[-1]) if below else None
        return None

    def level_is_open(self, number: str) -> bool:
        """Tell whether the HL of that number is open around here."""
        levels = [self.level, *(frame[3] for frame in self.stack)]
        return any(level and level.id == number for level in levels)

    def _finish(self, text: str, index: int) -> None:
        """Close the set at its SE."""
        if lacking := self.loop.required & ~self.mask:
            self.report_missing(lacking, index)
        self._at = index
        if self.loop.scoped and self._judge is not None:
            self._judge.end(self.loop)
        self.done, self.trailer = True, text

    # Rules across segments: what they watch is captured, and judged when its scope ends.

    def _capture(self, use: SegmentUse, text: str, index: int, number: int = 0) -> None:
        assert self._judge is not None
        assert self._block is not None
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
        loops = [
            loop,
            *(frame[0] for frame in reversed(self.stack[1 - depth :] if depth > 1 else [])),
        ]
        for ended in loops:
            if ended.scoped:
                self.count, self._at = number, index
                self._judge.end(ended)


def fits(step: Step, text: str) -> bool:
    """Tell whether a segment passes its expression and the check beside it."""
    return bool(step.match(text)) and (step.check is None or step.check(text))
