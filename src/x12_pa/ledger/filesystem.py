"""Where a ledger file may lie, and who may read it.

SQLite's WAL needs shared memory and real locks, which network file systems do not give; a ledger
there is corrupted sooner or later, so it is refused. The file holds health information: mode 0600,
and directories that we make are 0700. A directory that existed before is left as it is.
"""

import os
from pathlib import Path

from x12_pa.errors import ConfigError, LocalError

NETWORK_FILE_SYSTEMS = frozenset(
    {"nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "afs", "9p", "fuse.sshfs"}
)
MOUNTS = Path("/proc/self/mountinfo")


def prepare_database_file(path: Path) -> None:
    """Make an empty private file for a database, or make an existing one private.

    Raises:
        ConfigError: the path is a directory, or lies on a network file system.
        LocalError: the file cannot be made.
    """
    try:
        make_private_directory(path.parent)
        refuse_network(path.parent)
        if path.is_dir():
            raise ConfigError(f"{path} is a directory; the ledger is a file, e.g. {path}/ledger.db")
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
    except OSError as error:
        raise LocalError(
            f"the ledger {path} cannot be opened for writing ({error.strerror}). Check the "
            "directory and its owner, or name another file in [ledger] url"
        ) from error


def make_private_directory(path: Path) -> None:
    """Create a directory and its missing parents, readable by this user only."""
    if path.is_dir():
        return
    make_private_directory(path.parent)
    path.mkdir(mode=0o700, exist_ok=True)


def refuse_network(directory: Path, mounts: Path = MOUNTS) -> None:
    """Refuse a directory on a network file system, where the system tells."""
    kind = file_system_of(directory, mounts)
    if kind in NETWORK_FILE_SYSTEMS:
        raise ConfigError(
            f"{directory} lies on a network file system ({kind}), where SQLite loses data. "
            "Put the ledger on a local disk, or use PostgreSQL for several machines"
        )


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
