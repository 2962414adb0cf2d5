"""Validate a file: envelopes, groups, and each transaction set by the guide it names.

The file comes in blocks (`syntax.blocks`). Envelope segments are few and handled one by one here;
between ST and SE a `SetWalker` takes whole stretches of a block. Faults that look the same
everywhere (control characters, blanks, separators at the end) are searched in whole blocks first,
and only a block that has one is looked at segment by segment.
"""

from collections.abc import Callable, Mapping
from datetime import date
from io import BytesIO
from operator import is_not
from typing import TYPE_CHECKING, Any

from x12_pa.guides import Guide, Profile, program_for
from x12_pa.guides.hooks import NO_HOOKS, Hooks
from x12_pa.guides.index import same_guide
from x12_pa.guides.program import Program
from x12_pa.syntax import Block, Delimiters, Source, read_blocks
from x12_pa.syntax.blocks import MAX_SEGMENT_BYTES, Measured
from x12_pa.validation import echoes
from x12_pa.validation.choice import Guides
from x12_pa.validation.envelopes import Envelopes, is_count, number
from x12_pa.validation.outlines import EVERYTHING
from x12_pa.validation.partner_state import Surroundings, read_context
from x12_pa.validation.report import Place, Reporter
from x12_pa.validation.results import FileResult, GroupResult, TransactionResult
from x12_pa.validation.scan import INDENTED, culprit, scan_block
from x12_pa.validation.skipper import Skipper
from x12_pa.validation.trail import Trail
from x12_pa.validation.walker import SetWalker

if TYPE_CHECKING:
    from x12_pa.validation.partner import Partner


def validate(
    source: Source,
    *,
    profile: Profile | None = None,
    path: str = "-",
    show_phi: bool = False,
    max_findings: int = 100_000,
    max_snip: int = 7,
    today: date | None = None,
    context: Mapping[str, Any] | None = None,
    hooks: Hooks = NO_HOOKS,
) -> FileResult:
    """Check a file and return what is wrong with it.

    Args:
        source: the bytes, or a binary stream read to its end.
        profile: a companion guide that narrows the guides of the file.
        path: name of the file, for the report only.
        show_phi: keep names, identifiers and birth dates in the findings.
        max_findings: how many findings are listed; all are counted.
        max_snip: the highest SNIP type that is checked, 1 to 7.
        today: the date that rules about dates count from; without it they stay undecided.
        context: what rules may ask about that is not in the file: `@mode`, `$ctx.state` …
        hooks: earlier messages and registries that rules ask; without them they stay undecided.

    Raises:
        NotX12: the input does not begin with an interchange.
    """
    reporter = Reporter(limit=max_findings, show_phi=show_phi, max_snip=max_snip, today=today)
    around = Surroundings(today, read_context(context or {}), hooks)
    engine = _Engine(profile, reporter, around)
    result = engine.result
    result.path = path
    stream = Measured(BytesIO(source) if isinstance(source, bytes) else source)
    for block in read_blocks(stream):
        engine.take(block)
    result.bytes = stream.size
    engine.close()
    if engine.partner is not None:
        engine.partner.ends(result.bytes)
    reporter.findings.sort(key=lambda finding: finding.offset)
    result.findings = reporter.findings
    result.errors, result.warnings = reporter.errors, reporter.warnings
    result.unlisted = reporter.unlisted
    return result


def _partner_of(
    profile: Profile | None, reporter: Reporter, envelopes: Envelopes, around: Surroundings
) -> "Partner | None":
    """Return what judges envelopes by a profile; loaded only then, as most runs have none."""
    if profile is None:
        return None
    from x12_pa.validation.partner import Partner

    return Partner(profile, reporter, envelopes, around, around.today)


class _Engine:
    """The state of one file: which envelopes are open, and the walker of the open set."""

    def __init__(
        self, profile: Profile | None, reporter: Reporter, surroundings: Surroundings
    ) -> None:
        self.profile = profile
        self._around = surroundings
        self.reporter = reporter
        self.result = FileResult(path="-")
        self.envelopes = Envelopes(profile, reporter, self.result)
        self.partner = _partner_of(profile, reporter, self.envelopes, surroundings)
        self._guides = Guides(profile, surroundings)
        self._headers: tuple[list[str], ...] = ()
        self._unwanted: dict[int, list[tuple[Any, int]]] = {}
        self._set: TransactionResult | None = None
        self._group: GroupResult | None = None
        self._program: Program | None = None
        self._walker: SetWalker | Skipper | None = None
        self._trail = Trail()
        self._spare: tuple[SetWalker, GroupResult] | None = None
        self._pending: tuple[Block, int] | None = None
        self._last: tuple[Block, int] | None = None
        self._errors_before = 0
        self._adrift = False
        self._handlers: dict[str, Callable[[Block, int, list[str]], None]] = {
            "ISA": self.envelopes.open_interchange,
            "IEA": self.envelopes.close_interchange,
            "GS": self.envelopes.open_group,
            "GE": self.envelopes.close_group,
            "ST": self._open_set,
            "TA1": self.envelopes.ta1,
        }

    def take(self, block: Block) -> None:
        """Take the segments of one block."""
        if block.delimiters is None:
            if not self.envelopes.is_late_trailer(block.texts[0]):
                self.reporter.add("X101", Place(block, 0))
            return
        if block.raw.startswith("ISA"):
            self._cut_off()
        hits = scan_block(block)
        self._unwanted = self.partner.scan(block) if self.partner else {}
        if block.oversized:
            self._report_hits(hits, block, 0, 1, self._walker.count if self._walker else 0)
            self._skip_one(block)
            return
        index, size = 0, len(block.texts)
        while index < size:
            begins = self._pending is not None
            if begins:
                self._start_set(block, index)
            if self._walker is not None:
                start, count = index, self._walker.count
                index = self._run(self._walker, block, index, begins=begins)
                if hits or self._unwanted:
                    self._report_hits(hits, block, start, index, count)
                if self._walker.done or index < size:
                    self._close_set(block, min(index, size) - self._walker.done)
            else:
                self._envelope(block, index, block.delimiters)
                index += 1
                if hits or self._unwanted:
                    self._report_hits(hits, block, index - 1, index, 0)
        if self._program is not None:
            self._program.forget()
        self.result.segments += size - block.texts.count("")
        self._last = (block, size - 1)

    def _run(self, walker: SetWalker | Skipper, block: Block, index: int, *, begins: bool) -> int:
        """Take segments of the open set; return the index of the first that was not taken."""
        if begins and isinstance(walker, SetWalker):
            index = self._trail.follow(walker, block, index)
            if walker.done:
                return index
        return walker.run(block, index)

    def _report_hits(
        self, hits: dict[int, list[str]], block: Block, start: int, end: int, count: int
    ) -> None:
        """Report what the scan of the block found in segments `start` to `end`."""
        marks = block.delimiters
        assert marks is not None
        for index in range(start, end):
            count += bool(block.texts[index])
            for code in hits.get(index, ()):
                if code == INDENTED:
                    if self.envelopes.indented:
                        continue
                    self.envelopes.indented = True
                segment = block.texts[index].partition(marks.element)[0]
                place = Place(block, index, count if self._walker else self._number(segment))
                at = culprit(code, block.texts[index], marks)
                element = f"{segment}{at:02}" if at else None
                limit = f"{MAX_SEGMENT_BYTES:,}"
                self.reporter.add(code, place, segment=segment, element=element, expected=limit)
            for found, number_of in self._unwanted.get(index, ()):
                assert self.partner is not None
                segment = block.texts[index].partition(marks.element)[0]
                place = Place(block, index, count if self._walker else self._number(segment))
                self.partner.characters(found, number_of, segment, place)

    def _number(self, segment: str) -> int | None:
        """Return the number of an ST that waits for its guide; envelopes have none."""
        return 1 if segment == "ST" and self._pending else None

    def _envelope(self, block: Block, index: int, marks: Delimiters) -> None:
        text = block.texts[index]
        if not text:
            return
        parts = text.split(marks.element)
        handler = self._handlers.get(parts[0])
        if handler is None:
            if not self._adrift:
                allowed = "ST or GE" if self.envelopes.group else "GS, TA1 or IEA"
                self.envelopes.stray(block, index, parts[0], allowed)
            self._adrift = True
            return
        self._adrift = False
        handler(block, index, parts)
        if self.partner is not None and parts[0] in ("ISA", "GS"):
            self.partner.saw(parts[0], block, index)

    def _skip_one(self, block: Block) -> None:
        """Pass over a segment that is too long to be looked at."""
        self.result.segments += 1
        self._last = (block, 0)
        if self._walker is not None:
            self._walker.count += 1

    def close(self) -> None:
        """End the file."""
        self._cut_off()

    def _cut_off(self) -> None:
        """End an interchange that is still open: one fault, whatever trailers it has lost."""
        if self._last is None:
            return
        block, index = self._last
        inside = None
        if self.envelopes.interchange is not None:
            echoes.of_a_cut(self.reporter, block, index)
        if self._pending is not None:
            self._start_set(block, index + 1)
        if self._walker is not None and self._set is not None:
            inside = self._set.control
            self._close_set(block, index, cut_off=True)
        self.envelopes.end_interchange(block, index, inside)

    # Interchange

    def _open_set(self, block: Block, index: int, parts: list[str]) -> None:
        if self.envelopes.group is None:
            self.envelopes.stray(block, index, "ST", "GS or IEA")
            self._adrift = True
            return
        self._pending = (block, index)

    def _start_set(self, block: Block, index: int) -> None:
        """Choose the guide now that the segment after ST can be seen."""
        assert self._pending is not None
        assert self.envelopes.group is not None
        at, self._pending = self._pending, None
        marks = at[0].delimiters
        assert marks is not None
        parts = [*at[0].texts[at[1]].split(marks.element), "", "", ""]
        guide = self._guides.of_set(self.envelopes.group, parts, block, index)
        if guide is not None:
            self.envelopes.check_kind(guide)
        if self.partner is not None:
            self.partner.opens_set(guide, parts[1])
        self.reporter.transaction = parts[2]
        self._errors_before = self.reporter.errors
        self._set = TransactionResult(
            set=parts[1],
            guide=guide.id if guide else None,
            kind=guide.kind if guide else None,
            control=parts[2],
            convention=parts[3],
        )
        self._group = self.envelopes.group
        self._group.transactions.append(self._set)
        if self.partner is not None:
            self.partner.counts_set(Place(*at, 1))
        if guide is None:
            self._walker = Skipper(marks.element)
            self._at_set(
                "X125", *at, segment="ST", element="ST03", found=_named(parts, self.envelopes.group)
            )
        else:
            self._program = program_for(guide, marks)
            self._walker = self._walker_of(self._program)
            self._check_names(at, guide, parts[3])
            if guide.partial:
                self.reporter.outline = guide.id
                self._at_set("X131", *at, segment="ST", expected=EVERYTHING)
        if self.envelopes.sets_seen.again(parts[2]):
            self._at_set("X124", *at, segment="ST", element="ST02", value=parts[2])
        self._walker.begin(*at)

    def _walker_of(self, program: Program) -> SetWalker:
        """Return a walker that stands before an ST: that of the last set if it is as new."""
        group = self.envelopes.group
        assert group is not None
        if self._spare is not None:
            walker, its_group = self._spare
            if walker.plain and walker.done and walker.program is program and its_group is group:
                walker.again()
                return walker
            # The judge knows its walker: left alone they would keep each other, and the block.
            walker.judge = None
        around = self._surroundings() if program.guide.situations else None
        walker = SetWalker(program, self.reporter, around)
        self._spare = walker, group
        return walker

    def _surroundings(self) -> Surroundings:
        """Return what rules may ask about outside the set, with the envelopes it stands in."""
        headers = tuple(self.envelopes.headers.values())
        if len(headers) != len(self._headers) or any(map(is_not, headers, self._headers)):
            self._headers = headers
            self._around.envelope = {
                f"{name}{place:02d}": value.strip()
                for name, parts in self.envelopes.headers.items()
                for place, value in enumerate(parts[1:], 1)
            }
        return self._around

    def _at_set(self, code: str, block: Block, index: int, **fields: object) -> None:
        count = 1 if self._walker is None else max(self._walker.count, 1)
        self.reporter.add(code, Place(block, index, count), **fields)  # type: ignore[arg-type]

    def _check_names(self, at: tuple[Block, int], guide: Guide, convention: str) -> None:
        """Check that GS08 and ST03 name the guide and agree; said once for a group."""
        assert self.envelopes.group is not None
        version = self.envelopes.group.version.strip()
        named = convention or (version if same_guide(guide.id, version) else guide.id)
        if named == guide.id == (version if convention else named):
            return
        # An ST03 that names no edition of the guide is a wrong value, reported as such.
        coded = any(element.codes for element in guide.root.trigger.elements[2:3])
        if self.envelopes.named_otherwise or (coded and not same_guide(guide.id, named)):
            return
        differs = bool(convention) and version != convention
        self.envelopes.named_otherwise = True
        self._at_set(
            "X117" if differs else "X126",
            *at,
            segment="ST",
            element="ST03" if convention else None,
            value=named,
            ref="ST03" if convention else "GS08",
            found=(version or "nothing") if differs else named,
            expected=convention if differs else guide.id,
            guide=guide.id,
        )

    def _close_set(self, block: Block, index: int, *, cut_off: bool = False) -> None:
        """End the open set: at its SE, or where it is cut off."""
        walker, found, marks = self._walker, self._set, block.delimiters
        assert walker is not None
        assert found is not None
        assert marks is not None
        found.segments = walker.count
        if not walker.done:
            found.complete = False
            if not cut_off:
                self._at_set("X121", block, index, segment="SE")
        else:
            parts = [*walker.trailer.split(marks.element), "", ""]
            if parts[2] and found.control and parts[2] != found.control:
                self._at_set("X122", block, index, segment="SE", element="SE02", value=parts[2])
            elif self.reporter.errors > self._errors_before:
                echoes.of_a_control_number(self.reporter, "ST02", "SE02")
            if is_count(parts[1]) and number(parts[1]) != walker.count:
                self._at_set(
                    "X123",
                    block,
                    index,
                    segment="SE",
                    element="SE01",
                    value=parts[1],
                    found=parts[1] or "nothing",
                    expected=walker.count,
                )
        found.errors = self.reporter.errors - self._errors_before
        if found.errors and self._group is not None and self._group.faulty is not None:
            self._group.faulty += 1
        self.reporter.outline = None
        self._walker = self._set = self.reporter.transaction = None


def _named(parts: list[str], group: GroupResult) -> str:
    return f"{parts[1]} with ST03 {parts[3] or 'empty'} and GS08 {group.version or 'empty'}"
