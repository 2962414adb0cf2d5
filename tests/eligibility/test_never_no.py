"""For any response whatever: "no" is said only where a statement that says N stands behind it."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.models.eligibility_strategies import responses
from x12_pa.eligibility import answers
from x12_pa.eligibility.rows import patients
from x12_pa.guides import load_guide

RESPONSE = load_guide("271")

some = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.large_base_example,
    ],
)


@some
@given(st.one_of(responses(RESPONSE, rare=2), responses(RESPONSE, rare=1)))
def test_no_is_said_only_where_n_stands(response):
    rows = [row for patient in patients(response) for row in patient.rows]
    said = {row.path: row.benefit.authorization for row in rows}
    for answer in answers(response):
        told = answer.authorization
        behind = [said[one.evidence.path] for one in told.statements]
        if told.required == "no":
            assert set(behind) == {"N"}
        if told.required == "yes":
            assert set(behind) == {"Y"}
        if told.required == "not said":
            assert behind == []


@some
@given(responses(RESPONSE, rare=2))
def test_every_patient_is_answered(response):
    found = {(answer.level, answer.member_id) for answer in answers(response)}
    assert len(found) <= len(list(patients(response)))
    assert bool(found) == any(True for _ in patients(response))
