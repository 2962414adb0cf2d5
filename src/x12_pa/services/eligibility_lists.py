"""What was asked about eligibility and what was told of it, as lists for people and programs."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any

from attrs import frozen

from x12_pa.eligibility import Answer, all_refusals, answers
from x12_pa.eligibility.plain import answer_from, check_from
from x12_pa.eligibility.report import answer_data, refusal_data
from x12_pa.eligibility.schedule import Check
from x12_pa.ledger import eligibility as store
from x12_pa.ledger.database import Tx
from x12_pa.models import EligibilityResponse, locate_eligibility
from x12_pa.services.eligibility_answers import part_of, read_again
from x12_pa.services.office import Office

SCHEMA = "x12-pa/eligibility-answers/1"
FEW = 200
"""Up to so many questions, their answers are looked up by number."""
Mask = Callable[[str | None], str | None]


@frozen(kw_only=True)
class Question:
    """One question with what was told of it, the newest response first.

    Attributes:
        told: per response when it was written, which is not later than it came in, whatever date
            it bears; and an answer for each plan.
    """

    stored: store.StoredCheck
    check: Check
    told: tuple[tuple[datetime, tuple[Answer, ...]], ...] = ()

    @property
    def state(self) -> str:
        """Where it stands: `queued`, `sent` …, `answered`, `rejected`."""
        return self.stored.state

    @property
    def newest(self) -> tuple[Answer, ...]:
        """What the newest response told."""
        return self.told[0][1] if self.told else ()


def questions(
    office: Office,
    *,
    request: str | None = None,
    member: str | None = None,
    payer: str | None = None,
    day: date | None = None,
) -> list[Question]:
    """Return the questions that fit what is given, in the order in which they were asked.

    Args:
        request: BHT03 of the inquiry, or the trace number of a patient in it.
        day: the planned day of the service.
    """
    with office.ledger.read() as tx:
        more: dict[str, Any] = {"member_id": member, "payer": payer, "day": day}
        found = store.checks(tx, reference=request, **more)
        if request is not None and not found:
            found = store.checks(tx, trace=request, **more)
        return list(with_answers(tx, found))


@frozen(kw_only=True)
class Tests:
    """What was asked and told in interchanges marked as tests (ISA15 T): rows of both.

    It means nothing to the payer, so nothing may rest on it, whichever side set the mark.
    """

    requests: frozenset[int]
    responses: frozenset[int]

    @classmethod
    def known(cls, tx: Tx, checks: list[store.StoredCheck] | None = None) -> "Tests":
        """Return all there are; or those among some questions, a few hundred at most."""
        if checks is None:
            return cls(requests=store.asked_as_test(tx), responses=store.told_as_test(tx))
        return cls(
            requests=store.asked_as_test(tx, {check.request_id for check in checks}),
            responses=store.told_as_test(tx, [check.id for check in checks]),
        )


def with_answers(
    tx: Tx, checks: list[store.StoredCheck], *, without: Tests | None = None
) -> Iterator[Question]:
    """Yield stored checks with everything that was told of them.

    Args:
        without: tests, which are left out.
    """
    if without is not None:
        checks = [check for check in checks if check.request_id not in without.requests]
    few = [check.id for check in checks] if len(checks) <= FEW else None
    by_check: dict[int, list[store.StoredAnswer]] = {}
    tests = without.responses if without is not None else frozenset()
    for found in store.answers(tx, few):
        if found.response_id not in tests:
            by_check.setdefault(found.check_id, []).append(found)
    for stored in checks:
        told: dict[int, tuple[datetime, list[Answer]]] = {}
        for one in by_check.get(stored.id, ()):
            written = min(one.told_at, one.recorded_at)
            told.setdefault(one.response_id, (written, []))[1].append(answer_from(one.data))
        newest_first = sorted(told.items(), key=lambda item: (item[1][0], item[0]), reverse=True)
        yield Question(
            stored=stored,
            check=check_from(stored.data),
            told=tuple((when, tuple(found)) for _, (when, found) in newest_first),
        )


def question_data(question: Question, mask: Mask, *, past: bool = False) -> dict[str, Any]:
    """Return a question as plain data; with `past` also what earlier responses told."""
    stored, check = question.stored, question.check
    told = question.told if past else question.told[:1]
    return {
        "request": stored.reference,
        "trace": stored.trace,
        "state": question.state,
        "asked_at": stored.created_at.isoformat(),
        "occasion": stored.occasion or "schedule",
        "authorization": stored.authorization,
        "own_reference": check.reference,
        "payer": check.payer_id,
        "member": mask(check.member_id),
        "date": check.service_date.isoformat(),
        "service_type": check.service_type,
        "procedure": check.procedure,
        "place": check.place_of_service,
        "asked_instead": stored.data.get("instead"),
        "told": [
            {"at": when.isoformat(), "answers": [answer_data(one, mask) for one in found]}
            for when, found in told
        ],
    }


def strangers(office: Office, mask: Mask) -> Iterator[dict[str, Any]]:
    """Yield the 271s that nobody here asked for, as `eligibility read` prints one.

    Of one that answers others, only the patients nobody asked about.
    """
    with office.ledger.read() as tx:
        for stored, transaction in read_again(tx, office.ledger):
            located = locate_eligibility(transaction)
            if not isinstance(located.record, EligibilityResponse):
                continue
            only = part_of(stored)
            told = list(answers(located.record, places=located.places, only=only))
            refused = all_refusals(located.record, located.places)
            if only is not None:
                refused = tuple(dict.fromkeys(one for each in told for one in each.refusals))
            yield {
                "control": stored.st02 or "",
                "reference": stored.bht03,
                "answers": [answer_data(one, mask) for one in told],
                "refusals": [refusal_data(one) for one in refused],
            }
