"""Which rules of a profile are judged, where, and why the others are not.

A rule that nothing judges is dead: its place is in no guide that it speaks of, or it is a fact for
the exchange. People should see that; `profiles show` and `profiles lint` ask here.
"""

from collections.abc import Iterator

from attrs import frozen

from x12_pa.errors import ConfigError
from x12_pa.guides import Profile, guide_keys, load_guide
from x12_pa.guides.narrowing import CODE_OF, Part, missing_place, parts
from x12_pa.guides.operators import OPERATIONS
from x12_pa.guides.profile import Rule
from x12_pa.validation.partner_rules import concerns, reads_outside

OPERATIONS_WHY = {
    "schedule": "a fact for the exchange: no file says when it goes out or is answered",
    "ack_order": "a fact for the exchange: one file does not show in which order answers come",
    "rate": "a share of all that is sent in a time, which no file shows and the partner counts",
}


@frozen(kw_only=True)
class Standing:
    """What becomes of one rule.

    Attributes:
        judged: keys of the guides in whose messages it is judged, and `envelope` for what is
            around them.
        why: why it is not judged at all; "" when it is.
    """

    rule: Rule
    judged: tuple[str, ...] = ()
    why: str = ""


def standings(profile: Profile) -> list[Standing]:
    """Return what becomes of each rule of a profile.

    Raises:
        ConfigError: a rule does not fit the guides; as `load_guide` does.
    """
    return [_standing(rule) for rule in profile.rules]


def check_profile(profile: Profile) -> None:
    """Compile a profile for every guide of ours.

    Raises:
        ConfigError: a rule allows more than the layers below, or does not fit.
    """
    for key in guide_keys():
        plain = load_guide(key)
        if any(rule.speaks_of(plain.set, plain.kind, plain.id) for rule in profile.rules):
            load_guide(key, profile)
    standings(profile)


def _standing(rule: Rule) -> Standing:
    judged: dict[str, None] = {}
    reasons: dict[str, None] = {}
    for key in guide_keys():
        guide = load_guide(key)
        if not rule.speaks_of(guide.set, guide.kind, guide.id):
            continue
        for part in parts(rule, key, guide.kind):
            for place, why in _part(rule, part, key):
                judged.update({place: None} if place else {})
                reasons.update({why: None} if why else {})
    if judged:
        return Standing(rule=rule, judged=tuple(judged))
    return Standing(rule=rule, why="; ".join(reasons) or "it speaks of no message that is known")


def _part(rule: Rule, part: Part, key: str) -> Iterator[tuple[str, str]]:
    """Yield (where it is judged, "") or ("", why not)."""
    guide = load_guide(key)
    if part.operator in OPERATIONS:
        yield "", OPERATIONS_WHY[part.operator]
    elif part.operator == "forbid_unused":
        yield key, ""
    elif reads_outside(rule, part):
        if concerns(rule, guide.set, guide.kind, guide.id):
            yield "envelope", ""
    elif part.operator not in CODE_OF:
        raise ConfigError(f"{rule.where}: rule '{rule.id}': {part.operator} is not known.")
    elif part.operator == "count" and part.argument.get("per") == "error":
        yield "", "what counts as one error is the partner's affair"
    else:
        missing = missing_place(guide, rule, part)
        yield ("", f"{key} has nothing at {missing}") if missing else (key, "")
