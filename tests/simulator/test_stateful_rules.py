"""The payer answers breaches of rules about earlier files, answers and registries."""

from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from tests.simulator.support import always, fixture, interchange
from tests.simulator.test_expected_answers import aaa, profile
from tests.support import NOW
from x12_pa.guides import load_profile
from x12_pa.models import Attachment, ReviewRequest, ReviewResponse, parse_review
from x12_pa.simulator.payer import Payer
from x12_pa.syntax import read_interchanges, read_segments

MRI, SCANS, THIRD = 1, 2, 3
ONCE = {"unique": {"path": "2000E/PWK06", "over": "partner.interchanges"}}
ISA_ONCE = {"unique": {"path": "ISA13", "over": "partner.interchanges"}, "expect": {"TA1": "any"}}
FINAL = {"transition": {"cancel_if": ["A1"]}, **{"expect": aaa(("2000E", "33", "C"))}}


class Desk:
    """A payer with these rules that remembers what it is sent."""

    def __init__(self, folder: Path, *rules: dict[str, Any], **answer: Any) -> None:
        self.folder, self.rules = folder, profile(folder, *rules)
        self.who = always(**(answer or {"decision": "A1"}))
        self.more: dict[str, Any] = {}
        self.payer = self.opened()

    def opened(self) -> Payer:
        return Payer(
            self.folder / "mailbox",
            self.folder / "state",
            personality=self.who,
            profile=load_profile(self.rules),
            clock=lambda: NOW,
            **self.more,
        )

    def ask(self, *requests: ReviewRequest, control: int) -> list[str]:
        """Send requests; return the segments of everything that comes back."""
        files = [data for _, data in self.payer.answer(interchange(*requests, control=control))]
        return [item.text for data in files for item in read_segments(data)]

    def send(self, *requests: ReviewRequest, control: int) -> list[str]:
        """Drop a file into the mailbox, and let the payer look; return what it delivers."""
        name = f"request-{control}.x12"
        data = interchange(*requests, control=control)
        (self.folder / "mailbox" / "inbound" / name).write_bytes(data)
        found = [self.folder / "mailbox" / "outbound" / n for n in self.payer.poll().delivered]
        return [item.text for path in found for item in read_segments(path.read_bytes())]


def with_document(number: int, control: str) -> ReviewRequest:
    request = fixture(number)
    paper = Attachment(type="77", transmission="EL", control_number=control)
    return evolve(request, event=evolve(request.event, attachments=(paper,)))


def named(texts: list[str], *names: str) -> list[str]:
    return [text for text in texts if text.split("*")[0] in names]


def cancellation(number: int, **changes: Any) -> ReviewRequest:
    before = fixture(number)
    event = evolve(before.event, certification_type="3", **changes)
    return evolve(before, reference=f"{before.reference}-3", event=event)


def test_a_number_used_before_is_rejected_as_the_rule_expects(tmp_path):
    desk = Desk(tmp_path, {**ONCE, "expect": aaa(("2000E", "33", "C"))})
    assert named(desk.ask(with_document(MRI, "ACN1"), control=1), "AAA") == []
    again = desk.ask(with_document(SCANS, "ACN1"), control=2)
    assert named(again, "AAA", "HCR") == ["AAA*N**33*C"]
    assert named(desk.ask(with_document(THIRD, "ACN3"), control=3), "AAA") == []


def test_without_expect_the_999_names_the_element(tmp_path):
    desk = Desk(tmp_path, ONCE)
    desk.ask(with_document(MRI, "ACN1"), control=1)
    again = desk.ask(with_document(SCANS, "ACN1"), control=2)
    assert [text.split("*")[1] for text in named(again, "IK3")] == ["PWK"]
    assert [text.split("*")[3] for text in named(again, "IK4")] == ["7"]


def test_what_was_refused_does_not_count_as_used(tmp_path):
    desk = Desk(tmp_path, ONCE, {"format": {"2010C/NM109": "MBR00010[12]"}})
    stranger = with_document(MRI, "ACN1")
    stranger = evolve(stranger, subscriber=evolve(stranger.subscriber, member_id="MBR999999"))
    assert named(desk.ask(stranger, control=1), "IK5") != []
    member = evolve(stranger, subscriber=evolve(stranger.subscriber, member_id="MBR000101"))
    assert named(desk.ask(member, control=2), "IK3", "AAA") == []


def test_an_interchange_number_used_before_is_told_as_a_duplicate(tmp_path):
    desk = Desk(tmp_path, ISA_ONCE)
    desk.who = evolve(desk.who, duplicate_interchange="answer")
    desk.payer = desk.opened()
    desk.ask(fixture(MRI), control=1)
    found = desk.ask(fixture(SCANS), control=1)
    assert named(found, "TA1", "AK1") == ["TA1*000000001*261122*1400*R*025"]


def test_the_payer_remembers_after_a_restart_and_keeps_no_value_in_clear(tmp_path):
    desk = Desk(tmp_path, ONCE)
    desk.send(with_document(MRI, "ACN-SECRET-1"), control=1)
    assert "ACN-SECRET" not in (tmp_path / "state" / "payer.json").read_text()
    desk.payer = desk.opened()
    assert named(desk.send(with_document(SCANS, "ACN-SECRET-1"), control=2), "IK4") != []


@pytest.mark.parametrize(
    ("answer", "rejected"),
    [({"decision": "A1"}, []), ({"decision": "A3", "reason": "0U"}, ["AAA*N**33*C"])],
)
def test_a_cancellation_is_taken_only_after_the_answer_that_the_rule_names(
    tmp_path, answer, rejected
):
    desk = Desk(tmp_path, FINAL, **answer)
    desk.send(fixture(MRI), control=1)
    desk.payer = desk.opened()
    assert named(desk.ask(cancellation(MRI), control=2), "AAA") == rejected


def test_an_update_finds_its_request_by_the_number_of_the_answer(tmp_path):
    desk = Desk(tmp_path, {"transition": {"immutable": ["2000E/UM03"]}})
    desk.ask(fixture(MRI), control=1)
    (known,) = desk.payer._memory.answered
    number = known.keys["2000E/REF[BB]/02"][0]
    changed = cancellation(MRI, previous_authorization=number, service_type="1", traces=())
    assert [t.split("*")[1] for t in named(desk.ask(changed, control=2), "IK3")] == ["UM"]


def test_a_registry_is_asked(tmp_path):
    rule = {"lookup": {"path": "2010B/NM109", "in": "roster"}, "expect": aaa(("2010B", "43", "C"))}
    desk = Desk(tmp_path, rule)
    assert named(desk.ask(fixture(MRI), control=1), "AAA") == []
    desk.more = {"lookups": {"roster": lambda value, keys: False}}
    desk.payer = desk.opened()
    assert named(desk.ask(fixture(MRI), control=2), "AAA") == ["AAA*N**43*C"]


def test_the_name_of_a_file_in_the_mailbox_is_known(tmp_path):
    desk = Desk(tmp_path, {"file": {"name": "PA_*"}, "expect": {"TA1": "024"}})
    assert named(desk.send(fixture(MRI), control=1), "TA1") == ["TA1*000000001*261122*1400*R*024"]


def test_what_the_payer_cannot_know_refuses_nothing(tmp_path):
    rule = {"equals": {"2010B/NM109": "$partner.npi"}, "expect": {"TA1": "024"}}
    found = Desk(tmp_path, rule).ask(fixture(MRI), control=1)
    (answer,) = [
        parse_review(item)
        for interchange in read_interchanges("~".join(found).encode() + b"~")
        for group in interchange.groups
        for item in group.transactions
        if item.id == "278"
    ]
    assert isinstance(answer, ReviewResponse)
