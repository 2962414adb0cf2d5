"""The shipped profiles: they load, fit the guides, say who says so, and their samples behave.

A rule that can be shown on one file has its samples beside the profile; one about a run, a registry
or earlier messages is shown here, with the context, lookups and history that it needs.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from attrs import field, frozen

from tests.support import FIXTURES, NOW, ROOT
from x12_pa.guides import guide_keys, load_guide, load_profile, program_for
from x12_pa.guides.hooks import Hooks, Keys, Message
from x12_pa.guides.profile import profile_ids
from x12_pa.guides.yaml_lines import read_lines
from x12_pa.services.profile_samples import (
    names_rule,
    recounted,
    sample_rules,
    samples_path,
    try_samples,
)
from x12_pa.syntax import DEFAULT_DELIMITERS, read_segments
from x12_pa.validation import validate

FOLDER = ROOT / "companion_guides"
TEMPLATE = FOLDER / "_template" / "my-payer.yaml"
# The plan of the demonstration is nobody's; what its guide says needs no provenance.
REAL = [name for name in profile_ids() if name != "demo-payer"]
PROVENANCE = {"primary", "primary-excerpt", "secondary-quoted", "observed", "inferred"}
CONFIDENCE = {"high", "medium", "low"}
# Nothing in the text that is validated shows whether it was encrypted; the exchange looks.
NOT_JUDGED = {("anthem", "file-encrypted")}

Changes = Sequence[tuple[str, str]]


def raw(name: str) -> Mapping[str, Any]:
    """Return a profile as written, without the layers below it."""
    data: Mapping[str, Any] = read_lines(FOLDER / f"{name}.yaml").data
    return data


@frozen(kw_only=True)
class Remembered:
    """A history with one earlier message and some values seen before."""

    message: Message | None = None
    values: frozenset[str] = frozenset()

    def seen(self, path: str, value: str, window: str | None) -> bool:
        return value in self.values

    def earlier(self, keys: Keys) -> Message | None:
        return self.message

    def request(self, keys: Keys) -> Message | None:
        return self.message


def specimen(name: str, changes: Changes = ()) -> bytes:
    text = (FIXTURES / "valid" / f"{name}.edi").read_text(encoding="latin-1")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return recounted(text).encode("latin-1")


def message(guide: str, name: str, changes: Changes = (), action: str | None = None) -> Message:
    segments = [s for s in read_segments(specimen(name, changes)) if s.id[:2] not in ("IS", "IE")]
    inside = [s for s in segments if s.id not in ("GS", "GE")]
    return Message(guide=guide, segments=inside, action=action)


def registry(name: str, *known: str) -> Hooks:
    return Hooks(lookups={name: lambda value, keys: value in known})


def history(*values: str, earlier: Message | None = None) -> Hooks:
    return Hooks(history=Remembered(message=earlier, values=frozenset(values)))


@frozen(kw_only=True)
class Run:
    """One rule that needs more than a file: what it holds with, and what breaks it."""

    rule: str
    base: str
    context: Mapping[str, Any] = field(factory=dict)
    passes: Mapping[str, Any]
    fails: Mapping[str, Any]
    changes: Changes = ()
    fail_changes: Changes | None = None

    @property
    def key(self) -> tuple[str, str]:
        profile, _, rule = self.rule.partition("/")
        return profile, rule


def modes(rule: str, good: Mapping[str, str], bad: Mapping[str, str], base: str = "270") -> Run:
    return Run(rule=rule, base=base, passes={"context": good}, fails={"context": bad})


def looked_up(rule: str, name: str, value: str, base: str, changes: Changes = ()) -> Run:
    good, bad = {"hooks": registry(name, value)}, {"hooks": registry(name)}
    return Run(rule=rule, base=base, changes=changes, passes=good, fails=bad)


NPI_TYPE = "npi.type"
REVISED = (("UM*HS*I*4", "UM*HS*S*4"),)
CANCELLED = (("UM*HS*I*4", "UM*HS*3*4"),)
SUBSCRIBER = "278-request-subscriber"
FAMILY = {"plan_family": "community_state", "state": "FL"}
FIRST = message("278-request", SUBSCRIBER)
OTHER = message("278-request", SUBSCRIBER, [("HC:73721", "HC:73720")])
GENERIC = message("270", "270", [("EQ**HC:73721", "EQ*30")])
THIRTEEN = (("EB*1**30**", "EB*1**1^30^33^35^47^48^50^86^88^98^AL^UC^MH**"),)
ATTACHED = (("MSG*KNEE", "PWK*77*BM***AC*ACN000001~\nMSG*KNEE"),)
TAXONOMY = (("5555550101~\n", "5555550101~\nPRV*PE*PXC*261QM1300X~\n"),)

RUNS = [
    modes(
        "office-ally-batch/file-name-kind",
        {"file.name": "claims_837P_0001.edi"},
        {"file.name": "claims_0001.edi"},
        "837p",
    ),
    modes(
        "office-ally-batch/file-name-test",
        {"file.name": "OATEST_837P.edi", "env": "test"},
        {"file.name": "claims_837P.edi", "env": "test"},
        "837p",
    ),
    looked_up("office-ally-batch/payer-known", "partner.payer_ids", "DEMOPAYER", "837p"),
    modes("carelon/batch-only", {"mode": "batch"}, {"mode": "realtime"}),
    modes("medicare-hets/realtime-only", {"mode": "realtime"}, {"mode": "batch"}),
    modes(
        "nebraska/batch-on-sftp",
        {"channel": "sftp", "mode": "batch"},
        {"channel": "sftp", "mode": "realtime"},
    ),
    modes(
        "washington-providerone/file-name",
        {"file.name": "HIPAA.0000001.202611221400.claims.dat"},
        {"file.name": "claims.dat"},
    ),
    modes(
        "dol-wcmbp/file-name", {"file.name": "claims_0001.dat"}, {"file.name": "claims 0001.DAT"}
    ),
    modes(
        "iehp/file-name",
        {"file.name": "001I112226AA.837.PGP"},
        {"file.name": "001I112226.837"},
        "837p",
    ),
    Run(
        rule="indiana-ihcp/control-number-new",
        base=SUBSCRIBER,
        passes={"hooks": history("000000009")},
        fails={"hooks": history("000000001")},
    ),
    Run(
        rule="cms-esmd/attachment-number-new",
        base=SUBSCRIBER,
        changes=ATTACHED,
        passes={"hooks": history("ACN000009")},
        fails={"hooks": history("ACN000001")},
    ),
    looked_up("harvard-pilgrim/requester-on-roster", "submitter.roster", "1000000012", SUBSCRIBER),
    Run(
        rule="harvard-pilgrim/change-after-decision",
        base=SUBSCRIBER,
        changes=REVISED,
        passes={"hooks": history(earlier=message("278-request", SUBSCRIBER, action="A6"))},
        fails={"hooks": history(earlier=message("278-request", SUBSCRIBER, action="A4"))},
    ),
    Run(
        rule="unitedhealthcare/no-procedures-added",
        base=SUBSCRIBER,
        changes=REVISED,
        passes={"context": FAMILY, "hooks": history(earlier=FIRST)},
        fails={"context": FAMILY, "hooks": history(earlier=OTHER)},
    ),
    looked_up(
        "north-carolina-nctracks/taxonomy-enrolled",
        "provider.taxonomies",
        "261QM1300X",
        SUBSCRIBER,
        TAXONOMY,
    ),
    looked_up("ohio/receiver-known", "payer.trading_partners", "DEMOPAYER", "270"),
    Run(
        rule="aetna/admitting-individual",
        base="278-request-admission",
        passes={"hooks": Hooks(lookups={NPI_TYPE: lambda value, keys: 1})},
        fails={"hooks": Hooks(lookups={NPI_TYPE: lambda value, keys: 2})},
    ),
    Run(
        rule="anthem/requester-returned",
        base="278-response-certified",
        passes={"hooks": history(earlier=FIRST)},
        fails={"hooks": history(earlier=FIRST)},
        fail_changes=(("XX*1000000012", "XX*1000000020"),),
    ),
    Run(
        rule="florida-flmmis/generic-answer",
        base="271",
        changes=THIRTEEN,
        passes={"hooks": history(earlier=GENERIC)},
        fails={"hooks": history(earlier=GENERIC)},
        fail_changes=(),
    ),
]
# Shown below, because no text of a sample would be short enough.
BY_SIZE = {
    ("office-ally-batch", "sets-per-file"),
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
def test_a_profile_fits_every_guide(name: str) -> None:
    profile = load_profile(name)
    for key in guide_keys():
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
        assert rule["source"] and rule["message"], rule["id"]
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
        assert fact["source"] and fact["confidence"] in CONFIDENCE, fact["id"]
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
    shown |= {rule for owner, rule in (r.key for r in RUNS) if owner == name}
    shown |= {rule for owner, rule in BY_SIZE | NOT_JUDGED if owner == name}
    assert shown == {rule["id"] for rule in raw(name).get("rules", ())}


@pytest.mark.parametrize("name", [*REAL, str(TEMPLATE)])
def test_the_samples_behave(name: str) -> None:
    wrong = [
        f"{outcome.where}: {outcome.rule} {outcome.wanted}: {outcome.message}"
        for outcome in try_samples(load_profile(name))
        if not outcome.good
    ]
    assert wrong == []


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.rule)
def test_a_rule_about_more_than_a_file_holds(run: Run) -> None:
    assert findings(*run.key, specimen(run.base, run.changes), **run.passes) == []


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.rule)
def test_a_rule_about_more_than_a_file_is_broken(run: Run) -> None:
    changes = run.changes if run.fail_changes is None else run.fail_changes
    found = findings(*run.key, specimen(run.base, changes), **run.fails)
    assert found and "P901" not in found


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.rule)
def test_a_rule_is_undecided_without_what_it_asks(run: Run) -> None:
    assert findings(*run.key, specimen(run.base, run.changes)) == ["P901"]


def test_a_request_may_be_cancelled_while_it_is_pended() -> None:
    pended = history(earlier=message("278-request", SUBSCRIBER, action="A4"))
    data = specimen(SUBSCRIBER, CANCELLED)
    assert findings("harvard-pilgrim", "change-after-decision", data, hooks=pended) == []


def test_office_ally_takes_five_thousand_sets_in_a_file() -> None:
    receiver = ("DEMONSTRATION HEALTH PLAN*****46*DEMOPAYER", "OFFICE ALLY*****46*330897513")
    head, *sets = specimen("837p-three-sets", [receiver] * 3).decode().split("ST*837*")
    small, _, _ = sets[1].partition("0002*")[2].partition("SE*")
    body = "".join(f"ST*837*{n:04}*{small}SE*24*{n:04}~\n" for n in range(1, 5002))
    data = f"{head}{body}GE*5001*1~\nIEA*1*000000202~\n".encode()
    result = validate(data, profile=load_profile("office-ally-batch"), today=NOW.date())
    over = [f.transaction for f in result.findings if names_rule(f, "sets-per-file")]
    assert over == ["5001"]


@pytest.mark.parametrize("name", ["washington-providerone", "dol-wcmbp"])
def test_a_mailbox_takes_a_hundred_megabytes(name: str) -> None:
    rule = load_profile(name).rule("file-size")
    assert rule is not None and rule.body == {"file": {"max_mb": 100}}
    assert findings(name, "file-size", specimen("270")) == []


def test_the_template_is_no_profile_of_its_own() -> None:
    assert not [name for name in profile_ids() if "template" in name or name == "my-payer"]


def test_the_list_of_the_readme_is_complete() -> None:
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert [name for name in profile_ids() if f"| `{name}` |" not in text] == []


def test_nothing_lies_beside_the_profiles_that_is_not_theirs() -> None:
    folders = {path.name for path in FOLDER.iterdir() if path.is_dir()}
    assert folders - {"_template"} <= set(profile_ids())
