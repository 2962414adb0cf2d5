"""`x12-pa auth`: the authorizations, the number for a claim, and why they are what they are."""

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

import click

from x12_pa.cli.context import Session
from x12_pa.cli.options import output_options, pass_session
from x12_pa.cli.output import write_json, write_json_rows, write_lines, write_table
from x12_pa.errors import UsageError

if TYPE_CHECKING:
    from x12_pa.authorizations.records import Authorization
    from x12_pa.services.proof import Explanation

F = TypeVar("F", bound=Callable[..., Any])
HEADERS = ("id", "member", "state", "action", "number", "from", "to", "usable", "payer")


@click.group()
def auth() -> None:
    """Authorizations: decisions and numbers, with their proof."""


def _write(
    session: Session,
    records: list["Authorization"],
    empty: str = "No authorization is known.",
) -> None:
    from x12_pa.services.lists import SCHEMA, as_json, masked

    if session.json:
        rows = (as_json(record, show_phi=session.show_phi) for record in records)
        write_json_rows(SCHEMA, "authorizations", rows)
        return
    cells = [
        (
            record.id,
            record.member_id if session.show_phi else masked(record.member_id),
            record.state.replace("_", " "),
            record.action,
            record.number,
            record.effective_on,
            record.expires_on,
            "yes" if record.usable_on_claim else "no",
            record.payer,
        )
        for record in records
    ]
    write_table(session, HEADERS, cells, empty=empty)


@auth.command("list")
@click.option("--history", "past", is_flag=True, help="Every version, not only those in force.")
@click.option("--state", metavar="STATE", help="Only those in this state, e.g. certified.")
@output_options
@pass_session
def list_(session: Session, past: bool, state: str | None) -> int:
    """List authorizations: one row per event and per service."""
    from x12_pa.services.lists import authorizations

    with session.office(asking=True) as office:
        records = authorizations(office, past=past)
    if state is not None:
        wanted = _state(state)
        records = [record for record in records if record.state == wanted]
    _write(session, records)
    return 0


def _state(text: str) -> str:
    """Return a state of the life cycle that a person wrote in words."""
    import difflib

    from x12_pa.authorizations.states import State

    wanted = text.strip().lower().replace(" ", "_")
    known = [state.value for state in State]
    if wanted not in known:
        near = difflib.get_close_matches(wanted, known, 1)
        hint = f"did you mean '{near[0]}'?" if near else f"known: {', '.join(known)}."
        raise UsageError(f"There is no state '{text}'; {hint}")
    return wanted


@auth.command()
@click.argument("name")
@output_options
@pass_session
def show(session: Session, name: str) -> int:
    """Show every version of an authorization, by id, request, trace or number."""
    from x12_pa.services.lists import authorizations

    with session.office(asking=True) as office:
        records = [
            record
            for record in authorizations(office, past=True)
            if name in (record.id, record.request, record.trace, record.number)
        ]
    if not records:
        raise UsageError(f"No authorization is called '{name}'; see 'x12-pa auth list'.")
    _write(session, records)
    return 0


@auth.command()
@click.option(
    "--payer", required=True, metavar="ID", help="Payer identifier, as in the request (NM109)."
)
@click.option("--member", required=True, metavar="ID", help="Member id of the subscriber.")
@click.option("--date", "day", required=True, metavar="YYYY-MM-DD", help="Date of service.")
@click.option("--procedure", required=True, metavar="CODE", help="Procedure code.")
@click.option("--npi", metavar="NPI", help="NPI of a provider of the authorization.")
@output_options
@pass_session
def find(
    session: Session, payer: str, member: str, day: str, procedure: str, npi: str | None
) -> int:
    """Find the authorization for a service; exit code 1 when none is usable on a claim."""
    from x12_pa.services.lists import authorizations
    from x12_pa.services.lists import find as work

    with session.office(asking=True) as office:
        records = authorizations(office)
    found = work(records, payer=payer, member=member, day=_day(day), procedure=procedure, npi=npi)
    _write(session, found, "No authorization is known for this member, service and day.")
    return 0 if any(record.usable_on_claim for record in found) else 1


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"'{text}' is not a date; write it as 2026-12-01.") from None


@auth.command()
@click.argument("name")
@output_options
@pass_session
def why(session: Session, name: str) -> int:
    """Print the way from bytes to state, by id, request, trace or number."""
    from x12_pa.services.proof import explain

    with session.office(asking=True) as office:
        found = explain(office, name, show_phi=session.show_phi)
    if session.json:
        write_json(
            {
                "schema": "x12-pa/why/1",
                "authorizations": [_json(item, session.show_phi) for item in found],
            }
        )
        return 0
    for item in found:
        write_lines(_lines(item))
    return 0


def _json(item: "Explanation", show_phi: bool) -> dict[str, Any]:
    from attrs import asdict

    from x12_pa.services.lists import as_json

    return {
        "authorization": as_json(item.record, show_phi=show_phi),
        "notes": [asdict(note) for note in item.record.notes],
        "journey": [asdict(step) for step in item.journey],
        "sent": [asdict(step) for step in item.sent],
        "proof": asdict(item.proof) if item.proof else None,
    }


def _lines(item: "Explanation") -> list[str]:
    record = item.record
    usable = "usable on a claim" if record.usable_on_claim else "not usable on a claim"
    window = f"{record.effective_on or '?'} to {record.expires_on or '?'}"
    source = f" (from {record.window_source})" if record.window_source else ""
    lines = [
        f"{record.id}: {record.state.replace('_', ' ')}, {usable}",
        f"  number {record.number or 'none'}, window {window}{source}, version {record.version}",
        "  what happened:",
    ]
    for step in item.journey:
        to = f" -> {step.to_state}" if step.to_state else ""
        because = f" ({step.reference})" if step.reference else ""
        lines.append(f"    {step.at:%Y-%m-%d %H:%M:%S}  {step.event}{to}{because}")
    for sent in item.sent:
        name = sent.file_name or "made elsewhere"
        lines.append(
            f"  sent in {name}, ISA13 {sent.isa13:09d}, GS06 {sent.gs06}, ST02 {sent.st02}"
        )
    if item.proof is None or item.file is None:
        return [*lines, "  not answered yet", ""]
    lines.append(f"  answered in {item.file.name}, sha256 {item.file.sha256}")
    lines.append(f"    ISA13 {item.file.interchange}, ST02 {item.file.transaction}")
    for each in item.proof.steps:
        gives = ", ".join(f"{name} = {value}" for name, value in each.fields)
        lines.append(f"    segment {each.segment_number:>3} {each.loop:<6} {each.raw}")
        lines.append(f"{'':16}{gives + ': ' if gives else ''}{each.rule}")
    lines += [f"  note [{note.code}] {note.where}: {note.text}" for note in record.notes]
    return [*lines, ""]
