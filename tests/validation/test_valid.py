"""Valid files are accepted without a word; leniently read ones with exactly the word they earn."""

import pytest

from tests.validation.defects import VALID
from x12_pa.validation import validate

SAID = {"unpadded-isa.edi": ["X102"]}
FILES = sorted(path.name for path in VALID.glob("*.edi"))


@pytest.mark.parametrize("name", FILES)
def test_valid_file_is_accepted(name):
    result = validate((VALID / name).read_bytes())
    assert result.accepted
    assert [finding.code for finding in result.findings] == SAID.get(name, [])


def test_every_guide_has_a_valid_specimen():
    kinds = set()
    for name in FILES:
        for interchange in validate((VALID / name).read_bytes()).interchanges:
            for group in interchange.groups:
                kinds |= {(item.guide, item.kind) for item in group.transactions}
    assert {guide for guide, _ in kinds} == {
        "005010X217", "005010X222A1", "005010X223A2", "005010X224A2", "005010X279A1",
        "005010X231A1", "005010X214", "005010X221A1",
    }  # fmt: skip


def test_interchanges_with_different_separators_are_read_each_with_its_own():
    result = validate((VALID / "several-interchanges.edi").read_bytes())
    assert [item.control for item in result.interchanges] == ["000000501", "000000502", "000000503"]
    assert result.segments == 31 + 26 + 28


@pytest.mark.parametrize(("name", "alone"), [("ta1", True), ("ta1-before-group", False)])
def test_an_interchange_of_a_ta1_alone_is_told_from_one_with_a_group_too(name, alone):
    data = (VALID / f"{name}.edi").read_bytes()
    for text in (data, data[: data.index(b"IEA")]):
        assert validate(text).interchanges[0].ta1_only is alone
