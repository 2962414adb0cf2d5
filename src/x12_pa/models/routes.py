"""The ways down from a loop of a guide to a loop below it, as a binding names it."""

from collections.abc import Iterator

from x12_pa.guides import LoopUse


def routes_to(use: LoopUse, ids: tuple[str, ...], entity: str | None) -> list[list[LoopUse]]:
    """Return every way down to a loop with one of the ids, as the loops passed on it.

    Args:
        entity: a code that the loop's opening segment must allow, for ids that mean different
            loops in different guides.
    """
    return [route for route in _routes(use) if _is(route[-1], ids, entity)]


def _routes(use: LoopUse) -> Iterator[list[LoopUse]]:
    for child in use.children:
        if isinstance(child, LoopUse):
            yield [child]
            yield from ([child, *rest] for rest in _routes(child))


def _is(use: LoopUse, ids: tuple[str, ...], entity: str | None) -> bool:
    if use.id not in ids:
        return False
    qualifier = use.trigger.qualifier
    return entity is None or (qualifier is not None and entity in qualifier[2])
