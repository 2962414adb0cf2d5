"""Read requests from whatever people have: JSON, JSON Lines, CSV, or a 278 made elsewhere."""

from collections.abc import Iterator
from pathlib import PurePath

from attrs import frozen

from x12_pa.errors import DocumentError
from x12_pa.guides import Profile
from x12_pa.models import (
    ReviewRequest,
    ReviewResponse,
    from_csv,
    from_json,
    from_json_lines,
    parse_review,
)
from x12_pa.syntax import read_transactions
from x12_pa.validation import Finding, validate


@frozen
class Source:
    """One input: its name, for messages, and its bytes."""

    name: str
    data: bytes


@frozen(kw_only=True)
class Read:
    """One request of an input, or the findings because of which it cannot be taken."""

    source: str
    request: ReviewRequest | None = None
    findings: tuple[Finding, ...] = ()


def read_requests(source: Source, profile: Profile | None = None) -> Iterator[Read]:
    """Yield the requests of one input.

    Raises:
        DocumentError: the input is none of the four forms, or does not fit its form.
    """
    start = source.data.lstrip(b"\xef\xbb\xbf \t\r\n")[:3]
    if start == b"ISA":
        yield from _from_x12(source, profile)
        return
    for found in _documents(source):
        if isinstance(found, ReviewResponse):
            raise DocumentError(f"{source.name}: this is a response; only requests are sent.")
        yield Read(source=source.name, request=found)


def _documents(source: Source) -> list[ReviewRequest | ReviewResponse]:
    suffix = PurePath(source.name).suffix.lower()
    if suffix == ".csv":
        return list(from_csv(source.data))
    if suffix in (".jsonl", ".ndjson"):
        return from_json_lines(source.data)
    text = source.data.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not text.startswith(b"{"):
        if b"," in text.partition(b"\n")[0]:
            return list(from_csv(source.data))
        raise DocumentError(
            f"{source.name}: this is neither X12 (begins with ISA) nor JSON (begins with a "
            "brace) nor CSV (a header row with commas)."
        )
    lines = [line for line in text.splitlines() if line.strip()]
    several = len(lines) > 1 and all(line.lstrip().startswith(b"{") for line in lines)
    return from_json_lines(source.data) if several else [from_json(source.data)]


def _from_x12(source: Source, profile: Profile | None) -> Iterator[Read]:
    """Yield the 278 requests of an interchange; one with errors comes with its findings."""
    result = validate(source.data, path=source.name)
    for transaction in read_transactions(source.data):
        header = transaction.interchange
        group = transaction.group.element(6) if transaction.group else None
        here = (header.element(13) if header else None, group, transaction.control)
        wrong = tuple(
            finding
            for finding in result.findings
            if finding.severity == "error"
            and (finding.interchange, finding.group, finding.transaction) == here
        )
        if wrong:
            yield Read(source=source.name, findings=wrong)
            continue
        found = parse_review(transaction)
        if isinstance(found, ReviewResponse):
            raise DocumentError(
                f"{source.name}: set {transaction.control} is a response; take it in with "
                "'x12-pa ingest'."
            )
        yield Read(source=source.name, request=found)
