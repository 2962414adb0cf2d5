"""Where the numbers of a claim's lines go: the claim level, the line, or nowhere.

One number speaks for the claim at 2300 (of another payer: at 2330B); a line that needs a different
one carries it itself, and never the claim's number again, because the guide forbids the repeat. So:

1. A number that stands at the claim and is right for at least one line stays there.
2. Otherwise the number that most lines need goes to the claim, between equals the lower one; not
   one that stands on a line already, unless we may take it away there (`replace`).
3. Every other number goes to its line, if the guide has a place there (837I has none: the claim
   must be split) and there is room (five in 837P).
4. What stands there and differs is reported, and only overwritten with `replace`.

Authorization (G1) and referral (9F) numbers have places of their own and are placed independently.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal

from attrs import define, field, frozen

from x12_pa.reconcile.claims import Line, Reference, Slot
from x12_pa.reconcile.edit import Edit, Insert, Remove, Replace

Kind = Literal["inserted", "covered", "conflict", "too-many", "split"]


@frozen(kw_only=True)
class Placed:
    """What happens with the number of one line. `existing` is what stands in its way."""

    kind: Kind
    number: str
    loop: str | None = None
    existing: str | None = None
    note: str = ""


@frozen(kw_only=True)
class Plan:
    """The placement of all numbers of one qualifier, by index of the line, and its edits."""

    placed: Mapping[int, Placed]
    edits: tuple[Edit, ...] = ()


@define(kw_only=True)
class Placer:
    """Places the numbers of one qualifier and one payer on one claim.

    Attributes:
        claim_slot: 2300 for the destination payer, 2330B for another; None if the guide has none.
        payer_id: None for the destination payer, else how line numbers name their payer.
        wanted: index of the line -> the number it needs.
    """

    claim_slot: Slot | None
    lines: Sequence[Line]
    qualifier: str
    wanted: Mapping[int, str]
    replace: bool
    payer_id: str | None = None
    _placed: dict[int, Placed] = field(factory=dict, init=False)
    _edits: list[Edit] = field(factory=list, init=False)

    def plan(self) -> Plan:
        """Work out the placement."""
        pending = self._pending()
        current = self._claim_number()
        chosen = self._for_claim(pending, current)
        if chosen is None and current is not None and pending and not self._supported(current):
            for index, number in pending.items():
                self._set(index, "conflict", number, existing=current.number)
            return self._plan()
        if self._needs_split(chosen, pending):
            self._split(pending, chosen)
            return self._plan()
        self._to_claim(chosen, current, pending)
        for index, number in pending.items():
            if number != chosen:
                self._to_line(index, number)
        self._repeats(chosen)
        return self._plan()

    def _plan(self) -> Plan:
        return Plan(placed=self._placed, edits=tuple(self._edits))

    def _set(
        self,
        index: int,
        kind: Kind,
        number: str,
        *,
        loop: str | None = None,
        existing: str | None = None,
        note: str = "",
    ) -> None:
        self._placed[index] = Placed(
            kind=kind, number=number, loop=loop, existing=existing, note=note
        )

    def _on_line(self, index: int) -> tuple[Reference, ...]:
        slot = self.lines[index].slot(self.qualifier)
        return slot.numbers(self.payer_id) if slot else ()

    def _claim_number(self) -> Reference | None:
        found = self.claim_slot.references if self.claim_slot else ()
        right = [ref for ref in found if ref.number in self.wanted.values()]
        return next(iter([*right, *found]), None)

    def _supported(self, current: Reference) -> bool:
        """Say whether the claim's number is right for some line, as things will stand."""
        return any(
            number == current.number and (not own or self.replace or current.number in own)
            for index, number in self.wanted.items()
            for own in [{ref.number for ref in self._on_line(index)}]
        )

    def _pending(self) -> dict[int, str]:
        """Return the lines that no number of their own answers for, in the order of the lines."""
        pending = {}
        for index, number in sorted(self.wanted.items()):
            own = self._on_line(index)
            if any(ref.number == number for ref in own):
                loop = self.lines[index].slot(self.qualifier)
                self._set(index, "covered", number, loop=loop.loop if loop else None)
            elif own and not self.replace:
                self._set(index, "conflict", number, existing=own[0].number)
            else:
                pending[index] = number
        return pending

    def _for_claim(self, pending: Mapping[int, str], current: Reference | None) -> str | None:
        """Return the number that the claim carries in the end; None for none of ours."""
        if current is not None:
            if self._supported(current):
                return current.number
            if not self.replace:
                return None
        if self.claim_slot is None:
            return None
        votes = Counter(pending.values())
        if not self.replace:
            for index in range(len(self.lines)):
                for ref in self._on_line(index):
                    votes.pop(ref.number, None)
        return min(votes, key=lambda number: (-votes[number], number), default=None)

    def _needs_split(self, chosen: str | None, pending: Mapping[int, str]) -> bool:
        rest = [index for index, number in pending.items() if number != chosen]
        return any(self.lines[index].slot(self.qualifier) is None for index in rest)

    def _split(self, pending: Mapping[int, str], chosen: str | None) -> None:
        current = self._claim_number()
        for index, number in pending.items():
            if current is not None and number == current.number:
                self._set(index, "covered", number, loop=self._loop())
            else:
                self._set(index, "split", number)

    def _loop(self) -> str | None:
        return self.claim_slot.loop if self.claim_slot else None

    def _to_claim(
        self, chosen: str | None, current: Reference | None, pending: Mapping[int, str]
    ) -> None:
        if chosen is None or self.claim_slot is None:
            return
        there = current is not None and current.number == chosen
        for index, number in pending.items():
            if number != chosen:
                continue
            self._set(index, "covered" if there else "inserted", number, loop=self._loop())
            self._edits.extend(Remove(reference=ref) for ref in self._on_line(index))
        if there:
            return
        if current is None:
            self._edits.append(Insert(slot=self.claim_slot, number=chosen))
        else:
            self._edits.append(Replace(reference=current, number=chosen))

    def _to_line(self, index: int, number: str) -> None:
        slot = self.lines[index].slot(self.qualifier)
        assert slot is not None
        own = self._on_line(index)
        if own:
            self._edits.append(Replace(reference=own[0], number=number, payer_id=self.payer_id))
            self._edits.extend(Remove(reference=ref) for ref in own[1:])
        elif slot.capacity is not None and len(slot.references) >= slot.capacity:
            self._set(index, "too-many", number)
            return
        else:
            self._edits.append(Insert(slot=slot, number=number, payer_id=self.payer_id))
        self._set(index, "inserted", number, loop=slot.loop)

    def _repeats(self, chosen: str | None) -> None:
        """Report, or with `replace` remove, the claim's number where a line repeats it."""
        for index, placed in list(self._placed.items()):
            repeated = [ref for ref in self._on_line(index) if ref.number == chosen]
            if chosen is None or not repeated or placed.kind != "covered":
                continue
            note = "The line repeats the claim's number, which the guide does not allow"
            if self.replace:
                self._edits.extend(Remove(reference=ref) for ref in repeated)
                note += "; the repeat was removed."
            else:
                note += "; fill with replace to remove it."
            self._set(index, "covered", placed.number, loop=self._loop(), note=note)
