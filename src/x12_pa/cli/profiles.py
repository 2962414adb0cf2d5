"""`x12-pa profiles`: companion guides of payers, and whether they hold together.

`lint` loads a profile and compiles it against every guide: a rule that names nothing, widens the
guide or uses an unsafe expression is found here and not at night.
"""

from collections.abc import Iterator
from typing import Any

import click

from x12_pa.cli.context import Session
from x12_pa.cli.options import load_given_profile, output_options, pass_session
from x12_pa.cli.output import complain, say, write_json, write_json_rows, write_lines, write_table
from x12_pa.errors import ConfigError, InternalError
from x12_pa.guides import Profile, guide_keys, load_guide, load_profile, program_for
from x12_pa.resources import data_dir
from x12_pa.syntax import DEFAULT_DELIMITERS


@click.group()
def profiles() -> None:
    """The companion guides of payers and clearinghouses."""


@profiles.command("list")
@output_options
@pass_session
def list_profiles(session: Session) -> int:
    """List the profiles that ship with x12-pa."""
    folder = data_dir("companion_guides")
    rows = [_head(load_profile(path)) for path in sorted(folder.glob("*.yaml"))]
    if session.json:
        write_json_rows("x12-pa/profiles/1", "profiles", rows)
    else:
        names = ("profile", "title", "version", "rules")
        write_table(session, names, [[row[name] for name in names] for row in rows])
    return 0


@profiles.command("show")
@click.argument("name", metavar="ID|FILE")
@output_options
@pass_session
def show_profile(session: Session, name: str) -> int:
    """Show a profile: envelope values, mailbox facts, and each rule with its section."""
    profile = _load(name)
    if session.json:
        write_json({"schema": "x12-pa/profile/1", **_whole(profile)})
    else:
        write_lines(_lines(profile))
    return 0


@profiles.command("lint")
@click.argument("names", nargs=-1, required=True, metavar="ID|FILE…")
@output_options
@pass_session
def lint(session: Session, names: tuple[str, ...]) -> int:
    """Load profiles and compile them against every guide; name each rule that does not fit.

    Exit code 0: all hold together; 2: one cannot be loaded or has a rule that does not fit.
    """
    rows = [(name, _problem(name)) for name in names]
    if session.json:
        parts = ({"profile": name, "accepted": not text, "problem": text} for name, text in rows)
        write_json_rows("x12-pa/profile-lint/1", "profiles", parts)
    for name, text in rows:
        if text is not None:
            complain(text)
        elif not session.json:
            say(session, f"{name}: every rule fits")
    return 2 if any(text for _, text in rows) else 0


def _load(name: str) -> Profile:
    profile = load_given_profile(name)
    if profile is None:
        raise InternalError("a profile name was given and none was loaded")
    return profile


def _problem(name: str) -> str | None:
    try:
        profile = _load(name)
        for key in guide_keys():
            program_for(load_guide(key, profile), DEFAULT_DELIMITERS)
    except ConfigError as problem:
        return str(problem)
    return None


def _head(profile: Profile) -> dict[str, Any]:
    return {
        "profile": profile.id,
        "title": profile.title,
        "version": str(profile.source.get("version", "")),
        "rules": len(profile.rules),
        "digest": profile.digest,
    }


def _whole(profile: Profile) -> dict[str, Any]:
    rules = [
        {
            "id": rule.id,
            "operator": rule.operator,
            "body": rule.body,
            "transactions": list(rule.transactions),
            "kinds": list(rule.kinds),
            "source": rule.source,
            "message": rule.message,
        }
        for rule in profile.rules
    ]
    return {
        **_head(profile),
        "source": profile.source,
        "envelope": profile.envelope,
        "mailbox": profile.mailbox,
        "claims": profile.claims,
        "rules": rules,
    }


def _lines(profile: Profile) -> Iterator[str]:
    yield f"{profile.id}: {profile.title}"
    yield from _section("source", profile.source)
    yield from _section("envelope", profile.envelope)
    yield from _section("mailbox", profile.mailbox)
    yield from _section("claims", profile.claims)
    if profile.rules:
        yield "rules"
    for rule in profile.rules:
        sets = ", ".join(rule.transactions) or "every transaction"
        kinds = f" ({', '.join(rule.kinds)})" if rule.kinds else ""
        yield f"  {rule.id}: {rule.message}"
        yield f"      {rule.operator} {rule.body}"
        yield f"      in {sets}{kinds}" + (f"; {rule.source}" if rule.source else "")


def _section(title: str, values: dict[str, Any]) -> Iterator[str]:
    if values:
        yield title
    for key, value in values.items():
        yield f"  {key}: {value}"
