"""The shipped profiles: they load, fit the guides, say who says so, and their samples behave.

A rule that one file can show has its samples beside the profile. One that asks only how a file is
sent (its name, the mode) no text can break, so it is shown here with what is told of a run.
"""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.support import FIXTURES, NOW, ROOT
from x12_pa.guides import guide_keys, load_guide, load_profile, program_for
from x12_pa.guides.profile import profile_ids
from x12_pa.guides.yaml_lines import read_lines
from x12_pa.services.profile_samples import names_rule, sample_rules, samples_path, try_samples
from x12_pa.syntax import DEFAULT_DELIMITERS
from x12_pa.validation import validate

FOLDER = ROOT / "companion_guides"
TEMPLATE = FOLDER / "_template" / "my-payer.yaml"
# The plan of the demonstration is nobody's; what its guide says needs no provenance.
REAL = [name for name in profile_ids() if name != "demo-payer"]
PROVENANCE = {"primary", "primary-excerpt", "secondary-quoted", "observed", "inferred"}
CONFIDENCE = {"high", "medium", "low"}


def raw(name: str) -> Mapping[str, Any]:
    """Return a profile as written, without the layers below it."""
    data: Mapping[str, Any] = read_lines(FOLDER / f"{name}.yaml").data
    return data


def specimen(name: str) -> bytes:
    return (FIXTURES / "valid" / f"{name}.edi").read_bytes()


# Rules about a run: profile, rule, file, what is told when it holds and when it is broken.
RUNS = [
    (
        "office-ally-batch",
        "oa-file-name-kind",
        "837p",
        {"file.name": "claims_837P_0001.edi"},
        {"file.name": "claims_0001.edi"},
    ),
    (
        "office-ally-batch",
        "oa-file-name-test",
        "837p",
        {"file.name": "OATEST_837P.edi", "env": "test"},
        {"file.name": "claims_837P.edi", "env": "test"},
    ),
    ("carelon", "batch-only", "270", {"mode": "batch"}, {"mode": "realtime"}),
    ("medicare-hets", "realtime-only", "270", {"mode": "realtime"}, {"mode": "batch"}),
    (
        "nebraska",
        "batch-on-sftp",
        "270",
        {"channel": "sftp", "mode": "batch"},
        {"channel": "sftp", "mode": "realtime"},
    ),
    (
        "washington-providerone",
        "file-name",
        "270",
        {"file.name": "HIPAA.0000001.202611221400.claims.dat"},
        {"file.name": "claims.dat"},
    ),
    (
        "dol-wcmbp",
        "file-name",
        "837p",
        {"file.name": "claims_0001.dat"},
        {"file.name": "claims 0001.DAT"},
    ),
    (
        "iehp",
        "file-name",
        "837p",
        {"file.name": "001I112226AA.837.PGP"},
        {"file.name": "001I112226.837"},
    ),
]
# Shown below, because no text of a sample would be short enough.
BY_SIZE = {
    ("office-ally-batch", "oa-sets-per-file"),
    ("washington-providerone", "file-size"),
    ("dol-wcmbp", "file-size"),
}


def findings(profile: str, rule: str, data: bytes, **known: Any) -> list[str]:
    """Return the codes of what a rule says of a file."""
    result = validate(data, profile=load_profile(profile), today=NOW.date(), **known)
    return [found.code for found in result.findings if names_rule(found, rule)]


def test_there_are_at_least_fifteen_payers_and_the_operating_rules() -> None:
    assert len(REAL) > 15
    assert load_profile("core").kind == "operating-rules"


@pytest.mark.parametrize("name", [*REAL, str(TEMPLATE)])
def test_a_profile_fits_the_guides_of_its_transactions(name: str) -> None:
    profile = load_profile(name)
    for key in guide_keys():
        if profile.transactions and not key.startswith(profile.transactions):
            continue
        assert program_for(load_guide(key, profile), DEFAULT_DELIMITERS) is not None


@pytest.mark.parametrize("name", REAL)
def test_a_profile_says_where_it_is_from_and_how_sure_that_is(name: str) -> None:
    source = raw(name)["source"]
    assert source["provenance"] in PROVENANCE
    assert source["confidence"] in CONFIDENCE
    assert source.get("version") or source.get("date")


@pytest.mark.parametrize("name", REAL)
def test_a_profile_that_was_not_read_whole_warns(name: str) -> None:
    warns = bool(load_profile(name).caution)
    assert warns == (raw(name)["source"]["provenance"] != "primary")


@pytest.mark.parametrize("name", REAL)
def test_every_rule_says_its_source_and_what_it_wants(name: str) -> None:
    for rule in raw(name).get("rules", ()):
        assert rule["source"], rule["id"]
        assert rule["message"], rule["id"]
        assert rule["confidence"] in CONFIDENCE, rule["id"]
        assert rule["provenance"] in PROVENANCE, rule["id"]


@pytest.mark.parametrize("name", REAL)
def test_a_rule_that_is_not_from_a_guide_is_no_error(name: str) -> None:
    """What was only seen, or is only half known, may warn; it may not refuse a file."""
    strict = [
        rule["id"]
        for rule in raw(name).get("rules", ())
        if rule["confidence"] == "low" and rule.get("severity", "error") == "error"
    ]
    assert strict == []


@pytest.mark.parametrize("name", REAL)
def test_every_fact_says_its_source_and_why_it_is_no_rule(name: str) -> None:
    for fact in raw(name).get("facts", ()):
        assert fact["source"], fact["id"]
        assert fact["confidence"] in CONFIDENCE, fact["id"]
        assert "No rule: " in fact["text"], fact["id"]


@pytest.mark.parametrize("name", REAL)
def test_every_mailbox_fact_says_its_source(name: str) -> None:
    data = raw(name)
    items = [
        (f"{section}/{key}", item)
        for section in ("mailbox", "acks", "timing")
        for key, value in (data.get(section) or {}).items()
        for item in (value if isinstance(value, list) else [value])
    ]
    if data.get("envelope"):
        items.append(("envelope", data["envelope"]))
    unsaid = [place for place, item in items if not {"source", "confidence"} <= set(item)]
    assert unsaid == []


@pytest.mark.parametrize("name", REAL)
def test_a_source_by_short_name_is_listed(name: str) -> None:
    data = raw(name)
    if not data.get("sources"):
        return
    said = [item["source"] for item in (*data.get("rules", ()), *data.get("facts", ()))]
    named = {part.partition(":")[0].strip() for text in said for part in text.split(";")}
    assert named <= set(data["sources"])


@pytest.mark.parametrize("name", REAL)
def test_no_profile_widens_the_guide(name: str) -> None:
    assert [rule.id for rule in load_profile(name).rules if rule.widen] == []


@pytest.mark.parametrize("name", REAL)
def test_every_rule_is_shown_to_pass_and_to_fail(name: str) -> None:
    path = samples_path(load_profile(name))
    shown = set(sample_rules(path)) if path else set()
    shown |= {run[1] for run in RUNS if run[0] == name}
    shown |= {rule for owner, rule in BY_SIZE if owner == name}
    assert shown == {rule["id"] for rule in raw(name).get("rules", ())}


@pytest.mark.parametrize("name", [*REAL, str(TEMPLATE)])
def test_the_samples_behave(name: str) -> None:
    wrong = [
        f"{outcome.where}: {outcome.rule} {outcome.wanted}: {outcome.message}"
        for outcome in try_samples(load_profile(name))
        if not outcome.good
    ]
    assert wrong == []


@pytest.mark.parametrize("name", [*REAL, str(TEMPLATE)])
def test_a_sample_that_passes_has_no_other_error(name: str) -> None:
    """So the rules of a profile agree with each other: one file can keep them all."""
    others = {o.rule: o.others for o in try_samples(load_profile(name)) if o.others}
    assert others == {}


@pytest.mark.parametrize(("name", "rule", "file", "good", "bad"), RUNS)
def test_a_rule_about_a_run_holds_and_is_broken(
    name: str, rule: str, file: str, good: Mapping[str, str], bad: Mapping[str, str]
) -> None:
    assert findings(name, rule, specimen(file), context=good) == []
    assert findings(name, rule, specimen(file), context=bad) not in ([], ["P901"])


@pytest.mark.parametrize(("name", "rule", "file", "good", "bad"), RUNS)
def test_a_rule_about_a_run_is_undecided_when_nothing_is_told(
    name: str, rule: str, file: str, good: Mapping[str, str], bad: Mapping[str, str]
) -> None:
    assert findings(name, rule, specimen(file)) == ["P901"]


def test_office_ally_takes_five_thousand_sets_in_a_file() -> None:
    text = specimen("837p-three-sets").decode()
    text = text.replace(
        "DEMONSTRATION HEALTH PLAN*****46*DEMOPAYER", "OFFICE ALLY*****46*330897513"
    )
    head, *sets = text.split("ST*837*")
    small, _, _ = sets[1].partition("0002*")[2].partition("SE*")
    body = "".join(f"ST*837*{n:04}*{small}SE*24*{n:04}~\n" for n in range(1, 5002))
    data = f"{head}{body}GE*5001*1~\nIEA*1*000000202~\n".encode()
    result = validate(data, profile=load_profile("office-ally-batch"), today=NOW.date())
    over = [f.transaction for f in result.findings if names_rule(f, "oa-sets-per-file")]
    assert over == ["5001"]


@pytest.mark.parametrize("name", ["washington-providerone", "dol-wcmbp"])
def test_a_mailbox_takes_a_hundred_megabytes(name: str) -> None:
    rule = load_profile(name).rule("file-size")
    assert rule is not None
    assert rule.body == {"file": {"max_mb": 100}}
    assert findings(name, "file-size", specimen("270")) == []


@pytest.mark.parametrize("section", ["rules", "sources"])
def test_no_layer_takes_away_what_another_says_by_its_name(section: str) -> None:
    """A rule of an upper layer replaces one of the same id; a payer's may not do so by chance."""
    names: dict[str, set[str]] = {"below": set(), "payer": set()}
    for profile in REAL:
        kind = "payer" if load_profile(profile).kind == "payer" else "below"
        items = raw(profile).get(section, ())
        names[kind] |= {item if isinstance(item, str) else item["id"] for item in items}
    assert names["below"] & names["payer"] == set()


def test_the_template_is_no_profile_of_its_own() -> None:
    assert not [name for name in profile_ids() if "template" in name or name == "my-payer"]


def test_the_list_of_the_readme_is_complete() -> None:
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert [name for name in profile_ids() if f"\n| `{name}` |" not in text] == []


def test_nothing_lies_beside_the_profiles_that_is_not_theirs() -> None:
    folders = {path.name for path in FOLDER.iterdir() if path.is_dir()}
    assert folders - {"_template"} <= set(profile_ids())
