"""Several processes say what one says."""

from pathlib import Path

import pytest

from tests.support import FIXTURES
from x12_pa.validation import parallel, validate
from x12_pa.validation.parallel import plan, validate_files

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
