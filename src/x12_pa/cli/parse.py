"""`x12-pa parse`: the domain objects of a file as JSON Lines.

Names, identifiers and birth dates are what this command is for, so they are not masked. Transaction
sets that no record exists for are named on stderr and make the exit code 1; the others are printed.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click
from attrs import define

from x12_pa.cli.context import Session
from x12_pa.cli.options import output_options, pass_session
from x12_pa.cli.output import complain, open_input, write_json_lines
from x12_pa.errors import DocumentError

if TYPE_CHECKING:
    from x12_pa.syntax import TransactionSet


@click.command()
@click.argument("path")
@output_options
@pass_session
def parse(session: Session, path: str) -> int:
    """Print each request, inquiry and response of a file as one line of JSON.

    278, 270 and 271; `x12-pa schema` has the schema of each kind. PATH is a file, or - for stdin.
    The output holds patient data: that is its purpose. Exit code 1: a transaction set is of a kind
    that has no record, and was left out, or is cut off.
    """
    reader = _Reader(path)
    write_json_lines(reader.records())
    return 1 if reader.left_out else 0


@define
class _Reader:
    path: str
    left_out: int = 0

    def records(self) -> Iterator[dict[str, Any]]:
        from x12_pa.models import to_json
        from x12_pa.syntax import read_transactions

        with open_input(self.path) as stream:
            for transaction in read_transactions(stream):
                record = self._record(transaction)
                if record is None:
                    continue
                if not transaction.complete:
                    self.left_out += 1
                    complain(
                        f"{self.path}: Transaction set {transaction.control} is cut off before its "
                        "SE segment. What is there of it was printed; get the whole file."
                    )
                yield to_json(record)

    def _record(self, transaction: "TransactionSet") -> Any:
        from x12_pa.models import parse_record

        try:
            return parse_record(transaction)
        except DocumentError as problem:
            self.left_out += 1
            complain(f"{self.path}: {problem} It was left out.")
            return None
