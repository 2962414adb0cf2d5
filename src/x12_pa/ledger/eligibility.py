"""The questions of eligibility inquiries, and what was told of each.

A check is one question: one service of one patient on one day. It belongs to the 270 that carries
it and is stored once under its key, so the same question is asked once until somebody asks again. A
merged 270 carries several; the trace number says which patient of it a check is about.

An answer is what one response told of one check about one plan. Answers are never changed: a later
response adds rows, and `position` counts the plans within one response.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

from attrs import field, frozen
from sqlalchemy import BindParameter, Row, bindparam, select

from x12_pa.ledger import schema
from x12_pa.ledger.columns import Canonical
from x12_pa.ledger.database import Tx
from x12_pa.ledger.plain import member_hash
from x12_pa.ledger.statements import new_id
from x12_pa.ledger.steps import Steps

_C, _A, _R, _P = (
    schema.eligibility_check.c,
    schema.eligibility_answer.c,
    schema.request.c,
    schema.response.c,
)
_X, _I = schema.transmission.c, schema.interchange.c


@frozen(kw_only=True)
class NewCheck:
    """What is stored of one question.

    Attributes:
        key: the same key is stored once.
        trace: TRN02 of the patient in the 270.
        occasion: why it is asked: "" for a schedule, else "order", "approval", "service".
        authorization: id of the authorization that it is asked for, if it is.
        data: the plain row of the schedule, with what was asked in its place.
    """

    key: str
    trace: str
    payer: str
    member_id: str = field(repr=False)
    day: date
    data: Mapping[str, Any] = field(repr=False)
    occasion: str = ""
    authorization: str | None = None


@frozen(kw_only=True)
class StoredCheck:
    """A question as it is kept, with the request that carries it and that request's state."""

    id: int
    request_id: int
    key: str
    trace: str
    payer: str
    day: date
    occasion: str
    authorization: str | None
    data: Mapping[str, Any] = field(repr=False)
    created_at: datetime
    reference: str
    state: str


@frozen(kw_only=True)
class NewAnswer:
    """What one response told of one check about one plan.

    `data` is the plain answer or its canonical text.
    """

    coverage: str
    required: str
    data: Mapping[str, Any] | Canonical = field(repr=False)


@frozen(kw_only=True)
class StoredAnswer:
    """An answer as it is kept, with where its bytes are.

    Attributes:
        told_at: BHT04/BHT05 of the response, or when it came in where it does not say.
    """

    id: int
    check_id: int
    response_id: int
    position: int
    coverage: str
    required: str
    data: Mapping[str, Any] = field(repr=False)
    recorded_at: datetime
    told_at: datetime
    reference: str


def record_check(tx: Tx, request_id: int, new: NewCheck) -> int:
    """Store a question of a request; its key must be new."""
    values = {
        "request_id": request_id,
        "idempotency_key": new.key,
        "trace": new.trace,
        "payer": new.payer,
        "member_hash": member_hash(tx, new.member_id),
        "day": new.day.isoformat(),
        "occasion": new.occasion,
        "authorization": new.authorization,
        "data": dict(new.data),
        "created_at": tx.now,
    }
    return new_id(tx, schema.eligibility_check, values)


def check_by_key(tx: Tx, key: str) -> StoredCheck | None:
    """Return the question that was stored under a key."""
    query = _checks_by(("idempotency_key",))
    row = tx.execute(query, {"idempotency_key": key}).one_or_none()
    return None if row is None else _check(row)


def checks(
    tx: Tx,
    *,
    request_id: int | None = None,
    reference: str | None = None,
    trace: str | None = None,
    member_id: str | None = None,
    payer: str | None = None,
    day: date | None = None,
    authorization: str | None = None,
) -> list[StoredCheck]:
    """Return the questions that fit all that is given, oldest first."""
    given = {
        "request_id": request_id,
        "bht03": reference,
        "trace": trace,
        "payer": payer,
        "day": None if day is None else day.isoformat(),
        "authorization": authorization,
        "member_hash": None if member_id is None else member_hash(tx, member_id),
    }
    wanted = {name: value for name, value in given.items() if value is not None}
    return [_check(row) for row in tx.execute(_checks_by(tuple(wanted)), wanted)]


@cache
def _checks_by(names: tuple[str, ...]) -> Any:
    columns = (_R.bht03 if name == "bht03" else _C[name] for name in names)
    pairs = zip(columns, names, strict=True)
    return _checks().where(*(column == bindparam(name) for column, name in pairs)).order_by(_C.id)


def checks_of(
    tx: Tx, *, request_ids: Collection[int] = (), references: Collection[str] = ()
) -> list[StoredCheck]:
    """Return the questions of some requests, oldest first: by row number or by BHT03.

    Args:
        tx: the transaction.
        request_ids, references: one of the two, some hundred at most.
    """
    by_id = bool(request_ids)
    query = _CHECKS_OF_REQUESTS if by_id else _CHECKS_OF_REFERENCES
    wanted = list(request_ids if by_id else references)
    return [_check(row) for row in tx.execute(query, {"wanted": wanted})] if wanted else []


def note_answers(
    steps: Steps, now: datetime, check_id: int, response_id: int, found: Sequence[NewAnswer]
) -> None:
    """Gather what a response that was just recorded told of a check.

    Args:
        steps: where it is gathered; the ledger takes the answers of a response to a check once.
        now: the time of the transaction.
        check_id, response_id: row numbers.
        found: an answer for each plan.
    """
    for position, one in enumerate(found):
        values = {
            "check_id": check_id,
            "response_id": response_id,
            "position": position,
            "coverage": one.coverage,
            "required": one.required,
            "data": one.data,
            "recorded_at": now,
        }
        steps.row(schema.eligibility_answer, values)
    told = {"response": response_id, "required": [one.required for one in found]}
    steps.audit("eligibility.answered", f"check:{check_id}", told)


def answers(
    tx: Tx, check_ids: Collection[int] | None = None, *, required: str | None = None
) -> list[StoredAnswer]:
    """Return answers in the order in which they were recorded: of some checks, or of all."""
    told = (_P.responded_at, _P.received_at, _P.bht03)
    query = select(schema.eligibility_answer, *told).join(schema.response, _P.id == _A.response_id)
    if check_ids is not None:
        query = query.where(_A.check_id.in_(list(check_ids)))
    if required is not None:
        query = query.where(_A.required == required)
    return [_answer(row) for row in tx.execute(query.order_by(_A.id))]


def asked_as_test(tx: Tx, request_ids: Collection[int] | None = None) -> frozenset[int]:
    """Return the requests that went out in an interchange marked as a test (ISA15 T).

    Args:
        tx: the transaction.
        request_ids: some requests, to look at no others; all when left out.
    """
    query = _AS_TEST if request_ids is None else _AS_TEST.where(_X.request_id.in_(request_ids))
    return frozenset(tx.execute(query).scalars())


_AS_TEST = (
    select(_X.request_id)
    .join(schema.interchange, _I.id == _X.interchange_id)
    .where(_I.scope.endswith("/T"))
)


def told_as_test(tx: Tx, check_ids: Collection[int] | None = None) -> frozenset[int]:
    """Return the responses that came in an interchange marked as a test (ISA15 T).

    Args:
        tx: the transaction.
        check_ids: some questions, to look at no other responses; all when left out.
    """
    query = _TOLD_AS_TEST
    if check_ids is not None:
        query = query.where(_P.id.in_(select(_A.response_id).where(_A.check_id.in_(check_ids))))
    return frozenset(tx.execute(query).scalars())


_TOLD_AS_TEST = (
    select(_P.id)
    .join(schema.interchange, _I.id == _P.interchange_id)
    .where(_I.scope.endswith("/T"))
)


def is_answered(tx: Tx, check_id: int) -> bool:
    """Say whether anything was told of a check."""
    query = select(_A.id).where(_A.check_id == check_id).limit(1)
    return tx.execute(query).first() is not None


def _checks() -> Any:
    more = (_R.bht03.label("reference"), _R.state.label("request_state"))
    return select(schema.eligibility_check, *more).join(schema.request, _R.id == _C.request_id)


_WANTED: BindParameter[Any] = bindparam("wanted", expanding=True)
_CHECKS_OF_REQUESTS = _checks().where(_C.request_id.in_(_WANTED)).order_by(_C.id)
_CHECKS_OF_REFERENCES = _checks().where(_R.bht03.in_(_WANTED)).order_by(_C.id)


def _check(row: Row[Any]) -> StoredCheck:
    return StoredCheck(
        id=row.id,
        request_id=row.request_id,
        key=row.idempotency_key,
        trace=row.trace,
        payer=row.payer,
        day=date.fromisoformat(row.day),
        occasion=row.occasion,
        authorization=row.authorization,
        data=row.data,
        created_at=row.created_at,
        reference=row.reference,
        state=row.request_state,
    )


def _answer(row: Row[Any]) -> StoredAnswer:
    return StoredAnswer(
        id=row.id,
        check_id=row.check_id,
        response_id=row.response_id,
        position=row.position,
        coverage=row.coverage,
        required=row.required,
        data=row.data,
        recorded_at=row.recorded_at,
        told_at=row.responded_at or row.received_at,
        reference=row.bht03 or "",
    )
