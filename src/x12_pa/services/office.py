"""What every use case works with: configuration, ledger, clock, and the partner's profile."""

from attrs import define, field

from x12_pa.clock import Clock
from x12_pa.configuration import Identity, MailboxSettings, Settings
from x12_pa.errors import ConfigError
from x12_pa.guides import Profile, load_guide, load_profile
from x12_pa.ledger.control_numbers import scope_key
from x12_pa.ledger.database import Ledger
from x12_pa.services.defaults import context_of, envelope_defaults

REQUEST_GUIDE = "278-request"


def profile_named(settings: Settings, name: str) -> Profile:
    """Load the profile that a mailbox names: by id, or by path beside the configuration file."""
    here = settings.file.parent if settings.file else None
    return load_profile(here / name if here and name.endswith((".yaml", ".yml")) else name)


@define
class Office:
    """One run of the program with its ledger open."""

    settings: Settings
    ledger: Ledger
    clock: Clock
    _profiles: dict[str, Profile] = field(factory=dict)

    def profile_of(self, mailbox: MailboxSettings) -> Profile | None:
        """Return the companion profile of a mailbox; None when it has none.

        A profile is named by its id, or by a path relative to the configuration file.
        """
        name = mailbox.profile
        if name is None:
            return None
        if name not in self._profiles:
            self._profiles[name] = profile_named(self.settings, name)
        return self._profiles[name]

    def only_mailbox(self, name: str | None) -> MailboxSettings:
        """Return the mailbox of that name, or the only one there is.

        Raises:
            ConfigError: there is none, or there are several and none is named.
        """
        boxes = self.settings.mailboxes
        if name is not None:
            return self.settings.mailbox(name)
        if len(boxes) == 1:
            return next(iter(boxes.values()))
        known = ", ".join(sorted(boxes)) or "none"
        raise ConfigError(f"Say which mailbox with --mailbox; configured: {known}.")


@define
class Address:
    """The envelope of what we send to one partner."""

    identity: Identity
    receiver_qualifier: str
    receiver_id: str
    gs_receiver: str
    usage: str
    ack_requested: bool = True

    @property
    def gs_sender(self) -> str:
        """GS02."""
        return self.identity.gs_sender or self.identity.sender_id

    @property
    def scope(self) -> str:
        """The direction whose control numbers are used."""
        mine = (self.identity.qualifier, self.identity.sender_id)
        return scope_key(*mine, self.receiver_qualifier, self.receiver_id, self.usage)


def address_of(office: Office, mailbox: MailboxSettings, usage: str) -> Address:
    """Return whom the mailbox's partner is addressed as; the profile says it.

    Raises:
        ConfigError: there is no identity, or the profile names no ISA08.
    """
    profile = office.profile_of(mailbox)
    identity = office.settings.require_identity()
    known = context_of(sender=identity.sender_id, usage=usage)
    envelope = envelope_defaults(profile, load_guide(REQUEST_GUIDE), known)
    receiver = envelope.get("ISA08")
    if not receiver:
        raise ConfigError(
            f"[mailbox.{mailbox.name}]: its profile must name the receiver (envelope ISA08), so "
            "that files can be addressed. Set 'profile' to a companion guide that does."
        )
    return Address(
        identity,
        envelope.get("ISA07", "ZZ"),
        receiver,
        envelope.get("GS03", receiver),
        usage,
        envelope.get("ISA14") != "0",
    )
