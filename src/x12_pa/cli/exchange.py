"""`x12-pa exchange`: run mailboxes, see how they stand, release files, probe and trust them."""

from typing import TYPE_CHECKING, Any

import click

from x12_pa.cli.context import Session
from x12_pa.cli.options import output_options, pass_session
from x12_pa.cli.output import complain, say, write_json_rows, write_lines, write_table
from x12_pa.errors import ConfigError

if TYPE_CHECKING:
    from x12_pa.configuration import MailboxSettings
    from x12_pa.exchange.run import RunReport
    from x12_pa.services.office import Office
    from x12_pa.services.release import Standing

SCHEMA = "x12-pa/exchange/1"
WAITING = ("id", "mailbox", "what waits for a person", "file", "why")


@click.group()
def exchange() -> None:
    """Work with mailboxes: send what is queued, fetch and read what is there."""


@exchange.command()
@click.option("--once", is_flag=True, help="One run, for cron; else run on schedule until SIGTERM.")
@click.option("--mailbox", metavar="NAME", help="Only this mailbox.")
@output_options
@pass_session
def run(session: Session, once: bool, mailbox: str | None) -> int:
    """Send what is queued and fetch what is there, for all mailboxes or one.

    Exit code 3: something is left to be tried again; 1: a file, an answer without a request or a
    request that the partner refused needs a person.
    """
    with session.office() as office:
        boxes = _boxes(office, mailbox)
        if not once:
            return _serve(session, office, boxes)
        from x12_pa.services.exchange import run_once

        reports = [run_once(office, box, asked_for=mailbox is not None) for box in boxes]
    _print(session, reports)
    return max(map(_exit_code, reports), default=0)


def _exit_code(report: "RunReport") -> int:
    """Return 1 also for a clean run that brought something which a person must look at."""
    from x12_pa.services.pieces import needs_a_person

    return report.exit_code or int(needs_a_person(report.counts))


def _boxes(office: "Office", mailbox: str | None) -> list["MailboxSettings"]:
    if mailbox is not None:
        return [office.settings.mailbox(mailbox)]
    boxes = list(office.settings.mailboxes.values())
    if not boxes:
        raise ConfigError("No mailbox is configured; add a [mailbox.NAME] to x12-pa.toml.")
    return boxes


def _serve(session: Session, office: "Office", boxes: list["MailboxSettings"]) -> int:
    from x12_pa.exchange.runner import Runner
    from x12_pa.ledger.store import LedgerStore
    from x12_pa.services.exchange import run_once

    runner = Runner(
        boxes=boxes,
        store=LedgerStore(ledger=office.ledger),
        clock=office.clock,
        run_one=lambda box, hooks: run_once(office, box, hooks=hooks),
        reported=lambda report: _print(session, [report]),
    )
    say(session, f"running {len(boxes)} mailboxes on schedule; stop with Ctrl-C or SIGTERM")
    return runner.serve()


def _print(session: Session, reports: list["RunReport"]) -> None:
    from x12_pa.exchange.codes import PAGES

    if session.json:
        write_json_rows(SCHEMA, "runs", map(_row, reports))
        return
    for report in reports:
        counts = ", ".join(f"{number} {what}" for what, number in report.counts.items() if number)
        said = report.skipped or counts or ("" if report.stopped else "nothing to do")
        early = "stopped early" if report.stopped else ""
        write_lines([f"{report.mailbox}: {'; '.join(filter(None, (said, early)))}"])
        for problem in report.problems:
            lead = f"{problem.where}: "
            page = PAGES.get(problem.code)
            advice = f"\n  [{page.code}] {page.do}" if page else ""
            complain(lead + problem.message.removeprefix(lead) + advice)


def _row(report: "RunReport") -> dict[str, Any]:
    return {
        "mailbox": report.mailbox,
        "started_at": report.started_at.isoformat(),
        "finished_at": report.finished_at.isoformat(),
        "counts": report.counts,
        "skipped": report.skipped,
        "stopped": report.stopped,
        "problems": [
            {"where": item.where, "code": item.code, "message": item.message}
            for item in report.problems
        ],
    }


@exchange.command()
@output_options
@pass_session
def status(session: Session) -> int:
    """Show each mailbox: what is queued, sent, unread, and what stands in the way.

    Below stand the files that wait for a person: received ones in quarantine, and ours that
    failed or are held. x12-pa exchange release lets one go.
    """
    from x12_pa.ledger.mailboxes import summaries
    from x12_pa.services.release import standing

    with session.office(asking=True) as office, office.ledger.read() as tx:
        found, waiting = summaries(tx, configured=office.settings.mailboxes), standing(tx)
    if session.json:
        rows = (
            {
                "mailbox": item.name,
                "paused": item.paused,
                "last_started": item.last_started,
                "last_finished": item.last_finished,
                "last_error": item.last_error,
                "outbound": dict(item.outbound),
                "inbound": dict(item.inbound),
                "oldest_queued": item.oldest_queued,
                "waiting": [row for row in _waiting(waiting) if row["mailbox"] == item.name],
            }
            for item in found
        )
        write_json_rows("x12-pa/exchange-status/1", "mailboxes", rows)
        return 0
    cells = [
        (
            item.name,
            _counts(item.outbound),
            _counts(item.inbound),
            item.last_finished and f"{item.last_finished:%Y-%m-%d %H:%M}",
            item.paused or item.last_error,
        )
        for item in found
    ]
    headers = ("mailbox", "outbound", "inbound", "last run (UTC)", "in the way")
    write_table(session, headers, cells, empty="No mailbox is configured.")
    if stopped := _waiting(waiting):
        write_lines([""])
        write_table(session, WAITING, [tuple(row.values()) for row in stopped])
        say(session, "x12-pa exchange release FILE --reason TEXT lets one of these go")
    return 0


def _waiting(found: "Standing") -> list[dict[str, Any]]:
    """Return the rows of what waits for a person, in the order of `WAITING`."""
    received = [
        (each.id, each.mailbox, "received, in quarantine", each.name, each.reason)
        for each in found.received
    ]
    ours = [
        (str(each.id), each.mailbox, f"ours, {each.state.lower()}", each.final_name, each.error)
        for each in found.ours
    ]
    keys = ("id", "mailbox", "what", "file", "why")
    return [dict(zip(keys, row, strict=True)) for row in (*received, *ours)]


@exchange.command()
@click.argument("file", metavar="FILE")
@click.option(
    "--reason",
    required=True,
    metavar="TEXT",
    help="Why; it is kept in the audit chain. It must not name a patient.",
)
@click.option(
    "--restarted",
    is_flag=True,
    help="The partner counts its interchanges from 1 again since this file: release the later "
    "ones, too, and quarantine no more of them for it.",
)
@output_options
@pass_session
def release(session: Session, file: str, reason: str, restarted: bool) -> int:
    """Let a file go that waits for a person; exchange status lists them by id and name.

    A received file in quarantine is read again. If its control number was used before with other
    content, it takes effect now; what the earlier one did stays. A file of ours that failed or is
    held goes out again with the next run, as it was. Exit code 1: something is still for a person.
    """
    from attrs import asdict

    from x12_pa.services.release import release as work

    with session.office() as office:
        done = work(office, file, reason=reason, restarted=restarted)
    if session.json:
        write_json_rows("x12-pa/exchange-release/1", "files", map(asdict, done))
    else:
        cells = [(each.id, each.mailbox, each.name, each.state, each.summary) for each in done]
        write_table(session, ("id", "mailbox", "file", "outcome", "what was in it"), cells)
    return 0 if all(each.clean for each in done) else 1


def _counts(counts: Any) -> str:
    return ", ".join(f"{number} {what.lower()}" for what, number in counts.items())


@exchange.command()
@click.argument("name")
@output_options
@pass_session
def doctor(session: Session, name: str) -> int:
    """Probe a mailbox with scratch files and recommend the upload mode.

    Exit code 1: it does not work as it is configured.
    """
    from attrs import asdict

    from x12_pa.exchange.doctor import examine
    from x12_pa.services.exchange import open_transport

    box = session.settings.mailbox(name)
    transport = open_transport(box)
    try:
        found = examine(box, transport)
    finally:
        transport.close()
    if session.json:
        row = {**asdict(found), "ok": found.ok}
        write_json_rows("x12-pa/exchange-doctor/1", "diagnosis", [row])
        return 0 if found.ok else 1
    cells = [(each.name, "yes" if each.works else "no", each.detail) for each in found.checks]
    write_table(session, ("tried", "works", "detail"), cells)
    write_lines([f"mode: {found.mode or 'none works'}", found.advice])
    return 0 if found.ok else 1


@exchange.command()
@click.argument("name")
@output_options
@pass_session
def trust(session: Session, name: str) -> int:
    """Print the server's host key, to be compared with what the partner says; trusts nothing."""
    from x12_pa.exchange.trust import host_keys

    settings = session.read_settings(allow_unpinned=True)
    found = host_keys(settings.mailbox(name))
    if session.json:
        rows = ({"type": item.kind, "fingerprint": item.fingerprint} for item in found)
        write_json_rows("x12-pa/exchange-trust/1", "host_keys", rows)
        return 0
    for item in found:
        write_lines([f"{item.fingerprint}  {item.kind}"])
    say(session, "Ask the partner for its fingerprint; if they agree, put it into host_key.")
    return 0
