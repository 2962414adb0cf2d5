"""Against other validators: every disagreement has a row that says who is right, and why.

Two tables. `VALID` explains peers that refuse a set that was generated from our guide, by what they
say first. `MUTANTS` explains peers that accept a single defect that we reject, by the kind of the
defect. A disagreement without a row fails the test: it is a defect somewhere, or a new row.
"""

import re
from collections.abc import Callable, Iterator
from random import Random

import pytest
from attrs import frozen

from tests.trust import element_mutations, envelope_mutations, structure_mutations
from tests.trust.generator import Sample, file_of, generate
from tests.trust.lines import recount
from tests.trust.mutations import KINDS
from tests.trust.peers import Verdict, pyx12_verdict, x12sdk_verdict
from x12_pa.guides import Guide, find_guide, load_guide
from x12_pa.validation import validate

MODULES = (element_mutations, envelope_mutations, structure_mutations)
OURS, THEIRS, BOTH = "ours", "theirs", "both can be meant"
# Of all defects these are worth a megabyte or more; peers read them one by one for seconds.
SLOW = frozenset({"endless-segment"})


@frozen
class Row:
    """One class of disagreement.

    Attributes:
        peer: `pyx12` or `x12sdk`.
        what: for valid sets an expression on the peer's first reason; for mutants their kind.
        right: who is right.
        only: the one guide that the row is about, where the peer is right in others.
    """

    peer: str
    what: str
    right: str
    why: str
    only: str | None = None


VALID = (
    Row("pyx12", r"Attachment Transmission Code \(PWK02\)|Segment PWK exceeded", OURS,
        "837P 2400 has two PWK that share CT in PWK01; pyx12 takes the first for both"),
    Row("pyx12", r"\(31\) is not a valid code for .*BHT06", OURS,
        "837P BHT06 = 31, subrogation demand, is in the table of a second source"),
    Row("pyx12", r"Segment HL\*\d+\*\d+\*23\*\d not found", OURS,
        "a patient's level may follow claims of the subscriber; pyx12's 837P map takes it, its "
        "837I map does not"),
    Row("pyx12", r"Segment CTX\*[^*]*\^", OURS,
        "pyx12 does not split CTX01 at the repetition mark"),
    Row("pyx12", r"CRASH IndexError", OURS, "a composite that has repetitions stops pyx12"),
    Row("pyx12", r"Loop FOOTER exceeded max count", OURS,
        "the wrapper loop around PLB and SE is pyx12's own; PLB may stand several times"),
    Row("pyx12", r"Segment \w+\*.* not found|Mandatory loop .* missing|exceeded max count", OURS,
        "loops of one position may come in any order; pyx12 wants that of its map"),
    Row("x12sdk", r"service_type_code\.\d", OURS,
        "a 270 asks by EQ01 or by EQ02; EQ01 may be empty"),
    Row("x12sdk", r"submitter_transactional_identifier", OURS,
        "BHT03 is situational in 270 and 271: required in real time only"),
    Row("x12sdk", r"prv_segment\.reference_identification", OURS,
        "PRV02 and PRV03 are situational"),
    Row("x12sdk", r"dtp_segment", OURS, "DTP of 2100C and 2100D may stand twice"),
    Row("x12sdk", r"nm1_segment\.name_(last|first)", OURS,
        "NM103 and NM104 are situational in 2100B, 2100C and 2100D"),
    Row("x12sdk", r"SE segment count", OURS,
        "x12sdk keeps one of several segments and then counts what it kept"),
    Row("x12sdk", r"mpi_segment .*date_time_period", OURS,
        "MPI06 and MPI07 are both there, as P0607 wants; x12sdk misses one"),
    Row("x12sdk", r"hierarchical_child_code", OURS,
        "HL04 = 0 in 2000A of a 271: a source that answers AAA returns no level below"),
    Row("x12sdk", r"reject_reason_code|gender_code|information_status_code", OURS,
        "x12sdk's lists lack codes that three sources have for this place, such as DMG03 = U"),
    Row("x12sdk", r"reference_identification_qualifier", BOTH,
        "REF01 lists of 270 and 271 differ between sources; ours holds what three agree on"),
    Row("x12sdk", r"Duplicate ref_segment", BOTH,
        "x12sdk wants each REF01 once; the guide's maximum is all that our sources tell"),
    Row("x12sdk", r"name_first is required", THEIRS,
        "a situational rule on NM104 that our tables do not hold"),
    Row("x12sdk", r"trn_segment List should have at most 2", OURS,
        "2000C and 2000D of a 271 have up to three TRN; x12sdk stops at the two of a 270"),
    Row("x12sdk", r"eb_segment\.quantity_qualifier", OURS,
        "EB09 is a code, such as VS; x12sdk wants a number there"),
    Row("x12sdk", r"CRASH", OURS, "x12sdk's parser fails on a second level or an odd order"),
)  # fmt: skip

_ENVELOPE = "x12sdk reads envelopes for separators and version only and throws them away"
_ELSEWHERE = "x12sdk does not compare the number with anything"
MUTANTS = (
    Row("pyx12", "wrong-npi-check-digit", OURS, "pyx12 checks no check digits"),
    Row("pyx12", "npi-of-nine-digits", OURS, "pyx12 checks no check digits"),
    Row("pyx12", "claim-total-off-by-a-cent", OURS, "pyx12 does not add up"),
    Row("pyx12", "payment-of-another-payer-off-by-a-cent", OURS, "pyx12 does not add up"),
    Row("pyx12", "range-that-runs-backwards", OURS, "pyx12 checks both dates, not their order"),
    Row("pyx12", "range-where-a-day-is-announced", OURS,
        "pyx12 does not read a composite's format qualifier"),
    Row("pyx12", "day-where-a-range-is-announced", OURS,
        "pyx12 does not read a composite's format qualifier"),
    Row("pyx12", "impossible-date-of-a-qualifier", BOTH,
        "pyx12 does not check dates in composites (ours right) and takes the year 2601, which we "
        "refuse as a slip"),
    Row("pyx12", "extra-repetition", OURS, "pyx12 takes a repetition mark for text"),
    Row("pyx12", "text-too-long", OURS, "lengths of the guide below those of the dictionary"),
    Row("pyx12", "number-too-long", OURS, "lengths of the guide below those of the dictionary"),
    Row("pyx12", "drop-required-component", OURS,
        "pyx12 takes a composite without its first component for absent"),
    Row("pyx12", "drop-required-segment", OURS,
        "pyx12 does not look for the rest of a loop when its next instance begins (IK5 of a 999)"),
    Row("pyx12", "drop-required-loop", OURS,
        "nor for a loop: an LX of an 835 whose claims (CLP) are missing", only="835"),
    Row("pyx12", "drop-required-element", OURS,
        "IK304 is required in two of three sources; pyx12's map has it situational", only="999"),
    Row("pyx12", "level-that-denies-or-invents-levels-below", OURS,
        "pyx12 does not compare HL04 with the levels that come"),
    Row("pyx12", "unknown-set", OURS, "pyx12 chooses its map by GS08 and passes over ST01"),
    Row("pyx12", "wrong-convention", OURS, "pyx12 chooses its map by GS08 and passes over ST03"),
    Row("pyx12", "stray-segment-before-the-set", OURS,
        "pyx12 does not say that a segment between GS and ST was lost"),
    *(Row("x12sdk", kind, OURS, _ENVELOPE) for kind in (
        "wrong-set-count", "group-control-number-not-repeated", "wrong-group-count",
        "interchange-control-number-not-repeated", "same-set-control-number-twice",
        "same-group-control-number-twice", "same-interchange-control-number-twice",
        "cut-inside-a-set", "cut-inside-a-group", "cut-before-the-end", "set-without-its-end",
        "group-without-its-end", "group-of-another-kind", "group-of-an-unknown-kind",
        "group-with-an-impossible-date", "group-without-its-receiver", "unknown-usage-indicator",
        "interchange-with-an-impossible-date", "interchange-control-number-with-letters",
        "interchange-without-an-element", "stray-segment-after-the-group", "wrong-convention",
    )),
    Row("x12sdk", "set-control-number-not-repeated", OURS, _ELSEWHERE),
    Row("x12sdk", "level-number-with-a-gap", OURS, _ELSEWHERE),
    Row("x12sdk", "level-number-that-is-no-number", OURS, _ELSEWHERE),
    Row("x12sdk", "level-that-denies-or-invents-levels-below", OURS, _ELSEWHERE),
    Row("x12sdk", "wrong-npi-check-digit", OURS, "x12sdk checks no check digits"),
    Row("x12sdk", "npi-of-nine-digits", OURS, "x12sdk checks no check digits"),
    Row("x12sdk", "impossible-time", OURS, "x12sdk keeps times as text"),
    Row("x12sdk", "control-character", OURS, "x12sdk looks at no characters"),
    Row("x12sdk", "component-in-a-simple-element", OURS, "x12sdk takes the mark for text"),
    Row("x12sdk", "extra-repetition", OURS, "x12sdk takes the mark for text"),
    Row("x12sdk", "range-that-runs-backwards", OURS, "x12sdk does not compare the two dates"),
    Row("x12sdk", "text-too-long", OURS, "lengths that x12sdk leaves open"),
    Row("x12sdk", "text-too-short", OURS, "lengths that x12sdk leaves open"),
    Row("x12sdk", "not-used-element", OURS, "x12sdk has elements that the guide does not use"),
    Row("x12sdk", "unknown-qualifier", OURS, "lists that x12sdk leaves open"),
    Row("x12sdk", "range-where-a-day-is-announced", OURS,
        "x12sdk compares a date with its format qualifier in some segments only"),
    Row("x12sdk", "exclusion-note", OURS, "syntax notes that x12sdk does not have"),
    Row("x12sdk", "conditional-note", OURS, "syntax notes that x12sdk does not have"),
    Row("x12sdk", "paired-note", OURS, "syntax notes that x12sdk does not have"),
    *(Row("x12sdk", kind, OURS, "x12sdk takes the composites of HI and EB for text") for kind in (
        "drop-required-component", "extra-component", "not-used-component", "unknown-code",
    )),
    Row("x12sdk", "words-for-a-number", OURS, "in EB14, a composite, which x12sdk takes for text"),
    Row("x12sdk", "code-in-small-letters", OURS, "lists that x12sdk leaves open (NM108, HI)"),
    Row("x12sdk", "unknown-code-as-qualifier-of-a-date-or-identifier", OURS,
        "lists that x12sdk leaves open (NM108)"),
    Row("x12sdk", "number-too-long", OURS, "lengths that x12sdk leaves open"),
    Row("x12sdk", "point-in-a-whole-number", OURS, "x12sdk reads whole numbers as decimals"),
    Row("x12sdk", "impossible-date-of-a-qualifier", BOTH,
        "the year 2601 is a date for x12sdk; we refuse it as a slip"),
    Row("x12sdk", "drop-required-segment", OURS,
        "an LE is required behind its LS; x12sdk reads on without one", only="271"),
    Row("x12sdk", "drop-required-element", OURS,
        "INS17 is what an INS of a 270 is sent for; x12sdk leaves it open", only="270"),
    Row("x12sdk", "segment-after-its-place", OURS,
        "x12sdk collects the segments of a loop in any order"),
    Row("x12sdk", "segment-once-too-often", OURS, "x12sdk keeps one of several, and says nothing"),
    Row("x12sdk", "loop-once-too-often", OURS, "x12sdk keeps one of several, and says nothing"),
)  # fmt: skip

Ask = Callable[[bytes], Verdict]
PEERS: dict[str, Ask] = {"pyx12": pyx12_verdict, "x12sdk": x12sdk_verdict}
GUIDES = {
    "837P": "pyx12", "837I": "pyx12", "999": "pyx12", "835": "pyx12",
    "270": "x12sdk", "271": "x12sdk",
}  # fmt: skip
WEIGHTS = (0.0, 0.2, 0.35, 0.6)
FULLER = (0.25, 0.35)


def _guide(name: str) -> Guide:
    if name != "835":
        return load_guide(name)
    found = find_guide(set_id="835", version="005010X221A1", functional_id="HP")
    assert found is not None
    return found


def _samples(name: str, count: int, *, ordered: bool, first: int = 0) -> Iterator[Sample]:
    for seed in range(first, first + count):
        # A 271 of a source alone refuses everything, which x12sdk does not take: rarely so.
        weights = WEIGHTS if name != "271" else FULLER
        sample = generate(_guide(name), seed, weights[seed % len(weights)], ordered=ordered)
        if GUIDES[name] == "x12sdk":
            _make_common(sample)
        yield sample


def _make_common(sample: Sample) -> None:
    """Fill what x12sdk always wants and drop what it never takes, so that many sets pass it."""
    once: set[tuple[int, str, str]] = set()
    for line in list(sample.lines):
        name, values = line.use.id, line.values
        if name == "BHT":
            values[2] = values[2] or "REQUEST0001"
        elif name == "NM1" and line.use.elements[2].usage != "N":
            values += [""] * (4 - len(values))
            values[2] = values[2] or "TESTER"
            values[1] = "1" if values[0] == "IL" else values[1]
            if values[1] == "1" and line.use.elements[3].usage != "N":
                values[3] = values[3] or "ALPHA"
        elif name == "EQ":
            values[:] = ["30"]
        elif name == "PRV":
            values += [""] * (3 - len(values))
            values[1:3] = ["PXC", "207Q00000X"]
        elif name in ("DTP", "REF"):
            key = (id(line.home), name, values[0] if name == "REF" else "")
            if key in once:
                sample.lines.remove(line)
            once.add(key)
    recount(sample.lines)


def _unexplained_refusals(name: str, samples: Iterator[Sample]) -> list[str]:
    peer = GUIDES[name]
    rows = [row for row in VALID if row.peer == peer]
    found = []
    for sample in samples:
        data = file_of(sample)
        assert validate(data).accepted
        verdict = PEERS[peer](data)
        first = next(iter(verdict.reasons), "")
        if not verdict.accepted and not any(re.search(row.what, first) for row in rows):
            found.append(f"{name} {sample.seed}: {first}")
    return found


def _unexplained_acceptances(
    name: str, samples: Iterator[Sample], *, enough: int | None = None
) -> tuple[list[str], int]:
    """Return what a peer accepts without a row, and how many samples it was asked about.

    It is asked about mutants of valid sets that it accepts itself, `enough` of them.
    """
    peer = GUIDES[name]
    rows = {row.what for row in MUTANTS if row.peer == peer and row.only in (None, name)}
    found, asked = [], 0
    for sample in samples:
        if asked == enough:
            break
        if not PEERS[peer](file_of(sample)).accepted:
            continue
        asked += 1
        for kind in sorted(set(KINDS) - SLOW):
            mutant = KINDS[kind](sample, Random(f"{name} {sample.seed} {kind}"))
            if mutant is None:
                continue
            if kind not in rows and PEERS[peer](mutant.data).accepted:
                found.append(f"{name} {sample.seed} {kind}: accepted by {peer}")
    return found, asked


@pytest.mark.parametrize("name", GUIDES)
def test_what_peers_refuse_of_valid_sets_is_explained(name):
    assert _unexplained_refusals(name, _samples(name, 12, ordered=True)) == []


@pytest.mark.long
@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize("name", GUIDES)
def test_what_peers_refuse_of_many_valid_sets_is_explained(name, ordered):
    samples = _samples(name, 300, ordered=ordered, first=100)
    assert _unexplained_refusals(name, samples) == []


@pytest.mark.parametrize("name", GUIDES)
def test_what_peers_accept_of_mutants_is_explained(name):
    found, asked = _unexplained_acceptances(name, _samples(name, 40, ordered=True), enough=2)
    assert found == []
    assert asked == 2, "the peer refuses the valid sets, so it was asked nothing"


@pytest.mark.long
@pytest.mark.parametrize("name", GUIDES)
def test_what_peers_accept_of_many_mutants_is_explained(name):
    found, asked = _unexplained_acceptances(name, _samples(name, 120, ordered=True, first=10))
    assert found == []
    assert asked > 5, "the peer refuses most valid sets, so it was asked nearly nothing"


def test_every_row_names_a_known_kind_of_mutant():
    assert {row.what for row in MUTANTS} <= set(KINDS)
