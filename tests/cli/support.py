"""Run the command line inside the test or as a process of its own."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from click.testing import CliRunner, Result

from tests.support import FIXTURES, fixed_clock
from x12_pa.cli import main
from x12_pa.cli.context import Session

VALID = FIXTURES / "valid"
REQUEST = VALID / "278-request-dependent.edi"
EXAMPLE = FIXTURES / "requests" / "example_imaging.json"

IDENTITY = """
[identity]
sender_id = "CLINIC001"
trace_originator = "9CLINIC001"
"""


def run(*args: object, given: bytes | None = None) -> Result:
    """Run x12-pa in this process, at the fixed time."""
    texts = [str(arg) for arg in args]
    return CliRunner().invoke(main, texts, input=given, obj=Session(clock=fixed_clock))


def process(
    *args: object,
    env: dict[str, str] | None = None,
    given: bytes | None = None,
    stdin: IO[bytes] | None = None,
    stdout: IO[bytes] | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Run x12-pa as a process."""
    return subprocess.run(
        [*command(), *map(str, args)],
        stdout=stdout or subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=env,
        timeout=60,
        **({"stdin": stdin} if stdin else {"input": given}),
    )


def command() -> Sequence[str]:
    return [sys.executable, "-m", "x12_pa"]


def configured(folder: Path) -> Path:
    """Write a configuration with an identity and return its path."""
    path = folder / "x12-pa.toml"
    path.write_text(IDENTITY, encoding="utf-8")
    return path
