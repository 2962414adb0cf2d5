"""What a command works with: options that all commands share, configuration, ledger and time.

Everything expensive is made when it is first asked for. Commands get the session through
`options.pass_session`; tests may give one of their own to click's runner (`obj=Session(...)`), with
another clock or with settings that were read already.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from attrs import define, field

from x12_pa.clock import Clock, system_clock

if TYPE_CHECKING:
    from rich.console import Console

    from x12_pa.configuration import Settings
    from x12_pa.ledger.database import Ledger
    from x12_pa.services.office import Office

HIDDEN = "•••"


@define
class Session:
    """One run of the program.

    Attributes:
        config: the file of `--config`, or None.
        ledger_url: the URL of `--ledger`, or None.
        clock: where every command takes the time from.
        json: print data as JSON.
        show_phi: show names, identifiers and birth dates.
        quiet: print data and errors only.
    """

    config: str | None = None
    ledger_url: str | None = None
    clock: Clock = system_clock
    json: bool = False
    show_phi: bool = False
    quiet: bool = False
    _settings: "Settings | None" = field(default=None, alias="settings")

    @property
    def settings(self) -> "Settings":
        """The configuration in force, read once; raises `ConfigError`."""
        if self._settings is None:
            self._settings = self.read_settings()
        return self._settings

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
    def office(self) -> Iterator["Office"]:
        """Open the ledger and return everything that a use case works with."""
        from x12_pa.services.office import Office

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
