"""What things are called in messages.

The tables name elements as the data dictionary does ("id", "date"), which says little by itself.
Beside the name of the loop it says enough: "billing provider id". Nothing is made up here.
"""

from x12_pa.guides.model import ElementUse, LoopUse, SegmentUse

_TAILS = (" level", " name", " info", " information")


def loop_title(loop: LoopUse) -> str:
    """Return `loop 2010AA (billing provider)`, or `the transaction set` for the root."""
    if loop.parent is None:
        return "the transaction set"
    return f"loop {loop.id} ({loop.name})" if _says_something(loop) else f"loop {loop.id}"


def segment_title(use: SegmentUse) -> str:
    """Return `REF (billing provider reference; REF01 = EI or SY)`."""
    name = _joined(use.parent, use.name)
    siblings = [c for c in use.parent.children if isinstance(c, SegmentUse) and c.id == use.id]
    place = use.qualifier
    if place is None or len(siblings) < 2 or len(place[2]) > 4:
        return f"{use.id} ({name})"
    component = f"-{place[1]}" if place[1] else ""
    return f"{use.id} ({name}; {use.id}{place[0]:02}{component} = {either(place[2])})"


def element_title(use: SegmentUse, element: ElementUse) -> str:
    """Return the name of an element, with that of its loop where it says little by itself."""
    name = element.notes.get("label") or element.name
    if use.id == "HL" or name[:1].isupper():
        return name
    return _joined(use.parent, name)


def either(values: tuple[str, ...] | list[str], most: int = 24) -> str:
    """Return `A`, `A or B`, `A, B or C`; a long list is cut off."""
    if len(values) > most:
        return ", ".join(values[:most]) + f" or {len(values) - most} more"
    return " or ".join(filter(None, [", ".join(values[:-1]), values[-1]])) if values else ""


def _joined(loop: LoopUse, name: str) -> str:
    """Put the name of a loop before a name, unless it is in it already."""
    if loop.parent is None or not _says_something(loop):
        return name
    owner = loop.name
    for tail in _TAILS:
        owner = owner[: -len(tail)] if owner.lower().endswith(tail) else owner
    if name[:1].isupper() or owner.lower().split()[0] in name.lower() or not name:
        return name or owner
    return f"{owner} {name}"


def _says_something(loop: LoopUse) -> bool:
    return bool(loop.name) and loop.name != f"loop {loop.id}"


def rule_text(notes: dict[str, str]) -> str:
    """Return what a message says of the payer's rule behind it; "" when there is none."""
    if "rule" not in notes:
        return ""
    said, section = notes.get("rule_text"), notes.get("rule_source")
    quoted = f" The payer says: {said}." if said else ""
    return f"{quoted} See rule {notes['rule']}{', ' + section if section else ''}."
