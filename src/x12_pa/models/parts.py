"""The small records that requests and responses are made of: parties, numbers, dates, quantities.

Codes stay codes (`"62"`, `"ABK"`): their meaning belongs to the code lists of the guide, never to
these records. Text fields that X12 requires are `str` and hold `""` where a file that was read
left them out; everything else is `None` or `()` when absent.
"""

# Declarations are calls by design; each gives a new attrs field.
# ruff: noqa: RUF009

from datetime import date
from decimal import Decimal

from attrs import frozen

from x12_pa.models.bindings import (
    composite_record,
    element,
    elements,
    group_records,
    inline_record,
    part,
    parts,
    repetitions,
    segment_record,
    segment_records,
)


@frozen(kw_only=True, slots=False)
class Address:
    """A postal address."""

    line_1: str | None = element("N301", "First address line.", private=True)
    line_2: str | None = element("N302", "Second address line.", private=True)
    city: str | None = element("N401", "City.", private=True)
    state: str | None = element("N402", "State or province code.", private=True)
    postal_code: str | None = element("N403", "ZIP or postal code, digits only.", private=True)
    country: str | None = element("N404", "Country code, when not the United States.")
    subdivision: str | None = element("N407", "Country subdivision code.")


@frozen(kw_only=True, slots=False)
class ContactNumber:
    """One way to reach a contact."""

    type: str = part(1, "TE telephone, FX fax, EM e-mail, UR web, EX extension.", required=True)
    number: str = part(2, "The number or address.", required=True, private=True)


@frozen(kw_only=True, slots=False)
class Contact:
    """Whom to call or write to."""

    name: str | None = element("PER02", "Name of the person or department.", private=True)
    numbers: tuple[ContactNumber, ...] = group_records(
        "Up to three numbers or addresses.", "PER03", "PER05", "PER07", size=2
    )


@frozen(kw_only=True, slots=False)
class OtherIdentifier:
    """A further identification number of a party or person."""

    type: str = element("REF01", "What kind of number it is.", required=True)
    value: str = element("REF02", "The number.", required=True, private=True)
    state: str | None = element("REF03", "State that issued a license number.")


@frozen(kw_only=True, slots=False)
class Reject:
    """Why a request could not be reviewed; not a decision about the care."""

    valid: bool | None = element("AAA01", "Whether the request as such was valid.", default=False)
    reason: str = element("AAA03", "Reject reason code.", required=True)
    follow_up: str | None = element("AAA04", "What the sender may do next.")


@frozen(kw_only=True, slots=False)
class Party:
    """An organization or a person in a role: payer, requester, provider, place, contact."""

    role: str = element("NM101", "Role code: X3 reviewer, 1P provider, SJ, FA ...", required=True)
    kind: str = element("NM102", "1 a person, 2 an organization.", default="2")
    name: str | None = element("NM103", "Last name, or name of the organization.", private=True)
    first_name: str | None = element("NM104", "First name of a person.", private=True)
    middle_name: str | None = element("NM105", "Middle name of a person.", private=True)
    prefix: str | None = element("NM106", "Name prefix.")
    suffix: str | None = element("NM107", "Name suffix.")
    identifier_type: str | None = element("NM108", "XX for an NPI, PI for a payer id ...")
    identifier: str | None = element("NM109", "The identifier, for example the NPI.", private=True)
    other_identifiers: tuple[OtherIdentifier, ...] = segment_records("REF", "Further identifiers.")
    address: Address | None = inline_record("Address.")
    contact: Contact | None = segment_record("PER", "Contact.")
    provider_type: str | None = element("PRV01", "Provider code: PE performing, AT attending ...")
    taxonomy: str | None = element("PRV03", "Provider taxonomy code.")
    rejects: tuple[Reject, ...] = segment_records("AAA", "Why this party was rejected.")


@frozen(kw_only=True, slots=False)
class OtherReviewer:
    """Another organization that reviewed and denied the same event before."""

    role: str = element("NM101", "Role code.", required=True)
    kind: str = element("NM102", "2, an organization.", default="2")
    name: str | None = element("NM103", "Name of the organization.")
    denial_reasons: tuple[str, ...] = elements(
        "Up to four reasons of the denial.", "REF02", "REF04-2", "REF04-4", "REF04-6"
    )
    denied_on: date | None = element("DTP[598]03", "Date of the denial.")


@frozen(kw_only=True, slots=False)
class Person:
    """What subscriber and dependent have in common."""

    last_name: str | None = element("NM103", "Last name.", private=True)
    first_name: str | None = element("NM104", "First name.", private=True)
    middle_name: str | None = element("NM105", "Middle name or initial.", private=True)
    suffix: str | None = element("NM107", "Name suffix.", private=True)
    birth_date: date | None = element("DMG02", "Date of birth.", private=True)
    gender: str | None = element("DMG03", "F, M or U.")
    address: Address | None = inline_record("Address.")
    other_identifiers: tuple[OtherIdentifier, ...] = segment_records(
        "REF", "Further numbers, for example EJ, the patient account number."
    )
    rejects: tuple[Reject, ...] = segment_records("AAA", "Why this person was rejected.")


@frozen(kw_only=True, slots=False)
class Subscriber(Person):
    """The insured person; also the patient when there is no dependent."""

    member_id_type: str = element("NM108", "MI member id, II standard health id.", default="MI")
    member_id: str = element("NM109", "Member id.", required=True, private=True)
    prefix: str | None = element("NM106", "Name prefix.")
    military_status: str | None = element("INS08", "Military status code.")


@frozen(kw_only=True, slots=False)
class Dependent(Person):
    """The patient, when that is not the subscriber."""

    relationship: str | None = element("INS02", "01 spouse, 19 child, G8 other.")
    birth_sequence: int | None = element("INS17", "Birth order of twins, triplets ...")
    member_id_type: str | None = element("NM108", "Kind of the dependent's own id (responses).")
    member_id: str | None = element("NM109", "The dependent's own id (responses).", private=True)


@frozen(kw_only=True, slots=False)
class Trace:
    """A number that follows an event or service from the request to every answer."""

    type: str = element("TRN01", "1 assigned by the sender, 2 returned.", default="1")
    number: str = element("TRN02", "The trace number.", required=True)
    originator: str = element(
        "TRN03", "Who assigned it: 1 and tax id, 3 and DUNS, 9 and own id.", required=True
    )
    department: str | None = element("TRN04", "Further detail of who assigned it.")


@frozen(kw_only=True, slots=False)
class Decision:
    """The answer to an event or to one service."""

    action: str = element("HCR01", "A1 certified, A3 not certified, A4 pended ...", required=True)
    number: str | None = element("HCR02", "Review identification number.")
    reasons: tuple[str, ...] = repetitions("HCR03", "Decision reason codes.")
    second_opinion: bool | None = element("HCR04", "Second surgical opinion needed.")


@frozen(kw_only=True, slots=False)
class Diagnosis:
    """A diagnosis, or a LOINC code that asks for a document (type LOI, responses)."""

    type: str = part(1, "ABK principal, ABF further, ABJ admitting (ICD-10) ...", required=True)
    code: str = part(2, "The code, without a decimal point.", required=True)
    diagnosed_on: date | None = part(4, "Date of the diagnosis.")


@frozen(kw_only=True, slots=False)
class Quantity:
    """How much, how often, for how long."""

    unit: str | None = element("HSD01", "VS visits, DY days, HS hours, FL units, MN months.")
    amount: Decimal | None = element("HSD02", "How many units.")
    per: str | None = element("HSD03", "DA day, WK week, MO month.")
    per_count: Decimal | None = element("HSD04", "The amount applies to this many `per`.")
    period: str | None = element("HSD05", "Kind of period that it goes on for.")
    period_count: int | None = element("HSD06", "How many such periods.")
    frequency: str | None = element("HSD07", "Calendar pattern code.")
    time_of_day: str | None = element("HSD08", "Time-of-day pattern code.")


@frozen(kw_only=True, slots=False)
class Condition:
    """A certification: which conditions of a category apply, or do not."""

    category: str = element(
        "CRC01", "07 ambulance, 08 chiropractic, 09 equipment ...", required=True
    )
    applies: bool | None = element("CRC02", "Whether the conditions apply.", default=True)
    codes: tuple[str, ...] = elements(
        "Up to five condition codes.", "CRC03", "CRC04", "CRC05", "CRC06", "CRC07"
    )


@frozen(kw_only=True, slots=False)
class Attachment:
    """A document that is sent along or asked for."""

    type: str = element("PWK01", "Report type code.", required=True)
    transmission: str | None = element("PWK02", "EL electronic, FX fax, BM mail, VO voice ...")
    control_number: str | None = element("PWK06", "Number that the 275 repeats.")
    description: str | None = element("PWK07", "What it is.")


@frozen(kw_only=True, slots=False)
class Procedure:
    """A procedure, drug or supply code, alone or as a range."""

    qualifier: str = part(1, "HC for HCPCS and CPT, AD dental, N4 NDC ...", required=True)
    code: str = part(2, "The code.", required=True)
    modifiers: tuple[str, ...] = parts("Up to four modifiers.", 3, 4, 5, 6)
    description: str | None = part(7, "Description.")
    code_end: str | None = part(8, "Last code, when a range is meant.")


@frozen(kw_only=True, slots=False)
class ProfessionalService:
    """A service of a professional claim."""

    procedure: Procedure = composite_record("SV101", "Procedure.", required=True)
    amount: Decimal | None = element("SV102", "Charge.")
    unit: str | None = element("SV103", "UN units, MJ minutes, F2 international units.")
    count: Decimal | None = element("SV104", "How many units.")
    diagnosis_pointers: tuple[int, ...] = elements(
        "Positions in the event's diagnoses, from 1.", "SV107-1", "SV107-2", "SV107-3", "SV107-4"
    )
    epsdt: bool | None = element("SV111", "Result of a screening of a child (EPSDT).")
    nursing_level: str | None = element("SV120", "Nursing home level of care.")


@frozen(kw_only=True, slots=False)
class InstitutionalService:
    """A service line of an institutional claim: revenue code, procedure, or both."""

    revenue_code: str | None = element("SV201", "Revenue code.")
    procedure: Procedure | None = composite_record("SV202", "Procedure.")
    amount: Decimal | None = element("SV203", "Charge.")
    unit: str | None = element("SV204", "UN units, DA days, F2 international units.")
    count: Decimal | None = element("SV205", "How many units.")
    rate: Decimal | None = element("SV206", "Rate per unit.")
    nursing_status: str | None = element("SV209", "Nursing home residential status.")
    nursing_level: str | None = element("SV210", "Nursing home level of care.")


@frozen(kw_only=True, slots=False)
class DentalService:
    """A dental service."""

    procedure: Procedure = composite_record("SV301", "Procedure.", required=True)
    amount: Decimal | None = element("SV302", "Charge.")
    oral_cavity: tuple[str, ...] = elements(
        "Areas of the oral cavity.", "SV304-1", "SV304-2", "SV304-3", "SV304-4", "SV304-5"
    )
    prosthesis: str | None = element("SV305", "I initial, R replacement.")
    count: Decimal | None = element("SV306", "How many.")
    description: str | None = element("SV307", "Description.")


@frozen(kw_only=True, slots=False)
class Tooth:
    """A tooth with the surfaces that are treated."""

    code: str = element("TOO02", "Tooth number.", required=True)
    surfaces: tuple[str, ...] = elements(
        "Tooth surfaces.", "TOO03-1", "TOO03-2", "TOO03-3", "TOO03-4", "TOO03-5"
    )
