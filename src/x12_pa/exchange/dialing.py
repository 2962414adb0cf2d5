"""The socket below an SSH session, and where its secrets come from. Knows no SSH.

The socket is made here because its options matter: TCP_NODELAY (without it small writes wait for
each other), keep-alive, and TCP_USER_TIMEOUT, which ends a connection whose other side is dead.
"""

import socket
from collections.abc import Mapping

from x12_pa.configuration import MailboxSettings
from x12_pa.errors import ConfigError
from x12_pa.exchange.errors import TransientError


def dial(host: str, port: int, seconds: float) -> socket.socket:
    """Return a connected socket.

    Raises:
        TransientError: the name does not resolve, nobody listens, or no answer in `seconds`.
    """
    try:
        sock = socket.create_connection((host, port), timeout=seconds)
    except socket.gaierror:
        raise TransientError(f"{host}: this name cannot be resolved. Check host.") from None
    except TimeoutError:
        raise TransientError(f"{host}:{port}: no connection within {seconds:g} s.") from None
    except OSError as error:
        raise TransientError(
            f"{host}:{port}: cannot connect ({error.strerror}). Nothing was lost; try again later."
        ) from None
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(seconds * 1000) * 4)
    return sock


def secret(box: MailboxSettings, key: str, environ: Mapping[str, str]) -> str | None:
    """Return the secret that the setting `key` names by its environment variable, or None.

    Raises:
        ConfigError: the variable is not set.
    """
    name = getattr(box, key)
    if name is None:
        return None
    if not environ.get(name):
        raise ConfigError(f"mailbox.{box.name}.{key}: the environment has no {name}.")
    return environ[name]
