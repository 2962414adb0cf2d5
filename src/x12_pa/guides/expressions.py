r"""Regular expressions of profiles, refused when they could hang the validator.

A profile may be somebody else's data, and Python's matcher goes back and tries again: `(a+)+b`
takes longer than a life on sixty characters. So an expression is read as a tree first, and its
*choices* are multiplied: how many ways there are to match it at worst, an open end counting as 64.
What repeats something that cannot begin what follows leaves no choice: in `\d*x` there is one way
to read the digits. A group that has choices may not repeat without end, references and looking back
are not in the language, and what remains takes a few milliseconds at worst for one value. Values
longer than `LONGEST` are never tried: they do not match.

An expression is about the whole value; one that is anchored at one end only is about that end.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

from x12_pa.errors import ConfigError

LONGEST = 264
_OPEN_END = 64
_MOST_CHOICES = 1 << 14
_LONG_WAY = 8
_MOST_CHARACTERS = 200
_FLAG = "(?i)"
_HINT = "write it without nested repetition, references and looking back"


class _Refused(Exception):
    """The expression has something that the language leaves out."""


def safe_pattern(text: str, where: str) -> str:
    """Return an expression for the whole of a value, refused if it could take for ever.

    Raises:
        ConfigError: it does not compile, is long, or has too many ways to match.
    """
    whole = _whole(text)
    if len(text) > _MOST_CHARACTERS:
        raise ConfigError(f"{where}: the expression has more than {_MOST_CHARACTERS} characters.")
    try:
        re.compile(whole)
        choices = _worst(parser.parse(whole))
    except (re.error, OverflowError, RecursionError) as problem:
        raise ConfigError(f"{where}: not a regular expression: {problem}.") from None
    except _Refused as problem:
        raise ConfigError(f"{where}: the expression {problem}; {_HINT}.") from None
    if choices > _MOST_CHOICES:
        raise ConfigError(f"{where}: the expression has too many ways to match; {_HINT}.")
    return whole


def _whole(text: str) -> str:
    """Turn anchors at the ends into an expression for `fullmatch`."""
    flagged = text.startswith(_FLAG)
    body = text.removeprefix(_FLAG)
    starts, ends = body.startswith("^"), body.endswith("$") and not body.endswith("\\$")
    body = body[1:] if starts else body
    body = body[:-1] if ends else body
    if starts and not ends:
        body = f"(?:{body}).*"
    elif ends and not starts:
        body = f".*(?:{body})"
    return f"(?i:{body})" if flagged else body


def _worst(items: Sequence[Any]) -> int:
    """Return the choices of an expression; a condition at its start is tried once, by itself."""
    ahead, rest = [], list(items)
    while rest and rest[0][0] in (op.AT, op.ASSERT, op.ASSERT_NOT):
        ahead.append(_sequence(rest[:1], _NOTHING))
        rest = rest[1:]
    if len(rest) == 1 and rest[0][0] is op.SUBPATTERN and not ahead:
        return _worst(rest[0][1][3])
    # What leaves no choice is still read back once for each choice around it.
    return max([_sequence(rest, _NOTHING), *ahead]) * (_LONG_WAY if _is_slow(items) else 1)


def _sequence(items: Iterable[Any], after: frozenset[int]) -> int:
    """Return the choices of parts one after the other; `after` is what may come behind them."""
    parts, product = list(items), 1
    for number, (name, argument) in enumerate(parts):
        product *= _choices(name, argument, _first(parts[number + 1 :], after))
        if product > _MOST_CHOICES:
            return product
    return product


def _choices(name: Any, argument: Any, after: frozenset[int]) -> int:
    """Return in how many ways one part of an expression can match at worst."""
    if name in (op.LITERAL, op.NOT_LITERAL, op.IN, op.ANY, op.AT, op.CATEGORY):
        return 1
    if name is op.BRANCH:
        return sum(_sequence(option, after) for option in argument[1])
    if name is op.SUBPATTERN:
        return _sequence(argument[3], after)
    if name in (op.ASSERT, op.ASSERT_NOT) and argument[0] > 0:
        return _sequence(argument[1], _NOTHING)
    if name in (op.MAX_REPEAT, op.MIN_REPEAT):
        low, high, inner = argument
        return _repeat(low, high, inner, after)
    raise _Refused("refers back or looks back")


def _repeat(low: int, high: Any, inner: Any, after: frozenset[int]) -> int:
    begins = _first(inner, _NOTHING)
    choices = _sequence(inner, begins | after)
    open_end = high is op.MAXREPEAT
    if choices > 1 and open_end:
        raise _Refused("repeats what already repeats")
    if choices == 1 and begins.isdisjoint(after):
        return 1
    most = max(_OPEN_END, low) if open_end else int(high)
    if choices > 1 and most >= _MOST_CHOICES.bit_length():
        return _MOST_CHOICES + 1
    return int(choices**most) * (most - int(low) + 1)


def _is_slow(items: Iterable[Any]) -> bool:
    """Tell whether something without an end of its own is followed by more."""
    parts = list(items)
    return any(
        _is_slow_part(name, argument, parts[number + 1 :])
        for number, (name, argument) in enumerate(parts)
    )


def _is_slow_part(name: Any, argument: Any, rest: Sequence[Any]) -> bool:
    if name is op.BRANCH:
        return any(map(_is_slow, argument[1]))
    if name in (op.SUBPATTERN, op.ASSERT, op.ASSERT_NOT):
        return _is_slow(argument[-1])
    if name not in (op.MAX_REPEAT, op.MIN_REPEAT):
        return False
    _, high, inner = argument
    begins, after = _first(inner, _NOTHING), _first(rest, _NOTHING)
    unending = high is op.MAXREPEAT and bool(after) and begins.isdisjoint(after)
    return unending or _is_slow(inner)


# With what a part can begin, as characters; too many is safe, too few is not.

_NOTHING: frozenset[int] = frozenset()
_ALL = frozenset(range(256))
_CLASSES = {
    op.CATEGORY_DIGIT: r"\d",
    op.CATEGORY_NOT_DIGIT: r"\D",
    op.CATEGORY_SPACE: r"\s",
    op.CATEGORY_NOT_SPACE: r"\S",
    op.CATEGORY_WORD: r"\w",
    op.CATEGORY_NOT_WORD: r"\W",
}


def _first(items: Iterable[Any], after: frozenset[int]) -> frozenset[int]:
    """Return the characters with which a sequence, or what comes behind it, can begin."""
    found: frozenset[int] = _NOTHING
    for name, argument in items:
        begins, may_be_empty = _begins(name, argument)
        found |= begins
        if not may_be_empty:
            return found
    return found | after


def _begins(name: Any, argument: Any) -> tuple[frozenset[int], bool]:
    """Return the characters with which a part can begin, and whether it can match nothing."""
    if name is op.LITERAL:
        return _either_case({argument}), False
    if name is op.IN:
        return _of_class(argument), False
    if name in (op.ANY, op.NOT_LITERAL):
        return _ALL, False
    if name is op.SUBPATTERN:
        return _first(argument[3], _NOTHING), _empty(argument[3])
    if name is op.BRANCH:
        options = argument[1]
        begins = frozenset().union(*(_first(option, _NOTHING) for option in options))
        return begins, any(map(_empty, options))
    if name in (op.MAX_REPEAT, op.MIN_REPEAT):
        low, _, inner = argument
        return _first(inner, _NOTHING), low == 0 or _empty(inner)
    return _ALL, True


def _empty(items: Iterable[Any]) -> bool:
    return all(_begins(name, argument)[1] for name, argument in items)


def _of_class(items: Iterable[Any]) -> frozenset[int]:
    found: set[int] = set()
    negated = False
    for name, argument in items:
        if name is op.NEGATE:
            negated = True
        elif name is op.LITERAL:
            found.add(argument)
        elif name is op.RANGE:
            found.update(range(argument[0], argument[1] + 1))
        else:
            test = re.compile(_CLASSES.get(argument, "."), re.DOTALL)
            found.update(number for number in _ALL if test.match(chr(number)))
    return _either_case(_ALL - found if negated else found)


def _either_case(characters: Iterable[int]) -> frozenset[int]:
    """Return characters in both cases; an expression may not tell them apart."""
    texts = [chr(number) for number in characters]
    both = {ord(c) for text in texts for c in (text, *text.lower(), *text.upper())}
    return frozenset(both) & _ALL


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.DOTALL)


def matches(pattern: str, value: str) -> bool:
    """Tell whether a value matches as a whole; one that is too long to be tried does not."""
    return len(value) <= LONGEST and _compiled(pattern).fullmatch(value) is not None


def is_plain(pattern: str, marks: str) -> bool:
    """Tell whether an expression may stand inside that of a whole segment.

    It may when it has no open end and can match none of the separators: then it cannot run on into
    the next element.
    """
    return _plain(parser.parse(pattern), marks)


def _plain(items: Iterable[Any], marks: str) -> bool:
    return all(_plain_part(name, argument, marks) for name, argument in items)


def _plain_part(name: Any, argument: Any, marks: str) -> bool:
    if name is op.LITERAL:
        return chr(argument) not in marks
    if name is op.IN:
        return not any(_holds(item, marks) for item in argument)
    if name is op.BRANCH:
        return all(_plain(option, marks) for option in argument[1])
    if name is op.SUBPATTERN:
        return not argument[1] and _plain(argument[3], marks)
    if name is op.MAX_REPEAT:
        return argument[1] is not op.MAXREPEAT and _plain(argument[2], marks)
    return False


def _holds(item: tuple[Any, Any], marks: str) -> bool:
    """Tell whether one entry of a character class could match a separator."""
    name, argument = item
    if name is op.LITERAL:
        return chr(argument) in marks
    if name is op.RANGE:
        return any(argument[0] <= ord(mark) <= argument[1] for mark in marks)
    if name is op.CATEGORY:
        return argument not in (op.CATEGORY_DIGIT, op.CATEGORY_WORD) or "_" in marks
    return True
