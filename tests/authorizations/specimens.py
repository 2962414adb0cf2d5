"""Requests and answers as they stand in files, shortened to what a test is about."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

from x12_pa.authorizations.decisions import decisions
from x12_pa.authorizations.opening import opened
from x12_pa.authorizations.records import Authorization, Patient
from x12_pa.models import ReviewRequest, ReviewResponse, parse_review
from x12_pa.syntax import TransactionSet, read_transactions

ISA = (
    "ISA*00*          *00*          *ZZ*CLINIC001      *ZZ*ACMEHEALTH     "
    "*261122*0931*^*00501*000000417*0*T*:~"
)
PEOPLE = """
HL*1**20*1~
NM1*X3*2*ACME HEALTH PLAN*****PI*ACME01~
PER*IC*INTAKE DESK*TE*8005550100~
HL*2*1*21*1~
NM1*1P*2*SAMPLE CLINIC*****XX*1234567893~
HL*3*2*22*1~
NM1*IL*1*TESTPATIENT*ALMA****MI*MBR000123~
DMG*D8*19700312*F~
"""

REQUEST = f"""
BHT*0007*13*PA20261122-000417*20261122*0931~
{PEOPLE}
HL*4*3*EV*1~
TRN*1*EVT000417*9CLINIC001~
UM*HS*I*62*11:B*****Y~
HI*ABK:M25561~
HL*5*4*SS*0~
TRN*1*SVC000417-1*9CLINIC001~
DTP*472*RD8*20261201-20261231~
SV1*HC:73721:RT**UN*1~
HL*6*4*SS*0~
TRN*1*SVC000417-2*9CLINIC001~
UM*HS*I*PT*11:B~
HSD*VS*12*WK*2*35*6~
"""

EVENT_ONLY_REQUEST = f"""
BHT*0007*13*PA20261122-000500*20261122*0931~
{PEOPLE}
HL*4*3*EV*0~
TRN*1*EVT000500*9CLINIC001~
UM*HS*I*PT*11:B**U~
DTP*AAH*RD8*20261201-20261231~
HSD*VS*12~
"""

EVENT = "HL*4*3*EV*1~ TRN*2*EVT000417*9CLINIC001~ UM*HS*I*62*11:B~"
MRI = "HL*5*4*SS*0~ TRN*2*SVC000417-1*9CLINIC001~"
THERAPY = "HL*6*4*SS*0~ TRN*2*SVC000417-2*9CLINIC001~"

WORKED_CASE = f"""
{EVENT}
HCR*A2*E778~
{MRI}
HCR*A1*M0091234~
DTP*007*RD8*20261125-20270123~
{THERAPY}
HCR*A6*T5567*10~
DTP*AAH*RD8*20261201-20270115~
HSD*VS*8~
"""


def transaction(body: str) -> TransactionSet:
    """Put a body from BHT on into envelopes and read it."""
    lines = [line.strip() for line in body.replace("~", "~\n").splitlines() if line.strip()]
    count = len(lines) + 2
    text = "\n".join(
        [
            ISA,
            "GS*HI*CLINIC001*ACMEHEALTH*20261122*0931*417*X*005010X217~",
            "ST*278*0001*005010X217~",
            *lines,
            f"SE*{count}*0001~",
            "GE*1*417~",
            "IEA*1*000000417~",
        ]
    )
    return next(iter(read_transactions(text.encode("latin-1"))))


def request(body: str = REQUEST) -> ReviewRequest:
    """Return a request as it is parsed from its file."""
    found = parse_review(transaction(body))
    assert isinstance(found, ReviewRequest)
    return found


def answer_text(
    body: str,
    *,
    at: str = "20261125*1402",
    status: str = "18",
    reference: str = "PA20261122-000417",
    people: str = PEOPLE,
) -> str:
    """Return the text of an answer whose events are `body`."""
    return f"BHT*0007*11*{reference}*{at}*{status}~{people}{body}"


def answer(body: str, **options: str) -> ReviewResponse:
    """Return an answer as it is parsed from its file."""
    found = parse_review(transaction(answer_text(body, **options)))
    assert isinstance(found, ReviewResponse)
    return found


def decided(
    body: str,
    asked: ReviewRequest | Sequence[Authorization] | None = None,
    **options: str,
) -> tuple[Authorization, ...]:
    """Return the decisions of an answer to REQUEST, or to `asked`."""
    known = opened(request(), state="sent") if asked is None else asked
    return decisions(answer(body, **options), known)


def authorization(**changes: object) -> Authorization:
    """Return a certified imaging service, changed as asked."""
    fields: dict[str, object] = {
        "id": "PA-17/1",
        "request": "PA-17",
        "level": "service",
        "service": 1,
        "payer": "ACME01",
        "member_id": "MBR000123",
        "patient": Patient(last_name="TESTPATIENT", first_name="ALMA"),
        "state": "certified",
        "action": "A1",
        "number": "M0091234",
        "usable_on_claim": True,
        "effective_on": date(2026, 11, 25),
        "expires_on": date(2027, 1, 23),
        "window_source": "2000F/DTP*007",
        "decided_at": datetime(2026, 11, 25, 14, 2, tzinfo=UTC),
    }
    return Authorization(**{**fields, **changes})  # type: ignore[arg-type]
