"""The columns of a request CSV as a JSON Schema of one row, for people and for programs.

What a column means, its codes and its length are looked up where its path leads in the schema of a
request, so that both say the same, under a payer's profile too. Numbers, dates and lists are text
in a cell; the description says how a list is written.
"""

import re
from typing import Any

from x12_pa.guides import Guide
from x12_pa.models.review import ReviewRequest
from x12_pa.models.schema import json_schema
from x12_pa.models.spreadsheet import COLUMNS, Column

_ROW = (
    "One row per service. Rows with the same reference are one request; what does not begin with "
    "'service.' may stand in the first of them only. A row without a reference is a request of its "
    "own; an empty cell is as if the column were not there. A column is named by a short name "
    "below, or by the path of any field in the schema review_request, such as event.admission.type "
    "or service.professional.epsdt."
)
_FORMS = {
    "diagnoses": "Several with ';', the principal first: M25561;R2689, or BK:7242 with qualifier.",
    "modifiers": "Several with ';'.",
    "procedure": "The code, or qualifier:code.",
}


def csv_schema(guide: Guide | None = None) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a row: its columns by their short names."""
    request = json_schema(ReviewRequest, guide)
    columns = {"reference": Column("reference"), **COLUMNS}
    return {
        "$schema": request["$schema"],
        "title": "Columns of a request CSV" + (f" for {guide.id}" if guide else ""),
        "description": _ROW,
        "type": "object",
        "properties": {name: _cell(column, request) for name, column in columns.items()},
        "patternProperties": {_paths(request): {"type": "string"}},
        "additionalProperties": False,
    }


def _paths(request: dict[str, Any]) -> str:
    names = [name for name in request["properties"] if name not in ("kind", "unplaced")]
    return rf"^({'|'.join([*names, 'service'])})(\.\w+|\[\d+\])*$"


def _cell(column: Column, request: dict[str, Any]) -> dict[str, Any]:
    field = _field(request, column.path)
    last = column.path.rpartition(".")[2]
    form = _FORMS.get(last, "")
    said = [field.get("description", ""), form, f"Path {column.path}."]
    if column.implies:
        also = ", ".join(f"{path} = {value}" for path, value in column.implies.items())
        said.append(f"Sets {also} where no other column does.")
    limits = {} if form else {key: field[key] for key in _KEPT if key in field}
    return {"type": "string", **limits, "description": " ".join(filter(None, said))}


_KEPT = ("enum", "minLength", "maxLength", "pattern", "format")


def _field(request: dict[str, Any], path: str) -> dict[str, Any]:
    """Return the schema where a path leads; empty where the guide has no such field."""
    here: dict[str, Any] = request
    steps = ["event", "services", *path.split(".")[1:]] if path.startswith("service.") else None
    for step in steps or path.split("."):
        here = here.get("items", here).get("properties", {}).get(re.sub(r"\[\d+\]", "", step), {})
    return here
