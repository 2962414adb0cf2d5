"""Run mailboxes: the exchange's machines with our ledger, transports and reader put together."""

from pathlib import Path

from x12_pa.authorizations.states import Event, State
from x12_pa.configuration import MailboxSettings
from x12_pa.errors import ConfigError
from x12_pa.exchange.local import LocalTransport
from x12_pa.exchange.run import Hooks, RunReport, run_mailbox
from x12_pa.exchange.store import OutboundState
from x12_pa.exchange.transport import Transport
from x12_pa.ledger.lookups import last_files
from x12_pa.ledger.store import LedgerStore
from x12_pa.services import journey
from x12_pa.services.ingest import reader
from x12_pa.services.office import Office

_SENT = frozenset(
    state.value for state in (OutboundState.SENT, OutboundState.ACKED, OutboundState.ANSWERED)
)


def run_once(
    office: Office,
    mailbox: MailboxSettings,
    *,
    asked_for: bool = False,
    hooks: Hooks | None = None,
) -> RunReport:
    """Send what is queued for one mailbox, fetch and read what is there."""
    report = run_mailbox(
        mailbox,
        LedgerStore(ledger=office.ledger),
        lambda: open_transport(mailbox),
        office.clock,
        reader(office),
        lock_dir=lock_dir(office),
        asked_for=asked_for,
        hooks=hooks,
    )
    note_sent(office)
    return report


def lock_dir(office: Office) -> Path:
    """Return the directory of this machine's lock files."""
    return office.settings.state_dir / "locks"


def open_transport(mailbox: MailboxSettings) -> Transport:
    """Open a session with a mailbox.

    Raises:
        ConfigError: the mailbox is not configured completely.
        RemoteError: the server cannot be reached, or is not the one it should be.
    """
    if mailbox.transport == "local":
        if mailbox.root is None:
            raise ConfigError(f"[mailbox.{mailbox.name}]: transport 'local' needs a root.")
        return LocalTransport(mailbox.root)
    from x12_pa.exchange.sftp import connect

    return connect(mailbox)


def note_sent(office: Office) -> None:
    """Move the requests whose file was uploaded on in their life cycle.

    Looks at what is queued only, so that its cost does not grow with the history. Where a request
    went out more than once, its last file counts.
    """
    with office.ledger.write() as tx:
        for request_id, outbound_id, state in last_files(tx, states=(State.QUEUED.value,)):
            if state in _SENT:
                journey.move(tx, request_id, Event.UPLOADED, f"outbound:{outbound_id}")
