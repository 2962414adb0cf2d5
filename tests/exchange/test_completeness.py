"""A file says itself whether it is whole."""

import io

import pytest

from tests.exchange.bench import interchange
from x12_pa.exchange.completeness import lacking

WHOLE = interchange(1)


@pytest.mark.parametrize(
    "data",
    [
        WHOLE,
        WHOLE + interchange(2),
        WHOLE.replace(b"\n", b""),
        b"\xef\xbb\xbf" + WHOLE + b"\r\n\r\n",
        b"a text report, not X12",
        b"",
    ],
)
def test_a_whole_file_lacks_nothing(data):
    assert lacking(io.BytesIO(data)) is None


@pytest.mark.parametrize("cut", range(110, len(WHOLE) - 2, 7))
def test_an_interchange_that_is_cut_anywhere_lacks_something(cut):
    assert lacking(io.BytesIO(WHOLE[:cut])) is not None


def test_the_second_of_two_interchanges_may_be_the_broken_one():
    assert lacking(io.BytesIO(WHOLE + interchange(2)[:-12])) is not None


def test_a_trailer_of_another_interchange_is_not_the_end():
    broken = WHOLE.replace(b"IEA*0*000000001", b"IEA*0*000000002")
    assert lacking(io.BytesIO(broken)) == "IEA02 does not repeat ISA13"
