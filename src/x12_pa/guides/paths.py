"""Paths: how rules name loops, segments, elements and components.

```text
2000E                     a loop
2010B/PER                 a segment in a loop; PER alone means wherever it stands
2010C/NM109               an element; 2000F/SV1/01 is the same form for ids that end in a digit
2000E/UM04-2              a component
2000E/REF[BB]/02          a segment told by its qualifier; [01=BB] says which element
2010EA[NM101=71]/NM109    a loop told by its first segment
2000E/HI[*]-02            every repetition, or for HI every element
**/DTP/03                 wherever it stands, at any depth
ISA08, GS03, ST03         the envelope
270:2110C/EQ01            another message: the request that a response answers
@mode, $ctx.state         context that does not stand in the file
```

A path names places in one guide; the event loop 2000E stands in two, under the subscriber and under
the dependent, and a path to it names both.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from attrs import frozen

from x12_pa.errors import ConfigError
from x12_pa.guides.model import Guide, LoopUse, SegmentUse
from x12_pa.syntax import Delimiters

ENVELOPE_SEGMENTS = ("ISA", "IEA", "GS", "GE")
_STEP = re.compile(r"(?P<name>[A-Z0-9]+)(?:\[(?P<selector>[^\]]*)\])?")
_MESSAGE = re.compile(r"(?P<message>\d{3}[A-Z]?):(?=\S)")
# What a rule calls a message, and the key of its guide.
MESSAGES = {
    "270": "270",
    "271": "271",
    "278": "278-request",
    "278R": "278-response",
    "837P": "837P",
    "837I": "837I",
    "837D": "837D",
}
ANYWHERE = "**/"
_TAIL = re.compile(r"(?P<element>\d\d)?(?:\[\*\])?(?:-(?P<component>\d{1,2}))?$")
_ENVELOPE = re.compile(r"(?:(?:trim|raw)\()?(?P<segment>ISA|IEA|GS|GE)(?P<element>\d\d)\)?$")


class BadPath(ConfigError):
    """A path that does not have the form of one, or names nothing in the guide."""


@frozen(eq=False)
class Place:
    """One place that a path names.

    Attributes:
        loop: the loop, or the loop that the segment stands in.
        segment: None when the path names a loop.
        element: 1-based, or None when the path names a segment.
        component: 1-based, or None.
        selector: (element, values) that the segment must have, or None.
        every: all repetitions; for HI all elements.
    """

    path: str
    loop: LoopUse
    segment: SegmentUse | None = None
    element: int | None = None
    component: int | None = None
    selector: tuple[int, tuple[str, ...]] | None = None
    every: bool = False

    @property
    def use(self) -> SegmentUse:
        """The segment use whose presence this place is about."""
        return self.segment or self.loop.trigger

    def values(self, text: str, marks: Delimiters) -> Iterator[str]:
        """Yield the values of this place in one segment; nothing when it is empty."""
        parts = text.split(marks.element)
        if self.selector is not None and not self._selected(parts, marks):
            return
        if self.element is None and not self.every:
            yield text
            return
        at = self.element
        found = parts[1:] if at is None else parts[at : at + 1]
        for item in found:
            repeats = item.split(marks.repetition) if marks.repetition else [item]
            for value in repeats if self.every else repeats[:1]:
                pieces = value.split(marks.component)
                if self.component is not None:
                    value = pieces[self.component - 1] if len(pieces) >= self.component else ""
                if value:
                    yield value

    def _selected(self, parts: list[str], marks: Delimiters) -> bool:
        assert self.selector is not None
        number, values = self.selector
        value = parts[number] if number < len(parts) else ""
        return value in values or value.split(marks.component)[0] in values


@frozen
class EnvelopeElement:
    """An element of ISA, IEA, GS or GE, blanks around it not counted."""

    segment: str
    element: int

    @property
    def ref(self) -> str:
        """As the standard prints it: `ISA08`."""
        return f"{self.segment}{self.element:02d}"


def envelope_element(path: str) -> EnvelopeElement | None:
    """Return the envelope element that a path names, or None."""
    found = _ENVELOPE.match(path)
    return EnvelopeElement(found["segment"], int(found["element"])) if found else None


def is_context(path: str) -> bool:
    """Tell whether a path names something outside the message: `@mode`, `$ctx.state`, `270:…`."""
    return path.startswith(("@", "$")) or _MESSAGE.match(path) is not None


def other_message(path: str) -> tuple[str, str] | None:
    """Return (guide key, path in it) of `270:2110C/EQ01`, or None for another path."""
    found = _MESSAGE.match(path)
    key = MESSAGES.get(found["message"]) if found else None
    return (key, path[found.end() :]) if found and key else None


def in_own_words(body: Any, key: str) -> Any:
    """Return a rule body without the prefix of the message that it is judged in."""
    if isinstance(body, Mapping):
        return {in_own_words(name, key): in_own_words(item, key) for name, item in body.items()}
    if isinstance(body, list):
        return [in_own_words(item, key) for item in body]
    other = other_message(body) if isinstance(body, str) else None
    return other[1] if other and other[0] == key else body


def places(guide: Guide, path: str) -> tuple[Place, ...]:
    """Return the places that a path names in a guide; none when the guide has no such thing.

    Raises:
        BadPath: the text is no path at all.
    """
    if path.startswith(ANYWHERE):
        owners = [guide.root, *(c for c in guide.root.walk() if isinstance(c, LoopUse))]
        return tuple(_in_loops(path, owners, None, path.removeprefix(ANYWHERE)))
    head, _, rest = path.partition("/")
    step = _STEP.match(head)
    if step is None:
        raise BadPath(f"'{path}' is not a path: it begins with a loop or segment id.")
    loops = guide.loops(step["name"])
    if loops and not _is_segment(guide, step["name"]):
        if not rest:
            found = [Place(path, loop, selector=_selector(step["selector"])) for loop in loops]
            return tuple(found)
        return tuple(_in_loops(path, loops, step["selector"], rest))
    if re.match(r"\d{4}[A-Z]*$", step["name"]):
        return ()
    owners = [guide.root, *(c for c in guide.root.walk() if isinstance(c, LoopUse))]
    return tuple(_in_loops(path, owners, None, path))


def _is_segment(guide: Guide, name: str) -> bool:
    return name in guide.segment_ids and not name[0].isdigit()


def _in_loops(path: str, loops: list[LoopUse], selected: str | None, rest: str) -> Iterator[Place]:
    """Yield the places of `SEG[..]/NN-C` in some loops."""
    for loop in loops:
        for child in loop.children:
            if isinstance(child, SegmentUse) and rest.startswith(child.id):
                place = _place(path, loop, child, rest, selected)
                if place is not None:
                    yield place


def _place(
    path: str, loop: LoopUse, use: SegmentUse, rest: str, selected: str | None
) -> Place | None:
    """Read what follows a segment id: selector, element, component; None if it is another id."""
    tail = rest[len(use.id) :]
    selector, every = None, False
    if tail.startswith("["):
        inner, _, tail = tail[1:].partition("]")
        every = inner == "*"
        selector = None if every else _selector(inner)
    tail = tail.removeprefix("/")
    every = every or "[*]" in tail
    match = _TAIL.match(tail)
    if match is None:
        return None
    if selected is not None:
        # The loop is told by its first segment, which must be the one that is asked about.
        selector = _selector(selected)
    if selector is not None and not _possible(use, selector):
        return None
    element = int(match["element"]) if match["element"] else None
    if element is not None and element > len(use.elements):
        return None
    component = int(match["component"]) if match["component"] else None
    return Place(path, loop, use, element, component, selector, every)


def _selector(text: str | None) -> tuple[int, tuple[str, ...]] | None:
    """Read `BB`, `01=BB` or `NM101=71|72` as (element, values)."""
    if not text or text == "*":
        return None
    left, equals, right = text.rpartition("=")
    digits = re.search(r"(\d\d)$", left)
    return int(digits.group()) if equals and digits else 1, tuple(right.split("|"))


def _possible(use: SegmentUse, selector: tuple[int, tuple[str, ...]]) -> bool:
    """Tell whether a use can have one of the selected values at all."""
    number, values = selector
    if number > len(use.elements):
        return False
    element = use.elements[number - 1]
    codes = element.codes or (element.components[0].codes if element.components else None)
    return codes is None or bool(set(codes) & set(values))
