"""Regular expressions of a profile cannot hang the validator."""

import time

import pytest

from tests.profiles.support import codes, text_of
from x12_pa.errors import ConfigError
from x12_pa.guides.expressions import LONGEST, is_plain, matches, safe_pattern

HOSTILE = [
    "(a+)+b", "(a|a)*b", "(a|ab)+c", "a?" * 30 + "a" * 30, r"(\d{1,2}){1,30}x", r"(.)\1",
    r"(x{1,100}){1,100}", r"\d*\d*\d*\d*x", "(?<=a)b", "((((a{1,9}){1,9}){1,9}){1,9})y", "[a-z",
    "a" * 300,
]  # fmt: skip


@pytest.mark.parametrize("pattern", HOSTILE)
def test_what_could_take_for_ever_is_refused_with_its_place(pattern):
    with pytest.raises(ConfigError, match=r"payer\.yaml, line 3: "):
        safe_pattern(pattern, "payer.yaml, line 3")


@pytest.mark.parametrize("pattern", [r"\d*\d*\d*x", r"[A-Z]*[A-Z0-9]*Q", r"(?i)^(?!.*p\.?o\.?box)"])
def test_the_worst_that_is_allowed_ends_soon(pattern):
    allowed, start = safe_pattern(pattern, "here"), time.process_time()
    for value in ("1" * LONGEST, "A" * LONGEST, "p.o." * (LONGEST // 4)):
        matches(allowed, value)
    assert time.process_time() - start < 2


def test_a_value_too_long_to_be_tried_does_not_match():
    assert not matches(safe_pattern(".*", "here"), "A" * (LONGEST + 1))


@pytest.mark.parametrize(
    ("pattern", "value", "good"),
    [
        ("A|B", "A", True), ("A|B", "AX", False), ("^A", "AX", True), ("A$", "XA", True),
        (r"^\d{6}", "1234567", True), ("(?i)ab", "AB", True),
    ],
)  # fmt: skip
def test_an_expression_is_about_the_whole_value_unless_one_end_is_free(pattern, value, good):
    assert matches(safe_pattern(pattern, "here"), value) is good


def test_an_expression_that_could_run_on_into_the_next_element_does_not(tmp_path):
    assert not is_plain(".{5}", "*:^")
    rule = {"format": {"2000E/UM02": ".{3}"}}
    assert codes(tmp_path, rule | {"format": {"2000E/TRN02": ".{12}"}}) == ["P105"]
    assert codes(tmp_path, {"format": {"2000E/TRN02": ".{9}"}}, text_of()) == []
