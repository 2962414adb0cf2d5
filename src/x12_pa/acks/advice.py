"""824: what a partner's application says of what it received, after the 999.

```text
BGN       BGN02 its number, BGN06 the number of what it answers, BGN08 what is to be done
  OTI     one thing that was received: a verdict, and GS06, ST02, ST01 of where it stood
    REF   numbers that identify it
    TED   an error: segment, its position, element; RED06 the reason
```

No table of this guide is at hand; the outline is read off public samples. So reading is lenient, a
code that is not known is shown as it stands, and nothing is checked.

Source: 005010X186A1, outline only, in our own words; `advice_codes.yaml`.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

import yaml
from attrs import frozen

from x12_pa.syntax import Segment, Source, TransactionSet, read_transactions

ADVICE_SET = "824"
_REFUSING = frozenset({"R"})


@frozen(kw_only=True)
class AdviceProblem:
    """One TED with its RED: what is wrong, and where; the copy of the value is left out."""

    code: str
    segment: str = ""
    position: int | None = None
    element: int | None = None
    reasons: tuple[str, ...] = ()

    def describe(self) -> str:
        """Return it as words: `N403 at segment 113: code 024 (E038)`."""
        place = f"{self.segment}{self.element:02d}" if self.element else self.segment
        where = f" at segment {self.position}" if self.position is not None else ""
        reasons = f" ({', '.join(self.reasons)})" if self.reasons else ""
        return f"{place}{where}: code {self.code}{reasons}".lstrip(": ")


@frozen(kw_only=True)
class ItemAdvice:
    """One OTI: the verdict on a set, a batch or an item of ours.

    Attributes:
        code: OTI01, such as `TA`, `TE`, `TR`; the second letter is the verdict.
        number: OTI03, a number of the thing itself.
        group_control, set_control, set_id: GS06, ST02 and ST01 of where it stood; may be "".
        references: REF01 and REF02 of what identifies the item.
    """

    code: str
    number: str = ""
    group_control: str = ""
    set_control: str = ""
    set_id: str = ""
    references: tuple[tuple[str, str], ...] = ()
    problems: tuple[AdviceProblem, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether the whole of it was refused; a batch may be refused in part."""
        return self.code[1:] in _REFUSING

    @property
    def about_set(self) -> bool:
        """Whether it speaks of a transaction set as a whole, not of a part of it."""
        return self.code[:1] == "T"

    def describe(self) -> list[str]:
        """Return a line for the item and one for each problem; values are left out."""
        place = f"{self.set_id or 'set'} {self.set_control}".strip()
        head = f"{place}: {_labels().get(self.code, f'code {self.code}')}"
        return [head, *(f"  {problem.describe()}" for problem in self.problems)]


@frozen(kw_only=True)
class ApplicationAdvice:
    """One 824.

    Attributes:
        sender, receiver: ISA06 and ISA08 of the 824 itself.
        number: BGN02; answers: BGN06, the number of what it answers; action: BGN08.
    """

    sender: str = ""
    receiver: str = ""
    number: str = ""
    answers: str = ""
    action: str = ""
    items: tuple[ItemAdvice, ...] = ()

    def describe(self) -> list[str]:
        """Return the lines of all items."""
        return [line for item in self.items for line in item.describe()]


def read_application_advice(source: Source) -> list[ApplicationAdvice]:
    """Return the 824 in a file, in order; other transaction sets are passed over.

    Raises:
        NotX12: the input does not begin with an interchange.
    """
    return [_advice(item) for item in read_transactions(source) if item.id == ADVICE_SET]


def _advice(item: TransactionSet) -> ApplicationAdvice:
    head = next((line for line in item.segments if line.id == "BGN"), None)
    isa = item.interchange
    return ApplicationAdvice(
        sender=isa.element(6).strip() if isa else "",
        receiver=isa.element(8).strip() if isa else "",
        number=head.element(2).strip() if head else "",
        answers=head.element(6).strip() if head else "",
        action=head.element(8).strip() if head else "",
        items=tuple(_item(part) for part in _cut(item.segments, "OTI")),
    )


def _item(lines: Sequence[Segment]) -> ItemAdvice:
    head = lines[0]
    return ItemAdvice(
        code=head.element(1).strip(),
        number=head.element(3).strip(),
        group_control=head.element(8).strip(),
        set_control=head.element(9).strip(),
        set_id=head.element(10).strip(),
        references=tuple((line.element(1), line.element(2)) for line in lines if line.id == "REF"),
        problems=tuple(_problem(part) for part in _cut(lines, "TED")),
    )


def _problem(lines: Sequence[Segment]) -> AdviceProblem:
    head = lines[0]
    return AdviceProblem(
        code=head.element(1).strip(),
        segment=head.element(3).strip(),
        position=_number(head.element(4)),
        element=_number(head.element(5)),
        reasons=tuple(line.element(6) for line in lines if line.id == "RED" and line.element(6)),
    )


def _cut(lines: Sequence[Segment], head: str) -> Iterator[list[Segment]]:
    """Yield the runs of segments that begin with `head`; SE ends the last one."""
    part: list[Segment] = []
    for line in lines:
        if line.id in (head, "SE"):
            if part:
                yield part
            part = []
        if line.id == head or part:
            part.append(line)
    if part:
        yield part


def _number(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() else None


@cache
def _labels() -> Mapping[str, str]:
    path = Path(__file__).with_name("advice_codes.yaml")
    found: dict[str, str] = yaml.safe_load(path.read_text(encoding="utf-8"))["OTI01"]
    return found
