"""`x12-pa requires`: does a service need authorization, who reviews it, what must be sent along."""

from datetime import date
from typing import TYPE_CHECKING, Any

import click

from x12_pa.cli.context import Session
from x12_pa.cli.options import output_options, pass_session
from x12_pa.cli.output import write_json, write_lines
from x12_pa.errors import UsageError

if TYPE_CHECKING:
    from x12_pa.authorizations.requirements import Query
    from x12_pa.services.requirement_answers import Reply

SCHEMA = "x12-pa/requires/1"
PLACE_DIGITS = 2


@click.command()
@click.option(
    "--payer",
    required=True,
    metavar="NAME",
    help="A mailbox, a profile (id or file), or a payer id that a profile names.",
)
@click.option("--procedure", required=True, metavar="CODE", help="Procedure code, or a range A-B.")
@click.option("--service-type", metavar="CODE", help="Service type code (UM03).")
@click.option("--pos", metavar="CODE", help="Place of service code (UM04-1).")
@click.option("--plan", metavar="NAME", help="The patient's plan, as the profile calls it.")
@click.option(
    "--age", type=click.IntRange(0, 150), metavar="N", help="The patient's age in full years."
)
@click.option("--date", "day", metavar="YYYY-MM-DD", help="Date of service; else today.")
@output_options
@pass_session
def requires(
    session: Session,
    payer: str,
    procedure: str,
    service_type: str | None,
    pos: str | None,
    plan: str | None,
    age: int | None,
    day: str | None,
) -> int:
    """Tell whether a service needs authorization by a payer's profile, and how that is known.

    The answer is yes, no or unknown, with the entries that decide, their source and how long ago
    they were compared with it; then who reviews the service and what the request must carry.
    What no entry speaks of is unknown, never no. Exit code 0 for yes and no, 1 for unknown.
    """
    from x12_pa.authorizations.requirements import Query
    from x12_pa.services.requirement_answers import answer_for
    from x12_pa.services.requirements import profile_for

    today = session.today()
    query = Query(
        day=_day(day) if day else today,
        procedure=_span(procedure),
        service_type=_service_type(service_type),
        place=_place(pos),
        plan=plan,
        age=age,
    )
    reply = answer_for(profile_for(session.settings, payer), query, today=today)
    if session.json:
        write_json({"schema": SCHEMA, "payer": payer, "query": _asked(query), **reply.as_json()})
    else:
        write_lines(_lines(reply))
    return 1 if reply.answer.needed == "unknown" else 0


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"'{text}' is not a date; write it as 2026-12-01.") from None


def _span(text: str) -> Any:
    from x12_pa.authorizations.requirements import CodeSpan

    try:
        return CodeSpan.parse(text)
    except ValueError as problem:
        raise UsageError(f"'{text}' is no procedure code: {problem}.") from None


def _service_type(text: str | None) -> str | None:
    from x12_pa.services.requirements import REQUEST_GUIDE, guide_codes

    code = text.upper() if text else None
    if code is not None and code not in guide_codes("UM03"):
        raise UsageError(
            f"'{text}' is no service type code of a request (UM03); x12-pa guides show "
            f"{REQUEST_GUIDE} 2000E/UM lists them."
        )
    return code


def _place(text: str | None) -> str | None:
    if text is not None and not (len(text) == PLACE_DIGITS and text.isdecimal()):
        raise UsageError(f"'{text}' is no place of service code; it has two digits, such as 11.")
    return text


def _asked(query: "Query") -> dict[str, Any]:
    return {
        "procedure": str(query.procedure),
        "service_type": query.service_type,
        "place_of_service": query.place,
        "plan": query.plan,
        "age": query.age,
        "date": query.day.isoformat(),
    }


def _lines(reply: "Reply") -> list[str]:
    lines = [f"{reply.answer.needed}: {reply.answer.reason}"]
    if reply.answer.ask:
        lines.append(f"  not given, and it matters: {', '.join(reply.answer.ask)}")
    lines += [f"  {text}" for text in reply.remarks]
    for who in reply.reviewers:
        names = " ".join(filter(None, (who.name, who.umo and f"(UMO {who.umo})")))
        box = f", mailbox {who.mailbox}" if who.mailbox else ""
        says = f"; {reply.source(who.source)}" if who.source else ""
        verb = "ask" if reply.answer.needed == "unknown" else "reviewed by"
        lines.append(f"  {verb} {names or 'the payer'}{box}{says}")
    lines += [f"  send: {text} [{rule}]" for rule, text in reply.wanted()]
    for entry in reply.answer.entries:
        says = "needs authorization" if entry.needed else "needs none"
        says += f" {entry.window}" if entry.window else ""
        lines.append(f"  rule {entry.id}: {says}; {reply.source(entry.source)}")
        lines.append(f"    {reply.verified(entry)}, confidence {entry.confidence}")
        if entry.note:
            lines.append(f"    {entry.note}")
    if reply.caution:
        lines.append(f"  caution: {reply.caution}")
    return lines
