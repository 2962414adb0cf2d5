"""A clinic and a payer that share a directory: an office with its ledger, and a scripted payer."""

import json
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from attrs import evolve

from tests.simulator.support import fixture, personality
from tests.support import NOW
from x12_pa.authorizations.records import Authorization
from x12_pa.configuration import load_settings
from x12_pa.eligibility.schedule import Check
from x12_pa.exchange.run import RunReport
from x12_pa.ledger.database import open_ledger
from x12_pa.ledger.intake import TakenIn
from x12_pa.ledger.lookups import requests
from x12_pa.ledger.requests import StoredRequest
from x12_pa.models import ReviewRequest, to_json
from x12_pa.services.eligibility_check import Checked, check
from x12_pa.services.eligibility_desk import Wanted
from x12_pa.services.eligibility_lists import Question, questions
from x12_pa.services.exchange import run_once
from x12_pa.services.ingest import ingest_file
from x12_pa.services.lists import authorizations
from x12_pa.services.office import Office
from x12_pa.services.reading import Source
from x12_pa.services.submit import Submission, submit
from x12_pa.simulator.payer import Payer
from x12_pa.simulator.personality import Personality

IDENTITY = """\
[identity]
sender_id = "CLINIC001"
trace_originator = "9CLINIC001"
"""
LEDGER = """
[ledger]
url = "sqlite:///ledger.db"
spool = "spool"
"""
MAILBOX = """
[mailbox.payer]
transport = "local"
root = "payer/mailbox"
profile = "demo-payer"
settle_seconds = 0
"""
CERTIFIED = personality()


class Bench:
    """An office, a mailbox and a payer in one folder; `now` moves by hand."""

    def __init__(
        self, folder: Path, who: Personality | str = CERTIFIED, *, more: str = "", config: str = ""
    ) -> None:
        self.folder = folder
        self.now: datetime = NOW
        self.config = folder / "x12-pa.toml"
        self.config.write_text(config or IDENTITY + LEDGER + MAILBOX + more, encoding="utf-8")
        self.payer = Payer(
            folder / "payer" / "mailbox",
            folder / "payer" / "state",
            personality=who,
            clock=lambda: self.now,
        )
        self.office = self.opened()

    def opened(self) -> Office:
        settings = load_settings(self.config)
        ledger = open_ledger(
            settings.ledger.url, clock=lambda: self.now, spool=settings.ledger.spool
        )
        return Office(settings=settings, ledger=ledger, clock=lambda: self.now)

    def close(self) -> None:
        self.office.ledger.close()

    def submit(self, *inputs: Source | ReviewRequest | int, test: bool = False) -> Submission:
        """Queue inputs; a number is a request of the demo."""
        sources = [as_source(item) for item in inputs]
        return submit(self.office, self.office.only_mailbox(None), sources, test=test)

    def check(self, *rows: Check, **options: Any) -> Checked:
        """Ask about eligibility."""
        wanted = [Wanted(where=f"row {n}", check=row) for n, row in enumerate(rows, 1)]
        return check(self.office, wanted, **options)

    def told(self, *rows: Check) -> list[Question]:
        """Ask, let the payer answer, read it; return every question."""
        self.check(*rows)
        self.run()
        self.poll()
        self.run()
        return questions(self.office)

    def run(self) -> RunReport:
        return run_once(self.office, self.office.only_mailbox(None))

    def poll(self, *, minutes: int = 15) -> list[Path]:
        """Let the payer poll once; return what it delivered."""
        self.now += timedelta(minutes=minutes)
        delivered = self.payer.poll().delivered
        return [self.folder / "payer" / "mailbox" / "outbound" / name for name in delivered]

    def sent_and_answered(self, *inputs: Source | ReviewRequest | int) -> list[bytes]:
        """Submit, upload, and return the files that the payer answers with, not yet read."""
        self.submit(*inputs)
        self.run()
        files = self.poll()
        data = [path.read_bytes() for path in files]
        for path in files:
            path.unlink()
        return data

    def ingest(self, data: bytes, name: str = "file.x12") -> TakenIn:
        return ingest_file(self.office, name, data)

    def requests(self) -> list[StoredRequest]:
        with self.office.ledger.read() as tx:
            return requests(tx)

    def states(self) -> dict[str, str]:
        return {request.bht03: request.state for request in self.requests()}

    def decided(self, *, past: bool = False) -> list[Authorization]:
        return [record for record in authorizations(self.office, past=past) if record.version]

    def event(self) -> Authorization:
        """Return the only event in force."""
        (record,) = [r for r in authorizations(self.office) if r.level == "event"]
        return record

    def received(self) -> list[bytes]:
        """Return the interchanges that the payer took, and those it has not taken yet."""
        taken = sorted((self.folder / "payer" / "state" / "received").iterdir())
        waiting = sorted((self.folder / "payer" / "mailbox" / "inbound").iterdir())
        return [path.read_bytes() for path in [*taken, *waiting] if path.is_file()]


def as_source(item: Source | ReviewRequest | int) -> Source:
    if isinstance(item, Source):
        return item
    record = fixture(item) if isinstance(item, int) else item
    return Source(f"{record.reference}.json", json.dumps(to_json(record)).encode())


def json_lines(*records: dict[str, Any]) -> Source:
    return Source("requests.jsonl", b"\n".join(json.dumps(each).encode() for each in records))


def states_of(done: Submission) -> list[str]:
    return [item.state for item in done.outcomes]


def unnumbered(number: int) -> ReviewRequest:
    """Return a request of the demo without reference and trace numbers."""
    record = fixture(number)
    services = tuple(evolve(each, traces=()) for each in record.event.services)
    event = evolve(record.event, traces=(), services=services)
    return evolve(record, reference=None, event=event)


def kind_of(data: bytes) -> str:
    """Return the transaction set of a file: 999, 278, 271, or TA1 alone."""
    for name in ("999", "278", "271"):
        if b"ST*" + name.encode() in data:
            return name
    return "TA1"


def by_kind(files: Iterable[bytes]) -> dict[str, list[bytes]]:
    found: dict[str, list[bytes]] = {}
    for data in files:
        found.setdefault(kind_of(data), []).append(data)
    return found


def counts(taken: TakenIn) -> Counter[str]:
    return Counter(taken.outcome.counts)
