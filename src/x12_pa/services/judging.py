"""Under what a file of ours is checked: the partner's profile, and the world around the file.

One place for what every command gives the validator: the day, the context, the registries that the
configuration names, and the history in the ledger. With it the rules of a companion guide that look
beyond one file are judged like the others; without a ledger they are reported as not checked.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, tzinfo
from functools import cache
from typing import Any

from attrs import field, frozen

from x12_pa.authorizations.enrolment import add_enrolment
from x12_pa.authorizations.preflight import add_predictions
from x12_pa.authorizations.roster import Roster
from x12_pa.guides import Profile
from x12_pa.guides.hooks import Hooks, Lookup
from x12_pa.ledger.database import Ledger, Tx
from x12_pa.services.history import LedgerHistory, interchange_hashes
from x12_pa.validation import FileResult, validate


@frozen(kw_only=True)
class Standpoint:
    """What a file is judged by.

    Attributes:
        known: context, as `defaults.context_of` returns it.
        lookups: registries by name, see `registries`.
        roster: who is enrolled with whom; None asks nothing.
        zone: of our days, for rules that ask what was sent since a day.
    """

    profile: Profile | None
    today: date
    known: Mapping[str, Any]
    lookups: Mapping[str, Lookup] = field(factory=dict)
    roster: Roster | None = None
    zone: tzinfo = UTC

    def judge(self, tx: Tx, data: bytes, name: str, *, draft: bool = False) -> FileResult:
        """Return what our own validator says of a file, before it is queued or handed out.

        Args:
            tx: a transaction that writes; it sees what is queued already.
            draft: the control numbers of the file are not those that it will have.
        """
        history = LedgerHistory(
            tx=tx,
            own=cache(lambda: interchange_hashes(data)),
            keep=True,
            numbered=not draft,
            zone=self.zone,
        )
        result = validate(
            data,
            profile=self.profile,
            path=name,
            today=self.today,
            context=self.known,
            hooks=Hooks(history=history, lookups=self.lookups),
        )
        if self.roster is not None:
            add_enrolment(result, data, self.roster, self.today)
        return add_predictions(result, data)


@contextmanager
def hooks_for(
    ledger: Ledger,
    lookups: Mapping[str, Lookup],
    read: Callable[[], bytes],
    *,
    zone: tzinfo = UTC,
) -> Iterator[Hooks]:
    """Return what rules may ask about a file that comes from anywhere; nothing is written.

    Args:
        ledger: where earlier files are known from.
        lookups: registries by name.
        read: returns the bytes of the file; called only when something like it is known.
        zone: of our days.
    """
    with ledger.read() as tx:
        own = cache(lambda: interchange_hashes(read()))
        yield Hooks(history=LedgerHistory(tx=tx, own=own, zone=zone), lookups=lookups)
