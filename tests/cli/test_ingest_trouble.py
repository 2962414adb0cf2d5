"""Files that are not what they should be: said in one message, and kept or left as they were."""

import json
from pathlib import Path

import pytest

from tests.cli.support import run
from tests.services.bench import IDENTITY, LEDGER, MAILBOX
from tests.support import FIXTURES

ANSWER = (FIXTURES / "valid" / "278-response-certified.edi").read_bytes()
REQUEST = (FIXTURES / "valid" / "278-request-dependent.edi").read_bytes()
CLAIMS = (FIXTURES / "demo" / "claims_837p.edi").read_bytes()
SUBMIT, INGEST, CHECK = ("submit",), ("ingest",), ("claims", "check")
FILL = ("claims", "fill", "-o", "out.edi")


@pytest.fixture(autouse=True)
def configured(tmp_path: Path) -> None:
    Path("x12-pa.toml").write_text(IDENTITY + LEDGER + MAILBOX, encoding="utf-8")


TABLE: list[tuple[tuple[str, ...], str, bytes, int, str]] = [
    (SUBMIT, "a letter", b"Dear payer", 2, "neither X12"),
    (SUBMIT, "nothing", b"", 2, "no request in it"),
    (SUBMIT, "cut JSON", b'{"kind": ', 2, "not JSON"),
    (SUBMIT, "JSON of something else", b'{"kind": "song"}', 1, "expected one of"),
    (SUBMIT, "CSV of something else", b"title,artist\nA,B\n", 2, "row 1, column 1: is not named"),
    (SUBMIT, "CSV without rows", b"reference,member_id\n", 2, "no request in it"),
    (SUBMIT, "an answer", ANSWER, 2, "x12-pa ingest"),
    (SUBMIT, "claims", CLAIMS, 2, "no 278"),
    (SUBMIT, "a cut request", REQUEST[:-60], 1, "would be rejected"),
    (SUBMIT, "control numbers", REQUEST.replace(b"IEA*1*0", b"IEA*1*9"), 1, "IEA02"),
    (SUBMIT, "an ISA alone", REQUEST[:106], 2, ""),
    (INGEST, "a letter", b"Dear clinic", 1, "not a whole X12 file: it does not begin with an ISA"),
    (INGEST, "nothing", b"", 1, "not a whole X12 file: it is empty"),
    (INGEST, "a cut answer", ANSWER[:-60], 1, "does not end with an IEA"),
    (INGEST, "control numbers", ANSWER.replace(b"IEA*1*0", b"IEA*1*9"), 1, "does not repeat"),
    (INGEST, "unknown guide", ANSWER.replace(b"005010X217", b"005010X999"), 1, "unknown guide"),
    (INGEST, "an answer to nobody", ANSWER, 1, "answers without a request"),
    (INGEST, "an ISA alone", REQUEST[:106], 1, "not a whole X12 file"),
    (CHECK, "a letter", b"Dear payer", 2, "not X12"),
    (CHECK, "nothing", b"", 2, "empty"),
    (CHECK, "cut claims", CLAIMS[: len(CLAIMS) // 2], 2, "cut off"),
    (CHECK, "unknown guide", CLAIMS.replace(b"005010X222A1", b"004010X098"), 2, "unknown guide"),
    (CHECK, "a request", REQUEST, 2, "there is no claim in it (only 278)"),
    (FILL, "a letter", b"Dear payer", 2, "not X12"),
    (FILL, "a request", REQUEST, 2, "there is no claim in it (only 278)"),
    (FILL, "cut claims", CLAIMS[: len(CLAIMS) // 2], 2, "cut off"),
]


@pytest.mark.parametrize(("args", "name", "data", "code", "text"), TABLE, ids=lambda v: str(v)[:24])
def test_a_file_that_is_not_what_it_should_be(
    args: tuple[str, ...], name: str, data: bytes, code: int, text: str
) -> None:
    Path("out.edi").write_bytes(b"old")
    Path("given.edi").write_bytes(data)
    result = run(*args, "given.edi")
    assert result.exit_code == code, result.output
    assert text in result.output
    assert "given.edi" in result.output
    assert "Traceback" not in result.output
    assert Path("given.edi").read_bytes() == data
    assert Path("out.edi").read_bytes() == b"old"
    assert "queued" not in result.output


@pytest.mark.parametrize("args", [SUBMIT, INGEST, CHECK, FILL])
def test_a_path_that_is_none_is_named(args: tuple[str, ...], tmp_path: Path) -> None:
    for path in ("missing.edi", str(tmp_path)):
        result = run(*args, path)
        assert (result.exit_code, path in result.stderr) == (2, True), result.output
    assert not Path("out.edi").exists()


def test_a_good_file_beside_a_bad_one_is_read_all_the_same() -> None:
    Path("bad.edi").write_bytes(b"no")
    Path("good.edi").write_bytes(REQUEST)
    result = run("ingest", "bad.edi", "good.edi", "--json")
    assert result.exit_code == 1
    assert '"requests": 1' in result.stdout


def test_stdin_is_an_input_like_any_other() -> None:
    assert run("ingest", "-", given=REQUEST).exit_code == 0
    assert run("ingest", "-", given=REQUEST).exit_code == 0
    assert "queued" in run("submit", "-", given=REQUEST.replace(b"REQ000002", b"REQ000003")).stdout


def test_a_good_request_is_a_clean_ingest_and_the_same_again_has_no_effect() -> None:
    Path("request.edi").write_bytes(REQUEST)
    first, again = run("ingest", "request.edi"), run("ingest", "request.edi")
    assert (first.exit_code, again.exit_code) == (0, 0)
    assert "1 requests" in first.stdout
    assert "read before" in again.stdout


def test_any_cut_of_a_claim_file_is_refused_or_reported_but_never_crashes() -> None:
    for size in range(0, len(CLAIMS), 997):
        result = run("claims", "check", "-", given=CLAIMS[:size])
        assert result.exit_code in (0, 1, 2), (size, result.output)


def test_any_cut_of_a_request_is_refused_and_never_sent() -> None:
    for size in range(0, len(REQUEST) - 2, 61):
        result = run("submit", "-", given=REQUEST[:size])
        assert result.exit_code in (1, 2), (size, result.output)
        assert "queued" not in result.output


def test_a_finding_of_a_row_names_input_row_and_request() -> None:
    text = (FIXTURES / "requests" / "example_services.csv").read_text()
    wrong = text.replace("MBR000101", "X12").replace("1962-03-03", "3.3.62")
    Path("day.csv").write_text(wrong)
    result = run("submit", "day.csv")
    assert result.exit_code == 1
    assert "day.csv, rows 2 to 3 (PACSV-000001): P105: NM109" in result.stdout
    assert "day.csv: C201: row 4: subscriber.birth_date: expected a date" in result.stdout
    rows = json.loads(run("submit", "day.csv", "--json").stdout)["requests"]
    assert [(row["source"], row["place"]) for row in rows] == [
        ("day.csv", "rows 2 to 3"),
        ("day.csv", "row 4"),
        ("day.csv", "row 5"),
    ]


def test_a_finding_of_one_of_several_documents_names_its_place() -> None:
    path = FIXTURES / "requests" / "by-family" / "imaging.jsonl"
    Path("many.jsonl").write_text(path.read_text().replace("MBR000102", "X12"))
    assert "many.jsonl, request 2 (PA20261122-000002): P105" in run("submit", "many.jsonl").stdout
    Path("two.edi").write_bytes(REQUEST.replace(b"REQ000002", b""))
    assert "two.edi, set 0001: " in run("submit", "two.edi").stdout


def test_a_csv_of_other_columns_names_the_known_ones() -> None:
    Path("day.csv").write_text("Member ID,procedure\nMBR000101,73721\n")
    result = run("submit", "day.csv")
    assert result.exit_code == 2
    assert "'Member ID' is no column; did you mean 'member_id'?" in result.stderr
    assert "x12-pa schema request-csv lists" in result.stderr


def test_what_waits_for_a_person_is_listed_and_released_with_a_reason() -> None:
    Path("letter.txt").write_bytes(b"Dear clinic")
    taken = run("ingest", "letter.txt")
    assert (taken.exit_code, "x12-pa exchange status" in taken.stderr) == (1, True)
    status = run("exchange", "status")
    assert "received, in quarantine  letter.txt" in status.stdout
    assert "x12-pa exchange release" in status.stderr
    assert run("exchange", "release", "letter.txt").exit_code == 2, "there is no reason"
    done = run("exchange", "release", "letter.txt", "--reason", "to see", "--json")
    (row,) = json.loads(done.stdout)["files"]
    assert (done.exit_code, row["state"], row["clean"]) == (1, "quarantined", False)
    box, _ = json.loads(run("exchange", "status", "--json").stdout)["mailboxes"]
    assert [each["file"] for each in box["waiting"]] == ["letter.txt"]
    missing = run("exchange", "release", "other.txt", "--reason", "to see")
    assert (missing.exit_code, "exchange status" in missing.stderr) == (2, True)
