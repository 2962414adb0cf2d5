"""A set read part by part: the same parts as in its tree, and no more of it in memory than one."""

import pytest

from tests.support import FIXTURES
from x12_pa.guides import find_guide, load_guide, read_parts, read_tree
from x12_pa.syntax import read_segments, read_transactions, stream_transactions

VALID = FIXTURES / "valid"
CLAIMS = ("837P", "2300"), ("837I", "2300"), ("837D", "2300")
PARTS = {"270": "2000C", "278-request": "2000E", **dict(CLAIMS)}
FILES = sorted([*VALID.glob("*.edi"), *(FIXTURES / "demo").glob("*.edi")])


def guided(path):
    for transaction in read_transactions(path.read_bytes()):
        purpose = next((s.element(2) for s in transaction.segments if s.id == "BHT"), "")
        version = transaction.group.element(8) if transaction.group else ""
        guide = find_guide(
            set_id=transaction.id,
            convention=transaction.convention,
            version=version,
            purpose=purpose,
        )
        if guide is not None and guide.key in PARTS:
            yield load_guide(guide.key), transaction


def texts(instance):
    return [item.text for _, _, item in instance.iter()]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_parts_are_those_of_the_tree(path):
    for guide, transaction in guided(path):
        name = PARTS[guide.key]
        whole = [texts(each) for each in read_tree(guide, transaction.segments).descend(name)]
        parts = read_parts(guide, transaction.segments, guide.loops(name))
        assert [texts(part.loop) for part in parts] == whole


def many(claims: int) -> bytes:
    """Return an 837P with one set of so many subscribers, two claims for each."""
    text = (VALID / "837p-three-sets.edi").read_text()
    start, end = text.index("ST*837*0001"), text.index("SE*")
    body = text[start:end]
    patient = body[body.index("HL*2*1*22") :]
    claim = patient[patient.index("CLM*") :]
    rest = "".join(
        patient.replace("HL*2*1*22", f"HL*{number}*1*22") + claim for number in range(3, claims + 2)
    )
    return (text[:end] + rest + "SE*1*0001~\n").encode()


def around(loop):
    while loop.parent is not None:
        loop = loop.parent
    return 1 + sum(1 for _ in loop.below())


def test_what_is_kept_does_not_grow_with_the_set():
    guide = load_guide("837P")
    _, segments = next(stream_transactions(many(400)))
    kept = [
        (around(part.loop), len(part.numbers))
        for part in read_parts(guide, segments, guide.loops("2300"))
    ]
    assert len(kept) > 1000
    assert max(instances for instances, _ in kept) < 20
    assert max(numbers for _, numbers in kept) < 60


def test_each_segment_of_a_part_has_its_number_in_the_set():
    guide = load_guide("837P")
    data = many(5)
    everything = [item.text for item in read_segments(data)]
    first = next(n for n, text in enumerate(everything) if text.startswith("ST*"))
    _, segments = next(stream_transactions(data))
    named = [
        (everything[first + part.numbers[item.offset] - 1], item.text)
        for part in read_parts(guide, segments, guide.loops("2300"))
        for _, _, item in part.loop.iter()
    ]
    assert len(named) > 50
    assert [one for one, _ in named] == [other for _, other in named]


def test_a_level_under_one_that_is_complete_has_no_place():
    guide = load_guide("837P")
    text = many(3).decode().replace("HL*4*1*22", "HL*4*2*23")
    _, segments = next(stream_transactions(text.encode()))
    streamed = [texts(p.loop) for p in read_parts(guide, segments, guide.loops("2300"))]
    [transaction] = read_transactions(text.encode())
    tree = read_tree(guide, transaction.segments)
    assert streamed == [texts(each) for each in tree.descend("2300")]


def test_sets_are_streamed_one_after_the_other_read_or_not():
    data = (VALID / "837p-three-sets.edi").read_bytes()
    whole = list(read_transactions(data))
    assert [opened.control for opened, _ in stream_transactions(data)] == [
        each.control for each in whole
    ]
    streamed = [
        ([item.text for item in segments], opened.group, opened.interchange)
        for opened, segments in stream_transactions(data)
    ]
    assert streamed == [
        ([item.text for item in each.segments], each.group, each.interchange) for each in whole
    ]
