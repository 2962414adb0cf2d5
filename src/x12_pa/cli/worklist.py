"""`x12-pa worklist`: what is to be done next, nearest deadline first."""

from typing import TYPE_CHECKING, Any

import click

from x12_pa.cli.context import Session
from x12_pa.cli.options import format_option, output_options, pass_session
from x12_pa.cli.output import write_json_rows, write_table

if TYPE_CHECKING:
    from x12_pa.authorizations.worklist import Row

SCHEMA = "x12-pa/worklist/1"
VIEWS = ("due", "pended", "denied", "unanswered", "expiring", "all")
HEADERS = ("authorization", "member", "state", "decision", "due (UTC)", "turn", "what to do next")


@click.command()
@click.option(
    "--view", type=click.Choice(VIEWS), default="due", show_default=True, help="Which rows."
)
@format_option("table", "json", "csv")
@output_options
@pass_session
def worklist(session: Session, view: str, form: str) -> int:
    """List what is due, pended, denied, unanswered or expiring, nearest deadline first."""
    from x12_pa.services.lists import rows

    with session.office(asking=True) as office:
        found = rows(office, view)
    if form == "json":
        write_json_rows(SCHEMA, "rows", (_json(session, row) for row in found))
    elif form == "csv":
        _csv(session, found)
    else:
        empty = f"Nothing is in the view '{view}'."
        write_table(session, HEADERS, [cells(session, row) for row in found], empty=empty)
    return 0


def cells(session: Session, row: "Row") -> tuple[object, ...]:
    """Return the cells of a row under `HEADERS`."""
    from x12_pa.services.lists import masked

    record = row.authorization
    return (
        record.id,
        record.member_id if session.show_phi else masked(record.member_id),
        record.state.replace("_", " "),
        " ".join(filter(None, (row.action, row.reasons))),
        f"{row.due:%Y-%m-%d %H:%M}" if row.due else "",
        row.turn,
        row.next,
    )


def _json(session: Session, row: "Row") -> dict[str, Any]:
    from x12_pa.services.lists import as_json

    return {
        **as_json(row.authorization, show_phi=session.show_phi),
        "turn": row.turn,
        "next": row.next,
        "due": row.due.isoformat() if row.due else None,
        "rule": row.rule,
        "citation": row.citation,
        "hours_left": row.hours_left,
        "expires_in": row.expires_in,
    }


def _csv(session: Session, found: tuple["Row", ...]) -> None:
    import csv
    import sys

    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(HEADERS)
    writer.writerows(cells(session, row) for row in found)
