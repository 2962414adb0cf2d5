"""Run commands on a disk of its own that has almost no room left; print what each did as JSON.

`unshare -rm python -m tests.cli.small_disk FOLDER FREE`: FOLDER is covered by a small disk in
memory, which is seen by this process alone. One request is queued, the disk is filled up to FREE
KiB, the commands run; then room is made, and what was refused is done again.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.cli.support import command
from tests.services.bench import IDENTITY, LEDGER, MAILBOX
from tests.support import FIXTURES

SIZE = 4 << 20
ONE, TWO = (str(FIXTURES / "requests" / f"{name}_imaging.json") for name in ("01", "02"))
CLAIMS = str(FIXTURES / "demo" / "claims_837p.edi")
FULL = (
    ("submit", TWO),
    ("exchange", "run", "--once"),
    ("ledger", "backup", "copy.db"),
    ("--ledger", "{outside}", "claims", "fill", CLAIMS, "-o", "out.edi", "--report", "report.json"),
    ("--ledger", "{outside}", "claims", "check", CLAIMS, ">"),
)
ROOM = (("ledger", "verify"), ("submit", ONE, TWO, "--json"), ("exchange", "run", "--once"))


def main(folder: Path, free: int) -> None:
    """Run everything; `folder` is the mount point, beside it lies what is not on the small disk."""
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)]
    subprocess.run(mount, check=True)
    os.chdir(folder)
    box = MAILBOX.replace("payer/mailbox", str(folder.parent / "box"))
    for name in ("inbound", "outbound"):
        (folder.parent / "box" / name).mkdir(parents=True)
    Path("x12-pa.toml").write_text(IDENTITY + LEDGER + box)
    done = [run(folder, ("submit", ONE))]
    filler = fill(free)
    done += [run(folder, line) for line in FULL]
    left = sorted(path.name for path in Path().rglob("*") if ".part" in path.name)
    left += [name for name in ("copy.db",) if Path(name).exists()]
    filler.unlink()
    done += [run(folder, line) for line in ROOM]
    sent = len(list((folder.parent / "box" / "inbound").iterdir()))
    print(json.dumps({"done": done, "left": left, "sent": sent}))


def fill(free: int) -> Path:
    """Leave `free` KiB."""
    path = Path("filler")
    with path.open("wb", buffering=0) as file:
        disk = os.statvfs(".")
        file.write(b"\0" * (disk.f_bavail * disk.f_frsize - free * 1024))
    return path


def run(folder: Path, line: tuple[str, ...]) -> dict[str, object]:
    """Run one command; a trailing `>` sends its output to a file on the small disk."""
    outside = f"sqlite:///{folder.parent / 'outside.db'}"
    args = [part.format(outside=outside) for part in line if part != ">"]
    to = Path("said.txt").open("wb") if ">" in line else subprocess.PIPE  # noqa: SIM115
    made = subprocess.run([*command(), *args], stdout=to, stderr=subprocess.PIPE, timeout=120)
    out = (made.stdout or b"").decode()
    return {"line": line, "code": made.returncode, "out": out, "err": made.stderr.decode()}


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
