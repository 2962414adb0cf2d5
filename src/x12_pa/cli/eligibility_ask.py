"""`x12-pa eligibility check`, `show` and `watch`: ask payers, and see what they told."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from x12_pa.cli.context import Session
from x12_pa.cli.options import output_options, pass_session, roster_option
from x12_pa.cli.output import (
    read_input,
    say,
    write_json_rows,
    write_lines,
    write_table,
)
from x12_pa.errors import DocumentError, UsageError

if TYPE_CHECKING:
    from x12_pa.services.eligibility_check import Checked, Outcome
    from x12_pa.services.eligibility_desk import Wanted
    from x12_pa.services.eligibility_watch import Row
    from x12_pa.services.office import Office

CHECK_SCHEMA = "x12-pa/eligibility-check/1"


@click.command()
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT…")
@click.option(
    "--mailbox", metavar="NAME", help="Where all of it goes; else each payer's own by the profiles."
)
@click.option("--again", is_flag=True, help="Ask also what was asked before.")
@click.option("--test", is_flag=True, help="Mark the interchange as a test (ISA15 T).")
@click.option(
    "--send-anyway",
    metavar="TEXT",
    help="Queue questions that the payer is sure to reject, and keep this reason in the audit "
    "chain. It must not name a patient.",
)
@roster_option
@output_options
@pass_session
def check(
    session: Session,
    inputs: tuple[str, ...],
    mailbox: str | None,
    again: bool,
    test: bool,
    send_anyway: str | None,
) -> int:
    """Ask payers about a schedule: queue a 270 for each row of INPUT, each question once.

    INPUT is CSV, JSON or JSON Lines, - for stdin; each row is one service of one patient on one
    day. x12-pa schema eligibility-check prints the columns: payer_id, provider_npi, member_id,
    procedure or service_type, place_of_service, service_date and more. Rows that would be rejected
    are not queued (exit code 1), nor are those that the payer is sure to reject (P133), without
    --send-anyway; the others are. What the payer could not answer is asked again when it said to
    come back. x12-pa exchange run sends and fetches, and eligibility show tells the answers.
    """
    from x12_pa.services.eligibility_check import check as work

    wanted = [row for path in inputs for row in _rows(path)]
    with session.office() as office:
        box = office.only_mailbox(mailbox) if mailbox else None
        done = work(office, wanted, mailbox=box, test=test, again=again, anyway=send_anyway)
    report(session, done)
    return 0 if done.clean else 1


def _rows(path: str) -> "list[Wanted]":
    from x12_pa.eligibility.schedule import read_schedule
    from x12_pa.models import InputProblem
    from x12_pa.services.eligibility_check import wanted_rows

    try:
        return list(wanted_rows(read_schedule(path, read_input(path))))
    except InputProblem as problem:
        raise DocumentError(f"{path}: {problem}") from None


def report(session: Session, done: "Checked") -> None:
    """Print what became of each row, and the files that were queued."""
    if session.json:
        write_json_rows(CHECK_SCHEMA, "checks", map(_outcome_data, done.outcomes))
    else:
        cells = [(item.trace, item.state, item.where, item.detail) for item in done.outcomes]
        write_table(session, ("inquiry", "outcome", "row", "remark"), cells)
        for item in done.outcomes:
            for found in item.findings:
                write_lines([f"{item.where}: {found.code}: {found.message}"])
    counts = Counter(item.state for item in done.outcomes)
    summary = ", ".join(f"{number} {state}" for state, number in counts.items())
    say(session, f"{len(done.outcomes)} question{'s'[: len(done.outcomes) != 1]}: {summary}")
    for file in done.files:
        say(session, f"queued as {file.final_name} (ISA13 {file.isa13:09d})")


def _outcome_data(item: "Outcome") -> dict[str, Any]:
    from x12_pa.validation.render import finding_json

    return {
        "row": item.where,
        "outcome": item.state,
        "request": item.reference,
        "trace": item.trace,
        "detail": item.detail,
        "findings": [finding_json(found) for found in item.findings],
    }


@click.command()
@click.option("--request", metavar="REFERENCE", help="BHT03 of the inquiry, or a trace number.")
@click.option("--member", metavar="ID", help="Member id, as it was asked for.")
@click.option("--payer", metavar="ID", help="Identifier of the payer.")
@click.option("--date", "day", metavar="YYYY-MM-DD", help="Planned day of the service.")
@click.option("--history", is_flag=True, help="Also what earlier responses told.")
@click.option("--brief", is_flag=True, help="One line for each service, plan and day.")
@click.option("--unmatched", is_flag=True, help="Only the 271s that nobody here asked for.")
@output_options
@pass_session
def show(
    session: Session,
    request: str | None,
    member: str | None,
    payer: str | None,
    day: str | None,
    history: bool,
    brief: bool,
    unmatched: bool,
) -> int:
    """Show what was asked and what the payers told, for each service, plan and day.

    Whether authorization is required is yes, no, unknown or not said, each with its scope and the
    segment that says so. A question without an answer is shown with where its inquiry stands.
    """
    from x12_pa.cli.eligibility_text import BRIEF_HEADERS, brief_cells, question_lines
    from x12_pa.services.eligibility_lists import SCHEMA, question_data, questions

    on = parse_day(day)
    with session.office() as office:
        if unmatched:
            return _show_strangers(session, office)
        found = questions(office, request=request, member=member, payer=payer, day=on)
    rows = (question_data(one, session.mask, past=history) for one in found)
    if session.json:
        write_json_rows(SCHEMA, "questions", rows)
        return 0
    if not found:
        say(session, "Nothing was asked that fits.")
    elif brief:
        write_table(session, BRIEF_HEADERS, [cells for row in rows for cells in brief_cells(row)])
    for row in rows:
        write_lines(question_lines(row))
    return 0


def _show_strangers(session: Session, office: "Office") -> int:
    """Print the responses that wait for a person, as `eligibility read` does."""
    from x12_pa.cli.eligibility_text import lines
    from x12_pa.eligibility.report import SCHEMA
    from x12_pa.services.eligibility_lists import strangers

    rows = list(strangers(office, session.mask))
    if session.json:
        write_json_rows(SCHEMA, "responses", rows)
        return 1 if rows else 0
    if not rows:
        say(session, "Every 271 found its inquiry.")
    for row in rows:
        write_lines(lines(row))
    return 1 if rows else 0


def parse_day(text: str | None) -> date | None:
    """Return the day of a `--date` option; raises `UsageError`."""
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise UsageError("--date: expected a day such as 2026-12-01.") from None


WATCH_HEADERS = ("authorization", "member", "what", "service", "due", "detail", "asked as")
_NEEDS = {
    "correct": "needs a person: correct it, then ask with --queue --again {}",
    "stop": "needs a person: the payer does not want it sent again (--queue --again {} does)",
    "read": "needs a person: read it with eligibility show --request {1}",
}


@click.command()
@click.option("--queue", is_flag=True, help="Ask again about what is due; each occasion once.")
@click.option(
    "--days",
    type=click.IntRange(0, 365),
    default=0,
    show_default=True,
    metavar="N",
    help="How many days ahead a verification counts as due.",
)
@click.option("--mailbox", metavar="NAME", help="Where the questions go; else each payer's own.")
@click.option(
    "--again",
    multiple=True,
    metavar="AUTHORIZATION",
    help="With --queue: ask about this one although the payer rejected the question; may be given "
    "again.",
)
@output_options
@pass_session
def watch(
    session: Session, queue: bool, days: int, mailbox: str | None, again: tuple[str, ...]
) -> int:
    """List authorizations whose coverage ended, or whose member id or plan changed.

    Also those whose eligibility is to be verified again: on the day of the order, of the approval,
    and of the service, each service of an authorization by itself. What the payer rejected (AAA) is
    asked again when it said to come back; what must be corrected, or not be sent again, is left to
    a person, and --again asks it. Exit code 1: coverage or identity is not what an authorization
    rests on, or a person is needed.
    """
    from x12_pa.services.eligibility_watch import SCHEMA, ask_again, rows

    if again and not queue:
        raise UsageError("--again goes with --queue.")
    with session.office() as office:
        box = office.only_mailbox(mailbox) if mailbox else None
        known = rows(office, days=days) if queue else []
        done = ask_again(office, known, mailbox=box, again=again) if queue else None
        found = rows(office, days=days)
    if session.json:
        write_json_rows(SCHEMA, "rows", (_watch_data(session, row) for row in found))
    else:
        cells = [_watch_cells(session, row) for row in found]
        write_table(session, WATCH_HEADERS, cells, empty="Nothing is due, and nothing changed.")
    for item in done.outcomes if done else ():
        if item.state != "queued":
            say(session, f"{item.where}: not asked: {item.detail}")
        for finding in item.findings:
            say(session, f"{item.where}: {finding.code}: {finding.message}")
    for file in done.files if done else ():
        say(session, f"queued as {file.final_name} (ISA13 {file.isa13:09d})")
    refused = done is not None and not done.clean
    return 1 if refused or any(row.needs_a_person for row in found) else 0


def _watch_cells(session: Session, row: "Row") -> tuple[object, ...]:
    concern = row.concern
    what = f"verify on {concern.occasion}" if row.due else concern.kind
    member, services = session.mask(row.member_id), ", ".join(concern.services)
    detail = "; ".join([concern.detail, *_what_next(row)])
    return (concern.authorization, member, what, services, concern.due, detail, row.asked_as)


def _what_next(row: "Row") -> Iterator[str]:
    """Yield why a verification that is due is not asked for, and who does what about it."""
    if row.pause is not None:
        yield row.pause.detail
        if row.pause.action in _NEEDS:
            yield _NEEDS[row.pause.action].format(row.concern.authorization, row.asked_as)
        elif row.pause.until is not None:
            yield f"asked again from {row.pause.until} on"
    elif row.due and row.question is None:
        yield "needs a person: the request names no NPI to ask with"
    elif row.waiting:
        yield f"waits for its answer since {row.waiting}"


def _watch_data(session: Session, row: "Row") -> dict[str, Any]:
    from x12_pa.eligibility.report import answer_data, refusal_data

    concern, pause = row.concern, row.pause
    return {
        "authorization": concern.authorization,
        "member": session.mask(row.member_id),
        "payer": row.payer,
        "kind": concern.kind,
        "services": list(concern.services),
        "occasion": concern.occasion,
        "due": concern.due.isoformat() if concern.due else None,
        "detail": concern.detail,
        "needs_a_person": row.needs_a_person,
        "asked_as": row.asked_as,
        "waiting_since": row.waiting and row.waiting.isoformat(),
        "pause": pause
        and {
            "action": pause.action,
            "detail": pause.detail,
            "until": pause.until and pause.until.isoformat(),
            "refusals": [refusal_data(one) for one in pause.refusals],
        },
        "answer": answer_data(concern.answer, session.mask) if concern.answer else None,
    }
