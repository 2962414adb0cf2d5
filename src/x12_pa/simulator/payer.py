"""A payer behind a mailbox: takes what lies in `inbound`, leaves its answers in `outbound`.

Nothing happens by itself. Each `poll()` takes every complete file once, acknowledges it (TA1, 999)
from what our own validator finds under the personality's profile and as that profile expects
(`expected`), decides each accepted request by the personality's rules, answers each accepted 270
with a 271, and delivers what earlier polls held back. Files appear in `outbound` by
rename, so that a reader never sees half of one. What the payer must remember between polls
(control numbers, interchanges seen, answers held back) lies in one JSON file of its own, so that a
restarted payer goes on where it stopped.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from attrs import evolve, frozen

from x12_pa.acks import ControlNumbers, answers
from x12_pa.clock import Clock, system_clock
from x12_pa.guides import Guide, Profile, load_guide, load_profile, read_tree
from x12_pa.guides.hooks import Hooks, Lookup
from x12_pa.models import (
    EligibilityInquiry,
    InputProblem,
    ReviewRequest,
    ReviewResponse,
    build_eligibility,
    build_response,
    parse_eligibility,
    parse_review,
)
from x12_pa.simulator.behaviour import Case, cannot_answer, respond, undecided
from x12_pa.simulator.eligibility import tell
from x12_pa.simulator.expected import Refusals, expect
from x12_pa.simulator.faults import refuse_interchange, refuse_transaction
from x12_pa.simulator.history import PayerHistory
from x12_pa.simulator.memory import Held, recall, remember
from x12_pa.simulator.personality import Answer, Personality, load_personality
from x12_pa.simulator.rejecting import Refusal, refuse
from x12_pa.simulator.rules import find_rule
from x12_pa.syntax import (
    Envelope,
    Group,
    GroupContent,
    Interchange,
    NotX12,
    Segment,
    TransactionSet,
    build_interchange,
    missing_part,
    read_interchanges,
    read_segments,
)
from x12_pa.validation import validate
from x12_pa.validation.results import FileResult, InterchangeResult, TransactionResult

# How files come to this payer; what else rules may depend on, it is not told.
_CONTEXT = {"mode": "batch", "channel": "sftp"}
TEMPORARY = (".tmp", ".part", ".partial", ".filepart", ".uploading", "~")


@frozen(kw_only=True)
class Poll:
    """What one poll did: files taken and files delivered, by name, in order."""

    taken: tuple[str, ...] = ()
    delivered: tuple[str, ...] = ()


@frozen(kw_only=True)
class _Asked:
    """One accepted request with the envelope that its answer goes back to."""

    envelope: dict[str, str]
    segments: tuple[Segment, ...]
    request: ReviewRequest
    rule: str
    depth: int = 0
    group: str = ""
    verdict: TransactionResult | None = None
    refusals: tuple[Refusal, ...] = ()


class Payer:
    """The simulated payer of one mailbox.

    Args:
        mailbox: the directory that the SFTP server shows, with `inbound` and `outbound`.
        state: a directory of the payer's own, outside the mailbox.
        personality: a name, a path, or a personality.
        profile: overrides the profile that the personality names.
        lookups: registries that rules of the profile ask, by name.
        clock: the payer's time.
    """

    def __init__(
        self,
        mailbox: Path,
        state: Path,
        *,
        personality: str | Path | Personality = "default",
        profile: Profile | None = None,
        lookups: Mapping[str, Lookup] | None = None,
        clock: Clock = system_clock,
    ) -> None:
        if not isinstance(personality, Personality):
            personality = load_personality(personality)
        self.personality = personality
        if profile is None and personality.profile is not None:
            profile = load_profile(personality.profile)
        self._profile = profile
        self._clock = clock
        self._request_guide = load_guide("278-request")
        self._response_guide = load_guide("278-response")
        self._answer_guide = load_guide("271")
        self._inbound = mailbox / "inbound"
        self._outbound = mailbox / "outbound"
        self._received = state / "received"
        self._state = state / "payer.json"
        for folder in (self._inbound, self._outbound, self._received):
            folder.mkdir(parents=True, exist_ok=True)
        self._memory = recall(self._state)
        self._history = PayerHistory(self._memory, profile)
        self._hooks = Hooks(history=self._history, lookups=lookups or {})

    def poll(self) -> Poll:
        """Take what is new, answer it, deliver what is due; return the names of both."""
        self._memory.polls += 1
        taken: list[str] = []
        delivered = [self._deliver(data, kind) for kind, data in self._due()]
        for path in self._ready():
            data = path.read_bytes()
            delivered += [
                self._deliver(answer, kind) for kind, answer in self.answer(data, path.name)
            ]
            os.replace(path, self._received / f"{self._memory.polls:05d}-{path.name}")
            taken.append(path.name)
        remember(self._memory, self._state)
        return Poll(taken=tuple(taken), delivered=tuple(delivered))

    def _ready(self) -> Iterator[Path]:
        """Yield complete files under final names; what is still being written is left alone."""
        for path in sorted(self._inbound.iterdir()):
            hidden = path.name.startswith(".") or path.name.endswith(TEMPORARY)
            if not hidden and path.is_file() and missing_part(path.read_bytes()) is None:
                yield path

    def answer(self, data: bytes, name: str | None = None) -> Iterator[tuple[str, bytes]]:
        """Yield what answers one file, as (kind, interchange): acknowledgements, then responses.

        The mailbox is not touched; only what the payer remembers changes.
        """
        try:
            interchanges = list(read_interchanges(data))
        except NotX12:
            return
        result = validate(
            data,
            profile=self._profile,
            today=self._clock().date(),
            context=_CONTEXT | ({"file.name": name} if name else {}),
            hooks=self._hooks,
        )
        refusals = expect(result, interchanges, self._profile)
        asked: list[_Asked] = []
        accepted: list[tuple[Interchange, InterchangeResult]] = []
        silent = False
        for interchange, judged in zip(interchanges, result.interchanges, strict=False):
            found = list(self._requests(interchange, judged, refusals))
            silent |= any(self._find(each).silence == "all" for each in found)
            for each in found:
                refusal = self._find(each).refuse_999
                if refusal is not None and each.verdict is not None:
                    place = (judged.control, each.group, each.verdict)
                    refuse_transaction(result, place, each.segments, refusal)
            notes = [self._find(each).refuse_ta1 for each in found]
            note = self._duplicate(interchange) or next(filter(None, notes), None)
            if note is not None:
                refuse_interchange(result, judged, note)
            elif judged.errors == 0:
                asked += [each for each in found if self._find(each).refuse_999 is None]
                accepted.append((interchange, judged))
                self._history.took(interchange, judged, self._clock().date())
        if silent:
            return
        yield from (("999", ack) for ack in self._acknowledge(result))
        for each in asked:
            yield from self._respond(each)
        for interchange, judged in accepted:
            yield from self._tell(interchange, judged)

    def _tell(
        self, interchange: Interchange, judged: InterchangeResult
    ) -> Iterator[tuple[str, bytes]]:
        """Yield the 271 of each accepted 270 of an interchange."""
        for group, verdict in zip(interchange.groups, judged.groups, strict=False):
            for item, own in zip(group.transactions, verdict.transactions, strict=False):
                if item.id == "270" and own.accepted:
                    inquiry = parse_eligibility(item)
                    assert isinstance(inquiry, EligibilityInquiry)
                    told = tell(inquiry, self.personality.eligibility, self._clock())
                    if told is not None:
                        segments = build_eligibility(told, self._answer_guide)
                        back = _back(interchange, group)
                        yield "271", self._enclosed(back, segments, self._answer_guide)

    def _requests(
        self, interchange: Interchange, judged: InterchangeResult, refusals: Refusals
    ) -> Iterator[_Asked]:
        """Yield the requests of an interchange that the validator accepted."""
        for group, verdict in zip(interchange.groups, judged.groups, strict=False):
            for item, own in zip(group.transactions, verdict.transactions, strict=False):
                if item.id == "278" and own.kind == "request" and own.accepted:
                    asked = self._asked(interchange, group, item, own)
                    yield evolve(asked, refusals=refusals.of(own))

    def _asked(
        self,
        interchange: Interchange,
        group: Group,
        item: TransactionSet,
        verdict: TransactionResult,
    ) -> _Asked:
        request = self._read(item)
        rule = find_rule(self.personality, request)
        return _Asked(
            envelope=_back(interchange, group),
            segments=tuple(item.segments),
            request=request,
            rule=rule.id if rule else "",
            group=group.control,
            verdict=verdict,
        )

    def _read(self, item: TransactionSet) -> ReviewRequest:
        request = parse_review(item, self._request_guide)
        assert isinstance(request, ReviewRequest)
        return request

    def _find(self, asked: _Asked) -> Answer:
        """Return the answer that the rule of a request gives at its depth of `later`."""
        rules = {rule.id: rule.answer for rule in self.personality.rules}
        answer = rules.get(asked.rule, self.personality.otherwise)
        for _ in range(asked.depth):
            answer = answer.later or answer
        return answer

    def _duplicate(self, interchange: Interchange) -> str | None:
        """Return TA1 note 025 for a control number that this sender used before."""
        key = f"{interchange.sender}/{interchange.control}"
        again = key in self._memory.seen
        self._memory.seen.append(key)
        return "025" if again and self.personality.duplicate_interchange == "reject" else None

    def _acknowledge(self, result: FileResult) -> Iterator[bytes]:
        numbers = ControlNumbers(interchange=self._next, group=self._next_group)
        return iter(list(answers(result, numbers=numbers, clock=self._clock)))

    def _respond(self, asked: _Asked) -> Iterator[tuple[str, bytes]]:
        """Yield the responses of one request that are due now; hold the others back."""
        answer = self._find(asked)
        if answer.silence is not None:
            return
        if answer.late and not asked.refusals:
            self._hold(asked, answer.late, 0)
            return
        yield from self._responses(asked, answer)

    def _responses(self, asked: _Asked, answer: Answer) -> Iterator[tuple[str, bytes]]:
        self._memory.requests += 1
        case = Case(
            request=asked.request,
            answer=answer,
            payer=self.personality,
            now=self._clock(),
            n=self.personality.first + self._memory.requests - 1,
        )
        for _ in range(answer.copies):
            data = self._enclosed(asked.envelope, self._build(asked, case), self._response_guide)
            yield "278", data
        if answer.later is not None and not asked.refusals:
            self._hold(asked, max(1, answer.later.late), asked.depth + 1)

    def _build(self, asked: _Asked, case: Case) -> list[Segment]:
        response: ReviewResponse = respond(case)
        if asked.refusals:
            tree = read_tree(self._request_guide, asked.segments)
            response = refuse(undecided(case), asked.refusals, tree, self._response_guide)
        else:
            self._history.answered(asked.segments, response)
        try:
            return build_response(response, self._response_guide)
        except InputProblem:
            return build_response(cannot_answer(case), self._response_guide)

    def _enclosed(
        self, envelope_back: dict[str, str], segments: list[Segment], guide: Guide
    ) -> bytes:
        own = dict(envelope_back)
        at = self._clock()
        sender, receiver = own.pop("gs_sender"), own.pop("gs_receiver")
        group = GroupContent(
            functional_id=guide.functional_id,
            sender=sender,
            receiver=receiver,
            control=self._next_group(),
            version=guide.id,
            at=at,
            transactions=[segments],
        )
        envelope = Envelope(**own, control=self._next(), at=at, ack_requested=False)
        return build_interchange(envelope, [group])

    def _hold(self, asked: _Asked, polls: int, depth: int) -> None:
        self._memory.waiting.append(
            Held(
                due=self._memory.polls + polls,
                rule=asked.rule,
                depth=depth,
                envelope=asked.envelope,
                segments=asked.segments,
            )
        )

    def _due(self) -> Iterator[tuple[str, bytes]]:
        """Yield the responses that were held back until this poll."""
        now = self._memory.polls
        due = [each for each in self._memory.waiting if each.due <= now]
        self._memory.waiting = [each for each in self._memory.waiting if each.due > now]
        for each in due:
            asked = _Asked(
                envelope=each.envelope,
                segments=each.segments,
                request=self._read(TransactionSet(list(each.segments))),
                rule=each.rule,
                depth=each.depth,
            )
            yield from self._responses(asked, self._find(asked))

    def _next(self, _: object = None) -> int:
        self._memory.control += 1
        return self._memory.control

    def _next_group(self, _: object = None) -> int:
        self._memory.group += 1
        return self._memory.group

    def _deliver(self, data: bytes, kind: str) -> str:
        """Write a file into `outbound` under a hidden name, then rename it; return its name."""
        first = next(read_segments(data))
        name = f"{first.element(13)}.{kind}.x12"
        hidden = self._outbound / f".{name}.tmp"
        hidden.write_bytes(data)
        os.replace(hidden, self._outbound / name)
        return name


def _back(interchange: Interchange, group: Group) -> dict[str, str]:
    """Return the envelope of what goes back: the one that came, turned round."""
    return {
        "sender_qualifier": interchange.receiver_qualifier,
        "sender_id": interchange.receiver,
        "receiver_qualifier": interchange.sender_qualifier,
        "receiver_id": interchange.sender,
        "usage": interchange.usage,
        "gs_sender": group.receiver,
        "gs_receiver": group.sender,
    }
