"""The proof of an authorization: from the bytes of a file to each field, step by step.

"Why does it say certified until 23 January?" is answered with the segment that says so, where it
stands, and the rule that turned it into the field. A step holds a file with its hash, so that the
proof can be checked against the spool, and a raw segment with personal data masked; a proof never
re-decides anything, it points at what the decision was made from.
"""

from collections.abc import Iterator, Sequence

from attrs import frozen

from x12_pa.authorizations.records import Authorization
from x12_pa.guides.tree import LoopInstance
from x12_pa.syntax import Segment

EVENT_LOOP, SERVICE_LOOP = "2000E", "2000F"
MASK = "***"

_PERSONAL = {"DMG": (2,), "N3": (1, 2), "N4": (1, 2, 3), "REF": (2, 4), "MSG": (1,)}
_PERSON_NAME = (3, 4, 5, 7, 9)
_NOT_PERSONAL_REF = frozenset({"NT", "BB"})

OVERRIDES = "the service's own decision overrides its event, field by field"
INHERITS = "the service has no decision of its own, so that of its event holds"
EVENT_ITSELF = "the decision of the event itself"
_RULES = {
    "BHT": "BHT03 repeats the request's identifier; BHT04 and BHT05 put answers in order",
    "TRN": "a trace number of the request, returned",
    "DTP": "first in the precedence of window dates: 007/036, service date, event date",
    "REF": "a reference for following up; not a number for claims",
    "PWK": "a document that the payer waits for",
    "HI": "a document that the payer waits for, by LOINC code",
    "HSD": "the quantity that was authorised",
    "SV1": "the service that was decided",
    "SV2": "the service that was decided",
    "SV3": "the service that was decided",
    "AAA": "a rejection of the request at this level; not a decision about the care",
}


@frozen(kw_only=True)
class SourceFile:
    """Where a transaction set lies: the file, its SHA-256, and its control numbers."""

    name: str
    sha256: str
    interchange: str
    group: str
    transaction: str


@frozen(kw_only=True)
class Step:
    """One segment, the rule applied to it, and the field it gave.

    `segment_number` counts in the transaction set (ST = 1); `offset` is in bytes in the file.
    """

    source: SourceFile
    loop: str
    segment_number: int
    offset: int
    raw: str
    rule: str
    fields: tuple[tuple[str, str], ...]


@frozen(kw_only=True)
class Proof:
    """Everything that made an authorization what it is, in document order."""

    authorization_id: str
    version: int
    steps: tuple[Step, ...]


def prove(
    record: Authorization,
    tree: LoopInstance,
    segments: Sequence[Segment],
    source: SourceFile,
    *,
    show_phi: bool = False,
) -> Proof:
    """Return the proof of one version of an authorization.

    Args:
        record: the version.
        tree: the answer that made it, as `guides.read_tree` gives it.
        segments: the same transaction set, ST to SE, for segment numbers.
        source: where it lies.
        show_phi: leave personal data readable.
    """
    numbers = {segment.offset: n for n, segment in enumerate(segments, 1)}
    steps = [
        Step(
            source=source,
            loop=loop,
            segment_number=numbers.get(found.offset, 0),
            offset=found.offset,
            raw=found.text if show_phi else masked(found),
            rule=rule,
            fields=fields,
        )
        for loop, found, rule, fields in _evidence(record, tree)
    ]
    steps.sort(key=lambda step: (step.segment_number, step.offset))
    return Proof(authorization_id=record.id, version=record.version, steps=tuple(steps))


def masked(segment: Segment) -> str:
    """Return the segment's text with names, ids, birth dates, addresses and free text masked."""
    hidden: tuple[int, ...] = _PERSONAL.get(segment.id, ())
    if segment.id == "NM1" and segment.element(2) == "1":
        hidden = _PERSON_NAME
    if segment.id == "REF" and segment.element(1) in _NOT_PERSONAL_REF:
        hidden = ()
    elements = [
        MASK if number in hidden and value else value
        for number, value in enumerate(segment.elements, 1)
    ]
    return segment.delimiters.element.join([segment.id, *elements])


Fields = tuple[tuple[str, str], ...]
Evidence = tuple[str, Segment, str, Fields]


def _evidence(record: Authorization, tree: LoopInstance) -> Iterator[Evidence]:
    if (start := tree.first("BHT")) is not None:
        shown = _fields(record, "request", "decided_at")
        yield tree.id, start, _RULES["BHT"], shown
    yield from _rejections(record, tree)
    event = _nth(tree.descend(EVENT_LOOP), record.event)
    if event is None:
        return
    service = _service(record, event) if record.level == "service" else None
    level = service or event
    yield from _decision(record, event, service)
    for found in level.all("TRN", "2"):
        if found.element(2).strip() == record.trace:
            yield level.id, found, _RULES["TRN"], _fields(record, "trace")
    yield from _window(record, [level, event])
    yield from _details(record, level)


def _decision(
    record: Authorization, event: LoopInstance, service: LoopInstance | None
) -> Iterator[Evidence]:
    own = service.first("HCR") if service else None
    shown = _fields(record, "action", "number", "reasons", "state", "usable_on_claim")
    if service is not None and own is not None:
        yield service.id, own, OVERRIDES, shown
        return
    if (above := event.first("HCR")) is not None:
        yield event.id, above, EVENT_ITSELF if service is None else INHERITS, shown


def _window(record: Authorization, levels: Sequence[LoopInstance]) -> Iterator[Evidence]:
    loop = ""
    for part in (record.window_source or "").split("+"):
        path, _, qualifier = part.rpartition("/DTP*") if "/DTP*" in part else (loop, "", part)
        loop = path
        level = next((level for level in levels if level.id == loop), None)
        if level is None:
            continue
        found = [*level.all("DTP", qualifier), *level.unplaced]
        for segment in found:
            if segment.id == "DTP" and segment.element(1) == qualifier:
                shown = _fields(record, "effective_on", "expires_on", "window_source")
                yield level.id, segment, _RULES["DTP"], shown
                break


def _details(record: Authorization, level: LoopInstance) -> Iterator[Evidence]:
    wanted: tuple[tuple[str, str | None, tuple[str, ...]], ...] = (
        ("REF", "NT", ("administrative_reference",)),
        ("REF", "BB", ("previous_number",)),
        ("PWK", None, ("asks",)),
        ("HSD", None, ("quantity",)),
        ("SV1", None, ("procedures",)),
        ("SV2", None, ("procedures",)),
        ("SV3", None, ("procedures",)),
    )
    for segment_id, qualifier, names in wanted:
        for found in level.all(segment_id, qualifier):
            if shown := _fields(record, *names):
                yield level.id, found, _RULES[segment_id], shown
    for found in level.all("HI"):
        if record.asks and any(part.startswith("LOI") for part in found.elements):
            yield level.id, found, _RULES["HI"], _fields(record, "asks")


def _rejections(record: Authorization, tree: LoopInstance) -> Iterator[Evidence]:
    wanted = {(rejection.loop, rejection.code) for rejection in record.rejections}
    for instance, _, found in tree.iter():
        if found.id == "AAA" and (instance.id, found.element(3)) in wanted:
            yield instance.id, found, _RULES["AAA"], _fields(record, "rejections", "state")


def _service(record: Authorization, event: LoopInstance) -> LoopInstance | None:
    services = list(event.descend(SERVICE_LOOP))
    for service in services:
        if any(found.element(2).strip() == record.trace for found in service.all("TRN", "2")):
            return service
    return _nth(iter(services), record.service or 1)


def _nth(instances: Iterator[LoopInstance], number: int) -> LoopInstance | None:
    return next((found for n, found in enumerate(instances, 1) if n == number), None)


def _fields(record: Authorization, *names: str) -> Fields:
    return tuple((name, _text(getattr(record, name))) for name in names if _has(record, name))


def _has(record: Authorization, name: str) -> bool:
    return getattr(record, name) not in (None, (), "")


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(_text(item) for item in value)
    return str(getattr(value, "code", value))
