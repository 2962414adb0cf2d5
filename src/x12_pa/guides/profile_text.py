"""The chapters of a companion guide as plain text and as data for JSON."""

from collections.abc import Iterator, Sequence
from typing import Any

from attrs import asdict

from x12_pa.guides.profile import Profile
from x12_pa.guides.profile_pages import APPENDICES, Chapter, Entry, Section

_UNKNOWN = "Nothing is known about this."
_WIDEST = 48


def as_data(found: Sequence[Chapter]) -> list[dict[str, Any]]:
    """Return chapters ready for JSON."""
    return [asdict(chapter) for chapter in found]


def as_text(profile: Profile, found: Sequence[Chapter]) -> Iterator[str]:
    """Yield the lines of the guide; the caution comes first."""
    yield f"{profile.id}: {profile.title}"
    if profile.caution:
        yield f"CAUTION: {profile.caution}."
    for chapter in found:
        yield ""
        label = chapter.title
        if chapter.number != APPENDICES:
            label = f"{chapter.number} {label}"
        yield label
        yield "=" * len(label)
        if not chapter.sections:
            yield f"  {_UNKNOWN}"
        for section in chapter.sections:
            yield from _section_text(section)


def _section_text(section: Section) -> Iterator[str]:
    yield section.title
    for entry in section.entries:
        yield f"  {entry.rule}: {entry.text}" if entry.rule else f"  {entry.text}"
        yield from (f"      {line}" for line in entry.details)
        if said := _said(entry):
            yield f"      {said}"
    if section.rows:
        cells = [section.columns, *section.rows]
        widths = [min(max(map(len, column)), _WIDEST) for column in zip(*cells, strict=True)]
        for row in cells:
            padded = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            yield f"  {'  '.join(padded)}".rstrip()


def _said(entry: Entry) -> str:
    """Return who says a thing and how sure it is, as one line."""
    parts = [
        f"severity {entry.severity}" if entry.severity not in (None, "error") else "",
        f"the partner answers {entry.answer}" if entry.answer else "",
        f"source: {entry.source}" if entry.source else "",
        f"confidence {entry.confidence}" if entry.confidence else "",
        f"from {entry.layer}" if entry.layer else "",
    ]
    return "; ".join(filter(None, parts))
