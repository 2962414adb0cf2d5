"""Chapter 10 of a companion guide: what the rules of a profile ask, place by place, as a table."""

from collections.abc import Iterator, Sequence

from x12_pa.guides.model import Guide, LoopUse, SegmentUse
from x12_pa.guides.paths import BadPath, Place
from x12_pa.guides.profile import Profile
from x12_pa.guides.profile_facts import Fact, element_at, facts, limits, listed, outside
from x12_pa.guides.profile_words import choice, operator_words, when_words

COLUMNS = ("Loop", "Reference", "Name", "Codes", "Length", "Notes", "Rule", "Source", "Confidence")
Row = tuple[str, ...]


def tables(profile: Profile) -> Iterator[tuple[str, tuple[Row, ...]]]:
    """Yield the title and the table of each guide that some rule speaks of; equal ones are one."""
    by_guide: dict[str, list[Fact]] = {}
    for fact in facts(profile):
        by_guide.setdefault(fact.guide.key, []).append(fact)
    found: dict[tuple[Row, ...], list[str]] = {}
    for asked in by_guide.values():
        guide = asked[0].guide
        if rows := _rows(profile, guide, asked):
            found.setdefault(rows, []).append(f"{guide.id} {guide.set} {guide.kind}")
    for rows, titles in found.items():
        yield ", ".join(titles), rows


def _rows(profile: Profile, guide: Guide, found: list[Fact]) -> tuple[Row, ...]:
    """Return the lines of a table in the order of the guide."""
    order = {id(use): at for at, use in enumerate(guide.root.walk())}
    rows: dict[Row, tuple[int, int]] = {}
    for fact in found:
        for place in _safe_places(fact):
            at = order.get(id(place.segment or place.loop), 0), place.element or 0
            rows.setdefault(_row(profile, fact, place), at)
    return tuple(sorted(rows, key=lambda row: rows[row]))


def _safe_places(fact: Fact) -> Sequence[Place]:
    try:
        return fact.places if fact.path and not outside(fact.path) else ()
    except BadPath:
        return ()


def _row(profile: Profile, fact: Fact, place: Place) -> Row:
    element = element_at(place)
    use: LoopUse | SegmentUse = place.segment or place.loop
    reference = fact.path.partition("/")[2] or fact.path
    return (
        place.loop.id,
        element.ref.replace("-0", "-") if element and not place.selector else reference,
        element.name if element else use.name,
        _codes(fact),
        _length(fact),
        _notes(fact),
        fact.rule.id,
        profile.document(fact.rule.source),
        fact.rule.confidence,
    )


def _codes(fact: Fact) -> str:
    if fact.operator != "values":
        return ""
    codes = listed(fact.value)
    return ", ".join(codes) if codes is not None else choice(fact.value)


def _length(fact: Fact) -> str:
    if fact.operator != "length":
        return ""
    low, high = limits(fact.value)
    return str(low) if low == high else f"{low or ''}-{high or ''}".removeprefix("-")


def _notes(fact: Fact) -> str:
    texts = {"require": "required", "forbid": "not used"}
    if fact.operator in texts:
        words = texts[fact.operator]
    elif fact.operator in ("values", "length"):
        words = ""
    else:
        body = fact.value if fact.operator == "count" else {fact.path: fact.value}
        said = operator_words(fact.operator, body)
        words = "; ".join(text.removeprefix(f"{fact.path} ") for text in said)
    condition = f"if {when_words(fact.when)}" if fact.when else ""
    return " ".join(filter(None, [words, condition]))
