"""Where a segment stands: byte offset and line, whatever order they are asked for in."""

from random import Random

import pytest

from tests.support import FIXTURES
from x12_pa.syntax import read_blocks
from x12_pa.syntax.blocks import MAX_SEGMENT_BYTES

FILES = sorted((FIXTURES / "valid").glob("*.edi"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_places_are_those_of_the_bytes_in_any_order_of_asking(path):
    data = path.read_bytes()
    for block in read_blocks(data):
        asked = [index for index, text in enumerate(block.texts) if text] * 2
        Random(path.name).shuffle(asked)
        for index in asked:
            offset, line = block.locate(index)
            begin = block.texts[index][:2].encode("latin-1")
            assert data[offset : offset + 2] == begin
            assert line == 1 + data[:offset].count(b"\n")


def test_blank_lines_before_a_segment_are_not_part_of_it():
    data = (FIXTURES / "valid" / "837p.edi").read_bytes().replace(b"~\n", b"~\r\n \n\n")
    (block,) = read_blocks(data)
    lines = data.splitlines()
    for index, text in enumerate(block.texts):
        assert lines[block.locate(index)[1] - 1].startswith(text.strip().encode("latin-1")[:6])


@pytest.mark.parametrize("more", [0, 1, 70_000, 300_001])
def test_what_follows_a_segment_that_was_cut_stands_where_it_stands(more):
    text = (FIXTURES / "valid" / "837p.edi").read_text(encoding="latin-1")
    head, mark, tail = text.partition("CLM*")
    data = f"{head}NTE*ADD*{'A' * (MAX_SEGMENT_BYTES + more)}\nB~\n{mark}{tail}".encode("latin-1")
    blocks = list(read_blocks(data))
    assert any(block.oversized for block in blocks)
    for block in blocks:
        for index, segment in enumerate(block.texts):
            offset, line = block.locate(index)
            assert data[offset:].startswith(segment[:20].encode("latin-1"))
            assert line == 1 + data[:offset].count(b"\n")
    last = blocks[-1]
    assert last.offset + len(last.raw) == len(data.rstrip())
