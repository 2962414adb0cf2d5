"""`x12-pa claims`: put authorization numbers on the claims of an 837, or see what would happen."""

import json
from io import BytesIO
from typing import TYPE_CHECKING

import click

from x12_pa.cli.context import Session
from x12_pa.cli.options import output_options, pass_session, roster_option
from x12_pa.cli.output import (
    check_target,
    complain,
    keep_apart,
    read_input,
    say,
    write_json,
    write_lines,
    write_output,
    write_table,
)
from x12_pa.errors import DocumentError, UsageError

if TYPE_CHECKING:
    from x12_pa.reconcile import FillResult

HEADERS = ("claim", "line", "outcome", "number", "placed at", "reason", "detail")


@click.group()
def claims() -> None:
    """Authorization numbers on 837P, 837I and 837D claims."""


@claims.command()
@click.argument("source", metavar="IN")
@click.option("-o", "--output", required=True, metavar="OUT", help="The filled file; - is stdout.")
@click.option("--report", "report_path", metavar="FILE", help="Write the JSON report there.")
@click.option("--replace", is_flag=True, help="Overwrite numbers that are not the right ones.")
@click.option("--diff", is_flag=True, help="Show the REF segments that were added or taken out.")
@roster_option
@output_options
@pass_session
def fill(
    session: Session,
    source: str,
    output: str,
    report_path: str | None,
    replace: bool,
    diff: bool,
) -> int:
    """Put the right number on every claim line of IN, or say precisely why not.

    OUT is always written, also when nothing changed, and never over IN. Exit code 1: some lines
    are left for a person; 2: IN holds no claim, and nothing was written.
    """
    keep_apart([source], {"-o": output, "--report": report_path})
    for target in (output, report_path):
        check_target(target)
    to_stdout = "-" in (output, report_path)
    if to_stdout and (diff or session.json):
        which = "--diff" if diff else "--json"
        raise UsageError(f"{which} prints on stdout, where '-' goes already; name files instead.")
    result = _decide(session, source, replace, count=True)
    write_output(output, result.output)
    if report_path is not None:
        text = json.dumps(result.report_json(), indent=2, default=str) + "\n"
        write_output(report_path, text.encode())
    if not to_stdout:
        _print(session, result)
        if diff:
            write_lines(diff_lines(result))
    return 0 if result.clean else 1


@claims.command()
@click.argument("source", metavar="IN")
@click.option("--replace", is_flag=True, help="As if numbers that are wrong were overwritten.")
@roster_option
@output_options
@pass_session
def check(session: Session, source: str, replace: bool) -> int:
    """Say what `fill` would do, and write nothing. Exit codes are those of fill."""
    result = _decide(session, source, replace, count=False)
    _print(session, result)
    return 0 if result.clean else 1


def _decide(session: Session, source: str, replace: bool, *, count: bool) -> "FillResult":
    """Decide for every claim line of a file; what makes it unreadable names the file.

    Units count before the file is written: after a crash in between, the next run counts the same
    claims in place of these, while the other order could lose a use.
    """
    from x12_pa.services import claims as work

    data = read_input(source)
    with session.office(asking=True) as office:
        try:
            result = work.fill(office, BytesIO(data), replace=replace)
        except DocumentError as problem:
            raise DocumentError(f"{source}: {problem}") from None
        if not result.claims:
            raise DocumentError(f"{source}: {work.without_claims(BytesIO(data))}")
        for line in work.enrolment_lines(office, data, show_phi=session.show_phi):
            complain(f"{source}: {line}")
        if count:
            work.record(office, result)
    return result


def _print(session: Session, result: "FillResult") -> None:
    if session.json:
        write_json(result.report_json())
        return
    write_table(session, HEADERS, cells(result))
    filled = sum(claim.outcome == "filled" for claim in result.claims)
    say(session, f"{len(result.claims)} claims, {filled} filled, {len(result.changes)} changes")


def diff_lines(result: "FillResult") -> list[str]:
    """Return the changed REF segments, `+` for added and `-` for taken out."""
    lines = []
    for change in result.changes:
        lines.append(f"{change.claim_id} {change.loop}")
        lines += [f"- {change.removed}"] if change.removed else []
        lines += [f"+ {change.added}"] if change.added else []
    return lines


def cells(result: "FillResult") -> list[tuple[object, ...]]:
    """Return a row under `HEADERS` for every claim line."""
    return [
        (
            claim.claim_id,
            line.line,
            line.outcome.replace("_", " "),
            line.number,
            line.placed_at,
            line.reason,
            line.detail,
        )
        for claim in result.claims
        for line in claim.lines
    ]
