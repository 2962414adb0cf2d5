"""Checks and answers as plain data for the ledger, and back; what is absent is left out.

Nothing is hidden here: the ledger keeps what was asked and told as it was. `report` is for people.
"""

from collections.abc import Mapping
from typing import Any

from x12_pa.eligibility.asking import Asked
from x12_pa.eligibility.records import Answer
from x12_pa.eligibility.schedule import Check
from x12_pa.models.canonical import canonical_text
from x12_pa.models.documents import CONVERTER, structure_as
from x12_pa.models.eligibility import EligibilityInquiry, EligibilityResponse


def record_data(record: EligibilityInquiry | EligibilityResponse) -> dict[str, Any]:
    """Return an inquiry or a response as plain data."""
    data: dict[str, Any] = CONVERTER.unstructure(record)
    return data


def record_text(record: EligibilityInquiry | EligibilityResponse) -> str:
    """Return `record_data` as the one text of its JSON value."""
    return canonical_text(record)


def response_from(data: Mapping[str, Any]) -> EligibilityResponse:
    """Return the response that `record_data` made this of; raises `InputProblem`."""
    return structure_as(dict(data), EligibilityResponse)


def inquiry_from(data: Mapping[str, Any]) -> EligibilityInquiry:
    """Return the inquiry that `record_data` made this of; raises `InputProblem`."""
    return structure_as(dict(data), EligibilityInquiry)


def asked_data(asked: Asked) -> dict[str, Any]:
    """Return a check with what goes out for it as plain data."""
    data: dict[str, Any] = {"row": CONVERTER.unstructure(asked.check)}
    if asked.instead:
        data["instead"] = {"service_type": asked.service_type, "why": asked.instead}
    return data


def check_from(data: Mapping[str, Any]) -> Check:
    """Return the check that `asked_data` made this of; raises `InputProblem`."""
    return structure_as(dict(data["row"]), Check)


def answer_text(answer: Answer) -> str:
    """Return an answer as plain data, as the one text of its JSON value."""
    return canonical_text(answer)


def answer_from(data: Mapping[str, Any]) -> Answer:
    """Return the answer whose plain data this is; raises `InputProblem`."""
    return structure_as(dict(data), Answer)
