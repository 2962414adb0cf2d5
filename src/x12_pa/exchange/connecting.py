"""From a mailbox's settings to a way of opening sessions with it.

The SSH library is loaded only when the first SFTP session is opened.
"""

from collections.abc import Mapping
from pathlib import Path

from x12_pa.configuration import MailboxSettings
from x12_pa.errors import ConfigError
from x12_pa.exchange.local import LocalTransport
from x12_pa.exchange.transport import Transport, TransportFactory


def transport_factory(
    box: MailboxSettings, environ: Mapping[str, str] | None = None
) -> TransportFactory:
    """Return a callable that opens a new session with the mailbox each time it is called."""

    def open_sftp() -> Transport:
        from x12_pa.exchange.sftp import connect

        return connect(box, environ)

    def open_local() -> Transport:
        root = box.root or Path()
        if not root.is_dir():
            raise ConfigError(f"mailbox.{box.name}.root: {root} is not a directory.")
        return LocalTransport(root)

    return open_local if box.transport == "local" else open_sftp
