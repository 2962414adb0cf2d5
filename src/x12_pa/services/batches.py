"""Cut what is to be sent into as many files as the payer's rules ask for.

Each item is fit for itself, but a payer may take only so many sets in one interchange, or no value
twice in what it is sent. So a pile is tried as one file; what the rules object to in it goes into a
later one, where it is judged again after the earlier ones. What fails alone cannot be helped.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from x12_pa.validation import Finding

T = TypeVar("T")

# Findings that say how much there may be in one file, not what is wrong with one of its sets.
LIMITS = frozenset({"P116", "P123", "P129"})


def send_in_batches(
    items: Sequence[T], send: Callable[[Sequence[T]], Sequence[Finding]]
) -> Iterator[tuple[list[T], Sequence[Finding]]]:
    """Send items in as few files as may be; yield each file's items, or one that was refused.

    Args:
        items: in the order of their sets (ST02).
        send: sends some as one file, or does nothing and returns the errors.

    Yields:
        Items that went out together, without errors; or a single one with its errors.
    """
    rest, most = list(items), len(items)
    while rest:
        places = list(range(min(most, len(rest))))
        errors = send([rest[place] for place in places])
        while errors and len(places) > 1:
            smaller, is_limit = _fewer(places, errors)
            places, most = smaller, len(smaller) if is_limit else most
            errors = send([rest[place] for place in places])
        yield [rest[place] for place in places], errors
        sent = set(places)
        rest = [item for place, item in enumerate(rest) if place not in sent]


def _fewer(places: list[int], errors: Sequence[Finding]) -> tuple[list[int], bool]:
    """Return the places to try next, and whether that is as many as a file may hold."""
    named = {int(e.transaction) - 1 for e in errors if e.transaction and e.transaction.isdigit()}
    if any(error.code in LIMITS for error in errors) or not named:
        cut = min(named, default=0) or len(places) // 2
        return places[:cut], True
    kept = [place for number, place in enumerate(places) if number not in named]
    return kept or places[:1], False
