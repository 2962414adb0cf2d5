"""Hold the providers that a file names against the roster, and say so at the exact element.

Which loops name providers, their payer and the day of the service is data (`enrolment.yaml`). The
day is that of the service or event, else the planned one, else today. What is found are warnings:
the file is right as a document, and whether it is acknowledged must not hang on a table of ours.
A payer that the roster has no row for is told once a file, as information.
"""

from bisect import insort
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache
from itertools import chain, islice

from attrs import Factory, define, evolve, frozen

from x12_pa.authorizations.nearby import day, first, instances, places_of, said, table
from x12_pa.authorizations.roster import Asked, Roster, Verdict
from x12_pa.guides import (
    Guide,
    LoopInstance,
    LoopUse,
    SegmentUse,
    find_guide,
    load_guide,
    read_parts,
)
from x12_pa.guides.paths import Place
from x12_pa.syntax import Segment, Source, TransactionSet, stream_transactions
from x12_pa.validation import CODES, FileResult, Finding
from x12_pa.validation.hiding import hide

ROSTER = "roster"
"""Who says so, in the findings made here."""
_TABLE = "enrolment.yaml"
_HEAD = 4
"""So many segments of a set say which guide it follows: BHT is the second one."""
NOT_ENROLLED, PENDING, UNKNOWN = "P131", "P132", "P903"
_CODES = {"not enrolled": NOT_ENROLLED, "pending": PENDING, "unknown": UNKNOWN}


@frozen(kw_only=True)
class Named:
    """One provider that a transaction set names, and where it stands with the payer.

    Attributes:
        transaction: the set; its headers count, its segments may be left out.
        reference: BHT03 of the set, "" where it has none.
        number: of the segment in the set, ST is 1.
        element: where the identifier stands, `NM109`.
        day: the day that counts.
    """

    transaction: TransactionSet
    guide: Guide
    reference: str
    use: SegmentUse
    segment: Segment
    number: int
    element: str
    asked: Asked
    day: date
    verdict: Verdict


@frozen(kw_only=True)
class _Rule:
    """Where one kind of loop has its providers."""

    each: tuple[LoopUse, ...]
    needs: tuple[Place, ...]
    payer: tuple[Place, ...]
    providers: tuple[Place, ...]
    plan: tuple[Place, ...]
    location: tuple[Place, ...]
    taxonomy: tuple[Place, ...]
    dates: tuple[tuple[Place, ...], ...]


@cache
def _rules(key: str) -> tuple[_Rule, ...]:
    guide = load_guide(key)

    return tuple(
        _Rule(
            each=tuple(guide.loops(row["each"])),
            needs=places_of(guide, row.get("if")),
            payer=places_of(guide, row["payer"]),
            providers=places_of(guide, row["providers"]),
            plan=places_of(guide, row.get("plan")),
            location=places_of(guide, row.get("location")),
            taxonomy=places_of(guide, row.get("taxonomy")),
            dates=tuple(places_of(guide, path) for path in row["dates"]),
        )
        for row in table(_TABLE).get(key, ())
    )


def providers_named(source: Source, roster: Roster, today: date) -> Iterator[Named]:
    """Yield each provider of a file with its standing, in the order of the file.

    One that stands above several patients is judged for each of them.

    Raises:
        NotX12: the input does not begin with an interchange.
    """
    for opened, segments in stream_transactions(source):
        first_ones = tuple(islice(segments, _HEAD))
        headed = evolve(opened, segments=list(first_ones))
        guide = guide_of(headed)
        if guide is not None and guide.key in table(_TABLE):
            yield from _providers(headed, chain(first_ones, segments), guide, roster, today)


def guide_of(transaction: TransactionSet) -> Guide | None:
    """Return the guide that a transaction set follows, or None."""
    purpose = next((s.element(2) for s in transaction.segments if s.id == "BHT"), "")
    return find_guide(
        set_id=transaction.id,
        convention=transaction.convention,
        version="" if transaction.group is None else transaction.group.element(8),
        purpose=purpose,
    )


def providers_of(
    transaction: TransactionSet, guide: Guide, roster: Roster, today: date
) -> Iterator[Named]:
    """Yield each provider of one transaction set with its standing."""
    yield from _providers(transaction, transaction.segments, guide, roster, today)


def _providers(
    transaction: TransactionSet,
    segments: Iterable[Segment],
    guide: Guide,
    roster: Roster,
    today: date,
) -> Iterator[Named]:
    """Yield each provider of a set whose segments are read one claim or patient at a time."""
    reference = next((s.element(3) for s in transaction.segments if s.id == "BHT"), "")
    for part in read_parts(load_guide(guide.key), segments, _wholes(guide.key)):
        for rule, instance in _judged(guide.key, part.loop):
            if rule.needs and not first(instance, rule.needs):
                continue
            payer = first(instance, rule.payer)
            on = next((found for paths in rule.dates if (found := day(instance, paths))), today)
            for use, segment, place, npi in said(instance, rule.providers):
                asked = Asked(
                    npi=npi,
                    payer=payer,
                    plan=first(instance, rule.plan),
                    location=first(instance, rule.location),
                    taxonomy=first(instance, rule.taxonomy),
                )
                yield Named(
                    transaction=transaction,
                    guide=guide,
                    reference=reference,
                    use=use,
                    segment=segment,
                    number=part.numbers[segment.offset],
                    element=f"{use.id}{place.element or 0:02d}",
                    asked=asked,
                    day=on,
                    verdict=roster.standing(asked, on),
                )


@cache
def _wholes(key: str) -> frozenset[LoopUse]:
    """Return the loops of a guide that are judged and stand in no other such loop."""
    judged = {use for rule in _rules(key) for use in rule.each}
    return frozenset(use for use in judged if judged.isdisjoint(_around(use)))


def _around(use: LoopUse) -> Iterator[LoopUse]:
    above = use.parent
    while above is not None:
        yield above
        above = above.parent


def _judged(key: str, whole: LoopInstance) -> Iterator[tuple[_Rule, LoopInstance]]:
    """Yield each instance in a part that a rule judges, rule by rule."""
    for rule in _rules(key):
        if whole.use in rule.each:
            yield rule, whole
        for instance in instances(whole, rule.each):
            yield rule, instance


@define
class _Seen:
    """What was told of a file before, so that nothing is told twice."""

    payers: set[str] = Factory(set)
    providers: set[tuple[int, str, str]] = Factory(set)

    def first(self, named: Named) -> bool:
        """Say whether this is to be told."""
        if named.verdict.standing == "unknown":
            new = named.asked.payer not in self.payers
            self.payers.add(named.asked.payer)
            return new
        key = (named.segment.offset, named.asked.payer, named.verdict.standing)
        new = key not in self.providers
        self.providers.add(key)
        return new


def enrolment_findings(
    source: Source, roster: Roster, today: date, *, show_phi: bool = False
) -> Iterator[Finding]:
    """Yield what the roster objects to in a file, each provider segment once for each payer."""
    seen = _Seen()
    for named in providers_named(source, roster, today):
        if named.verdict.standing != "enrolled" and named.asked.payer and seen.first(named):
            yield _finding(named, show_phi)


def _finding(named: Named, show_phi: bool) -> Finding:
    row = CODES[_CODES[named.verdict.standing]]
    transaction, segment = named.transaction, named.segment
    told = {"payer": named.asked.payer, "day": named.day, "why": named.verdict.why}
    return Finding(
        code=row.code,
        severity=row.severity,
        snip=row.snip,
        source=ROSTER,
        interchange=transaction.interchange.element(13) if transaction.interchange else None,
        group=transaction.group.element(6) if transaction.group else None,
        transaction=transaction.control,
        segment=named.use.id,
        segment_number=named.number,
        line=segment.line,
        loop=named.use.parent.path,
        element=named.element,
        value=named.asked.npi if show_phi else None,
        phi=True,
        message=row.message.format(**told),
        offset=segment.offset,
        text=segment.text if show_phi else hide([named.use], segment.text, segment.delimiters),
    )


def add_enrolment(
    result: FileResult,
    source: Source,
    roster: Roster,
    today: date,
    *,
    show_phi: bool = False,
    limit: int | None = None,
) -> FileResult:
    """Put what the roster objects to among the findings of a file, in the order of the file.

    With a `limit` the first ones stay listed; all are counted.
    """
    for finding in enrolment_findings(source, roster, today, show_phi=show_phi):
        insort(result.findings, finding, key=lambda one: one.offset)
        result.warnings += finding.severity == "warning"
        if limit is not None and len(result.findings) > limit:
            result.findings.pop()
            result.unlisted += 1
    return result
