"""A rule passes, fails, or is unknown; unknown never reads as pass and is said once per file."""

import ast
from datetime import date
from pathlib import Path

import pytest
from freezegun import freeze_time

import x12_pa
from tests.profiles.support import TODAY, by_payer, codes, judged, profile_of, text_of
from tests.support import fixed_clock
from x12_pa.acks import ControlNumbers, answers
from x12_pa.guides.hooks import Hooks
from x12_pa.validation import validate
from x12_pa.validation.parallel import validate_files

BROKEN = {"require": "2000E/CL1"}
HERE, NOT_HERE = {"2000E/UM01": "HS"}, {"2000E/UM01": "SC"}
UNKNOWN = {"@mode": "batch"}


@pytest.mark.parametrize(
    ("when", "found"),
    [
        (HERE, ["P111"]),
        (NOT_HERE, []),
        (UNKNOWN, ["P901"]),
        # One part that does not hold settles it, in whatever order they stand.
        ({**UNKNOWN, **NOT_HERE}, []),
        ({**NOT_HERE, **UNKNOWN}, []),
        ({**UNKNOWN, **HERE}, ["P901"]),
        ({"any": {**UNKNOWN, **HERE}}, ["P111"]),
        ({"any": {**HERE, **UNKNOWN}}, ["P111"]),
        ({"any": {**UNKNOWN, **NOT_HERE}}, ["P901"]),
        ({"all": {**UNKNOWN, **NOT_HERE}}, []),
        ({"all": {**UNKNOWN, **HERE}}, ["P901"]),
        ({"none": {**UNKNOWN, **HERE}}, []),
        ({"none": {**UNKNOWN, **NOT_HERE}}, ["P901"]),
        ({"none": NOT_HERE}, ["P111"]),
        ({"@mode": {"not": "realtime"}}, ["P901"]),
        ({"@mode": {"present": False}}, ["P901"]),
    ],
)
def test_a_condition_is_unknown_only_if_what_is_known_does_not_settle_it(tmp_path, when, found):
    assert codes(tmp_path, {"when": when, "then": BROKEN}) == found


def test_both_branches_of_an_unknown_condition_are_unknown_and_that_is_said_once(tmp_path):
    rule = {"when": UNKNOWN, "then": BROKEN, "else": {"require": "2000E/CR1"}}
    assert codes(tmp_path, rule) == ["P901"]


@pytest.mark.parametrize(
    "rule",
    [
        {"equals": {"2010B/NM109": "$partner.npi"}},
        {"differs": {"2010B/NM109": "$partner.npi"}},
        {"values": {"2010A/NM109": "$table.payers"}},
        {"date_window": {"path": "2000E/DTP[AAH]/03", "not_after": "today"}},
        {"date_window": {"path": "2000F/DTP[472]/03", "not_after": "today+P9Y"}},
        {"unique": {"path": "2000E/TRN/02", "over": "partner.interchanges"}},
        {"lookup": {"path": "2010B/NM109", "in": "roster"}},
        {"file": {"name": "*.x12"}},
        {"require": "$ctx.contract"},
        {"choose": {"ISA08": {"by": "@channel", "map": {"direct": "DEMOPAYER"}}}},
        {"charset": {"upper": "$payer.uppercase"}},
    ],
)
def test_what_depends_on_something_that_is_not_given_never_passes_in_silence(tmp_path, rule):
    result = validate(text_of(), profile=profile_of(tmp_path, rule))
    assert [f.code for f in by_payer(result)] == ["P901"]
    assert result.accepted


@pytest.mark.parametrize("text", ["true", "True", "yes"])
def test_yes_may_be_given_as_a_text(tmp_path, text):
    rule = {"charset": {"upper": "$payer.uppercase"}}
    data = text_of("278-request-subscriber", ("KNEE PAIN", "knee pain"))
    assert codes(tmp_path, rule, data, context={"payer.uppercase": text}) == ["P122"]
    assert codes(tmp_path, rule, data, context={"payer.uppercase": "no"}) == []


def _numbered(text: str, number: int) -> str:
    return text.replace("*0001~", f"*{number:04d}~").replace("278*0001*", f"278*{number:04d}*")


def many(sets: int, interchanges: int = 1) -> bytes:
    """Return a file in which the routine request stands many times."""
    text = text_of().decode()
    start, end = text.index("ST*"), text.index("GE*")
    one = text[start:end]
    inside = "".join(_numbered(one, number) for number in range(1, sets + 1))
    whole = text[:start] + inside + text[end:].replace("GE*1*", f"GE*{sets}*")
    files = (whole.replace("000000001", f"{n:09d}") for n in range(1, interchanges + 1))
    return "".join(files).encode()


def test_it_is_said_once_for_a_file_however_many_sets_ask_it(tmp_path):
    rules = [{"when": UNKNOWN, "then": BROKEN}, {"lookup": {"path": "2010B/NM109", "in": "roster"}}]
    result = judged(many(5, interchanges=3), profile_of(tmp_path, *rules))
    assert sorted((f.code, f.severity, f.rule.id) for f in result.findings) == [
        ("P901", "info", "r1"),
        ("P901", "info", "r2"),
    ]


def test_each_of_several_files_says_it_once_also_with_several_processes(tmp_path):
    profile = profile_of(tmp_path, {"when": UNKNOWN, "then": BROKEN})
    paths = []
    for number in (1, 2, 3):
        path = tmp_path / f"{number}.edi"
        path.write_bytes(many(3, interchanges=2))
        paths.append(str(path))
    results = list(validate_files(paths, 2, profile=profile, today=TODAY))
    assert [[f.code for f in result.findings] for result in results] == [["P901"]] * 3


def test_it_stands_in_no_acknowledgement(tmp_path):
    result = judged(many(2), profile_of(tmp_path, {"when": UNKNOWN, "then": BROKEN}))
    numbers = ControlNumbers(interchange=lambda _: 1, group=lambda _: 1)
    sent = b"".join(answers(result, numbers=numbers, clock=fixed_clock))
    assert b"IK3*" not in sent
    assert b"IK5*A" in sent


def test_what_is_known_to_be_wrong_is_told_beside_what_is_not_known(tmp_path):
    rule = {"lookup": {"path": "2000F/SV1/01-2", "in": "codes", "equals": "1"}}
    data = text_of("278-request-services")
    asked = [part.split("*")[1].split(":")[1] for part in data.decode().split("SV1")[1:]]
    answers_ = {code: ("2" if number else None) for number, code in enumerate(asked)}
    lookups = {"codes": lambda value, keys: answers_[value]}
    found = codes(tmp_path, rule, data, hooks=Hooks(lookups=lookups))
    assert sorted(set(found)) == (["P126", "P901"] if len(asked) > 1 else ["P901"])


def test_the_day_is_given_and_never_taken_from_the_machine(tmp_path):
    window = {"date_window": {"path": "2000F/DTP[472]/03", "not_before": "today"}}
    effective = {**BROKEN, "effective": {"from": "2027-01-01"}}
    profile = profile_of(tmp_path, window, effective)
    for now in ("1999-12-31", "2035-01-01"):
        with freeze_time(now):
            by_day = {
                day: [f.code for f in by_payer(judged(text_of(), profile, today=day))]
                for day in (date(2026, 12, 5), date(2026, 12, 6), date(2027, 1, 1))
            }
            unknown = [f.code for f in by_payer(validate(text_of(), profile=profile))]
        assert list(by_day.values()) == [[], ["P119"], ["P107", "P119"]]
        assert unknown == ["P107", "P901"]


def test_nothing_between_bytes_and_findings_looks_at_a_clock():
    root = Path(x12_pa.__file__).parent
    clocks = {"now", "utcnow", "today", "time", "localtime", "monotonic"}
    found = []
    for layer in ("syntax", "guides", "validation", "acks", "models", "simulator"):
        for path in sorted((root / layer).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                    owner = getattr(node.func.value, "id", "")
                    if node.func.attr in clocks and owner in ("datetime", "date", "time"):
                        found.append(f"{path.name}:{node.lineno}")
    assert found == []
