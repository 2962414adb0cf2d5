"""Options that commands share, and how a command gets its session.

`--json`, `--show-phi` and `--quiet` stand after the command's own name; they set fields of the
`Session` instead of becoming parameters:

```python
@click.command()
@click.argument("paths", nargs=-1, required=True)
@output_options            # --json --show-phi --quiet; use plain_options where there is no JSON
@profile_option
@pass_session
def validate(session: Session, paths: tuple[str, ...], profile: Profile | None) -> int: ...
```
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from x12_pa.cli.context import Session

if TYPE_CHECKING:
    from x12_pa.guides import Profile

F = TypeVar("F", bound=Callable[..., Any])

_FORM = "x12_pa.form"

pass_session = click.make_pass_decorator(Session, ensure=True)
"""Give the command the `Session` as its first argument."""


def _sets(field: str) -> Callable[[click.Context, click.Parameter, bool], None]:
    def store(ctx: click.Context, _: click.Parameter, value: bool) -> None:
        if value:
            setattr(ctx.ensure_object(Session), field, True)

    return store


def _json_flag(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    session = ctx.ensure_object(Session)
    session.json = session.json or value
    _refuse_two_forms(session, ctx)


def _refuse_two_forms(session: Session, ctx: click.Context) -> None:
    """Refuse `--json` with another `--format`, in whatever order they stand."""
    form = ctx.meta.get(_FORM)
    if session.json and form not in (None, "json"):
        raise click.UsageError(
            f"--json and --format {form} are two forms; leave one of them out.", ctx
        )


def _flag(name: str, field: str, text: str) -> Callable[[F], F]:
    return click.option(name, is_flag=True, expose_value=False, callback=_sets(field), help=text)


def plain_options(command: F) -> F:
    """Add `--show-phi` and `--quiet`."""
    command = _flag("--quiet", "quiet", "Print data and errors only.")(command)
    return _flag("--show-phi", "show_phi", "Show names, identifiers and birth dates.")(command)


def output_options(command: F) -> F:
    """Add `--json`, `--show-phi` and `--quiet`."""
    flag = click.option(
        "--json", is_flag=True, expose_value=False, callback=_json_flag, help="Print data as JSON."
    )
    return flag(plain_options(command))


def load_given_profile(name: str | None) -> "Profile | None":
    """Load the profile of a `--profile` option: an id, or the path of a YAML file.

    Raises:
        ConfigError: there is no such profile, or it breaks the language.
    """
    if name is None:
        return None
    from x12_pa.guides import load_profile

    return load_profile(Path(name) if "/" in name else name)


def profile_option(command: F) -> F:
    """Add `--profile`; the command gets `profile: Profile | None`."""
    return click.option(
        "--profile",
        metavar="ID|FILE",
        callback=lambda _ctx, _param, value: load_given_profile(value),
        help="Companion guide that narrows the guides of the file.",
    )(command)


def _pairs(_ctx: click.Context, _param: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    pairs = [text.partition("=") for text in given]
    if wrong := [name for name, equals, _ in pairs if not equals or not name]:
        raise click.BadParameter(f"'{wrong[0]}': write NAME=VALUE, such as mode=batch.")
    return {name.strip(): value.strip() for name, _, value in pairs}


def context_option(command: F) -> F:
    """Add `--context NAME=VALUE`, repeatable; the command gets `context: dict[str, str]`."""
    return click.option(
        "--context",
        multiple=True,
        metavar="NAME=VALUE",
        callback=_pairs,
        help="What rules of the profile depend on and no file says: mode=batch, env=test, "
        "channel=sftp, lob=medicaid, partner.sender_id=CLINIC001. May be given several times.",
    )(command)


def _files(_ctx: click.Context, _param: click.Parameter, given: tuple[str, ...]) -> dict[str, Path]:
    pairs = [text.partition("=") for text in given]
    if wrong := [name for name, equals, file in pairs if not (equals and name and file)]:
        raise click.BadParameter(f"'{wrong[0]}': write NAME=FILE, such as npi.type=npi.csv.")
    return {name.strip(): Path(file.strip()).expanduser() for name, _, file in pairs}


def lookup_option(command: F) -> F:
    """Add `--lookup NAME=FILE`, repeatable; the command gets `lookups: dict[str, Path]`."""
    return click.option(
        "--lookup",
        "lookups",
        multiple=True,
        metavar="NAME=FILE",
        callback=_files,
        help="CSV file of a registry that rules of the profile look values up in; beside those of "
        "[lookups] in the configuration. May be given several times.",
    )(command)


def _roster_file(ctx: click.Context, _: click.Parameter, value: str | None) -> None:
    if value:
        ctx.ensure_object(Session).roster = Path(value).expanduser()


def roster_option(command: F) -> F:
    """Add `--roster FILE`, which sets the roster of the session."""
    return click.option(
        "--roster",
        metavar="FILE",
        expose_value=False,
        callback=_roster_file,
        help="CSV or JSON of which provider is enrolled with which payer, since when; providers "
        "who are not are reported; else that of [roster] in the configuration.",
    )(command)


def output_option(command: F) -> F:
    """Add `-o/--output FILE`; the command gets `output: str`, `-` being stdout."""
    return click.option(
        "-o", "--output", default="-", metavar="FILE", show_default=True, help="Where to write."
    )(command)


def format_option(*choices: str) -> Callable[[F], F]:
    """Add `--format`, the first choice being the default; `--json` means `--format json`.

    The command gets `form: str`.
    """

    def chosen(ctx: click.Context, _: click.Parameter, value: str | None) -> str:
        session = ctx.ensure_object(Session)
        ctx.meta[_FORM] = value
        _refuse_two_forms(session, ctx)
        if value == "json":
            session.json = True
        return value or ("json" if session.json and "json" in choices else choices[0])

    def add(command: F) -> F:
        return click.option(
            "--format",
            "form",
            type=click.Choice(choices),
            callback=chosen,
            help=f"How to print; {choices[0]} unless said otherwise.",
        )(command)

    return add
