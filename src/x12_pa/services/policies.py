"""What companion profiles say about claims (their section `claims:`), as policies per payer.

A section that names `payers` speaks for claims to those; one that does not speaks for every payer
that no other section names.
"""

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any

from x12_pa.errors import ConfigError
from x12_pa.guides import Profile
from x12_pa.reconcile import Equivalence, Policies, Policy
from x12_pa.reconcile.policy import UNIT_FACTORS

PAYERS = "payers"


def policies_of(profiles: Iterable[Profile]) -> Policies:
    """Return the policy of each payer that the profiles name, and the one for all others.

    Raises:
        ConfigError: a section has an unknown key or a value of another kind, or two profiles
            say different things for the same payers.
    """
    sections: dict[str, dict[str, Any]] = {"": {}}
    for profile in profiles:
        values = dict(profile.claims)
        for payer_id in _payers(profile, values.pop(PAYERS, None)):
            _join(sections.setdefault(payer_id, {}), values, profile)
    made = {payer_id: Policy(**values) for payer_id, values in sections.items()}
    return Policies(default=made.pop(""), by_payer=made)


def _payers(profile: Profile, given: object) -> list[str]:
    if given is None:
        return [""]
    if not isinstance(given, list) or not given or not all(isinstance(one, str) for one in given):
        raise _wrong(profile, PAYERS, "a list of payer ids, each in quotes")
    return given


def _join(known: dict[str, Any], values: Mapping[str, object], profile: Profile) -> None:
    for key, value in values.items():
        if key not in _READ:
            raise ConfigError(
                f"Profile {profile.id}, claims: unknown key '{key}'; known: "
                f"{', '.join((PAYERS, *_READ))}."
            )
        expected, read = _READ[key]
        try:
            new = read(value)
        except (TypeError, ValueError, KeyError, ZeroDivisionError):
            raise _wrong(profile, key, expected) from None
        if isinstance(new, dict):
            new = {**known.get(key, {}), **new}
        elif known.get(key, new) != new:
            raise ConfigError(
                f"Profile {profile.id}, claims: '{key}' differs from what another profile says "
                f"for the same payers. Name the payers of each with '{PAYERS}'."
            )
        known[key] = new


def _wrong(profile: Profile, key: str, expected: str) -> ConfigError:
    return ConfigError(f"Profile {profile.id}, claims: '{key}' must be {expected}.")


def _names(value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise TypeError
    return {str(name): str(other) for name, other in value.items()}


def _kind(kind: type) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if type(value) is not kind:
            raise TypeError
        return value

    return read


def _one_of(*values: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if value not in values:
            raise ValueError
        return str(value)

    return read


def _equivalences(value: Any) -> tuple[Equivalence, ...]:
    return tuple(Equivalence(**{key: str(text) for key, text in one.items()}) for one in value)


def _factors(value: Any) -> dict[tuple[str, str], Fraction]:
    factors = dict(UNIT_FACTORS)
    for pair, factor in value.items():
        authorized, billed = str(pair).split("/")
        factors[authorized, billed] = Fraction(str(factor))
    return factors


_NAMES = ("a table of texts", _names)
_YES_NO = ("true or false", _kind(bool))
_WHOLE = ("a whole number", _kind(int))

_READ: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "payer_aliases": _NAMES,
    "member_aliases": _NAMES,
    "provider_groups": _NAMES,
    "number_patterns": _NAMES,
    "referral_qualifier": ("9F or G1", _one_of("9F", "G1")),
    "number_max_length": _WHOLE,
    "check_provider": _YES_NO,
    "check_site": _YES_NO,
    "equivalences": ("a list of tables with id, authorized, billed", _equivalences),
    "allow_without_code": _YES_NO,
    "allow_without_window": _YES_NO,
    "open_window_days": _WHOLE,
    "institutional_several": ("split or refuse", _one_of("split", "refuse")),
    "pattern_cap": ("max or min", _one_of("max", "min")),
    "unit_factors": ("a table such as {HS/MJ: 1/60}", _factors),
    "newborn_days": _WHOLE,
    "fill_other_payers": _YES_NO,
}
