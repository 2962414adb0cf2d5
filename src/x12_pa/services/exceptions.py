"""The reason that a person gives for sending what our own checks would hold back.

It goes into the audit chain and is kept there for ever. So it is short, it is not empty, and one
that names a patient is not taken.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date

from x12_pa.errors import UsageError

LONGEST = 200


def check_reason(reason: str | None, what: str) -> None:
    """Refuse a reason that is empty or too long; None is no reason and is taken.

    Args:
        what: what it is a reason for, `incomplete requests`.

    Raises:
        UsageError: it is empty or too long.
    """
    if reason is not None and not 0 < len(reason.strip()) <= LONGEST:
        raise UsageError(f"The reason for {what} has 1 to {LONGEST} characters.")


def refuse_names(reason: str | None, words: Iterable[str], what: str) -> None:
    """Refuse a reason that names a patient.

    Args:
        words: last names, member ids and birth dates of the patients it is about.
        what: what it should say, `why documents are missing`.

    Raises:
        UsageError: it holds one of the words; says none of them.
    """
    if reason is None:
        return
    if any(re.search(rf"\b{re.escape(word)}\b", reason, re.IGNORECASE) for word in words):
        raise UsageError(
            "The reason holds a name, a member id or a birth date of a patient. It is kept in "
            f"the audit chain for ever: say {what} without naming anybody."
        )


def names_of(last_name: str | None, member_id: str | None, born: date | None) -> Iterator[str]:
    """Yield what names a person, a birth date in the forms in which people write it."""
    days = (born.isoformat(), f"{born:%Y%m%d}", f"{born:%m/%d/%Y}") if born else ()
    yield from filter(None, (last_name, member_id, *days))
