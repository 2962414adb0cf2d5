"""The payer at its mailbox: what it takes, what it delivers, and when."""

import json
import random
from pathlib import Path

import pytest

from tests.simulator.support import (
    Desk,
    always,
    dated,
    fixture,
    interchange,
    load,
    personality,
    request_files,
    responses,
    segments,
)
from x12_pa.errors import ConfigError
from x12_pa.guides import load_profile
from x12_pa.models import ReviewRequest
from x12_pa.syntax import read_interchanges
from x12_pa.validation import validate


def test_request_is_acknowledged_and_answered(tmp_path: Path):
    found = Desk(tmp_path).ask(fixture(1))
    assert segments(found, "TA1")[0].split("*")[4] == "A"
    assert segments(found, "AK9") == ["AK9*A*1*1*1"]
    assert [r.reference for r in responses(found)] == ["PA20261122-000001"]


def test_envelope_of_the_answer_is_that_of_the_request_turned_round(tmp_path: Path):
    for item in Desk(tmp_path).ask(fixture(1)):
        assert (item.sender, item.receiver, item.usage) == ("DEMOPAYER", "CLINIC001", "T")


def test_file_is_taken_once(tmp_path: Path):
    desk = Desk(tmp_path)
    assert desk.ask(fixture(1))
    assert desk.poll() == []
    assert list((tmp_path / "mailbox" / "inbound").iterdir()) == []


@pytest.mark.parametrize("name", [".request.x12", "request.x12.tmp", "request.x12.part"])
def test_file_under_a_temporary_name_is_left_alone(tmp_path: Path, name: str):
    desk = Desk(tmp_path)
    desk.put(interchange(fixture(1)), name)
    assert desk.poll() == []
    assert (tmp_path / "mailbox" / "inbound" / name).exists()


def test_half_a_file_waits_for_the_other_half(tmp_path: Path):
    desk, data = Desk(tmp_path), interchange(fixture(1))
    desk.put(data[:-20])
    assert desk.poll() == []
    desk.put(data)
    assert len(responses(desk.poll())) == 1


def test_several_requests_in_one_group_get_one_999_and_an_answer_each(tmp_path: Path):
    found = Desk(tmp_path).ask(fixture(1), fixture(2), fixture(3))
    assert segments(found, "AK9") == ["AK9*A*3*3*3"]
    assert len(responses(found)) == 3


def test_faulty_request_is_refused_by_999_and_not_answered(tmp_path: Path):
    data = interchange(fixture(1)).replace(b"UM*HS*I*62", b"UM*QQ*I*62")
    desk = Desk(tmp_path)
    desk.put(data)
    found = desk.poll()
    assert segments(found, "AK9") == ["AK9*R*1*1*0"]
    assert responses(found) == []


def test_breach_of_the_companion_profile_is_refused_by_999(tmp_path: Path):
    desk = Desk(tmp_path)
    desk.put(interchange(fixture(1)).replace(b"MI*MBR000101", b"MI*XYZ000101"))
    assert segments(desk.poll(), "IK5")[0].startswith("IK5*R")


def test_scripted_999_refuses_one_request_of_two(tmp_path: Path):
    found = Desk(tmp_path).ask(fixture(52), fixture(1))
    assert segments(found, "AK9")[0].startswith("AK9*P*2*2*1")
    assert segments(found, "IK3")[0].split("*")[1] == "HI"
    assert [r.reference for r in responses(found)] == ["PA20261122-000001"]


def test_scripted_ta1_refuses_the_interchange(tmp_path: Path):
    found = Desk(tmp_path, always(refuse_ta1="006")).ask(fixture(1))
    assert segments(found, "TA1")[0].split("*")[4:] == ["R", "006"]
    assert responses(found) == []


def test_control_number_used_twice_is_refused_as_a_duplicate(tmp_path: Path):
    desk = Desk(tmp_path)
    desk.ask(fixture(1), control=7)
    found = desk.ask(fixture(1), control=7)
    assert segments(found, "TA1")[0].split("*")[4:] == ["R", "025"]
    assert responses(found) == []


def test_late_answer_comes_a_poll_later_and_survives_a_restart(tmp_path: Path):
    who = always(decision="A1", late=1)
    desk = Desk(tmp_path, who)
    assert responses(desk.ask(fixture(1))) == []
    desk.payer = desk.restarted(who)
    assert len(responses(desk.poll())) == 1
    assert desk.poll() == []


def test_pend_is_followed_by_its_decision(tmp_path: Path):
    desk = Desk(tmp_path)
    (first,) = responses(desk.ask(fixture(36)))
    (second,) = responses(desk.poll())
    actions = [r.events[0].decision.action for r in (first, second) if r.events[0].decision]
    assert actions == ["A4", "A1"]
    assert first.created_at != second.created_at


def test_silence_after_acknowledgement_and_silence_of_a_lost_file(tmp_path: Path):
    quiet = Desk(tmp_path / "a", always(silence="answer")).ask(fixture(1))
    assert (len(segments(quiet, "AK9")), responses(quiet)) == (1, [])
    assert Desk(tmp_path / "b", always(silence="all")).ask(fixture(1)) == []


def test_answer_sent_twice_is_the_same_answer_under_other_control_numbers(tmp_path: Path):
    found = Desk(tmp_path, always(decision="A1", copies=2)).ask(fixture(1))
    first, second = responses(found)
    assert first == second
    assert len({item.control for item in found}) == 3


def test_control_numbers_are_never_used_again(tmp_path: Path):
    desk = Desk(tmp_path, always(decision="A1"))
    numbers = [item.control for item in desk.ask(fixture(1), control=1)]
    desk.payer = desk.restarted(always(decision="A1"))
    numbers += [item.control for item in desk.ask(fixture(2), control=2)]
    assert len(set(numbers)) == len(numbers) == 4


def test_same_requests_get_the_same_numbers_in_any_order(tmp_path: Path):
    def numbers(folder: Path, *order: int) -> set[str | None]:
        found = responses(Desk(folder).ask(*(fixture(n) for n in order)))
        services = [s for r in found for e in r.events for s in e.services]
        return {s.decision.number for s in services if s.decision}

    assert numbers(tmp_path / "a", 1, 2, 8) == numbers(tmp_path / "b", 8, 1, 2)


def test_files_appear_in_outbound_whole(tmp_path: Path):
    Desk(tmp_path).ask(fixture(1))
    names = sorted(p.name for p in (tmp_path / "mailbox" / "outbound").iterdir())
    assert names == ["000000001.999.x12", "000000002.278.x12"]


def test_text_that_is_not_x12_is_left_alone(tmp_path: Path):
    desk = Desk(tmp_path)
    desk.put(b"hello", "readme.txt")
    assert desk.poll() == []


def test_damaged_memory_says_what_to_do(tmp_path: Path):
    Desk(tmp_path).ask(fixture(1))
    (tmp_path / "state" / "payer.json").write_text(json.dumps({"polls": "x", "unknown": 1}))
    with pytest.raises(ConfigError, match="Remove the directory"):
        Desk(tmp_path)


@pytest.mark.parametrize("path", request_files(), ids=lambda path: path.stem)
def test_demo_request_and_its_answers_validate_clean(tmp_path: Path, path: Path):
    request: ReviewRequest = load(path)
    sent = validate(interchange(request), profile=load_profile("demo-payer"))
    assert [(f.code, f.element, f.message) for f in sent.findings] == []
    desk = Desk(tmp_path)
    desk.ask(request)
    desk.poll()
    for file in sorted((tmp_path / "mailbox" / "outbound").iterdir()):
        found = validate(file.read_bytes()).findings
        assert [(file.name, f.code, f.loop, f.segment, f.message) for f in found] == []


@pytest.mark.parametrize(
    "answer",
    [
        {"decision": "A1", "number": "both", "window": {"form": "007+036"}},
        {"decision": "A1", "window": {"form": "AAH", "level": "event"}},
        {"decision": "A1", "window": {"form": "472"}},
        {"decision": "A1", "window": {"form": "none"}},
        {"decision": "A2", "services": [{"index": 1, "decision": "A3", "reason": "0F"}]},
        {"decision": "A4", "reason": ["0U", "0W"], "ask": [{"report": "OB"}, {"loinc": "18842-5"}]},
        {"decision": "A6", "quantity": 1, "reason": "10", "message": "FEWER"},
        {"decision": "C"},
        {"decision": "CT", "contact": {"phone": "8005550111"}},
        {"decision": "NA", "reason": "0H"},
        {"reject": {"level": "umo", "codes": ["42"], "follow_up": "P"}},
        {"reject": {"level": "requester", "codes": ["51"], "follow_up": "C"}},
        {"reject": {"level": "subscriber", "codes": ["72", "75"], "follow_up": "C"}},
        {"reject": {"level": "event", "codes": ["33"], "follow_up": "C"}},
        {"reject": {"level": "provider", "codes": ["51"], "follow_up": "C"}},
        {"reject": {"level": "service", "codes": ["33"], "follow_up": "C"}},
        {"refuse_999": {"segment": "UM", "element": 3, "element_code": "I6"}},
        {"refuse_999": {"segment": "HI", "segment_code": "5"}},
        {"refuse_ta1": "022"},
    ],
    ids=lambda answer: "-".join(map(str, next(iter(answer.items())))),
)
def test_whatever_is_scripted_comes_out_clean(tmp_path: Path, answer: dict[str, object]):
    found = Desk(tmp_path, always(**answer)).ask(fixture(2), fixture(5), fixture(20))
    assert found
    for file in (tmp_path / "mailbox" / "outbound").iterdir():
        errors = [f for f in validate(file.read_bytes()).findings if f.severity == "error"]
        assert [(f.code, f.loop, f.segment, f.message) for f in errors] == []


def test_rejected_member_of_a_dependent_has_no_dependent(tmp_path: Path):
    who = personality(
        {
            "when": {"dependent": True},
            "answer": {"reject": {"level": "dependent", "codes": ["67"], "follow_up": "C"}},
        }
    )
    (response,) = responses(Desk(tmp_path, who).ask(dated(fixture(5))))
    assert response.dependent is not None
    assert [r.reason for r in response.dependent.rejects] == ["67"]
    assert response.events == ()


def test_answers_of_another_interchange_separator_come_back_readable(tmp_path: Path):
    data = interchange(fixture(1)).replace(b"*", b"|")
    desk = Desk(tmp_path)
    desk.put(data)
    assert len(responses(desk.poll())) == 1
    assert next(iter(read_interchanges(data))).delimiters.element == "|"


def test_damaged_files_never_stop_the_payer(tmp_path: Path):
    desk, chance = Desk(tmp_path), random.Random(278)
    whole = [interchange(load(path), control=n) for n, path in enumerate(request_files(), 1)]
    for number, data in enumerate(whole):
        damaged = bytearray(data)
        for _ in range(3):
            place = chance.randrange(106, len(damaged) - 40)
            del damaged[place : place + chance.randrange(12)]
        desk.put(bytes(damaged), f"{number:03d}.x12")
    found = desk.poll()
    verdicts = {text.split("*")[1] for text in segments(found, "IK5")}
    assert "R" in verdicts
    assert list((tmp_path / "mailbox" / "inbound").iterdir()) == []
