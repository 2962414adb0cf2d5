"""Which of a server's names are files that we may fetch, and which have stopped changing.

Names come from the server and are hostile until shown otherwise: they may hold slashes, NUL bytes
or control characters, repeat, or name links and devices. Nothing here touches the disk, and no
remote name ever becomes a local path.

The settle rule: a file is fetched when its size and its modification time, both by the server's own
values, are the same in two observations at least `settle_seconds` apart. A remote time is never
compared with the local clock.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from fnmatch import fnmatchcase

from attrs import evolve, frozen

from x12_pa.configuration import MailboxSettings
from x12_pa.exchange.mailbox import Problem
from x12_pa.exchange.store import Observation
from x12_pa.exchange.transport import Entry, printable

MAX_NAME = 255
UNFINISHED = (b".part", b".partial", b".tmp", b".temp", b".filepart", b".writing", b".swp")


@frozen(kw_only=True)
class Listing:
    """A directory as seen: the files that may be fetched, and what was wrong with others."""

    files: tuple[Entry, ...]
    names: frozenset[bytes]
    problems: tuple[Problem, ...]


def read_listing(box: MailboxSettings, entries: Iterable[Entry]) -> Listing:
    """Sort out a listing: bad names are reported, links and directories passed over."""
    seen = [e for e in entries if e.name not in (b".", b"..")]
    times = Counter(e.name for e in seen)
    problems = []
    files = []
    for entry in seen:
        complaint = _complaint(entry.name)
        if complaint is None and times[entry.name] > 1:
            complaint = "the server listed this name more than once"
        if complaint:
            where = f"{box.name}: {printable(entry.name)}"
            problem = Problem(where=where, code="E009", message=f"not fetched: {complaint}.")
            problems += [problem] if problem not in problems else []
        elif entry.regular is not False and _wanted(box, entry.name, times):
            files.append(entry)
    return Listing(files=tuple(files), names=frozenset(times), problems=tuple(problems))


def _complaint(name: bytes) -> str | None:
    if not name:
        return "an empty name"
    if b"/" in name or b"\\" in name:
        return "the name holds a path separator"
    if any(byte < 0x20 or byte == 0x7F for byte in name):
        return "the name holds control characters"
    if len(name) > MAX_NAME:
        return f"the name is longer than {MAX_NAME} bytes"
    return None


def _wanted(box: MailboxSettings, name: bytes, names: Mapping[bytes, int]) -> bool:
    """Whether the name is one that the mailbox fetches, and the partner has finished it."""
    if name.startswith(b".") or name.lower().endswith(UNFINISHED):
        return False
    if box.download_marker:
        marker = box.download_marker.encode()
        if name.endswith(marker) or name + marker not in names:
            return False
    text = name.decode("latin-1")
    return any(fnmatchcase(text, pattern) for pattern in box.patterns)


def observe(
    files: Sequence[Entry], before: Mapping[bytes, Observation], now: datetime
) -> list[Observation]:
    """Return what is now known of each file, keeping since when it has not changed."""
    known = []
    for entry in files:
        last = before.get(entry.name)
        if last is not None and (last.size, last.mtime) == (entry.size, entry.mtime):
            known.append(evolve(last, seen_at=now))
        else:
            known.append(
                Observation(
                    name=entry.name, size=entry.size, mtime=entry.mtime, since=now, seen_at=now
                )
            )
    return known


def is_settled(seen: Observation, settle_seconds: int) -> bool:
    """Whether the file has stood still long enough, by two observations of our own."""
    return seen.seen_at - seen.since >= timedelta(seconds=settle_seconds)


def archive_name(when: datetime, sha256: str, name: bytes) -> str:
    """Return our own safe name for an archived file: date, hash, and what is safe of its name."""
    safe = "".join(chr(b) if (chr(b).isalnum() and b < 0x80) or b in b"._-" else "_" for b in name)
    return f"{when:%Y%m%d}-{sha256[:16]}-{safe[-100:]}"
