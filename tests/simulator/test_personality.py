"""A mistake in a personality is reported with its place and what is expected."""

import pytest

from x12_pa.errors import ConfigError
from x12_pa.simulator.personality import load_personality, personality_names, read_personality

MINIMAL = {"personality": "x", "rules": [], "otherwise": {"decision": "A1"}}


def with_rule(**rule: object) -> dict[str, object]:
    base = {"id": "r", "when": {"procedure": "73721"}, "answer": {"decision": "A1"}}
    return {**MINIMAL, "rules": [{**base, **rule}]}


@pytest.mark.parametrize("name", personality_names())
def test_every_shipped_personality_loads(name: str):
    assert load_personality(name).name == name


def test_default_gives_the_mix_of_answers():
    answers = [rule.answer for rule in load_personality("default").rules]
    assert {a.decision for a in answers} >= {"A1", "A2", "A3", "A4", "A6", "CT", "NA"}
    assert any(a.reject for a in answers)
    assert any(a.refuse_999 for a in answers)
    assert any(a.late for a in answers)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"personality": "x", "rules": []}, "'otherwise' is a required property"),
        (with_rule(when={"procedur": "1"}), r"rules\[1\].when: .*'procedur' was unexpected"),
        (
            with_rule(when={"procedure": 70553}),
            r"when.procedure: must be text in quotes",
        ),
        (with_rule(answer={"decision": "A9"}), r"rules\[1\].answer.decision: 'A9' is not one of"),
        (with_rule(answer={}), r"rules\[1\].answer: exactly one of decision, reject"),
        (with_rule(answer={"decision": "A1", "silence": "all"}), "exactly one of"),
        ({**MINIMAL, "rules": with_rule()["rules"] * 2}, "rule id used twice: r"),
        ({**MINIMAL, "payer": {"certification": "{ref:Z}"}}, "number template"),
        ("text", "is not of type 'object'"),
    ],
)
def test_mistake_is_named_with_its_place(data: object, message: str):
    with pytest.raises(ConfigError, match=message):
        read_personality(data, "mine.yaml")


def test_unknown_name_lists_the_known_ones():
    with pytest.raises(ConfigError, match="default"):
        load_personality("no-such-payer")
