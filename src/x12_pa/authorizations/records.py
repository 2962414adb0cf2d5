"""What is known about an authorization: plain frozen records, no behaviour.

One `Authorization` is one decision (or the lack of one) at one level: the patient event (2000E) or
one service (2000F) of a request. "One prior authorization = one number" is the wrong model: the
event and each service may be decided apart, with numbers and windows of their own, and a decision
may change after it looked final. So every record carries its level, its version and where its
window came from, and a number stands beside `usable_on_claim`, which says whether it is a
permission or only a tracking number.

The ledger stores these records; `decisions` makes them; `history` decides which one is current.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from attrs import frozen

Level = Literal["event", "service"]


@frozen(kw_only=True)
class Procedure:
    """A service code as the payer or the request names it (SV101, SV202, SV301, HI of the event).

    `qualifier` is the code list ("HC", "AD", "N4", "ZZ" …). With `code_end` the pair is an
    inclusive range.
    """

    qualifier: str
    code: str
    code_end: str | None = None
    modifiers: tuple[str, ...] = ()
    revenue_code: str | None = None


@frozen(kw_only=True)
class Quantity:
    """An amount in a unit ("VS" visits, "DY" days, "UN" units …).

    `pattern` keeps the raw rest of an HSD segment: a frequency such as "twice a week for six
    weeks" has no single total, so it is not turned into one.
    """

    unit: str
    amount: Decimal
    pattern: str | None = None


@frozen(kw_only=True)
class Patient:
    """The person the event is about; `dependent` when that is not the subscriber."""

    last_name: str
    first_name: str
    birth_date: date | None = None
    dependent: bool = False


@frozen(kw_only=True)
class Rejection:
    """One AAA: the request could not be processed at a level. It is not a denial.

    `loop` tells whose data failed ("2000A" the system, "2010B" the requester, "2010C" the
    subscriber …); `valid` is AAA01, `code` AAA03, `follow_up` AAA04.
    """

    loop: str
    code: str
    follow_up: str | None = None
    valid: str | None = None


@frozen(kw_only=True)
class Ask:
    """Something a pend waits for.

    `kind` is "report" (PWK01), "loinc" (HI with qualifier LOI) or "reason" (a decision reason that
    asks for information without naming a document). `channel` is PWK02, `control` PWK06.
    """

    kind: Literal["report", "loinc", "reason"]
    code: str
    channel: str | None = None
    control: str | None = None


@frozen(kw_only=True)
class Contact:
    """A person or desk to call (PER): numbers as (qualifier, value), e.g. ("TE", "8005550100")."""

    name: str | None = None
    numbers: tuple[tuple[str, str], ...] = ()


@frozen(kw_only=True)
class Note:
    """Something read leniently, or worth telling a person.

    `code` is a stable word of ours ("action-normalised", "window-reversed" …); `where` is the loop
    and element as the standard prints them; `text` is a sentence without personal data.
    """

    code: str
    where: str
    text: str


@frozen(kw_only=True)
class Authorization:
    """One decision, current or past, for one event or one service.

    Attributes:
        id: stable over versions, see `authorization_id`.
        request: BHT03 of the request that was answered.
        trace: TRN02 of this level, ours where the request had one.
        event: 1-based number of the patient event in its request; nearly always 1.
        service: 1-based number of the service in its event; None at event level.
        state: a state of `states.State`, in words ("certified", "pended_information" …).
        action: HCR01 that decides here (the event's where the service has none), normalised.
        reasons: HCR03 and later reasons, raw.
        number: HCR02 as received, outer blanks removed; never shortened.
        usable_on_claim: whether `number` may stand on a claim for this event or service.
        effective_on: first day of the window; None when unknown or open.
        expires_on: last day of the window, inclusive.
        window_source: loop and segment the window was read from ("2000F/DTP*007").
        issued_on: certification issue date (DTP*102); never the start of a window.
        decided_at: BHT04/BHT05 of the response, the order of decisions.
        category: UM01. verb: UM02. service_type: UM03. place_of_service: UM04. urgency: UM06.
        quantity: what was authorised; requested_quantity: what was asked for.
        requested_from, requested_to: dates of the request; never an authorised window.
        administrative_reference: REF*NT, the payer's reference of a review without a number.
        previous_number: REF*BB, the number of an earlier authorised review.
        own_decision: False where a service has no HCR of its own and follows its event.
        added_by_payer: the service was never asked for.
    """

    id: str
    request: str
    trace: str | None = None
    level: Level = "event"
    event: int = 1
    service: int | None = None
    payer: str
    payer_name: str = ""
    member_id: str = ""
    patient: Patient
    state: str
    action: str | None = None
    reasons: tuple[str, ...] = ()
    number: str | None = None
    usable_on_claim: bool = False
    effective_on: date | None = None
    expires_on: date | None = None
    window_source: str | None = None
    issued_on: date | None = None
    decided_at: datetime | None = None
    version: int = 1
    category: str | None = None
    verb: str | None = None
    service_type: str | None = None
    place_of_service: str | None = None
    urgency: str | None = None
    procedures: tuple[Procedure, ...] = ()
    quantity: Quantity | None = None
    requested_quantity: Quantity | None = None
    provider_npis: tuple[str, ...] = ()
    requested_from: date | None = None
    requested_to: date | None = None
    administrative_reference: str | None = None
    previous_number: str | None = None
    asks: tuple[Ask, ...] = ()
    contacts: tuple[Contact, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    messages: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    own_decision: bool = True
    added_by_payer: bool = False


def authorization_id(request: str, service: int | None = None, event: int = 1) -> str:
    """Return the id of an event (`service` None) or of its n-th service.

    The id is readable on purpose: staff type it, and it says which request it belongs to. The
    first event of request PA-17 is `PA-17`, its second service `PA-17/2`; the first service of a
    second event is `PA-17/e2/1`.
    """
    base = request if event == 1 else f"{request}/e{event}"
    return base if service is None else f"{base}/{service}"
