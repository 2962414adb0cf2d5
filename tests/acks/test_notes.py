"""Envelope faults and the codes that TA1, AK9 and IK5 give them."""

import pytest

from tests.acks.judgements import fault
from x12_pa.acks.dialects import ACK_997
from x12_pa.acks.elements import element_use
from x12_pa.acks.notes import (
    BY_ELEMENT,
    BY_SET_ELEMENT,
    group_codes,
    interchange_note,
    set_codes,
)
from x12_pa.guides import load_guide
from x12_pa.validation.catalogue import CODES

PLACES = {
    "ta105": ("TA1", "TA1", 5),
    "ak905": ("999", "AK9", 5),
    "ik502": ("999", "IK5", 2),
    "ik304": ("999", "IK3", 4),
    "ik403": ("999", "IK4", 3),
}


def allowed(field: str) -> tuple[str, ...]:
    key, segment, number = PLACES[field]
    use = element_use(load_guide(key), segment, number)
    return use.codes or () if use else ()


@pytest.mark.parametrize("field", PLACES)
def test_every_code_of_the_catalogue_is_one_that_the_standard_knows(field: str) -> None:
    written = {getattr(row, field) for row in CODES.values()} - {None}
    assert written <= set(allowed(field))


def test_every_code_of_an_element_of_st_or_se_is_one_that_the_standard_knows() -> None:
    assert set(BY_SET_ELEMENT.values()) <= set(allowed("ik502"))


def test_a_997_writes_only_codes_that_the_base_standard_had() -> None:
    """No guide codes, and none of those that 5010 added."""
    written = [*ACK_997.segment_codes.items(), *ACK_997.element_codes.items()]
    written += [*ACK_997.set_codes.items(), *ACK_997.group_codes.items()]
    added = {"12", "13", "19"}
    assert [new for _, new in written if not new.isdigit() or new in added] == []


@pytest.mark.parametrize(
    ("field", "table"), [("ik304", "segment_codes"), ("ik403", "element_codes")]
)
def test_every_guide_code_has_one_in_a_997(field: str, table: str) -> None:
    assert {code for code in allowed(field) if code[0] == "I"} <= set(getattr(ACK_997, table))


def test_every_code_of_a_header_element_is_one_that_the_standard_knows() -> None:
    groups = {code for ref, code in BY_ELEMENT.items() if ref[:2] in ("GS", "GE")}
    interchanges = set(BY_ELEMENT.values()) - groups
    assert (groups - set(allowed("ak905")), interchanges - set(allowed("ta105"))) == (set(), set())


@pytest.mark.parametrize(
    ("code", "element", "note"),
    [
        ("X103", "ISA05", "005"),
        ("X103", "ISA12", "017"),
        ("X103", None, "024"),
        ("X104", None, "023"),
        ("X105", "IEA02", "001"),
        ("X106", "IEA01", "021"),
        ("X107", "ISA13", "025"),
    ],
)
def test_the_element_of_the_header_decides_the_ta1_note(
    code: str, element: str | None, note: str
) -> None:
    assert interchange_note([fault(code, at=("000000101",), element=element)]) == note


def test_an_error_goes_before_a_warning_that_stands_earlier() -> None:
    odd = fault("X103", at=("000000101",), element="ISA09", severity="warning")
    bad = fault("X105", at=("000000101",))
    assert interchange_note([odd, bad]) == "001"


def test_a_remark_that_no_ta1_can_tell_is_no_note() -> None:
    assert interchange_note([fault("X102", at=("000000101",), severity="warning")]) is None


@pytest.mark.parametrize(
    ("code", "element", "ak905"),
    [("X111", "GS08", "2"), ("X112", None, "3"), ("X113", "GE02", "4"), ("X114", "GE01", "5")],
)
def test_faults_of_a_group(code: str, element: str | None, ak905: str) -> None:
    assert group_codes([fault(code, at=("000000101", "11"), element=element)]) == [ak905]


@pytest.mark.parametrize(
    ("code", "ik502"),
    [("X121", "2"), ("X122", "3"), ("X123", "4"), ("X124", "23")],
)
def test_faults_of_a_set_envelope(code: str, ik502: str) -> None:
    assert set_codes([fault(code)]) == [ik502]


@pytest.mark.parametrize("element", ["GS02", "GS03", "GS04", "GS07"])
def test_a_fault_of_a_group_header_that_ak9_cannot_tell_has_no_code(element: str) -> None:
    assert group_codes([fault("X111", at=("000000101", "11"), element=element)]) == []


@pytest.mark.parametrize(
    ("element", "ik502"), [("ST01", "6"), ("ST02", "7"), ("ST03", "I6"), ("SE01", "4")]
)
def test_a_bad_element_of_st_or_se_is_told_by_ik5(element: str, ik502: str) -> None:
    bad = fault("X215", segment=element[:2], element=element, ik304="8", ik403="7")
    assert set_codes([bad]) == [ik502]


def test_at_most_five_reasons_fit() -> None:
    many = [fault(code, at=("000000101", "11")) for code in ("X112", "X113", "X114", "X115")]
    many += [fault("X111", at=("000000101", "11"), element=ref) for ref in ("GS01", "GS08")]
    assert group_codes(many) == ["3", "4", "5", "19", "1"]
