"""`x12-pa roster`: who is enrolled with which payer, and the requests that hang on it.

The table names providers (NPI), not patients; a request is named by its reference.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from x12_pa.cli.context import Session
from x12_pa.cli.options import output_options, pass_session
from x12_pa.cli.output import say, write_json, write_table
from x12_pa.errors import UsageError

if TYPE_CHECKING:
    from x12_pa.authorizations.roster import Enrolment
    from x12_pa.services.enrolments import AtRisk, Checked

SCHEMA = "x12-pa/roster/1"
HEADERS = ("row", "NPI", "payer", "standing", "from", "to", "request", "day", "where")


@click.group()
def roster() -> None:
    """The provider roster: enrolments with payers, and requests at risk."""


@roster.command()
@click.argument("file", required=False, metavar="[FILE]")
@output_options
@pass_session
def check(session: Session, file: str | None) -> int:
    """List enrolments that are pending or end within 60 days, with the requests at risk.

    FILE is CSV or JSON, else that of [roster] in the configuration. A row has npi and payer, and
    may have plan, location, taxonomy, effective, term and status (enrolled or pending). At risk is
    a request without a final answer that names a provider who is not enrolled with its payer on
    the day of the service. Exit code 1: there are some; 2: the roster has faults, each named.
    """
    from x12_pa.authorizations.roster_reading import read_roster
    from x12_pa.services.enrolments import check_roster

    path = Path(file) if file else session.settings.roster
    if path is None:
        raise UsageError("There is no roster: name a FILE, or set file under [roster].")
    found = read_roster(path)
    with session.office() as office:
        done = check_roster(office, found)
    if session.json:
        write_json(_data(done))
    else:
        write_table(session, HEADERS, _cells(done), empty="Nothing waits or ends.")
        say(session, f"{done.rows} enrolments read, {len(done.standings)} to look at")
    return 1 if done.at_risk else 0


def _cells(done: "Checked") -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for one in done.standings:
        row = one.enrolment
        about = (row.row, row.npi, row.payer, one.why, row.effective, row.term)
        rows += [(*about, *_request(risk)) for risk in one.requests] or [(*about, "", "", "")]
    for risk in done.others:
        standing = risk.verdict.standing
        rows.append(
            ("", risk.asked.npi, risk.asked.payer, standing, "", "", *_request(risk)),
        )
    return rows


def _request(risk: "AtRisk") -> tuple[object, ...]:
    return f"{risk.kind} {risk.reference}", risk.day, risk.element


def _data(done: "Checked") -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "rows": done.rows,
        "enrolments": [
            {**_row(one.enrolment), "why": one.why, "requests": [_risk(r) for r in one.requests]}
            for one in done.standings
        ],
        "without_row": [_risk(risk) for risk in done.others],
    }


def _row(row: "Enrolment") -> dict[str, Any]:
    return {
        "row": row.row,
        "npi": row.npi,
        "payer": row.payer,
        "plan": row.plan or None,
        "location": row.location or None,
        "taxonomy": row.taxonomy or None,
        "effective": row.effective.isoformat() if row.effective else None,
        "term": row.term.isoformat() if row.term else None,
        "status": row.status,
    }


def _risk(risk: "AtRisk") -> dict[str, Any]:
    return {
        "request": risk.reference,
        "set": risk.kind,
        "state": risk.state,
        "element": risk.element,
        "npi": risk.asked.npi,
        "payer": risk.asked.payer,
        "day": risk.day.isoformat(),
        "standing": risk.verdict.standing,
        "why": risk.verdict.why,
    }
