"""Single defects made by rule in any valid file: what a fuzzer changes, and where it must not.

A mutation changes one thing and puts SE01 right again, so that one error is owed. Places where one
change breaks two rules, or none, are left out by the conditions here, each with its reason. What a
map tolerates is a warning, so it is left out too.
"""

from collections.abc import Iterator
from itertools import pairwise

from attrs import frozen

from tests.validation.defects import VALID, recounted
from x12_pa.guides import LoopInstance, find_guide, read_tree
from x12_pa.guides.model import COMPOSITE, SegmentUse
from x12_pa.syntax import Segment, read_transactions

BASES = (
    "278-request-subscriber", "278-request-dependent", "278-request-services",
    "278-request-admission", "278-response-certified", "278-response-mixed",
    "278-response-pended", "278-response-refused", "837p", "837i", "837d", "270", "271", "277ca",
)  # fmt: skip


@frozen
class Mutation:
    """One changed file; `name` says what was done where."""

    name: str
    text: str


@frozen
class Spot:
    """A segment of a valid file: its line from 0, its use, and the instance it stands in."""

    line: int
    use: SegmentUse
    item: Segment
    loop: LoopInstance


def lines_of(base: str) -> list[str]:
    return (VALID / f"{base}.edi").read_text().split("\n")


def spots_of(base: str) -> list[Spot]:
    """Return the segments between ST and SE with their uses."""
    found = []
    for transaction in read_transactions((VALID / f"{base}.edi").read_bytes()):
        first, second = transaction.segments[:2]
        guide = find_guide(
            set_id=first.element(1), convention=first.element(3), purpose=second.element(2)
        )
        assert guide is not None
        tree = read_tree(guide, transaction.segments)
        found += [Spot(i.line - 1, use, i, loop) for loop, use, i in tree.iter()]
    return [spot for spot in found if spot.use.id not in ("ST", "SE")]


def mutations(base: str) -> Iterator[Mutation]:
    """Yield every single defect of this file."""
    for spot in spots_of(base):
        for change in (deletions, doubles, codes, lengths, emptied, levels, npis):
            for name, lines in change(spot, lines_of(base)):
                yield _made(base, spot, name, lines)
    yield from swaps(base)


def _made(base: str, spot: Spot, name: str, lines: list[str]) -> Mutation:
    where = f"{base}: {name} {spot.item.id} in line {spot.line + 1}"
    return Mutation(where, recounted("\n".join(lines)))


Change = Iterator[tuple[str, list[str]]]


def deletions(spot: Spot, lines: list[str]) -> Change:
    """Delete a segment that the guide requires, alone of its kind in its loop."""
    same = [use for use, _ in spot.loop.segments if use is spot.use]
    first = spot.use is spot.loop.use.trigger
    # A loop that may be left out is simply not there when its only segment goes.
    alone = first and len(spot.loop.items) == 1 and spot.loop.use.usage != "R"
    if spot.use.usage == "R" and len(same) == 1 and not alone and not _tells_nothing(spot):
        yield "delete", lines[: spot.line] + lines[spot.line + 1 :]


def _tells_nothing(spot: Spot) -> bool:
    """Tell whether what follows reads as part of the loop before when this first one goes."""
    if spot.use is not spot.loop.use.trigger:
        return False
    loop = spot.loop.use
    siblings = [c for c in (spot.loop.parent.children if spot.loop.parent else []) if c.use is loop]
    return len(siblings) > 1 or loop.usage != "R"


def doubles(spot: Spot, lines: list[str]) -> Change:
    """Send a segment twice that may stand once; HL and loops without limit are other rules."""
    limit = spot.loop.use.repeat if spot.use is spot.loop.use.trigger else spot.use.max_use
    if limit == 1 and spot.use.max_use == 1:
        yield "double", lines[: spot.line + 1] + lines[spot.line :]


def swaps(base: str) -> Iterator[Mutation]:
    """Swap two neighbours of one loop that the guide puts in order."""
    spots = spots_of(base)
    for one, two in pairwise(spots):
        # An EB before the dates of the one above takes them over: that file is right, too.
        free = one.use.id == "EB" and one.loop.use.repeat is None
        if one.loop is two.loop and one.use.rank != two.use.rank and not free:
            lines = lines_of(base)
            lines[one.line], lines[two.line] = lines[two.line], lines[one.line]
            yield _made(base, one, f"swap with {two.item.id}", lines)


def codes(spot: Spot, lines: list[str]) -> Change:
    """Write a value that no list has into an element with a list of codes."""
    for number, element in enumerate(spot.use.elements, 1):
        if element.codes and spot.item.element(number) and spot.use.id != "HL":
            yield f"code {number}", _with(lines, spot, number, "@" * element.min)


def lengths(spot: Spot, lines: list[str]) -> Change:
    """Write a value that is one character too long into a free text element."""
    for number, element in enumerate(spot.use.elements, 1):
        if "tolerate_length" in element.notes:
            continue
        free = element.type == "AN" and not element.codes and element.data_element != "1251"
        plain = spot.use.id != "HL" and spot.item.element(number - 1) != "XX"
        if free and plain and spot.item.element(number) and element.max < 500:
            yield f"length {number}", _with(lines, spot, number, "A" * (element.max + 1))


def emptied(spot: Spot, lines: list[str]) -> Change:
    """Take the value of a required element away."""
    for number, element in enumerate(spot.use.elements, 1):
        if element.usage == "R" and spot.use.id != "HL" and "tolerate_absent" not in element.notes:
            yield f"empty {number}", _with(lines, spot, number, "")
        if element.type == COMPOSITE and spot.item.element(number):
            for place, component in enumerate(element.components, 1):
                parts = spot.item.element(number).split(":")
                if component.usage == "R" and len(parts) > 1 and len(parts) >= place:
                    parts[place - 1] = ""
                    value = ":".join(parts)
                    if value.endswith(":"):
                        value = value.rstrip(":")
                    yield f"empty {number}-{place}", _with(lines, spot, number, value)


def levels(spot: Spot, lines: list[str]) -> Change:
    """Write a wrong number, parent or child flag into an HL."""
    if spot.use.id == "HL":
        yield "number", _with(lines, spot, 1, "77")
        if spot.item.element(2):
            yield "parent", _with(lines, spot, 2, "88")
        if spot.item.element(4):
            flag = {"0": "1", "1": "0"}[spot.item.element(4)]
            yield "flag", _with(lines, spot, 4, flag)


def npis(spot: Spot, lines: list[str]) -> Change:
    """Write a wrong check digit."""
    for number in range(1, len(spot.item.elements)):
        if spot.item.element(number) == "XX":
            value = spot.item.element(number + 1)
            wrong = value[:-1] + str((int(value[-1]) + 1) % 10)
            yield "NPI", _with(lines, spot, number + 1, wrong)


def _with(lines: list[str], spot: Spot, number: int, value: str) -> list[str]:
    parts = spot.item.text.split("*")
    parts += [""] * (number + 1 - len(parts))
    parts[number] = value
    text = "*".join(parts)
    while text.endswith("*"):
        text = text[:-1]
    return [*lines[: spot.line], text + "~", *lines[spot.line + 1 :]]
