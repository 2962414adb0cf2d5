"""The file store: whole or not there, named by content, private."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from x12_pa.errors import LocalError
from x12_pa.ledger.spool import Spool

FILE = b"ISA*00*          *00*~IEA*0*000000001~"
NAME = hashlib.sha256(FILE).hexdigest()


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(root=tmp_path / "spool")


def everything(spool: Spool) -> list[Path]:
    return [path for path in spool.root.rglob("*") if path.is_file()]


def test_a_file_lies_under_the_hash_of_its_bytes(spool: Spool) -> None:
    assert spool.put([FILE[:5], FILE[5:]]) == NAME
    path = spool.root / NAME[:2] / NAME
    assert path.read_bytes() == FILE
    assert path.stat().st_mode & 0o777 == 0o600
    assert spool.root.stat().st_mode & 0o777 == 0o700


def test_the_same_bytes_twice_are_one_file(spool: Spool) -> None:
    spool.put(FILE)
    spool.put(FILE)
    assert len(everything(spool)) == 1
    assert list(spool.names()) == [NAME]


def test_an_empty_file_is_a_file(spool: Spool) -> None:
    assert spool.read(spool.put(b"")) == b""


def test_a_discarded_draft_leaves_nothing(spool: Spool) -> None:
    draft = spool.create()
    draft.write(FILE)
    draft.discard()
    draft.discard()
    assert everything(spool) == []


def test_discarding_after_keeping_does_nothing(spool: Spool) -> None:
    draft = spool.create()
    draft.write(FILE)
    name = draft.keep()
    draft.discard()
    assert spool.exists(name)


def test_a_changed_file_is_not_handed_out(spool: Spool) -> None:
    path = spool.path(spool.put(FILE))
    path.write_bytes(FILE.replace(b"1", b"2"))
    with pytest.raises(LocalError, match="changed after it was stored"):
        spool.open(NAME)


def test_a_missing_file_says_where_to_look(spool: Spool) -> None:
    with pytest.raises(LocalError, match="backup"):
        spool.read(NAME)


def test_only_a_hash_is_a_name(spool: Spool) -> None:
    for name in ("../../etc/passwd", NAME.upper(), NAME[:-1], ""):
        with pytest.raises(ValueError, match="SHA-256"):
            spool.path(name)


def test_the_sweep_spares_drafts_that_are_being_written(spool: Spool) -> None:
    draft = spool.create()
    draft.write(FILE)
    assert spool.sweep() == 0
    assert draft.keep() == NAME


def test_the_sweep_takes_the_drafts_of_killed_processes(spool: Spool) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path; "
        "from x12_pa.ledger.spool import Spool; "
        "d = Spool(root=Path(sys.argv[1])).create(); d.write(b'ISA'); "
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    source = Path(__file__).resolve().parents[2] / "src"
    subprocess.run(
        [sys.executable, "-c", code, str(spool.root)],
        check=False,
        env=os.environ | {"PYTHONPATH": str(source)},
    )
    assert len(everything(spool)) == 1
    assert spool.sweep() == 1
    assert everything(spool) == []


def test_a_full_disk_says_so_and_leaves_nothing(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(LocalError, match=r"No space left.*Nothing was changed"):
        spool.put(FILE)
    assert everything(spool) == []
