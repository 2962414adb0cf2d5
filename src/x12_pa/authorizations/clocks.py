"""When an answer is due, and by which rule: rules are dated data, not code.

A duty to answer in time binds some payers, for some lines of business, since some day; claiming a
deadline that does not bind this payer is worse than claiming none. So a rule applies only when the
line of business is known and listed, the urgency fits and the request was received on or after the
rule's first day; an unknown line of business gets no regulatory rule at all. Employer plans and
drugs are outside CMS-0057-F; issuers on the federal exchange are under its reporting duties but
not under its clocks. Voluntary rules bind partners who agreed to them. House rules are our own
patience, not anybody's duty, and say so.

Hours count on the clock from receipt. Calendar and business days are counted in the payer's zone,
the day of receipt is day 0, and the whole last day belongs to the payer.

Source: domain description section 3 (CMS-0057-F, 45 CFR 147.136, CAQH CORE prior authorization
infrastructure rule), as of 2026-11-22.
"""

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from attrs import frozen

Urgency = Literal["standard", "expedited"]
Unit = Literal["hours", "days", "business_days"]
Basis = Literal["regulation", "agreement", "house"]

CMS_0057_PAYERS = frozenset(
    {
        "medicare_advantage",
        "medicaid_ffs",
        "medicaid_managed_care",
        "chip_ffs",
        "chip_managed_care",
    }
)
FEDERAL_EXCHANGE = frozenset({"qhp_ffe"})
LINES_OF_BUSINESS = CMS_0057_PAYERS | FEDERAL_EXCHANGE | {"commercial", "medicare_ffs", "other"}
EXPEDITED_LEVELS = frozenset({"03", "U"})
"""UM06 of emergency and urgent requests. Absent means standard, not unknown."""

CORE = "caqh-core-pa"
"""The agreement under which the CORE rules bind a partner."""


@frozen(kw_only=True)
class Rule:
    """One duty: who is bound, since when, how long, and where it is written."""

    id: str
    basis: Basis
    amount: int
    unit: Unit
    citation: str
    since: date
    urgency: Urgency | None = None
    lines_of_business: frozenset[str] = frozenset()
    agreement: str | None = None


@frozen(kw_only=True)
class Deadline:
    """An instant by which something is due, with the rule that says so."""

    due: datetime
    rule: str
    citation: str
    basis: Basis


ANSWER_RULES: tuple[Rule, ...] = (
    Rule(
        id="cms-0057-f/expedited",
        basis="regulation",
        amount=72,
        unit="hours",
        urgency="expedited",
        lines_of_business=CMS_0057_PAYERS,
        since=date(2026, 1, 1),
        citation="CMS-0057-F: 72 hours for expedited prior authorization decisions",
    ),
    Rule(
        id="cms-0057-f/standard",
        basis="regulation",
        amount=7,
        unit="days",
        urgency="standard",
        lines_of_business=CMS_0057_PAYERS,
        since=date(2026, 1, 1),
        citation="CMS-0057-F: 7 calendar days for standard prior authorization decisions",
    ),
    Rule(
        id="45-cfr-147.136/expedited",
        basis="regulation",
        amount=72,
        unit="hours",
        urgency="expedited",
        lines_of_business=FEDERAL_EXCHANGE,
        since=date(2012, 1, 1),
        citation="45 CFR 147.136: 72 hours for urgent care claims",
    ),
    Rule(
        id="45-cfr-147.136/standard",
        basis="regulation",
        amount=15,
        unit="days",
        urgency="standard",
        lines_of_business=FEDERAL_EXCHANGE,
        since=date(2012, 1, 1),
        citation="45 CFR 147.136: 15 days for pre-service claims",
    ),
    Rule(
        id="core-pa/first-answer",
        basis="agreement",
        amount=2,
        unit="business_days",
        urgency="standard",
        agreement=CORE,
        since=date(2020, 1, 1),
        citation="CAQH CORE prior authorization infrastructure rule: 2 business days (voluntary)",
    ),
)

INFORMATION_RULE = Rule(
    id="house/information-request",
    basis="house",
    amount=24,
    unit="hours",
    since=date.min,
    citation="house rule: answer a payer's request for information within 24 hours of receipt",
)
CLOSE_OUT_RULE = Rule(
    id="core-pa/close-out",
    basis="agreement",
    amount=15,
    unit="business_days",
    agreement=CORE,
    since=date(2020, 1, 1),
    citation="CAQH CORE: a payer may close a request 15 business days after asking (voluntary)",
)
DENIAL_RULE = Rule(
    id="house/denial-disposition",
    basis="house",
    amount=1,
    unit="business_days",
    since=date.min,
    citation="house rule: decide on a denial or a change within one business day of receipt",
)
RECEIPT_RULE = Rule(
    id="house/receipt",
    basis="house",
    amount=24,
    unit="hours",
    since=date.min,
    citation="house rule: no acknowledgement within 24 hours of sending is an alarm",
)
SILENCE_RULE = Rule(
    id="house/answer",
    basis="house",
    amount=5,
    unit="business_days",
    since=date.min,
    citation="house rule: ask the payer when no known duty set a date for the answer",
)


def urgency(level_of_service: str | None) -> Urgency:
    """Return the clock that UM06 asks for; it is sent only when a request is not routine."""
    code = (level_of_service or "").strip().upper()
    return "expedited" if code in EXPEDITED_LEVELS else "standard"


def expected_by(
    received_at: datetime,
    *,
    level_of_service: str | None = None,
    line_of_business: str | None = None,
    agreements: Collection[str] = (),
    drug: bool = False,
    zone: str = "UTC",
    holidays: Collection[date] = (),
) -> Deadline | None:
    """Return the earliest instant by which some rule has the payer answer, or None.

    Args:
        received_at: when the payer had the request (acknowledged, or uploaded), aware.
        level_of_service: UM06 of the request.
        line_of_business: one of `LINES_OF_BUSINESS`; None when unknown.
        agreements: voluntary rules this partner agreed to, for example `CORE`.
        drug: the item is a drug, which CMS-0057-F does not cover.
        zone: the payer's time zone, for rules that count days.
        holidays: the partner's calendar, for rules that count business days.
    """
    asked = urgency(level_of_service)
    due = [
        deadline(rule, received_at, zone=zone, holidays=holidays)
        for rule in ANSWER_RULES
        if rule.urgency == asked
        and received_at.astimezone(ZoneInfo(zone)).date() >= rule.since
        and _binds(rule, line_of_business, agreements, drug=drug)
    ]
    return min(due, key=lambda found: found.due, default=None)


def deadline(
    rule: Rule, start: datetime, *, zone: str = "UTC", holidays: Collection[date] = ()
) -> Deadline:
    """Return when `rule` is due for a clock that started at `start` (aware)."""
    if rule.unit == "hours":
        due = start + timedelta(hours=rule.amount)
    else:
        local = start.astimezone(ZoneInfo(zone))
        day = local.date() + timedelta(days=rule.amount)
        if rule.unit == "business_days":
            day = add_business_days(local.date(), rule.amount, holidays)
        due = datetime.combine(day + timedelta(days=1), time(), tzinfo=ZoneInfo(zone))
    return Deadline(due=due.astimezone(UTC), rule=rule.id, citation=rule.citation, basis=rule.basis)


def add_business_days(day: date, count: int, holidays: Collection[date] = ()) -> date:
    """Return the `count`-th business day after `day`; Saturdays, Sundays, holidays do not count."""
    while count > 0:
        day += timedelta(days=1)
        if day.weekday() < 5 and day not in holidays:
            count -= 1
    return day


def _binds(
    rule: Rule, line_of_business: str | None, agreements: Collection[str], *, drug: bool
) -> bool:
    if rule.agreement is not None:
        return rule.agreement in agreements
    if drug and rule.lines_of_business is CMS_0057_PAYERS:
        return False
    return line_of_business in rule.lines_of_business
