"""Cut what is to be sent into as many files as the payer's rules ask for.

Each item is fit for itself, but a payer may take only so many sets in one interchange, or no value
twice in what it is sent. So a pile is tried as one file; what the rules object to in it goes into a
later one, where it is judged again after the earlier ones. What fails alone cannot be helped.

An error that names no set and no limit may come from one item or from the size of the pile. So the
pile is halved until it passes, and grows again from there: once the item is found that fails alone,
the rest is tried as a whole, and it is a few files more, not one for each item.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Literal, TypeVar

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
    rest, limit = list(items), len(items)
    most = limit
    while rest:
        places = list(range(min(most, len(rest))))
        errors = send([rest[place] for place in places])
        while errors and len(places) > 1:
            places, cause = _fewer(places, errors)
            if cause != "named":
                most = len(places)
            if cause == "limit":
                limit = most
            errors = send([rest[place] for place in places])
        yield [rest[place] for place in places], errors
        most = limit if errors else min(limit, 2 * most)
        sent = set(places)
        rest = [item for place, item in enumerate(rest) if place not in sent]


def _fewer(
    places: list[int], errors: Sequence[Finding]
) -> tuple[list[int], Literal["named", "limit", "unknown"]]:
    """Return the places to try next, and why there are fewer.

    Some are `named` as faulty, more than the `limit` of a file stood there, or it is `unknown`.
    """
    named = {int(e.transaction) - 1 for e in errors if e.transaction and e.transaction.isdigit()}
    if any(error.code in LIMITS for error in errors):
        return places[: min(named, default=0) or len(places) // 2], "limit"
    if not named:
        return places[: len(places) // 2], "unknown"
    kept = [place for number, place in enumerate(places) if number not in named]
    return kept or places[:1], "named"
