"""The README's tour, run as it stands.

In order, in one empty folder with the fixtures beside it: a `toml` block that begins with
`# NAME` is written to NAME; each `$ …` line of a `console` block is run by the shell and must end
with 0, or with N where it says `# exit N`; the lines below it are excerpts of what it prints, in
order, `…` standing for anything, be it within a line or on a line of its own. A `python` block is
run as a program, and its output is held against the `text` block that follows it.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXIT = re.compile(r"#\s*exit (\d+)\s*$")


def blocks() -> list[tuple[str, str]]:
    return [(found[1], found[2]) for found in BLOCK.finditer(README)]


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


@pytest.fixture
def tour(tmp_path):
    shutil.copytree(ROOT / "fixtures", tmp_path / "fixtures")
    return tmp_path


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


def test_the_tour_runs_as_it_is_printed(tour):
    ran = 0
    for kind, text in blocks():
        if kind == "toml" and (name := re.match(r"# (\S+\.toml)\n", text)):
            (tour / name[1]).write_text(text, encoding="utf-8")
        for command, expected in commands(text) if kind == "console" else ():
            done = run(["bash", "-c", command], tour)
            wanted = int(found[1]) if (found := EXIT.search(command)) else 0
            assert done.returncode == wanted, f"$ {command}\n{done.stdout}"
            missing = missing_lines(expected, done.stdout)
            assert missing == [], f"$ {command}\nprints\n{done.stdout}"
            ran += 1
    assert ran >= 15


def test_the_python_example_prints_what_it_says(tour):
    found = blocks()
    examples = [
        (text, found[number + 1][1])
        for number, (kind, text) in enumerate(found)
        if kind == "python"
    ]
    assert examples
    for program, expected in examples:
        done = run([sys.executable, "-c", program], tour)
        assert done.returncode == 0, done.stdout
        assert missing_lines(expected.splitlines(), done.stdout) == [], done.stdout


def test_the_first_screen_has_the_two_commands():
    screen = "\n".join(README.splitlines()[:24])
    assert "scripts/demo" in screen
    assert "scripts/test" in screen


def test_every_exit_code_is_explained():
    rows = set(re.findall(r"^\| (\d+) \|", README, re.MULTILINE))
    assert rows == {"0", "1", "2", "3", "70"}
