"""Building under a profile and then validating under it passes, or is refused before queueing."""

import random

import pytest

from tests.profiles.support import profile_of
from tests.services.bench import IDENTITY, LEDGER, MAILBOX, Bench
from x12_pa.guides import load_guide
from x12_pa.ledger.mailboxes import files
from x12_pa.services.defaults import context_of, delimiters_for, envelope_defaults
from x12_pa.validation import validate

RULES = [
    {"values": {"ISA07": ["ZZ"]}},
    {"values": {"GS03": ["DEMOGS"]}},
    {"values": {"ISA14": ["0"]}},
    {"values": {"ISA16": [">"]}},
    {"delimiters": {"element": "|", "segment": "'"}},
    {"choose": {"ISA08": {"by": "@mode", "map": {"batch": "BATCHPAYER", "realtime": "RT"}}}},
    {"equals": {"ISA06": "$partner.sender_id"}},
    {"equals": {"2000E/TRN03": "2000F/TRN03"}},
    {"values": {"2010A/NM108": ["PI"]}},
    {"values": {"2000E/UM02": ["R"]}},
    {"require": "2000E/CL1"},
    {"format": {"2010C/NM109": r"MBR\d{6}"}},
    {"charset": {"upper": True}},
    {"length": {"2000E/MSG01": {"max": 5}}},
    {"date_window": {"path": "2000E/DTP[AAH]/03", "not_after": "today+P1M"}},
    {"count": {"of": "2000F", "per": "2000E", "max": 1}},
]


@pytest.mark.parametrize("seed", range(6))
def test_what_is_queued_is_valid_under_its_profile_and_the_rest_is_refused(tmp_path, seed):
    chosen = random.Random(seed).sample(RULES, 5)
    out = {"applies": {"tx": "278", "direction": "out"}}
    rules = [rule | out for rule in chosen]
    profile = profile_of(tmp_path, *rules, envelope={"ISA08": "DEMOPAYER"})
    config = IDENTITY + LEDGER + MAILBOX.replace('"demo-payer"', '"payer.yaml"')
    bench = Bench(tmp_path, config=config)
    try:
        (done,) = bench.submit(1 + seed * 7).outcomes
        with bench.office.ledger.read() as tx:
            sent = [bench.office.ledger.spool.read(item.sha256) for item in files(tx)]
        assert (done.state, len(sent)) in (("queued", 1), ("refused", 0))
        assert (done.state == "refused") == bool(done.findings)
        known = context_of(sender="CLINIC001", usage="P")
        for data in sent:
            today = bench.now.date()
            assert validate(data, profile=profile, today=today, context=known).accepted
    finally:
        bench.close()


def test_the_profile_supplies_envelope_and_separators(tmp_path):
    rules = [rule for rule in RULES if {"values", "choose", "delimiters"} & set(rule)]
    profile = profile_of(tmp_path, *rules)
    guide, known = load_guide("278-request"), context_of(sender="CLINIC001", usage="T")
    found = envelope_defaults(profile, guide, known)
    assert (found["ISA08"], found["GS03"], found["ISA14"]) == ("BATCHPAYER", "DEMOGS", "0")
    marks = delimiters_for(profile, guide, known)
    assert (marks.element, marks.component, marks.segment) == ("|", ">", "'")
