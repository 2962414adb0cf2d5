"""Nothing but REF segments and SE01 changes, whatever the claim, the separators, the line ends."""

import itertools
import random
import re
from io import BytesIO
from typing import BinaryIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reconcile.specimens import OTHER, C, L, grant, interchange
from tests.support import FIXTURES, reference_dir
from x12_pa.authorizations.records import Authorization
from x12_pa.errors import DocumentError
from x12_pa.reconcile import fill_claims
from x12_pa.syntax import Delimiters, NotX12, parse, read_segments, render
from x12_pa.validation import validate

CODES = ("73721", "73722", "97110", "99213")
KNOWN = (
    grant("M0001", "73721"),
    grant("M0002", "73722", units="3"),
    grant("M0003", "97110", category="SC"),
    grant("S0001", "73721", payer=OTHER, member_id="SP1"),
    grant("M0004", "73721", state="not_certified", usable_on_claim=False),
    grant("OLD", "99213", state="cancelled", usable_on_claim=False),
)
MARKS = (
    Delimiters("*", ":", "^", "~", "\n"),
    Delimiters("*", ":", "^", "~", ""),
    Delimiters("|", ">", "!", "~", "\r\n"),
    Delimiters("*", ":", "^", "\n", ""),
    Delimiters("\x07", "\x05", "\x06", "\x02", "\n"),
    Delimiters("\x1d", "\x1f", "\x1e", "\x1c", ""),
)

lines = st.builds(
    L,
    service=st.sampled_from(CODES),
    days=st.sampled_from(["20261202", "20261210", "20270105"]),
    units=st.sampled_from(["1", "2"]),
    refs=st.sampled_from([(), (), (), ("REF*G1*M0001",), ("REF*G1*OLD",)]),
)
claims = st.builds(
    C,
    lines=st.lists(lines, min_size=1, max_size=5),
    refs=st.sampled_from([(), (), ("REF*G1*M0001",), ("REF*9F*R9", "REF*G1*OLD"), ("REF*D9*77",)]),
    others=st.sampled_from([(), ((OTHER, "SP1"),)]),
)


def without_numbers(data: bytes) -> list[str]:
    """Return the raw pieces of a file without the REF segments and the SE01 that may change."""
    document = parse(data)
    kept = [document.pieces[0]]
    for item, piece in zip(document.segments, document.pieces[1:], strict=True):
        if item.id == "REF" and item.element(1) in ("G1", "9F"):
            continue
        mark = re.escape(item.delimiters.element)
        kept.append(re.sub(rf"^SE{mark}\d+", "SE", piece) if item.id == "SE" else piece)
    return kept


def counts_agree(data: bytes) -> bool:
    size = 0
    for item in read_segments(data):
        size = 1 if item.id == "ST" else size + 1
        if item.id == "SE" and item.element(1) != str(size):
            return False
    return True


@settings(max_examples=60, deadline=None)
@given(st.lists(claims, min_size=1, max_size=3), st.sampled_from(MARKS), st.booleans())
def test_only_numbers_and_counts_change(many: list[C], marks: Delimiters, replace: bool) -> None:
    data = interchange(many, many[:1], marks=marks)
    result = fill_claims(data, KNOWN, replace=replace)
    output = result.output
    assert all(a.end <= b.start for a, b in itertools.pairwise(result.splices))
    assert without_numbers(output) == without_numbers(data)
    assert counts_agree(output)


@settings(max_examples=60, deadline=None)
@given(st.lists(claims, min_size=1, max_size=2), st.booleans())
def test_a_second_run_changes_nothing(many: list[C], replace: bool) -> None:
    for number, claim in enumerate(many):
        claim.id = f"CLAIM{number}"
    first = fill_claims(interchange(many), KNOWN, replace=replace)
    again = fill_claims(first.output, KNOWN, replace=replace, used=first.uses)
    assert again.output == first.output
    assert again.uses == first.uses


@settings(max_examples=40, deadline=None)
@given(claims)
def test_what_was_valid_stays_valid(claim: C) -> None:
    claim.lines = [L(line.service, line.days, line.units) for line in claim.lines]
    data = interchange([claim])
    assert validate(data).accepted
    assert validate(fill_claims(data, KNOWN, replace=True).output).accepted


@settings(max_examples=60, deadline=None)
@given(claims, st.randoms(use_true_random=False))
def test_the_order_of_lines_and_candidates_has_no_influence(
    claim: C, chance: random.Random
) -> None:
    claim.lines = [L(line.service, line.days, line.units) for line in claim.lines]
    claim.refs = ()
    assert assignment(claim, KNOWN) == assignment(shuffled(claim, chance), KNOWN[::-1])


def shuffled(claim: C, chance: random.Random) -> C:
    mixed = list(claim.lines)
    chance.shuffle(mixed)
    return C(mixed, refs=claim.refs, others=claim.others)


def assignment(claim: C, known: tuple[Authorization, ...]) -> list[tuple[str, ...]]:
    """Return what became of each line, by what the line is and not by where it stands."""
    report = fill_claims(interchange([claim]), known).claims[0]
    return sorted(
        (line.service, str(line.days), line.units, told.outcome, told.reason, str(told.number),
         str(told.placed_at))
        for line, told in zip(claim.lines, report.lines, strict=True)
    )  # fmt: skip


def test_the_new_segment_uses_the_files_own_separators_and_line_ends() -> None:
    marks = Delimiters("|", ">", "!", "~", "\r\n")
    output = fill_claims(interchange([C()], marks=marks), KNOWN).output
    assert b"\r\nREF|G1|M0001~\r\nHI|ABK>M25561~\r\n" in output


def test_a_number_stands_at_its_rank_among_the_references_of_the_loop() -> None:
    claim = C(refs=["REF*EW*MAMMO1", "REF*D9*77", "REF*EA*MED1"])
    text = fill_claims(interchange([claim]), KNOWN).output.decode()
    found = re.findall(r"REF\*(EW|G1|D9|EA)", text)
    assert found == ["EW", "G1", "D9", "EA"]


def test_a_count_with_leading_zeros_keeps_its_width() -> None:
    data = re.sub(rb"SE\*(\d+)\*", rb"SE*00\1*", interchange([C()]))
    output = fill_claims(data, KNOWN).output
    old, new = (re.search(rb"SE\*(\d+)\*", text) for text in (data, output))
    assert old is not None
    assert new is not None
    assert (len(new[1]), int(new[1])) == (len(old[1]), int(old[1]) + 1)


def test_a_set_without_changes_keeps_even_a_wrong_count() -> None:
    data = re.sub(rb"SE\*\d+\*", b"SE*99*", interchange([C([L("99213")])]))
    assert fill_claims(data, KNOWN).output == data


def test_a_file_broken_into_80_columns_keeps_its_breaks() -> None:
    flat = interchange([C()], marks=Delimiters("*", ":", "^", "~", ""))
    data = b"\r\n".join(flat[i : i + 80] for i in range(0, len(flat), 80))
    output = fill_claims(data, KNOWN).output
    assert output.replace(b"\r\n", b"") == fill_claims(flat, KNOWN).output
    assert output.count(b"\r\n") == data.count(b"\r\n")


class Pipe(BytesIO):
    """A stream that can only be read forward, like standard input."""

    def seekable(self) -> bool:
        return False


@pytest.mark.parametrize("stream", [BytesIO, Pipe])
def test_a_stream_gives_the_same_as_bytes(stream: type[BytesIO]) -> None:
    data = interchange([C()])
    source: BinaryIO = stream(data)
    out = BytesIO()
    fill_claims(source, KNOWN).write(out)
    assert out.getvalue() == fill_claims(data, KNOWN).output


def test_a_file_that_is_cut_off_is_refused_with_what_to_do() -> None:
    data = interchange([C()])
    with pytest.raises(DocumentError, match="cut off"):
        fill_claims(data[: data.index(b"SE*")], KNOWN)


def test_an_older_guide_is_refused_by_name() -> None:
    data = interchange([C()]).replace(b"005010X222A1", b"004010X098A1")
    with pytest.raises(DocumentError, match="005010X222"):
        fill_claims(data, KNOWN)


def test_something_else_than_x12_is_refused() -> None:
    with pytest.raises(NotX12):
        fill_claims(b"name,number\n", KNOWN)


def test_sets_that_are_no_claims_pass_through() -> None:
    data = (FIXTURES / "acks" / "all-accepted.edi").read_bytes()
    assert fill_claims(data, KNOWN).output == data


def test_every_public_sample_comes_back_byte_for_byte() -> None:
    for path in sorted((reference_dir() / "claims_acks" / "samples").glob("837*.edi")):
        data = path.read_bytes()
        if data.lstrip().startswith(b"ISA"):
            assert fill_claims(data, []).output == data, path.name
            assert render(parse(data)) == data
