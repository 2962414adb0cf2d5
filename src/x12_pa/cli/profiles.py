"""`x12-pa profiles`: companion guides of payers, read, compared, checked, tried and imported.

The commands translate; what they print is made in `guides.profile_*` and `services.profile_*`.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from x12_pa.cli.context import Session
from x12_pa.cli.options import load_given_profile, output_option, output_options, pass_session
from x12_pa.cli.output import (
    complain,
    printable,
    read_input,
    say,
    write_json,
    write_json_rows,
    write_lines,
    write_output,
    write_table,
)
from x12_pa.errors import InternalError, UsageError
from x12_pa.guides import Profile
from x12_pa.guides.profile import PROVENANCES, UNKNOWN, profile_ids
from x12_pa.guides.profile_diff import Change, below, differences
from x12_pa.guides.profile_lint import YEARS, Advice
from x12_pa.guides.profile_pages import chapters
from x12_pa.guides.profile_text import as_data, as_text
from x12_pa.services.profile_advice import advise
from x12_pa.services.profile_samples import Outcome, samples_path, try_samples

if TYPE_CHECKING:
    from datetime import datetime

names_argument = click.argument("names", nargs=-1, metavar="[ID|FILE]…")


@click.group()
def profiles() -> None:
    """The companion guides of payers and clearinghouses."""


@profiles.command("list")
@output_options
@pass_session
def list_profiles(session: Session) -> int:
    """List the profiles that ship with x12-pa."""
    rows = [_head(_load(name)) for name in profile_ids()]
    if session.json:
        write_json_rows("x12-pa/profiles/1", "profiles", rows)
    else:
        names = ("profile", "title", "kind", "version", "provenance", "rules")
        write_table(session, names, [[row[name] for name in names] for row in rows])
    return 0


@profiles.command("show")
@click.argument("name", metavar="ID|FILE")
@click.option("--html", is_flag=True, help="One self-contained HTML page.")
@output_option
@output_options
@pass_session
def show_profile(session: Session, name: str, html: bool, output: str) -> int:
    """Show a profile as the companion guide it is: the chapters of the CAQH CORE template.

    Every rule stands with its source and how sure it is. With --html as one page that needs
    nothing else, with --json the same as data.
    """
    if html and session.json:
        raise UsageError("--json and --html are two forms; leave one of them out.")
    profile = _load(name)
    found = chapters(profile)
    if session.json:
        document = {"schema": "x12-pa/profile/1", **_whole(profile), "chapters": as_data(found)}
        if output == "-":
            write_json(document)
            return 0
        import json

        text = json.dumps(document, indent=2, default=str) + "\n"
    elif html:
        from x12_pa.services.profile_html import profile_page

        text = "".join(profile_page(profile, found))
    else:
        text = "".join(printable(line) + "\n" for line in as_text(profile, found))
    write_output(output, text.encode())
    return 0


@profiles.command("diff")
@click.argument("first", metavar="A")
@click.argument("second", required=False, metavar="B")
@click.option("--base", is_flag=True, help="Compare A with what it extends, or with the guide.")
@output_options
@pass_session
def diff(session: Session, first: str, second: str | None, base: bool) -> int:
    """Say in words what is different in profile B: added, removed, tightened, loosened, changed.

    With --base, what profile A adds to the layers or the guide that it lies upon.

    Exit code 0: nothing; 1: something is different.
    """
    if base == (second is not None):
        raise UsageError("Name two profiles, or one with --base.")
    if second is None:
        new = _load(first)
        old = below(new)
    else:
        old, new = _load(first), _load(second)
    found = differences(old, new)
    if session.json:
        rows = [_change(change) for change in found]
        head = {"schema": "x12-pa/profile-diff/1", "old": old.id, "new": new.id}
        write_json({**head, "changes": rows})
    else:
        write_lines(_told(found))
        say(session, _summary(old, new, found))
    return 1 if found else 0


@profiles.command("lint")
@names_argument
@click.option(
    "--years",
    default=YEARS,
    show_default=True,
    type=click.IntRange(1),
    metavar="N",
    help="Age in years at which a source is stale.",
)
@click.option("--strict", is_flag=True, help="Warnings end with exit code 1 as well.")
@output_options
@pass_session
def lint_profiles(session: Session, names: tuple[str, ...], years: int, strict: bool) -> int:
    """Look for what is wrong in profiles; without a name, in all that ship with x12-pa.

    Contradictions, rules that never do anything or allow more than the guide, old sources, rules
    that no sample shows. Each with file, line, rule and what to do.

    Exit code 0: in order, or warnings only; 1: errors; 2: a profile cannot be loaded.
    """
    today = session.today()
    chosen = names or tuple(profile_ids())
    found = [(name, advise(name, today=today, years=years)) for name in chosen]
    every = [item for _, items in found for item in items]
    if session.json:
        rows = [
            {
                "profile": name,
                "accepted": all(item.severity != "error" for item in items),
                "findings": [_finding(item) for item in items],
            }
            for name, items in found
        ]
        write_json_rows("x12-pa/profile-lint/1", "profiles", rows)
    else:
        for item in every:
            write_lines((str(item), f"  {item.todo}"))
        for name, items in found:
            say(session, f"{name}: {_counts(items)}")
    return _lint_code(every, strict)


@profiles.command("test")
@names_argument
@output_options
@pass_session
def try_profiles(session: Session, names: tuple[str, ...]) -> int:
    """Try the rules of profiles on the samples beside them; without a name, of all shipped.

    A rule must object to the sample that fails and be silent on the one that passes.

    Exit code 0: all did; 1: some did not.
    """
    found = [(name, _load(name)) for name in names or tuple(profile_ids())]
    results = [(name, profile, list(try_samples(profile))) for name, profile in found]
    if session.json:
        rows = [
            {"profile": profile.id, "samples": [_outcome(item) for item in items]}
            for _, profile, items in results
        ]
        write_json_rows("x12-pa/profile-test/1", "profiles", rows)
    for name, profile, items in results:
        bad = [item for item in items if not item.good]
        for item in bad:
            complain(f"{item.where}: rule '{item.rule}', {item.wanted}: {item.message}")
        if samples_path(profile) is None:
            say(session, f"{name}: no samples")
        elif not session.json:
            good = len(items) - len(bad)
            write_lines([f"{name}: {good} of {len(items)} samples do what they should"])
        _mention_others(session, name, items)
    return 1 if any(not item.good for _, _, items in results for item in items) else 0


@profiles.command("import")
@click.argument("file", metavar="FILE")
@click.option(
    "--guide",
    "guide_key",
    default="278-request",
    show_default=True,
    metavar="KEY",
    help="The guide that the table is about; x12-pa guides list names them.",
)
@click.option("--id", "profile_id", metavar="ID", help="Id of the profile; else from the file.")
@click.option("--title", metavar="TEXT", help="Title of the document; else the file's name.")
@click.option("--version", "edition", default="", metavar="TEXT", help="Edition of the document.")
@click.option(
    "--date",
    "day",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="Day of the document.",
)
@click.option(
    "--provenance",
    type=click.Choice(PROVENANCES),
    default=UNKNOWN,
    show_default=True,
    help="How near the table is to the payer's own document; said wherever the profile is used.",
)
@output_option
@output_options
@pass_session
def import_profile(
    session: Session,
    file: str,
    guide_key: str,
    profile_id: str | None,
    title: str | None,
    edition: str,
    day: "datetime | None",
    provenance: str,
    output: str,
) -> int:
    """Make a profile from the table of a companion guide (chapter 10 of the CORE template).

    FILE is a CSV or XLSX with the columns Page #, Loop ID, Reference, Name, Codes, Length and
    Notes/Comments. Codes and lengths become rules; notes become comments, for you to turn into
    rules. The result loads as it stands.
    """
    from x12_pa.guides.profile_import import Document, import_table
    from x12_pa.guides.sheets import read_rows

    name = Path(file).name if file != "-" else "stdin"
    made, rules, left = import_table(
        read_rows(read_input(file)),
        profile_id=profile_id or _id_from(Path(output if output != "-" else name).stem),
        guide_key=guide_key,
        document=Document(
            title=title or name,
            version=edition,
            day=day.date() if day else None,
            provenance=provenance,
        ),
    )
    if session.json:
        write_json(
            {"schema": "x12-pa/profile-import/1", "rules": rules, "left": left, "yaml": made}
        )
    if output != "-" or not session.json:
        write_output(output, made.encode())
    say(session, f"{rules} rules; {left} rows have something left for a person to turn into rules")
    return 0


def _mention_others(session: Session, name: str, items: Iterable[Outcome]) -> None:
    """Say that samples which pass their own rule break others: no file is shown to conform."""
    found = [item for item in items if item.others]
    if found:
        codes = ", ".join(sorted({code for item in found for code in item.others}))
        say(
            session,
            f"{name}: {len(found)} samples that pass their own rule have other errors ({codes}); "
            "'changes' in samples.yaml make the base conform",
        )


def _id_from(name: str) -> str:
    """Return an id made of a file name."""
    return (
        "-".join("".join(c if c.isascii() and c.isalnum() else " " for c in name).lower().split())
        or "imported"
    )


def _load(name: str) -> Profile:
    profile = load_given_profile(name)
    if profile is None:
        raise InternalError("a profile name was given and none was loaded")
    return profile


def _lint_code(found: Iterable[Advice], strict: bool) -> int:
    checks = {(item.check, item.severity) for item in found}
    if ("load", "error") in checks:
        return 2
    bad = {"error", "warning"} if strict else {"error"}
    return 1 if any(severity in bad for _, severity in checks) else 0


def _counts(found: Iterable[Advice]) -> str:
    severities = [item.severity for item in found]
    counts = [(name, severities.count(name)) for name in ("error", "warning", "info")]
    words = [
        f"{count} {name}{'s' if count > 1 and name != 'info' else ''}"
        for name, count in counts
        if count
    ]
    return ", ".join(words) or "in order"


def _finding(item: Advice) -> dict[str, Any]:
    names = ("check", "severity", "file", "line", "rule", "message", "todo")
    return {name: getattr(item, name) for name in names}


def _outcome(item: Outcome) -> dict[str, Any]:
    names = ("rule", "wanted", "good", "message", "where", "others")
    return {name: getattr(item, name) for name in names}


def _change(change: Change) -> dict[str, Any]:
    return {name: getattr(change, name) for name in ("part", "what", "kind", "words")}


def _told(found: Iterable[Change]) -> Iterable[str]:
    part = None
    for change in found:
        if change.part != part:
            part = change.part
            yield {"rule": "rules", "guide": "what that comes to in the guides"}.get(part, part)
        yield f"  {change.kind}: {change.what}: {change.words}"


def _summary(old: Profile, new: Profile, found: list[Change]) -> str:
    if not found:
        return f"{new.id} says the same as {old.id}"
    kinds = [change.kind for change in found]
    counts = [f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds)]
    return f"from {old.id} to {new.id}: {', '.join(counts)}"


def _head(profile: Profile) -> dict[str, Any]:
    return {
        "profile": profile.id,
        "title": profile.title,
        "kind": profile.kind,
        "version": str(profile.source.get("version", "")),
        "provenance": profile.source.get("provenance", ""),
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
            "severity": rule.severity,
            "source": rule.source,
            "confidence": rule.confidence,
            "layer": rule.layer,
            "message": rule.message,
        }
        for rule in profile.rules
    ]
    return {
        **_head(profile),
        "caution": profile.caution,
        "layers": list(profile.layers),
        "source": profile.source,
        "envelope": profile.envelope,
        "mailbox": profile.mailbox,
        "acks": profile.acks,
        "claims": profile.claims,
        "rules": rules,
    }
