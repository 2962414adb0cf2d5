"""pyx12 itself reads the maps and validates real files with them.

pyx12 4.0.0 chooses a map by BHT02 for the 4010 278 only, so a 5010 response is shown to it with
an index that lists the response alone. Files with repeated elements are left out: it does not
split at the repetition separator.
"""

import io
import json
import logging
import shutil
from pathlib import Path

import pytest
from pyx12.map_if import load_map_file
from pyx12.map_index import map_index
from pyx12.params import params
from pyx12.x12n_document import x12n_document

from tests.support import ROOT, reference_dir

MAPS = ROOT / "maps"
CONTROL = ["TA1", "x12.control.00501"]
KEYS = ["270", "271", "277CA", "278-request", "278-response", "837D", "837I", "837P", "999"]
CLEAN = [
    "278/samples/x217_req_admission_npi.edi",
    "278/samples/x217_req_dependent_bcbs.edi",
    "278/samples/x217_req_home_health_service_level.edi",
    "278/samples/x217_req_referral.edi",
    "278/samples/x217_req_reservation_npi.edi",
    "claims_acks/samples/277_healthcare-data-insight_x214-payer-response.edi",
    "claims_acks/samples/837d_kputnam_predetermination-of-benefits.edi",
    "claims_acks/samples/837i_apimeister_837-test-4.edi",
    "claims_acks/samples/837p_kputnam_ambulance.edi",
    "claims_acks/samples/837p_kputnam_cob-claim-from-payer-a-to-payer-b-in-payer-to-payer.edi",
    "claims_acks/samples/837p_martinjsoles_test837p.edi",
    "claims_acks/samples/999_kputnam_response-to-functional-group-containing-3-837s.edi",
    "claims_acks/samples/999_mjpete3_tc-factory-999.edi",
    "claims_acks/samples/ta1_textindex_id-71475931517.edi",
    "eligibility/samples/"
    "271_healthcare-data-insight_x279-error-response-from-payer-to-clinic-not-eligible-for-in.edi",
]
RESPONSES = [
    "x217_rsp_admission_modified.edi",
    "x217_rsp_admission_npi.edi",
    "x217_rsp_emergency_npi.edi",
    "x217_rsp_emergency_pended.edi",
    "x217_rsp_referral_certified.edi",
    "x217_rsp_referral_npi.edi",
]


@pytest.fixture(autouse=True)
def _quiet() -> None:
    logging.getLogger("pyx12").setLevel(logging.CRITICAL)


def errors(source: str, maps: Path) -> list[str]:
    """Return what pyx12 says about a file or a text; empty when it accepts it."""
    report = io.StringIO()
    given = source if source.endswith(".edi") else io.StringIO(source)
    accepted = x12n_document(params(), given, None, None, None, report, None, str(maps))
    found: list[str] = []

    def gather(value: object) -> None:
        if isinstance(value, dict):
            found.extend(str(e.get("err_str", e)) for e in value.get("errors", []))
            for inner in value.values():
                gather(inner)
        elif isinstance(value, list):
            for inner in value:
                gather(inner)

    gather(json.loads(report.getvalue()))
    return [] if accepted else found or ["not accepted"]


@pytest.mark.parametrize("key", KEYS + CONTROL)
def test_pyx12_loads_the_map(key: str) -> None:
    loaded = load_map_file(f"{key}.xml", params(), str(MAPS))
    assert loaded.icvn == "00501"


@pytest.mark.parametrize("key", KEYS)
def test_no_segment_starts_with_a_composite_that_would_break_pyx12(key: str) -> None:
    """pyx12 reads the first component of a leading composite while it matches a segment."""
    loaded = load_map_file(f"{key}.xml", params(), str(MAPS))
    nodes = loaded.loop_segment_iterator()
    leading = [node.children[0] for node in nodes if node.is_segment() and node.children]
    assert all(each.children for each in leading if each.is_composite())


def test_pyx12_finds_a_map_by_version_group_and_purpose() -> None:
    index = map_index(str(MAPS))
    found = [index.get_filename("00501", "005010X217", "HI", each) for each in ("36", "11")]
    assert found == ["278-request.xml", "278-response.xml"]


@pytest.mark.parametrize("sample", CLEAN)
def test_pyx12_accepts_a_good_file_with_our_maps(sample: str) -> None:
    assert errors(str(reference_dir() / sample), MAPS) == []


@pytest.mark.parametrize("sample", RESPONSES)
def test_pyx12_accepts_a_good_278_response(sample: str, tmp_path: Path) -> None:
    maps = tmp_path / "maps"
    shutil.copytree(MAPS, maps)
    index = (maps / "maps.xml").read_text(encoding="utf-8").splitlines()
    kept = [line for line in index if "278-request" not in line]
    (maps / "maps.xml").write_text("\n".join(kept), encoding="utf-8")
    assert errors(str(reference_dir() / "278/samples" / sample), maps) == []


def test_pyx12_with_our_maps_reports_a_certification_type_that_no_guide_knows() -> None:
    good = (reference_dir() / CLEAN[3]).read_text(encoding="latin-1")
    found = errors(good.replace("UM*SC*I*", "UM*SC*Q*"), MAPS)
    assert len(found) == 1
    assert found[0].startswith("(Q) is not a valid code")
