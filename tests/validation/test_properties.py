"""What holds for every file: single defects are named once, chunks do not matter, no exceptions."""

import random
from contextlib import suppress
from io import BytesIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.validation.defects import BAD, DEFECTS, VALID, profile_of, read
from tests.validation.mutations import BASES, mutations
from x12_pa.syntax import NotX12
from x12_pa.validation import validate
from x12_pa.validation.render import render_json, render_text

SAMPLE = [(VALID / f"{base}.edi").read_bytes() for base in BASES]
HEADER = SAMPLE[0][:107]
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


class Dribble(BytesIO):
    """A stream that gives fewer bytes than it is asked for, as pipes and sockets do."""

    def __init__(self, data, sizes):
        super().__init__(data)
        self.sizes, self.turn = sizes, 0

    def read(self, size=-1):
        self.turn += 1
        return super().read(self.sizes[self.turn % len(self.sizes)])


@pytest.mark.parametrize("base", BASES)
def test_every_single_defect_is_rejected_with_exactly_one_error(base):
    wrong = []
    for mutation in mutations(base):
        found = validate(mutation.text.encode("latin-1")).findings
        errors = [finding.code for finding in found if finding.severity == "error"]
        if len(errors) != 1:
            wrong.append((mutation.name, errors))
    assert wrong == []


@pytest.mark.parametrize("code", sorted({*DEFECTS, "X107"}))
def test_one_byte_at_a_time_gives_the_same_findings(code):
    data, profile = read(code), profile_of(code)
    whole = validate(data, profile=profile).findings
    assert validate(Dribble(data, [1]), profile=profile).findings == whole


@QUICK
@given(data=st.sampled_from(SAMPLE), sizes=st.lists(st.integers(1, 500), min_size=1, max_size=5),
       seed=st.integers(0, 1000))  # fmt: skip
def test_any_chunks_of_a_damaged_file_give_the_same_findings(data, sizes, seed):
    damaged = _damaged(data, seed)
    assert validate(Dribble(damaged, sizes)) == validate(damaged)


def _damaged(data, seed):
    """Shuffle, drop and double some lines after BHT, which names the guide of a 278."""
    chance = random.Random(seed)
    lines = data.split(b"\n")
    for _ in range(3):
        at = chance.randrange(4, len(lines))
        lines[at : at + 1] = chance.choice([[], [lines[at]] * 2, [lines[chance.randrange(4, 9)]]])
    return b"\n".join(lines)


@QUICK
@given(st.binary(max_size=400))
def test_garbage_after_a_header_never_raises(tail):
    result = validate(HEADER + tail)
    assert "".join(render_json([result]))


@QUICK
@given(st.binary(max_size=300).map(lambda tail: b"ISA" + tail))
def test_garbage_that_begins_like_an_interchange_is_refused_or_judged(data):
    with suppress(NotX12):
        assert list(render_text(validate(data)))


@QUICK
@given(st.sampled_from(SAMPLE), st.integers(106, 1200), st.binary(min_size=1, max_size=4))
def test_a_few_wrong_bytes_anywhere_leave_a_verdict_on_the_interchange(data, at, noise):
    result = validate(data[:at] + noise + data[at + len(noise) :])
    assert result.interchanges[0].control == data[90:99].decode()
    assert result.accepted == (result.errors == 0)


@QUICK
@given(st.sampled_from(SAMPLE), st.integers(107, 1500))
def test_a_file_cut_anywhere_is_rejected(data, at):
    whole = data.rindex(b"IEA")
    assert not validate(data[: min(at, whole)]).accepted


@pytest.mark.long
@settings(max_examples=3000, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(SAMPLE), st.integers(0, 10**9))
def test_many_damaged_files_never_raise(data, seed):
    validate(_damaged(data, seed))


def test_accepted_agrees_with_the_errors_at_every_level():
    for path in sorted(BAD.glob("X*.edi")):
        result = validate(path.read_bytes())
        assert result.accepted == (result.errors == 0), path.name
        for interchange in result.interchanges:
            sets = [item for group in interchange.groups for item in group.transactions]
            assert not interchange.accepted or all(item.accepted for item in sets), path.name
