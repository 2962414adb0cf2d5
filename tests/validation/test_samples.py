"""Published samples: what is right is accepted, and what is wrong is named, no more and no less.

A row is a file with its findings as (code, line). Most faults were checked against the index of the
samples; X501 rows are made-up provider numbers whose check digit does not hold. `lines` is 1 for
all segments of files that their authors wrote on one line.
"""

import pytest

from tests.support import reference_dir
from x12_pa.syntax import NotX12
from x12_pa.validation import validate

CLEAN = [
    "278/x217_req_admission_npi",
    "278/x217_req_emergency_admission",
    "278/x217_req_emergency_npi",
    "278/x217_req_home_health_event_level",
    "278/x217_req_home_health_service_level",
    "278/x217_req_referral",
    "278/x217_req_referral_npi",
    "278/x217_req_reservation_npi",
    "278/x217_rsp_admission_modified",
    "278/x217_rsp_admission_npi",
    "278/x217_rsp_emergency_npi",
    "278/x217_rsp_emergency_pended",
    "278/x217_rsp_referral_certified",
    "278/x217_rsp_referral_npi",
    "claims_acks/277_healthcare-data-insight_x214-payer-response",
    "claims_acks/837d_kputnam_claim-multi-quantity-single-line",
    "claims_acks/837p_kputnam_home-infusion-therapy-pharmacy-adjudicated-with-hcpcs-in-loo",
    "claims_acks/837p_kputnam_home-infusion-therapy-pharmacy-adjudicated-with-ndc-in-loop-",
    "claims_acks/999_apimeister_999-test",
    "claims_acks/999_kputnam_response-to-functional-group-containing-3-837s",
    "claims_acks/999_mjpete3_tc-factory-999",
    "claims_acks/999_mjpete3_tc-parse-999-2",
    "claims_acks/ta1_textindex_id-67135360678",
    "claims_acks/ta1_textindex_id-71475931517",
]

# fmt: off
FAULTY = {
    "278/x215_bad_rsp_by_member": [
        ("X131", 3), ("X131", 4), ("X501", 8), ("X131", 11), ("X131", 12), ("X131", 13),
        ("X131", 14), ("X131", 15), ("X131", 16), ("X131", 17), ("X131", 18), ("X131", 19),
        ("X131", 20), ("X123", 21),
    ],
    "278/x216_ack_admission": [("X131", 3)],
    "278/x217_bad_req_emergency": [("X111", 2), ("X212", 12)],
    "278/x217_bad_req_inpatient": [
        ("X116", 2), ("X211", 3), ("X215", 4), ("X202", 6), ("X215", 13), ("X211", 13),
        ("X234", 16), ("X211", 16), ("X203", 17), ("X203", 17), ("X501", 17), ("X206", 18),
        ("X207", 19),
    ],
    "278/x217_bad_req_referral": [("X111", 2)],
    "278/x217_req_admission_with_service": [("X123", 28)],
    "278/x217_req_dependent_bcbs": [("X501", 8), ("X501", 25), ("X501", 32)],
    "278/x217_req_dependent_id": [
        ("X211", 3), ("X501", 8), ("X218", 12), ("X218", 12), ("X401", 15),
    ],
    "278/x217_req_edifabric": [("X116", 2)],
    "278/x217_req_ex311": [("X103", 1), ("X117", 3)],
    "278/x217_req_ex321": [("X103", 1), ("X117", 3)],
    "278/x217_req_ex331": [("X103", 1), ("X117", 3), ("X212", 12)],
    "278/x217_req_home_health": [("X123", 22)],
    "278/x217_req_one_line": [("X211", 3), ("X233", 11), ("X401", 12)],
    "278/x217_req_therapy": [("X215", 4), ("X501", 8), ("X215", 20), ("X501", 23), ("X123", 30)],
    "278/x217_rsp_certified_no_trn": [("X211", 3)],
    "278/x217_rsp_contact_payer_bcbsla": [
        ("X102", 1), ("X501", 9), ("X212", 14), ("X226", 14), ("X501", 19),
    ],
    "278/x217_rsp_ex312": [("X103", 1), ("X117", 3)],
    "278/x217_rsp_ex322": [("X103", 1), ("X117", 3)],
    "278/x217_rsp_mri": [
        ("X211", 4), ("X501", 8), ("X211", 12), ("X208", 15), ("X206", 21), ("X123", 22),
    ],
    "278/x217_rsp_umo_only": [("X211", 4), ("X233", 5), ("X123", 8)],
    "eligibility/270_apimeister_270-test": [("X116", 2), ("X207", 7), ("X123", 7)],
    "eligibility/270_edifabric_genericrequest": [("X116", 2)],
    "eligibility/270_inteligenz_example1-ig": [("X103", 1), ("X110", 2), ("X126", 3)],
    "eligibility/270_martinjsoles_filegeneration": [("X226", 1), ("X117", 1), ("X215", 1)],
    "eligibility/270_mindycorbett93_elig-behavioral-health-006": [("X501", 8), ("X123", 25)],
    "eligibility/270_mindycorbett93_elig-cardiology-006": [("X501", 8), ("X123", 25)],
    "eligibility/270_mindycorbett93_elig-orthopaedics-006": [("X501", 8), ("X123", 25)],
    "eligibility/270_natholon_edi-270-no-dependent": [("X132", 1), ("X215", 1), ("X501", 1)],
    "eligibility/270_natholon_test-eligibility-270-mapping-2": [
        ("X132", 1), ("X215", 1), ("X215", 1), ("X123", 1),
    ],
    "eligibility/270_natholon_test-eligibility-270-mapping": [
        ("X132", 1), ("X215", 1), ("X501", 1), ("X123", 1),
    ],
    "eligibility/270_textindex_id-15178101408-sample270": [("X501", 1), ("X123", 1)],
    "eligibility/270_vivekkum1234_additional-test-2": [
        ("X103", 1), ("X132", 4), ("X501", 8), ("X108", 17),
    ],
    "eligibility/270_vivekkum1234_testrecommendationservice-2": [("X102", 1), ("X501", 8)],
    "eligibility/270_vivekkum1234_testrecommendationservice-4": [
        ("X501", 1), ("X215", 1), ("X123", 1),
    ],
    "eligibility/271_apimeister_271-test": [("X501", 1), ("X216", 1), ("X501", 1), ("X501", 1)],
    "eligibility/271_healthcare-data-insight_x279-error-response-from-payer-to-clinic-not-eligible-for-in": [  # noqa: E501
        ("X233", 1),
    ],
    "eligibility/271_inteligenz_example-3-1-3": [
        ("X111", 2), ("X110", 2), ("X126", 3), ("X233", 7),
    ],
    "eligibility/271_inteligenz_example-3-2-2": [
        ("X111", 2), ("X110", 2), ("X126", 3), ("X215", 14),
    ],
    "eligibility/271_inteligenz_from-georgiosd": [("X110", 2), ("X501", 8)],
    "eligibility/271_inteligenz_validationforsource": [
        ("X111", 2), ("X110", 2), ("X126", 3), ("X233", 5), ("X207", 7), ("X123", 7),
    ],
    "eligibility/271_inteligenz_validationforsubscriberbenefitinfo": [
        ("X111", 2), ("X110", 2), ("X126", 3), ("X123", 19),
    ],
    "eligibility/271_inteligenz_validationonall": [
        ("X111", 2), ("X110", 2), ("X126", 3), ("X233", 15), ("X123", 31),
    ],
    "eligibility/271_linuxforhealth_subscriber-health-benefit-check-error": [("X122", 10)],
    "eligibility/271_martinjsoles_test271-badts": [
        ("X501", 8), ("X132", 10), ("X206", 15), ("X124", 17), ("X501", 22), ("X132", 24),
        ("X124", 43), ("X501", 48), ("X132", 50),
    ],
    "eligibility/271_martinjsoles_test271": [
        ("X501", 8), ("X226", 11), ("X501", 26), ("X202", 33), ("X207", 40),
    ],
    "eligibility/271_martinjsoles_testmultipleenvelopes": [
        ("X501", 8), ("X226", 11), ("X501", 26), ("X207", 41), ("X207", 46), ("X207", 53),
        ("X207", 56), ("X105", 58),
    ],
    "eligibility/271_martinjsoles_testmultiplefunctionalgroups": [
        ("X501", 8), ("X226", 11), ("X501", 26), ("X207", 41), ("X207", 46), ("X106", 48),
    ],
    "eligibility/271_mindycorbett93_elig-behavioral-health-005": [
        ("X501", 9), ("X212", 14), ("X224", 21), ("X215", 22), ("X222", 25), ("X222", 27),
        ("X222", 29), ("X222", 31), ("X222", 33), ("X222", 35), ("X222", 37), ("X222", 39),
        ("X222", 41), ("X202", 43), ("X222", 46), ("X222", 50), ("X222", 54), ("X222", 57),
        ("X220", 62), ("X220", 64), ("X220", 66), ("X220", 67), ("X123", 69),
    ],
    "eligibility/271_mindycorbett93_elig-cardiology-005": [
        ("X501", 9), ("X212", 14), ("X224", 21), ("X215", 22), ("X222", 25), ("X222", 27),
        ("X222", 29), ("X222", 31), ("X222", 33), ("X222", 35), ("X222", 37), ("X222", 39),
        ("X222", 41), ("X202", 43), ("X222", 46), ("X222", 49), ("X222", 52), ("X222", 56),
        ("X220", 61), ("X220", 63), ("X220", 65), ("X220", 66), ("X123", 68),
    ],
    "eligibility/271_mindycorbett93_elig-orthopaedics-005": [
        ("X501", 9), ("X212", 14), ("X224", 21), ("X215", 22), ("X222", 25), ("X222", 27),
        ("X222", 29), ("X222", 31), ("X222", 33), ("X222", 35), ("X222", 37), ("X222", 39),
        ("X222", 41), ("X202", 43), ("X222", 46), ("X222", 49), ("X222", 52), ("X220", 58),
        ("X220", 60), ("X220", 62), ("X220", 63), ("X123", 65),
    ],
    "eligibility/271_natholon_test-eligibility-271-mapping-5": [
        ("X116", 1), ("X132", 1), ("X233", 1), ("X501", 1), ("X207", 1),
    ],
    "eligibility/271_phatboyg_harness-specs": [
        ("X126", 1), ("X213", 1), ("X215", 1), ("X215", 1), ("X123", 1),
    ],
    "eligibility/271_textindex_id-3544423174": [
        ("X102", 1), ("X126", 1), ("X213", 1), ("X215", 1), ("X215", 1), ("X123", 1),
    ],
    "eligibility/271_vivekkum1234_additional-test-3": [
        ("X103", 1), ("X132", 4), ("X501", 8), ("X123", 16), ("X108", 18),
    ],
    "eligibility/271_vivekkum1234_testrecommendationservice-2": [
        ("X102", 1), ("X132", 4), ("X501", 8), ("X123", 17),
    ],
    "eligibility/271_vivekkum1234_testrecommendationservice-3": [
        ("X102", 1), ("X132", 4), ("X501", 8), ("X132", 12), ("X215", 12), ("X215", 12),
    ],
    "eligibility/271_vivekkum1234_testrecommendationservice-4": [
        ("X116", 1), ("X501", 1), ("X123", 1),
    ],
    "claims_acks/270-837-999_martinjsoles_testmixedenvelopes": [
        ("X103", 21), ("X211", 23), ("X203", 24), ("X207", 24), ("X207", 24), ("X207", 24),
        ("X105", 26), ("X126", 30),
    ],
    "claims_acks/277_apimeister_277-test": [("X216", 1)],
    "claims_acks/277_freemed_x277-3": [("X132", 11)],
    "claims_acks/277_freemed_x277": [("X132", 34)],
    "claims_acks/277_inteligenz_277-deidentified-from-nth": [
        ("X110", 2), ("X215", 4), ("X217", 4), ("X215", 13), ("X501", 17), ("X215", 19),
        ("X215", 25), ("X215", 26), ("X215", 27), ("X501", 30), ("X215", 32), ("X215", 38),
        ("X215", 39), ("X215", 40), ("X215", 45), ("X215", 46), ("X215", 47),
    ],
    "claims_acks/277_inteligenz_fromalexbrodsky": [("X110", 2), ("X501", 17)],
    "claims_acks/277_inteligenz_fromlatitude81uk": [
        ("X103", 1), ("X103", 1), ("X103", 1), ("X110", 2), ("X215", 4), ("X216", 4),
        ("X217", 4), ("X208", 8), ("X203", 10), ("X216", 13), ("X215", 13), ("X501", 17),
        ("X216", 26), ("X216", 28),
    ],
    "claims_acks/824_inteligenz_fromtmhpspec": [("X110", 2), ("X125", 3), ("X108", 23)],
    "claims_acks/824_kputnam_complete-transaction-set-reject-reporting": [("X125", 1)],
    "claims_acks/837d_edifabric_dentalclaim": [("X501", 9), ("X501", 26)],
    "claims_acks/837d_healthcare-data-insight_837d-all-fields": [
        ("X117", 4), ("X501", 11), ("X501", 67), ("X501", 70), ("X218", 74), ("X218", 74),
        ("X501", 74), ("X501", 79), ("X501", 83), ("X218", 93), ("X302", 137), ("X302", 137),
        ("X501", 156), ("X501", 160), ("X501", 164), ("X218", 167), ("X218", 167),
        ("X501", 167),
    ],
    "claims_acks/837d_kputnam_claim-from-billing-provider-to-payer-b": [("X501", 1), ("X501", 1)],
    "claims_acks/837d_kputnam_predetermination-of-benefits": [("X501", 1)],
    "claims_acks/837d_natholon_edi-837d-basic": [
        ("X207", 1), ("X207", 1), ("X501", 1), ("X218", 1), ("X501", 1),
    ],
    "claims_acks/837d_natholon_edi-837d-no-dependent": [
        ("X207", 1), ("X207", 1), ("X501", 1), ("X203", 1), ("X203", 1), ("X203", 1),
        ("X218", 1),
    ],
    "claims_acks/837i_apimeister_837-test-4": [("X501", 1)],
    "claims_acks/837i_apimeister_837-test-5": [("X501", 1), ("X501", 1)],
    "claims_acks/837i_apimeister_837-test": [("X501", 1), ("X216", 1)],
    "claims_acks/837i_edifabric_institutionalclaim": [
        ("X501", 10), ("X218", 23), ("X211", 23), ("X211", 23), ("X218", 23), ("X215", 23),
        ("X211", 23), ("X211", 23), ("X216", 24),
    ],
    "claims_acks/837i_healthcare-data-insight_837i-all-fields": [
        ("X501", 10), ("X218", 64), ("X218", 64), ("X501", 65), ("X501", 68), ("X501", 69),
        ("X501", 70), ("X501", 71), ("X501", 74), ("X218", 75), ("X218", 82), ("X501", 125),
        ("X501", 126), ("X501", 127), ("X501", 128), ("X218", 129), ("X211", 129),
        ("X501", 144), ("X501", 145), ("X501", 146), ("X501", 147), ("X218", 148),
        ("X211", 148), ("X113", 155),
    ],
    "claims_acks/837i_imsweb_x223-test": [
        ("X501", 9), ("X215", 25), ("X218", 25), ("X218", 25), ("X601", 25), ("X215", 27),
        ("X225", 30), ("X110", 32), ("X218", 44), ("X218", 44), ("X218", 44), ("X501", 44),
        ("X203", 45), ("X204", 48), ("X215", 48), ("X123", 49),
    ],
    "claims_acks/837p_apimeister_005010-837": [("X117", 3), ("X501", 10)],
    "claims_acks/837p_databricks-industry-solutions_chpw-claimdata-edited-txt-tmp": [
        ("X231", 42), ("X231", 76), ("X231", 110), ("X231", 145), ("X234", 168), ("X215", 169),
        ("X218", 169), ("X218", 169), ("X215", 169), ("X207", 170), ("X207", 170),
        ("X203", 170), ("X203", 170), ("X123", 187),
    ],
    "claims_acks/837p_databricks-industry-solutions_chpw-claimdata": [
        ("X231", 42), ("X231", 76), ("X231", 110), ("X231", 145),
    ],
    "claims_acks/837p_edifabric_claimpayment": [("X501", 10), ("X218", 14)],
    "claims_acks/837p_edifabric_claimpaymentevv": [
        ("X501", 10), ("X218", 14), ("X301", 29), ("X110", 35),
    ],
    "claims_acks/837p_healthcare-data-insight_837p-all-fields": [
        ("X126", 3), ("X501", 11), ("X501", 88), ("X501", 91), ("X501", 95), ("X501", 100),
        ("X218", 135), ("X218", 135), ("X218", 135), ("X218", 135), ("X218", 135),
        ("X501", 174), ("X501", 175), ("X501", 177), ("X202", 204),
    ],
    "claims_acks/837p_inteligenz_st1309-xx": [
        ("X110", 2), ("X501", 9), ("X501", 34), ("X501", 35), ("X108", 56),
    ],
    "claims_acks/837p_kputnam_1": [("X126", 3)],
    "claims_acks/837p_kputnam_ambulance": [("X501", 1)],
    "claims_acks/837p_kputnam_chiropractic": [("X501", 1)],
    "claims_acks/837p_kputnam_cob-claim-from-billing-provider-to-payer-a": [
        ("X501", 1), ("X501", 1), ("X501", 1),
    ],
    "claims_acks/837p_kputnam_cob-claim-from-billing-provider-to-payer-b": [
        ("X501", 1), ("X501", 1), ("X501", 1),
    ],
    "claims_acks/837p_kputnam_cob-claim-from-payer-a-to-payer-b-in-payer-to-payer": [
        ("X501", 1), ("X501", 1), ("X501", 1),
    ],
    "claims_acks/837p_kputnam_commercial-health-insurance": [("X501", 1)],
    "claims_acks/837p_kputnam_encounter": [("X501", 1), ("X501", 1)],
    "claims_acks/837p_kputnam_wheelchair": [("X501", 1)],
    "claims_acks/837p_martinjsoles_filegeneration": [
        ("X226", 1), ("X117", 1), ("X501", 1), ("X211", 1), ("X211", 1), ("X211", 1),
        ("X211", 1),
    ],
    "claims_acks/837p_martinjsoles_test4010-837": [
        ("X103", 1), ("X211", 3), ("X203", 4), ("X207", 4), ("X207", 4), ("X207", 4),
        ("X105", 6),
    ],
    "claims_acks/837p_martinjsoles_test837p": [("X501", 10)],
    "claims_acks/837p_mjpete3_tc-parse-837p-rb-2": [("X102", 1)],
    "claims_acks/837p_natholon_edi-837p-with-dependent": [
        ("X126", 1), ("X207", 1), ("X207", 1), ("X501", 1), ("X218", 1), ("X203", 1),
        ("X203", 1),
    ],
    "claims_acks/837p_textindex_id-53327391687": [
        ("X203", 6), ("X501", 8), ("X218", 13), ("X208", 19), ("X123", 28),
    ],
    "claims_acks/999_aurelianware_999-acknowledgment": [("X125", 3)],
    "claims_acks/999_inteligenz_dhs-wisconsin-sample": [
        ("X110", 2), ("X126", 3), ("X212", 7), ("X224", 14), ("X218", 14),
    ],
    "claims_acks/999_mjpete3_tc-parse-999": [("X126", 1), ("X224", 1), ("X218", 1)],
    "claims_acks/999_xlate_simple999": [("X126", 3), ("X218", 14), ("X218", 14)],
}
# fmt: on

NOT_X12 = [
    "eligibility/fragment_271_eb11_payer-rows-1",
    "claims_acks/837p_textindex_id-67227249332",
]


def read(name):
    folder, _, file = name.partition("/")
    return (reference_dir() / folder / "samples" / f"{file}.edi").read_bytes()


@pytest.mark.parametrize("name", CLEAN)
def test_conformant_sample_is_accepted(name):
    assert validate(read(name)).findings == []


@pytest.mark.parametrize("name", FAULTY)
def test_sample_is_reported_with_its_published_faults(name):
    found = [(finding.code, finding.line) for finding in validate(read(name)).findings]
    assert found == FAULTY[name]


@pytest.mark.parametrize("name", NOT_X12)
def test_fragment_without_header_is_refused(name):
    with pytest.raises(NotX12):
        validate(read(name))


def test_every_sample_is_in_a_table():
    folders = ("278", "eligibility", "claims_acks")
    files = {
        f"{folder}/{path.stem}"
        for folder in folders
        for path in (reference_dir() / folder / "samples").glob("*.edi")
    }
    assert files == {*CLEAN, *FAULTY, *NOT_X12}
