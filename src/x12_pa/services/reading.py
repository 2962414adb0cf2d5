"""Read requests from whatever people have: JSON, JSON Lines, CSV, or a 278 made elsewhere.

`read_each` tells a faulty request from a faulty input: one that does not fit its form is yielded
with its findings, so that the others of the same input can go on. An input that is none of the
forms at all is an error, because nobody can say what was lost in it.
"""

from collections.abc import Iterator, Sequence
from pathlib import PurePath

from attrs import frozen

from x12_pa.errors import DocumentError
from x12_pa.models import (
    InputProblem,
    ReviewRequest,
    ReviewResponse,
    each_from_json,
    parse_review,
    placed_from_csv,
)
from x12_pa.syntax import NotX12, TransactionSet, read_transactions
from x12_pa.validation import FileResult, Finding, validate

_BLANK = b"\xef\xbb\xbf \t\r\n"
_Document = ReviewRequest | ReviewResponse | InputProblem


@frozen
class Source:
    """One input: its name, for messages, and its bytes."""

    name: str
    data: bytes


@frozen(kw_only=True)
class Read:
    """One request of an input, or why it cannot be taken.

    Attributes:
        place: where in the input, if that holds several: `rows 3 to 5`, `request 2`, `set 0002`.
        findings: what validation says of a 278 made elsewhere; then there is no request.
        problem: why a JSON document or CSV row is no request.
    """

    source: str
    place: str = ""
    request: ReviewRequest | None = None
    findings: tuple[Finding, ...] = ()
    problem: InputProblem | None = None


def read_requests(source: Source) -> Iterator[Read]:
    """Yield the requests of one input; the first faulty document ends it.

    Raises:
        DocumentError: the input is none of the four forms, or does not fit its form.
    """
    problems = [found.problem for found in read_each(source) if found.problem]
    if problems:
        raise InputProblem([each for problem in problems for each in problem.problems])
    yield from read_each(source)


def read_each(source: Source) -> Iterator[Read]:
    """Yield every request of one input, faulty ones with what is wrong with them.

    Raises:
        DocumentError: the input is none of the four forms, or empty; the message names it.
    """
    text = source.data.lstrip(_BLANK)
    empty = True
    try:
        for found in _from_x12(source) if text.startswith(b"ISA") else _from_documents(source):
            empty = False
            yield found
    except InputProblem as problem:
        raise DocumentError(f"{source.name}: {problem}") from None
    except NotX12 as problem:
        raise NotX12(f"{source.name}: {problem}") from None
    if empty:
        raise DocumentError(f"{source.name}: there is no request in it.")


def _from_documents(source: Source) -> Iterator[Read]:
    for place, found in _documents(source):
        if isinstance(found, InputProblem):
            yield Read(source=source.name, place=place, problem=found)
        elif isinstance(found, ReviewResponse):
            raise DocumentError(f"{source.name}: this is a response; only requests are sent.")
        else:
            yield Read(source=source.name, place=place, request=found)


def _documents(source: Source) -> Iterator[tuple[str, _Document]]:
    suffix = PurePath(source.name).suffix.lower()
    if not source.data.strip(_BLANK):
        return iter(())
    text = source.data.lstrip(_BLANK)
    if suffix == ".csv":
        return placed_from_csv(source.data)
    if suffix in (".json", ".jsonl", ".ndjson") or text.startswith((b"{", b"[")):
        return _numbered(list(each_from_json(source.data)))
    if b"," in text.partition(b"\n")[0]:
        return placed_from_csv(source.data)
    raise DocumentError(
        f"{source.name}: this is neither X12 (begins with ISA) nor JSON (begins with a brace) "
        "nor CSV (a header row with commas)."
    )


def _numbered(found: Sequence[_Document]) -> Iterator[tuple[str, _Document]]:
    for number, each in enumerate(found, 1):
        yield (f"request {number}" if len(found) > 1 else ""), each


def _from_x12(source: Source) -> Iterator[Read]:
    """Yield the 278 requests of a file; one with errors comes with its findings.

    An error of an envelope (cut off, counts or control numbers wrong) is one of everything in it:
    nobody can say what else is missing there.
    """
    result = validate(source.data, path=source.name)
    for transaction in read_transactions(source.data):
        wrong, place = _errors(result, transaction), f"set {transaction.control}"
        if wrong:
            yield Read(source=source.name, place=place, findings=wrong)
            continue
        request = _request(source, transaction)
        yield Read(source=source.name, place=place, request=request)


def _errors(result: FileResult, transaction: TransactionSet) -> tuple[Finding, ...]:
    header, group = transaction.interchange, transaction.group
    here = (
        header.element(13) if header else None,
        group.element(6) if group else None,
        transaction.control,
    )
    return tuple(
        finding
        for finding in result.findings
        if finding.severity == "error"
        and all(
            theirs in (None, mine)
            for theirs, mine in zip(
                (finding.interchange, finding.group, finding.transaction), here, strict=True
            )
        )
    )


def _request(source: Source, transaction: TransactionSet) -> ReviewRequest:
    try:
        found = parse_review(transaction)
    except DocumentError as problem:
        raise DocumentError(f"{source.name}: {problem}") from None
    if isinstance(found, ReviewResponse):
        raise DocumentError(
            f"{source.name}: set {transaction.control} is a response; take it in with "
            "'x12-pa ingest'."
        )
    return found
