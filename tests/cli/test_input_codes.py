"""Codes of inputs have what codes of files have: a page, a failing fixture, a snapshot, a test."""

import re
from pathlib import Path

import pytest

from tests.cli.input_codes import BAD, SPECIMENS, shown, told_of
from tests.cli.support import run
from x12_pa import services
from x12_pa.exchange.codes import PAGES


def test_every_code_that_a_finding_about_an_input_can_have_is_here():
    sources = Path(services.__file__).parent.glob("*.py")
    found = {
        code
        for path in sources
        for code in re.findall(r'\b(?:code=|CODE = )"([CE]\d{3})"', path.read_text())
    }
    assert found == set(SPECIMENS)


def test_each_has_a_page_a_failing_fixture_and_a_snapshot():
    kept = {path.name for path in BAD.glob("[CE]*")}
    assert kept == {s.file for s in SPECIMENS.values()} | {f"{code}.txt" for code in SPECIMENS}
    assert set(SPECIMENS) <= set(PAGES)


@pytest.mark.parametrize("code", SPECIMENS)
def test_the_fixture_is_what_the_table_makes(code):
    assert SPECIMENS[code].make() == (BAD / SPECIMENS[code].file).read_text(encoding="utf-8")


@pytest.mark.parametrize("code", SPECIMENS)
def test_the_specimen_shows_exactly_its_code_once(code, tmp_path):
    assert told_of(code, tmp_path) == [code]


@pytest.mark.parametrize("code", SPECIMENS)
def test_what_a_person_reads(code, tmp_path):
    text, exit_code = shown(code, tmp_path)
    assert text == (BAD / f"{code}.txt").read_text(encoding="utf-8")
    assert exit_code == SPECIMENS[code].exit_code


@pytest.mark.parametrize("code", SPECIMENS)
def test_the_page_says_what_happened_and_what_to_do(code):
    page = run("explain", code).stdout
    assert page.startswith(f"# {code}: ")
    assert "## What to do" in page
