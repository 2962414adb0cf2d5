"""Put authorization numbers on claims: the ledger's decisions and the payers' policies together."""

from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO

from x12_pa.authorizations.enrolment import enrolment_findings
from x12_pa.authorizations.records import Authorization
from x12_pa.ledger import units
from x12_pa.ledger.decisions import current
from x12_pa.ledger.lookups import tested_references
from x12_pa.reconcile import FillResult, Policies, UnitUse, fill_claims
from x12_pa.services.evidence import evidence_in_force
from x12_pa.services.office import Office
from x12_pa.services.policies import policies_of
from x12_pa.syntax import read_segments, read_transactions


def fill(office: Office, source: BinaryIO, *, replace: bool = False) -> FillResult:
    """Decide for every claim of a file which number goes where; `record` makes it count.

    What was decided about a request that went out as a test (ISA15 T) counts for a test file only:
    its number means nothing to the payer.
    """
    test = _is_test(source)
    with office.ledger.read() as tx:
        used = [_use(one) for one in units.uses(tx)]
    return fill_claims(
        source,
        [*in_force(office, test=test), *evidence_in_force(office)],
        policy=policies_in_force(office),
        replace=replace,
        used=used,
    )


def without_claims(source: BinaryIO) -> str:
    """Say what a file holds in place of claims, and what to do."""
    held = sorted({transaction.id for transaction in read_transactions(source)} - {""})
    what = f"only {', '.join(held)}" if held else "no transaction set"
    return (
        f"there is no claim in it ({what}). Give a file of 837 claims; x12-pa show tells what a "
        "file holds."
    )


def enrolment_lines(office: Office, data: bytes, *, show_phi: bool = False) -> Iterator[str]:
    """Yield a line for each provider of a file who is not enrolled with the payer of the claim.

    Nothing without a roster.
    """
    if office.roster is not None:
        today = office.today()
        for found in enrolment_findings(BytesIO(data), office.roster, today, show_phi=show_phi):
            loop = (found.loop or "").rpartition("/")[2]
            yield f"line {found.line}, {loop}/{found.element}: {found.code}: {found.message}"


def record(office: Office, result: FillResult) -> None:
    """Count the units that a filled file uses, and no longer those of claims that it replaces."""
    if not (result.uses or result.released):
        return
    with office.ledger.write() as tx:
        units.replace(
            tx, new=[_stored(use) for use in result.uses], old=map(_stored, result.released)
        )


def in_force(office: Office, *, test: bool = False) -> list[Authorization]:
    """Return every decision that is in force; `test` adds those about requests sent as a test."""
    with office.ledger.read() as tx:
        left_out = frozenset() if test else tested_references(tx)
        return [record for record in current(tx) if record.request not in left_out]


def _is_test(source: BinaryIO) -> bool:
    """Tell whether a file says of itself that it is a test; it can be read from its start after."""
    header = next(iter(read_segments(source)), None)
    source.seek(0)
    return header is not None and header.element(15) == "T"


def policies_in_force(office: Office) -> Policies:
    """Return what the profiles of all mailboxes say about claims.

    Raises:
        ConfigError: a profile has an unknown key or value there.
    """
    found = map(office.profile_of, office.settings.mailboxes.values())
    profiles = {profile.id: profile for profile in found if profile is not None}
    return policies_of(profiles.values())


def _stored(use: UnitUse) -> units.StoredUse:
    return units.StoredUse(use.authorization, use.claim_id, use.first_day, use.line, use.amount)


def _use(one: units.StoredUse) -> UnitUse:
    return UnitUse(
        authorization=one.authorization,
        claim_id=one.claim_id,
        first_day=one.first_day,
        line=one.line,
        amount=one.amount,
    )
