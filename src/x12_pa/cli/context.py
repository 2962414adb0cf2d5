"""What a command works with: options that all commands share, configuration, ledger and time.

Everything expensive is made when it is first asked for. Commands get the session through
`options.pass_session`; tests may give one of their own to click's runner (`obj=Session(...)`), with
another clock or with settings that were read already.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from attrs import define, evolve, field

from x12_pa.clock import Clock, system_clock

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

    from x12_pa.configuration import Settings
    from x12_pa.ledger.database import Ledger
    from x12_pa.services.office import Office

HIDDEN = "•••"


@define(slots=False)
class Session:
    """One run of the program.

    Attributes:
        config: the file of `--config`, or None.
        ledger_url: the URL of `--ledger`, or None.
        clock: where every command takes the time from; `now` and `today` are that of our zone.
        json: print data as JSON.
        show_phi: show names, identifiers and birth dates.
        quiet: print data and errors only.
        roster: the file of `--roster`; it stands in for that of the configuration.
    """

    config: str | None = None
    ledger_url: str | None = None
    clock: Clock = system_clock
    json: bool = False
    show_phi: bool = False
    quiet: bool = False
    roster: "Path | None" = None
    _settings: "Settings | None" = field(default=None, alias="settings")

    @property
    def settings(self) -> "Settings":
        """The configuration in force, read once; raises `ConfigError`."""
        if self._settings is None:
            self._settings = self.read_settings()
        if self.roster is not None:
            self._settings = evolve(self._settings, roster=self.roster)
        return self._settings

    @cached_property
    def offline(self) -> "Settings":
        """The configuration for what reaches no mailbox: one without host_key is no hindrance."""
        if self._settings is not None:
            return self.settings
        found = self.read_settings(allow_unpinned=True)
        return found if self.roster is None else evolve(found, roster=self.roster)

    def now(self) -> datetime:
        """Return the present in our zone, as it stands on what we write; raises `ConfigError`."""
        return self.clock().astimezone(self.offline.zone)

    def today(self) -> date:
        """Return the day that it is where we work; raises `ConfigError`."""
        return self.now().date()

    def read_settings(self, *, allow_unpinned: bool = False) -> "Settings":
        """Read the configuration anew; `allow_unpinned` is for `exchange trust` only."""
        from x12_pa.configuration import load_settings

        return load_settings(self.config, ledger_url=self.ledger_url, allow_unpinned=allow_unpinned)

    @contextmanager
    def ledger(self, *, existing: bool = False) -> Iterator["Ledger"]:
        """Open the configured ledger, creating it if need be; closed at the end.

        `existing` is for commands that make no sense on a new one: a check or a backup of an empty
        ledger would only hide that the wrong one was named.
        """
        from x12_pa.ledger.database import open_ledger, require_existing

        settings = self.settings.ledger
        if existing:
            require_existing(settings.url)
        ledger = open_ledger(settings.url, clock=self.clock, spool=settings.spool)
        try:
            yield ledger
        finally:
            ledger.close()

    @contextmanager
    def office(self, *, asking: bool = False) -> Iterator["Office"]:
        """Open the ledger and return everything that a use case works with.

        `asking` is for questions: an answer from a ledger that was not there before is said to be
        one, because the wrong folder or file may have been named.
        """
        from x12_pa.ledger.database import missing_file
        from x12_pa.services.office import Office

        if asking and (path := missing_file(self.settings.ledger.url)) and not self.quiet:
            print(f"There was no ledger at {path}; a new one was made.", file=sys.stderr)
        with self.ledger() as ledger:
            yield Office(self.settings, ledger, self.clock)

    def mask(self, value: str | None) -> str | None:
        """Return a name, identifier or birth date as it may be shown; "" and None stay."""
        return value if self.show_phi or not value else HIDDEN

    def console(self) -> "Console | None":
        """Return a rich console when stdout is a terminal; None means: write plain text."""
        if self.json or not sys.stdout.isatty():
            return None
        from rich.console import Console

        return Console(highlight=False, emoji=False, markup=False)
