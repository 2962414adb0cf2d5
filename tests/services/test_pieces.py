"""The interchanges of a file: where each lies, what is in it, and nothing of it kept."""

import hashlib
from pathlib import Path

import pytest

from tests.services.test_ingest import numbered
from tests.support import FIXTURES
from x12_pa.ledger.spool import Spool
from x12_pa.services.pieces import pieces

SAMPLE = (FIXTURES / "valid" / "278-request-dependent.edi").read_bytes().rstrip()
SEVERAL = b"\n".join(numbered(SAMPLE, number) + b" \t\r\n" * 7 for number in (1, 2, 3))


def test_an_interchange_is_known_by_its_bytes_without_the_blanks_behind_it(tmp_path: Path) -> None:
    spool = Spool(root=tmp_path)
    with spool.open(spool.put(SEVERAL)) as file:
        digests = [piece.digests(b"")[0] for piece in pieces(file)]
    assert digests == [hashlib.sha256(numbered(SAMPLE, n)).hexdigest() for n in (1, 2, 3)]


def test_interchanges_of_a_file_on_disk_are_those_of_its_bytes(tmp_path: Path) -> None:
    spool = Spool(root=tmp_path)

    def seen(source):
        return [
            (piece, piece.open().read(), [(t.control, t.segments) for t in piece.transactions()])
            for piece in pieces(source)
        ]

    with spool.open(spool.put(SEVERAL)) as file:
        assert seen(file) == seen(SEVERAL)


@pytest.mark.parametrize("chunk", [1, 3, 1 << 18])
def test_blanks_are_left_out_however_many_there_are(monkeypatch, chunk: int) -> None:
    monkeypatch.setattr("x12_pa.services.pieces._CHUNK_BYTES", chunk)
    (piece,) = pieces(SAMPLE + b" " * 10)
    assert (piece.size, piece.open().read()) == (len(SAMPLE), SAMPLE)
