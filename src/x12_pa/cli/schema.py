"""`x12-pa schema`: JSON Schemas of the inputs and outputs.

Those of requests and responses are made from the same declarations that read and write them, and
from the guide, with a payer's profile if one is named. Those of reports lie in `cli/schemas`.
"""

import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import click

from x12_pa.cli.context import Session
from x12_pa.cli.options import output_options, pass_session, profile_option
from x12_pa.cli.output import write_json, write_lines
from x12_pa.errors import UsageError
from x12_pa.resources import data_dir

if TYPE_CHECKING:
    from x12_pa.guides import Profile

RECORDS = {
    "review_request": "278-request",
    "review_response": "278-response",
    "eligibility_inquiry": "270",
    "eligibility_response": "271",
}
"""Kind of a record to the guide whose limits its schema carries."""
CSV = "request-csv"
PROFILE = "profile"
SCHEDULE = "eligibility-check"
SHARED = "definitions from"
"""Key of a schema in `cli/schemas`: the other one whose definitions it refers to."""


@click.command()
@click.argument("name", required=False)
@profile_option
@output_options
@pass_session
def schema(session: Session, name: str | None, profile: "Profile | None") -> int:
    """Print the JSON Schema of an input or output; without NAME, list the names.

    request-csv describes the columns of a CSV. With --profile, the schema of a request or response
    has the limits of that payer.
    """
    if name is None:
        names = schema_names()
        if session.json:
            write_json({"schema": "x12-pa/schemas/1", "names": names})
        else:
            write_lines(names)
        return 0
    write_json(find_schema(name, profile))
    return 0


def schema_names() -> list[str]:
    """Return the names of all schemas, inputs first."""
    folder = files("x12_pa.cli") / "schemas"
    reports = sorted(item.name.removesuffix(".json") for item in folder.iterdir())
    return [
        *RECORDS,
        CSV,
        SCHEDULE,
        PROFILE,
        *(name for name in reports if not name.startswith("_")),
    ]


def find_schema(name: str, profile: "Profile | None" = None) -> dict[str, Any]:
    """Return a schema by name.

    Raises:
        UsageError: there is none of that name.
    """
    if name in RECORDS:
        from x12_pa.guides import load_guide
        from x12_pa.models import json_schema
        from x12_pa.models.documents import ELIGIBILITY_KINDS, KINDS

        record = {**KINDS, **ELIGIBILITY_KINDS}[name]
        return json_schema(record, load_guide(RECORDS[name], profile))
    if name == CSV:
        from x12_pa.guides import load_guide
        from x12_pa.models import csv_schema

        return csv_schema(load_guide(RECORDS["review_request"], profile))
    if name == SCHEDULE:
        from x12_pa.eligibility.schedule import schedule_schema

        return schedule_schema()
    if name == PROFILE:
        path = data_dir("companion_guides") / "profile.schema.json"
        language: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return language
    if name not in schema_names():
        known = ", ".join(schema_names())
        raise UsageError(f"There is no schema '{name}'. Known schemas: {known}.")
    return _stored(name)


def _stored(name: str) -> dict[str, Any]:
    """Return a schema of `cli/schemas`, with the definitions that it shares with another."""
    text = (files("x12_pa.cli") / "schemas" / f"{name}.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    if (other := found.pop(SHARED, None)) is not None:
        found["$defs"] = _stored(other)["$defs"]
    return found
