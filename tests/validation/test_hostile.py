"""Files made to hurt: time and memory stay bounded."""

import time
import tracemalloc

import pytest

from tests.validation.defects import VALID, recounted
from x12_pa.validation import validate

TEXT = (VALID / "278-request-subscriber.edi").read_text()
CLAIM = (VALID / "837p.edi").read_text()


def measured(data):
    """Return (result, seconds, peak bytes beyond the input)."""
    validate(TEXT.encode())
    tracemalloc.start()
    began = time.perf_counter()
    result = validate(data)
    spent = time.perf_counter() - began
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return result, spent, peak


def test_five_megabytes_without_a_terminator():
    head, tail = TEXT.split("MSG*")
    result, spent, peak = measured((head + "MSG*" + "A" * 5_000_000).encode())
    assert [f.code for f in result.findings] == ["X229", "X104"]
    assert spent < 3
    assert peak < 20_000_000
    assert len(tail) > 0


def test_a_hundred_thousand_repetitions():
    result, spent, _ = measured(TEXT.replace("UM*HS*", "UM*HS" + "^HS" * 100_000 + "*").encode())
    assert [f.code for f in result.findings] == ["X221"]
    assert spent < 3


def test_a_hundred_thousand_components():
    result, spent, _ = measured(TEXT.replace("*11:B~", "*11:B" + ":1" * 100_000 + "~").encode())
    assert {f.code for f in result.findings} <= {"X218", "X220"}
    assert spent < 3


def test_fifty_thousand_levels():
    services = "".join(
        f"HL*{n}*4*SS*0~\nTRN*1*TRC{n}*9CLINIC001~\nDTP*472*D8*20261205~\nSV1*HC:73721*1*UN*1~\n"
        for n in range(5, 50_005)
    )
    head, _, tail = TEXT.partition("HL*5*4*SS*0~")
    tail = tail[tail.index("SE*") :]
    result, spent, peak = measured(recounted(head + services + tail).encode())
    assert result.accepted
    assert spent < 60
    assert peak < 40_000_000


@pytest.mark.parametrize("mark", ["HL*5*4*SS*0~\n", "NM1*", "ZZZ*1~\n"])
def test_many_wrong_segments_cost_a_bounded_time_and_list(mark):
    flood = TEXT.replace("MSG*", mark * 20_000 + "MSG*")
    began = time.perf_counter()
    result = validate(flood.encode(), max_findings=100)
    assert time.perf_counter() - began < 15
    assert len(result.findings) <= 100
    assert not result.accepted


def test_memory_does_not_grow_with_the_number_of_sets():
    head, body, tail = CLAIM.partition("ST*837")[0], CLAIM[CLAIM.index("ST*") :], ""
    body, tail = body[: body.index("GE*")], body[body.index("GE*") :]

    def file_of(count):
        sets = "".join(body.replace("*0001", f"*{n:04}") for n in range(1, count + 1))
        return (head + sets + tail.replace("GE*1*", f"GE*{count}*")).encode()

    _, _, small = measured(file_of(200))
    result, _, large = measured(file_of(2000))
    assert result.accepted
    assert large - small < 8_000_000
