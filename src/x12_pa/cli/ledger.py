"""`x12-pa ledger`: verify the audit chain, back up, resume control numbers."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from x12_pa.cli.context import Session
from x12_pa.cli.options import output_options, pass_session, plain_options
from x12_pa.cli.output import say, write_json, write_lines
from x12_pa.errors import UsageError

if TYPE_CHECKING:
    from x12_pa.ledger.integrity import Health


@click.group()
def ledger() -> None:
    """Look after the ledger."""


@ledger.command()
@output_options
@pass_session
def verify(session: Session) -> int:
    """Check the audit chain, the database and the stored files; exit code 1 if one is damaged."""
    from attrs import asdict

    from x12_pa.ledger.integrity import check

    with session.ledger(existing=True) as opened:
        health = check(opened)
    if session.json:
        write_json({"schema": "x12-pa/ledger-verify/1", "ok": health.ok, **asdict(health)})
    else:
        write_lines(_lines(health))
    return 0 if health.ok else 1


def _lines(health: "Health") -> Iterator[str]:
    chain = health.chain
    broken = f", broken at row {chain.bad}: {chain.problem}" if chain.bad is not None else ""
    yield f"audit chain: {chain.rows} rows{broken}"
    yield f"database: {'; '.join(health.database) or 'sound'}"
    yield f"stored files: {health.files}, {len(health.lost)} lost or changed"
    yield from (f"  lost or changed: {sha256}" for sha256 in health.lost)
    yield f"files that nothing refers to: {len(health.orphans)} (harmless)"
    for each in health.behind:
        yield (
            f"counter behind what was sent: {each.kind} of {each.scope} stands at {each.value}, "
            f"{each.observed} was seen outside"
        )
    if health.ok:
        yield "sound"
    elif health.chain.ok and not (health.database or health.lost):
        yield (
            "sound, but an older copy: use the newest ledger, or go on above the highest number "
            "that was ever sent with x12-pa ledger resume"
        )
    else:
        yield "damaged: keep this copy and restore a backup"


@ledger.command()
@click.argument("target", metavar="FILE")
@plain_options
@pass_session
def backup(session: Session, target: str) -> int:
    """Copy the database to FILE while it is in use.

    The files that were sent and received are not in it: copy the spool folder after it. Both hold
    patient data.
    """
    from x12_pa.ledger.database import backup as work

    if target == "-":
        raise UsageError("a database cannot go to stdout; name a new file.")
    with session.ledger(existing=True) as opened:
        work(opened, Path(target))
        spool = opened.spool.root
    say(session, f"written to {target}; it holds patient data. Copy the folder {spool} now, too")
    return 0


@ledger.command()
@click.argument("scope")
@click.option(
    "--above",
    type=click.IntRange(min=0),
    required=True,
    metavar="N",
    help="Go on above this number.",
)
@click.option(
    "--kind",
    type=click.Choice(("ISA", "GS")),
    default="ISA",
    show_default=True,
    help="Which counter: ISA counts interchanges (ISA13), GS counts groups (GS06).",
)
@click.option("--reason", required=True, help="Why; it is kept in the audit chain.")
@plain_options
@pass_session
def resume(session: Session, scope: str, above: int, kind: str, reason: str) -> int:
    """Let a control number counter go on, after a restored ledger refused to send.

    SCOPE is the direction whose numbers are counted, as the refusal and ledger verify name it:
    sender>receiver/usage, such as ZZ:CLINIC001>ZZ:ACME/P. Put it in quotes.
    """
    from x12_pa.ledger.control_numbers import counter
    from x12_pa.ledger.control_numbers import resume as work

    with session.ledger(existing=True) as opened, opened.write() as tx:
        new = not counter(tx, scope, kind).value
        found = work(tx, scope, kind, above=above, reason=reason)
    began = "; nothing was counted there before" if new else ""
    say(session, f"{kind} counter of {scope} goes on after {found.value}{began}")
    return 0
