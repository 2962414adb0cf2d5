"""`x12-pa submit`: build or check requests and queue them for a mailbox."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from x12_pa.cli.context import Session
from x12_pa.cli.options import output_options, pass_session
from x12_pa.cli.output import read_input, say, write_json_rows, write_lines, write_table

if TYPE_CHECKING:
    from x12_pa.services.submit import Outcome

SCHEMA = "x12-pa/submit/1"


@click.command()
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT…")
@click.option("--mailbox", metavar="NAME", help="Where it goes; needless with only one mailbox.")
@click.option("--test", is_flag=True, help="Mark the interchange as a test (ISA15 T).")
@click.option(
    "--incomplete-reason",
    metavar="TEXT",
    help="Queue requests that lack what the payer asks for, and keep this reason in the audit "
    "chain. It must not name a patient.",
)
@output_options
@pass_session
def submit(
    session: Session,
    inputs: tuple[str, ...],
    mailbox: str | None,
    test: bool,
    incomplete_reason: str | None,
) -> int:
    """Build or check requests and queue them for a mailbox, each one once.

    INPUT is JSON, JSON Lines, CSV or a 278 interchange; - is stdin. What our own validator would
    reject is not queued (exit code 1), nor is what lacks documents or fields that the services
    section of the payer's profile asks for, without --incomplete-reason; the other requests are.
    """
    from x12_pa.services.reading import Source
    from x12_pa.services.submit import submit as work

    sources = [Source(path, read_input(path)) for path in inputs]
    with session.office() as office:
        box = office.only_mailbox(mailbox)
        done = work(office, box, sources, test=test, incomplete_reason=incomplete_reason)
    if session.json:
        write_json_rows(SCHEMA, "requests", (_row(item) for item in done.outcomes))
    else:
        cells = [(item.reference, item.state, _where(item), item.detail) for item in done.outcomes]
        write_table(session, ("request", "outcome", "input", "remark"), cells)
        for item in done.outcomes:
            write_lines(_findings(item))
    judged = [item.completeness for item in done.outcomes if item.completeness is not None]
    if required := sum(each.required for each in judged):
        present = sum(each.present for each in judged)
        say(session, f"{present} of {required} documents and fields that the payer asks for")
    if done.file is not None:
        say(session, f"queued as {done.file.final_name} (ISA13 {done.file.isa13:09d})")
    return 0 if done.clean else 1


def _where(item: "Outcome") -> str:
    return f"{item.source}, {item.place}" if item.place else item.source


def _findings(item: "Outcome") -> Iterator[str]:
    """Yield a line for each finding, which says whose it is: input, place in it, request."""
    name = f" ({item.reference})" if item.reference else ""
    for finding in item.findings:
        known = finding.message.startswith(f"{item.place}:")
        yield f"{item.source if known else _where(item)}{name}: {finding.code}: {finding.message}"


def _row(item: "Outcome") -> dict[str, Any]:
    from x12_pa.services.completeness import completeness_json
    from x12_pa.validation.render import finding_json

    row: dict[str, Any] = {
        "source": item.source,
        "place": item.place or None,
        "request": item.reference,
        "outcome": item.state,
        "detail": item.detail,
        "findings": [finding_json(found) for found in item.findings],
    }
    if item.completeness is not None:
        row["completeness"] = completeness_json(item.completeness)
    return row
