"""`x12-pa simulate payer`: a payer to practise on, behind a real SFTP server."""

import signal
import threading
from pathlib import Path

import click

from x12_pa.cli.context import Session
from x12_pa.cli.options import lookup_option, pass_session, plain_options
from x12_pa.cli.output import say, write_lines


@click.group()
def simulate() -> None:
    """Simulated partners."""


@simulate.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    show_default=True,
    metavar="N",
    help="Where the SFTP server listens; 0 chooses a free one.",
)
@click.option(
    "--personality",
    default="default",
    show_default=True,
    metavar="NAME|FILE",
    help="How it answers: default, or a YAML file of your own.",
)
@click.option(
    "--folder",
    default="payer",
    show_default=True,
    metavar="DIR",
    help="Where mailbox and keys lie.",
)
@click.option("--once", is_flag=True, help="Answer what is in the mailbox now, and end.")
@click.option(
    "--every",
    type=click.FloatRange(min=0.1),
    default=2.0,
    show_default=True,
    metavar="SECONDS",
    help="How many seconds to wait between two looks into the mailbox; 0.1 or more.",
)
@lookup_option
@plain_options
@pass_session
def payer(
    session: Session,
    port: int,
    personality: str,
    folder: str,
    once: bool,
    every: float,
    lookups: dict[str, Path],
) -> int:
    """Run a payer that takes requests from its mailbox and answers them.

    Prints the [mailbox.payer] section that reaches it. Ends at Ctrl-C or SIGTERM.
    """
    from x12_pa.services.registries import read_registry
    from x12_pa.simulator.partner import Partner

    today = session.today()
    partner = Partner(
        Path(folder),
        personality=personality,
        port=port,
        lookups={name: read_registry(name, path, today) for name, path in lookups.items()},
        clock=session.now,
    )
    if once:
        return _poll(session, partner.payer.poll())
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with partner:
        write_lines(toml_section("payer", partner.settings()))
        say(session, "the payer is open; stop it with Ctrl-C")
        while not stop.wait(every):
            _poll(session, partner.poll())
    return 0


def _poll(session: Session, done: object) -> int:
    taken, delivered = getattr(done, "taken", ()), getattr(done, "delivered", ())
    if taken or delivered:
        say(session, f"took {len(taken)} files, delivered {len(delivered)}")
    return 0


def toml_section(name: str, settings: dict[str, object]) -> list[str]:
    """Return a mailbox section of x12-pa.toml."""
    lines = [f"[mailbox.{name}]"]
    for key, value in settings.items():
        if isinstance(value, list | tuple):
            text = "[" + ", ".join(f'"{item}"' for item in value) + "]"
        else:
            text = str(value) if isinstance(value, int) else f'"{value}"'
        lines.append(f"{key} = {text}")
    return lines
