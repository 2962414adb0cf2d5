"""`x12-pa eligibility`: ask payers, and say what their answers mean.

Names, member ids and the payer's free text are masked unless `--show-phi`.
"""

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

import click
from attrs import define

from x12_pa.cli import eligibility_ask
from x12_pa.cli.context import Session
from x12_pa.cli.options import output_options, pass_session
from x12_pa.cli.output import complain, open_input, write_json_rows, write_lines
from x12_pa.errors import DocumentError, UsageError

if TYPE_CHECKING:
    from x12_pa.eligibility import Ask
    from x12_pa.models import Procedure
    from x12_pa.syntax import TransactionSet


@click.group()
def eligibility() -> None:
    """Coverage, limits, and whether authorization is required: ask, and read the answers."""


eligibility.add_command(eligibility_ask.check)
eligibility.add_command(eligibility_ask.show)
eligibility.add_command(eligibility_ask.watch)


@eligibility.command()
@click.argument("path")
@click.option("--date", "on", metavar="YYYY-MM-DD", help="The day of the service.")
@click.option(
    "--procedure",
    "procedures",
    multiple=True,
    metavar="[HC:]CODE[:MODIFIER…]",
    help="Answer for this procedure; may be given again.",
)
@click.option(
    "--service-type",
    "service_types",
    multiple=True,
    metavar="CODE",
    help="Answer for this service type code (EB03); may be given again.",
)
@click.option("--network", type=click.Choice(["in", "out"]), help="The provider's side.")
@click.option("--place", metavar="CODE", help="Place of service.")
@output_options
@pass_session
def read(
    session: Session,
    path: str,
    on: str | None,
    procedures: tuple[str, ...],
    service_types: tuple[str, ...],
    network: Any,
    place: str | None,
) -> int:
    """Print what a 271 file says about each patient, plan and service on a day.

    PATH is a file, or - for stdin. Without --procedure or --service-type, every service that the
    payer names; without --date, the day that the answer speaks for. Exit code 1: something was
    rejected, a transaction set is no 271 and was left out, or one is not whole.
    """
    asks = _asks(procedures, service_types, network, place)
    reader = _Reader(session, path, asks, _day(on))
    if session.json:
        from x12_pa.eligibility.report import SCHEMA

        write_json_rows(SCHEMA, "responses", reader.rows())
    else:
        from x12_pa.cli.eligibility_text import lines

        for row in reader.rows():
            write_lines(lines(row))
    return 1 if reader.trouble else 0


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise UsageError("--date: expected a day such as 2026-12-01.") from None


def _asks(
    procedures: tuple[str, ...], service_types: tuple[str, ...], network: Any, place: str | None
) -> "tuple[Ask, ...]":
    """Return one question for each service; a procedure is asked together with one type given."""
    from x12_pa.eligibility import Ask

    kind = service_types[0] if len(service_types) == 1 else None
    if procedures and len(service_types) > 1:
        raise UsageError("Give one --service-type with --procedure, or several without.")
    if procedures:
        return tuple(
            Ask(procedure=_procedure(text), service_type=kind, network=network, place=place)
            for text in procedures
        )
    return tuple(Ask(service_type=one, network=network, place=place) for one in service_types)


def _procedure(text: str) -> "Procedure":
    from x12_pa.models import Procedure

    first, *rest = text.upper().split(":")
    if len(first) == 2 and rest:
        return Procedure(qualifier=first, code=rest[0], modifiers=tuple(rest[1:]))
    if not first:
        raise UsageError("--procedure: expected a code such as 73721 or HC:73721:RT.")
    return Procedure(qualifier="", code=first, modifiers=tuple(rest))


@define
class _Reader:
    session: Session
    path: str
    asks: "tuple[Ask, ...]"
    on: date | None
    trouble: int = 0

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield each response of the file as plain data, one in memory at a time."""
        from x12_pa.syntax import read_transactions

        with open_input(self.path) as stream:
            for transaction in read_transactions(stream):
                try:
                    yield self._row(transaction)
                except DocumentError as problem:
                    self.trouble += 1
                    complain(f"{self.path}: {problem} It was left out.")

    def _row(self, transaction: "TransactionSet") -> dict[str, Any]:
        from x12_pa.eligibility import all_refusals, answers
        from x12_pa.eligibility.report import answer_data, refusal_data
        from x12_pa.models.eligibility import EligibilityResponse
        from x12_pa.models.eligibility_sets import locate_eligibility

        found = locate_eligibility(transaction)
        if not isinstance(found.record, EligibilityResponse):
            raise DocumentError(f"Transaction set {transaction.control} is an inquiry, no answer.")
        lack = _lack(transaction)
        if lack:
            self.trouble += 1
            complain(
                f"{self.path}: Transaction set {transaction.control} is not whole: {lack}. What is "
                "missing may say otherwise; get the file again."
            )
        refused = all_refusals(found.record, found.places)
        self.trouble += len(refused)
        on = self.on or (None if found.record.created_on else self.session.today())
        told = answers(found.record, asks=self.asks, on=on, places=found.places)
        return {
            "control": transaction.control,
            "reference": found.record.reference,
            "answers": [answer_data(one, self.session.mask) for one in told],
            "refusals": [refusal_data(one) for one in refused],
            "lack": lack or None,
        }


def _lack(transaction: "TransactionSet") -> str:
    """Say what shows that segments of a set are missing; "" when nothing does."""
    from x12_pa.services.pieces import is_counted

    if transaction.segments[-1].id != "SE":
        return "it has no SE segment"
    if is_counted(transaction):
        return ""
    return f"SE01 does not count its {len(transaction.segments)} segments"
