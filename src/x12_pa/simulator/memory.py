"""What the simulated payer remembers between polls, and between runs: one small JSON file.

Losing it would not be fatal to a simulation, but control numbers would repeat, and a real partner
would take the second file for a duplicate of the first.
"""

import json
import os
from pathlib import Path

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


@define
class Memory:
    """Polls made, last control numbers, requests answered, interchanges seen, held answers."""

    polls: int = 0
    control: int = 0
    group: int = 0
    requests: int = 0
    seen: list[str] = field(factory=list)
    waiting: list[Held] = field(factory=list)


def recall(path: Path) -> Memory:
    """Read the memory of an earlier run; an empty one when there was none.

    Raises:
        ConfigError: the file is there but is not one of ours.
    """
    if not path.exists():
        return Memory()
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        waiting = [_held(each) for each in data.pop("waiting")]
        return Memory(**data, waiting=waiting)
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
    }
    hidden = path.with_suffix(".tmp")
    hidden.write_text(json.dumps(data, indent=1), encoding="utf-8")
    os.replace(hidden, path)


def _plain(held: Held) -> dict[str, object]:
    return {
        "due": held.due,
        "rule": held.rule,
        "depth": held.depth,
        "envelope": held.envelope,
        "delimiters": asdict(held.segments[0].delimiters),
        "segments": [segment.text for segment in held.segments],
    }


def _held(data: dict[str, object]) -> Held:
    delimiters = Delimiters(**data.pop("delimiters"))  # type: ignore[arg-type]
    texts = data.pop("segments")
    segments = tuple(Segment(text, delimiters) for text in texts)  # type: ignore[attr-defined]
    return Held(**data, segments=segments)  # type: ignore[arg-type]
