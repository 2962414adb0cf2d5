"""Claims as plain frozen records, with the byte offsets at which they can be edited.

A record here is what the decision procedure needs to know of a claim and nothing more; it holds no
tree and no segment. The fallbacks of the claim forms are already applied: a line without a date of
its own carries the claim's, a line without a rendering provider the claim's or the billing one.

A `Slot` is a loop's place for one kind of number: what stands there now, how many the guide allows,
and the offset where a new REF belongs by the guide's order. No slot means that the guide has no
such REF in that loop (an institutional line, for one).
"""

from datetime import date
from decimal import Decimal

from attrs import frozen

from x12_pa.authorizations.records import Patient, Procedure
from x12_pa.models.codecs import Period
from x12_pa.syntax import Delimiters


@frozen(kw_only=True)
class Reference:
    """A number that stands in the file: REF02 of the segment at bytes `offset` to `end`.

    `payer_id` is REF04-2 of a line-level number that belongs to another payer.
    """

    qualifier: str
    number: str
    payer_id: str | None
    offset: int
    end: int


@frozen(kw_only=True)
class Slot:
    """A loop's place for numbers of one qualifier.

    Attributes:
        capacity: how many the guide allows in the loop; None is unbounded.
        offset: byte offset at which a new segment is inserted.
        order: rank among the loop's segments; decides between insertions at the same offset.
        references: what stands there, of any payer.
    """

    loop: str
    qualifier: str
    capacity: int | None
    offset: int
    order: int
    references: tuple[Reference, ...] = ()

    def numbers(self, payer_id: str | None = None) -> tuple[Reference, ...]:
        """Return the references of the destination payer (None) or of another payer."""
        return tuple(ref for ref in self.references if ref.payer_id == payer_id)


def _slot(slots: tuple[Slot, ...], qualifier: str) -> Slot | None:
    return next((slot for slot in slots if slot.qualifier == qualifier), None)


@frozen(kw_only=True)
class Line:
    """One service line (2400).

    Attributes:
        number: LX01 as it stands in the file.
        procedure: SV1/SV2/SV3; the code is "" on a line with a revenue code alone.
        unit, units: SV103/SV104 and their like; `units` None when absent or not a number.
        place: place of service of the line or of the claim; the type of bill on 837I.
        own_rendering: the rendering NPI came from the line itself or from the claim.
    """

    number: str
    procedure: Procedure
    unit: str
    units: Decimal | None
    charge: Decimal | None
    dates: Period | None
    place: str
    rendering_npi: str
    facility_npi: str
    own_rendering: bool
    slots: tuple[Slot, ...] = ()

    def slot(self, qualifier: str) -> Slot | None:
        """Return the line's place for a number, None when the guide has none."""
        return _slot(self.slots, qualifier)


@frozen(kw_only=True)
class OtherPayer:
    """A payer of the claim that is not its destination (2320 with 2330A and 2330B)."""

    payer_id: str
    member_id: str
    rank: str
    slots: tuple[Slot, ...] = ()

    def slot(self, qualifier: str) -> Slot | None:
        """Return the payer's place for a number."""
        return _slot(self.slots, qualifier)


@frozen(kw_only=True)
class Claim:
    """One claim (2300) with what it inherits from the levels above.

    Attributes:
        form: `837P`, `837I` or `837D`.
        set_control: ST02.
        place: CLM05-1, place of service or (837I) the first digits of the type of bill.
        frequency: CLM05-3; 7 replaces and 8 voids an earlier claim.
        admitted_on: first day of a stay; None for claims that are no stay.
        exception_code: REF*4N, the reason why a service had no authorization.
    """

    claim_id: str
    form: str
    set_control: str
    payer_id: str
    payer_qualifier: str
    member_id: str
    patient: Patient
    billing_npi: str
    rendering_npi: str
    attending_npi: str
    facility_npi: str
    place: str
    frequency: str
    admitted_on: date | None
    dates: Period | None
    exception_code: str
    diagnoses: tuple[str, ...]
    other_payers: tuple[OtherPayer, ...]
    lines: tuple[Line, ...]
    slots: tuple[Slot, ...]
    delimiters: Delimiters

    def slot(self, qualifier: str) -> Slot | None:
        """Return the claim's place for a number of the destination payer."""
        return _slot(self.slots, qualifier)

    @property
    def first_day(self) -> date | None:
        """The first day of service: tells one interim bill of a stay from the next."""
        days = [line.dates.start for line in self.lines if line.dates]
        return min(days, default=self.dates.start if self.dates else None)


@frozen(kw_only=True)
class ClaimSet:
    """One transaction set of claims.

    Attributes:
        segments: number of segments from ST to SE, both included, as they really are.
        count: SE01 as it stands there, and `count_offset` its place in the file.
    """

    control: str
    form: str
    claims: tuple[Claim, ...]
    segments: int
    count: str
    count_offset: int
    delimiters: Delimiters
