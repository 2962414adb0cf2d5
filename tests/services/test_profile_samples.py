"""Samples beside a profile: made from a base, validated, and held against what they should do."""

from pathlib import Path

import pytest

from tests.guides.profile_specimens import profile, rules
from tests.support import FIXTURES
from x12_pa.errors import ConfigError
from x12_pa.guides import load_profile
from x12_pa.guides.profile import profile_ids
from x12_pa.services.profile_sample_text import copied, recounted, with_envelope
from x12_pa.services.profile_samples import samples_path, try_samples
from x12_pa.validation import validate

BASE = (FIXTURES / "valid" / "278-request-subscriber.edi").read_text()
OUT = "applies: {tx: '278', direction: out}"
CONTACT = f"id: contact, {OUT}, require: 2010B/PER"


def outcomes(folder: Path, rule: str, samples: str) -> list[tuple[str, bool, str]]:
    """Try a specimen of one rule; return (wanted, good, message) of each sample."""
    made = profile(folder, rules(rule))
    home = folder / "specimen"
    home.mkdir()
    (home / "samples.yaml").write_text(
        f"base: 278-request-subscriber\nrules:\n{samples}", encoding="utf-8"
    )
    return [(item.wanted, item.good, item.message) for item in try_samples(made)]


def test_a_rule_that_objects_to_the_bad_sample_only_is_good(tmp_path):
    text = '  contact: {fail: [["PER*IC*INTAKE DESK*TE*5555550101~", ""]]}\n'
    found = outcomes(tmp_path, CONTACT, text)
    assert found == [("pass", True, ""), ("fail", True, "")]


def test_a_sample_that_should_break_the_rule_and_does_not(tmp_path):
    text = '  contact: {fail: [["INTAKE DESK", "FRONT DESK"]]}\n'
    assert outcomes(tmp_path, CONTACT, text)[1] == (
        "fail",
        False,
        "should break the rule, and does not",
    )


def test_a_base_that_breaks_the_rule_does_not_pass(tmp_path):
    rule = f"id: trace, {OUT}, values: {{2000E/UM01: [AR]}}"
    (passed, _) = outcomes(tmp_path, rule, '  trace: {fail: [["UM*HS", "UM*SC"]]}\n')
    assert (passed[1], passed[2].startswith("should pass, but P101: UM01")) == (False, True)


def test_a_rule_that_is_not_judged_has_not_passed(tmp_path):
    rule = f"id: one, {OUT}, when: {{'@mode': realtime}}, then: {{forbid: 2000E/MSG}}"
    found = outcomes(tmp_path, rule, '  one: {fail: [["PAIN", "ACHE"]]}\n')
    assert [message.split(":")[0] for _, _, message in found] == ["the rule was not judged"] * 2


def test_context_stands_at_the_sample(tmp_path):
    rule = f"id: one, {OUT}, when: {{'@mode': realtime}}, then: {{forbid: 2000E/PWK}}"
    text = (
        "  one:\n    context: {mode: realtime}\n"
        '    fail: [["MSG*KNEE", "PWK*OB*EL***AC*X~MSG*KNEE"]]\n'
    )
    assert [good for _, good, _ in outcomes(tmp_path, rule, text)] == [True, True]


@pytest.mark.parametrize(
    ("start", "others"), [("", ("P101",)), ('changes: [["FOR SIX", "SINCE"]]\n', ())]
)
def test_changes_make_the_base_conform_to_the_rest_of_the_profile(tmp_path, start, others):
    word = f"id: word, {OUT}, values: {{2000E/MSG01: [KNEE PAIN SINCE WEEKS]}}"
    made = profile(tmp_path, rules(CONTACT, word))
    (tmp_path / "specimen").mkdir()
    (tmp_path / "specimen" / "samples.yaml").write_text(
        f"base: 278-request-subscriber\n{start}"
        'rules: {contact: {fail: [["PER*IC*INTAKE DESK*TE*5555550101~", ""]]}}\n'
    )
    assert next(iter(try_samples(made))).others == others


def test_a_registry_is_told_by_the_sample(tmp_path):
    rule = f"id: roster, {OUT}, lookup: {{path: 2010B/NM109, in: roster}}"
    text = (
        '  roster:\n    registries: {roster: ["1000000012"]}\n'
        '    fail: [["XX*1000000012", "XX*1000000020"]]\n'
    )
    assert [good for _, good, _ in outcomes(tmp_path, rule, text)] == [True, True]


def test_an_earlier_request_and_its_decision_are_told_by_the_sample(tmp_path):
    rule = f"id: cancel, {OUT}, transition: {{cancel_if: [A4]}}"
    text = (
        "  cancel:\n    earlier: {base: 278-request-subscriber, action: A1}\n"
        '    fail: [["UM*HS*I", "UM*HS*3"]]\n'
    )
    assert [good for _, good, _ in outcomes(tmp_path, rule, text)] == [True, True]


def test_a_text_that_the_base_does_not_have_is_named(tmp_path):
    text = '  contact: {fail: [["ELBOW", ""]]}\n'
    assert outcomes(tmp_path, CONTACT, text)[1] == (
        "fail",
        False,
        "the base has nothing like 'ELBOW' to exchange.",
    )


def test_samples_for_a_rule_that_is_gone_are_not_silently_skipped(tmp_path):
    found = outcomes(tmp_path, CONTACT, '  contcat: {fail: [["PER", "PRE"]]}\n')
    assert [(wanted, good) for wanted, good, _ in found] == [("fail", False)]


def test_a_misspelt_key_is_refused_with_its_line(tmp_path):
    made = profile(tmp_path, rules(CONTACT))
    (tmp_path / "specimen").mkdir()
    path = tmp_path / "specimen" / "samples.yaml"
    path.write_text("bsae: 278-request-subscriber\nrules: {}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"samples.yaml, line 1: 'bsae' is not known here"):
        list(try_samples(made))


def test_a_file_with_another_envelope_and_fresh_counts_is_as_valid_as_the_base():
    text = BASE.replace("MSG*KNEE PAIN FOR SIX WEEKS~\n", "")
    for reference, value in {
        "ISA08": "ACME",
        "ISA13": "000000077",
        "GS03": "ACME",
        "GS06": "9",
    }.items():
        text = with_envelope(text, reference, value)
    assert validate(recounted(text).encode()).findings == []


@pytest.mark.parametrize("name", profile_ids())
def test_every_sample_of_a_shipped_profile_does_what_it_should(name):
    assert [str(item) for item in try_samples(load_profile(name)) if not item.good] == []


def test_shipped_samples_are_found():
    assert sum(samples_path(load_profile(name)) is not None for name in profile_ids()) > 5


RUN = {
    "the name of the file": ("format: {'@file.name': 'pa.*'}", "{file: pa.edi}", "{file: x.edi}"),
    "its size": ("file: {max_mb: 1}", "{bytes: 1000000}", "{bytes: 1000001}"),
    "the mode": (
        "count: {of: 2000F, per: ST, max: 0}, applies: {mode: realtime}",
        "{context: {mode: batch}}",
        "{context: {mode: realtime}}",
    ),
    "how many sets": ("count: {of: ST, per: '@file', max: 3}", "{sets: 3}", "{sets: 4}"),
    "the day": (
        "date_window: {path: 2000F/DTP/03, not_after: today}",
        "{today: 2027-01-01}",
        "{today: 2026-01-01}",
    ),
    "a text and the mode": (
        "when: {'@mode': realtime}, then: {forbid: 2010B/PER}",
        '{context: {mode: realtime}, changes: [["PER*IC*INTAKE DESK*TE*5555550101~", ""]]}',
        "{context: {mode: realtime}}",
    ),
}


@pytest.mark.parametrize("name", RUN)
def test_a_sample_may_tell_of_the_run(tmp_path, name):
    rule, good, bad = RUN[name]
    found = outcomes(tmp_path, f"id: run, {rule}", f"  run: {{pass: {good}, fail: {bad}}}\n")
    assert found == [("pass", True, ""), ("fail", True, "")]


def test_a_slip_in_what_is_told_of_the_run_is_named(tmp_path):
    rule = "id: run, format: {'@file.name': 'pa.*'}"
    (_, bad) = outcomes(tmp_path, rule, "  run: {pass: {file: pa}, fail: {name: x}}\n")
    assert "samples.yaml, line 3: 'name' is not known here" in bad[2]


def test_a_set_that_is_copied_keeps_its_own_numbers():
    data = recounted(copied(BASE, 12)).encode()
    assert validate(data).findings == []
    assert data.count(b"ST*278*0012*") == data.count(b"*0012~") == 1
