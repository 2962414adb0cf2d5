"""The claims of a received 837, as far as a 277CA repeats and judges them.

One pass over the tree of a set gives, level by level, who billed what for whom, and at which bytes
of the file each level and claim begins. By that a finding is given to the claims it is about: one
inside a claim to that claim, one about a patient, subscriber or provider to all claims below.

Source: 005010X222A1, X223A2, X224A2; their loops down to 2400 have the same names.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from functools import cached_property

from attrs import Factory, frozen

from x12_pa.guides import LoopInstance
from x12_pa.syntax import Segment
from x12_pa.validation.results import Finding

_LEVELS = ("2000C", "2000B", "2000A")
_CLAIM = "2300"
_LACKING = frozenset({"3", "I6", "I7", "I8"})
_FACILITY_BILL = "A"  # CLM05-2 of an institutional claim


@frozen(kw_only=True)
class SubmittedClaim:
    """One claim.

    Attributes:
        claim_id: CLM01; charge: CLM02 as it was written.
        first_day, last_day: CCYYMMDD of the statement or of the lines; "" without a date.
        clearinghouse_number: REF*D9; bill_type: of an institutional claim, CLM05-1 and CLM05-3.
        offset: byte offset of CLM in the file.
        levels: offsets of the provider, subscriber and dependent levels it stands in, by loop id.
    """

    claim_id: str
    charge: str
    first_day: str
    last_day: str
    clearinghouse_number: str
    bill_type: str
    offset: int
    levels: dict[str, int]

    @property
    def amount(self) -> Decimal:
        """The charge as a number; 0 where it is none."""
        return amount_of(self.charge)


@frozen(kw_only=True)
class SubmittedPatient:
    """One patient of a provider: NM1 of the patient, NM1 of the subscriber, and the claims."""

    name: Segment | None
    subscriber: Segment | None
    claims: tuple[SubmittedClaim, ...]


@frozen(kw_only=True)
class SubmittedProvider:
    """One billing provider: NM1*85, tax number, and the patients with claims."""

    name: Segment | None
    tax_id: str
    patients: tuple[SubmittedPatient, ...]

    @property
    def claims(self) -> tuple[SubmittedClaim, ...]:
        """The claims of all patients, in order."""
        return tuple(claim for patient in self.patients for claim in patient.claims)


@frozen(kw_only=True)
class SubmittedSet:
    """One 837.

    Attributes:
        batch: BHT03.
        submitter, receiver: NM1*41 and NM1*40.
        payers: ids of the payers of the claims (2010BB NM109).
        entities: NM101 around the segments that were asked for, by offset.
    """

    batch: str
    submitter: Segment | None
    receiver: Segment | None
    payers: frozenset[str]
    providers: tuple[SubmittedProvider, ...]
    entities: Mapping[int, str] = Factory(dict)

    @cached_property
    def claims(self) -> tuple[SubmittedClaim, ...]:
        """All claims, in order."""
        return tuple(claim for provider in self.providers for claim in provider.claims)

    @cached_property
    def _starts(self) -> list[int]:
        return [claim.offset for claim in self.claims]

    @cached_property
    def _levels(self) -> dict[str, dict[int, list[SubmittedClaim]]]:
        """The claims below each instance of each level, by loop id and offset of its HL."""
        found: dict[str, dict[int, list[SubmittedClaim]]] = {name: {} for name in _LEVELS}
        for claim in self.claims:
            for name, start in claim.levels.items():
                found[name].setdefault(start, []).append(claim)
        return found

    def concerned(self, finding: Finding) -> list[SubmittedClaim]:
        """Return the claims that a finding is about; none when it is about the set as a whole."""
        path = (finding.loop or "").split("/")
        # What is missing is reported at the segment before which it is missing.
        lacking = finding.ack is not None and finding.ack.ik304 in _LACKING
        find = bisect_left if lacking else bisect_right
        if _CLAIM in path:
            at = find(self._starts, finding.offset)
            return [self.claims[at - 1]] if at else []
        level = next((name for name in _LEVELS if name in path), None)
        if level is None:
            return []
        starts = sorted(self._levels[level])
        at = find(starts, finding.offset)
        return self._levels[level][starts[at - 1]] if at else []


def read_submitted(tree: LoopInstance, offsets: Collection[int] = ()) -> SubmittedSet:
    """Return what a 277CA needs to know of the tree of an 837.

    Args:
        tree: the 837.
        offsets: of the segments whose entities will be asked for: those with findings.
    """
    header = tree.first("BHT")
    around = ((item.offset, loop) for loop, _, item in tree.iter()) if offsets else ()
    return SubmittedSet(
        batch=header.element(3) if header else "",
        submitter=_name(tree, "1000A"),
        receiver=_name(tree, "1000B"),
        payers=frozenset(
            name.element(9).strip() for loop in tree.descend("2010BB") for name in loop.all("NM1")
        ),
        providers=tuple(_provider(level) for level in tree.descend("2000A")),
        entities={offset: _entity(loop) for offset, loop in around if offset in offsets},
    )


def amount_of(text: str) -> Decimal:
    """Return an amount as a number; 0 where it is none."""
    try:
        found = Decimal(text.strip())
    except InvalidOperation:
        return Decimal(0)
    return found if found.is_finite() else Decimal(0)


def _entity(loop: LoopInstance) -> str:
    """Return NM101 of the entity that a segment of this loop belongs to, or ""."""
    name = loop.first("NM1")
    return name.element(1).strip() if name else ""


def _name(loop: LoopInstance, child: str) -> Segment | None:
    return next((item.first("NM1") for item in loop.loops(child)), None)


def _provider(level: LoopInstance) -> SubmittedProvider:
    own = level.loops("2010AA")
    tax = next((own[0].first("REF", kind) for kind in ("EI", "SY") if own), None)
    patients = (item for below in level.loops("2000B") for item in _patients(below))
    return SubmittedProvider(
        name=own[0].first("NM1") if own else None,
        tax_id=tax.element(2) if tax else "",
        patients=tuple(patients),
    )


def _patients(level: LoopInstance) -> Iterator[SubmittedPatient]:
    """Yield the subscriber, if claims are for him, and his dependents."""
    subscriber = _name(level, "2010BA")
    for holder, name in ((level, "2010BA"), *((item, "2010CA") for item in level.loops("2000C"))):
        claims = tuple(_claim(loop) for loop in holder.loops(_CLAIM))
        if claims:
            yield SubmittedPatient(name=_name(holder, name), subscriber=subscriber, claims=claims)


def _claim(loop: LoopInstance) -> SubmittedClaim:
    own = loop.segments[0][1]
    number = loop.first("REF", "D9")
    institutional = own.component(5, 2).strip() == _FACILITY_BILL
    days = sorted(_days(loop))
    return SubmittedClaim(
        claim_id=own.element(1),
        charge=own.element(2),
        first_day=days[0] if days else "",
        last_day=days[-1] if days else "",
        clearinghouse_number=number.element(2) if number else "",
        bill_type=own.component(5, 1) + own.component(5, 3) if institutional else "",
        offset=own.offset,
        levels=_levels(loop),
    )


def _levels(loop: LoopInstance) -> dict[str, int]:
    found = {}
    above = loop.parent
    while above is not None:
        if above.id in _LEVELS:
            found[above.id] = above.segments[0][1].offset
        above = above.parent
    return found


def _days(loop: LoopInstance) -> Iterator[str]:
    """Yield the days of a claim: of its statement, or else of the claim or its lines."""
    statement = loop.all("DTP", "434")
    lines = [item for line in loop.loops("2400") for item in line.all("DTP", "472")]
    for item in statement or [*loop.all("DTP", "472"), *lines]:
        for day in item.element(3).strip().split("-"):
            if len(day) == 8 and day.isascii() and day.isdigit():
                yield day
