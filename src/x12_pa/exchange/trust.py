"""Show a server's host keys so that a person can compare them. Trusts nothing, pins nothing."""

from attrs import frozen

from x12_pa.configuration import MailboxSettings
from x12_pa.errors import UsageError


@frozen(kw_only=True)
class HostKey:
    """One host key that a server shows; `pinned` if the configuration has its fingerprint."""

    kind: str
    fingerprint: str
    pinned: bool


def host_keys(box: MailboxSettings) -> list[HostKey]:
    """Ask a mailbox's server for its host keys, without logging in.

    Raises:
        UsageError: the mailbox is a local directory.
        x12_pa.exchange.errors.TransientError: the server cannot be reached.
    """
    if box.transport == "local":
        raise UsageError(f"mailbox.{box.name} is a local directory; it has no host key.")
    from x12_pa.exchange.sftp import host_fingerprints

    return [
        HostKey(kind=kind, fingerprint=shown, pinned=shown in box.host_key)
        for kind, shown in host_fingerprints(box.host, box.port, box.connect_seconds)
    ]
