"""One defect of an envelope is one finding: what it makes look wrong as well is not told again."""

import pytest

from tests.acks.situations import SITUATIONS, THREE, before, swap
from x12_pa.validation import validate

ONCE = {
    "cut in the middle of a segment": "X104",
    "cut in the middle of GS": "X104",
    "two interchanges, the first cut before SE": "X104",
    "two interchanges, the second cut in a segment": "X104",
    "GS missing": "X109",
    "GS missing in the second of two groups": "X109",
    "ST missing": "X109",
    "SE missing before the next set": "X121",
    "GE missing between two groups": "X112",
    "a segment after SE": "X109",
    "ISA06 blank": "X103",
    "ISA08 blank": "X103",
    "ISA11 a letter": "X103",
    "ISA13 no number": "X103",
    "ISA12 of 4010 around a group of 5010": "X103",
    "a set number too short": "X212",
    "a dependent without a name": "X207",
    "a dependent whose event hangs under nobody": "X232",
    "a dependent whose level says that nothing follows": "X215",
    "a remittance whose total does not balance": "X306",
    "a remittance whose line does not balance": "X304",
}


@pytest.mark.parametrize("name", ONCE)
def test_one_defect_is_one_finding(name):
    result = validate(SITUATIONS[name].encode())
    assert [finding.code for finding in result.findings] == [ONCE[name]]
    assert result.errors == 1


def test_an_error_before_the_cut_is_still_told():
    text = swap(THREE, ("UM*HS*I", "UM*HS*9"))
    cut = text[: text.index("DTP*472") + 10]
    assert [f.code for f in validate(cut.encode()).findings] == ["X215", "X104"]


def test_a_whole_segment_before_a_cut_keeps_its_faults():
    text = swap(before(THREE, "HI*ABK"), ("UM*HS*I", "UM*HS*9"))
    assert [f.code for f in validate(text.encode()).findings] == ["X215", "X104"]


def test_a_file_that_ends_without_a_terminator_but_with_its_iea_is_told_so():
    found = validate(THREE.rstrip("~\n").encode()).findings
    assert [(f.code, f.severity) for f in found] == [("X108", "warning")]


def test_a_trailer_with_a_number_of_its_own_is_told_beside_a_bad_header():
    text = swap(THREE, ("ST*278*0001", "ST*278*1"), ("SE*18*0001", "SE*18*22"))
    assert [f.code for f in validate(text.encode()).findings] == ["X212", "X212", "X122"]


def test_a_wrong_count_is_told_where_nothing_was_lost():
    text = swap(THREE, ("ST*278*0002", "NTE*ADD*HELLO~\nST*278*0002"), ("GE*3*", "GE*7*"))
    assert [f.code for f in validate(text.encode()).findings] == ["X109", "X114"]


def test_an_id_in_small_letters_is_one_finding():
    text = swap(THREE, ("BHT*0007", "bht*0007"))
    assert [f.code for f in validate(text.encode()).findings] == ["X201"]


def test_a_level_in_small_letters_is_one_finding():
    text = swap(THREE, ("HL*2*1*21*1", "hl*2*1*21*1"))
    assert [f.code for f in validate(text.encode()).findings] == ["X201"]


def test_a_gs08_that_is_no_guide_is_told_once():
    text = swap(THREE, ("*X*005010X217", "*X*005010X217-PA"))
    assert [f.code for f in validate(text.encode()).findings] == ["X111"]


def test_trailers_in_the_wrong_order_are_told_once():
    lines = THREE.splitlines(keepends=True)
    text = "".join([*lines[:-2], lines[-1], lines[-2]])
    assert [f.code for f in validate(text.encode()).findings] == ["X112"]


def test_the_size_of_a_file_counts_what_was_passed_over():
    data = (before(THREE, "HI*ABK") + "ZZZ*" + "A" * 2_000_000).encode()
    assert validate(data).bytes == len(data)


def test_a_lost_level_that_begins_with_what_may_be_left_out_is_told_once():
    lines = THREE.splitlines(keepends=True)
    event = next(i for i, line in enumerate(lines) if line.startswith("HL*") and "*EV*" in line)
    lines[event : event + 1] = ["TRN*1*TRACE-9*9CLINIC001~\n"]
    found = validate("".join(lines).encode()).findings
    assert [f.code for f in found] == ["X203"]
