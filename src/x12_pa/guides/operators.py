"""Read the operators of a rule body into checks: the table of the language.

What an operator does is said by its class; here stands how its argument is written.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from attrs import frozen

from x12_pa.errors import ConfigError
from x12_pa.guides import checks, formats, state_checks
from x12_pa.guides.balances import Balance
from x12_pa.guides.checks import Check
from x12_pa.guides.conditions import Condition, condition
from x12_pa.guides.paths import envelope_element, is_context, other_message
from x12_pa.guides.windows import DateWindow

# Facts for the exchange and for people: nothing in a message shows whether they are kept.
OPERATIONS = ("schedule", "ack_order", "rate")
SCOPES = ("@file", "@interchange", "ISA", "GS")


@frozen(kw_only=True)
class Body:
    """A rule as written: its `when`, its checks, and the paths of both."""

    id: str
    when: Condition | None
    when_paths: tuple[str, ...]
    checks: tuple[Check, ...]
    guard: Mapping[str, Any] | None = None

    @property
    def all_paths(self) -> tuple[str, ...]:
        """Every path of the rule, context too."""
        named = [*self.when_paths, *(path for check in self.checks for path in check.paths)]
        return tuple(dict.fromkeys(named))

    @property
    def paths(self) -> tuple[str, ...]:
        """Every path of the rule that names something inside a transaction set."""
        inside = [p for p in self.all_paths if not is_context(p) and envelope_element(p) is None]
        return tuple(inside)

    @property
    def scope(self) -> str | None:
        """The loop that an operator asks to be judged in, if it does."""
        return next((c.scope for c in self.checks if isinstance(c, state_checks.Transition)), None)

    @property
    def refers(self) -> bool:
        """Whether it compares with another message."""
        return any(other_message(path) for path in self.all_paths)

    @property
    def gathers(self) -> bool:
        """Whether it asks about all instances of the loop that it names together."""
        return any(isinstance(check, state_checks.Contains) for check in self.checks)


def read_body(rule_id: str, data: Mapping[str, Any], where: str = "") -> Body:
    """Compile the operators of a rule.

    Raises:
        ConfigError: an operator or its argument is none of the language; names the rule.
    """
    place = f"{where}: rule '{rule_id}'" if where else f"rule {rule_id}"
    try:
        test, paths = condition(data["when"]) if "when" in data else (None, ())
        body = data.get("then", data) if "when" in data else data
        found = tuple(_checks(body, place))
    except ConfigError as problem:
        text = str(problem)
        raise ConfigError(text if text.startswith(place) else f"{place}: {text}") from None
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise ConfigError(f"{place}: it is not written as the language asks: {problem}") from None
    return Body(id=rule_id, when=test, when_paths=paths, checks=found, guard=data.get("when"))


def _checks(data: Mapping[str, Any], where: str) -> Iterator[Check]:
    """Yield the checks of a body, one for each operator and path."""
    for operator, argument in data.items():
        make = _OPERATORS.get(operator)
        if make is not None:
            yield from make(argument, where)


def paths_of(argument: Any) -> tuple[str, ...]:
    """Return a path, or a list of them, as a tuple."""
    return tuple(map(str, argument)) if isinstance(argument, list) else (str(argument),)


def _sets(operator: str) -> Callable[[Any, str], Iterator[Check]]:
    def read(argument: Any, where: str) -> Iterator[Check]:
        yield checks.Sets(operator, tuple(paths_of(item) for item in argument))

    return read


def _equals(same: bool) -> Callable[[Any, str], Iterator[Check]]:
    def read(argument: Mapping[str, Any], where: str) -> Iterator[Check]:
        word = "equals" if same else "differs"
        for left, right in argument.items():
            yield checks.Equals(str(left), str(right), same, word)

    return read


def _values(argument: Mapping[str, Any], where: str) -> Iterator[Check]:
    for path, allowed in argument.items():
        if isinstance(allowed, Mapping):
            raise ConfigError(f"{path}: add and remove need a list in the guide to change.")
        yield checks.Values(path, allowed)


def _formats(argument: Mapping[str, Any], where: str) -> Iterator[Check]:
    for path, wanted in argument.items():
        # Padding counts only where somebody asks about the form of an envelope element.
        ref = envelope_element(path)
        at = f"raw({ref.ref})" if ref is not None and not path.startswith("trim") else path
        yield formats.read_format(at, str(wanted), where)


def _count(argument: Any, where: str) -> Iterator[Check]:
    for item in argument if isinstance(argument, list) else [argument]:
        low, high = item.get("min", 0), item.get("max")
        if "eq" in item:
            low = high = item["eq"]
        path = item["of"]
        if item.get("unit") == "composites":
            path += "[*]"
        if item.get("per") in SCOPES:
            if low or high is None:
                raise ConfigError(f"count of {path} per {item['per']}: only max can be judged.")
            yield state_checks.Running(path, item["per"], high)
        else:
            yield checks.Count(path, low, high)


def _lengths(argument: Mapping[str, Any], where: str) -> Iterator[Check]:
    for path, item in argument.items():
        low, high = item.get("min", 0), item.get("max", checks.NO_LIMIT)
        yield checks.Length(path, item.get("eq", low), item.get("eq", high))


def _balance(argument: Mapping[str, Any], where: str) -> Iterator[Check]:
    pairs = argument.get("where")
    pair = next(iter(pairs.items())) if pairs else None
    yield Balance(argument["total"], paths_of(argument["parts"]), pair)


def _window(argument: Mapping[str, Any], where: str) -> Iterator[Check]:
    yield DateWindow(
        argument["path"],
        argument.get("not_before"),
        argument.get("not_after"),
        argument.get("max_span"),
        paths_of(argument.get("except", [])),
    )


def _charset(argument: Mapping[str, Any], where: str) -> Iterator[Check]:
    """Yield what is asked of one path; what is asked of the whole file is read elsewhere."""
    if "path" not in argument:
        return
    path = argument["path"]
    if "allow" in argument:
        yield formats.Charset(path, formats.read_class(argument["allow"], where), argument["allow"])
    if argument.get("upper") is True:
        yield formats.Charset(path, "\\x00-`{-\\x7f", "capital letters")
    if name := argument.get("set"):
        if name not in formats.SETS:
            raise ConfigError(f"charset: one of {', '.join(formats.SETS)} was expected.")
        yield formats.Charset(path, formats.SETS[name], f"characters of {name}")
    if argument.get("spaces") is False:
        yield formats.Charset(path, "!-\\xff", "characters other than blanks")


def _unique(argument: Mapping[str, Any], where: str) -> Iterator[Check]:
    single = argument.get("mode") == "single-value"
    yield state_checks.Unique(argument["path"], argument["over"], argument.get("window"), single)


def _lookup(argument: Mapping[str, Any], where: str) -> Iterator[Check]:
    others = (*paths_of(argument.get("key", [])), *paths_of(argument.get("match", [])))
    yield state_checks.Lookup(argument["path"], argument["in"], others, argument.get("equals"))


def _transition(argument: Mapping[str, Any], where: str) -> Iterator[Check]:
    yield state_checks.Transition(
        immutable=paths_of(argument.get("immutable", [])),
        forbid_added=paths_of(argument.get("forbid_added", [])),
        edit_if=paths_of(argument.get("edit_if", [])),
        cancel_if=paths_of(argument.get("cancel_if", [])),
    )


def _echo(argument: Mapping[str, str], where: str) -> Iterator[Check]:
    for left, right in argument.items():
        yield state_checks.Echo(left, right)


def _contains(argument: Mapping[str, Sequence[Any]], where: str) -> Iterator[Check]:
    for path, wanted in argument.items():
        yield state_checks.Contains(path, tuple(map(str, wanted)))


def _subgrammar(argument: Mapping[str, Mapping[str, str]], where: str) -> Iterator[Check]:
    for path, shape in argument.items():
        yield state_checks.Subgrammar(path, shape["split"], shape["pair"])


def _choose(argument: Mapping[str, Any], where: str) -> Iterator[Check]:
    for path, item in argument.items():
        chosen = {str(key): str(value) for key, value in item["map"].items()}
        yield state_checks.Choose(path, item["by"], chosen)


_OPERATORS: dict[str, Callable[[Any, str], Iterator[Check]]] = {
    "require": lambda a, _: iter([checks.Require(paths_of(a))]),
    "forbid": lambda a, _: iter([checks.Forbid(paths_of(a))]),
    "values": _values,
    "format": _formats,
    "length": _lengths,
    "count": _count,
    "any_of": _sets("any_of"),
    "one_of": _sets("one_of"),
    "exclusive": _sets("exclusive"),
    "equals": _equals(same=True),
    "differs": _equals(same=False),
    "balance": _balance,
    "date_window": _window,
    "charset": _charset,
    "unique": _unique,
    "lookup": _lookup,
    "transition": _transition,
    "echo": _echo,
    "contains": _contains,
    "subgrammar": _subgrammar,
    "choose": _choose,
}

OPERATORS = tuple(_OPERATORS)
