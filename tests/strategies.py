"""Hypothesis strategies for requests and responses, driven by the guide and the bindings.

What the guide requires is always there, what it allows is there now and then, syntax notes hold,
codes come from the guide's lists: so what is generated is meant to build without a problem and to
be structurally conformant. Elements are not named here; new fields and loops are covered as soon as
they are declared.
"""

from datetime import date, timedelta
from decimal import Decimal

import attrs
from hypothesis import strategies as st

from x12_pa.guides import ElementUse, LoopUse, SegmentUse
from x12_pa.models import (
    ClockTime,
    Dependent,
    EligibilityInquiry,
    Party,
    Period,
    ReviewRequest,
    ReviewResponse,
    Service,
)
from x12_pa.models.bindings import bound_fields
from x12_pa.models.cells import LoopCells

NPIS = ("1234567893", "1245319599", "1679576722")
STATES, ZIPS, COUNTRIES = ("NC", "PA", "TX"), ("27705", "190870001"), ("CA", "MX")
_BY_DATA_ELEMENT = {"156": STATES, "116": ZIPS, "26": COUNTRIES}
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"
_DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))


def requests(guide, *, rare=4):
    """Return a strategy of requests that fit `guide`; one in `rare` optional parts is there."""
    return _reviews(ReviewRequest, guide, rare)


def responses(guide, *, rare=4):
    """Return a strategy of responses that fit `guide`."""
    return _reviews(ReviewResponse, guide, rare)


def inquiries(guide, *, rare=4):
    """Return a strategy of eligibility inquiries that fit `guide`."""
    return _reviews(EligibilityInquiry, guide, rare)


@st.composite
def _reviews(draw, record, guide, rare):
    return _Drawing(draw, rare).record(record, guide.root)


def texts(use):
    """Return a strategy of values for one element use."""
    if use.codes:
        return st.sampled_from(use.codes)
    if use.data_element in _BY_DATA_ELEMENT:
        return st.sampled_from(_BY_DATA_ELEMENT[use.data_element])
    return st.text(_LETTERS, min_size=max(use.min, 1), max_size=max(use.min, min(use.max, 8)))


class _Drawing:
    def __init__(self, draw, rare):
        self.draw, self.rare = draw, rare

    def sometimes(self):
        return self.draw(st.integers(1, self.rare)) == self.rare

    def record(self, cls, where):
        present = self._present(cls, where)
        values = {}
        for bound in bound_fields(cls):
            values[bound.name] = self._field(bound, where, present, values)
            given = values[bound.name] not in (None, ())
            assert given or bound.optional or bound.many, (
                f"{cls.__name__}.{bound.name} has no place"
            )
        if cls is Party and values["identifier_type"] == "XX":
            values["identifier"] = self.draw(st.sampled_from(NPIS))
        if cls is Service:
            self._one_kind_of_service(values)
        return cls(**values)

    def _one_kind_of_service(self, values):
        kinds = ("professional", "institutional", "dental")
        kept = self.draw(st.sampled_from((*kinds, None)))
        for kind in kinds:
            if kind != kept:
                values[kind] = None
        if kept != "dental":
            values["teeth"] = ()

    def _present(self, cls, where):
        """Draw which elements have a value, for every segment that the record's fields name."""
        present = {}
        if not isinstance(where, LoopUse):
            return {id(where): self._elements(where)} if isinstance(where, SegmentUse) else {}
        for bound in bound_fields(cls):
            for ref in bound.binding.references:
                use = _use(where, ref)
                if use is not None and id(use) not in present:
                    always = use.usage == "R" or use is where.trigger
                    there = always or self.sometimes()
                    present[id(use)] = self._elements(use) if there else set()
        return present

    def _elements(self, use):
        spots = {
            number
            for number, element in enumerate(use.elements, 1)
            if element.usage == "R" or (element.usage == "S" and self.sometimes())
        }
        spots = spots or {next(n for n, e in enumerate(use.elements, 1) if e.usage == "S")}
        for _ in range(2):
            for note in use.syntax:
                spots = _mend(note, spots)
        return spots

    def _field(self, bound, where, present, values):
        if bound.record:
            return self._records(bound, where, present, values)
        if bound.binding.kind in ("part", "parts"):
            found = [self._part(where, n, bound.item) for n in bound.binding.numbers]
        else:
            found = [self._value(ref, where, present, bound) for ref in bound.binding.references]
        if bound.binding.kind == "repetitions":
            ref = bound.binding.references[0]
            use = _use(where, ref)
            number = self.draw(st.integers(1, 3)) if ref.element in present.get(id(use), ()) else 0
            return tuple(self.draw(texts(use.elements[ref.element - 1])) for _ in range(number))
        found = [value for value in found if value is not None]
        return tuple(found) if bound.many else next(iter(found), None)

    def _part(self, where, number, item):
        use = where[number - 1] if number <= len(where) else None
        if use is None or use.usage == "N" or (use.usage == "S" and not self.sometimes()):
            return None
        return self._typed(item, use, where[number - 2])

    def _value(self, ref, where, present, bound):
        use = _use(where, ref)
        if use is None or ref.element not in present.get(id(use), ()):
            return None
        element = use.elements[ref.element - 1]
        before = use.elements[ref.element - 2]
        if element.components:
            if ref.component > len(element.components):
                return None
            part = element.components[ref.component - 1]
            if part.usage == "N" or (part.usage == "S" and not self.sometimes()):
                return None
            return self._typed(bound.item, part, element.components[ref.component - 2])
        return self._typed(bound.item, element, before) if ref.component == 1 else None

    def _typed(self, item, use, before):
        if item is str:
            return self.draw(texts(use))
        if item is int:
            return self.draw(st.integers(1, 9))
        if item is Decimal:
            return Decimal(self.draw(st.sampled_from(("1", "12", "3.5", "120.50", "0.25"))))
        if item is bool:
            return self.draw(st.sampled_from(use.codes or ("Y", "N"))) == "Y"
        if item is ClockTime:
            return ClockTime(
                self.draw(st.sampled_from(("00:00", "09:31", "23:59:59", "07:08:09.25")))
            )
        day = self.draw(_DAYS)
        if item is Period:
            form = self.draw(st.sampled_from(before.codes))
            days = timedelta(self.draw(st.integers(0, 400)))
            return Period(day, day + days if form == "RD8" else None)
        return day

    def _records(self, bound, where, present, values):
        binding = bound.binding
        found = [
            record
            for use in self._homes(bound, where, present, values)
            if _says_something(record := self.record(bound.item, use))
            or binding.kind in ("loop", "loops")
        ]
        return tuple(found) if bound.many else next(iter(found), None)

    def _homes(self, bound, where, present, values):
        """Draw where the records of a field stand: a list with the guide's side of each."""
        binding = bound.binding
        if binding.kind == "inline":
            return [where]
        if binding.loops and binding.segment is None:
            return self._loops(bound, where, values)
        if binding.kind in ("segment", "segments"):
            place = where
            if binding.loops:
                place = LoopCells(where).routes(binding.loops, None)[0][-1]
            return [
                use
                for use in LoopCells(place).uses(binding.segment, None)
                for _ in range(self._count(use.usage, use.max_use if bound.many else 1))
            ]
        if binding.kind == "composites":
            uses = LoopCells(where).uses(binding.segment, None)
            count = self._count("S", 12, usual=3) if uses else 0
            return [element.components for element in (uses[0].elements[:count] if uses else ())]
        spots = [(ref, _use(where, ref)) for ref in binding.references]
        there = [(r, u) for r, u in spots if u is not None and r.element in present.get(id(u), ())]
        if binding.kind == "groups":
            width = binding.size
            filled = spots[: len(there)]
            groups = [u.elements[r.element - 1 : r.element - 1 + width] for r, u in filled]
            return [[attrs.evolve(use, usage="R") for use in group] for group in groups]
        return [use.elements[ref.element - 1].components for ref, use in there]

    def _loops(self, bound, where, values):
        binding = bound.binding
        routes = LoopCells(where).routes(binding.loops, binding.entity)
        if binding.rest:
            return [routes[0][-1]] if values["requester"] and self.sometimes() else []
        if len(routes) > 1:
            patient = "2000D" if values["dependent"] is not None else "2000C"
            routes = [route for route in routes if route[-2].id == patient]
        if not routes or not self._patient_is_known(bound, values):
            return []
        *way, last = routes[0]
        needed = bound.required or all(step.usage == "R" for step in (*way, last))
        if bound.item is Dependent or not needed:
            usual = 3 if bound.item is Service else 2
            return [last] * self._count("S", last.repeat if bound.many else 1, usual=usual)
        return [last] * self._count("R", last.repeat if bound.many else 1)

    def _patient_is_known(self, bound, values):
        """Levels hang on the levels above: no dependent without subscriber, and so on."""
        above = {"subscriber": "requester", "dependent": "subscriber", "events": "subscriber"}
        return above.get(bound.name) is None or values[above[bound.name]] is not None

    def _count(self, usage, limit, usual=2):
        most = min(limit or usual, usual)
        if usage == "R":
            return self.draw(st.integers(1, most))
        return self.draw(st.integers(1, most)) if self.sometimes() or usual == 3 else 0


def _use(where, ref):
    if isinstance(where, LoopUse):
        uses = LoopCells(where).uses(ref.segment, ref.selector)
        return uses[0] if uses else None
    return where if isinstance(where, SegmentUse) and where.id == ref.segment else None


def _mend(note, spots):
    """Make a set of present elements satisfy one X12 syntax note such as `P0304`."""
    numbers = [int(note[i : i + 2]) for i in range(1, len(note), 2)]
    there = [number for number in numbers if number in spots]
    kind = note[0]
    if (kind == "P" and there) or (kind == "C" and numbers[0] in there):
        return spots | set(numbers)
    if kind == "R" and not there:
        return spots | {numbers[0]}
    if kind == "E" and len(there) > 1:
        return spots - set(there[1:])
    if kind == "L" and numbers[0] in there and len(there) == 1:
        return spots | {numbers[1]}
    return spots


def _says_something(record):
    return any(
        getattr(record, bound.name) not in (None, (), "") for bound in bound_fields(type(record))
    )


def every_value(use: ElementUse, before: ElementUse | None) -> str:
    """Return a plausible value for an element that is filled whatever the guide's usage is."""
    if use.codes:
        return use.codes[-1]
    if use.data_element == "1251":
        form = before.codes[-1] if before is not None and before.codes else "D8"
        return "20261201-20261231" if form == "RD8" else "20261201"
    if use.type == "DT":
        return "20261122"
    if use.type == "TM":
        return "0931"
    if use.type in ("R", "N0", "N2"):
        return "1" * max(use.min, 1)
    return "A" * max(use.min, 1)
