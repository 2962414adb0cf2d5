"""Fixtures: a bench per test, and one OpenSSH server per session."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.exchange.bench import Bench
from tests.exchange.sshd import Sshd, start_sshd


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A mailbox in mode rename behind OpenSSH's sftp-server."""
    return Bench.make(tmp_path)


@pytest.fixture(scope="session")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    """A real OpenSSH server on a free loopback port."""
    server = start_sshd(tmp_path_factory.mktemp("sshd"))
    try:
        yield server
    finally:
        server.stop()
