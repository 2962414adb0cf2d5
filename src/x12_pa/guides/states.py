"""The states that a loop instance can be in, and what each next segment does to it.

Theory: what may follow in a loop instance depends on where the reader stands in it, on which
children have been seen, and on how often those that are limited. These three are a `State`. Files
go through few of them again and again, so what a segment does to a state, a `Turn`, is worked out
once from the `Step` of its position and kept in the state, which is a dictionary of turns. After
that a valid segment costs two look-ups, whatever is to be counted or required there.

A segment is known to a state by its *token*: its id, and its qualifier if the guide tells its
siblings apart by it (`NM1*IL*`, `LX*`). Whatever is not plain (nothing allows it, something is
missing before it, it stands too often) is the turn `CAREFUL`: the walker finds out the rest.

States know nothing of the loops around them. A segment that closes loops is looked up again, by
its use, in the state of the loop where it goes on. Levels (HL) are looked up by kind and flag.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from attrs import define

from x12_pa.guides.light import light_scopes
from x12_pa.guides.model import LoopUse, SegmentUse

if TYPE_CHECKING:
    from x12_pa.guides.program import Position, Program, Step

PREFIX = 8
"""How many characters of a segment tell its token: id, separator, qualifier, separator."""

Counts = tuple[tuple[int, int], ...]
# A file that never repeats itself must not fill the memory with states it does not return to.
_MOST_STATES = 6_000
_MOST_PREFIXES = 20_000


def _never(text: str) -> bool:
    return False


@define(eq=False, slots=True)
class Turn:
    """What a segment does to a state.

    Attributes:
        plain: nothing is to be done but to go on in `state`.
        state: the state after it, in the loop that it opens if it opens one; None is careful.
        known: texts of its use that passed before.
        fits: tells whether a text is right by itself.
        pops: how many loops to close before it is looked up by its use.
        push, outer: the loop it opens, and the state of the loop around that one from then on.
        bit, number: what is counted, and its new count; 0 counts nothing.
        use: the use that it is.
        watch: a rule across segments looks at it.
        ends: it closes a loop that rules are judged in; `light` closes only one whose rules have
            nothing to do if every text is known.
        level, end: it is an HL, or the end of the set.
    """

    plain: bool = False
    state: Any = None
    known: Any = frozenset()
    fits: Callable[[str], Any] = _never
    pops: int = 0
    push: LoopUse | None = None
    outer: Any = None
    bit: int = 0
    number: int = 0
    use: Any = None
    watch: bool = False
    ends: bool = False
    light: bool = False
    level: bool = False
    end: bool = False


CAREFUL = Turn()
LEVEL = Turn(level=True)


class State(dict[Any, Turn]):
    """A state of a loop instance; its items are turns by token, by use, or by level and flag."""

    __slots__ = ("counts", "lacks", "loop", "mask", "position", "states")

    def __init__(
        self, states: "States", loop: LoopUse, position: "Position", mask: int, counts: Counts
    ) -> None:
        """Begin without turns.

        Args:
            states: where the states of the same program are kept.
            loop: the loop.
            position: where the reader stands in it.
            mask: bits of the children that have been seen.
            counts: how often those were seen that may stand only so often.
        """
        self.states = states
        self.loop, self.position, self.mask, self.counts = loop, position, mask, counts
        self.lacks = loop.required & ~mask

    def __missing__(self, key: Any) -> Turn:
        """Work out a turn and keep it."""
        if isinstance(key, str):
            found = self._turn(key)
        elif isinstance(key, tuple):
            found = self._level(*key)
        else:
            found = self._come_back(key)
        self[key] = found
        return found

    def _turn(self, token: str) -> Turn:
        """Return what a segment does here."""
        program = self.states.program
        step = self.states.step(self.position, token)
        if step is None:
            return CAREFUL
        if step.hl:
            return LEVEL
        match, check = step.match, step.check
        fits = match if check is None else lambda text: match(text) and check(text)
        end = step.use.id == "SE" and step.use.parent is program.guide.root
        # Some maps begin a loop with another loop: whose segment that is the walker finds out.
        nested = step.push is not None and step.use.parent is not step.push
        if step.pops:
            if self.lacks or nested:
                return CAREFUL
            light = step.pops == 1 and id(self.loop) in self.states.light
            return Turn(
                known=step.known,
                fits=fits,
                pops=step.pops,
                use=step.use,
                ends=step.ends,
                light=light,
                end=end,
            )
        return self._enter(step, step.known, fits, end)

    def _come_back(self, use: SegmentUse) -> Turn:
        """Return what a segment does that has closed the loops inside this one."""
        program = self.states.program
        push = use.parent if use.parent is not self.loop else None
        return self._enter(program.step(self.position, use, 1, push), frozenset(), _never, False)

    def _enter(self, step: "Step", known: Any, fits: Callable[[str], Any], end: bool) -> Turn:
        """Return the turn of a step that stays in the loop or opens one below it."""
        states, push = self.states, step.push
        if step.need & ~self.mask or (push is not None and step.limit):
            return CAREFUL
        about: dict[str, Any] = {"known": known, "fits": fits, "use": step.use, "end": end}
        about["watch"] = step.watch
        if push is not None:
            outer, number = self.with_loop(push)
            if outer is None:
                return CAREFUL
            inner = states.at(push, step.position, step.bit, ())
            return Turn(state=inner, push=push, outer=outer, bit=push.bit, number=number, **about)
        if self.mask & step.once:
            return CAREFUL
        number, counts = 0, self.counts
        if step.limit:
            number = dict(counts).get(step.bit, 0) + 1
            if number > step.limit:
                return CAREFUL
            counts = _counted(counts, step.bit, number)
        after = states.at(self.loop, step.position, self.mask | step.bit, counts)
        plain = not (number or step.watch or end)
        return Turn(state=after, plain=plain, bit=step.bit, number=number, **about)

    def with_loop(self, child: LoopUse) -> tuple["State | None", int]:
        """Return this state with one more instance of a child loop, and its count if it counts.

        The first instance is in the mask only. None: there are enough of it.
        """
        number, counts = 0, self.counts
        if child.repeat is not None and self.mask & child.bit:
            number = dict(counts).get(child.bit, 1) + 1
            if number > child.repeat:
                return None, 0
            counts = _counted(counts, child.bit, number)
        return self.states.around(self.loop, self.mask | child.bit, dict(counts)), number

    def _level(self, kind: str, flag: str) -> Turn:
        """Return what an HL with this HL03 and HL04 does directly below this loop."""
        program = self.states.program
        loop = program.level(self.loop, kind)
        if loop is None or program.needed_before(loop) & ~self.mask:
            return CAREFUL
        use = loop.trigger
        mark, above = program.delimiters.element, "" if self.loop.parent is None else "1"
        match, _ = program.check_of(use)
        outer, number = self.with_loop(loop)
        if outer is None or not match(mark.join(("HL", "1", above, kind, flag))):
            return CAREFUL
        inner = self.states.at(loop, program.position(loop, use.rank), use.bit, ())
        return Turn(
            state=inner,
            push=loop,
            outer=outer,
            bit=loop.bit,
            number=number,
            use=use,
            watch=program.watches(use),
            level=True,
        )


def _counted(counts: Counts, bit: int, number: int) -> Counts:
    return tuple(sorted({**dict(counts), bit: number}.items()))


class States:
    """The states of one program, made when they are first reached."""

    def __init__(self, program: "Program") -> None:
        """Begin with none."""
        self.program = program
        self.tokens = Tokens(program)
        self.light = light_scopes(program.guide.situations)
        self._states: dict[tuple[int, int, int, Counts], State] = {}

    def at(self, loop: LoopUse, position: "Position", mask: int, counts: Counts) -> State:
        """Return the one state of a loop instance."""
        key = (id(loop), id(position), mask, counts)
        found = self._states.get(key)
        if found is None:
            if len(self._states) >= _MOST_STATES:
                self._drop()
            found = self._states[key] = State(self, loop, position, mask, counts)
        return found

    def now(self, loop: LoopUse, position: "Position", mask: int, counts: dict[int, int]) -> State:
        """Return the state of a walker."""
        return self.at(loop, position, mask, tuple(sorted(counts.items())))

    def around(self, loop: LoopUse, mask: int, counts: dict[int, int]) -> State:
        """Return the state of a loop around the current one: where it goes on is not settled."""
        return self.now(loop, self.program.position(loop, 0), mask, counts)

    def _drop(self) -> None:
        # States hold each other: without their turns they go as soon as nobody stands in them.
        for state in self._states.values():
            state.clear()
        self._states.clear()

    def step(self, position: "Position", token: str) -> "Step | None":
        """Return the step of a token at a position, or None when it is not certain."""
        mark = self.program.delimiters.element
        segment_id, _, rest = token.partition(mark)
        found = position.table.get(self.program.key(segment_id))
        if found is None or found.use.id != segment_id:
            found = self.program.resolve(position, segment_id) if segment_id else None
        if found is None or found.by is None:
            return found
        return found.by.get(rest[:-1]) if rest.endswith(found.stop) else None


class Tokens(dict[str, str]):
    """Tokens by the first characters of a segment."""

    def __init__(self, program: "Program") -> None:
        """Collect the qualifiers of the guide."""
        self._marks = program.delimiters
        self._codes: dict[str, set[str]] = {}
        for use in program.guide.root.walk():
            if isinstance(use, SegmentUse) and use.qualifier is not None:
                self._codes.setdefault(use.id, set()).update(use.qualifier[2])

    def __missing__(self, prefix: str) -> str:
        """Work out the token of a prefix and keep it."""
        token = self._token(prefix)
        if len(self) < _MOST_PREFIXES:
            self[prefix] = token
        return token

    def _token(self, prefix: str) -> str:
        element, component = self._marks.element, self._marks.component
        segment_id, mark, rest = prefix.partition(element)
        if not mark:
            return ""
        if segment_id not in self._codes:
            return segment_id + mark
        ends = [at for at in (rest.find(element), rest.find(component)) if at >= 0]
        if ends and rest[: min(ends)] in self._codes.get(segment_id, ()):
            return segment_id + mark + rest[: min(ends) + 1]
        return segment_id + mark
