"""What a payer, or our user, allows when numbers are put on claims: plain data, no behaviour.

Everything that differs between payers and is not in the guide stands here, so that a companion
profile can supply it: which payer ids mean the same payer, what a number looks like, whether the
provider and the place of service must agree, which codes the payer takes for one another. The
defaults are the careful ones: when in doubt a line is refused or handed to a person, never filled.
"""

from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Literal

from attrs import field, frozen

from x12_pa.errors import ConfigError
from x12_pa.guides.expressions import safe_pattern

UNIT_FACTORS: Mapping[tuple[str, str], Fraction] = MappingProxyType(
    {
        ("VS", "UN"): Fraction(1),
        ("FL", "UN"): Fraction(1),
        ("DY", "DA"): Fraction(1),
        ("HS", "MJ"): Fraction(1, 60),
    }
)
"""(authorised unit, billed unit) -> authorised units that one billed unit uses up.

Visits against units is the strict reading: a visit billed as two units uses up two visits. A pair
that is not here and not equal is not comparable, and a person decides.
"""


@frozen(kw_only=True)
class Equivalence:
    """A payer's statement that it takes `billed` for the authorised code `authorized`."""

    id: str
    authorized: str
    billed: str
    qualifier: str = "HC"


def _no_names() -> Mapping[str, str]:
    return MappingProxyType({})


def _compilable(_: object, __: object, patterns: Mapping[str, str]) -> None:
    for payer_id, pattern in patterns.items():
        try:
            safe_pattern(pattern, f"The form of numbers of payer {payer_id}")
        except ConfigError as problem:
            raise ConfigError(
                f"{problem} Correct number_patterns in the payer's profile."
            ) from None


def _upper(names: Mapping[str, str]) -> Mapping[str, str]:
    return MappingProxyType({key.strip().upper(): value for key, value in names.items()})


@frozen(kw_only=True)
class Policy:
    """The choices of one payer or one user.

    Attributes:
        payer_aliases: payer id -> the id it stands for (a delegated review organization).
        member_aliases: an old or suffixed member id -> the current one (id history).
        provider_groups: NPI -> NPI or name of its group, for group-level authorizations.
        referral_qualifier: REF01 of a certified referral (UM01=SC): `9F`, or `G1`.
        number_max_length: characters; the guide's limit of REF02 is 50.
        number_patterns: payer id -> regular expression that the whole number must match.
        check_provider: refuse when the authorization names providers and none is on the claim.
        check_site: refuse when the authorization names a place of service and the line another.
        equivalences: codes that the payer takes for one another.
        allow_without_code: a certified service type without a code covers the line.
        allow_without_window: a number without any window may be used.
        open_window_days: length of a window that has a start and no end; None asks a person.
        institutional_several: an institutional claim whose lines need several numbers is
            proposed for a `split`, or simply `refuse`d.
        pattern_cap: whether a frequency such as "3 a week for 2 months" grants the greatest
            total that it can mean, or the least.
        unit_factors: see `UNIT_FACTORS`.
        newborn_days: a dependent at most this old goes to a person when the number is a parent's.
        fill_other_payers: put the numbers of other payers of the claim into their own loop.
    """

    payer_aliases: Mapping[str, str] = field(factory=_no_names, converter=_upper)
    member_aliases: Mapping[str, str] = field(factory=_no_names, converter=_upper)
    provider_groups: Mapping[str, str] = field(factory=_no_names)
    referral_qualifier: Literal["9F", "G1"] = "9F"
    number_max_length: int = 50
    number_patterns: Mapping[str, str] = field(factory=_no_names, validator=_compilable)
    check_provider: bool = True
    check_site: bool = True
    equivalences: tuple[Equivalence, ...] = ()
    allow_without_code: bool = False
    allow_without_window: bool = False
    open_window_days: int | None = None
    institutional_several: Literal["split", "refuse"] = "split"
    pattern_cap: Literal["max", "min"] = "max"
    unit_factors: Mapping[tuple[str, str], Fraction] = UNIT_FACTORS
    newborn_days: int = 28
    fill_other_payers: bool = True


DEFAULT_POLICY = Policy()


@frozen(kw_only=True)
class Policies:
    """The policy of each payer, and the one for payers without any."""

    default: Policy = DEFAULT_POLICY
    by_payer: Mapping[str, Policy] = field(factory=dict)

    def of(self, payer_id: str) -> Policy:
        """Return the policy for claims to a payer."""
        return self.by_payer.get(payer_id, self.default)
