"""The documentation says what the code says."""

import re
import subprocess
import sys

import click
import pytest

from tests.support import ROOT
from x12_pa.cli import main

ARCHITECTURE = ROOT / "docs" / "architecture.md"


def test_the_generated_parts_equal_the_code():
    check = [sys.executable, ROOT / "scripts" / "make_docs.py", "--check"]
    done = subprocess.run(check, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_package_is_on_the_module_map():
    packages = {path.parent.name for path in (ROOT / "src" / "x12_pa").glob("*/__init__.py")}
    drawn = set(re.findall(r"^  (\w+)/ ", ARCHITECTURE.read_text(), re.MULTILINE))
    assert packages - drawn == set()


def commands() -> list[str]:
    """Return every command as it is typed: `validate`, `auth why`, …"""
    context = click.Context(main)
    found = []
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        below = command.list_commands(context) if isinstance(command, click.Group) else [""]
        found += [f"{name} {each}".strip() for each in below]
    return found


@pytest.mark.parametrize("command", commands())
def test_every_command_is_in_the_table(command):
    rows = [line for line in ARCHITECTURE.read_text().splitlines() if line.startswith("| `")]
    words = [rf"\b{re.escape(word)}\b" for word in command.split()]
    described = any(all(re.search(word, row) for word in words) for row in rows)
    assert described, f"x12-pa {command} is not in the table of commands"


@pytest.mark.parametrize("document", ["README.md", "docs/architecture.md", "CHANGELOG.md"])
def test_links_to_files_and_headings_lead_somewhere(document):
    text = (ROOT / document).read_text()
    headings = {
        re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")
        for title in re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    }
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        path, _, anchor = target.partition("#")
        if "://" in target:
            continue
        assert not path or (ROOT / document).parent.joinpath(path).exists(), target
        assert path or anchor in headings, target
