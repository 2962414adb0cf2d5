"""The command line `x12-pa`: commands translate between people and the library, and decide nothing.

Nothing but click is imported before a command is chosen: `COMMANDS` names where each command lives
and says what it does, so that `--version` and `--help` cost no more than starting Python. A command
returns its exit code (None is 0) and raises the errors of `x12_pa.errors`; `failures` turns those,
and everything else that can go wrong, into one message and the exit codes 0, 1, 2, 3 and 70.
"""

import difflib
import importlib
import importlib.util
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from x12_pa import __version__
from x12_pa.cli.context import Session
from x12_pa.cli.failures import broken_pipe, run_guarded

COMMANDS = {
    "validate": ("validate:validate", "Check files against their guides; report every finding."),
    "explain": ("explain:explain", "Print the page of a finding code, or list all codes."),
    "show": ("show:show", "Show a file as an annotated tree of loops and segments."),
    "requires": ("requires:requires", "Whether a service needs authorization, and what to send."),
    "build": ("build:build", "Build a validated 278 from JSON, JSON Lines or CSV."),
    "parse": ("parse:parse", "Print the requests and responses of a file as JSON Lines."),
    "submit": ("submit:submit", "Build or check requests and queue them for a mailbox."),
    "exchange": ("exchange:exchange", "Work with mailboxes: run, status, release, doctor, trust."),
    "ingest": ("ingest:ingest", "Take received files in from disk."),
    "auth": ("auth:auth", "Authorizations: list, show, find, and why they are what they are."),
    "claims": ("claims:claims", "Put authorization numbers on 837 claims, or check them."),
    "eligibility": ("eligibility:eligibility", "Ask payers by 270, and what their 271s say."),
    "roster": ("roster:roster", "Who is enrolled with which payer, and requests at risk."),
    "worklist": ("worklist:worklist", "What is due, pended, denied, unanswered or expiring."),
    "report": ("report:report", "Figures about requests, denials and payers."),
    "guides": ("guides:guides", "The implementation guides: list, show."),
    "profiles": (
        "profiles:profiles",
        "Companion guides of payers: list, show, diff, lint, test, import.",
    ),
    "simulate": ("simulate:simulate", "Run a simulated payer."),
    "demo": ("demo:demo", "The whole way, from request to claim, against a simulated payer."),
    "ledger": ("ledger:ledger", "Look after the ledger: verify, backup, resume."),
    "schema": ("schema:schema", "Print the JSON Schema of an input or output."),
}
"""Command name to (module in this package : function, one line for `--help`), in help order."""


class LazyGroup(click.Group):
    """The top group: imports a command when it is used, and reports every failure in one place."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands whose modules are there."""
        return [name for name in COMMANDS if _is_there(name)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command; None when there is none of that name."""
        if cmd_name not in COMMANDS or not _is_there(cmd_name):
            return None
        module, _, function = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(f"{__name__}.{module}"), function)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that is asked for, or say which was probably meant."""
        name = args[0]
        if not name.startswith("-") and self.get_command(ctx, name) is None:
            near = difflib.get_close_matches(name, self.list_commands(ctx), 1)
            hint = f"did you mean '{near[0]}'?" if near else "x12-pa --help lists all commands."
            ctx.fail(f"there is no command '{name}'; {hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing any."""
        rows = [(name, COMMANDS[name][1]) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a broken pipe is told apart here, before click swallows it."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as problem:
            raise broken_pipe() from problem

    def main(  # type: ignore[override]
        self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any
    ) -> NoReturn:
        """Run one command and end the process with its exit code."""
        os.umask(0o077)
        name = prog_name if prog_name and "__main__" not in prog_name else "x12-pa"
        options = {**extra, "standalone_mode": False}
        work = super().main
        sys.exit(run_guarded(lambda: work(args=args, prog_name=name, **options)))


def _is_there(name: str) -> bool:
    module = COMMANDS[name][0].partition(":")[0]
    return importlib.util.find_spec(f"{__name__}.{module}") is not None


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 clean; 1 findings, rejections or refusals; 2 usage, configuration or "
    "unreadable input; 3 exchange incomplete, try again; 70 a defect in x12-pa.",
)
@click.version_option(__version__, prog_name="x12-pa")
@click.option(
    "--config",
    metavar="FILE",
    help="Configuration; else $X12_PA_CONFIG, else ./x12-pa.toml, else built-in defaults "
    "with state under ./.x12-pa/.",
)
@click.option("--ledger", "ledger_url", metavar="URL", help="Ledger to use, e.g. sqlite:///my.db.")
@click.pass_context
def main(ctx: click.Context, config: str | None, ledger_url: str | None) -> None:
    """Prior authorization on EDI X12: build, check, exchange, and put the number on the claim."""
    session = ctx.ensure_object(Session)
    session.config = config
    session.ledger_url = ledger_url
