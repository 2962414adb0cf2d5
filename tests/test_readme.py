"""The README's tour, run as it stands (`tests.tour` says how).

A `python` block is run as a program, and its output is held against the `text` block after it.
"""

import re
import shutil
import sys

import pytest

from tests.support import ROOT
from tests.tour import blocks, missing_lines, run, take_the_tour

README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def tour(tmp_path):
    shutil.copytree(ROOT / "fixtures", tmp_path / "fixtures")
    return tmp_path


def test_the_tour_runs_as_it_is_printed(tour):
    assert take_the_tour(README, tour) >= 15


def test_the_python_example_prints_what_it_says(tour):
    found = blocks(README)
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
    section = README.partition("\n## Exit codes\n")[2].partition("\n## ")[0]
    rows = set(re.findall(r"^\| (\d+) \|", section, re.MULTILINE))
    assert rows == {"0", "1", "2", "3", "70"}
