"""Interchanges and functional groups: their headers, trailers, counts and control numbers.

Envelope segments are few, so they are taken one by one. A fault belongs to the level where it was
found: what is wrong with a GE is an error of its group, not of the sets in it.
"""

import re
from functools import lru_cache

from x12_pa.guides import Guide, Profile, SegmentUse
from x12_pa.guides.index import control_segments, interchange_versions
from x12_pa.guides.patterns import segment_pattern
from x12_pa.syntax import Block, Delimiters
from x12_pa.validation.elements import examine, wanted
from x12_pa.validation.flat import Seen
from x12_pa.validation.report import Place, Reporter
from x12_pa.validation.results import FileResult, GroupResult, InterchangeResult, RuleRef

_PADDED = {2: 10, 4: 10, 6: 15, 8: 15}
_PARTNERS = (6, 8)
_NO_REPETITION = "U"  # ISA11 of 4010, where nothing is repeated
_COUNT_WIDTH = 10  # of data element 96


@lru_cache(maxsize=64)
def _pattern(use: SegmentUse, marks: Delimiters) -> re.Pattern[str]:
    return segment_pattern(use, marks)


def fits_control(use: SegmentUse, text: str, marks: Delimiters) -> bool:
    """Tell whether a control segment is as its use says; files have few kinds of separators."""
    return _pattern(use, marks).fullmatch(text) is not None


class Envelopes:
    """Which interchange and which group of a file are open, and what is wrong with them."""

    def __init__(self, profile: Profile | None, reporter: Reporter, result: FileResult) -> None:
        """Start before the first interchange."""
        self.profile = profile
        self.reporter = reporter
        self.result = result
        self.interchange: InterchangeResult | None = None
        self.group: GroupResult | None = None
        self.indented = False
        self._headless, self._lost_groups = "", 0
        self._unclosed = False
        self.headers: dict[str, list[str]] = {}
        self.places: dict[str, Place] = {}
        self.sets_seen = Seen()
        self.named_otherwise = False
        self._interchanges_seen: dict[tuple[str, ...], Seen] = {}
        self._groups_seen = Seen()
        self._kinds: set[str] = set()
        self._group_at: Place
        self._isa_at: Place
        self._version = ""

    def open_interchange(self, block: Block, index: int, parts: list[str]) -> None:
        """Take an ISA."""
        self.end_interchange(block, index)
        parts = [*parts, *[""] * (17 - len(parts))]
        self.headers = {"ISA": parts}
        self.places = {"ISA": Place(block, index)}
        found = InterchangeResult(
            control=parts[13],
            sender=parts[6].strip(),
            receiver=parts[8].strip(),
            usage=parts[15],
            sender_qualifier=parts[5],
            receiver_qualifier=parts[7],
            date=parts[9],
            time=parts[10],
            ack_requested=parts[14] == "1",
        )
        found.offset, found.line = block.locate(index)
        self.result.interchanges.append(found)
        self.interchange, self._groups_seen = found, Seen()
        self._headless, self._lost_groups = "", 0
        self._isa_at, self._version = Place(block, index), parts[12]
        self.indented = False
        self.reporter.interchange = parts[13]
        self._check_isa(block, index, parts)
        if self._interchanges_seen.setdefault(tuple(parts[5:9]), Seen()).again(parts[13]):
            self._at_interchange("X107", block, index, segment="ISA", element="ISA13")

    def _check_isa(self, block: Block, index: int, parts: list[str]) -> None:
        marks = block.delimiters
        assert marks is not None
        text = marks.element.join(parts[:17])
        if len(text) != 105:
            self._at_interchange("X102", block, index, segment="ISA", found=len(text) + 1)
        padded = [part.ljust(_PADDED.get(n, 0)) for n, part in enumerate(parts[:16])]
        # ISA11 and ISA16 are the separators themselves; `syntax` has judged them.
        padded[11] = "U" if not marks.repetition else "."
        use = control_segments()["ISA"]
        text = marks.element.join([*padded, "."])
        faults = () if fits_control(use, text, marks) else examine(use, text, marks)
        for fault in faults:
            # An older ISA12 is judged when the group tells which version it is of.
            if fault.number == 12 and fault.value in interchange_versions():
                continue
            if fault.number not in (11, 16) and fault.number not in _PADDED:
                self._at_interchange(
                    "X103",
                    block,
                    index,
                    segment="ISA",
                    element=f"ISA{fault.number:02}",
                    value=fault.value,
                    ref=f"ISA{fault.number:02}",
                    expected=wanted(fault),
                )
        asked = {f"ISA{n:02}": "a value" for n in _PARTNERS if not parts[n].strip()}
        if parts[11].isalnum() and parts[11] != _NO_REPETITION:
            asked["ISA11"] = "a separator, no letter or digit"
        for ref, expected in asked.items():
            self._at_interchange(
                "X103", block, index, segment="ISA", element=ref, ref=ref, expected=expected
            )
        self._check_asked(block, index, "ISA", parts)

    def _check_asked(self, block: Block, index: int, name: str, parts: list[str]) -> None:
        """Check the envelope values that a profile asks of what is sent to the payer."""
        asked = self.profile.envelope if self.profile else {}
        if self.profile is None or parts[0] != name or self._from_payer():
            return
        for ref, value in asked.items():
            number = int(ref[-2:])
            if value.startswith(("@", "$")):
                continue
            if ref[:-2] == name and number < len(parts) and parts[number].strip() != value:
                self._at_interchange(
                    "P106",
                    block,
                    index,
                    segment=name,
                    element=ref,
                    ref=ref,
                    expected=f"{ref} must be {value}, as the payer asks",
                    source=f"profile:{self.profile.id}",
                    by=RuleRef(id=f"envelope-{ref}", source=self.profile.asked[ref].source),
                )

    def _from_payer(self) -> bool:
        """Tell whether the open interchange was sent by the payer of the profile."""
        payer = self.profile.envelope.get("ISA08") if self.profile else None
        return bool(payer and self.interchange and self.interchange.sender == payer)

    def report(self, level: str, code: str, **fields: object) -> None:
        """Report a fault of the open interchange (`ISA`) or group (`GS`) at its header."""
        place, group, control = self.places[level], self.group, self.reporter.group
        transaction = self.reporter.transaction
        if level == "ISA":
            self._at_interchange(code, place.block, place.index, **fields)
        else:
            self._at_group(code, place.block, place.index, **fields)
        self.group, self.reporter.group = group, control
        self.reporter.transaction = transaction

    def _at_interchange(self, code: str, block: Block, index: int, **fields: object) -> None:
        before = self.reporter.errors
        self.reporter.group = self.reporter.transaction = None
        self.reporter.add(code, Place(block, index), **fields)  # type: ignore[arg-type]
        if self.interchange is not None:
            self.interchange.errors += self.reporter.errors - before

    def close_interchange(self, block: Block, index: int, parts: list[str]) -> None:
        """Take an IEA."""
        self.end_group(block, index)
        found = self.interchange
        if found is None:
            return
        count, control = [*parts, "", ""][1:3]
        groups = len(found.groups)
        # A number without its form is told already; what it should repeat is anybody's guess.
        if control.strip() != found.control.strip() and _is_control("ISA", 13, found.control):
            self._at_interchange("X105", block, index, segment="IEA", element="IEA02")
        right = number(count) in (groups, groups + self._lost_groups) or (
            found.ta1_only and count.strip() == "1"
        )
        if not right:
            self._at_interchange(
                "X106",
                block,
                index,
                segment="IEA",
                element="IEA01",
                value=count,
                found=count or "nothing",
                expected=groups,
            )
        found.settle()
        self.interchange = None

    def end_interchange(self, block: Block, index: int, inside: str | None = None) -> None:
        """End an interchange that has no IEA; what is open in it ends there too.

        Args:
            inside: ST02 of the set that is open, or None.
        """
        self._unclosed = False
        found, group = self.interchange, self.group
        if found is None:
            return
        where, missing = "", ["IEA"]
        if group is not None:
            where, missing = f" inside group {group.control}", ["GE", *missing]
            group.complete, self.group = False, None
        if inside is not None:
            where, missing = f" inside transaction set {inside}", ["SE", *missing]
        names = " and ".join(filter(None, [", ".join(missing[:-1]), missing[-1]]))
        self._at_interchange("X104", block, index, segment="IEA", where=where, missing=names)
        found.settle()
        self.interchange = None

    def stray(self, block: Block, index: int, segment: str, allowed: str) -> None:
        """Report a segment that stands where no envelope allows it.

        A lost GS or ST is told once, at the first segment that misses it, and not by counts.
        """
        if self.group is None and segment == "ST":
            if self._headless == "GS":
                return
            self._headless, self._lost_groups = "GS", self._lost_groups + 1
        elif self.group is not None and segment != "TA1":
            self._headless = "ST"
        group, control = self.group, self.reporter.group
        self._at_interchange("X109", block, index, segment=segment, expected=allowed)
        self.group, self.reporter.group = group, control

    def check_kind(self, guide: Guide) -> None:
        """Check that GS01 is what the guide of a set asks for; said once for a group and kind."""
        group, known = self.group, control_segments()["GS"].elements[0].codes or ()
        if group is None or group.functional_id not in known or guide.functional_id in self._kinds:
            return
        self._kinds.add(guide.functional_id)
        if group.functional_id != guide.functional_id:
            self._at_group(
                "X116",
                self._group_at.block,
                self._group_at.index,
                segment="GS",
                element="GS01",
                value=group.functional_id,
                found=group.functional_id,
                expected=f"{guide.id} set belongs in {guide.functional_id}",
            )

    def is_late_trailer(self, text: str) -> bool:
        """Tell whether text after an IEA is the GE that was told as missing before it."""
        late = text.startswith("GE") and self._unclosed
        self._unclosed = False
        return late

    def ta1(self, block: Block, index: int, parts: list[str]) -> None:
        """Take a TA1."""
        marks = block.delimiters
        assert marks is not None
        if self.interchange is None or self.group is not None:
            self.stray(block, index, "TA1", "ST or GE" if self.group else "ISA")
            return
        self.interchange.ta1_only = not self.interchange.groups
        use, text = control_segments()["TA1"], block.texts[index]
        if not fits_control(use, text, marks):
            before = self.reporter.errors
            for fault in examine(use, text, marks):
                self.reporter.fault(fault, use, text, Place(block, index))
            self.interchange.errors += self.reporter.errors - before

    def open_group(self, block: Block, index: int, parts: list[str]) -> None:
        """Take a GS."""
        self.end_group(block, index)
        if self.interchange is None:
            self.stray(block, index, "GS", "ISA")
            return
        marks = block.delimiters
        assert marks is not None
        parts = [*parts, *[""] * (9 - len(parts))]
        self.headers["GS"], self.places["GS"] = parts, Place(block, index)
        found = GroupResult(
            control=parts[6],
            functional_id=parts[1],
            version=parts[8],
            sender=parts[2],
            receiver=parts[3],
            faulty=0,
        )
        self.interchange.groups.append(found)
        self._headless = ""
        self.interchange.ta1_only = False
        self.group, self.sets_seen = found, Seen()
        self._group_at, self.named_otherwise = Place(block, index), False
        self._check_version(parts[8])
        self._kinds = set()
        self.reporter.group = found.control
        use, text = control_segments()["GS"], block.texts[index]
        if not fits_control(use, text, marks):
            for fault in examine(use, text, marks):
                ref = f"GS{fault.number:02}"
                # That no set agrees with a wrong GS08 says nothing more.
                self.named_otherwise |= fault.number == 8
                self._at_group(
                    "X111",
                    block,
                    index,
                    segment="GS",
                    element=ref,
                    ref=ref,
                    value=fault.value,
                    expected=wanted(fault),
                )
        self._check_asked(block, index, "GS", parts)
        self.reporter.group = found.control
        if self._groups_seen.again(found.control):
            self._at_group("X115", block, index, segment="GS", element="GS06")

    def _check_version(self, guide: str) -> None:
        """Check that ISA12 is the version of the guides in the groups; said once."""
        asked = f"00{guide[2:5]}"
        if self._version != asked and {self._version, asked} <= interchange_versions():
            self._at_interchange(
                "X103",
                self._isa_at.block,
                self._isa_at.index,
                segment="ISA",
                element="ISA12",
                value=self._version,
                ref="ISA12",
                expected=asked,
            )
            self._version = asked

    def _at_group(self, code: str, block: Block, index: int, **fields: object) -> None:
        before = self.reporter.errors
        self.reporter.transaction = None
        self.reporter.add(code, Place(block, index), **fields)  # type: ignore[arg-type]
        if self.group is not None:
            self.group.errors += self.reporter.errors - before

    def close_group(self, block: Block, index: int, parts: list[str]) -> None:
        """Take a GE."""
        found = self.group
        if found is None:
            # The GE of a group whose GS is lost: that was told at its first set.
            if self._headless != "GS":
                self.stray(block, index, "GE", "GS or IEA")
            return
        count, control = [*parts, "", ""][1:3]
        found.announced = number(count)
        sets = len(found.transactions)
        if control.strip() != found.control.strip() and _is_control("GS", 6, found.control):
            self._at_group("X113", block, index, segment="GE", element="GE02")
        if found.announced not in (sets, sets + (self._headless == "ST")):
            self._at_group(
                "X114",
                block,
                index,
                segment="GE",
                element="GE01",
                value=count,
                found=count or "nothing",
                expected=sets,
            )
        found.settle()
        self.group = self.reporter.group = None

    def end_group(self, block: Block, index: int) -> None:
        """End a group that has no GE."""
        if self.group is not None:
            self.group.complete, self._unclosed = False, True
            self._at_group("X112", block, index, segment="GE")
            self.group.settle()
            self.group = self.reporter.group = None


def is_count(text: str) -> bool:
    """Tell whether SE01 is a number at all; if not, that was reported as a fault of the element."""
    return text.strip().lstrip("-").isdecimal() and len(text) <= _COUNT_WIDTH


def _is_control(segment: str, place: int, control: str) -> bool:
    """Tell whether the control number of a header has the form that it must have."""
    use = control_segments()[segment].elements[place - 1]
    return control.strip().isdecimal() and use.min <= len(control.strip()) <= use.max


def number(text: str) -> int | None:
    """Return a count or control number as a number, or None when it is none."""
    text = text.strip()
    return int(text) if text.isdecimal() and len(text) < 12 else None
