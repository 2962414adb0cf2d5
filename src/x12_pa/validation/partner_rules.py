"""A profile's rules about envelopes, files and runs, read for one kind of message.

What a rule says of places inside a set is compiled into the guide (`guides.narrowing`); here is the
rest of the same rules. Facts for the exchange and for people (`schedule`, `rate` …) are loaded with
the profile, but nothing in a file shows whether they are kept, so nothing is judged.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from attrs import evolve, frozen

from x12_pa.guides.checks import Check
from x12_pa.guides.conditions import Condition, condition
from x12_pa.guides.narrowing import CODE_OF, Part, parts
from x12_pa.guides.operators import Body
from x12_pa.guides.paths import envelope_element
from x12_pa.guides.profile import KINDS, Rule
from x12_pa.validation.partner_envelope import ENV_USAGE

FILE = "@file"
INTERCHANGE = "@interchange"
_TRAILERS = ("IEA", "GE")
_DEFAULT_SCOPE = {"ISA": FILE, "GS": INTERCHANGE, "ST": INTERCHANGE}
_SCOPES = {"ISA": INTERCHANGE}
_ENVELOPE_OPERATORS = (*CODE_OF, "choose")


@frozen(kw_only=True, eq=False)
class EnvelopeRule:
    """Checks of ISA, GS, the run or the file.

    Attributes:
        level: `ISA`, `GS`, or `@file` when it is judged at the end of the file.
    """

    rule: Rule
    operator: str
    level: str
    checks: tuple[Check, ...]
    when: Condition | None = None


@frozen(kw_only=True, eq=False)
class CountRule:
    """How many interchanges, groups or sets there may be."""

    rule: Rule
    of: str
    per: str
    low: int
    high: int | None
    when: Condition | None = None


@frozen(kw_only=True, eq=False)
class PlainRule:
    """A rule that is read where it is used: `delimiters`, `charset`, `file`."""

    rule: Rule
    operator: str
    argument: Any
    when: Condition | None = None


@frozen(kw_only=True, eq=False)
class RuleSet:
    """The rules for one kind of message."""

    envelope: tuple[EnvelopeRule, ...] = ()
    counts: tuple[CountRule, ...] = ()
    delimiters: tuple[PlainRule, ...] = ()
    charset: tuple[PlainRule, ...] = ()
    file: tuple[PlainRule, ...] = ()


Known = dict[tuple[str, str, str], list[EnvelopeRule | CountRule | PlainRule]]
"""What was read already: one rule is one object for all messages, so that it counts them all."""


def read_rules(
    rules: tuple[Rule, ...], set_id: str, key: str, kind: str, version: str, known: Known
) -> RuleSet:
    """Return what rules say of the envelopes and the file of a message.

    A rule that names no direction is about what is sent to the partner.

    Args:
        rules: those in force.
        known: what was read for other messages; added to.
        set_id, key, kind, version: ST01, guide key, kind and id of the guide; "" when no guide is
            known.

    Raises:
        ConfigError: a rule is not written as the language asks.
    """
    found: list[Any] = []
    for rule in rules:
        if concerns(rule, set_id, kind, version):
            for part in parts(rule, key, kind):
                name = (rule.id, part.operator, repr((part.argument, part.when)))
                if name not in known:
                    known[name] = list(_read(rule, part))
                found += known[name]
    return RuleSet(
        envelope=tuple(item for item in found if isinstance(item, EnvelopeRule)),
        counts=tuple(item for item in found if isinstance(item, CountRule)),
        delimiters=_plain(found, "delimiters"),
        charset=_plain(found, "charset"),
        file=_plain(found, "file"),
    )


def reads_outside(rule: Rule, part: Part) -> bool:
    """Tell whether an operator is about envelopes, the run or the file."""
    if part.operator not in _ENVELOPE_OPERATORS or part.is_count_of_envelopes:
        return any(True for _ in _read(rule, part))
    body = _compiled(rule, part)
    return body is not None and bool(body.checks)


def _compiled(rule: Rule, part: Part) -> Body | None:
    """Compile an operator that looks at nothing inside a set; None for the others."""
    if part.operator == "values" and any(isinstance(v, Mapping) for v in part.argument.values()):
        return None
    body = part.read(rule)
    return None if body.paths or body.refers else body


def _plain(found: list[Any], operator: str) -> tuple[PlainRule, ...]:
    return tuple(i for i in found if isinstance(i, PlainRule) and i.operator == operator)


def _read(rule: Rule, part: Part) -> Iterator[EnvelopeRule | CountRule | PlainRule]:
    """Yield what one operator of a rule is, if it is about envelopes, the run or the file."""
    if part.is_count_of_envelopes:
        yield _count(rule, part)
    elif part.operator in ("delimiters", "file"):
        yield PlainRule(rule=rule, operator=part.operator, argument=part.argument, when=_when(part))
    elif part.operator == "charset" and "path" not in part.argument:
        yield PlainRule(rule=rule, operator="charset", argument=part.argument, when=_when(part))
    elif part.operator in _ENVELOPE_OPERATORS:
        yield from _envelope(rule, _with_usage(part))


def _when(part: Part) -> Condition | None:
    return condition(part.when)[0] if part.when is not None else None


def _count(rule: Rule, part: Part) -> CountRule:
    given = part.argument
    per = given.get("per") or _DEFAULT_SCOPE[given["of"]]
    low, high = given.get("min", 0), given.get("max")
    low, high = given.get("eq", low), given.get("eq", high)
    return CountRule(
        rule=rule, of=given["of"], per=_SCOPES.get(per, per), low=low, high=high, when=_when(part)
    )


def _envelope(rule: Rule, part: Part) -> Iterator[EnvelopeRule]:
    compiled = _compiled(rule, part)
    if compiled is None or not compiled.checks:
        return
    segments = {e.segment for path in compiled.all_paths if (e := envelope_element(path))}
    if segments & set(_TRAILERS):
        # That trailers repeat their headers and count right is checked for everybody.
        return
    on_file = any(path.startswith(("@file.", "raw(@file.")) for path in compiled.all_paths)
    level = FILE if on_file else "GS" if "GS" in segments else "ISA"
    yield EnvelopeRule(
        rule=rule, operator=part.operator, level=level, checks=compiled.checks, when=compiled.when
    )


def _with_usage(part: Part) -> Part:
    """Let a rule compare ISA15 with the name of the environment."""
    if part.operator not in ("equals", "differs"):
        return part
    return evolve(
        part,
        argument={
            left: ENV_USAGE if right == "@env" and "ISA15" in left else right
            for left, right in part.argument.items()
        },
    )


def concerns(rule: Rule, set_id: str, kind: str, version: str) -> bool:
    """Tell whether a rule about envelopes speaks of a message."""
    if not rule.speaks_of(set_id, kind, version):
        return False
    return bool(rule.kinds) or kind not in KINDS["in"] or "response" in str(rule.body)
