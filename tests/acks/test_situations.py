"""A table of what can arrive, and what goes back: the whole answer but for its envelopes.

`fixtures/acks/situations.txt` holds the answers. To see what a change does to them, run with
X12_PA_WRITE_SNAPSHOTS=1 and read the difference.
"""

import gzip
import os
from functools import cache
from pathlib import Path

import pytest

from tests.acks.judgements import clock, counting
from tests.acks.situations import SITUATIONS
from tests.acks.test_pyx12 import pyx12_accepts
from tests.support import FIXTURES
from x12_pa.acks import GroupAck, answer, answers, judged, read_acknowledgements
from x12_pa.guides import load_profile
from x12_pa.syntax import read_segments
from x12_pa.validation import FileResult, validate

SNAPSHOTS = FIXTURES / "acks" / "situations.txt"
HEAD = "== "
ENVELOPE = ("ISA", "GS", "ST", "SE", "GE", "IEA")


@cache
def received(name: str) -> FileResult:
    return validate(SITUATIONS[name].encode("latin-1"))


@cache
def replies(name: str) -> list[bytes]:
    return list(answers(received(name), numbers=counting(), clock=clock))


def body(name: str) -> str:
    """The answer without its envelopes; of ST only what kind of set it is."""
    lines = []
    for item in read_segments(b"".join(replies(name))):
        if item.id == "ST":
            lines.append(f"ST*{item.element(1)}")
        elif item.id not in ENVELOPE:
            lines.append(item.text)
    return "\n".join(lines) or "(no answer)"


@cache
def snapshots() -> dict[str, str]:
    parts = SNAPSHOTS.read_text(encoding="ascii").split(HEAD)[1:]
    return {name: text.strip() for name, _, text in (part.partition("\n") for part in parts)}


def test_the_answers_are_written_down() -> None:
    if os.environ.get("X12_PA_WRITE_SNAPSHOTS"):
        text = "\n".join(f"{HEAD}{name}\n{body(name)}\n" for name in SITUATIONS)
        SNAPSHOTS.write_text(text, encoding="ascii")
        snapshots.cache_clear()
    assert list(snapshots()) == list(SITUATIONS)


@pytest.mark.parametrize("name", SITUATIONS)
def test_the_answer(name: str) -> None:
    assert body(name) == snapshots()[name]


@pytest.mark.parametrize("name", SITUATIONS)
def test_the_answer_is_valid(name: str) -> None:
    assert [validate(data).findings for data in replies(name)] == [[] for _ in replies(name)]


@pytest.mark.parametrize("name", SITUATIONS)
def test_pyx12_reads_the_answer(name: str) -> None:
    """Without the TA1, which pyx12 expects behind the groups."""
    for data in replies(name):
        if b"\nGS*" in data:
            lines = [line for line in data.splitlines(True) if not line.startswith(b"TA1")]
            assert pyx12_accepts(b"".join(lines))


@pytest.mark.parametrize("name", SITUATIONS)
def test_the_verdict_is_that_of_the_validator(name: str) -> None:
    said = {
        (ack.group_control, item.control, item.accepted)
        for ack in read_acknowledgements(b"".join(replies(name)))
        if isinstance(ack, GroupAck)
        for item in ack.sets
    }
    found = {
        (group.result.control, item.result.control.zfill(4), item.result.accepted)
        for interchange in judged(received(name))
        for group in interchange.groups
        for item in group.sets
    }
    assert said <= found


def test_without_claim_acknowledgements_nothing_is_said_of_claims() -> None:
    name = "a claim with a total that does not balance"
    data = answer(received(name), numbers=counting(), clock=clock) or b""
    assert b"ST*277" not in data


BAD = sorted((FIXTURES / "bad").glob("*.edi*"))


@pytest.mark.parametrize("path", BAD, ids=[path.name for path in BAD])
def test_the_answer_to_every_bad_fixture_is_valid(path: Path) -> None:
    data = path.read_bytes()
    data = gzip.decompress(data) if path.suffix == ".gz" else data
    profile = load_profile(FIXTURES / "bad" / "strict-payer.yaml")
    result = validate(data, profile=profile if path.name.startswith("P") else None)
    told = answer(result, numbers=counting(), clock=clock, claim_acks=True, source=data)
    assert validate(told or b"").findings == [] if told else result.accepted
