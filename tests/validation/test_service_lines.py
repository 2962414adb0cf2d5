"""Rules of service lines (SNIP 6): what goes with a service, found missing, found right."""

import pytest

from tests.validation.defects import VALID, recounted
from x12_pa.guides import load_guide
from x12_pa.validation import validate

LINE = "SV1*HC:73721:RT*100*UN*1***1~\n"
DATE = "DTP*472*D8*20261205~\n"
DRUG = "LIN**N4*00002143480~\nCTP****2.5*ML~\n"
PLACE = "NM1*{}*2~\nN3*1 NOWHERE LANE~\nN4*SAMPLETOWN*PA*19087~\n"
PROVIDER = "PRV*PE*PXC*2085R0202X~\n"


def judged(base, *changes, max_snip=7):
    text = (VALID / f"{base}.edi").read_text()
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return validate(recounted(text).encode(), max_snip=max_snip).findings


def said(base, *changes):
    return [(f.code, f.severity, f.rule.id, f.line) for f in judged(base, *changes)]


def line(service, count="UN*1"):
    return (LINE, f"SV1*HC:{service}*100*{count}***1~\n")


def after(old, new):
    return (old, old + new)


AMBULANCE = {
    "ambulance-trip-names-its-origin",
    "ambulance-trip-names-its-destination",
}


@pytest.mark.parametrize(
    ("service", "count"),
    [
        ("00142:AA", "UN*3"),
        ("01999:RT:QZ", "UN*90"),
        ("00100:P3:QK:QS", "UN*6"),
    ],
)
def test_anesthesia_in_other_units_than_minutes_is_refused(service, count):
    found = said("837p", line(service, count))
    assert found == [("X602", "error", "anesthesia-in-minutes", 28)]


@pytest.mark.parametrize(
    ("service", "count"),
    [
        ("00142:AA", "MJ*45"),
        ("00142", "UN*1"),
        ("01996:AA", "UN*1"),
        ("02000:AA", "UN*1"),
        ("99140:AA", "UN*1"),
    ],
)
def test_anesthesia_is_left_alone_where_minutes_are_given_or_not_surely_asked_for(service, count):
    assert said("837p", line(service, count)) == []


def test_minutes_of_another_service_are_doubted():
    assert said("837p", line("97110", "MJ*30")) == [
        ("X602", "warning", "minutes-are-anesthesia", 28)
    ]


def test_each_line_is_judged_by_itself():
    second = ("SV1*HC:99213*50*UN*1***1:2~\n", "SV1*HC:00142:AA*50*UN*4***1~\n")
    assert said("837p", line("00142:AA", "MJ*45"), second) == [
        ("X602", "error", "anesthesia-in-minutes", 31)
    ]


NEEDS = [
    (
        "waived-test-names-its-laboratory",
        line("81002:QW"),
        [
            after("REF*G1*M00000101~\n", "REF*X4*12D4567890~\n"),
            after(DATE, "REF*X4*12D4567890~\n"),
        ],
    ),
    (
        "mammogram-names-its-certificate",
        line("77067"),
        [
            ("REF*G1*M00000101~\n", "REF*EW*123456~\nREF*G1*M00000101~\n"),
            after(DATE, "REF*EW*123456~\n"),
        ],
    ),
    (
        "inpatient-visit-names-the-admission",
        ("*11:B:1*", "*21:B:1*"),
        [after("*21:B:1*Y*A*Y*Y~\n", "DTP*435*D8*20261204~\n")],
    ),
    (
        "inpatient-visit-names-the-admission",
        (LINE, LINE.replace("UN*1***", "UN*1*21**")),
        [after("*11:B:1*Y*A*Y*Y~\n", "DTP*435*D8*20261204~\n")],
    ),
]


@pytest.mark.parametrize(("rule", "service", "cures"), NEEDS)
def test_what_goes_with_a_service_is_missed_once_at_its_claim(rule, service, cures):
    assert said("837p", service) == [("X601", "warning", rule, 21)]
    for cure in cures:
        assert said("837p", service, cure) == []


def test_an_ambulance_trip_goes_with_its_two_places_and_its_mileage():
    trip, mileage = line("A0429"), line("A0425", "UN*12")
    places = [PLACE.format(name) for name in ("PW", "45")]
    assert {rule for _, _, rule, _ in said("837p", trip)} == AMBULANCE
    assert {rule for _, _, rule, _ in said("837p", mileage)} == {
        *AMBULANCE,
        "ambulance-mileage-names-its-transport",
    }
    of_claim = after(PROVIDER, "".join(places))
    transport = ("HI*ABK:M25561", "CR1****A*DH*12~\nHI*ABK:M25561")
    assert said("837p", mileage, transport, of_claim) == []
    assert said("837p", trip, after(DATE, "".join(places))) == []


def test_a_drug_without_a_quantity_is_doubted():
    assert said("837p", after(DATE, DRUG)) == []
    none = DRUG.replace("2.5", "0.00")
    assert said("837p", after(DATE, none)) == [("X602", "warning", "drug-has-a-quantity", 31)]


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ((("DTP*435*DT*202612090900~\n", ""),), [("X601", "inpatient-claim-names-the-admission")]),
        (
            (("HI*ABJ:M1611~\n", ""),),
            [("X601", "inpatient-claim-names-the-admitting-diagnosis")],
        ),
        ((("*11:A:1*", "*13:A:1*"), ("DTP*435*DT*202612090900~\n", "")), []),
        ((("*11:A:1*", "*11:A:2*"),), [("X602", "stay-that-goes-on-has-no-discharge")]),
        ((("*11:A:1*", "*11:A:3*"), ("DTP*096*TM*1100~\n", "")), []),
        ((("SV2*0636*HC:J1745", "SV2*0022*HC:J1745"),), [("X602", "rate-code-has-its-qualifier")]),
        ((("SV2*0636*HC:J1745", "SV2*0022*HP:CFBA1"),), []),
        (
            (("SV2*0636*HC:J1745", "SV2*0023*"),),
            [("X601", "prospective-payment-line-has-a-rate-code")],
        ),
    ],
)
def test_institutional_claims(changes, found):
    assert [(code, rule) for code, _, rule, _ in said("837i", *changes)] == found


def test_the_type_of_check_can_be_left_out():
    change = line("00142:AA", "UN*3")
    assert [f.snip for f in judged("837p", change, max_snip=6)] == [6]
    assert judged("837p", change, max_snip=5) == []


@pytest.mark.parametrize("guide", ["837P", "837I"])
def test_every_rule_of_service_lines_names_its_source(guide):
    rules = [s for found in load_guide(guide).situations.by_scope.values() for s in found]
    lines = [s for s in rules if s.code.startswith("X6")]
    assert lines
    assert all(s.section and s.message.endswith(".") for s in lines)
