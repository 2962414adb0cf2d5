"""Reports from the command line: HTML, CSV, XML, colour and progress for people only."""

import csv
import io
import os
import pty
import re
import subprocess
from pathlib import Path

import pytest
from lxml import etree

from tests.cli.support import REQUEST, VALID, command, process, run
from tests.cli.test_privacy import broken, leaks
from x12_pa.cli import progress

BAD = "UM*HS*I*AE*22:B", "UM*HS*QQ*AE*22:B"


@pytest.fixture
def rejected(tmp_path: Path) -> Path:
    path = tmp_path / "rejected.edi"
    path.write_text(REQUEST.read_text().replace(*BAD))
    return path


def test_html_of_a_pipe_is_as_complete_as_that_of_a_file(rejected: Path) -> None:
    by_name = run("validate", "--format", "html", rejected)
    piped = run("validate", "--format", "html", "-", given=rejected.read_bytes())
    assert (by_name.exit_code, piped.exit_code) == (1, 1)
    assert by_name.stdout.replace(str(rejected), "standard input") == piped.stdout.replace(
        "-:", "standard input:"
    ).replace("report: -<", "report: standard input<")


def test_a_named_pipe_is_read_once_and_reported_whole(rejected: Path) -> None:
    os.mkfifo("pipe")
    with subprocess.Popen(["cp", rejected, "pipe"]):
        done = process("validate", "--format", "html", "pipe")
    assert done.returncode == 1
    assert b'class="segments"' in done.stdout


def test_html_summary_leaves_the_lines_of_the_file_out(rejected: Path) -> None:
    page = run("validate", "--format", "html", "--summary", rejected).stdout
    assert 'class="segments"' not in page
    assert "X215" in page


def test_unreadable_files_are_complained_about_beside_the_page(rejected: Path) -> None:
    result = run("validate", "--format", "html", "missing.edi", rejected)
    assert result.exit_code == 2
    assert "missing.edi cannot be read" in result.stderr
    assert result.stdout.endswith("</html>\n")


def test_csv_has_a_row_for_each_finding_of_all_files(rejected: Path) -> None:
    result = run("validate", "--format", "csv", REQUEST, rejected, rejected)
    rows = list(csv.DictReader(io.StringIO(result.stdout, newline="")))
    assert [(row["path"], row["code"], row["element"]) for row in rows] == [
        (str(rejected), "X215", "UM02")
    ] * 2


@pytest.mark.parametrize("path", sorted(VALID.glob("*.edi")), ids=lambda path: path.stem)
def test_show_as_xml_and_html(path: Path) -> None:
    tree = etree.fromstring(run("show", "--format", "xml", path).stdout.encode())
    assert tree.findall(".//segment")
    assert run("show", "--format", "html", path).stdout.endswith("</html>\n")


@pytest.mark.parametrize(
    "command_line",
    [("validate", "--format", "html"), ("validate", "--format", "csv"),
     ("show", "--format", "html"), ("show", "--format", "xml")],
    ids=" ".join,
)  # fmt: skip
def test_no_canary_in_default_output(command_line: tuple[str, ...]) -> None:
    for number, text in enumerate(broken()):
        path = Path(f"broken-{number}.edi")
        path.write_text(text)
        result = run(*command_line, path)
        assert result.exit_code in (0, 1, 2), result.output
        assert leaks(result.output) == [], path.read_text()


def on_terminal(*args: object) -> str:
    """Run x12-pa with stdout and stderr on a terminal and return what it draws."""
    ours, theirs = pty.openpty()
    env = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100"}
    env.pop("NO_COLOR", None)
    with subprocess.Popen(
        [*command(), *map(str, args)], stdout=theirs, stderr=theirs, stdin=theirs, env=env
    ):
        os.close(theirs)
        found = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:
                break
            if not piece:
                break
            found += piece
    os.close(ours)
    return found.decode()


def test_colour_on_a_terminal_only(rejected: Path) -> None:
    assert "\x1b[1;31merror[X215]\x1b[0m" in on_terminal("validate", rejected)
    assert b"\x1b" not in process("validate", rejected).stdout


@pytest.fixture
def large(tmp_path: Path) -> Path:
    path = tmp_path / "large.edi"
    path.write_bytes(REQUEST.read_bytes() * (progress.WORTH_IT // REQUEST.stat().st_size + 1))
    return path


def test_progress_is_drawn_for_long_work_on_a_terminal_and_not_otherwise(large: Path) -> None:
    options = ("validate", "--summary", "--max-findings", 0)
    assert re.search(r"\d+(\.\d+)?/\d+(\.\d+)? MB", on_terminal(*options, large))
    assert "MB" not in on_terminal(*options, "--quiet", large)
    assert process(*options, large).stderr == b""


def test_no_progress_for_small_files(rejected: Path) -> None:
    assert "MB" not in on_terminal("validate", rejected)


def test_a_segment_of_a_guide_is_explained_without_the_map() -> None:
    shown = run("guides", "show", "278-request", "2000E/HSD").stdout
    assert "HSD01 and HSD02 are given together or not at all (P0102)" in shown
    assert "HSD06 asks for HSD05 as well (C0605)" in shown
    assert shown.count("HSD01    ") == 1
    assert "the same as in" in shown


def test_what_a_profile_changes_is_said_with_its_rule() -> None:
    args = ("guides", "show", "278-request", "2010C/NM1", "--profile", "demo-payer")
    assert "What demo-payer changes:\n    NM109: of the form MBR" in run(*args).stdout
    assert "rule member-id-format" in run(*args, "--json").stdout


def test_the_outline_names_loops_and_rules() -> None:
    shown = run("guides", "show", "278-request").stdout
    assert re.search(r"Loop 2000E  Patient Event Level  \[R, .*\]", shown)
    assert "HL04 is 1 exactly when a child HL follows" in shown
