"""Quantities of a benefit: how much there is, how much was used, how much is left.

They stand in EB09 and EB10 with the time period of EB06, or in HSD beside the EB. What is left is
marked by the period (remaining), what was used by the quantity qualifier. A difference is computed
only where exactly one limit and one remainder, or one limit and one used quantity, of the same unit
are told for the same people, network side, procedure and conditions, and it is marked as derived.
"""

from collections.abc import Iterable, Sequence

from x12_pa.eligibility import codes
from x12_pa.eligibility.records import Limit, LimitKind
from x12_pa.eligibility.rows import Row
from x12_pa.models.eligibility_parts import Delivery


def limits(about: Iterable[Row]) -> tuple[Limit, ...]:
    """Return the quantities of a service, those told first, then those derived.

    Args:
        about: the rows that name the service.
    """
    told: list[Limit] = []
    alike: dict[object, list[Limit]] = {}
    for row in about:
        found = _of_benefit(row)
        for number, delivery in enumerate(row.benefit.deliveries):
            found.append(_of_delivery(row, number, delivery))
        if found:
            told += found
            alike.setdefault(_of_whom_and_what(row), []).extend(found)
    return (*told, *(limit for group in alike.values() for limit in _derived(group)))


def _of_whom_and_what(row: Row) -> object:
    """Return what the limits have in common that may be reckoned against each other."""
    benefit = row.benefit
    about = benefit.procedure, benefit.conditions
    return row.level, benefit.coverage_level, row.network, *about


def _of_benefit(row: Row) -> list[Limit]:
    benefit = row.benefit
    if benefit.quantity is None or benefit.quantity_type is None:
        return []
    used = benefit.quantity_type == codes.QUANTITY_USED
    return [
        Limit(
            kind="used" if used else _kind(benefit.time_period),
            amount=benefit.quantity,
            unit=None if used else benefit.quantity_type,
            period=benefit.time_period,
            network=row.network,
            evidence=(row.place(),),
        )
    ]


def _of_delivery(row: Row, number: int, delivery: Delivery) -> Limit:
    return Limit(
        kind=_kind(delivery.period),
        amount=delivery.amount,
        unit=delivery.unit,
        period=delivery.period or row.benefit.time_period,
        network=row.network,
        pattern=_pattern(delivery),
        evidence=(row.place(f"deliveries[{number}]"),),
    )


def _kind(period: str | None) -> LimitKind:
    if period in codes.LEFT:
        return "left"
    return "exceeded" if period in codes.EXCEEDED else "limit"


def _pattern(delivery: Delivery) -> str:
    """Return what is said beyond amount and unit: per what, how many periods, when."""
    parts = (
        delivery.per,
        delivery.per_count,
        delivery.period,
        delivery.period_count,
        delivery.frequency,
        delivery.time_of_day,
    )
    if all(part is None for part in (*parts[:2], *parts[3:])):
        return ""
    return "/".join("" if part is None else str(part) for part in parts).rstrip("/")


def _derived(told: Sequence[Limit]) -> list[Limit]:
    return _difference([one for one in told if one.amount is not None and not one.pattern])


def _difference(group: Sequence[Limit]) -> list[Limit]:
    whole = [limit for limit in group if limit.kind == "limit"]
    rest = [limit for limit in group if limit.kind in ("left", "used")]
    if len(whole) != 1 or len(rest) != 1:
        return []
    total, part = whole[0], rest[0]
    if part.unit not in (None, total.unit) or total.amount is None or part.amount is None:
        return []
    if part.amount > total.amount:
        return []
    return [
        Limit(
            kind="used" if part.kind == "left" else "left",
            amount=total.amount - part.amount,
            unit=total.unit,
            period=total.period,
            network=total.network,
            derived=True,
            evidence=(*total.evidence, *part.evidence),
        )
    ]
