"""Where a ledger file may lie, and who may read it.

SQLite's WAL needs shared memory and real locks, which network file systems do not give; a ledger
there is corrupted sooner or later, so it is refused. The file holds health information: mode 0600,
and directories that we make are 0700. A directory that existed before is left as it is. A failure
that time or room may cure is told from one that only a person can: exit code 3 or 2.
"""

import errno
import os
from pathlib import Path

from x12_pa.errors import ConfigError, Forbidden, LocalError

NETWORK_FILE_SYSTEMS = frozenset(
    {"nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "afs", "9p", "fuse.sshfs"}
)
MOUNTS = Path("/proc/self/mountinfo")
_FOR_EVER = frozenset(
    {errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP}
)


def prepare_database_file(path: Path) -> None:
    """Make an empty private file for a database, or make an existing one private.

    Raises:
        ConfigError: the path is a directory, or lies on a network file system.
        Forbidden: this user may not write there.
        LocalError: the file cannot be made now.
    """
    try:
        make_private_directory(path.parent)
        if kind := network_kind(path.parent):
            raise ConfigError(
                f"{path.parent} lies on a network file system ({kind}), where SQLite loses data. "
                "Put the ledger on a local disk, or use PostgreSQL for several machines"
            )
        if path.is_dir():
            raise ConfigError(f"{path} is a directory; the ledger is a file, e.g. {path}/ledger.db")
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
        _require_right_to_add_files(path.parent)  # for SQLite's -wal and -shm
    except OSError as error:
        raise cannot_write(
            error, f"the ledger {path}", "name another file in [ledger] url"
        ) from error


def prepare_copy(path: Path) -> Path:
    """Return the name under which a copy of the database is made, before it gets its own.

    Raises:
        ConfigError: the path exists, its directory does not, or is on a network file system.
        Forbidden: this user may not write there.
    """
    folder = path.parent
    if path.exists() or path.is_symlink():
        raise ConfigError(f"{path} exists already; name a new file for the backup")
    if not folder.is_dir():
        raise ConfigError(f"There is no directory {folder}; make it first")
    if kind := network_kind(folder):
        raise ConfigError(
            f"{folder} lies on a network file system ({kind}), where SQLite cannot write safely. "
            "Back up to a local disk and copy the file from there"
        )
    try:
        _require_right_to_add_files(folder)
        draft = folder / f".{path.name[:60]}.{os.getpid()}.part"
        os.close(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600))
    except OSError as error:
        raise cannot_write(error, f"the backup {path}", "name another directory") from error
    return draft


def cannot_write(error: OSError, what: str, instead: str) -> LocalError:
    """Return what a failed write means: a right that is missing, or a state that may pass.

    Args:
        error: as the system said it.
        what: what could not be written, with its path.
        instead: what a user without the right can do.
    """
    said = f"{what} cannot be written ({error.strerror})."
    if error.errno in _FOR_EVER:
        return Forbidden(f"{said} Give this user the right to write there, or {instead}")
    return LocalError(f"{said} Nothing was changed. Make room or mend the disk, then run again")


def _require_right_to_add_files(directory: Path) -> None:
    if not os.access(directory, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(directory))


def make_private_directory(path: Path) -> None:
    """Create a directory and its missing parents, readable by this user only."""
    if path.is_dir():
        return
    make_private_directory(path.parent)
    path.mkdir(mode=0o700, exist_ok=True)


def network_kind(directory: Path, mounts: Path = MOUNTS) -> str | None:
    """Return the type of the network file system that a directory lies on, where that is known."""
    kind = file_system_of(directory, mounts)
    return kind if kind in NETWORK_FILE_SYSTEMS else None


def file_system_of(directory: Path, mounts: Path = MOUNTS) -> str | None:
    """Return the type of the file system that holds a directory, or None if it is not known."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    target = directory.resolve()
    best: tuple[int, str | None] = (-1, None)
    for line in lines:
        left, _, right = line.partition(" - ")
        fields = left.split()
        if len(fields) < 5 or not right:
            continue
        point = Path(fields[4].replace("\\040", " "))
        if (target == point or point in target.parents) and len(point.parts) >= best[0]:
            best = (len(point.parts), right.split()[0])
    return best[1]
