"""Inquiries and responses to segments and back, and segments to records and back, lose nothing."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.models.eligibility_strategies import inquiries, responses
from tests.models.test_round_trip import full_tree
from tests.support import NOW, reference_dir
from x12_pa.errors import DocumentError
from x12_pa.guides import load_guide, write_tree
from x12_pa.models.eligibility import EligibilityInquiry, EligibilityResponse
from x12_pa.models.eligibility_sets import (
    build_eligibility,
    locate_eligibility,
    parse_eligibility,
)
from x12_pa.syntax import (
    Envelope,
    GroupContent,
    TransactionSet,
    build_interchange,
    read_transactions,
)
from x12_pa.validation import validate

INQUIRY, RESPONSE = load_guide("270"), load_guide("271")

some = settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.large_base_example,
    ],
)


@some
@given(st.one_of(inquiries(INQUIRY), inquiries(INQUIRY, rare=1)))
def test_an_inquiry_comes_back_as_it_was_built(inquiry):
    assert parse_eligibility(TransactionSet(build_eligibility(inquiry, INQUIRY))) == inquiry


@some
@given(st.one_of(responses(RESPONSE), responses(RESPONSE, rare=1)))
def test_a_response_comes_back_as_it_was_built(response):
    assert parse_eligibility(TransactionSet(build_eligibility(response, RESPONSE))) == response


def errors(segments, functional_id):
    envelope = Envelope(
        sender_qualifier="ZZ",
        sender_id="CLINIC001",
        receiver_qualifier="ZZ",
        receiver_id="EXHP01",
        control=1,
        usage="T",
        at=NOW,
    )
    group = GroupContent(
        functional_id=functional_id,
        sender="CLINIC001",
        receiver="EXHP01",
        control=1,
        version="005010X279A1",
        at=NOW,
        transactions=[segments],
    )
    found = validate(build_interchange(envelope, [group])).findings
    return [f"{f.code} {f.loop} {f.element}" for f in found if f.severity == "error"]


OUTSIDE = ("X5", "X4")
"""Code sets and situations across segments, which values drawn at random do not meet."""


@some
@given(st.one_of(inquiries(INQUIRY), inquiries(INQUIRY, rare=1)))
def test_an_inquiry_that_fits_the_guide_has_no_structural_error(inquiry):
    found = errors(build_eligibility(inquiry, INQUIRY), "HS")
    assert [one for one in found if not one.startswith(OUTSIDE)] == []


@some
@given(st.one_of(responses(RESPONSE), responses(RESPONSE, rare=1)))
def test_a_response_that_fits_the_guide_has_no_structural_error(response):
    found = errors(build_eligibility(response, RESPONSE), "HB")
    assert [one for one in found if not one.startswith(OUTSIDE)] == []


@pytest.mark.parametrize("guide", [INQUIRY, RESPONSE], ids=["270", "271"])
def test_every_element_of_the_guide_has_a_field(guide):
    segments = write_tree(full_tree(guide.root, set()))
    record = parse_eligibility(TransactionSet(segments))
    built = build_eligibility(record, guide, control=segments[0].element(2))
    assert not record.unplaced
    assert [s.text for s in built] == [s.text for s in segments]


def samples(pattern="27*.edi"):
    for path in sorted((reference_dir() / "eligibility" / "samples").glob(pattern)):
        with path.open("rb") as stream:
            for transaction in read_transactions(stream):
                yield path.name, transaction


CLEAN = {
    "270_edifabric_genericrequest.edi",
    "270_mindycorbett93_elig-behavioral-health-006.edi",
    "270_mindycorbett93_elig-cardiology-006.edi",
    "270_mindycorbett93_elig-orthopaedics-006.edi",
    "270_textindex_id-15178101408-sample270.edi",
    "270_vivekkum1234_testrecommendationservice-2.edi",
    "271_apimeister_271-test.edi",
    "271_inteligenz_from-georgiosd.edi",
    "271_vivekkum1234_testrecommendationservice-4.edi",
}
"""The samples that the INDEX calls clean, without those whose HL04 promises a level that is not."""


def test_clean_published_files_are_rebuilt_segment_by_segment():
    seen = set()
    for name, transaction in samples():
        if name in CLEAN:
            record = parse_eligibility(transaction)
            guide = load_guide(transaction.id)
            built = build_eligibility(
                record,
                guide,
                control=transaction.control,
                delimiters=transaction.segments[0].delimiters,
            )
            wanted = [item.text for item in transaction.segments if item.id != "SE"]
            assert (name, [item.text for item in built], record.unplaced) == (name, wanted, ())
            seen.add(name)
    assert seen == CLEAN


def test_nothing_of_a_published_file_is_lost():
    for name, transaction in samples():
        record = parse_eligibility(transaction)
        held = str(_plain(record))
        for item in transaction.segments:
            if item.id not in ("ST", "SE", "HL", "BHT", "LS", "LE"):
                words = [v for v in item.elements if len(v) > 3 and v.isalpha()]
                assert all(word in held for word in words), (name, item.id)


def _plain(record):
    import attrs

    return attrs.asdict(record, recurse=True)


def test_every_record_knows_its_segment():
    for _, transaction in samples("271_inteligenz_example-3-2-2.edi"):
        places = locate_eligibility(transaction).places
        place = places["sources[0].receivers[0].subscribers[0].dependents[0].benefits[3]"]
        assert (place.loop, place.segment, place.number) == ("2110D", "EB", 26)


def test_the_direction_comes_from_the_set():
    kinds = {transaction.id: type(parse_eligibility(transaction)) for _, transaction in samples()}
    assert kinds == {"270": EligibilityInquiry, "271": EligibilityResponse}


def test_a_set_of_another_guide_is_refused():
    segments = write_tree(full_tree(load_guide("278-request").root, {("2000C", "2000D")}))
    with pytest.raises(DocumentError, match="Expected a 270 or 271"):
        parse_eligibility(TransactionSet(segments))
