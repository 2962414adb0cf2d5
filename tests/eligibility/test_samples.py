"""Published 271s, some of them faulty: what each is known to show, and nothing that it does not."""

import pytest

from tests.eligibility.support import ask, first, located, sample, told, where
from tests.support import reference_dir
from x12_pa.eligibility import all_refusals, answers
from x12_pa.models.eligibility_sets import locate_eligibility
from x12_pa.syntax import read_transactions

STATES = [
    ("271_apimeister_271-test", 0, "30", "active", "MA Eligible"),
    ("271_inteligenz_example-3-2-2", 0, "30", "active", "GOLD 123 PLAN"),
    ("271_inteligenz_from-georgiosd", 0, "30", "unknown", None),
    ("271_inteligenz_validationforsubscriberbenefitinfo", 0, "30", "active", "GOLD 123 PLAN"),
    ("271_martinjsoles_test271-badts", 0, "30", "unknown", None),
    ("271_martinjsoles_test271-badts", 1, "30", "active", None),
    ("271_martinjsoles_test271-badts", 2, "30", "unknown", None),
    ("271_martinjsoles_test271", 0, "30", "active", None),
    ("271_martinjsoles_testmultipleenvelopes", 0, "98", "active", None),
    ("271_martinjsoles_testmultiplefunctionalgroups", 0, "98", "active", None),
    ("271_mindycorbett93_elig-behavioral-health-005", 0, "98", "inactive", "30"),
    ("271_mindycorbett93_elig-cardiology-005", 0, "98", "inactive", "30"),
    ("271_mindycorbett93_elig-orthopaedics-005", 0, "98", "active", "30"),
    ("271_natholon_test-eligibility-271-mapping-5", 0, "30", "active", None),
    ("271_phatboyg_harness-specs", 0, "55", "active", None),
    ("271_textindex_id-3544423174", 0, "55", "active", None),
    ("271_vivekkum1234_additional-test-3", 0, "30", "active", None),
    ("271_vivekkum1234_testrecommendationservice-2", 0, "30", "inactive", None),
    ("271_vivekkum1234_testrecommendationservice-3", 0, "30", "unknown", None),
    ("271_vivekkum1234_testrecommendationservice-4", 0, "30", "active", None),
]

REJECTED = [
    ("271_healthcare-data-insight_x279-error-response-from-payer-to-clinic-not-eligible-for-in",
     [("2100B", "50", "stop")]),
    ("271_inteligenz_example-3-1-3", [("2100B", "50", "stop")]),
    ("271_inteligenz_from-georgiosd", [("2100C", "42", "wait")]),
    ("271_inteligenz_validationforsource", [("2000A", "42", "wait")]),
    ("271_inteligenz_validationforsubscriberbenefitinfo",
     [("2110C", "CI", "correct"), ("2110C", "70", "correct")]),
    ("271_inteligenz_validationonall",
     [("2000A", "79", "stop"), ("2000A", "42", "correct"),
      ("2100A", "79", "stop"), ("2100A", "80", "wait"),
      ("2100B", "41", "correct"), ("2100B", "41", "correct"),
      ("2100C", "42", "wait"), ("2100D", "35", "stop"),
      ("2110D", "52", "stop"), ("2110D", "60", "wait")]),
    ("271_linuxforhealth_subscriber-health-benefit-check-error", [("2100B", "50", "stop")]),
    ("271_martinjsoles_test271-badts", [("2100C", "72", "correct")]),
    ("271_vivekkum1234_testrecommendationservice-3", [("2100C", "ZZ", "stop")]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "number", "service_type", "state", "plan"), STATES)
def test_coverage_and_plan(name, number, service_type, state, plan):
    answer = first(sample(name), service_type, number=number)
    assert (answer.coverage.state, answer.plan.name) == (state, plan)


@pytest.mark.parametrize(("name", "expected"), REJECTED)
def test_rejections_and_what_to_do(name, expected):
    found = located(sample(name))[0]
    refused = all_refusals(found.record, found.places)
    assert [(one.evidence.loop, one.code, one.action) for one in refused] == expected


def test_every_271_is_asserted_here():
    names = {row[0] for row in STATES} | {row[0] for row in REJECTED}
    found = (reference_dir() / "eligibility" / "samples").glob("271*.edi")
    assert {path.stem for path in found} == names


@pytest.mark.parametrize("name", sorted({row[0] for row in STATES}))
def test_without_eb11_nothing_is_said_about_authorization(name):
    for found in located(sample(name)):
        required = {a.authorization.required for a in answers(found.record, places=found.places)}
        assert required <= {"not said"}


@pytest.mark.parametrize("name", [row[0] for row in STATES if "mindycorbett93" in row[0]])
def test_authorization_told_in_free_text_is_a_hint(name):
    hints = first(sample(name), "98").authorization.hints
    assert [hint.says for hint in hints].count("yes") == 4
    assert {hint.evidence.segment for hint in hints} == {"MSG"}


def test_benefits_of_the_dependent_are_not_the_subscribers():
    subscriber, dependent = told(sample("271_natholon_test-eligibility-271-mapping-5"), "30")
    assert (subscriber.coverage.state, dependent.coverage.state) == ("active", "unknown")


def test_the_network_is_told_for_both_sides():
    answer = first(sample("271_inteligenz_example-3-2-2"), "98")
    assert (answer.level, answer.networks) == ("dependent", ("in", "out"))
    assert where(answer.coverage.evidence[0]) == ("2110D", "EB", 25)


def test_what_is_left_of_a_benefit():
    (left, lifetime) = first(sample("271_phatboyg_harness-specs"), "55").limits
    assert (left.kind, str(left.amount), left.unit) == ("left", "33", "DY")
    assert (lifetime.kind, lifetime.unit) == ("limit", "LA")


def test_what_is_not_covered():
    answer = first(sample("271_martinjsoles_test271-badts"), "54", number=1)
    assert [where(place) for place in answer.non_covered] == [("2110C", "EB", 15)]


def test_the_other_payer():
    (other,) = first(sample("271_apimeister_271-test"), "30").other_payers
    assert other.name == "MEDICARE ABD"


HEAD = """ST*271*0001*005010X279A1~BHT*0022*11*ELIG-1*20261122*1400~HL*1**20*1~
NM1*PR*2*DEMO HEALTH PLAN*****PI*DEMOPAYER~HL*2*1*21*1~NM1*1P*2*EXAMPLE CLINIC*****XX*1234567893~
HL*3*2*22*0~NM1*IL*1*FICTION*FOXTROT****MI*MBR000105~""".replace("\n", "")
ISA = (
    "ISA*00*          *00*          *ZZ*DEMOPAYER      *ZZ*CLINIC001      *261122*1400*^*00501"
    "*000000001*0*T*:~GS*HB*DEMOPAYER*CLINIC001*20261122*1400*1*X*005010X279A1~"
)


@pytest.mark.parametrize(
    ("more", "required", "depends_on"),
    [
        ({}, "unknown", ("network", "place")),
        ({"network": "in", "place": "22"}, "no", ()),
        ({"network": "in", "place": "20"}, "not said", ()),
        ({"network": "out", "place": "20"}, "yes", ()),
        ({"network": "out", "place": "23"}, "no", ()),
        ({"network": "out", "place": "11"}, "yes", ()),
    ],
)
def test_a_payers_rows_by_network_and_place_are_not_collapsed(more, required, depends_on):
    text = ISA + HEAD + sample("fragment_271_eb11_payer-rows-1").read_text()
    text += ("" if text.rstrip().endswith("~") else "~") + "SE*1*0001~GE*1*1~IEA*1*000000001~"
    (transaction,) = read_transactions(text.encode())
    found = locate_eligibility(transaction)
    (answer,) = answers(found.record, asks=[ask("62", **more)], places=found.places)
    said = answer.authorization
    assert (said.required, said.depends_on) == (required, depends_on)
