"""`x12-pa validate`: findings for every interchange, and the TA1/999 that answer them.

Files are taken one after the other and reported as they come, so that a night's thousands need no
more memory than the largest report. A file that cannot be read is complained about on stderr and
the others go on; the exit code is the worst of all.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click
from attrs import define, field

from x12_pa.cli.context import Session
from x12_pa.cli.failures import exit_code, message
from x12_pa.cli.options import (
    context_option,
    format_option,
    lookup_option,
    output_options,
    pass_session,
    profile_option,
    roster_option,
)
from x12_pa.cli.output import complain, open_input, say, write_output
from x12_pa.cli.progress import Meter, metered
from x12_pa.cli.reports import Inputs, Reports
from x12_pa.errors import UsageError, X12PAError

if TYPE_CHECKING:
    from x12_pa.acks import ControlNumbers
    from x12_pa.authorizations.roster import Roster
    from x12_pa.guides import Profile
    from x12_pa.guides.hooks import Hooks, Lookup
    from x12_pa.ledger.database import Ledger
    from x12_pa.validation import FileResult

MAX_FINDINGS = 1000
OWN_RULES = 7
"""The SNIP type of what a payer asks beyond the guide, and of the roster."""


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH…")
@profile_option
@format_option("text", "json", "html", "csv")
@click.option(
    "--ack-dir",
    metavar="DIR",
    help="Write the TA1/999 that answer each file to this directory, which must be there; control "
    "numbers come from the ledger.",
)
@click.option(
    "--claim-acks",
    is_flag=True,
    help="With --ack-dir: answer 837 claims one by one with a 277CA.",
)
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="N",
    help="Use N processes for many files or a large one; the report is the same.",
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
@context_option
@lookup_option
@click.option(
    "--history",
    is_flag=True,
    help="Let rules of the profile about earlier files ask the ledger; without it they are "
    "reported as not checked.",
)
@click.option(
    "--snip",
    type=click.IntRange(min=1, max=OWN_RULES),
    default=OWN_RULES,
    show_default=True,
    metavar="N",
    help="Check SNIP types 1 to N only; 7 are the payer's own rules, and the roster.",
)
@click.option(
    "--second-opinion",
    is_flag=True,
    help="Text: let pyx12 judge each file too, and show both verdicts side by side. Slow; the "
    "exit code stays ours.",
)
@roster_option
@output_options
@pass_session
def validate(
    session: Session,
    paths: tuple[str, ...],
    profile: "Profile | None",
    form: str,
    ack_dir: str | None,
    claim_acks: bool,
    jobs: int,
    summary: bool,
    max_findings: int,
    context: dict[str, str],
    lookups: dict[str, Path],
    history: bool,
    snip: int,
    second_opinion: bool,
) -> int:
    """Check files against the guides that they name and report every finding.

    PATH is a file, or - for stdin. Exit code 0: all accepted; 1: a file is rejected; 2: a file
    cannot be read or is not X12 (the others are checked all the same). HTML is one page to mail or
    print; CSV has one row for each finding.
    """
    if claim_acks and (ack_dir is None or "-" in paths):
        raise UsageError("--claim-acks needs --ack-dir, and files that can be read again.")
    if second_opinion and (form != "text" or "-" in paths):
        raise UsageError("--second-opinion needs --format text, and files that can be read again.")
    if history and (jobs > 1 or profile is None):
        raise UsageError("--history needs --profile, whose rules ask it, and a single process.")
    inputs = Inputs(keep=form == "html" and not summary)
    reports = Reports(session, profile, inputs)
    with (
        _answering(session, ack_dir, claim_acks) as answerer,
        _earlier(session, history) as ledger,
        metered(session, paths) as meter,
    ):
        known = _Known(context, snip, _registries(session, profile, lookups), ledger)
        run = _Run(session, profile, max_findings, answerer, inputs, meter, jobs, known)
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
                    reports.text(result, short=summary, opinion=second_opinion)
    return run.worst


def _registries(
    session: Session, profile: "Profile | None", files: dict[str, Path]
) -> "dict[str, Lookup]":
    """Read the registries that the profile names; the configuration only if it names any."""
    from x12_pa.services.registries import registries_for, registry_names

    if unasked := sorted(files.keys() - registry_names(profile)):
        known = ", ".join(sorted(registry_names(profile))) or "none"
        raise UsageError(
            f"--lookup {unasked[0]}: no rule of a --profile asks that registry; asked are: {known}."
        )
    if registry_names(profile) - files.keys():
        files = {**session.offline.lookups, **files}
    return registries_for(profile, files, session.today())


@contextmanager
def _earlier(session: Session, asked: bool) -> Iterator["Ledger | None"]:
    """Open the ledger for rules about earlier files, if it is asked for; none is made."""
    if not asked:
        yield None
        return
    from x12_pa.ledger.database import require_existing

    require_existing(session.settings.ledger.url)
    with session.ledger() as ledger:
        yield ledger


@define
class _Known:
    """What `--context` and `--snip` say, and what is known beside the files."""

    context: dict[str, str] = field(factory=dict)
    snip: int = 7
    lookups: "dict[str, Lookup]" = field(factory=dict)
    ledger: "Ledger | None" = None

    def of(self, path: str) -> dict[str, str]:
        """Return the context of one file; its name may be told by the user otherwise."""
        named = {} if path == "-" else {"@file.name": Path(path).name}
        return {**named, **self.context}


@define
class _Run:
    """Goes over the files; remembers the worst exit code."""

    session: Session
    profile: "Profile | None"
    max_findings: int
    answerer: "_Answerer | None"
    inputs: Inputs
    meter: Meter
    jobs: int = 1
    known: _Known = field(factory=_Known)
    worst: int = 0

    def results(self, paths: Sequence[str]) -> Iterator["FileResult"]:
        roster = self._roster()
        self.inputs.keep |= roster is not None
        for path, result in zip(paths, self._checked(paths), strict=True):
            if isinstance(result, X12PAError | OSError):
                self._note(path, result)
                continue
            self.worst = max(self.worst, 0 if result.accepted else 1)
            if roster is not None:
                self._hold_against(roster, path, result)
            self._answer(result)
            yield result

    def _roster(self) -> "Roster | None":
        """Read the roster; none is asked where the payer's own rules are not (`--snip`)."""
        file = self.session.offline.roster
        if file is None or self.known.snip < OWN_RULES:
            return None
        from x12_pa.authorizations.roster_reading import read_roster

        return read_roster(file)

    def _hold_against(self, roster: "Roster", path: str, result: "FileResult") -> None:
        from x12_pa.authorizations.enrolment import add_enrolment

        if not self.inputs.can_reopen(path):
            complain(f"{path}: not held against the roster: it can be read only once.")
            return
        try:
            with self.inputs.reopen(path) as stream:
                add_enrolment(
                    result,
                    stream,
                    roster,
                    self.session.today(),
                    show_phi=self.session.show_phi,
                    limit=self.max_findings,
                )
        except (X12PAError, OSError) as problem:
            self._note(path, problem)

    def _checked(self, paths: Sequence[str]) -> Iterator["FileResult | X12PAError | OSError"]:
        if self.jobs == 1 or "-" in paths:
            yield from map(self._check, paths)
            return
        from x12_pa.validation.parallel import validate_files

        yield from validate_files(paths, self.jobs, **self._options())

    def _check(self, path: str) -> "FileResult | X12PAError | OSError":
        from x12_pa.validation import validate as check

        try:
            with self.inputs.open(path) as stream, self._asking(path, stream) as (source, hooks):
                watched = self.meter.watch(source, path)
                options = self._options() | {"context": self.known.of(path), **hooks}
                return check(watched, path=path, **options)
        except (X12PAError, OSError) as problem:
            return problem

    @contextmanager
    def _asking(self, path: str, stream: BinaryIO) -> Iterator[tuple[BinaryIO, dict[str, "Hooks"]]]:
        """Return what to read, and what rules may ask; what is read only once is kept for them."""
        if self.known.ledger is None:
            yield stream, {}
            return
        from x12_pa.services.judging import hooks_for

        again: Callable[[], bytes] = Path(path).read_bytes
        if not Path(path).is_file():
            data = stream.read()
            stream, again = BytesIO(data), lambda: data
        ledger, zone = self.known.ledger, self.session.offline.zone
        with hooks_for(ledger, self.known.lookups, again, zone=zone) as hooks:
            yield stream, {"hooks": hooks}

    def _options(self) -> dict[str, Any]:
        from x12_pa.guides.hooks import Hooks

        return {
            "hooks": Hooks(lookups=self.known.lookups),
            "profile": self.profile,
            "show_phi": self.session.show_phi,
            "max_findings": self.max_findings,
            "max_snip": self.known.snip,
            "today": self.session.today(),
            "context": self.known.context,
        }

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
    claim_acks: bool
    _names: set[str] = field(factory=set)

    def answer(self, result: "FileResult") -> None:
        from x12_pa.acks import answer

        with open_input(result.path) if self.claim_acks else nullcontext() as source:
            data = answer(
                result,
                numbers=self.numbers,
                clock=self.session.now,
                claim_acks=self.claim_acks,
                source=source,
            )
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
def _answering(
    session: Session, folder: str | None, claim_acks: bool
) -> Iterator[_Answerer | None]:
    """Open the ledger for the numbers of acknowledgements, if any are asked for."""
    if folder is None:
        yield None
        return
    if not Path(folder).is_dir():
        raise UsageError(f"--ack-dir: there is no directory {folder}; make it first.")
    from x12_pa.cli.numbers import numbers_for_answers

    with session.ledger() as ledger:
        yield _Answerer(session, Path(folder), numbers_for_answers(ledger), claim_acks)
