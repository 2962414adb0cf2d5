"""Profiles written for one test each: a head that is in order, and the rules of the test."""

from pathlib import Path

from x12_pa.guides import Profile, load_profile

HEAD = """\
profile: {id}
title: Specimen Health Plan
source: {{title: Specimen guide, date: 2026-05-01, provenance: own, confidence: high}}
"""


def rules(*lines: str) -> str:
    """Return a `rules` section from one flow mapping for each rule; `source` is added."""
    return "rules:\n" + "".join(f"  - {{source: page 1, {line}}}\n" for line in lines)


def written(folder: Path, text: str, *, name: str = "specimen") -> Path:
    """Write a profile and return its path."""
    path = folder / f"{name}.yaml"
    path.write_text(HEAD.format(id=name) + text, encoding="utf-8")
    return path


def profile(folder: Path, text: str, *, name: str = "specimen") -> Profile:
    """Write a profile and load it."""
    return load_profile(written(folder, text, name=name))
