"""The shipped profiles: they load, fit the guides, say who says so, and their samples behave.

Every rule has its samples beside the profile, one that passes and one that fails. A rule that asks
only how a file is sent (its name, the mode) no text can break; its samples tell of the run.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from tests.support import FIXTURES, NOW, ROOT
from x12_pa.authorizations.requirements import CodeSpan, Query
from x12_pa.authorizations.requirements_reading import SECTION_KEYS
from x12_pa.guides import guide_keys, load_guide, load_profile, program_for
from x12_pa.guides.profile import profile_ids
from x12_pa.guides.profile_lint import YEARS
from x12_pa.guides.yaml_lines import read_lines
from x12_pa.services.profile_advice import advise
from x12_pa.services.profile_samples import (
    make_sample,
    names_rule,
    sample_rules,
    samples_path,
    try_samples,
)
from x12_pa.services.requirement_answers import answer_for
from x12_pa.services.requirements import requirements_of
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


SERVICES = [name for name in REAL if load_profile(name).services]


def test_some_real_payers_say_which_services_need_authorization() -> None:
    assert len(SERVICES) >= 6


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_says_its_document_and_how_sure_that_is(name: str) -> None:
    data = raw(name)
    found = requirements_of(load_profile(name))
    assert found is not None
    for entry in found.entries:
        named = {part.partition(":")[0].strip() for part in entry.source.split(";")}
        assert named <= set(data["sources"]), entry.id
        assert entry.confidence in CONFIDENCE, entry.id
        assert entry.last_verified <= NOW.date(), entry.id


@pytest.mark.parametrize("name", profile_ids())
def test_a_shipped_profile_has_no_errors_and_no_warnings(name: str) -> None:
    found = advise(name, today=NOW.date(), years=YEARS)
    assert [str(item) for item in found if item.severity != "info"] == []


# What the sources say, asked as staff would ask it. Procedure, what is known, day, answer, entry.
MEDICARE = [
    ("15822", {"place": "22"}, "2026-11-22", "yes", "opd-eyelid"),
    ("15822", {"place": "22"}, "2020-06-30", "unknown", None),
    ("15822", {"place": "11"}, "2026-11-22", "no", "opd-elsewhere"),
    ("15822", {"place": "23"}, "2026-11-22", "unknown", None),
    ("15822", {}, "2026-11-22", "unknown", "opd-eyelid"),
    ("64492", {"place": "19"}, "2024-08-04", "yes", "opd-facet-joint-third-level"),
    ("64492", {"place": "19"}, "2024-08-05", "no", "opd-facet-joint-third-level-removed"),
    ("30400", {"place": "22"}, "2026-11-22", "unknown", None),
    ("K0823", {}, "2026-11-22", "yes", "dme-power-mobility"),
    ("K0830", {}, "2026-11-22", "unknown", None),
    ("L0651", {}, "2026-04-12", "unknown", None),
    ("L0651", {}, "2026-04-13", "yes", "dme-orthoses-2026"),
    ("E0748", {}, "2026-11-22", "no", "dme-osteogenesis-suspended"),
    ("A0428", {}, "2026-11-22", "yes", "ambulance-repetitive"),
]


@pytest.mark.parametrize(("code", "known", "day", "needed", "entry"), MEDICARE)
def test_what_medicare_reviews(
    code: str, known: Mapping[str, str], day: str, needed: str, entry: str | None
) -> None:
    query = Query(day=date.fromisoformat(day), procedure=CodeSpan.parse(code), **known)
    answer = answer_for(load_profile("cms-esmd"), query, today=NOW.date()).answer
    first = next((each.id for each in answer.entries), None)
    assert (answer.needed, first) == (needed, entry)


@pytest.mark.parametrize("name", REAL)
def test_no_profile_widens_the_guide(name: str) -> None:
    assert [rule.id for rule in load_profile(name).rules if rule.widen] == []


@pytest.mark.parametrize("name", REAL)
def test_every_rule_is_shown_to_pass_and_to_fail(name: str) -> None:
    path = samples_path(load_profile(name))
    shown = set(sample_rules(path)) if path else set()
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


# Rules about how a file is sent: what is told of the run decides them, never the text.
RUNS = [
    ("office-ally-batch", "oa-file-name-kind"),
    ("office-ally-batch", "oa-file-name-test"),
    ("carelon", "batch-only"),
    ("medicare-hets", "realtime-only"),
    ("nebraska", "batch-on-sftp"),
    ("washington-providerone", "file-name"),
    ("dol-wcmbp", "file-name"),
    ("iehp", "file-name"),
]


@pytest.mark.parametrize(("name", "rule"), RUNS)
def test_a_rule_about_a_run_is_undecided_when_nothing_is_told(name: str, rule: str) -> None:
    profile = load_profile(name)
    path = samples_path(profile)
    assert path is not None
    data = make_sample(read_lines(path), path, rule, "fail").data
    result = validate(data, profile=profile, today=NOW.date())
    assert [found.code for found in result.findings if names_rule(found, rule)] == ["P901"]


@pytest.mark.parametrize("name", ["washington-providerone", "dol-wcmbp"])
def test_a_mailbox_takes_a_hundred_megabytes_of_what_is_really_sent(name: str) -> None:
    result = validate(specimen("270"), profile=load_profile(name), today=NOW.date())
    assert [found for found in result.findings if names_rule(found, "file-size")] == []


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


@pytest.mark.parametrize("name", profile_ids())
def test_the_list_of_the_readme_counts_right(name: str) -> None:
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    (row,) = (line for line in text.splitlines() if line.startswith(f"| `{name}` |"))
    data = raw(name)
    services = [key for key in data.get("services", {}) if key not in SECTION_KEYS]
    counts = [len(data.get(key) or ()) for key in ("rules", "facts")]
    assert row.split("|")[6:9] == [f" {number} " for number in (*counts, len(services))]


def test_nothing_lies_beside_the_profiles_that_is_not_theirs() -> None:
    folders = {path.name for path in FOLDER.iterdir() if path.is_dir()}
    assert folders - {"_template"} <= set(profile_ids())
