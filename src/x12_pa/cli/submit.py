"""`x12-pa submit`: build or check requests and queue them for a mailbox."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from x12_pa.cli.context import Session
from x12_pa.cli.options import output_options, pass_session, roster_option
from x12_pa.cli.output import read_input, say, write_json_rows, write_lines, write_table

if TYPE_CHECKING:
    from x12_pa.services.outcomes import Outcome

SCHEMA = "x12-pa/submit/1"


@click.command()
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT…")
@click.option("--mailbox", metavar="NAME", help="Where it goes; else where its reviewer is.")
@click.option("--test", is_flag=True, help="Mark the interchange as a test (ISA15 T).")
@click.option(
    "--incomplete-reason",
    metavar="TEXT",
    help="Queue requests that lack what the payer asks for, and keep this reason in the audit "
    "chain. It must not name a patient.",
)
@roster_option
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
    Without --mailbox, a request goes where the profile or the payer's 271 says that it is reviewed;
    one that goes elsewhere is queued with the warning E016.
    """
    from x12_pa.services.reading import Source
    from x12_pa.services.routing import by_mailbox
    from x12_pa.services.submit import submit as work

    sources = [Source(path, read_input(path)) for path in inputs]
    with session.office() as office:
        done = [
            work(office, box, part, test=test, incomplete_reason=incomplete_reason)
            for box, part in by_mailbox(office, sources, mailbox)
        ]
    _report(session, [item for each in done for item in each.outcomes])
    for each in done:
        for file in each.files:
            say(session, f"queued as {file.final_name} (ISA13 {file.isa13:09d})")
    return 0 if all(each.clean for each in done) else 1


def _report(session: Session, outcomes: "list[Outcome]") -> None:
    if session.json:
        write_json_rows(SCHEMA, "requests", (_row(item) for item in outcomes))
    else:
        cells = [(item.reference, item.state, _where(item), item.detail) for item in outcomes]
        write_table(session, ("request", "outcome", "input", "remark"), cells)
        for item in outcomes:
            write_lines(_findings(item))
    judged = [item.completeness for item in outcomes if item.completeness is not None]
    if required := sum(each.required for each in judged):
        present = sum(each.present for each in judged)
        say(session, f"{present} of {required} documents and fields that the payer asks for")


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
