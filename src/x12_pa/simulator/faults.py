"""Rejections that a personality asks for, where the request itself has no fault.

A real payer's translator knows more than any guide (rosters, code tables, its own bugs), so it
rejects what we call correct. The simulated one says so in the same way as for real faults: it adds
a finding to what the validator found, and the acknowledgement writer does the rest.
"""

from collections.abc import Sequence

from x12_pa.acks.notes import BY_ELEMENT
from x12_pa.simulator.personality import Refuse999
from x12_pa.syntax import Segment
from x12_pa.validation.catalogue import CODES
from x12_pa.validation.results import (
    Ack999,
    FileResult,
    Finding,
    InterchangeResult,
    TransactionResult,
)

HAS_ELEMENT_ERRORS = "8"
HEADER_ELEMENT = "X103"


def refuse_interchange(result: FileResult, judged: InterchangeResult, note: str) -> None:
    """Reject a whole interchange with the finding whose TA1 note code is `note`.

    A note code that neither a finding nor a header element stands for comes out as another one.
    """
    code = next((code for code, row in CODES.items() if row.ta105 == note), HEADER_ELEMENT)
    element = next((ref for ref, ta105 in BY_ELEMENT.items() if ta105 == note), None)
    _add(
        result,
        Finding(
            code=code,
            severity="error",
            snip=1,
            interchange=judged.control,
            segment="ISA",
            element=element if code == HEADER_ELEMENT else None,
            message="The payer's translator refuses this interchange.",
        ),
    )
    judged.errors += 1


def refuse_transaction(
    result: FileResult,
    place: tuple[str, str, TransactionResult],
    segments: Sequence[Segment],
    refusal: Refuse999,
) -> None:
    """Reject one transaction set at the first segment (and element) that `refusal` names.

    Args:
        place: ISA13, GS06, and what the validator said of the set.
    """
    interchange, group, verdict = place
    numbers = [i for i, each in enumerate(segments, 1) if each.id == refusal.segment]
    element = None if refusal.element is None else f"{refusal.segment}{refusal.element:02d}"
    with_element = element is not None and refusal.segment_code == HAS_ELEMENT_ERRORS
    _add(
        result,
        Finding(
            code="P100",
            severity="error",
            snip=7,
            source="guide",
            interchange=interchange,
            group=group,
            transaction=verdict.control,
            segment=refusal.segment,
            segment_number=numbers[0] if numbers else len(segments),
            loop=None,
            element=element,
            message="The payer's translator refuses this value.",
            ack=Ack999(
                ik304=refusal.segment_code, ik403=refusal.element_code if with_element else None
            ),
        ),
    )
    verdict.errors += 1


def _add(result: FileResult, finding: Finding) -> None:
    result.findings.append(finding)
    result.errors += 1
