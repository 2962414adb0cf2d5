"""A real SFTP server inside this process, for the demo and for tests.

It listens on a loopback port of its own choosing, runs asyncssh on its own event loop in its own
thread, and needs neither root nor an OpenSSH daemon. Its host key is made when the object is made,
so that the fingerprint can be pinned in a client's configuration before the server starts. Clients
log in with a public key; each sees only the server's root directory (chroot), in which `inbound`
(they upload) and `outbound` (they fetch) are created. `posix-rename@openssh.com` is served, because
the exchange protocol ends an upload with it.

asyncssh is imported here and nowhere else.
"""

import asyncio
import os
import threading
from collections.abc import Iterable
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import asyncssh

from x12_pa.errors import LocalError, UsageError

START_TIMEOUT = 15.0


class SftpServer:
    """Serve one directory over SFTP on 127.0.0.1 until stopped.

    Args:
        root: directory that clients see as `/`; created with its two mailbox folders.
        username: the only account.
        authorized_keys: public keys that may log in, as OpenSSH lines (`ssh-ed25519 AAAA…`).
        host_key: a private key in OpenSSH form to use again; without it a new one is made.
        port: 0 chooses a free one.
        folders: mailbox folders to create under the root.
    """

    def __init__(
        self,
        root: Path,
        *,
        username: str = "clinic001",
        authorized_keys: Iterable[str] = (),
        host_key: bytes | None = None,
        port: int = 0,
        folders: Iterable[str] = ("inbound", "outbound"),
    ) -> None:
        self.root = root.resolve()
        self.username = username
        self.host = "127.0.0.1"
        self.port = port
        self._authorized = [_public_key(line) for line in authorized_keys]
        self._host_key = (
            asyncssh.import_private_key(host_key)
            if host_key is not None
            else asyncssh.generate_private_key("ssh-ed25519")
        )
        for folder in folders:
            (self.root / folder).mkdir(parents=True, exist_ok=True, mode=0o700)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._stopping: asyncio.Event | None = None

    @property
    def fingerprint(self) -> str:
        """The host key as clients pin it: `SHA256:…` without padding."""
        return str(self._host_key.get_fingerprint("sha256"))

    @property
    def host_key(self) -> bytes:
        """The private host key in OpenSSH form, to start the same server again later."""
        return bytes(self._host_key.export_private_key())

    @property
    def known_hosts_line(self) -> str:
        """The line an OpenSSH client wants in its `known_hosts` file."""
        public = self._host_key.export_public_key().decode("ascii").strip()
        return f"[{self.host}]:{self.port} {public}\n"

    def authorize(self, public_key: str) -> None:
        """Let one more public key (an OpenSSH line) log in; works while the server runs."""
        self._authorized.append(_public_key(public_key))

    def start(self) -> Self:
        """Listen; return when a client can connect.

        Raises:
            UsageError: the server is already running.
            LocalError: the port cannot be bound.
        """
        if self._thread is not None:
            raise UsageError("The SFTP server is already running; stop it before starting again.")
        ready: Future[int] = Future()
        self._thread = threading.Thread(
            target=self._run, args=(ready,), name="x12-pa-sftp", daemon=True
        )
        self._thread.start()
        try:
            self.port = ready.result(START_TIMEOUT)
        except (OSError, TimeoutError) as error:
            self._thread = None
            raise LocalError(
                f"The simulated payer's SFTP server could not listen on {self.host}:{self.port} "
                f"({error}). Choose another port, or 0 for any free one."
            ) from error
        return self

    def stop(self) -> None:
        """Close every connection and wait for the thread; stopping twice is harmless."""
        thread, self._thread = self._thread, None
        if thread is None or self._loop is None or self._stopping is None:
            return
        self._loop.call_soon_threadsafe(self._stopping.set)
        thread.join(START_TIMEOUT)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _run(self, ready: "Future[int]") -> None:
        try:
            asyncio.run(self._serve(ready))
        except Exception as error:
            if not ready.done():
                ready.set_exception(error)

    async def _serve(self, ready: "Future[int]") -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        connections: set[Any] = set()
        server = await asyncssh.listen(
            self.host,
            self.port,
            server_factory=lambda: _Login(self.username, self._authorized, connections),
            server_host_keys=[self._host_key],
            sftp_factory=self._chroot,
            allow_scp=False,
            agent_forwarding=False,
            x11_forwarding=False,
        )
        ready.set_result(int(server.get_port()))
        await self._stopping.wait()
        server.close()
        for connection in list(connections):
            connection.abort()
        await server.wait_closed()

    def _chroot(self, channel: Any) -> Any:
        return _Jail(channel, chroot=str(self.root).encode())


class _Jail(asyncssh.SFTPServer):  # type: ignore[misc, unused-ignore]
    """Serve nothing outside the root: asyncssh maps names only, so links are checked here."""

    def map_path(self, path: bytes) -> bytes:
        """Return the local path, or refuse it when a link leads out of the root."""
        local = bytes(super().map_path(path))
        root = os.path.realpath(self._chroot)
        if os.path.commonpath([root, os.path.realpath(local)]) != root:
            raise asyncssh.SFTPPermissionDenied("outside the mailbox")
        return local


class _Login(asyncssh.SSHServer):  # type: ignore[misc, unused-ignore]
    """Accept one account by public key; refuse passwords, shells and forwarding."""

    def __init__(self, username: str, authorized: list[Any], connections: set[Any]) -> None:
        self._username = username
        self._authorized = authorized
        self._connections = connections
        self._connection: Any = None

    def connection_made(self, conn: Any) -> None:
        self._connection = conn
        self._connections.add(conn)

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.discard(self._connection)

    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return False

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: Any) -> bool:
        return username == self._username and key in self._authorized


def _public_key(line: str) -> Any:
    try:
        return asyncssh.import_public_key(line)
    except asyncssh.KeyImportError as error:
        raise UsageError(
            "An authorised key of the SFTP server cannot be read; give the content of the "
            "client's .pub file, as in 'ssh-ed25519 AAAA…'."
        ) from error


def make_key_pair(path: Path) -> str:
    """Write a new client key (`path`, mode 0600, and `path`.pub) unless it is there already.

    Returns:
        The public key as an OpenSSH line, as `SftpServer` takes it.
    """
    public = path.with_name(f"{path.name}.pub")
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        key = asyncssh.generate_private_key("ssh-ed25519", comment="x12-pa demo")
        _write_private(path, bytes(key.export_private_key()))
        public.write_bytes(key.export_public_key())
    return public.read_text(encoding="ascii").strip()


def load_host_key(path: Path) -> bytes:
    """Return the host key kept at `path`, made on first use: a pinned server stays the same."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        key = asyncssh.generate_private_key("ssh-ed25519")
        _write_private(path, bytes(key.export_private_key()))
    return path.read_bytes()


def _write_private(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
