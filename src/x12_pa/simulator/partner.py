"""A whole simulated trading partner in one directory: mailbox, SFTP server, payer, keys.

```text
<folder>/mailbox/{inbound,outbound}   what clients see over SFTP
<folder>/payer/                       what the payer remembers, and the files it took
<folder>/keys/                        the server's host key, and a client key that may log in
```

The host key and the memory stay in the folder, so that the same partner can be started again: a
client that pinned its key still trusts it, and no control number repeats.
"""

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from x12_pa.clock import Clock, system_clock
from x12_pa.guides.hooks import Lookup
from x12_pa.simulator.payer import Payer, Poll
from x12_pa.simulator.personality import Personality
from x12_pa.simulator.sftp_server import SftpServer, load_host_key, make_key_pair


class Partner:
    """The simulated payer behind its SFTP server; a context manager that starts and stops it.

    Args:
        folder: where everything of it lies; created if needed.
        personality: a name, a path, or a personality.
        port: 0 chooses a free one.
        username: the only account.
        authorized_keys: further public keys that may log in, as OpenSSH lines.
        lookups: registries that rules of the payer's profile ask, by name.
        clock: the payer's time.
    """

    def __init__(
        self,
        folder: Path,
        *,
        personality: str | Path | Personality = "default",
        port: int = 0,
        username: str = "clinic001",
        authorized_keys: tuple[str, ...] = (),
        lookups: Mapping[str, Lookup] | None = None,
        clock: Clock = system_clock,
    ) -> None:
        mailbox, keys = folder / "mailbox", folder / "keys"
        self.key_file = keys / "id_ed25519"
        self.server = SftpServer(
            mailbox,
            username=username,
            authorized_keys=(make_key_pair(self.key_file), *authorized_keys),
            host_key=load_host_key(keys / "host_ed25519"),
            port=port,
        )
        self.payer = Payer(
            mailbox, folder / "payer", personality=personality, lookups=lookups, clock=clock
        )

    def poll(self) -> Poll:
        """Let the payer look into its mailbox once."""
        return self.payer.poll()

    def settings(self) -> dict[str, Any]:
        """Return a `[mailbox.…]` section of x12-pa.toml that reaches this partner."""
        return {
            "transport": "sftp",
            "host": self.server.host,
            "port": self.server.port,
            "username": self.server.username,
            "key_file": str(self.key_file),
            "host_key": [self.server.fingerprint],
            "upload_dir": "inbound",
            "download_dir": "outbound",
            "mode": "rename",
            "after_download": "archive",
            "profile": self.payer.personality.profile,
        }

    def __enter__(self) -> Self:
        self.server.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.server.stop()
