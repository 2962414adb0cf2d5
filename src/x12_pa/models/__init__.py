"""Requests and responses of prior authorization as frozen records, to and from X12 and JSON.

`parse_review` reads a transaction set, `build_request` and `build_response` write one; `from_json`,
`to_json`, `from_csv` and `json_schema` serve people and programs. Inquiries about eligibility and
the answers to them go through `parse_eligibility` and `build_eligibility`. One declaration per
field binds it to its element, for all of these: see `bindings`.
"""

from x12_pa.models.building import build_request, build_response
from x12_pa.models.clinical import (
    Admission,
    Ambulance,
    HomeHealth,
    OxygenTherapy,
    SpinalManipulation,
)
from x12_pa.models.codecs import ClockTime, Period
from x12_pa.models.documents import (
    each_from_json,
    eligibility_from_json,
    from_json,
    from_json_lines,
    to_json,
)
from x12_pa.models.eligibility import EligibilityInquiry, EligibilityResponse
from x12_pa.models.eligibility_sets import (
    build_eligibility,
    locate_eligibility,
    parse_eligibility,
    parse_record,
)
from x12_pa.models.identifiers import Identifiers, with_identifiers
from x12_pa.models.parsing import parse_review
from x12_pa.models.parts import (
    Address,
    Attachment,
    Condition,
    Contact,
    ContactNumber,
    Decision,
    DentalService,
    Dependent,
    Diagnosis,
    InstitutionalService,
    OtherIdentifier,
    OtherReviewer,
    Party,
    Person,
    Procedure,
    ProfessionalService,
    Quantity,
    Reject,
    Subscriber,
    Tooth,
    Trace,
)
from x12_pa.models.problems import InputProblem, Problem
from x12_pa.models.review import Event, ReviewRequest, ReviewResponse, Service, Unplaced
from x12_pa.models.schema import json_schema
from x12_pa.models.spreadsheet import each_from_csv, from_csv, placed_from_csv
from x12_pa.models.spreadsheet_schema import csv_schema

__all__ = [
    "Address",
    "Admission",
    "Ambulance",
    "Attachment",
    "ClockTime",
    "Condition",
    "Contact",
    "ContactNumber",
    "Decision",
    "DentalService",
    "Dependent",
    "Diagnosis",
    "EligibilityInquiry",
    "EligibilityResponse",
    "Event",
    "HomeHealth",
    "Identifiers",
    "InputProblem",
    "InstitutionalService",
    "OtherIdentifier",
    "OtherReviewer",
    "OxygenTherapy",
    "Party",
    "Period",
    "Person",
    "Problem",
    "Procedure",
    "ProfessionalService",
    "Quantity",
    "Reject",
    "ReviewRequest",
    "ReviewResponse",
    "Service",
    "SpinalManipulation",
    "Subscriber",
    "Tooth",
    "Trace",
    "Unplaced",
    "build_eligibility",
    "build_request",
    "build_response",
    "csv_schema",
    "each_from_csv",
    "each_from_json",
    "eligibility_from_json",
    "from_csv",
    "from_json",
    "from_json_lines",
    "json_schema",
    "locate_eligibility",
    "parse_eligibility",
    "parse_record",
    "parse_review",
    "placed_from_csv",
    "to_json",
    "with_identifiers",
]
