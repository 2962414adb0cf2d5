"""Whatever arrives, the answer is valid and its verdict is that of the validator.

Mutants of every valid fixture, each with one random defect, from a fixed seed.
"""

import random
from collections.abc import Callable
from functools import cache

import pytest

from tests.acks.judgements import clock, counting
from tests.support import FIXTURES
from x12_pa.acks import GroupAck, InterchangeAck, answer, judged, read_acknowledgements
from x12_pa.syntax import NotX12
from x12_pa.validation import FileResult, validate

FILES = sorted((FIXTURES / "valid").glob("*.edi"))
MUTANTS = 20
Chance = random.Random
Defect = Callable[[list[str], Chance], list[str]]


def pick(lines: list[str], chance: Chance) -> int:
    return chance.randrange(len(lines))


def drop(lines: list[str], chance: Chance) -> list[str]:
    at = pick(lines, chance)
    return lines[:at] + lines[at + 1 :]


def double(lines: list[str], chance: Chance) -> list[str]:
    at = pick(lines, chance)
    return lines[: at + 1] + lines[at:]


def swap(lines: list[str], chance: Chance) -> list[str]:
    at = pick(lines, chance)
    return lines[:at] + lines[at : at + 2][::-1] + lines[at + 2 :]


def cut(lines: list[str], chance: Chance) -> list[str]:
    at = pick(lines, chance)
    keep = lines[at][: chance.randrange(len(lines[at]) + 1)]
    return [*lines[:at], keep]


def foreign(lines: list[str], chance: Chance) -> list[str]:
    at = pick(lines, chance)
    return [*lines[:at], chance.choice(["ZZZ*1", "?", "st*278", "X" * 99, ""]), *lines[at:]]


def element(value: str) -> Defect:
    """Replace one element after the ISA by `value`; `{}` stands for what was there."""

    def defect(lines: list[str], chance: Chance) -> list[str]:
        at = chance.randrange(1, len(lines)) if len(lines) > 1 else 0
        parts = lines[at].split("*")
        number = chance.randrange(len(parts))
        parts[number] = value.replace("{}", parts[number])
        return [*lines[:at], "*".join(parts), *lines[at + 1 :]]

    return defect


def header(lines: list[str], chance: Chance) -> list[str]:
    """Replace one element of an ISA by another text of its width."""
    parts = lines[0].split("*")
    number = chance.randrange(1, 16)
    parts[number] = chance.choice(["9", "Z", " "]) * len(parts[number])
    return ["*".join(parts), *lines[1:]]


DEFECTS: tuple[Defect, ...] = (
    drop,
    double,
    swap,
    cut,
    foreign,
    header,
    element(""),
    element("{}{}"),
    element("Q" * 60),
    element("{}:X"),
    element("{}^X"),
    element("{}*X"),
    element("\xe9{}"),
    element("{}\x07"),
    element(" {} "),
    element("20269999"),
    element("0000"),
)


def mutants(data: bytes, seed: str) -> list[bytes]:
    chance = random.Random(seed)
    lines = [line for line in data.decode("latin-1").replace("\r", "").split("~") if line.strip()]
    lines = [line.strip("\n") for line in lines]
    found = []
    for _ in range(MUTANTS):
        changed = chance.choice(DEFECTS)(list(lines), chance)
        found.append("~\n".join([*changed, ""]).encode("latin-1"))
    return found


def judge(data: bytes) -> FileResult | None:
    try:
        return validate(data)
    except NotX12:
        return None


def reply(data: bytes, result: FileResult, *, claims: bool = False) -> bytes:
    source = data if claims else None
    told = answer(result, numbers=counting(), clock=clock, claim_acks=claims, source=source)
    return told or b""


@cache
def judged_mutants(name: str) -> list[tuple[bytes, FileResult]]:
    data = (FIXTURES / "valid" / name).read_bytes()
    if b"~" not in data:
        return []
    pairs = ((mutant, judge(mutant)) for mutant in mutants(data, name))
    return [(mutant, result) for mutant, result in pairs if result is not None]


@pytest.mark.parametrize("name", [path.name for path in FILES])
@pytest.mark.parametrize("claims", [False, True])
def test_the_answer_to_a_mutant_is_valid(name: str, claims: bool) -> None:
    for data, result in judged_mutants(name):
        told = reply(data, result, claims=claims)
        findings = validate(told).findings if told else []
        assert [(f.code, f.element, f.message) for f in findings] == [], data.decode("latin-1")


@pytest.mark.parametrize("name", [path.name for path in FILES])
def test_the_verdict_on_a_mutant_is_that_of_the_validator(name: str) -> None:
    for data, result in judged_mutants(name):
        told = reply(data, result)
        acks = read_acknowledgements(told) if told else []
        groups = [ack for ack in acks if isinstance(ack, GroupAck)]
        said = [item.accepted for ack in groups for item in ack.sets]
        refused = any(isinstance(ack, InterchangeAck) and not ack.accepted for ack in acks)
        asked = [
            group
            for interchange in judged(result)
            for group in interchange.groups
            if not group.acknowledges
        ]
        good = all(said) and not refused and all(ack.accepted for ack in groups)
        if asked:
            assert good == all(group.result.accepted for group in asked), data.decode("latin-1")
        assert sum(said) <= sum(item.accepted for group in asked for item in group.sets)
