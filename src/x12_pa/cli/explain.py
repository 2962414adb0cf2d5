"""`x12-pa explain`: the page of a finding code, or the list of all codes."""

import difflib

import click

from x12_pa.cli.context import Session
from x12_pa.cli.options import output_options, pass_session
from x12_pa.cli.output import write_json, write_json_rows, write_lines, write_table
from x12_pa.errors import UsageError
from x12_pa.validation.catalogue import CODES, Code
from x12_pa.validation.pages import explain as page_of


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
    if found not in CODES:
        near = difflib.get_close_matches(found, CODES, 1)
        hint = f"Did you mean {near[0]}? " if near else ""
        raise UsageError(f"There is no code {code}. {hint}x12-pa explain lists all of them.")
    if session.json:
        write_json({"schema": "x12-pa/code/1", **_row(CODES[found]), "page": page_of(found)})
    else:
        write_lines(page_of(found).splitlines())
    return 0


def _list(session: Session) -> None:
    rows = [CODES[code] for code in sorted(CODES)]
    if session.json:
        write_json_rows("x12-pa/codes/1", "codes", map(_row, rows))
        return
    cells = [(row.code, row.severity, row.snip, row.message) for row in rows]
    write_table(session, ("code", "severity", "snip", "message"), cells)


def _row(code: Code) -> dict[str, object]:
    return {
        "code": code.code,
        "severity": code.severity,
        "snip": code.snip,
        "message": code.message,
        "ik304": code.ik304,
        "ik403": code.ik403,
    }
