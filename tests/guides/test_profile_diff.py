"""What two profiles have different, in words."""

from tests.guides.profile_specimens import profile, rules
from x12_pa.guides.profile_diff import below, differences

OUT = "applies: {tx: '278', direction: out}"


def changes(old, new, part):
    found = differences(old, new)
    return [(item.kind, item.what, item.words) for item in found if item.part == part]


def test_a_shorter_value_list_is_tightened_whichever_rule_does_it(tmp_path):
    old = profile(tmp_path, rules(f"id: a, {OUT}, values: {{2000E/UM01: [HS, AR]}}"), name="old")
    new = profile(tmp_path, rules(f"id: b, {OUT}, values: {{2000E/UM01: [HS]}}"), name="new")
    found = changes(old, new, "guide")
    assert ("tightened", "278-request 2000E/UM01", "only HS; no longer AR") in found


def test_a_longer_length_is_loosened(tmp_path):
    old = profile(
        tmp_path, rules(f"id: a, {OUT}, length: {{2000E/MSG01: {{max: 80}}}}"), name="old"
    )
    new = profile(
        tmp_path, rules(f"id: a, {OUT}, length: {{2000E/MSG01: {{max: 90}}}}"), name="new"
    )
    words = "1 to 90 characters instead of 1 to 80 characters"
    assert ("loosened", "278-request 2000E/MSG01", words) in changes(old, new, "guide")


def test_a_rule_that_became_a_warning_says_so(tmp_path):
    old = profile(tmp_path, rules(f"id: a, {OUT}, require: 2010B/PER"), name="old")
    new = profile(
        tmp_path, rules(f"id: a, {OUT}, require: 2010B/PER, severity: warning"), name="new"
    )
    assert changes(old, new, "rule") == [("changed", "a", "severity warning instead of error")]


def test_envelope_and_mailbox_are_compared_key_by_key(tmp_path):
    old = profile(tmp_path, "envelope: {ISA08: OLD}\nmailbox: {upload: in, port: 22}\n", name="old")
    new = profile(tmp_path, "envelope: {ISA08: NEW}\nmailbox: {upload: in, zone: X}\n", name="new")
    found = [(item.part, item.kind, item.what) for item in differences(old, new)]
    assert found == [
        ("envelope", "changed", "ISA08"),
        ("mailbox", "removed", "port"),
        ("mailbox", "added", "zone"),
    ]


def test_the_source_of_a_fact_is_compared_only_where_nothing_else_changed(tmp_path):
    text = "mailbox: {port: {value: %s, source: %s}}\n"
    made = [
        profile(tmp_path, text % what, name=name)
        for name, what in (("a", (22, "x")), ("b", (2222, "y")), ("c", (22, "y")))
    ]
    words = [differences(made[0], other)[0].words for other in made[1:]]
    assert words == ["2222 instead of 22", "value 22, source y instead of value 22, source x"]


def test_the_base_of_a_profile_is_what_it_extends_without_what_that_disables(tmp_path):
    profile(tmp_path, rules("id: a, require: 2010B/PER", "id: b, require: 2000E/TRN"), name="low")
    profile(tmp_path, "extends: [low]\ndisable:\n  - {id: b, source: x}\n", name="middle")
    top = profile(tmp_path, "extends: [middle]\n" + rules("id: c, require: 2000E/HI"), name="top")
    assert [rule.id for rule in below(top).rules] == ["a"]


def test_a_disabled_rule_is_removed_with_the_reason(tmp_path):
    profile(tmp_path, rules(f"id: a, {OUT}, require: 2010B/PER"), name="low")
    top = profile(
        tmp_path, "extends: [low]\ndisable:\n  - {id: a, source: bulletin 7}\n", name="top"
    )
    ((kind, what, words),) = changes(below(top), top, "rule")
    assert (kind, what, words.endswith("(disabled: bulletin 7)")) == ("removed", "a", True)


def test_a_profile_is_the_same_as_itself(tmp_path):
    made = profile(tmp_path, rules(f"id: a, {OUT}, require: 2010B/PER"))
    assert differences(made, made) == []


SERVICE = (
    "services:\n  mri: {needed: 'yes', procedures: [%s], source: x, last_verified: 2026-11-01}\n"
)


def test_services_and_choices_are_told_in_words(tmp_path):
    choose = "envelope: {choose: {ISA08: {by: '@channel', map: {direct: A, hub: B}}}}\n"
    old = profile(tmp_path, SERVICE % "73721", name="old")
    new = profile(tmp_path, choose + SERVICE % "73718-73723", name="new")
    told = {change.what: change.words for change in differences(old, new)}
    assert told["ISA08"] == "ISA08 is A where @channel is direct; B where @channel is hub"
    assert told["mri"].startswith("needs authorization: procedures 73718-73723; ")
    assert "instead of needs authorization: procedures 73721; " in told["mri"]


def test_what_is_answered_to_a_breach_is_told_by_place(tmp_path):
    reject = "acks: {rejects: [{where: ISA13, answer: TA1 025}, {where: file, answer: refused}]}\n"
    old, new = profile(tmp_path, "", name="old"), profile(tmp_path, reject, name="new")
    assert [change.words for change in differences(old, new)] == [
        "ISA13 by TA1 025; file by refused"
    ]
