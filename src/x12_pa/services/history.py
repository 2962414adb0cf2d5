"""What was exchanged with a partner before, as rules may ask it, answered by the ledger.

A companion guide may forbid to use a number twice, say what an update may change of the request
that it refers to, or compare an answer with its request. What was queued or taken in stands in the
ledger and its spool; nothing else does, so checking a file leaves no trace. The file that is judged
is no part of its own history: interchanges with the same bytes as one of its own do not count, and
the same file can be checked twice, before and after it was queued.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, tzinfo
from functools import lru_cache
from itertools import chain

from attrs import define, evolve, field

from x12_pa.errors import DocumentError, LocalError
from x12_pa.guides.hooks import DIRECTION, Keys, Message, messages_of
from x12_pa.guides.paths import envelope_element
from x12_pa.guides.state_checks import REFERS
from x12_pa.ledger.control_numbers import opposite, scope_key
from x12_pa.ledger.database import Tx
from x12_pa.ledger.decisions import (
    current,
    find_by_administrative_reference,
    find_by_number,
)
from x12_pa.ledger.interchanges import interchange
from x12_pa.ledger.lookups import find_by_bht03, find_by_trace
from x12_pa.ledger.requests import Transmission, plain_number, transmissions
from x12_pa.ledger.seen import Earlier, note, unread, with_number, with_value
from x12_pa.services.pieces import Piece, pieces
from x12_pa.syntax import Interchange, read_interchanges

CONTROL_NUMBERS = ("ISA13", "GS06")
BY_CERTIFICATION, BY_REFERENCE, BY_TRACE = REFERS
_IN_MEMORY = 8
_Sets = Mapping[tuple[str, str], Message]


def interchange_hashes(data: bytes) -> frozenset[str]:
    """Return the hashes by which the ledger may know the interchanges of a file.

    What we sent is known with the line break at its end, what came in without it.
    """
    return frozenset(found for piece in pieces(data) for found in hashes_of(piece))


def hashes_of(piece: Piece) -> list[str]:
    """Return the hashes by which the ledger may know an interchange."""
    return piece.digests(b"", b"\n", b"\r\n")


@define(kw_only=True)
class LedgerHistory:
    """The history that a ledger has: a `guides.hooks.History`.

    Attributes:
        tx: an open transaction.
        own: returns the hashes of the file that is judged; called only where it matters.
        keep: whether the transaction may write, so that what was read of earlier files is kept.
        numbered: whether the control numbers of the file are its own. Those of a draft are not, and
            ours never repeat.
        zone: of our days; what was sent is known by the second.
    """

    tx: Tx
    own: Callable[[], frozenset[str]] = frozenset
    keep: bool = False
    numbered: bool = True
    zone: tzinfo = UTC
    _read: dict[tuple[str, str], dict[str, list[Earlier]] | None] = field(factory=dict)
    _caught_up: set[tuple[str, str]] = field(factory=set)
    _sets_of: Callable[[int], _Sets] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._sets_of = lru_cache(maxsize=_IN_MEMORY)(self._load)

    # unique

    def seen(self, path: str, value: str, keys: Keys, since: date | None) -> bool | None:
        """Tell whether an earlier interchange of this direction has this value at this path."""
        scope = _scope(keys)
        if not self.numbered and path in CONTROL_NUMBERS:
            return False
        if scope is None:
            return None
        if path == "ISA13":
            number = int(value) if value.isascii() and value.isdigit() else 0
            return self._counts(with_number(self.tx, scope, number), since)
        whole = self._catch_up(scope, path)
        found = with_value(self.tx, scope, path, value) + self._unkept(scope, path, value)
        return True if self._counts(found, since) else False if whole else None

    def _counts(self, found: list[Earlier], since: date | None) -> bool:
        """Tell whether one of these is another file, and not too old to count."""
        zone = self.zone
        fresh = {
            item.sha256
            for item in found
            if since is None or item.at.astimezone(zone).date() >= since
        }
        return bool(fresh) and bool(fresh - self.own())

    def _catch_up(self, scope: str, path: str) -> bool:
        """Read what was not read for a place yet; tell whether everything could be read."""
        if (scope, path) not in self._caught_up:
            self._caught_up.add((scope, path))
            unkept: dict[str, list[Earlier]] | None = self._read.setdefault((scope, path), {})
            for number in unread(self.tx, scope, path):
                values = self._values(number, path)
                if values is None:
                    self._read[scope, path] = unkept = None
                    break
                if self.keep:
                    note(self.tx, path, number, values)
                elif unkept is not None:
                    self._remember(unkept, number, values)
        return self._read[scope, path] is not None

    def _remember(
        self, unkept: dict[str, list[Earlier]], number: int, values: Iterable[str]
    ) -> None:
        stored = interchange(self.tx, number)
        assert stored is not None
        for value in values:
            item = Earlier(sha256=stored.sha256, at=stored.recorded_at)
            unkept.setdefault(value, []).append(item)

    def _unkept(self, scope: str, path: str, value: str) -> list[Earlier]:
        return (self._read.get((scope, path)) or {}).get(value, [])

    def _values(self, number: int, path: str) -> list[str] | None:
        """Return what an interchange has at a place; None when its file cannot be read."""
        found = self._interchange(number)
        if found is None:
            return None
        element = envelope_element(path)
        if element is None:
            return [v for _, _, message in messages_of(found) for v in message.values(path)]
        headers = [found.header, *(group.header for group in found.groups if group.header)]
        given = (h.element(element.element).strip() for h in headers if h.id == element.segment)
        return [value for value in given if value]

    # transition, echo, response

    def earlier(self, keys: Keys) -> Message | None:
        """Return the request that an update or cancellation refers to, with its last answer."""
        scope = _scope(keys)
        numbered = self._messages(self._numbered(keys), scope, anywhere=scope is None)
        for request_id, message in chain(numbered, self._messages(self._traced(keys), scope)):
            return evolve(message, action=self._action(request_id))
        return None

    def request(self, keys: Keys) -> Message | None:
        """Return the request that a response answers."""
        scope = _scope(keys)
        found = self._answered(keys)
        return next((m for _, m in self._messages(found, opposite(scope) if scope else None)), None)

    def _numbered(self, keys: Keys) -> Iterator[int]:
        """Yield the requests that an update could mean by numbers; each payer gives its own."""
        for number in keys.get(BY_CERTIFICATION, ()):
            yield from (d.request_id for d in reversed(find_by_number(self.tx, number)))
        for number in keys.get(BY_REFERENCE, ()):
            found = find_by_administrative_reference(self.tx, number)
            yield from (d.request_id for d in reversed(found))

    def _traced(self, keys: Keys) -> Iterator[int]:
        """Yield the requests that an update could mean by our trace numbers."""
        for number in keys.get(BY_TRACE, ()):
            yield from (r.id for r, _ in reversed(find_by_trace(self.tx, number)))

    def _answered(self, keys: Keys) -> Iterator[int]:
        for path, values in keys.items():
            for value in values if path not in DIRECTION else ():
                if path.startswith("BHT"):
                    yield from (r.id for r in reversed(find_by_bht03(self.tx, value)))
                else:
                    yield from (r.id for r, _ in reversed(find_by_trace(self.tx, value)))

    def _messages(
        self, request_ids: Iterable[int], scope: str | None, *, anywhere: bool = True
    ) -> Iterator[tuple[int, Message]]:
        """Yield the messages that carried requests: those that went this way, then the others."""
        elsewhere: list[tuple[int, Transmission]] = []
        for request_id in dict.fromkeys(request_ids):
            for sent in reversed(transmissions(self.tx, request_id)):
                if scope is not None and sent.scope != scope:
                    elsewhere += [(request_id, sent)] if anywhere else []
                elif message := self._message(sent):
                    yield request_id, message
        for request_id, sent in elsewhere:
            if message := self._message(sent):
                yield request_id, message

    def _message(self, sent: Transmission) -> Message | None:
        stored = interchange(self.tx, sent.interchange_id)
        if stored is None or stored.sha256 in self.own():
            return None
        return self._sets_of(sent.interchange_id).get((sent.gs06, sent.st02))

    def _action(self, request_id: int) -> str | None:
        """Return HCR01 of the event in force; where only services have one, the one they share."""
        answered = [item for item in current(self.tx, request_id=request_id) if item.version]
        for level in ("event", "service"):
            actions = {item.action for item in answered if item.level == level and item.action}
            if actions:
                return actions.pop() if len(actions) == 1 else None
        return None

    # Files

    def _load(self, number: int) -> _Sets:
        found = self._interchange(number)
        if found is None:
            return {}
        return {(plain_number(gs06), st02): item for gs06, st02, item in messages_of(found)}

    def _interchange(self, number: int) -> Interchange | None:
        """Return a recorded interchange; None when its file is not there any more."""
        stored = interchange(self.tx, number)
        if stored is None or stored.file_sha256 is None:
            return None
        try:
            with self.tx.spool.open(stored.file_sha256) as file:
                there = read_interchanges(file)
                return next((i for i in there if i.header.offset == stored.offset), None)
        except (LocalError, DocumentError):
            return None


def _scope(keys: Keys) -> str | None:
    """Return the direction of a message; None when its envelope does not tell."""
    parts = [keys.get(ref, ("",))[0] for ref in DIRECTION]
    return scope_key(*parts) if all(parts) else None
