"""Queueing requests: in any form, each one once, and nothing lost on account of another."""

import json

import pytest
from attrs import evolve

from tests.services.bench import Bench, json_lines, states_of, unnumbered
from tests.simulator.support import fixture, interchange
from x12_pa.errors import DocumentError
from x12_pa.ledger.control_numbers import counters
from x12_pa.ledger.mailboxes import files
from x12_pa.models import to_json
from x12_pa.services import submit as module
from x12_pa.services.reading import Source
from x12_pa.validation import validate

CSV = b"""\
reference,reviewer.kind,reviewer_name,reviewer_id,requester.kind,requester_name,requester_npi,\
requester.contact.name,requester.contact.numbers[0].type,requester.contact.numbers[0].number,\
subscriber_last_name,subscriber_first_name,member_id,subscriber_birth_date,category,\
certification_type,service_type,place_of_service,event_date,diagnoses,procedure,unit,count
CSV-1,2,DEMONSTRATION HEALTH PLAN,DEMOPAYER,2,EXAMPLE VALLEY CLINIC,1000000012,DESK,TE,5555550100,\
TESTER,ALMA,MBR000777,1980-01-01,HS,I,62,22,2026-12-01/2026-12-31,M25561,73721,UN,1
CSV-2,2,DEMONSTRATION HEALTH PLAN,DEMOPAYER,2,EXAMPLE VALLEY CLINIC,1000000012,DESK,TE,5555550100,\
TESTER,BERTA,MBR000778,1981-01-01,HS,I,62,22,2026-12-01/2026-12-31,M25562,73721,UN,1
"""


def queued_bytes(bench: Bench) -> list[bytes]:
    with bench.office.ledger.read() as tx:
        return [bench.office.ledger.spool.read(each.sha256) for each in files(tx)]


def test_json_is_queued_as_a_valid_interchange_under_our_envelope(bench: Bench) -> None:
    done = bench.submit(1)
    assert states_of(done) == ["queued"]
    (data,) = queued_bytes(bench)
    assert validate(data, profile=bench.office.profile_of(bench.office.only_mailbox(None))).accepted
    assert data[:106].decode().split("*")[6:9:2] == ["CLINIC001      ", "DEMOPAYER      "]


def test_json_lines_are_one_interchange(bench: Bench) -> None:
    done = bench.submit(json_lines(*(to_json(fixture(n)) for n in (1, 2, 3))))
    assert states_of(done) == ["queued"] * 3
    assert queued_bytes(bench)[0].count(b"ST*278*") == 3


def test_a_json_array_is_read_like_json_lines(bench: Bench) -> None:
    text = json.dumps([to_json(fixture(1)), to_json(fixture(2))], indent=1)
    assert states_of(bench.submit(Source("-", text.encode()))) == ["queued"] * 2


def test_csv_is_queued(bench: Bench) -> None:
    done = bench.submit(Source("requests.csv", CSV))
    assert [(i.state, i.reference) for i in done.outcomes] == [
        ("queued", "CSV-1"),
        ("queued", "CSV-2"),
    ]


def test_a_278_made_elsewhere_goes_out_under_our_envelope_with_its_own_traces(bench: Bench) -> None:
    made = interchange(fixture(1), control=777)
    done = bench.submit(Source("elsewhere.x12", made))
    (data,) = queued_bytes(bench)
    assert states_of(done) == ["queued"]
    assert b"*000000001*" in data[:106]
    assert b"TRN*1*EVT000001*9CLINIC001" in data


def test_the_same_request_is_queued_once_across_calls_and_forms(bench: Bench) -> None:
    bench.submit(1)
    again = bench.submit(1)
    lines = bench.submit(json_lines(to_json(fixture(1))))
    assert states_of(again) + states_of(lines) == ["known", "known"]
    assert (again.file, again.clean) == (None, True)
    assert len(queued_bytes(bench)) == 1


def test_the_same_request_twice_in_one_call_is_queued_once(bench: Bench) -> None:
    done = bench.submit(1, 1)
    assert states_of(done) == ["queued", "known"]
    assert queued_bytes(bench)[0].count(b"ST*278*") == 1


def test_a_request_without_a_reference_is_known_by_its_content(bench: Bench) -> None:
    request = unnumbered(1)
    first = bench.submit(request, request)
    again = bench.submit(request)
    assert states_of(first) + states_of(again) == ["queued", "known", "known"]
    names = {item.reference for item in (*first.outcomes, *again.outcomes)}
    assert len(names) == 1
    assert None not in names


def changed(number: int) -> dict[str, object]:
    request = fixture(number)
    return to_json(evolve(request, event=evolve(request.event, service_type="2")))


def test_a_changed_request_with_the_same_reference_is_a_conflict_in_a_later_call(
    bench: Bench,
) -> None:
    bench.submit(1)
    done = bench.submit(json_lines(changed(1)))
    assert (states_of(done), done.clean, done.file) == (["conflict"], False, None)


def test_two_requests_with_one_reference_in_one_call_are_a_conflict(bench: Bench) -> None:
    done = bench.submit(json_lines(to_json(fixture(1)), changed(1)))
    assert states_of(done) == ["queued", "conflict"]
    assert queued_bytes(bench)[0].count(b"ST*278*") == 1


def test_a_test_does_not_stand_in_the_way_of_the_real_request(bench: Bench) -> None:
    test = bench.submit(unnumbered(1), test=True)
    real = bench.submit(unnumbered(1))
    assert states_of(test) + states_of(real) == ["queued", "queued"]


def test_a_test_under_a_reference_of_its_own_is_a_conflict_and_never_taken_for_known(
    bench: Bench,
) -> None:
    bench.submit(2, test=True)
    done = bench.submit(2)
    assert (states_of(done), done.clean) == (["conflict"], False)


def test_a_reference_that_somebody_gave_is_never_assigned_to_another_request(bench: Bench) -> None:
    bench.submit(1)
    done = bench.submit(unnumbered(3), 2)
    assert states_of(done) == ["queued", "queued"]
    assert [item.reference for item in done.outcomes] == ["PA20261122-000003", "PA20261122-000002"]


def test_one_that_would_be_rejected_of_three_is_refused_and_the_others_are_queued(
    bench: Bench,
) -> None:
    bad = to_json(fixture(2))
    bad["subscriber"]["member_id"] = "NOT-A-MEMBER-ID"
    done = bench.submit(json_lines(to_json(fixture(1)), bad, to_json(fixture(3))))
    assert states_of(done) == ["queued", "refused", "queued"]
    (finding,) = done.outcomes[1].findings
    assert (finding.segment, finding.source) == ("NM1", "profile:demo-payer")
    assert set(bench.states()) == {"PA20261122-000001", "PA20261122-000003"}
    assert states_of(bench.submit(2)) == ["queued"], "corrected, it goes out under its reference"


def test_a_document_that_does_not_fit_its_form_is_refused_alone(bench: Bench) -> None:
    bad = {**to_json(fixture(2)), "subscribr": {}}
    done = bench.submit(json_lines(to_json(fixture(1)), bad))
    assert states_of(done) == ["queued", "refused"]
    assert "line 2" in done.outcomes[1].findings[0].message
    assert "did you mean 'subscriber'?" in done.outcomes[1].findings[0].message


def test_a_csv_row_with_a_bad_date_is_refused_alone(bench: Bench) -> None:
    done = bench.submit(Source("r.csv", CSV.replace(b"1981-01-01", b"01/01/1981")))
    assert states_of(done) == ["queued", "refused"]
    assert "row 3" in done.outcomes[1].findings[0].message


def test_of_a_278_made_elsewhere_only_the_faulty_set_is_refused(bench: Bench) -> None:
    made = interchange(fixture(1), fixture(2)).replace(b"UM*HS*I*62", b"UM*QQ*I*62", 1)
    assert states_of(bench.submit(Source("elsewhere.x12", made))) == ["refused", "queued"]


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[: data.rindex(b"SE*")],
        lambda data: data[: data.rindex(b"GE*")],
        lambda data: data.replace(b"IEA*1*000000001", b"IEA*1*000000002"),
        lambda data: data.replace(b"GE*2*1", b"GE*3*1"),
    ],
    ids=["cut in a set", "cut before GE", "control numbers", "sets missing"],
)
def test_nothing_of_a_damaged_interchange_is_sent(bench: Bench, damage) -> None:
    data = damage(interchange(fixture(1), fixture(2)))
    done = bench.submit(Source("damaged.x12", data))
    assert set(states_of(done)) == {"refused"}
    assert all(item.findings for item in done.outcomes)


def test_an_unreadable_input_among_good_ones_queues_nothing(bench: Bench) -> None:
    with pytest.raises(DocumentError, match=r"letter\.txt"):
        bench.submit(1, Source("letter.txt", b"Dear payer"))
    assert bench.requests() == []


def test_a_crash_inside_the_transaction_loses_number_and_request_alike(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def power_cut(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(module, "record_decisions", power_cut)
        with pytest.raises(KeyboardInterrupt):
            bench.submit(1)
    with bench.office.ledger.read() as tx:
        assert [c.value for c in counters(tx) if c.value] == []
    assert bench.requests() == []
    bench.submit(1)
    assert b"*000000001*" in queued_bytes(bench)[0][:106]


def test_a_refused_request_takes_no_interchange_number(bench: Bench) -> None:
    bad = to_json(fixture(2))
    bad["subscriber"]["member_id"] = "X"
    bench.submit(json_lines(bad))
    bench.submit(1)
    assert b"*000000001*" in queued_bytes(bench)[0][:106]
