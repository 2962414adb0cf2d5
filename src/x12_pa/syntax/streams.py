"""Transaction sets whose segments are read when they are asked for, for sets of any length."""

from collections.abc import Iterator

from x12_pa.syntax.blocks import Source
from x12_pa.syntax.document import TransactionSet, read_segments
from x12_pa.syntax.segment import Segment

_ENVELOPE = frozenset({"ISA", "GS", "ST", "GE", "IEA"})


def stream_transactions(source: Source) -> Iterator[tuple[TransactionSet, Iterator[Segment]]]:
    """Yield each transaction set of a file as its ST alone, and all its segments to read once.

    What was not read of a set is passed over when the next one is asked for.

    Raises:
        NotX12: the input does not begin with an interchange.
    """
    items = read_segments(source)
    interchange: Segment | None = None
    group: Segment | None = None
    ahead: list[Segment] = []

    def rest(first: Segment) -> Iterator[Segment]:
        yield first
        for item in items:
            kind = item.id
            if kind in _ENVELOPE:
                ahead.append(item)
                return
            yield item
            if kind == "SE":
                return

    while True:
        found = ahead.pop() if ahead else next(items, None)
        if found is None:
            return
        if found.id == "ISA":
            interchange, group = found, None
        elif found.id == "GS":
            group = found
        elif found.id == "ST":
            segments = rest(found)
            yield TransactionSet([found], interchange, group), segments
            for _ in segments:
                pass
