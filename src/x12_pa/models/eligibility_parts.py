"""The small records that eligibility inquiries and responses are made of.

Address, contact, diagnosis, procedure, quantity, trace and reject are those of `parts`. What stands
here differs: numbers carry a description (a group number its group's name), a party may have
several contacts, and dates are a list of kind and period because a response names up to twenty.
"""

# Declarations are calls by design; each gives a new attrs field.
# ruff: noqa: RUF009

from datetime import date
from decimal import Decimal

from attrs import frozen

from x12_pa.models.bindings import (
    composite_records,
    element,
    inline_record,
    segment_record,
    segment_records,
)
from x12_pa.models.codecs import Period
from x12_pa.models.parts import Address, Contact, Diagnosis, Reject


@frozen(kw_only=True, slots=False)
class Identification:
    """A further number: group, plan, prior authorization, card ..."""

    type: str = element("REF01", "What kind of number it is.", required=True)
    value: str = element("REF02", "The number.", required=True, private=True)
    description: str | None = element(
        "REF03", "Name of the group or plan; state of a license.", private=True
    )


@frozen(kw_only=True, slots=False)
class DatedFact:
    """A day or a range of days with its kind: 291 plan, 346 plan begin, 472 service ..."""

    type: str = element("DTP01", "Kind of date.", required=True)
    period: Period | None = element("DTP03", "The day or days.")


@frozen(kw_only=True, slots=False)
class ProviderRole:
    """The role and the specialty or identifier of a provider."""

    role: str = element("PRV01", "Provider code: PE performing, RF referring ...", required=True)
    identifier_type: str | None = element("PRV02", "PXC for a taxonomy code.")
    identifier: str | None = element("PRV03", "Taxonomy code or identifier.")


@frozen(kw_only=True, slots=False)
class LocatedAddress(Address):
    """An address that may name a region."""

    location_type: str | None = element("N405", "RJ, region.")
    location: str | None = element("N406", "The region.")


@frozen(kw_only=True, slots=False)
class EligibilityParty:
    """An organization or person in a role: payer, asking provider, other payer, reviewer."""

    role: str = element("NM101", "Role code: PR payer, 1P provider, X3 reviewer ...", required=True)
    kind: str = element("NM102", "1 a person, 2 an organization.", default="2")
    name: str | None = element("NM103", "Last name, or name of the organization.", private=True)
    first_name: str | None = element("NM104", "First name of a person.", private=True)
    middle_name: str | None = element("NM105", "Middle name of a person.", private=True)
    suffix: str | None = element("NM107", "Name suffix.")
    identifier_type: str | None = element("NM108", "XX for an NPI, PI for a payer id ...")
    identifier: str | None = element("NM109", "The identifier.", private=True)
    relationship: str | None = element("NM110", "Relation of the entity to the patient.")
    other_identifiers: tuple[Identification, ...] = segment_records("REF", "Further numbers.")
    address: LocatedAddress | None = inline_record("Address.")
    contacts: tuple[Contact, ...] = segment_records("PER", "Up to three contacts.")
    provider: ProviderRole | None = segment_record("PRV", "Role and specialty.")
    rejects: tuple[Reject, ...] = segment_records("AAA", "Why this party was rejected.")


@frozen(kw_only=True, slots=False)
class MilitaryService:
    """What is known of a person's military service (responses)."""

    status: str = element("MPI01", "How current the information is.", required=True)
    employment: str = element("MPI02", "Employment status code.", required=True)
    affiliation: str = element("MPI03", "Branch of service.", required=True)
    description: str | None = element("MPI04", "Description.")
    rank: str | None = element("MPI05", "Rank.")
    period: Period | None = element("MPI07", "When.")


@frozen(kw_only=True, slots=False)
class EligibilityPerson:
    """A subscriber or dependent as asked about, or as the payer knows them."""

    kind: str = element("NM102", "1 a person, 2 an organization.", default="1")
    last_name: str | None = element("NM103", "Last name.", private=True)
    first_name: str | None = element("NM104", "First name.", private=True)
    middle_name: str | None = element("NM105", "Middle name or initial.", private=True)
    suffix: str | None = element("NM107", "Name suffix.", private=True)
    member_id_type: str | None = element("NM108", "MI member id, II standard health id.")
    member_id: str | None = element("NM109", "Member id.", private=True)
    other_identifiers: tuple[Identification, ...] = segment_records(
        "REF", "Further numbers: group, plan, card, prior member id ..."
    )
    address: Address | None = inline_record("Address.")
    rejects: tuple[Reject, ...] = segment_records("AAA", "Why this person was rejected.")
    provider: ProviderRole | None = segment_record("PRV", "Provider the question is about.")
    birth_date: date | None = element("DMG02", "Date of birth.", private=True)
    gender: str | None = element("DMG03", "F, M or U.")
    relationship: str | None = element("INS02", "18 self, 01 spouse, 19 child ...")
    maintenance_type: str | None = element("INS03", "001: identifying data were changed.")
    maintenance_reason: str | None = element("INS04", "25: identifying data were changed.")
    birth_sequence: int | None = element("INS17", "Birth order of twins, triplets ...")
    diagnoses: tuple[Diagnosis, ...] = composite_records("HI", "Up to eight diagnoses.")
    dates: tuple[DatedFact, ...] = segment_records("DTP", "Dates that hold for every benefit.")
    military: MilitaryService | None = segment_record("MPI", "Military service.")


@frozen(kw_only=True, slots=False)
class BenefitCondition:
    """What a benefit depends on beside the service: place of service, nature of injury."""

    code_list: str | None = element("III01", "ZZ place of service, NI or GR nature of injury.")
    code: str | None = element("III02", "The code.")
    category: str | None = element("III03", "44, nature of injury in words.")
    text: str | None = element("III04", "The words.")


@frozen(kw_only=True, slots=False)
class Message:
    """One line of free text."""

    text: str = element("MSG01", "The text.", required=True, private=True)


@frozen(kw_only=True, slots=False)
class Delivery:
    """How much of a benefit, how often, for how long (HSD)."""

    unit: str | None = element("HSD01", "VS visits, DY days, HS hours, FL units, MN months.")
    amount: Decimal | None = element("HSD02", "How many units.")
    per: str | None = element("HSD03", "DA days, WK week, MO months, YR years, VS visit.")
    per_count: Decimal | None = element("HSD04", "The amount applies to this many `per`.")
    period: str | None = element("HSD05", "Time period: 23 calendar year, 29 remaining ...")
    period_count: int | None = element("HSD06", "How many such periods.")
    frequency: str | None = element("HSD07", "Calendar pattern code.")
    time_of_day: str | None = element("HSD08", "Time-of-day pattern code.")
