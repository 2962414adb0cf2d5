"""The tables of the ledger, in one place.

Six families. *Exchange*: mailbox, lease, control_number, outbound, inbound, observation. *Bytes*:
interchange names every ISA..IEA that was sent or received, by its key and hash. *Business*: request
(one 278 or 270), its services and trace numbers, transmission (which transaction set carried it),
response, decision and current_decision, ack. *Eligibility*: the questions of a 270, and what was
told of each. *Index*: seen_value, what stood where in earlier interchanges, as keyed hashes, with
seen_read, which of them were read for it. *Proof*: request_event, audit.

A decision is never overwritten: each is a new version, and `current_decision` points at the one in
force. Triggers refuse to change or delete rows of the tables in `IMMUTABLE`. Service number
0 stands for the event itself, because NULL would defeat the unique constraints. These carry the
promises (a file has one effect, a control number one use); code only turns them into answers.
"""

from typing import Any

from sqlalchemy import (
    DDL,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    event,
)

from x12_pa.ledger.columns import BIG, CanonicalJson, UtcTime

metadata = MetaData()


def _table(name: str, *parts: Any) -> Table:
    return Table(name, metadata, *parts, sqlite_strict=True)


def _text(name: str, null: bool = False, default: str | None = None) -> Column[str]:
    return Column(name, Text, nullable=null, server_default=default)


def _number(name: str, null: bool = False, default: int | None = None) -> Column[int]:
    text = None if default is None else str(default)
    return Column(name, BIG, nullable=null, server_default=text)


def _time(name: str, null: bool = False) -> Column[Any]:
    return Column(name, UtcTime, nullable=null)


def _json(name: str, null: bool = False) -> Column[Any]:
    return Column(name, CanonicalJson, nullable=null)


def _id() -> Column[int]:
    return Column("id", BIG, primary_key=True)


def _ref(name: str, target: str, null: bool = False, primary: bool = False) -> Column[int]:
    return Column(name, BIG, ForeignKey(f"{target}.id"), nullable=null, primary_key=primary)


schema_version = _table(
    "schema_version", Column("n", BIG, primary_key=True, autoincrement=False), _time("applied_at")
)
meta = _table("meta", Column("name", Text, primary_key=True), _text("value"))

mailbox = _table(
    "mailbox",
    _id(),
    Column("name", Text, nullable=False, unique=True),
    _text("paused", null=True),
    _number("auth_failures", default=0),
    _time("last_started", null=True),
    _time("last_finished", null=True),
    _text("last_error", null=True),
)
lease = _table(
    "lease",
    _ref("mailbox_id", "mailbox", primary=True),
    _text("owner"),
    _text("token"),
    _time("expires_at"),
)
control_number = _table(
    "control_number",
    Column("scope", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    _number("epoch", default=0),
    _number("value", default=0),
    _number("observed", default=0),
)
outbound = _table(
    "outbound",
    _id(),
    _ref("mailbox_id", "mailbox"),
    Column("idempotency_key", Text, nullable=False, unique=True),
    _text("scope"),
    _number("epoch"),
    _number("isa13"),
    _number("gs06"),
    _text("final_name"),
    _text("sha256"),
    _number("size"),
    _text("state"),
    _number("attempt", default=0),
    _number("failures", default=0),
    _time("next_try_at", null=True),
    _text("mode", null=True),
    _text("temp_path", null=True),
    _text("final_path", null=True),
    _text("evidence", null=True),
    _text("error", null=True),
    _time("queued_at"),
    _time("updated_at"),
    _time("sent_at", null=True),
    _time("acked_at", null=True),
    UniqueConstraint("scope", "epoch", "isa13"),
    UniqueConstraint("mailbox_id", "final_name"),
    Index("ix_outbound_state", "mailbox_id", "state"),
)
inbound = _table(
    "inbound",
    Column("id", Text, primary_key=True),
    _ref("mailbox_id", "mailbox"),
    Column("remote_name", LargeBinary, nullable=False),
    Column("remote_path", LargeBinary, nullable=False),
    _text("sha256"),
    _number("size"),
    _number("mtime", null=True),
    _text("state"),
    _number("cleared", default=0),
    _number("failures", default=0),
    _text("error", null=True),
    _text("summary", null=True),
    _time("stored_at"),
    _time("updated_at"),
    UniqueConstraint("mailbox_id", "sha256"),
    Index("ix_inbound_state", "mailbox_id", "state"),
)
observation = _table(
    "observation",
    _ref("mailbox_id", "mailbox", primary=True),
    Column("remote_name", LargeBinary, primary_key=True),
    _number("size", null=True),
    _number("mtime", null=True),
    _time("since"),
    _time("seen_at"),
    _text("sha256", null=True),
    _text("complaint", null=True),
    _time("complained_at", null=True),
)
interchange = _table(
    "interchange",
    _id(),
    _text("direction"),
    Column("inbound_id", Text, ForeignKey("inbound.id"), nullable=True),
    _ref("outbound_id", "outbound", null=True),
    _text("scope"),
    _number("isa13"),
    _text("sha256"),
    _text("state"),
    _number("offset", default=0),
    _time("recorded_at"),
    UniqueConstraint("scope", "isa13", "sha256"),
)
request = _table(
    "request",
    _id(),
    _text("kind"),
    _text("sender"),
    _text("bht03"),
    _text("payer"),
    _text("member_hash"),
    Column("idempotency_key", Text, nullable=False, unique=True),
    _text("origin"),
    _text("state"),
    _json("data"),
    _time("created_at"),
    _time("updated_at"),
    UniqueConstraint("sender", "bht03"),
    Index("ix_request_bht03", "bht03"),
    Index("ix_request_member", "payer", "member_hash"),
    Index("ix_request_state", "state"),
)
trace = _table(
    "trace",
    _ref("request_id", "request", primary=True),
    Column("service", BIG, primary_key=True, autoincrement=False),
    Column("number", Text, primary_key=True),
    Column("originator", Text, primary_key=True),
    Index("ix_trace_number", "number"),
)
service = _table(
    "service",
    _ref("request_id", "request", primary=True),
    Column("number", BIG, primary_key=True, autoincrement=False),
    _json("data"),
)
transmission = _table(
    "transmission",
    _id(),
    _ref("request_id", "request"),
    _ref("interchange_id", "interchange"),
    _text("gs06"),
    _text("st02"),
    UniqueConstraint("interchange_id", "gs06", "st02", "request_id"),
    Index("ix_transmission_request", "request_id"),
)
response = _table(
    "response",
    _id(),
    _ref("request_id", "request", null=True),
    _ref("interchange_id", "interchange", null=True),
    _text("kind"),
    _text("gs06", null=True),
    _text("st02", null=True),
    _number("segment_offset", null=True),
    _text("bht03", null=True),
    _time("responded_at", null=True),
    _time("received_at"),
    Column("digest", Text, nullable=False, unique=True),
    _json("data"),
    Index("ix_response_request", "request_id"),
)
decision = _table(
    "decision",
    _id(),
    _ref("request_id", "request"),
    _ref("response_id", "response", null=True),
    _ref("interchange_id", "interchange", null=True),
    _number("segment_offset", null=True),
    _text("authorization_id"),
    _number("version"),
    _number("outdated", default=0),
    _text("level"),
    _number("event"),
    _number("service"),
    _text("state"),
    _text("action", null=True),
    _text("number", null=True),
    _text("administrative_reference", null=True),
    _text("payer"),
    _text("member_hash"),
    _text("effective_on", null=True),
    _text("expires_on", null=True),
    _text("decided_at", null=True),
    _text("digest"),
    _json("data"),
    _time("recorded_at"),
    UniqueConstraint("request_id", "authorization_id", "version"),
    UniqueConstraint("request_id", "authorization_id", "digest"),
    Index("ix_decision_number", "number"),
    Index("ix_decision_reference", "administrative_reference"),
    Index("ix_decision_member", "payer", "member_hash"),
    Index("ix_decision_authorization", "authorization_id"),
)
current_decision = _table(
    "current_decision",
    _ref("request_id", "request", primary=True),
    Column("authorization_id", Text, primary_key=True),
    _ref("decision_id", "decision"),
    Index("ix_current_decision", "decision_id"),
)
ack = _table(
    "ack",
    _id(),
    _ref("interchange_id", "interchange", null=True),
    _number("position"),
    _text("kind"),
    _text("level"),
    _text("refers_scope"),
    _number("refers_isa13", null=True),
    _text("refers_gs06", null=True),
    _text("refers_st02", null=True),
    _text("outcome"),
    _json("codes"),
    _json("findings"),
    _ref("outbound_id", "outbound", null=True),
    _ref("request_id", "request", null=True),
    _time("received_at"),
    UniqueConstraint("interchange_id", "kind", "position"),
    Index("ix_ack_request", "request_id"),
    Index("ix_ack_outbound", "outbound_id"),
)
request_event = _table(
    "request_event",
    _id(),
    _ref("request_id", "request"),
    _time("at"),
    _text("event"),
    _text("from_state", null=True),
    _text("to_state", null=True),
    _text("reference", null=True),
    Index("ix_request_event", "request_id"),
)
unit_use = _table(
    "unit_use",
    _id(),
    _text("authorization"),
    _text("claim_id"),
    _text("first_day"),
    _text("line"),
    _text("amount"),
    UniqueConstraint("authorization", "claim_id", "first_day", "line"),
)
eligibility_check = _table(
    "eligibility_check",
    _id(),
    _ref("request_id", "request"),
    Column("idempotency_key", Text, nullable=False, unique=True),
    _text("trace"),
    _text("payer"),
    _text("member_hash"),
    _text("day"),
    _text("occasion", default=""),
    _text("authorization", null=True),
    _json("data"),
    _time("created_at"),
    Index("ix_eligibility_check_request", "request_id"),
    Index("ix_eligibility_check_trace", "trace"),
    Index("ix_eligibility_check_member", "payer", "member_hash"),
    Index("ix_eligibility_check_authorization", "authorization"),
)
eligibility_answer = _table(
    "eligibility_answer",
    _id(),
    _ref("check_id", "eligibility_check"),
    _ref("response_id", "response"),
    _number("position"),
    _text("coverage"),
    _text("required"),
    _json("data"),
    _time("recorded_at"),
    UniqueConstraint("check_id", "response_id", "position"),
    Index("ix_eligibility_answer_response", "response_id"),
)
seen_read = _table(
    "seen_read",
    Column("path", Text, primary_key=True),
    _ref("interchange_id", "interchange", primary=True),
)
seen_value = _table(
    "seen_value",
    Column("path", Text, primary_key=True),
    Column("value_hash", Text, primary_key=True),
    _ref("interchange_id", "interchange", primary=True),
)
audit = _table(
    "audit",
    Column("seq", BIG, primary_key=True, autoincrement=False),
    _time("at"),
    _text("actor"),
    _text("event"),
    _text("subject"),
    _json("data"),
    _text("prev_hash"),
    Column("hash", Text, nullable=False, unique=True),
)

IMMUTABLE = ("audit", "decision", "eligibility_answer", "request_event")

_SQLITE_TRIGGER = """CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, 'x12-pa: rows of {table} are never changed'); END"""

_POSTGRES_FUNCTION = """CREATE OR REPLACE FUNCTION x12_pa_immutable() RETURNS trigger AS $$
BEGIN RAISE EXCEPTION 'x12-pa: rows of %% are never changed', TG_TABLE_NAME
USING ERRCODE = 'integrity_constraint_violation'; END $$ LANGUAGE plpgsql"""

_POSTGRES_TRIGGER = """CREATE TRIGGER {table}_immutable BEFORE UPDATE OR DELETE OR TRUNCATE
ON {table} FOR EACH STATEMENT EXECUTE FUNCTION x12_pa_immutable()"""


def _ddl(statement: str, dialect: str) -> DDL:
    return DDL(statement).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]


def _guard(name: str) -> None:
    table = metadata.tables[name]
    for verb in ("update", "delete"):
        ddl = _ddl(_SQLITE_TRIGGER.format(table=name, verb=verb), "sqlite")
        event.listen(table, "after_create", ddl)
    for statement in (_POSTGRES_FUNCTION, _POSTGRES_TRIGGER.format(table=name)):
        event.listen(table, "after_create", _ddl(statement, "postgresql"))


for _name in IMMUTABLE:
    _guard(_name)
