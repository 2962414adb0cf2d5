"""Is a profile in good order? What a person would ask before relying on it.

Loading and compiling refuse what is wrong beyond doubt: the form, a rule that allows more than the
guide. Here is asked what still may be wrong: rules that contradict each other or never do anything,
old or missing sources, rules that no sample shows. Only the profile's own rules are judged; those
of the layers below are judged with their own profile.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from attrs import evolve, frozen

from x12_pa.errors import ConfigError
from x12_pa.guides.narrowing import load_guide
from x12_pa.guides.operators import OPERATIONS
from x12_pa.guides.paths import BadPath
from x12_pa.guides.profile import STALE_AFTER_DAYS, UNKNOWN, Profile, Rule
from x12_pa.guides.profile_conflicts import (
    Problem,
    contradictions,
    dead_paths,
    impossible_conditions,
    says_nothing_new,
)
from x12_pa.guides.profile_diff import below
from x12_pa.guides.profile_facts import Fact, facts, guides_of
from x12_pa.guides.yaml_lines import Lines, read_lines

YEARS = 3
_WHERE = re.compile(r"(?P<file>[^:]+?), line (?P<line>\d+)")
_RULE = re.compile(r"rule '(?P<rule>[^']+)'")
_DATE = re.compile(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?")
_DAYS_A_YEAR = 365.25


@frozen(kw_only=True)
class Advice:
    """One thing that the linter says.

    Attributes:
        check: which question found it, such as `contradiction` or `stale-source`.
        severity: `error` (it cannot work), `warning` or `info`.
        todo: what to do about it.
    """

    check: str
    severity: str
    file: str
    line: int
    rule: str | None
    message: str
    todo: str

    def __str__(self) -> str:
        rule = f"rule '{self.rule}': " if self.rule else ""
        return f"{self.file}:{self.line}: {self.severity}[{self.check}]: {rule}{self.message}"


def lint(
    profile: Profile,
    *,
    today: date,
    years: int = YEARS,
    samples: Mapping[str, str] | None = None,
) -> list[Advice]:
    """Return what is wrong with a profile's own rules, in the order of the file.

    Args:
        today: what sources are old at.
        years: from which age on a source is stale.
        samples: ids of the rules that have samples, each with its place; None when there is no
            file of samples.
    """
    lines = read_lines(profile.path) if profile.path else None
    found = [*_rules(profile, today), *_sources(profile, lines, today, years)]
    found += _services(profile, lines, today)
    found += _confidence(profile)
    found += _samples(profile, samples)
    found.sort(key=lambda item: (item.file, item.line, item.check))
    return list(dict.fromkeys(found))


def refusal(problem: ConfigError, path: Path | None, *, check: str = "load") -> Advice:
    """Return what the loader or compiler refused, with the place that its message names."""
    text = str(problem).splitlines()[0]
    where, rule = _WHERE.search(text), _RULE.search(text)
    message = _WHERE.sub("", text, count=1).lstrip(": ")
    if rule and message.startswith(rule[0]):
        message = message.removeprefix(rule[0]).lstrip(":, ")
    return Advice(
        check=check,
        severity="error",
        file=where["file"] if where else path.name if path else "profile",
        line=int(where["line"]) if where else 1,
        rule=rule["rule"] if rule else None,
        message=message,
        todo="Correct it; until then the profile cannot be used.",
    )


def _rules(profile: Profile, today: date) -> Iterator[Advice]:
    """Yield what is wrong with single rules and with pairs of them."""
    try:
        every = list(facts(profile))
        conflicts = list(_own(profile, contradictions(every)))
    except BadPath:
        every, conflicts = [], []
    except ConfigError as problem:
        yield refusal(problem, profile.path)
        return
    yield from (_advice("contradiction", "error", item) for item in conflicts)
    blamed: set[str | None] = {item[0].id for item in conflicts}
    for refused in refusals(profile, today):
        if refused.rule not in blamed:
            yield refused
        blamed.add(refused.rule)
    lower = below(profile)
    own = [rule for rule in profile.rules if rule.layer == profile.id]
    for rule in own:
        if rule.id not in blamed:
            yield from _one(profile, rule, [fact for fact in every if fact.rule is rule])
        yield from (_advice("shadowed", "warning", item) for item in _twins(profile, lower, rule))
        yield from (_advice("out-of-force", "warning", item) for item in _dates(rule, today))
    for rule_id in profile.disabled:
        if lower.rule(rule_id) is None:
            yield _about(
                profile,
                "dead-rule",
                "warning",
                f"'disable' names '{rule_id}', which no layer below has",
                "Take it out, or correct the id.",
            )


def _own(profile: Profile, found: Iterable[Problem]) -> Iterator[Problem]:
    """Leave out what concerns layers below only."""
    return (item for item in found if item[0].layer in (profile.id, ""))


def _one(profile: Profile, rule: Rule, found: list[Fact]) -> Iterator[Advice]:
    if rule.operator in OPERATIONS:
        return
    dead = list(dead_paths(rule, found))
    yield from (_advice("dead-path", "error", item) for item in dead)
    if not dead:
        for item in impossible_conditions(profile, rule):
            yield _advice("dead-rule", "warning", item)
        for item in says_nothing_new(rule, found):
            yield _advice("dead-rule", "info", item)


def refusals(profile: Profile, today: date) -> Iterator[Advice]:
    """Compile a profile in every context and at every date it tells apart; yield what is refused.

    A refused rule is left out for the rest, so that all are found.
    """
    refused: set[str] = set()
    for known in _contexts(profile):
        for day in _days(profile, today):
            for key in _keys(profile):
                yield from _compiled(profile, key, day, known, refused)


def _compiled(
    profile: Profile, key: str, day: date, known: Mapping[str, Any], refused: set[str]
) -> Iterator[Advice]:
    while True:
        rules = tuple(rule for rule in profile.rules if rule.id not in refused)
        try:
            load_guide(key, evolve(profile, rules=rules), today=day, known=known)
        except ConfigError as problem:
            item = refusal(problem, profile.path, check="refused")
            yield item
            if item.rule is None or item.rule in refused:
                return
            refused.add(item.rule)
        else:
            return


def _keys(profile: Profile) -> list[str]:
    found = [guide.key for rule in profile.rules for guide in guides_of(rule)]
    return list(dict.fromkeys(found))


def _contexts(profile: Profile) -> list[dict[str, str]]:
    """Return one context for each combination that some rule asks for, and the empty one."""
    found = [{name: values[0] for name, values in rule.context.items()} for rule in profile.rules]
    return [dict(pairs) for pairs in dict.fromkeys(tuple(item.items()) for item in [{}, *found])]


def _days(profile: Profile, today: date) -> list[date]:
    later = {rule.starts for rule in profile.rules if rule.starts and rule.starts > today}
    return [today, *sorted(later)]


def _twins(profile: Profile, lower: Profile, rule: Rule) -> Iterator[Problem]:
    """Yield a rule that says what another one says already."""
    todo = "Take one of them out."
    beneath = lower.rule(rule.id)
    if beneath is not None and _same(beneath, rule) and beneath.severity == rule.severity:
        yield rule, f"it repeats the rule of the same id in {beneath.layer}", todo
    for other in profile.rules:
        if other is rule:
            return
        if _same(other, rule):
            of = f" of {other.layer}" if other.layer != rule.layer else ""
            yield rule, f"it says the same as rule '{other.id}'{of}", todo


def _same(a: Rule, b: Rule) -> bool:
    names = ("transactions", "versions", "kinds", "context", "each", "starts", "ends")
    alike = all(getattr(a, name) == getattr(b, name) for name in names)
    return alike and json.dumps(a.body, sort_keys=True) == json.dumps(b.body, sort_keys=True)


def _dates(rule: Rule, today: date) -> Iterator[Problem]:
    if rule.starts and rule.ends and rule.starts > rule.ends:
        yield (
            rule,
            f"it ends ({rule.ends}) before it starts ({rule.starts})",
            "Correct 'effective'.",
        )
    elif rule.ends and rule.ends < today:
        yield rule, f"it has not been in force since {rule.ends}", "Take it out."


def _sources(profile: Profile, lines: Lines | None, today: date, years: int) -> Iterator[Advice]:
    """Yield documents that are old, undated, or were not read themselves."""
    named: dict[tuple[str, ...], Mapping[str, Any]] = {("source",): profile.source}
    own = lines.data.get("sources") if lines else None
    named |= {
        ("sources", name): source
        for name, source in (own or {}).items()
        if source.get("title") != profile.source.get("title")
    }
    for place, source in named.items():
        line = lines.line(place) if lines else 1
        title, day = source.get("title", ""), source_date(source)
        severity = "warning"
        if day is None:
            severity = "warning" if place == ("source",) else "info"
            text, todo = f"'{title}' has no date", "Give the date of the document that was read."
        elif (today - day).days > years * _DAYS_A_YEAR:
            text = f"'{title}' is of {source['date']}, more than {years} years old"
            todo = "Look for a newer edition, compare it, and write its date here."
        else:
            continue
        if (reason := _looked_for(source, today)) and severity == "warning":
            severity, text = "info", f"{text}; {reason}"
            todo = "Look again for a newer edition when that is a year ago."
        yield _about(profile, "stale-source", severity, text, todo, line=line)
    if profile.caution:
        line = lines.line(["source", "provenance"]) if lines else 1
        todo = "Read the payer's own document, correct the rules, and write provenance: primary."
        yield _about(profile, "caution", "info", profile.caution, todo, line=line)


def _looked_for(source: Mapping[str, Any], today: date) -> str:
    """Return what a person says who lately looked for a newer edition; "" when nobody did."""
    day = _day_in(str(source.get("checked", "")))
    if day is None or not source.get("note") or (today - day).days > STALE_AFTER_DAYS:
        return ""
    return f"looked for on {day}: {source['note']}"


def _services(profile: Profile, lines: Lines | None, today: date) -> Iterator[Advice]:
    """Yield services that nobody has compared with the payer's list for too long."""
    limit = int(profile.services.get("stale_after_days", STALE_AFTER_DAYS))
    own = (lines.data.get("services") if lines else profile.services) or {}
    for name, service in own.items():
        day = source_date(service) if isinstance(service, Mapping) else None
        if day is not None and (today - day).days > limit:
            yield _about(
                profile,
                "stale-service",
                "warning",
                f"service '{name}' was last verified on {day}, more than {limit} days ago",
                "Compare it with the payer's list and write the day under last_verified.",
                line=lines.line(["services", name]) if lines else 1,
            )


def source_date(source: Mapping[str, Any]) -> date | None:
    """Return the day of a source; `2016-04` is its first day. None when there is none."""
    return _day_in(str(source.get("last_verified") or source.get("date") or ""))


def _day_in(text: str) -> date | None:
    found = _DATE.search(text)
    if found is None:
        return None
    try:
        return date(*(int(part or 1) for part in found.groups()))
    except ValueError:
        return None


def _confidence(profile: Profile) -> Iterator[Advice]:
    """Yield rules that do not say where they come from or how sure that is."""
    for rule in profile.rules:
        if rule.layer != profile.id:
            continue
        if not rule.source.strip():
            text, todo = "it does not say where it comes from", "Write the section under 'source'."
            yield _advice("no-source", "warning", (rule, text, todo))
        if rule.confidence == UNKNOWN:
            text = "neither it nor its document says how sure we are of it"
            todo = "Write confidence: high, medium or low."
            yield _advice("no-confidence", "warning", (rule, text, todo))


def _samples(profile: Profile, samples: Mapping[str, str] | None) -> Iterator[Advice]:
    own = [rule for rule in profile.rules if rule.layer == profile.id]
    judged = [rule for rule in own if rule.operator not in OPERATIONS]
    if samples is None:
        if judged:
            text = "there is no samples.yaml beside it: nothing shows that its rules work"
            todo = f"Write {profile.id}/samples.yaml; docs/profiles.md says how."
            yield _about(profile, "no-sample", "warning", text, todo)
        return
    for rule in judged:
        if rule.id not in samples:
            todo = "Add one that passes and one that fails to samples.yaml."
            yield _advice("no-sample", "warning", (rule, "it has no sample", todo))


def remark(where: str, check: str, message: str, todo: str, *, severity: str = "warning") -> Advice:
    """Return advice about a place that is written as `file.yaml, line 12`."""
    found = _WHERE.search(where)
    return Advice(
        check=check,
        severity=severity,
        file=found["file"] if found else where,
        line=int(found["line"]) if found else 1,
        rule=None,
        message=message,
        todo=todo,
    )


def _advice(check: str, severity: str, problem: Problem) -> Advice:
    rule, message, todo = problem
    found = remark(rule.where or rule.layer, check, message, todo, severity=severity)
    return evolve(found, rule=rule.id)


def _about(
    profile: Profile,
    check: str,
    severity: str,
    message: str,
    todo: str,
    *,
    line: int = 1,
    rule: str | None = None,
) -> Advice:
    file = profile.path.name if profile.path else profile.id
    return Advice(
        check=check,
        severity=severity,
        file=file,
        line=line,
        rule=rule,
        message=message,
        todo=todo,
    )
