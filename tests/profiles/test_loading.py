"""What the loader refuses, each with file, line and what was expected; and what it inherits."""

from pathlib import Path

import pytest

from tests.guides.profile_specimens import profile, rules, written
from tests.profiles.support import judged, text_of
from x12_pa.errors import ConfigError
from x12_pa.guides import load_guide, load_profile

RULE = "id: a, applies: {tx: '278', direction: out}"


def refused(folder: Path, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        profile(folder, text)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("envelop: {ISA08: A}\n", "specimen.yaml, line 4: the profile: 'envelop' is not known"),
        ("envelope: {ISA8: A}\n", "line 4: envelope: 'ISA8' is not known here; known are"),
        (
            "rules:\n  - {id: a, source: x, requires: 2010B/PER}\n",
            "line 5: rules/0: 'requires' is not known here; did you mean require?",
        ),
        ("rules:\n  - {id: a, require: PER}\n", "line 5: rules/0: 'source' is missing"),
        (
            "rules:\n  - {id: A, source: x, require: PER}\n",
            "line 5: rules/0/id: a text of the form",
        ),
        (
            "rules:\n  - {id: a, source: x, severity: fatal, require: PER}\n",
            "rules/0/severity: one of error, warning, info was expected",
        ),
        (
            "rules:\n  - {id: a, source: x, length: {2000E/MSG01: {maxx: 3}}}\n",
            "'maxx' is not known here; did you mean max?",
        ),
        ("acks: {rejects: [TA1]}\n", "acks/rejects/0: a table (key: value) was expected"),
        ("transactions: 278\n", "line 4: transactions: a list was expected"),
        (
            "rules:\n  - {id: a, source: x}\n",
            "line 5: rule 'a' has no operator; one such as 'require'",
        ),
        (
            "rules:\n  - {id: a, source: x, require: PER, effective: {from: soon}}\n",
            "line 5: rule 'a': effective dates such as 2026-01-31 were expected",
        ),
        ("services:\n  mri: {source: x, last_verified: 2026-01-01}\n", "'needed' is missing"),
        (
            "services:\n  mri: {needed: 'yes', source: x, last_verified: 2026-01-01, pos: 11}\n",
            "line 5: services/mri: 'pos' is not known here; known are age",
        ),
        (
            "services:\n  mri: {needed: 'yes', source: x, last_verified: 2026-01-01, "
            "procedures: {a: b}}\n",
            "services/mri/procedures: a text or a whole number or a list was expected",
        ),
    ],
)
def test_a_fault_of_form_names_line_and_what_was_expected(
    tmp_path: Path, text: str, said: str
) -> None:
    assert said in refused(tmp_path, text)


def test_every_fault_of_form_is_told_at_once(tmp_path: Path) -> None:
    found = refused(tmp_path, "kind: plan\nrules:\n  - {id: a}\n  - {id: b, require: PER}\n")
    assert len(found.splitlines()) == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kind: payer\nkind: partner\n", "line 5: 'kind' stands twice, first in line 4"),
        ("services:\n  mri: {}\n  mri: {}\n", "line 6: 'mri' stands twice, first in line 5"),
        ("sources:\n  g: {title: A}\n  g: {title: B}\n", "line 6: 'g' stands twice"),
        ("envelope: {ISA08: A, ISA08: B}\n", "line 4: 'ISA08' stands twice, first in line 4"),
        (
            "rules:\n  - {id: a, source: x, require: PER}\n  - {id: a, source: x, require: NM1}\n",
            "specimen.yaml, line 6: the rule 'a' stands twice, first in line 5",
        ),
        (
            "facts:\n  - {id: f, text: x, source: y}\n  - {id: f, text: z, source: y}\n",
            "line 6: the fact 'f' stands twice, first in line 5",
        ),
        (
            "envelope:\n  ISA08: A\n  choose: {ISA08: {by: '@mode', map: {batch: B}}}\n",
            "ISA08 has a value already (specimen.yaml, line 5)",
        ),
    ],
)
def test_what_stands_twice_is_refused_with_both_lines(tmp_path: Path, text: str, said: str) -> None:
    assert said in refused(tmp_path, text)


def test_a_yaml_that_names_itself_is_no_endless_loop(tmp_path: Path) -> None:
    assert "simulator" in refused(tmp_path, "simulator: &a [*a]\n")


BELOW = "envelope: {ISA07: ZZ, ISA08: HUB, delimiters: {element: '*'}}\n"


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ("{ISA08: PLAN}", "ISA08 is PLAN, and below (below.yaml, line 4) asks for HUB"),
        ("{delimiters: {element: '|'}}", "element is |"),
        ("{choose: {ISA08: {by: '@mode', map: {batch: HUB, realtime: RT}}}}", "ISA08 is HUB or RT"),
    ],
)
def test_a_layer_that_replaces_a_value_of_the_envelope_is_refused(
    tmp_path: Path, own: str, said: str
) -> None:
    written(tmp_path, BELOW, name="below")
    found = refused(tmp_path, f"extends: [below]\nenvelope: {own}\n")
    assert found.startswith("specimen.yaml, line 5: envelope: ")
    assert said in found
    assert "162.915" in found


@pytest.mark.parametrize("own", ["{ISA08: HUB}", "{GS03: PLAN}", "{delimiters: {component: ':'}}"])
def test_a_layer_may_repeat_or_add_values_of_the_envelope(tmp_path: Path, own: str) -> None:
    written(tmp_path, BELOW, name="below")
    assert profile(tmp_path, f"extends: [below]\nenvelope: {own}\n").envelope["ISA08"] == "HUB"


def test_a_layer_may_take_one_of_the_values_between_which_the_one_below_chooses(
    tmp_path: Path,
) -> None:
    written(
        tmp_path,
        "envelope: {choose: {ISA08: {by: '@channel', map: {direct: A, hub: B}}}}\n",
        name="below",
    )
    made = profile(tmp_path, "extends: [below]\nenvelope: {ISA08: B}\n")
    assert (made.envelope, made.choose) == ({"ISA08": "B"}, {})


def test_two_layers_that_ask_for_different_values_are_refused_until_the_upper_one_decides(
    tmp_path: Path,
) -> None:
    written(tmp_path, "envelope: {ISA08: A}\n", name="one")
    written(tmp_path, "envelope: {ISA08: B}\n", name="two")
    assert "two.yaml, line 4" in refused(tmp_path, "extends: [one, two]\n")
    own = "envelope: {ISA08: B, widen: true, source: 'letter of May'}\n"
    assert profile(tmp_path, "extends: [one, two]\n" + own).envelope == {"ISA08": "B"}


def test_a_widened_envelope_needs_its_source(tmp_path: Path) -> None:
    written(tmp_path, BELOW, name="below")
    found = refused(tmp_path, "extends: [below]\nenvelope: {ISA08: PLAN, widen: true}\n")
    assert "widening needs a source" in found


def test_the_envelope_keeps_who_says_so_and_how_sure_that_is(tmp_path: Path) -> None:
    written(tmp_path, "envelope: {ISA07: ZZ, source: page 3, confidence: low}\n", name="below")
    made = profile(tmp_path, "extends: [below]\nenvelope: {ISA08: PLAN}\n")
    told = {name: (a.source, a.confidence, a.layer) for name, a in made.asked.items()}
    assert told == {
        "ISA07": ("page 3", "low", "below"),
        "ISA08": ("Specimen guide", "high", "specimen"),
    }


SOURCES = (
    "sources:\n  old: {title: Old, provenance: observed, confidence: low}\n"
    "  new: {title: New, confidence: medium}\n  bare: {title: Bare}\n"
)


@pytest.mark.parametrize(
    ("source", "about"),
    [
        ("page 4", ("high", "own")),
        ("'old: page 4'", ("low", "observed")),
        ("'new: page 4'", ("medium", "own")),
        ("'bare: page 4'", ("high", "own")),
        ("'new: page 4; old: page 1'", ("low", "observed")),
    ],
)
def test_a_rule_is_as_sure_as_its_document(
    tmp_path: Path, source: str, about: tuple[str, str]
) -> None:
    text = f"rules:\n  - {{id: a, require: 2010B/PER, source: {source}}}\n"
    (rule,) = profile(tmp_path, SOURCES + text).rules
    assert (rule.confidence, rule.provenance) == about


def test_a_rule_of_which_nobody_says_how_sure_it_is_is_not_called_sure(tmp_path: Path) -> None:
    path = tmp_path / "bare.yaml"
    path.write_text(
        "profile: bare\ntitle: B\nsource: {title: B}\nrules: [{id: a, source: p, require: PER}]\n"
    )
    assert load_profile(path).rules[0].confidence == "unknown"


@pytest.mark.parametrize(
    ("below", "above", "said"),
    [
        ("values: {2000E/UM01: [HS]}", "values: {2000E/UM01: [HS, AR]}", "AR as well"),
        ("values: {2000E/UM01: [HS]}", "values: {2000E/UM02: [I]}", "UM01: it replaces"),
        ("require: 2010B/PER", "require: 2010B/N3", "situational instead of required"),
        ("length: {2000E/MSG01: {max: 80}}", "length: {2000E/MSG01: {max: 90}}", "1 to 90"),
        ("require: 2010B/PER", "require: 2010B/PER, severity: warning", "this one a warning"),
    ],
)
def test_a_rule_that_replaces_a_stricter_one_of_the_same_id_is_refused(
    tmp_path: Path, below: str, above: str, said: str
) -> None:
    written(tmp_path, rules(f"{RULE}, {below}"), name="below")
    own = profile(tmp_path, "extends: [below]\n" + rules(f"{RULE}, {above}"))
    with pytest.raises(
        ConfigError, match=r"specimen\.yaml, line \d+: rule 'a'.*162\.915"
    ) as caught:
        load_guide("278-request", own)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("below", "above"),
    [
        ("values: {2000E/UM01: [HS, AR]}", "values: {2000E/UM01: [HS]}"),
        ("values: {2000E/UM01: [HS]}", "values: {2000E/UM01: [HS, AR]}, widen: true"),
        ("require: 2010B/PER, severity: warning", "require: 2010B/PER"),
    ],
)
def test_a_rule_may_replace_a_looser_one_or_say_that_it_widens(
    tmp_path: Path, below: str, above: str
) -> None:
    written(tmp_path, rules(f"{RULE}, {below}"), name="below")
    own = profile(tmp_path, "extends: [below]\n" + rules(f"{RULE}, {above}"))
    assert load_guide("278-request", own).profile == "specimen"


def test_a_layer_below_two_others_is_there_once(tmp_path: Path) -> None:
    fact = "facts: [{id: f, text: x, source: y}]\n"
    written(tmp_path, fact + rules(f"{RULE}, require: 2010B/PER"), name="core")
    written(tmp_path, "extends: [core]\ndisable: [{id: a, source: hub manual}]\n", name="hub")
    made = profile(tmp_path, "extends: [core, hub]\n")
    assert (made.layers, len(made.facts)) == (("core", "hub", "specimen"), 1)
    assert made.rules == ()


def test_a_finding_about_the_envelope_names_who_says_so(tmp_path: Path) -> None:
    made = profile(tmp_path, "envelope: {ISA08: PLAN, source: 'guide: page 3'}\n")
    found = [f for f in judged(text_of(), made).findings if f.code == "P106"]
    assert [f.rule.source if f.rule else "" for f in found] == ["guide: page 3"]
