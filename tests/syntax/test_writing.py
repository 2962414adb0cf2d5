"""Segments and envelopes that we write ourselves."""

from datetime import datetime
from io import BytesIO

import pytest
from attrs import evolve

from tests.support import FIXTURES, NOW
from x12_pa.errors import UsageError
from x12_pa.syntax import (
    Delimiters,
    Envelope,
    GroupContent,
    build_interchange,
    missing_part,
    read_transactions,
    segment,
)

SAMPLE = (FIXTURES / "valid" / "two-groups.edi").read_bytes()
ENVELOPE = Envelope(
    sender_qualifier="ZZ", sender_id="CLINIC001", receiver_qualifier="ZZ", receiver_id="DEMOPAYER",
    control=7, usage="T", at=datetime(2026, 11, 22, 14, 0),
)  # fmt: skip


def group(transactions):
    return GroupContent(
        functional_id="HI", sender="CLINIC001", receiver="DEMOPAYER", control=1,
        version="005010X217", at=NOW, transactions=transactions,
    )  # fmt: skip


def test_what_is_written_is_what_was_read():
    (first, *_) = read_transactions(SAMPLE)
    written = build_interchange(ENVELOPE, [group([first.segments[:-1]])])
    (again,) = read_transactions(written)
    assert [item.text for item in again.segments] == [item.text for item in first.segments]
    assert missing_part(written) is None


def test_elements_are_counted_from_one_and_empty_ones_at_the_end_are_dropped():
    item = segment("SV1", ("HC", "73721", "", "RT", ""), "", "UN", "1", "")
    assert (item.text, item.element(1), item.component(1, 4)) == (
        "SV1*HC:73721::RT**UN*1", "HC:73721::RT", "RT",
    )  # fmt: skip


@pytest.mark.parametrize("number", [0, 1_000_000_000])
def test_control_numbers_stay_in_their_range(number):
    with pytest.raises(UsageError, match="ISA13"):
        build_interchange(evolve(ENVELOPE, control=number), [])


@pytest.mark.parametrize("name", ["", "A" * 16])
def test_identifiers_fit_their_elements(name):
    with pytest.raises(UsageError, match="ISA06"):
        build_interchange(evolve(ENVELOPE, sender_id=name), [])


def test_a_terminator_in_the_data_is_refused():
    with pytest.raises(UsageError, match="terminator"):
        build_interchange(ENVELOPE, [group([[segment("MSG", "A~B")]])])


def test_segments_for_other_separators_are_refused():
    other = Delimiters("|", ">", "^", "~", "")
    with pytest.raises(UsageError, match="separators"):
        build_interchange(ENVELOPE, [group([[segment("MSG", "A")]])], other)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda data: data, None),
        (lambda data: data * 2, None),
        (lambda data: data[:-20], "does not end with an IEA"),
        (lambda data: data[:300], "does not end with an IEA"),
        (lambda data: data.replace(b"IEA*2*000000510", b"IEA*2*000000511"), "ISA13"),
        (lambda data: data.replace(b"IEA*2", b"IEA*3"), "3 groups"),
        (lambda data: data[:60], "cut off in its ISA"),
        (lambda data: data[200:], "does not begin"),
        (lambda data: b" \n" * 400, "is empty"),
        (lambda data: b"", "is empty"),
        (lambda data: b"sorry" + b" " * 500, "does not begin"),
        (lambda data: data[: data.index(b"IEA")] + data, "has no IEA"),
    ],
)
def test_a_file_tells_whether_it_is_whole(change, said):
    found = missing_part(change(SAMPLE))
    assert found is None if said is None else said in found
    assert missing_part(BytesIO(change(SAMPLE))) == found
