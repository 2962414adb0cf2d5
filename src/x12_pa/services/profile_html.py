"""A companion guide as one HTML page, in the frame of the validation reports.

The page has no scripts and loads nothing, so it can be mailed to the payer for review.
"""

from collections.abc import Iterator, Sequence

from x12_pa import __version__
from x12_pa.guides.profile import Profile
from x12_pa.guides.profile_pages import APPENDICES, Chapter, Entry, Section
from x12_pa.validation.html_page import badge, esc, page, table

_CONFIDENCE = {"high": "accepted", "medium": "warning", "low": "error"}


def profile_page(profile: Profile, chapters: Sequence[Chapter]) -> Iterator[str]:
    """Yield the page in pieces."""
    foot = f"<p>Made by x12-pa {esc(__version__)} from the profile {esc(profile.id)}.</p>\n"
    yield from page(profile.title, _body(profile, chapters), foot=foot)


def _body(profile: Profile, chapters: Sequence[Chapter]) -> Iterator[str]:
    version = profile.source.get("version")
    of = f", version {esc(version)}" if version else ""
    yield f"<header><h1>{esc(profile.title)}</h1>\n"
    yield f'<p class="soft">Companion guide <code>{esc(profile.id)}</code>{of}</p></header>\n'
    yield '<main id="content">\n'
    if profile.caution:
        yield f'<div class="verdict rejected">{badge("warning", "caution")}'
        yield f"<p>{esc(profile.caution)}.</p></div>\n"
    yield '<nav aria-label="Chapters"><ul>\n'
    yield from (
        f'<li><a href="#c{chapter.number}">{esc(_title(chapter))}</a></li>\n'
        for chapter in chapters
    )
    yield "</ul></nav>\n"
    for chapter in chapters:
        yield f'<section class="file"><h2 id="c{chapter.number}">{esc(_title(chapter))}</h2>\n'
        if not chapter.sections:
            yield '<p class="soft">Nothing is known about this.</p>\n'
        for section in chapter.sections:
            yield from _section(section)
        yield "</section>\n"
    yield "</main>\n"


def _title(chapter: Chapter) -> str:
    return chapter.title if chapter.number == APPENDICES else f"{chapter.number} {chapter.title}"


def _section(section: Section) -> Iterator[str]:
    yield f"<h3>{esc(section.title)}</h3>\n"
    if section.entries:
        yield "<ul>\n"
        yield from (_entry(entry) for entry in section.entries)
        yield "</ul>\n"
    if section.rows:
        headers = [("", name) for name in section.columns]
        rows = (
            f"<tr>{''.join(f'<td>{esc(cell)}</td>' for cell in row)}</tr>\n" for row in section.rows
        )
        yield from table(headers, rows, caption=section.title)


def _entry(entry: Entry) -> str:
    head = f"<code>{esc(entry.rule)}</code> " if entry.rule else ""
    marks = ""
    if entry.severity in ("warning", "info"):
        marks += f" {badge(entry.severity, entry.severity)}"
    if entry.confidence:
        kind = _CONFIDENCE.get(entry.confidence, "info")
        marks += f" {badge(kind, f'{entry.confidence} confidence')}"
    details = "".join(f"<br>{esc(text)}" for text in (*entry.details, *_said(entry)))
    small = f'<span class="soft">{details}</span>' if details else ""
    return f"<li>{head}{esc(entry.text)}{marks}{small}</li>\n"


def _said(entry: Entry) -> Iterator[str]:
    if entry.answer:
        yield f"The partner answers {entry.answer}."
    if entry.source:
        yield f"Source: {entry.source}"
    if entry.layer:
        yield f"From {entry.layer}"
