"""What every use case works with: configuration, ledger, clock, and the partner's profile."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

from attrs import define, field

from x12_pa.authorizations.roster import Roster
from x12_pa.authorizations.roster_reading import read_roster
from x12_pa.clock import Clock
from x12_pa.configuration import Identity, MailboxSettings, Settings
from x12_pa.errors import ConfigError
from x12_pa.guides import Profile, load_guide, load_profile
from x12_pa.ledger.control_numbers import scope_key
from x12_pa.ledger.database import Ledger
from x12_pa.services.defaults import context_of, envelope_defaults
from x12_pa.services.judging import Standpoint
from x12_pa.services.registries import registries_for

REQUEST_GUIDE = "278-request"
_NONE: Mapping[str, Path] = MappingProxyType({})


def profile_named(settings: Settings, name: str) -> Profile:
    """Load the profile that a mailbox names: by id, or by path beside the configuration file."""
    here = settings.file.parent if settings.file else None
    return load_profile(here / name if here and name.endswith((".yaml", ".yml")) else name)


@define(slots=False)
class Office:
    """One run of the program with its ledger open."""

    settings: Settings
    ledger: Ledger
    clock: Clock
    _profiles: dict[str, Profile] = field(factory=dict)

    def now(self) -> datetime:
        """Return the present in our zone: what stands on the envelopes that we write."""
        return self.clock().astimezone(self.settings.zone)

    def today(self) -> date:
        """Return the day that it is where we work."""
        return self.now().date()

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

    def standpoint(
        self, profile: Profile | None, known: Mapping[str, Any], lookups: Mapping[str, Path] = _NONE
    ) -> Standpoint:
        """Return what a file of ours is judged by.

        Args:
            known: its context, see `context_for`.
            lookups: files of registries beside those of the configuration.

        Raises:
            ConfigError: the file of a registry that a rule names cannot be used.
        """
        today = self.today()
        files = {**self.settings.lookups, **lookups}
        registries = registries_for(profile, files, today)
        return Standpoint(
            profile=profile,
            today=today,
            known=known,
            lookups=registries,
            roster=self.roster,
            zone=self.settings.zone,
        )

    @cached_property
    def roster(self) -> Roster | None:
        """Who is enrolled with whom, as the configuration says; None without a roster.

        Raises:
            ConfigError: its file has faults.
        """
        path = self.settings.roster
        return None if path is None else read_roster(path)

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


def context_for(mailbox: MailboxSettings, identity: Identity, usage: str) -> dict[str, Any]:
    """Return what is known of a file that goes through a mailbox.

    The channel is that of the transport; what the configuration says of the mailbox goes before.
    """
    channel = {"channel": mailbox.transport} if mailbox.transport == "sftp" else {}
    return context_of(sender=identity.sender_id, usage=usage, more={**channel, **mailbox.context})


def address_of(
    office: Office, mailbox: MailboxSettings, usage: str, *, guide: str = REQUEST_GUIDE
) -> Address:
    """Return whom the mailbox's partner is addressed as; the profile says it, by what is sent.

    Raises:
        ConfigError: there is no identity, or the profile names no ISA08.
    """
    profile = office.profile_of(mailbox)
    identity = office.settings.require_identity()
    known = context_for(mailbox, identity, usage)
    envelope = envelope_defaults(profile, load_guide(guide), known)
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
