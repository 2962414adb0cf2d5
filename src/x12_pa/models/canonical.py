"""Records as the one text of their JSON value: sorted keys, no blanks, plain ASCII.

The text is that of `documents.CONVERTER`, written without making the plain value first. Records of
a file repeat themselves and are shared where they do (see `segment_reading`), so what was written
last of each kind is remembered, up to a fixed number.
"""

import json
import typing
from collections.abc import Callable
from functools import cache
from json.encoder import encode_basestring_ascii
from typing import Any

import attrs

from x12_pa.models.documents import CONVERTER, is_list, is_record, without_none

Write = Callable[[Any], str]

_REMEMBERED = 256
_LONGEST_REMEMBERED = 1000
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False)


def canonical_text(record: Any) -> str:
    """Return the canonical JSON of a record, absent fields left out."""
    kind: Any = type(record)
    return _record(kind)(record)


@cache
def _record(cls: Any) -> Write:
    """Compile the writing of a record class."""
    fields = [each for each in attrs.fields(attrs.resolve_types(cls)) if each.init]
    steps = [
        (each.name, f'"{each.name}":', _value(each.type))
        for each in sorted(fields, key=lambda each: each.name)
    ]
    known: dict[int, tuple[Any, str]] = {}

    def write(record: Any) -> str:
        found = known.get(id(record))
        if found is not None:
            return found[1]
        parts = []
        for name, key, text in steps:
            value = getattr(record, name)
            if value or value not in (None, ()):
                parts.append(key + text(value))
        written = "{" + ",".join(parts) + "}"
        if len(written) <= _LONGEST_REMEMBERED:
            if len(known) >= _REMEMBERED:
                known.clear()
            known[id(record)] = record, written  # which keeps its number from being given away
        return written

    return write


def _value(kind: Any) -> Write:
    kind = without_none(kind)
    words = typing.get_args(kind) if typing.get_origin(kind) is typing.Literal else ()
    if kind is str or (words and all(isinstance(word, str) for word in words)):
        return encode_basestring_ascii
    if is_record(kind):
        return _record(kind)
    if is_list(kind) and typing.get_args(kind)[-1] is Ellipsis:
        item = _value(typing.get_args(kind)[0])
        return lambda values: "[" + ",".join(map(item, values)) + "]"
    plain = CONVERTER.get_unstructure_hook(kind)
    return lambda value: _ENCODER.encode(plain(value))
