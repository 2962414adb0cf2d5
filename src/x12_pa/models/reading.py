"""From a tree of segments to records, compiled from the declarations in `bindings`.

For a record class and a loop of the guide it is worked out once which segment feeds which field and
in which loops below the records of other fields begin (`_Plan`). A transaction set is then read in
one pass: each segment is looked up by its use and hands over its values.

Lenient: a value that its field's type cannot hold, an element the guide does not use, a segment
that stands nowhere are no errors here. They end up in `Reading.left_over` with the record they
belong to, and everything else is read as usual. Judging them is the validator's work.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from attrs import Factory, define

from x12_pa.guides import LoopInstance, LoopUse, SegmentUse
from x12_pa.models.assembly import Assembly
from x12_pa.models.bindings import BoundField
from x12_pa.models.choices import Choice, Seen
from x12_pa.models.elements import Elements
from x12_pa.models.routes import routes_to
from x12_pa.models.segment_reading import REMEMBERED, SegmentReader
from x12_pa.models.strays import adopted
from x12_pa.models.traces import Reading, Trace
from x12_pa.syntax import DEFAULT_DELIMITERS, Delimiters

_MOST_PLANS = 64
_LONGEST_REMEMBERED = 1000
"""A loop with more characters is not remembered: it seldom comes again as it was."""

Found = dict[int, list[LoopInstance]]
"""The loops below a record that routes of its fields lead to, by route."""

_Plans = dict[tuple[type, LoopUse], "_Plan"]


def read_set(record: type, root: LoopInstance) -> tuple[Any, Reading]:
    """Read the record that stands for a transaction set, and tell where everything came from."""
    first = next((item for item in root.items if isinstance(item, tuple)), None)
    marks = DEFAULT_DELIMITERS if first is None else first[1].delimiters
    out = Reading()
    found = plan_of(record, root.use, marks).read(root, "", out)
    out.finish(root)
    return found, out


@lru_cache(_MOST_PLANS)
def plan_of(record: type, use: LoopUse, marks: Delimiters) -> "_Plan":
    """Return how the record of a whole transaction set is read."""
    return _Plan.of(record, use, marks, {})


@define(eq=False)
class _Node:
    """A loop that segments of one record stand in: its own, or one that is passed on the way down.

    Attributes:
        ends: by loop id, which routes of fields end in the child.
        below: by loop id, the child that routes of fields pass through.
    """

    use: LoopUse
    choices: dict[SegmentUse, Choice] = Factory(dict)
    ends: dict[str, list[int]] = Factory(dict)
    below: "dict[str, _Node]" = Factory(dict)

    def open(self, slot: int, bound: BoundField, marks: Delimiters) -> None:
        """Let the segments of the loop feed a field, if it is bound to them."""
        for use in self.use.children:
            if isinstance(use, SegmentUse) and bound.names(use.id):
                choice = self.choices.setdefault(use, Choice(Elements(use, marks)))
                choice.add(slot, bound)


@define(eq=False)
class _Target:
    """A field that holds records of loops, and its routes, the longest first."""

    slot: int
    bound: BoundField
    routes: tuple[int, ...]
    plans: "dict[LoopUse, _Plan]" = Factory(dict)


_Known = tuple[Any, list[tuple[int, int]]]
"""A record that was read before, and the slots and items of the records in it."""


@define(eq=False)
class _Plan:
    """How one record class is read from one loop of a guide."""

    use: LoopUse
    marks: Delimiters
    assembly: Assembly
    top: _Node
    single: frozenset[int]
    plans: _Plans
    targets: list[_Target] = Factory(list)
    known: dict[tuple[str, ...] | None, _Known] = Factory(dict)

    @classmethod
    def of(cls, record: type, use: LoopUse, marks: Delimiters, plans: _Plans) -> "_Plan":
        """Compile the fields of a record; the plans of records below are made when needed."""
        assembly = Assembly.of(record)
        single = frozenset(slot for slot, bound in assembly.fields if not bound.many)
        plan = cls(use, marks, assembly, _Node(use), single, plans)
        for slot, bound in assembly.fields:
            if bound.binding.kind in ("loop", "loops"):
                plan._aim(slot, bound)
            elif bound.binding.loops:
                for way in routes_to(use, bound.binding.loops, None):
                    plan._reach(way).open(slot, bound, marks)
            else:
                plan.top.open(slot, bound, marks)
        return plan

    def _aim(self, slot: int, bound: BoundField) -> None:
        """Follow the routes to a field's loops; of several the longest that leads anywhere counts.

        The events of a dependent and those of the subscriber are two patients'.
        """
        ways = routes_to(self.use, bound.binding.loops, bound.binding.entity)
        ways.sort(key=len, reverse=True)
        first = sum(len(target.routes) for target in self.targets)
        for number, (*way, last) in enumerate(ways, first):
            self._reach(way).ends.setdefault(last.id, []).append(number)
        self.targets.append(_Target(slot, bound, tuple(range(first, first + len(ways)))))

    def _reach(self, way: list[LoopUse]) -> _Node:
        node = self.top
        for step in way:
            node = node.below.setdefault(step.id, _Node(step))
        return node

    def readers(self) -> Iterator[SegmentReader]:
        """Go through what reads the segments of the record's own loop."""
        for choice in self.top.choices.values():
            yield from choice.readers.values()

    def read(self, instance: LoopInstance, path: str, out: Reading) -> Any:
        """Read one occurrence of the loop; one without loops in it may be known already."""
        texts = [item[1].text for item in instance.items if isinstance(item, tuple)]
        key = None if len(texts) < len(instance.items) or instance.unplaced else tuple(texts)
        known = self.known.get(key)
        if known is not None:
            record, marks = known
            out.traces.append(Trace(path, instance, self.assembly, marks))
            return record
        trace = Trace(path, instance, self.assembly)
        out.traces.append(trace)
        values = self.assembly.blank.copy()
        found: Found = {}
        clean = self._take(trace, values, found, out)
        for target in self.targets if found else ():
            self._descend(target, trace, values, found, out)
        record = self.assembly.make(values)
        if key is not None and clean and sum(map(len, key)) <= _LONGEST_REMEMBERED:
            if len(self.known) >= REMEMBERED:
                self.known.clear()
            self.known[key] = record, trace.marks
        return record

    def _take(self, trace: Trace, values: list[Any], found: Found, out: Reading) -> bool:
        """Take what the segments of the record's loop hold, and note the loops below.

        Returns whether everything was taken.
        """
        instance, node, reported = trace.instance, self.top, len(out.left_over)
        if instance.unplaced:
            trace.items, strays = adopted(instance)
            out.stray(trace.path, instance, strays)
        seen: Seen = set()
        for number, item in enumerate(trace.items):
            if not isinstance(item, tuple):
                self._pass(node, item, seen, trace, values, found, out)
                continue
            use, segment = item
            choice = node.choices.get(use)
            if choice is None:
                choice = node.choices[use] = Choice(Elements(use, self.marks))
            reader = choice.only or choice.pick(segment, seen)
            answer = reader.known.get(segment.text) or reader.read(segment.text)
            for slot, value in answer.values:
                values[slot] = value
            for slot, record in answer.records:
                values[slot] = record if slot in self.single else (*values[slot], record)
                trace.marks.append((slot, number))
            if answer.left or (answer.silent and use is not node.use.trigger):
                out.note(trace.path, use, segment, answer.left)
        return len(out.left_over) == reported

    def _pass(
        self,
        node: _Node,
        child: LoopInstance,
        seen: Seen,
        trace: Trace,
        values: list[Any],
        found: Found,
        out: Reading,
    ) -> None:
        """Note a loop for the fields whose routes end in it; go on through the first of its id."""
        name = child.use.id
        ends = node.ends.get(name)
        if ends is None:
            out.doubt = True
        for route in ends or ():
            if route in found:
                found[route].append(child)
            else:
                found[route] = [child]
        below = node.below.get(name)
        if below is not None and name not in seen:
            seen.add(name)
            self._borrow(below, child, trace, values, out)
            inside: Seen = set()
            for item in child.items:
                if not isinstance(item, tuple):
                    self._pass(below, item, inside, trace, values, found, out)

    def _borrow(
        self, node: _Node, instance: LoopInstance, trace: Trace, values: list[Any], out: Reading
    ) -> None:
        """Take what the segments of a loop on the way hold for the record."""
        seen: Seen = set()
        for item in adopted(instance)[0] if node.choices else ():
            if isinstance(item, tuple) and (choice := node.choices.get(item[0])):
                use, segment = item
                answer = (choice.only or choice.pick(segment, seen)).read(segment.text)
                for slot, record in answer.records:
                    values[slot] = (*values[slot], record)
                    trace.borrowed.append((slot, use, segment))
                if not answer.silent:
                    out.borrowed.add(id(segment))
                    if answer.left:
                        out.note(trace.path, use, segment, answer.left)

    def _descend(
        self, target: _Target, trace: Trace, values: list[Any], found: Found, out: Reading
    ) -> None:
        """Read the records of one field from the loops that were found for it."""
        bound = target.bound
        instances = next((found[route] for route in target.routes if route in found), None)
        if instances is None:
            return
        if len(target.routes) > 1 or bound.binding.rest or not (bound.many or len(instances) == 1):
            out.doubt = True
        where = f"{trace.path}.{bound.name}" if trace.path else bound.name
        if not bound.many:
            values[target.slot] = self._below(target, instances[0], where, out)
            return
        records: list[Any] = []
        for instance in instances[1:] if bound.binding.rest else instances:
            records.append(self._below(target, instance, f"{where}[{len(records)}]", out))
        values[target.slot] = tuple(records)

    def _below(self, target: _Target, instance: LoopInstance, path: str, out: Reading) -> Any:
        plan = target.plans.get(instance.use)
        if plan is None:
            key = (target.bound.item, instance.use)
            if key not in self.plans:
                self.plans[key] = _Plan.of(*key, self.marks, self.plans)
            plan = target.plans[instance.use] = self.plans[key]
        return plan.read(instance, path, out)
