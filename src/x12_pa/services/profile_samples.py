"""Try the rules of a profile on the samples beside it: one that passes, one that fails.

`companion_guides/<id>/samples.yaml` names, for each rule, texts to exchange in a conforming file.
A sample file is never written out in full: it is the base, brought to the payer's envelope, with
one change, so that it shows the rule and nothing else.

```yaml
base: 278-request-subscriber      # fixtures/valid/….edi, or a file of this folder
envelope: {ISA08: HPHC0001, GS03: HPHC0001B}
changes: [["PI*DEMOPAYER", "PI*04271"]]   # what makes the base conform to the rest of the profile
context: {mode: realtime}         # what rules may ask about that is not in a file
today: 2026-11-22
rules:
  member-no-hyphen:
    pass: [["MBR000101", "HP0001234"]]
    fail: [["MBR000101", "HP-0001234"]]
```

Each of `base`, `envelope`, `context` and `today` may stand at a rule as well, and so may what
`profile_sample_world` knows: registries, and what was sent before; a rule with a base of its own
needs its own `changes`. Without `pass` the base itself must pass. A rule that could not be judged
(P901) has not passed.

A rule about how a file is sent breaks on no text of it. Then `pass` and `fail` are tables that tell
of the run: `file` (its name), `bytes`, `sets` (the first set stands there so many times),
`context`, `today`, and `changes` for texts to exchange.

```yaml
  file-name:
    pass: {file: claims_837P.edi}
    fail: {file: claims.edi}
```
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from attrs import frozen

from x12_pa.errors import ConfigError
from x12_pa.guides.hooks import NO_HOOKS, Hooks
from x12_pa.guides.profile import Profile
from x12_pa.guides.yaml_lines import Lines, read_lines
from x12_pa.resources import data_dir
from x12_pa.services import profile_sample_world as world
from x12_pa.services.profile_sample_text import copied, exchanged, recounted, with_envelope
from x12_pa.validation import Finding, validate
from x12_pa.validation.partner_state import read_context

NOT_JUDGED = "P901"
_KEYS = frozenset({"base", "envelope", "changes", "context", "today", "rules"}) | world.KEYS
_RULE_KEYS = (_KEYS - {"rules"}) | {"pass", "fail"}
_FILE = {"file": "name", "bytes": "bytes"}
_TOLD_KEYS = frozenset({"changes", "context", "today", "file", "bytes", "sets"})


@frozen(kw_only=True)
class Sample:
    """One file to try a rule on.

    Attributes:
        wanted: `pass` or `fail`.
        data: the file.
        where: file and line that it is written in.
    """

    rule: str
    wanted: str
    data: bytes
    context: Mapping[str, Any]
    today: date | None
    where: str
    hooks: Hooks = NO_HOOKS


@frozen(kw_only=True)
class Outcome:
    """What came of a sample.

    Attributes:
        good: the rule did what the sample says.
        message: what is wrong with it, or "".
        others: codes of other errors of the profile in a sample that should pass.
    """

    rule: str
    wanted: str
    good: bool
    message: str = ""
    where: str = ""
    others: tuple[str, ...] = ()


def samples_path(profile: Profile) -> Path | None:
    """Return the file of samples beside a profile, or None when there is none."""
    if profile.path is None:
        return None
    path = profile.path.parent / profile.id / "samples.yaml"
    return path if path.is_file() else None


def sample_rules(path: Path) -> dict[str, str]:
    """Return the ids of the rules that a file has samples for, each with its place."""
    lines = read_lines(path)
    rules = _rules_of(lines)
    return {rule_id: lines.where(["rules", rule_id]) for rule_id in rules}


def try_samples(profile: Profile) -> Iterator[Outcome]:
    """Yield the outcome of every sample of a profile, in the order they are written.

    Raises:
        ConfigError: the file of samples is not written as it should be.
    """
    path = samples_path(profile)
    if path is None:
        return
    lines = read_lines(path)
    _check_keys(lines.data, _KEYS, lines, [])
    for rule_id in _rules_of(lines):
        where = lines.where(["rules", rule_id])
        if profile.rule(rule_id) is None:
            text = f"{profile.id} has no rule '{rule_id}'; rename the sample or take it out"
            yield Outcome(rule=rule_id, wanted="fail", good=False, message=text, where=where)
            continue
        for wanted in ("pass", "fail"):
            yield _tried(profile, rule_id, wanted, lines, path)


def _tried(profile: Profile, rule_id: str, wanted: str, lines: Lines, path: Path) -> Outcome:
    where = lines.where(["rules", rule_id, wanted])
    try:
        sample = make_sample(lines, path, rule_id, wanted)
    except ConfigError as problem:
        return Outcome(rule=rule_id, wanted=wanted, good=False, message=str(problem), where=where)
    return judge(profile, sample)


def judge(profile: Profile, sample: Sample) -> Outcome:
    """Validate a sample under its profile and say whether its rule did what is wanted."""
    result = validate(
        sample.data,
        profile=profile,
        today=sample.today,
        context=sample.context,
        hooks=sample.hooks,
    )
    mine = [found for found in result.findings if names_rule(found, sample.rule)]
    undecided = [found for found in mine if found.code == NOT_JUDGED]
    breaches = [found for found in mine if found.code != NOT_JUDGED]
    message = ""
    if undecided and not breaches:
        message = f"the rule was not judged: {undecided[0].message}"
    elif sample.wanted == "pass" and breaches:
        message = f"should pass, but {breaches[0].code}: {breaches[0].message}"
    elif sample.wanted == "fail" and not breaches:
        other = next((f for f in result.findings if f.severity == "error"), None)
        found = f"; found instead {other.code}: {other.message}" if other else ""
        message = f"should break the rule, and does not{found}"
    others = {f.code for f in result.findings if f.severity == "error" and f not in mine}
    return Outcome(
        rule=sample.rule,
        wanted=sample.wanted,
        good=not message,
        message=message,
        where=sample.where,
        others=tuple(sorted(others)) if sample.wanted == "pass" else (),
    )


def names_rule(finding: Finding, rule_id: str) -> bool:
    """Tell whether a finding was made by this rule of a profile."""
    by_payer = finding.source.startswith("profile:")
    return by_payer and finding.rule is not None and finding.rule.id == rule_id


def make_sample(lines: Lines, path: Path, rule_id: str, wanted: str) -> Sample:
    """Return the file for one rule: its base, the envelope, the changes, and counts that fit.

    Raises:
        ConfigError: the base is not there, or a text to exchange is not in it.
    """
    data, rule = lines.data, lines.data["rules"][rule_id] or {}
    where = lines.where(["rules", rule_id, wanted])
    _check_keys(rule, _RULE_KEYS, lines, ["rules", rule_id])
    told = _told(rule, wanted, lines, ["rules", rule_id, wanted])
    text = _base(str(rule.get("base") or data.get("base") or ""), path.parent)
    for reference, value in {
        **(data.get("envelope") or {}),
        **(rule.get("envelope") or {}),
    }.items():
        text = with_envelope(text, reference, str(value))
    shared = rule.get("changes", () if rule.get("base") else data.get("changes"))
    for change in (*(shared or ()), *told.get("changes", ())):
        text = exchanged(text, change)
    if "sets" in told:
        text = copied(text, int(told["sets"]))
    context = {
        name: value
        for part in (data, rule, told)
        for name, value in (part.get("context") or {}).items()
    }
    context |= {f"file.{name}": told[key] for key, name in _FILE.items() if key in told}
    return Sample(
        rule=rule_id,
        wanted=wanted,
        data=recounted(text).encode("latin-1", "replace"),
        context=read_context(context),
        today=_day(told.get("today") or rule.get("today") or data.get("today")),
        where=where,
        hooks=world.hooks_of(
            {**data, **rule}, lambda name: _base(name, path.parent).encode("latin-1")
        ),
    )


def _told(
    rule: Mapping[str, Any], wanted: str, lines: Lines, place: Sequence[str | int]
) -> Mapping[str, Any]:
    """Return what makes the sample that passes or fails: texts to exchange, and the run.

    Raises:
        ConfigError: it has another form, or there is nothing that fails.
    """
    given = rule.get(wanted)
    if wanted == "fail" and not given:
        raise ConfigError("there is no sample that fails; give 'fail' a text to exchange")
    told = given if isinstance(given, Mapping) else {"changes": given or ()}
    _check_keys(told, _TOLD_KEYS, lines, place)
    for name in ("sets", "bytes"):
        given = told.get(name, 1)
        if not isinstance(given, int) or given < 1:
            raise ConfigError(f"{lines.where([*place, name])}: a whole number was expected.")
    return told


def _rules_of(lines: Lines) -> Mapping[str, Any]:
    data = lines.data
    rules = data.get("rules") if isinstance(data, Mapping) else None
    if not isinstance(rules, Mapping):
        raise ConfigError(f"{lines.name}: samples are listed under 'rules', by the id of the rule.")
    return rules


def _check_keys(data: Any, known: frozenset[str], lines: Lines, place: Sequence[str | int]) -> None:
    if not isinstance(data, Mapping):
        raise ConfigError(f"{lines.where(place)}: {', '.join(sorted(known))} are expected here.")
    for name in data:
        if name not in known:
            where = lines.where([*place, name])
            raise ConfigError(
                f"{where}: '{name}' is not known here, only {', '.join(sorted(known))}."
            )


def _day(value: Any) -> date | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise ConfigError(f"today is written as 2026-01-31, not {value}.") from None


def _base(name: str, folder: Path) -> str:
    """Read a base: a file of the profile's own folder, or a shipped fixture."""
    if not name:
        raise ConfigError("no 'base' says which file the sample is made from.")
    file = name if name.endswith(".edi") else f"{name}.edi"
    for path in (folder / file, data_dir("fixtures") / "valid" / file):
        if path.is_file():
            return path.read_bytes().decode("latin-1")
    raise ConfigError(
        f"there is no base '{name}', neither in {folder.name}/ nor in fixtures/valid."
    )
