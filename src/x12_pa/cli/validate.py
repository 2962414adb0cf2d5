"""`x12-pa validate`: findings for every interchange, and the TA1/999 that answer them.

Files are taken one after the other and reported as they come, so that a night's thousands need no
more memory than the largest report. A file that cannot be read is complained about on stderr and
the others go on; the exit code is the worst of all.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
from attrs import define, field

from x12_pa.cli.context import Session
from x12_pa.cli.failures import exit_code, message
from x12_pa.cli.options import format_option, output_options, pass_session, profile_option
from x12_pa.cli.output import complain, say, write_output
from x12_pa.cli.progress import Meter, metered
from x12_pa.cli.reports import Inputs, Reports
from x12_pa.errors import UsageError, X12PAError

if TYPE_CHECKING:
    from x12_pa.acks import ControlNumbers
    from x12_pa.guides import Profile
    from x12_pa.validation import FileResult

MAX_FINDINGS = 1000


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH…")
@profile_option
@format_option("text", "json", "html", "csv")
@click.option(
    "--ack-dir",
    metavar="DIR",
    help="Write the TA1/999 that answer each file here; control numbers come from the ledger.",
)
@click.option(
    "--summary",
    is_flag=True,
    help="Text: one line for each file. JSON: leave accepted transaction sets out. HTML: leave "
    "the lines of the file out.",
)
@click.option(
    "--max-findings",
    type=click.IntRange(min=0),
    default=MAX_FINDINGS,
    show_default=True,
    metavar="N",
    help="List at most N findings of a file; all are counted.",
)
@output_options
@pass_session
def validate(
    session: Session,
    paths: tuple[str, ...],
    profile: "Profile | None",
    form: str,
    ack_dir: str | None,
    summary: bool,
    max_findings: int,
) -> int:
    """Check files against the guides that they name and report every finding.

    PATH is a file, or - for stdin. Exit code 0: all accepted; 1: a file is rejected; 2: a file
    cannot be read or is not X12 (the others are checked all the same). HTML is one page to mail or
    print; CSV has one row for each finding.
    """
    inputs = Inputs(keep=form == "html" and not summary)
    reports = Reports(session, profile, inputs)
    with _answering(session, ack_dir) as answerer, metered(session, paths) as meter:
        run = _Run(session, profile, max_findings, answerer, inputs, meter)
        results = run.results(paths)
        if form == "json":
            reports.json(results, short=summary)
        elif form == "html":
            reports.html(results, short=summary)
        elif form == "csv":
            reports.csv(results)
        else:
            for result in results:
                with meter.aside():
                    reports.text(result, short=summary)
    return run.worst


@define
class _Run:
    """Goes over the files; remembers the worst exit code."""

    session: Session
    profile: "Profile | None"
    max_findings: int
    answerer: "_Answerer | None"
    inputs: Inputs
    meter: Meter
    worst: int = 0

    def results(self, paths: Sequence[str]) -> Iterator["FileResult"]:
        for path in paths:
            try:
                result = self._check(path)
            except (X12PAError, OSError) as problem:
                self._note(path, problem)
                continue
            self.worst = max(self.worst, 0 if result.accepted else 1)
            self._answer(result)
            yield result

    def _check(self, path: str) -> "FileResult":
        from x12_pa.validation import validate as check

        with self.inputs.open(path) as stream:
            return check(
                self.meter.watch(stream, path),
                profile=self.profile,
                path=path,
                show_phi=self.session.show_phi,
                max_findings=self.max_findings,
            )

    def _answer(self, result: "FileResult") -> None:
        if self.answerer is None:
            return
        try:
            self.answerer.answer(result)
        except (X12PAError, OSError) as problem:
            self._note(result.path, problem)

    def _note(self, path: str, problem: X12PAError | OSError) -> None:
        code = exit_code(problem)
        if code > 3:
            raise problem
        text = message(problem).removeprefix("error: ")
        complain(text if path in text else f"{path}: {text}")
        self.worst = max(self.worst, code)


@define
class _Answerer:
    """Writes acknowledgements into a directory."""

    session: Session
    folder: Path
    numbers: "ControlNumbers"
    _names: set[str] = field(factory=set)

    def answer(self, result: "FileResult") -> None:
        from x12_pa.acks import answer

        data = answer(result, numbers=self.numbers, clock=self.session.clock)
        if data is None:
            say(self.session, f"{result.path}: asks for no acknowledgement")
            return
        target = self.folder / self._free_name(result.path)
        write_output(str(target), data)
        say(self.session, f"{result.path}: answered in {target}")

    def _free_name(self, path: str) -> str:
        """Return a name that was not used in this run and does not stand in the directory."""
        stem = "stdin" if path == "-" else Path(path).name
        name, number = f"{stem}.ack.edi", 1
        while name in self._names or (self.folder / name).exists():
            number += 1
            name = f"{stem}.ack-{number}.edi"
        self._names.add(name)
        return name


@contextmanager
def _answering(session: Session, folder: str | None) -> Iterator[_Answerer | None]:
    """Open the ledger for the numbers of acknowledgements, if any are asked for."""
    if folder is None:
        yield None
        return
    if not Path(folder).is_dir():
        raise UsageError(f"--ack-dir: there is no directory {folder}; make it first.")
    from x12_pa.cli.numbers import numbers_for_answers

    with session.ledger() as ledger:
        yield _Answerer(session, Path(folder), numbers_for_answers(ledger))
