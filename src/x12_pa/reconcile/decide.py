"""Decide one claim: an answer for every line, a place for every number, a report of both.

The lines are answered in an order of their own content (date, service, amount), not of the file, so
that units run out on the same line however the lines are sorted. The destination payer comes first;
then every other payer that the claim names gets its own numbers into its own loops, never into
2300.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from attrs import define, evolve, field, frozen

from x12_pa.authorizations.records import Authorization
from x12_pa.reconcile import bindings as at
from x12_pa.reconcile.case import Case, Grade, Party
from x12_pa.reconcile.claims import Claim, Line, OtherPayer, Reference, Slot
from x12_pa.reconcile.edit import Edit, Insert, Remove
from x12_pa.reconcile.match import Answer, Candidates, choose, evaluate
from x12_pa.reconcile.placement import Placed, Placer
from x12_pa.reconcile.policy import Policies, Policy
from x12_pa.reconcile.report import ClaimReport, LineReport, LineState, claim_outcome
from x12_pa.reconcile.units import VOIDS, Tally, UnitUse, billed_amount

REFERRAL = "SC"
WITHDRAWN = frozenset({"cancelled", "denied", "not-a-decision"})
UNKNOWN_HERE = frozenset({"no-authorization", "payer-mismatch", "code-mismatch"})


@frozen(kw_only=True)
class Decided:
    """The report of a claim and the edits that carry it out."""

    report: ClaimReport
    edits: tuple[Edit, ...]


def decide(
    claim: Claim, candidates: Candidates, policies: Policies, tally: Tally, *, replace: bool = False
) -> Decided:
    """Decide one claim; the units it uses are counted in `tally`."""
    tally.take_back(claim)
    party = Party(payer_id=claim.payer_id, member_id=claim.member_id)
    policy = policies.of(claim.payer_id)
    ours = _Payer(claim, candidates, policy, tally, replace, party)
    ours.place()
    lines = [ours.line_report(index) for index in range(len(claim.lines))]
    edits = [*ours.edits, *ours.withdraw(lines)]
    if policy.fill_other_payers:
        for other in claim.other_payers:
            edits += _other_payer(ours, other, policies.of(other.payer_id), lines)
    outcome = claim_outcome(
        lines, changed=bool(edits), split=policy.institutional_several == "split"
    )
    report = ClaimReport(
        claim_id=claim.claim_id,
        set_control=claim.set_control,
        form=claim.form,
        outcome=outcome,
        lines=tuple(lines),
    )
    return Decided(report=report, edits=tuple(edits))


def _other_payer(
    ours: "_Payer", other: OtherPayer, policy: Policy, lines: list[LineReport]
) -> tuple[Edit, ...]:
    """Place the numbers of another payer; tell it on lines that have nothing better to tell."""
    party = Party(payer_id=other.payer_id, member_id=other.member_id)
    theirs = _Payer(ours.claim, ours.candidates, policy, ours.tally, ours.replace, party, other)
    theirs.place()
    for index, line in enumerate(lines):
        found = theirs.line_report(index)
        if index not in theirs.placed:
            continue
        told = f"Payer {other.payer_id}: {found.detail}"
        if line.reason in UNKNOWN_HERE:
            reason = "other-payer" if found.outcome == "inserted" else found.reason
            lines[index] = evolve(found, reason=reason, detail=told)
        else:
            place = f" ({found.number} at {found.placed_at})" if found.placed_at else ""
            lines[index] = evolve(line, detail=f"{line.detail} {told}{place}".strip())
    return tuple(theirs.edits)


@define
class _Payer:
    """The answers and places of one payer's numbers on one claim."""

    claim: Claim
    candidates: Candidates
    policy: Policy
    tally: Tally
    replace: bool
    party: Party
    other: OtherPayer | None = None
    answers: dict[int, Answer] = field(factory=dict)
    placed: dict[int, Placed] = field(factory=dict)
    qualifiers: dict[int, str] = field(factory=dict)
    edits: list[Edit] = field(factory=list)
    _uses: dict[int, UnitUse] = field(factory=dict)

    @property
    def tag(self) -> str | None:
        """How REF04 of a line names this payer; None for the destination."""
        return self.other.payer_id if self.other else None

    def place(self) -> None:
        """Answer every line and place the numbers, each qualifier apart."""
        for index in _own_order(self.claim.lines):
            self._answer(index)
        for qualifier in at.NUMBER_QUALIFIERS:
            wanted = {
                index: answer.number
                for index, answer in self.answers.items()
                if answer.number is not None and self.qualifiers[index] == qualifier
            }
            placer = Placer(
                claim_slot=self._claim_slot(qualifier),
                lines=self.claim.lines,
                qualifier=qualifier,
                wanted=wanted,
                replace=self.replace,
                payer_id=self.tag,
            )
            plan = placer.plan()
            self.placed.update(plan.placed)
            self.edits.extend(plan.edits)
        for index, use in self._uses.items():
            if self.placed[index].kind not in ("inserted", "covered"):
                self.tally.withdraw(use)

    def _answer(self, index: int) -> None:
        line = self.claim.lines[index]
        found = self.candidates.of(self.party.member_id, self.claim.patient, self.policy)
        standing = self.standing(index)
        answer = choose(
            [evaluate(self._case(line, item)) for item in found],
            [ref.number for ref in standing],
        )
        self.answers[index] = answer
        if answer.number is not None and answer.match is not None:
            granted = answer.match.authorization
            there = [ref.qualifier for ref in standing if ref.number == answer.number]
            self.qualifiers[index] = there[0] if there else self._qualifier(granted)
            self._use(index, line, granted)

    def _case(self, line: Line, authorization: Authorization) -> Case:
        return Case(
            claim=self.claim,
            line=line,
            party=self.party,
            authorization=authorization,
            policy=self.policy,
            used=self.tally.used(authorization.id),
        )

    def _qualifier(self, authorization: Authorization) -> str:
        referral = authorization.category == REFERRAL
        return self.policy.referral_qualifier if referral else at.NUMBER_QUALIFIERS[0]

    def _use(self, index: int, line: Line, granted: Authorization) -> None:
        if granted.quantity is None or self.claim.frequency == VOIDS:
            return
        stay = self.claim.admitted_on is not None
        amount = billed_amount(line, granted.quantity, self.policy.unit_factors, stay=stay)
        if not amount:
            return
        use = UnitUse(
            authorization=granted.id,
            claim_id=self.claim.claim_id,
            first_day=self.claim.first_day,
            line=line.number,
            amount=Decimal(amount.numerator) / Decimal(amount.denominator),
        )
        self._uses[index] = use
        self.tally.add(use)

    def _claim_slot(self, qualifier: str) -> Slot | None:
        return (self.other or self.claim).slot(qualifier)

    def standing(self, index: int) -> tuple[Reference, ...]:
        """Return the numbers that hold for a line now: its own, else the claim's."""
        return tuple(self._on_line(index)) or tuple(self._at_claim())

    def _on_line(self, index: int) -> Iterator[Reference]:
        for qualifier in at.NUMBER_QUALIFIERS:
            if (slot := self.claim.lines[index].slot(qualifier)) is not None:
                yield from slot.numbers(self.tag)

    def _at_claim(self) -> Iterator[Reference]:
        for qualifier in at.NUMBER_QUALIFIERS:
            if (slot := self._claim_slot(qualifier)) is not None:
                yield from slot.references

    def line_report(self, index: int) -> LineReport:
        """Return what happened to a line."""
        answer, line = self.answers[index], self.claim.lines[index]
        granted = answer.match.authorization.id if answer.match else None
        if (placed := self.placed.get(index)) is not None:
            report = self._placed_report(index, placed, answer)
            return evolve(report, authorization=granted)
        outcome: LineState = "refused"
        if answer.grade is Grade.EVIDENCE:
            outcome = "not_required"
        elif answer.grade is Grade.MANUAL:
            outcome = "manual"
        known = answer.reason not in ("no-authorization", "ambiguous")
        return LineReport(
            line=line.number,
            outcome=outcome,
            reason=answer.reason,
            detail=answer.detail + self._remark(index, answer),
            authorization=granted if known else None,
        )

    def _remark(self, index: int, answer: Answer) -> str:
        if answer.reason != "no-authorization":
            return ""
        standing = [ref.number for ref in self.standing(index)]
        if standing:
            return f" The claim carries {', '.join(standing)}, which was left as it is."
        if self.claim.exception_code:
            return f" The claim carries exception code {self.claim.exception_code} (REF*4N)."
        return ""

    def _placed_report(self, index: int, placed: Placed, answer: Answer) -> LineReport:
        line = self.claim.lines[index]
        if placed.kind in ("inserted", "covered"):
            present = placed.kind == "covered"
            return LineReport(
                line=line.number,
                outcome="covered" if present else "inserted",
                number=placed.number,
                placed_at=placed.loop,
                qualifier=self.qualifiers[index],
                reason="already-present" if present else answer.reason,
                detail=f"{answer.detail} {placed.note}".strip(),
            )
        reason = {
            "conflict": "conflict-existing",
            "too-many": "too-many-numbers",
            "split": "needs-split",
        }[placed.kind]
        return LineReport(
            line=line.number,
            outcome="conflict" if placed.kind == "conflict" else "refused",
            reason=reason,
            detail=self._unplaced(placed, answer),
        )

    def _unplaced(self, placed: Placed, answer: Answer) -> str:
        if placed.kind == "conflict":
            return (
                f"The claim carries {placed.existing}, but {placed.number} fits: {answer.detail} "
                "Check which one is right; fill with replace to overwrite."
            )
        if placed.kind == "too-many":
            return f"{placed.number} fits, but the line carries as many numbers as it may."
        return self._split_proposal()

    def _split_proposal(self) -> str:
        shares: dict[str, list[str]] = {}
        for index, placed in sorted(self.placed.items()):
            shares.setdefault(placed.number, []).append(self.claim.lines[index].number)
        parts = [f"{number} for line {', '.join(shares[number])}" for number in sorted(shares)]
        return f"The claim has room for one number but needs several; split it: {'; '.join(parts)}."

    def withdraw(self, lines: list[LineReport]) -> tuple[Edit, ...]:
        """Point out numbers on the claim that the payer took back; remove them with `replace`.

        A number stays while another line of the claim still stands on it.
        """
        kept = {placed.number for placed in self.placed.values()}
        overwritten = {item.reference.offset for item in self.edits if not isinstance(item, Insert)}
        removed: dict[int, Remove] = {}
        for index, line in enumerate(lines):
            match = self.answers[index].match
            if line.outcome != "refused" or line.reason not in WITHDRAWN or match is None:
                continue
            number = match.authorization.number
            known = (*self._on_line(index), *self._at_claim())
            found = [r for r in known if r.number == number and r.offset not in overwritten]
            if not found:
                continue
            gone = self.replace and number not in kept
            detail = f"{line.detail} The claim carries its number {number}"
            detail += "; it was removed." if gone else "; take it off before the claim is sent."
            lines[index] = evolve(line, outcome="conflict", detail=detail)
            removed.update({ref.offset: Remove(reference=ref) for ref in found if gone})
        return tuple(removed.values())


def _own_order(lines: Sequence[Line]) -> list[int]:
    """Return the indexes of the lines in an order that does not depend on where they stand."""

    def key(index: int) -> tuple[str, ...]:
        line = lines[index]
        service = line.procedure
        return (
            line.dates.isoformat() if line.dates else "",
            service.qualifier,
            service.code,
            *service.modifiers,
            service.revenue_code or "",
            str(line.charge),
            str(line.units),
            line.number.zfill(6),
        )

    return sorted(range(len(lines)), key=key)
