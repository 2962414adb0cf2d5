"""From records to segments by compiled writers: the fast way of building.

For a record class and a loop of the guide it is worked out once which segment each field goes to
and which loop below (`_Plan`). Rows are collected in a tree of loops, because HL segments are
numbered over the whole set and a field may lead several loops down. See `rows` for what is not
plain: then `building` takes the set.
"""

from functools import lru_cache
from operator import itemgetter
from typing import Any

from attrs import Factory, define

from x12_pa.guides import LoopUse, SegmentUse
from x12_pa.models.bindings import BoundField, bound_fields
from x12_pa.models.cells import frame_of
from x12_pa.models.routes import routes_to
from x12_pa.models.rows import Put, Row, RowWriter, Unusual, written_to
from x12_pa.syntax import Delimiters, Segment

_MOST_PLANS = 64


def write_set(record: Any, root: LoopUse, control: str, marks: Delimiters) -> list[Segment]:
    """Write one transaction set, ST to the last segment before SE.

    Raises:
        Unusual: it takes the careful way.
    """
    writer = _writer(root, marks)
    top = _Out(root)
    writer.plan(type(record), root).write(record, top, (2, control))
    lines: list[str] = []
    _number(top, lines, [0], "", marks)
    return [Segment(text, marks) for text in lines]


@lru_cache(_MOST_PLANS)
def _writer(root: LoopUse, marks: Delimiters) -> "_Writer":
    return _Writer(marks)


@define(eq=False)
class _Out:
    """One occurrence of a loop with its segments and loops, each with its place among them."""

    use: LoopUse
    items: "list[tuple[int, str | _Out]]" = Factory(list)
    first: "dict[str, _Out]" = Factory(dict)

    def grow(self, route: list[LoopUse], writer: "_Writer") -> "_Out":
        """Append a loop below, with the loops above it that are missing."""
        return self.reach(route[:-1], writer).sprout(route[-1], writer, framed=False)

    def reach(self, route: list[LoopUse], writer: "_Writer") -> "_Out":
        """Return the first loop at the end of a route, made now if it is not there yet."""
        here = self
        for step in route:
            here = here.first.get(step.id) or here.sprout(step, writer, framed=True)
        return here

    def sprout(self, use: LoopUse, writer: "_Writer", *, framed: bool) -> "_Out":
        """Append a loop; a framed one gets the segments that it has in any case."""
        child = _Out(use)
        self.items.append((_place(use), child))
        self.first.setdefault(use.id, child)
        if framed:
            for item in frame_of(use):
                if item.id != "HL":
                    row = writer.row(item)
                    child.items.append((_place(item), row.finish(row.row())))
        return child

    def depth(self, route: list[LoopUse]) -> tuple[int, int]:
        """Say how many loops of a route are there; of equals the shorter route wins."""
        here: _Out | None = self
        steps = 0
        for step in route[:-1]:
            here = here and here.first.get(step.id)
            steps += here is not None
        return steps, -len(route)


def _place(use: SegmentUse | LoopUse) -> int:
    """Return where a child stands in its loop: by rank, segments before loops, then as listed."""
    assert use.parent is not None
    index = use.bit.bit_length()
    return use.rank * 10_000 + isinstance(use, LoopUse) * 5_000 + index


@define(eq=False)
class _Writer:
    """Everything that is compiled for one guide and set of separators."""

    marks: Delimiters
    rows: dict[SegmentUse, RowWriter] = Factory(dict)
    plans: "dict[tuple[type, LoopUse], _Plan]" = Factory(dict)

    def row(self, use: SegmentUse) -> RowWriter:
        """Return the writer of a segment use."""
        if use not in self.rows:
            self.rows[use] = RowWriter(use, self.marks)
        return self.rows[use]

    def plan(self, record: type, use: LoopUse) -> "_Plan":
        """Return how a record class is written into a loop."""
        found = self.plans.get((record, use))
        if found is None:
            found = self.plans[record, use] = _Plan.of(record, use, self)
        return found


_Value = tuple[str, bool, int, Put]
"""Name of a field, whether a falsy value is none, number of its row, and how it is put there."""


@define(eq=False)
class _Records:
    """How records that stand for segments are written."""

    uses: list[SegmentUse]
    put: Put
    writer: "_Writer"
    by_code: dict[str, SegmentUse] = Factory(dict)

    def __attrs_post_init__(self) -> None:
        """Note which qualifier means which use."""
        for use in reversed(self.uses):
            for code in (use.qualifier or (0, 0, ()))[2]:
                self.by_code[code] = use

    def write(self, record: Any, out: _Out) -> None:
        """Write one record."""
        use = self.uses[0]
        row = self.writer.row(use).row()
        self.put(record, row)
        if len(self.uses) > 1:
            use = self._settle(row, use)
            row += [""] * (len(use.elements) + 1 - len(row))
        out.items.append((_place(use), self.writer.row(use).finish(row)))

    def _settle(self, row: Row, use: SegmentUse) -> SegmentUse:
        """Choose among several uses of a segment by the qualifier that was put into it."""
        if use.qualifier is None or use.qualifier[1]:
            raise Unusual
        found = self.by_code.get(row[use.qualifier[0]])
        if found is None:
            raise Unusual
        return found


@define(eq=False)
class _Plan:
    """How one record class is written into one loop.

    Attributes:
        uses: the use of each row; the first `frame` rows are there in any case.
        heads: the qualifier that picks a row's use, by row: element number and value.
        values: the fields that go into rows; `inline` those of records in the same loop.
        borrowed: records of segments in a loop that the record does not stand for.
        odd: fields that no compiled way leads to.
    """

    writer: "_Writer"
    use: LoopUse
    uses: list[SegmentUse] = Factory(list)
    frame: int = 0
    heads: dict[int, tuple[int, str]] = Factory(dict)
    values: list[_Value] = Factory(list)
    inline: list[tuple[str, list[_Value]]] = Factory(list)
    records: list[tuple[str, bool, _Records]] = Factory(list)
    loops: list[tuple[str, bool, list[list[LoopUse]]]] = Factory(list)
    borrowed: list[tuple[str, list[LoopUse], _Records]] = Factory(list)
    odd: list[str] = Factory(list)
    _rows: dict[tuple[str, str | None], int] = Factory(dict)

    @classmethod
    def of(cls, record: type, use: LoopUse, writer: "_Writer") -> "_Plan":
        """Compile the fields of a record."""
        plan = cls(writer, use)
        framed = frame_of(use) if use.parent is not None else [use.trigger]
        for item in framed:
            if item.id != "HL":
                plan._rows[item.id, None] = len(plan.uses)
                plan.uses.append(item)
        plan.frame = len(plan.uses)
        for bound in bound_fields(record):
            if bound.binding.kind == "inline":
                inner = [plan._value(field) for field in bound_fields(bound.item)]
                plan.inline.append((bound.name, [one for one in inner if one is not None]))
                plan.odd += [bound.name] if None in inner else []
            else:
                plan._add(bound)
        return plan

    def _add(self, bound: BoundField) -> None:
        binding = bound.binding
        if binding.kind in ("loop", "loops"):
            routes = routes_to(self.use, binding.loops, binding.entity)
            if routes:
                self.loops.append((bound.name, bound.many, routes))
                return
        elif binding.kind == "segments" and binding.loops:
            if self._add_borrowed(bound):
                return
        elif binding.kind in ("segment", "segments"):
            uses = self._uses(binding.segment or "", None)
            if uses and not self._known(binding.segment or ""):
                put = self.writer.row(uses[0]).whole(bound.item)
                self.records.append((bound.name, bound.many, _Records(uses, put, self.writer)))
                return
        elif (value := self._value(bound)) is not None:
            self.values.append(value)
            return
        self.odd.append(bound.name)

    def _add_borrowed(self, bound: BoundField) -> bool:
        """Compile records that stand in a loop on the way down to others."""
        routes = routes_to(self.use, bound.binding.loops, None)
        home = _Plan(self.writer, routes[0][-1]) if len(routes) == 1 else None
        uses = home._uses(bound.binding.segment or "", None) if home else []
        if uses:
            put = self.writer.row(uses[0]).whole(bound.item)
            found = _Records(uses, put, self.writer)
            self.borrowed.append((bound.name, routes[0], found))
        return bool(uses)

    def _uses(self, segment_id: str, selector: str | None) -> list[SegmentUse]:
        uses = [u for u in self.use.children if isinstance(u, SegmentUse) and u.id == segment_id]
        if selector is None:
            return uses
        return [use for use in uses if use.qualifier and selector in use.qualifier[2]]

    def _known(self, segment_id: str) -> bool:
        """Say whether another field writes segments of this id already."""
        records = any(found.uses[0].id == segment_id for _, _, found in self.records)
        return records or any(known == segment_id for known, _ in self._rows)

    def _value(self, bound: BoundField) -> _Value | None:
        """Compile a field that goes into a row of its own or of others; None where none leads."""
        segment, selector = written_to(bound)
        number = self._rows.get((segment, selector))
        if number is None:
            uses = self._uses(segment, selector)
            mixed = any(k == segment and (s is None or selector is None) for k, s in self._rows)
            taken = any(found.uses[0].id == segment for _, _, found in self.records)
            if not uses or mixed or taken:
                return None
            number = self._rows[segment, selector] = len(self.uses)
            self.uses.append(uses[0])
            if selector is not None and uses[0].qualifier is not None:
                if uses[0].qualifier[1]:
                    return None
                self.heads[number] = (uses[0].qualifier[0], selector)
        put = self.writer.row(self.uses[number]).put(bound)
        return bound.name, bound.many or bound.item is str, number, put

    def write(self, record: Any, out: _Out, given: tuple[int, str] | None = None) -> None:
        """Write one record into its loop; `given` is an element of the first row."""
        if any(getattr(record, name) for name in self.odd):
            raise Unusual
        rows: list[Row | None] = [None] * len(self.uses)
        for number in range(self.frame):
            rows[number] = self.writer.row(self.uses[number]).row()
        if given is not None and rows[0] is not None:
            rows[0][given[0]] = given[1]
        self._put(self.values, record, rows)
        for name, values in self.inline:
            if (inner := getattr(record, name)) is not None:
                self._put(values, inner, rows)
        for name, many, found in self.records:
            value = getattr(record, name)
            for one in value if many else () if value is None else (value,):
                found.write(one, out)
        for name, route, found in self.borrowed:
            for one in getattr(record, name):
                found.write(one, out.reach(route, self.writer))
        for use, row in zip(self.uses, rows, strict=True):
            if row is not None:
                out.items.append((_place(use), self.writer.row(use).finish(row)))
        for name, many, routes in self.loops:
            value = getattr(record, name)
            for one in value if many else () if value is None else (value,):
                route = routes[0] if len(routes) == 1 else max(routes, key=out.depth)
                child = out.grow(route, self.writer)
                self.writer.plan(type(one), route[-1]).write(one, child)

    def _put(self, values: list[_Value], record: Any, rows: list[Row | None]) -> None:
        for name, falsy, number, put in values:
            value = getattr(record, name)
            if value or (value is not None and not falsy):
                row = rows[number]
                if row is None:
                    row = rows[number] = self.writer.row(self.uses[number]).row()
                    if number in self.heads:
                        element, text = self.heads[number]
                        row[element] = text
                put(value, row)


def _number(out: _Out, lines: list[str], count: list[int], above: str, marks: Delimiters) -> None:
    """Bring everything into the order of the guide, and number the levels."""
    own, trigger = above, out.use.trigger
    out.items.sort(key=itemgetter(0))
    if trigger.id == "HL":
        count[0] += 1
        own = str(count[0])
        below = any(isinstance(i, _Out) and i.use.trigger.id == "HL" for _, i in out.items)
        flag = "" if trigger.elements[3].usage == "N" else "1" if below else "0"
        level = (trigger.elements[2].codes or ("",))[0]
        lines.append(marks.element.join(("HL", own, above, level, flag)).rstrip(marks.element))
    for _, item in out.items:
        if isinstance(item, _Out):
            _number(item, lines, count, own, marks)
        else:
            lines.append(item)
