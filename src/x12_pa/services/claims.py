"""Put authorization numbers on claims: the ledger's decisions and the payers' policies together."""

from typing import BinaryIO

from x12_pa.authorizations.records import Authorization
from x12_pa.errors import ConfigError
from x12_pa.guides import Profile
from x12_pa.ledger.decisions import current
from x12_pa.reconcile import FillResult, Policy, fill_claims
from x12_pa.services.office import Office

_TEXT_KEYS = ("payer_aliases", "member_aliases", "provider_groups", "number_patterns")
_PLAIN_KEYS = (
    "referral_qualifier",
    "number_max_length",
    "check_provider",
    "check_site",
    "allow_without_code",
    "allow_without_window",
    "open_window_days",
    "institutional_several",
    "pattern_cap",
)


def fill(office: Office, source: BinaryIO, *, replace: bool = False) -> FillResult:
    """Decide for every claim of a file which number goes where."""
    return fill_claims(source, in_force(office), policy=policy_of(office), replace=replace)


def in_force(office: Office) -> list[Authorization]:
    """Return every decision that is in force."""
    with office.ledger.read() as tx:
        return current(tx)


def policy_of(office: Office) -> Policy:
    """Join what the profiles of all mailboxes say about claims (their section `claims:`).

    Raises:
        ConfigError: a profile has an unknown key there.
    """
    values: dict[str, object] = {}
    for mailbox in office.settings.mailboxes.values():
        profile = office.profile_of(mailbox)
        if profile is not None:
            _join(values, profile)
    return Policy(**values)  # type: ignore[arg-type]


def _join(values: dict[str, object], profile: Profile) -> None:
    for key, value in profile.claims.items():
        if key in _TEXT_KEYS:
            known = values.setdefault(key, {})
            assert isinstance(known, dict)
            known.update(value)
        elif key in _PLAIN_KEYS:
            values[key] = value
        else:
            known_keys = ", ".join((*_TEXT_KEYS, *_PLAIN_KEYS))
            raise ConfigError(
                f"Profile {profile.id}, claims: unknown key '{key}'; known: {known_keys}."
            )
