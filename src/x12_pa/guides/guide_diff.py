"""What is different between two narrowings of one guide, place by place and in words."""

from collections.abc import Iterator

from attrs import frozen

from x12_pa.guides.model import ElementUse, Guide, LoopUse, SegmentUse
from x12_pa.guides.profile_words import choice

TIGHTENED, LOOSENED, CHANGED = "tightened", "loosened", "changed"
_USAGE = {"R": "required", "S": "situational", "N": "not used"}


@frozen(kw_only=True)
class Difference:
    """One place where the guides differ.

    Attributes:
        kind: `tightened`, `loosened` or `changed`.
        words: what was and what is.
        wider: the new guide surely takes something there that the old one did not.
    """

    place: str
    kind: str
    words: str
    wider: bool


def compared(old: Guide, new: Guide) -> Iterator[Difference]:
    """Yield what is different; narrowing keeps the structure, so both are walked together."""
    for was, now in zip(old.root.walk(), new.root.walk(), strict=True):
        owner = now.parent.id if now.parent else ""
        name = now.id if isinstance(now, LoopUse) else f"{owner}/{now.id}"
        if was.usage != now.usage:
            yield _usage(name, was.usage, now.usage)
        if isinstance(was, SegmentUse) and isinstance(now, SegmentUse):
            for before, after in zip(was.elements, now.elements, strict=True):
                yield from _elements(owner, before, after)


def _elements(owner: str, old: ElementUse, new: ElementUse) -> Iterator[Difference]:
    yield from _element(f"{owner}/{new.ref.replace('-0', '-')}", old, new)
    for before, after in zip(old.components, new.components, strict=True):
        yield from _elements(owner, before, after)


def _element(place: str, old: ElementUse, new: ElementUse) -> Iterator[Difference]:
    if old.usage != new.usage:
        yield _usage(place, old.usage, new.usage)
    if old.codes != new.codes:
        kind, words = _codes(old.codes, new.codes)
        yield Difference(place=place, kind=kind, words=words, wider=kind != TIGHTENED)
    if (old.min, old.max) != (new.min, new.max):
        inside = old.min <= new.min and new.max <= old.max
        words = f"{_size(new)} instead of {_size(old)}"
        kind = TIGHTENED if inside else LOOSENED
        yield Difference(place=place, kind=kind, words=words, wider=not inside)
    if old.pattern != new.pattern:
        words = f"of the form {new.pattern}" if new.pattern else "of any form"
        before = f" instead of {old.pattern}" if old.pattern else ""
        kind = TIGHTENED if not old.pattern else CHANGED if new.pattern else LOOSENED
        wider = kind == LOOSENED and new.codes is None
        yield Difference(place=place, kind=kind, words=words + before, wider=wider)


def _codes(old: tuple[str, ...] | None, new: tuple[str, ...] | None) -> tuple[str, str]:
    if new is None:
        return LOOSENED, f"any value instead of {choice(old or ())}"
    if old is None:
        return TIGHTENED, f"only {choice(new)}"
    gone = [code for code in old if code not in new]
    more = [code for code in new if code not in old]
    kind = LOOSENED if not gone else CHANGED if more else TIGHTENED
    parts = [f"no longer {choice(gone)}"] * bool(gone) if len(gone) <= 12 else []
    parts += [f"{choice(more)} as well"] * bool(more)
    return kind, "; ".join([f"only {choice(new)}", *parts] if kind == TIGHTENED else parts)


def _usage(place: str, old: str, new: str) -> Difference:
    kind = TIGHTENED if old == "S" else LOOSENED if new == "S" else CHANGED
    words = f"{_USAGE[new]} instead of {_USAGE[old]}"
    return Difference(place=place, kind=kind, words=words, wider=kind != TIGHTENED)


def _size(use: ElementUse) -> str:
    return f"{use.min} characters" if use.min == use.max else f"{use.min} to {use.max} characters"
