"""Requests and responses as JSON: the field names of the records, values as people write them.

Dates are ISO 8601 (`2026-12-01`, ranges `2026-12-01/2026-12-31`), amounts and counts are strings
so that no digit is lost (numbers are read too), codes are strings even when they look like
numbers. What is absent is left out. `kind` says which record it is. Input is strict: a field that
does not exist or has the wrong type is a problem, and all problems are reported at once.
"""

import difflib
import json
import re
import typing
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import partial
from operator import attrgetter
from typing import Any, TypeVar

import attrs
from cattrs import Converter, transform_error
from cattrs.errors import ForbiddenExtraKeysError
from cattrs.gen import make_dict_structure_fn

from x12_pa.models.codecs import ClockTime, Period, iso_date, iso_time
from x12_pa.models.eligibility import EligibilityInquiry, EligibilityResponse
from x12_pa.models.problems import InputProblem, Problem
from x12_pa.models.review import ReviewRequest, ReviewResponse

Review = ReviewRequest | ReviewResponse
Eligibility = EligibilityInquiry | EligibilityResponse
R = TypeVar("R")

KINDS: dict[str, type[ReviewRequest] | type[ReviewResponse]] = {
    "review_request": ReviewRequest,
    "review_response": ReviewResponse,
}
ELIGIBILITY_KINDS: dict[str, type[EligibilityInquiry] | type[EligibilityResponse]] = {
    "eligibility_inquiry": EligibilityInquiry,
    "eligibility_response": EligibilityResponse,
}


class _Expected(ValueError):
    """A value that its field cannot take; the text says what was expected."""


def _text(value: Any, _: Any = None) -> str:
    if not isinstance(value, str):
        raise _Expected("expected text in quotation marks")
    return value


def _optional_text(value: Any, _: Any = None) -> str | None:
    return None if value in (None, "") else _text(value)


def _whole(value: Any, _: Any = None) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _Expected("expected a whole number")
    return value


def _amount(value: Any, _: Any = None) -> Decimal:
    good = isinstance(value, int | float | str | Decimal) and not isinstance(value, bool)
    text = format(value, "f") if isinstance(value, Decimal) else str(value)
    if not good or not re.fullmatch(r"-?\d+(\.\d+)?", text, re.ASCII):
        raise _Expected('expected a number such as 12 or "120.50"')
    return Decimal(text)


def _flag(value: Any, _: Any = None) -> bool:
    if not isinstance(value, bool):
        raise _Expected("expected true or false")
    return value


def _parsed(read: Callable[[str], Any], expected: str) -> Callable[[Any, Any], Any]:
    def hook(value: Any, _: Any) -> Any:
        try:
            return read(_text(value))
        except ValueError:
            raise _Expected(expected) from None

    return hook


def _written_whole(value: Any, _: Any = None) -> int:
    return int(value) if re.fullmatch(r"\d+", str(value), re.ASCII) else _whole(value)


def _written_flag(value: Any, _: Any = None) -> bool:
    words = {"y": True, "yes": True, "true": True, "n": False, "no": False, "false": False}
    if str(value).lower() not in words:
        raise _Expected("expected Y or N")
    return words[str(value).lower()]


def make_converter(*, written: bool = False) -> Converter:
    """Return the converter for JSON, or for sources in which every value is text (`written`)."""
    converter = Converter(forbid_extra_keys=True, unstruct_collection_overrides={tuple: list})
    converter.register_structure_hook(str, _text)
    converter.register_structure_hook(str | None, _optional_text)
    converter.register_structure_hook(int, _written_whole if written else _whole)
    converter.register_structure_hook(bool, _written_flag if written else _flag)
    converter.register_structure_hook(Decimal, _amount)
    converter.register_structure_hook(date, _parsed(iso_date, "expected a date YYYY-MM-DD"))
    converter.register_structure_hook(
        ClockTime, _parsed(iso_time, "expected a time HH:MM or HH:MM:SS")
    )
    converter.register_structure_hook(
        Period,
        _parsed(Period.parse, "expected a date YYYY-MM-DD or two as YYYY-MM-DD/YYYY-MM-DD"),
    )
    converter.register_structure_hook_factory(is_list, _listed)
    converter.register_structure_hook_factory(is_record, _object)
    converter.register_unstructure_hook(Decimal, lambda value: format(value, "f"))
    converter.register_unstructure_hook(date, date.isoformat)
    converter.register_unstructure_hook(Period, Period.isoformat)
    converter.register_unstructure_hook_factory(is_record, lambda cls: _sparse(cls, converter))
    return converter


def is_record(cls: Any) -> bool:
    """Say whether a type is written as an object, field by field."""
    return attrs.has(cls) and cls is not Period


def _object(cls: Any, converter: Converter) -> Callable[[Any, Any], Any]:
    whole = make_dict_structure_fn(cls, converter)

    def hook(value: Any, _: Any) -> Any:
        if not isinstance(value, Mapping):
            raise _Expected("expected an object in braces")
        return whole(value, cls)

    return hook


def is_list(cls: Any) -> bool:
    """Say whether a type is written as a list."""
    return typing.get_origin(cls) is tuple


def _listed(cls: Any, converter: Converter) -> Callable[[Any, Any], tuple[Any, ...]]:
    """Read lists only; text and objects would be taken apart letter by letter, key by key."""
    as_list: Any = list[typing.get_args(cls)[0]]  # type: ignore[misc]

    def hook(value: Any, _: Any) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple):
            raise _Expected("expected a list in brackets")
        return tuple(converter.structure(value, as_list))

    return hook


def _sparse(cls: Any, converter: Converter) -> Callable[[Any], dict[str, Any]]:
    """Compile the writing of a record: what each field needs is looked up once, not each time."""
    fields = attrs.fields(attrs.resolve_types(cls))
    names = [each.name for each in fields if each.init]
    steps = [(each.name, _written(each.type, converter)) for each in fields if each.init]
    values_of = attrgetter(*names) if len(names) > 1 else lambda one: (getattr(one, names[0]),)

    def unstructure(record: Any) -> dict[str, Any]:
        found = {}
        for (name, write), value in zip(steps, values_of(record), strict=True):
            if value or value not in (None, ()):
                found[name] = value if write is None else write(value)
        return found

    return unstructure


def _written(kind: Any, converter: Converter) -> Callable[[Any], Any] | None:
    """Return how a value that is there is written; None if it stands for itself."""
    kind = without_none(kind)
    arguments = typing.get_args(kind)
    if is_list(kind) and len(arguments) == 2 and arguments[1] is Ellipsis:
        item = _written(arguments[0], converter)
        return list if item is None else lambda values: [item(value) for value in values]
    if kind in (str, int, bool):
        return None
    return converter.get_unstructure_hook(kind)


def without_none(kind: Any) -> Any:
    """Return what a value of a type is when it is there: `str` of `str | None`."""
    arguments = typing.get_args(kind)
    if type(None) in arguments and len(arguments) == 2:
        (kind,) = (each for each in arguments if each is not type(None))
    return kind


CONVERTER = make_converter()


def kind_of(cls: type[Review] | type[Eligibility]) -> str:
    """Return the `kind` of a record class in JSON, `review_request`."""
    every = {**KINDS, **ELIGIBILITY_KINDS}
    return next(name for name, known in every.items() if issubclass(cls, known))


def to_json(record: Review | Eligibility) -> dict[str, Any]:
    """Return a record as plain JSON data, absent fields left out, in the order of declaration."""
    return {"kind": kind_of(type(record)), **CONVERTER.unstructure(record)}


def from_json(source: str | bytes | Mapping[str, Any]) -> Review:
    """Read one request or response from JSON text or from plain data.

    Raises:
        InputProblem: the text is no JSON, or fields are missing, unknown or of the wrong type; it
            lists every such fault.
    """
    data = source if isinstance(source, Mapping) else load_json(source)
    return structure(data, CONVERTER)


def eligibility_from_json(source: str | bytes | Mapping[str, Any]) -> Eligibility:
    """Read one eligibility inquiry or response; as `from_json`."""
    data = source if isinstance(source, Mapping) else load_json(source)
    fields, kind = _by_kind(data, ELIGIBILITY_KINDS)
    return structure_as(fields, ELIGIBILITY_KINDS[kind], CONVERTER)


def from_json_lines(source: str | bytes) -> list[Review]:
    """Read JSON Lines, a JSON array, or a single object; blank lines are skipped.

    Raises:
        InputProblem: as `from_json`, with the line or position of each faulty document.
    """
    records: list[Review] = []
    problems: list[Problem] = []
    for found in each_from_json(source):
        if isinstance(found, InputProblem):
            problems += found.problems
        else:
            records.append(found)
    if problems:
        raise InputProblem(problems)
    return records


def each_from_json(source: str | bytes) -> Iterator[Review | InputProblem]:
    """Yield each document of JSON Lines, a JSON array or a single object, or what is wrong with it.

    Raises:
        InputProblem: the text as a whole is no JSON.
    """
    text = decoded(source)
    lines = [(n, line) for n, line in enumerate(text.splitlines(), 1) if line.strip()]
    if len(lines) > 1 and _is_json(lines[0][1]):
        yield from (_document(f"line {n}", partial(load_json, line)) for n, line in lines)
        return
    whole = load_json(text)
    if isinstance(whole, list):
        yield from (_document(f"document {n}", partial(_same, i)) for n, i in enumerate(whole, 1))
    else:
        yield _document("", partial(_same, whole))


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _same(item: Any) -> Any:
    return item


def _document(place: str, load: Callable[[], Any]) -> Review | InputProblem:
    try:
        return structure(load(), CONVERTER)
    except InputProblem as fault:
        return InputProblem([Problem(_placed(place, p.path), p.message) for p in fault.problems])


def _placed(place: str, path: str) -> str:
    """Put the place of a document before a path in it; a line of JSON Lines has one line itself."""
    column = path.removeprefix("line 1, ")
    if column != path and place.startswith("line "):
        return f"{place}, {column}"
    return f"{place}: {path}".strip(": ")


def decoded(source: str | bytes) -> str:
    """Return an input as text.

    Raises:
        InputProblem: it is not UTF-8; a character that is guessed would end up in a name.
    """
    try:
        return source.decode("utf-8-sig") if isinstance(source, bytes) else source
    except UnicodeDecodeError as fault:
        line = fault.object.count(b"\n", 0, fault.start) + 1
        wrong = "not UTF-8 text; save the file as UTF-8 (in a spreadsheet: CSV UTF-8)"
        raise InputProblem([Problem(f"line {line}", wrong)]) from None


def load_json(source: str | bytes) -> Any:
    """Parse JSON text; amounts keep their digits.

    Raises:
        InputProblem: it is not JSON; says in which line.
    """
    try:
        return json.loads(decoded(source), parse_float=Decimal)
    except json.JSONDecodeError as fault:
        where = f"line {fault.lineno}, column {fault.colno}"
        raise InputProblem([Problem(where, f"not JSON: {fault.msg}")]) from None
    except (ValueError, RecursionError):
        raise InputProblem([Problem("", "not JSON: numbers or nesting beyond reason")]) from None


def structure(data: Any, converter: Converter) -> Review:
    """Turn plain data into the record that its `kind` names.

    Raises:
        InputProblem: lists every fault.
    """
    fields, kind = _by_kind(data, KINDS)
    return structure_as(fields, KINDS[kind], converter)


def _by_kind(data: Any, kinds: Collection[str]) -> tuple[dict[str, Any], str]:
    if not isinstance(data, Mapping):
        raise InputProblem([Problem("", "expected a JSON object with a 'kind'")])
    kind = data.get("kind")
    if not isinstance(kind, str) or kind not in kinds:
        raise InputProblem([Problem("kind", f"expected one of {', '.join(kinds)}")])
    return {k: v for k, v in data.items() if k != "kind"}, kind


def structure_as(data: Any, cls: type[R], converter: Converter = CONVERTER) -> R:
    """Turn plain data into a record of a class.

    Raises:
        InputProblem: lists every fault.
    """
    try:
        return converter.structure(data, cls)
    except Exception as fault:
        lines = transform_error(fault, path="", format_exception=_explain)
        raise InputProblem([_problem(line) for line in lines]) from None


def _problem(line: str) -> Problem:
    message, _, path = line.rpartition(" @ ")
    return Problem(path.lstrip("."), message)


def _explain(fault: BaseException, _: Any) -> str:
    """Say what was expected, without the value that was found."""
    if isinstance(fault, KeyError):
        return "is missing; this field is required"
    if isinstance(fault, ForbiddenExtraKeysError):
        return "; ".join(_unknown(name, fault.cl) for name in sorted(map(str, fault.extra_fields)))
    return str(fault) if isinstance(fault, _Expected) else "cannot be read"


def _unknown(name: str, cls: Any) -> str:
    known = [attribute.name for attribute in attrs.fields(cls)]
    near = difflib.get_close_matches(name, known, 1)
    hint = f"did you mean '{near[0]}'?" if near else f"known: {', '.join(known)}"
    return f"'{name}' is not a field here; {hint}"
