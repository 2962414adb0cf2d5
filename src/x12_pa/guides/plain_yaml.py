"""Read YAML that ships with the program, by the C parser where PyYAML has it: ten times as fast.

Profiles, which people write, are read by `yaml_lines`, which knows the line of everything.
"""

from pathlib import Path
from typing import Any

import yaml


def read_yaml(path: Path) -> Any:
    """Return what a YAML file says; raises `yaml.YAMLError` and `OSError`."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 - a SafeLoader
