"""What a 271 answers about one service of one patient on one day: plain frozen records.

`Required` has four values on purpose. "unknown" is what a payer says with U, or what remains when
statements differ; "not said" is silence. Neither is ever turned into "no".
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Literal

from attrs import field, frozen

from x12_pa.models.parts import Procedure
from x12_pa.models.places import Place

Required = Literal["yes", "no", "unknown", "not said"]
Covered = Literal["active", "inactive", "unknown"]
Fit = Literal["procedure", "service type", "plan"]
Network = Literal["in", "out", "any", "unknown"]
Level = Literal["subscriber", "dependent"]
LimitKind = Literal["limit", "used", "left", "exceeded"]


@frozen(kw_only=True)
class Ask:
    """The service that is asked about; with nothing given, the plan as a whole.

    Attributes:
        service_type: EB03 code.
        procedure: its qualifier may be "", which matches any code list.
        network: whether the provider is in the plan's network; None when not known.
        place: place of service code; None when not known.
    """

    service_type: str | None = None
    procedure: Procedure | None = None
    network: Literal["in", "out"] | None = None
    place: str | None = None


@frozen(kw_only=True)
class Known:
    """What was known of the patient before; differences are reported as changes."""

    member_id: str | None = field(default=None, repr=False)
    plan: str | None = None


@frozen(kw_only=True)
class Plan:
    """The plan that an answer is about, as the payer names it; both may be absent."""

    insurance_type: str | None = None
    name: str | None = None


@frozen(kw_only=True)
class Scope:
    """What one statement of the payer holds for.

    Attributes:
        level: whose level it stands at; a subscriber's may include a dependent.
        service: what it names: the procedure, the service type, or only the plan.
        modifiers: the modifiers it demands.
        network: EB12 in words; None when nothing is said.
        places: places of service; empty means any.
        conditions: other conditions (III), as "list:code"; they cannot be checked here.
    """

    level: Level
    service: Fit
    modifiers: tuple[str, ...] = ()
    network: Network | None = None
    places: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()


@frozen(kw_only=True)
class Statement:
    """One EB that says something about authorization."""

    required: Required
    scope: Scope
    evidence: Place


@frozen(kw_only=True)
class Hint:
    """Something that is no answer but that a person should see.

    `kind` is "message" (free text that speaks of authorization) or "plan-wide" (a statement about
    the plan, not about this service). `says` is a reading: "yes", "no" or "mentions".
    """

    kind: Literal["message", "plan-wide"]
    says: str
    text: str = field(default="", repr=False)
    evidence: Place


@frozen(kw_only=True)
class Authorization:
    """Whether authorization is required.

    Attributes:
        required: the answer, when all statements that count agree.
        statements: those that count, each with its scope; more specific ones have replaced others.
        replaced: statements that a more specific one overrode.
        depends_on: what must be known to decide between statements that differ: "network",
            "place", "condition", "service", "level", "date"; "contradiction" when nothing would.
        hints: never part of `required`.
        numbers: authorization or referral numbers that the payer holds for this benefit.
    """

    required: Required
    statements: tuple[Statement, ...] = ()
    replaced: tuple[Statement, ...] = ()
    depends_on: tuple[str, ...] = ()
    hints: tuple[Hint, ...] = ()
    numbers: tuple[tuple[str, str], ...] = field(default=(), repr=False)


@frozen(kw_only=True)
class Coverage:
    """Whether the patient is covered on the day, and why that is the answer."""

    state: Covered
    begins: date | None = None
    ends: date | None = None
    notes: tuple[str, ...] = ()
    evidence: tuple[Place, ...] = ()


@frozen(kw_only=True)
class Limit:
    """A quantity: a limit, what is used of it, what is left.

    `unit` and `period` are codes (EB09 or HSD01, EB06 or HSD05); `derived` marks a difference that
    was computed from two others. `pattern` is a frequency that no single amount expresses.
    """

    kind: LimitKind
    amount: Decimal | None
    unit: str | None = None
    period: str | None = None
    network: Network | None = None
    pattern: str = ""
    derived: bool = False
    evidence: tuple[Place, ...] = ()


@frozen(kw_only=True)
class Change:
    """Something about the patient's identity or plan that differs from what was known."""

    kind: Literal["identity changed", "prior member id", "member id differs", "plan differs"]
    evidence: Place


@frozen(kw_only=True)
class Entity:
    """Another party that the answer names: a delegated reviewer or another payer."""

    role: str
    person: bool = False
    name: str = field(default="", repr=False)
    identifier_type: str = ""
    identifier: str = ""
    contacts: tuple[tuple[str, str], ...] = ()
    evidence: Place


@frozen(kw_only=True)
class Refusal:
    """One AAA and what to do about it.

    Attributes:
        code, follow_up: AAA03 and AAA04.
        label: the meaning of the code; "" when it is not in the code list.
        action: "correct" and send again, "wait", or "stop": do not send again.
        field: the part of the inquiry that caused it; "" when no single one did.
        days: how long to wait, when the payer says so.
        answer_follows: an answer comes without being asked for again.
    """

    code: str
    follow_up: str = ""
    label: str = ""
    action: Literal["correct", "wait", "stop"]
    field: str = ""
    days: int | None = None
    answer_follows: bool = False
    evidence: Place


@frozen(kw_only=True)
class Answer:
    """One service x plan x date of one patient."""

    payer: str
    payer_name: str
    reference: str
    traces: tuple[str, ...] = ()
    level: Level
    member_id: str = field(default="", repr=False)
    name: str = field(default="", repr=False)
    ask: Ask
    on: date
    plan: Plan
    coverage: Coverage
    authorization: Authorization
    networks: tuple[Network, ...] = ()
    non_covered: tuple[Place, ...] = ()
    limits: tuple[Limit, ...] = ()
    changes: tuple[Change, ...] = ()
    reviewers: tuple[Entity, ...] = ()
    other_payers: tuple[Entity, ...] = ()
    refusals: tuple[Refusal, ...] = ()


Places = Mapping[str, Place]
NO_PLACES: Places = MappingProxyType({})
