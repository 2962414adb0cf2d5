"""Read an 837 into `claims` records, one transaction set in memory at a time.

The guide places every segment (`guides.read_tree`); the tables of `bindings` say which element is
which fact; this module only walks. Sets that are no claims are passed over.
"""

import itertools
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache

from attrs import define

from x12_pa.authorizations.records import Patient, Procedure
from x12_pa.errors import DocumentError
from x12_pa.guides import LoopInstance, LoopUse, SegmentUse, load_guide, read_tree
from x12_pa.models.codecs import Period, read_day, read_period
from x12_pa.reconcile import bindings as at
from x12_pa.reconcile.claims import Claim, ClaimSet, Line, OtherPayer, Reference, Slot
from x12_pa.syntax import Segment, Source, TransactionSet, read_transactions

CLAIM_SET = "837"


def read_claim_sets(source: Source) -> Iterator[ClaimSet]:
    """Yield the claim sets of a file in order.

    Raises:
        NotX12: the input does not begin with an interchange.
        DocumentError: a claim set is cut off before its SE, or is of an unknown guide.
    """
    for transaction in read_transactions(source):
        if transaction.id == CLAIM_SET:
            yield _claim_set(transaction)


def _claim_set(transaction: TransactionSet) -> ClaimSet:
    if not transaction.complete:
        raise DocumentError(
            f"Transaction set {transaction.control} ends without its SE segment; the file was cut "
            "off. Get the whole file and try again; nothing was changed."
        )
    offsets = [item.offset for item in transaction.segments]
    reader = _Reader(_form(transaction), transaction, dict(itertools.pairwise(offsets)))
    tree = read_tree(load_guide(reader.form.key), transaction.segments)
    trailer = transaction.segments[-1]
    return ClaimSet(
        control=transaction.control,
        form=reader.form.key,
        claims=tuple(reader.claims(tree, {})),
        segments=len(transaction.segments),
        count=trailer.element(1),
        count_offset=trailer.offset + len(trailer.id) + len(trailer.delimiters.element),
        delimiters=trailer.delimiters,
    )


def _form(transaction: TransactionSet) -> at.Form:
    group = transaction.group
    names = (transaction.convention, group.element(8) if group else "")
    for form in at.FORMS:
        if any(name.startswith(form.convention) for name in names):
            return form
    known = ", ".join(form.convention for form in at.FORMS)
    raise DocumentError(
        f"Transaction set {transaction.control} is an 837 of an unknown guide; ST03 or GS08 should "
        f"begin with one of {known}. Correct the header, or leave the file out."
    )


@define
class _Reader:
    form: at.Form
    transaction: TransactionSet
    following: dict[int, int]

    def claims(self, loop: LoopInstance, above: Mapping[str, LoopInstance]) -> Iterator[Claim]:
        """Walk down; every claim sees the levels above it by their loop ids."""
        for child in loop.children:
            if child.use.id == at.CLAIM_LOOP:
                yield self._claim(child, above)
            else:
                yield from self.claims(child, {**above, child.use.id: child})

    def _claim(self, loop: LoopInstance, above: Mapping[str, LoopInstance]) -> Claim:
        form = self.form
        subscriber = above.get(at.SUBSCRIBER.level)
        billing = _npi(above.get(at.BILLING_LEVEL), at.BILLING)
        rendering = _npi(loop, form.claim_rendering)
        facility = _npi(loop, form.claim_facility)
        dates = _dates(loop, form.claim_dates)
        admitted = _dates(loop, at.ADMISSION)
        place = _value(loop, at.PLACE_OR_BILL_TYPE)
        return Claim(
            claim_id=_value(loop, at.CLAIM_ID),
            form=form.key,
            set_control=self.transaction.control,
            payer_id=_value(subscriber, at.PAYER_ID),
            payer_qualifier=_value(subscriber, at.PAYER_QUALIFIER),
            member_id=_value(subscriber, at.SUBSCRIBER.member_id),
            patient=_patient(above),
            billing_npi=billing,
            rendering_npi=rendering,
            attending_npi=_npi(loop, form.claim_attending),
            facility_npi=facility,
            place=place,
            frequency=_value(loop, at.FREQUENCY),
            admitted_on=admitted.start if admitted else None,
            dates=dates,
            exception_code=_value(loop, at.EXCEPTION_CODE),
            diagnoses=_diagnoses(loop),
            other_payers=tuple(self._other_payer(child) for child in _below(loop, at.OTHER_LOOP)),
            lines=tuple(
                self._line(child, dates, place, rendering, billing, facility)
                for child in _below(loop, at.LINE_LOOP)
            ),
            slots=self._slots(loop),
            delimiters=self.transaction.segments[0].delimiters,
        )

    def _line(
        self,
        loop: LoopInstance,
        dates: Period | None,
        place: str,
        rendering: str,
        billing: str,
        facility: str,
    ) -> Line:
        form = self.form
        own = _npi(loop, form.line_rendering) or rendering
        return Line(
            number=_value(loop, at.LINE_NUMBER),
            procedure=_procedure(loop, form),
            unit=_value(loop, form.unit) if form.unit else "UN",
            units=_decimal(_value(loop, form.units)),
            charge=_decimal(_value(loop, form.charge)),
            dates=_dates(loop, form.line_dates) or dates,
            place=(_value(loop, form.line_place) if form.line_place else "") or place,
            rendering_npi=own or billing,
            facility_npi=_npi(loop, form.line_facility) or facility,
            own_rendering=bool(own),
            slots=self._slots(loop),
        )

    def _other_payer(self, loop: LoopInstance) -> OtherPayer:
        names = _below(loop, at.OTHER_PAYER_LOOP)
        return OtherPayer(
            payer_id=_value(loop, at.OTHER_PAYER_ID),
            member_id=_value(loop, at.OTHER_MEMBER_ID),
            rank=_value(loop, at.OTHER_RANK),
            slots=self._slots(names[0]) if names else (),
        )

    def _slots(self, loop: LoopInstance) -> tuple[Slot, ...]:
        ranks = _ranks(loop.use)
        return tuple(
            Slot(
                loop=loop.use.id,
                qualifier=qualifier,
                capacity=use.max_use,
                offset=self._place(loop, ranks, use),
                order=ranks[use],
                references=tuple(
                    self._reference(item)
                    for _, item in loop.segments
                    if item.id == at.NUMBER_SEGMENT and item.element(1) == qualifier
                ),
            )
            for qualifier, use in _number_uses(loop.use)
        )

    def _place(self, loop: LoopInstance, ranks: dict[SegmentUse, int], use: SegmentUse) -> int:
        """Return the offset behind the last segment that belongs before `use` or is one."""
        before = [item for owner, item in loop.segments if ranks[owner] <= ranks[use]]
        return self._after(before[-1])

    def _reference(self, item: Segment) -> Reference:
        other = item.component(4, 1) == at.PAYER_IN_REFERENCE
        return Reference(
            qualifier=item.element(1),
            number=item.element(2).strip(),
            payer_id=item.component(4, 2) if other else None,
            offset=item.offset,
            end=self._after(item),
        )

    def _after(self, item: Segment) -> int:
        """Return the offset of the segment that follows; every set here ends with its SE."""
        return self.following[item.offset]


@cache
def _ranks(use: LoopUse) -> dict[SegmentUse, int]:
    """Return the order of a loop's own segments in the guide."""
    return {child: n for n, child in enumerate(use.children) if isinstance(child, SegmentUse)}


@cache
def _number_uses(use: LoopUse) -> tuple[tuple[str, SegmentUse], ...]:
    """Return the authorization and referral REFs that the guide has in a loop."""
    return tuple(
        (qualifier, child)
        for qualifier in at.NUMBER_QUALIFIERS
        for child in use.children
        if isinstance(child, SegmentUse)
        and child.id == at.NUMBER_SEGMENT
        and child.qualifier is not None
        and qualifier in child.qualifier[2]
    )


def _below(loop: LoopInstance, loop_id: str) -> list[LoopInstance]:
    return [child for child in loop.children if child.use.id == loop_id]


def _segments(loop: LoopInstance | None, place: at.Place) -> Iterator[Segment]:
    if loop is None:
        return
    owners = _below(loop, place.loop) if place.loop else [loop]
    wanted = place.reference
    for owner in owners:
        for _, item in owner.segments:
            if item.id == wanted.segment and wanted.selector in (None, item.element(1)):
                yield item


def _value(loop: LoopInstance | None, place: at.Place) -> str:
    item = next(_segments(loop, place), None)
    if item is None:
        return ""
    return item.component(place.reference.element, place.reference.component).strip()


def _npi(loop: LoopInstance | None, places: tuple[at.Place, ...]) -> str:
    for place in places:
        for item in _segments(loop, place):
            if item.element(place.reference.element - 1) == at.NPI_QUALIFIER:
                return item.element(place.reference.element).strip()
    return ""


def _dates(loop: LoopInstance, places: tuple[at.Place, ...]) -> Period | None:
    for place in places:
        for item in _segments(loop, place):
            text = item.element(place.reference.element)
            form = item.element(place.reference.element - 1)
            # Admission may come as date and time (DT); the day is its first eight digits.
            found = read_period("D8", text[:8]) if form == "DT" else read_period(form, text)
            if found is not None:
                return found
    return None


def _decimal(text: str) -> Decimal | None:
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def _procedure(loop: LoopInstance, form: at.Form) -> Procedure:
    item = next(_segments(loop, form.procedure), None)
    number = form.procedure.reference.element
    parts = [item.component(number, n).strip() for n in range(1, 9)] if item else [""] * 8
    return Procedure(
        qualifier=parts[0],
        code=parts[1],
        code_end=parts[7] or None,
        modifiers=tuple(part for part in parts[2:6] if part),
        revenue_code=(_value(loop, form.revenue_code) or None) if form.revenue_code else None,
    )


def _patient(above: Mapping[str, LoopInstance]) -> Patient:
    dependent = at.DEPENDENT.level in above
    person = at.DEPENDENT if dependent else at.SUBSCRIBER
    loop = above.get(person.level)
    birth: date | None = read_day(_value(loop, person.birth_date))
    return Patient(
        last_name=_value(loop, person.last_name),
        first_name=_value(loop, person.first_name),
        birth_date=birth,
        dependent=dependent,
    )


def _diagnoses(loop: LoopInstance) -> tuple[str, ...]:
    found = []
    for _, item in loop.segments:
        if item.id == at.DIAGNOSIS_SEGMENT:
            for number in range(1, len(item.elements) + 1):
                if item.component(number, 1) in at.DIAGNOSIS_QUALIFIERS:
                    found.append(item.component(number, 2))
    return tuple(found)
