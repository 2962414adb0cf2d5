"""Profiles made of a few rules, and the findings that they cause in a small request."""

from datetime import date
from pathlib import Path
from typing import Any

import yaml

from tests.support import FIXTURES
from x12_pa.guides import Profile, load_profile
from x12_pa.validation import FileResult, Finding, validate

TODAY = date(2026, 11, 22)
REQUEST = "278-request-subscriber"


def profile_of(folder: Path, *rules: dict[str, Any], name: str = "payer", **more: Any) -> Profile:
    """Write a profile with these rules, numbered where they have no id, and load it."""
    numbered = [{"id": f"r{n}", "source": f"section {n}"} | rule for n, rule in enumerate(rules, 1)]
    data = {"profile": name, "title": name, "source": {"title": "test"}, "rules": numbered} | more
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")
    return load_profile(path)


def text_of(name: str = REQUEST, *changes: tuple[str, str]) -> bytes:
    """Return a valid fixture with some texts replaced everywhere."""
    text = (FIXTURES / "valid" / f"{name}.edi").read_text(encoding="latin-1")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text.encode("latin-1")


def judged(data: bytes, profile: Profile, **options: Any) -> FileResult:
    """Validate under a profile, on the day that every test calls today."""
    return validate(data, profile=profile, **{"today": TODAY} | options)


def by_payer(result: FileResult) -> list[Finding]:
    """Return the findings that the profile caused."""
    return [finding for finding in result.findings if finding.source.startswith("profile:")]


def codes(folder: Path, rule: dict[str, Any], data: bytes | None = None, **options: Any) -> list:
    """Return the codes that one rule causes."""
    found = by_payer(judged(data or text_of(), profile_of(folder, rule), **options))
    return [finding.code for finding in found]
