"""What other sets of a file have shown saves time, and changes nothing that is found.

Each case is a file whose first sets are alike, so that the trail of the validator knows their way,
and whose last ones leave it: by a defect of a known kind, or by a segment lost, doubled or moved.
The same file is validated with the trail cut off, and both must say the same.
"""

from random import Random
from typing import Any

import pytest
from attrs import asdict

from tests.trust.generator import KEYS, generate, wrap_many
from tests.trust.mutations import KINDS
from tests.trust.test_mutants import LARGE
from x12_pa.guides import Profile
from x12_pa.syntax import NotX12
from x12_pa.validation import validate
from x12_pa.validation.trail import Trail

SEEDS = (0, 1, 2)
MANY = 40


def said(data: bytes, profile: Profile | None = None) -> list[dict[str, Any]]:
    """Return the findings of a file, and what became of each set."""
    try:
        result = validate(data, profile=profile, show_phi=True)
    except NotX12 as problem:
        return [{"not X12": str(problem)}]
    sets = [asdict(s) for i in result.interchanges for g in i.groups for s in g.transactions]
    return [asdict(finding) for finding in result.findings] + sets


def numbered(sets: list[list[str]]) -> list[list[str]]:
    """Give each set its own control number where its ST and SE still have one in common."""
    found = []
    for number, texts in enumerate(sets, 1):
        own = f"{number:04}"
        found.append(
            [t.replace("*0001", f"*{own}", 1) if t[:3] in ("ST*", "SE*") else t for t in texts]
        )
    return found


def body(data: bytes) -> list[str]:
    """Return the segments of the sets of a file."""
    texts = [text.strip("\n") for text in data.decode("latin-1").split("~")]
    inside = [i for i, text in enumerate(texts) if text[:3] in ("ST*", "SE*")]
    return texts[inside[0] : inside[-1] + 1] if inside else []


def messed(texts: list[str], rng: Random) -> list[str]:
    """Return a set with one segment lost, doubled, moved or cut."""
    at, other = rng.randrange(1, len(texts)), rng.randrange(1, len(texts))
    what = rng.randrange(4)
    rest = [*texts[:at], *texts[at + 1 :]]
    if what == 0:
        return rest
    if what == 1:
        return [*texts[: at + 1], *texts[at:]]
    if what == 2:
        return [*rest[:other], texts[at], *rest[other:]]
    return [*texts[:at], texts[at][: max(len(texts[at]) // 2, 2)], *texts[at + 1 :]]


def files(key: str, seeds):
    """Yield files whose last sets are unlike the first ones."""
    for seed in seeds:
        sample = generate(key, seed, fullness=(0.0, 0.1, 0.3)[seed % 3])
        texts = [line.text() for line in sample.lines]
        alike = [texts] * 4
        for name in KINDS:
            rng = Random(f"{key} {seed} {name}")
            mutant = KINDS[name](sample, rng) if name not in LARGE else None
            others = [body(mutant.data)] if mutant else []
            others += [messed(texts, rng), texts, messed(messed(texts, rng), rng)]
            yield wrap_many(sample.guide, numbered([*alike, *others, texts]))


def differences(key: str, seeds, monkeypatch, profile: Profile | None = None) -> list[int]:
    """Return which files are told differently without the trail."""
    found = []
    for number, data in enumerate(files(key, seeds)):
        with_it = said(data, profile)
        with monkeypatch.context() as patch:
            patch.setattr(Trail, "follow", lambda trail, walker, block, first: first)
            if said(data, profile) != with_it:
                found.append(number)
    return found


@pytest.mark.parametrize("key", KEYS)
def test_a_set_is_told_the_same_whether_others_went_before_it(key, monkeypatch):
    assert differences(key, SEEDS[:1], monkeypatch) == []


@pytest.mark.long
@pytest.mark.parametrize("key", KEYS)
def test_thousands_of_sets_are_told_the_same_whether_others_went_before_them(key, monkeypatch):
    assert differences(key, range(1, MANY), monkeypatch) == []


def test_the_trail_takes_what_is_alike(monkeypatch):
    taken = []
    follow = Trail.follow

    def counted(trail, walker, block, first):
        end = follow(trail, walker, block, first)
        taken.append(walker.done)
        return end

    monkeypatch.setattr(Trail, "follow", counted)
    texts = [line.text() for line in generate("270", 0, fullness=0.0).lines]
    said(wrap_many(generate("270", 0).guide, numbered([texts] * 100)))
    assert taken.count(True) >= 80
