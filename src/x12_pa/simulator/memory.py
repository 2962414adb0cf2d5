"""What the simulated payer remembers between polls, and between runs: one small JSON file.

Losing it would not be fatal to a simulation, but control numbers would repeat, and a real partner
would take the second file for a duplicate of the first.
"""

import json
import os
from pathlib import Path
from typing import Any

from attrs import asdict, define, field, frozen

from x12_pa.errors import ConfigError
from x12_pa.syntax import Delimiters, Segment


@frozen(kw_only=True)
class Held:
    """A request whose answer is held back until poll number `due`.

    `rule` and `depth` say which answer: the rule's own (0) or the n-th `later` of it.
    """

    due: int
    rule: str
    depth: int
    envelope: dict[str, str]
    segments: tuple[Segment, ...]


@frozen(kw_only=True)
class Answered:
    """A request that was answered: what it is called by, by path, and HCR01 of the answer."""

    keys: dict[str, list[str]]
    segments: tuple[Segment, ...]
    action: str | None = None


@define
class Memory:
    """What is kept.

    Polls made, last control numbers, requests answered, interchanges seen, held answers; values
    that accepted sets had (hash -> last day), and answered requests, as far as rules ask.
    """

    polls: int = 0
    control: int = 0
    group: int = 0
    requests: int = 0
    seen: list[str] = field(factory=list)
    waiting: list[Held] = field(factory=list)
    values: dict[str, str] = field(factory=dict)
    answered: list[Answered] = field(factory=list)


def recall(path: Path) -> Memory:
    """Read the memory of an earlier run; an empty one when there was none.

    Raises:
        ConfigError: the file is there but is not one of ours.
    """
    if not path.exists():
        return Memory()
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        waiting = [Held(**_with_segments(each)) for each in data.pop("waiting")]
        answered = [Answered(**_with_segments(each)) for each in data.pop("answered", ())]
        return Memory(**data, waiting=waiting, answered=answered)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ConfigError(
            f"{path.name} in the simulated payer's state directory cannot be read "
            f"({type(error).__name__}). Remove the directory to start with a fresh payer."
        ) from error


def remember(memory: Memory, path: Path) -> None:
    """Write the memory in place of the old one."""
    data = {
        "polls": memory.polls,
        "control": memory.control,
        "group": memory.group,
        "requests": memory.requests,
        "seen": memory.seen,
        "waiting": [_plain(each) for each in memory.waiting],
        "values": memory.values,
        "answered": [_plain(each) for each in memory.answered],
    }
    hidden = path.with_suffix(".tmp")
    hidden.write_text(json.dumps(data, indent=1), encoding="utf-8")
    os.replace(hidden, path)


def _plain(record: Held | Answered) -> dict[str, object]:
    """Return a record as JSON values; segments as texts beside their delimiters."""
    plain = asdict(record, recurse=False)
    return plain | {
        "delimiters": asdict(record.segments[0].delimiters),
        "segments": [segment.text for segment in record.segments],
    }


def _with_segments(data: dict[str, Any]) -> dict[str, Any]:
    delimiters = Delimiters(**data.pop("delimiters"))
    return data | {"segments": tuple(Segment(text, delimiters) for text in data["segments"])}
