"""Which service of an answer is which service of the request.

Payers reorder services, split one in two, add some nobody asked for, and leave some out. So a
service is found by its trace number first, then by its procedure when exactly one fits, and by its
position, or as the only one left, when nothing contradicts that; a note then says so.
"""

from collections.abc import Sequence

from attrs import frozen

from x12_pa.authorizations.records import Authorization, Note
from x12_pa.authorizations.views import LevelView


@frozen(kw_only=True)
class Pairing:
    """An answered service and what it answers.

    `asked` is None where nothing was asked; `number` is then the next free service number.
    """

    answered: LevelView
    number: int
    asked: Authorization | None = None
    notes: tuple[Note, ...] = ()


def pair_services(
    answered: Sequence[LevelView], asked: Sequence[Authorization], *, outside: bool = False
) -> tuple[tuple[Pairing, ...], tuple[Authorization, ...]]:
    """Pair services of one event; return the pairs in answer order and the services left out.

    Args:
        answered: the services of the answer, in document order.
        asked: the services of the request as they are known now.
        outside: the request was made elsewhere, so nothing can be said about what was asked.
    """
    free = {record.service or n: record for n, record in enumerate(asked, 1)}
    found: dict[int, Authorization] = {}
    by_position: set[int] = set()
    for index, view in enumerate(answered):
        _take(found, free, index, [n for n, record in free.items() if _same_trace(view, record)])
    for index, view in _left(answered, found):
        fitting = [n for n, record in free.items() if _same_procedure(view, record)]
        if len(fitting) == 1:
            _take(found, free, index, fitting)
    for index, view in _left(answered, found):
        if index + 1 in free and _may_stand(view, free[index + 1], len(answered) == len(asked)):
            _take(found, free, index, [index + 1])
            by_position.add(index)
    rest = _left(answered, found)
    if len(rest) == len(free) == 1:
        (index, view), (number, record) = rest[0], next(iter(free.items()))
        if _may_stand(view, record, len(answered) == len(asked)):
            _take(found, free, index, [number])
            by_position.add(index)
    return _pairs(answered, asked, found, by_position, outside), tuple(free.values())


def _pairs(
    answered: Sequence[LevelView],
    asked: Sequence[Authorization],
    found: dict[int, Authorization],
    by_position: set[int],
    outside: bool,
) -> tuple[Pairing, ...]:
    known = {record.trace for record in asked if record.trace}
    pairs = []
    highest = max((record.service or n for n, record in enumerate(asked, 1)), default=0)
    for index, view in enumerate(answered):
        if (record := found.get(index)) is not None:
            notes = (_note("service-by-position", view),) if index in by_position else ()
            number = record.service or index + 1
        else:
            highest, number = highest + 1, highest + 1
            split = any(trace.number in known for trace in view.traces)
            notes = (_note("service-split" if split else "service-added", view),)
            notes = () if outside else notes
        pairs.append(Pairing(answered=view, number=number, asked=record, notes=notes))
    return tuple(pairs)


_TEXTS = {
    "service-split": "The payer answered one service of the request with several.",
    "service-added": "The payer decided a service that the request did not ask for.",
    "service-by-position": "Neither trace nor procedure names the service; its position was used.",
}


def _note(code: str, view: LevelView) -> Note:
    return Note(code=code, where=view.loop, text=_TEXTS[code])


def _take(
    found: dict[int, Authorization], free: dict[int, Authorization], index: int, fit: list[int]
) -> None:
    if fit:
        found[index] = free.pop(fit[0])


def _left(
    answered: Sequence[LevelView], found: dict[int, Authorization]
) -> list[tuple[int, LevelView]]:
    return [(index, view) for index, view in enumerate(answered) if index not in found]


def _same_trace(view: LevelView, record: Authorization) -> bool:
    return any(trace.number == record.trace for trace in view.traces if trace.kind == "2")


def _same_procedure(view: LevelView, record: Authorization) -> bool:
    """Compare procedures; services that are named by their type alone compare by that."""
    if view.procedures or record.procedures:
        return view.procedures == record.procedures
    return view.service_type is not None and view.service_type == record.service_type


def _may_stand(view: LevelView, record: Authorization, same_count: bool) -> bool:
    if any(trace.kind == "2" for trace in view.traces) and record.trace:
        return False
    return same_count or not view.procedures or not record.procedures
