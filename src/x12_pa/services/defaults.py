"""What a profile decides about a file that we write, so that nobody has to say it.

One source of truth: the rules that check a file also fill what the input leaves out. A single
allowed value, a value equal to the configuration, and a value chosen by context supply the
envelope. Inside a set the narrowed guide writes required elements that have one code, and what
equals the configuration is filled here. A value that was given is never changed: if the payer does
not take it, validation says so before anything is queued.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attrs import evolve

from x12_pa.guides import Guide, Profile, read_tree
from x12_pa.guides.narrowing import Part, parts
from x12_pa.guides.paths import Place, envelope_element, is_context, places
from x12_pa.guides.profile import Rule
from x12_pa.syntax import DEFAULT_DELIMITERS, Delimiters, Segment
from x12_pa.validation.partner_state import read_context

_MARKS = {"ISA11": "repetition", "ISA16": "component"}
_DECIDING = ("values", "equals", "choose")


def context_of(*, sender: str, usage: str, more: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return what is known of a file that we build: how it goes, for what, and from whom.

    Args:
        more: what the mailbox or the user says of it, such as `channel`; the usage is the file's.
    """
    given = {"mode": "batch", "partner.sender_id": sender, **(more or {})}
    return read_context(given | {"env": usage})


def envelope_defaults(
    profile: Profile | None, guide: Guide | None, known: Mapping[str, Any]
) -> dict[str, str]:
    """Return the envelope values that a profile decides, by reference (`ISA08`).

    Args:
        profile: the companion guide; None decides nothing.
        guide: the guide of what is sent; None takes only what holds for every message.
        known: context, as `context_of` returns it.
    """
    if profile is None:
        return {}
    found: dict[str, str] = {}
    for ref, wanted in profile.envelope.items():
        if (value := _value(wanted, known)) is not None:
            found[ref] = value
    for rule, part in _deciding(profile, guide, known):
        for path, argument in part.argument.items():
            element = envelope_element(path)
            value = _decided(part.operator, argument, known) if element else None
            if element is not None and value is not None and _is_for(rule, guide):
                found.setdefault(element.ref, value)
    for ref, item in profile.choose.items():
        if (value := _chosen(item, known)) is not None:
            found[ref] = value
    return found


def _deciding(
    profile: Profile, guide: Guide | None, known: Mapping[str, Any]
) -> Iterator[tuple[Rule, Part]]:
    """Yield what each rule without a condition decides for what is sent."""
    key, kind = (guide.key, guide.kind) if guide else ("", "")
    for rule in profile.rules:
        if rule.fits(known) and _is_for(rule, guide):
            for part in parts(rule, key, kind):
                if part.operator in _DECIDING and part.when is None:
                    yield rule, part


def _is_for(rule: Rule, guide: Guide | None) -> bool:
    if guide is None:
        return not (rule.transactions or rule.versions or rule.kinds)
    return rule.speaks_of(guide.set, guide.kind, guide.id)


def _decided(operator: str, argument: Any, known: Mapping[str, Any]) -> str | None:
    if operator == "choose":
        return _chosen(argument, known)
    if operator == "values":
        single = isinstance(argument, list) and len(argument) == 1
        return str(argument[0]) if single else None
    return _value(argument, known)


def _value(wanted: Any, known: Mapping[str, Any]) -> str | None:
    """Return a value, looked up when it names context; another path decides nothing."""
    text = str(wanted)
    if is_context(text):
        return str(known[text]) if text in known else None
    return None if envelope_element(text) else text


def _chosen(item: Mapping[str, Any], known: Mapping[str, Any]) -> str | None:
    value = item["map"].get(str(known[item["by"]])) if item["by"] in known else None
    return None if value is None else str(value)


def delimiters_for(profile: Profile | None, guide: Guide, known: Mapping[str, Any]) -> Delimiters:
    """Return the separators to write with: ours, as far as the profile asks for no others."""
    if profile is None:
        return DEFAULT_DELIMITERS
    asked: dict[str, str] = {}
    for rule in profile.rules:
        if rule.fits(known) and _is_for(rule, guide):
            asked |= _marks(rule.body.get("delimiters", {}))
    asked |= _marks(profile.delimiters)
    for ref, value in envelope_defaults(profile, guide, known).items():
        if ref in _MARKS:
            asked[_MARKS[ref]] = value
    marks = evolve(DEFAULT_DELIMITERS, **asked)
    return evolve(marks, line_end="") if "segment" in asked else marks


def _marks(body: Mapping[str, Any]) -> dict[str, str]:
    names = ("element", "component", "repetition", "segment")
    return {name: str(body[name]) for name in names if name in body}


def fill_elements(
    segments: Sequence[Segment], guide: Guide, profile: Profile | None, known: Mapping[str, Any]
) -> list[Segment]:
    """Fill empty elements that must equal the configuration, in segments that are there.

    Args:
        segments: one transaction set without its SE.
        guide: its guide, with the profile.
        known: context; what is not known fills nothing.
    """
    wanted: dict[int, list[tuple[Place, str]]] = {}
    for _, part in _deciding(profile, guide, known) if profile else ():
        if part.operator == "equals":
            for path, argument in part.argument.items():
                value = _value(argument, known) if is_context(str(argument)) else None
                for place in places(guide, path) if value and not envelope_element(path) else ():
                    if place.element and not place.component and not place.selector:
                        wanted.setdefault(id(place.use), []).append((place, value or ""))
    if not wanted:
        return list(segments)
    uses = {id(item): id(use) for _, use, item in read_tree(guide, segments).iter()}
    return [_filled(item, wanted.get(uses.get(id(item), 0), ())) for item in segments]


def _filled(item: Segment, wanted: Sequence[tuple[Place, str]]) -> Segment:
    elements = list(item.elements)
    for place, value in wanted:
        number = place.element or 0
        elements += [""] * (number - len(elements))
        elements[number - 1] = elements[number - 1] or value
    if elements == list(item.elements):
        return item
    return evolve(item, text=item.delimiters.element.join([item.id, *elements]))
