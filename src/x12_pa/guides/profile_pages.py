"""A profile as a companion guide: the chapters of the CAQH CORE template, made from the data.

The template fixes the order of the chapters and the columns of the table in chapter 10, so that
whoever reads guides for a living finds things where they always are. Everything in it comes from
the profile and the implementation guide; each statement keeps its source and how sure it is, and a
chapter about which nothing is known says so.

Source: CAQH CORE Master Companion Guide Template, order of chapters; all words are our own.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from attrs import frozen

from x12_pa.guides.operators import OPERATIONS
from x12_pa.guides.profile import Profile, Rule
from x12_pa.guides.profile_envelope import Asked
from x12_pa.guides.profile_facts import (
    BY_PATH,
)
from x12_pa.guides.profile_service_words import HEAD, entry_words, section_words
from x12_pa.guides.profile_table import COLUMNS, tables
from x12_pa.guides.profile_words import (
    applies_words,
    choice,
    operator_words,
    plain,
    rule_words,
)
from x12_pa.guides.tightening import expected_answer

APPENDICES = 11
TITLES = {
    1: "Introduction",
    2: "Getting started",
    3: "Testing with the partner",
    4: "Connectivity and communications",
    5: "Contact information",
    6: "Control segments and envelopes",
    7: "Payer-specific business rules and limitations",
    8: "Acknowledgements and reports",
    9: "Trading partner agreements",
    10: "Transaction-specific information",
    APPENDICES: "Appendices",
}
REJECTS = ("Where", "Answer", "Note", "Source", "Confidence")
_ENVELOPE = ("ISA", "IEA", "GS", "GE")
_FILE = ("delimiters", "file", "choose")


@frozen(kw_only=True)
class Entry:
    """One statement: what is asked or said, and who says so."""

    text: str
    details: tuple[str, ...] = ()
    rule: str | None = None
    severity: str | None = None
    source: str = ""
    confidence: str = ""
    layer: str = ""
    answer: str = ""


@frozen(kw_only=True)
class Section:
    """A part of a chapter: statements, or a table."""

    title: str
    entries: tuple[Entry, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@frozen(kw_only=True)
class Chapter:
    """One chapter of the template."""

    number: int
    title: str
    sections: tuple[Section, ...] = ()


def chapters(profile: Profile) -> list[Chapter]:
    """Return the companion guide that a profile is."""
    makers = {
        1: _introduction,
        4: _connectivity,
        6: _envelopes,
        7: _business,
        8: _acknowledgements,
        10: _transactions,
        APPENDICES: _appendices,
    }
    found = []
    for number, title in TITLES.items():
        sections = list(makers[number](profile)) if number in makers else []
        if entries := tuple(_facts_of(profile, number)):
            sections.append(Section(title="What the guide says", entries=entries))
        found.append(Chapter(number=number, title=title, sections=tuple(sections)))
    return found


def _facts_of(profile: Profile, chapter: int) -> Iterator[Entry]:
    for fact in profile.facts:
        if int(fact.get("chapter", 7)) == chapter:
            sets = fact.get("tx")
            about = f" ({choice(sets)})" if sets else ""
            yield Entry(
                text=f"{fact['text']}{about}",
                source=profile.document(str(fact.get("source", ""))),
                confidence=str(fact.get("confidence", "")),
                layer=_lower(profile, str(fact.get("layer", profile.id))),
            )


def _introduction(profile: Profile) -> Iterator[Section]:
    sets = profile.transactions or tuple(
        dict.fromkeys(item for rule in profile.rules for item in rule.transactions)
    )
    scope = [
        f"This is a {profile.kind.replace('-', ' ')} profile for "
        f"{', '.join(sets) or 'every transaction'}.",
        "It narrows the implementation guides and never widens them (45 CFR 162.915).",
    ]
    if len(profile.layers) > 1:
        scope.append(f"It is laid over {' and '.join(profile.layers[:-1])}.")
    yield Section(title="Scope", entries=tuple(Entry(text=text) for text in scope))
    yield Section(title="Source", entries=_pairs(profile.source))


def _lower(profile: Profile, layer: str) -> str:
    """Return a layer if it is one below the profile, else ""."""
    return layer if layer != profile.id else ""


def _pairs(
    values: Mapping[str, Any], profile: Profile | None = None, section: str = ""
) -> tuple[Entry, ...]:
    """Return one statement for each key; with a profile, a value may carry its own source."""
    found = []
    for key, value in values.items():
        about: Mapping[str, Any] = {}
        if profile is not None and isinstance(value, Mapping):
            about = {name: value[name] for name in ("source", "confidence") if name in value}
            rest = {name: item for name, item in value.items() if name not in about}
            value = _with_remarks(rest) if "value" in rest else rest
        if value is not None:
            source = str(about.get("source", ""))
            found.append(
                Entry(
                    text=f"{key}: {plain(value)}",
                    source=profile.document(source) if profile else source,
                    confidence=str(about.get("confidence", "")),
                    layer=_lower(profile, _origin(profile, section, key)) if profile else "",
                )
            )
    return tuple(found)


def _origin(profile: Profile, section: str, key: str) -> str:
    """Return the id of the layer that a key of a section was written in."""
    lines = profile.origins.get((section, key))
    return str(lines.data["profile"]) if lines else profile.id


def _with_remarks(about: Mapping[str, Any]) -> str:
    """Return a value with what is remarked on it in brackets."""
    rest = {name: item for name, item in about.items() if name not in ("value", "note")}
    remarks = filter(None, [plain(rest), str(about.get("note", ""))])
    words = "; ".join(remarks)
    return plain(about["value"]) + (f" ({words})" if words else "")


def _connectivity(profile: Profile) -> Iterator[Section]:
    if profile.mailbox:
        yield Section(title="Mailbox", entries=_pairs(profile.mailbox, profile, "mailbox"))
    if profile.timing:
        yield Section(title="Times", entries=_pairs(profile.timing, profile, "timing"))
    yield from _rules("Rules of operation", profile, lambda rule: _home(rule) == 4)


def _envelopes(profile: Profile) -> Iterator[Section]:
    for kind, title in (("ISA", "ISA-IEA"), ("GS", "GS-GE"), ("delimiters", "Separators")):
        found = tuple(
            _asked(profile, name, asked)
            for name, asked in profile.asked.items()
            if kind == asked.kind or (asked.kind != "delimiters" and name.startswith(kind))
        )
        if found:
            yield Section(title=title, entries=found)
    yield from _rules("Rules", profile, lambda rule: _home(rule) == 6)


def _asked(profile: Profile, name: str, asked: Asked) -> Entry:
    """Return what the envelope says in one place, with who says so."""
    if asked.kind == "value":
        text = f"{name}: {plain(asked.value)}"
    else:
        text = "; ".join(operator_words(asked.kind, {name: asked.value}))
    return Entry(
        text=text,
        details=("replaces what the layers below ask",) if asked.widen else (),
        source=profile.document(asked.source),
        confidence=asked.confidence,
        layer=_lower(profile, asked.layer),
    )


def _business(profile: Profile) -> Iterator[Section]:
    yield from _rules("Rules", profile, lambda rule: _home(rule) == 7)
    if profile.services:
        entries = tuple(_services(profile))
        yield Section(title="Services that need authorization", entries=entries)
    if profile.claims:
        yield Section(title="Numbers on claims", entries=_pairs(profile.claims, profile, "claims"))


def _services(profile: Profile) -> Iterator[Entry]:
    for text, source in section_words(profile.services):
        yield Entry(text=text, source=profile.document(source))
    for name, entry in profile.services.items():
        if name not in HEAD:
            text, details = entry_words(entry)
            yield Entry(
                text=text,
                details=details,
                rule=name,
                source=profile.document(str(entry["source"])),
                confidence=str(entry.get("confidence", "")),
                layer=_lower(profile, _origin(profile, "services", name)),
            )


def _acknowledgements(profile: Profile) -> Iterator[Section]:
    acks = {key: value for key, value in profile.acks.items() if key != "rejects"}
    if acks:
        yield Section(title="What comes back", entries=_pairs(acks, profile, "acks"))
    if rejects := profile.acks.get("rejects"):
        rows = tuple(_reject(profile, each) for each in rejects)
        yield Section(title="What is answered to a breach", columns=REJECTS, rows=rows)
    yield from _rules("Rules", profile, lambda rule: _home(rule) == 8)


def _reject(profile: Profile, item: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        str(item.get("where", "")),
        plain(item.get("answer", "")),
        str(item.get("note", "")),
        profile.document(str(item.get("source", ""))),
        str(item.get("confidence", "")),
    )


def _rules(title: str, profile: Profile, wanted: Any) -> Iterator[Section]:
    entries = tuple(_entry(profile, rule) for rule in profile.rules if wanted(rule))
    if entries:
        yield Section(title=title, entries=entries)


def _entry(profile: Profile, rule: Rule) -> Entry:
    words = rule_words(rule)
    return Entry(
        text=rule.message or "; ".join(words),
        details=(*(words if rule.message else ()), f"in {applies_words(rule)}", *_note(rule)),
        rule=rule.id,
        severity=rule.severity,
        source=profile.document(rule.source),
        confidence=rule.confidence,
        layer=_lower(profile, rule.layer),
        answer=expected_answer(rule.expect),
    )


def _note(rule: Rule) -> tuple[str, ...]:
    return (f"note: {rule.note}",) if rule.note else ()


def _home(rule: Rule) -> int:
    """Return the chapter that a rule belongs to."""
    names = rule.operators
    if "ack_order" in names:
        return 8
    if any(name in OPERATIONS for name in names):
        return 4
    if any(name in _FILE for name in names) or ("charset" in names and not _charset_path(rule)):
        return 6
    body = rule.body.get("then", rule.body)
    paths = [path for name in BY_PATH for path in body.get(name, {})]
    paths += [body["count"]["of"]] if isinstance(body.get("count"), Mapping) else []
    return 6 if paths and all(_is_envelope(path) for path in paths) else 7


def _charset_path(rule: Rule) -> bool:
    return "path" in rule.body.get("then", rule.body)["charset"]


def _is_envelope(path: str) -> bool:
    return path in ("ST", *_ENVELOPE) or path.lstrip("trimaw(")[:2] in ("IS", "IE", "GS", "GE")


def _transactions(profile: Profile) -> Iterator[Section]:
    for title, rows in tables(profile):
        yield Section(title=title, columns=COLUMNS, rows=rows)


def _appendices(profile: Profile) -> Iterator[Section]:
    documents = tuple(
        Entry(text=f"{name}: {plain(source)}") for name, source in profile.sources.items()
    )
    if documents:
        yield Section(title="A. Further documents", entries=documents)
    if len(profile.layers) > 1 or profile.disabled:
        layers = [
            Entry(text=f"{layer}: {sum(rule.layer == layer for rule in profile.rules)} rules")
            for layer in profile.layers
        ]
        off = [Entry(text=f"not in force: {k}", source=v) for k, v in profile.disabled.items()]
        yield Section(title="B. Layers", entries=(*layers, *off))
    answers = tuple(
        (rule.id, expected_answer(rule.expect)) for rule in profile.rules if rule.expect
    )
    if answers:
        columns = ("Rule", "The partner answers")
        yield Section(title="C. Answers to a breach", columns=columns, rows=answers)
    if profile.simulator:
        yield Section(title="D. How it is simulated", entries=_pairs(profile.simulator, profile))
