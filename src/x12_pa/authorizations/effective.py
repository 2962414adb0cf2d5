"""The decision that holds at one level, after service and event are put together field by field.

Decision, number and window each come from the service where it states them and from its event
otherwise. "Effective" is not "usable": a number is a permission only under A1 or A6, or under A2
where the level stands for itself and says how much; every other number is for tracking.

Source: X12 request for interpretation 1620; domain description 2.4, 2.5.
"""

from attrs import evolve, frozen

from x12_pa.authorizations.reasons import ASKING
from x12_pa.authorizations.records import Ask, Note, Rejection
from x12_pa.authorizations.states import Event
from x12_pa.authorizations.views import LevelView
from x12_pa.authorizations.windows import Window, window

GRANTING = frozenset({"A1", "A6"})
PARTLY, PENDED, CANCELLED = "A2", "A4", "C"
WITH_WINDOW = GRANTING | {PARTLY, "NA"}
NUMBER_LIMIT = 30

_HAPPENED = {
    "A1": Event.ANSWERED_CERTIFIED,
    PARTLY: Event.ANSWERED_PARTIAL,
    "A3": Event.ANSWERED_DENIED,
    "A6": Event.ANSWERED_MODIFIED,
    CANCELLED: Event.ANSWERED_CANCELLED,
    "CT": Event.ANSWERED_CONTACT,
    "NA": Event.ANSWERED_NOT_REQUIRED,
}

_TEXTS = {
    "action-normalised": "The action code came padded or in lower case; it was read without that.",
    "action-unknown": "The action code is not one of the guide; a person has to read the answer.",
    "number-trimmed": "Blanks around the number were removed.",
    "number-long": f"The number is longer than {NUMBER_LIMIT} characters; a claim may not hold it.",
    "number-missing": "The payer certified this without giving a number; ask for it.",
    "event-partial-service-silent": (
        "The event is certified in part and the answer does not say whether this service is."
    ),
    "no-decision": "The answer holds neither a decision nor a rejection here.",
}


@frozen(kw_only=True)
class Effective:
    """What holds at a level; `own` when the level itself states a decision or a rejection."""

    action: str | None
    number: str | None
    reasons: tuple[str, ...]
    usable: bool
    asks: tuple[Ask, ...]
    rejections: tuple[Rejection, ...]
    window: Window
    own: bool
    notes: tuple[Note, ...]

    @property
    def happened(self) -> Event:
        """Return the event of the state table that this decision is."""
        if self.action is None:
            return Event.ANSWERED_REJECTED if self.rejections else Event.ANSWERED_UNCLEAR
        if self.action == PENDED:
            return Event.ANSWERED_ASK if self.asks else Event.ANSWERED_PEND
        return _HAPPENED.get(self.action, Event.ANSWERED_UNCLEAR)


def tidy(level: LevelView) -> LevelView:
    """Return the level with action and number as they were meant, and notes about the difference.

    A lower-case or padded action code is common; taken literally it would be no decision at all.
    Inner blanks, leading zeros and length of a number are the payer's and stay.
    """
    notes = list(level.notes)
    action = (level.action or "").strip().upper() or None
    number = (level.number or "").strip() or None
    if action != level.action and action is not None:
        notes.append(_note("action-normalised", f"{level.loop}/HCR01"))
    if action is not None and action not in _HAPPENED and action != PENDED:
        notes.append(_note("action-unknown", f"{level.loop}/HCR01"))
    if number != level.number and number is not None:
        notes.append(_note("number-trimmed", f"{level.loop}/HCR02"))
    if number is not None and len(number) > NUMBER_LIMIT:
        notes.append(_note("number-long", f"{level.loop}/HCR02"))
    reasons = tuple(code for raw in level.reasons if (code := raw.strip()))
    return evolve(level, action=action, number=number, reasons=reasons, notes=tuple(notes))


def effective(
    event: LevelView,
    service: LevelView | None = None,
    *,
    above: tuple[Rejection, ...] = (),
    alone: bool = False,
) -> Effective:
    """Return what holds for `service`, or for the event when it is None.

    Args:
        event: the event, tidied.
        service: one of its services, tidied.
        above: rejections of the levels above the event.
        alone: the event has no services, neither asked nor answered.
    """
    level = service or event
    rejections = _rejections(event, service, above)
    inherits = service is not None and level.action is None and not level.rejections
    action = event.action if inherits else level.action
    number = level.number or (_inherited_number(event, level, action) if service else None)
    notes: list[Note] = []
    if inherits and action == PARTLY:
        action, number = None, None
        notes.append(_note("event-partial-service-silent", level.loop))
    elif action is None and not rejections:
        notes.append(_note("no-decision", level.loop))
    if action in GRANTING and not number:
        notes.append(_note("number-missing", f"{level.loop}/HCR02"))
    return Effective(
        action=action,
        number=number,
        reasons=level.reasons or (event.reasons if inherits else ()),
        usable=_usable(action, number, level, whole=alone or service is not None),
        asks=_asks(level, event) if action == PENDED else (),
        rejections=rejections,
        window=window(event, service) if action in WITH_WINDOW else Window(),
        own=service is None or not inherits,
        notes=tuple(notes),
    )


def _rejections(
    event: LevelView, service: LevelView | None, above: tuple[Rejection, ...]
) -> tuple[Rejection, ...]:
    """Return the rejections that hold here: the level's own, else, when undecided, those above."""
    if service is None:
        return (*above, *event.rejections)
    if service.rejections or service.action is not None:
        return service.rejections
    return (*above, *event.rejections)


def _inherited_number(event: LevelView, service: LevelView, action: str | None) -> str | None:
    """Return the event's number where it also stands for this service.

    An event certified in part names no service with its number, and the number of a denied or
    pended event is no permission for a service that is certified on its own.
    """
    if service.action is None:
        return event.number if not service.rejections else None
    return event.number if event.action in GRANTING and action in GRANTING else None


def _usable(action: str | None, number: str | None, level: LevelView, *, whole: bool) -> bool:
    if not number:
        return False
    if action == PARTLY:
        return whole and level.quantity is not None
    return action in GRANTING


def _asks(level: LevelView, event: LevelView) -> tuple[Ask, ...]:
    reasons = level.reasons or event.reasons
    asking = tuple(Ask(kind="reason", code=code) for code in reasons if code in ASKING)
    return level.asks or event.asks or asking


def _note(code: str, where: str) -> Note:
    return Note(code=code, where=where, text=_TEXTS[code])
