"""The checks that are about limits: when, by whom, where, how much, and the number itself.

See `checks.CHECKS` for their place in the procedure.
"""

import re
from datetime import date, timedelta
from fractions import Fraction

from x12_pa.authorizations.records import Quantity
from x12_pa.authorizations.states import State
from x12_pa.models.codecs import Period
from x12_pa.reconcile.case import Case, Verdict, conflict, explained, manual, name_of
from x12_pa.reconcile.units import VOIDS, billed_amount, total

PLACE_OF_SERVICE = "B"
INSTITUTIONAL = "837I"


def window(case: Case) -> Verdict | None:
    """All days of the line lie in the authorized window, both ends included."""
    granted, billed = case.authorization, case.line.dates
    start, end = granted.effective_on, granted.expires_on
    if start is not None and end is None and case.policy.open_window_days is not None:
        end = start + timedelta(days=case.policy.open_window_days - 1)
    if billed is not None and (verdict := _outside(case, billed, start, end)) is not None:
        return verdict
    if billed is not None and start is not None and end is not None:
        return None
    if granted.state == State.NOT_REQUIRED or (
        case.policy.allow_without_window and billed is not None
    ):
        return None
    when = f"on {billed.isoformat()}" if billed else "on an unknown day"
    known = f"from {start}" if start else f"until {end}" if end else "without any dates"
    detail = f"The service was {when}, {name_of(granted)} is {known}: confirm its window."
    return manual("window-unknown", detail)


def _outside(case: Case, billed: Period, start: date | None, end: date | None) -> Verdict | None:
    both = f"The service was on {billed.isoformat()}, {name_of(case.authorization)} "
    if start is not None and billed.last < start:
        days = (start - billed.last).days
        detail = f"{both}begins on {start}: {_days(days)} too early."
        return conflict("not-yet-effective", detail, -days)
    if end is not None and billed.start > end:
        days = (billed.start - end).days
        return conflict("expired", f"{both}ended on {end}: {_days(days)} too late.", -days)
    early = max((start - billed.start).days, 0) if start else 0
    late = max((billed.last - end).days, 0) if end else 0
    if early or late:
        parts = [f"{_days(early)} before it"] * bool(early) + [f"{_days(late)} after it"] * bool(
            late
        )
        holds = f"holds from {start or 'an unknown day'} to {end or 'an unknown day'}"
        detail = f"{both}{holds}: {' and '.join(parts)}."
        return conflict("partly-outside-window", detail, -early - late)
    return None


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"


def provider(case: Case) -> Verdict | None:
    """A provider that the authorization names is on the claim, himself or by his group."""
    named = set(case.authorization.provider_npis)
    claim, line = case.claim, case.line
    if (
        not named
        or not case.policy.check_provider
        or case.authorization.state == State.NOT_REQUIRED
    ):
        return None
    own = {line.rendering_npi}
    if claim.form == INSTITUTIONAL:
        own |= {claim.billing_npi, claim.attending_npi, line.facility_npi}
    if named & own:
        return None
    groups = case.policy.provider_groups
    listed = named | {groups[npi] for npi in named if npi in groups}
    others = {claim.billing_npi, line.facility_npi, *(groups.get(npi, npi) for npi in own)}
    both = (
        f"The line was rendered by {line.rendering_npi or '(nobody named)'}, "
        f"{name_of(case.authorization)} names {', '.join(sorted(named))}"
    )
    if listed & (others - {""}):
        return explained("group-npi", f"{both}, which is the group or site of the claim.")
    return conflict("provider-mismatch", f"{both}.")


def site(case: Case) -> Verdict | None:
    """The place of service is the authorized one.

    Types of bill are not compared: a review names a place, a bill a kind of bill.
    """
    granted, _, kind = (case.authorization.place_of_service or "").partition(":")
    if not case.policy.check_site or case.claim.form == INSTITUTIONAL or not granted:
        return None
    if kind not in ("", PLACE_OF_SERVICE) or not case.line.place or granted == case.line.place:
        return None
    detail = (
        f"The line was rendered at place of service {case.line.place}, "
        f"{name_of(case.authorization)} is for {granted}; ask the payer to revise it (UM02=S)."
    )
    return conflict("site-mismatch", detail)


def units(case: Case) -> Verdict | None:
    """What is billed is still left of what was granted."""
    quantity = case.authorization.quantity
    if quantity is None or case.claim.frequency == VOIDS:
        return None
    if case.authorization.state == State.NOT_REQUIRED:
        return None
    stay = case.claim.form == INSTITUTIONAL and case.claim.admitted_on is not None
    billed = billed_amount(case.line, quantity, case.policy.unit_factors, stay=stay)
    called = name_of(case.authorization)
    if billed is None:
        told = f"{case.line.units} {case.line.unit}" if case.line.units is not None else "no units"
        detail = f"The line bills {told}, {called} grants {quantity.amount} {quantity.unit}: "
        return manual("ambiguous", detail + "the two cannot be compared; confirm the amount.")
    return _left(case, quantity, billed)


def _left(case: Case, quantity: Quantity, billed: Fraction) -> Verdict | None:
    granted = total(quantity)
    if granted is None:
        return None
    least, most = granted
    cap = most if case.policy.pattern_cap == "max" else least
    after = case.used + billed
    if after <= cap or billed == 0:
        return None
    detail = (
        f"The line bills {_plain(billed)} {quantity.unit}, {name_of(case.authorization)} grants "
        f"{_plain(cap)} and {_plain(case.used)} are used: {_plain(after - cap)} too many."
    )
    return conflict("units-exceeded", detail)


def _plain(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else f"{float(value):g}"


def number(case: Case) -> Verdict | None:
    """The number is one that may be written, and looks as the payer's numbers do."""
    text = case.authorization.number or ""
    if case.authorization.state == State.NOT_REQUIRED or not text:
        return None
    marks = case.claim.delimiters
    separators = {marks.element, marks.component, marks.repetition, marks.segment} - {""}
    called = name_of(case.authorization)
    if len(text) > case.policy.number_max_length:
        detail = f"The number of {called} has {len(text)} characters, "
        limit = f"{case.policy.number_max_length} are allowed on a claim."
        return conflict("number-format", detail + limit)
    if any(mark in text for mark in separators) or not (text.isascii() and text.isprintable()):
        detail = "The number holds a separator of this file or a character that X12 does not have."
        return conflict("number-format", detail)
    pattern = case.policy.number_patterns.get(case.party.payer_id)
    if pattern is not None and not re.fullmatch(pattern, text):
        detail = f"The number of {called} does not have the form that payer "
        return conflict("number-format", f"{detail}{case.party.payer_id} asks for.")
    return None
