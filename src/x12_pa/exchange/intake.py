"""Steps D6 and D8: read a stored file, and close its row.

Needs no network: files that an earlier run stored are read even when the server is down. The reader
is a callback, run by the store in the same transaction that moves the row.
"""

from attrs import evolve

from x12_pa.errors import InternalError, LocalError, X12PAError
from x12_pa.exchange.failpoints import reached
from x12_pa.exchange.mailbox import TRIES, Desk
from x12_pa.exchange.store import Inbound, InboundState, Ingest, IngestOutcome, StateConflict
from x12_pa.exchange.transport import printable


class Intake:
    """Reads stored files, each in one transaction."""

    def __init__(self, desk: Desk, ingest: Ingest) -> None:
        self.desk = desk
        self._ingest = ingest

    def read_all(self) -> None:
        """Read every stored file that no run has read yet."""
        for row in self.desk.store.inbound_work(self.desk.box.name):
            self.read(row)

    def read(self, row: Inbound) -> None:
        """Read one file if it is to be read, and close its row if everything is done.

        A failure is noted; after three failures that are not this machine's the file is
        quarantined, with its bytes kept.
        """
        if row.state is InboundState.STORED:
            try:
                row = self._d6_ingest(row)
            except LocalError:
                raise
            except Exception as error:  # one bad file must not stop the others
                self._failed(row, error)
                return
        if row.state is InboundState.INGESTED and row.cleared:
            self._d8_close(row)

    def _d6_ingest(self, row: Inbound) -> Inbound:
        outcome = self.desk.store.ingest(self.desk.lease, row, self._work)
        reached("d6_ingested")
        counts = self.desk.account.counts
        counts[_COUNTED[outcome.state]] += 1
        counts.update(outcome.counts)
        if outcome.state is InboundState.QUARANTINED:
            reason = outcome.reason or outcome.summary or "it could not be read"
            self.desk.account.problem(self._where(row), f"quarantined: {reason}", "E015")
        return evolve(row, state=outcome.state, error=outcome.reason)

    def _work(self, row: Inbound) -> IngestOutcome:
        outcome = self._ingest(row)
        reached("d6_inside")
        return outcome

    def _d8_close(self, row: Inbound) -> None:
        after = evolve(row, state=InboundState.ARCHIVED)
        self.desk.store.move_inbound(self.desk.lease, row, after)
        reached("d8_archived")

    def _failed(self, row: Inbound, error: Exception) -> None:
        if isinstance(error, StateConflict):
            raise error
        known = error if isinstance(error, X12PAError) else _defect(error)
        self.desk.account.problem(self._where(row), known, "E014")
        failures = row.failures + 1
        state = InboundState.QUARANTINED if failures >= TRIES else row.state
        after = evolve(row, failures=failures, state=state, error=type(error).__name__)
        self.desk.store.move_inbound(self.desk.lease, row, after)

    def _where(self, row: Inbound) -> str:
        return f"{self.desk.box.name}: {printable(row.remote_name)}"


_COUNTED = {
    InboundState.INGESTED: "ingested",
    InboundState.DUPLICATE: "duplicates",
    InboundState.QUARANTINED: "quarantined",
}


def _defect(error: Exception) -> InternalError:
    return InternalError(
        f"reading it failed because of a defect in x12-pa ({type(error).__name__}). Its bytes are "
        "safe in the spool; please report this."
    )
