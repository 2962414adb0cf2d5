"""Judge what a profile says of envelopes, separators, characters, files and runs.

Which rules speak depends on the message, so they are judged when its set begins: those of the ISA
once for an interchange, those of the GS once for a group. What is counted is counted as it passes;
what is about the file as a whole is judged at its end. Findings belong to the level they are about:
the interchange, the group or the set.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

from attrs import define, evolve, field

from x12_pa.guides import Guide, Profile
from x12_pa.guides.checks import Breach, Unknown
from x12_pa.guides.conditions import Condition
from x12_pa.guides.narrowing import undecided_rules
from x12_pa.guides.paths import envelope_element, is_context
from x12_pa.guides.profile import Rule
from x12_pa.guides.tightening import expected_answer
from x12_pa.syntax import Block
from x12_pa.validation.envelopes import Envelopes
from x12_pa.validation.naming import quoted
from x12_pa.validation.partner_envelope import EnvelopeView, resolve, separator_faults
from x12_pa.validation.partner_file import file_faults
from x12_pa.validation.partner_rules import (
    FILE,
    INTERCHANGE,
    CountRule,
    Known,
    PlainRule,
    RuleSet,
    concerns,
    read_rules,
)
from x12_pa.validation.partner_state import Surroundings
from x12_pa.validation.partner_text import Characters, read_characters
from x12_pa.validation.report import Place, Reporter
from x12_pa.validation.results import RuleRef

_DUPLICATE = "025"  # TA105 of an interchange whose control number came before
_COUNTED = {"ISA": "interchanges", "GS": "groups", "ST": "transaction sets"}


@define(slots=False)
class Partner:
    """The rules of one profile over one file."""

    profile: Profile
    reporter: Reporter
    envelopes: Envelopes
    around: Surroundings
    today: date | None = None
    _rules: tuple[Rule, ...] = ()
    _sets: dict[str, RuleSet] = field(factory=dict)
    _judged: set[tuple[str, int, int]] = field(factory=set)
    _characters: list[Characters] | None = None
    _known: Known = field(factory=dict)
    _first: Place | None = None
    _interchanges: int = 0
    _groups: int = 0
    _spoken: dict[str, RuleSet] = field(factory=dict)
    _last: RuleSet | None = None
    _told: bool = False
    _settled: tuple[str, int, int] = ("", 0, 0)
    _late: list[tuple[Rule, Unknown]] = field(factory=list)
    _begun: Counter[tuple[str, str]] = field(factory=Counter)

    def __attrs_post_init__(self) -> None:
        """Choose the rules that are in force for this run."""
        known = self.around.known
        self.reporter.profile = self.profile
        self._rules = (
            *_of_envelope(self.profile),
            *(r for r in self.profile.rules if r.holds_on(self.today) and r.fits(known)),
        )

    @property
    def source(self) -> str:
        """What findings name as their source."""
        return f"profile:{self.profile.id}"

    # What passes

    def saw(self, segment: str, block: Block, index: int) -> None:
        """Note that an ISA or a GS begins."""
        place = Place(block, index)
        self._first = self._first or place
        if segment == "ISA":
            self._interchanges += 1
            self._begun["GS", INTERCHANGE] = 0
            self.around.forget(INTERCHANGE)
        else:
            self._groups += 1
            self.around.forget("GS")
        self._begun[segment, FILE] += 1
        self._begun[segment, INTERCHANGE] += 1
        # A group or interchange without a set counts too, once a set has told whose rules hold.
        for count in {id(c): c for rules in self._spoken.values() for c in rules.counts}.values():
            if count.of == segment:
                self._count_begun(count, self._view())

    def opens_set(self, guide: Guide | None, set_id: str) -> None:
        """Judge the envelopes that a set stands in, unless that was done."""
        self.around.forget("ST")
        key = guide.key if guide else f"?{set_id}"
        rules = self._sets.get(key)
        if rules is None:
            about = (guide.key, guide.kind, guide.id) if guide else ("", "", "")
            rules = read_rules(self._rules, set_id, *about, self._known)
            self._sets[key] = rules
            self._tell(set_id, guide)
        here = (key, self._interchanges, self._groups)
        if here == self._settled:
            return
        self._settled = here
        self._spoken[key] = self._last = rules
        view = self._view()
        for item in rules.envelope:
            at = {"ISA": self._interchanges, "GS": self._groups}.get(item.level)
            if at is not None and self._is_new(item, at):
                with_place = self._place_of(item.level)
                for breach in self._breaches(item, view, with_place):
                    self._at(item.level, item.rule, item.operator, breach)
        self._separators(rules, view)
        for count in rules.counts:
            if count.of != "ST":
                self._count_begun(count, view)

    def counts_set(self, place: Place) -> None:
        """Count the set that has begun."""
        for count in self._last.counts if self._last else ():
            if count.of == "ST":
                self._count_set(count, place)

    def _is_new(self, item: Any, number: int) -> bool:
        key = (item.rule.id, id(item), number)
        fresh = key not in self._judged
        self._judged.add(key)
        return fresh

    def _view(self) -> EnvelopeView:
        return EnvelopeView(self.around, self.envelopes.headers, self.envelopes.places)

    def _place_of(self, level: str) -> Place:
        return self.envelopes.places[level]

    def _tell(self, set_id: str, guide: Guide | None) -> None:
        """Say once for a file what of the profile is not certain for a kind of message."""
        assert self._first is not None
        kind, version = (guide.kind, guide.id) if guide else ("", "")
        if self.profile.caution and not self._told:
            self._told = True
            self.reporter.add(
                "P902", self._first, source=self.source, expected=_sentence(self.profile.caution)
            )
        for rule, why in undecided_rules(self.profile, self.around.known):
            if rule.speaks_of(set_id, kind, version):
                self._undecided(rule, Unknown(why), self._first)
        for rule, unknown in self._late:
            if concerns(rule, set_id, kind, version):
                self._undecided(rule, unknown, self._first)

    def _undecided(self, rule: Rule, why: Unknown, place: Place) -> None:
        self.reporter.undecided(rule.id, self.source, str(why), place, why.remedy)

    def _breaches(self, item: Any, view: EnvelopeView, place: Place) -> Iterator[Breach]:
        """Yield what is wrong by a rule; say so when it cannot be decided."""
        try:
            if item.when is None or item.when(view):
                for check in item.checks:
                    yield from check.breaches(view)
        except Unknown as problem:
            self._undecided(item.rule, problem, place)

    def _holds(self, when: Condition | None, view: EnvelopeView, rule: Rule, place: Place) -> bool:
        try:
            return when is None or when(view)
        except Unknown as problem:
            self._undecided(rule, problem, place)
            return False

    # Findings

    def _at(self, level: str, rule: Rule, operator: str, breach: Breach) -> None:
        """Report a breach at the header that it is about."""
        element = envelope_element(breach.path)
        outside = element is None and is_context(breach.path)
        code = "P124" if operator == "unique" else "P126" if operator == "lookup" else "P106"
        segment = element.segment if element else level
        self._add(
            segment if segment in ("ISA", "GS") else "ISA",
            "P129" if outside else code,
            rule,
            element=element.ref if element else None,
            expected=_sentence(breach.expected),
            note=_DUPLICATE if (code, breach.path) == ("P124", "ISA13") else None,
        )

    def _add(self, level: str, code: str, rule: Rule, **fields: Any) -> None:
        note = str(rule.expect.get("TA1", ""))
        self.envelopes.report(
            level,
            code,
            segment=level,
            source=self.source,
            severity=rule.severity,
            note=note if note.isdigit() else fields.pop("note", None),
            rule=_said(rule),
            by=_named(rule),
            **{name: value for name, value in fields.items() if name != "note"},
        )

    # Separators, counts

    def _separators(self, rules: RuleSet, view: EnvelopeView) -> None:
        place = self._place_of("ISA")
        marks = place.block.delimiters
        assert marks is not None
        for item in rules.delimiters:
            if self._is_new(item, self._interchanges) and self._holds(
                item.when, view, item.rule, place
            ):
                for ref, expected, note in separator_faults(item.argument, marks):
                    self._add(
                        "ISA",
                        "P121",
                        item.rule,
                        element=ref if len(ref) > 3 else None,
                        expected=_sentence(expected),
                        note=note,
                    )

    def _count_begun(self, item: CountRule, view: EnvelopeView) -> None:
        """Report, once in its scope, that too many interchanges or groups have begun."""
        told = self.around.memory(item, item.per)
        if item.high is None or self._begun[item.of, item.per] <= item.high or "told" in told:
            return
        if self._holds(item.when, view, item.rule, self._place_of(item.of)):
            told["told"] = True
            self._add(item.of, "P123", item.rule, expected=_at_most(item))

    def _count_set(self, item: CountRule, place: Place) -> None:
        """Count a set; report the first that is too much."""
        counts = self.around.memory(item, item.per)
        number = counts["count"] = counts.get("count", 0) + 1
        if item.high is None or number != item.high + 1:
            return
        if not self._holds(item.when, self._view(), item.rule, place):
            return
        self.reporter.add(
            "P123",
            place,
            segment="ST",
            source=self.source,
            severity=item.rule.severity,
            expected=_at_most(item),
            rule=_said(item.rule),
            by=_named(item.rule),
        )

    # Characters

    def scan(self, block: Block) -> dict[int, list[tuple[Characters, int]]]:
        """Return the characters of a block that the partner does not take, by segment index."""
        if self._characters is None:
            self._characters = list(self._read_characters())
        found: dict[int, list[tuple[Characters, int]]] = {}
        for item in self._characters:
            for index, element in item.hits(block):
                found.setdefault(index, []).append((item, element))
        return found

    def _read_characters(self) -> Iterator[Characters]:
        view = self._view()
        for rule in self._rules:
            anywhere = evolve(rule, kinds=(), transactions=(), versions=())
            for item in read_rules((anywhere,), "", "", "", "", {}).charset:
                try:
                    if item.when is None or item.when(view):
                        asked = item.argument.items()
                        given = {name: resolve(value, view) for name, value in asked}
                        if characters := read_characters(rule, given):
                            yield characters
                except Unknown as problem:
                    # Told when the first set begins: there is no place to tell it at yet.
                    self._late.append((rule, problem))

    def characters(self, found: Characters, element: int, segment: str, place: Place) -> None:
        """Report a character, if its rule speaks of the open set."""
        rules = self._last
        rule = found.rule
        if rules is not None and not any(item.rule.id == rule.id for item in rules.charset):
            return
        if rules is None and (rule.transactions or rule.kinds):
            return
        self.reporter.add(
            "P122",
            place,
            segment=segment,
            element=f"{segment}{element:02}" if element else None,
            source=self.source,
            severity=rule.severity,
            expected=f"it takes {found.words}",
            rule=_said(rule),
            by=_named(rule),
        )

    # The file

    def ends(self, size: int) -> None:
        """Judge what is about the file as a whole."""
        if self._first is None:
            return
        view = self._view()
        self.around.known = {"@file.bytes": size, **self.around.known}
        done: set[str] = set()
        for rules in self._spoken.values():
            for item in rules.envelope:
                if item.level == FILE and item.rule.id not in done:
                    done.add(item.rule.id)
                    for breach in self._breaches(item, view, self._first):
                        self._about_file(item.rule, breach.expected)
            for plain in rules.file:
                if plain.rule.id not in done:
                    done.add(plain.rule.id)
                    self._judge_file(plain, view)
            for count in rules.counts:
                self._too_few(count, view)

    def _judge_file(self, item: PlainRule, view: EnvelopeView) -> None:
        assert self._first is not None
        try:
            if item.when is None or item.when(view):
                for expected in file_faults(item.argument, view, item.rule):
                    self._about_file(item.rule, expected)
        except Unknown as problem:
            self._undecided(item.rule, problem, self._first)

    def _too_few(self, item: CountRule, view: EnvelopeView) -> None:
        if item.low and item.per == FILE and self._is_new(item, 0):
            found = self._begun[item.of, FILE]
            if item.of == "ST":
                found = self.around.memory(item, item.per).get("count", 0)
            if found < item.low:
                self._about_file(
                    item.rule, f"there must be {item.low} {_COUNTED[item.of]} in one file"
                )

    def _about_file(self, rule: Rule, expected: str) -> None:
        assert self._first is not None
        self.reporter.interchange = self.reporter.group = self.reporter.transaction = None
        self.reporter.add(
            "P129",
            self._first,
            source=self.source,
            severity=rule.severity,
            expected=_sentence(expected),
            rule=_said(rule),
            by=_named(rule),
        )


def _of_envelope(profile: Profile) -> Iterator[Rule]:
    """Yield the rules that the section `envelope` of a profile amounts to."""
    asked = {ref: value for ref, value in profile.envelope.items() if is_context(value)}
    for operator, argument in (
        ("equals", asked),
        ("choose", profile.choose),
        ("delimiters", profile.delimiters),
    ):
        if argument:
            source = str(profile.source.get("title", profile.id))
            yield Rule(
                id=f"envelope-{operator}",
                body={operator: argument},
                source=source,
                layer=profile.id,
                where=f"{profile.path.name if profile.path else profile.id}, envelope",
            )


def _said(rule: Rule) -> str:
    return quoted(rule.id, rule.source, rule.message, expected_answer(rule.expect))


def _at_most(item: CountRule) -> str:
    scope = item.per.removeprefix("@")
    most = "one " + _COUNTED[item.of][:-1] if item.high == 1 else f"{item.high} {_COUNTED[item.of]}"
    return f"There may be at most {most} in one {scope}"


def _named(rule: Rule) -> RuleRef:
    return RuleRef(id=rule.id, source=rule.source, expect=rule.expect)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
