"""Answers as others publish them are read as they mean it; and reading them needs no IO."""

import subprocess
import sys

import pytest

from tests.support import reference_dir
from x12_pa.authorizations.decisions import decisions
from x12_pa.authorizations.records import Authorization
from x12_pa.models import ReviewResponse, parse_review
from x12_pa.syntax import read_transactions


def read(name: str) -> tuple[Authorization, ...]:
    path = reference_dir() / "278" / "samples" / name
    found = parse_review(next(iter(read_transactions(path.read_bytes()))))
    assert isinstance(found, ReviewResponse)
    return decisions(found)


@pytest.mark.parametrize(
    ("name", "states"),
    [
        ("x217_rsp_admission_modified.edi", ["modified", "certified"]),
        ("x217_rsp_admission_npi.edi", ["modified", "certified"]),
        ("x217_rsp_contact_payer_bcbsla.edi", ["contact_payer", "contact_payer"]),
        ("x217_rsp_emergency_npi.edi", ["pended_information"]),
        ("x217_rsp_emergency_pended.edi", ["pended_information"]),
        ("x217_rsp_ex312.edi", ["certified"]),
        ("x217_rsp_mri.edi", ["certified", "certified"]),
        ("x217_rsp_referral_certified.edi", ["certified"]),
        ("x217_rsp_umo_only.edi", ["unclear"]),
    ],
)
def test_a_published_answer_is_read_as_it_means_it(name: str, states: list[str]) -> None:
    assert [record.state for record in read(name)] == states


def test_the_published_certification_has_its_window_in_the_event_date() -> None:
    (record,) = read("x217_rsp_referral_certified.edi")
    assert (str(record.effective_on), str(record.expires_on), record.window_source) == (
        "2005-05-02",
        "2005-06-02",
        "2000E/DTP*AAH",
    )


def test_the_published_pend_asks_by_voice_and_gives_a_reference() -> None:
    (record,) = read("x217_rsp_emergency_npi.edi")
    assert (record.asks[0].code, record.asks[0].channel) == ("AS", "VO")
    assert record.administrative_reference == "P20030216001"


def test_records_and_states_load_nothing_heavy() -> None:
    code = (
        "import sys, x12_pa.authorizations.records, x12_pa.authorizations.states;"
        "print([m for m in ('lxml', 'sqlalchemy', 'click', 'paramiko') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
