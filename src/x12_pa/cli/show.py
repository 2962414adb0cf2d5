"""`x12-pa show`: an interchange as an annotated tree.

Each transaction set is read with the guide that it names: loops become levels, segments and
elements get their names, codes their short meanings. What the guide has no place for is shown as it
is found, never dropped. Names, identifiers and birth dates are masked unless `--show-phi`.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

import click

from x12_pa.cli.context import Session
from x12_pa.cli.options import format_option, output_options, pass_session, profile_option
from x12_pa.cli.output import open_input, write_lines, write_pieces

if TYPE_CHECKING:
    from x12_pa.guides import Profile


@click.command()
@click.argument("path")
@profile_option
@format_option("text", "json", "xml", "html")
@output_options
@pass_session
def show(session: Session, path: str, profile: "Profile | None", form: str) -> int:
    """Show a file as a tree: loops, segments, element names, meanings of codes.

    As text, JSON, XML, or an HTML page to open in a browser or to mail.

    PATH is a file, or - for stdin. Names, identifiers and birth dates are masked; --show-phi shows
    them. Nothing is judged here: x12-pa validate does that.
    """
    from x12_pa.cli.tree import json_pieces, text_lines, views

    with open_input(path) as stream:
        if form == "html":
            write_pieces(_page(session, path, stream, profile))
            return 0
        found = views(stream, profile=profile, show_phi=session.show_phi)
        if form == "json":
            write_pieces(json_pieces(path, found))
        elif form == "xml":
            from x12_pa.cli.tree_xml import xml_pieces

            write_pieces(xml_pieces(path, found))
        else:
            write_lines(text_lines(found))
    return 0


def _page(
    session: Session, path: str, stream: BinaryIO, profile: "Profile | None"
) -> Iterator[str]:
    from x12_pa.validation.html_report import Options, render_shown

    options = Options(at=session.clock(), profile=profile, show_phi=session.show_phi)
    return render_shown(path, stream, options)
