"""How a payer wants to be asked about eligibility, from the rules of its companion profile.

The rules that check a 270 also decide how it is made: a list of service types (EQ01), a procedure
that is not taken (EQ02), a count of patients or sets. What a profile leaves to us stands in its
section `mailbox:` under `eligibility`: how many questions and patients we put together, and which
payers it speaks for. A section or value that is misspelt is an error, never a silent default.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from x12_pa.configuration import MailboxSettings
from x12_pa.eligibility.asking import PayerRules
from x12_pa.errors import ConfigError, UsageError
from x12_pa.guides import Guide, Profile, load_guide
from x12_pa.guides.narrowing import parts
from x12_pa.guides.profile import Rule
from x12_pa.services.office import Office

GUIDE = "270"
_LIMITS = {
    "questions_per_patient": "questions",
    "patients_per_set": "patients",
    "sets_per_file": "sets",
}
_COUNTED = {("2000C", "ST"): "patients", ("ST", "@interchange"): "sets", ("ST", "@file"): "sets"}
_PAYERS = "payers"
_TYPES = "2110C/EQ01"
_PROCEDURE = "2110C/EQ02"
_PAYER_PATHS = ("2100A/NM109", "2010A/NM109")


def payer_rules(profile: Profile | None, known: Mapping[str, Any]) -> PayerRules:
    """Return how to ask the payer of a profile.

    Raises:
        ConfigError: `mailbox: eligibility:` has an unknown key or a value of another kind.
    """
    if profile is None:
        return PayerRules()
    limits: dict[str, int] = {}
    types: frozenset[str] | None = None
    procedures = True
    for operator, argument in _said(profile, load_guide(GUIDE), known):
        if operator == "values" and _TYPES in argument:
            listed = frozenset(map(str, argument[_TYPES]))
            types = listed if types is None else types & listed
        elif operator == "forbid" and argument == _PROCEDURE:
            procedures = False
        elif operator == "count" and isinstance(argument.get("max"), int):
            name = _COUNTED.get((str(argument.get("of")), str(argument.get("per"))))
            if name is not None:
                limits[name] = min(argument["max"], limits.get(name, argument["max"]))
    wanted = _wanted(profile)
    most = {name: min(n, limits.get(name, n)) for name, n in wanted.items()}
    kept = {name: n for name, n in limits.items() if name == "sets"}
    return PayerRules(service_types=types, procedures=procedures, **{**kept, **most})


def _said(profile: Profile, guide: Guide, known: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield operator and argument of every rule without a condition that a 270 is held to."""
    for rule in profile.rules:
        if _speaks(rule, guide, known):
            for part in parts(rule, guide.key, guide.kind):
                if part.when is None:
                    yield part.operator, part.argument


def _speaks(rule: Rule, guide: Guide, known: Mapping[str, Any]) -> bool:
    return bool(rule.fits(known)) and rule.speaks_of(guide.set, guide.kind, guide.id)


def _section(profile: Profile) -> Mapping[str, Any]:
    found = profile.mailbox.get("eligibility") or {}
    if not isinstance(found, Mapping):
        raise ConfigError(f"Profile {profile.id}, mailbox/eligibility: a table was expected.")
    if unknown := set(found) - set(_LIMITS) - {_PAYERS}:
        raise ConfigError(
            f"Profile {profile.id}, mailbox/eligibility: unknown key {', '.join(sorted(unknown))}; "
            f"known: {', '.join((*_LIMITS, _PAYERS))}."
        )
    return found


def _wanted(profile: Profile) -> dict[str, int]:
    found = {}
    for key, value in _section(profile).items():
        if key in _LIMITS:
            if type(value) is not int or value < 1:
                raise ConfigError(
                    f"Profile {profile.id}, mailbox/eligibility/{key}: a whole number from 1 up "
                    "was expected."
                )
            found[_LIMITS[key]] = value
    return found


def payers_of(profile: Profile) -> frozenset[str]:
    """Return the payer ids that a profile speaks for, in capitals; empty when it names none.

    A list that an office keeps (`$table.…`) is not read here, and so names none.
    """
    named: set[str] = set(map(str, _listed(_section(profile).get(_PAYERS))))
    named |= set(map(str, _listed(profile.services.get(_PAYERS))))
    for rule in profile.rules:
        for kind in ("270", "278-request"):
            guide = load_guide(kind)
            if rule.speaks_of(guide.set, guide.kind, guide.id):
                for part in parts(rule, guide.key, guide.kind):
                    named |= _ids(part.operator, part.argument)
    return frozenset(name.upper() for name in named)


def _ids(operator: str, argument: Any) -> set[str]:
    if operator != "values" or not isinstance(argument, Mapping):
        return set()
    named = (str(v) for path in _PAYER_PATHS for v in _listed(argument.get(path)))
    return {name for name in named if not name.startswith("$")}


def _listed(value: Any) -> Iterable[Any]:
    return () if value is None else value if isinstance(value, list) else [value]


def mailbox_for(office: Office, payer: str) -> MailboxSettings | None:
    """Return the mailbox whose profile names a payer; the only one, if it speaks for any payer.

    Raises:
        UsageError: several mailboxes lead to this payer.
    """
    boxes = list(office.settings.mailboxes.values())
    if len(boxes) == 1 and not ((only := office.profile_of(boxes[0])) and payers_of(only)):
        return boxes[0]
    found = [
        box
        for box in boxes
        if (profile := office.profile_of(box)) and payer.upper() in payers_of(profile)
    ]
    if len(found) > 1:
        names = ", ".join(sorted(box.name for box in found))
        raise UsageError(f"Several mailboxes lead to payer {payer}: {names}. Say --mailbox.")
    return found[0] if found else None
