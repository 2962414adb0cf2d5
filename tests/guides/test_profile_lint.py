"""The linter on profiles that have one thing wrong each."""

from datetime import date

import pytest

from tests.guides.profile_specimens import profile, rules
from x12_pa.guides.profile_lint import lint

TODAY = date(2026, 11, 22)


def said(folder, text, *, samples=None, **more):
    """Lint a specimen whose rules all have samples; return (check, rule, message) of each."""
    made = profile(folder, text, **more)
    known = {rule.id: "samples.yaml" for rule in made.rules} if samples is None else samples
    found = lint(made, today=TODAY, samples=known)
    return [(item.check, item.rule, item.message) for item in found]


def test_a_profile_in_order_has_nothing_said_about_it(tmp_path):
    assert said(tmp_path, rules("id: contact, require: 2010B/PER")) == []


CONTRADICTIONS = {
    "required and forbidden": (
        'id: a, require: "2000E/REF[BB]/02"',
        'id: b, forbid: "2000E/REF[BB]"',
    ),
    "no value in both lists": (
        'id: a, values: {"2000E/DTP[435]/02": [D8]}',
        'id: b, values: {"2000E/DTP[435]/02": [RD8]}',
    ),
    "no length that fits both": (
        'id: a, length: {"2000E/REF[BB]/02": {max: 8}}',
        'id: b, length: {"2000E/REF[BB]/02": {min: 9}}',
    ),
    "no count that fits both": (
        "id: a, count: {of: 2000E, per: ST, max: 1}",
        "id: b, count: {of: 2000E, per: ST, min: 2}",
    ),
    "no listed value of that form": (
        'id: a, values: {"2000E/REF[BB]/02": [A1, A2]}',
        "id: b, format: {\"2000E/REF[BB]/02\": '\\d+'}",
    ),
    "no listed value of that length": (
        'id: a, values: {"2000E/REF[BB]/02": [A1, A2]}',
        'id: b, length: {"2000E/REF[BB]/02": {min: 3}}',
    ),
    "two of which only one may be given": (
        "id: a, require: [2000E/CL1, 2000E/CR1]",
        "id: b, exclusive: [[2000E/CL1], [2000E/CR1]]",
    ),
    "nothing is left to choose": (
        "id: a, forbid: [2000E/CL1, 2000E/CR1]",
        "id: b, one_of: [[2000E/CL1], [2000E/CR1]]",
    ),
    "in one case only": (
        "id: a, when: {2000E/UM01: AR}, then: {require: 2000E/CL1}",
        "id: b, when: {2000E/UM01: AR}, then: {forbid: 2000E/CL1}",
    ),
}


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_two_rules_that_cannot_both_be_kept(tmp_path, name):
    asked = [f'applies: {{tx: "278", direction: out}}, {line}' for line in CONTRADICTIONS[name]]
    found = said(tmp_path, rules(*asked))
    assert [item[:2] for item in found] == [("contradiction", "b")]


def test_rules_for_different_cases_do_not_contradict_each_other(tmp_path):
    text = rules(
        "id: a, applies: {tx: '278', direction: out, mode: batch}, require: 2000E/CL1",
        "id: b, applies: {tx: '278', direction: out, mode: realtime}, forbid: 2000E/CL1",
    )
    assert said(tmp_path, text) == []


def test_a_limit_that_leaves_nothing(tmp_path):
    (found,) = said(tmp_path, rules('id: a, length: {"2000E/REF[BB]/02": {min: 9, max: 8}}'))
    assert found == ("contradiction", "a", "length of 2000E/REF[BB]/02: at least 9 and at most 8")


def test_a_path_that_names_nothing_says_what_the_loop_has(tmp_path):
    made = profile(
        tmp_path, rules("id: a, applies: {tx: '278', direction: out}, require: 2010B/DMG")
    )
    (found,) = lint(made, today=TODAY, samples={"a": ""})
    assert (found.check, found.line, "NM1, REF, N3, N4, PER" in found.todo) == (
        "dead-path",
        5,
        True,
    )


def test_an_element_that_the_envelope_does_not_have(tmp_path):
    found = said(tmp_path, rules("id: a, values: {ISA17: [X]}"))
    assert [item[:2] for item in found] == [("dead-path", "a")]


def test_a_condition_that_the_guide_never_meets(tmp_path):
    text = rules(
        "id: a, applies: {tx: '278', direction: out}, when: {2000E/UM01: XX}, "
        "then: {require: 2000E/CL1}"
    )
    assert said(tmp_path, text) == [
        ("dead-rule", "a", "'when' asks for 2000E/UM01 XX, which can only be AR, HS, IN or SC")
    ]


def test_a_condition_that_another_rule_of_the_profile_excludes(tmp_path):
    text = rules(
        "id: a, applies: {tx: '278', direction: out}, values: {2000E/UM01: [HS]}",
        "id: b, applies: {tx: '278', direction: out}, when: {2000E/UM01: AR}, "
        "then: {require: 2000E/CL1}",
    )
    assert [item[:2] for item in said(tmp_path, text)] == [("dead-rule", "b")]


def test_a_rule_that_the_guide_has_already(tmp_path):
    found = said(tmp_path, rules("id: a, applies: {tx: '278', direction: out}, require: 2000E/UM"))
    assert [item[:2] for item in found] == [("dead-rule", "a")]


def test_a_rule_that_another_one_says_already(tmp_path):
    profile(tmp_path, rules("id: a, require: 2010B/PER"), name="below")
    text = "extends: [below]\n" + rules("id: b, require: 2010B/PER")
    assert said(tmp_path, text) == [("shadowed", "b", "it says the same as rule 'a' of below")]


def test_a_rule_that_replaces_a_stricter_one_of_a_layer_below(tmp_path):
    rule = "id: a, applies: {tx: '278', direction: out}, values: {2000E/UM01: %s}"
    profile(tmp_path, rules(rule % "[HS]"), name="below")
    found = said(tmp_path, "extends: [below]\n" + rules(rule % "[HS, AR]"))
    assert [item[:2] for item in found] == [("refused", "a")]
    assert found[0][2].startswith("2000E/UM01: it replaces the rule of below and allows more: AR")


def test_a_condition_on_what_the_profile_forbids(tmp_path):
    text = rules(
        "id: a, applies: {tx: '278', direction: out}, forbid: 2000E/CL1",
        "id: b, applies: {tx: '278', direction: out}, when: {2000E/CL1/01: '1'}, "
        "then: {require: 2000E/MSG}",
    )
    assert [item[:2] for item in said(tmp_path, text)] == [("dead-rule", "b")]


def test_disabling_what_no_layer_has(tmp_path):
    text = "disable:\n  - {id: ghost, source: nobody}\n"
    assert [item[0] for item in said(tmp_path, text)] == ["dead-rule"]


def test_every_rule_that_widens_is_named_not_only_the_first(tmp_path):
    text = rules(
        "id: a, applies: {tx: '278', direction: out}, values: {2000E/UM01: [ZZ]}",
        "id: b, applies: {tx: '278', direction: out}, length: {2000E/MSG01: {max: 999}}",
    )
    assert [item[:2] for item in said(tmp_path, text)] == [("refused", "a"), ("refused", "b")]


def test_a_rule_that_is_out_of_force(tmp_path):
    found = said(tmp_path, rules("id: a, require: 2010B/PER, effective: {to: 2024-12-31}"))
    assert found == [("out-of-force", "a", "it has not been in force since 2024-12-31")]


def test_an_old_document_is_stale_after_the_years_that_are_asked_for(tmp_path):
    made = profile(tmp_path, "sources:\n  faq: {title: Questions, date: 2024-02}\n")
    checks = [
        [item.check for item in lint(made, today=TODAY, years=years, samples={})]
        for years in (2, 3)
    ]
    assert checks == [["stale-source"], []]


def test_a_service_that_nobody_has_verified_for_long(tmp_path):
    text = (
        "services:\n  payers: [SPECIMEN]\n  stale_after_days: 180\n"
        "  imaging: {needed: 'yes', procedures: [70450], source: list, last_verified: %s}\n"
    )
    found = [said(tmp_path, text % day) for day in ("2026-05-01", "2026-09-01")]
    assert [[item[0] for item in items] for items in found] == [["stale-service"], []]


def test_a_rule_without_a_sample(tmp_path):
    found = said(
        tmp_path, rules("id: a, require: 2010B/PER", "id: b, require: 2000E/TRN"), samples={"a": ""}
    )
    assert found == [("no-sample", "b", "it has no sample")]


def test_nobody_says_how_sure_we_are(tmp_path):
    path = tmp_path / "bare.yaml"
    path.write_text(
        "profile: bare\ntitle: Bare\nsource: {title: Bare guide, date: 2026-05-01}\n"
        "rules:\n  - {id: a, require: 2010B/PER, source: ' '}\n",
        encoding="utf-8",
    )
    from x12_pa.guides import load_profile

    found = lint(load_profile(path), today=TODAY, samples={"a": ""})
    assert {item.check for item in found} == {"no-source", "no-confidence"}
