"""The event's clinical certifications: admission, ambulance, spinal, oxygen, home health."""

# Declarations are calls by design; each gives a new attrs field.
# ruff: noqa: RUF009

from datetime import date
from decimal import Decimal

from attrs import frozen

from x12_pa.models.bindings import element
from x12_pa.models.codecs import Period


@frozen(kw_only=True, slots=False)
class Admission:
    """How a patient comes to an institution (CL1)."""

    type: str | None = element("CL101", "Priority (type) of admission.")
    source: str | None = element("CL102", "Point of origin.")
    patient_status: str | None = element("CL103", "Patient status code.")
    nursing_status: str | None = element("CL104", "Nursing home residential status.")


@frozen(kw_only=True, slots=False)
class Ambulance:
    """An ambulance transport (CR1)."""

    weight_unit: str | None = element("CR101", "LB or KG.")
    weight: Decimal | None = element("CR102", "Weight of the patient.")
    transport: str = element(
        "CR103", "I initial, R return, T transfer, X round trip.", required=True
    )
    reason: str | None = element("CR104", "Transport reason code.")
    distance_unit: str | None = element("CR105", "DH miles, DK kilometres.")
    distance: Decimal | None = element("CR106", "Distance.")
    round_trip_purpose: str | None = element("CR109", "Purpose of a round trip.")
    stretcher_purpose: str | None = element("CR110", "Why a stretcher is needed.")


@frozen(kw_only=True, slots=False)
class SpinalManipulation:
    """A chiropractic treatment series (CR2)."""

    treatment_number: int | None = element("CR201", "Number of this treatment in the series.")
    treatment_count: Decimal | None = element("CR202", "Treatments in the series.")
    subluxation_from: str | None = element("CR203", "Subluxation level.")
    subluxation_to: str | None = element("CR204", "Last level, when a range is meant.")
    condition: str | None = element("CR208", "Patient condition code.")
    complication: bool | None = element("CR209", "Whether there is a complication.")
    description_1: str | None = element("CR210", "Description of the condition.")
    description_2: str | None = element("CR211", "More of the description.")
    xray_available: bool | None = element("CR212", "Whether X-rays are available.")


@frozen(kw_only=True, slots=False)
class OxygenTherapy:
    """Home oxygen (CR5)."""

    equipment_1: str | None = element("CR503", "Oxygen equipment type.")
    equipment_2: str | None = element("CR504", "Second equipment type.")
    equipment_reason: str | None = element("CR505", "Why the equipment is needed.")
    flow_rate: Decimal | None = element("CR506", "Litres a minute.")
    daily_use_count: Decimal | None = element("CR507", "Times a day.")
    use_hours: Decimal | None = element("CR508", "Hours each time.")
    therapist_order: str | None = element("CR509", "Order of the respiratory therapist.")
    blood_gas: Decimal | None = element("CR510", "Arterial blood gas.")
    saturation: Decimal | None = element("CR511", "Oxygen saturation.")
    test_condition: str | None = element("CR512", "Condition of the test.")
    finding_1: str | None = element("CR513", "Finding of the test.")
    finding_2: str | None = element("CR514", "Second finding.")
    finding_3: str | None = element("CR515", "Third finding.")
    portable_flow_rate: Decimal | None = element("CR516", "Litres a minute, portable system.")
    delivery: str | None = element("CR517", "Oxygen delivery system.")
    equipment_3: str | None = element("CR518", "Third equipment type.")


@frozen(kw_only=True, slots=False)
class HomeHealth:
    """Home health care (CR6)."""

    prognosis: str | None = element("CR601", "Prognosis code.")
    start_date: date | None = element("CR602", "Start of care.")
    certification_period: Period | None = element("CR604", "Period of the certification.")
    certification_type: str | None = element("CR608", "Certification type code.")
    surgery_date: date | None = element("CR609", "Date of surgery.")
    surgery_qualifier: str | None = element("CR610", "HC or ID, the code set of the surgery.")
    surgery_code: str | None = element("CR611", "Code of the surgery.")
    order_date: date | None = element("CR612", "Date of the physician's order.")
    last_visit_date: date | None = element("CR613", "Date of the last visit.")
    physician_contact_date: date | None = element("CR614", "Last contact with the physician.")
    last_admission: Period | None = element("CR616", "Period of the last admission.")
    patient_location: str | None = element("CR617", "Where the patient is.")
