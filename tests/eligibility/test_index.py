"""The INDEX of the published samples, line by line: each remark must show in what is read."""

import re

import pytest

from tests.eligibility.support import located
from tests.support import reference_dir
from x12_pa.eligibility import all_refusals, answers
from x12_pa.syntax import read_interchanges
from x12_pa.validation import validate

FOLDER = reference_dir() / "eligibility" / "samples"
FOUND_OTHERWISE = {
    "271_martinjsoles_test271.edi": {"N4"},
    "271_natholon_test-eligibility-271-mapping-5.edi": {"DMG"},
}
"""Unplaced segments of the INDEX that are reported by their neighbour: the first of two, and the
NM1 that is missing before."""


def lines():
    """Yield (file, kind, remarks, table check) of every line of the INDEX."""
    for line in (FOLDER / "INDEX.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 6 and cells[0].endswith(".edi"):
            yield cells[0], cells[1], cells[4], cells[5]


LINES = [line for line in lines() if line[1] in ("270", "271")]
RESPONSES = [line for line in LINES if line[1] == "271"]


def told(name):
    found = located(FOLDER / name)
    return [one for each in found for one in answers(each.record, places=each.places)]


def test_every_file_has_its_line():
    counts = [sum(kind == wanted for _, kind, *_ in lines()) for wanted in ("270", "271")]
    assert ({name for name, *_ in lines()}, counts) == (
        {path.name for path in FOLDER.glob("*.edi")},
        [14, 23],
    )


@pytest.mark.parametrize(("name", "kind", "remarks", "check"), LINES)
def test_sets_and_interchanges(name, kind, remarks, check):
    said = re.search(r"(\d+) sets", remarks)
    with (FOLDER / name).open("rb") as stream:
        many = sum(1 for _ in read_interchanges(stream)) > 1
    assert len(located(FOLDER / name)) == (int(said[1]) if said else 1)
    assert many == ("several interchanges" in remarks)


@pytest.mark.parametrize(("name", "kind", "remarks", "check"), RESPONSES)
def test_rejections_dependents_and_hints(name, kind, remarks, check):
    refused = [one for each in located(FOLDER / name)
               for one in all_refusals(each.record, each.places)]  # fmt: skip
    answered = told(name)
    assert bool(refused) == ("AAA" in remarks)
    assert any(one.level == "dependent" for one in answered) == ("dependent" in remarks)
    hinted = any(hint.says == "yes" for one in answered for hint in one.authorization.hints)
    assert hinted == ("authorization told in MSG" in remarks)


@pytest.mark.parametrize(("name", "kind", "remarks", "check"), LINES)
def test_faults_of_the_table_check_are_reported(name, kind, remarks, check):
    reported = {f.element or f.segment for f in validate((FOLDER / name).read_bytes()).findings}
    assert set(re.findall(r"\b[A-Z][A-Z0-9]{1,2}\d\d(?=:)", check)) <= reported
    unplaced = set(re.findall(r"UNPLACED ([A-Z0-9]+)\*", check)) - FOUND_OTHERWISE.get(name, set())
    assert all(any(one.startswith(item) for one in reported) for item in unplaced)
