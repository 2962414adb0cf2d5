"""What is built under a shipped profile is valid under it, or refused for what the input says.

For each profile that speaks of 278 requests or 270 inquiries: random records of its narrowed guide,
and the records of its own samples. The envelope, the separators and what must equal the
configuration come from the profile, so nothing of it may ever be the reason of a refusal.
"""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.strategies import inquiries, requests
from tests.support import NOW
from x12_pa.configuration import read_settings
from x12_pa.errors import ConfigError, X12PAError
from x12_pa.guides import Guide, Profile, load_guide, load_profile
from x12_pa.guides.profile import profile_ids
from x12_pa.guides.yaml_lines import read_lines
from x12_pa.ledger.database import open_ledger
from x12_pa.ledger.mailboxes import ControlNumbers
from x12_pa.models import (
    EligibilityInquiry,
    ReviewRequest,
    build_eligibility,
    parse_eligibility,
    parse_review,
)
from x12_pa.services.build import WouldBeRejected, address_for, build_file
from x12_pa.services.defaults import (
    context_of,
    delimiters_for,
    envelope_defaults,
    fill_elements,
)
from x12_pa.services.envelopes import interchange_of
from x12_pa.services.office import Address, Office
from x12_pa.services.profile_samples import make_sample, sample_rules, samples_path
from x12_pa.syntax import read_transactions
from x12_pa.validation import FileResult, validate

TODAY, SENDER = NOW.date(), "CLINIC001"
REVIEW, INQUIRY = "278-request", "270"


def speaks_of(guide: str) -> list[str]:
    """Return the shipped profiles that ask something of messages of a guide."""
    plain = load_guide(guide)
    found = []
    for name in profile_ids():
        profile = load_profile(name)
        meant = not profile.transactions or plain.set in profile.transactions
        if meant and any(r.speaks_of(plain.set, plain.kind, plain.id) for r in profile.rules):
            found.append(name)
    return found


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    folder: Path = tmp_path_factory.mktemp("office")
    identity = {"sender_id": SENDER, "trace_originator": "9CLINIC001"}
    settings = read_settings({"identity": identity}, folder / "x12-pa.toml")
    url, spool = f"sqlite:///{folder / 'ledger.db'}", folder / "spool"
    ledger = open_ledger(url, clock=lambda: NOW, spool=spool)
    yield Office(settings, ledger, lambda: NOW)
    ledger.close()


def context(profile: Profile) -> dict[str, str]:
    """Return what the samples of a profile say of their context."""
    path = samples_path(profile)
    given = (read_lines(path).data.get("context") or {}) if path else {}
    return {name: str(value) for name, value in given.items()}


@cache
def narrowed(name: str, guide: str) -> tuple[Profile, Guide, dict[str, Any]]:
    profile = load_profile(name)
    known = context_of(sender=SENDER, usage="P", more=context(profile))
    return profile, load_guide(guide, profile, today=TODAY, known=known), known


def file_of(office: Office, name: str, record: Any) -> tuple[bytes | None, FileResult | None]:
    """Return the file that is built of a record, or what it is refused for."""
    if isinstance(record, ReviewRequest):
        return _review(office, name, record)
    profile, guide, known = narrowed(name, INQUIRY)
    marks, envelope = (
        delimiters_for(profile, guide, known),
        envelope_defaults(profile, guide, known),
    )
    try:
        built = build_eligibility(record, guide, control="0001", delimiters=marks)
    except ConfigError:
        raise
    except X12PAError:
        return None, None
    receiver = envelope.get("ISA08", "OTHERPAYER")
    address = Address(
        office.settings.require_identity(),
        envelope.get("ISA07", "ZZ"),
        receiver,
        envelope.get("GS03", receiver),
        "P",
        envelope.get("ISA14") != "0",
    )
    sets = [fill_elements(built, guide, profile, known)]
    numbers = ControlNumbers(scope="", epoch=0, isa13=1, gs06=1)
    data = interchange_of(address, guide, sets, numbers, at=NOW, marks=marks)
    result = check(name, INQUIRY, data)
    return (data, None) if result.accepted else (None, result)


def _review(office: Office, name: str, record: ReviewRequest) -> Any:
    profile, guide, known = narrowed(name, REVIEW)
    receiver = None if "ISA08" in envelope_defaults(profile, guide, known) else "OTHERPAYER"
    more = context(profile)
    address = address_for(office, profile, receiver, "P", context=more)
    try:
        built = build_file(office, address, [record], profile=profile, context=more)
    except WouldBeRejected as refusal:
        return None, refusal.result
    except ConfigError:
        raise
    except X12PAError:
        return None, None
    return built.data, None


def check(name: str, guide: str, data: bytes) -> FileResult:
    profile, _, known = narrowed(name, guide)
    return validate(data, profile=profile, today=TODAY, context=known)


def assert_valid_or_refused_for_its_input(office: Office, name: str, guide: str, record: Any):
    data, refusal = file_of(office, name, record)
    if data is not None:
        assert check(name, guide, data).accepted
    if refusal is not None:
        ours = [f for f in refusal.findings if f.severity == "error" and f.transaction is None]
        assert [(f.code, f.message) for f in ours] == []


def drawn(guide: str, name: str) -> Any:
    strategy = requests if guide == REVIEW else inquiries
    return strategy(narrowed(name, guide)[1], rare=12)


def properties(guide: str, examples: int, data: st.DataObject, office: Office, name: str) -> None:
    for _ in range(examples):
        record = data.draw(drawn(guide, name))
        assert_valid_or_refused_for_its_input(office, name, guide, record)


CASES = [(guide, name) for guide in (REVIEW, INQUIRY) for name in speaks_of(guide)]
QUIET = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
}


@pytest.mark.parametrize(("guide", "name"), CASES)
@settings(max_examples=3, **QUIET)
@given(st.data())
def test_whatever_is_built_is_valid_under_its_profile(office, guide, name, data):
    properties(guide, 1, data, office, name)


@pytest.mark.long
@pytest.mark.parametrize(("guide", "name"), CASES)
@settings(max_examples=100, **QUIET)
@given(st.data())
def test_whatever_is_built_is_valid_under_its_profile_at_length(office, guide, name, data):
    properties(guide, 1, data, office, name)


def samples() -> list[tuple[str, str, bytes]]:
    """Return the samples of each profile that its own rules accept as they are, by guide."""
    found: dict[Any, tuple[str, str, bytes]] = {}
    for guide, name in CASES:
        path = samples_path(load_profile(name))
        for rule in sample_rules(path) if path else ():
            try:
                made = make_sample(read_lines(path), path, rule, "pass")
            except ConfigError:
                continue
            sets = list(read_transactions(made.data))
            plain = load_guide(guide)
            if [item.id for item in sets] != [plain.set]:
                continue
            result = check(name, guide, made.data)
            kinds = [t.kind for i in result.interchanges for g in i.groups for t in g.transactions]
            if kinds == [plain.kind] and result.accepted:
                found.setdefault(
                    name.encode() + guide.encode() + made.data, (guide, name, made.data)
                )
    return list(found.values())


SAMPLES = samples()


@pytest.mark.parametrize(
    ("guide", "name", "data"), SAMPLES, ids=[f"{g}-{n}-{i}" for i, (g, n, _) in enumerate(SAMPLES)]
)
def test_what_a_sample_says_can_be_built_again(office, guide, name, data):
    (item,) = read_transactions(data)
    record = parse_review(item) if guide == REVIEW else parse_eligibility(item)
    assert isinstance(record, ReviewRequest | EligibilityInquiry)
    built, refusal = file_of(office, name, record)
    assert refusal is None or [(f.code, f.message) for f in refusal.findings] == []
    assert built is not None
    assert check(name, guide, built).accepted


def test_most_profiles_have_a_sample_that_is_built():
    with_sample = {(guide, name) for guide, name, _ in SAMPLES}
    assert len(with_sample) * 3 >= len(CASES)
