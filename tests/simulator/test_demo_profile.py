"""Each rule of the demo payer's companion profile objects to one breach, and only to that."""

import pytest

from tests.simulator.support import fixture, interchange
from x12_pa.guides import load_profile
from x12_pa.validation import validate

BREACHES = {
    "umo-id": (b"*PI*DEMOPAYER", b"*PI*OTHERPAYER"),
    "umo-id-qualifier": (b"*PI*DEMOPAYER", b"*46*DEMOPAYER"),
    "requester-npi": (b"*****XX*1000000012", b"*****46*1000000012"),
    "requester-contact": (b"PER*IC*PRIOR AUTHORIZATION DESK*TE*5555550100~\n", b""),
    "member-id-format": (b"MI*MBR000101", b"MI*000101"),
    "subscriber-birth-date": (b"DMG*D8*19470202*M~\n", b""),
    "event-trace": (b"TRN*1*EVT000001*9CLINIC001~\n", b""),
    "diagnosis-required": (b"HI*ABK:M25561~\n", b""),
    "message-length": (b"HI*ABK:M25561~\n", b"HI*ABK:M25561~\nMSG*" + b"X" * 201 + b"~\n"),
}


def test_there_is_a_breach_for_every_rule():
    assert set(BREACHES) == {rule.id for rule in load_profile("demo-payer").rules}


@pytest.mark.parametrize("rule", BREACHES)
def test_breach_is_one_finding_of_the_profile_and_none_of_the_guide(rule: str):
    right, wrong = BREACHES[rule]
    whole = interchange(fixture(1))
    assert right in whole
    data = whole.replace(right, wrong)
    lines = data.count(b"\n") - whole.count(b"\n")
    data = data.replace(b"SE*22*", b"SE*%d*" % (22 + lines))
    found = validate(data, profile=load_profile("demo-payer")).findings
    assert [f.source for f in found] == ["profile:demo-payer"], [f.message for f in found]
    assert validate(data).findings == []
