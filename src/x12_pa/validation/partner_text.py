"""Characters that a partner takes: one search of a block, then its segments if it has a hit.

Separators are taken out before the search, so that they need not belong to the set themselves.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from attrs import frozen

from x12_pa.errors import ConfigError
from x12_pa.guides.formats import SETS
from x12_pa.guides.profile import Rule
from x12_pa.syntax import Block, Delimiters

_PADDED = ("ISA", "IEA")


@frozen(kw_only=True)
class Characters:
    """The characters that one rule allows in a file.

    Attributes:
        allowed: the inside of a character class.
        words: what is expected, for people.
        blanks: whether blanks may stand in data; those that pad an ISA always may.
    """

    rule: Rule
    allowed: str
    words: str
    blanks: bool = True

    def hits(self, block: Block) -> Iterator[tuple[int, int]]:
        """Yield (index, element number) of each segment with another character."""
        assert block.delimiters is not None
        outside, around = _patterns(self.allowed, block.delimiters)
        if self.blanks and not _leaves(around, block.raw):
            return
        mark = block.delimiters.element
        for index, text in enumerate(block.texts):
            found = outside.search(text) if not text.startswith(_PADDED) or self.blanks else None
            if found is None and not self.blanks and not text.startswith(_PADDED):
                at = text.find(" ")
                if at >= 0:
                    yield index, text.count(mark, 0, at)
            elif found is not None:
                yield index, text.count(mark, 0, found.start())


def _leaves(allowed: bytes, raw: str) -> bool:
    """Tell whether a text has characters beside the allowed ones; one pass in C."""
    return bool(raw.encode("latin-1").translate(None, allowed))


@lru_cache(maxsize=64)
def _patterns(allowed: str, marks: Delimiters) -> tuple[re.Pattern[str], bytes]:
    """Return an expression for a character that is not allowed, and what may stand in a block."""
    own = marks.element + marks.component + marks.repetition + marks.segment
    outside = re.compile(f"[^{allowed}{re.escape(own)}]")
    inside = "".join(c for c in map(chr, range(256)) if not outside.match(c)) + "\r\n"
    return outside, inside.encode("latin-1")


def read_characters(rule: Rule, argument: Mapping[str, Any]) -> Characters | None:
    """Return what a `charset` without a path allows; None when it allows everything.

    Raises:
        ConfigError: the set has no such name.
    """
    allowed, words = "\\x00-\\xff", []
    if name := argument.get("set"):
        if name not in SETS:
            raise ConfigError(
                f"{rule.where}: rule '{rule.id}': charset {name}: one of {', '.join(SETS)} was "
                "expected."
            )
        allowed, words = SETS[name], [f"the characters of {name}"]
    if argument.get("upper") is True:
        allowed = allowed.replace("a-z", "") if "set" in argument else "\\x00-`{-\\xff"
        words.append("capital letters only")
    blanks = argument.get("spaces") is not False
    if not blanks:
        words.append("no blanks in data")
    if not words:
        return None
    return Characters(rule=rule, allowed=allowed, words=" and ".join(words), blanks=blanks)
