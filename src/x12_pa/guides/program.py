"""A guide compiled for one set of separators: where each segment may go from where we are.

Theory: at any moment a reader of a transaction set is at a *position*: inside an instance of a
loop, at a rank among its children. From there, what a next segment means depends only on its id
and its qualifier: it stands in the same loop, opens a loop below, or closes loops and goes on
above. That answer (a `Step`) never changes, so it is worked out once and kept in the table of the
position; from then on a segment costs two dictionary look-ups and one regular expression.

HL segments are the exception: they name their parent themselves (HL02), so the walker asks
`child_level` instead.
"""

import re
from collections.abc import Callable, Iterator

from attrs import define, field

from x12_pa.guides.model import Guide, LoopUse, SegmentUse
from x12_pa.guides.patterns import segment_check, segment_pattern
from x12_pa.guides.states import State, States
from x12_pa.guides.syntax_notes import Check
from x12_pa.syntax import Delimiters

# Files choose their separators themselves, so what is compiled for them must not pile up.
_MOST_PROGRAMS = 16
REMEMBERED = 2048
"""How many texts of one use are remembered as right: segments that repeat have few forms."""
MOST_REMEMBERED = 40_000
"""How many texts of all uses together: a file that fills every use would take 80 MB otherwise."""

Match = Callable[[str], "re.Match[str] | None"]


@define(eq=False, slots=True)
class Step:
    """What a segment means at a position.

    Attributes:
        use: the segment use that it is.
        program: what compiles its check, when it is first needed: most uses never occur.
        bit: bit of the use in its loop.
        once: the same bit when the use may stand only once, else 0.
        limit: greatest count when that is finite and above 1, else 0.
        need: bits of required siblings that must have been seen before this step.
        moves: loops are closed or opened.
        pops, push: how many loops to close, and the loop to open then, or None.
        position, table: the position after it, and its table.
        watch: a rule across segments looks at it.
        ends: it closes a loop that rules are judged in.
        by: steps by qualifier; then this step itself only dispatches.
        start, stop: where the qualifier stands in the text: from `start` up to `stop`.
        others: further uses that the segment could be, in order of preference.
        known: texts of the use that passed before, at most `REMEMBERED`.
    """

    use: SegmentUse
    program: "Program"
    position: "Position"
    table: "dict[str, Step]"
    bit: int = 0
    once: int = 0
    limit: int = 0
    need: int = 0
    moves: bool = False
    watch: bool = False
    ends: bool = False
    hl: bool = False
    pops: int = 0
    push: LoopUse | None = None
    by: "dict[str, Step] | None" = None
    start: int = 0
    stop: str = ""
    others: "list[Step]" = field(factory=list)
    known: set[str] = field(factory=set)

    @property
    def match(self) -> Match:
        """The compiled check of its use."""
        return self.program.check_of(self.use)[0]

    @property
    def check(self) -> Check | None:
        """A further check, run when `match` succeeds, or None."""
        return self.program.check_of(self.use)[1]


@define(eq=False, slots=True)
class Position:
    """A place in the guide: inside `loop`, after a child of rank `rank`."""

    loop: LoopUse
    rank: int
    table: dict[str, Step] = field(factory=dict)


class Program:
    """The compiled form of a guide for one set of separators."""

    def __init__(self, guide: Guide, delimiters: Delimiters) -> None:
        """Prepare an empty table; steps are added when they are first asked for."""
        self.guide = guide
        self.delimiters = delimiters
        self._positions: dict[tuple[int, int], Position] = {}
        self._checks: dict[int, tuple[Match, Check | None]] = {}
        self._known: dict[int, set[str]] = {}
        self._levels: dict[tuple[int, str], LoopUse | None] = {}
        self._needed: dict[int, int] = {}
        self._level_steps: dict[tuple[int, int, int], Step] = {}
        self.states = States(self)

    def forget(self) -> None:
        """Forget the texts that passed when they have become too many for all uses together."""
        if sum(map(len, self._known.values())) > MOST_REMEMBERED:
            for texts in self._known.values():
                texts.clear()

    def begin(self) -> State:
        """Return the state of the transaction set after its ST."""
        root = self.guide.root
        return self.states.at(root, self.position(root, 0), root.trigger.bit, ())

    def position(self, loop: LoopUse, rank: int) -> Position:
        """Return the one position for (loop, rank)."""
        found = self._positions.get((id(loop), rank))
        if found is None:
            found = self._positions[id(loop), rank] = Position(loop, rank)
        return found

    def check_of(self, use: SegmentUse) -> tuple[Match, Check | None]:
        """Return the compiled check of a segment use and its further check."""
        found = self._checks.get(id(use))
        if found is None:
            pattern = segment_pattern(use, self.delimiters)
            found = (pattern.fullmatch, segment_check(use, self.delimiters))
            self._checks[id(use)] = found
        return found

    def candidates(
        self, position: Position, segment_id: str
    ) -> Iterator[tuple[SegmentUse, int, LoopUse | None]]:
        """Yield the uses that a segment of this id may be from here: (use, pops, push)."""
        loop: LoopUse | None = position.loop
        rank, pops = position.rank, 0
        while loop is not None:
            for child in loop.children:
                if child.rank < rank:
                    continue
                if isinstance(child, LoopUse):
                    if child.trigger.id == segment_id:
                        yield child.trigger, pops, child
                elif child.id == segment_id and child.bit != 1:
                    yield child, pops, None
            rank, loop, pops = loop.rank, loop.parent, pops + 1

    def resolve(self, position: Position, segment_id: str) -> Step | None:
        """Return the step for a segment id at a position and keep it in the table.

        Returns None when nothing with this id may follow from here.
        """
        found = list(self.candidates(position, segment_id))
        if not found:
            return None
        steps = [self.step(position, *item) for item in found]
        entry = steps[0] if len(steps) == 1 else self._dispatch(steps)
        position.table[self.key(segment_id)] = entry
        return entry

    def watches(self, use: SegmentUse) -> bool:
        """Tell whether a rule across segments looks at this use."""
        situations = self.guide.situations
        return situations is not None and id(use) in situations.uses

    def level(self, loop: LoopUse, kind: str) -> LoopUse | None:
        """Return what `child_level` returns, remembered."""
        key = (id(loop), kind)
        if key not in self._levels:
            self._levels[key] = child_level(loop, kind)
        return self._levels[key]

    def level_step(self, position: Position, pops: int, level: LoopUse) -> Step:
        """Return the step by which an HL opens a level from a position, worked out once."""
        key = (id(position), pops, id(level))
        found = self._level_steps.get(key)
        if found is None:
            found = self.step(position, level.trigger, pops, level)
            self._level_steps[key] = found
        return found

    def needed_before(self, loop: LoopUse) -> int:
        """Return the bits of required siblings that stand before `loop` in its parent."""
        found = self._needed.get(id(loop))
        if found is None:
            siblings = loop.parent.children if loop.parent else ()
            before = (c.bit for c in siblings if c.usage == "R" and c.rank < loop.rank)
            found = self._needed[id(loop)] = sum(before)
        return found

    def key(self, segment_id: str) -> str:
        """Return the first three characters of a segment with this id."""
        return (segment_id + self.delimiters.element)[:3]

    def _dispatch(self, steps: list[Step]) -> Step:
        """Join the steps of several uses with one id by their qualifiers."""
        kinds = [step.use.qualifier for step in steps]
        places = {None if kind is None else kind[:2] for kind in kinds}
        first = steps[0]
        if len(places) > 1 or None in places or first.hl:
            first.others = steps[1:]
            return first
        by: dict[str, Step] = {}
        for step, kind in zip(steps, kinds, strict=True):
            assert kind is not None
            for code in kind[2]:
                if code in by:
                    by[code].others.append(step)
                else:
                    by[code] = step
        place = next(iter(places))
        stop = self.delimiters.component if place and place[1] else self.delimiters.element
        start = len(first.use.id) + 1
        return Step(first.use, self, first.position, first.table, by=by, start=start, stop=stop)

    def step(self, position: Position, use: SegmentUse, pops: int, push: LoopUse | None) -> Step:
        """Work out what taking a segment as `use` means at a position."""
        after = self.position(use.parent, use.rank)
        once = use.bit if use.max_use == 1 else 0
        limit = use.max_use if use.max_use is not None and use.max_use > 1 else 0
        need = self._need(position, use, pops, push)
        return Step(
            use,
            self,
            after,
            after.table,
            bit=use.bit,
            once=once,
            limit=limit,
            need=need,
            known=self._known.setdefault(id(use), set()),
            moves=bool(pops or push),
            watch=self.watches(use),
            ends=any(loop.scoped for loop in _closed(position.loop, pops)),
            hl=use.id == "HL",
            pops=pops,
            push=push,
        )

    @staticmethod
    def _need(position: Position, use: SegmentUse, pops: int, push: LoopUse | None) -> int:
        """Return the bits of required siblings that the step passes over.

        Within one loop only what lies between here and there can be missing; a child alone at the
        rank of the position has been seen. After closing loops, all before the target counts.
        """
        target: SegmentUse | LoopUse = push or use
        loop = target.parent
        assert loop is not None
        before = [c for c in loop.children if c.usage == "R" and c.rank < target.rank]
        if not pops:
            here = sum(c.rank == position.rank for c in loop.children)
            low = position.rank + (here == 1)
            before = [child for child in before if child.rank >= low]
        return sum(child.bit for child in before)


def _closed(loop: LoopUse | None, pops: int) -> Iterator[LoopUse]:
    """Yield the loops that a step closes, innermost first."""
    for _ in range(pops):
        assert loop is not None
        yield loop
        loop = loop.parent


def child_level(loop: LoopUse, level: str) -> LoopUse | None:
    """Return the loop under `loop` that an HL with HL03 = `level` opens, or None."""
    for child in loop.children:
        if isinstance(child, LoopUse) and child.trigger.id == "HL":
            codes = child.trigger.elements[2].codes or ()
            if level in codes:
                return child
    return None


def program_for(guide: Guide, delimiters: Delimiters) -> Program:
    """Return the compiled form of `guide` for these separators, made once."""
    key = (delimiters.element, delimiters.component, delimiters.repetition, delimiters.segment)
    found = guide.programs.get(key)
    if found is None:
        if len(guide.programs) >= _MOST_PROGRAMS:
            guide.programs.clear()
        found = guide.programs[key] = Program(guide, delimiters)
    assert isinstance(found, Program)
    return found
