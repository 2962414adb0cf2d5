"""A breach of the payer's rules is answered as the companion guide says, stage by stage."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.services.bench import Bench
from tests.simulator.support import always, fixture, interchange, personality
from tests.support import NOW
from x12_pa.guides import Profile, load_profile
from x12_pa.guides.profile import profile_ids
from x12_pa.guides.yaml_lines import read_lines
from x12_pa.models import ReviewRequest, ReviewResponse, parse_review
from x12_pa.services.profile_samples import make_sample, samples_path
from x12_pa.simulator.payer import Payer
from x12_pa.simulator.personality import Personality
from x12_pa.syntax import read_interchanges, read_segments
from x12_pa.validation import validate

MRI, SCANS, DEPENDENT = 1, 2, 5
MEMBER = {"format": {"2010C/NM109": r"MBR0009\d\d"}}
SCAN = {"format": {"2000F/SV101-02": "74177"}}


def profile(folder: Path, *rules: dict[str, Any], **more: Any) -> Path:
    """Write a profile whose rules are about what is sent to the payer."""
    path = folder / "strict-payer.yaml"
    about = {"applies": {"tx": "278", "direction": "out"}, "source": "section 1"}
    data = {
        "profile": "strict-payer",
        "title": "A payer made up for tests",
        "source": {"title": "no guide", "provenance": "own"},
        "rules": [{"id": f"rule-{n}", **about, **rule} for n, rule in enumerate(rules, 1)],
        **more,
    }
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    return path


def payer(folder: Path, rules: Path | str, who: Personality | None = None) -> Payer:
    who = who or always(decision="A1")
    known: Profile = load_profile(rules)
    return Payer(
        folder / "mailbox", folder / "state", personality=who, profile=known, clock=lambda: NOW
    )


def sample(name: str, rule: str) -> bytes:
    """Return the sample beside a shipped profile that breaks this rule."""
    path = samples_path(load_profile(name))
    assert path is not None
    return make_sample(read_lines(path), path, rule, "fail").data


def shipped(folder: Path, name: str, data: bytes) -> list[str]:
    """Return the segments with which the payer of a shipped profile acknowledges a file."""
    acks = [file for kind, file in payer(folder, name).answer(data) if kind == "999"]
    return [item.text for file in acks for item in read_segments(file)]


class Answers:
    """What a payer with these rules answers to a file; our validator takes every answer."""

    def __init__(self, folder: Path, data: bytes, *rules: dict[str, Any], **more: Any) -> None:
        who = more.pop("who", None)
        self.files = list(payer(folder, profile(folder, *rules, **more), who).answer(data))
        for _, file in self.files:
            errors = [f for f in validate(file).findings if f.severity == "error"]
            assert [(f.code, f.loop, f.message) for f in errors] == []

    @property
    def segments(self) -> list[str]:
        texts = []
        for _, file in self.files:
            for item in read_interchanges(file):
                texts += [each.text for each in item.loose]
                for group in item.groups:
                    texts += [s.text for t in group.transactions for s in t.segments]
        return texts

    def named(self, *names: str) -> list[str]:
        return [text for text in self.segments if text.split("*")[0] in names]

    @property
    def responses(self) -> list[ReviewResponse]:
        found = []
        for kind, file in self.files:
            for item in read_interchanges(file):
                for group in item.groups if kind == "278" else ():
                    for transaction in group.transactions:
                        record = parse_review(transaction)
                        assert isinstance(record, ReviewResponse)
                        found.append(record)
        return found

    @property
    def response(self) -> ReviewResponse:
        (found,) = self.responses
        return found


def ask(folder: Path, *rules: dict[str, Any], number: int = MRI, **more: Any) -> Answers:
    return Answers(folder, interchange(fixture(number)), *rules, **more)


def aaa(*items: tuple[str, ...]) -> dict[str, Any]:
    keys = ("loop", "code", "follow")
    return {"AAA": [dict(zip(keys, item, strict=False)) for item in items]}


# TA1


def test_expected_ta1_refuses_the_interchange_and_nothing_else_is_answered(tmp_path: Path):
    found = ask(tmp_path, {**MEMBER, "expect": {"TA1": "022"}})
    assert found.segments == ["TA1*000000001*261122*1400*R*022"]


def test_expected_ta1_for_a_group_header_is_told_by_ta1_not_by_999(tmp_path: Path):
    rule = {"values": {"GS02": ["OTHERCLINIC"]}, "expect": {"TA1": "006"}}
    assert ask(tmp_path, rule).segments == ["TA1*000000001*261122*1400*R*006"]


def test_any_ta1_takes_the_code_of_the_element_of_the_envelope(tmp_path: Path):
    rule = {"values": {"ISA06": ["OTHERCLINIC"]}, "expect": {"TA1": "any"}}
    assert ask(tmp_path, rule).segments == ["TA1*000000001*261122*1400*R*006"]


def test_any_ta1_for_a_place_inside_a_set_is_bad_content(tmp_path: Path):
    found = ask(tmp_path, {**MEMBER, "expect": {"TA1": "any"}})
    assert found.segments == ["TA1*000000001*261122*1400*R*024"]


def test_ta1_for_a_whole_file_refuses_each_of_its_interchanges(tmp_path: Path):
    data = interchange(fixture(MRI)) + interchange(fixture(SCANS), control=2)
    rule = {"file": {"min_bytes": 1_000_000}, "expect": {"TA1": "022"}}
    found = Answers(tmp_path, data, rule)
    assert [text.split("*")[1] for text in found.named("TA1")] == ["000000001", "000000002"]
    assert len(found.segments) == 2


def test_ta1_comes_before_what_a_later_stage_would_say(tmp_path: Path):
    first = {**MEMBER, "expect": {"TA1": "024"}}
    second = {**SCAN, "expect": aaa(("2000F", "15", "C"))}
    assert ask(tmp_path, first, second).segments == ["TA1*000000001*261122*1400*R*024"]


def test_ta1_that_the_guide_names_comes_before_one_that_we_infer(tmp_path: Path):
    rules = {**MEMBER, "expect": {"TA1": "022"}}
    found = ask(tmp_path, rules, envelope={"ISA08": "OTHERPAYER"})
    assert found.segments == ["TA1*000000001*261122*1400*R*022"]


def test_ta1_of_a_warning_is_a_remark(tmp_path: Path):
    found = ask(tmp_path, {**MEMBER, "severity": "warning", "expect": {"TA1": "024"}})
    assert found.named("TA1") == ["TA1*000000001*261122*1400*E*024"]
    assert found.response.events[0].decision is not None


# 999


def test_expected_element_code_stands_in_the_999(tmp_path: Path):
    found = ask(tmp_path, {**MEMBER, "expect": {"IK4": "7"}})
    assert found.named("IK3", "IK4") == ["IK3*NM1*9*2010*8", "IK4*9*67*7"]
    assert found.named("AK9") == ["AK9*R*1*1*0"]
    assert found.responses == []


def test_expected_segment_and_element_replace_those_of_the_finding(tmp_path: Path):
    found = ask(tmp_path, {**MEMBER, "expect": {"IK3": "DMG", "IK4": "2*1251*8"}})
    assert found.named("IK3") == ["IK3*DMG*10*2010*8"]
    assert [text[:10] for text in found.named("IK4")] == ["IK4*2*1251"]


def test_expected_segment_code_stands_in_the_999(tmp_path: Path):
    found = ask(tmp_path, {"require": "2000E/MSG", "expect": {"IK3": "3"}})
    assert [text.split("*")[4] for text in found.named("IK3")] == ["3"]
    assert found.named("IK5") == ["IK5*R*5"]


def test_code_of_a_condition_names_where_the_condition_arose(tmp_path: Path):
    found = ask(tmp_path, {"require": "2000F/MSG", "each": "2000F", "expect": {"IK3": "I6"}})
    assert [text.split("*")[4] for text in found.named("IK3")] == ["I6"]
    assert found.named("CTX")[-1].startswith("CTX*SITUATIONAL TRIGGER*")


def test_words_alone_change_nothing(tmp_path: Path):
    (tmp_path / "a").mkdir(), (tmp_path / "b").mkdir()
    said = ask(tmp_path / "a", {**MEMBER, "expect": {"text": "a call from the help desk"}})
    assert said.segments == ask(tmp_path / "b", MEMBER).segments
    assert said.named("IK4") == ["IK4*9*67*I12"]


# AAA


def test_expected_aaa_comes_after_a_999_that_accepts(tmp_path: Path):
    found = ask(tmp_path, {**MEMBER, "expect": aaa(("2010C", "72", "C"))})
    assert found.named("IK5", "AK9") == ["IK5*A", "AK9*A*1*1*1"]
    assert found.named("AAA", "HCR") == ["AAA*N**72*C"]
    subscriber = found.response.subscriber
    assert subscriber is not None
    assert [reject.reason for reject in subscriber.rejects] == ["72"]
    assert found.response.events == ()


def test_follow_up_that_is_not_named_is_the_first_that_the_guide_allows(tmp_path: Path):
    found = ask(tmp_path, {**MEMBER, "expect": aaa(("2010A", "79"))})
    assert found.named("AAA") == ["AAA*N**79*N"]
    assert found.response.requester is None


def test_rejection_stands_at_the_service_that_broke_the_rule(tmp_path: Path):
    found = ask(tmp_path, {**SCAN, "expect": aaa(("2000F", "33", "C"))}, number=SCANS)
    first, second = found.response.events[0].services
    assert (first.rejects, [r.reason for r in second.rejects]) == ((), ["33"])


@pytest.mark.parametrize("operator", [{"require": "2000F/MSG"}, {"any_of": [["2000F/PWK"]]}])
def test_what_a_service_lacks_is_rejected_at_that_service(tmp_path: Path, operator: dict[str, Any]):
    rule = {"when": {"2000F/SV101-02": "71260"}, "then": operator, "each": "2000F"}
    found = ask(tmp_path, {**rule, "expect": aaa(("2000F", "15", "C"))}, number=SCANS)
    assert [len(s.rejects) for s in found.response.events[0].services] == [0, 1]


def test_what_every_service_lacks_is_rejected_at_every_service(tmp_path: Path):
    rule = {"require": "2000F/MSG", "expect": aaa(("2000F", "15", "C"))}
    found = ask(tmp_path, rule, number=SCANS)
    assert [len(s.rejects) for s in found.response.events[0].services] == [1, 1]


def test_rejection_of_a_provider_stands_at_the_provider(tmp_path: Path):
    rule = {"values": {"2010EA/NM109": ["1000000020"]}, "expect": aaa(("2010EA", "43", "C"))}
    providers = ask(tmp_path, rule, number=SCANS).response.events[0].providers
    assert [[r.reason for r in each.rejects] for each in providers] == [["43"]]


def test_rejection_of_a_loop_that_the_response_has_not_stands_above_it(tmp_path: Path):
    found = ask(tmp_path, {**MEMBER, "expect": aaa(("2010D", "71", "N"))})
    assert found.response.subscriber is not None
    assert [r.reason for r in found.response.subscriber.rejects] == ["71"]


def test_rejection_that_its_loop_does_not_know_stands_where_it_is_known(tmp_path: Path):
    rule = {**SCAN, "expect": aaa(("2010F", "T5", "C"))}
    services = ask(tmp_path, rule, number=SCANS).response.events[0].services
    assert [[r.reason for r in each.rejects] for each in services] == [[], ["T5"]]


def test_rejection_of_a_level_that_has_no_aaa_stands_at_its_name(tmp_path: Path):
    found = ask(tmp_path, {**MEMBER, "expect": aaa(("2000C", "72", "C"))})
    assert found.response.subscriber is not None
    assert [r.reason for r in found.response.subscriber.rejects] == ["72"]


def test_rejection_of_a_dependent_keeps_the_subscriber(tmp_path: Path):
    rule = {"values": {"2010D/NM103": ["SOMEONE"]}, "expect": aaa(("2010D", "71", "C"))}
    found = ask(tmp_path, rule, number=DEPENDENT).response
    assert found.subscriber is not None
    assert found.dependent is not None
    assert (found.subscriber.rejects, len(found.dependent.rejects)) == ((), 1)


def test_two_rejections_of_one_rule_both_stand(tmp_path: Path):
    rule = {**MEMBER, "expect": aaa(("2010B", "79", "N"), ("2010C", "72", "C"))}
    found = ask(tmp_path, rule)
    assert found.named("AAA") == ["AAA*N**79*N", "AAA*N**72*C"]


def test_same_rejection_from_two_rules_stands_once(tmp_path: Path):
    other = {"values": {"2010C/NM103": ["SOMEONE"]}}
    wanted = {"expect": aaa(("2010C", "73", "C"))}
    assert ask(tmp_path, {**MEMBER, **wanted}, {**other, **wanted}).named("AAA") == ["AAA*N**73*C"]


def test_breach_in_a_group_header_rejects_every_request_of_the_group(tmp_path: Path):
    data = interchange(fixture(MRI), fixture(SCANS))
    rule = {"values": {"GS02": ["OTHERCLINIC"]}, "expect": aaa(("2010B", "41", "N"))}
    found = Answers(tmp_path, data, rule)
    assert found.named("AK9") == ["AK9*A*2*2*2"]
    assert found.named("AAA") == ["AAA*N**41*N"] * 2


def test_only_the_request_that_broke_the_rule_is_rejected(tmp_path: Path):
    data = interchange(fixture(MRI), fixture(SCANS))
    found = Answers(tmp_path, data, {**SCAN, "expect": aaa(("2000E", "33", "C"))})
    decided = [response.events[0].decision for response in found.responses]
    assert [decision is None for decision in decided] == [True, True]
    scan = {"format": {"2010C/NM109": "MBR000101"}}
    (tmp_path / "b").mkdir()
    found = Answers(tmp_path / "b", data, {**scan, "expect": aaa(("2000E", "33", "C"))})
    decided = [response.events[0].decision for response in found.responses]
    assert [decision is None for decision in decided] == [False, True]


def test_request_that_the_999_refuses_gets_no_aaa(tmp_path: Path):
    data = interchange(fixture(MRI)).replace(b"UM*HS*I*62", b"UM*QQ*I*62")
    found = Answers(tmp_path, data, {**MEMBER, "expect": aaa(("2010C", "72", "C"))})
    assert found.named("AK9") == ["AK9*R*1*1*0"]
    assert found.responses == []


def test_rule_of_a_layer_below_is_answered_as_that_layer_says(tmp_path: Path):
    below = profile(tmp_path, {**MEMBER, "expect": aaa(("2010C", "72", "C"))})
    upper = tmp_path / "upper.yaml"
    upper.write_text(
        "profile: upper\ntitle: Upper\nextends: [strict-payer]\nsource: {title: none}\n"
    )
    assert below.exists()
    files = list(payer(tmp_path, upper).answer(interchange(fixture(MRI))))
    assert [kind for kind, _ in files] == ["999", "278"]
    assert b"AAA*N**72*C" in files[1][1]


def test_rejection_is_neither_late_nor_followed_by_another_answer(tmp_path: Path):
    who = always(decision="A4", late=2, later={"decision": "A1"})
    found = ask(tmp_path, {**MEMBER, "expect": aaa(("2010C", "72", "C"))}, who=who)
    assert found.response.transaction_type == "18"


# The mailbox, and what our side makes of it


def journey(folder: Path, expect: dict[str, Any]) -> Bench:
    """Send a request to a payer whose rule it breaks, and read the answers back."""
    rules = profile(folder, {**MEMBER, "expect": expect})
    bench = Bench(folder, personality(profile=str(rules)))
    for number, data in enumerate(bench.sent_and_answered(MRI)):
        bench.ingest(data, f"answer-{number}.x12")
    return bench


@pytest.mark.parametrize(
    ("expect", "state"),
    [
        ({"TA1": "024"}, "refused_technically"),
        ({"IK4": "7"}, "refused_technically"),
        (aaa(("2010C", "72", "C")), "rejected"),
        (aaa(("2000A", "79", "N")), "rejected"),
        (aaa(("2000F", "15", "C")), "rejected"),
    ],
    ids=["TA1", "999", "AAA 2010C", "AAA 2000A", "AAA 2000F"],
)
def test_answer_through_the_mailbox_brings_our_request_to_its_state(
    tmp_path: Path, expect: dict[str, Any], state: str
):
    assert set(journey(tmp_path, expect).states().values()) == {state}


def test_reason_of_an_expected_aaa_reaches_the_ledger(tmp_path: Path):
    bench = journey(tmp_path, aaa(("2010C", "72", "C")))
    request: ReviewRequest = fixture(MRI)
    assert request.subscriber.member_id
    assert {"72"} <= {item.code for record in bench.decided() for item in record.rejections}


# Shipped profiles


def test_every_answer_that_a_shipped_profile_expects_is_one_of_the_known_kinds():
    kinds = {key for name in profile_ids() for r in load_profile(name).rules for key in r.expect}
    assert kinds <= {"TA1", "IK3", "IK4", "AAA", "text"}


def test_esmd_notes_the_attachment_number_as_its_guide_says(tmp_path: Path):
    data = sample("cms-esmd", "attachment-number-characters")
    found = shipped(tmp_path, "cms-esmd", data)
    assert [text for text in found if text[:3] in ("IK3", "IK4")] == [
        "IK3*PWK*19*2000*8",
        "IK4*6*67*6",
    ]


def test_intermed_refuses_the_second_interchange_of_a_file(tmp_path: Path):
    data = interchange(fixture(MRI)) + interchange(fixture(SCANS), control=2)
    found = [text for text in shipped(tmp_path, "intermed", data) if text.startswith("TA1")]
    assert [text.split("*")[4:] for text in found if text.split("*")[1] == "000000002"] == [
        ["R", "022"]
    ]
