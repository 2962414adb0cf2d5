"""The statements of a 271 that concern one patient, and how each fits the service asked about.

A benefit at a dependent's level is about the dependent. One at the subscriber's level is about the
subscriber; it is about a dependent too only when its coverage level says so. Nothing else is
carried over from the one to the other.
"""

from collections.abc import Iterable, Iterator

from attrs import frozen

from x12_pa.eligibility import codes
from x12_pa.eligibility.records import (
    NO_PLACES,
    Ask,
    Fit,
    Level,
    Network,
    Places,
    Plan,
    Scope,
)
from x12_pa.models.eligibility import (
    Benefit,
    EligibilityResponse,
    ResponseDependent,
    ResponseReceiver,
    ResponseSource,
    ResponseSubscriber,
)
from x12_pa.models.parts import Procedure
from x12_pa.models.places import Place


@frozen(kw_only=True)
class Row:
    """One benefit with its path in the record, and at whose level it stands."""

    benefit: Benefit
    path: str
    level: Level
    places: Places = NO_PLACES

    def place(self, below: str = "") -> Place:
        """Return where the benefit, or a record in it (`messages[0]`), stood."""
        path = f"{self.path}.{below}" if below else self.path
        return place_of(self.places, path)

    @property
    def network(self) -> Network | None:
        """EB12 in words."""
        return codes.NETWORKS.get(self.benefit.network or "")

    def scope(self, fit: Fit) -> Scope:
        """Return what the row holds for."""
        conditions = self.benefit.conditions
        places = [c.code for c in conditions if c.code_list == codes.PLACE_OF_SERVICE and c.code]
        others = [
            f"{c.code_list or c.category or ''}:{c.code or c.text or ''}"
            for c in conditions
            if c.code_list != codes.PLACE_OF_SERVICE
        ]
        procedure = self.benefit.procedure
        return Scope(
            level=self.level,
            service=fit,
            modifiers=procedure.modifiers if procedure else (),
            network=self.network,
            places=tuple(places),
            conditions=tuple(others),
        )


@frozen(kw_only=True)
class Patient:
    """One patient of a response with the levels above and everything said about them."""

    source: ResponseSource
    receiver: ResponseReceiver
    subscriber: ResponseSubscriber
    dependent: ResponseDependent | None
    path: str
    subscriber_path: str
    rows: tuple[Row, ...]
    places: Places = NO_PLACES

    @property
    def level(self) -> Level:
        """Whether the patient is the subscriber or a dependent."""
        return "subscriber" if self.dependent is None else "dependent"


def place_of(places: Places, path: str) -> Place:
    """Return where a record stood; a record that was never in a file has only its path."""
    found = places.get(path)
    return found or Place(path=path, loop="", number=0, line=0, text="")


def patients(response: EligibilityResponse, places: Places = NO_PLACES) -> Iterator[Patient]:
    """Yield each patient of a response.

    A subscriber who only leads to dependents, with nothing said about the subscriber, is none.
    """
    for s, source in enumerate(response.sources):
        for r, receiver in enumerate(source.receivers):
            for n, subscriber in enumerate(receiver.subscribers):
                path = f"sources[{s}].receivers[{r}].subscribers[{n}]"
                yield from _patients_of(source, receiver, subscriber, path, places)


def _patients_of(
    source: ResponseSource,
    receiver: ResponseReceiver,
    subscriber: ResponseSubscriber,
    path: str,
    places: Places,
) -> Iterator[Patient]:
    rows = _rows(subscriber.benefits, path, "subscriber", places)
    if rows or subscriber.person.rejects or not subscriber.dependents:
        yield Patient(
            source=source,
            receiver=receiver,
            subscriber=subscriber,
            dependent=None,
            path=path,
            subscriber_path=path,
            rows=tuple(row for row in rows if _includes_subscriber(row)),
            places=places,
        )
    for number, dependent in enumerate(subscriber.dependents):
        own = f"{path}.dependents[{number}]"
        inherited = [row for row in rows if _includes_dependent(row, dependent)]
        yield Patient(
            source=source,
            receiver=receiver,
            subscriber=subscriber,
            dependent=dependent,
            path=own,
            subscriber_path=path,
            rows=(*_rows(dependent.benefits, own, "dependent", places), *inherited),
            places=places,
        )


def _rows(benefits: tuple[Benefit, ...], path: str, level: Level, places: Places) -> list[Row]:
    return [
        Row(benefit=benefit, path=f"{path}.benefits[{n}]", level=level, places=places)
        for n, benefit in enumerate(benefits)
    ]


def _includes_subscriber(row: Row) -> bool:
    return row.benefit.coverage_level in codes.SUBSCRIBER_LEVELS


def _includes_dependent(row: Row, dependent: ResponseDependent) -> bool:
    level = row.benefit.coverage_level
    related = codes.RELATED_LEVELS.get(dependent.person.relationship or "", frozenset())
    return level in codes.DEPENDENT_LEVELS or level in related


def fit_of(benefit: Benefit, ask: Ask) -> Fit | None:
    """Say how precisely a benefit names the service; None when it is about another one."""
    if benefit.procedure is not None:
        fits = ask.procedure is not None and same_procedure(benefit.procedure, ask.procedure)
        return "procedure" if fits else None
    types = benefit.service_types
    general = ask.service_type == codes.PLAN_IN_GENERAL and not is_general(ask)
    if ask.service_type in types and not general:
        return "service type"
    if not types or codes.PLAN_IN_GENERAL in types:
        return "plan"
    return None


def is_general(ask: Ask) -> bool:
    """Say whether the plan as a whole is asked about."""
    return ask.procedure is None and ask.service_type in (None, codes.PLAN_IN_GENERAL)


def names_service(fit: Fit | None, ask: Ask) -> bool:
    """Say whether a fit is a statement about the service itself."""
    return fit in ("procedure", "service type") or (fit == "plan" and is_general(ask))


def same_procedure(told: Procedure, asked: Procedure) -> bool:
    """Say whether a benefit's procedure, range or modifiers include the one asked about."""
    lists = {told.qualifier, asked.qualifier}
    if asked.qualifier and len(lists) > 1 and not lists <= codes.SAME_CODE_SET:
        return False
    first, last = told.code, told.code_end or told.code
    inside = len(asked.code) == len(first) and first <= asked.code <= last
    return inside and set(told.modifiers) <= set(asked.modifiers)


def plans_of(rows: tuple[Row, ...]) -> tuple[Plan, ...]:
    """Return the plans that statements of coverage name; one without a name when none does."""
    found: list[Plan] = []
    for row in rows:
        benefit = row.benefit
        if benefit.information in codes.ACTIVE | codes.INACTIVE:
            _add_plan(found, Plan(insurance_type=benefit.insurance_type, name=benefit.plan))
    named = [plan for plan in found if plan != Plan()]
    return tuple(named) or (Plan(),)


def _add_plan(found: list[Plan], plan: Plan) -> None:
    for number, known in enumerate(found):
        types = {known.insurance_type, plan.insurance_type} - {None}
        names = {known.name, plan.name} - {None}
        if plan.name == known.name and len(types) < 2:
            found[number] = Plan(insurance_type=next(iter(types), None), name=known.name)
            return
        if plan.name is None and len(types) < 2 and len(names) == 1 and plan.insurance_type:
            found[number] = Plan(insurance_type=plan.insurance_type, name=known.name)
            return
    found.append(plan)


def rows_of(plan: Plan, rows: Iterable[Row], all_plans: tuple[Plan, ...]) -> list[Row]:
    """Return the rows about a plan: those that name it, or none that another one is called."""
    names = {other.name for other in all_plans} - {plan.name, None}
    types = {other.insurance_type for other in all_plans} - {plan.insurance_type, None}
    alike = {other.insurance_type for other in all_plans if other.name == plan.name}
    namesakes = alike - {plan.insurance_type, None}
    return [
        row
        for row in rows
        if row.benefit.information not in codes.OTHER_PAYER
        and (
            (
                row.benefit.plan is not None
                and row.benefit.plan == plan.name
                and row.benefit.insurance_type not in namesakes
            )
            or (row.benefit.plan not in names and row.benefit.insurance_type not in types)
        )
    ]
