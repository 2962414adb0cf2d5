"""Guides from pyx12's maps: read by the same compiler, with the verdicts that pyx12 gives."""

import io
import json
import logging
import random
import subprocess
import sys

import pytest
from pyx12.params import params
from pyx12.x12n_document import x12n_document

from tests.guides.foreign_specimens import BODIES, altered, specimen, wrap
from x12_pa.guides import SegmentUse, foreign, load_guide, program_for
from x12_pa.guides.index import foreign_keys
from x12_pa.syntax import DEFAULT_DELIMITERS
from x12_pa.validation import validate

SEEDED = {
    "835": [
        ("CLP*CLM000001*1*", "CLP*CLM000001*77*", "X215", "CLP02"),
        ("NM1*QC*1*TESTER*BRAVO****MI*MBR000101\n", "", "X203", None),
        ("DTM*405*20261119", "DTM*405*20261350", "X216", "DTM02"),
        ("CAS*PR*3*50", "CAS*PR*3*FIFTY", "X224", "CAS03"),
    ],
    "834": [
        ("INS*Y*18", "INS*Q*18", "X215", "INS01"),
        ("REF*0F*MBR000101\n", "", "X203", None),
        ("DMG*D8*19470202", "DMG*D8*19471302", "X216", "DMG02"),
    ],
    "820": [("RMR*AZ*POLICY1", "RMR*AZ*" + "P" * 60, "X213", "RMR02")],
    "277": [
        ("TRN*2*TRACE001\n", "", "X203", None),
        ("HL*4*3*22", "HL*4*9*22", "X232", "HL02"),
        ("DTP*472*D8", "DTP*472*D9", "X215", "DTP02"),
    ],
    "276-4010": [("DMG*D8*19470202", "DMG*D8*19470299", "X216", "DMG02")],
    "277-4010": [("*20261120*CHK*", "*20261120*ZZZ*", "X215", "STC07")],
}


def pyx12_accepts(text):
    """Return pyx12's verdict and what it says."""
    logging.getLogger("pyx12").setLevel(logging.CRITICAL)
    report = io.StringIO()
    accepted = x12n_document(params(), io.StringIO(text), None, None, None, report, None, None)
    found = []

    def gather(value):
        if isinstance(value, dict):
            found.extend(str(error.get("err_str", error)) for error in value.get("errors", []))
            for inner in value.values():
                gather(inner)
        elif isinstance(value, list):
            for inner in value:
                gather(inner)

    gather(json.loads(report.getvalue()))
    return accepted, found


@pytest.mark.parametrize("name", BODIES)
def test_a_valid_file_is_clean(name):
    assert validate(specimen(name).encode()).findings == []


@pytest.mark.parametrize("name", [name for name in BODIES if name != "277"])
def test_pyx12_accepts_the_same_file(name):
    assert pyx12_accepts(specimen(name)) == (True, [])


@pytest.mark.parametrize(
    ("name", "row"), [(name, row) for name, rows in SEEDED.items() for row in rows]
)
def test_a_seeded_error_is_named_once_at_its_place(name, row):
    old, new, code, element = row
    found = validate(altered(name, old, new).encode()).findings
    assert [(each.code, each.element) for each in found] == [(code, element)]


def _mutants(name, count):
    """Yield single changes of a specimen: a segment left out, an element emptied or overlong."""
    functional_id, guide, body = BODIES[name]
    lines = body.splitlines()
    choose = random.Random(name)
    for _ in range(count):
        at = choose.randrange(1, len(lines))
        parts = lines[at].split("*")
        kind = choose.choice(["left out", "", "ZZZ", "1" * 90])
        if kind == "left out":
            changed = lines[:at] + lines[at + 1 :]
        else:
            parts[choose.randrange(1, len(parts))] = kind
            changed = [*lines[:at], "*".join(parts), *lines[at + 1 :]]
        yield f"{kind[:4]} in {lines[at]}", wrap(functional_id, guide, changed)


def _explained(name, text, theirs, ours):
    """Tell whether one of us knows more, and why.

    - Separators at the end and values beyond pyx12's copy of an outside list: warnings here.
    - A provider number with a wrong check digit: pyx12 does not look.
    """
    codes = {each.code for each in ours}
    return codes <= {"X225", "X132"} or codes == {"X501"}


@pytest.mark.parametrize("name", [name for name in BODIES if name != "277"])
def test_verdicts_agree_with_pyx12_on_single_changes(name):
    for what, text in _mutants(name, 14):
        accepted, theirs = pyx12_accepts(text)
        result = validate(text.encode())
        if accepted != (result.errors == 0):
            assert _explained(name, text, theirs, result.findings), (what, theirs)


@pytest.mark.parametrize("key", foreign_keys())
def test_every_map_compiles_with_all_its_segments(key):
    guide = load_guide(key)
    program = program_for(guide, DEFAULT_DELIMITERS)
    uses = [use for use in guide.root.walk() if isinstance(use, SegmentUse)]
    assert {"ST", "SE"} <= {use.id for use in uses}
    assert all(program.check_of(use) for use in uses)


def test_where_a_guide_comes_from_is_told():
    assert [load_guide(key).origin for key in ("837P", "278-inquiry", "835 (pyx12)")] == [
        "own",
        "partial",
        "pyx12",
    ]


def test_a_guide_of_pyx12_is_found_by_its_short_key_too():
    assert load_guide("835").key == "835 (pyx12)"


def test_the_levels_of_the_277_response_hang_under_each_other():
    (level,) = load_guide("277 (pyx12)").loops("2000E")
    assert level.path == "2000A/2000B/2000C/2000D/2000E"


def test_a_value_beyond_the_copy_of_an_outside_list_is_a_warning():
    found = validate(altered("835", "SAMPLETOWN*PA", "SAMPLETOWN*XX").encode()).findings
    assert [(each.code, each.severity) for each in found] == [("X132", "warning")]


def test_the_attribute_form_gives_the_same_guide_as_the_element_form():
    from x12_pa.guides.foreign import folder, load

    def shape(file):
        from lxml import etree

        parser = etree.XMLParser(remove_comments=True)
        top = etree.parse(str(folder() / file), parser).getroot()
        guide = load(top, "835.5010.X221.A1.xml")
        return [
            (use.path, use.usage, len(use.elements))
            for use in guide.root.walk()
            if isinstance(use, SegmentUse)
        ]

    assert shape("835.5010.X221.A1.v2.xml") == shape("835.5010.X221.A1.xml")


def test_code_of_pyx12_is_never_imported():
    program = (
        "import sys; from x12_pa.guides import load_guide; "
        "load_guide('835 (pyx12)'); load_guide('278-request'); "
        "print([name for name in sys.modules if name.startswith('pyx12')])"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_our_own_maps_are_read_without_a_look_at_those_of_pyx12():
    foreign.entries.cache_clear()
    foreign.folder.cache_clear()
    load_guide("837P")
    validate((wrap(*_request())).encode())
    assert foreign.folder.cache_info().misses == 0


def _request():
    return "HS", "005010X279A1", ["ST*270*0001*005010X279A1", "BHT*0022*13*Q1*20261122*1400"]
