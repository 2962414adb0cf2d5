"""Bytes to segments: what real partners send is read, and every byte can be given back."""

from io import BytesIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support import FIXTURES
from x12_pa.syntax import (
    NotX12,
    detect,
    find_segments,
    parse,
    read_blocks,
    read_interchanges,
    read_segments,
    read_transactions,
    render,
)

VALID = sorted((FIXTURES / "valid").glob("*.edi"))
SAMPLE = (FIXTURES / "valid" / "278-request-dependent.edi").read_bytes()
ISA = SAMPLE[:107]
QUICK = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


class Dribble(BytesIO):
    def __init__(self, data, size):
        super().__init__(data)
        self.size = size

    def read(self, size=-1):
        return super().read(self.size)


def texts(source):
    return [(item.text, item.offset, item.line) for item in read_segments(source)]


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_every_byte_comes_back(path):
    data = path.read_bytes()
    assert render(parse(data)) == data


@QUICK
@given(st.binary(max_size=600))
def test_every_byte_comes_back_whatever_follows_the_header(tail):
    assert render(parse(ISA + tail)) == ISA + tail


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
@pytest.mark.parametrize("size", [1, 2, 7, 105, 107])
def test_chunks_do_not_matter(path, size):
    data = path.read_bytes()
    assert texts(Dribble(data, size)) == texts(data)


@QUICK
@given(st.binary(max_size=300), st.integers(1, 50))
def test_chunks_do_not_matter_for_garbage_either(tail, size):
    assert texts(Dribble(ISA + tail, size)) == texts(ISA + tail)


@QUICK
@given(st.binary(max_size=300), st.integers(1, 50))
def test_segments_of_some_kinds_are_found_as_reading_all_would(tail, size):
    data = ISA + b"ST*1~ \n ST*2~\rHL~" + tail + b"~ST~ISA*"
    wanted = {"ISA", "ST", "HL"}
    everything = [item for item in read_segments(data) if item.id in wanted]
    assert list(find_segments(Dribble(data, size), wanted)) == everything


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_a_segment_stands_where_it_says(path):
    data = path.read_bytes()
    for item in read_segments(data):
        start = item.text[:3].encode("latin-1")
        assert data[item.offset : item.offset + 3].replace(b"\n", b"")[:2] == start[:2]
        assert item.line == 1 + data.count(b"\n", 0, item.offset)


def test_a_wrapped_file_has_the_same_segments_as_a_plain_one():
    plain = (FIXTURES / "valid" / "278-request-services.edi").read_bytes()
    wrapped = (FIXTURES / "valid" / "wrapped-80-columns.edi").read_bytes()
    bodies = [[item.text for item in read_segments(data)][3:-2] for data in (plain, wrapped)]
    assert bodies[0] == bodies[1]


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (ISA, ("*", ":", "^", "~", "\n")),
        (ISA.replace(b"~\n", b"~\r\n"), ("*", ":", "^", "~", "\r\n")),
        (ISA.replace(b":~", b">\x1c").replace(b"*", b"\x1d"), ("\x1d", ">", "^", "\x1c", "\n")),
        (ISA.replace(b":~\n", b":\n"), ("*", ":", "^", "\n", "")),
        (ISA.replace(b":~", b": ~"), ("*", ":", "^", "~", "\n")),
        (ISA.replace(b"*^*", b"*U*"), ("*", ":", "", "~", "\n")),
        (ISA.replace(b" ", b""), ("*", ":", "^", "~", "\n")),
    ],
    ids=["usual", "crlf", "unprintable", "newline", "blank-before", "old-version", "unpadded"],
)
def test_separators_are_read_from_the_header(head, expected):
    found = detect(head.decode("latin-1") + "GS*")
    parts = (found.element, found.component, found.repetition, found.segment, found.line_end)
    assert parts == expected


@pytest.mark.parametrize(
    "head",
    [b"", b"GS*HI~", b"ISA", b"ISA0A00", b"ISA*00*~", ISA[:100], ISA.replace(b":~", b"A~")],
    ids=["empty", "no-isa", "bare", "letter", "cut-short", "cut-later", "letter-component"],
)
def test_what_names_no_separators_is_refused_with_a_reason(head):
    with pytest.raises(NotX12, match=r"\w+ .*\."):
        list(read_blocks(head))


def test_interchanges_of_one_file_keep_their_own_separators():
    data = (FIXTURES / "valid" / "several-interchanges.edi").read_bytes()
    assert [item.delimiters.element for item in read_interchanges(data)] == ["*", "|", "\x1d"]


def test_a_header_may_follow_without_a_trailer():
    cut = SAMPLE[: SAMPLE.index(b"IEA")] + SAMPLE
    found = list(read_interchanges(cut))
    assert [item.trailer is None for item in found] == [True, False]


def test_transaction_sets_know_their_headers():
    data = (FIXTURES / "valid" / "two-groups.edi").read_bytes()
    found = [(item.id, item.control, item.group.element(1)) for item in read_transactions(data)]
    assert found == [("278", "0001", "HI"), ("278", "0002", "HI"), ("270", "0001", "HS")]


def test_noise_before_a_second_interchange_is_passed_over():
    data = SAMPLE + b"\nFrom: somebody\n\n" + SAMPLE
    assert len(list(read_interchanges(data))) == 2


def test_blanks_and_marks_around_segments_belong_to_nobody():
    data = b"\xef\xbb\xbf\r\n  " + SAMPLE.replace(b"\nHL", b"\r\n\r\n    HL") + b"\x1a\r\n"
    assert [t for t, _, _ in texts(data)] == [t for t, _, _ in texts(SAMPLE)]
