"""Who reviews a request, and whether it goes there.

Two sources know it: the section `services:` of the payer's profile (UMO and mailbox of the entries
that need authorization), and what 271s said of a delegated reviewer (2120 NM1*X3) for this patient
and service. A request that names the payer while another organization reviews the service, or that
goes through another mailbox than the one that reaches the reviewer, is a finding (E016): it goes
out all the same, because both sources can be out of date, but nobody can miss it.
"""

from collections.abc import Iterable, Iterator, Sequence

from attrs import frozen

from x12_pa.authorizations.request_completeness import places_of, query_of
from x12_pa.authorizations.requirements import decide
from x12_pa.configuration import MailboxSettings
from x12_pa.eligibility.codes import REVIEWER
from x12_pa.eligibility.rows import is_general
from x12_pa.errors import UsageError
from x12_pa.guides import Profile
from x12_pa.ledger import eligibility as store
from x12_pa.ledger.database import Tx
from x12_pa.models import ReviewRequest, Service
from x12_pa.services.eligibility_lists import Question, Tests, with_answers
from x12_pa.services.eligibility_rules import payers_of
from x12_pa.services.office import Office
from x12_pa.services.reading import Source, read_each
from x12_pa.services.requirements import requirements_of
from x12_pa.validation import Finding

CODE = "E016"


@frozen(kw_only=True)
class Route:
    """Where one service of a request is reviewed, and who says so.

    Attributes:
        place: `event` or `service 2`.
        umos: identifiers of the reviewer (2010A NM109); any of them is right.
        mailboxes: names of mailboxes that reach the reviewer, where the profile says so.
        source: the entry or the segment that says it.
    """

    place: str
    umos: frozenset[str] = frozenset()
    mailboxes: frozenset[str] = frozenset()
    source: str


def routes(
    tx: Tx, office: Office, profile: Profile | None, request: ReviewRequest
) -> tuple[Route, ...]:
    """Return where the services of a request are reviewed, as far as that is known."""
    told = list(_told(tx, request))
    found: list[Route] = []
    for place, service in places_of(request.event):
        found += _by_profile(office, profile, request, place, service)
        found += _by_answers(told, request, place, service)
    return tuple(found)


def _by_profile(
    office: Office,
    profile: Profile | None,
    request: ReviewRequest,
    place: str,
    service: Service | None,
) -> Iterator[Route]:
    requirements = requirements_of(profile)
    if requirements is None or not requirements.speak_for(request.reviewer.identifier):
        return
    answer = decide(requirements, query_of(request, service, office.today()))
    reviewers = answer.reviewers
    umos = frozenset(each.umo.upper() for each in reviewers if each.umo)
    boxes = frozenset(each.mailbox for each in reviewers if each.mailbox)
    if umos or boxes:
        names = ", ".join(entry.id for entry in answer.entries)
        source = f"profile {requirements.profile}, {names}"
        yield Route(place=place, umos=umos, mailboxes=boxes, source=source)


def _told(tx: Tx, request: ReviewRequest) -> Iterator[Question]:
    """Yield what was told of the patient, the newest first."""
    member, child = request.subscriber.member_id, request.dependent
    first_name = child.first_name if child else None
    born = child.birth_date if child else None
    if member:
        stored = store.checks(tx, member_id=member)
        asked = with_answers(tx, stored, without=Tests.known(tx, stored)) if stored else ()
        yield from sorted(
            (o for o in asked if o.told and o.check.is_about(bool(child), first_name, born)),
            key=lambda one: one.told[0][0],
            reverse=True,
        )


def _by_answers(
    told: Sequence[Question], request: ReviewRequest, place: str, service: Service | None
) -> Iterator[Route]:
    """Yield the delegated reviewer that the newest answer about a service names, if it does.

    Where the service was not asked about, the newest answer about the plan as a whole tells.
    """
    own = [question for question in told if _is_with(question, request)]
    about = [question for question in own if _is_about(question, request, service)]
    for question in (about or [one for one in own if is_general(one.check.ask)])[:1]:
        named = [
            entity
            for answer in question.newest
            for entity in answer.reviewers
            if entity.role == REVIEWER and entity.identifier
        ]
        if named:
            at = named[0].evidence
            when = question.told[0][0]
            source = (
                f"271 of {when:%Y-%m-%d} (trace {question.stored.trace}, {at.loop} "
                f"{at.segment}, segment {at.number})"
            )
            umos = frozenset(entity.identifier.upper() for entity in named)
            yield Route(place=place, umos=umos, source=source)


def _is_with(question: Question, request: ReviewRequest) -> bool:
    """Say whether a question went to the payer of a request, or to one that delegates to it.

    An answer of another payer of the patient says nothing here.
    """
    named = (request.reviewer.identifier or "").upper()
    delegates = {
        entity.identifier.upper() for answer in question.newest for entity in answer.reviewers
    }
    return named in {question.check.payer_id.upper(), *delegates}


def _is_about(question: Question, request: ReviewRequest, service: Service | None) -> bool:
    """Say whether a question was about a service of a request."""
    code = question.check.asked_procedure
    details = (service.professional, service.institutional, service.dental) if service else ()
    codes = {each.procedure.code for each in details if each and each.procedure}
    if code is not None:
        return code.code in codes
    kind = (service and service.service_type) or request.event.service_type
    return question.check.service_type in (kind, None) and kind is not None


def misrouted(
    found: Iterable[Route], request: ReviewRequest, mailbox: str | None
) -> tuple[Finding, ...]:
    """Return what is wrong with where a request goes.

    Args:
        found: from `routes`.
        mailbox: the mailbox it goes through; None when that is not known.
    """
    named = (request.reviewer.identifier or "").upper()
    findings = []
    for route in found:
        if route.umos and named not in route.umos:
            umos = " or ".join(sorted(route.umos))
            findings.append(
                _finding(
                    f"{route.place}: {umos} reviews it ({route.source}), but the "
                    "request names another organization in 2010A NM109. Name the reviewer there."
                )
            )
        elif mailbox and route.mailboxes and mailbox not in route.mailboxes:
            boxes = " or ".join(sorted(route.mailboxes))
            findings.append(
                _finding(
                    f"{route.place}: its reviewer is reached by the mailbox "
                    f"{boxes} ({route.source}), but the request goes through {mailbox}. Submit it "
                    "with --mailbox."
                )
            )
    return tuple(dict.fromkeys(findings))


def _finding(message: str) -> Finding:
    return Finding(
        code=CODE,
        severity="warning",
        snip=7,
        message=message,
        loop="2010A",
        segment="NM1",
        element="NM109",
    )


def by_mailbox(
    office: Office, sources: Sequence[Source], named: str | None = None
) -> Iterator[tuple[MailboxSettings, list[Source]]]:
    """Yield each mailbox with the inputs that go through it: the one named, else each its own.

    Raises:
        ConfigError, UsageError: as `mailbox_of`.
    """
    groups: dict[str, list[Source]] = {}
    for source in sources:
        box = office.only_mailbox(named) if named else mailbox_of(office, source)
        groups.setdefault(box.name, []).append(source)
    for name, part in groups.items():
        yield office.only_mailbox(name), part


def mailbox_of(office: Office, source: Source) -> MailboxSettings:
    """Return the mailbox that the requests of an input go through, when nobody names one.

    The mailbox that a route names goes first, then the one whose profile names the reviewer of the
    request (2010A NM109). With one mailbox there is nothing to choose.

    Raises:
        ConfigError: there are several and nothing says which.
        UsageError: the requests lead to different mailboxes.
    """
    boxes = office.settings.mailboxes
    if len(boxes) < 2:
        return office.only_mailbox(None)
    with office.ledger.read() as tx:
        names = {
            name
            for item in read_each(source)
            if item.request is not None
            for name in _mailboxes(tx, office, item.request)
        }
    if len(names) > 1:
        raise UsageError(
            f"{source.name}: its requests lead to several mailboxes: {', '.join(sorted(names))}. "
            "Say --mailbox, or submit them apart."
        )
    return office.only_mailbox(next(iter(names), None))


def _mailboxes(tx: Tx, office: Office, request: ReviewRequest) -> set[str]:
    """Return the mailboxes that a request leads to."""
    profiles = {box.name: office.profile_of(box) for box in office.settings.mailboxes.values()}
    named = (request.reviewer.identifier or "").upper()
    speaking = {name: p for name, p in profiles.items() if p and named in payers_of(p)}
    wanted = {
        name
        for profile in speaking.values()
        for route in routes(tx, office, profile, request)
        for name in route.mailboxes
        if name in profiles
    }
    return wanted or set(speaking)
