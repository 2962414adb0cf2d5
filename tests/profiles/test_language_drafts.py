"""All 152 draft rules of the fact files load and run, or stand here with the reason why not."""

from collections import defaultdict

import pytest
from attrs import evolve

from tests.profiles.drafts import drafts, profile_file
from tests.profiles.support import TODAY, text_of
from tests.support import FIXTURES
from x12_pa.errors import ConfigError
from x12_pa.guides import load_profile
from x12_pa.guides.hooks import Hooks, messages_of
from x12_pa.syntax import read_interchanges
from x12_pa.validation import validate
from x12_pa.validation.partner_standing import OPERATIONS_WHY, check_profile, standings

SCHEDULE, ORDER, RATE = (OPERATIONS_WHY[name] for name in ("schedule", "ack_order", "rate"))
NOT_JUDGED = {
    "caqh_core.03": SCHEDULE,
    "caqh_core.08": "what counts as one error is the partner's affair",
    "mailbox_misc.06": RATE,
    "mailbox_misc.09": ORDER,
    "medicare_hets.04": RATE,
    "medicare_hets.06": SCHEDULE,
    "north_sound.02": SCHEDULE,
    "office_ally_realtime.32": SCHEDULE,
}
# A draft that allows what 005010X217 does not: the requester stands in 2010B, not in 2010EA.
REFUSED = {"harvard_pilgrim.14": "1P is not allowed there"}


def test_there_are_152_of_them():
    assert len(list(drafts())) == 152


def test_every_draft_loads_and_is_judged_or_is_listed_with_its_reason(tmp_path):
    why = {}
    for draft in drafts():
        (standing,) = standings(load_profile(profile_file(tmp_path, draft.fact, [draft.rule])))
        if not standing.judged:
            why[draft.fact] = standing.why
    assert why == NOT_JUDGED


@pytest.mark.parametrize("fact", REFUSED)
def test_a_draft_that_widens_is_refused_with_the_reason(tmp_path, fact):
    (draft,) = (draft for draft in drafts() if draft.fact == fact)
    with pytest.raises(ConfigError, match=REFUSED[fact]):
        check_profile(load_profile(profile_file(tmp_path, fact, [draft.rule])))


def _families():
    found = defaultdict(list)
    for draft in drafts():
        if draft.fact not in REFUSED:
            found[draft.family].append(draft.rule)
    return found


# What no file says, and where it comes from when it is there.
HISTORY = {
    "anthem-elevance.04",
    "cms-esmd.19",
    "florida-flmmis.02",
    "florida-flmmis.05",
    "harvard-pilgrim.10",
    "harvard-pilgrim.11",
    "indiana-ihcp.03",
    "unitedhealthcare.01",
}
REGISTRIES = {
    "aetna.02",
    "harvard-pilgrim.07",
    "office-ally-batch.15",
    "ohio-odm.01",
    "ohio-odm.02",
}
CONTEXT = {
    "mode": "realtime",
    "env": "production",
    "channel": "direct",
    "file.name": "file.837",
    "lob": "medicaid",
    "partner.sender_id": "CLINIC001",
    "$payer.reject_unused": False,
    "$payer.uppercase": "true",
    "$payer.spaces_ok": "true",
    "$payer.charset": "x12-extended",
    "$service": "other",
    "$ctx.program": "ffs",
    "$config.nm102": "2",
    "$config.nm108": "PI",
    "$config.nm109": "DEMOPAYER",
    "@sender_oid": "urn:oid:1.2.3",
    "@soap.header/mustUnderstand": "true",
    "@envelope.ReceiverID": "77032",
    "$ctx.provider_type": "individual",
    "$ctx.plan_family": "community_state",
    "$ctx.state": "CT",
}


UPDATE = (("UM*HS*I", "UM*HS*4"), ("MSG*KNEE", "PWK*77*EL***AC*ACN000001~\nMSG*KNEE"))


class Oracle:
    """A registry that has every value, and says of each what the drafts ask."""

    listed = ("DEMOPAYER",)

    def __call__(self, value, keys):
        return "1"


ALL_KNOWING = Oracle()


class Everything(dict):
    """Registries of every name."""

    def get(self, name, default=None):
        return ALL_KNOWING


class Known:
    """A history in which nothing repeats, and which knows the request of every answer."""

    def seen(self, path, value, keys, since):
        return False

    def earlier(self, keys):
        return self.request(keys)

    def request(self, keys):
        name = "270" if "2000C/TRN/02" in keys else "278-request-subscriber"
        (interchange,) = read_interchanges((FIXTURES / "valid" / f"{name}.edi").read_bytes())
        return next(evolve(message, action="A1") for _, _, message in messages_of(interchange))


def undecided(folder, **options):
    """Return the drafts that are reported as not checked in some file, each once per file."""
    reviews = ("admission", "services", "subscriber")
    names = (*(f"278-request-{name}" for name in reviews), "278-response-certified", "270", "271")
    files = [(FIXTURES / "valid" / f"{name}.edi").read_bytes() for name in (*names, "837p")]
    files.append(text_of("278-request-subscriber", *UPDATE))
    found = set()
    for family, rules in _families().items():
        profile = load_profile(profile_file(folder, family, rules))
        for data in files:
            result = validate(data, profile=profile, today=TODAY, **options)
            names = [item.rule.id for item in result.findings if item.code == "P901"]
            assert len(names) == len(set(names)), "unknown is said once per file"
            found |= set(names)
    return found


def test_with_context_only_history_and_registries_are_missing(tmp_path):
    assert undecided(tmp_path, context=CONTEXT) == HISTORY | REGISTRIES


def test_with_ledger_registries_and_context_every_draft_is_decided(tmp_path):
    hooks = Hooks(history=Known(), lookups=Everything())
    assert undecided(tmp_path, context=CONTEXT, hooks=hooks) == set()
