"""Every single defect is rejected with exactly one error, of the right code, in the right place."""

from collections import Counter
from random import Random

import pytest

from tests.trust import element_mutations, envelope_mutations, structure_mutations
from tests.trust.generator import KEYS, Sample, generate
from tests.trust.mutations import KINDS, Mutant
from x12_pa.syntax import NotX12
from x12_pa.validation import validate

MODULES = (element_mutations, envelope_mutations, structure_mutations)
SEEDS = (1, 3)
MANY = 250
# A mutant of a megabyte says nothing more on its second seed.
LARGE = frozenset({"endless-segment"})


def mutants(key: str, seed: int, kinds=KINDS):
    """Yield (kind, mutant) for each kind that can be made from one sample."""
    sample: Sample = generate(key, seed)
    for name in kinds:
        if name in LARGE and seed != 1:
            continue
        mutant = KINDS[name](sample, Random(f"{key} {seed} {name}"))
        if mutant is not None:
            yield name, mutant


def objections(mutant: Mutant) -> list[str]:
    """Return what is not right in how the validator takes a mutant."""
    try:
        result = validate(mutant.data)
    except NotX12 as problem:
        return [f"not X12: {problem}"]
    errors = [finding for finding in result.findings if finding.severity == "error"]
    if result.accepted:
        return ["accepted"]
    if len(errors) > 1:
        return [f"{len(errors)} errors: " + ", ".join(f"{f.code} {f.element}" for f in errors[:5])]
    return mutant.expected.objections(errors[0])


def test_there_are_at_least_forty_kinds():
    assert len(KINDS) >= 40


def _failures(key: str, seeds) -> list[str]:
    found = []
    for seed in seeds:
        for name, mutant in mutants(key, seed):
            if wrong := objections(mutant):
                found.append(f"{key} {seed} {name}: {'; '.join(wrong)}")
    return found


@pytest.mark.parametrize("key", KEYS)
def test_mutant_is_rejected_once_at_its_place(key):
    assert _failures(key, SEEDS) == []


@pytest.mark.long
@pytest.mark.parametrize("key", KEYS)
def test_thousands_of_mutants_are_rejected_once_at_their_place(key):
    assert _failures(key, range(4, MANY)) == []


def test_each_kind_is_made_in_the_short_run():
    made = Counter(name for key in KEYS for seed in SEEDS for name, _ in mutants(key, seed))
    assert set(KINDS) - set(made) == set()
