"""`x12-pa demo`: the whole way, from requests to filled claims, against a simulated payer.

Everything is real: a payer behind an SFTP server on this machine, a pinned host key, a ledger, and
files. The outcome of every request and every claim line is compared with what the fixtures say it
must be; only when all agree is the exit code 0. The folder stays, to look further.
"""

import json
import shlex
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from x12_pa.cli.context import Session
from x12_pa.cli.options import pass_session, plain_options
from x12_pa.cli.output import write_lines, write_table
from x12_pa.errors import UsageError

if TYPE_CHECKING:
    from x12_pa.services.office import Office
    from x12_pa.simulator.partner import Partner

MAILBOX = "demo"
CLAIMS = ("claims_837p", "claims_837i")
POLLS = 2
CONFIG = """\
[identity]
qualifier = "ZZ"
sender_id = "CLINIC001"
gs_sender = "CLINIC001"
trace_originator = "9CLINIC001"

[ledger]
url = "sqlite:///ledger.db"
spool = "spool"

"""
_KEYS = ("state", "action", "number", "usable_on_claim", "effective_on", "expires_on")
_LINE_KEYS = ("outcome", "number", "placed_at", "qualifier", "reason")


@click.command()
@click.option("--folder", metavar="DIR", help="Where everything is left; a new one by default.")
@plain_options
@pass_session
def demo(session: Session, folder: str | None) -> int:
    """Run the main job end to end: request, payer, decision, number on the claim."""
    from x12_pa.simulator.partner import Partner

    here = _new_folder(folder)
    with Partner(here / "payer", clock=session.clock) as partner:
        session.config = str(_configure(here, partner))
        _heading(1, f"A simulated payer listens on {partner.server.host}:{partner.server.port}")
        write_lines([f"   its host key {partner.server.fingerprint} is pinned in x12-pa.toml"])
        with session.office() as office:
            wrong = [*_requests(session, office, partner), *_claims(session, office, here)]
    _last_words(here, wrong)
    return 1 if wrong else 0


def _new_folder(name: str | None) -> Path:
    """Return a folder that did not exist before."""
    if name is not None and Path(name).exists():
        raise UsageError(f"{name} exists already; name a folder that does not.")
    number = 1
    here = Path(name or "x12-pa-demo")
    while here.exists():
        number += 1
        here = Path(f"x12-pa-demo-{number}")
    here.mkdir(parents=True)
    return here.resolve()


def _configure(here: Path, partner: "Partner") -> Path:
    """Write the configuration that reaches the payer."""
    from x12_pa.cli.simulate import toml_section

    settings = {**partner.settings(), "settle_seconds": 0}
    path = here / "x12-pa.toml"
    lines = toml_section(MAILBOX, settings)
    path.write_text(CONFIG + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def _heading(number: int, text: str) -> None:
    write_lines(["", f"{number}. {text}"])


def _requests(session: Session, office: "Office", partner: "Partner") -> Iterator[str]:
    """Send the requests and take the answers; yield what is not as expected."""
    from x12_pa.resources import data_dir
    from x12_pa.services.exchange import run_once
    from x12_pa.services.reading import Source
    from x12_pa.services.submit import submit

    box = office.settings.mailbox(MAILBOX)
    paths = sorted((data_dir("fixtures") / "requests").glob("[0-9]*.json"))
    done = submit(office, box, [Source(path.name, path.read_bytes()) for path in paths])
    _heading(2, f"{len(paths)} requests, built under the payer's profile and validated")
    states = Counter(item.state for item in done.outcomes)
    write_lines([f"   {number} {state}" for state, number in states.items()])
    yield from (f"{i.source}: {i.state}: {i.detail}" for i in done.outcomes if i.state != "queued")
    _heading(3, "Uploaded; the payer answers; downloaded and read")
    for turn in range(POLLS + 1):
        report = run_once(office, box)
        counts = ", ".join(f"{number} {what}" for what, number in report.counts.items() if number)
        write_lines([f"   run {turn + 1}: {counts or 'nothing to do'}"])
        yield from (f"{item.where}: {item.message}" for item in report.problems)
        if turn < POLLS:
            poll = partner.poll()
            write_lines(
                [f"   payer:  took {len(poll.taken)} files, delivered {len(poll.delivered)}"]
            )
    _show_decisions(session, office)
    yield from _unexpected_decisions(office)


def _show_decisions(session: Session, office: "Office") -> None:
    from x12_pa.cli.worklist import HEADERS, cells
    from x12_pa.services.lists import authorizations, rows

    decided = Counter(
        record.state.replace("_", " ") for record in authorizations(office) if not record.service
    )
    write_lines([f"   {number:>3} {state}" for state, number in decided.most_common()])
    _heading(4, "The worklist: what staff have to do next (x12-pa worklist)")
    write_table(session, HEADERS, [cells(session, row) for row in rows(office, "due")])


def _expected() -> dict[str, Any]:
    from x12_pa.resources import data_dir

    text = (data_dir("fixtures") / "demo" / "expected.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def _unexpected_decisions(office: "Office") -> Iterator[str]:
    """Compare every request and service in the ledger with what the fixtures say."""
    from x12_pa.services.lists import as_json, authorizations

    known = {(r.request, r.service): as_json(r) for r in authorizations(office)}
    for request in _expected()["requests"]:
        levels = [(None, request["event"])]
        levels += [(service["service"], service) for service in request["services"]]
        for number, wanted in levels:
            found = known.get((request["reference"], number), {})
            for key in _KEYS:
                if key in wanted and found.get(key) != wanted[key]:
                    place = f"{request['reference']}" + (f"/{number}" if number else "")
                    yield f"{place}: {key} is {found.get(key)}, expected {wanted[key]}"


def _claims(session: Session, office: "Office", here: Path) -> Iterator[str]:
    """Fill the claim files; yield what is not as expected."""
    from x12_pa.cli.claims import HEADERS, cells, diff_lines
    from x12_pa.resources import data_dir
    from x12_pa.services.claims import fill

    _heading(5, "Claims: which got which number where, and why the others did not")
    reports: list[dict[str, Any]] = []
    for name in CLAIMS:
        data = (data_dir("fixtures") / "demo" / f"{name}.edi").read_bytes()
        result = fill(office, BytesIO(data))
        (here / f"{name}.edi").write_bytes(data)
        (here / f"{name}.filled.edi").write_bytes(result.output)
        report = result.report_json()
        text = json.dumps(report, indent=2, default=str) + "\n"
        (here / f"{name}.report.json").write_text(text, encoding="utf-8")
        reports += report["claims"]
        write_table(session, HEADERS, cells(result), title=f"{name}.filled.edi")
        write_lines(["", f"changes in {name}.filled.edi:", *diff_lines(result), ""])
    yield from _unexpected_claims(reports)


def _unexpected_claims(reports: list[dict[str, Any]]) -> Iterator[str]:
    found = {(claim["form"], claim["claim_id"]): claim for claim in reports}
    for wanted in _expected()["claims"]:
        claim = found.pop((wanted["form"], wanted["claim_id"]), None)
        if claim is None:
            yield f"claim {wanted['claim_id']} is missing from the report"
            continue
        if claim["outcome"] != wanted["outcome"]:
            yield f"claim {wanted['claim_id']}: {claim['outcome']}, expected {wanted['outcome']}"
        lines = {line["line"]: line for line in claim["lines"]}
        for line in wanted["lines"]:
            got = lines.get(line["line"], {})
            for key in _LINE_KEYS:
                if key in line and got.get(key) != line[key]:
                    place = f"claim {wanted['claim_id']} line {line['line']}"
                    yield f"{place}: {key} is {got.get(key)}, expected {line[key]}"
    yield from (f"claim {claim_id} was not expected" for _, claim_id in found)


def _last_words(here: Path, wrong: list[str]) -> None:
    if wrong:
        write_lines(["", f"{len(wrong)} outcomes are not as expected:", *wrong])
    else:
        write_lines(["", "Every expected outcome happened."])
    write_lines(
        [
            "",
            f"6. Everything is in {here}. To look further:",
            f"   cd {shlex.quote(str(here))}",
            *path_lines(),
            "   x12-pa auth list",
            "   x12-pa auth why PA20261122-000024",
            "   x12-pa worklist --view pended",
            "   x12-pa show claims_837p.filled.edi",
            "   x12-pa validate claims_837p.filled.edi claims_837i.filled.edi",
            "   x12-pa ledger verify",
        ]
    )


def path_lines() -> list[str]:
    """Return what makes `x12-pa` a command in this shell; nothing where it is one already."""
    if shutil.which("x12-pa") is not None:
        return []
    place = str(Path(sys.executable).parent)
    if not shutil.which("x12-pa", path=place):
        return [f'   alias x12-pa="{shlex.quote(sys.executable)} -m x12_pa"']
    return [f'   export PATH={shlex.quote(place)}:"$PATH"']
