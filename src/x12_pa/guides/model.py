"""An implementation guide as objects: loops, segment uses, element uses.

A *use* is a thing at one place of one guide: `NM1` in loop 2010C is another use than `NM1` in
2010D, with its own codes and limits. The objects are built once by `guides.load` and not changed
afterwards; they compare by identity, so that they can be keys of tables.

Children of a loop carry a `rank`: children of equal rank may come in any order among themselves,
a higher rank comes later. That is all of X12's "position" that validation needs.
"""

from collections.abc import Iterator
from typing import Any

from attrs import Factory, define, field, frozen

COMPOSITE = "composite"


@frozen(kw_only=True, eq=False)
class ElementUse:
    """One element, or one component of a composite, at its place in a guide.

    Attributes:
        ref: as the standard prints it: `NM109`, `SV101-02`.
        data_element: number in the data dictionary, such as `67`; `C003` for a composite.
        type: X12 data type `AN`, `ID`, `N0`, `N2`, `R`, `DT`, `TM`, `B`, or `composite`.
        min: least length in characters; sign and decimal point of numbers are not counted.
        max: greatest length.
        usage: `R` required, `S` situational, `N` not used.
        repeat: greatest number of repetitions; None is unbounded.
        codes: the values the guide allows; None is free or an external list.
        labels: short meanings of codes, in our own words.
        tolerate: values outside the guide that are read with a warning.
        pattern: a regular expression that a profile asks of the whole value.
        source: `guide`, or `profile:<id>` when a profile narrowed this use.
        base: this use as it was before the profile, or None.
    """

    ref: str
    name: str
    data_element: str
    type: str
    min: int = 1
    max: int = 1
    usage: str = "S"
    repeat: int | None = 1
    codes: tuple[str, ...] | None = None
    labels: dict[str, str] = Factory(dict)
    components: tuple["ElementUse", ...] = ()
    external: str | None = None
    tolerate: tuple[str, ...] = ()
    pattern: str | None = None
    source: str = "guide"
    notes: dict[str, str] = Factory(dict)
    base: "ElementUse | None" = None


@define(kw_only=True, eq=False)
class SegmentUse:
    """One segment at its place in a guide.

    Attributes:
        max_use: greatest number of times in one instance of its loop; None is unbounded.
        syntax: X12 syntax notes such as `P0809`.
        rank: order among the children of the loop; see the module text.
        bit: its bit in the mask of children that a loop instance has seen.
    """

    id: str
    name: str
    usage: str
    max_use: int | None
    elements: tuple[ElementUse, ...]
    syntax: tuple[str, ...] = ()
    position: int = 0
    rank: int = 0
    bit: int = 0
    source: str = "guide"
    notes: dict[str, str] = Factory(dict)
    parent: "LoopUse" = field(init=False, repr=False)

    @property
    def qualifier(self) -> tuple[int, int | None, tuple[str, ...]] | None:
        """Where this use is told from its siblings: (element, component or None, codes)."""
        if self.id == "HL":
            return 3, None, self.elements[2].codes or ()
        first = self.elements[0] if self.elements else None
        if first is None:
            return None
        if first.codes and first.type != COMPOSITE:
            return 1, None, first.codes
        if first.components and first.components[0].codes:
            return 1, 1, first.components[0].codes
        return None

    @property
    def path(self) -> str:
        """Loop path and segment id: `2000A/2010A/NM1`."""
        return f"{self.parent.path}/{self.id}" if self.parent.path else self.id


@define(kw_only=True, eq=False)
class LoopUse:
    """One loop at its place in a guide.

    Attributes:
        repeat: greatest number of instances in one instance of the parent; None is unbounded.
        required: mask of the children with usage R, and of those whose absence is a warning.
        path: ids of the loops from the top to here: `2000A/2000B/2000C/2000E`; "" for the root.
        scoped: rules across segments are judged when an instance of it ends.
    """

    id: str
    name: str
    usage: str
    repeat: int | None
    children: tuple["SegmentUse | LoopUse", ...] = ()
    position: int = 0
    rank: int = 0
    bit: int = 0
    required: int = 0
    source: str = "guide"
    notes: dict[str, str] = Factory(dict)
    parent: "LoopUse | None" = None
    path: str = ""
    scoped: bool = False

    @property
    def trigger(self) -> SegmentUse:
        """The segment that opens an instance of this loop."""
        first = self.children[0]
        return first if isinstance(first, SegmentUse) else first.trigger

    def inner(self) -> list["LoopUse"]:
        """Return every loop below, in the order of the guide; faster than `walk`."""
        found: list[LoopUse] = []
        for child in self.children:
            if isinstance(child, LoopUse):
                found.append(child)
                found += child.inner()
        return found

    def walk(self) -> Iterator["SegmentUse | LoopUse"]:
        """Yield everything below, in the order of the guide."""
        for child in self.children:
            yield child
            if isinstance(child, LoopUse):
                yield from child.walk()

    def __str__(self) -> str:
        return self.path or "transaction set"


@frozen(kw_only=True)
class Note:
    """What a map says in words about the whole transaction; programs do not read it.

    Attributes:
        kind: `rule`, `limit`, `tolerate` or `note`.
        attributes: such as `id` and `severity` of a rule, `where` of a limit.
    """

    kind: str
    text: str
    attributes: dict[str, str] = Factory(dict)


@define(kw_only=True, eq=False)
class Guide:
    """One transaction of one implementation guide, possibly narrowed by a profile.

    Attributes:
        key: our name: `278-request`, `837P`.
        id: the guide id in GS08 and ST03: `005010X217`.
        set: ST01, such as `278`.
        kind: what it is: `request`, `response`, `claim` …
        functional_id: GS01, such as `HI`.
        root: a loop that stands for the transaction set, ST to SE.
        aliases: other values of GS08/ST03 that are read as this guide.
        profile: id of the profile that narrowed it, or None.
        programs: compiled forms by delimiters, filled by `guides.program`.
        situations: rules across segments, a `guides.situations.Situations`; None has none.
        origin: `own`, `partial` (an outline: what it leaves out is not judged), or `pyx12`.
        notes: what its map says in words.
    """

    key: str
    id: str
    set: str
    kind: str
    functional_id: str
    name: str
    root: LoopUse
    aliases: tuple[str, ...] = ()
    profile: str | None = None
    segment_ids: frozenset[str] = frozenset()
    programs: dict[Any, Any] = Factory(dict)
    situations: Any = None
    origin: str = "own"
    notes: tuple[Note, ...] = ()

    @property
    def partial(self) -> bool:
        """Tell whether only an outline of the guide is known."""
        return self.origin == "partial"

    def loops(self, loop_id: str) -> list[LoopUse]:
        """Return the uses of loop `loop_id`; 2000E stands in two places."""
        return [loop for loop in self.root.inner() if loop.id == loop_id]

    def find(self, path: str) -> list[SegmentUse]:
        """Return the segment uses at `2000E/UM`: last loop id and segment id."""
        loop_id, _, segment_id = path.rpartition("/")
        owners = self.loops(loop_id.rpartition("/")[2]) if loop_id else [self.root]
        return [
            child
            for owner in owners
            for child in owner.children
            if isinstance(child, SegmentUse) and child.id == segment_id
        ]


def link(loop: LoopUse) -> LoopUse:
    """Give every child its parent, its rank and its bit; return `loop` itself."""
    rank, previous = 0, None
    for number, child in enumerate(loop.children):
        if previous is not None and child.position != previous:
            rank += 1
        previous = child.position
        child.parent, child.rank, child.bit = loop, rank, 1 << number
        if isinstance(child, LoopUse):
            child.path = f"{loop.path}/{child.id}".lstrip("/")
            link(child)
    loop.required = sum(
        child.bit
        for child in loop.children
        if child.usage == "R" or (child.usage == "S" and "tolerate_absent" in child.notes)
    )
    return loop
