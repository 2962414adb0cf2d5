"""What things are called in messages.

The tables name elements as the data dictionary does ("id", "date"), which says little by itself.
Beside the name of the loop it says enough: "billing provider id". Nothing is made up here.
"""

from x12_pa.guides.model import ElementUse, LoopUse, SegmentUse

_NOTED = ("rule", "rule_source")
_TAILS = (" level", " name", " info", " information")


def loop_title(loop: LoopUse) -> str:
    """Return `loop 2010AA (billing provider)`, or `the transaction set` for the root."""
    if loop.parent is None:
        return "the transaction set"
    return f"loop {loop.id} ({loop.name})" if _says_something(loop) else f"loop {loop.id}"


def segment_title(use: SegmentUse) -> str:
    """Return `REF (billing provider reference; REF01 = EI or SY)`."""
    owner = owner_of(use)
    if owner is None:
        return f"{use.id} ({use.name})" if use.name else use.id
    name = _joined(owner, use.name)
    siblings = [c for c in owner.children if isinstance(c, SegmentUse) and c.id == use.id]
    place = use.qualifier
    if place is None or len(siblings) < 2 or len(place[2]) > 4:
        return f"{use.id} ({name})"
    component = f"-{place[1]}" if place[1] else ""
    return f"{use.id} ({name}; {use.id}{place[0]:02}{component} = {either(place[2])})"


def element_title(use: SegmentUse, element: ElementUse) -> str:
    """Return the name of an element, with that of its loop where it says little by itself."""
    name = element.notes.get("label") or element.name
    owner = owner_of(use)
    if owner is None or use.id == "HL" or name[:1].isupper():
        return name
    return _joined(owner, name)


def owner_of(use: SegmentUse) -> LoopUse | None:
    """Return the loop that a use stands in; envelope segments stand in none."""
    return getattr(use, "parent", None)


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


def rule_text(notes: dict[str, str], code: str = "") -> str:
    """Return what a message says of the payer's rule behind it; "" when there is none.

    Args:
        code: of the finding; several rules may have narrowed one use, each under its own code.
    """
    if "rule" not in notes:
        return ""
    names = ("rule", "rule_source", "rule_text", "rule_expect")
    return quoted(*(notes.get(f"{code}.{name}", notes.get(name, "")) for name in names))


def rule_noted(notes: dict[str, str], code: str) -> tuple[str, str]:
    """Return id and source of the rule that narrowed a use so that this code is found; or ""."""
    if not code.startswith("P"):
        return "", ""
    rule, source = (notes.get(f"{code}.{name}", notes.get(name, "")) for name in _NOTED)
    return rule, source


def rule_severity(notes: dict[str, str], code: str) -> str | None:
    """Return how bad the payer calls a breach of its rule; None leaves it to the code."""
    return notes.get(f"{code}.rule_severity") if code.startswith("P") else None


def quoted(rule: str, section: str, text: str, answer: str) -> str:
    """Return the end of a message: what the payer says, where, and what it would answer."""
    said = f" The payer says: {text}." if text else ""
    answers = f" The payer answers {answer}." if answer else ""
    return f"{said} See rule {rule}{', ' + section if section else ''}.{answers}"
