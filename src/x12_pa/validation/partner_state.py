"""What rules may ask about that does not stand in the transaction set, and what they remember.

One `Surroundings` serves a whole file. Its memories last as long as their scope: the file, the
interchange, the group or the set; so a running count or the values seen before need no more room
than the rules that ask for them.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from attrs import define, field

from x12_pa.guides.checks import GIVE_HISTORY, Unknown
from x12_pa.guides.hooks import DIRECTION, NO_HOOKS, TABLES, Hooks, Keys, Message

# How a run is named, and what ISA15 says of it. Source: code list I14.
USAGE = {"production": "P", "test": "T"}
ENVIRONMENT = {mark: name for name, mark in USAGE.items()}
_INNER = {
    "@interchange": ("@interchange", "GS", "ST"),
    "GS": ("GS", "ST"),
    "ST": ("ST",),
}
_SAME = {"ISA": "@interchange"}
_AT = frozenset({"mode", "env", "channel", "now"})


def read_context(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return context with its names as rules write them.

    `mode` is `@mode`, `lob` is `$ctx.lob`, `partner.sender_id` is `$partner.sender_id`; `env` may
    be P or T as in ISA15.
    """
    known = {_full(name): value for name, value in given.items()}
    if "@env" in known:
        known["@env"] = ENVIRONMENT.get(str(known["@env"]), known["@env"])
    return known


def _full(name: str) -> str:
    if name.startswith(("@", "$")):
        return name
    if name in _AT or name.startswith("file."):
        return f"@{name}"
    return f"${name}" if "." in name else f"$ctx.{name}"


@define
class Surroundings:
    """What is known around the open transaction set.

    Attributes:
        today: the date that windows count from; None leaves such rules undecided.
        known: context by name: `@mode`, `$partner.sender_id` …
        hooks: history and registries.
        envelope: elements of ISA and GS by reference, blanks taken off.
    """

    today: date | None = None
    known: Mapping[str, Any] = field(factory=dict)
    hooks: Hooks = NO_HOOKS
    envelope: dict[str, str] = field(factory=dict)
    _memories: dict[str, dict[int, dict[Any, Any]]] = field(factory=dict)

    def context(self, name: str) -> Any:
        """Return something from outside the file.

        Raises:
            Unknown: it was not given.
        """
        if name in self.known:
            return self.known[name]
        if not name.startswith(TABLES):
            raise Unknown(f"{name} is not given")
        found = self.hooks.table(name)
        if found is None:
            file = f"--lookup {name.removeprefix('$')}=FILE"
            raise Unknown(f"{name} is not given", f"Name its file with {file}")
        return found

    def day(self) -> date:
        """Return today's date; raises `Unknown`."""
        if self.today is None:
            raise Unknown("today's date is not given", "Give it as the day of the check")
        return self.today

    def request(self, keys: Keys) -> Message:
        """Return the request that a response answers; raises `Unknown`."""
        if self.hooks.history is None:
            raise Unknown("no history of requests is given", GIVE_HISTORY)
        way = {ref: (self.envelope[ref],) for ref in DIRECTION if self.envelope.get(ref)}
        found = self.hooks.history.request({**keys, **way})
        if found is None:
            raise Unknown(
                "the request that this answers is not known", "Take it in with x12-pa ingest"
            )
        return found

    def memory(self, owner: Any, scope: str) -> dict[Any, Any]:
        """Return what a check remembers for as long as a scope lasts."""
        kept = self._memories.setdefault(_SAME.get(scope, scope), {})
        return kept.setdefault(id(owner), {})

    def forget(self, scope: str) -> None:
        """Begin a new interchange (`@interchange`), group (`GS`) or set (`ST`)."""
        for inner in _INNER[scope]:
            self._memories.pop(inner, None)
