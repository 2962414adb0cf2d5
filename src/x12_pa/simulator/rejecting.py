"""A response that rejects: AAA at the places that a companion guide names, nothing decided.

A place is a loop of the response and, where the loop repeats, the instance that stands for the
faulty one of the request: the second service's AAA belongs to the second service. The bindings of
the records say which field is which loop, so no loop is named here. Where the response has no such
loop (the provider is missing, which is the fault), the rejection goes to the nearest place above
that takes its code. What lies below the lowest rejection is left out: it was not looked at.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attrs import evolve, fields_dict, frozen

from x12_pa.guides import Guide, LoopInstance
from x12_pa.guides.model import LoopUse, SegmentUse
from x12_pa.guides.narrowing import CODE_OF
from x12_pa.models import Reject, ReviewResponse
from x12_pa.models.bindings import BoundField, bound_fields
from x12_pa.validation.results import Finding

_REJECTION = "AAA"
_REASON, _FOLLOW_UP = 3, 4
_REJECTS = "rejects"
_LACKING = frozenset({"3", "I6", "I7", "I8"})
_LEVELS = ("reviewer", "requester", "subscriber", "dependent", "events")
_Path = tuple[tuple[str, int], ...]
"""Fields from the response down to a record, each with an index into it (0 if it is single)."""


@frozen(kw_only=True)
class Refusal:
    """One rejection that a rule expects.

    Attributes:
        loop: the loop of the response that it stands in.
        reason, follow_up: AAA03 and AAA04; without AAA04 the first that the guide allows there.
        cause: what was found in the request.
    """

    loop: str
    reason: str
    cause: Finding
    follow_up: str | None = None


def refuse(
    response: ReviewResponse, refusals: Sequence[Refusal], tree: LoopInstance, guide: Guide
) -> ReviewResponse:
    """Return the response with its rejections, and without what lies below the lowest of them.

    Args:
        response: repeats the request, and decides nothing.
        refusals: at least one.
        tree: the request.
        guide: the response's.
    """
    placed: dict[_Path, list[Reject]] = {}
    most: dict[_Path, int] = {}
    for refusal in refusals:
        numbers = _numbers(_owner(tree, refusal.cause))
        path, use = _place(response, refusal, numbers, guide)
        reject = Reject(reason=refusal.reason, follow_up=refusal.follow_up or _follow_up(use))
        most[path] = use.max_use or len(refusals)
        if reject not in placed.setdefault(path, []):
            placed[path].append(reject)
    pruned = _without_rest(response, list(placed))
    for path, rejects in placed.items():
        pruned = _with(pruned, path, tuple(rejects[: most[path]]))
    return pruned


# Where in the request


def _owner(tree: LoopInstance, cause: Finding) -> LoopInstance:
    """Return the loop instance of a request that a finding is about.

    What is missing is reported at the segment before which it is missing; but a rule across
    segments reports it at a segment of its own scope.
    """
    lacking = cause.ack is not None and cause.ack.ik304 in _LACKING
    before = lacking and cause.code not in CODE_OF.values()
    owner = tree
    for loop, _, item in tree.iter():
        if item.offset > cause.offset or (before and item.offset == cause.offset):
            break
        owner = loop
    above: LoopInstance | None = owner
    while above is not None and cause.loop:
        if above.use.path == cause.loop:
            return above
        above = above.parent
    return owner


def _numbers(owner: LoopInstance) -> dict[str, int]:
    """Return the 0-based number, among its like, of each loop instance around a place."""
    found: dict[str, int] = {}
    here: LoopInstance | None = owner
    while here is not None and here.parent is not None:
        same = here.parent.loops(here.id)
        found[here.id] = next(n for n, item in enumerate(same) if item is here)
        here = here.parent
    return found


# Where in the response


def _place(
    response: ReviewResponse, refusal: Refusal, numbers: Mapping[str, int], guide: Guide
) -> tuple[_Path, SegmentUse]:
    """Return the nearest place from the expected one upwards that is there and takes the code.

    A code that none of them takes stays at the nearest, as payers do that depart from the guide.
    """
    there = []
    for use in _candidates(guide, refusal.loop):
        path = _steps(response, use.parent, numbers)
        if path is not None:
            there.append((path, use))
            if refusal.reason in (use.elements[_REASON - 1].codes or (refusal.reason,)):
                return path, use
    return there[0]


def _candidates(guide: Guide, loop_id: str) -> Iterator[SegmentUse]:
    """Yield the uses of AAA from a loop upwards; those of the names of a level come after its own.

    A guide may say `2010F` for what its response calls `2010FA`.
    """
    every = [item for item in guide.root.walk() if isinstance(item, LoopUse)]
    named = guide.loops(loop_id) or [item for item in every if item.id.startswith(loop_id)]
    for start in named or every:
        here: LoopUse | None = start
        while here is not None:
            for loop in (here, *_names(here)):
                uses = (item for item in loop.children if isinstance(item, SegmentUse))
                yield from (item for item in uses if item.id == _REJECTION)
            here = here.parent


def _names(level: LoopUse) -> Iterator[LoopUse]:
    """Yield the loops of a level that are no levels themselves."""
    for item in level.children:
        if isinstance(item, LoopUse) and item.trigger.id != "HL":
            yield item


def _steps(record: Any, loop: LoopUse | None, numbers: Mapping[str, int]) -> _Path | None:
    """Return the way to the record of a loop; None when the response has none that takes AAA."""
    around: list[LoopUse] = []
    while loop is not None:
        around.insert(0, loop)
        loop = loop.parent
    path: list[tuple[str, int]] = []
    for use in around:
        bound = _field_of(type(record), use.id)
        if bound is None:
            continue
        value = getattr(record, bound.name)
        records = value if bound.many else (value,) if value is not None else ()
        at = next((numbers[name] for name in bound.binding.loops if name in numbers), 0)
        if at >= len(records):
            return None
        path.append((bound.name, at))
        record = records[at]
    return tuple(path) if _REJECTS in fields_dict(type(record)) else None


def _field_of(record: type, loop: str) -> BoundField | None:
    """Return the field of a record that stands for a loop, and whose records can be rejected."""
    for bound in bound_fields(record):
        named = bound.binding.kind in ("loop", "loops") and loop in bound.binding.loops
        if named and not bound.binding.rest and _REJECTS in fields_dict(bound.item):
            return bound
    return None


def _follow_up(use: SegmentUse) -> str | None:
    return next(iter(use.elements[_FOLLOW_UP - 1].codes or ()), None)


# The response itself


def _with(record: Any, path: _Path, rejects: tuple[Reject, ...]) -> Any:
    """Return a record with rejections at the end of the path."""
    if not path:
        return evolve(record, **{_REJECTS: rejects})
    (name, at), rest = path[0], path[1:]
    value = getattr(record, name)
    if not isinstance(value, tuple):
        return evolve(record, **{name: _with(value, rest, rejects)})
    changed = (*value[:at], _with(value[at], rest, rejects), *value[at + 1 :])
    return evolve(record, **{name: changed})


def _without_rest(response: ReviewResponse, paths: Sequence[_Path]) -> ReviewResponse:
    """Return the response without the levels below the lowest one on any of the paths."""
    lowest = max((_LEVELS.index(path[0][0]) for path in paths if path), default=0)
    gone: dict[str, Any] = {"other_requesters": ()} if lowest < 1 else {}
    for name in _LEVELS[lowest + 1 :]:
        gone[name] = () if name == "events" else None
    response = evolve(response, **gone)
    if any(("services", at) in path for path in paths for _, at in path):
        return response
    return evolve(response, events=tuple(evolve(item, services=()) for item in response.events))
