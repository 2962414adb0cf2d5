"""The lines of a generated transaction set, and the sums and counts that its lines must agree in.

A line keeps its segment use and its loop instance, so that a mutation knows what it breaks.
"""

from decimal import Decimal

from attrs import define

from x12_pa.guides import LoopUse, SegmentUse

# The charge of a service line. Source: the claim guides, notes on CLM02 and on line level COB.
_CHARGES = {"837P": ("SV1", 2), "837I": ("SV2", 3), "837D": ("SV3", 2)}
_ADJUSTMENTS = (3, 6, 9, 12, 15, 18)
_PROVIDER = (4, 6, 8, 10, 12, 14)
_REMITTANCE = "835"


@define(eq=False)
class Home:
    """One instance of a loop."""

    use: LoopUse
    parent: "Home | None" = None
    level: "Line | None" = None
    levels_below: int = 0

    def within(self, other: "Home") -> bool:
        home: Home | None = self
        while home is not None:
            if home is other:
                return True
            home = home.parent
        return False


@define(eq=False)
class Line:
    """One segment: its use, its loop instance, its elements as text (`values[0]` is element 1)."""

    use: SegmentUse
    values: list[str]
    home: Home

    def text(self, element: str = "*") -> str:
        values = list(self.values)
        while values and not values[-1]:
            values.pop()
        return element.join([self.use.id, *values])


def reconcile(key: str, lines: list[Line]) -> None:
    """Make sums and counts agree: claim totals, payments of other payers, LX, counts of a 999."""
    if key in _CHARGES:
        charges = _claim_totals(lines, *_CHARGES[key])
        _other_payers(lines, charges)
        for claim in (line for line in lines if line.use.id == "CLM"):
            _only_other_payer(lines, claim)
    if key.startswith(_REMITTANCE):
        _remittance(lines)
    _sets_of_999(lines)
    _line_numbers(lines)


def _remittance(lines: list[Line]) -> None:
    """Write SVC03, CLP04 and BPR02 as charges and adjustments make them."""
    total = -_amounts([line for line in lines if line.use.id == "PLB"], _PROVIDER)
    for line in lines:
        if line.use.id in ("SVC", "CLP"):
            below = [one for one in lines if one.use.id == "CAS" and one.home.within(line.home)]
            charge, paid = (1, 2) if line.use.id == "SVC" else (2, 3)
            left = Decimal(line.values[charge]) - _amounts(below, _ADJUSTMENTS)
            line.values[paid] = f"{left:f}"
            total += left if line.use.id == "CLP" else 0
    for line in lines:
        if line.use.id == "BPR":
            line.values[1] = f"{total:f}"


def _amounts(lines: list[Line], places: tuple[int, ...]) -> Decimal:
    """Add up the amounts at some elements."""
    values = (line.values[n - 1] for line in lines for n in places if n <= len(line.values))
    return sum((Decimal(text) for text in values if text), Decimal(0))


def _claim_totals(lines: list[Line], name: str, number: int) -> dict[int, Decimal]:
    """Write CLM02; return the charge of each service line by the loop instance it stands in."""
    claim: Line | None = None
    total, charges = Decimal(0), {}
    for line in lines:
        if line.use.id == "CLM":
            claim, total = line, Decimal(0)
        elif line.use.id == name and claim is not None:
            charge = Decimal(line.values[number - 1])
            charges[id(line.home)] = charge
            total += charge
            claim.values[1] = f"{total:f}"
    return charges


def _other_payers(lines: list[Line], charges: dict[int, Decimal]) -> None:
    """Write SVD02 so that what another payer paid and adjusted is the charge of the line."""
    for payment in (line for line in lines if line.use.id == "SVD"):
        left = charges[id(payment.home.parent)]
        for line in lines:
            if line.use.id == "CAS" and line.home is payment.home:
                amounts = [line.values[n - 1] for n in _ADJUSTMENTS if n <= len(line.values)]
                left -= sum((Decimal(text) for text in amounts if text), Decimal(0))
        payment.values[1] = f"{left:f}"


def _only_other_payer(lines: list[Line], claim: Line) -> None:
    """Write AMT*D so that what the one other payer paid and adjusted is the total of the claim."""
    inside = [line for line in lines if line.home.within(claim.home)]
    payers = [line for line in inside if line.use.id == "SBR"]
    paid = [line for line in inside if line.use.id == "AMT" and line.values[0] == "D"]
    if len(payers) != 1 or len(paid) != 1:
        return
    adjusted = (
        line.values[number - 1]
        for line in inside
        if line.use.id == "CAS"
        for number in _ADJUSTMENTS
        if number <= len(line.values) and line.values[number - 1]
    )
    paid[0].values[1] = f"{Decimal(claim.values[1]) - sum(map(Decimal, adjusted), Decimal(0)):f}"


def _line_numbers(lines: list[Line]) -> None:
    """Count LX within its parent loop instance."""
    counts: dict[int, int] = {}
    for line in lines:
        if line.use.id == "LX":
            owner = id(line.home.parent)
            counts[owner] = counts.get(owner, 0) + 1
            line.values[0] = str(counts[owner])


def _sets_of_999(lines: list[Line]) -> None:
    """Write the counts of a 999 as its sets are."""
    end = next((line for line in lines if line.use.id == "AK9"), None)
    if end is None:
        return
    verdicts = [line.values[0] for line in lines if line.use.id == "IK5"]
    good = sum(verdict in "AE" for verdict in verdicts)
    end.values[1:4] = [str(len(verdicts)), str(len(verdicts)), str(good)]


def recount(lines: list[Line]) -> None:
    """Write SE01 and SE02 as they must be."""
    lines[-1].values[:2] = [str(len(lines)), lines[0].values[1]]
