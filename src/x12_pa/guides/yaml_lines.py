"""YAML with line numbers, so that an error in a profile says where it stands.

Only `true`, `false`, `null` and numbers without leading zeros are more than text here: a code such
as `04`, `NO` or `2026-01-31` is what it looks like, and not a number, a truth value or a date.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from x12_pa.errors import ConfigError


class _Loader(yaml.SafeLoader):
    """A safe loader that leaves codes alone."""


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", r"true|false", "tf"),
    ("null", r"null|~|", "n~"),
    ("int", r"-?(0|[1-9][0-9]*)", "-0123456789"),
    ("float", r"-?(0|[1-9][0-9]*)\.[0-9]+", "-0123456789"),
):
    _Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(f"(?:{_pattern})$"), [*_first, ""]
    )


class Lines:
    """A YAML document and the line of everything in it."""

    def __init__(self, text: str, name: str) -> None:
        """Read a document.

        Raises:
            ConfigError: the text is not YAML, or a mapping has a key twice.
        """
        self.name = name
        try:
            self._top = yaml.compose(text, Loader=_Loader)
            self._refuse_twins(self._top, set())
            self.data: Any = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader
        except yaml.YAMLError as problem:
            mark = getattr(problem, "problem_mark", None)
            line = f", line {mark.line + 1}" if mark else ""
            what = getattr(problem, "problem", None) or "not YAML"
            raise ConfigError(f"{name}{line}: this is not YAML: {what}.") from None

    def line(self, path: Sequence[str | int]) -> int:
        """Return the line of the value at a path of keys and indexes, from 1."""
        node: Any = self._top
        for key in path:
            child = _child(node, key)
            if child is None:
                break
            node = child
        return int(node.start_mark.line) + 1 if node is not None else 1

    def where(self, path: Sequence[str | int]) -> str:
        """Return `file.yaml, line 12` for the value at a path."""
        return f"{self.name}, line {self.line(path)}"

    def _refuse_twins(self, node: Any, seen: set[int]) -> None:
        """Refuse a key that stands twice: YAML would let the second one win in silence."""
        if id(node) in seen:
            return
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            for item in node.value:
                self._refuse_twins(item, seen)
        if not isinstance(node, yaml.MappingNode):
            return
        lines: dict[str, int] = {}
        for key, value in node.value:
            line = int(key.start_mark.line) + 1
            name = str(key.value)
            if name in lines:
                raise ConfigError(
                    f"{self.name}, line {line}: '{name}' stands twice, first in line "
                    f"{lines[name]}; one of them was expected."
                )
            lines[name] = line
            self._refuse_twins(value, seen)


def _child(node: Any, key: str | int) -> Any:
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if name.value == str(key):
                return value
    elif isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
        return node.value[key]
    return None


def read_lines(path: Path) -> Lines:
    """Read a YAML file; raises `ConfigError` when it cannot be read or is not YAML."""
    try:
        return Lines(path.read_text(encoding="utf-8"), path.name)
    except (OSError, UnicodeDecodeError) as problem:
        reason = getattr(problem, "strerror", None) or "it is not UTF-8 text"
        raise ConfigError(f"{path} cannot be read: {reason}.") from None
