"""A fresh ledger for each test: SQLite, or PostgreSQL when X12_PA_TEST_POSTGRES names a server."""

import os
import secrets
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from tests.support import NOW
from x12_pa.ledger.control_numbers import scope_key
from x12_pa.ledger.database import Ledger, open_ledger
from x12_pa.ledger.mailboxes import ControlNumbers, QueuedFile, Rendered, enqueue

SCOPE = scope_key("ZZ", "CLINIC001", "ZZ", "ACMEPAYER", "T")


class Hands:
    """A clock that a test moves by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **delta: float) -> None:
        self.now += timedelta(**delta)


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    server = os.environ.get("X12_PA_TEST_POSTGRES")
    if server is None:
        yield f"sqlite:///{tmp_path}/state/ledger.db"
        return
    schema = f"t{secrets.token_hex(6)}"
    engine = create_engine(server)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    address = make_url(server).update_query_dict({"options": f"-csearch_path={schema}"})
    yield address.render_as_string(hide_password=False)
    with engine.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    engine.dispose()


@pytest.fixture
def ledger(url: str, clock: Hands, tmp_path: Path) -> Iterator[Ledger]:
    opened = open_ledger(url, clock=clock, spool=tmp_path / "spool", actor="tester")
    yield opened
    opened.close()


@pytest.fixture
def sqlite_only() -> None:
    if os.environ.get("X12_PA_TEST_POSTGRES"):
        pytest.skip("about the SQLite file itself")


def render(numbers: ControlNumbers) -> Rendered:
    data = f"ISA*{numbers.isa13:09}~GS*HI*{numbers.gs06}~IEA~".encode()
    return Rendered(data=data, final_name=f"278_{numbers.epoch}_{numbers.isa13:09}.x12")


Queue = Callable[..., QueuedFile]


@pytest.fixture
def queue(ledger: Ledger) -> Queue:
    def once(key: str = "PA-1", mailbox: str = "acme", scope: str = SCOPE) -> QueuedFile:
        with ledger.write() as tx:
            return enqueue(tx, mailbox=mailbox, scope=scope, key=key, render=render)

    return once
