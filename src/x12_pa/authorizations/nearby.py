"""What a loop of a transaction set says, or the nearest loop around it.

Tables name places by path; which instance of a repeating loop is meant follows from where one
stands: the payer of a service is that of its own request, not that of the next one.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from x12_pa.guides import Guide, LoopInstance, LoopUse, SegmentUse
from x12_pa.guides.paths import Place, places
from x12_pa.models.codecs import read_day
from x12_pa.syntax import Segment


@cache
def table(name: str) -> Mapping[str, Any]:
    """Return a table of this package, by the key of a guide."""
    text = (files("x12_pa.authorizations") / name).read_text(encoding="utf-8")
    found: Mapping[str, Any] = yaml.safe_load(text)
    return found


def places_of(guide: Guide, paths: str | Sequence[str] | None) -> tuple[Place, ...]:
    """Return the places that one path, several or none name in a guide."""
    each = [paths] if isinstance(paths, str) else paths or ()
    return tuple(place for path in each for place in places(guide, path))


def instances(root: LoopInstance, uses: Sequence[LoopUse]) -> Iterator[LoopInstance]:
    """Yield every instance of some loops, in document order."""
    for child in root.items:
        if not isinstance(child, tuple):
            if child.use in uses:
                yield child
            if any(use is not child.use and _within(use, child.use) for use in uses):
                yield from instances(child, uses)


def said(
    instance: LoopInstance, sought: Sequence[Place]
) -> Iterator[tuple[SegmentUse, Segment, Place, str]]:
    """Yield what stands at some places in a loop, or in the nearest around it that has them."""
    for place in sought:
        for home in homes(instance, place):
            for item in home.items:
                if isinstance(item, tuple) and item[0] is place.use:
                    use, segment = item
                    for value in place.values(segment.text, segment.delimiters):
                        yield use, segment, place, value


def homes(instance: LoopInstance, place: Place) -> Iterator[LoopInstance]:
    """Yield the instances of a place's loop that are nearest to a loop."""
    above: LoopInstance | None = instance
    while above is not None and not _within(place.loop, above.use):
        above = above.parent
    if above is not None:
        yield from _below(above, place.loop)


def first(instance: LoopInstance, sought: Sequence[Place]) -> str:
    """Return the first value at some places, or ""."""
    return next((value for _, _, _, value in said(instance, sought)), "")


def day(instance: LoopInstance, sought: Sequence[Place]) -> date | None:
    """Return the first day at some places; of a range its first."""
    return read_day(first(instance, sought)[:8])


def _within(loop: LoopUse | None, use: LoopUse) -> bool:
    while loop is not None:
        if loop is use:
            return True
        loop = loop.parent
    return False


def _below(instance: LoopInstance, loop: LoopUse) -> Iterator[LoopInstance]:
    if instance.use is loop:
        yield instance
        return
    for child in instance.items:
        if not isinstance(child, tuple) and _within(loop, child.use):
            yield from _below(child, loop)
