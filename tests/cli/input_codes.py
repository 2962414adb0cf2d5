"""Findings about inputs (codes C… and E…), which no validation of a file can show: their specimens.

A specimen is a command with an input of `fixtures/bad`, in an office where that input is wrong.
`python -m tests.cli.input_codes` writes the inputs and what people read about them again; read the
diff before you keep it.
"""

import contextlib
import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from attrs import frozen

from tests.cli.support import run
from tests.services.bench import Bench
from tests.services.eligibility import CHECK, told
from tests.support import FIXTURES

BAD = FIXTURES / "bad"
SCHEDULE = FIXTURES / "eligibility" / "schedule.csv"
REQUEST = FIXTURES / "requests" / "01_imaging.json"


@frozen(kw_only=True)
class Specimen:
    """An input that is wrong: where it comes from, what is changed, and who is told of it."""

    file: str
    source: Path
    change: tuple[str, str] = ("", "")
    command: tuple[str, ...]
    exit_code: int
    world: Callable[[Bench], object] = lambda bench: None

    def make(self) -> str:
        text = self.source.read_text(encoding="utf-8")
        assert self.change[0] in text
        return text.replace(*self.change) if self.change[0] else text


SPECIMENS = {
    "C201": Specimen(
        file="C201.json",
        source=REQUEST,
        change=('"birth_date": "1947-02-02"', '"birth_date": "02/02/1947"'),
        command=("submit",),
        exit_code=1,
    ),
    "C203": Specimen(
        file="C203.csv",
        source=SCHEDULE,
        change=("73560,,11,2026-12-07", "73560,,11,12/07/2026"),
        command=("eligibility", "check"),
        exit_code=1,
    ),
    "E016": Specimen(
        file="E016.json",
        source=REQUEST,
        command=("submit",),
        exit_code=0,
        world=lambda bench: bench.told(CHECK),
    ),
}
DELEGATED = told(authorization="Y", reviewer={"name": "EXAMPLE IMAGING REVIEW", "id": "EXREVIEW"})


def shown(code: str, folder: Path) -> tuple[str, int]:
    """Return what a person reads about a specimen, with the exit code of the command.

    Args:
        folder: an empty one, in which we are.
    """
    specimen = SPECIMENS[code]
    bench = Bench(folder, DELEGATED)
    specimen.world(bench)
    bench.close()
    shutil.copy(BAD / specimen.file, folder)
    result = run(*specimen.command, specimen.file)
    return result.stdout, result.exit_code


def told_of(code: str, folder: Path) -> list[str]:
    """Return the findings that a person reads about."""
    return re.findall(r": ([CEPX]\d{3}): ", shown(code, folder)[0])


if __name__ == "__main__":
    for name, specimen in SPECIMENS.items():
        (BAD / specimen.file).write_text(specimen.make(), encoding="utf-8", newline="")
        with tempfile.TemporaryDirectory() as here, contextlib.chdir(here):
            text = shown(name, Path(here))[0]
        (BAD / f"{name}.txt").write_text(text, encoding="utf-8", newline="\n")
