"""`x12-pa ingest`: take received files in from disk, on the same path as downloaded ones."""

import os
from functools import partial
from typing import TYPE_CHECKING

import click

from x12_pa.cli.context import Session
from x12_pa.cli.options import output_options, pass_session
from x12_pa.cli.output import open_input, say, write_json_rows, write_table

if TYPE_CHECKING:
    from x12_pa.ledger.intake import TakenIn

SCHEMA = "x12-pa/ingest/1"
CHUNK_BYTES = 1 << 18


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH…")
@output_options
@pass_session
def ingest(session: Session, paths: tuple[str, ...]) -> int:
    """Take files in: acknowledgements, responses, and requests that were made elsewhere.

    The same file again has no effect. Exit code 1: something is left for a person. A file was not
    whole X12 and is kept as it is, an answer found no request, or a request of ours was refused.
    """
    from x12_pa.exchange.store import InboundState
    from x12_pa.services.ingest import ingest_file
    from x12_pa.services.pieces import needs_a_person

    rows: list[tuple[str, TakenIn]] = []
    with session.office() as office:
        for path in paths:
            with open_input(path) as stream:
                chunks = iter(partial(stream.read, CHUNK_BYTES), b"")
                rows.append((path, ingest_file(office, os.path.basename(path), chunks)))
    if session.json:
        write_json_rows(
            SCHEMA,
            "files",
            (
                {
                    "path": path,
                    "state": item.outcome.state.value,
                    "known": item.known,
                    "counts": dict(item.outcome.counts),
                    "reason": item.outcome.reason,
                }
                for path, item in rows
            ),
        )
    else:
        cells = [(path, item.outcome.state.lower(), item.outcome.summary) for path, item in rows]
        write_table(session, ("file", "outcome", "what was in it"), cells)
        if any(item.outcome.state is InboundState.QUARANTINED for _, item in rows):
            say(session, "In quarantine: kept as it is; see x12-pa exchange status and release.")
    unfit = (
        item.outcome.state is InboundState.QUARANTINED or needs_a_person(item.outcome.counts)
        for _, item in rows
    )
    return 1 if any(unfit) else 0
