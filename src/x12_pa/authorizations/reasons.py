"""Decision reasons and rejections, sorted by who has to do what next.

The meaning of a code is not written here: labels come from the guide's code lists through the
caller. What is written here is routing: which desk a reason belongs to, and what a follow-up code
allows. A code that is in no class is `other`; it stays raw and fails nothing.

Source: classes of HCR03 (external list 886) in section 2.11 of the domain description; levels and
follow-up of AAA in section 2.10.
"""

from collections.abc import Iterable
from enum import StrEnum
from types import MappingProxyType

from x12_pa.authorizations.records import Rejection


class ReasonClass(StrEnum):
    """Which desk a decision reason belongs to."""

    REVIEW = "information or review"
    CLINICAL = "clinical"
    BENEFIT = "benefit or limit"
    NETWORK = "network, provider or site"
    ADMINISTRATIVE = "administrative"
    NOT_NEEDED = "not needed"
    OTHER = "other"


_CODES = {
    ReasonClass.REVIEW: "0U 0V 0W 0P 0B 0J",
    ReasonClass.CLINICAL: "0F 0G 0R 0T 19 0A",
    ReasonClass.BENEFIT: "0L 0M 0S 20 04 10",
    ReasonClass.NETWORK: "09 0X 12 13 15 16 0D 0E 26",
    ReasonClass.ADMINISTRATIVE: "07 0C 0N 0Q 14 17 25 0Y 0Z 22 23 24 21",
    ReasonClass.NOT_NEEDED: "0H 0K 18",
}
REASON_CLASSES = MappingProxyType(
    {code: kind for kind, codes in _CODES.items() for code in codes.split()}
)

ASKING = frozenset({"0U"})
"""Reasons that ask for information even when no document is named."""

AFTER_DENIAL = MappingProxyType(
    {
        ReasonClass.REVIEW: "Send the missing information with a new request, or appeal.",
        ReasonClass.CLINICAL: "Ask for a peer-to-peer call, or appeal with clinical evidence.",
        ReasonClass.BENEFIT: "Check the benefit; appeal only if the limit was misapplied.",
        ReasonClass.NETWORK: "Check provider, network and site; send a corrected new request.",
        ReasonClass.ADMINISTRATIVE: "Correct what was refused and send a new request.",
        ReasonClass.NOT_NEEDED: "Confirm that no authorization is needed and file the proof.",
        ReasonClass.OTHER: "Read the payer's reason and decide: correct, call or appeal.",
    }
)
"""What a denial calls for, by class. Never 'nothing': every denial needs a decision."""

_FOLLOW_UP = MappingProxyType(
    {
        "C": "Correct the request and send it again.",
        "N": "Do not send it again; check that this payer and review type are right.",
        "P": "Send the original request again.",
        "R": "Send the request again.",
        "Y": "Do not send it again: the payer holds it and answers later.",
    }
)

_WHOSE = (
    ("2000A", "the payer's system"),
    ("2010A", "the payer's system"),
    ("2010B", "the requester's data"),
    ("2010C", "the subscriber's data"),
    ("2010D", "the dependent's data"),
    ("2010EA", "a provider of the event"),
    ("2010EC", "a transport location"),
    ("2010F", "a provider of the service"),
    ("2000E", "the event"),
    ("2000F", "the service"),
)


def reason_class(code: str) -> ReasonClass:
    """Return the class of an HCR03 code; unknown codes are `OTHER`."""
    return REASON_CLASSES.get(code.strip().upper(), ReasonClass.OTHER)


def main_class(codes: Iterable[str]) -> ReasonClass:
    """Return the class of the first code that has one, since payers lead with the main reason."""
    known = (reason_class(code) for code in codes)
    return next((kind for kind in known if kind is not ReasonClass.OTHER), ReasonClass.OTHER)


def follow_up(rejection: Rejection) -> str:
    """Say what AAA04 allows; a missing or unknown code calls for a person."""
    fallback = "The payer gives no usable follow-up code: call before sending it again."
    return _FOLLOW_UP.get((rejection.follow_up or "").strip().upper(), fallback)


def whose_data(rejection: Rejection) -> str:
    """Say whose data a rejection is about, from the loop it stands in; longest loop id wins."""
    found = [(loop, text) for loop, text in _WHOSE if rejection.loop.startswith(loop)]
    return max(found, default=("", "an unnamed part of the request"), key=lambda f: len(f[0]))[1]
