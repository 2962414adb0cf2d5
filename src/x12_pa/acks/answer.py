"""Answer a received file: the acknowledgement interchanges, as bytes.

For each interchange: a TA1 if it was asked for (ISA14) or the interchange is rejected, and a 999
for each functional group. Of a rejected interchange nothing was read, so only those of its groups
are answered that have faults of their own: the sender learns everything at once, and no group is
called accepted. A group whose header cannot be repeated in a valid 999 (no control number, a
functional id that the 999 does not know) is answered by the TA1 instead, as bad content.

Sender and receiver change places; ISA14 of an answer is 0.
"""

from collections.abc import Callable, Iterator, Sequence

from attrs import frozen

from x12_pa.acks.ack999 import GUIDE_999, build_999, can_be_named
from x12_pa.acks.levels import JudgedGroup, JudgedInterchange, judged
from x12_pa.acks.ta1 import build_ta1
from x12_pa.clock import Clock
from x12_pa.guides.index import control_segments
from x12_pa.syntax import (
    DEFAULT_DELIMITERS,
    Delimiters,
    Envelope,
    GroupContent,
    build_interchange,
)
from x12_pa.validation.results import FileResult, InterchangeResult

_UNKNOWN = "UNKNOWN"


@frozen(kw_only=True)
class ControlNumbers:
    """Where the numbers of an answer come from; each call must give one never used before.

    Both are called with the interchange that is answered, because numbers are counted for each
    pair of partners; in the answer its sender and receiver change places.
    """

    interchange: Callable[[InterchangeResult], int]
    group: Callable[[InterchangeResult], int]


def answer(
    result: FileResult,
    *,
    numbers: ControlNumbers,
    clock: Clock,
    delimiters: Delimiters = DEFAULT_DELIMITERS,
) -> bytes | None:
    """Return the acknowledgements of a file, or None when nothing in it is to be answered.

    Args:
        result: what `validate` said of the file.
        numbers: called once for each interchange and each group that is written.
        clock: gives the date and time of the answer (UTC).
    """
    written = answers(result, numbers=numbers, clock=clock, delimiters=delimiters)
    return b"".join(written) or None


def answers(
    result: FileResult,
    *,
    numbers: ControlNumbers,
    clock: Clock,
    delimiters: Delimiters = DEFAULT_DELIMITERS,
) -> Iterator[bytes]:
    """Yield one interchange for each received one that is to be answered; see `answer`.

    Partners that take one interchange per file get each in a file of its own.
    """
    writer = _Answerer(numbers, clock, delimiters)
    for received in judged(result):
        written = writer.answer(received)
        if written is not None:
            yield written


@frozen
class _Answerer:
    numbers: ControlNumbers
    clock: Clock
    delimiters: Delimiters

    def answer(self, received: JudgedInterchange) -> bytes | None:
        own = received.result
        if own.ta1_only:
            return None
        trusted = own.errors == 0
        asking = [group for group in received.groups if not group.acknowledges]
        groups = [
            group for group in asking if can_be_named(group) and (trusted or group.has_faults)
        ]
        unread = sum(not can_be_named(group) for group in asking)
        with_ta1 = own.ack_requested or not trusted or unread > 0
        if not (groups or with_ta1):
            return None
        ta1 = build_ta1(received, clock=self.clock, unread=unread, delimiters=self.delimiters)
        return build_interchange(
            self._envelope(received),
            [self._content(part, received, trusted) for part in _by_application(groups)],
            self.delimiters,
            loose=[ta1] if with_ta1 else [],
        )

    def _envelope(self, received: JudgedInterchange) -> Envelope:
        own = received.result
        return Envelope(
            sender_qualifier=_qualifier(own.receiver_qualifier),
            sender_id=own.receiver.strip()[:15] or _UNKNOWN,
            receiver_qualifier=_qualifier(own.sender_qualifier),
            receiver_id=own.sender.strip()[:15] or _UNKNOWN,
            control=self.numbers.interchange(own),
            usage=own.usage if own.usage in ("P", "T") else "P",
            at=self.clock(),
            ack_requested=False,
        )

    def _content(
        self, groups: Sequence[JudgedGroup], received: JudgedInterchange, trusted: bool
    ) -> GroupContent:
        first, own = groups[0].result, received.result
        return GroupContent(
            functional_id="FA",
            sender=_application(first.receiver, own.receiver),
            receiver=_application(first.sender, own.sender),
            control=self.numbers.group(own),
            version=GUIDE_999,
            at=self.clock(),
            transactions=[
                build_999(
                    group,
                    control=f"{number:04d}",
                    trusted=trusted,
                    delimiters=self.delimiters,
                )
                for number, group in enumerate(groups, start=1)
            ],
        )


def _application(code: str, interchange_id: str) -> str:
    """Return GS02 or GS03: the received code if it may be written, else the interchange id."""
    for value in (code.strip(), interchange_id.strip()):
        if 2 <= len(value) <= 15:
            return value
    return _UNKNOWN


def _qualifier(received: str) -> str:
    """Return a qualifier that may be written: the received one, or `ZZ` (mutually agreed)."""
    known = control_segments()["ISA"].elements[4].codes or ()
    return received if received in known else "ZZ"


def _by_application(groups: Sequence[JudgedGroup]) -> list[list[JudgedGroup]]:
    """Put groups together that came from one application to one other (GS02, GS03), in order."""
    together: dict[tuple[str, str], list[JudgedGroup]] = {}
    for group in groups:
        together.setdefault((group.result.sender, group.result.receiver), []).append(group)
    return list(together.values())
