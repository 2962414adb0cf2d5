"""`x12-pa build`: from JSON, JSON Lines or CSV to validated X12 under our own envelope.

The bytes are data and go to stdout or to `-o`; findings go to stderr, or to stdout as JSON when
nothing was built and `--json` is given.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from x12_pa.cli.context import Session
from x12_pa.cli.options import (
    context_option,
    lookup_option,
    output_option,
    output_options,
    pass_session,
    profile_option,
    roster_option,
)
from x12_pa.cli.output import printable, read_input, say, write_output, write_pieces
from x12_pa.errors import DocumentError, UsageError

if TYPE_CHECKING:
    from x12_pa.guides import Profile
    from x12_pa.models import ReviewRequest
    from x12_pa.services.build import Built
    from x12_pa.validation import FileResult


@click.command()
@click.argument("transaction", type=click.Choice(["278"]))
@click.argument("source", metavar="INPUT")
@profile_option
@output_option
@context_option
@lookup_option
@click.option(
    "--receiver",
    metavar="[QUALIFIER:]ID",
    help="Receiver of the interchange, where the profile does not say it.",
)
@click.option("--test", "is_test", is_flag=True, help="Mark the interchange as a test (ISA15 T).")
@roster_option
@output_options
@pass_session
def build(
    session: Session,
    transaction: str,
    source: str,
    profile: "Profile | None",
    output: str,
    context: dict[str, str],
    lookups: dict[str, Path],
    receiver: str | None,
    is_test: bool,
) -> int:
    """Build a validated 278 request file from INPUT: JSON, JSON Lines or CSV, - for stdin.

    The envelope comes from [identity] of the configuration and from the profile; control numbers,
    and references (BHT03) that INPUT leaves out, come from the ledger and never repeat. Nothing is
    written that would be rejected: exit code 1, with the findings. The output holds patient data.
    """
    from x12_pa.services.build import WouldBeRejected, address_for, build_file

    requests = _requests(source)
    with session.office() as office:
        usage = "T" if is_test else "P"
        address = address_for(office, profile, receiver, usage, context=context)
        try:
            built = build_file(
                office, address, requests, profile=profile, context=context, lookups=lookups
            )
        except WouldBeRejected as refusal:
            _report(session, refusal.result)
            raise
    _deliver(session, built, output)
    return 0


def _requests(source: str) -> list["ReviewRequest"]:
    from x12_pa.models import InputProblem
    from x12_pa.services.reading import Source, read_requests

    data = read_input(source)
    if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"ISA"):
        raise UsageError(f"{source} is X12 already. x12-pa submit queues it, validate checks it.")
    try:
        found = [item.request for item in read_requests(Source(source, data))]
    except InputProblem as problem:
        raise DocumentError(f"{source}: {problem}") from None
    requests = [request for request in found if request is not None]
    if not requests:
        raise DocumentError(f"{source} holds no request.")
    return requests


def _report(session: Session, result: "FileResult") -> None:
    from x12_pa.validation.render import render_json, render_text

    if session.json:
        write_pieces(render_json([result]))
        return
    for line in render_text(result):
        click.echo(printable(line), err=True)


def _deliver(session: Session, built: "Built", output: str) -> None:
    if built.result.findings and not session.quiet:
        _report_warnings(built.result)
    write_output(output, built.data)
    place = "" if output == "-" else f" in {output}"
    count = sum(len(g.transactions) for i in built.result.interchanges for g in i.groups)
    sets = "1 transaction set" if count == 1 else f"{count} transaction sets"
    say(session, f"built {sets}, validated{place}")
    for finding in built.routing:
        say(session, f"{finding.severity}[{finding.code}]: {finding.message}")
    for number, judged in enumerate(built.completeness, 1):
        if judged is not None and (judged.required or judged.remarks):
            say(session, f"request {number}: {'; '.join((judged.sentence(), *judged.remarks))}")


def _report_warnings(result: "FileResult") -> None:
    from x12_pa.validation.render import render_text

    for line in render_text(result):
        click.echo(printable(line), err=True)
