"""What a companion guide says the payer answers to a breach, brought into the verdict on a file.

A rule of a profile may say with `expect` how the payer answers a breach of it. There are three
kinds of answer, told apart by what is expected and by nothing else:

- `TA1`: the payer's translator refuses the interchange. The finding becomes one of the envelope.
- `IK3`, `IK4`: the 999 names this segment, these codes.
- `AAA`: the translator takes the request, and the application behind it rejects it. The finding
  leaves the verdict, and the response carries the rejection.

Where several are given the earliest stage counts, because a payer that refuses an interchange never
reads what is in it. A rule without `expect`, or with words only, is answered as its finding says,
by a 999. How bad a breach is stays with the rule: a warning is noted in the TA1 or 999 and refuses
nothing; but an AAA is always a rejection, and a mere remark (`info`) is no breach.

What is expected comes with the finding, in its `rule`.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from attrs import evolve, field, frozen

from x12_pa.acks import JudgedGroup, JudgedInterchange, JudgedSet, judged
from x12_pa.acks.elements import element_use
from x12_pa.acks.notes import BAD_CONTENT
from x12_pa.acks.records import TRIGGER
from x12_pa.guides import Profile
from x12_pa.guides.index import base_guide
from x12_pa.simulator.rejecting import Refusal
from x12_pa.syntax import Interchange, Segment
from x12_pa.validation.flat import Flat
from x12_pa.validation.results import Ack999, FileResult, Finding, TransactionResult

_ANY = "any"
_HAS_ELEMENTS = "8"
_CONDITIONAL = frozenset({"I6", "I9"})  # IK304 that must name the condition in a CTX
_Sets = Sequence[tuple[TransactionResult, Sequence[Segment]]]


@frozen
class Refusals:
    """The rejections (AAA) of each request, by the identity of its verdict."""

    found: dict[int, list[Refusal]] = field(factory=dict)

    def of(self, verdict: TransactionResult) -> tuple[Refusal, ...]:
        """Return the rejections of one request; none when it is to be decided."""
        return tuple(self.found.get(id(verdict), ()))


def expect(
    result: FileResult, interchanges: Sequence[Interchange], profile: Profile | None
) -> Refusals:
    """Change the verdict on a file to what the payer's rules expect; return the rejections.

    Args:
        result: what `validate` said under the profile; changed in place.
        interchanges: the same file, read.
        profile: the payer's rules.
    """
    refusals = Refusals()
    if profile is None or not any(rule.expect for rule in profile.rules):
        return refusals
    for item in result.interchanges:
        for group in item.groups:
            group.transactions = Flat(list(group.transactions), on_disk=False)
    levels = judged(result)
    changed = _Changes(levels, refusals)
    for finding in result.findings:
        if finding.interchange is None:
            changed.of_file(finding)
    for level, interchange in zip(levels, interchanges, strict=False):
        changed.of_interchange(level, interchange)
    kept = chain.from_iterable(changed.found.get(id(item), (item,)) for item in result.findings)
    # A TA1 has room for one code: one that the payer names comes before one that we infer.
    result.findings[:] = sorted(kept, key=lambda item: item.note is None)
    for level in levels:
        _settle(level)
    return refusals


def expectation(finding: Finding) -> Mapping[str, Any]:
    """Return what the payer answers to a finding by its rule; empty when nobody says that."""
    by_payer = finding.source.startswith("profile:") and finding.severity != "info"
    return finding.rule.expect if finding.rule and by_payer else {}


@frozen
class _Changes:
    """What becomes of each finding, by its identity; one that is not listed stays."""

    levels: Sequence[JudgedInterchange]
    refusals: Refusals
    found: dict[int, tuple[Finding, ...]] = field(factory=dict)

    def of_file(self, finding: Finding) -> None:
        """Answer a breach by the file as a whole: each of its interchanges is answered so."""
        note = _note(expectation(finding))
        if note is not None:
            self.found[id(finding)] = tuple(
                self._lifted(finding, level, note) for level in self.levels
            )

    def of_interchange(self, level: JudgedInterchange, read: Interchange) -> None:
        """Answer what was found in one interchange."""
        sets: list[tuple[TransactionResult, Sequence[Segment]]] = []
        for judged_group, group in zip(level.groups, read.groups, strict=False):
            own = [
                (item.result, transaction.segments)
                for item, transaction in zip(judged_group.sets, group.transactions, strict=False)
            ]
            sets += own
            for item, place in zip(judged_group.sets, own, strict=False):
                for finding in item.findings:
                    self._answer(finding, level, item, [place])
            for finding in judged_group.findings:
                self._answer(finding, level, judged_group, own)
        for finding in level.findings:
            self._answer(finding, level, level, sets)

    def _answer(
        self,
        finding: Finding,
        level: JudgedInterchange,
        owner: JudgedInterchange | JudgedGroup | JudgedSet,
        sets: _Sets,
    ) -> None:
        wanted = expectation(finding)
        note = _note(wanted)
        if note is not None:
            self.found[id(finding)] = (self._lifted(finding, level, note),)
        elif "IK3" in wanted or "IK4" in wanted:
            if isinstance(owner, JudgedSet):
                segments = sets[0][1] if sets else ()
                self.found[id(finding)] = (_renamed(finding, wanted, segments),)
            return
        elif "AAA" in wanted and sets and all(_is_request(verdict) for verdict, _ in sets):
            self.found[id(finding)] = ()
            for verdict, _ in sets:
                refusals = [_refusal(item, finding) for item in wanted["AAA"]]
                self.refusals.found.setdefault(id(verdict), []).extend(refusals)
        else:
            return
        owner.result.errors -= finding.severity == "error"

    def _lifted(self, finding: Finding, level: JudgedInterchange, note: str) -> Finding:
        """Return the finding as one of the interchange, under this TA105 (or whichever fits)."""
        own = level.result
        own.errors += finding.severity == "error"
        if note == _ANY:
            note = finding.note or ("" if finding.segment == "ISA" else BAD_CONTENT)
        return evolve(
            finding,
            interchange=own.control,
            group=None,
            transaction=None,
            note=note or None,
            ack=None,
        )


def _settle(level: JudgedInterchange) -> None:
    """Count again what stands above each set, now that errors have moved or are gone."""
    for group in level.result.groups:
        group.refused = level.result.errors > 0
        sets = list(group.transactions)
        for item in sets:
            item.refused = group.refused or group.errors > 0
        if group.faulty is not None:
            group.faulty = sum(item.errors > 0 for item in sets)


def _is_request(verdict: TransactionResult) -> bool:
    """Tell whether the payer can answer a set by a response that carries an AAA."""
    return (verdict.set, verdict.kind) == ("278", "request")


def _refusal(wanted: Mapping[str, str], finding: Finding) -> Refusal:
    return Refusal(
        loop=wanted["loop"],
        reason=wanted["code"],
        follow_up=wanted.get("follow"),
        cause=finding,
    )


def _note(wanted: Mapping[str, Any]) -> str | None:
    return str(wanted["TA1"]) if "TA1" in wanted else None


def _renamed(finding: Finding, wanted: Mapping[str, Any], segments: Sequence[Segment]) -> Finding:
    """Return the finding as the 999 is to tell it.

    `IK3` is a segment, an error code, or `PWK*22*2000*8` as it stands in a 999; `IK4` a code, or
    `6*67*6`: element, data element number, code.
    """
    finding = _at_segment(finding, wanted.get("IK3", ""), segments)
    given = wanted.get("IK4", "").split("*")
    if not given[-1]:
        return finding
    if len(given) > 1 and given[0]:
        element, component, repetition = (*given[0].split(":"), "", "")[:3]
        finding = evolve(
            finding,
            element=f"{finding.segment}{int(element):02}",
            component=int(component) if component else None,
            repetition=int(repetition) if repetition else None,
        )
    if finding.element is None:
        return finding
    return evolve(finding, ack=Ack999(_HAS_ELEMENTS, given[-1]))


def _at_segment(finding: Finding, text: str, segments: Sequence[Segment]) -> Finding:
    parts = text.split("*")
    code = parts[-1] if parts[-1] in _segment_codes() else None
    name = parts[0] if parts[0] not in _segment_codes() else ""
    if name and name != finding.segment:
        number = _nearest(name, finding.segment_number or 1, segments)
        finding = evolve(finding, segment=name, segment_number=number, element=None)
    if code is None or code == _HAS_ELEMENTS:
        return finding
    context = finding.context
    if code in _CONDITIONAL and not any(key == TRIGGER for key, _ in context):
        context = (*context, *_trigger(finding, segments))
    return evolve(finding, element=None, ack=Ack999(code), context=context)


def _segment_codes() -> tuple[str, ...]:
    use = element_use(base_guide("999"), "IK3", 4)
    return (use.codes if use else None) or ()


def _nearest(name: str, number: int, segments: Sequence[Segment]) -> int:
    """Return the number of the segment of that name that stands nearest before `number`."""
    found = [at for at, item in enumerate(segments, start=1) if item.id == name]
    before = [at for at in found if at <= number]
    return before[-1] if before else (found or [number])[0]


def _trigger(finding: Finding, segments: Sequence[Segment]) -> Iterator[tuple[str, str]]:
    """Yield the context that a conditional code needs: the segment where the rule was broken."""
    number = finding.segment_number or 1
    if number <= len(segments):
        loop = (finding.loop or "").rpartition("/")[2]
        yield TRIGGER, f"{segments[number - 1].id}*{number}*{loop}"
