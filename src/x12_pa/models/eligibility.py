"""Questions about coverage and the answers to them: 270 and 271 of guide 005010X279A1.

Both carry the same tree: information source (payer), information receiver (who asks), subscribers,
dependents. Parties and persons are the same records in both; an inquiry hangs questions below them,
a response benefits and rejects. Unlike a 278, one transaction set may hold many patients, so every
level is a list.

A dependent is a level of its own under its subscriber. What is asked or told about the one is never
read as being about the other.
"""

# Declarations are calls by design; each gives a new attrs field.
# ruff: noqa: RUF009

from datetime import date
from decimal import Decimal

import attrs
from attrs import frozen

from x12_pa.models.bindings import (
    composite_record,
    element,
    elements,
    loop_record,
    loop_records,
    repetitions,
    segment_record,
    segment_records,
)
from x12_pa.models.codecs import ClockTime
from x12_pa.models.eligibility_parts import (
    BenefitCondition,
    DatedFact,
    Delivery,
    EligibilityParty,
    EligibilityPerson,
    Identification,
    Message,
)
from x12_pa.models.parts import Procedure, Reject, Trace
from x12_pa.models.review import Unplaced


@frozen(kw_only=True, slots=False)
class Question:
    """One question about benefits: by service types or by procedure."""

    service_types: tuple[str, ...] = repetitions("EQ01", "Service type codes; 30 the plan.")
    procedure: Procedure | None = composite_record("EQ02", "Procedure, instead of types.")
    coverage_level: str | None = element("EQ03", "FAM, family.")
    diagnosis_pointers: tuple[int, ...] = elements(
        "Positions in the person's diagnoses, from 1.", "EQ05-1", "EQ05-2", "EQ05-3", "EQ05-4"
    )
    spend_down: Decimal | None = element("AMT[R]02", "Spend down amount.")
    spend_down_billed: Decimal | None = element("AMT[PB]02", "Billed amount for a spend down.")
    place: BenefitCondition | None = segment_record("III", "Place of service.")
    authorization: Identification | None = segment_record(
        "REF", "G1 prior authorization number or 9F referral number."
    )
    dates: tuple[DatedFact, ...] = segment_records("DTP", "291: the date asked about.")


@frozen(kw_only=True, slots=False)
class Benefit:
    """One statement of the payer about coverage or a benefit (EB)."""

    information: str = element(
        "EB01", "1 active, 6 inactive, B co-payment, F limitations ...", required=True
    )
    coverage_level: str | None = element("EB02", "IND individual, FAM family ...")
    service_types: tuple[str, ...] = repetitions("EB03", "Service type codes.")
    insurance_type: str | None = element("EB04", "Insurance type code.")
    plan: str | None = element("EB05", "Name of the plan.")
    time_period: str | None = element("EB06", "23 calendar year, 27 visit, 29 remaining ...")
    amount: Decimal | None = element("EB07", "Amount of money.")
    percentage: Decimal | None = element("EB08", "Share, as a decimal from 0 to 1.")
    quantity_type: str | None = element("EB09", "VS visits, DY days, 99 quantity used ...")
    quantity: Decimal | None = element("EB10", "The quantity.")
    authorization: str | None = element(
        "EB11", "Y authorization required, N not required, U unknown; absent: nothing said."
    )
    network: str | None = element("EB12", "Y in network, N out, W either, U unknown.")
    procedure: Procedure | None = composite_record("EB13", "Procedure, instead of types.")
    diagnosis_pointers: tuple[int, ...] = elements(
        "Positions in the person's diagnoses, from 1.", "EB14-1", "EB14-2", "EB14-3", "EB14-4"
    )
    deliveries: tuple[Delivery, ...] = segment_records("HSD", "How much, how often, how long.")
    identifiers: tuple[Identification, ...] = segment_records("REF", "Numbers of this benefit.")
    dates: tuple[DatedFact, ...] = segment_records("DTP", "Dates of this benefit.")
    rejects: tuple[Reject, ...] = segment_records("AAA", "Why a question was not answered.")
    messages: tuple[Message, ...] = segment_records("MSG", "Free text.")
    conditions: tuple[BenefitCondition, ...] = loop_records(
        "2115C", "2115D", help="Places of service and other conditions."
    )
    entities: tuple[EligibilityParty, ...] = loop_records(
        "2120C", "2120D", help="Other payers, delegated reviewers, providers of this benefit."
    )


@frozen(kw_only=True, slots=False)
class InquiryDependent:
    """A dependent with what is asked about them."""

    traces: tuple[Trace, ...] = segment_records("TRN", "Trace numbers.")
    person: EligibilityPerson = loop_record("2100D", help="Who it is.", required=True)
    questions: tuple[Question, ...] = loop_records("2110D", help="What is asked.")


@frozen(kw_only=True, slots=False)
class InquirySubscriber:
    """A subscriber with what is asked about them, and the dependents."""

    traces: tuple[Trace, ...] = segment_records("TRN", "Trace numbers.")
    person: EligibilityPerson = loop_record("2100C", help="Who it is.", required=True)
    questions: tuple[Question, ...] = loop_records("2110C", help="What is asked.")
    dependents: tuple[InquiryDependent, ...] = loop_records("2000D", help="The dependents.")


@frozen(kw_only=True, slots=False)
class InquiryReceiver:
    """Who asks, and about whom."""

    party: EligibilityParty = loop_record("2100B", help="Who asks.", required=True)
    subscribers: tuple[InquirySubscriber, ...] = loop_records("2000C", help="The subscribers.")


@frozen(kw_only=True, slots=False)
class InquirySource:
    """Who is asked, mostly the payer."""

    party: EligibilityParty = loop_record("2100A", help="Who is asked.", required=True)
    receivers: tuple[InquiryReceiver, ...] = loop_records("2000B", help="Who asks.")


@frozen(kw_only=True, slots=False)
class ResponseDependent:
    """A dependent with what is told about them."""

    traces: tuple[Trace, ...] = segment_records("TRN", "Trace numbers.")
    person: EligibilityPerson = loop_record("2100D", help="Who it is.", required=True)
    benefits: tuple[Benefit, ...] = loop_records("2110D", help="What is told.")


@frozen(kw_only=True, slots=False)
class ResponseSubscriber:
    """A subscriber with what is told about them, and the dependents."""

    traces: tuple[Trace, ...] = segment_records("TRN", "Trace numbers.")
    person: EligibilityPerson = loop_record("2100C", help="Who it is.", required=True)
    benefits: tuple[Benefit, ...] = loop_records("2110C", help="What is told.")
    dependents: tuple[ResponseDependent, ...] = loop_records("2000D", help="The dependents.")


@frozen(kw_only=True, slots=False)
class ResponseReceiver:
    """Who asks, and about whom."""

    party: EligibilityParty = loop_record("2100B", help="Who asks.", required=True)
    subscribers: tuple[ResponseSubscriber, ...] = loop_records("2000C", help="The subscribers.")


@frozen(kw_only=True, slots=False)
class ResponseSource:
    """Who answers, mostly the payer."""

    rejects: tuple[Reject, ...] = segment_records("AAA", "Why nothing could be answered.")
    party: EligibilityParty = loop_record("2100A", help="Who answers.", required=True)
    receivers: tuple[ResponseReceiver, ...] = loop_records("2000B", help="Who asks.")


@frozen(kw_only=True, slots=False)
class EligibilityInquiry:
    """One 270 transaction set."""

    reference: str | None = element("BHT03", "Identifier of the transaction.")
    purpose: str = element("BHT02", "13 request, 01 cancellation.", default="13")
    created_on: date | None = element("BHT04", "Date of creation.")
    created_at: ClockTime | None = element("BHT05", "Time of creation.")
    transaction_type: str | None = element("BHT06", "RT, spend down.")
    sources: tuple[InquirySource, ...] = loop_records("2000A", help="Who is asked.")
    unplaced: tuple[Unplaced, ...] = attrs.field(default=())


@frozen(kw_only=True, slots=False)
class EligibilityResponse:
    """One 271 transaction set."""

    reference: str | None = element("BHT03", "Identifier of the inquiry, returned.")
    purpose: str = element("BHT02", "11 response, 06 confirmation.", default="11")
    created_on: date | None = element("BHT04", "Date of creation.")
    created_at: ClockTime | None = element("BHT05", "Time of creation.")
    sources: tuple[ResponseSource, ...] = loop_records("2000A", help="Who answers.")
    unplaced: tuple[Unplaced, ...] = attrs.field(default=())
