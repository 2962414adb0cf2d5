"""A payer on a temporary mailbox, and requests to drop into it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from attrs import evolve

from tests.support import FIXTURES, NOW
from x12_pa.guides import load_guide
from x12_pa.models import (
    ClockTime,
    ReviewRequest,
    ReviewResponse,
    build_request,
    from_json,
    parse_review,
)
from x12_pa.simulator.payer import Payer
from x12_pa.simulator.personality import Personality, read_personality
from x12_pa.syntax import (
    Envelope,
    GroupContent,
    Interchange,
    build_interchange,
    read_interchanges,
)

REQUESTS = FIXTURES / "requests"


def request_files() -> list[Path]:
    """Return the demo's requests, one file each."""
    return sorted(REQUESTS.glob("[0-9][0-9]_*.json"))


def load(path: Path) -> ReviewRequest:
    record = from_json(path.read_text())
    assert isinstance(record, ReviewRequest)
    return record


def fixture(number: int) -> ReviewRequest:
    """Return request `number` of the demo."""
    return load(next(REQUESTS.glob(f"{number:02d}_*.json")))


def personality(*rules: dict[str, Any], **more: Any) -> Personality:
    named = [{"id": f"rule-{n}", **rule} for n, rule in enumerate(rules, 1)]
    data = {"personality": "test", "rules": named, "otherwise": {"decision": "A1"}, **more}
    return read_personality(data)


def always(**answer: Any) -> Personality:
    """Return a payer that gives every request the same answer."""
    return personality(otherwise=answer)


def dated(request: ReviewRequest) -> ReviewRequest:
    """Return the request with the date and time that `submit` would give it."""
    return evolve(request, created_on=NOW.date(), created_at=ClockTime("14:00"))


def interchange(*requests: ReviewRequest, control: int = 1) -> bytes:
    """Return an interchange with the requests, as the clinic sends it."""
    guide = load_guide("278-request")
    sets = [
        build_request(dated(request), guide, control=f"{n:04d}")
        for n, request in enumerate(requests, 1)
    ]
    group = GroupContent(
        functional_id="HI",
        sender="CLINIC001",
        receiver="DEMOPAYER",
        control=control,
        version="005010X217",
        at=NOW,
        transactions=sets,
    )
    envelope = Envelope(
        sender_qualifier="ZZ",
        sender_id="CLINIC001",
        receiver_qualifier="ZZ",
        receiver_id="DEMOPAYER",
        control=control,
        usage="T",
        at=NOW,
    )
    return build_interchange(envelope, [group])


class Desk:
    """The payer with its mailbox and a clock that a test moves."""

    def __init__(self, folder: Path, who: Personality | str = "default") -> None:
        self.folder = folder
        self.now: datetime = NOW
        self.payer = self.restarted(who)
        self.read: set[str] = set()

    def restarted(self, who: Personality | str) -> Payer:
        return Payer(
            self.folder / "mailbox",
            self.folder / "state",
            personality=who,
            clock=lambda: self.now,
        )

    def put(self, data: bytes, name: str = "request.x12") -> None:
        (self.folder / "mailbox" / "inbound" / name).write_bytes(data)

    def poll(self) -> list[Interchange]:
        """Let the payer poll once; return what it delivered."""
        self.now = (self.now + timedelta(minutes=15)).astimezone(UTC)
        done = self.payer.poll()
        outbound = self.folder / "mailbox" / "outbound"
        return [
            item
            for name in done.delivered
            for item in read_interchanges((outbound / name).read_bytes())
        ]

    def ask(self, *requests: ReviewRequest, control: int = 1) -> list[Interchange]:
        """Send the requests in one interchange, poll, return what came back."""
        self.put(interchange(*requests, control=control), f"request-{control}.x12")
        return self.poll()


def responses(found: list[Interchange]) -> list[ReviewResponse]:
    records = []
    for item in found:
        for group in item.groups:
            for transaction in group.transactions:
                if transaction.id == "278":
                    record = parse_review(transaction)
                    assert isinstance(record, ReviewResponse)
                    records.append(record)
    return records


def segments(found: list[Interchange], name: str) -> list[str]:
    """Return the texts of all segments of that id, loose ones included."""
    texts = [each.text for item in found for each in item.loose if each.id == name]
    for item in found:
        for group in item.groups:
            for transaction in group.transactions:
                texts += [each.text for each in transaction.segments if each.id == name]
    return texts
