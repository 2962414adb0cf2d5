"""Valid transaction sets out of any guide, by a seed.

A guide says what may stand where; this walks over it and writes what it meets: what is required
always, the rest by a coin whose weight (`fullness`) is drawn for each set, from bare to everything.
What is not in the tables of a guide is done by `lines.reconcile`: sums and counts.
"""

from collections.abc import Iterator
from random import Random

from attrs import define

from tests.trust.lines import Home, Line, reconcile, recount
from tests.trust.notes import broken, note_parts
from tests.trust.situations import settle
from tests.trust.values import value
from x12_pa.guides import COMPOSITE, ElementUse, Guide, LoopUse, SegmentUse, load_guide

KEYS = ("278-request", "278-response", "270", "271", "837P", "837I", "837D", "999", "277CA")
FULLNESS = (0.0, 0.15, 0.35, 0.6, 0.85, 1.0)


@define
class Sample:
    """One generated transaction set."""

    guide: Guide
    lines: list[Line]
    seed: int
    fullness: float


def generate(
    key: str | Guide, seed: int, fullness: float | None = None, *, ordered: bool = False
) -> Sample:
    """Return a valid transaction set of a guide; the same seed gives the same set.

    Args:
        ordered: keep what may stand in any order in that of the guide.
    """
    guide = load_guide(key) if isinstance(key, str) else key
    rng = Random(f"{guide.key} {seed}")
    weight = FULLNESS[seed % len(FULLNESS)] if fullness is None else fullness
    lines = _Writer(guide, rng, weight, ordered).write()
    return Sample(guide, lines, seed, weight)


class _Writer:
    def __init__(self, guide: Guide, rng: Random, fullness: float, ordered: bool) -> None:
        self.guide, self.rng, self.fullness, self.ordered = guide, rng, fullness, ordered
        self.lines: list[Line] = []
        self.numbers = 0

    def write(self) -> list[Line]:
        root = Home(self.guide.root)
        self._loop(root)
        self.lines = settle(self.guide.key, self.lines)
        reconcile(self.guide.key, self.lines)
        used = [use.usage != "N" for use in self.guide.root.trigger.elements]
        self.lines[0].values = [self.guide.set, "0001", self.guide.id][: sum(used)]
        recount(self.lines)
        return self.lines

    def _sometimes(self) -> bool:
        return self.rng.random() < self.fullness

    def _loop(self, home: Home) -> None:
        children = home.use.children
        trigger, *rest = children if self.ordered else _shuffled(self.rng, children)
        assert isinstance(trigger, SegmentUse)
        self._segment(trigger, home)
        forced = self._forced_level(home, rest)
        for child in rest:
            for _ in range(self._times(child, forced)):
                if isinstance(child, LoopUse):
                    self._loop(Home(child, home))
                else:
                    self._segment(child, home)
        if home.level is not None and home.level.values[3:]:
            codes = home.level.use.elements[3].codes or ()
            flag = "1" if home.levels_below else "0"
            assert flag in codes, f"{home.use.path} cannot say HL04 = {flag}"
            home.level.values[3] = flag

    def _forced_level(self, home: Home, rest: list[SegmentUse | LoopUse]) -> LoopUse | None:
        """Return a level that must come below an HL that can only say that one does."""
        if home.level is None or home.level.use.elements[3].codes != ("1",):
            return None
        below = [c for c in rest if isinstance(c, LoopUse) and c.trigger.id == "HL"]
        return None if any(c.usage == "R" for c in below) else self.rng.choice(below)

    def _times(self, child: SegmentUse | LoopUse, forced: LoopUse | None) -> int:
        if child.usage == "N":
            return 0
        wanted = child.usage == "R" or child is forced or self._sometimes()
        if not wanted:
            return 0
        limit = child.repeat if isinstance(child, LoopUse) else child.max_use
        if limit == 1:
            return 1
        if isinstance(child, SegmentUse) and limit is not None and self.rng.random() < 0.05:
            return min(limit, 40)
        return min(limit or 3, self.rng.choice((1, 1, 1, 2, 3)))

    def _segment(self, use: SegmentUse, home: Home) -> None:
        line = Line(use, [], home)
        if use.id == "HL":
            self._level(line)
        else:
            line.values = self._elements(use)
        self.lines.append(line)

    def _level(self, line: Line) -> None:
        self.numbers += 1
        home, above = line.home, line.home.parent
        home.level = line
        while above is not None and above.level is None:
            above = above.parent
        parent = ""
        if above is not None and above.level is not None:
            parent, above.levels_below = above.level.values[0], above.levels_below + 1
        kind = (line.use.elements[2].codes or ("",))[0]
        line.values = [str(self.numbers), parent, kind]
        if line.use.elements[3].usage != "N":
            line.values.append("0")

    def _elements(self, use: SegmentUse) -> list[str]:
        spots = self._present(use.elements, use.syntax)
        if use.id == "NM1":
            self._one_kind_of_name(use, spots)
        values: list[str] = []
        for number, element in enumerate(use.elements, 1):
            before = values[-1] if values else ""
            if number not in spots:
                values.append("")
            elif use.id == "NM1" and number == 2:
                values.append(self._entity(element, spots))
            else:
                values.append(self._element(element, before))
        return values

    def _one_kind_of_name(self, use: SegmentUse, spots: set[int]) -> None:
        """Leave out the parts of a person's name where an organization may be meant."""
        person = (use.elements[1].codes or ()) == ("1",) or self.rng.random() < 0.5
        if not person:
            spots -= {n for n in range(4, 8) if use.elements[n - 1].usage != "R"}
        elif use.elements[3].usage != "N" and 3 in spots:
            spots |= {4}

    def _entity(self, element: ElementUse, spots: set[int]) -> str:
        codes = element.codes or ("1",)
        wanted = "1" if spots & {4, 5, 6, 7} else codes[-1]
        return wanted if wanted in codes else codes[0]

    def _element(self, use: ElementUse, before: str) -> str:
        limit = use.repeat
        count = 1 if limit == 1 else min(limit or 3, self.rng.choice((1, 1, 2, 3)))
        if use.type != COMPOSITE:
            return "^".join(value(self.rng, use, before) for _ in range(count))
        return "^".join(self._composite(use) for _ in range(count))

    def _composite(self, use: ElementUse) -> str:
        spots = self._present(use.components, ())
        parts: list[str] = []
        for number, component in enumerate(use.components, 1):
            before = parts[-1] if parts else ""
            parts.append(value(self.rng, component, before) if number in spots else "")
        return ":".join(parts).rstrip(":")

    def _present(self, uses: tuple[ElementUse, ...], notes: tuple[str, ...]) -> set[int]:
        """Choose which elements have a value, so that no syntax note is broken."""
        fixed = {n for n, use in enumerate(uses, 1) if use.usage == "R"}
        open_ = {n for n, use in enumerate(uses, 1) if use.usage == "S"}
        _keep_dates_whole(uses, fixed, open_)
        for _ in range(200):
            spots = fixed | {n for n in sorted(open_) if self._sometimes()}
            if not spots and open_:
                spots = {self.rng.choice(sorted(open_))}
            for _ in range(3):
                for note in notes:
                    spots = _mend(note, spots, fixed, open_, self.rng)
            spots = _pairs(uses, spots)
            if spots and not any(broken(note, spots) for note in notes):
                return spots
        raise AssertionError(f"the notes {notes} of {uses[0].ref[:3]} cannot be kept")


def _shuffled(rng: Random, children: "tuple[SegmentUse | LoopUse, ...]") -> list:
    """Put children of equal rank into any order; the first stays the first, HL levels the last."""
    order = {id(child): rng.random() for child in children}
    order[id(children[0])] = -1.0
    order |= {id(child): 2.0 for child in children if child.id == "SE"}
    return sorted(children, key=lambda child: (child.rank, order[id(child)]))


def _keep_dates_whole(uses: tuple[ElementUse, ...], fixed: set[int], open_: set[int]) -> None:
    """A value whose qualifier the guide does not use cannot be written."""
    for number, use in enumerate(uses, 1):
        if use.data_element == "1251" and number > 1 and uses[number - 2].usage == "N":
            open_.discard(number)


def _pairs(uses: tuple[ElementUse, ...], spots: set[int]) -> set[int]:
    """Write a date or identifier only with its qualifier, and the other way round."""
    kinds = {("1250", "1251"), ("66", "67"), ("128", "127"), ("1270", "1271"), ("235", "234")}
    for number in range(1, len(uses)):
        left, right = uses[number - 1], uses[number]
        if (left.data_element, right.data_element) not in kinds or "N" in (left.usage, right.usage):
            continue
        if (number in spots) != (number + 1 in spots):
            spots = spots | {number, number + 1}
    return spots


def _mend(note: str, spots: set[int], fixed: set[int], open_: set[int], rng: Random) -> set[int]:
    if not broken(note, spots):
        return spots
    kind, numbers = note_parts(note)
    can = set(numbers) & (fixed | open_)
    if kind == "P":
        return spots | can if can == set(numbers) else spots - (can - fixed)
    if kind == "E":
        there = [number for number in numbers if number in spots]
        keep = rng.choice([n for n in there if n in fixed] or there)
        return spots - ((set(there) - {keep}) & open_)
    if kind == "R":
        return spots | {rng.choice(sorted(can))}
    rest = set(numbers[1:]) & (fixed | open_)
    if kind == "C" and rest == set(numbers[1:]):
        return spots | rest
    if kind == "L" and rest:
        return spots | {rng.choice(sorted(rest))}
    return spots - ({numbers[0]} & open_)


def segment_uses(guide: Guide) -> Iterator[SegmentUse]:
    for item in guide.root.walk():
        if isinstance(item, SegmentUse) and item.usage != "N":
            yield item


ISA = (
    "ISA*00*          *00*          *ZZ*CLINIC001      *ZZ*DEMOPAYER      *261122*1400*^*00501*"
    "000000001*0*T*:"
)
HEAD = 2  # envelope segments before ST


def wrap(guide: Guide, texts: list[str]) -> bytes:
    """Put one transaction set into an interchange, one segment a line."""
    return wrap_many(guide, [texts])


def wrap_many(guide: Guide, sets: list[list[str]]) -> bytes:
    head = f"GS*{guide.functional_id}*CLINIC001*DEMOPAYER*20261122*1400*1*X*{guide.id}"
    body = [text for texts in sets for text in texts]
    lines = [ISA, head, *body, f"GE*{len(sets)}*1", "IEA*1*000000001"]
    return "".join(line + "~\n" for line in lines).encode("latin-1")


def file_of(sample: Sample) -> bytes:
    return wrap(sample.guide, [line.text() for line in sample.lines])
