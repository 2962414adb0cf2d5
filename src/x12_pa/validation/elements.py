"""Say what is wrong with a segment that failed its compiled check, element by element.

This is the slow path: it runs only for segments that the compiled expression refused, and names
every fault once. Each fault is a `Fault`: a finding code with the place inside the segment; the
walker adds where the segment stands. A profile's narrowing is told from the guide's own rule by
asking the use as it was before the profile (`ElementUse.base`) first.
"""

from collections.abc import Iterator
from itertools import pairwise

from attrs import frozen

from x12_pa.guides.model import COMPOSITE, ElementUse, SegmentUse
from x12_pa.guides.npi import npi_is_valid
from x12_pa.guides.patterns import (
    DATE_FORMAT,
    DATE_PERIOD,
    ID_QUALIFIER,
    ID_VALUE,
    qualified_lists,
)
from x12_pa.guides.syntax_notes import is_live, note_broken, note_numbers
from x12_pa.syntax import Delimiters
from x12_pa.validation.naming import either, loop_title, segment_title
from x12_pa.validation.privacy import is_private, is_strange
from x12_pa.validation.values import is_period, matches_format, problem, profile_problem, unlisted

# A value with a control character is reported as such, and not judged further.
_FORMATS = {
    "D8": "CCYYMMDD",
    "RD8": "CCYYMMDD-CCYYMMDD",
    "DT": "CCYYMMDDHHMM",
    "RDT": "CCYYMMDDHHMM-CCYYMMDDHHMM",
    "TM": "HHMM",
}


@frozen(kw_only=True)
class Fault:
    """One fault inside a segment; `expected` and `value` fill the message of the code."""

    code: str
    element: ElementUse | None = None
    number: int = 0
    component: int | None = None
    repetition: int | None = None
    value: str | None = None
    phi: bool = False
    expected: str = ""
    source: str = ""


def wanted(fault: Fault) -> str:
    """Return what was expected in place of a fault, as a phrase for an envelope's message."""
    if fault.code == "X211":
        return "a value"
    return fault.expected or "nothing"


def examine(use: SegmentUse, text: str, delimiters: Delimiters) -> Iterator[Fault]:
    """Yield the faults of one segment against its use."""
    if use.usage == "N":
        yield Fault(code="P108", source=use.source)
        return
    if "partial" in use.notes:
        yield Fault(code="X131", expected=_beyond(use))
    values = text.split(delimiters.element)[1:]
    while values and not values[-1]:
        values.pop()
    faulty = set()
    for number, element in enumerate(use.elements, 1):
        value = values[number - 1] if number <= len(values) else ""
        for fault in _element(use, element, number, value, delimiters):
            faulty.add(number)
            yield fault
    if len(values) > len(use.elements):
        yield Fault(code="X219", number=len(values), expected=str(len(use.elements)))
    yield from _notes(use, values, faulty)
    yield from _pairs(use, values)


def _beyond(use: SegmentUse) -> str:
    """Name a segment, or the whole loop that it begins, that an outline does not cover."""
    loop = use.parent
    if "partial" in loop.notes:
        return f"{loop_title(loop)} and what stands in it"
    return f"{segment_title(use)} in {loop_title(loop)}"


def _element(
    use: SegmentUse, element: ElementUse, number: int, value: str, delimiters: Delimiters
) -> Iterator[Fault]:
    if not value:
        if element.usage == "R":
            yield _missing(element, number)
        return
    if element.usage == "N":
        yield _unwanted(use, element, number, value)
        return
    mark = delimiters.repetition
    repeats = value.split(mark) if mark else [value]
    limit = element.repeat
    if limit is not None and len(repeats) > limit:
        times = "only one value" if limit == 1 else f"at most {limit} values"
        yield Fault(code="X221", element=element, number=number, expected=times)
        repeats = repeats[:limit]
    for index, item in enumerate(repeats, 1):
        repetition = index if len(repeats) > 1 else None
        if element.type == COMPOSITE:
            yield from _composite(use, element, number, item, delimiters, repetition)
        else:
            yield from _value(use, element, item, delimiters, number, None, repetition)


def _missing(element: ElementUse, number: int, component: int | None = None) -> Fault:
    by_profile = element.base is not None and element.base.usage != "R"
    return Fault(
        code="P102" if by_profile else "X211",
        element=element,
        number=number,
        component=component,
        source=element.source if by_profile else "",
    )


def _unwanted(
    use: SegmentUse, element: ElementUse, number: int, value: str, component: int | None = None
) -> Fault:
    by_profile = element.base is not None and element.base.usage != "N"
    return Fault(
        code="P103" if by_profile else "X218",
        element=element,
        number=number,
        component=component,
        value=value,
        phi=is_private(use, element) or is_strange(element, value),
        source=element.source if by_profile else "",
    )


def _composite(
    use: SegmentUse,
    element: ElementUse,
    number: int,
    value: str,
    delimiters: Delimiters,
    repetition: int | None,
) -> Iterator[Fault]:
    parts = value.split(delimiters.component)
    while len(parts) > 1 and not parts[-1]:
        parts.pop()
    for index, component in enumerate(element.components, 1):
        part = parts[index - 1] if index <= len(parts) else ""
        if not part:
            if component.usage == "R":
                yield _missing(component, number, index)
        elif component.usage == "N":
            yield _unwanted(use, component, number, part, index)
        else:
            yield from _value(use, component, part, delimiters, number, index, repetition)
    if len(parts) > len(element.components):
        most = f"at most {len(element.components)} components"
        yield Fault(code="X220", element=element, number=number, expected=most)
    yield from _date_pairs(use, element.components, parts, number)
    yield from _qualified(use, element.components, parts, number, repetition)


def _qualified(
    use: SegmentUse,
    components: tuple[ElementUse, ...],
    parts: list[str],
    number: int,
    repetition: int | None,
) -> Iterator[Fault]:
    """Check codes whose list is named by the qualifier beside them."""
    for index, component in enumerate(components):
        lists = qualified_lists(component)
        value = parts[index] if index < len(parts) else ""
        if not lists or not value or not component.min <= len(value) <= component.max:
            continue
        beside = [parts[at] for at in (index - 1, index + 1) if 0 <= at < len(parts)]
        listed = next((lists[part] for part in beside if part in lists), None)
        if (found := unlisted(listed, value)) is not None:
            yield Fault(
                code=found[0],
                element=component,
                number=number,
                component=index + 1,
                repetition=repetition,
                value=value,
                phi=is_private(use, component) or is_strange(component, value),
                expected=found[1],
            )


def _value(
    use: SegmentUse,
    element: ElementUse,
    value: str,
    delimiters: Delimiters,
    number: int,
    component: int | None,
    repetition: int | None,
) -> Iterator[Fault]:
    """Check one value; the guide's own rule is asked before the profile's."""
    found = problem(element.base or element, value, delimiters)
    source = ""
    if found is None and element.base is not None:
        found = profile_problem(element, value)
        source = element.source
    if found is None:
        return
    code, expected = found
    yield Fault(
        code=code,
        element=element,
        number=number,
        component=component,
        repetition=repetition,
        value=value,
        # A value too long to be a code is more likely an identifier in the wrong place.
        phi=is_private(use, element) or is_strange(element, value),
        expected=expected,
        source=source,
    )


def _notes(use: SegmentUse, values: list[str], faulty: set[int]) -> Iterator[Fault]:
    """Check the syntax notes; one broken note is one fault at the element that is missing.

    Args:
        faulty: elements that have a fault already; what depends on them is not judged.
    """

    def present(number: int) -> bool:
        return number <= len(values) and bool(values[number - 1])

    for note in use.syntax:
        if not is_live(note, use.elements) or not note_broken(note, present):
            continue
        numbers = note_numbers(note)
        if faulty.intersection(numbers):
            continue
        if note[0] == "E":
            at = [number for number in numbers if present(number)][1]
        else:
            at = next(number for number in numbers if not present(number))
        names = [f"{use.id}{number:02}" for number in numbers]
        yield Fault(
            code="X223" if note[0] == "E" else "X222",
            element=use.elements[at - 1],
            number=at,
            expected=_note_words(note[0], names),
            source="x12",
        )


def _note_words(kind: str, names: list[str]) -> str:
    first, rest = names[0], " and ".join(names[1:])
    if kind == "P":
        return f"{' and '.join(names)} go together"
    if kind == "R":
        return f"{either(names)} must be given"
    if kind == "E":
        return f"only one of {' and '.join(names)} may be given"
    if kind == "C":
        return f"with {first} goes {rest}"
    return f"with {first} goes {either(names[1:])}"


def _pairs(use: SegmentUse, values: list[str]) -> Iterator[Fault]:
    """Check values that depend on the element before them: dates by format, NPI by qualifier."""
    yield from _date_pairs(use, use.elements, values, None)
    for number, (left, right) in enumerate(pairwise(use.elements), 1):
        if (left.data_element, right.data_element) != (ID_QUALIFIER, ID_VALUE):
            continue
        value = values[number] if number < len(values) else ""
        if value and values[number - 1] == "XX" and not npi_is_valid(value.strip()):
            yield Fault(
                code="X501",
                element=right,
                number=number + 1,
                value=value,
                phi=True,
                source="x12",
            )


def _date_pairs(
    use: SegmentUse,
    uses: tuple[ElementUse, ...],
    values: list[str],
    number: int | None,
) -> Iterator[Fault]:
    """Check each date against its format qualifier, and that a range does not run backwards."""
    for index, (left, right) in enumerate(pairwise(uses), 1):
        if (left.data_element, right.data_element) != (DATE_FORMAT, DATE_PERIOD):
            continue
        kind = values[index - 1] if index <= len(values) else ""
        value = values[index].strip() if index < len(values) else ""
        if not value or not kind or not is_period(value):
            continue
        if left.codes and kind not in left.codes:
            continue
        wrong = not matches_format(kind, value)
        first, _, second = value.partition("-")
        if wrong or (second and first > second):
            yield Fault(
                code="X216" if wrong else "X228",
                element=right,
                number=index + 1 if number is None else number,
                component=None if number is None else index + 1,
                value=value,
                phi=is_private(use, right),
                expected=_FORMATS.get(kind, "another form") if wrong else "a start before the end",
            )
