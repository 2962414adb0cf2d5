"""Check transaction sets against guides: findings as values, nothing raised for bad EDI.

`validate` is the whole of it. The fast path is the compiled guide (`walker`); what fails it is
looked at again (`elements`, `recovery`) to say precisely what is wrong. `catalogue` is the list of
finding codes.
"""

from x12_pa.guides.hooks import History, Hooks, Message
from x12_pa.validation.catalogue import CODES
from x12_pa.validation.codes import Code
from x12_pa.validation.engine import validate
from x12_pa.validation.results import (
    SCHEMA,
    Ack999,
    FileResult,
    Finding,
    GroupResult,
    InterchangeResult,
    RuleRef,
    TransactionResult,
)

__all__ = [
    "CODES",
    "SCHEMA",
    "Ack999",
    "Code",
    "FileResult",
    "Finding",
    "GroupResult",
    "History",
    "Hooks",
    "InterchangeResult",
    "Message",
    "RuleRef",
    "TransactionResult",
    "validate",
]
