"""Step D7: what happens to a file on the server once its bytes are safe here.

Paths on the server are built from the configuration and our own safe names only. "No such file" is
fine: some servers move files by themselves. After an archive the size is looked at once more: if it
differs, the file changed between the last look and the rename, and it is fetched again from the
archive.
"""

from collections.abc import Callable

from attrs import evolve

from x12_pa.exchange.errors import NameCollision, NoSuchFile, RemoteRefused, Unsupported
from x12_pa.exchange.failpoints import reached
from x12_pa.exchange.listing import archive_name
from x12_pa.exchange.mailbox import Work
from x12_pa.exchange.store import Inbound, Observation
from x12_pa.exchange.transport import join

Fetch = Callable[[Observation, bytes], object]


class Clearing:
    """Archives, deletes or leaves the remote side of inbound rows."""

    def __init__(self, work: Work, fetch: Fetch) -> None:
        self.work = work
        self._fetch = fetch

    def clear(self, row: Inbound, *, fresh: bool) -> Inbound:
        """Clear the file of a row and commit that; `fresh` if it was looked at just now.

        A row left by a killed run may no longer be what lies under that name: another size or time
        means that the partner reused the name, and that file is not touched here.

        Raises:
            RemoteRefused: the server does not allow it; the row stays not cleared.
        """
        self._d7_clear(row, row.remote_path, fresh=fresh)
        after = evolve(row, cleared=True)
        self.work.store.move_inbound(self.work.lease, row, after)
        self.work.account.counts["cleared"] += 1
        reached("d7_recorded")
        return after

    def clear_copy(self, row: Inbound) -> None:
        """Clear a second copy of content that is in the ledger under another row."""
        name = f"{self.work.token()}-{row.remote_name.decode('latin-1')}".encode("latin-1")
        self._d7_clear(evolve(row, remote_name=name), row.remote_path, fresh=True)

    def _d7_clear(self, row: Inbound, path: bytes, *, fresh: bool) -> None:
        after = self.work.box.after_download
        reached("d7_intent")
        if after != "leave" and (fresh or self._still_ours(row, path)):
            if after == "delete":
                self.work.transport.remove(path)
            else:
                self._archive(row, path)
            self._remove_marker(path)
        elif after == "archive":
            self._look_again(row)
        reached("d7_cleared")

    def _still_ours(self, row: Inbound, path: bytes) -> bool:
        entry = self.work.transport.lstat(path)
        return entry is not None and (entry.size, entry.mtime) == (row.size, row.mtime)

    def _archive(self, row: Inbound, path: bytes) -> None:
        target = self._archived(row)
        try:
            self._rename(path, target)
        except NoSuchFile:
            if self.work.transport.lstat(path) is None:
                return
            self.work.transport.mkdir(self._folder)
            self._rename(path, target)
        self._look_again(row)

    def _rename(self, old: bytes, new: bytes) -> None:
        try:
            self.work.transport.posix_rename(old, new)
        except (NoSuchFile, NameCollision):
            raise
        except (Unsupported, RemoteRefused):
            self.work.transport.rename(old, new)

    def _look_again(self, row: Inbound) -> None:
        """Fetch a file again that changed just before it was archived."""
        target = self._archived(row)
        entry = self.work.transport.lstat(target)
        if entry is None or entry.size in (None, row.size):
            return
        now = self.work.clock()
        seen = Observation(
            name=row.remote_name, size=entry.size, mtime=entry.mtime, since=now, seen_at=now
        )
        self._fetch(seen, target)

    def _remove_marker(self, path: bytes) -> None:
        if self.work.box.download_marker:
            self.work.transport.remove(path + self.work.box.download_marker.encode())

    @property
    def _folder(self) -> bytes:
        box = self.work.box
        return (box.archive_dir or join(box.download_dir, "archive").decode()).encode()

    def _archived(self, row: Inbound) -> bytes:
        return join(self._folder, archive_name(row.stored_at, row.sha256, row.remote_name))
