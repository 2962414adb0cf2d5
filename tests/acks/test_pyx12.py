"""A second opinion: pyx12 reads the acknowledgements that we write without complaint."""

import io

import pytest
import pyx12.params
import pyx12.x12n_document

from tests.acks.judgements import NUMBERS, clock, fault, received
from x12_pa.acks import answer
from x12_pa.validation.results import FileResult, Finding


def pyx12_accepts(data: bytes) -> bool:
    """Whether pyx12, with its own maps, finds the file valid."""
    source = io.StringIO(data.decode("ascii"))
    return bool(pyx12.x12n_document.x12n_document(pyx12.params.params(), source, None, None, None))


def bad_element(**more: object) -> Finding:
    return fault(
        segment="UM",
        segment_number=12,
        loop="2000E",
        element="UM04",
        value="ZZ",
        ik304="8",
        ik403="I6",
        context=(("TRN02", "TRACE-0001"),),
        **more,
    )


CASES = {
    "all accepted": received(sets=("0001", "0002")),
    "partly accepted": received(bad_element(), sets=("0001", "0002")),
    "component and repetition": received(bad_element(component=2, repetition=3)),
    "group rejected": received(fault("X112", at=("000000101", "11")), announced=None),
    "without TA1": received(bad_element(), ack_requested=False),
}


@pytest.mark.parametrize("case", CASES)
def test_pyx12_reads_our_acknowledgements(case: str) -> None:
    result: FileResult = CASES[case]
    data = answer(result, numbers=NUMBERS, clock=clock)
    assert pyx12_accepts(data or b"")
