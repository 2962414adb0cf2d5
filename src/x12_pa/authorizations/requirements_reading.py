"""Read the section `services:` of a companion profile into records.

The form of the section is checked against `profile.schema.json` when a profile is loaded from a
file; what a schema cannot say (ranges that run backwards, fields that no request has, dates that do
not exist) is checked here, and so is the form again, for profiles that programs put together. Keys
that are not names of the section itself are ids of entries, so that a layer can replace an entry of
the layer below by its id.
"""

import re
import typing
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from types import UnionType
from typing import Any, Literal

import attrs

from x12_pa.authorizations.requirements import (
    Ages,
    CodeSpan,
    Document,
    Question,
    Requirement,
    Requirements,
    Reviewer,
    StepTherapy,
)
from x12_pa.errors import ConfigError
from x12_pa.guides import Profile
from x12_pa.guides.profile import STALE_AFTER_DAYS, UNKNOWN
from x12_pa.models import ReviewRequest, Service

STEP_FIELDS = ("drug", "dose", "duration", "outcome")
LABEL = re.compile(r"[A-Z][A-Z0-9 ]*")
PLACEHOLDER = "TEMPLATE"
SECTION_KEYS = frozenset({"payers", "stale_after_days", "reviewer"})
_ENTRY = frozenset(
    {"needed", "procedures", "service_types", "places", "plans", "age", "effective", "reviewer"}
    | {"documents", "questions", "step_therapy", "source", "last_verified", "confidence", "note"}
)


Path = tuple[str | int, ...]


def place_in(profile: Profile, *path: str | int) -> str:
    """Return where something of the section stands: file and line, or at least the profile.

    Args:
        path: keys inside `services`; numbers in lists count from 1.
    """
    name = "/".join(("services", *map(str, path)))
    lines = profile.origins.get(("services", str(path[0]))) if path else None
    if lines is None:
        return f"Profile {profile.id}, {name}"
    nodes = [part - 1 if isinstance(part, int) else part for part in path]
    return f"{lines.where(['services', *nodes])}: {name}"


class _Part:
    """A mapping of the section with the place it stands in, for errors."""

    def __init__(
        self, data: Any, profile: Profile, path: Path, known: frozenset[str] | None = None
    ) -> None:
        self.profile, self.path = profile, path
        self.data: Mapping[str, Any] = data if isinstance(data, Mapping) else {}
        if not isinstance(data, Mapping):
            raise self.wrong("", "a table")
        for key in self.data:
            if known is not None and key not in known:
                raise self.wrong(key, f"one of the keys {', '.join(sorted(known))}")

    def wrong(self, key: str, expected: str) -> ConfigError:
        path = (*self.path, key) if key else self.path
        return ConfigError(f"{place_in(self.profile, *path)}: {expected} was expected.")

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of codes or names; a single one may stand without brackets."""
        given = self.data.get(key, [])
        found = given if isinstance(given, list) else [given]
        if not all(isinstance(each, str | int) and not isinstance(each, bool) for each in found):
            raise self.wrong(key, "a list of texts")
        return tuple(map(str, found))

    def text(self, key: str) -> str:
        given = self.data.get(key, "")
        if not isinstance(given, str | int):
            raise self.wrong(key, "a text")
        return str(given)

    def whole(self, key: str, least: int = 0) -> int | None:
        given = self.data.get(key)
        if given is None:
            return None
        if type(given) is not int or given < least:
            raise self.wrong(key, f"a whole number from {least} up")
        return given

    def flag(self, key: str, default: bool) -> bool:
        given = self.data.get(key, default)
        if not isinstance(given, bool):
            raise self.wrong(key, "true or false")
        return given

    def day(self, key: str) -> date | None:
        given = self.data.get(key)
        try:
            return None if given is None else date.fromisoformat(str(given))
        except ValueError:
            raise self.wrong(key, "a date such as 2026-01-31") from None

    def one_of(self, key: str, *values: str) -> str:
        given = str(self.data.get(key, values[0]))
        if given not in values:
            raise self.wrong(key, f"one of {', '.join(values)}")
        return given

    def part(self, key: str, *known: str) -> "_Part | None":
        given = self.data.get(key)
        if given is None:
            return None
        return _Part(given, self.profile, (*self.path, key), frozenset(known))

    def parts(self, key: str, *known: str) -> Iterator["_Part"]:
        given = self.data.get(key, [])
        if not isinstance(given, list):
            raise self.wrong(key, "a list of tables")
        for number, each in enumerate(given, 1):
            yield _Part(each, self.profile, (*self.path, key, number), frozenset(known))


def read_requirements(profile: Profile) -> Requirements | None:
    """Return what a profile says of services; None when it has no such section.

    Raises:
        ConfigError: names the file and line (without a file the profile), the place in the
            section, and what was expected there.
    """
    if not profile.services:
        return None
    section = _Part(profile.services, profile, ())
    fallback = _reviewer(section)
    return Requirements(
        profile=profile.id,
        payers=section.texts("payers"),
        stale_after=section.whole("stale_after_days", least=1) or STALE_AFTER_DAYS,
        reviewer=fallback,
        entries=tuple(
            _entry(profile.id, str(key), _Part(data, profile, (str(key),), _ENTRY), fallback)
            for key, data in profile.services.items()
            if key not in SECTION_KEYS
        ),
    )


def _entry(profile: str, key: str, part: _Part, fallback: Reviewer | None) -> Requirement:
    for name in ("needed", "source", "last_verified"):
        if not part.data.get(name):
            raise part.wrong(name, "a value (every entry says where it is from)")
    if part.text("source").startswith(PLACEHOLDER) and not profile.startswith("template"):
        raise part.wrong("source", "the payer's document (this entry is still the template's)")
    needed = part.one_of("needed", "yes", "no") == "yes"
    effective = part.part("effective", "from", "to")
    starts, ends = (effective.day(name) if effective else None for name in ("from", "to"))
    if effective and starts and ends and starts > ends:
        raise effective.wrong("to", f"a day from {starts} on")
    verified = part.day("last_verified")
    assert verified is not None
    found = Requirement(
        id=key,
        profile=profile,
        needed=needed,
        source=part.text("source"),
        last_verified=verified,
        procedures=_spans(part),
        service_types=part.texts("service_types"),
        places=part.texts("places"),
        plans=part.texts("plans"),
        ages=_ages(part),
        starts=starts,
        ends=ends,
        reviewer=_reviewer(part) or fallback,
        documents=tuple(_documents(part)),
        questions=tuple(_questions(part)),
        steps=_steps(part),
        confidence=part.one_of("confidence", UNKNOWN, "high", "medium", "low"),
        note=part.text("note"),
    )
    if not needed and (found.documents or found.questions or found.steps):
        raise part.wrong("needed", "yes where documents, questions or step_therapy are named")
    return found


def _spans(part: _Part) -> tuple[CodeSpan, ...]:
    try:
        return tuple(map(CodeSpan.parse, part.texts("procedures")))
    except ValueError:
        expected = "codes, or ranges upwards of codes that differ in digits only (70450-70498)"
        raise part.wrong("procedures", expected) from None


def _ages(part: _Part) -> Ages | None:
    age = part.part("age", "min", "max")
    if age is None:
        return None
    low, high = age.whole("min"), age.whole("max")
    if (low is None and high is None) or (high is not None and (low or 0) > high):
        raise part.wrong("age", "min, max or both, min not above max")
    return Ages(low=low, high=high)


def _reviewer(part: _Part) -> Reviewer | None:
    names = ("umo", "name", "mailbox", "source")
    given = part.part("reviewer", *names)
    if given is None:
        return None
    return Reviewer(**{name: given.text(name) or None for name in names})


def _documents(part: _Part) -> Iterator[Document]:
    for each in part.parts("documents", "report", "name", "level", "required"):
        reports = each.texts("report")
        if not reports:
            raise each.wrong(
                "report", "a report type code (PWK01), or several of which one will do"
            )
        level = typing.cast(
            Literal["event", "service", "any"], each.one_of("level", "any", "event", "service")
        )
        yield Document(
            reports=reports,
            name=each.text("name"),
            level=level,
            required=each.flag("required", True),
        )


def _questions(part: _Part) -> Iterator[Question]:
    for each in part.parts("questions", "field", "label", "name", "required"):
        path, label = tuple(filter(None, each.text("field").split("."))), each.text("label")
        if bool(path) == bool(label):
            raise each.wrong("", "either a field of the request or a label in the message")
        if label and not LABEL.fullmatch(label):
            raise each.wrong("label", "capital letters, digits and blanks")
        if path:
            _check_path(path, each.wrong)
        yield Question(
            path=path, label=label, name=each.text("name"), required=each.flag("required", True)
        )


def _check_path(path: tuple[str, ...], wrong: Callable[[str, str], ConfigError]) -> None:
    """Check that a request has a field, so that a slip of the pen is not a document missing."""
    roots: dict[str, Any] = {"service": Service}
    roots |= {each.name: each.type for each in attrs.fields(ReviewRequest)}
    cls = roots.get(path[0])
    if cls is None:
        raise wrong("field", "service or " + ", ".join(name for name in roots if name != "service"))
    for number, name in enumerate(path[1:], 1):
        cls = _record(cls)
        fields = {each.name: each.type for each in attrs.fields(cls)} if cls else {}
        if name not in fields:
            known = f"one of {', '.join(fields)}" if fields else "nothing"
            raise wrong("field", f"{known} after {'.'.join(path[:number])}")
        cls = fields[name]


def _record(kind: Any) -> Any:
    """Return the record class inside `X | None` or `tuple[X, ...]`; None when there is none."""
    if isinstance(kind, type) and attrs.has(kind):
        return kind
    if isinstance(kind, UnionType) or typing.get_origin(kind) is tuple:
        return next(filter(None, map(_record, typing.get_args(kind))), None)
    return None


def _steps(part: _Part) -> StepTherapy | None:
    given = part.part("step_therapy", "count", "fields")
    if given is None:
        return None
    fields = given.texts("fields") or STEP_FIELDS
    if not set(fields) <= set(STEP_FIELDS):
        raise given.wrong("fields", f"some of {', '.join(STEP_FIELDS)}")
    return StepTherapy(count=given.whole("count", least=1) or 1, fields=fields)
