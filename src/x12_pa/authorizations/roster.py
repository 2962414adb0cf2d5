"""The provider roster: with which payer a provider is enrolled, for which plan, since when.

A provider who is not enrolled with a payer on the day of the service is refused, mostly after the
work is done. The roster is the office's own table; what it says is never more than that. Four
answers are kept apart: enrolled, pending (the application runs), not enrolled, and unknown, because
a payer without any row was simply never entered.

Columns that a message does not speak of do not count: a row for one location covers a request that
names no location. An empty cell covers everything.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Literal

from attrs import Factory, define, field, frozen

Standing = Literal["enrolled", "pending", "not enrolled", "unknown"]
Status = Literal["enrolled", "pending"]


@frozen(kw_only=True)
class Enrolment:
    """One row of a roster.

    Attributes:
        npi: the provider.
        payer: the payer's id, as it stands in messages to that payer.
        plan: plan or network; "" for all.
        location: postal code of the place of practice, its first digits; "" for all.
        taxonomy: specialty; "" for all.
        effective: first day; None has no beginning.
        term: last day; None has no end.
        row: the number of the row in its file.
    """

    npi: str = field(repr=False)
    payer: str
    plan: str = ""
    location: str = ""
    taxonomy: str = ""
    effective: date | None = None
    term: date | None = None
    status: Status = "enrolled"
    row: int = 0

    def covers(self, asked: "Asked") -> bool:
        """Say whether nothing that the message says contradicts the row, its days apart."""
        pairs = ((self.plan, asked.plan), (self.taxonomy, asked.taxonomy))
        if any(own and said and own.casefold() != said.casefold() for own, said in pairs):
            return False
        here, there = self.location, asked.location
        return not (here and there) or there.startswith(here) or here.startswith(there)

    def holds_on(self, day: date) -> bool:
        """Say whether a day lies between its first and its last."""
        return (self.effective is None or self.effective <= day) and (
            self.term is None or day <= self.term
        )


@frozen(kw_only=True)
class Asked:
    """What a message says of a provider; what it does not say is ""."""

    npi: str = field(repr=False)
    payer: str
    plan: str = ""
    location: str = ""
    taxonomy: str = ""


@frozen(kw_only=True)
class Verdict:
    """Where a provider stands with a payer on a day, in words, and the row that says so."""

    standing: Standing
    why: str = ""
    row: int | None = None


@define(kw_only=True)
class Roster:
    """All rows; `name` is the file that they came from."""

    name: str
    rows: Sequence[Enrolment] = Factory(tuple)
    _by_payer: Mapping[str, Mapping[str, Sequence[Enrolment]]] = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        """Order the rows by payer and provider."""
        found: dict[str, dict[str, list[Enrolment]]] = {}
        for row in self.rows:
            found.setdefault(row.payer.casefold(), {}).setdefault(row.npi, []).append(row)
        self._by_payer = found

    def standing(self, asked: Asked, day: date) -> Verdict:
        """Return where a provider stands with a payer on a day."""
        providers = self._by_payer.get(asked.payer.casefold())
        if providers is None:
            return Verdict(standing="unknown")
        rows = providers.get(asked.npi, ())
        if not rows:
            return Verdict(standing="not enrolled", why="the roster has no row for the provider")
        fitting = [row for row in rows if row.covers(asked)]
        if not fitting:
            why = "its rows are for another plan, location or specialty"
            return Verdict(standing="not enrolled", why=why, row=rows[0].row)
        return _best(fitting, day)


def _best(rows: Iterable[Enrolment], day: date) -> Verdict:
    """Return what rows that fit say of a day: enrolled before pending before neither."""
    late: list[Enrolment] = []
    pending: Enrolment | None = None
    for row in rows:
        if not row.holds_on(day):
            # An application has no days yet: one that begins later is still running.
            pending = pending or (row if row.status == "pending" and _to_come(row, day) else None)
            late.append(row)
        elif row.status == "enrolled":
            return Verdict(standing="enrolled", row=row.row)
        else:
            pending = pending or row
    if pending is not None:
        return Verdict(standing="pending", why="the enrolment is pending", row=pending.row)
    ended = [row for row in late if row.term is not None and row.term < day]
    if ended:
        last = max(ended, key=lambda row: row.term or date.min)
        return Verdict(
            standing="not enrolled", why=f"the enrolment ended {last.term}", row=last.row
        )
    first = min(late, key=lambda row: row.effective or date.max)
    why = f"the enrolment begins {first.effective}"
    return Verdict(standing="not enrolled", why=why, row=first.row)


def _to_come(row: Enrolment, day: date) -> bool:
    return row.effective is not None and day < row.effective
