"""Records to segments and back, and segments to records and back, lose nothing."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.strategies import every_value, requests, responses
from tests.support import reference_dir
from x12_pa.guides import LoopInstance, LoopUse, SegmentUse, load_guide, read_tree, write_tree
from x12_pa.models import (
    ReviewRequest,
    build_request,
    build_response,
    from_json,
    parse_review,
    to_json,
)
from x12_pa.syntax import DEFAULT_DELIMITERS, read_interchanges, segment

REQUEST, RESPONSE = load_guide("278-request"), load_guide("278-response")

some = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.large_base_example,
    ],
)


@some
@given(st.one_of(requests(REQUEST), requests(REQUEST, rare=1)))
def test_a_request_comes_back_as_it_was_built(request):
    assert parse_review(read_tree(REQUEST, build_request(request, REQUEST))) == request


@some
@given(st.one_of(responses(RESPONSE), responses(RESPONSE, rare=1)))
def test_a_response_comes_back_as_it_was_built(response):
    assert parse_review(read_tree(RESPONSE, build_response(response, RESPONSE))) == response


@some
@given(st.one_of(requests(REQUEST), responses(RESPONSE)))
def test_json_keeps_every_field(review):
    assert from_json(to_json(review)) == review


def build_of(record):
    return (build_request, REQUEST) if record is ReviewRequest else (build_response, RESPONSE)


def rebuilt(review, control, delimiters=DEFAULT_DELIMITERS):
    build, guide = build_of(type(review))
    return [s.text for s in build(review, guide, control=control, delimiters=delimiters)]


def full_segment(use):
    """A segment with every element that the guide uses, and a repeated one twice."""
    elements = []
    for number, element in enumerate(use.elements):
        before = use.elements[number - 1]
        if element.usage == "N":
            elements.append("")
        elif element.components:
            parts = element.components
            elements.append(
                [
                    "" if part.usage == "N" else every_value(part, parts[n - 1])
                    for n, part in enumerate(parts)
                ]
            )
        else:
            value = every_value(element, before)
            elements.append("^".join([value] * (1 if element.repeat == 1 else 2)))
    return segment(use.id, *elements)


def full_tree(use, without, parent=None):
    """Every loop once, every segment use once, but for the loops named in `without`."""
    instance = LoopInstance(use, parent)
    for child in use.children:
        if isinstance(child, SegmentUse) and child.id != "SE":
            instance.add(child, full_segment(child))
        elif isinstance(child, LoopUse) and (use.id, child.id) not in without:
            instance.items.append(full_tree(child, without, instance))
    return instance


@pytest.mark.parametrize("guide", [REQUEST, RESPONSE], ids=lambda guide: guide.kind)
@pytest.mark.parametrize(
    "without", [{("2000C", "2000D")}, {("2000C", "2000E")}], ids=["subscriber", "dependent"]
)
def test_every_element_of_the_guide_has_a_field(guide, without):
    segments = write_tree(full_tree(guide.root, without))
    review = parse_review(read_tree(guide, segments))
    assert not review.unplaced
    assert rebuilt(review, segments[0].element(2)) == [s.text for s in segments]


OFF_GUIDE = {"x217_rsp_mri.edi", "x217_bad_req_inpatient.edi", "x217_req_dependent_id.edi"}
WRONG_CHILD_FLAG = {"x217_rsp_umo_only.edi", "x217_req_one_line.edi"}


def samples():
    folder = reference_dir() / "278" / "samples"
    for path in sorted(folder.glob("x217*.edi")):
        for interchange in read_interchanges(path.read_bytes()):
            for group in interchange.groups:
                for transaction in group.transactions:
                    yield path.name, interchange.delimiters, transaction


def test_published_files_are_rebuilt_segment_by_segment():
    checked = 0
    for name, delimiters, transaction in samples():
        if name in OFF_GUIDE | WRONG_CHILD_FLAG:
            continue
        review = parse_review(transaction)
        wanted = [item.text for item in transaction.segments if item.id != "SE"]
        found = rebuilt(review, transaction.control, delimiters)
        if not transaction.convention:
            found[0] = found[0].rpartition(delimiters.element)[0]
        assert (name, found, review.unplaced) == (name, wanted, ())
        checked += 1
    assert checked >= 24


def test_nothing_of_an_off_guide_file_is_lost():
    for name, _, transaction in samples():
        if name in OFF_GUIDE:
            review = parse_review(transaction)
            kept = {item.text for item in review.unplaced}
            held = str(to_json(review))
            for item in transaction.segments:
                if item.id not in ("ST", "SE", "HL", "BHT") and item.text not in kept:
                    assert all(v in held for v in item.elements[2:] if v.isalpha()), name
