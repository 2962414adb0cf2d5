"""What the rules need to know about a 278, whichever way it was read.

A request and a response have the same shape: who, whom about, and a list of patient events with
services below them. Event and service, too, carry the same things: traces, a review (UM), perhaps a
decision (HCR), dates, quantities. So one `LevelView` serves both levels, "service overrides event
per field" is one line of code, and the rules do not care whether a view came from a parsed file or
from the ledger. `adapters` makes views from `x12_pa.models`.
"""

from datetime import date, datetime

from attrs import frozen

from x12_pa.authorizations.records import (
    Ask,
    Contact,
    Level,
    Note,
    Patient,
    Procedure,
    Quantity,
    Rejection,
)


@frozen(kw_only=True)
class TraceView:
    """A TRN: `kind` "1" for the sender's own, "2" for one of ours echoed."""

    kind: str
    number: str
    originator: str = ""


@frozen(kw_only=True)
class DateView:
    """A DTP: one day, or an inclusive range. `qualifier` is DTP01 ("472", "007", "AAH" …)."""

    qualifier: str
    start: date
    end: date | None = None


@frozen(kw_only=True)
class LevelView:
    """An event or a service, as the transaction states it; nothing inherited, nothing normalised.

    `loop` names where it stands ("2000E", "2000F"). `action` and `number` are HCR01 and HCR02 raw.
    `dates` keeps document order. `quantity` is what the level asks for or grants.
    """

    loop: str
    traces: tuple[TraceView, ...] = ()
    action: str | None = None
    number: str | None = None
    reasons: tuple[str, ...] = ()
    category: str | None = None
    verb: str | None = None
    service_type: str | None = None
    place_of_service: str | None = None
    urgency: str | None = None
    administrative_reference: str | None = None
    previous_number: str | None = None
    dates: tuple[DateView, ...] = ()
    procedures: tuple[Procedure, ...] = ()
    quantity: Quantity | None = None
    provider_npis: tuple[str, ...] = ()
    asks: tuple[Ask, ...] = ()
    contacts: tuple[Contact, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    messages: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def level(self) -> Level:
        """Return which level the loop is."""
        return "service" if self.loop == "2000F" else "event"

    def date(self, qualifier: str) -> DateView | None:
        """Return the first date with this qualifier."""
        return next((d for d in self.dates if d.qualifier == qualifier), None)


@frozen(kw_only=True)
class EventView:
    """A patient event and the services below it, in document order."""

    event: LevelView
    services: tuple[LevelView, ...] = ()


@frozen(kw_only=True)
class TransactionView:
    """One 278, request or response.

    `reference` is BHT03, `at` BHT04/BHT05 (the sender's clock; its zone is not in the file, so the
    value orders answers of one payer and measures nothing), `status` BHT06. `rejections` are those
    above the events: system, requester, subscriber, dependent. `contacts` are the payer's own.
    """

    reference: str
    at: datetime | None = None
    status: str | None = None
    payer: str = ""
    payer_name: str = ""
    requester_npi: str = ""
    member_id: str = ""
    patient: Patient
    contacts: tuple[Contact, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    events: tuple[EventView, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def levels(self) -> tuple[LevelView, ...]:
        """Return every event and service in document order."""
        return tuple(level for e in self.events for level in (e.event, *e.services))
