"""Acknowledgements: write the TA1, 999 and 277CA that answer a file, read those that answer ours.

A TA1 answers an interchange, a 999 (for 4010 a 997) one functional group with each of its
transaction sets, a 277CA the claims of an 837, an 824 whatever a partner's application has to say.
Both ways run on plain records: `answer` turns the result of a validated file into bytes,
`read_acknowledgements` turns received bytes into `InterchangeAck` and `GroupAck`, and
`read_claim_acknowledgements` and `read_application_advice` do so for 277CA and 824. An
acknowledgement is never acknowledged by its own kind, so two programs never answer each other
for ever.

Source: 005010X231A1 (999) and the interchange control standard (TA1), as facts in our own words.
"""

from x12_pa.acks.ack277ca import build_277ca
from x12_pa.acks.ack999 import build_999
from x12_pa.acks.advice import (
    AdviceProblem,
    ApplicationAdvice,
    ItemAdvice,
    read_application_advice,
)
from x12_pa.acks.answer import ControlNumbers, answer, answers
from x12_pa.acks.claim_verdicts import ClaimVerdicts, claim_verdicts
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
from x12_pa.acks.submitted import SubmittedSet, read_submitted
from x12_pa.acks.ta1 import build_ta1

__all__ = [
    "Acknowledgement",
    "AdviceProblem",
    "ApplicationAdvice",
    "ClaimAck",
    "ClaimBatchAck",
    "ClaimStatus",
    "ClaimVerdicts",
    "Context",
    "ControlNumbers",
    "ElementProblem",
    "GroupAck",
    "InterchangeAck",
    "ItemAdvice",
    "JudgedGroup",
    "JudgedInterchange",
    "JudgedSet",
    "SegmentProblem",
    "SetAck",
    "SubmittedSet",
    "answer",
    "answers",
    "build_277ca",
    "build_999",
    "build_ta1",
    "claim_verdicts",
    "judged",
    "read_acknowledgements",
    "read_application_advice",
    "read_claim_acknowledgements",
    "read_submitted",
]
