"""The simulated payer on 270s: whatever it tells is a 271 that our own validator accepts."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.simulator.support import Desk, personality, segments
from tests.support import NOW
from x12_pa.eligibility.asking import PayerRules, inquiry_of, numbered, plan
from x12_pa.eligibility.schedule import Check
from x12_pa.errors import ConfigError
from x12_pa.guides import load_guide
from x12_pa.models import build_eligibility
from x12_pa.simulator.personality import load_personality
from x12_pa.syntax import Envelope, GroupContent, build_interchange
from x12_pa.validation import validate

CHECK = {
    "payer_id": "DEMOPAYER",
    "payer_name": "DEMO HEALTH PLAN",
    "provider_npi": "1000000012",
    "provider_name": "EXAMPLE CLINIC",
    "member_id": "MBR000101",
    "subscriber_last_name": "TESTER",
    "subscriber_birth_date": date(1947, 2, 2),
    "procedure": "73721",
    "service_date": date(2026, 12, 5),
}

TOLD: list[dict[str, Any]] = [
    {},
    {"coverage": "inactive", "begins": "2026-01-01", "ends": "2026-11-30"},
    {"coverage": "none"},
    {"authorization": "Y", "network": "Y", "places": ["11", "22"]},
    {"authorization": "N"},
    {"authorization": "U", "message": "ASK THE REVIEW DESK"},
    {"member_id": "MBR000777"},
    {"reviewer": {"name": "EXAMPLE REVIEW", "id": "EXREVIEW"}},
    {"limit": 30, "left": 12},
    {"reject": ["58", "71"], "follow_up": "C"},
]


def inquiry(*changes: dict[str, Any]) -> bytes:
    """Return an interchange with a 270 per change of CHECK."""
    checks = [Check(**{**CHECK, **change}) for change in changes]
    guide, sets = load_guide("270"), []
    for number, found in enumerate(plan(checks, PayerRules()), 1):
        record = numbered(found, f"EL{number}", "9CLINIC001")
        made = inquiry_of(record, on=NOW.date(), at="14:00")
        sets.append(build_eligibility(made, guide, control=f"{number:04d}"))
    group = GroupContent(
        functional_id="HS", sender="CLINIC001", receiver="DEMOPAYER", control=1,
        version=guide.id, at=NOW, transactions=sets,
    )  # fmt: skip
    envelope = Envelope(
        sender_qualifier="ZZ", sender_id="CLINIC001", receiver_qualifier="ZZ",
        receiver_id="DEMOPAYER", control=1, usage="T", at=NOW,
    )  # fmt: skip
    return build_interchange(envelope, [group])


def answered(folder: Path, who: Any, *changes: dict[str, Any]) -> tuple[list[str], list[bytes]]:
    """Return the segments of the 271s, and the files."""
    desk = Desk(folder, who)
    desk.put(inquiry(*(changes or ({},))))
    found = desk.poll()
    outbound = sorted((folder / "mailbox" / "outbound").glob("*.271.x12"))
    told = [item for item in found if item.groups and item.groups[0].functional_id == "HB"]
    every = [name for name in ("ST", "BHT", "TRN", "NM1", "REF", "INS", "EB", "AAA", "III", "MSG")]
    texts = [text for name in every for text in segments(told, name)]
    return texts, [path.read_bytes() for path in outbound]


@pytest.mark.parametrize("told", TOLD, ids=str)
@pytest.mark.parametrize("change", [{}, {"procedure": None, "service_type": "PT"},
    {"dependent_last_name": "TESTER", "dependent_first_name": "EMIL"}], ids=str)  # fmt: skip
def test_whatever_is_told_is_accepted_by_our_own_validator(
    tmp_path: Path, told: dict[str, Any], change: dict[str, Any]
) -> None:
    _, files = answered(tmp_path, personality(eligibility={"otherwise": told}), change)
    assert len(files) == 1
    result = validate(files[0])
    assert [f.code for f in result.findings if f.severity == "error"] == []


def test_the_answer_returns_reference_and_trace(tmp_path: Path) -> None:
    texts, _ = answered(tmp_path, "default")
    assert "TRN*2*EL1*9CLINIC001" in texts
    assert any(text.startswith("BHT*0022*11*EL1*") for text in texts)


def test_each_270_is_acknowledged_and_answered_by_the_first_rule_that_fits(tmp_path: Path) -> None:
    texts, files = answered(
        tmp_path, "default", {}, {"procedure": "73560"}, {"member_id": "MBR000999"}
    )
    assert len(files) == 3
    said = [text for text in texts if text.startswith(("EB*CB", "AAA"))]
    assert said == ["EB*CB**********Y*W*HC:73721", "EB*CB**********N*W*HC:73560", "AAA*N**75*C"]


def test_a_270_that_is_refused_by_the_999_is_not_answered(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.put(inquiry({}).replace(b"EQ**HC:73721", b"EQ*QQQ"))
    found = desk.poll()
    assert segments(found, "AK9")[0].startswith("AK9*R")
    assert segments(found, "EB") == []


def test_a_payer_may_stay_silent(tmp_path: Path) -> None:
    _, files = answered(tmp_path, personality(eligibility={"otherwise": {"silent": True}}))
    assert files == []


def test_a_mistake_in_the_section_is_an_error_with_its_place() -> None:
    with pytest.raises(ConfigError, match=r"eligibility\.otherwise\.authorization"):
        personality(eligibility={"otherwise": {"authorization": "maybe"}})


def test_the_default_payer_tells_of_each_kind() -> None:
    told = [line.told for line in load_personality("default").eligibility.lines]
    assert {each.authorization for each in told} == {"Y", "N", "U", None}
    assert any(each.reviewer for each in told)
    assert any(each.reject for each in told)
