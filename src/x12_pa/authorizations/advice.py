"""One sentence of advice per state: whose turn it is, by when, and what to do.

The table at the end is the whole dispatch; a state that is not in it needs nothing. No sentence
holds personal data: they name codes, labels, days and the payer's own telephone.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType

from x12_pa.authorizations.cases import (
    REJECT_REASON,
    REPORT_CHANNEL,
    REPORT_TYPE,
    REVIEW_REASON,
    Advice,
    Case,
    Labels,
    Turn,
    View,
    named,
)
from x12_pa.authorizations.clocks import (
    DENIAL_RULE,
    INFORMATION_RULE,
    RECEIPT_RULE,
    SILENCE_RULE,
    Deadline,
)
from x12_pa.authorizations.reasons import AFTER_DENIAL, follow_up, main_class, whose_data
from x12_pa.authorizations.records import Ask, Quantity, Rejection
from x12_pa.authorizations.states import State

Adviser = Callable[[Case, datetime, Labels], Advice]


def advise(case: Case, now: datetime, labels: Labels) -> Advice:
    """Return what is to be done about a case at `now`."""
    adviser = _ADVISERS.get(State(case.authorization.state))
    return adviser(case, now, labels) if adviser else Advice()


def _queued(case: Case, now: datetime, labels: Labels) -> Advice:
    text = "Waits for upload: run the exchange."
    return Advice(view="unanswered", turn="ours", next=text)


def _sent(case: Case, now: datetime, labels: Labels) -> Advice:
    due = case.deadline(RECEIPT_RULE, case.sent_at)
    late = due is not None and due.due < now
    text = (
        "No acknowledgement came: look for the control number at the payer before sending again."
        if late
        else "Wait for the acknowledgement."
    )
    turn: Turn = "ours" if late else "payer"
    return Advice(view="unanswered", turn=turn, due=due, next=text)


def _received(case: Case, now: datetime, labels: Labels) -> Advice:
    start = case.acknowledged_at or case.sent_at
    due = case.answer_due() or case.deadline(SILENCE_RULE, start)
    late = due is not None and due.due < now
    text = "Wait for the answer."
    if late:
        text = "The answer is overdue: ask the payer for the status."
    turn: Turn = "ours" if late else "payer"
    return Advice(view="unanswered", turn=turn, due=due, next=text)


def _refused(case: Case, now: datetime, labels: Labels) -> Advice:
    text = "Repair what the TA1 or 999 names and send it again under the same trace number."
    return Advice(view="unanswered", turn="ours", due=_disposition(case), next=text)


def _rejected(case: Case, now: datetime, labels: Labels) -> Advice:
    rejections = case.authorization.rejections
    parts = [_rejection(found, labels) for found in rejections] or ["Read the payer's answer."]
    held = bool(rejections) and all(r.follow_up == "Y" for r in rejections)
    text = "Rejected, not denied: nothing was reviewed. " + " ".join(dict.fromkeys(parts))
    turn: Turn = "payer" if held else "ours"
    due = case.answer_due() if held else _disposition(case)
    return Advice(view="unanswered", turn=turn, due=due, next=text)


def _rejection(found: Rejection, labels: Labels) -> str:
    reason = named(labels, REJECT_REASON, [found.code])
    return f"{found.loop}, {whose_data(found)}: {reason}. {follow_up(found)}"


def _asked(case: Case, now: datetime, labels: Labels) -> Advice:
    wanted = [_ask(found, labels) for found in case.authorization.asks]
    text = f"Send what the payer waits for: {'; '.join(wanted) or 'see its message'}."
    due = case.deadline(INFORMATION_RULE, case.answered_at)
    return Advice(view="pended", turn="ours", due=due, next=text)


def _ask(found: Ask, labels: Labels) -> str:
    if found.kind == "loinc":
        return f"document LOINC {found.code}"
    if found.kind == "reason":
        return named(labels, REVIEW_REASON, [found.code])
    channel = named(labels, REPORT_CHANNEL, [found.channel]) if found.channel else ""
    report = f"report {named(labels, REPORT_TYPE, [found.code])}"
    return f"{report} by {channel}" if channel else report


def _reviewed(case: Case, now: datetime, labels: Labels) -> Advice:
    due = case.answer_due() or case.deadline(SILENCE_RULE, case.answered_at)
    reasons = named(labels, REVIEW_REASON, case.authorization.reasons)
    late = due is not None and due.due < now
    why = f" ({reasons})" if reasons else ""
    text = f"Pended without asking for anything{why}: find out what the payer waits for."
    turn: Turn = "ours" if late or not reasons else "payer"
    return Advice(view="pended", turn=turn, due=due, next=text)


def _contact(case: Case, now: datetime, labels: Labels) -> Advice:
    desks = [
        " ".join(filter(None, [desk.name, *(f"{kind} {value}" for kind, value in desk.numbers)]))
        for desk in case.authorization.contacts
    ]
    whom = ", or ".join(filter(None, desks)) or "the number on the member's card"
    text = f"The payer wants to be contacted: {whom}. There is no decision yet."
    return Advice(view="pended", turn="ours", due=_disposition(case), next=text)


def _unclear(case: Case, now: datetime, labels: Labels) -> Advice:
    why = " ".join(dict.fromkeys(note.text for note in case.authorization.notes))
    text = f"The answer cannot be read as a decision; ask the payer. {why}".strip()
    return Advice(view="pended", turn="ours", due=_disposition(case), next=text)


def _denied(case: Case, now: datetime, labels: Labels) -> Advice:
    record = case.authorization
    kind = main_class(record.reasons)
    reasons = named(labels, REVIEW_REASON, record.reasons) or "no reason given"
    text = f"Not certified: {reasons}. Class: {kind}. {AFTER_DENIAL[kind]}"
    if record.state == State.UPHELD:
        text = f"The appeal was turned down: {reasons}. Look at external review."
    return _decided(case, text, view="denied")


def _modified(case: Case, now: datetime, labels: Labels) -> Advice:
    record = case.authorization
    asked, given = record.requested_quantity, record.quantity
    change = ""
    if (
        asked is not None
        and given is not None
        and (asked.unit, asked.amount)
        != (
            given.unit,
            given.amount,
        )
    ):
        change = f" {_amount(given)} of {_amount(asked)} authorised."
    text = f"Certified with changes.{change} Compare with the request: accept, or appeal."
    return _decided(case, text, view=None)


def _partial(case: Case, now: datetime, labels: Labels) -> Advice:
    text = "Certified in part: compare with the request: accept, or appeal."
    return _decided(case, text, view=None)


def _certified(case: Case, now: datetime, labels: Labels) -> Advice:
    if case.authorization.number or case.handled:
        return Advice()
    text = "Certified without a number: ask the payer for it before the claim goes out."
    return Advice(turn="ours", due=_disposition(case), next=text)


def _cancelled(case: Case, now: datetime, labels: Labels) -> Advice:
    return _decided(case, "Cancelled: take its number off claims not yet sent.", view=None)


def _closed(case: Case, now: datetime, labels: Labels) -> Advice:
    return _decided(case, "The payer closed it for want of information: ask anew.", view=None)


def _expired(case: Case, now: datetime, labels: Labels) -> Advice:
    return Advice(next="The window is over: a new request is needed for further services.")


def _exhausted(case: Case, now: datetime, labels: Labels) -> Advice:
    return Advice(next="All authorised units are used: ask for an extension if care goes on.")


def _appealed(case: Case, now: datetime, labels: Labels) -> Advice:
    due = case.answer_due()
    text = "An appeal is under way: follow it up with the payer."
    return Advice(view="unanswered", turn="payer", due=due, next=text)


def _decided(case: Case, text: str, *, view: View | None) -> Advice:
    """Ask for a disposition, once: every denial or change needs one."""
    if case.handled:
        return Advice(view=view, next="Dealt with.")
    return Advice(view=view, turn="ours", due=_disposition(case), next=text)


def _disposition(case: Case) -> Deadline | None:
    return case.deadline(DENIAL_RULE, case.answered_at)


def _amount(quantity: Quantity) -> str:
    return f"{quantity.amount:f} {quantity.unit}"


_ADVISERS: Mapping[State, Adviser] = MappingProxyType(
    {
        State.QUEUED: _queued,
        State.SENT: _sent,
        State.RECEIVED: _received,
        State.REFUSED: _refused,
        State.REJECTED: _rejected,
        State.PENDED_INFORMATION: _asked,
        State.PENDED_REVIEW: _reviewed,
        State.CONTACT_PAYER: _contact,
        State.UNCLEAR: _unclear,
        State.CERTIFIED: _certified,
        State.OVERTURNED: _certified,
        State.PARTIAL: _partial,
        State.MODIFIED: _modified,
        State.NOT_CERTIFIED: _denied,
        State.UPHELD: _denied,
        State.CANCELLED: _cancelled,
        State.CLOSED: _closed,
        State.EXPIRED: _expired,
        State.EXHAUSTED: _exhausted,
        State.APPEAL_IMMEDIATE: _appealed,
        State.APPEAL_STANDARD: _appealed,
    }
)
