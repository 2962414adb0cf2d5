"""Read `x12-pa.toml` into frozen records, or say in one sentence what is wrong with it.

Every field of a record carries its own reader, so that a key is described once: its name, its
default and its accepted form. Unknown keys are errors (a misspelt `host_key` must not mean "none"),
paths are relative to the file that names them, and secrets never stand in the file: the keys that
end in `_env` name the environment variable that holds one.
"""

# ruff: noqa: RUF009 - `_setting` is attrs.field with a reader, not a mutable default

import difflib
import os
import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from attrs import AttrsInstance, evolve, field, fields, frozen

from x12_pa import configured_values as form
from x12_pa.configured_values import WEEKDAYS, Place, Reader, Window, Wrong
from x12_pa.errors import ConfigError

DEFAULT_FILE = "x12-pa.toml"
STATE_FOLDER = ".x12-pa"
MODES = ("rename", "rename-dir", "marker", "direct")
_TOP = ("identity", "ledger", "lookups", "mailbox", "roster", "zone")

T = TypeVar("T", bound=AttrsInstance)


def _setting(read: Reader, **options: Any) -> Any:
    return field(metadata={"read": read}, **options)


@frozen(kw_only=True)
class Identity:
    """Who we are on the envelopes: ISA05, ISA06, GS02 and TRN03."""

    qualifier: str = _setting(form.text, default="ZZ")
    sender_id: str = _setting(form.text)
    gs_sender: str = _setting(form.text, default="")
    trace_originator: str = _setting(form.text, default="")


@frozen(kw_only=True)
class LedgerSettings:
    """Where the ledger and the spool of files lie."""

    url: str = _setting(form.url)
    spool: Path = _setting(form.path)


@frozen(kw_only=True)
class RosterSettings:
    """Where the provider roster lies, CSV or JSON."""

    file: Path | None = _setting(form.path, default=None)


@frozen(kw_only=True)
class MailboxSettings:
    """One mailbox: how to reach it, how to behave in it, when.

    `context` is what rules of the profile depend on and no file says, as for `--context`.

    `temp_dir` serves mode `rename-dir`, `marker_suffix` mode `marker` and partners that mark what
    they finished (`download_marker`). Sizes are bytes. `ambiguous_hours` is how long an upload of
    unknown result in mode `direct` waits for its acknowledgement before the same bytes go again.
    """

    name: str
    transport: str = _setting(form.one_of("sftp", "local"), default="sftp")
    root: Path | None = _setting(form.path, default=None)
    host: str = _setting(form.text, default="")
    port: int = _setting(form.whole(1, 65535), default=22)
    username: str = _setting(form.text, default="")
    key_file: Path | None = _setting(form.path, default=None)
    password_env: str | None = _setting(form.text, default=None)
    passphrase_env: str | None = _setting(form.text, default=None)
    host_key: tuple[str, ...] = _setting(form.host_keys, default=())
    upload_dir: str = _setting(form.directory, default="inbound")
    download_dir: str = _setting(form.directory, default="outbound")
    mode: str = _setting(form.one_of(*MODES), default="rename")
    temp_dir: str | None = _setting(form.directory, default=None)
    marker_suffix: str = _setting(form.text, default=".done")
    download_marker: str | None = _setting(form.text, default=None)
    patterns: tuple[str, ...] = _setting(form.texts, default=("*",))
    after_download: str = _setting(form.one_of("archive", "delete", "leave"), default="archive")
    archive_dir: str | None = _setting(form.directory, default=None)
    profile: str | None = _setting(form.text, default=None)
    context: Mapping[str, str] = _setting(form.facts, factory=dict, hash=False)
    every: timedelta | None = _setting(form.span, default=None)
    windows: tuple[Window, ...] = _setting(form.windows, default=())
    weekdays: tuple[str, ...] = _setting(form.weekdays, default=WEEKDAYS)
    zone: ZoneInfo = _setting(form.zone, factory=lambda: ZoneInfo("UTC"))
    settle_seconds: int = _setting(form.whole(0, 86400), default=30)
    incomplete_hours: int = _setting(form.whole(0, 720), default=24)
    ambiguous_hours: int = _setting(form.whole(1, 720), default=24)
    max_files: int = _setting(form.whole(1, 100_000), default=1000)
    max_file_bytes: int = _setting(form.whole(1, 2**40), default=2**30)
    max_run_bytes: int = _setting(form.whole(1, 2**44), default=2**33)
    connect_seconds: int = _setting(form.whole(1, 600), default=15)
    timeout_seconds: int = _setting(form.whole(1, 3600), default=60)
    run_seconds: int = _setting(form.whole(10, 86400), default=7200)


@frozen(kw_only=True)
class Settings:
    """The whole configuration. `file` is None when the built-in defaults are in force.

    `zone` is where we work: it decides which day is today, and what date and time stand on what we
    write. What is stored is UTC. A mailbox that names no zone of its own has this one.
    """

    file: Path | None
    state_dir: Path
    identity: Identity | None
    ledger: LedgerSettings
    mailboxes: Mapping[str, MailboxSettings]
    lookups: Mapping[str, Path] = field(factory=dict)
    roster: Path | None = None
    zone: ZoneInfo = field(factory=lambda: ZoneInfo("UTC"))

    def mailbox(self, name: str) -> MailboxSettings:
        """Return one mailbox by name.

        Raises:
            ConfigError: there is none of that name.
        """
        if name in self.mailboxes:
            return self.mailboxes[name]
        known = ", ".join(sorted(self.mailboxes)) or "none"
        raise ConfigError(
            f"{_shown(self.file)}: there is no [mailbox.{name}]. Configured: {known}."
        )

    def require_identity(self) -> Identity:
        """Return `[identity]`; raises `ConfigError` if it is not configured."""
        if self.identity is None:
            raise ConfigError(
                f"{_shown(self.file)}: [identity] is missing; sending needs qualifier and "
                "sender_id (ISA05, ISA06)."
            )
        return self.identity


def _shown(file: Path | None) -> str:
    return str(file) if file else f"no {DEFAULT_FILE} found"


def find_file(explicit: Path | str | None, environ: Mapping[str, str] | None = None) -> Path | None:
    """Return the configuration file: the given one, `$X12_PA_CONFIG`, `./x12-pa.toml`, or None."""
    named = explicit or (os.environ if environ is None else environ).get("X12_PA_CONFIG")
    if named:
        return Path(named)
    here = Path(DEFAULT_FILE)
    return here if here.is_file() else None


def load_settings(
    explicit: Path | str | None = None,
    *,
    ledger_url: str | None = None,
    allow_unpinned: bool = False,
    environ: Mapping[str, str] | None = None,
) -> Settings:
    """Read the configuration that is in force.

    Args:
        explicit: the file of `--config`.
        allow_unpinned: accept a mailbox without host_key, for the command that shows host keys;
            nothing can connect to it.
        ledger_url: the URL of `--ledger`; a relative SQLite path counts from the current folder.
        environ: the environment; None means the process's own.

    Raises:
        ConfigError: unreadable, not TOML, or a key or value that does not fit.
    """
    file = find_file(explicit, environ)
    settings = read_settings(_load(file), file, allow_unpinned=allow_unpinned)
    if ledger_url is None:
        return settings
    place = Place(file=None, folder=Path.cwd())
    try:
        ledger = evolve(settings.ledger, url=form.url(ledger_url, place))
    except Wrong as wrong:
        raise ConfigError(f"--ledger: expected {wrong}.") from None
    return evolve(settings, ledger=ledger)


def _load(file: Path | None) -> dict[str, Any]:
    if file is None:
        return {}
    # Compiling its expressions costs what checking a small file does, and many runs have no file.
    import tomllib

    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{file}: is not UTF-8 text.") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file}: is not valid TOML: {error}.") from None


def read_settings(
    table: Mapping[str, Any], file: Path | None, *, allow_unpinned: bool = False
) -> Settings:
    """Turn a parsed TOML document into `Settings`; `file` gives names and relative paths."""
    folder = file.resolve().parent if file else Path.cwd()
    place = Place(file=file, folder=folder)
    _refuse_unknown(table, _TOP, "", place)
    state = folder / STATE_FOLDER
    ledger = {"url": f"sqlite:///{state / 'ledger.db'}", "spool": str(state / "spool")}
    ledger |= _table(table.get("ledger", {}), "ledger", place)
    identity = table.get("identity")
    boxes = _table(table.get("mailbox", {}), "mailbox", place)
    lookups = _read(form.files, table.get("lookups", {}), "lookups", place)
    zone: ZoneInfo = _read(form.zone, table.get("zone", "UTC"), "zone", place)
    return Settings(
        file=file,
        state_dir=state,
        identity=None if identity is None else _identity(identity, place),
        ledger=_record(LedgerSettings, ledger, "ledger", place),
        mailboxes={
            name: _mailbox(name, box, place, allow_unpinned, zone) for name, box in boxes.items()
        },
        lookups=lookups,
        roster=_record(
            RosterSettings, _table(table.get("roster", {}), "roster", place), "roster", place
        ).file,
        zone=zone,
    )


def _identity(value: Any, place: Place) -> Identity:
    read = _record(Identity, _table(value, "identity", place), "identity", place)
    return evolve(
        read,
        gs_sender=read.gs_sender or read.sender_id,
        trace_originator=read.trace_originator or f"9{read.sender_id}"[:10],
    )


_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


def _mailbox(
    name: str, value: Any, place: Place, unpinned: bool, zone: ZoneInfo
) -> MailboxSettings:
    where = f"mailbox.{name}"
    if not _NAME.fullmatch(name):
        raise _error(place, where, "a mailbox name is letters, digits, '-' and '_', up to 64")
    given = _table(value, where, place)
    box = _record(MailboxSettings, given, where, place, name=name, zone=zone)
    _check_transport(box, where, place, unpinned)
    if box.mode == "rename-dir" and not box.temp_dir:
        raise _error(place, where, 'mode "rename-dir" needs temp_dir')
    if box.every is None and not box.windows:
        box = evolve(box, every=timedelta(minutes=15))
    return box


def _check_transport(box: MailboxSettings, where: str, place: Place, unpinned: bool) -> None:
    if box.transport == "local":
        if box.root is None:
            raise _error(place, where, 'transport "local" needs root, the directory to work in')
        return
    for key in ("host", "username"):
        if not getattr(box, key):
            raise _error(place, where, f"{key} is missing")
    if not box.host_key and not unpinned:
        raise _error(
            place,
            where,
            f"host_key is missing. Run `x12-pa exchange trust {box.name}` to see the server's "
            "fingerprint, compare it with the one the partner gave you, then pin it here",
        )
    if (box.key_file is None) == (box.password_env is None):
        raise _error(place, where, "exactly one of key_file and password_env is needed")


def _table(value: Any, where: str, place: Place) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _error(place, where, f"must be a table, written [{where}]")
    return value


def _record(kind: type[T], table: Mapping[str, Any], where: str, place: Place, **given: Any) -> T:
    readers: dict[str, Reader] = {
        a.name: a.metadata["read"] for a in fields(kind) if "read" in a.metadata
    }
    _refuse_unknown(table, readers, where, place)
    values = dict(given)
    for key, value in table.items():
        values[key] = _read(readers[key], value, f"{where}.{key}", place)
    try:
        return kind(**values)
    except TypeError as error:
        missing = re.findall(r"'(\w+)'", str(error))
        raise _error(place, where, f"{', '.join(missing)} is missing") from None


def _read(read: Reader, value: Any, where: str, place: Place) -> Any:
    try:
        return read(value, place)
    except Wrong as wrong:
        raise _error(place, where, f"expected {wrong}") from None


def _refuse_unknown(
    table: Mapping[str, Any], known: Mapping[str, Any] | tuple[str, ...], where: str, place: Place
) -> None:
    for key in table:
        if key not in known:
            near = difflib.get_close_matches(key, list(known), 1)
            hint = f"did you mean '{near[0]}'?" if near else "known: " + ", ".join(sorted(known))
            if key == "zone":
                hint = "it stands at the top of the file, before the first [table]"
            raise _error(place, f"{where}.{key}" if where else key, f"unknown key; {hint}")


def _error(place: Place, where: str, what: str) -> ConfigError:
    return ConfigError(f"{place.file or 'built-in defaults'}: {where}: {what.rstrip('.')}.")
