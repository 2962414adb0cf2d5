"""SFTP through paramiko: the only module that imports it.

What paramiko leaves to chance is done here:

* the socket is ours: TCP_NODELAY (without it small writes run at a hundredth of the speed),
  keep-alive, and TCP_USER_TIMEOUT, because paramiko retries a timed-out send for ever;
* every wait has a limit, and a timer closes the whole session from outside when its time is up;
* the host key is compared with pinned SHA-256 fingerprints before anything is sent; there is no
  policy that accepts an unknown key;
* one key or password that was configured, never the agent's or those found lying about;
* reads and writes are pipelined by `pipeline`, which collects *every* answer: paramiko's own `put`
  and `close` drop late write errors;
* names are bytes, because one name that is not UTF-8 would make the whole listing fail.
"""

import base64
import contextlib
import hashlib
import logging
import os
import stat
import struct
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import paramiko
from paramiko import sftp as wire

from x12_pa.configuration import MailboxSettings
from x12_pa.errors import ConfigError
from x12_pa.exchange.dialing import dial, secret
from x12_pa.exchange.errors import (
    AuthError,
    Interrupted,
    NameCollision,
    NoSuchFile,
    ProtocolSurprise,
    RemoteRefused,
    TransientError,
    TrustError,
    classify,
)
from x12_pa.exchange.pipeline import PipelinedReader, PipelinedWriter
from x12_pa.exchange.transport import Entry, RemoteReader, RemoteWriter, Session, printable

logging.getLogger("paramiko").setLevel(logging.CRITICAL + 1)  # it prints tracebacks

_KEY_FAMILIES = (
    ("ssh-ed25519",),
    ("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"),
    ("rsa-sha2-512", "rsa-sha2-256"),
)


class SftpTransport(Session):
    """A session over an SFTP client that is already there.

    `end` closes whatever carries it; it may be called from another thread.
    """

    def __init__(self, client: paramiko.SFTPClient, end: Callable[[], None]) -> None:
        self._client: Any = client
        self._end = end
        self._early: dict[int, tuple[int, Any]] = {}
        self._timer: threading.Timer | None = None
        self._expired = False

    def limit(self, seconds: float) -> None:
        """Close the session from outside when `seconds` have passed."""
        timer = self._timer = threading.Timer(seconds, self._expire)
        timer.daemon = True
        timer.start()

    def _expire(self) -> None:
        self._expired = True
        self._end()

    def list(self, directory: bytes) -> Iterator[Entry]:
        """Yield the entries of a directory, names in bytes."""
        with self._translated(directory):
            _, answer = self._client._request(wire.CMD_OPENDIR, directory)
            handle = answer.get_binary()
        try:
            while page := self._page(handle, directory):
                yield from page
        finally:
            with contextlib.suppress(RemoteRefused, TransientError, ProtocolSurprise):
                self.close_handle(handle)

    def _page(self, handle: bytes, directory: bytes) -> Sequence[Entry]:
        with self._translated(directory):
            try:
                kind, answer = self._client._request(wire.CMD_READDIR, handle)
            except EOFError:
                return []
            if kind != wire.CMD_NAME:
                raise ProtocolSurprise("The server answered a listing with something else.")
            page = []
            for _ in range(answer.get_int()):
                name = answer.get_binary()
                answer.get_binary()
                page.append(_entry(name, paramiko.SFTPAttributes._from_msg(answer)))  # type: ignore[attr-defined]
            return page

    def lstat(self, path: bytes) -> Entry | None:
        """Return the entry of a path, or None."""
        try:
            with self._translated(path):
                _, answer = self._client._request(wire.CMD_LSTAT, path)
                attributes = paramiko.SFTPAttributes._from_msg(answer)  # type: ignore[attr-defined]
        except NoSuchFile:
            return None
        return _entry(path.rpartition(b"/")[2], attributes)

    def open_read(self, path: bytes, size: int) -> RemoteReader:
        """Open for reading."""
        return PipelinedReader(self, self._open(path, wire.SFTP_FLAG_READ), size)

    def open_new(self, path: bytes) -> RemoteWriter:
        """Create a file that must not exist."""
        flags = wire.SFTP_FLAG_WRITE | wire.SFTP_FLAG_CREATE | wire.SFTP_FLAG_EXCL
        try:
            return PipelinedWriter(self, self._open(path, flags))
        except NoSuchFile:
            raise
        except RemoteRefused:
            if self.lstat(path) is not None:
                raise _collision(path) from None
            raise

    def _open(self, path: bytes, flags: int) -> bytes:
        with self._translated(path):
            request = (wire.CMD_OPEN, path, flags, paramiko.SFTPAttributes())
            kind, answer = self._client._request(*request)
            if kind != wire.CMD_HANDLE:
                raise ProtocolSurprise("The server answered an open with something else.")
            handle: bytes = answer.get_binary()
            return handle

    def posix_rename(self, old: bytes, new: bytes) -> None:
        """Rename atomically, replacing `new`."""
        with self._translated(old):
            self._client._request(wire.CMD_EXTENDED, "posix-rename@openssh.com", old, new)

    def rename(self, old: bytes, new: bytes) -> None:
        """Rename; refuse if `new` exists."""
        try:
            with self._translated(old):
                self._client._request(wire.CMD_RENAME, old, new)
        except NoSuchFile:
            raise
        except RemoteRefused:
            if self.lstat(new) is not None and self.lstat(old) is not None:
                raise _collision(new) from None
            raise

    def remove(self, path: bytes) -> bool:
        """Remove a file; return whether it was there."""
        try:
            with self._translated(path):
                self._client._request(wire.CMD_REMOVE, path)
        except NoSuchFile:
            return False
        return True

    def mkdir(self, path: bytes) -> None:
        """Make a directory."""
        with self._translated(path):
            self._client._request(wire.CMD_MKDIR, path, paramiko.SFTPAttributes())

    # The pipeline's requests.

    def ask_read(self, handle: bytes, offset: int, count: int) -> int:
        """Send READ."""
        return self._send(wire.CMD_READ, handle, wire.int64(offset), count)

    def ask_write(self, handle: bytes, offset: int, data: bytes) -> int:
        """Send WRITE."""
        return self._send(wire.CMD_WRITE, handle, wire.int64(offset), data)

    def _send(self, kind: int, *parts: Any) -> int:
        with self._translated(b"the open file"):
            return int(self._client._async_request(self, kind, *parts))

    def answer(self, number: int) -> bytes | None:
        """Wait for one answer, keeping those that come before it."""
        with self._translated(b"the open file"):
            try:
                kind, message = self._early.pop(number, (0, None))
                if message is None:
                    kind, message = self._client._read_response(number)
                elif kind == wire.CMD_STATUS:
                    self._client._convert_status(message)
            except EOFError:
                return None
            return bytes(message.get_binary()) if kind == wire.CMD_DATA else b""

    def _async_response(self, kind: int, message: Any, number: int) -> None:
        """Keep an answer that came before the one waited for; paramiko calls this."""
        self._early[number] = (kind, message)

    def close_handle(self, handle: bytes) -> None:
        """Send CLOSE and look at the answer."""
        with self._translated(b"close"):
            self._client._request(wire.CMD_CLOSE, handle)

    @contextlib.contextmanager
    def _translated(self, path: bytes) -> Iterator[None]:
        try:
            yield
        except _FOREIGN as error:
            if self._expired:
                raise Interrupted(
                    "The session was closed because its time was up. The rest goes in the next run."
                ) from None
            known = classify(error, printable(path))
            if isinstance(known, TransientError):
                self.close()
            raise known from None

    def close(self) -> None:
        """End the session."""
        if self._timer is not None:
            self._timer.cancel()
        with contextlib.suppress(Exception):
            self._end()


_FOREIGN = (OSError, EOFError, paramiko.SSHException, wire.SFTPError, struct.error, ValueError)


def _collision(path: bytes) -> NameCollision:
    return NameCollision(f"{printable(path)}: something of that name is on the server.")


def _entry(name: bytes, found: paramiko.SFTPAttributes) -> Entry:
    mode = found.st_mode
    return Entry(
        name=name,
        size=found.st_size,
        mtime=found.st_mtime,
        regular=None if mode is None or not stat.S_IFMT(mode) else stat.S_ISREG(mode),
    )


def connect(box: MailboxSettings, environ: Mapping[str, str] | None = None) -> SftpTransport:
    """Open a session: dial, check the host key, log in, start SFTP.

    Raises:
        ConfigError: the key file or the secret is missing or unusable.
        TrustError, AuthError, TransientError, ProtocolSurprise: see `errors`.
    """
    log_in = _credential(box, os.environ if environ is None else environ)
    session = _trusted(box)
    try:
        with _translated_connecting(box):
            log_in(session)
            session.set_keepalive(30)
            channel = session.open_session(timeout=box.connect_seconds)
            channel.settimeout(box.timeout_seconds)
            channel.invoke_subsystem("sftp")
            client = paramiko.SFTPClient(channel)
    except BaseException:
        session.close()
        raise
    transport = SftpTransport(client, session.close)
    transport.limit(box.run_seconds)
    return transport


def host_fingerprints(host: str, port: int, seconds: float) -> list[tuple[str, str]]:
    """Return (key type, SHA-256 fingerprint) of every kind of host key that a server shows.

    Nothing is trusted and nobody logs in.
    """
    found = []
    for family in _KEY_FAMILIES:
        try:
            session = _handshake(host, port, seconds, family)
        except ProtocolSurprise:
            continue
        key = session.get_remote_server_key()
        session.close()
        found.append((key.get_name(), fingerprint(key)))
    return found


def fingerprint(key: paramiko.PKey) -> str:
    """Return `SHA256:...` as OpenSSH prints it."""
    digest = hashlib.sha256(key.asbytes()).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def _trusted(box: MailboxSettings) -> paramiko.Transport:
    """Return a session whose host key is a pinned one, whichever kind of key was pinned."""
    seen = []
    for family in (None, *_KEY_FAMILIES):
        try:
            session = _handshake(box.host, box.port, box.connect_seconds, family)
        except ProtocolSurprise:
            if family is None:
                raise
            continue
        shown = fingerprint(session.get_remote_server_key())
        if shown in box.host_key:
            return session
        session.close()
        seen.append(shown)
    raise TrustError(
        f"{box.name}: the server at {box.host}:{box.port} shows the host key "
        f"{' / '.join(dict.fromkeys(seen))}, which is not pinned. Nothing was sent. Ask the "
        "partner whether the key was changed; only then put the new one into host_key."
    )


def _handshake(
    host: str, port: int, seconds: float, family: tuple[str, ...] | None
) -> paramiko.Transport:
    session = paramiko.Transport(dial(host, port, seconds))
    session.banner_timeout = seconds
    session.auth_timeout = seconds
    session.channel_timeout = seconds
    try:
        if family:
            session.get_security_options().key_types = family
        session.start_client(timeout=seconds)
        if not session.initial_kex_done:  # paramiko returns in silence when the time is up
            raise EOFError
    except BaseException as error:
        session.close()
        if isinstance(error, paramiko.ssh_exception.IncompatiblePeer):
            raise ProtocolSurprise(
                f"{host}:{port}: no common algorithm with the server ({error}). It may know only "
                "SHA-1; ask the partner to update it."
            ) from None
        if isinstance(error, _FOREIGN):
            raise TransientError(
                f"{host}:{port}: the connection broke while it was set up. Try again; if it stays "
                "so, check that this is an SSH server."
            ) from None
        raise
    return session


@contextlib.contextmanager
def _translated_connecting(box: MailboxSettings) -> Iterator[None]:
    try:
        yield
    except paramiko.AuthenticationException as error:
        allowed = getattr(error, "allowed_types", None)
        hint = f" It accepts: {', '.join(allowed)}." if allowed else ""
        raise AuthError(
            f"{box.name}: the server rejected our login as {box.username}.{hint} Check username "
            "and key_file, and that the partner installed the public key."
        ) from None
    except _FOREIGN as error:
        raise classify(error, f"{box.name} ({box.host}:{box.port})") from None


def _credential(
    box: MailboxSettings, environ: Mapping[str, str]
) -> Callable[[paramiko.Transport], None]:
    """Return how to log in, with the one configured key or password."""
    if box.key_file is None:
        password = secret(box, "password_env", environ)
        return lambda session: _finish(box, session.auth_password(box.username, password or ""))
    key = _load_key(box, secret(box, "passphrase_env", environ))
    return lambda session: _finish(box, session.auth_publickey(box.username, key))


def _finish(box: MailboxSettings, further: list[str]) -> None:
    if further:
        raise AuthError(
            f"{box.name}: the server asks for a second factor ({', '.join(further)}), which a "
            "program cannot give. Ask the partner for a login by key alone."
        )


def _load_key(box: MailboxSettings, passphrase: str | None) -> paramiko.PKey:
    path, where = box.key_file, f"mailbox.{box.name}.key_file"
    assert path is not None
    try:
        mode = path.stat().st_mode
        if stat.S_IMODE(mode) & 0o077:
            raise ConfigError(f"{where}: {path} can be read by others. Run: chmod 600 {path}")
        secret_bytes: Any = passphrase.encode() if passphrase else None
        return paramiko.PKey.from_path(path, secret_bytes)
    except OSError as error:
        raise ConfigError(f"{where}: {path} cannot be read ({error.strerror}).") from None
    except (TypeError, paramiko.PasswordRequiredException):
        raise ConfigError(
            f"{where}: {path} has a passphrase. Name the environment variable that holds it in "
            "passphrase_env."
        ) from None
    except (ValueError, paramiko.SSHException):
        raise ConfigError(
            f"{where}: {path} is not a private key that can be read (Ed25519, ECDSA or RSA in "
            "OpenSSH or PEM form), or the passphrase is wrong."
        ) from None
