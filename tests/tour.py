"""Run the commands of a document as they stand in it: the README, docs/profiles.md.

In order, in one empty folder with the fixtures beside it: a `toml`, `yaml` or `csv` block that
begins with `# NAME` is written to NAME; each `$ …` line of a `console` block is run by the shell
and must end with 0, or with N where it says `# exit N`; the lines below it are excerpts of what it
prints, in order, `…` standing for anything, be it within a line or on a line of its own.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXIT = re.compile(r"#\s*exit (\d+)\s*$")
FILE = re.compile(r"# (\S+\.(?:toml|yaml|csv))\n")


def blocks(document: str) -> list[tuple[str, str]]:
    return [(found[1], found[2]) for found in BLOCK.finditer(document)]


def take_the_tour(document: str, folder: Path) -> int:
    """Run a document in a folder and return how many commands it has."""
    ran = 0
    for kind, text in blocks(document):
        if kind in ("toml", "yaml", "csv") and (name := FILE.match(text)):
            write(folder / name[1], text if kind != "csv" else text.partition("\n")[2])
        for command, expected in commands(text) if kind == "console" else ():
            done = run(["bash", "-c", command], folder)
            wanted = int(found[1]) if (found := EXIT.search(command)) else 0
            assert done.returncode == wanted, f"$ {command}\n{done.stdout}"
            missing = missing_lines(expected, done.stdout)
            assert missing == [], f"$ {command}\nprints\n{done.stdout}"
            ran += 1
    return ran


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def commands(block: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each command of a console block with the lines that it should print."""
    command, expected = "", []
    for line in block.splitlines():
        if not line.startswith("$ "):
            expected.append(line)
            continue
        if command:
            yield command, expected
        command, expected = line[2:], []
    if command:
        yield command, expected


def environment(home: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("X12_PA")}
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return kept | {"HOME": str(home), "PATH": programs, "COLUMNS": "200"}


def missing_lines(expected: list[str], printed: str) -> list[str]:
    """Return the expected lines that do not come, in this order, in what was printed."""
    lines = iter([squeezed(line) for line in printed.splitlines()])
    return [
        line
        for line in expected
        if line.strip() not in ("", "…") and not any(map(pattern(line).fullmatch, lines))
    ]


def squeezed(line: str) -> str:
    return " ".join(line.split())


def pattern(line: str) -> re.Pattern[str]:
    """Compile an expected line: blanks count as one, `…` is anything."""
    return re.compile(".*".join(re.escape(squeezed(part)) for part in line.split("…")))


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=folder,
        env=environment(folder),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
    )
