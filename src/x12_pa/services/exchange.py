"""Run mailboxes: the exchange's machines with our ledger, transports and reader put together."""

from pathlib import Path

from x12_pa.authorizations.states import Event
from x12_pa.configuration import MailboxSettings
from x12_pa.errors import ConfigError
from x12_pa.exchange.local import LocalTransport
from x12_pa.exchange.run import Hooks, RunReport, run_mailbox
from x12_pa.exchange.store import OutboundState
from x12_pa.exchange.transport import Transport
from x12_pa.ledger.lookups import requests_in_file
from x12_pa.ledger.mailboxes import files
from x12_pa.ledger.store import LedgerStore
from x12_pa.services import journey
from x12_pa.services.ingest import reader
from x12_pa.services.office import Office

_SENT = (OutboundState.SENT, OutboundState.ACKED, OutboundState.ANSWERED)


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
    note_sent(office, mailbox.name)
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


def note_sent(office: Office, mailbox: str) -> None:
    """Move the requests of files that were uploaded on in their life cycle."""
    with office.ledger.write() as tx:
        for file in files(tx, mailbox=mailbox, states=_SENT):
            for request_id in requests_in_file(tx, file.id):
                journey.move(tx, request_id, Event.UPLOADED, f"outbound:{file.id}")
