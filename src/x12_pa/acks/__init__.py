"""Acknowledgements: write the TA1 and 999 that answer a file, read those that answer ours.

A TA1 answers an interchange, a 999 one functional group with each of its transaction sets. Both
ways run on plain records: `answer` turns the result of a validated file into bytes,
`read_acknowledgements` turns received bytes into `InterchangeAck` and `GroupAck`. An
acknowledgement is never acknowledged by its own kind, so two programs never answer each other
for ever.

Source: 005010X231A1 (999) and the interchange control standard (TA1), as facts in our own words.
"""

from x12_pa.acks.ack999 import build_999
from x12_pa.acks.answer import ControlNumbers, answer, answers
from x12_pa.acks.claims import (
    ClaimAck,
    ClaimBatchAck,
    ClaimStatus,
    read_claim_acknowledgements,
)
from x12_pa.acks.levels import JudgedGroup, JudgedInterchange, JudgedSet, judged
from x12_pa.acks.read import read_acknowledgements
from x12_pa.acks.records import (
    Acknowledgement,
    Context,
    ElementProblem,
    GroupAck,
    InterchangeAck,
    SegmentProblem,
    SetAck,
)
from x12_pa.acks.ta1 import build_ta1

__all__ = [
    "Acknowledgement",
    "ClaimAck",
    "ClaimBatchAck",
    "ClaimStatus",
    "Context",
    "ControlNumbers",
    "ElementProblem",
    "GroupAck",
    "InterchangeAck",
    "JudgedGroup",
    "JudgedInterchange",
    "JudgedSet",
    "SegmentProblem",
    "SetAck",
    "answer",
    "answers",
    "build_999",
    "build_ta1",
    "judged",
    "read_acknowledgements",
    "read_claim_acknowledgements",
]
