"""Personalities: what the simulated payer answers, as data.

A personality is a YAML file with ordered `rules`, each a `when` (predicates on the request, all of
which must hold) and an `answer`; `otherwise` answers what no rule took. The first rule that
matches wins. Values of a predicate are alternatives and may hold `*` (any characters), so that
`procedure: ["70553", "72*"]` means either. The section `eligibility` holds such
rules for 270s. Nothing in a personality is code; its shape is
`personality.schema.json`, and a mistake in it is reported with the place and what is expected.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import yaml
from attrs import field, frozen

from x12_pa.errors import ConfigError
from x12_pa.simulator.eligibility import EligibilityDesk, read_desk

FOLDER = Path(__file__).resolve().parent


@frozen(kw_only=True)
class Window:
    """How the certified dates are written: qualifiers, level, and days after the requested end."""

    form: str = "007"
    level: str = "service"
    days: int = 60


@frozen(kw_only=True)
class Ask:
    """One thing a pend asks for: a report type (PWK01) by a channel (PWK02), or a LOINC code."""

    report: str | None = None
    channel: str = "EL"
    loinc: str | None = None


@frozen(kw_only=True)
class Contact:
    """Whom to call."""

    name: str = "UTILIZATION REVIEW DESK"
    phone: str = "8005550100"


@frozen(kw_only=True)
class ServiceAnswer:
    """The decision of one service, chosen by its 1-based index or its procedure code."""

    decision: str
    index: int | None = None
    procedure: str | None = None
    reasons: tuple[str, ...] = ()
    quantity: int | None = None
    message: str | None = None


@frozen(kw_only=True)
class Reject:
    """An AAA rejection: the level whose data failed, reject reasons, follow-up action."""

    level: str
    codes: tuple[str, ...]
    follow_up: str


@frozen(kw_only=True)
class Refuse999:
    """A functional rejection: the segment (and element) that the 999 is to complain about."""

    segment: str
    segment_code: str = "8"
    element: int | None = None
    element_code: str = "7"


@frozen(kw_only=True)
class Answer:
    """What happens to one request.

    Exactly one of `decision`, `reject`, `refuse_999`, `refuse_ta1` (a TA1 note code) and `silence`
    ("answer": acknowledged and never answered; "all": as if the file were lost) is set. `late`
    holds the response back for so many polls; `copies` sends it more than once; `later` is the
    answer that follows this one a poll later, as when a pend is decided.
    """

    decision: str | None = None
    reasons: tuple[str, ...] = ()
    number: str = "services"
    services: tuple[ServiceAnswer, ...] = ()
    window: Window = Window()
    quantity: int | None = None
    ask: tuple[Ask, ...] = ()
    contact: Contact | None = None
    message: str | None = None
    reject: Reject | None = None
    refuse_999: Refuse999 | None = None
    refuse_ta1: str | None = None
    silence: str | None = None
    late: int = 0
    copies: int = 1
    later: "Answer | None" = None


@frozen(kw_only=True)
class Rule:
    """One line of a personality: the predicates (name to alternatives) and the answer."""

    id: str
    when: Mapping[str, tuple[str, ...]]
    answer: Answer


@frozen(kw_only=True)
class Personality:
    """A payer's behaviour.

    `certification` (HCR02) and `reference` (REF*NT) are `str.format` templates over `ref` (the last
    digits of BHT03), `service` (its 1-based index, 0 for the event) and `n` (a count from `first`).
    Built on `ref`, a number does not depend on the order in which requests arrive. `eligibility` is
    what 270s are answered by.
    """

    name: str
    title: str
    profile: str | None
    rules: tuple[Rule, ...]
    otherwise: Answer
    contact: Contact = Contact()
    certification: str = "M{ref}{service:02d}"
    reference: str = "NT{ref}{service:02d}"
    first: int = 1
    duplicate_interchange: str = "reject"
    eligibility: EligibilityDesk = field(factory=EligibilityDesk)


def personality_names() -> tuple[str, ...]:
    """Return the names of the personalities that ship with x12-pa."""
    return tuple(sorted(path.stem for path in (FOLDER / "personalities").glob("*.yaml")))


def load_personality(name: str | Path) -> Personality:
    """Read a shipped personality by name, or any by its path.

    Raises:
        ConfigError: no such personality, not YAML, or not of the documented shape.
    """
    path = Path(name)
    if path.suffix not in (".yaml", ".yml"):
        path = FOLDER / "personalities" / f"{name}.yaml"
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            f"There is no personality '{name}'. Name a .yaml file, or one of: "
            f"{', '.join(personality_names())}."
        ) from error
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"{path.name} is not YAML: {error}") from error
    return read_personality(data, path.name)


def read_personality(data: Any, where: str = "personality") -> Personality:
    """Build a personality from plain data; `where` names it in error messages.

    Raises:
        ConfigError: the data does not have the documented shape.
    """
    problems = sorted(_validator().iter_errors(data), key=lambda each: list(map(str, each.path)))
    if problems:
        raise ConfigError(f"{where}: " + "; ".join(_explain(each) for each in problems[:5]))
    rules = tuple(_rule(each) for each in data["rules"])
    names = [rule.id for rule in rules]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ConfigError(f"{where}: rule id used twice: {', '.join(twice)}. Give each its own id.")
    payer = dict(data.get("payer", {}))
    contact = Contact(**payer.pop("contact", {}))
    try:
        for template in (payer.get("certification", ""), payer.get("reference", "")):
            template.format(n=1, ref="000001", service=1)
    except (ValueError, LookupError) as error:
        raise ConfigError(
            f"{where}: a number template cannot be used ({error}); "
            "write it like 'M{ref}{service:02d}'."
        ) from error
    return Personality(
        name=data["personality"],
        title=data.get("title", data["personality"]),
        profile=data.get("profile"),
        rules=rules,
        otherwise=_answer(data["otherwise"]),
        contact=contact,
        duplicate_interchange=data.get("duplicate_interchange", "reject"),
        eligibility=read_desk(data.get("eligibility", {})),
        **payer,
    )


@cache
def _validator() -> Any:
    schema = json.loads((FOLDER / "personality.schema.json").read_text(encoding="utf-8"))
    return jsonschema.Draft202012Validator(schema)


def _explain(problem: Any) -> str:
    """Return one schema problem as 'place: what is wrong', most specific cause first."""
    if problem.validator == "oneOf" and "required" in str(problem.validator_value):
        wanted = [each["required"][0] for each in problem.validator_value if "required" in each]
        place = _place(problem)
        return f"{place}: exactly one of {', '.join(wanted)} must be given"
    if problem.validator == "oneOf":
        return f"{_place(problem)}: must be text in quotes, or a list of such texts"
    return f"{_place(problem)}: {problem.message}"


def _place(problem: Any) -> str:
    parts = [f"[{p + 1}]" if isinstance(p, int) else f".{p}" for p in problem.absolute_path]
    return "".join(parts).lstrip(".") or "the file"


def _texts(value: Any) -> tuple[str, ...]:
    if isinstance(value, (list, tuple)):
        return tuple(str(each) for each in value)
    return (str(value),)


def _rule(data: Mapping[str, Any]) -> Rule:
    when = {name: _texts(value) for name, value in data["when"].items()}
    return Rule(id=data["id"], when=when, answer=_answer(data["answer"]))


def _answer(data: Mapping[str, Any]) -> Answer:
    """Build an answer from data that the schema accepted."""
    given = dict(data)
    makers: dict[str, Any] = {
        "services": lambda value: tuple(_service(each) for each in value),
        "window": lambda value: Window(**value),
        "ask": lambda value: tuple(Ask(**each) for each in value),
        "contact": lambda value: Contact(**value),
        "reject": lambda value: Reject(**{**value, "codes": _texts(value["codes"])}),
        "refuse_999": lambda value: Refuse999(**value),
        "later": _answer,
    }
    for name, make in makers.items():
        if name in given:
            given[name] = make(given[name])
    if "reason" in given:
        given["reasons"] = _texts(given.pop("reason"))
    return Answer(**given)


def _service(data: Mapping[str, Any]) -> ServiceAnswer:
    given = dict(data)
    if "reason" in given:
        given["reasons"] = _texts(given.pop("reason"))
    return ServiceAnswer(**given)
