"""From a 270 or 271 transaction set to its record and back, and where each record stood.

The direction is ST01: 270 asks, 271 answers. Reading is as lenient, building as strict as for
reviews; both are driven by the same bindings. `locate_eligibility` also tells which segment each
record was read from, so that an answer can cite its evidence.
"""

from collections.abc import Mapping

import attrs
from attrs import frozen

from x12_pa.errors import DocumentError
from x12_pa.guides import Guide, load_guide, read_tree
from x12_pa.models.building import build_set
from x12_pa.models.eligibility import EligibilityInquiry, EligibilityResponse
from x12_pa.models.parsing import parse_review, unplaced
from x12_pa.models.places import Place, PlacesRead
from x12_pa.models.reading import read_set
from x12_pa.models.review import ReviewRequest, ReviewResponse
from x12_pa.syntax import DEFAULT_DELIMITERS, Delimiters, Segment, TransactionSet

Eligibility = EligibilityInquiry | EligibilityResponse

_GUIDE = "005010X279"

_RECORDS: dict[str, type[EligibilityInquiry] | type[EligibilityResponse]] = {
    "270": EligibilityInquiry,
    "271": EligibilityResponse,
}


@frozen(kw_only=True)
class Located:
    """A transaction set as a record, and the segment that each record in it begins with."""

    record: Eligibility
    places: Mapping[str, Place] = attrs.field(repr=False)


def parse_record(source: TransactionSet) -> Eligibility | ReviewRequest | ReviewResponse:
    """Read one transaction set of any kind that there is a record for.

    Raises:
        DocumentError: there is none.
    """
    return parse_eligibility(source) if source.id in _RECORDS else parse_review(source)


def parse_eligibility(source: TransactionSet, guide: Guide | None = None) -> Eligibility:
    """Read one 270 or 271 transaction set.

    Raises:
        DocumentError: it is no eligibility inquiry or response.
    """
    return locate_eligibility(source, guide).record


def locate_eligibility(source: TransactionSet, guide: Guide | None = None) -> Located:
    """Read one 270 or 271 transaction set, with the place of every record in it.

    Args:
        source: the transaction set.
        guide: the guide to read by; found from ST01 when it is left out. The first edition of the
            guide (without A1) and sets that name no version are read as well.

    Raises:
        DocumentError: it is no eligibility inquiry or response.
    """
    kind = _RECORDS.get(source.id)
    if kind is None:
        raise DocumentError(
            f"Transaction set {source.control or '?'} is no eligibility inquiry or response. "
            "Expected a 270 or 271."
        )
    record: Eligibility
    tree = read_tree(guide or _guide_of(source), source.segments)
    record, found = read_set(kind, tree)
    tree.release()
    if found.left_over:
        record = attrs.evolve(record, unplaced=unplaced(found))
    return Located(record=record, places=PlacesRead(found.traces, source.segments))


def build_eligibility(
    record: Eligibility,
    guide: Guide,
    *,
    control: str = "0001",
    delimiters: Delimiters = DEFAULT_DELIMITERS,
) -> list[Segment]:
    """Build the segments of one inquiry or response, ST to the last one before SE.

    Args:
        record: what to ask or to answer; what a file held beyond the fields is not sent.
        guide: the compiled guide of that direction, with the payer's profile or without.
        control: ST02.
        delimiters: the separators of the interchange it will go into.

    Raises:
        InputProblem: a field has no place in the guide, or a text holds a delimiter.
    """
    return build_set(record, guide, control, delimiters)


def _guide_of(source: TransactionSet) -> Guide:
    version = source.convention or ("" if source.group is None else source.group.element(8))
    if version and not version.startswith(_GUIDE):
        raise DocumentError(
            f"Transaction set {source.control or '?'} is a {source.id} of another guide. "
            f"Expected one of {_GUIDE}A1."
        )
    return load_guide(source.id)
