"""Let go what stands still: a received file in quarantine, or a file of ours that was not sent.

A quarantined file is read again, on the path of a new one, in one transaction. A conflict of
control numbers does not stop it then: a person looked, and says why. A file of ours that failed or
is held is queued again as it is, under its old control number.
"""

from attrs import frozen

from x12_pa.errors import UsageError
from x12_pa.exchange.store import InboundState, OutboundState
from x12_pa.ledger.database import Tx
from x12_pa.ledger.mailboxes import QueuedFile, files, settle
from x12_pa.ledger.quarantine import (
    Quarantined,
    quarantined,
    release_conflicts,
    require_reason,
    restart,
)
from x12_pa.ledger.store import finish_ingest, inbound_of
from x12_pa.services.ingest import ingest
from x12_pa.services.office import Office
from x12_pa.services.pieces import needs_a_person

STOPPED = (OutboundState.FAILED, OutboundState.HELD)


@frozen(kw_only=True)
class Released:
    """What became of one file; `clean` unless something in it is still for a person."""

    id: str
    mailbox: str
    name: str
    state: str
    summary: str
    clean: bool


@frozen(kw_only=True)
class Standing:
    """Everything that a person can release."""

    received: tuple[Quarantined, ...]
    ours: tuple[QueuedFile, ...]


def standing(tx: Tx) -> Standing:
    """Return the files that stand still until a person decides, oldest first."""
    return Standing(received=tuple(quarantined(tx)), ours=tuple(files(tx, states=STOPPED)))


def release(
    office: Office, name: str, *, reason: str, restarted: bool = False
) -> tuple[Released, ...]:
    """Release a file by its id or name.

    Args:
        office: configuration, ledger and clock.
        name: id or name, as `exchange status` shows them.
        reason: why; kept in the audit chain.
        restarted: the partner counts its interchanges anew from this file on; those that came
            since and are in quarantine only for that are released, too, in the order of arrival.

    Raises:
        UsageError: no or several such files, no reason, or a restart without a conflict.
    """
    require_reason(reason)
    with office.ledger.write() as tx:
        found = _find(standing(tx), name)
        if isinstance(found, QueuedFile):
            if restarted:
                raise UsageError("--restarted is about files that a partner sent.")
            return (_queued_again(tx, found, reason),)
        chosen = [found]
        if restarted:
            chosen += _restart(tx, found, reason)
        return tuple(_read_again(tx, office, file, reason) for file in chosen)


def _find(everything: Standing, name: str) -> Quarantined | QueuedFile:
    received = [each for each in everything.received if name in (each.id, each.name)]
    ours = [each for each in everything.ours if name in (str(each.id), each.final_name)]
    found: list[Quarantined | QueuedFile] = [*received, *ours]
    if len(found) == 1:
        return found[0]
    if not found:
        raise UsageError(
            f"no file called '{name}' is in quarantine, failed or held; x12-pa exchange status "
            "lists those that are."
        )
    ids = ", ".join(str(each.id) for each in found)
    raise UsageError(f"{len(found)} files are called '{name}'; name one by its id: {ids}.")


def _restart(tx: Tx, found: Quarantined, reason: str) -> list[Quarantined]:
    """Note the restart; return the other files that are in quarantine for nothing else."""
    if not found.conflicts:
        raise UsageError(
            f"{found.name} is not in quarantine for its control number ({found.reason}); release "
            "it without --restarted."
        )
    others = [each for each in quarantined(tx) if each.conflicts and each.id != found.id]
    for scope in dict.fromkeys(conflict.scope for conflict in found.conflicts):
        first = next(each for each in found.conflicts if each.scope == scope)
        restart(tx, first, reason)
    still = {each.id for each in quarantined(tx) if each.conflicts}
    free = [each for each in others if each.id not in still]
    return sorted(free, key=lambda each: each.conflicts[0].id)


def _read_again(tx: Tx, office: Office, file: Quarantined, reason: str) -> Released:
    release_conflicts(tx, file, reason)
    outcome = ingest(office, inbound_of(tx, file.id))
    finish_ingest(tx, file.id, outcome)
    held = outcome.state is InboundState.QUARANTINED
    return Released(
        id=file.id,
        mailbox=file.mailbox,
        name=file.name,
        state=outcome.state.value.lower(),
        summary=outcome.summary,
        clean=not held and not needs_a_person(outcome.counts),
    )


def _queued_again(tx: Tx, file: QueuedFile, reason: str) -> Released:
    done = settle(tx, file.id, to=OutboundState.QUEUED, reason=reason)
    return Released(
        id=str(done.id),
        mailbox=done.mailbox,
        name=done.final_name,
        state=done.state.value.lower(),
        summary=f"goes out again with the next run (ISA13 {done.isa13:09d})",
        clean=True,
    )
