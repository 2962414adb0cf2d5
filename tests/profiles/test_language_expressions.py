"""Regular expressions of a profile cannot hang the validator."""

import signal
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.profiles.support import codes, judged, profile_of, text_of
from x12_pa.errors import ConfigError
from x12_pa.guides.expressions import LONGEST, is_plain, matches, safe_pattern
from x12_pa.reconcile.policy import Policy

SECONDS = 0.5
HOSTILE = [
    "(a+)+b", "(a|a)*b", "(a|ab)+c", "a?" * 30 + "a" * 30, r"(\d{1,2}){1,30}x", r"(.)\1",
    r"(x{1,100}){1,100}", r"\d*\d*\d*\d*x", "(?<=a)b", "((((a{1,9}){1,9}){1,9}){1,9})y", "[a-z",
    "a" * 300, r"\d*\d*\d*x", r"(?P<n>a)(?P=n)", "(?<!a)b", "(a*)*", "(a*)+$", "(?:a|a?)+b",
    "(?:(?:a|a){2}){20}", r"(.*)(.*)(.*)x", "(?=(a+)+b).*", "(?!(a|a)*b).*", "(a{0,9}){0,9}b",
    r"([a-zA-Z]+)*\d", r"(?:\w+\s?)+!", "(?i)(A+a)*b", "(?(1)a|b)",
    "(?:a{0,200}){0,200}", "(?s:.*).*(?:.*)x", ".*a.*a.*a.*b", "x*" * 10 + "y", "(?:|a)*b",
    "a" + "(" * 99 + "b" + ")*" * 99,
]  # fmt: skip
LONG = ["1" * LONGEST, "a" * LONGEST, "A" * LONGEST, "ab" * (LONGEST // 2), "p.o." * 66, " " * 99]


class Slow(Exception):
    """A match took longer than it may."""


@contextmanager
def at_most(seconds):
    """Stop a match that takes longer, so that a test fails instead of hanging."""

    def stop(*_):
        raise Slow

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


@pytest.mark.parametrize("pattern", HOSTILE)
def test_what_could_take_for_ever_is_refused_with_its_place(pattern):
    with (
        at_most(SECONDS),
        pytest.raises(ConfigError, match=r"payer\.yaml, line 3: "),
    ):
        safe_pattern(pattern, "payer.yaml, line 3")


@pytest.mark.parametrize(
    "pattern",
    [
        r"[A-Z]*[A-Z0-9]*Q", r"(?i)^(?!.*p\.?\s*o\.?\s*box)", ".*837.*5010.*", "(a|a){13}b",
        r"(?:\d{1,3},)*\d{3}", "(?:ab?)*(?:ab?)*c", r"\w+@\w+\.\w+", "(?:[A-Z]{2}-?)+9",
        ".{0,64}.{0,64}x", "a{1,9999}b" * 20,
    ],
)  # fmt: skip
def test_the_worst_that_is_allowed_ends_soon(pattern):
    allowed = safe_pattern(pattern, "here")
    with at_most(SECONDS):
        for value in LONG:
            matches(allowed, value)


def expressions():
    """Return expressions of all kinds, mostly the ones that make matchers slow."""
    single = st.sampled_from(["a", "b", ".", r"\d", r"\w", "[ab]", "[^a]", r"\s", "1", "é"])
    times = st.sampled_from(["", "", "*", "+", "?", "*?", "{2}", "{1,3}", "{0,30}", "{2,}"])

    def larger(inner):
        repeated = st.tuples(inner, times).map(lambda p: f"(?:{p[0]}){p[1]}")
        either = st.lists(inner, min_size=2, max_size=3).map(lambda p: f"(?:{'|'.join(p)})")
        row = st.lists(inner, min_size=2, max_size=4).map("".join)
        ahead = st.tuples(st.sampled_from(["?=", "?!"]), inner).map(lambda p: f"({p[0]}{p[1]})")
        return repeated | either | row | ahead

    piece = st.tuples(single, times).map("".join)
    return st.recursive(piece, larger, max_leaves=8)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=150)
@given(expressions(), st.sampled_from("ab1 "), st.sampled_from(["", "x", "\n"]))
@example(r"(?:\d*\d*)(?:\d,?)*x", "1", "")
def test_whatever_is_accepted_takes_little_time_on_repetitive_values(pattern, letter, end):
    try:
        allowed = safe_pattern(pattern, "here")
    except ConfigError:
        return
    for unit in (letter, letter + "b", "ab1"):
        value = (unit * LONGEST)[: LONGEST - 1] + end
        with at_most(SECONDS):
            matches(allowed, value)


def test_forms_of_several_elements_do_not_multiply_their_time(tmp_path):
    # Each by itself has many ways to match; a segment is one expression made of all of them.
    form = "(?:A|A){13}"
    rules = [{"format": {f"2010EA/{ref}": form}} for ref in ("N301", "N302", "N401")]
    text = text_of("278-request-subscriber").decode()
    wanted = "N3*" + "A" * 13 + "*" + "A" * 13
    profile = profile_of(tmp_path, *rules)
    before, _, after = text.partition("N3*")
    data = (before + wanted + "*" + after.partition("~")[2]).encode() if after else text.encode()
    with at_most(5):
        judged(data.replace(b"~N4*", b"B~N4*"), profile)


def test_a_value_too_long_to_be_tried_does_not_match():
    assert not matches(safe_pattern(".*", "here"), "A" * (LONGEST + 1))


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("aXb", True),
        ("ab", True),
        ("ba", False),
        ("a" * 200 + "b", True),
        ("aab" * 60 + "c", False),
    ],
)
def test_the_name_of_a_file_has_stars_that_take_no_time(tmp_path, name, good):
    rule = {"file": {"name": "a*b"}}
    with at_most(SECONDS):
        found = codes(tmp_path, rule, context={"@file.name": name})
    assert found == ([] if good else ["P129"])


def test_many_stars_take_no_time_either(tmp_path):
    rule = {"file": {"name": "a*" * 20 + "b"}}
    profile = profile_of(tmp_path, rule)
    with at_most(5):
        result = judged(text_of(), profile, context={"@file.name": "a" * 250})
    assert [f.code for f in result.findings] == ["P129"]


def test_forms_of_authorization_numbers_are_held_to_the_same():
    with pytest.raises(ConfigError, match="number_patterns"):
        Policy(number_patterns={"ACME": "(A+)+B"})


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
