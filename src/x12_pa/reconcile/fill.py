"""Put authorization numbers on the claims of an 837 file.

```python
result = fill_claims(data, authorizations)
data_with_numbers = result.output          # always there, also when nothing changed
print(json.dumps(result.report_json()))
```

One pass reads the claims and decides, set by set; a second copies the file with the changed REF
segments and SE01 worked in. The result also lists the units that the claims use up, for the ledger,
and the earlier uses that a repeated, replaced or voided claim takes back.
"""

from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any, BinaryIO

from attrs import field, frozen

from x12_pa.authorizations.records import Authorization
from x12_pa.reconcile import edit
from x12_pa.reconcile.claims import Claim
from x12_pa.reconcile.decide import decide
from x12_pa.reconcile.match import Candidates
from x12_pa.reconcile.policy import DEFAULT_POLICY, Policies, Policy
from x12_pa.reconcile.reading import read_claim_sets
from x12_pa.reconcile.report import Change, ClaimReport, report_json
from x12_pa.reconcile.units import Tally, UnitUse


@frozen(kw_only=True)
class FillResult:
    """The filled file and what was done to it.

    Attributes:
        claims: one report per claim, in the order of the file.
        splices: the changed bytes, in order.
        changes: the changed REF segments as text, for people.
        uses: the units that these claims use of their authorizations.
        released: those of the earlier uses that no longer count, because these claims stand in
            the place of the bills that made them. The ledger drops them and keeps `uses`.
    """

    claims: tuple[ClaimReport, ...]
    splices: tuple[edit.Splice, ...]
    changes: tuple[Change, ...]
    uses: tuple[UnitUse, ...]
    released: tuple[UnitUse, ...]
    source: BinaryIO = field(repr=False, eq=False)

    @property
    def changed(self) -> bool:
        """Whether the output differs from the input."""
        return bool(self.splices)

    @property
    def clean(self) -> bool:
        """Whether no line of any claim is left for a person (exit code 0)."""
        return all(claim.clean for claim in self.claims)

    @property
    def output(self) -> bytes:
        """The whole filled file."""
        out = BytesIO()
        self.write(out)
        return out.getvalue()

    def write(self, out: BinaryIO) -> None:
        """Write the filled file; memory does not grow with it."""
        edit.apply(self.source, self.splices, out)

    def report_json(self) -> dict[str, Any]:
        """Return the report `x12-pa/claims/1` as JSON-ready data."""
        return report_json(self.claims)


def fill_claims(
    source: bytes | BinaryIO,
    authorizations: Iterable[Authorization],
    *,
    policy: Policy | Policies = DEFAULT_POLICY,
    replace: bool = False,
    used: Sequence[UnitUse] = (),
) -> FillResult:
    """Find and place the number of every claim line of a file.

    Args:
        source: the 837 file; a stream must stay open until the result was written.
        authorizations: all that may matter; order and versions that are not current do not.
        policy: the choices of the user, or of each payer.
        replace: overwrite numbers that stand in the file and are not the right ones.
        used: what earlier claims have used of the authorized quantities.

    Raises:
        NotX12: the input is not an interchange.
        DocumentError: a claim set is cut off or of an unknown guide.
    """
    stream = _seekable(source)
    stream.seek(0)
    policies = policy if isinstance(policy, Policies) else Policies(default=policy)
    candidates, tally = Candidates(authorizations), Tally(used)
    reports: list[ClaimReport] = []
    splices: list[edit.Splice] = []
    changes: list[Change] = []
    for found in read_claim_sets(stream):
        edits: list[edit.Edit] = []
        for claim in found.claims:
            decided = decide(claim, candidates, policies, tally, replace=replace)
            reports.append(decided.report)
            edits += decided.edits
            changes += [_change(item, claim) for item in decided.edits]
        splices += edit.splices(found, edits)
    return FillResult(
        claims=tuple(reports),
        splices=edit.in_order(splices),
        changes=tuple(changes),
        uses=tally.new,
        released=tally.released,
        source=stream,
    )


def check_claims(
    source: bytes | BinaryIO,
    authorizations: Iterable[Authorization],
    *,
    policy: Policy | Policies = DEFAULT_POLICY,
    replace: bool = False,
    used: Sequence[UnitUse] = (),
) -> tuple[ClaimReport, ...]:
    """Return what `fill_claims` would do, and write nothing."""
    return fill_claims(source, authorizations, policy=policy, replace=replace, used=used).claims


def _seekable(source: bytes | BinaryIO) -> BinaryIO:
    if isinstance(source, bytes):
        return BytesIO(source)
    return source if source.seekable() else BytesIO(source.read())


def _change(item: edit.Edit, claim: Claim) -> Change:
    if isinstance(item, edit.Insert):
        return Change(
            claim_id=claim.claim_id,
            loop=item.slot.loop,
            added=_text(item.slot.qualifier, item.number, item.payer_id),
        )
    old = item.reference
    return Change(
        claim_id=claim.claim_id,
        loop=_loop_of(old.offset, claim),
        removed=_text(old.qualifier, old.number, old.payer_id),
        added=_text(old.qualifier, item.number, item.payer_id)
        if isinstance(item, edit.Replace)
        else None,
    )


def _text(qualifier: str, number: str, payer_id: str | None) -> str:
    return edit.number_segment(qualifier, number, payer_id).text


def _loop_of(offset: int, claim: Claim) -> str:
    slots = [*claim.slots]
    slots += [slot for line in claim.lines for slot in line.slots]
    slots += [slot for payer in claim.other_payers for slot in payer.slots]
    return next((s.loop for s in slots if any(r.offset == offset for r in s.references)), "")
