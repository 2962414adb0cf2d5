"""For which days a statement holds, from the dates beside it.

A range names its days. A begin or an end leaves the other side open. One single day of a kind that
names the days themselves (291 plan) is ambiguous: the day asked about, or the first day of the
plan. It counts as a start where no other is told, but days before it and days after the answer was
given stay unknown.
"""

from collections.abc import Iterable
from datetime import date

from attrs import frozen

from x12_pa.eligibility import codes
from x12_pa.models.codecs import Period
from x12_pa.models.eligibility_parts import DatedFact


@frozen(kw_only=True)
class Window:
    """First and last day, both included; None is open. `vague`: the start is a single day."""

    begins: date | None = None
    ends: date | None = None
    vague: bool = False

    @property
    def empty(self) -> bool:
        """Say whether nothing bounds it."""
        return self.begins is None and self.ends is None

    def after(self, on: date) -> bool:
        """Say whether a day lies after the window."""
        return self.ends is not None and on > self.ends

    def before(self, on: date) -> bool:
        """Say whether a day lies before the window."""
        return self.begins is not None and on < self.begins

    def holds(self, on: date) -> bool:
        """Say whether a day may lie in the window."""
        return not self.after(on) and not self.before(on)


_ALWAYS = Window()


def window_of(dates: Iterable[DatedFact], *, skip: frozenset[str] = frozenset()) -> Window:
    """Return the window that all dates together leave; kinds that bound nothing are left out."""
    if dates == ():
        return _ALWAYS
    firsts: list[date] = []
    vague: list[date] = []
    lasts: list[date] = []
    for fact in dates:
        if fact.period is None or fact.type in skip:
            continue
        first, last = _bounds(fact.type, fact.period)
        single = fact.type in codes.SPANS and last is None
        if first is not None:
            (vague if single else firsts).append(first)
        if last is not None:
            lasts.append(last)
    return Window(
        begins=max(firsts or vague, default=None),
        ends=min(lasts, default=None),
        vague=not firsts and bool(vague),
    )


def _bounds(kind: str, period: Period) -> tuple[date | None, date | None]:
    if kind not in codes.SPANS | codes.BEGINS | codes.ENDS:
        return None, None
    if period.end is not None:
        return period.start, period.end
    if kind in codes.ENDS:
        return None, period.start
    if kind == codes.SERVICE_DATE:
        return period.start, period.start
    return period.start, None
