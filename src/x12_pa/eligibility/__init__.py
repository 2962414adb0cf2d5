"""What a 271 says about one patient's coverage, benefits and authorization, as answers.

`answers` turns a response (`models.eligibility`) into one `Answer` for each service, plan and date.
Whether authorization is required has four values: yes, no, unknown, not said; neither silence nor
U is ever read as "no". `all_refusals` tells what to do about each rejection. Everything is pure:
records in, records out, each statement with the segment it was read from.
"""

from x12_pa.eligibility.answer import answers
from x12_pa.eligibility.records import (
    Answer,
    Ask,
    Authorization,
    Coverage,
    Hint,
    Known,
    Limit,
    Plan,
    Refusal,
    Scope,
    Statement,
)
from x12_pa.eligibility.rejects import all_refusals

__all__ = [
    "Answer",
    "Ask",
    "Authorization",
    "Coverage",
    "Hint",
    "Known",
    "Limit",
    "Plan",
    "Refusal",
    "Scope",
    "Statement",
    "all_refusals",
    "answers",
]
