"""How much of an authorized quantity earlier claims have used up.

The ledger gives `UnitUse` entries of earlier claims; `Tally` adds those of this run. An entry
belongs to a bill: claim id and first day of service, because interim bills of a stay share the
claim id. So a second run over the same file replaces its own entries instead of counting twice, and
a replacement (frequency 7) or void (8) takes back whatever its claim id had used.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction

from attrs import frozen

from x12_pa.authorizations.records import Quantity
from x12_pa.reconcile.claims import Claim, Line

REPLACES = "7"
VOIDS = "8"


@frozen(kw_only=True)
class UnitUse:
    """What one line of one claim uses of one authorization, in the authorized unit."""

    authorization: str
    claim_id: str
    first_day: date | None
    line: str
    amount: Decimal


class Tally:
    """Keeps the sum of unit uses by authorization while the claims of a run are decided."""

    def __init__(self, earlier: Iterable[UnitUse] = ()) -> None:
        self._uses: dict[str, list[UnitUse]] = {}
        self._by_claim: dict[str, list[UnitUse]] = {}
        self._new: list[UnitUse] = []
        self._released: list[UnitUse] = []
        for use in earlier:
            self._uses.setdefault(use.authorization, []).append(use)
            self._by_claim.setdefault(use.claim_id, []).append(use)

    @property
    def new(self) -> tuple[UnitUse, ...]:
        """The entries of this run."""
        return tuple(self._new)

    @property
    def released(self) -> tuple[UnitUse, ...]:
        """The earlier entries that no longer count."""
        return tuple(self._released)

    def take_back(self, claim: Claim) -> None:
        """Forget what earlier bills used in whose place `claim` stands."""
        bills = self._by_claim.get(claim.claim_id, [])
        for use in [use for use in bills if _stands_for(claim, use)]:
            bills.remove(use)
            self._uses[use.authorization].remove(use)
            self._released.append(use)

    def used(self, authorization: str) -> Fraction:
        """Return what is used of an authorization, in its own unit."""
        uses = self._uses.get(authorization, ())
        return sum((Fraction(use.amount) for use in uses), Fraction(0))

    def add(self, use: UnitUse) -> None:
        """Count one more use."""
        self._new.append(use)
        self._uses.setdefault(use.authorization, []).append(use)

    def withdraw(self, use: UnitUse) -> None:
        """Take back a use of this run whose number was not placed after all."""
        self._new.remove(use)
        self._uses[use.authorization].remove(use)


def _stands_for(claim: Claim, use: UnitUse) -> bool:
    return claim.frequency in (REPLACES, VOIDS) or use.first_day == claim.first_day


def billed_amount(
    line: Line, quantity: Quantity, factors: Mapping[tuple[str, str], Fraction], *, stay: bool
) -> Fraction | None:
    """Return a line's units in the authorized unit; None when they cannot be compared.

    On a stay the days are billed by the room lines alone; what was used during those days (drugs,
    theatre) uses up none.
    """
    if line.units is None:
        return None
    factor = Fraction(1) if line.unit == quantity.unit else factors.get((quantity.unit, line.unit))
    if factor is None:
        return Fraction(0) if stay else None
    return Fraction(line.units) * factor


def total(quantity: Quantity) -> tuple[Fraction, Fraction] | None:
    """Return the least and the greatest amount that a quantity grants in all.

    "3 visits a week for 2 months" is 24 to 27 visits, depending on how the weeks fall. None when
    the pattern has no end of its own ("2 a week"): then only the window limits it.
    """
    if not quantity.pattern:
        return Fraction(quantity.amount), Fraction(quantity.amount)
    basis, every, period, count = (quantity.pattern.split("*") + [""] * 4)[:4]
    days = _days(period, count)
    step = _DAYS_IN_BASIS.get(basis)
    if days is None or step is None or not (every or "1").isdecimal() or every == "0":
        return None
    stretch = step * int(every or "1")
    amount = Fraction(quantity.amount)
    return amount * (days[0] // stretch), amount * -(-days[1] // stretch)


_DAYS_IN_BASIS = {"DA": 1, "WK": 7, "MO": 30}
_DAYS_IN_PERIOD = {"7": 1, "35": 7}
MONTH, YEAR = "34", "21"


def _days(period: str, count: str) -> tuple[int, int] | None:
    """Return the least and greatest number of days of HSD05/HSD06."""
    if not count.isdecimal():
        return None
    if period in _DAYS_IN_PERIOD:
        exact = _DAYS_IN_PERIOD[period] * int(count)
        return exact, exact
    months = int(count) * {MONTH: 1, YEAR: 12}.get(period, 0)
    # A month is 30.44 days on average; runs of months stray from that by two days at most.
    mean = months * 487 // 16
    return (mean - 2, mean + 2) if months else None
