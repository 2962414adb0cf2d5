"""A rule as a sentence: what people read in a companion guide, made from the rule itself.

The same words serve the printed guide, the comparison of two profiles and the linter. Nothing is
added to what the rule says; an operator that has no words here is printed as it is written.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from x12_pa.guides.profile import KINDS, Rule


def rule_words(rule: Rule) -> list[str]:
    """Return what a rule asks, one sentence for each operator and place."""
    return list(body_words(rule.body))


def applies_words(rule: Rule) -> str:
    """Return what a rule applies to: `278 that is sent`, `270, 271; @mode realtime`."""
    sets = ", ".join(rule.transactions) or "every transaction"
    ways = {KINDS["out"]: " that is sent", KINDS["in"]: " that comes back"}
    kinds = ways.get(rule.kinds, f" ({choice(rule.kinds)})") if rule.kinds else ""
    parts = [sets + kinds]
    if rule.versions:
        parts.append("version " + choice(rule.versions))
    parts += [f"{name} {choice(values)}" for name, values in rule.context.items()]
    if rule.starts:
        parts.append(f"from {rule.starts}")
    if rule.ends:
        parts.append(f"until {rule.ends}")
    return "; ".join(parts)


def body_words(body: Mapping[str, Any]) -> Iterator[str]:
    """Yield the sentences of a body, those of `then` and `else` with their condition."""
    if "when" in body:
        condition = when_words(body["when"])
        for text in body_words(body.get("then", {})):
            yield f"if {condition}: {text}"
        for text in body_words(body.get("else", {})):
            yield f"unless {condition}: {text}"
        return
    for operator, argument in body.items():
        yield from operator_words(operator, argument)


def operator_words(operator: str, argument: Any) -> Iterator[str]:
    """Yield what one operator asks."""
    say = _WORDS.get(operator)
    if say is None:
        yield f"{operator.replace('_', ' ')}: {plain(argument)}"
        return
    yield from say(argument)


def when_words(when: Any) -> str:
    """Return a condition: `UM01 is HS and 2000E/HI is given`."""
    return " and ".join(_condition(path, wanted) for path, wanted in when.items())


def _condition(path: str, wanted: Any) -> str:
    if path in ("any", "all", "none") and isinstance(wanted, Mapping):
        parts = [_condition(name, value) for name, value in wanted.items()]
        start, between = {
            "any": ("", " or "),
            "all": ("everywhere ", " and "),
            "none": ("nowhere ", " or "),
        }[path]
        return start + between.join(parts)
    if path == "unless":
        return f"not ({when_words(wanted)})"
    if isinstance(wanted, Mapping):
        word, value = next(iter(wanted.items()), ("", ""))
        if word == "present":
            return f"{path} is {'' if value else 'not '}given"
        if word == "not":
            return f"{path} is given and not {choice(value)}"
        return f"{path} {word} {plain(value)}"
    return f"{path} is {choice(wanted)}"


def choice(values: Any) -> str:
    """Return `A`, `A or B`, `A, B or C`; a name such as `$table.x` as it is."""
    if isinstance(values, Mapping):
        return _changed_list(values)
    items = [str(item) for item in values] if _is_list(values) else [str(values)]
    return " or ".join(filter(None, [", ".join(items[:-1]), items[-1]])) if items else "nothing"


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _changed_list(values: Mapping[str, Any]) -> str:
    parts = [f"{choice(values['add'])} as well"] if values.get("add") else []
    parts += [f"what the guide has without {choice(values['remove'])}"] * bool(values.get("remove"))
    return ", ".join(parts)


def plain(value: Any) -> str:
    """Return data as one readable line: `max 2, per ST`."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {plain(item)}" for name, item in value.items())
    if _is_list(value):
        return ", ".join(plain(item) for item in value)
    return value if isinstance(value, str) else json.dumps(value, default=str)


def _paths(argument: Any) -> list[str]:
    return [str(item) for item in argument] if _is_list(argument) else [str(argument)]


def _each(text: str) -> Callable[[Any], Iterator[str]]:
    return lambda argument: (text.format(path) for path in _paths(argument))


def _pairs(text: str, value: Callable[[Any], str]) -> Callable[[Any], Iterator[str]]:
    return lambda argument: (text.format(path, value(item)) for path, item in argument.items())


def size(item: Mapping[str, Any]) -> str:
    """Return `8 characters`, `at most 20 characters`, `2 to 9 characters`."""
    if "eq" in item:
        return f"{item['eq']} characters"
    low, high = item.get("min"), item.get("max")
    if low is not None and high is not None:
        return f"{low} to {high} characters"
    return f"at most {high} characters" if low is None else f"at least {low} characters"


def _count(argument: Any) -> Iterator[str]:
    for item in argument if _is_list(argument) else [argument]:
        words = {"eq": "exactly", "min": "at least", "max": "at most"}
        many = " and ".join(f"{words[n]} {_times(int(item[n]))}" for n in words if n in item)
        per = f" in each {item['per']}" if item.get("per") else ""
        what = " (each composite)" if item.get("unit") == "composites" else ""
        yield f"{item['of']}{what} stands {many}{per}"


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def _sets(start: str) -> Callable[[Any], Iterator[str]]:
    def say(argument: Any) -> Iterator[str]:
        yield f"{start} {' or '.join(' with '.join(_paths(item)) for item in argument)}"

    return say


def _window(argument: Mapping[str, Any]) -> Iterator[str]:
    words = {"not_before": "not before", "not_after": "not after", "max_span": "spans at most"}
    parts = [f"{text} {argument[name]}" for name, text in words.items() if name in argument]
    but = f", except {choice(argument['except'])}" if argument.get("except") else ""
    yield f"{argument['path']} is {' and '.join(parts)}{but}"


def _charset(argument: Mapping[str, Any]) -> Iterator[str]:
    where = argument.get("path", "the whole file")
    rest = {name: value for name, value in argument.items() if name != "path"}
    if rest.pop("upper", None) is True:
        yield f"{where} is in capital letters"
    if rest.pop("spaces", None) is False:
        yield f"{where} has no blanks"
    for value in rest.values():
        yield f"{where} has only characters of {plain(value)}"


def _delimiters(argument: Mapping[str, Any]) -> Iterator[str]:
    for name, value in argument.items():
        if name == "distinct":
            yield "the separators differ from each other"
        elif name == "forbid_in_data":
            yield "no separator stands in data"
        elif name == "forbid_segment":
            yield f"segments do not end with {', '.join(map(repr, value))}"
        else:
            yield f"the {name} separator is {value}"


def _choose(argument: Mapping[str, Any]) -> Iterator[str]:
    for path, item in argument.items():
        options = "; ".join(
            f"{value} where {item['by']} is {key}" for key, value in item["map"].items()
        )
        yield f"{path} is {options}"


def _response(argument: Mapping[str, Any]) -> Iterator[str]:
    for operator, value in argument.items():
        yield from (f"in the answer, {text}" for text in operator_words(operator, value))


def _transition(argument: Mapping[str, Any]) -> Iterator[str]:
    texts = {
        "immutable": "an update does not change {}",
        "forbid_added": "an update does not add {}",
        "edit_if": "a request is changed only after the decision {}",
        "cancel_if": "a request is cancelled only after the decision {}",
    }
    for name, value in argument.items():
        yield texts[name].format(choice(value))


def _lookup(argument: Mapping[str, Any]) -> Iterator[str]:
    by = [*_paths(argument.get("key", [])), *_paths(argument.get("match", []))]
    agree = f", where {', '.join(by)} agree" if by else ""
    value = f" as {plain(argument['equals'])}" if "equals" in argument else ""
    yield f"{argument['path']} is in the registry {argument['in']}{value}{agree}"


def _unique(argument: Mapping[str, Any]) -> Iterator[str]:
    window = f" within {argument['window']}" if argument.get("window") else ""
    if argument.get("mode") == "single-value":
        yield f"{argument['path']} is the same throughout {argument['over']}"
    else:
        yield f"{argument['path']} does not repeat in {argument['over']}{window}"


def _file(argument: Mapping[str, Any]) -> Iterator[str]:
    texts = {
        "name": "the file is named {}",
        "min_bytes": "the file has at least {} bytes",
        "max_mb": "the file has at most {} MB",
        "pgp": "the file is PGP-encrypted: {}",
        "result_suffix": "the partner adds {} to the name of what it has read",
    }
    for name, value in argument.items():
        yield texts.get(name, f"file {name}: {{}}").format(plain(value))


def _balance(argument: Mapping[str, Any]) -> Iterator[str]:
    where = f" where {plain(argument['where'])}" if argument.get("where") else ""
    yield f"{argument['total']} is the sum of {', '.join(_paths(argument['parts']))}{where}"


def _unused(argument: Any) -> Iterator[str]:
    when = f" where {argument} says so" if isinstance(argument, str) else ""
    yield f"segments that no rule of this profile names are not sent{when}"


_WORDS: dict[str, Callable[[Any], Iterator[str]]] = {
    "require": _each("{} must be given"),
    "forbid": _each("{} must not be given"),
    "values": _pairs("{} is {}", choice),
    "format": _pairs("{} has the form {}", str),
    "length": _pairs("{} has {}", size),
    "count": _count,
    "any_of": _sets("give at least one of"),
    "one_of": _sets("give exactly one of"),
    "exclusive": _sets("give at most one of"),
    "equals": _pairs("{} equals {}", str),
    "differs": _pairs("{} differs from {}", str),
    "echo": _pairs("{} repeats {}", str),
    "contains": _pairs("{} is given with each of {}", plain),
    "balance": _balance,
    "date_window": _window,
    "charset": _charset,
    "delimiters": _delimiters,
    "choose": _choose,
    "response": _response,
    "transition": _transition,
    "lookup": _lookup,
    "unique": _unique,
    "file": _file,
    "forbid_unused": _unused,
}
