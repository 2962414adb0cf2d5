"""An answer finds its request by evidence, or a person is asked."""

from datetime import date

from attrs import evolve

from tests.authorizations.specimens import EVENT, MRI, answer, decided, request
from x12_pa.authorizations.matching import (
    Ambiguous,
    Candidate,
    Match,
    NoMatch,
    Rung,
    candidate,
    find_request,
)
from x12_pa.authorizations.opening import opened

OURS = Candidate(
    request_id="r1",
    reference="PA20261122-000417",
    traces=frozenset({("EVT000417", "9CLINIC001"), ("SVC000417-1", "9CLINIC001")}),
    member_id="MBR000123",
    birth_date=date(1970, 3, 12),
    category="HS",
    service_type="62",
)
OTHER = Candidate(
    request_id="r2",
    reference="PA20261122-000500",
    traces=frozenset({("EVT000500", "9CLINIC001")}),
    member_id="MBR000999",
)
ANSWER = f"{EVENT} HCR*A1*E1~ {MRI}"
NO_TRACE = "HL*4*3*EV*0~ UM*HS*I*62~ HCR*A1*E1~"


def test_our_trace_number_and_its_originator_come_first() -> None:
    found = find_request(answer(ANSWER, reference="SOMETHING-ELSE"), [OURS, OTHER])
    assert isinstance(found, Match)
    assert (found.request_id, found.rung) == ("r1", Rung.TRACE)


def test_a_trace_number_of_another_originator_is_no_evidence() -> None:
    foreign = evolve(OURS, traces=frozenset({("EVT000417", "9SOMEBODY1")}), reference="X")
    found = find_request(answer(ANSWER), [evolve(foreign, member_id="MBR000777"), OTHER])
    assert isinstance(found, NoMatch)


def test_a_trace_number_of_the_payer_is_theirs() -> None:
    found = find_request(
        answer(ANSWER.replace("TRN*2*", "TRN*1*"), reference="X"),
        [evolve(OURS, member_id="MBR000777")],
    )
    assert isinstance(found, NoMatch)


def test_without_trace_the_transaction_identifier_finds_it() -> None:
    found = find_request(answer(NO_TRACE), [OURS, OTHER])
    assert isinstance(found, Match)
    assert found.rung is Rung.REFERENCE


def test_a_reference_the_payer_gave_before_finds_it() -> None:
    held = evolve(OURS, references=frozenset({"NT778"}))
    found = find_request(answer(f"{NO_TRACE} REF*NT*NT778~", reference="X"), [held, OTHER])
    assert isinstance(found, Match)
    assert found.rung is Rung.ADMINISTRATIVE


def test_a_number_that_we_hold_finds_a_late_change() -> None:
    held = evolve(OURS, numbers=frozenset({"E1"}))
    found = find_request(answer(NO_TRACE, reference="X"), [held, OTHER])
    assert isinstance(found, Match)
    assert found.rung is Rung.NUMBER


def test_content_alone_only_proposes() -> None:
    found = find_request(answer(NO_TRACE, reference="X"), [OURS, OTHER])
    assert isinstance(found, Ambiguous)
    assert (found.request_ids, found.rung) == (("r1",), Rung.CONTENT)


def test_several_that_fit_are_for_a_person() -> None:
    twin = evolve(OURS, request_id="r3")
    found = find_request(answer(ANSWER), [OURS, twin, OTHER])
    assert isinstance(found, Ambiguous)
    assert found.request_ids == ("r1", "r3")


def test_several_with_one_trace_are_told_apart_by_the_identifier() -> None:
    twin = evolve(OURS, request_id="r3", reference="PA-OLD")
    found = find_request(answer(ANSWER), [OURS, twin])
    assert isinstance(found, Match)
    assert (found.request_id, found.rung) == ("r1", Rung.REFERENCE)


def test_a_lower_rung_never_brings_in_what_a_higher_one_left_out() -> None:
    twin = evolve(OURS, request_id="r3", reference="A")
    outsider = evolve(OTHER, reference="PA-9")
    found = find_request(
        answer(ANSWER, reference="PA-9"), [evolve(OURS, reference="B"), twin, outsider]
    )
    assert isinstance(found, Ambiguous)
    assert found.request_ids == ("r1", "r3")


def test_another_birth_date_is_not_even_proposed() -> None:
    stranger = evolve(OURS, birth_date=date(1999, 1, 1))
    assert isinstance(find_request(answer(NO_TRACE, reference="X"), [stranger]), NoMatch)


def test_the_order_of_candidates_does_not_matter() -> None:
    twin = evolve(OURS, request_id="r0")
    one = find_request(answer(ANSWER), [OURS, twin])
    assert one == find_request(answer(ANSWER), [twin, OURS])


def test_a_candidate_remembers_every_number_it_was_ever_given() -> None:
    sent = opened(request())
    records = [*sent, *decided(f"{EVENT} HCR*A4*T1*0U~ REF*NT*NT1~"), *decided(ANSWER)]
    made = candidate("r1", records, [("EVT000417", "9CLINIC001")])
    assert made.numbers == {"T1", "E1"}
    assert made.references == {"NT1"}
    assert isinstance(find_request(answer(ANSWER), [made]), Match)
