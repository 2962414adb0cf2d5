"""All that the linter has to say about one profile: its rules, its samples and its services.

`guides.profile_lint` judges rules and sources; what needs the samples beside a profile, or knows
what a request can carry, is asked here.
"""

from collections.abc import Iterator
from datetime import date
from itertools import combinations
from pathlib import Path

from attrs import evolve

from x12_pa.authorizations.requirements import (
    CodeSpan,
    Query,
    Requirement,
    Requirements,
    decide,
)
from x12_pa.authorizations.requirements_reading import SECTION_KEYS, place_in
from x12_pa.errors import ConfigError
from x12_pa.guides import Profile, load_profile
from x12_pa.guides.profile_lint import Advice, lint, refusal, remark
from x12_pa.services.profile_samples import sample_rules, samples_path
from x12_pa.services.requirements import requirements_of


def advise(name: str, *, today: date, years: int) -> list[Advice]:
    """Return what is wrong with a profile, named by id or path, in the order of the file.

    A profile that cannot be loaded has one finding, of the check `load`.
    """
    path = Path(name) if "/" in name or name.endswith((".yaml", ".yml")) else None
    try:
        profile = load_profile(path or name)
    except ConfigError as problem:
        return [refusal(text, path) for text in _each(problem)]
    beside = samples_path(profile)
    try:
        samples = sample_rules(beside) if beside else None
    except ConfigError as problem:
        return [refusal(problem, beside)]
    found = [
        *lint(profile, today=today, years=years, samples=samples),
        *services_advice(profile, today),
    ]
    return sorted(found, key=lambda item: (item.file, item.line, item.check))


def _each(problem: ConfigError) -> list[ConfigError]:
    """Return the errors of a form that were raised together, each by itself."""
    return [ConfigError(line) for line in str(problem).splitlines()]


def services_advice(profile: Profile, today: date) -> Iterator[Advice]:
    """Yield faults of the section `services:`, entries that contradict each other or have ended."""
    entries: list[Requirement] = []
    for part in _parts(profile):
        try:
            found = requirements_of(part)
        except ConfigError as problem:
            yield refusal(problem, profile.path, check="services")
        else:
            entries += found.entries if found else ()
    own = {key for (section, key), _ in profile.origins.items() if section == "services"}
    for entry in entries:
        if entry.id in own and entry.ends and entry.ends < today:
            text = f"service '{entry.id}' has not been in force since {entry.ends}"
            todo = "Take it out when nobody asks about services of that time any more."
            where = place_in(profile, entry.id)
            yield remark(where, "out-of-force", text, todo, severity="info")
    for one, other in combinations(entries, 2):
        if witness := _clash(one, other, today):
            text = (
                f"service '{other.id}' says {_yes(other)} and '{one.id}' says {_yes(one)}, and "
                f"neither is the narrower: {witness} is unknown"
            )
            todo = "Ask the payer which of them holds, and narrow it (place, plan, age, codes)."
            yield remark(place_in(profile, other.id), "contradiction", text, todo)


def _parts(profile: Profile) -> Iterator[Profile]:
    """Yield the profile with one entry of the section at a time, so that every fault is found."""
    head = {key: value for key, value in profile.services.items() if key in SECTION_KEYS}
    if head:
        yield evolve(profile, services=head)
    for key, value in profile.services.items():
        if key not in SECTION_KEYS:
            yield evolve(profile, services={key: value})


def _yes(entry: Requirement) -> str:
    return "yes" if entry.needed else "no"


def _clash(one: Requirement, other: Requirement, today: date) -> str:
    """Return a service of which two entries say different things with equal right, or ""."""
    if one.needed == other.needed:
        return ""
    query = _shared(one, other, today)
    if query is None:
        return ""
    answer = decide(Requirements(profile="", entries=(one, other)), query)
    if answer.needed != "unknown" or answer.ask:
        return ""
    known = {"procedure": query.procedure, "type": query.service_type, "place": query.place}
    return ", ".join(f"{name} {value}" for name, value in known.items() if value) or "any service"


def _shared(one: Requirement, other: Requirement, today: date) -> Query | None:
    """Return a question that both entries fit, or None when there is none."""
    day = max(filter(None, (one.starts, other.starts)), default=today)
    if any(entry.ends and entry.ends < day for entry in (one, other)):
        return None
    try:
        return Query(
            day=day,
            procedure=_code(one, other),
            service_type=_common(one.service_types, other.service_types),
            place=_common(one.places, other.places),
            plan=_common(one.plans, other.plans),
            age=_age(one, other),
        )
    except _NothingShared:
        return None


class _NothingShared(Exception):
    """Two entries exclude each other in one dimension."""


def _code(one: Requirement, other: Requirement) -> CodeSpan | None:
    both = one.procedures and other.procedures
    spans = [(a, b) for a in one.procedures for b in other.procedures if a.meets(b)]
    if both and not spans:
        raise _NothingShared
    found = next(iter((*one.procedures, *other.procedures)), None)
    first = max(span.first for span in spans[0]) if spans else found and found.first
    return CodeSpan(first=first, last=first) if first else None


def _common(one: tuple[str, ...], other: tuple[str, ...]) -> str | None:
    """Return a value that both lists allow; None when both are open."""
    found = [value for value in one if value in other] if one and other else [*one, *other]
    if not found and (one or other):
        raise _NothingShared
    return next(iter(found), None)


def _age(one: Requirement, other: Requirement) -> int | None:
    ages = [entry.ages for entry in (one, other) if entry.ages]
    if not ages:
        return None
    low = max(each.low or 0 for each in ages)
    if any(each.high is not None and each.high < low for each in ages):
        raise _NothingShared
    return low
