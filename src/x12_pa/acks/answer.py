"""Answer a received file: the acknowledgement interchanges, as bytes.

For each interchange: a TA1 if it was asked for (ISA14) or the interchange is rejected, and a 999
(a 997 where the group is of 4010) for each functional group. Of a rejected interchange nothing was
read, so only those of its groups are answered that have faults of their own: the sender learns
everything at once, and no group is called accepted. A group whose header cannot be repeated in a
valid 999 (no control number, a functional id that the 999 does not know) is answered by the TA1
instead, as bad content; so is a fault of a group header that no code of a 999 tells.

With claim acknowledgements, a 277CA follows in an interchange of its own for each group of 837
that has sets which the 999 takes. An error that is about claims alone (`claim_verdicts`) then
refuses these claims in the 277CA and no longer their set in the 999.

Sender and receiver change places; ISA14 of an answer is 0.
"""

from collections.abc import Callable, Iterator, Sequence

from attrs import frozen

from x12_pa.acks.ack277ca import FUNCTIONAL_ID, GUIDE_277CA, build_277ca
from x12_pa.acks.ack999 import build_999, can_be_named
from x12_pa.acks.batches import Batches, read_batches
from x12_pa.acks.dialects import ACK_997, dialect_of
from x12_pa.acks.levels import JudgedGroup, JudgedInterchange, judged
from x12_pa.acks.notes import is_untold
from x12_pa.acks.ta1 import build_ta1
from x12_pa.acks.texts import fits
from x12_pa.clock import Clock
from x12_pa.errors import UsageError
from x12_pa.guides.index import control_segments
from x12_pa.syntax import (
    DEFAULT_DELIMITERS,
    Delimiters,
    Envelope,
    GroupContent,
    Segment,
    Source,
    build_interchange,
)
from x12_pa.validation.results import FileResult, InterchangeResult

_UNKNOWN = "UNKNOWN"
_REPETITION_AT = 82  # ISA11 in the bytes of an ISA
_OLD_ISA11 = b"U"


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
    claim_acks: bool = False,
    source: Source | None = None,
) -> bytes | None:
    """Return the acknowledgements of a file, or None when nothing in it is to be answered.

    Args:
        result: what `validate` said of the file.
        numbers: called once for each interchange and each group that is written.
        clock: gives the date and time that stand on the answer, in whatever zone it is of.
        claim_acks: answer each claim of an 837 by a 277CA, too.
        source: the file itself; needed for `claim_acks`, because a result holds no claims.

    Raises:
        UsageError: `claim_acks` without `source`.
    """
    written = answers(
        result,
        numbers=numbers,
        clock=clock,
        delimiters=delimiters,
        claim_acks=claim_acks,
        source=source,
    )
    return b"".join(written) or None


def answers(
    result: FileResult,
    *,
    numbers: ControlNumbers,
    clock: Clock,
    delimiters: Delimiters = DEFAULT_DELIMITERS,
    claim_acks: bool = False,
    source: Source | None = None,
) -> Iterator[bytes]:
    """Yield the interchanges that answer each received one; see `answer`.

    Partners that take one interchange per file get each in a file of its own.
    """
    levels = judged(result)
    if claim_acks and source is None:
        raise UsageError("Claim acknowledgements need the file itself: give `source` as well.")
    batches = read_batches(levels, source) if claim_acks and source is not None else Batches()
    writer = _Answerer(numbers, clock, delimiters)
    for received in levels:
        written = writer.answer(received)
        if written is not None:
            yield written
        written = writer.answer_claims(received, batches)
        if written is not None:
            yield written


@frozen
class _Answerer:
    numbers: ControlNumbers
    clock: Clock
    delimiters: Delimiters

    def answer(self, received: JudgedInterchange) -> bytes | None:
        """Return the interchange with the TA1 and the 999 that answer a received one."""
        own = received.result
        if own.ta1_only:
            return None
        trusted = own.errors == 0
        asking = [group for group in received.groups if not group.acknowledges]
        groups = [
            group for group in asking if can_be_named(group) and (trusted or group.has_faults)
        ]
        unread = sum(not can_be_named(group) for group in asking)
        untold = any(is_untold(finding) for group in asking for finding in group.findings)
        with_ta1 = own.ack_requested or not trusted or unread > 0 or untold
        if not (groups or with_ta1):
            return None
        ta1 = build_ta1(
            received, clock=self.clock, unread=unread, untold=untold, delimiters=self.delimiters
        )
        return self._write(
            received,
            [self._content(part, received, trusted) for part in _by_application(groups)],
            [ta1] if with_ta1 else [],
            old=bool(received.groups) and all(_is_old(group) for group in received.groups),
        )

    def answer_claims(self, received: JudgedInterchange, batches: Batches) -> bytes | None:
        """Return the interchange with the 277CA that answer the claims of a received one."""
        groups = [group for group in received.groups if batches.of(group)]
        if received.result.errors or not groups:
            return None
        control = self.numbers.interchange(received.result)
        contents = []
        for group in groups:
            number = self.numbers.group(received.result)
            sets = [
                build_277ca(
                    submitted,
                    verdicts,
                    reference=f"{control:09d}-{number}-{position:04d}",
                    clock=self.clock,
                    control=f"{position:04d}",
                    delimiters=self.delimiters,
                )
                for position, (submitted, verdicts) in enumerate(batches.of(group), start=1)
            ]
            contents.append(self._group(group, received, FUNCTIONAL_ID, GUIDE_277CA, number, sets))
        return self._write(received, contents, [], control=control)

    def _write(
        self,
        received: JudgedInterchange,
        contents: Sequence[GroupContent],
        loose: Sequence[Segment],
        *,
        old: bool = False,
        control: int | None = None,
    ) -> bytes:
        """Write an interchange; `old` is the form of 4010, where ISA11 is no separator."""
        own = received.result
        envelope = Envelope(
            sender_qualifier=_qualifier(own.receiver_qualifier),
            sender_id=_identifier(own.receiver, self.delimiters),
            receiver_qualifier=_qualifier(own.sender_qualifier),
            receiver_id=_identifier(own.sender, self.delimiters),
            control=control if control is not None else self.numbers.interchange(own),
            usage=own.usage if own.usage in ("P", "T") else "P",
            at=self.clock(),
            ack_requested=False,
            version=ACK_997.interchange if old else "00501",
        )
        data = build_interchange(envelope, contents, self.delimiters, loose=loose)
        if old:
            data = data[:_REPETITION_AT] + _OLD_ISA11 + data[_REPETITION_AT + 1 :]
        return data

    def _content(
        self, groups: Sequence[JudgedGroup], received: JudgedInterchange, trusted: bool
    ) -> GroupContent:
        form = dialect_of(groups[0].result.version)
        sets = [
            build_999(group, control=f"{number:04d}", trusted=trusted, delimiters=self.delimiters)
            for number, group in enumerate(groups, start=1)
        ]
        number = self.numbers.group(received.result)
        return self._group(groups[0], received, "FA", form.version, number, sets)

    def _group(
        self,
        answered: JudgedGroup,
        received: JudgedInterchange,
        functional_id: str,
        version: str,
        control: int,
        transactions: Sequence[Sequence[Segment]],
    ) -> GroupContent:
        first, own = answered.result, received.result
        return GroupContent(
            functional_id=functional_id,
            sender=_application(first.receiver, own.receiver, self.delimiters),
            receiver=_application(first.sender, own.sender, self.delimiters),
            control=control,
            version=version,
            at=self.clock(),
            transactions=transactions,
        )


def _application(code: str, interchange_id: str, marks: Delimiters) -> str:
    """Return GS02 or GS03: the received code if it may be written, else the interchange id."""
    for value in (code.strip(), interchange_id.strip()):
        if 2 <= len(value) <= 15 and fits(value, marks):
            return value
    return _UNKNOWN


def _identifier(received: str, marks: Delimiters) -> str:
    """Return ISA06 or ISA08: the received one if it may be written."""
    value = received.strip()[:15].strip()
    return value if value and fits(value, marks) else _UNKNOWN


def _qualifier(received: str) -> str:
    """Return a qualifier that may be written: the received one, or `ZZ` (mutually agreed)."""
    known = control_segments()["ISA"].elements[4].codes or ()
    return received if received in known else "ZZ"


def _is_old(group: JudgedGroup) -> bool:
    return dialect_of(group.result.version) is ACK_997


def _by_application(groups: Sequence[JudgedGroup]) -> list[list[JudgedGroup]]:
    """Put groups together that came from one application to one other (GS02, GS03), in order.

    A 997 never stands in the group of a 999.
    """
    together: dict[tuple[str, str, bool], list[JudgedGroup]] = {}
    for group in groups:
        key = (group.result.sender, group.result.receiver, _is_old(group))
        together.setdefault(key, []).append(group)
    return list(together.values())
