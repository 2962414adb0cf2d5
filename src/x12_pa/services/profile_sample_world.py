"""What a sample says of the world outside its file: registries, and what was sent before.

```yaml
registries:
  submitter.roster: ["1000000012"]        # values it has; any other is not in it
  provider.type: {"1000000012": "1"}      # or what it says of a value
seen: {ISA13: ["000000001"]}              # values of earlier interchanges
earlier: {base: 278-request-subscriber, action: A1}   # the request referred to, or answered
```
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from attrs import evolve, frozen

from x12_pa.errors import ConfigError
from x12_pa.guides.hooks import Hooks, Keys, Lookup, Message, messages_of
from x12_pa.syntax import read_interchanges

KEYS = frozenset({"registries", "seen", "earlier"})


@frozen(kw_only=True)
class ToldHistory:
    """The history that a sample tells."""

    values: Mapping[str, Sequence[str]]
    message: Message | None = None

    def seen(self, path: str, value: str, keys: Keys, since: date | None) -> bool:
        """Tell whether a value is among those told."""
        return value in map(str, self.values.get(path, ()))

    def earlier(self, keys: Keys) -> Message | None:
        """Return the message told."""
        return self.message

    def request(self, keys: Keys) -> Message | None:
        """Return the message told."""
        return self.message


def hooks_of(told: Mapping[str, Any], read_base: Callable[[str], bytes]) -> Hooks:
    """Return the world that a sample tells.

    Args:
        told: the keys of `KEYS`, as far as they are given.
        read_base: returns the file that a base names.

    Raises:
        ConfigError: the earlier message cannot be read.
    """
    registries = told.get("registries") or {}
    seen, earlier = told.get("seen"), told.get("earlier")
    message = _message(earlier, read_base) if earlier else None
    history = ToldHistory(values=seen or {}, message=message) if seen or earlier else None
    lookups = {name: _lookup(known) for name, known in registries.items()}
    return Hooks(history=history, lookups=lookups)


def _lookup(known: Any) -> Lookup:
    if isinstance(known, Mapping):
        return lambda value, others: known.get(value)
    values = {str(item) for item in known}
    return lambda value, others: value in values


def _message(told: Mapping[str, Any], read_base: Callable[[str], bytes]) -> Message:
    for interchange in read_interchanges(read_base(str(told["base"]))):
        for _, _, found in messages_of(interchange):
            return evolve(found, action=told.get("action"))
    raise ConfigError(f"earlier: {told['base']} has no transaction set that a guide is known for.")
