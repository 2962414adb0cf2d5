"""277CA: the answer to the claims of an 837 that the 999 has taken, claim by claim.

```text
ST BHT
HL 20    who acknowledges: the receiver of the 837; TRN our receipt, when received and processed
  HL 21  who submitted: TRN repeats BHT03; claims and amounts taken and refused
    HL 19  each billing provider, with the same totals
      HL PT  each patient; for each claim TRN repeats CLM01, STC the verdict and the charge
```

Service lines are not answered by themselves: a refused line refuses its claim.

Source: 005010X214 in our own words; where pyx12's map of it asks for more (STC of a provider, the
date of a claim), that is written too.
"""

from collections.abc import Sequence
from decimal import Decimal

from x12_pa.acks.claim_verdicts import ClaimVerdicts, received
from x12_pa.acks.claims import ClaimStatus
from x12_pa.acks.submitted import (
    SubmittedClaim,
    SubmittedPatient,
    SubmittedProvider,
    SubmittedSet,
)
from x12_pa.acks.texts import shaped
from x12_pa.clock import Clock
from x12_pa.guides.npi import npi_is_valid
from x12_pa.syntax import DEFAULT_DELIMITERS, Delimiters, Segment, segment

GUIDE_277CA = "005010X214"
FUNCTIONAL_ID = "HN"
_PAYER, _CLEARINGHOUSE = "PR", "AY"
_MEMBER_ID, _UNIQUE_ID = "MI", "II"
_NO_TRACE = "0"
_UNKNOWN = "UNKNOWN"
_STATUSES_OF_AN_STC = 3
_LONGEST_NAME, _LONGEST_ID, _LONGEST_NUMBER = 60, 80, 50
_LONGEST_PARTS = (35, 25, 10)
_SHORTEST_ID = 2


def build_277ca(
    submitted: SubmittedSet,
    verdicts: ClaimVerdicts,
    *,
    reference: str,
    clock: Clock,
    control: str = "0001",
    delimiters: Delimiters = DEFAULT_DELIMITERS,
) -> list[Segment]:
    """Build the 277CA that answers one 837: ST to the last claim, without SE.

    Args:
        submitted: the claims of the 837.
        verdicts: what becomes of each.
        reference: our own number of this answer (BHT03 and the receipt trace), unique.
        clock: gives the date and time of receipt and of the answer, in whatever zone it is of.
        control: ST02 of the 277CA.
        delimiters: those of the interchange that the 277CA will stand in.
    """
    now = clock()
    writer = _Writer(verdicts, f"{now:%Y%m%d}", _information_source(submitted), delimiters)
    writer.add("ST", "277", control, GUIDE_277CA)
    writer.add("BHT", "0085", "08", reference, writer.day, f"{now:%H%M}", "TH")
    writer.source(submitted, reference)
    writer.submitter(submitted)
    for provider in submitted.providers:
        if provider.claims:
            writer.provider(provider)
    return writer.lines


def _information_source(submitted: SubmittedSet) -> str:
    """Return who acknowledges: the payer, if all claims are for the receiver of the 837."""
    receiver = submitted.receiver.element(9).strip() if submitted.receiver else ""
    return _PAYER if submitted.payers <= {receiver} else _CLEARINGHOUSE


class _Writer:
    """Collects the segments of one 277CA."""

    def __init__(self, verdicts: ClaimVerdicts, day: str, entity: str, marks: Delimiters) -> None:
        self.lines: list[Segment] = []
        self.day = day
        self._verdicts, self._entity, self._marks = verdicts, entity, marks
        self._levels = 0
        self._submitter = ""

    def add(self, segment_id: str, *elements: str | tuple[str, ...]) -> None:
        self.lines.append(segment(segment_id, *elements, delimiters=self._marks))

    def source(self, submitted: SubmittedSet, reference: str) -> None:
        """Write level 20: who acknowledges, under which number, and when."""
        self._level("", "20", "1")
        self._name(self._entity, submitted.receiver, "46")
        self.add("TRN", "1", reference)
        self.add("DTP", "050", "D8", self.day)
        self.add("DTP", "009", "D8", self.day)

    def submitter(self, submitted: SubmittedSet) -> None:
        """Write level 21: who submitted the batch, and what became of it in all."""
        claims = submitted.claims
        self._submitter = self._level("1", "21", "1" if claims else "0")
        self._name("41", submitted.submitter, "46")
        self.add("TRN", "2", self._number(submitted.batch))
        self._status([received(self._entity)], self.day, _total(claims))
        self._totals(claims, "90", "AA")

    def provider(self, provider: SubmittedProvider) -> None:
        """Write level 19 and what stands below: a billing provider and the patients."""
        level = self._level(self._submitter, "19", "1")
        name = provider.name
        own = name.element(9).strip() if name is not None else ""
        known = npi_is_valid(own)
        number = own if known else provider.tax_id
        self._name("85", name, "XX" if known else "FI", number, suffix=True)
        self.add("TRN", "1", _NO_TRACE)
        self._status([received(self._entity)], "", _total(provider.claims))
        self._totals(provider.claims, "QA", "QC")
        for patient in provider.patients:
            self._patient(level, patient)

    def _patient(self, provider: str, patient: SubmittedPatient) -> None:
        self._level(provider, "PT", "")
        member, name = patient.subscriber, patient.name
        qualifier = member.element(8).strip() if member is not None else ""
        own = member.element(9) if member is not None else ""
        self._name(
            "QC",
            name,
            qualifier if qualifier == _UNIQUE_ID else _MEMBER_ID,
            own,
            suffix=True,
            person=True,
        )
        for claim in patient.claims:
            self._claim(claim)

    def _claim(self, claim: SubmittedClaim) -> None:
        self.add("TRN", "2", self._number(claim.claim_id))
        self._status(self._verdicts.statuses(claim.offset), self.day, claim.amount)
        for kind, number in (("D9", claim.clearinghouse_number), ("BLT", claim.bill_type)):
            if shaped(number, self._marks, _LONGEST_NUMBER):
                self.add("REF", kind, self._number(number))
        if claim.first_day and claim.first_day != claim.last_day:
            self.add("DTP", "472", "RD8", f"{claim.first_day}-{claim.last_day}")
        elif claim.first_day:
            self.add("DTP", "472", "D8", claim.first_day)

    def _level(self, parent: str, kind: str, child: str) -> str:
        self._levels += 1
        self.add("HL", str(self._levels), parent, kind, child)
        return str(self._levels)

    def _name(
        self,
        entity: str,
        name: Segment | None,
        qualifier: str,
        number: str | None = None,
        *,
        suffix: bool = False,
        person: bool = False,
    ) -> None:
        """Write NM1 from that of the 837; what is missing there is unknown here."""
        is_person = person or (name is not None and name.element(2).strip() == "1")
        kind = "1" if is_person else "2"
        last = name.element(3) if name is not None else ""
        parts = [name.element(4), name.element(5), name.element(7)] if name is not None else []
        if kind != "1":
            parts = []
        given = [
            shaped(part, self._marks, longest)
            for part, longest in zip(parts, _LONGEST_PARTS, strict=False)
        ]
        first, middle, after = (*given, "", "", "")[:3]
        number = number if number is not None else name.element(9) if name is not None else ""
        number = shaped(number, self._marks, _LONGEST_ID)
        self.add(
            "NM1",
            entity,
            kind,
            shaped(last, self._marks, _LONGEST_NAME) or _UNKNOWN,
            first,
            middle,
            "",
            after if suffix else "",
            qualifier,
            number if len(number) >= _SHORTEST_ID else _UNKNOWN,
        )

    def _status(self, statuses: Sequence[ClaimStatus], day: str, amount: Decimal) -> None:
        """Write STC, three statuses in each: STC01, STC10, STC11."""
        for start in range(0, len(statuses), _STATUSES_OF_AN_STC):
            parts = [_composite(item) for item in statuses[start : start + _STATUSES_OF_AN_STC]]
            action = statuses[start].action
            more = [("",)] * 5 + parts[1:] if parts[1:] else []
            self.add("STC", parts[0], day, action, _written(amount), *more)

    def _totals(self, claims: Sequence[SubmittedClaim], taken: str, refused: str) -> None:
        """Write how many claims, of what amount, were taken and refused; none is left out."""
        bad = [claim for claim in claims if claim.offset in self._verdicts.refusals]
        good = [claim for claim in claims if claim.offset not in self._verdicts.refusals]
        for kind, group in ((taken, good), (refused, bad)):
            if group:
                self.add("QTY", kind, str(len(group)))
        for kind, group in (("YU", good), ("YY", bad)):
            if group:
                self.add("AMT", kind, _written(_total(group)))

    def _number(self, value: str) -> str:
        return shaped(value, self._marks, _LONGEST_NUMBER) or _NO_TRACE


def _composite(status: ClaimStatus) -> tuple[str, ...]:
    return (status.category, status.code, *([status.entity] if status.entity else []))


def _total(claims: Sequence[SubmittedClaim]) -> Decimal:
    return sum((claim.amount for claim in claims), Decimal(0))


def _written(amount: Decimal) -> str:
    """Write an amount as X12 does: no zeros at the end of a fraction."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
