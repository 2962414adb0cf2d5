"""Follow the beginning of a transaction set along paths that other sets of the file have gone.

Theory: sets are alike where they begin: ST, BHT, three levels with their names. A *standing* is all
that decides what a next segment does, as far as the guide asks: the state of the loop instance and
of those around it (`guides.states`), and the HLs that are open. Small sets go through few of them,
so what a token does at one is written down when it comes there a second time: how its text is
checked, what rules across segments must be told, and the standing after it. From then on such a
segment costs two look-ups and its check, whatever loops it opens and closes.

An HL counts by its whole text, for the numbers in it belong to the standing. Anything that is not
written down, a segment that fails its check above all, ends the trail: the walker is put where the
trail has come to, and goes on by itself. So nothing is ever found here, nor found differently.
"""

from collections.abc import Callable, Container
from sys import maxsize
from typing import Any, NamedTuple

from attrs import define, field, frozen

from x12_pa.guides.model import LoopUse, SegmentUse
from x12_pa.guides.program import REMEMBERED, Program
from x12_pa.guides.states import PREFIX, State
from x12_pa.syntax import Block
from x12_pa.validation.breaches import Captured
from x12_pa.validation.levels import Frame, Level
from x12_pa.validation.report import Reporter
from x12_pa.validation.walker import NOT_ALONE, SetWalker

# How often a step that cannot be written down is tried, how many are, and from which HL on none is.
_TRIALS = 3
_MOST_STEPS = 4_000
_MOST_MET = 20_000
_MOST_LEVELS = 12
# To write a step down takes as long as to check many segments: what is done at once must have paid.
_FIRST_STEPS, _GAIN = 60, 100
_OPEN_SCOPES = 64
_SHORT = 150


class _LevelNote(NamedTuple):
    id: str
    flag: str
    loop: LoopUse
    owes: bool
    children: int


Counts = tuple[tuple[int, int], ...]
_Around = tuple[LoopUse, int, Counts, _LevelNote | None]


@frozen(eq=False)
class Standing:
    """Where a walker stands.

    Attributes:
        state, counts, level: of the current loop instance.
        around: loop, mask, counts and level of the instances around it, outermost first.
        frames: their states.
        last_level: number of the last HL.
        steps: what is written down, by token, or by the text of an HL.
        met: how often one came that is not.
    """

    state: State
    counts: Counts
    level: _LevelNote | None
    around: tuple[_Around, ...]
    frames: tuple[State, ...]
    last_level: int
    steps: "dict[str, Step]" = field(factory=dict)
    met: dict[str, int] = field(factory=dict)


class Event(NamedTuple):
    """What rules across segments are told of a segment.

    Attributes:
        ends: the scopes that it closes, and whether they are light (`guides.light`).
        begins: it opens a scope.
        use: its use, if a rule watches it.
    """

    ends: tuple[tuple[LoopUse, bool], ...]
    begins: bool
    use: SegmentUse | None


Step = tuple[Any, Callable[[str], Any], Event | None, Standing | None]
"""Texts that passed, what tells of any other, what rules are told, and the standing after it: None
at the end of the set."""


@define
class Trail:
    """The paths of one file."""

    _roots: dict[int, Standing] = field(factory=dict)
    _standings: dict[Any, Standing] = field(factory=dict)
    _steps: int = 0
    _met: int = 0
    _taken: int = 0

    def follow(self, walker: SetWalker, block: Block, first: int) -> int:
        """Take segments from the one after ST on; return the index of the first not taken.

        Args:
            walker: has taken the ST; where the trail ends it stands, or it is done.
            first: index of the segment after the ST.
        """
        program = walker.program
        standing = self._roots.get(id(program))
        if standing is None:
            standing = self._roots[id(program)] = self._standing_of(walker)
        texts, tokens, judge, learns = block.texts, program.states.tokens, walker.judge, False
        for index in range(first, len(texts)):
            text = texts[index]
            step = standing.steps.get(tokens[text[:PREFIX]]) or standing.steps.get(text)
            if step is None:
                if learns or self._is_short(block, first, program.delimiters.element):
                    step = self._meet(program, standing, text, at_once=learns)
                if step is None:
                    self._taken += index - first
                    return _put(walker, standing, block, first, index)
                learns = True
            known, fits, event, after = step
            if text not in known:
                if not fits(text):
                    return _put(walker, standing, block, first, index)
                if len(known) < REMEMBERED:
                    known.add(text)
            if event is not None and judge is not None:
                _tell(walker, event, text, block, index, index - first + 2)
            if after is None:
                self._taken += index - first
                walker.count = index - first + 2
                walker.done, walker.trailer = True, text
                return index + 1
            standing = after
        return _put(walker, standing, block, first, len(texts))

    @staticmethod
    def _is_short(block: Block, first: int, mark: str) -> bool:
        """Tell whether a set ends soon; others gain too little by their beginning."""
        end = "SE" + mark
        return any(text.startswith(end) for text in block.texts[first : first + _SHORT])

    def _meet(
        self, program: Program, standing: Standing, text: str, *, at_once: bool
    ) -> Step | None:
        """Count what is not known at a standing, and write it down when it comes again.

        Args:
            at_once: write it down now: what stands before it came again.
        """
        token = program.states.tokens[text[:PREFIX]]
        key = text if standing.state[token].level else token
        times = standing.met.get(key, 0)
        self._met += times == 0
        if times > _TRIALS or self._met > _MOST_MET or self._steps >= _MOST_STEPS:
            return None
        standing.met[key] = times + 1
        step = None
        if times or (at_once and self._steps < _FIRST_STEPS + self._taken // _GAIN):
            step = self._written(program, standing, text)
        if step is not None:
            standing.steps[key] = step
            self._steps += 1
        return step

    def _written(self, program: Program, standing: Standing, text: str) -> Step | None:
        """Let a walker take one segment, and note what it does; None if that is not plain."""
        notes, reporter = _Notes(), Reporter()
        walker = SetWalker(program, reporter)
        walker.tell(notes)
        block = Block([text], text, program.delimiters, 0, 0)
        _stand(walker, standing, lambda note: _level(note, block, 0, 0))
        turn = walker.state[program.states.tokens[text[:PREFIX]]]
        taken = walker.run(block, 0)
        if not (taken and walker.plain) or reporter.findings or walker.last_level > _MOST_LEVELS:
            return None
        ends = tuple((loop, id(loop) in program.states.light) for loop in notes.ends)
        begins = len(notes.starts) + len(ends) > _OPEN_SCOPES
        use = notes.captured[0].use if notes.captured else None
        event = Event(ends, begins, use) if ends or begins or use else None
        after = None if walker.done else self._standing_of(walker)
        if turn.level:
            return frozenset([text]), _never, event, after
        return turn.known, turn.fits, event, after

    def _standing_of(self, walker: SetWalker) -> Standing:
        """Return the one standing that is that of a walker."""
        around = tuple(
            (loop, mask, tuple(sorted(counts.items())), _note(level))
            for loop, mask, counts, level in walker.stack
        )
        counts, level = tuple(sorted(walker.counts.items())), _note(walker.level)
        key = (
            *(id(state) for state in (walker.state, *walker.frames)),
            (counts, level, walker.last_level),
            *((mask, here, note) for _, mask, here, note in around),
        )
        found = self._standings.get(key)
        if found is None:
            frames = tuple(walker.frames)
            found = Standing(walker.state, counts, level, around, frames, walker.last_level)
            self._standings[key] = found
        return found


@define
class _Notes:
    """Stands for a judge while a step is written down."""

    captured: list[Captured] = field(factory=list)
    starts: list[tuple[int, int]] = field(factory=lambda: [(0, 0)] * _OPEN_SCOPES)
    known: dict[int, Container[object]] = field(factory=dict)
    ends: list[LoopUse] = field(factory=list)
    fresh: int = maxsize

    def begin(self) -> None:
        """Note that an instance of a scope loop begins."""
        self.starts.append((0, 0))

    def end(self, loop: LoopUse) -> None:
        """Note that one ends."""
        self.starts.pop()
        self.ends.append(loop)

    def met(self, item: Captured) -> None:
        """Leave out what is told of texts: they differ from one set to the next."""

    def again(self) -> None:
        """Start again; never needed, as each step is noted by itself."""


def _never(text: str) -> bool:
    return False


def _note(level: Level | None) -> _LevelNote | None:
    if level is None:
        return None
    return _LevelNote(level.id, level.flag, level.loop, level.owes, level.children)


def _level(note: _LevelNote, block: Block, index: int, number: int) -> Level:
    return Level(note.id, note.flag, block, index, number, note.loop, note.owes, note.children)


def _stand(walker: SetWalker, standing: Standing, level_of: Callable[[_LevelNote], Level]) -> None:
    """Let a walker stand at a standing."""

    def level(note: _LevelNote | None) -> Level | None:
        return None if note is None else level_of(note)

    walker.state, walker.loop = standing.state, standing.state.loop
    walker.counts, walker.level = dict(standing.counts), level(standing.level)
    stack: list[Frame] = [
        (loop, mask, dict(counts), level(note)) for loop, mask, counts, note in standing.around
    ]
    walker.stack[:], walker.frames[:] = stack, standing.frames
    walker.last_level = walker.levels_seen = standing.last_level


def _put(walker: SetWalker, standing: Standing, block: Block, first: int, index: int) -> int:
    """Let a walker stand where a trail ends: before the segment at `index`, which is returned."""
    mark = "HL" + walker.program.delimiters.element
    levels = [at for at in range(first, index) if block.texts[at].startswith(mark)]

    def level_of(note: _LevelNote) -> Level:
        at = levels[int(note.id) - 1]
        return _level(note, block, at, at - first + 2)

    _stand(walker, standing, level_of)
    walker.count = index - first + 1
    return index


def _tell(
    walker: SetWalker, event: Event, text: str, block: Block, index: int, number: int
) -> None:
    """Tell the judge which scopes a segment closes and opens, and hand it over."""
    judge = walker.judge
    assert judge is not None
    starts, captured = judge.starts, judge.captured
    for loop, light in event.ends:
        if light and starts[-1][0] >= judge.fresh:
            starts.pop()
            continue
        walker.at, walker.loop, walker.count = index, loop, number
        judge.end(loop)
    if event.begins:
        starts.append((len(captured), walker.reporter.errors))
    if event.use is not None:
        known = judge.known.get(id(event.use), NOT_ALONE)
        if text not in known:
            captured.append(Captured(event.use, text, number, block, index))
            if known is not NOT_ALONE:
                judge.met(captured[-1])
