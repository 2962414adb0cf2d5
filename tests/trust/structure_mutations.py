"""Defects of structure: segments and loops that lack, stand twice, or stand in the wrong place."""

from decimal import Decimal
from random import Random

from attrs import evolve

from tests.trust.generator import Sample
from tests.trust.lines import Home, Line
from tests.trust.mutations import Expected, Mutant, changed, codes, is_level, kind, stretch
from x12_pa.guides import LoopUse, SegmentUse

_FIXED = ("ST", "SE", "HL", "BHT")


def _after(sample: Sample, index: int, home: Home) -> range:
    """Return where it can be noticed that a segment lacks: from there to the end of its loop."""
    last = max(n for n, line in enumerate(sample.lines) if line.home.within(home))
    return range(index + 1, last + 2)


def _is_first(line: Line) -> bool:
    return line.use is line.home.use.trigger


def _alone(sample: Sample, line: Line) -> bool:
    return sum(other.use is line.use and other.home is line.home for other in sample.lines) == 1


@kind
def drop_required_segment(sample: Sample, rng: Random) -> Mutant | None:
    found = [
        index
        for index, line in enumerate(sample.lines)
        if line.use.usage == "R"
        and line.use.id not in _FIXED
        and not _is_first(line)
        and _alone(sample, line)
    ]
    if not found:
        return None
    index = rng.choice(found)
    line = sample.lines[index]
    lines = sample.lines[:index] + sample.lines[index + 1 :]
    expected = Expected(
        codes=codes("X203"),
        numbers=_after(sample, index, line.home),
        segment=line.use.id,
        loop=line.home.use.path or None,
    )
    return changed(sample, lines, expected)


@kind
def drop_required_loop(sample: Sample, rng: Random) -> Mutant | None:
    homes = {id(line.home): line.home for line in sample.lines if not is_level(line.home)}
    counts: dict[tuple[int, int], int] = {}
    for home in homes.values():
        key = (id(home.use), id(home.parent))
        counts[key] = counts.get(key, 0) + 1
    found = [
        home
        for home in homes.values()
        if home.parent is not None
        and home.use.usage == "R"
        and counts[id(home.use), id(home.parent)] == 1
    ]
    if not found:
        return None
    home = rng.choice(found)
    first, end = stretch(sample, home)
    assert home.parent is not None
    expected = Expected(
        codes=codes("X207"),
        numbers=_after(sample, first, home.parent),
        segment=home.use.trigger.id,
        loop=home.use.path,
    )
    return changed(sample, sample.lines[:first] + sample.lines[end:], expected)


@kind
def drop_level_segment(sample: Sample, rng: Random) -> Mutant | None:
    """Take one HL away; what it began is still there."""
    found = [n for n, line in enumerate(sample.lines) if line.use.id == "HL" and _tells(sample, n)]
    if not found:
        return None
    index = rng.choice(found)
    home = sample.lines[index].home
    lines = sample.lines[:index] + sample.lines[index + 1 :]
    expected = Expected(
        codes=codes("X203", "X207"),
        numbers=_after(sample, index, home),
        segment="HL",
        loop=home.use.path,
    )
    return changed(sample, lines, expected)


def _tells(sample: Sample, index: int) -> bool:
    """Whether what follows an HL shows which level it was: a name of that level, or a must."""
    level = sample.lines[index]
    follows = sample.lines[index + 1]
    if level.home.parent is None or not follows.home.within(level.home):
        return False
    siblings = [
        line for line in sample.lines if line.home.use is level.home.use and _is_first(line)
    ]
    if not any(line.use.id == "HL" for line in sample.lines[index + 1 :]):
        return False
    named = follows.use.id == "NM1" or follows.use.usage == "R"
    return named and (siblings[0] is level or follows.use.id == "NM1")


def _has_twin(line: Line) -> bool:
    """Tell whether another use in the loop takes the same qualifier: one more could be meant so."""
    place = line.use.qualifier
    if place is None:
        return False
    value = line.values[place[0] - 1].split(":")[(place[1] or 1) - 1]
    twins = (c for c in line.home.use.children if isinstance(c, SegmentUse) and c is not line.use)
    return any(
        twin.id == line.use.id and twin.qualifier is not None and value in twin.qualifier[2]
        for twin in twins
    )


@kind
def segment_once_too_often(sample: Sample, rng: Random) -> Mutant | None:
    found = [
        index
        for index, line in enumerate(sample.lines)
        if line.use.max_use is not None
        and line.use.max_use <= 40
        and line.use.id not in _FIXED
        and not _is_first(line)
        and not _has_twin(line)
    ]
    if not found:
        return None
    line = sample.lines[rng.choice(found)]
    same = [
        n
        for n, other in enumerate(sample.lines)
        if other.use is line.use and other.home is line.home
    ]
    limit = line.use.max_use or 0
    extra = [line] * (limit + 1 - len(same))
    last = same[-1]
    lines = sample.lines[: last + 1] + extra + sample.lines[last + 1 :]
    number = last + 1 + len(extra)
    expected = Expected(
        codes=codes("X204"),
        numbers=range(number, number + 1),
        segment=line.use.id,
        loop=line.home.use.path or None,
    )
    return changed(sample, lines, expected)


@kind
def loop_once_too_often(sample: Sample, rng: Random) -> Mutant | None:
    homes = {id(line.home): line.home for line in sample.lines if not is_level(line.home)}
    found = [h for h in homes.values() if h.parent and h.use.repeat and h.use.repeat <= 25]
    if not found:
        return None
    home = rng.choice(found)
    same = [h for h in homes.values() if h.use is home.use and h.parent is home.parent]
    first, end = stretch(sample, home)
    copies = (home.use.repeat or 0) + 1 - len(same)
    last = max(stretch(sample, other)[1] for other in same)
    extra = sample.lines[first:end] * copies
    lines = sample.lines[:last] + extra + sample.lines[last:]
    number = last + 1 + (copies - 1) * (end - first)
    expected = Expected(
        codes=codes("X205"),
        numbers=range(number, number + 1),
        segment=home.use.trigger.id,
        loop=home.use.path,
    )
    return changed(sample, lines, expected)


@kind
def segment_after_its_place(sample: Sample, rng: Random) -> Mutant | None:
    """Let two neighbours of one loop, whose order the guide fixes, change places."""
    found = [
        index
        for index, (line, after) in enumerate(zip(sample.lines, sample.lines[1:], strict=False))
        if line.home is after.home
        and line.use.rank < after.use.rank
        and not _is_first(line)
        and line.use.id not in _FIXED
        and after.use.id not in _FIXED
        and _alone(sample, line)
        # Without its qualifier a segment does not say which use it is.
        and (line.use.qualifier is None or line.values[0] != "")
    ]
    if not found:
        return None
    index = rng.choice(found)
    lines = list(sample.lines)
    lines[index], lines[index + 1] = lines[index + 1], lines[index]
    expected = Expected(
        codes=codes("X206"),
        numbers=range(index + 2, index + 3),
        segment=sample.lines[index].use.id,
        loop=sample.lines[index].home.use.path or None,
    )
    return changed(sample, lines, expected)


@kind
def segment_of_another_loop(sample: Sample, rng: Random) -> Mutant | None:
    """Move a segment into a loop that neither knows it, nor lies around or beside one that does."""
    for _ in range(20):
        index = rng.randrange(2, len(sample.lines) - 1)
        source = rng.choice(sample.lines[2:-1])
        home = sample.lines[index - 1].home
        if source.use.id == "HL" or _may_follow(source.use.id, home.use):
            continue
        lines = [*sample.lines[:index], source, *sample.lines[index:]]
        expected = Expected(
            codes=codes("X202", "X203", "X206", "X207"),
            numbers=range(index + 1, index + 2),
        )
        return changed(sample, lines, expected)
    return None


def _may_follow(segment_id: str, loop: LoopUse) -> bool:
    """Tell whether a loop, those around it, or any loop below these knows a segment of that id."""
    above: LoopUse = loop
    while above.parent is not None and above.trigger.id != "HL":
        above = above.parent
    around: LoopUse | None = loop
    while around is not None:
        for child in around.children:
            first = child.trigger if isinstance(child, LoopUse) else child
            if first.id == segment_id:
                return True
        around = around.parent
    return any(isinstance(c, SegmentUse) and c.id == segment_id for c in above.walk())


def _inserted(sample: Sample, rng: Random, text: str, *names: str) -> Mutant:
    index = rng.randrange(1, len(sample.lines) - 1)
    use = SegmentUse(id=text, name="", usage="S", max_use=1, elements=())
    lines = [*sample.lines[: index + 1], Line(use, ["1"], sample.lines[0].home)]
    expected = Expected(codes=codes(*names), numbers=range(index + 2, index + 3))
    return changed(sample, [*lines, *sample.lines[index + 1 :]], expected)


@kind
def unknown_segment(sample: Sample, rng: Random) -> Mutant | None:
    return _inserted(sample, rng, rng.choice(("ZZZ", "Q", "ABCD", "NM2")), "X201")


@kind
def segment_id_in_small_letters(sample: Sample, rng: Random) -> Mutant | None:
    return _inserted(sample, rng, rng.choice(("nm1", "ref", "dtp")), "X201")


@kind
def segment_without_id(sample: Sample, rng: Random) -> Mutant | None:
    return _inserted(sample, rng, "", "X201")


@kind
def unknown_qualifier(sample: Sample, rng: Random) -> Mutant | None:
    """Give a segment a qualifier that none of its siblings has."""
    found = [
        index
        for index, line in enumerate(sample.lines)
        if line.use.id not in _FIXED and line.use.qualifier is not None
    ]
    if not found:
        return None
    index = rng.choice(found)
    line = sample.lines[index]
    assert line.use.qualifier is not None
    _, component, _ = line.use.qualifier
    values = list(line.values)
    longest = max(len(code) for code in line.use.qualifier[2])
    wrong = "Q" * min(longest, 3)
    values[0] = ":".join([wrong, *values[0].split(":")[1:]]) if component else wrong
    lines = list(sample.lines)
    lines[index] = evolve(line, values=values)
    expected = Expected(
        codes=codes("X208", "X215"),
        numbers=range(index + 1, index + 2),
        segment=line.use.id,
        element=f"{line.use.id}01",
    )
    return changed(sample, lines, expected)


def _levels(sample: Sample) -> list[int]:
    return [n for n, line in enumerate(sample.lines) if line.use.id == "HL"]


def _level_with(sample: Sample, rng: Random, number: int, value: str, *names: str) -> Mutant | None:
    levels = [n for n in _levels(sample) if number != 2 or sample.lines[n].values[1]]
    if not levels:
        return None
    index = rng.choice(levels)
    line = sample.lines[index]
    values = list(line.values)
    values[number - 1] = value
    lines = list(sample.lines)
    lines[index] = evolve(line, values=values)
    expected = Expected(
        codes=codes(*names),
        numbers=range(index + 1, index + 2),
        segment="HL",
        element=f"HL{number:02}",
    )
    return changed(sample, lines, expected)


@kind
def level_number_with_a_gap(sample: Sample, rng: Random) -> Mutant | None:
    return _level_with(sample, rng, 1, str(len(sample.lines) + 7), "X231")


@kind
def level_number_that_is_no_number(sample: Sample, rng: Random) -> Mutant | None:
    return _level_with(sample, rng, 1, "A", "X231")


@kind
def level_under_an_unknown_parent(sample: Sample, rng: Random) -> Mutant | None:
    return _level_with(sample, rng, 2, str(len(sample.lines) + 7), "X232")


@kind
def level_without_its_parent(sample: Sample, rng: Random) -> Mutant | None:
    return _level_with(sample, rng, 2, "", "X232", "X211")


@kind
def level_of_an_unknown_kind(sample: Sample, rng: Random) -> Mutant | None:
    return _level_with(sample, rng, 3, "ZZ", "X234")


@kind
def level_that_denies_or_invents_levels_below(sample: Sample, rng: Random) -> Mutant | None:
    found = [n for n in _levels(sample) if len(sample.lines[n].values) > 3]
    if not found:
        return None
    index = rng.choice(found)
    line = sample.lines[index]
    flag = "0" if line.values[3] == "1" else "1"
    lines = list(sample.lines)
    lines[index] = evolve(line, values=[*line.values[:3], flag])
    expected = Expected(
        codes=codes("X233", "X215"),
        numbers=range(index + 1, index + 2),
        segment="HL",
        element="HL04",
    )
    return changed(sample, lines, expected)


def _off_by_a_cent(sample: Sample, rng: Random, name: str, code: str) -> Mutant | None:
    found = [n for n, line in enumerate(sample.lines) if line.use.id == name]
    if not found:
        return None
    index = rng.choice(found)
    line = sample.lines[index]
    values = list(line.values)
    values[1] = f"{Decimal(values[1]) + Decimal('0.01'):f}"
    lines = list(sample.lines)
    lines[index] = evolve(line, values=values)
    return changed(sample, lines, Expected(codes=codes(code)))


@kind
def claim_total_off_by_a_cent(sample: Sample, rng: Random) -> Mutant | None:
    lines_there = any(line.use.id == "LX" for line in sample.lines)
    return _off_by_a_cent(sample, rng, "CLM", "X301") if lines_there else None


@kind
def payment_of_another_payer_off_by_a_cent(sample: Sample, rng: Random) -> Mutant | None:
    return _off_by_a_cent(sample, rng, "SVD", "X302")
