"""Read the acknowledgements in a received file: every TA1, 999 and 997 in it, in order.

Reading is lenient, because a verdict that is hard to read still is a verdict: AK3/AK4/AK5 stand
for IK3/IK4/IK5, ST03 and AK103 may be absent, any X231 variant will do, and a 999 that breaks off
is read as far as it goes. What else is in the file (a 271, a 278) is left to others.
"""

from collections.abc import Iterator, Sequence

from attrs import define, field

from x12_pa.acks.records import (
    TRIGGER,
    Acknowledgement,
    Context,
    ElementProblem,
    GroupAck,
    InterchangeAck,
    SegmentProblem,
    SetAck,
)
from x12_pa.syntax import Segment, Source, read_segments

_SETS = frozenset({"999", "997"})
_ENVELOPE = frozenset({"ISA", "IEA", "GS", "GE", "ST", "SE", "TA1"})


def read_acknowledgements(source: Source) -> list[Acknowledgement]:
    """Return what a file acknowledges, in the order of the file.

    Raises:
        NotX12: the input does not begin with an interchange.
    """
    found: list[Acknowledgement] = []
    sender = receiver = ""
    reader: _Reader | None = None
    for item in read_segments(source):
        kind = item.id
        if reader is not None and kind in _ENVELOPE:
            found += reader.close(sender, receiver)
            reader = None
        if kind == "ISA":
            sender, receiver = item.element(6).strip(), item.element(8).strip()
        elif kind == "TA1":
            found.append(_interchange_ack(item, sender, receiver))
        elif kind == "ST" and item.element(1) in _SETS:
            reader = _Reader()
        elif reader is not None:
            reader.see(item, kind)
    return found + (list(reader.close(sender, receiver)) if reader is not None else [])


def _interchange_ack(item: Segment, sender: str, receiver: str) -> InterchangeAck:
    control, date, time, code, note = (item.element(number).strip() for number in range(1, 6))
    return InterchangeAck(
        sender=sender,
        receiver=receiver,
        control=control,
        date=date,
        time=time,
        code=code,
        note=note,
    )


@define
class _Reader:
    """Collects the segments of one 999 until it ends."""

    _group: Segment | None = None
    _verdict: Segment | None = None
    _sets: list[list[Segment]] = field(factory=list)

    def see(self, item: Segment, kind: str) -> None:
        if kind == "AK1":
            self._group = item
        elif kind == "AK9":
            self._verdict = item
        elif kind == "AK2":
            self._sets.append([item])
        elif self._sets and self._verdict is None:
            self._sets[-1].append(item)

    def close(self, sender: str, receiver: str) -> Iterator[GroupAck]:
        if self._group is None:
            return
        head, tail = self._group, self._verdict
        yield GroupAck(
            sender=sender,
            receiver=receiver,
            functional_id=head.element(1).strip(),
            group_control=head.element(2).strip(),
            version=head.element(3).strip(),
            code=tail.element(1).strip() if tail else "",
            errors=_codes(tail, 5),
            announced=_number(tail.element(2)) if tail else None,
            received=_number(tail.element(3)) if tail else None,
            accepted_count=_number(tail.element(4)) if tail else None,
            sets=tuple(_set_ack(lines) for lines in self._sets),
        )


def _set_ack(lines: Sequence[Segment]) -> SetAck:
    head = lines[0]
    verdict = next((item for item in lines if item.id in ("IK5", "AK5")), None)
    return SetAck(
        set_id=head.element(1).strip(),
        control=head.element(2).strip(),
        convention=head.element(3).strip(),
        code=verdict.element(1).strip() if verdict else "",
        errors=_codes(verdict, 2),
        problems=tuple(_problem(part) for part in _cut(lines, ("IK3", "AK3"))),
    )


def _cut(lines: Sequence[Segment], heads: tuple[str, ...]) -> list[list[Segment]]:
    """Cut a run of segments before each one of `heads`; what stands before the first is left."""
    parts: list[list[Segment]] = []
    for item in lines:
        if item.id in heads:
            parts.append([])
        if parts:
            parts[-1].append(item)
    return parts


def _problem(lines: Sequence[Segment]) -> SegmentProblem:
    head = lines[0]
    elements = _cut(lines, ("IK4", "AK4"))
    own = lines[1 : len(lines) - sum(map(len, elements))]
    return SegmentProblem(
        segment=head.element(1).strip(),
        position=_number(head.element(2)),
        loop=head.element(3).strip(),
        code=head.element(4).strip(),
        elements=tuple(_element(part) for part in elements),
        context=_contexts(own),
    )


def _element(lines: Sequence[Segment]) -> ElementProblem:
    head = lines[0]
    return ElementProblem(
        element=_number(head.component(1, 1)),
        component=_number(head.component(1, 2)),
        repetition=_number(head.component(1, 3)),
        reference=head.element(2).strip(),
        code=head.element(3).strip(),
        value=head.element(4),
        context=_contexts(lines[1:]),
    )


def _contexts(lines: Sequence[Segment]) -> tuple[Context, ...]:
    return tuple(_context(item) for item in lines if item.id == "CTX")


def _context(item: Segment) -> Context:
    names = item.repetitions(1)
    name, _, value = (names[0] if names else "").partition(item.delimiters.component)
    return Context(
        name=name.strip(),
        value="" if name == TRIGGER else value,
        segment=item.element(2).strip(),
        position=_number(item.element(3)),
        loop=item.element(4).strip(),
        element=_number(item.component(5, 1)),
        component=_number(item.component(5, 2)),
        repetition=_number(item.component(5, 3)),
    )


def _codes(item: Segment | None, first: int) -> tuple[str, ...]:
    found = item.elements[first - 1 : first + 4] if item else ()
    return tuple(code.strip() for code in found if code.strip())


def _number(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() else None
