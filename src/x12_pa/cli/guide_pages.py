"""A guide, a loop or a segment as a page to read: what `x12-pa guides show` prints.

A segment's page has everything that the map says: usage, lengths, codes with their meanings, which
elements go together, rules across segments, and what a payer's profile changes. The same facts go
into the JSON (`facts`). Nothing is judged or made up here.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from lxml import etree

from x12_pa.guides import ElementUse, Guide, LoopUse, SegmentUse
from x12_pa.guides.index import code_lists, map_path
from x12_pa.guides.situation import Situation
from x12_pa.guides.syntax_notes import is_live, note_numbers
from x12_pa.validation.naming import either

Use = LoopUse | SegmentUse

USAGE = {"R": "required", "S": "situational", "N": "not used"}
_TYPES = {
    "AN": "text",
    "ID": "code",
    "N0": "whole number",
    "N2": "number, two decimals understood",
    "R": "number",
    "DT": "date",
    "TM": "time",
    "B": "binary",
    "composite": "composite",
}
_REPEATS = "Rules of the whole guide, in words"


def outline(guide: Guide) -> Iterator[str]:
    """Yield the whole guide as a tree, and its rules in words."""
    payer = f", as {guide.profile} narrows it" if guide.profile else ""
    yield f"{guide.key}  {guide.name}  ({guide.id}, GS01 {guide.functional_id}){payer}"
    yield "R required, S situational, N not used. A path such as 2000E/UM shows a segment in full."
    yield ""
    yield from tree(guide.root, 0)
    if words := rules_in_words(guide):
        yield ""
        yield f"{_REPEATS}:"
        yield from (f"  {text}" for _, text in words)


def tree(use: Use, depth: int) -> Iterator[str]:
    """Yield a loop with everything in it, or a segment, one line each."""
    many = use.repeat if isinstance(use, LoopUse) else use.max_use
    kind = "Loop " if isinstance(use, LoopUse) else ""
    by = f", {use.source}" if use.source != "guide" else ""
    label = ""
    if isinstance(use, SegmentUse) and (found := use.qualifier) and use.id != "HL":
        label = f"  ({use.id}{found[0]:02} {either(found[2], most=6)})"
    yield f"{'  ' * depth}{kind}{use.id}  {use.name}{label}  [{use.usage}, {times(many)}{by}]"
    if isinstance(use, LoopUse):
        for child in use.children:
            yield from tree(child, depth + 1)


def times(count: int | None) -> str:
    """Return `once`, `up to 9 times`, `any number of times`."""
    if count is None:
        return "any number of times"
    return "once" if count == 1 else f"up to {count} times"


def pages(guide: Guide, base: Guide | None, found: Sequence[Use]) -> Iterator[str]:
    """Yield the pages of loops and segments; one that is the same elsewhere is printed once.

    Args:
        base: the guide without the profile, or None when there is no profile.
    """
    seen: dict[tuple[str, ...], str] = {}
    for number, use in enumerate(found):
        if number:
            yield ""
        if isinstance(use, LoopUse):
            yield f"{use.path or guide.key}:"
            yield from tree(use, 0)
            continue
        body = tuple(_page(guide, base, use))
        yield f"{use.path}:"
        if body in seen:
            yield f"{use.id}  {use.name}: the same as in {seen[body]}"
            continue
        seen[body] = use.path
        yield from body


def _page(guide: Guide, base: Guide | None, use: SegmentUse) -> Iterator[str]:
    by = f", {use.source}" if use.source != "guide" else ""
    yield f"{use.id}  {use.name}  [{USAGE[use.usage]}, {times(use.max_use)}{by}]"
    for element in use.elements:
        yield from _element(element, 1)
    facts = segment_facts(guide, base, use)
    yield from _section("Elements that depend on each other", facts["syntax_in_words"])
    yield from _section("Rules across segments", [_told(rule) for rule in facts["rules"]])
    yield from _section(_REPEATS, facts["rules_in_words"])
    yield from _section(f"What {guide.profile} changes", facts["changes"])


def _section(title: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield f"  {title}:"
        yield from (f"    {line}" for line in lines)


def _element(element: ElementUse, depth: int) -> Iterator[str]:
    by = f"  ({element.source})" if element.source != "guide" else ""
    size = "" if element.components else f" {_size(element)}"
    many = "" if element.repeat == 1 else f", {times(element.repeat)}"
    ref = element.ref.replace("-0", "-")
    indent = "  " * depth
    kind = f"{_TYPES.get(element.type, element.type)}{size}{many}"
    yield f"{indent}{ref:<8} {element.usage}  {element.name or element.data_element}: {kind}{by}"
    codes, labels = _codes(element)
    for code in codes:
        yield f"{indent}{'':<13}{code:<4} {labels.get(code, '')}".rstrip()
    yield from (f"{indent}{'':<13}{text}" for text in remarks(element))
    for component in element.components:
        yield from _element(component, depth + 1)


def _size(element: ElementUse) -> str:
    unit = "digits" if element.type[:1] in ("N", "R") else "characters"
    if element.min == element.max:
        return f"of {element.min} {unit}" if element.min > 1 else f"of 1 {unit[:-1]}"
    return f"of {element.min} to {element.max} {unit}"


def _codes(element: ElementUse) -> tuple[Sequence[str], dict[str, str]]:
    """Return the values of an element with their labels: its own, or those of a shipped list."""
    if element.codes or not element.external:
        return element.codes or (), element.labels
    known = code_lists().get(element.external, {})
    return list(known), known


def remarks(element: ElementUse) -> list[str]:
    """Return what else the map says of an element, as sentences."""
    notes = element.notes
    found = []
    if element.external:
        found.append(f"values of external code list {element.external}")
    if lists := notes.get("external_by_qualifier"):
        pairs = ", ".join(item.replace("=", ": list ") for item in lists.split())
        found.append(f"external code list by qualifier: {pairs}")
    if element.pattern:
        found.append(f"form: {element.pattern}")
    if element.tolerate:
        found.append(f"also read, with a warning: {either(element.tolerate)}")
    found += [notes[name] for name in ("note", "tolerate_note") if notes.get(name)]
    if notes.get("unsure"):
        found.append(f"unsure: {notes['unsure']}")
    return found


def segment_facts(guide: Guide, base: Guide | None, use: SegmentUse) -> dict[str, Any]:
    """Return what is known of a segment beyond its elements, ready for JSON."""
    live = [note for note in use.syntax if is_live(note, use.elements)]
    pattern = re.compile(rf"\b{re.escape(use.id)}(\d\d)?\b")
    return {
        "syntax_in_words": [f"{note_in_words(use.id, note)} ({note})" for note in live],
        "rules": [_rule(item) for item in _situations(guide, use)],
        "rules_in_words": [text for _, text in rules_in_words(guide) if pattern.search(text)],
        "changes": changes(base, use) if base else [],
    }


def note_in_words(segment_id: str, note: str) -> str:
    """Return an X12 syntax note as a sentence: `P0304` of HSD is `HSD03 and HSD04 …`."""
    names = [f"{segment_id}{number:02}" for number in note_numbers(note)]
    rest = names[1:]
    everyone = " and ".join([", ".join(names[:-1]), names[-1]]) if rest else names[0]
    return {
        "P": f"{everyone} are given together or not at all",
        "R": f"at least one of {either(names)} is given",
        "E": f"at most one of {everyone} is given",
        "C": f"{names[0]} asks for {' and '.join(rest)} as well",
        "L": f"{names[0]} asks for {either(rest)} as well",
    }.get(note[:1], note)


def _situations(guide: Guide, use: SegmentUse) -> Iterator[Situation]:
    """Yield the rules across segments that look at a segment, each once."""
    seen = set()
    for found in guide.situations.by_scope.values() if guide.situations else ():
        for item in found:
            places = [place for here in item.watched.values() for place in here]
            if item.id not in seen and any(place.use is use for place in places):
                seen.add(item.id)
                yield item


def _rule(item: Situation) -> dict[str, Any]:
    return {
        "id": item.id,
        "code": item.code,
        "severity": item.severity,
        "source": item.source,
        "scope": item.scope.path or "ST",
        "checks": [check.operator for check in item.checks],
        "paths": list(item.watched),
        "message": item.message,
        "section": item.section,
    }


def _told(rule: dict[str, Any]) -> str:
    words = rule["message"] or f"{' and '.join(rule['checks'])}: {', '.join(rule['paths'])}"
    by = "" if rule["source"] == "guide" else f", {rule['source']}"
    section = f", {rule['section']}" if rule["section"] else ""
    return f"{rule['code']} {rule['id']} (in {rule['scope']}{by}{section}): {words}"


def rules_in_words(guide: Guide) -> list[tuple[str, str]]:
    """Return the rules that the map keeps as text: (id, text with how sure it is)."""
    try:
        top = etree.parse(str(map_path(guide.key))).getroot()
    except (OSError, etree.XMLSyntaxError):
        return []
    found = []
    for item in top.iterfind("notes/rule"):
        unsure = f" (unsure: {item.get('unsure')})" if item.get("unsure") else ""
        severity = f" [{item.get('severity')}]" if item.get("severity") else ""
        found.append((item.get("id") or "", f"{item.text or ''}{severity}{unsure}"))
    return found


def changes(base: Guide, use: SegmentUse) -> list[str]:
    """Return what a profile changes at a segment, as sentences with the rule behind each."""
    plain = next(
        (
            item
            for item in base.root.walk()
            if isinstance(item, SegmentUse)
            and (item.path, item.position, item.bit) == (use.path, use.position, use.bit)
        ),
        None,
    )
    found = []
    if plain is not None and plain.usage != use.usage:
        found.append(f"{use.id}: {_usage(plain.usage, use.usage)}{_because(use.notes)}")
    for element in use.elements:
        for item in (element, *element.components):
            if item.base is not None:
                found.append(_change(item, item.base))
    return found


def _change(new: ElementUse, old: ElementUse) -> str:
    words = []
    if new.usage != old.usage:
        words.append(_usage(old.usage, new.usage))
    if new.codes != old.codes:
        words.append(f"only {either(new.codes or (), most=12)}")
    if (new.min, new.max) != (old.min, old.max):
        words.append(f"{_size(new)} instead of {_size(old).removeprefix('of ')}")
    if new.pattern != old.pattern:
        words.append(f"of the form {new.pattern}")
    return f"{new.ref.replace('-0', '-')}: {', '.join(words) or 'the same'}{_because(new.notes)}"


def _usage(old: str, new: str) -> str:
    return f"{USAGE[new]} instead of {USAGE[old]}"


def _because(notes: dict[str, str]) -> str:
    said = f": {notes['rule_text']}" if notes.get("rule_text") else ""
    section = f", {notes['rule_source']}" if notes.get("rule_source") else ""
    return f"{said} (rule {notes['rule']}{section})" if notes.get("rule") else said
