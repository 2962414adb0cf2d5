"""Requests from CSV: one row per service, rows with the same `reference` are one request.

A column is either the JSON path of a field (`subscriber.member_id`, `event.diagnoses[0].code`,
`service.professional.unit`) or one of the short names in `COLUMNS`. Paths that begin with
`service.` belong to the row's service, all others to the request; those must agree in every row of
a request, or stand in its first row only. A row without a value in any service column adds no
service. Codes are text: keep `03` a text cell in the spreadsheet program that writes the file.
"""

import csv
import difflib
import io
import itertools
import re
from collections.abc import Iterator, Sequence
from typing import Any

import attrs
from attrs import Factory, define, frozen

from x12_pa.models.documents import decoded, make_converter, structure
from x12_pa.models.problems import InputProblem, Problem
from x12_pa.models.review import ReviewRequest


@frozen
class Column:
    """A column: the path that its value goes to, and what else it implies."""

    path: str
    implies: dict[str, str] = Factory(dict)
    separator: str | None = None


def _to(path: str, split: str | None = None, **fixed: str) -> Column:
    """Return a column for one path; `fixed` sets neighbours of it, by their names, as well."""
    above = path.rpartition(".")[0]
    return Column(path, {f"{above}.{name}": value for name, value in fixed.items()}, split)


COLUMNS: dict[str, Column] = {
    "reviewer_name": _to("reviewer.name", role="X3"),
    "reviewer_id": _to("reviewer.identifier", role="X3", identifier_type="PI"),
    "requester_name": _to("requester.name", role="1P"),
    "requester_first_name": _to("requester.first_name", kind="1"),
    "requester_npi": _to("requester.identifier", identifier_type="XX"),
    "member_id": _to("subscriber.member_id"),
    "subscriber_last_name": _to("subscriber.last_name"),
    "subscriber_first_name": _to("subscriber.first_name"),
    "subscriber_birth_date": _to("subscriber.birth_date"),
    "subscriber_gender": _to("subscriber.gender"),
    "dependent_last_name": _to("dependent.last_name"),
    "dependent_first_name": _to("dependent.first_name"),
    "dependent_birth_date": _to("dependent.birth_date"),
    "dependent_gender": _to("dependent.gender"),
    "dependent_relationship": _to("dependent.relationship"),
    "category": _to("event.category"),
    "certification_type": _to("event.certification_type"),
    "service_type": _to("event.service_type"),
    "place_of_service": _to("event.facility_type", facility_qualifier="B"),
    "facility_type": _to("event.facility_type", facility_qualifier="A"),
    "level_of_service": _to("event.level_of_service"),
    "release_of_information": _to("event.release_of_information"),
    "previous_authorization": _to("event.previous_authorization"),
    "event_date": _to("event.event_date"),
    "admission_date": _to("event.admission_date"),
    "admission_type": _to("event.admission.type"),
    "diagnoses": _to("event.diagnoses", split=";"),
    "message": _to("event.message"),
    "provider_name": _to("event.providers[0].name", role="SJ"),
    "provider_first_name": _to("event.providers[0].first_name", kind="1"),
    "provider_npi": _to("event.providers[0].identifier", role="SJ", identifier_type="XX"),
    "provider_taxonomy": _to("event.providers[0].taxonomy", provider_type="PE"),
    "service_date": _to("service.service_date"),
    "procedure": _to("service.professional.procedure"),
    "modifiers": _to("service.professional.procedure.modifiers", split=";"),
    "unit": _to("service.professional.unit"),
    "count": _to("service.professional.count"),
    "revenue_code": _to("service.institutional.revenue_code"),
    "institutional_procedure": _to("service.institutional.procedure"),
    "institutional_unit": _to("service.institutional.unit"),
    "institutional_count": _to("service.institutional.count"),
    "dental_procedure": _to("service.dental.procedure"),
    "dental_count": _to("service.dental.count"),
    "service_category": _to("service.category"),
    "service_service_type": _to("service.service_type"),
    "quantity_unit": _to("service.quantity.unit"),
    "quantity_amount": _to("service.quantity.amount"),
}
"""Short column names. `diagnoses` lists codes, the first principal (`M25561;R2689`) or each with
its qualifier (`BK:7242`); `procedure` is a code or `qualifier:code`; `modifiers` lists codes."""

_CONVERTER = make_converter(written=True)
_FIELDS = frozenset(attribute.name for attribute in attrs.fields(ReviewRequest))
_STEP = re.compile(r"(\w+)(?:\[(\d+)\])?")
_SOME = (
    f"reference, {', '.join(itertools.islice(COLUMNS, 6))} …; x12-pa schema request-csv lists and "
    "explains them all"
)


def from_csv(source: str | bytes) -> list[ReviewRequest]:
    """Read requests from CSV with a header line.

    Raises:
        InputProblem: columns are unknown, rows of one request disagree, or values cannot be read;
            every fault is listed with its row, the header being row 1.
    """
    records: list[ReviewRequest] = []
    problems: list[Problem] = []
    for found in each_from_csv(source):
        if isinstance(found, InputProblem):
            problems += found.problems
        else:
            records.append(found)
    if problems:
        raise InputProblem(problems)
    return records


def each_from_csv(source: str | bytes) -> Iterator[ReviewRequest | InputProblem]:
    """Yield each request of a CSV, or what is wrong with that one; raises as `placed_from_csv`."""
    for _, found in placed_from_csv(source):
        yield found


def placed_from_csv(source: str | bytes) -> Iterator[tuple[str, ReviewRequest | InputProblem]]:
    """Yield the rows of each request of a CSV (`row 2`, `rows 3 to 5`), and it or what is wrong.

    Raises:
        InputProblem: columns are unknown, or it is no CSV at all.
    """
    text = decoded(source)
    drafts: dict[str, _Draft] = {}
    try:
        for number, row in _rows(text):
            key = (row.get("reference") or "").strip() or f"\0{number}"
            drafts.setdefault(key, _Draft()).add(number, row)
    except csv.Error as fault:
        raise InputProblem([Problem("", f"not CSV: {fault}")]) from None
    for draft in drafts.values():
        try:
            yield draft.place, draft.finish()
        except InputProblem as found:
            yield draft.place, found


def _rows(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), restkey="", restval="")
    reader.fieldnames = [name.strip() for name in reader.fieldnames or ()]
    if problems := _check_header(reader.fieldnames):
        raise InputProblem(problems)
    for row in reader:
        yield reader.line_num, row


def _check_header(names: Sequence[str]) -> list[Problem]:
    """Say which column names are unknown or stand twice, and where the known ones are listed."""
    if not names:
        return [Problem("row 1", f"expected a header line with column names: {_SOME}")]
    unknown = [n for n, name in enumerate(names, 1) if not _is_column(name)]
    problems = [_unknown(number, names[number - 1]) for number in unknown]
    twice = [name for n, name in enumerate(names) if _is_column(name) and name in names[:n]]
    problems += [Problem("row 1", f"column '{name}' stands there twice") for name in twice]
    return [*problems, Problem("known columns", _SOME)] if unknown else problems


def _is_column(name: str) -> bool:
    first = _STEP.match(name)
    return name in COLUMNS or bool(first and (first[1] in _FIELDS or first[1] == "service"))


def _unknown(number: int, name: str) -> Problem:
    """Say that a name is unknown; it is repeated only if it is nearly a known one.

    What stands in the first row of a file without a header, or of a letter, may be a patient's.
    `Member ID` is nearly member_id.
    """
    plain = re.sub(r"[^\w.\[\]]+", "_", name.lower()).strip("_")
    near = difflib.get_close_matches(plain, [*COLUMNS, *sorted(_FIELDS)], 1, cutoff=0.7)
    if near:
        return Problem("row 1", f"'{name}' is no column; did you mean '{near[0]}'?")
    return Problem(f"row 1, column {number}", "is not named by a short name or a JSON path")


@define
class _Draft:
    """One request while its rows come in."""

    data: dict[str | int, Any] = Factory(dict)
    services: list[dict[str | int, Any]] = Factory(list)
    rows: list[int] = Factory(list)
    service_rows: list[int] = Factory(list)
    problems: list[Problem] = Factory(list)

    def add(self, number: int, row: dict[str, Any]) -> None:
        self.rows.append(number)
        if row.pop("", None):
            self.problems.append(Problem(f"row {number}", "has more cells than the header"))
        service: dict[str | int, Any] = {}
        for name, cell in row.items():
            if value := cell.strip():
                self._set(number, name, value, service)
        if service:
            self.services.append(service)
            self.service_rows.append(number)

    def _set(self, number: int, name: str, value: str, service: dict[str | int, Any]) -> None:
        column = COLUMNS.get(name) or Column(name)
        items: Any = (
            [part.strip() for part in value.split(column.separator)] if column.separator else value
        )
        wanted = _shaped(column.path, items) if name in COLUMNS else value
        target = service if column.path.startswith("service.") else self.data
        if _put(target, column.path.removeprefix("service."), wanted) != wanted:
            where = f"row {number}, column {name}"
            self.problems.append(Problem(where, "differs from an earlier row of this request"))
        for path, fixed in column.implies.items():
            _put(target, path.removeprefix("service."), fixed)

    @property
    def place(self) -> str:
        """Return where the request stands; its rows need not be neighbours."""
        first, last = self.rows[0], self.rows[-1]
        if first == last:
            return f"row {first}"
        together = last - first + 1 == len(self.rows)
        return f"rows {first} to {last}" if together else f"rows {', '.join(map(str, self.rows))}"

    def finish(self) -> ReviewRequest:
        """Return the request.

        Raises:
            InputProblem: lists the faults of its rows.
        """
        data = {"kind": "review_request", **_listed(self.data)}
        if self.services:
            data["event"] = {
                **data.get("event", {}),
                "services": [_listed(service) for service in self.services],
            }
        try:
            record = structure(data, _CONVERTER)
        except InputProblem as fault:
            self.problems += [
                Problem(f"row {self._row(p.path)}: {p.path}", p.message) for p in fault.problems
            ]
        if self.problems:
            raise InputProblem(self.problems)
        assert isinstance(record, ReviewRequest)
        return record

    def _row(self, path: str) -> int:
        found = re.match(r"event\.services\[(\d+)\]", path)
        return self.service_rows[int(found[1])] if found else self.rows[0]


def _shaped(path: str, value: Any) -> Any:
    """Give the value of a short column the shape of its field."""
    if path.endswith(".procedure"):
        qualifier, colon, code = value.partition(":")
        usual = "AD" if ".dental." in path else "HC"
        return (
            {"qualifier": qualifier, "code": code} if colon else {"qualifier": usual, "code": value}
        )
    if path.endswith(".diagnoses"):
        return [_diagnosis(number, code) for number, code in enumerate(value)]
    return value


def _diagnosis(number: int, text: str) -> dict[str, str]:
    qualifier, colon, code = text.partition(":")
    if colon:
        return {"type": qualifier, "code": code}
    return {"type": "ABF" if number else "ABK", "code": text.replace(".", "")}


def _put(target: dict[str | int, Any], path: str, value: Any) -> Any:
    """Set the value at a path unless one is there; return what is there then.

    Lists are dictionaries with whole numbers as keys until `_listed` turns them into lists.
    """
    *above, last = _steps(path)
    here: Any = target
    for step in above:
        here = here.setdefault(step, {}) if isinstance(here, dict) else None
    if not isinstance(here, dict):
        return None
    if isinstance(value, dict):
        held = here.setdefault(last, {})
        return {key: held.setdefault(key, item) for key, item in value.items()}
    return here.setdefault(last, value)


def _steps(path: str) -> Iterator[str | int]:
    for name, index in _STEP.findall(path):
        yield name
        if index:
            yield int(index)


def _listed(data: Any) -> Any:
    if not isinstance(data, dict):
        return data
    if data and all(isinstance(key, int) for key in data):
        return [_listed(data[key]) for key in sorted(data)]
    return {key: _listed(value) for key, value in data.items()}
