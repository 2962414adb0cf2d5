"""The form of a profile: its YAML checked against the published JSON Schema.

Every error names file, line, place and what was expected there, in words for the person who writes
the profile. Values are not repeated: a line number is enough to find them.
"""

import difflib
import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from x12_pa.errors import ConfigError
from x12_pa.guides.yaml_lines import Lines
from x12_pa.resources import data_dir

MOST_ERRORS = 20
_FORMS = {"string": "a text", "number": "a number", "integer": "a whole number"} | {
    "array": "a list",
    "object": "a table (key: value)",
    "boolean": "true or false",
    "null": "nothing (null)",
}
_COUNTS = {
    "minItems": "at least {} in the list",
    "minProperties": "at least {} key",
    "minLength": "at least {} character",
    "minimum": "a number from {} up",
    "maximum": "a number up to {}",
}


def check_form(lines: Lines) -> None:
    """Check a file against the published schema.

    Raises:
        ConfigError: every error with its line, in the order of the file.
    """
    errors = list(_validator().iter_errors(lines.data))
    if errors:
        found = sorted({(lines.line(list(e.absolute_path)), _error_line(e, lines)) for e in errors})
        texts = [text for _, text in found]
        more = [f"and {len(texts) - MOST_ERRORS} more"] if len(texts) > MOST_ERRORS else []
        raise ConfigError("\n".join([*texts[:MOST_ERRORS], *more]))


def _error_line(error: Any, lines: Lines) -> str:
    error = _deepest(error)
    here = list(error.absolute_path)
    unknown = _unknown(error)
    if unknown and error.validator != "propertyNames":
        where = lines.where([*here, unknown[0]])
    else:
        where = lines.where(here)
    place = "/".join(map(str, here)) or "the profile"
    return f"{where}: {place}: {_reason(error, unknown)}"


def _deepest(error: Any) -> Any:
    """Return the error inside alternatives that is nearest to what was written.

    Of several forms, the one is meant that fits the kind of value that stands there.
    """
    while error.validator in ("oneOf", "anyOf") and error.context:
        inside = [each for each in error.context if each.validator != "type" or each.relative_path]
        if not inside:
            return error
        error = max(inside, key=lambda each: len(each.absolute_path))
    return error


def _reason(error: Any, unknown: list[str]) -> str:
    """Return what a schema error means, as a sentence without the whole value."""
    kind, asked = error.validator, error.validator_value
    if kind == "required":
        return f"'{error.message.split(chr(39))[1]}' is missing."
    if unknown:
        return _not_known(unknown, sorted(_known(error.schema)))
    if kind in ("enum", "const"):
        values = asked if isinstance(asked, list) else [asked]
        return f"one of {', '.join(map(str, values))} was expected."
    if kind == "type":
        return f"{_form(asked)} was expected."
    if kind == "pattern":
        return f"a text of the form {asked} was expected."
    if kind in _COUNTS:
        return f"{_COUNTS[kind].format(asked)} was expected."
    if kind in ("oneOf", "anyOf"):
        forms = dict.fromkeys(_form(part["type"]) for part in _resolved(asked) if "type" in part)
        if forms:
            return f"{' or '.join(forms)} was expected."
    return "it does not have the form that the schema asks for (x12-pa schema profile)."


def _form(asked: str | list[str]) -> str:
    names = [asked] if isinstance(asked, str) else asked
    return " or ".join(_FORMS.get(name, name) for name in names)


def _unknown(error: Any) -> list[str]:
    """Return the keys that a table may not have."""
    if error.validator == "propertyNames":
        return [str(error.instance)] if isinstance(error.instance, str) else []
    if error.parent is not None and error.parent.validator == "propertyNames":
        return [str(error.instance)]
    if error.validator == "unevaluatedProperties":
        known = _known(error.schema)
        return [str(name) for name in error.instance if name not in known]
    if error.validator != "additionalProperties" or error.validator_value is not False:
        return []
    import re

    known = error.schema.get("properties", {})
    patterns = error.schema.get("patternProperties", {})
    return [
        str(name)
        for name in error.instance
        if name not in known and not any(re.search(each, str(name)) for each in patterns)
    ]


def _not_known(names: list[str], known: list[str]) -> str:
    close = [near for name in names for near in difflib.get_close_matches(name, known, 1)]
    some = f"did you mean {' or '.join(close)}?" if close else f"known are {', '.join(known)}."
    told = ", ".join(f"'{name}'" for name in names)
    verb = "is" if len(names) == 1 else "are"
    return f"{told} {verb} not known here; {some}" if known else f"{told} {verb} not known here."


def _known(schema: Mapping[str, Any]) -> set[str]:
    """Return the keys that a schema knows, in itself and in what it is composed of."""
    found = set(schema.get("properties", {}))
    for part in _resolved(schema.get("allOf", ())):
        found |= _known(part)
    return found


def _resolved(parts: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Yield schemas, those that are only named written out."""
    for part in parts:
        name = part.get("$ref", "").removeprefix("#/$defs/")
        yield _schema()["$defs"][name] if name else part


@cache
def _schema() -> Any:
    path = data_dir("companion_guides") / "profile.schema.json"
    return json.loads(path.read_text(encoding="utf-8"))


@cache
def _validator() -> Any:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(_schema())
