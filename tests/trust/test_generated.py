"""What the generator writes from a guide, the validator accepts; no error, no doubtful form.

Situational rules that only warn are left to chance, so those warnings are not objections.
"""

import pytest

from tests.trust.generator import FULLNESS, KEYS, file_of, generate, segment_uses, wrap_many
from tests.trust.lines import Line
from x12_pa.guides import load_guide, read_tree
from x12_pa.syntax import segment
from x12_pa.validation import validate

SEEDS = 2 * len(FULLNESS)
MANY = 1500
MAY_WARN = {"X131", "X132", "X401", "X402", "X403", "X404", "X406", "X407", "X411"} | {
    "X432",
    "X601",
    "X602",
}


def objections(data: bytes) -> list[str]:
    found = [f for f in validate(data).findings if f.severity == "error" or f.code not in MAY_WARN]
    return [f"{f.code} {f.loop} {f.element or f.segment} {f.message}" for f in found]


@pytest.mark.parametrize("key", KEYS)
def test_generated_sets_are_valid(key):
    assert [o for seed in range(SEEDS) for o in objections(file_of(generate(key, seed)))] == []


@pytest.mark.long
@pytest.mark.parametrize("key", KEYS)
def test_thousands_of_generated_sets_are_valid(key):
    found = {}
    for seed in range(SEEDS, MANY):
        if said := objections(file_of(generate(key, seed))):
            found[seed] = said[:3]
    assert found == {}


@pytest.mark.parametrize("key", KEYS)
def test_every_segment_use_of_the_guide_occurs(key):
    written = {id(line.use) for seed in range(SEEDS) for line in generate(key, seed).lines}
    missing = [use.path for use in segment_uses(load_guide(key)) if id(use) not in written]
    assert missing == []


@pytest.mark.parametrize("key", KEYS)
def test_the_tree_puts_each_line_where_the_generator_had_it(key):
    for seed in (2, 3, 4):
        sample = generate(key, seed)
        items = [segment(line.use.id, *line.values) for line in sample.lines]
        tree = read_tree(sample.guide, items)
        assert [use.path for _, use, _ in tree.iter()] == [_path(line) for line in sample.lines]


def _path(line: Line) -> str:
    return line.use.path


@pytest.mark.parametrize("key", KEYS)
def test_many_sets_in_one_group_are_valid(key):
    sample = generate(key, 3)
    sets = []
    for number in range(1, 6):
        sample.lines[0].values[1] = sample.lines[-1].values[1] = f"{number:04}"
        sets.append([line.text() for line in sample.lines])
    assert objections(wrap_many(sample.guide, sets)) == []


def test_the_same_seed_gives_the_same_bytes():
    assert file_of(generate("837P", 4)) == file_of(generate("837P", 4))
