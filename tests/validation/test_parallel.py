"""Several processes say what one says."""

import os
import signal
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from tests.support import FIXTURES
from x12_pa.errors import LocalError
from x12_pa.validation import parallel, validate
from x12_pa.validation.parallel import Part, _batches, _begin, _in_order, plan, validate_files

ONE = (FIXTURES / "valid" / "278-request-subscriber.edi").read_bytes()


@pytest.fixture
def night(tmp_path, monkeypatch):
    """Forty interchanges: one with a wrong code, and the last repeats the number of the third."""
    monkeypatch.setattr(parallel, "WORTH_SPLITTING", 1)
    numbers = [*range(1, 40), 3]
    parts = [ONE.replace(b"000000001", b"%09d" % number) for number in numbers]
    parts[30] = parts[30].replace(b"UM*HS*", b"UM*XX*")
    path = tmp_path / "night.edi"
    path.write_bytes(b"\n".join(parts))
    return str(path)


def test_a_file_is_cut_where_interchanges_begin(night):
    cuts = plan(night, 3)
    data = Path(night).read_bytes()
    assert [data[part.start : part.start + 4] for part in cuts] == [b"ISA*"] * 3


def test_a_file_in_parts_is_judged_as_the_whole(night):
    with open(night, "rb") as source:
        whole = validate(source, path=night)
    (parted,) = validate_files([night], 3)
    assert [finding.code for finding in whole.findings] == ["X215", "X107"]
    assert parted == whole


def test_results_of_many_files_come_in_order_and_a_missing_one_does_not_stop_them(night, tmp_path):
    good = tmp_path / "good.edi"
    good.write_bytes(ONE)
    paths = [str(good), str(tmp_path / "missing.edi"), night, str(good)]
    found = list(validate_files(paths, 2))
    assert isinstance(found[1], FileNotFoundError)
    assert [item.accepted for item in (found[0], found[2], found[3])] == [True, False, True]


def test_small_files_travel_in_batches_and_a_large_one_in_parts(night, tmp_path):
    good = tmp_path / "good.edi"
    good.write_bytes(ONE)
    found = list(_batches([*[str(good)] * 7, night, str(good)], 3, 3))
    assert [[part.file for part in batch] for batch in found] == [
        [0, 1, 2],
        [3, 4, 5],
        [6],
        [7],
        [7],
        [7],
        [8],
    ]


def test_many_small_files_are_said_to_be_what_one_process_says(tmp_path):
    paths = [str(tmp_path / f"{number}.edi") for number in range(300)]
    for number, path in enumerate(paths):
        text = ONE.replace(b"UM*HS*", b"UM*XX*") if number % 7 == 0 else ONE
        if number != 150:
            Path(path).write_bytes(text)
    paths.append(paths[0])
    for path, found in zip(paths, validate_files(paths, 2), strict=True):
        if path == paths[150]:
            assert isinstance(found, FileNotFoundError)
            continue
        with open(path, "rb") as source:
            assert found == validate(source, path=path)


def test_no_more_tasks_are_under_way_than_memory_should_hold(tmp_path):
    path = tmp_path / "good.edi"
    path.write_bytes(ONE)
    seen = []
    batches = (seen.append(n) or [Part(str(path), 0, len(ONE), n)] for n in range(500))
    with ProcessPoolExecutor(1, initializer=_begin, initargs=({},)) as pool:
        next(_in_order(pool, batches, 8))
    assert len(seen) == 8


def killed(parts):
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_killed_process_is_said_to_be_one(tmp_path, monkeypatch):
    path = tmp_path / "good.edi"
    path.write_bytes(ONE)
    monkeypatch.setattr(parallel, "_run_all", killed)
    with pytest.raises(LocalError, match=r"was killed.*--jobs 1"):
        list(validate_files([str(path)] * 3, 2))
