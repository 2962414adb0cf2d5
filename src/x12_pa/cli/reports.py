"""Write what `validate` found in the form that is asked for: text, JSON, HTML, CSV.

Reports for people show lines of the file, so they read it a second time (`Inputs`). What cannot be
read twice, a pipe, is kept in memory for HTML, and does without its lines in text.
"""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING, BinaryIO

from attrs import define, field

from x12_pa.cli.context import Session
from x12_pa.cli.output import open_input, printable, write_lines, write_pieces

if TYPE_CHECKING:
    from x12_pa.guides import Profile
    from x12_pa.validation import FileResult
    from x12_pa.validation.text import Line

STYLES = {
    "error": "bold red",
    "warning": "bold yellow",
    "info": "bold cyan",
    "good": "bold green",
    "heading": "bold",
    "place": "cyan",
    "gutter": "dim",
    "note": "dim",
}


@define
class Inputs:
    """The inputs of one run, to be read once or, where that is possible, again.

    Attributes:
        keep: hold what can be read only once in memory.
    """

    keep: bool = False
    _kept: dict[str, bytes] = field(factory=dict)
    _start: int = 0

    @contextmanager
    def open(self, path: str) -> Iterator[BinaryIO]:
        """Open an input for the first time; raises as `open_input`."""
        with open_input(path) as stream:
            if path == "-" and stream.seekable():
                self._start = stream.tell()
            elif self.keep and not _is_lasting(path):
                self._kept[path] = stream.read()
                yield BytesIO(self._kept[path])
                return
            yield stream

    def can_reopen(self, path: str) -> bool:
        """Tell whether an input can be read again."""
        if path in self._kept:
            return True
        return sys.stdin.buffer.seekable() if path == "-" else _is_lasting(path)

    @contextmanager
    def reopen(self, path: str) -> Iterator[BinaryIO]:
        """Open an input again, at its beginning."""
        if path in self._kept:
            yield BytesIO(self._kept[path])
            return
        with open_input(path) as stream:
            if path == "-":
                stream.seek(self._start)
            yield stream


def _is_lasting(path: str) -> bool:
    """Tell whether a path is a regular file; a named pipe gives its bytes only once."""
    return path != "-" and os.path.isfile(path)


@define
class Reports:
    """Writes reports of one run."""

    session: Session
    profile: "Profile | None"
    inputs: Inputs

    def text(self, result: "FileResult", *, short: bool, opinion: bool = False) -> None:
        """Print one file as text, in colour on a terminal; on demand with what pyx12 says of it."""
        self._findings(result, short=short)
        if opinion:
            self._opinion(result)

    def _findings(self, result: "FileResult", *, short: bool) -> None:
        from x12_pa.validation.excerpt import Excerpts
        from x12_pa.validation.text import text_report, verdict

        if self.session.quiet and not result.findings:
            return
        if short:
            self._print([verdict(result)])
            return
        again = bool(result.findings) and self.inputs.can_reopen(result.path)
        if not again:
            self._print(text_report(result))
            return
        with self.inputs.reopen(result.path) as stream:
            excerpts = Excerpts(stream, result, self.profile, self.session.show_phi)
            self._print(text_report(result, excerpts=excerpts))

    def _opinion(self, result: "FileResult") -> None:
        from x12_pa.validation.opinion import render_opinion, second_opinion

        shown = self.session.show_phi
        told = second_opinion(result.path, profile=self.profile, result=result, show_phi=shown)
        if not self.session.quiet or told.agreed is not True:
            write_lines(render_opinion(told))

    def _print(self, lines: Iterable["Line"]) -> None:
        console = self.session.console()
        if console is None:
            write_lines(map(str, lines))
            return
        from rich.text import Text

        for line in lines:
            parts = [(printable(text), STYLES.get(style, "")) for style, text in line.parts]
            console.print(Text.assemble(*parts), soft_wrap=True)

    def html(self, results: Iterable["FileResult"], *, short: bool) -> None:
        """Print one page about all files."""
        from x12_pa.validation.html_report import Options, render_html

        options = Options(
            at=self.session.clock(),
            profile=self.profile,
            show_phi=self.session.show_phi,
            opener=None if short else self.inputs.reopen,
        )
        write_pieces(render_html(list(results), options))

    def json(self, results: Iterable["FileResult"], *, short: bool) -> None:
        """Print one JSON document about all files."""
        from x12_pa.validation.render import render_json

        write_pieces(render_json(results, summary_only=short))

    def csv(self, results: Iterable["FileResult"]) -> None:
        """Print the findings of all files as rows."""
        from x12_pa.validation.findings_csv import render_csv

        write_pieces(render_csv(results))
