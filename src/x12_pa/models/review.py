"""A request for review and the answer to it: the 278 of guide 005010X217, both directions.

Both carry the same tree: reviewer, requester, subscriber, dependent when that is the patient, then
the patient event and its services. `Event` and `Service` serve both, so that what was asked and
what was authorized compare field by field; decisions, rejects and certification dates are empty in
requests. An approval stands at two levels: a service's own decision overrides that of its event.
"""

# Declarations are calls by design; each gives a new attrs field.
# ruff: noqa: RUF009

from datetime import date

import attrs
from attrs import frozen

from x12_pa.models.bindings import (
    composite_records,
    element,
    elements,
    loop_record,
    loop_records,
    segment_record,
    segment_records,
)
from x12_pa.models.clinical import (
    Admission,
    Ambulance,
    HomeHealth,
    OxygenTherapy,
    SpinalManipulation,
)
from x12_pa.models.codecs import ClockTime, Period
from x12_pa.models.parts import (
    Attachment,
    Condition,
    Decision,
    DentalService,
    Dependent,
    Diagnosis,
    InstitutionalService,
    OtherReviewer,
    Party,
    ProfessionalService,
    Quantity,
    Reject,
    Subscriber,
    Tooth,
    Trace,
)


@frozen(kw_only=True, slots=False)
class Unplaced:
    """A segment of a file, or part of one, that no field holds.

    Attributes:
        path: the record it belongs to, `events[0].services[1]`.
        loop: the loop it stood in, or the last one known before it.
        text: the segment as it stood in the file.
        reason: why it is here.
    """

    path: str
    loop: str
    text: str = attrs.field(repr=False)
    reason: str


@frozen(kw_only=True, slots=False)
class Service:
    """One requested service, by procedure, revenue code, or service type only."""

    traces: tuple[Trace, ...] = segment_records("TRN", "Trace numbers of the service.")
    rejects: tuple[Reject, ...] = segment_records("AAA", "Why the service was rejected.")
    category: str | None = element("UM01", "Request category, when it differs from the event's.")
    certification_type: str | None = element("UM02", "I initial, R renewal, 3 cancel ...")
    service_type: str | None = element("UM03", "Service type code.")
    facility_type: str | None = element("UM04-1", "Place of service or facility type.")
    facility_qualifier: str | None = element("UM04-2", "B place of service, A facility type.")
    decision: Decision | None = segment_record("HCR", "Decision about this service.")
    previous_authorization: str | None = element("REF[BB]02", "Number of an earlier certification.")
    administrative_reference: str | None = element("REF[NT]02", "Reference of a review.")
    service_date: Period | None = element("DTP[472]03", "Date or dates of the service.")
    certification_issued: date | None = element("DTP[102]03", "Date of the decision.")
    certification_expires: date | None = element("DTP[036]03", "Last day of the certification.")
    certification_effective: Period | None = element("DTP[007]03", "First day, or whole range.")
    information_requests: tuple[Diagnosis, ...] = composite_records(
        "HI", "LOINC codes of documents that are asked for (type LOI)."
    )
    professional: ProfessionalService | None = segment_record("SV1", "Professional service.")
    institutional: InstitutionalService | None = segment_record("SV2", "Institutional service.")
    dental: DentalService | None = segment_record("SV3", "Dental service.")
    teeth: tuple[Tooth, ...] = segment_records("TOO", "Teeth.")
    quantity: Quantity | None = segment_record("HSD", "How much, how often, for how long.")
    attachments: tuple[Attachment, ...] = segment_records("PWK", "Documents.")
    message: str | None = element("MSG01", "Free text.", private=True)
    providers: tuple[Party, ...] = loop_records(
        "2010F", "2010FA", entity="SJ", help="Providers of this service."
    )
    information_contact: Party | None = loop_record(
        "2010FB", entity="L5", help="To whom further information goes."
    )


@frozen(kw_only=True, slots=False)
class Event:
    """The patient event that is reviewed: an admission, a referral, a course of services."""

    traces: tuple[Trace, ...] = segment_records("TRN", "Trace numbers of the event.")
    rejects: tuple[Reject, ...] = segment_records("AAA", "Why the event was rejected.")
    category: str = element(
        "UM01", "AR admission, HS health services, SC referral, IN individual.", required=True
    )
    certification_type: str | None = element("UM02", "I initial, R renewal, 3 cancel ...")
    service_type: str | None = element("UM03", "Service type code.")
    facility_type: str | None = element("UM04-1", "Place of service or facility type.")
    facility_qualifier: str | None = element("UM04-2", "B place of service, A facility type.")
    related_causes: tuple[str, ...] = elements(
        "AA automobile, AP another party, EM employment.", "UM05-1", "UM05-2", "UM05-3"
    )
    accident_state: str | None = element("UM05-4", "State of an automobile accident.")
    accident_country: str | None = element("UM05-5", "Country of an automobile accident.")
    level_of_service: str | None = element("UM06", "U urgent, 03 emergency; absent: routine.")
    health_condition: str | None = element("UM07", "Current health condition code.")
    prognosis: str | None = element("UM08", "Prognosis code.")
    release_of_information: str | None = element("UM09", "Y signed by the patient, M limited.")
    delay_reason: str | None = element("UM10", "Why the request comes late.")
    decision: Decision | None = segment_record("HCR", "Decision about the event.")
    previous_authorization: str | None = element("REF[BB]02", "Number of an earlier certification.")
    administrative_reference: str | None = element("REF[NT]02", "Reference of a review.")
    accident_date: date | None = element("DTP[439]03", "Date of the accident.")
    last_menstrual_period: date | None = element("DTP[484]03", "Last menstrual period.")
    estimated_birth_date: date | None = element("DTP[ABC]03", "Estimated date of birth.")
    onset_date: date | None = element("DTP[431]03", "Onset of symptoms or illness.")
    event_date: Period | None = element("DTP[AAH]03", "Date or dates of the event.")
    admission_date: Period | None = element("DTP[435]03", "Date or dates of admission.")
    discharge_date: date | None = element("DTP[096]03", "Date of discharge.")
    certification_issued: date | None = element("DTP[102]03", "Date of the decision.")
    certification_expires: date | None = element("DTP[036]03", "Last day of the certification.")
    certification_effective: Period | None = element("DTP[007]03", "First day, or whole range.")
    diagnoses: tuple[Diagnosis, ...] = composite_records("HI", "Up to twelve diagnoses.")
    quantity: Quantity | None = segment_record("HSD", "How much, how often, for how long.")
    conditions: tuple[Condition, ...] = segment_records("CRC", "Certified conditions.")
    admission: Admission | None = segment_record("CL1", "Admission to an institution.")
    ambulance: Ambulance | None = segment_record("CR1", "Ambulance transport.")
    spinal_manipulation: SpinalManipulation | None = segment_record("CR2", "Chiropractic series.")
    oxygen_therapy: OxygenTherapy | None = segment_record("CR5", "Home oxygen.")
    home_health: HomeHealth | None = segment_record("CR6", "Home health care.")
    attachments: tuple[Attachment, ...] = segment_records("PWK", "Documents.")
    message: str | None = element("MSG01", "Free text.", private=True)
    providers: tuple[Party, ...] = loop_records(
        "2010EA", entity="SJ", help="Providers and facilities of the event."
    )
    information_contact: Party | None = loop_record(
        "2010EB", entity="L5", help="To whom further information goes."
    )
    transports: tuple[Party, ...] = loop_records(
        "2010EB", "2010EC", entity="PW", help="Places of a transport, with name and address."
    )
    other_reviewers: tuple[OtherReviewer, ...] = loop_records(
        "2010EC", entity="CA", help="Organizations that denied the event before."
    )
    services: tuple[Service, ...] = loop_records("2000F", help="The services.")


@frozen(kw_only=True, slots=False)
class ReviewRequest:
    """One 278 request: one patient, one event."""

    reference: str | None = element("BHT03", "Identifier of the transaction; assigned if empty.")
    purpose: str = element("BHT02", "13 request, 01 cancellation, 36 reservation.", default="13")
    created_on: date | None = element("BHT04", "Date of creation; assigned if empty.")
    created_at: ClockTime | None = element("BHT05", "Time of creation; assigned if empty.")
    transaction_type: str | None = element("BHT06", "RU for a reservation.")
    reviewer: Party = loop_record(
        "2010A", help="The utilization management organization (payer).", required=True
    )
    requester: Party = loop_record("2010B", help="The provider that asks.", required=True)
    subscriber: Subscriber = loop_record("2010C", help="The insured person.", required=True)
    dependent: Dependent | None = loop_record("2010D", help="The patient, if not the subscriber.")
    event: Event = loop_record("2000E", help="What is asked for.", required=True)
    unplaced: tuple[Unplaced, ...] = attrs.field(default=())

    @property
    def patient(self) -> Subscriber | Dependent:
        """Return whom the care is for."""
        return self.dependent or self.subscriber


@frozen(kw_only=True, slots=False)
class ReviewResponse:
    """One 278 response: decisions about events and services, or why there are none."""

    reference: str | None = element("BHT03", "Identifier of the request, returned.")
    purpose: str = element("BHT02", "11, response.", default="11")
    created_on: date | None = element("BHT04", "Date of creation.")
    created_at: ClockTime | None = element("BHT05", "Time of creation.")
    transaction_type: str | None = element(
        "BHT06", "18 final, 19 more to come, RU or AT for reservations."
    )
    rejects: tuple[Reject, ...] = segment_records(
        "AAA", "Why the whole request was rejected.", loop="2000A"
    )
    reviewer: Party = loop_record(
        "2010A", help="The utilization management organization (payer).", required=True
    )
    requester: Party | None = loop_record("2010B", help="The provider that asked.")
    other_requesters: tuple[Party, ...] = loop_records(
        "2010B", rest=True, help="Further names of the requester."
    )
    subscriber: Subscriber | None = loop_record("2010C", help="The insured person.")
    dependent: Dependent | None = loop_record("2010D", help="The patient, if not the subscriber.")
    events: tuple[Event, ...] = loop_records("2000E", help="The events with their decisions.")
    unplaced: tuple[Unplaced, ...] = attrs.field(default=())

    @property
    def patient(self) -> Subscriber | Dependent | None:
        """Return whom the care is for."""
        return self.dependent or self.subscriber
