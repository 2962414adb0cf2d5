"""The group: help, laziness, start-up, unknown commands."""

import time
from collections.abc import Iterator

import click
import pytest

from tests.cli.support import REQUEST, command, process, run
from x12_pa import __version__
from x12_pa.cli import COMMANDS, main

HEAVY = ("lxml", "rich", "paramiko", "sqlalchemy", "apscheduler", "asyncssh", "pyx12", "yaml")


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    ctx = click.Context(group)
    for name in group.list_commands(ctx):
        found = group.get_command(ctx, name)
        assert found is not None, name
        yield " ".join((*path, name)), found
        if isinstance(found, click.Group):
            yield from commands(found, (*path, name))


def test_every_command_and_every_option_says_what_it_does() -> None:
    silent = []
    for path, found in commands(main):
        if not found.help:
            silent.append(path)
        silent += [
            f"{path} {option.opts[0]}"
            for option in found.params
            if isinstance(option, click.Option) and not option.help
        ]
    assert silent == []


def test_every_command_takes_show_phi_and_quiet_after_its_name() -> None:
    leaves = [(path, found) for path, found in commands(main) if not isinstance(found, click.Group)]
    lacking = [
        path
        for path, found in leaves
        if path.split()[0] in ("validate", "explain", "show", "build", "parse", "schema")
        and not {"--json", "--show-phi", "--quiet"} <= {o for p in found.params for o in p.opts}
    ]
    assert lacking == []


def test_help_lists_only_commands_that_exist() -> None:
    result = run("--help")
    assert result.exit_code == 0
    listed = [name for name in COMMANDS if f"\n  {name} " in result.stdout]
    assert listed == main.list_commands(click.Context(main))


def test_a_command_whose_module_is_missing_is_neither_listed_nor_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(COMMANDS, "teleport", ("no_such_module:teleport", "Nothing."))
    assert "teleport" not in run("--help").stdout
    assert run("teleport").exit_code == 2


def test_a_misspelt_command_is_answered_with_the_right_one() -> None:
    result = run("valdate")
    assert result.exit_code == 2
    assert "did you mean 'validate'?" in result.stderr


def test_without_arguments_the_help_is_shown() -> None:
    result = run()
    assert result.exit_code == 2
    assert "Commands:" in result.stderr


def test_version_imports_nothing_heavy_and_starts_fast() -> None:
    done = process("--version", env={"PYTHONPROFILEIMPORTTIME": "1", "PATH": ""})
    assert __version__ in done.stdout.decode()
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.decode().splitlines()}
    assert not {name for name in imported if name.split(".")[0] in HEAVY}
    assert not {name for name in imported if name.startswith(("x12_pa.guides", "x12_pa.ledger"))}
    times = []
    for _ in range(3):
        start = time.perf_counter()
        process("--version")
        times.append(time.perf_counter() - start)
    assert min(times) < 0.4, command()


def _commands_with_two_forms() -> list[tuple[str, ...]]:
    found = []
    for path, one in commands(main):
        for option in one.params:
            if option.name == "form" and isinstance(option.type, click.Choice):
                found += [(*path.split(), form) for form in option.type.choices if form != "json"]
    return found


@pytest.mark.parametrize("path", _commands_with_two_forms(), ids=" ".join)
def test_two_forms_at_once_are_refused_in_any_order(path: tuple[str, ...]) -> None:
    *command, form = path
    given = [REQUEST] if command[0] in ("validate", "show") else []
    for options in (["--json", "--format", form], ["--format", form, "--json"]):
        result = run(*command, *options, *given)
        assert result.exit_code == 2, result.output
        assert f"--json and --format {form} are two forms" in result.stderr
        assert result.stdout == ""


def test_a_profile_is_shown_in_one_form() -> None:
    result = run("profiles", "show", "demo-payer", "--html", "--json")
    assert (result.exit_code, "two forms" in result.stderr) == (2, True)
