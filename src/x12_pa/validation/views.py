"""What one rule across segments sees of a transaction set when it is judged."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from attrs import define

from x12_pa.guides.checks import Found
from x12_pa.guides.hooks import Hooks
from x12_pa.guides.nesting import inside
from x12_pa.guides.paths import Place as Path
from x12_pa.guides.paths import envelope_element, other_message
from x12_pa.guides.situation import Situation
from x12_pa.guides.state_checks import ANSWERS, keys_at
from x12_pa.syntax import Delimiters
from x12_pa.validation.breaches import Captured
from x12_pa.validation.partner_state import Surroundings


@define
class RuleView:
    """What one rule sees: the captured segments of its scope and of the loops around it."""

    situation: Situation
    captured: list[Captured]
    start: int
    over: Mapping[int, int]
    marks: Delimiters
    around: Surroundings

    def find(self, path: str) -> list[Found]:
        """Return the segments and values at a path."""
        element = envelope_element(path)
        if element is not None:
            value = self.around.envelope.get(element.ref)
            return [(None, value)] if value else []
        found: list[Found] = []
        for place in self.situation.watched.get(path, ()):
            found += self._at(place)
        found.sort(key=lambda pair: pair[0].number)
        return found

    def _at(self, place: Path) -> Iterator[Found]:
        """Yield the values of a place.

        Outside the scope those count that stand in the same instance of the loop that owns them;
        of what every instance has once, the one read last.
        """
        owner = self.situation.owners.get(id(place))
        if owner is not None:
            yield from self._among(place, self.captured[self.over.get(owner, 0) : self.start])
        elif inside(place.loop, self.situation.scope):
            yield from self._among(place, self.captured[self.start :])
        else:
            for item in reversed(self.captured[: self.start]):
                if values := list(self._among(place, [item])):
                    yield from values
                    return

    def _among(self, place: Path, items: Iterable[Captured]) -> Iterator[Found]:
        for item in items:
            if item.use is place.use:
                for value in place.values(item.text, self.marks):
                    yield item, value

    def context(self, name: str) -> Any:
        """Return something from outside the file, or from the message that this one answers."""
        other = other_message(name)
        if other is None:
            return self.around.context(name)
        watched = [p for paths in ANSWERS.values() for p in paths if p in self.situation.watched]
        return self.around.request(keys_at(self, watched)).values(other[1])

    def today(self) -> date:
        """Return the day that windows count from."""
        return self.around.day()

    @property
    def hooks(self) -> Hooks:
        """History and registries."""
        return self.around.hooks

    def memory(self, owner: Any, scope: str) -> dict[Any, Any]:
        """Return what a check remembers for as long as a scope lasts."""
        return self.around.memory(owner, scope)
