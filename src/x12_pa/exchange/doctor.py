"""Try what a mailbox can do, in a scratch name, and recommend the mode.

Servers differ: some forbid renames, some take a file away the moment it is closed. The probe writes
a few bytes under a name that begins with a dot and ends in `.part`, which no partner should read,
and removes it again.
"""

from collections.abc import Callable
from functools import partial

from attrs import frozen

from x12_pa.configuration import MailboxSettings
from x12_pa.exchange.errors import ExchangeError, NameCollision, TransientError
from x12_pa.exchange.mailbox import new_token
from x12_pa.exchange.transport import Transport, join

PROBE = b"x12-pa probe; safe to delete\n"


@frozen(kw_only=True)
class Check:
    """One thing that was tried."""

    name: str
    works: bool
    detail: str = ""


@frozen(kw_only=True)
class Diagnosis:
    """What a mailbox can do; `mode` is None if it cannot be used for sending at all."""

    mailbox: str
    checks: tuple[Check, ...]
    mode: str | None
    advice: str

    @property
    def ok(self) -> bool:
        """Whether the configured mailbox works as it is configured."""
        return self.mode is not None and all(c.works for c in self.checks if c.name in _NEEDED)


_NEEDED = frozenset({"list download_dir", "list upload_dir", "write"})


def examine(
    box: MailboxSettings, transport: Transport, token: Callable[[], str] = new_token
) -> Diagnosis:
    """Probe a mailbox and recommend the upload mode.

    Raises:
        TransientError: the session broke.
    """
    return _Examination(box, transport, token()).run()


class _Examination:
    def __init__(self, box: MailboxSettings, transport: Transport, token: str) -> None:
        self.box, self.transport = box, transport
        self.checks: list[Check] = []
        self.first = join(box.upload_dir, f".x12-pa-probe-{token}.part")
        self.second = join(box.upload_dir, f".x12-pa-probe-{token}.2.part")

    def run(self) -> Diagnosis:
        for name in ("download_dir", "upload_dir"):
            self._try(f"list {name}", partial(self._list, getattr(self.box, name)))
        try:
            mode = self._mode()
        finally:
            for path in (self.first, self.second):
                self._try("clean up", partial(self.transport.remove, path), quiet=True)
        advice = _ADVICE[mode]
        if mode and mode != self.box.mode:
            advice += f' The configuration says mode = "{self.box.mode}".'
        return Diagnosis(mailbox=self.box.name, checks=tuple(self.checks), mode=mode, advice=advice)

    def _mode(self) -> str | None:
        if not self._try("write", self._write):
            return None
        if not self._try("see it after closing", self._see):
            return "direct"
        self._try("read it back", self._read_back)
        self._try("refuse to create it twice", self._exclusive)
        posix = self._try(
            "posix-rename", lambda: self.transport.posix_rename(self.first, self.second)
        )
        if posix:
            self.first, self.second = self.second, self.first
        plain = self._try("rename", lambda: self.transport.rename(self.first, self.second))
        removed = self._try("remove", lambda: self._remove(self.second if plain else self.first))
        if posix or plain:
            return "rename"
        return "marker" if removed else "direct"

    def _try(self, name: str, action: Callable[[], object], *, quiet: bool = False) -> bool:
        try:
            action()
        except TransientError:
            raise
        except ExchangeError as error:
            self.checks += [] if quiet else [Check(name=name, works=False, detail=str(error))]
            return False
        self.checks += [] if quiet else [Check(name=name, works=True)]
        return True

    def _list(self, directory: str) -> None:
        for _ in self.transport.list(directory.encode()):
            pass

    def _write(self) -> None:
        writer = self.transport.open_new(self.first)
        writer.write(PROBE)
        writer.close()

    def _see(self) -> None:
        entry = self.transport.lstat(self.first)
        if entry is None or entry.size != len(PROBE):
            raise ExchangeError("The file is not there, or not with the size that was written.")

    def _read_back(self) -> None:
        reader = self.transport.open_read(self.first, len(PROBE))
        data = reader.read(len(PROBE))
        reader.close()
        if data != PROBE:
            raise ExchangeError("The server changes the bytes; ask the partner for binary mode.")

    def _exclusive(self) -> None:
        try:
            self.transport.open_new(self.first).close()
        except NameCollision:
            return
        raise ExchangeError("The server overwrites an existing file although told not to.")

    def _remove(self, path: bytes) -> None:
        if not self.transport.remove(path):
            raise ExchangeError("The file was gone before it was removed.")


_ADVICE = {
    "rename": 'Use mode = "rename": files appear whole, or not at all.',
    "marker": 'Renaming does not work. If the partner waits for a marker file, use mode = "marker"'
    ' with its marker_suffix; otherwise mode = "direct".',
    "direct": "The server takes files as soon as they are closed or allows no rename: use "
    'mode = "direct". An upload that breaks then waits for its acknowledgement.',
    None: "Nothing can be written to upload_dir. Check the directory and the rights of the login.",
}
