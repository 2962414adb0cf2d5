"""`x12-pa explain`: the page of a finding code, or the list of all codes.

The facts (severity, SNIP type, message, acknowledgement codes) come from the catalogue, the text
from `validation.pages`, which is imported only here.
"""

import difflib
import importlib
import textwrap
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import click

from x12_pa.cli.context import Session
from x12_pa.cli.options import output_options, pass_session
from x12_pa.cli.output import write_json, write_json_rows, write_lines, write_table
from x12_pa.errors import UsageError
from x12_pa.validation.catalogue import CODES
from x12_pa.validation.codes import Code

if TYPE_CHECKING:
    from x12_pa.exchange.codes import Page


@click.command()
@click.argument("code", required=False)
@output_options
@pass_session
def explain(session: Session, code: str | None) -> int:
    """Print the page of a finding code: what it checks, why it matters, how to mend it.

    Without CODE, list all codes.
    """
    if code is None:
        _list(session)
        return 0
    found = code.upper()
    pages = _exchange_pages()
    if found in pages:
        _tell(session, pages[found])
        return 0
    if found not in CODES:
        near = difflib.get_close_matches(found, (*CODES, *pages), 1)
        hint = f"Did you mean {near[0]}? " if near else ""
        raise UsageError(f"There is no code {code}. {hint}x12-pa explain lists all of them.")
    if session.json:
        write_json({"schema": "x12-pa/code/1", **_row(CODES[found]), "page": _page(found)})
    else:
        write_lines(_lines(CODES[found]))
    return 0


def _exchange_pages() -> Mapping[str, "Page"]:
    from x12_pa.exchange.codes import PAGES

    return PAGES


def _tell(session: Session, page: "Page") -> None:
    if session.json:
        facts = {"code": page.code, "title": page.title, "happened": page.happened, "do": page.do}
        write_json({"schema": "x12-pa/code/1", **facts})
        return
    text = [textwrap.fill(part, 98) for part in (page.happened, page.do)]
    write_lines([f"# {page.code}: {page.title}", "", *text[0].splitlines()])
    write_lines(["", "## What to do", "", *text[1].splitlines()])


def _lines(row: Code) -> Iterator[str]:
    page = _page(row.code)
    if page is None:
        yield f"{row.code}: {row.message}"
        yield ""
    else:
        yield from page.splitlines()
        yield ""
    yield f"severity {row.severity}, SNIP type {row.snip}"
    for name, value in _acknowledged(row).items():
        if value:
            yield f"{name.upper()} {value}"


def _page(code: str) -> str | None:
    """Return the text about a code, or None when this build has no pages."""
    try:
        pages = importlib.import_module("x12_pa.validation.pages")
    except ModuleNotFoundError:
        return None
    text: str | None = pages.explain(code)
    return text


def _list(session: Session) -> None:
    rows = [CODES[code] for code in sorted(CODES)]
    if session.json:
        write_json_rows("x12-pa/codes/1", "codes", map(_row, rows))
        return
    cells: list[tuple[object, ...]] = [(r.code, r.severity, r.snip, r.message) for r in rows]
    cells += [(page.code, "", "", page.title) for page in _exchange_pages().values()]
    write_table(session, ("code", "severity", "snip", "message"), cells)


def _row(code: Code) -> dict[str, object]:
    return {
        "code": code.code,
        "severity": code.severity,
        "snip": code.snip,
        "message": code.message,
        **_acknowledged(code),
    }


def _acknowledged(code: Code) -> dict[str, str | None]:
    """Return the acknowledgement elements that report a code, with their values."""
    return {
        "ik304": code.ik304,
        "ik403": code.ik403,
        "ik502": code.ik502,
        "ak905": code.ak905,
        "ta105": code.ta105,
    }
