"""What became of a question that was asked before, and whether it may be asked again by itself.

A question is stored under a key; asked again, it takes the next key, so the newest of them is the
one that counts. What the payer could not answer is asked again after the time that it named; what
it wants corrected, or not sent again, waits until a person asks `again`.
"""

from collections.abc import Callable
from datetime import date, datetime, tzinfo

from x12_pa.authorizations.states import State
from x12_pa.eligibility.repeating import Pause, pause_after
from x12_pa.ledger import eligibility as store
from x12_pa.ledger.database import Tx
from x12_pa.services.eligibility_lists import Question, with_answers

_BY_ACKNOWLEDGEMENT = "an acknowledgement refused the inquiry (x12-pa exchange status)"


def newest(tx: Tx, key_of: Callable[[int], str]) -> tuple[str, store.StoredCheck | None]:
    """Return the key that a question would get now, and the newest one that has an earlier key.

    Args:
        key_of: the key of a turn; the first one is 0.
    """
    turn, last = 0, None
    while (found := store.check_by_key(tx, key_of(turn))) is not None:
        turn, last = turn + 1, found
    return key_of(turn), last


def told_on(question: Question, when: datetime, zone: tzinfo) -> date:
    """Return the day of a response to a question in our zone.

    The time that a payer writes names no zone. An answer to what was asked for an occasion is not
    older than the question, whatever it writes.
    """
    day = when.astimezone(zone).date()
    asked_on = question.stored.created_at.astimezone(zone).date()
    return max(day, asked_on) if question.stored.occasion else day


def pause_of(question: Question, zone: tzinfo) -> Pause | None:
    """Return why a question is not asked again by itself; None: it is answered, or it waits."""
    if question.told:
        return pause_after(question.newest, told_on(question, question.told[0][0], zone))
    refused = question.state == State.REFUSED
    return Pause(action="correct", detail=_BY_ACKNOWLEDGEMENT) if refused else None


def pause_of_known(tx: Tx, known: store.StoredCheck, zone: tzinfo) -> Pause | None:
    """Return why a question that was stored is not asked again by itself."""
    (question,) = with_answers(tx, [known])
    return pause_of(question, zone)


def said_of_known(known: store.StoredCheck, pause: Pause | None) -> str:
    """Say what is known of a question that is not asked again."""
    if pause is None or pause.action == "read":
        return f"it was asked before ({known.state.replace('_', ' ')})"
    lead = f"it was asked before; {pause.detail}"
    if pause.action == "wait":
        return f"{lead}; asked again from {pause.until} on" if pause.until else lead
    return f"{lead}; {_ADVICE[pause.action]}"


_ADVICE = {
    "correct": "correct it, or ask with --again",
    "stop": "the payer does not want it sent again, --again asks it all the same",
}
