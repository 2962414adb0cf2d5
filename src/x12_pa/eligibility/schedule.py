"""The schedule: which services of which patients are asked about, from JSON, JSON Lines or CSV.

A row is one question: one patient, one payer, one provider, one procedure or service type, one day.
Its fields are the columns of a CSV and the keys of a JSON object alike, declared once, in `Check`.
A faulty row is told apart from a faulty file: it is yielded with what is wrong with it, by file,
row and column, and the others go on. Values never stand in these messages.
"""

# Declarations are calls by design; each gives a new attrs field.
# ruff: noqa: RUF009

import csv
import difflib
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import zip_longest
from typing import Any, Literal

import attrs
from attrs import evolve, field, frozen

from x12_pa.eligibility import codes
from x12_pa.eligibility.records import Ask
from x12_pa.models.documents import decoded, load_json, make_converter, structure_as
from x12_pa.models.parts import Procedure
from x12_pa.models.problems import InputProblem, Problem

HELP = "help"
_PROCEDURE = re.compile(r"(?:([A-Z]{2}):)?([A-Z0-9]{3,11})((?::[A-Z0-9]{2}){0,4})")
_HCPCS = re.compile(r"[0-9]{4}[0-9A-Z]|[A-Z][0-9]{4}")
_PLACE = re.compile(r"[0-9]{2}")
_LOST_ZERO = "a spreadsheet takes off leading zeros"


def _column(help: str, *, private: bool = False, required: bool = False) -> Any:
    metadata = {HELP: help}
    if required:
        return field(metadata=metadata, repr=not private)
    return field(default=None, metadata=metadata, repr=not private)


@frozen(kw_only=True)
class Check:
    """One row of a schedule. What is not given is None; the patient is the dependent if one is."""

    payer_id: str = _column("Identifier of the payer (2100A NM109).", required=True)
    payer_name: str = _column("Name of the payer (2100A NM103).", required=True)
    provider_npi: str = _column("NPI of the provider who asks (2100B NM109).", required=True)
    provider_name: str = _column(
        "Name of the organization, or last name of a person (2100B NM103).", required=True
    )
    provider_first_name: str | None = _column("First name; it makes the provider a person.")
    member_id: str | None = _column("Member id, as on the card.", private=True)
    subscriber_last_name: str | None = _column("Last name of the subscriber.", private=True)
    subscriber_first_name: str | None = _column("First name of the subscriber.", private=True)
    subscriber_birth_date: date | None = _column("YYYY-MM-DD.", private=True)
    subscriber_gender: str | None = _column("F or M.")
    dependent_last_name: str | None = _column("Last name, if the patient is a dependent.",
                                              private=True)  # fmt: skip
    dependent_first_name: str | None = _column("First name of the dependent.", private=True)
    dependent_birth_date: date | None = _column("YYYY-MM-DD.", private=True)
    dependent_gender: str | None = _column("F or M.")
    dependent_relationship: str | None = _column("Relationship to the subscriber: 01, 19 or 34.")
    service_type: str | None = _column("Service type code; 30 is the plan as a whole.")
    procedure: str | None = _column("Procedure: 73721, or HC:73721:RT with list and modifiers.")
    place_of_service: str | None = _column("Place of service code, two digits.")
    service_date: date = _column("Planned day of the service, YYYY-MM-DD.", required=True)
    network: Literal["in", "out"] | None = _column("Whether the provider is in network: in, out.")
    plan: str | None = _column("Name of the plan as it is known; a change is told.")
    reference: str | None = _column("A number of your own, such as the appointment; not sent.")

    @property
    def dependent(self) -> bool:
        """Whether the patient is a dependent."""
        return bool(self.dependent_last_name or self.dependent_first_name)

    def is_about(self, dependent: bool, first_name: str | None, born: date | None) -> bool:
        """Say whether a patient with the member id of this row is the one who is asked about.

        A member id may be that of a whole family, and a birth date that of twins: who is a
        dependent is known by the first name, and by no other birth date.

        Args:
            dependent: whether the patient is a dependent; who is not, is the subscriber.
            first_name, born: of the dependent.
        """
        if self.dependent != dependent:
            return False
        if not dependent:
            return True
        ours, theirs = (self.dependent_first_name or "").upper(), (first_name or "").upper()
        same_day = self.dependent_birth_date is not None and self.dependent_birth_date == born
        differ = None not in (self.dependent_birth_date, born) and not same_day
        return ours == theirs and not differ and (bool(ours) or same_day)

    @property
    def asked_procedure(self) -> Procedure | None:
        """The procedure as a record; HC where no code list is named."""
        found = _PROCEDURE.fullmatch((self.procedure or "").upper())
        if found is None:
            return None
        modifiers = tuple(filter(None, (found[3] or "").split(":")))
        return Procedure(qualifier=found[1] or "HC", code=found[2], modifiers=modifiers)

    @property
    def service(self) -> str:
        """What is asked about, for people: `HC:73721:RT`, or `service type 98`."""
        found = self.asked_procedure
        if found is None:
            return f"service type {self.service_type or '30'}"
        return ":".join((found.qualifier or "HC", found.code, *found.modifiers))

    @property
    def ask(self) -> Ask:
        """What is asked of the answer."""
        return Ask(
            service_type=self.service_type,
            procedure=self.asked_procedure,
            network=self.network,
            place=self.place_of_service,
        )


COLUMNS: Mapping[str, str] = {each.name: each.metadata[HELP] for each in attrs.fields(Check)}
"""Column to what it holds, in the order of the printed header."""

_OF_DEPENDENT = tuple(name for name in COLUMNS if name.startswith("dependent_"))

_WRITTEN, _JSON = make_converter(written=True), make_converter()


@frozen(kw_only=True)
class ScheduleRow:
    """One row of an input: where it stands, and the check or what is wrong with it."""

    where: str
    check: Check | None = None
    problem: InputProblem | None = None


def read_schedule(name: str, data: bytes) -> Iterator[ScheduleRow]:
    """Yield every row of a schedule: JSON objects, JSON Lines, an array, or CSV.

    Args:
        name: the file's name, for messages.
        data: its bytes.

    Raises:
        InputProblem: it is no JSON and no CSV with these columns, or holds no row.
    """
    text = decoded(data)
    rows = _json_rows(text) if text.lstrip().startswith(("{", "[")) else _csv_rows(text)
    empty = True
    for place, found in rows:
        empty = False
        where = f"{name}: {place}"
        if isinstance(found, InputProblem):
            problems = [Problem(f"{where}, {p.path}".rstrip(", "), p.message)
                        for p in found.problems]  # fmt: skip
            yield ScheduleRow(where=where, problem=InputProblem(problems))
        else:
            yield ScheduleRow(where=where, check=found)
    if empty:
        raise InputProblem([Problem(name, "there is no row in it")])


def _json_rows(text: str) -> Iterator[tuple[str, Check | InputProblem]]:
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    if len(lines) > 1 and _are_objects([line.strip() for _, line in lines]):
        for number, line in lines:
            yield f"line {number}", _parsed(line)
        return
    whole = load_json(text)
    items = whole if isinstance(whole, list) else [whole]
    for number, item in enumerate(items, 1):
        yield f"document {number}", _checked(item, written=False)


def _are_objects(lines: Sequence[str]) -> bool:
    """Say whether each line is meant to be an object: the first is one, or all begin as one."""
    first_is_whole = lines[0].startswith("{") and lines[0].endswith("}")
    return first_is_whole or all(line.startswith("{") for line in lines)


def _parsed(line: str) -> Check | InputProblem:
    try:
        return _checked(load_json(line), written=False)
    except InputProblem as fault:
        return InputProblem(
            [evolve(p, path=p.path.removeprefix("line 1, ")) for p in fault.problems]
        )


def _csv_rows(text: str) -> Iterator[tuple[str, Check | InputProblem]]:
    """Yield the rows of a CSV under its header, which may stand below empty lines."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    names: list[str] = []
    start = 0
    try:
        for row in reader:
            start, last = reader.line_num, start + 1
            cells = [cell.strip() for cell in row]
            if not any(cells):
                continue
            if not names:
                names = [cell.lower() for cell in cells]
                _refuse_unknown(names, start)
                continue
            yield f"row {last}", _of_cells(names, cells)
    except csv.Error as fault_of_csv:
        raise InputProblem([Problem("", f"not CSV: {fault_of_csv}")]) from None
    if not names:
        _refuse_unknown(names, 1)


def _delimiter(text: str) -> str:
    """Return what separates the cells: a comma; where a spreadsheet prefers it, another mark."""
    header = next((line for line in text.splitlines() if line.strip()), "").lower()
    names = {mark: {cell.strip(' "') for cell in header.split(mark)} for mark in ",;\t"}
    return max(names, key=lambda mark: len(names[mark] & set(COLUMNS)))


def _of_cells(names: list[str], cells: list[str]) -> Check | InputProblem:
    """Return the check of a row; cells beyond the header, or below no name of it, are a fault."""
    named = dict(zip(names, cells, strict=False))
    if any(cell for name, cell in zip_longest(names, cells, fillvalue="") if not name):
        return InputProblem([Problem("", "has more cells than the header")])
    broken = [name for name, cell in named.items() if "\n" in cell or "\r" in cell]
    if broken:
        text = "holds a line break; is a quotation mark not closed? Rows below it may be missing"
        return InputProblem([Problem(f"column {broken[0]}", text)])
    given = {name: cell for name, cell in named.items() if name and cell}
    return _checked(given, written=True)


def _refuse_unknown(names: list[str], row: int) -> None:
    """Refuse a header with other columns; what stands there may be a patient's, so count it."""
    problems = [
        Problem(f"row {row}, column {number}", _unknown(name))
        for number, name in enumerate(names, 1)
        if name and name not in COLUMNS
    ]
    problems += [Problem(f"row {row}", f"column '{n}' stands there twice")
                 for n in COLUMNS if names.count(n) > 1]  # fmt: skip
    if not set(names) & set(COLUMNS):
        problems = [Problem(f"row {row}", f"expected a header with columns {', '.join(COLUMNS)}")]
    if problems:
        raise InputProblem(problems)


def _unknown(name: str) -> str:
    """Say that a column is none; its name is repeated only where it is nearly one."""
    near = difflib.get_close_matches(name, COLUMNS, 1)
    hint = f"; '{name}' is no column, did you mean '{near[0]}'?" if near else ""
    return f"is not the name of a column of a schedule{hint}"


def _checked(data: Any, *, written: bool) -> Check | InputProblem:
    try:
        check = structure_as(_tidy(data), Check, _WRITTEN if written else _JSON)
    except InputProblem as fault:
        return InputProblem([_column_problem(each) for each in fault.problems])
    problems = [Problem(f"column {name}", text) for name, text in _faults(check)]
    return InputProblem(problems) if problems else check


def _tidy(data: Any) -> Any:
    """Return a row without what only looks different: blanks around a value, empty text, case."""
    if not isinstance(data, Mapping):
        return data
    texts = {key: value.strip() for key, value in data.items() if isinstance(value, str)}
    for key, change in (("procedure", str.upper), ("network", str.lower)):
        if key in texts:
            texts[key] = change(texts[key])
    return {k: texts.get(k, value) for k, value in data.items() if texts.get(k) != ""}


def _column_problem(problem: Problem) -> Problem:
    if problem.path == "network":
        return Problem("column network", "expected in or out")
    return Problem(f"column {problem.path}" if problem.path in COLUMNS else problem.path,
                   problem.message)  # fmt: skip


def _faults(check: Check) -> Iterator[tuple[str, str]]:
    """Yield what a row lacks as a whole, by column."""
    for each in attrs.fields(Check):
        if each.default is attrs.NOTHING and not getattr(check, each.name):
            yield each.name, "expected a value"
    if check.procedure and check.asked_procedure is None:
        yield "procedure", "expected a code such as 73721 or HC:73721:RT"
    code = check.asked_procedure
    if code and code.qualifier in codes.SAME_CODE_SET and not _HCPCS.fullmatch(code.code):
        yield "procedure", f"a HCPCS or CPT code has five characters ({_LOST_ZERO})"
    if check.place_of_service and not _PLACE.fullmatch(check.place_of_service):
        yield "place_of_service", f"expected two digits ({_LOST_ZERO})"
    if not check.procedure and not check.service_type:
        yield "procedure", "expected a procedure here, or a code in service_type"
    if not (check.member_id or (check.subscriber_last_name and check.subscriber_birth_date)):
        yield "member_id", "expected a member id, or the subscriber's last name and birth date"
    if not check.dependent:
        for name in _OF_DEPENDENT:
            if getattr(check, name):
                yield name, "expected the dependent's name too; else the subscriber is asked about"
    if check.dependent and not (check.dependent_birth_date or check.dependent_first_name):
        yield "dependent_birth_date", "expected the dependent's birth date or first name"


def schedule_schema() -> dict[str, Any]:
    """Return the JSON Schema of one row."""
    kinds = {"date": {"type": "string", "format": "date"}, "text": {"type": "string"}}
    properties: dict[str, Any] = {}
    for each in attrs.fields(Check):
        dated = each.name.endswith("_date")
        properties[each.name] = {
            **kinds["date" if dated else "text"],
            "description": each.metadata[HELP],
        }
    properties["network"]["enum"] = ["in", "out"]
    required = [each.name for each in attrs.fields(Check) if each.default is attrs.NOTHING]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Row of an eligibility schedule",
        "description": "Input of x12-pa eligibility check: a JSON object, JSON Lines, an array, or "
        "CSV with these names as its header.",
        "type": "object",
        "properties": properties,
        "required": required,
        "anyOf": [{"required": ["service_type"]}, {"required": ["procedure"]}],
        "additionalProperties": False,
    }
