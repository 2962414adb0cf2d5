"""The frame of an HTML report: one page without scripts and without anything from outside.

The page may be mailed and opened anywhere: its style is inside, its policy forbids loading and
running anything, and every text is escaped here (`esc`), control characters made visible.
"""

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from importlib.resources import files

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_VISIBLE = {number: f"\\x{number:02x}" for number in (*range(32), *range(127, 160))}


def esc(value: object) -> str:
    """Return text for use in HTML, in attributes too; control characters are written out."""
    return escape(str(value).translate(_VISIBLE), quote=True)


def page(title: str, body: Iterable[str], *, foot: str = "") -> Iterator[str]:
    """Yield a whole page in pieces.

    Args:
        title: plain text, shown by the browser.
        body: HTML.
        foot: HTML of the footer.
    """
    style = (files("x12_pa.validation") / "page.css").read_text(encoding="utf-8")
    yield (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{esc(title)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
    )
    yield '<a class="skip" href="#content">Skip to the content</a>\n'
    yield from body
    yield f"<footer>{foot}</footer>\n" if foot else ""
    yield "</body>\n</html>\n"


def badge(kind: str, text: str) -> str:
    """Return a small label: kinds are `error`, `warning`, `info`, `rejected`, `accepted`."""
    return f'<span class="badge {kind}">{esc(text)}</span>'


def table(
    headers: Sequence[tuple[str, str]], rows: Iterable[str], *, caption: str, kind: str = "plain"
) -> Iterator[str]:
    """Yield a table from rows that are HTML already.

    Args:
        headers: (class, text) of each column.
        caption: says what the table is about to those who cannot see where it stands.
    """
    cells = "".join(
        f'<th scope="col"{f" class={name}" if name else ""}>{esc(text)}</th>'
        for name, text in headers
    )
    yield (
        f'<div class="scroll"><table class="{kind}" aria-label="{esc(caption)}">'
        f"<thead><tr>{cells}</tr></thead>\n<tbody>\n"
    )
    yield from rows
    yield "</tbody></table></div>\n"


def tile(name: str, value: object, note: str = "", kind: str = "") -> str:
    """Return one figure of the summary."""
    small = f"<small>{esc(note)}</small>" if note else ""
    head = f'<div class="{kind}">' if kind else "<div>"
    return f"{head}<dt>{esc(name)}</dt><dd>{esc(value)}{small}</dd></div>\n"
