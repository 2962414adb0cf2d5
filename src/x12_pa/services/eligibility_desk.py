"""The 270s of one mailbox before they are queued: which rows, in how many sets, and are they right.

A desk holds the questions of one call that go to one mailbox. It plans them into transaction sets
and files as the payer's profile wants them, renders them, and tells which rows would be rejected.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from attrs import define, field, frozen

from x12_pa.authorizations.preflight import sure_rejections
from x12_pa.configuration import MailboxSettings
from x12_pa.eligibility.asking import InquirySet, PayerRules, inquiry_of, numbered, plan
from x12_pa.eligibility.schedule import COLUMNS, Check
from x12_pa.guides import Guide, Profile, load_guide
from x12_pa.ledger.database import Tx
from x12_pa.ledger.mailboxes import ControlNumbers
from x12_pa.models import InputProblem, build_eligibility
from x12_pa.models.problems import Problem
from x12_pa.services.defaults import delimiters_for, fill_elements
from x12_pa.services.eligibility_rules import GUIDE, payer_rules
from x12_pa.services.envelopes import interchange_of
from x12_pa.services.judging import Standpoint
from x12_pa.services.office import Address, Office, context_for
from x12_pa.syntax import Delimiters, Segment
from x12_pa.validation import Finding

SUBSCRIBER = "22"
"""HL03 of the level that opens with each patient of a 270 of ours."""
TRIAL = ControlNumbers(scope="trial", epoch=1, isa13=1, gs06=1)


@frozen(kw_only=True)
class Wanted:
    """One question that somebody wants asked.

    Attributes:
        where: the row it came from, for people.
        problem: why there is no check.
        occasion, authorization: what it is asked for, when it is for an authorization.
        again: ask although it was asked before.
    """

    where: str
    check: Check | None = None
    problem: InputProblem | None = None
    occasion: str = ""
    authorization: str | None = None
    again: bool = False


@define(kw_only=True)
class Desk:
    """The questions of one call that go to one mailbox, and how its payer wants them.

    Attributes:
        reason: why questions go out that the payer is sure to reject; None: they do not.
        wanted: the questions by the number of their row, and `keys` what they are stored under.
    """

    office: Office
    mailbox: MailboxSettings
    address: Address
    reason: str | None = None
    profile: Profile | None = field(init=False)
    known: dict[str, Any] = field(init=False)
    standpoint: Standpoint = field(init=False)
    guide: Guide = field(init=False)
    marks: Delimiters = field(init=False)
    rules: PayerRules = field(init=False)
    wanted: dict[int, Wanted] = field(factory=dict)
    keys: dict[int, str] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        self.profile = self.office.profile_of(self.mailbox)
        self.known = context_for(self.mailbox, self.address.identity, self.address.usage)
        self.standpoint = self.office.standpoint(self.profile, self.known)
        today = self.standpoint.today
        self.guide = load_guide(GUIDE, self.profile, today=today, known=self.known)
        self.marks = delimiters_for(self.profile, self.guide, self.known)
        self.rules = payer_rules(self.profile, self.known)

    def segments(self, found: InquirySet, control: int) -> list[Segment]:
        """Return the segments of a numbered set; raises `InputProblem`."""
        now = self.office.now()
        record = inquiry_of(found, on=now.date(), at=f"{now:%H:%M}")
        built = build_eligibility(
            record, self.guide, control=f"{control:04d}", delimiters=self.marks
        )
        return fill_elements(built, self.guide, self.profile, self.known)

    def by_check(
        self, found: InquirySet, control: int, findings: Sequence[Finding]
    ) -> Iterator[tuple[Check, tuple[Finding, ...]]]:
        """Yield each check of a set with the findings about its patient, or above all patients."""
        patient, at = 0, [0]
        for segment in self.segments(found, control):
            patient += segment.id == "HL" and segment.element(3) == SUBSCRIBER
            at.append(patient)
        for number, unit in enumerate(found.units, 1):
            own = tuple(
                each
                for each in findings
                if each.segment_number is None or at[each.segment_number] in (0, number)
            )
            for asked in unit.asked:
                yield asked.check, own

    def render(self, sets: Sequence[InquirySet], numbers: ControlNumbers) -> bytes:
        """Return one interchange with these sets; raises `InputProblem`."""
        built = [self.segments(each, number) for number, each in enumerate(sets, 1)]
        at = self.office.now()
        return interchange_of(self.address, self.guide, built, numbers, at=at, marks=self.marks)

    def files(self) -> Iterator[tuple[InquirySet, ...]]:
        """Yield the sets of each file, as many as the payer takes in one."""
        checks = (wanted.check for wanted in self.wanted.values())
        sets = plan((check for check in checks if check is not None), self.rules)
        for start in range(0, len(sets), self.rules.sets):
            yield sets[start : start + self.rules.sets]

    def faulty(self, tx: Tx) -> dict[int, tuple[Finding, ...]]:
        """Return the rows that would be rejected, with what is wrong; looks closer only if any is.

        The rules of a whole file (how many sets it holds) are no fault of a row. A rejection by the
        payer that is sure to come counts as well, unless there is a reason to ask all the same.
        """
        if all(self._errors(tx, chunk) == () for chunk in self.files()):
            return {}
        found = {
            number: self._errors(tx, plan([wanted.check], self.rules))
            for number, wanted in self.wanted.items()
            if wanted.check
        }
        return {number: errors for number, errors in found.items() if errors}

    def _errors(self, tx: Tx, sets: Sequence[InquirySet]) -> tuple[Finding, ...]:
        """Return what speaks against a file with these sets."""
        tried = [numbered(each, f"TRIAL-{n}", "9TRIAL0000") for n, each in enumerate(sets, 1)]
        try:
            data = self.render(tried, TRIAL)
        except InputProblem as problem:
            return tuple(
                Finding(code="C203", severity="error", snip=2, message=_by_column(each))
                for each in problem.problems
            )
        result = self.standpoint.judge(tx, data, "-", draft=True)
        errors = tuple(found for found in result.findings if found.severity == "error")
        return errors or (sure_rejections(result, data) if self.reason is None else ())


_COLUMNS_OF = (
    (re.compile(r".*\.dependents\[\d+\]\.person\.(\w+)"), "dependent_"),
    (re.compile(r".*\.subscribers\[\d+\]\.person\.(\w+)"), "subscriber_"),
    (re.compile(r".*\.receivers\[\d+\]\.party\.(\w+)"), "provider_"),
    (re.compile(r"sources\[\d+\]\.party\.(\w+)"), "payer_"),
)


def _by_column(problem: Problem) -> str:
    """Say what is wrong by the column of the schedule, where it is one, else by the record."""
    for pattern, prefix in _COLUMNS_OF:
        if found := pattern.fullmatch(problem.path):
            names = (f"{prefix}{found[1]}", found[1])
            for name in names:
                if name in COLUMNS:
                    return f"column {name}: {problem.message}"
    return str(problem)
