"""Make a profile from the table of a companion guide: chapter 10 of the CAQH CORE template.

Its columns are page, loop, reference, name, codes, length and notes. Codes and lengths become
rules. Notes are prose, often with conditions, and a program that guessed them would be wrong when
it matters: they become comments beside their place, for a person to turn into rules. What the
implementation guide asks already, does not know or does not allow becomes a comment too, so that
the result loads as it stands.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from attrs import define, field, frozen

from x12_pa.errors import ConfigError, DocumentError
from x12_pa.guides.index import base_guide, map_path
from x12_pa.guides.load import load_map
from x12_pa.guides.model import ElementUse, Guide
from x12_pa.guides.paths import BadPath, Place, places
from x12_pa.guides.profile import KINDS, UNKNOWN, Rule
from x12_pa.guides.profile_facts import element_at
from x12_pa.guides.tightening import narrow

HEADERS = {
    "page": ("page", "page #", "pg", "page number", "tr3 page", "tr3 page #"),
    "loop": ("loop id", "loop", "loopid"),
    "reference": ("reference", "ref", "segment", "element", "reference designator"),
    "name": ("name", "element name", "segment name", "description"),
    "codes": ("codes", "code", "values", "code values"),
    "length": ("length", "len", "max length"),
    "notes": ("notes/comments", "notes", "comments", "notes / comments", "comment"),
}
_REFERENCE = re.compile(r"([A-Z][A-Z0-9]{1,2}?)(\d\d)?(?:[-.](\d{1,2}))?$")
_ENVELOPE = re.compile(r"(ISA|GS)\d\d$")
_LOOP = re.compile(r"\d{4}[A-Z]{0,2}")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9./]*")
_LENGTH = re.compile(r"(\d+)\s*(?:-|/|to|–)\s*(\d+)$")
_WIDTH = 96
_MOST_HEADER_ROWS = 30


@frozen(kw_only=True)
class Line:
    """One row of the table, the loop carried down from the row that names it."""

    row: int
    page: str
    loop: str
    reference: str
    name: str
    codes: str
    length: str
    notes: str


@frozen(kw_only=True)
class Document:
    """What the person who imports a table says of the document that it is from.

    Attributes:
        provenance: how near it is to the payer's own, as in the language; `unknown` until said.
    """

    title: str
    version: str = ""
    day: date | None = None
    provenance: str = UNKNOWN

    def lines(self) -> Iterator[str]:
        """Yield the section `source:` of the profile; what was not said stands as a remark."""
        yield "source:"
        yield f"  title: {json.dumps(_clean(self.title), ensure_ascii=False)}"
        if self.version:
            yield f"  version: {json.dumps(_clean(self.version), ensure_ascii=False)}"
        if self.day:
            yield f"  date: {self.day.isoformat()}"
        else:
            yield "  # date: the day of the document, such as 2026-01-31"
        remark = "  # who read what is not said: primary, primary-excerpt, secondary-quoted …"
        yield f"  provenance: {self.provenance}{remark if self.provenance == UNKNOWN else ''}"
        yield "  confidence: medium  # a program read the table; say high when a person compared it"


@define
class _Draft:
    """The text of the profile as it grows, and its guide as the rules so far narrow it.

    Rules are tried on `narrowed` as the loader will try them: what it would refuse is not written.
    """

    guide: Guide
    applies: str
    narrowed: Guide
    lines: list[str] = field(factory=list)
    ids: set[str] = field(factory=set)
    envelope: dict[str, str] = field(factory=dict)
    rules: int = 0

    def remark(self, text: str) -> None:
        """Write a comment."""
        self.lines += [f"  # {piece}" for piece in _wrapped(text)]

    def rule(self, line: Line, path: str, operator: str, value: Any) -> list[str]:
        """Write a rule; return why it cannot be one."""
        try:
            narrow(self.narrowed, path, operator, value, Rule(id=operator, body={}), "profile:new")
        except ConfigError as problem:
            return [f"{operator} {json.dumps(value)}, but {_reason(problem)}"]
        page = f", page {_clean(line.page)}" if line.page.strip() else ""
        self.lines += [
            f"  - id: {self._name(path, operator)}",
            f"    applies: {self.applies}",
            f"    {operator}: {{{json.dumps(path)}: {json.dumps(value)}}}",
            f"    source: {json.dumps(f'section 10{page}', ensure_ascii=False)}",
        ]
        if line.name.strip():
            said = json.dumps(_clean(line.name), ensure_ascii=False)
            self.lines.append(f"    message: {said}")
        self.rules += 1
        return []

    def _name(self, path: str, operator: str) -> str:
        base = re.sub(r"[^a-z0-9]+", "-", f"{path}-{operator}".lower()).strip("-")
        name, number = base, 2
        while name in self.ids:
            name, number = f"{base}-{number}", number + 1
        self.ids.add(name)
        return name


def import_table(
    rows: Iterable[Sequence[str]], *, profile_id: str, guide_key: str, document: Document
) -> tuple[str, int, int]:
    """Return the YAML of a profile, the number of its rules and that of rows left to people.

    Args:
        rows: the cells of the table, its header somewhere in the first rows.
        guide_key: the guide that the table is about, such as `278-request`.
        document: what the table is from, for `source`.

    Raises:
        DocumentError: no row has the headers of the template, or there is nothing below it.
        ConfigError: there is no such guide.
    """
    guide = base_guide(guide_key)
    found = list(_lines(rows))
    if not found:
        raise DocumentError("The table has a header and no rows.")
    direction = next((name for name, kinds in KINDS.items() if guide.kind in kinds), None)
    side = f", direction: {direction}" if direction else ""
    scope = f'{{tx: "{guide.set}"{side}}}'
    draft = _Draft(guide, scope, load_map(map_path(guide_key)))
    left = sum(not _take(draft, line) for line in found)
    title = _clean(document.title)
    head = [
        f"# Made from {title}. Rules come from the columns Codes and Length; notes are",
        "# comments, to be turned into rules by a person. Then: x12-pa profiles lint FILE.",
        f"profile: {profile_id}",
        f"title: {json.dumps(title, ensure_ascii=False)}",
        f'transactions: ["{guide.set}"]',
        *document.lines(),
        *(["envelope:"] if draft.envelope else []),
        *(f"  {name}: {json.dumps(value)}" for name, value in draft.envelope.items()),
        "rules:" if draft.rules else "rules: []",
    ]
    return "\n".join([*head, *draft.lines, ""]), draft.rules, left


def _lines(rows: Iterable[Sequence[str]]) -> Iterator[Line]:
    columns: dict[str, int] | None = None
    loop = ""
    for number, row in enumerate(rows, 1):
        if columns is None:
            columns = _header(row)
            if columns is None and number >= _MOST_HEADER_ROWS:
                break
            continue
        cells = {name: row[at].strip() if at < len(row) else "" for name, at in columns.items()}
        if not any(cells.values()) or _header(row):
            continue
        named = _LOOP.search(cells.get("loop", ""))
        loop = named[0] if named else ("" if cells.get("loop") else loop)
        fields = {name: cells.get(name, "") for name in HEADERS if name != "loop"}
        yield Line(row=number, loop=loop, **fields)
    if columns is None:
        raise DocumentError(
            "No row has the headers of the CORE template: Loop ID, Reference, Name, Codes, Length, "
            "Notes/Comments. Save the table of chapter 10 alone, with its header."
        )


def _header(row: Sequence[str]) -> dict[str, int] | None:
    """Return the columns by name if a row is a header."""
    found: dict[str, int] = {}
    for at, cell in enumerate(row):
        text = " ".join(cell.lower().split())
        for name, known in HEADERS.items():
            if text in known and name not in found:
                found[name] = at
    return found if {"reference"} < set(found) and {"codes", "length"} & set(found) else None


def _take(draft: _Draft, line: Line) -> bool:
    """Turn a row into rules and comments; tell whether nothing of it is left to people."""
    before, path = len(draft.lines), _path(line)
    if _ENVELOPE.match(path):
        return _take_envelope(draft, line, path)
    place = _place(draft.guide, path) if path else None
    element = element_at(place) if place else None
    rest: list[str] = []
    if line.codes:
        rest += _take_codes(draft, line, path, element)
    if line.length:
        rest += _take_length(draft, line, path, element)
    if not place:
        rest.append(f"{draft.guide.key} has nothing at '{path or line.reference}'")
    if line.notes:
        rest.append(f"to be turned into a rule: {line.notes}")
    if len(draft.lines) == before and not rest:
        return True
    for text in rest:
        draft.remark(f"row {line.row}, {path or line.reference} {line.name}: {text}")
    return not rest


def _take_envelope(draft: _Draft, line: Line, path: str) -> bool:
    """Take a value of ISA or GS; tell whether nothing of the row is left to people."""
    codes, strange = read_codes(line.codes)
    if len(codes) == 1 and not strange:
        draft.envelope[path] = codes[0]
    elif codes and not strange:
        draft.rule(line, path, "values", codes)
    rest = [f"not read as a code: {text}" for text in strange]
    rest += [f"to be turned into a rule: {line.notes}"] * bool(line.notes)
    for text in rest:
        draft.remark(f"row {line.row}, {path} {line.name}: {text}")
    return not rest


def _path(line: Line) -> str:
    words = re.split(r"[\s*–]", line.reference.strip().upper(), maxsplit=1)
    found = _REFERENCE.match(words[0])
    if found is None:
        return ""
    component = f"-{int(found[3])}" if found[3] else ""
    rest = f"{found[1]}{found[2] or ''}{component}"
    return f"{line.loop}/{rest}" if line.loop and not _ENVELOPE.match(rest) else rest


def _place(guide: Guide, path: str) -> Place | None:
    try:
        return next(iter(places(guide, path)), None)
    except BadPath:
        return None


def _take_codes(draft: _Draft, line: Line, path: str, element: ElementUse | None) -> list[str]:
    """Write a rule for a value list; return what could not be said as one."""
    codes, strange = read_codes(line.codes)
    if element is None:
        return [f"codes {line.codes}"]
    rest = [f"not read as a code: {text}" for text in strange]
    known = element.codes
    if known:
        outside = [code for code in codes if code not in known]
        if outside:
            rest.append(
                f"{', '.join(outside)} is not allowed by the guide, and a companion guide may only "
                "tighten (45 CFR 162.915)"
            )
        codes = [code for code in codes if code in known]
    if element.usage == "N":
        return [*rest, f"codes {line.codes}, but the guide does not use this element"]
    if codes and not (known and set(codes) == set(known)):
        rest += draft.rule(line, path, "values", codes)
    return rest


def read_codes(text: str) -> tuple[list[str], list[str]]:
    """Return the codes of a cell, and what does not look like one.

    A cell may say `PI, XX`, `PI or XX`, or `PI - payer id` on lines of their own.
    """
    codes: list[str] = []
    strange: list[str] = []
    for piece in re.split(r"[\n;,|]|\s+or\s+", text):
        words = re.split(r"\s+[-–=:]\s+|\s*[=–]\s*|:\s+", piece.strip(" \t\r.\"'“”"), maxsplit=1)
        code = words[0].strip(" \"'“”")
        if not code:
            continue
        if _CODE.fullmatch(code):
            codes.append(code)
        else:
            strange.append(piece.strip())
    return list(dict.fromkeys(codes)), strange


def _take_length(draft: _Draft, line: Line, path: str, element: ElementUse | None) -> list[str]:
    """Write a rule for a length; return what could not be said as one."""
    found = read_length(line.length)
    if found is None or element is None or element.components:
        return [f"length {line.length}"]
    low, high = found
    if high > element.max or (low is not None and low < element.min):
        size = f"{element.min} to {element.max}"
        text = f"length {line.length}, but the guide has {size} and may only be tightened"
        return [text] if high > element.max else _shortened(draft, line, path, element, high)
    return _shortened(draft, line, path, element, high, low)


def _shortened(
    draft: _Draft, line: Line, path: str, element: ElementUse, high: int, low: int | None = None
) -> list[str]:
    low = element.min if low is None else low
    if low > high or element.usage == "N":
        return [f"length {line.length}, which leaves nothing of the guide's"]
    if (low, high) != (element.min, element.max):
        return draft.rule(line, path, "length", {"min": low, "max": high})
    return []


def read_length(text: str) -> tuple[int | None, int] | None:
    """Return (least or None, greatest) of `2/15`, `1-35`, `20` or `max 20`; None if it is none."""
    clean = text.strip().lower()
    if found := _LENGTH.match(clean):
        return int(found[1]), int(found[2])
    number = re.fullmatch(r"(?:max\.?|maximum|up to|<=)?\s*(\d+)(?:\.0)?(?:\s*characters)?", clean)
    return (None, int(number[1])) if number else None


def _reason(problem: ConfigError) -> str:
    """Return why the loader would refuse a rule, without naming the rule and its remedy."""
    text = str(problem).partition("; a companion guide")[0]
    return text.partition("', ")[2] or text


def _clean(text: str) -> str:
    """Return one line without control characters, which YAML does not take."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _wrapped(text: str) -> Iterator[str]:
    line = ""
    for word in _clean(text).split(" "):
        if line and len(line) + len(word) >= _WIDTH:
            yield line
            line = ""
        line = f"{line} {word}".strip()
    if line:
        yield line
