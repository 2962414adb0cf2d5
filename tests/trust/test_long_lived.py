"""A process that goes on for weeks: what it keeps, and what findings cost, has a bound."""

import gc
import weakref

from tests.trust.generator import generate, wrap_many
from x12_pa.guides import load_guide, load_profile, program
from x12_pa.guides.narrowing import MOST_NARROWED
from x12_pa.validation import validate
from x12_pa.validation.units import Units

PROFILE = """
profile: payer-{number}
title: Payer {number}
source: {{title: Test, date: 2026-01-01, confidence: high}}
rules:
  - id: bounded
    applies: {{tx: "278", direction: out}}
    length: {{2010C/NM103: {{max: {length}}}}}
    source: page 1
    message: short names
"""


def profile_of(folder, number):
    path = folder / f"payer-{number}.yaml"
    path.write_text(PROFILE.format(number=number, length=20 + number), encoding="utf-8")
    return load_profile(path)


def test_a_guide_that_was_narrowed_long_ago_is_forgotten(tmp_path):
    first = weakref.ref(load_guide("278-request", profile_of(tmp_path, 0)))
    for number in range(1, MOST_NARROWED):
        load_guide("278-request", profile_of(tmp_path, number))
    gc.collect()
    assert first() is load_guide("278-request", profile_of(tmp_path, 0)), "it is kept while used"
    for number in range(1, MOST_NARROWED + 1):
        load_guide("278-request", profile_of(tmp_path, number))
    gc.collect()
    assert first() is None


def test_what_a_finding_costs_does_not_depend_on_what_stands_before_its_set(monkeypatch):
    looked = []
    take = Units._take
    monkeypatch.setattr(Units, "_take", lambda self, text: (looked.append(text), take(self, text)))
    sample = generate("837P", 0)
    texts = [line.text() for line in sample.lines]
    wrong = [text.replace("SBR*", "SBR*?", 1) for text in texts]
    result = validate(wrap_many(sample.guide, [wrong] * 300))
    assert sum(finding.code == "X215" for finding in result.findings) >= 300
    assert len(looked) <= result.segments


def test_texts_that_passed_are_forgotten_when_they_become_many(monkeypatch):
    monkeypatch.setattr(program, "MOST_REMEMBERED", 100)
    load_guide("837P").programs.clear()  # what earlier tests filled is none of this one's
    sets = []
    for seed in range(4):
        sample = generate("837P", seed, 0.5)
        sample.lines[0].values[1] = sample.lines[-1].values[1] = f"{seed + 1:04}"
        sets.append([line.text() for line in sample.lines])
    data = wrap_many(sample.guide, sets)
    assert [validate(data).errors for _ in range(2)] == [0, 0]
    for compiled in load_guide("837P").programs.values():
        assert sum(map(len, compiled._known.values())) <= 100
