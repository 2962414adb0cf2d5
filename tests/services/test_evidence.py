"""No authorization is required, says a 271: cited on claims, and never wider than what was said."""

import re
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from tests.services.bench import Bench
from tests.services.eligibility import CHECK, CHILD, THERAPY, told
from tests.services.test_eligibility_answers import answered_file
from tests.simulator.support import always, fixture
from tests.support import recounted
from x12_pa.eligibility.schedule import Check
from x12_pa.models import Dependent
from x12_pa.reconcile import LineReport
from x12_pa.services import evidence
from x12_pa.services.claims import fill
from x12_pa.services.evidence import evidence_in_force

CLAIM = f"""\
ISA*00*{"":10}*00*{"":10}*ZZ*CLINIC001      *ZZ*DEMOPAYER      *261220*1400*^*00501*000000901*0*T*:~
GS*HC*CLINIC001*DEMOPAYER*20261220*1400*901*X*005010X222A1~
ST*837*0001*005010X222A1~
BHT*0019*00*CLM901*20261220*1400*CH~
NM1*41*2*EXAMPLE VALLEY CLINIC*****46*CLINIC001~
PER*IC*DESK*TE*5555550100~
NM1*40*2*DEMONSTRATION HEALTH PLAN*****46*DEMOPAYER~
HL*1**20*1~
NM1*85*2*EXAMPLE VALLEY CLINIC*****XX*1000000012~
N3*1 EXAMPLE ROAD~
N4*EXAMPLEVILLE*NY*10001~
REF*EI*123456789~
HL*2*1*22*0~
SBR*P*18*******CI~
NM1*IL*1*TESTER*ALMA****MI*MBR000101~
N3*2 EXAMPLE ROAD~
N4*EXAMPLEVILLE*NY*10001~
DMG*D8*19470202*F~
NM1*PR*2*DEMONSTRATION HEALTH PLAN*****PI*DEMOPAYER~
CLM*P-EVIDENCE*100***22:B:1*Y*A*Y*Y~
HI*ABK:M25561~
LX*1~
SV1*HC:73721*100*UN*1***1~
DTP*472*D8*20261205~
SE*23*0001~
GE*1*901~
IEA*1*000000901~
"""


def line(bench: Bench, *changes: tuple[str, str]) -> LineReport:
    """Return what became of the only line of the claim, changed by (text, other text)."""
    text = CLAIM
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (claim,) = fill(bench.office, BytesIO(text.encode())).claims
    (found,) = claim.lines
    return found


def asked(folder: Path, *rows: Check, **answer: Any) -> Bench:
    bench = Bench(folder, told(**{"authorization": "N", **answer}))
    bench.told(*(rows or (CHECK,)))
    return bench


def test_a_plain_no_is_cited_with_its_day_trace_and_segment(tmp_path: Path) -> None:
    found = line(asked(tmp_path))
    assert (found.outcome, found.reason) == ("not_required", "evidence-not-required")
    assert found.number is None
    assert found.authorization == "EL20261122-000001/271"
    assert "271 of 2026-11-22 (trace EL20261122-000001, 2110C EB, segment 12)" in found.detail


@pytest.mark.parametrize("said", ["Y", "U", None])
def test_nothing_but_no_is_evidence(tmp_path: Path, said: str | None) -> None:
    bench = Bench(tmp_path, told(**({"authorization": said} if said else {})))
    bench.told(CHECK)
    assert line(bench).reason == "no-authorization"


WIDER = {
    "another day": ("20261205", "20261206"),
    "a range of days": ("DTP*472*D8*20261205", "DTP*472*RD8*20261205-20261207"),
    "another place": ("***22:B:1", "***11:B:1"),
    "another procedure": ("HC:73721", "HC:73722"),
    "another modifier": ("HC:73721", "HC:73721:26"),
    "another member": ("MBR000101", "MBR000102"),
    "another provider": ("XX*1000000012", "XX*1000000020"),
    "another payer": ("PI*DEMOPAYER", "PI*OTHERPAYER"),
}


@pytest.mark.parametrize("change", WIDER.values(), ids=WIDER)
def test_evidence_is_never_wider_than_what_was_asked_and_told(
    tmp_path: Path, change: tuple[str, str]
) -> None:
    found = line(asked(tmp_path), change)
    assert (found.outcome, found.reason) == ("refused", "no-authorization")
    assert "271" not in found.detail


def test_what_holds_for_the_subscriber_is_no_evidence_for_a_dependent(tmp_path: Path) -> None:
    bench = asked(tmp_path, CHILD)
    assert line(bench).reason == "no-authorization"


DEPENDENT = (
    ("HL*2*1*22*0", "HL*2*1*22*1"),
    ("SBR*P*18*", "SBR*P**"),
    (
        "CLM*P-EVIDENCE",
        "HL*3*2*23*0~\nPAT*19~\nNM1*QC*1*TESTER*EMIL~\nN3*2 EXAMPLE ROAD~\n"
        "N4*EXAMPLEVILLE*NY*10001~\nDMG*D8*20140801*M~\nCLM*P-EVIDENCE",
    ),
)


def test_what_holds_for_a_dependent_is_evidence_for_that_dependent_only(tmp_path: Path) -> None:
    bench = asked(tmp_path, CHILD)
    assert line(bench, *DEPENDENT).reason == "evidence-not-required"
    sister = (*DEPENDENT, ("TESTER*EMIL", "TESTER*FRIDA"), ("20140801", "20160901"))
    assert line(bench, *sister).outcome != "not_required"


SECOND = "LX*2~\nSV1*HC:73722*100*UN*1***1~\nDTP*472*D8*20261205~\nSE*26*"


def test_of_two_lines_only_the_procedure_that_was_asked_about_needs_none(tmp_path: Path) -> None:
    text = CLAIM.replace("SE*23*", SECOND).replace("*100***22", "*200***22")
    (claim,) = fill(asked(tmp_path).office, BytesIO(text.encode())).claims
    assert [(found.outcome, found.reason) for found in claim.lines] == [
        ("not_required", "evidence-not-required"),
        ("refused", "no-authorization"),
    ]


def test_each_line_cites_the_answer_about_its_own_procedure(tmp_path: Path) -> None:
    text = CLAIM.replace("SE*23*", SECOND).replace("*100***22", "*200***22")
    bench = asked(tmp_path, CHECK, evolve(CHECK, procedure="73722"))
    (claim,) = fill(bench.office, BytesIO(text.encode())).claims
    assert [found.authorization for found in claim.lines] == [
        "EL20261122-000001/271",
        "EL20261122-000002/271",
    ]


INSTITUTIONAL = (
    ("005010X222A1", "005010X223A2"),
    ("***22:B:1*Y*A*Y*Y~", "***22:A:1**A*Y*Y~\nDTP*434*RD8*20261205-20261205~\nCL1*3*1*01~"),
    ("HI*ABK:M25561~", "HI*ABK:M25561~\nNM1*71*1*MOCKTON*BLAIR****XX*1000000020~"),
    ("SV1*HC:73721*100*UN*1***1~", "SV2*0610*HC:73721*100*UN*1~"),
    ("SE*23*", "SE*26*"),
)


@pytest.mark.parametrize(
    ("procedure", "reason"),
    [("HC:73721", "evidence-not-required"), ("HC:73722", "no-authorization")],
)
def test_the_procedure_of_an_institutional_line_counts_too(
    tmp_path: Path, procedure: str, reason: str
) -> None:
    bench = asked(tmp_path, evolve(CHECK, place_of_service=None))
    assert line(bench, *INSTITUTIONAL, ("HC:73721", procedure)).reason == reason


def test_a_denial_for_a_sister_leaves_the_evidence_of_her_brother(tmp_path: Path) -> None:
    bench = asked(tmp_path, CHILD)
    sister = Dependent(
        last_name="TESTER", first_name="FRIDA", birth_date=date(2016, 9, 1), relationship="19"
    )
    bench.payer.personality = always(decision="A3", reason="0F")
    bench.submit(evolve(fixture(1), dependent=sister))
    bench.run()
    bench.poll()
    bench.run()
    assert line(bench, *DEPENDENT).reason == "evidence-not-required"


def test_a_no_for_the_service_type_is_none_for_a_procedure(tmp_path: Path) -> None:
    assert line(asked(tmp_path, THERAPY)).reason == "no-authorization"


def test_a_no_under_inactive_coverage_is_none(tmp_path: Path) -> None:
    found = line(asked(tmp_path, begins="2026-01-01", ends="2026-11-30"))
    assert found.reason == "no-authorization"


def test_a_text_that_says_otherwise_takes_the_evidence_away(tmp_path: Path) -> None:
    found = line(asked(tmp_path, message="PRIOR AUTHORIZATION IS REQUIRED"))
    assert found.reason == "no-authorization"


def test_a_no_for_a_place_that_was_not_asked_about_is_none(tmp_path: Path) -> None:
    bench = asked(tmp_path, evolve(CHECK, place_of_service=None), places=["22"])
    assert line(bench).reason == "no-authorization"


@pytest.mark.parametrize(("said", "reason"), [
    (b"*Y*W*", "no-authorization"),
    (b"*U*W*", "no-authorization"),
    (b"**W*", "no-authorization"),
    (b"*N*W*", "evidence-not-required"),
])  # fmt: skip
def test_the_later_word_of_the_payer_counts(tmp_path: Path, said: bytes, reason: str) -> None:
    bench = Bench(tmp_path, told(authorization="N"))
    data = answered_file(bench, CHECK)
    bench.ingest(data)
    later = re.sub(rb"(BHT\*0022\*11\*[^*]*\*)\d{8}\*\d{6}", rb"\g<1>20261130*0900", data)
    later = re.sub(rb"(^ISA.{87})\d{9}", rb"\g<1>000000778", later.replace(b"*N*W*", said))
    bench.ingest(re.sub(rb"(IEA\*\d+\*)\d{9}", rb"\g<1>000000778", later))
    assert line(bench).reason == reason


def test_another_question_about_the_service_with_another_answer_takes_it_away(
    tmp_path: Path,
) -> None:
    rule = {"when": {"place": "22"}, "answer": {"authorization": "N"}}
    bench = Bench(tmp_path, told(rule, authorization="Y"))
    bench.told(CHECK, evolve(CHECK, place_of_service=None))
    assert line(bench).reason == "no-authorization"


def test_a_rejection_of_the_next_inquiry_says_nothing_about_the_service(tmp_path: Path) -> None:
    bench = asked(tmp_path)
    bench.payer.personality = told(reject=["42"], follow_up="R")
    bench.check(CHECK, again=True)
    bench.run()
    bench.poll()
    bench.run()
    assert line(bench).reason == "evidence-not-required"


PLAN = evolve(CHECK, procedure=None, service_type="30", place_of_service=None)


@pytest.mark.parametrize("next_question", [PLAN, evolve(CHECK, procedure="70551")])
def test_a_newer_answer_that_the_plan_is_not_in_force_takes_the_evidence_away(
    tmp_path: Path, next_question: Check
) -> None:
    bench = asked(tmp_path)
    bench.payer.personality = told(coverage="inactive", ends="2026-11-30")
    bench.told(next_question)
    assert line(bench).reason == "no-authorization"


REQUESTED = evolve(
    CHECK,
    procedure="HC:73721:RT",
    provider_npi="1000000038",
    place_of_service="11",
    service_date=CHECK.service_date.replace(day=10),
)
AS_REQUESTED = (
    ("20261205", "20261210"),
    ("HC:73721", "HC:73721:RT"),
    ("***22:B:1", "***11:B:1"),
    ("XX*1000000012", "XX*1000000038"),
)
"""As the first request of the demo asks for it: the very service that evidence is there for."""


def test_the_requested_service_has_evidence_while_nothing_is_decided(tmp_path: Path) -> None:
    assert line(asked(tmp_path, REQUESTED), *AS_REQUESTED).reason == "evidence-not-required"


def test_a_number_in_force_is_better_than_evidence(tmp_path: Path) -> None:
    bench = asked(tmp_path, REQUESTED)
    bench.submit(1)
    bench.run()
    bench.poll()
    bench.run()
    found = line(bench, *AS_REQUESTED)
    assert (found.outcome, found.number) == ("inserted", "M00000101")


def test_a_denial_that_came_later_is_told_and_the_evidence_is_not(tmp_path: Path) -> None:
    bench = asked(tmp_path, REQUESTED)
    bench.payer.personality = evolve(
        bench.payer.personality,
        otherwise=evolve(bench.payer.personality.otherwise, decision="A3", reasons=("0F",)),
    )
    bench.submit(1)
    bench.run()
    bench.poll()
    bench.run()
    assert line(bench, *AS_REQUESTED).reason == "denied"


@pytest.mark.parametrize(("usage", "reason"), [("P", "no-authorization"), ("T", "exact")])
def test_a_number_of_a_test_is_for_test_claims_only(
    tmp_path: Path, usage: str, reason: str
) -> None:
    bench = Bench(tmp_path)
    bench.submit(1, test=True)
    bench.run()
    bench.poll()
    bench.run()
    assert line(bench, *AS_REQUESTED, ("*T*:~", f"*{usage}*:~")).reason == reason


def test_a_denial_by_the_delegated_reviewer_ends_the_evidence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = asked(tmp_path, REQUESTED)
    bench.payer.personality = evolve(
        bench.payer.personality,
        otherwise=evolve(bench.payer.personality.otherwise, decision="A3", reasons=("0F",)),
    )
    bench.submit(1)
    bench.run()
    bench.poll()
    bench.run()
    others = [evolve(record, payer="REVIEWER") for record in bench.decided()]
    monkeypatch.setattr(evidence, "current", lambda tx: others)
    assert evidence_in_force(bench.office) == []


def enveloped(data: bytes, control: int, said: tuple[bytes, bytes] = (b"", b"")) -> bytes:
    """Return a 271 under another control number, with one text replaced by another."""
    assert said[0] in data
    data = re.sub(rb"(^ISA.{87})\d{9}", rb"\g<1>%09d" % control, recounted(data.replace(*said)))
    return re.sub(rb"(IEA\*\d+\*)\d{9}", rb"\g<1>%09d" % control, data)


def dated(data: bytes, day: bytes) -> bytes:
    return re.sub(rb"(BHT\*0022\*11\*[^*]*\*)\d{8}", rb"\g<1>" + day, data)


REQUIRED = (b"*N*W*", b"*Y*W*")
PLAN = b"EB*1**30**EXAMPLE PPO~"

NOT_MEANT: dict[str, tuple[bytes, bytes]] = {
    "a service that is not covered": (b"EB*CB*", b"EB*I*"),
    "a service that is excluded": (b"EB*CB*", b"EB*E*"),
    "a service that is not deemed necessary": (b"EB*CB*", b"EB*O*"),
    "another plan of the patient needs one": (
        PLAN,
        PLAN + b"\nEB*1**30**OTHER HMO~\nEB*CB****OTHER HMO******Y*W*HC:73721~",
    ),
    "only on one side of the network": (b"*N*W*", b"*N*Y*"),
    "only at another place": (b"*N*W*HC:73721~", b"*N*W*HC:73721~\nIII*ZZ*11~"),
    "only on other days": (b"*N*W*HC:73721~", b"*N*W*HC:73721~\nDTP*348*D8*20270101~"),
    "only with a modifier that was not asked about": (b"*HC:73721~", b"*HC:73721:26~"),
    "another procedure": (b"*HC:73721~", b"*HC:73722~"),
}


@pytest.mark.parametrize("change", NOT_MEANT.values(), ids=NOT_MEANT)
def test_a_no_that_is_not_about_this_service_is_none(
    tmp_path: Path, change: tuple[bytes, bytes]
) -> None:
    bench = Bench(tmp_path, told(authorization="N"))
    bench.ingest(enveloped(answered_file(bench, CHECK), 801, change))
    assert line(bench).reason == "no-authorization"


def test_free_text_alone_is_no_evidence(tmp_path: Path) -> None:
    bench = Bench(tmp_path, told(message="NO PRIOR AUTHORIZATION REQUIRED"))
    bench.told(CHECK)
    assert line(bench).reason == "no-authorization"


def test_a_no_of_both_plans_is_evidence(tmp_path: Path) -> None:
    bench = Bench(tmp_path, told(authorization="N"))
    both = (PLAN, PLAN + b"\nEB*1**30**OTHER HMO~")
    bench.ingest(enveloped(answered_file(bench, CHECK), 801, both))
    assert line(bench).reason == "evidence-not-required"


def test_what_was_told_in_a_test_is_no_evidence(tmp_path: Path) -> None:
    bench = Bench(tmp_path, told(authorization="N"))
    bench.check(CHECK, test=True)
    bench.run()
    bench.poll()
    bench.run()
    assert line(bench).reason == "no-authorization"


def test_an_answer_that_the_payer_marks_as_a_test_is_no_evidence(tmp_path: Path) -> None:
    bench = Bench(tmp_path, told(authorization="N"))
    data = answered_file(bench, CHECK)
    assert data[102:103] == b"P"
    bench.ingest(data[:102] + b"T" + data[103:])
    assert bench.requests()[0].state == "answered"
    assert line(bench).reason == "no-authorization"
    bench.ingest(dated(enveloped(data, 802), b"20261130"))
    assert line(bench).reason == "evidence-not-required"


def test_a_test_answer_does_not_take_evidence_away_either(tmp_path: Path) -> None:
    bench = Bench(tmp_path, told(authorization="N"))
    data = answered_file(bench, CHECK)
    bench.ingest(data)
    later = dated(enveloped(data, 802, REQUIRED), b"20261130")
    bench.ingest(later[:102] + b"T" + later[103:])
    assert line(bench).reason == "evidence-not-required"


def test_a_newer_yes_that_came_in_first_is_not_overtaken_by_the_older_no(tmp_path: Path) -> None:
    bench = Bench(tmp_path, told(authorization="N"))
    data = answered_file(bench, CHECK)
    bench.ingest(dated(enveloped(data, 801, REQUIRED), b"20261130"))
    bench.ingest(data)
    assert line(bench).reason == "no-authorization"


@pytest.mark.parametrize("yes_first", [True, False])
def test_of_two_answers_of_one_minute_neither_is_the_later(tmp_path: Path, yes_first: bool) -> None:
    bench = Bench(tmp_path, told(authorization="N"))
    data = answered_file(bench, CHECK)
    files = [enveloped(data, 801, REQUIRED), enveloped(data, 802)]
    for file in files if yes_first else reversed(files):
        bench.ingest(file)
    assert line(bench).reason == "no-authorization"


def test_a_no_that_is_repeated_after_a_yes_is_still_the_old_no(tmp_path: Path) -> None:
    bench = Bench(tmp_path, told(authorization="N"))
    data = answered_file(bench, CHECK)
    bench.ingest(data)
    bench.ingest(dated(enveloped(data, 801, REQUIRED), b"20261130"))
    bench.ingest(enveloped(data, 802))
    assert line(bench).reason == "no-authorization"


def test_a_member_who_is_not_known_any_more_has_no_evidence(tmp_path: Path) -> None:
    bench = asked(tmp_path)
    bench.payer.personality = told(reject=["75"])
    bench.check(CHECK, again=True)
    bench.run()
    bench.poll()
    bench.run()
    assert line(bench).reason == "no-authorization"


def test_a_new_member_id_has_no_evidence_of_the_old_one(tmp_path: Path) -> None:
    bench = asked(tmp_path, member_id="MBR000777")
    assert line(bench, ("MBR000101", "MBR000777")).reason == "no-authorization"


SOMEBODY_ELSE = {
    "a twin": ("TESTER*EMIL", "TESTER*EMMA"),
    "a namesake": ("20140801", "20160901"),
    "a child of another name": ("NM1*QC*1*TESTER", "NM1*QC*1*FICTION"),
}


@pytest.mark.parametrize("change", SOMEBODY_ELSE.values(), ids=SOMEBODY_ELSE)
def test_evidence_for_one_dependent_is_none_for_another(
    tmp_path: Path, change: tuple[str, str]
) -> None:
    assert line(asked(tmp_path, CHILD), *DEPENDENT, change).outcome == "refused"


def test_evidence_for_a_dependent_is_none_for_the_subscriber(tmp_path: Path) -> None:
    assert line(asked(tmp_path, CHILD)).reason == "no-authorization"


@pytest.mark.parametrize(("decision", "reason"), [
    ({"decision": "A4", "reason": "0V"}, "not-a-decision"),
    ({"decision": "CT"}, "not-a-decision"),
    ({"decision": "A3", "reason": "0F"}, "denied"),
])  # fmt: skip
def test_a_later_decision_that_is_no_permission_takes_the_evidence_away(
    tmp_path: Path, decision: dict[str, str], reason: str
) -> None:
    bench = asked(tmp_path, REQUESTED)
    bench.payer.personality = always(**decision)
    bench.submit(1)
    bench.run()
    bench.poll()
    bench.run()
    assert line(bench, *AS_REQUESTED).reason == reason


@pytest.mark.parametrize(
    ("row", "asked_name", "told_name"),
    [
        (CHECK, b"TESTER*ALMA", b"STRANGER*ZOE"),
        (CHILD, b"TESTER*EMIL", b"TESTER*EMMA"),
    ],
    ids=["stranger", "twin"],
)
def test_an_answer_about_somebody_else_under_our_trace_is_no_evidence(
    tmp_path: Path, row: Check, asked_name: bytes, told_name: bytes
) -> None:
    bench = Bench(tmp_path, told(authorization="N"))
    data = answered_file(bench, row)
    bench.ingest(data.replace(asked_name, told_name))
    assert evidence_in_force(bench.office) == []


def test_a_second_name_of_the_patient_leaves_the_evidence(tmp_path: Path) -> None:
    bench = Bench(tmp_path, told(authorization="N"))
    bench.ingest(answered_file(bench, CHECK).replace(b"TESTER*ALMA*", b"TESTER*ALMA*R"))
    assert len(evidence_in_force(bench.office)) == 1


def test_an_answer_dated_far_ahead_is_not_the_last_word_for_ever(tmp_path: Path) -> None:
    bench = Bench(tmp_path, told(authorization="N"))
    data = answered_file(bench, CHECK)
    bench.ingest(dated(data, b"20621130"))
    bench.now += timedelta(days=2)
    bench.ingest(dated(enveloped(data, 801, REQUIRED), b"20261124"))
    assert line(bench).reason == "no-authorization"
