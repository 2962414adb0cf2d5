"""What the payer knows of earlier files, as the rules of its companion guide may ask it.

A value counts as used when the set that carries it was accepted; a request can be changed or
cancelled by the number, the reference or the trace that its answer named. Both lie in the payer's
memory, values as hashes, and only as far as its rules ask for them.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from hashlib import sha256
from typing import Any

from attrs import define, field

from x12_pa.guides import Profile
from x12_pa.guides.hooks import DIRECTION, Keys, Message, messages_of
from x12_pa.guides.state_checks import REFERS
from x12_pa.models import ReviewResponse
from x12_pa.simulator.memory import Answered, Memory
from x12_pa.syntax import Interchange, Segment
from x12_pa.validation.results import InterchangeResult

MOST_ANSWERED = 1_000
_GUIDE = "278-request"


@define
class PayerHistory:
    """The history that the payer's memory has: a `guides.hooks.History`."""

    memory: Memory
    profile: Profile | None
    _paths: tuple[str, ...] = field(init=False)
    _transitions: bool = field(init=False)

    def __attrs_post_init__(self) -> None:
        rules = self.profile.rules if self.profile else ()
        asked = [item for rule in rules for item in _operators(rule.body)]
        self._paths = tuple(dict.fromkeys(a["path"] for name, a in asked if name == "unique"))
        self._transitions = any(name == "transition" for name, _ in asked)

    # What rules ask

    def seen(self, path: str, value: str, keys: Keys, since: date | None) -> bool:
        """Tell whether an accepted set of this sender had this value at this path."""
        way = "/".join(next(iter(keys.get(ref, ())), "") for ref in DIRECTION)
        day = self.memory.values.get(_key(way, path, value))
        return day is not None and (since is None or day >= since.isoformat())

    def earlier(self, keys: Keys) -> Message | None:
        """Return the request that an update or cancellation refers to, with its last answer."""
        for path in REFERS:
            for known in reversed(self.memory.answered):
                if set(keys.get(path, ())) & set(known.keys.get(path, ())):
                    return Message(guide=_GUIDE, segments=known.segments, action=known.action)
        return None

    def request(self, keys: Keys) -> Message | None:
        """Return None: no answer comes to a payer."""
        return None

    # What happened

    def took(self, interchange: Interchange, verdict: InterchangeResult, today: date) -> None:
        """Remember the values of the accepted sets of an interchange."""
        accepted = {
            (group.control, item.control)
            for group in verdict.groups
            for item in group.transactions
            if item.accepted
        }
        for gs06, st02, message in messages_of(interchange) if self._paths else ():
            if (gs06, st02) in accepted:
                way = "/".join(message.envelope.get(ref, "") for ref in DIRECTION)
                for path in self._paths:
                    for value in message.values(path):
                        self.memory.values[_key(way, path, value)] = today.isoformat()

    def answered(self, segments: tuple[Segment, ...], response: ReviewResponse) -> None:
        """Remember a request with what its answer decides and how it is called from now on."""
        if not self._transitions or not response.events:
            return
        event = response.events[0]
        decision = event.decision
        numbers = [decision.number if decision else None]
        numbers += [each.decision.number for each in event.services if each.decision]
        traces = [each.number for each in event.traces]
        found: tuple[list[str | None], ...]
        found = (numbers, [event.administrative_reference], [*traces])
        keys = {
            path: [value for value in given if value]
            for path, given in zip(REFERS, found, strict=True)
        }
        action = decision.action if decision else None
        self.memory.answered.append(Answered(keys=keys, segments=segments, action=action))
        del self.memory.answered[:-MOST_ANSWERED]


def _operators(body: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the operators of a rule, also those under `then` and `else`."""
    for name, argument in body.items():
        if name in ("then", "else"):
            yield from _operators(argument)
        else:
            yield name, argument


def _key(way: str, path: str, value: str) -> str:
    return f"{path} {sha256(f'{way} {value}'.encode()).hexdigest()}"
