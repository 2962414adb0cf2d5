"""Texts that no rule across segments can object to, told without judging the rule."""

from collections.abc import Callable, Container

from attrs import define


@define(slots=True)
class Harmless:
    """The texts in which an expression finds nothing, and those that were found right before."""

    suspicious: Callable[[str], object]
    right: Container[object]

    def __contains__(self, text: object) -> bool:
        """Tell whether a text need not be judged."""
        return self.suspicious(str(text)) is None or text in self.right


class _Everything:
    def __contains__(self, text: object) -> bool:
        return True


NOTHING: frozenset[object] = frozenset([""])
EVERYTHING = _Everything()
