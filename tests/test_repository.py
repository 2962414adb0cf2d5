"""Rules that every file of the repository keeps: size, docstrings, no traces of a machine."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import x12_pa
from tests.support import ROOT

MODULE_LINES = 400
FUNCTION_LINES = 50

# What is over the limit, at most this long, and why. Shorten it or split it; never raise a number.
LONG_MODULES: dict[str, tuple[int, str]] = {
    "src/x12_pa/validation/catalogue.py": (600, "one table: a row for each finding code"),
}
LONG_FUNCTIONS: dict[str, tuple[int, str]] = {
    "src/x12_pa/validation/walker.py:run": (
        64,
        "the hot loop: calling a function for each segment would cost as much as checking it",
    ),
}

SCRIPTS = ("scripts/setup", "scripts/test", "scripts/demo", "scripts/bench", ".ci/run")

# Spelled in pieces, so that this file does not contain what it looks for.
FORBIDDEN = {
    "a path of one machine": r"(?<![\w.$~{}-])/(?:wo" r"rk|fa" r"rm|home|Users|root)/[\w.]",
    "the host of a package registry": r"py"
    r"pi\.org|python"
    r"hosted|npm"
    r"js\.(?:org|com)"
    r"|deb\.deb"
    r"ian\.org",
    "a tool of one workplace": r"\.lib" r"rary/|\bissues sh" r"ow\b",
}
TEXT = {"", ".cfg", ".csv", ".json", ".jsonl", ".md", ".py", ".toml", ".xml", ".xsd", ".yaml"}


TOP = {
    ".ci", ".gitignore", "CHANGELOG.md", "LICENSE", "README.md", "companion_guides", "docs",
    "fixtures", "maps", "pyproject.toml", "scripts", "src", "tests",
}  # fmt: skip


def listed(*options: str) -> list[str]:
    command = ["git", "ls-files", "-z", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    return [name for name in done.stdout.decode().split("\0") if name]


def tracked() -> list[Path]:
    """Return the files that are under version control, or will be when somebody adds them.

    What lies beside the known folders is not ours: the directory of a demo, say.
    """
    try:
        names = listed("--cached", "--others", "--exclude-standard")
    except (OSError, subprocess.CalledProcessError):
        found = [path for name in TOP for path in (ROOT / name, *(ROOT / name).rglob("*"))]
        return [path for path in found if path.is_file() and "__pycache__" not in path.parts]
    return [ROOT / name for name in names if name.split("/")[0] in TOP and (ROOT / name).is_file()]


FILES = tracked()
PYTHON = [path for path in FILES if path.suffix == ".py"]
SOURCE = [path for path in PYTHON if path.is_relative_to(ROOT / "src")]


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", SOURCE, ids=shown)
def test_a_module_stays_readable_in_one_sitting(path):
    lines = len(path.read_text(encoding="utf-8").splitlines())
    limit, _ = LONG_MODULES.get(shown(path), (MODULE_LINES, ""))
    assert lines <= limit, f"{shown(path)} has {lines} lines, over {limit}: split it by its subject"


@pytest.mark.parametrize("path", SOURCE, ids=shown)
def test_a_function_does_one_thing(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            name = f"{shown(path)}:{node.name}"
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            limit, _ = LONG_FUNCTIONS.get(name, (FUNCTION_LINES, ""))
            assert lines <= limit, f"{name} has {lines} lines, over {limit}: take a step out of it"


def test_the_exceptions_for_length_are_still_needed():
    for name, (limit, reason) in LONG_MODULES.items():
        assert reason, name
        assert MODULE_LINES < len((ROOT / name).read_text().splitlines()) <= limit, name
    for name, (limit, reason) in LONG_FUNCTIONS.items():
        file, _, function = name.partition(":")
        tree = ast.walk(ast.parse((ROOT / file).read_text()))
        found = [n for n in tree if isinstance(n, ast.FunctionDef) and n.name == function]
        assert reason, name
        assert any(FUNCTION_LINES < n.end_lineno - n.lineno + 1 <= limit for n in found), name


@pytest.mark.parametrize("path", PYTHON, ids=shown)
def test_a_module_begins_with_what_it_is_about(path):
    text = path.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(text)) or not text.strip(), f"{shown(path)}: no docstring"


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_names_the_machine_it_was_written_on(what):
    pattern = re.compile(FORBIDDEN[what])
    hits = [
        f"{shown(path)}:{number}: {line.strip()[:100]}"
        for path in FILES
        if path.suffix in TEXT
        for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1)
        if pattern.search(line)
    ]
    assert hits == [], f"{what} stands in a file; use a relative path or a neutral word"


def test_the_top_level_holds_nothing_new():
    try:
        names = {name.split("/")[0] for name in listed("--cached")}
    except (OSError, subprocess.CalledProcessError):
        names = set()
    assert names - TOP == set(), "the top level is closed: put it into one of its folders"


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_can_be_run_as_it_is(script):
    path = ROOT / script
    assert os.access(path, os.X_OK), f"chmod +x {script}"
    assert subprocess.run(["bash", "-n", path]).returncode == 0


def test_the_change_log_tells_of_this_version():
    headings = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[0] == x12_pa.__version__


def test_the_licence_is_the_one_that_the_package_names():
    text = (ROOT / "LICENSE").read_text()
    assert "Apache License" in text
    assert 'license = "Apache-2.0"' in (ROOT / "pyproject.toml").read_text()


@pytest.mark.parametrize(
    ("ci", "reason", "ending"),
    [
        ("true", "sshd is not installed", "1 failed"),
        ("", "sshd is not installed", "1 skipped"),
        ("true", "the reference samples are not beside this checkout", "1 skipped"),
    ],
)
def test_under_ci_a_missing_tool_is_a_failure(tmp_path, ci, reason, ending):
    (tmp_path / "conftest.py").write_bytes((ROOT / "tests" / "conftest.py").read_bytes())
    program = f'import pytest\n\ndef test_it():\n    pytest.skip("{reason}")\n'
    (tmp_path / "test_it.py").write_text(program)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", tmp_path]
    done = subprocess.run(
        command, cwd=tmp_path, env=os.environ | {"CI": ci}, capture_output=True, text=True
    )
    assert ending in done.stdout.splitlines()[-1]
