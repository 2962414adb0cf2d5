"""JSON Schema of the inputs and outputs, from the same declarations that bind fields to elements.

With a guide, the schema holds only the fields that the guide has a place for, and each carries the
length, the allowed codes and the name of its element; with a payer's profile compiled into the
guide, the schema is that payer's. Without one it holds every field with its type. Records nest
without repeating, so the schema is written out in full rather than by reference: each place has
limits of its own.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import attrs

from x12_pa.guides import ElementUse, Guide, LoopUse, SegmentUse
from x12_pa.models.bindings import BoundField, bound_fields
from x12_pa.models.cells import LoopCells
from x12_pa.models.codecs import ClockTime, Period
from x12_pa.models.documents import Eligibility, Review, kind_of
from x12_pa.models.review import Unplaced

_DAY = r"\d{4}-\d{2}-\d{2}"

_TYPES: dict[Any, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    Decimal: {"type": ["string", "number"], "pattern": r"^-?\d+(\.\d+)?$"},
    date: {"type": "string", "format": "date", "pattern": f"^{_DAY}$"},
    Period: {"type": "string", "pattern": f"^{_DAY}(/{_DAY})?$"},
    ClockTime: {"type": "string", "pattern": r"^\d{2}:\d{2}(:\d{2}(\.\d{1,2})?)?$"},
}

_Where = LoopUse | list[SegmentUse] | list[ElementUse] | None
"""The guide's side of a record: its loop, the uses of its segment, its components, or no guide."""


def json_schema(
    record: type[Review] | type[Eligibility], guide: Guide | None = None
) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a request, inquiry or response."""
    kind = kind_of(record)
    body = _object(record, None if guide is None else guide.root)
    body["properties"] = {
        "kind": {"const": kind},
        **body["properties"],
        "unplaced": _unplaced(),
    }
    body["required"] = ["kind", *body.get("required", [])]
    title = kind.replace("_", " ").capitalize()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title if guide is None else f"{title} for {guide.id}",
        "description": (record.__doc__ or "").strip().splitlines()[0],
        **body,
    }


def _unplaced() -> dict[str, Any]:
    fields = {attribute.name: {"type": "string"} for attribute in attrs.fields(Unplaced)}
    item = {
        "type": "object",
        "properties": fields,
        "required": list(fields),
        "additionalProperties": False,
    }
    return {
        "type": "array",
        "description": "What a file that was read held beyond the fields; not sent.",
        "items": item,
    }


def _object(record: type, where: _Where) -> dict[str, Any]:
    properties, required = {}, []
    for bound in bound_fields(record):
        schema = _property(bound, where)
        if schema is not None:
            properties[bound.name] = schema
            if bound.required:
                required.append(bound.name)
    body: dict[str, Any] = {"type": "object", "properties": properties}
    if required:
        body["required"] = required
    body["additionalProperties"] = False
    return body


def _property(bound: BoundField, where: _Where) -> dict[str, Any] | None:
    if bound.record:
        inner = None if where is None else _inside(bound, where)
        if where is not None and not inner:
            return None
        schema = _object(bound.item, inner)
        notes = ""
    else:
        uses = [] if where is None else _elements(bound, where)
        if where is not None and not uses:
            return None
        schema = {**_TYPES[bound.item], **_limits(bound.item, uses)}
        notes = _notes(bound, uses)
    description = bound.binding.help + notes
    if not bound.many:
        return {**schema, "description": description}
    array: dict[str, Any] = {"type": "array", "description": description, "items": schema}
    return array if where is None else {**array, **_count(bound, where)}


def _elements(bound: BoundField, where: _Where) -> list[ElementUse]:
    binding = bound.binding
    if binding.kind in ("part", "parts"):
        members = [use for use in _members(where) if isinstance(use, ElementUse)]
        found = [members[n - 1] for n in binding.numbers if n <= len(members)]
    else:
        found = [
            use
            for ref in binding.references
            for segment in _segments(where, ref.segment, ref.selector)
            if (use := _at(segment, ref.element, ref.component)) is not None
        ]
    return [use for use in found if use.usage != "N"]


def _at(segment: SegmentUse, number: int, component: int) -> ElementUse | None:
    if number > len(segment.elements):
        return None
    use = segment.elements[number - 1]
    if use.usage == "N" or not use.components:
        return use if component == 1 else None
    return use.components[component - 1] if component <= len(use.components) else None


def _segments(where: _Where, segment_id: str, selector: str | None) -> list[SegmentUse]:
    if isinstance(where, LoopUse):
        return LoopCells(where).uses(segment_id, selector)
    uses = (use for use in _members(where) if isinstance(use, SegmentUse))
    return [use for use in uses if use.id == segment_id]


def _members(where: _Where) -> Sequence[SegmentUse | ElementUse]:
    return where if isinstance(where, list) else ()


def _inside(bound: BoundField, where: _Where) -> _Where:
    """Return the guide's side of the records that a field holds; empty when there is none."""
    binding = bound.binding
    if binding.kind == "inline":
        return where if _object(bound.item, where)["properties"] else None
    if isinstance(where, LoopUse) and binding.loops:
        routes = LoopCells(where).routes(binding.loops, binding.entity)
        loop = routes[0][-1] if routes else None
        if binding.segment is None or loop is None:
            return loop
        return LoopCells(loop).uses(binding.segment, None)
    if binding.kind in ("segment", "segments"):
        return _segments(where, binding.segment or "", None)
    return _merged(_rows(bound, where))


def _rows(bound: BoundField, where: _Where) -> list[Sequence[ElementUse]]:
    """Return the members of each composite or group that a record of the field can stand for."""
    binding = bound.binding
    if binding.kind == "composites":
        found = _segments(where, binding.segment or "", None)
        return [element.components for use in found for element in use.elements]
    spots = [
        (use, ref.element - 1)
        for ref in binding.references
        for use in _segments(where, ref.segment, ref.selector)
    ]
    if binding.kind == "groups":
        return [use.elements[first : first + binding.size] for use, first in spots]
    return [use.elements[n].components for use, n in spots if use.elements[n].usage != "N"]


def _merged(rows: list[Sequence[ElementUse]]) -> list[ElementUse]:
    """Return one use for each member that allows what any of the rows allows."""
    return [_union(column) for column in zip(*rows, strict=False)]


def _union(uses: Sequence[ElementUse]) -> ElementUse:
    lists = [use.codes for use in uses]
    codes = None
    if None not in lists:
        codes = tuple(dict.fromkeys(code for found in lists for code in found or ()))
    return attrs.evolve(uses[0], codes=codes)


def _limits(item: Any, uses: list[ElementUse]) -> dict[str, Any]:
    if item is not str or not uses:
        return {}
    if all(use.codes is not None for use in uses):
        codes = dict.fromkeys(code for use in uses for code in use.codes or ())
        return {"enum": list(codes)}
    return {"minLength": min(u.min for u in uses), "maxLength": max(u.max for u in uses)}


def _count(bound: BoundField, where: _Where) -> dict[str, Any]:
    binding = bound.binding
    limit: int | None = None
    if binding.kind in ("parts", "elements"):
        limit = len(_elements(bound, where))
    elif binding.kind == "groups":
        limit = len(binding.references)
    elif binding.kind == "composites":
        limit = max(len(use.elements) for use in _segments(where, binding.segment or "", None))
    elif binding.kind == "repetitions":
        limit = _elements(bound, where)[0].repeat
    elif isinstance(where, LoopUse) and binding.kind == "loops":
        routes = LoopCells(where).routes(binding.loops, binding.entity)
        repeats = [route[-1].repeat for route in routes]
        limit = None if None in repeats else max(n for n in repeats if n is not None)
        limit = limit - 1 if binding.rest and limit is not None else limit
    elif binding.kind == "segments" and not binding.loops:
        uses = _segments(where, binding.segment or "", None)
        counts = [use.max_use for use in uses]
        limit = None if None in counts else sum(n for n in counts if n is not None)
    return {} if limit is None else {"maxItems": limit}


def _notes(bound: BoundField, uses: list[ElementUse]) -> str:
    if uses:
        refs = list(dict.fromkeys(use.ref for use in uses))
        labels = {code: text for use in uses for code, text in use.labels.items()}
        meanings = "; ".join(f"{code} {text}" for code, text in labels.items() if text)
        return f" Element {', '.join(refs)}." + (f" Codes: {meanings}." if meanings else "")
    refs = [f"{ref.segment}{ref.element:02d}" for ref in bound.binding.references]
    return f" Element {', '.join(dict.fromkeys(refs))}." if refs else ""
