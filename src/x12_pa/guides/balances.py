"""Totals that equal the sum of their parts."""

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from attrs import frozen

from x12_pa.guides.checks import Breach, Found, View


@frozen
class Balance:
    """A total equals the sum of its parts; a part with a leading `-` is taken off.

    `where` keeps only those parts whose loop has the same value at two paths, as in "the line
    adjustments of this payer".
    """

    total: str
    parts: tuple[str, ...]
    where: tuple[str, str] | None = None
    operator: str = "balance"

    @property
    def paths(self) -> tuple[str, ...]:
        """The total, the parts and what `where` compares."""
        return (self.total, *(part.lstrip("-") for part in self.parts), *(self.where or ()))

    def breaches(self, view: View) -> Iterator[Breach]:
        """Yield one objection when the sum is another one."""
        totals = view.find(self.total)
        if not totals:
            return
        item, text = totals[0]
        total, summed, some = _amount(text), Decimal(0), False
        for part in self.parts:
            sign = -1 if part.startswith("-") else 1
            for _, value in self._part(view, part.lstrip("-")):
                amount = _amount(value)
                if amount is None:
                    return
                summed, some = summed + sign * amount, True
        if some and total is not None and total != summed:
            names = dict.fromkeys(part.lstrip("-").rpartition("/")[2] for part in self.parts)
            yield Breach(
                path=self.total,
                item=item,
                value=text,
                expected=f"{summed.normalize():f}",
                parts=", ".join(names),
            )

    def _part(self, view: View, path: str) -> list[Found]:
        found = view.find(path)
        if self.where is None:
            return found
        keep = {value for _, value in view.find(self.where[1])}
        marks = view.find(self.where[0])
        if not marks or path.partition("/")[0] != self.where[0].partition("/")[0]:
            return found
        return [item for item in found if _governing(item[0], marks) in keep]


def _governing(item: Any, marks: list[Found]) -> str | None:
    """Return the value of the last mark at or before a segment: the loop instance it is in."""
    best = None
    for mark, value in marks:
        if mark.number <= item.number:
            best = value
    return best


def _amount(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None
