"""Rejections (AAA) that can be told before a request or an inquiry is sent.

Two things are known in advance. What the guide and the meaning of the codes say is a table
(`preflight.yaml`): who lacks a birth date is rejected with 58, who is asked about for a day before
their birth with 60. What a payer says it answers to a breach of its own rules stands in its profile
(`expect`), and comes with the findings of validation. Nothing else is guessed at.

A prediction is a warning: some payers can do with less than the guide asks a sender for. Where an
element has an error already, nothing is added.
"""

from bisect import insort
from collections.abc import Iterator, Sequence
from functools import cache

from attrs import frozen

from x12_pa.authorizations.enrolment import guide_of
from x12_pa.authorizations.nearby import day, first, homes, instances, places_of, table
from x12_pa.guides import Guide, LoopInstance, LoopUse, SegmentUse, load_guide, read_tree
from x12_pa.guides.paths import Place
from x12_pa.syntax import Segment, Source, TransactionSet, read_transactions
from x12_pa.validation import CODES, FileResult, Finding
from x12_pa.validation.hiding import hide

PREFLIGHT = "preflight"
"""Who says so, in the findings made here."""
TABLE = "preflight.yaml"
_CODE = "P133"
_REJECTION, _REASON = "AAA", 3
_DO = {
    "C": "Correct it before sending",
    "N": "Do not send it; ask the payer",
    "P": "Send it later, as it is",
    "R": "Correct it before sending",
    "S": "Wait for the answer of a third party",
    "W": "Send it in 30 days",
    "X": "Send it in 10 days",
    "Y": "Wait for the answer that follows",
}
_CORRECT = "C"


@frozen(kw_only=True)
class Prediction:
    """One rejection that is to be expected.

    Attributes:
        code, loop: AAA03, and the loop of the response that the AAA stands in.
        label: what the code means, in a few words.
        follow_up: AAA04 where the payer's profile says it; else `C`, correct and send again.
        element: what causes it, `DMG02`.
        certain: the payer has no choice by the meaning of the code, or says so itself.
        why: what is wrong with the element.
        at: the loop of the request, its use and segment; None for a prediction from a finding.
    """

    code: str
    loop: str
    label: str
    element: str
    certain: bool
    why: str
    follow_up: str = _CORRECT
    at: tuple[TransactionSet, SegmentUse, Segment] | None = None

    @property
    def advice(self) -> str:
        """Say what to do about it."""
        return _DO.get(self.follow_up, _DO[_CORRECT])

    @property
    def shown(self) -> str | None:
        """The element that a finding names; None where its segment is missing altogether."""
        there = self.at is not None and self.element.startswith(self.at[1].id)
        return self.element if there else None


@frozen(kw_only=True)
class _Rule:
    """One row of the table, as places of the guide."""

    each: tuple[LoopUse, ...]
    needs: tuple[Place, ...]
    unless: tuple[Place, ...]
    missing: tuple[Place, ...]
    later: tuple[Place, ...]
    sooner: tuple[Place, ...]
    code: str
    loop: str
    label: str
    certain: bool


@cache
def _rules(key: str) -> tuple[_Rule, ...]:
    guide, told = load_guide(key), table(TABLE)[key]

    return tuple(
        _Rule(
            each=tuple(guide.loops(row["each"])),
            needs=places_of(guide, row.get("if")),
            unless=places_of(guide, row.get("unless")),
            missing=places_of(guide, row.get("missing")),
            later=places_of(guide, row["after"][0] if "after" in row else ()),
            sooner=places_of(guide, row["after"][1] if "after" in row else ()),
            code=row["code"],
            loop=row["loop"],
            label=label_of(load_guide(told["answer"]), row["loop"], row["code"]),
            certain=row["certain"],
        )
        for row in told["rules"]
    )


def label_of(answer: Guide, loop_id: str, code: str) -> str:
    """Return what a reject reason means in a loop of a response; "" when it is not in its list."""
    for use in answer.find(f"{loop_id}/{_REJECTION}"):
        element = use.elements[_REASON - 1]
        if element.codes is None or code in element.codes:
            return element.labels.get(code, "")
    return ""


def predict(transaction: TransactionSet) -> Iterator[Prediction]:
    """Yield the rejections that the guides alone tell of one request or inquiry."""
    guide = guide_of(transaction)
    if guide is None or guide.key not in table(TABLE):
        return
    root = read_tree(load_guide(guide.key), transaction.segments)
    told: set[tuple[int, str]] = set()
    for rule in _rules(guide.key):
        for instance in instances(root, rule.each):
            found = _apply(rule, instance)
            if found is not None:
                use, segment, element, why = found
                if (segment.offset, element) not in told:
                    told.add((segment.offset, element))
                    yield Prediction(
                        code=rule.code,
                        loop=rule.loop,
                        label=rule.label,
                        element=element,
                        certain=rule.certain,
                        why=why,
                        at=(transaction, use, segment),
                    )


def _apply(rule: _Rule, instance: LoopInstance) -> tuple[SegmentUse, Segment, str, str] | None:
    """Return where a rule is broken in a loop, the element, and what is wrong with it."""
    if rule.needs and not first(instance, rule.needs):
        return None
    if rule.unless and first(instance, rule.unless):
        return None
    for place in rule.missing:
        for home in homes(instance, place):
            if not first(home, [place]):
                return *_nearest(home, place), _name(place), "it is missing"
    later, sooner = day(instance, rule.later), day(instance, rule.sooner)
    if later is None or sooner is None or later <= sooner:
        return None
    place = next(one for one in rule.later if day(instance, [one]) is not None)
    (home,) = list(homes(instance, place))[:1]
    return *_nearest(home, place), _name(place), f"it is after the day of the service, {sooner}"


def _nearest(home: LoopInstance, place: Place) -> tuple[SegmentUse, Segment]:
    """Return the segment of a place, or the one that opens its loop when there is none."""
    found = [item for item in home.segments if item[0] is place.use]
    return (found or home.segments)[0]


def _name(place: Place) -> str:
    return f"{place.use.id}{place.element or 0:02d}"


def expected(findings: Sequence[Finding]) -> Iterator[Prediction]:
    """Yield the rejections that a payer's profile announces for what validation found."""
    for finding in findings:
        rule = finding.rule
        if rule is None or finding.severity == "info":
            continue
        for item in rule.expect.get(_REJECTION, ()):
            yield Prediction(
                code=item["code"],
                loop=item["loop"],
                label="",
                element=finding.element or finding.segment or "",
                certain=True,
                why=finding.message,
                follow_up=item.get("follow") or _CORRECT,
            )


def add_predictions(result: FileResult, source: Source, *, show_phi: bool = False) -> FileResult:
    """Put the rejections to be expected among the findings of a file, in the order of the file."""
    errors = {(one.offset, one.element) for one in result.findings if one.severity == "error"}
    for transaction in read_transactions(source):
        for prediction in predict(transaction):
            finding = _finding(prediction, show_phi)
            if (finding.offset, prediction.element) not in errors:
                insort(result.findings, finding, key=lambda one: one.offset)
                result.warnings += 1
    return result


def sure_rejections(result: FileResult, source: Source) -> tuple[Finding, ...]:
    """Return the findings that tell of a rejection that is sure to come.

    Args:
        result: of the file, with `add_predictions`.
        source: the file.
    """
    sure: set[tuple[int, str | None]] = set()
    if any(finding.source == PREFLIGHT for finding in result.findings):
        sure = {
            (prediction.at[2].offset, prediction.shown)
            for transaction in read_transactions(source)
            for prediction in predict(transaction)
            if prediction.certain and prediction.at is not None
        }
    return tuple(
        each
        for each in result.findings
        if (each.source == PREFLIGHT and (each.offset, each.element) in sure)
        or (each.severity == "warning" and each.rule and _REJECTION in each.rule.expect)
    )


def _finding(prediction: Prediction, show_phi: bool) -> Finding:
    assert prediction.at is not None
    transaction, use, segment = prediction.at
    row = CODES[_CODE]
    return Finding(
        code=row.code,
        severity=row.severity,
        snip=row.snip,
        source=PREFLIGHT,
        interchange=transaction.interchange.element(13) if transaction.interchange else None,
        group=transaction.group.element(6) if transaction.group else None,
        transaction=transaction.control,
        segment=use.id,
        segment_number=1 + next(n for n, s in enumerate(transaction.segments) if s is segment),
        line=segment.line,
        loop=use.parent.path,
        element=prediction.shown,
        phi=True,
        message=row.message.format(
            will="will" if prediction.certain else "may",
            code=prediction.code,
            label=prediction.label,
            loop=prediction.loop,
            element=prediction.element,
            why=prediction.why,
            advice=prediction.advice,
        ),
        offset=segment.offset,
        text=segment.text if show_phi else hide([use], segment.text, segment.delimiters),
    )
